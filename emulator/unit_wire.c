#include "unit_wire.h"

#include "base/line_rate.h"
#include "base/trace.h"

/* As much as the slowest host may hear of the fastest modem. */
enum { HEARD_MAX = 4096, HEARD_PIECE = 32 };

void wire_init(struct wire *w, const struct trace_sink *trace, bool strict,
	uint32_t rate, const struct port_events *events, void *arg)
{
	*w = (struct wire){
		.events = *events,
		.arg = arg,
		.trace = trace,
		.strict = strict,
		.rate = rate,
	};
}

void wire_stop(struct wire *w)
{
	for (size_t i = 0; i < w->n_lines; i++)
		port_free(w->lines[i].port);
	w->n_lines = 0;
}

/* --- rates ------------------------------------------------------------------
 */

/*
 * Does the host at this line have another rate than the UART? *host is its.
 * A socket has none, nor does a line that is not strict, but for the first
 * look, which leaves a reason.
 */
static bool rates_differ(struct wire_line *l, uint32_t *host)
{
	const struct wire *w = l->wire;
	bool differ;

	if (l->checked && !w->strict)
		return false;
	*host = port_rate(l->port);
	differ = *host != 0 && *host != w->rate;
	if (differ && !l->told)
		trace_text(w->trace, LANE_WHY,
			"UART: the host is at %u bit/s and the modem at %u "
			"(AT+IPR): %s [man]",
			*host, w->rate,
			w->strict ? "each hears garbage of the other"
				  : "a real line gives garbage, this one does "
				    "not without --wire strict");
	l->checked = true;
	l->told = differ;
	return differ && w->strict;
}

/* Pieces, so that what is heard of each has a bound. */
static void hear(const uint8_t *p, size_t len, uint32_t from, uint32_t to,
	void (*take)(struct wire_line *l, const void *data, size_t len),
	struct wire_line *l)
{
	uint8_t heard[HEARD_MAX];

	while (len > 0) {
		size_t n = len < HEARD_PIECE ? len : HEARD_PIECE;
		size_t got = line_rate_hear(p, n, from, to, heard, HEARD_MAX);

		if (got > 0)
			take(l, heard, got);
		p += n;
		len -= n;
	}
}

void wire_set_rate(struct wire *w, uint32_t rate)
{
	if (rate == w->rate)
		return;
	w->rate = rate;
	for (size_t i = 0; i < w->n_lines; i++)
		port_set_rate(w->lines[i].port, rate);
}

/* --- both directions ---------------------------------------------------------
 */

static void to_host(struct wire_line *l, const void *data, size_t len)
{
	port_write(l->port, data, len);
}

static void to_modem(struct wire_line *l, const void *data, size_t len)
{
	l->wire->events.bytes(l->wire->arg, data, len);
}

void wire_write(struct wire *w, const void *data, size_t len)
{
	uint32_t host;

	for (size_t i = 0; i < w->n_lines; i++)
		if (w->strict && rates_differ(&w->lines[i], &host))
			hear(data, len, w->rate, host, to_host, &w->lines[i]);
		else
			to_host(&w->lines[i], data, len);
}

static void on_bytes(void *arg, const void *data, size_t len)
{
	struct wire_line *l = arg;
	uint32_t host;

	if (rates_differ(l, &host))
		hear(data, len, host, l->wire->rate, to_modem, l);
	else
		to_modem(l, data, len);
}

static void on_peer(void *arg, bool here)
{
	struct wire_line *l = arg;
	struct wire *w = l->wire;

	l->checked = l->told = false;
	w->peers += here ? 1 : -1;
	if (here || w->peers == 0)
		w->events.peer(w->arg, here);
}

static void on_full(void *arg, bool full)
{
	struct wire_line *l = arg;
	struct wire *w = l->wire;

	w->full += full ? 1 : -1;
	w->events.full(w->arg, w->full > 0);
}

/* --- ports ------------------------------------------------------------------
 */

static const struct port_events line_events = {on_bytes, on_peer, on_full};

/* The next free one: what its port's events are given. */
static struct wire_line *next_line(struct wire *w)
{
	struct wire_line *l = &w->lines[w->n_lines];

	l->wire = w;
	return l;
}

static bool keep_port(struct wire *w, struct port *port)
{
	if (port == NULL)
		return false;
	w->lines[w->n_lines++].port = port;
	return true;
}

bool wire_add_pty(
	struct wire *w, struct watch *watch, const char *link, struct why *why)
{
	return keep_port(w, port_pty_new(watch, link, w->rate, &line_events,
				    next_line(w), why));
}

bool wire_add_sock(struct wire *w, struct event_base *base, const char *where,
	struct why *why)
{
	return keep_port(
		w, port_sock_new(base, where, &line_events, next_line(w), why));
}

const char *wire_where(const struct wire *w, size_t i)
{
	return i < w->n_lines ? w->lines[i].port->where : NULL;
}
