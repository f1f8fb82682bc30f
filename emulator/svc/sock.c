#include "svc/sock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/net.h"

/*
 * What a socket has to tell at the next turn of the clock. Ends are told from
 * there and not where they are noticed, because the streams of failed sockets
 * are released with them, and a stream may not be closed from inside one of
 * its own handlers.
 */
enum sock_due {
	SOCK_DUE_NONE,
	SOCK_DUE_OPENED,     /* the open failed */
	SOCK_DUE_CLOSED,     /* the context under it went away */
	SOCK_DUE_CLOSE_DONE, /* a local close is complete */
	SOCK_DUE_PUMP,	     /* more data to push */
};

struct sock {
	struct sock_table *table;
	int id;
	enum sock_state state;
	struct stream *stream;
	struct buf rx;
	struct timer window; /* limit of an open or of a local close */
	struct timer turn;
	struct timer refusal;
	enum sock_due due;
	struct why why; /* of the end that is still to be told */
	const char *timeout_what;
	uint64_t timeout_ms;
	uint16_t port;	       /* remote, as asked for */
	bool told;	       /* a "recv" is out and not all was read yet */
	bool was_up;	       /* the open succeeded once */
	bool ended;	       /* the stream has come to its end */
	bool broken;	       /* and `why` says of what */
	bool closing;	       /* by sock_close() */
	struct sock_info info; /* all but state, unread, unsent */
};

struct sock_table {
	struct clock *clock;
	struct sock_events events;
	void *arg;
	struct buf stage;
	struct sock socks[SOCK_IDS];
};

static struct sock *sock_at(struct sock_table *t, int id)
{
	assert(id >= 0 && id < SOCK_IDS);
	return &t->socks[id];
}

static void sock_due(struct sock *s, enum sock_due due)
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
	sock_release_stream(s);
	buf_free(&s->rx);
	s->state = SOCK_INITIAL;
	s->due = SOCK_DUE_NONE;
	s->told = s->was_up = s->closing = false;
	s->ended = s->broken = false;
	s->timeout_what = "";
	s->info = (struct sock_info){.ssl = -1};
}

static void sock_fail_open(struct sock *s, const struct why *why)
{
	timer_del(s->table->clock, &s->window);
	s->state = SOCK_CLOSING;
	s->ended = true;
	s->why = *why;
	sock_due(s, SOCK_DUE_OPENED);
}

/* Move what has arrived into the receive buffer, as far as it has room. */
static void sock_fill(struct sock *s)
{
	uint8_t chunk[2048];

	while (s->stream != NULL && buf_space(&s->rx) > 0) {
		size_t room = buf_space(&s->rx);
		ssize_t n = stream_read(s->stream, chunk,
			room < sizeof(chunk) ? room : sizeof(chunk));

		if (n <= 0)
			return;
		if (!buf_add(&s->rx, chunk, (size_t)n)) {
			why_set(&s->why, ERR_NET_MEMORY, GRADE_INF,
				"no memory for %zd received bytes", n);
			s->state = SOCK_CLOSING;
			s->ended = true;
			sock_due(s, SOCK_DUE_CLOSED);
			return;
		}
		s->info.received += (uint64_t)n;
	}
}

/* The peer has ended, and all that came before was handed on. */
static void sock_tell_closed(struct sock *s)
{
	s->state = SOCK_CLOSING;
	s->table->events.closed(
		s->table->arg, s->id, s->broken ? &s->why : NULL);
}

/*
 * Hand one chunk on. The next waits for its turn, so that a fast peer starves
 * nobody and nothing piles up in front of a slow line.
 */
static void sock_push(struct sock *s)
{
	uint8_t chunk[SOCK_PUSH_MAX];
	ssize_t n;
	uint64_t us;

	if (s->due == SOCK_DUE_PUMP)
		return;
	n = stream_read(s->stream, chunk, sizeof(chunk));
	if (n <= 0) {
		if (s->ended && s->state == SOCK_CONNECTED)
			sock_tell_closed(s);
		return;
	}
	s->info.received += (uint64_t)n;
	s->info.read += (uint64_t)n;
	us = s->table->events.pushed(s->table->arg, s->id, chunk, (size_t)n);
	if (s->state != SOCK_CONNECTED)
		return;
	s->due = SOCK_DUE_PUMP;
	timer_set_us(s->table->clock, &s->turn, us);
}

static void sock_discard(struct sock *s)
{
	uint8_t chunk[2048];

	while (stream_read(s->stream, chunk, sizeof(chunk)) > 0)
		;
}

/* Deal with what the stream has got. */
static void sock_pump(struct sock *s)
{
	if (s->stream == NULL)
		return;
	if (s->closing) {
		/* Nobody will read it, but the peer's FIN is behind it. */
		sock_discard(s);
		return;
	}
	if (s->info.mode == 1) {
		sock_push(s);
		return;
	}
	sock_fill(s);
	if (!s->told && buf_len(&s->rx) > 0) {
		/* Not repeated until read empty, man [TCP §7]. */
		s->told = true;
		s->table->events.received(s->table->arg, s->id);
	}
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
		s->why = *why;
	/* "recv" comes before "closed" [TCP §11]. */
	sock_pump(s);
	if (s->info.mode != 1 && s->state == SOCK_CONNECTED)
		sock_tell_closed(s);
}

