#include "svc/sock_priv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"
#include "svc/lookup.h"

struct sock *sock_at(struct sock_table *t, int id)
{
	assert(id >= 0 && id < SOCK_IDS);
	return &t->socks[id];
}

void sock_due(struct sock *s, enum sock_due due)
{
	s->due = due;
	timer_set_us(s->table->clock, &s->turn, 0);
}

static void sock_release_stream(struct sock *s)
{
	if (s->stream != NULL)
		stream_close(s->stream);
	s->stream = NULL;
}

/* Back to SOCK_INITIAL, without a word. */
static void sock_clear(struct sock *s)
{
	struct clock *clock = s->table->clock;

	timer_del(clock, &s->window);
	timer_del(clock, &s->turn);
	timer_del(clock, &s->refusal);
	sock_data_drop(s);
	sock_release_stream(s);
	buf_free(&s->rx);
	free(s->why);
	s->why = NULL;
	s->state = SOCK_INITIAL;
	s->due = SOCK_DUE_NONE;
	s->told = s->was_up = s->closing = false;
	s->ended = s->broken = false;
	s->timeout_what = "";
	s->dgram = s->service = false;
	s->left = s->unread = 0;
	s->info = (struct sock_info){.ssl = -1, .server = s->id};
}

void sock_keep_why(struct sock *s, const struct why *why)
{
	if (s->why == NULL)
		s->why = malloc(sizeof(*s->why));
	if (s->why != NULL)
		*s->why = *why;
}

struct why sock_take_why(struct sock *s)
{
	struct why why;

	if (s->why != NULL)
		why = *s->why;
	else
		why_set(&why, ERR_NET_MEMORY, GRADE_ASM,
			"no memory for the reason");
	free(s->why);
	s->why = NULL;
	return why;
}

void sock_fail_open(struct sock *s, const struct why *why)
{
	timer_del(s->table->clock, &s->window);
	s->state = SOCK_CLOSING;
	s->ended = true;
	sock_keep_why(s, why);
	sock_due(s, SOCK_DUE_OPENED);
}

void sock_fall(struct sock *s, const struct why *why)
{
	s->state = SOCK_CLOSING;
	s->ended = true;
	sock_keep_why(s, why);
	sock_due(s, SOCK_DUE_CLOSED);
}

/* --- the stream's side ------------------------------------------------- */

static void sock_on_connected(void *arg)
{
	struct sock *s = arg;

	if (s->state != SOCK_OPENING)
		return;
	timer_del(s->table->clock, &s->window);
	s->state = SOCK_CONNECTED;
	s->was_up = true;
	stream_addr(s->stream, &s->info.addr);
	/* As the host asked for it: a --map may have led elsewhere. */
	s->info.addr.remote_port = s->port;
	s->table->events.opened(s->table->arg, s->id, NULL);
	/* A peer that speaks first may already have done so. */
	if (s->state == SOCK_CONNECTED)
		sock_pump(s);
}

static void sock_on_readable(void *arg)
{
	struct sock *s = arg;

	if (s->was_up)
		sock_pump(s);
}

static void sock_on_drained(void *arg)
{
	(void)arg;
}

static void sock_on_closed(void *arg, const struct why *why)
{
	struct sock *s = arg;
	struct why own;

	if (s->ended)
		return;
	s->ended = true;
	if (s->closing) {
		sock_due(s, SOCK_DUE_CLOSE_DONE);
		return;
	}
	if (s->state == SOCK_OPENING) {
		if (why == NULL) {
			why_set(&own, ERR_NET_CONNECT, GRADE_MAN,
				"the peer closed the connection before it "
				"was complete");
			why = &own;
		}
		sock_fail_open(s, why);
		return;
	}
	s->broken = why != NULL;
	if (why != NULL)
		sock_keep_why(s, why);
	sock_pump(s);
}

const struct stream_handler sock_stream_handler = {
	.connected = sock_on_connected,
	.readable = sock_on_readable,
	.drained = sock_on_drained,
	.closed = sock_on_closed,
};

/* --- the clock's side -------------------------------------------------- */