static const struct stream_handler sock_stream_handler = {
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

	s->due = SOCK_DUE_NONE;
	switch (due) {
	case SOCK_DUE_NONE:
		break;
	case SOCK_DUE_OPENED:
		sock_release_stream(s);
		t->events.opened(t->arg, s->id, &s->why);
		break;
	case SOCK_DUE_CLOSED:
		sock_release_stream(s);
		t->events.closed(t->arg, s->id, &s->why);
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
	static const uint8_t room[SOCK_SEND_MAX];
	struct sock_table *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	/* Take the memory now, so that staging cannot fail later. */
	buf_init(&t->stage, SOCK_SEND_MAX);
	if (!buf_add(&t->stage, room, sizeof(room))) {
		free(t);
		return NULL;
	}
	buf_reset(&t->stage);
	t->clock = clock;
	t->events = *events;
	t->arg = arg;
	for (int id = 0; id < SOCK_IDS; id++) {
		struct sock *s = &t->socks[id];

		s->table = t;
		s->id = id;
		buf_init(&s->rx, buffer);
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
	buf_reset(&t->stage);
}

void sock_table_free(struct sock_table *t)
{
	if (t == NULL)
		return;
	sock_table_reset(t);
	buf_free(&t->stage);
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
		} else if (s->state == SOCK_CONNECTED) {
			s->state = SOCK_CLOSING;
			s->ended = true;
			s->why = *why;
			sock_due(s, SOCK_DUE_CLOSED);
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

void sock_attach(struct sock_table *t, const struct sock_open *open,
	struct stream *stream, const struct why *why)
{
	struct sock *s = sock_at(t, open->id);

	assert(s->state == SOCK_INITIAL);
	s->info.pdp = open->pdp;
	s->info.mode = open->mode;
	s->info.ssl = open->ssl;
	s->port = open->port;
	s->info.addr.remote_port = open->port;
	snprintf(s->info.service, sizeof(s->info.service), "%s", open->service);
	s->timeout_ms = open->timeout_ms;
	s->timeout_what = open->timeout_what;
	s->stream = stream;
	s->state = SOCK_OPENING;
	if (stream == NULL)
		sock_fail_open(s, why);
	else
		timer_set(t->clock, &s->window, TIMER_WINDOW, open->timeout_ms);
}

void sock_connect(struct sock_table *t, const struct sock_open *open,
	struct net *net, bool udp, const char *host)
{
	struct stream *stream;
	struct why why;

	stream = net_open(net, udp ? NET_UDP : NET_TCP, host, open->port,
		sock_handler(), sock_handler_arg(t, open->id), &why);
	sock_attach(t, open, stream, &why);
}

void sock_refuse(struct sock_table *t, int id)
{
	timer_set_us(t->clock, &sock_at(t, id)->refusal, 0);
}

int sock_check(struct sock_table *t, int id, struct why *why)
{
	const struct sock *s = sock_at(t, id);

	switch (s->state) {
	case SOCK_CONNECTED:
		if (!s->ended)
			return 0;
		break;
	case SOCK_INITIAL:
		return why_set(
			why, ERR_NET_CLOSED, GRADE_INF, "id %d: not open", id);
	case SOCK_OPENING:
		return why_set(why, ERR_NET_CLOSED, GRADE_INF,
			"id %d: still opening", id);
	case SOCK_LISTENING:
	case SOCK_CLOSING:
		break;
	}
	return why_set(why, ERR_NET_CLOSED, GRADE_INF,
		s->was_up ? "id %d: the connection has ended; close the id"
			  : "id %d: its open failed; close the id",
		id);
}

void sock_stage_reset(struct sock_table *t)
{
	buf_reset(&t->stage);
}

void sock_stage_add(struct sock_table *t, const void *data, size_t len)
{
	if (len > buf_space(&t->stage))
		len = buf_space(&t->stage);
	(void)buf_add(&t->stage, data, len);
}

size_t sock_stage_len(const struct sock_table *t)
{
	return buf_len(&t->stage);
}

int sock_send(struct sock_table *t, int id, struct why *why)
{
	struct sock *s = sock_at(t, id);
	int rc = sock_check(t, id, why);

	if (rc != 0)
		return rc;
	rc = stream_write(
		s->stream, buf_data(&t->stage), buf_len(&t->stage), why);
	if (rc == 0)
		s->info.sent += buf_len(&t->stage);
	return rc;
}

ssize_t sock_recv(
	struct sock_table *t, int id, void *data, size_t len, struct why *why)
{
	struct sock *s = sock_at(t, id);

	if (!s->was_up)
		return sock_check(t, id, why);
	if (len > buf_len(&s->rx))
		len = buf_len(&s->rx);
	if (len > 0)
		memcpy(data, buf_data(&s->rx), len);
	buf_consume(&s->rx, len);
	s->info.read += len;
	/* What the full buffer had held back. */
	sock_fill(s);
	if (buf_len(&s->rx) == 0)
		s->told = false;
	return (ssize_t)len;
}

void sock_close(struct sock_table *t, int id, uint64_t timeout_ms)
{
	struct sock *s = sock_at(t, id);
	bool wait = s->state == SOCK_CONNECTED && !s->ended && timeout_ms > 0;

	timer_del(t->clock, &s->window);
	s->closing = true;
	s->state = SOCK_CLOSING;
	if (!wait) {
		sock_due(s, SOCK_DUE_CLOSE_DONE);
		return;
	}
	s->due = SOCK_DUE_NONE;
	timer_del(t->clock, &s->turn);
	stream_shutdown(s->stream);
	sock_discard(s);
	timer_set(t->clock, &s->window, TIMER_WINDOW, timeout_ms);
}

bool sock_get(struct sock_table *t, int id, struct sock_info *info)
{
	struct sock *s = sock_at(t, id);

	*info = s->info;
	info->state = s->state;
	info->unread = buf_len(&s->rx);
	info->unsent = 0;
	if (s->stream != NULL && s->was_up && !s->ended)
		info->unsent = stream_pending(s->stream);
	return s->state != SOCK_INITIAL;
}