static void sock_turn(void *arg)
{
	struct sock *s = arg;
	struct sock_table *t = s->table;
	enum sock_due due = s->due;
	struct why why;

	s->due = SOCK_DUE_NONE;
	switch (due) {
	case SOCK_DUE_NONE:
		break;
	case SOCK_DUE_OPENED:
		sock_release_stream(s);
		why = sock_take_why(s);
		t->events.opened(t->arg, s->id, &why);
		break;
	case SOCK_DUE_SERVING:
		s->state = s->dgram ? SOCK_CONNECTED : SOCK_LISTENING;
		s->was_up = s->dgram;
		t->events.opened(t->arg, s->id, NULL);
		/* Others may have sent to it since. */
		if (s->state == SOCK_CONNECTED)
			sock_pump(s);
		break;
	case SOCK_DUE_CLOSED:
		sock_release_stream(s);
		why = sock_take_why(s);
		t->events.closed(t->arg, s->id, &why);
		break;
	case SOCK_DUE_CLOSE_DONE:
		sock_clear(s);
		t->events.close_done(t->arg, s->id);
		break;
	case SOCK_DUE_PUMP:
		sock_pump(s);
		break;
	}
}

static void sock_window(void *arg)
{
	struct sock *s = arg;
	struct why why;

	if (s->closing) {
		/* The peer did not answer the FIN: by force, man [TCP §4]. */
		sock_due(s, SOCK_DUE_CLOSE_DONE);
		return;
	}
	why_set(&why, ERR_NET_TIMEOUT, GRADE_MAN,
		"not connected within %llu.%03llu s (%s)",
		(unsigned long long)(s->timeout_ms / 1000),
		(unsigned long long)(s->timeout_ms % 1000), s->timeout_what);
	sock_fail_open(s, &why);
}

static void sock_refusal(void *arg)
{
	struct sock *s = arg;
	struct why why;

	why_set(&why, ERR_NET_ID_USED, GRADE_CAP,
		"id %d is in use until it is closed", s->id);
	s->table->events.opened(s->table->arg, s->id, &why);
}

/* --- the table --------------------------------------------------------- */

struct sock_table *sock_table_new(struct clock *clock, size_t buffer,
	const struct sock_events *events, void *arg)
{
	struct sock_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->clock = clock;
	t->events = *events;
	t->arg = arg;
	t->buffer = buffer;
	t->accept = true;
	if (!sock_data_init(t)) {
		sock_data_free(t);
		free(t);
		return NULL;
	}
	for (int id = 0; id < SOCK_IDS; id++) {
		struct sock *s = &t->socks[id];

		s->table = t;
		s->id = id;
		timer_init(&s->window, sock_window, s);
		timer_init(&s->turn, sock_turn, s);
		timer_init(&s->refusal, sock_refusal, s);
		sock_clear(s);
	}
	return t;
}

void sock_table_reset(struct sock_table *t)
{
	for (int id = 0; id < SOCK_IDS; id++)
		sock_clear(&t->socks[id]);
	t->sent = t->received = 0;
	sock_data_reset(t);
}

void sock_table_free(struct sock_table *t)
{
	if (t == NULL)
		return;
	t->events.unsent = NULL; /* nobody is left to be told */
	sock_table_reset(t);
	sock_data_free(t);
	free(t);
}

void sock_table_pdp_down(struct sock_table *t, int pdp, const struct why *why)
{
	for (int id = 0; id < SOCK_IDS; id++) {
		struct sock *s = &t->socks[id];

		if (s->state == SOCK_INITIAL || s->info.pdp != pdp)
			continue;
		if (s->closing) {
			sock_due(s, SOCK_DUE_CLOSE_DONE);
		} else if (s->state == SOCK_OPENING) {
			sock_fail_open(s, why);
		} else if (s->state == SOCK_CONNECTED ||
			   s->state == SOCK_LISTENING) {
			sock_fall(s, why);
		}
	}
}

void sock_table_pdp_close(struct sock_table *t, int pdp)
{
	for (int id = 0; id < SOCK_IDS; id++)
		if (t->socks[id].state != SOCK_INITIAL &&
			t->socks[id].info.pdp == pdp)
			sock_clear(&t->socks[id]);
}

/* --- one socket -------------------------------------------------------- */

void sock_table_set_buffer(struct sock_table *t, size_t bytes)
{
	t->buffer = bytes;
}

void sock_table_set_accept(struct sock_table *t, bool accept)
{
	t->accept = accept;
}

void sock_table_totals(
	const struct sock_table *t, uint64_t *sent, uint64_t *received)
{
	*sent += t->sent;
	*received += t->received;
}

void sock_table_join_datagrams(struct sock_table *t, bool join)
{
	t->join = join;
}

bool sock_used(struct sock_table *t, int id)
{
	return sock_at(t, id)->state != SOCK_INITIAL;
}

const struct stream_handler *sock_handler(void)
{
	return &sock_stream_handler;
}

void *sock_handler_arg(struct sock_table *t, int id)
{
	return sock_at(t, id);
}

struct sock *sock_take_id(struct sock_table *t, const struct sock_open *open)
{
	struct sock *s = sock_at(t, open->id);

	assert(s->state == SOCK_INITIAL);
	s->info.pdp = open->pdp;
	s->info.mode = open->mode;
	s->info.ssl = open->ssl;
	snprintf(s->info.service, sizeof(s->info.service), "%s", open->service);
	s->timeout_ms = open->timeout_ms;
	s->timeout_what = open->timeout_what;
	s->state = SOCK_OPENING;
	s->dgram = strncmp(open->service, "UDP", 3) == 0;
	s->limit = t->buffer;
	buf_init(&s->rx,
		s->dgram ? s->limit + SOCK_DGRAM_MAX + sizeof(struct sock_dgram)
			 : s->limit);
	return s;
}

void sock_attach(struct sock_table *t, const struct sock_open *open,
	struct stream *stream, const struct why *why)
{
	struct sock *s = sock_take_id(t, open);

	s->port = open->port;
	s->info.addr.remote_port = open->port;
	if (open->host != NULL &&
		(lookup_is_ipv4(open->host) || lookup_is_ipv6(open->host)))
		snprintf(s->info.addr.ip, sizeof(s->info.addr.ip), "%s",
			open->host);
	s->stream = stream;
	if (stream == NULL)
		sock_fail_open(s, why);
	else
		timer_set(t->clock, &s->window, TIMER_WINDOW, open->timeout_ms);
}

/* From the first transmission to the end of the wait behind the last. */
static unsigned int retransmission_ms(const struct sock_patience *p)
{
	unsigned int wait = 1000, ms = 0; /* RFC 6298 2.1, asm */

	for (unsigned int i = 0; i <= p->retransmissions; i++, wait *= 2) {
		if (wait > p->longest_ms)
			wait = p->longest_ms;
		ms += wait;
	}
	return ms;
}

void sock_be_patient(struct net *net, const struct sock_patience *patience)
{
	const struct net_limits limits = {
		.unacked_ms = retransmission_ms(patience),
		.keepalive = patience->keepalive,
		.idle_s = patience->idle_s,
		.interval_s = patience->interval_s,
		.count = patience->count,
	};

	net_limit(net, &limits);
}

void sock_connect(struct sock_table *t, const struct sock_open *open,
	struct net *net, bool udp)
{
	struct stream *stream;
	struct why why;

	stream = net_open_from(net, udp ? NET_UDP : NET_TCP, open->host,
		open->port, open->local_port, sock_handler(),
		sock_handler_arg(t, open->id), &why);
	sock_attach(t, open, stream, &why);
}

void sock_refuse(struct sock_table *t, int id)
{
	timer_set_us(t->clock, &sock_at(t, id)->refusal, 0);
}

void sock_drop(struct sock_table *t, int id, const struct why *why)
{
	struct sock *s = sock_at(t, id);

	if (s->state == SOCK_CONNECTED)
		sock_fall(s, why);
}

void sock_close(struct sock_table *t, int id, uint64_t timeout_ms)
{
	struct sock *s = sock_at(t, id);
	/* Only TCP has an end to wait for. */
	bool wait = s->state == SOCK_CONNECTED && !s->dgram && !s->ended &&
		    timeout_ms > 0;

	timer_del(t->clock, &s->window);
	s->closing = true;
	s->state = SOCK_CLOSING;
	if (!wait) {
		sock_due(s, SOCK_DUE_CLOSE_DONE);
		return;
	}
	s->due = SOCK_DUE_NONE;
	timer_del(t->clock, &s->turn);
	sock_data_drop(s);
	stream_shutdown(s->stream);
	sock_discard(s);
	timer_set(t->clock, &s->window, TIMER_WINDOW, timeout_ms);
}

bool sock_get(struct sock_table *t, int id, struct sock_info *info)
{
	struct sock *s = sock_at(t, id);

	*info = s->info;
	info->state = s->state;
	info->unread = s->dgram ? s->unread : buf_len(&s->rx);
	return s->state != SOCK_INITIAL;
}

size_t sock_unacked(struct sock_table *t, int id)
{
	const struct sock *s = sock_at(t, id);

	return s->stream != NULL && s->was_up && !s->ended
		       ? stream_unacked(s->stream)
		       : 0;
}
