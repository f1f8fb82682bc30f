#include "svc/sock_priv.h"

#include <string.h>

#include "base/fault.h"
#include "base/hex.h"

/* Pause between tries to hand a full packet to a stream that takes none. */
enum { SOCK_RETRY_MS = 100 };

static void sock_packet_send(struct sock_table *t);

static bool sock_fill_bytes(struct sock *s)
{
	uint8_t chunk[2048];

	while (buf_space(&s->rx) > 0) {
		size_t room = buf_space(&s->rx);
		ssize_t n = stream_read(s->stream, chunk,
			room < sizeof(chunk) ? room : sizeof(chunk));

		if (n <= 0)
			break;
		if (!buf_add(&s->rx, chunk, (size_t)n))
			return false;
		sock_count_received(s, (size_t)n);
	}
	return true;
}

/* Move what has arrived into the receive buffer, as far as it has room. */
static void sock_fill(struct sock *s)
{
	struct why why;
	bool ok;

	if (s->stream == NULL)
		return;
	ok = s->dgram ? sock_dgram_fill(s) : sock_fill_bytes(s);
	if (ok)
		return;
	why_set(&why, ERR_NET_MEMORY, GRADE_INF,
		"no memory for received bytes");
	sock_fall(s, &why);
}

/* From the receive buffer. */
static size_t sock_take_buffered(struct sock *s, void *data, size_t len)
{
	if (s->dgram) {
		len = sock_dgram_take(s, data, len);
	} else {
		if (len > buf_len(&s->rx))
			len = buf_len(&s->rx);
		if (len > 0)
			memcpy(data, buf_data(&s->rx), len);
		buf_consume(&s->rx, len);
	}
	s->info.read += len;
	return len;
}

void sock_tell_closed(struct sock *s)
{
	struct why why;

	s->state = SOCK_CLOSING;
	if (s->broken)
		why = sock_take_why(s);
	s->table->events.closed(s->table->arg, s->id, s->broken ? &why : NULL);
}

/* What is to be pushed next: what waits from buffer mode goes first. */
static ssize_t sock_take(struct sock *s, void *data, size_t len)
{
	ssize_t n;

	if (s->dgram)
		sock_fill(s);
	if (s->dgram || buf_len(&s->rx) > 0)
		return (ssize_t)sock_take_buffered(s, data, len);
	n = stream_read(s->stream, data, len);
	if (n > 0) {
		sock_count_received(s, (size_t)n);
		s->info.read += (uint64_t)n;
	}
	return n;
}

static bool is_held(const struct sock *s)
{
	enum sock_hold hold = s->table->hold;

	return hold == SOCK_HOLD_ALL ||
	       (hold == SOCK_HOLD_URCS && s->info.mode == SOCK_MODE_PUSH);
}

/*
 * Hand one chunk on. The next waits for its turn, so that a fast peer starves
 * nobody.
 */
static void sock_push(struct sock *s)
{
	uint8_t chunk[SOCK_PUSH_MAX];
	ssize_t n;

	if (s->due == SOCK_DUE_PUMP || is_held(s))
		return;
	n = sock_take(s, chunk, sizeof(chunk));
	if (n <= 0) {
		if (s->ended && s->state == SOCK_CONNECTED)
			sock_tell_closed(s);
		return;
	}
	s->table->pushed = s->id;
	s->table->events.pushed(s->table->arg, s->id, chunk, (size_t)n);
	if (s->state == SOCK_CONNECTED && s->due == SOCK_DUE_NONE)
		sock_due(s, SOCK_DUE_PUMP);
}

void sock_table_hold(struct sock_table *t, enum sock_hold hold)
{
	t->hold = hold;
	/* The one that filled the line comes last. */
	for (int i = 1; i <= SOCK_IDS; i++) {
		struct sock *s = sock_at(t, (t->pushed + i) % SOCK_IDS);

		if (s->stream != NULL && s->was_up && !s->closing &&
			s->due == SOCK_DUE_NONE && !is_held(s) &&
			s->info.mode != SOCK_MODE_BUFFER)
			sock_due(s, SOCK_DUE_PUMP);
	}
}

void sock_discard(struct sock *s)
{
	uint8_t chunk[2048];

	if (s->dgram)
		return;
	while (stream_read(s->stream, chunk, sizeof(chunk)) > 0)
		;
}

void sock_pump(struct sock *s)
{
	if (s->stream == NULL)
		return;
	if (s->closing) {
		sock_discard(s);
		return;
	}
	if (s->info.mode != SOCK_MODE_BUFFER) {
		sock_push(s);
		return;
	}
	sock_fill(s);
	if (!s->told && buf_len(&s->rx) > 0) {
		/* Not repeated until read empty, man [TCP §7]. */
		s->told = true;
		s->table->events.received(s->table->arg, s->id);
	}
	/* "recv" comes before "closed" [TCP §11]. */
	if (s->ended && s->state == SOCK_CONNECTED)
		sock_tell_closed(s);
}

int sock_send_to(struct sock_table *t, int id, const struct stream_addr *to,
	struct why *why)
{
	struct sock *s = sock_at(t, id);
	int rc = sock_check(t, id, why);

	if (rc != 0)
		return rc;
	if (!s->service)
		return why_set(why, ERR_NET_NOT_ALLOWED, GRADE_MAN,
			"id %d: is a \"%s\"; an address is for \"UDP "
			"SERVICE\" only",
			id, s->info.service);
	rc = stream_send_to(
		s->stream, buf_data(&t->stage), buf_len(&t->stage), to, why);
	if (rc == 0)
		sock_count_sent(s, buf_len(&t->stage));
	return rc;
}

const struct stream_addr *sock_from(struct sock_table *t, int id)
{
	const struct sock *s = sock_at(t, id);

	return s->service ? &s->from : NULL;
}

int sock_set_mode(struct sock_table *t, int id, int mode, struct why *why)
{
	struct sock *s = sock_at(t, id);

	/* A peer that has ended is not told yet: what it sent is left. */
	if (s->state != SOCK_CONNECTED)
		return sock_check(t, id, why);
	if (s->service && mode == SOCK_MODE_TRANSPARENT)
		return why_set(why, ERR_NET_NOT_ALLOWED, GRADE_INF,
			"id %d: a UDP service has no transparent mode", id);
	if (s->info.mode == SOCK_MODE_TRANSPARENT)
		sock_packet_send(t);
	s->info.mode = mode;
	s->told = false;
	/* What waits is told or pushed behind the command's own answer. */
	if (s->due == SOCK_DUE_NONE)
		sock_due(s, SOCK_DUE_PUMP);
	return 0;
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
		return why_set(why, ERR_NET_NOT_ALLOWED, GRADE_INF,
			"id %d: a listener has no data; its peers have ids of "
			"their own",
			id);
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

void sock_table_faults(struct sock_table *t, struct fault_set *faults)
{
	t->faults = faults;
}

int sock_stage_unhex(struct sock_table *t, struct why *why)
{
	const uint8_t *digits = buf_data(&t->stage);
	size_t len = buf_len(&t->stage);
	uint8_t data[SOCK_SEND_MAX / 2];

	if (len % 2 != 0)
		return why_set(why, ERR_NET_PARAM, GRADE_INF,
			"%zu hexadecimal digits are an odd number", len);
	for (size_t i = 0; i < len; i++) {
		int value = hex_value((char)digits[i]);

		if (value < 0)
			return why_set(why, ERR_NET_PARAM, GRADE_INF,
				"digits %zu and %zu are not hexadecimal",
				i - i % 2 + 1, i - i % 2 + 2);
		data[i / 2] = (uint8_t)(i % 2 == 0 ? value << 4
						   : data[i / 2] | value);
	}
	buf_reset(&t->stage);
	(void)buf_add(&t->stage, data, len / 2);
	return 0;
}

/* No later byte overtakes what waits in the packet of this id. */
static int sock_flush_packet(struct sock_table *t, int id, struct why *why)
{
	if (t->packet_id != id)
		return 0;
	sock_packet_send(t);
	if (buf_len(&t->packet) == 0)
		return 0;
	return why_set(why, ERR_NET_WRITE, GRADE_INF,
		"%zu bytes typed in transparent mode are to be sent first, and "
		"the peer takes no more",
		buf_len(&t->packet));
}

int sock_send(struct sock_table *t, int id, struct why *why)
{
	struct sock *s = sock_at(t, id);
	int rc = sock_check(t, id, why);

	if (rc == 0)
		rc = sock_flush_packet(t, id, why);
	if (rc != 0)
		return rc;
	if (fault_fires(t->faults, FAULT_TCP_FULL))
		return why_set(why, ERR_NET_WRITE, GRADE_MAN,
			"fault tcp.full: the send buffer has no room");
	rc = stream_write(
		s->stream, buf_data(&t->stage), buf_len(&t->stage), why);
	if (rc == 0)
		sock_count_sent(s, buf_len(&t->stage));
	return rc;
}

/* --- transparent mode --------------------------------------------------- */

static void sock_packet_drop(struct sock_table *t)
{
	size_t len = buf_len(&t->packet);

	timer_del(t->clock, &t->packet_wait);
	buf_reset(&t->packet);
	if (len > 0 && t->events.unsent != NULL)
		t->events.unsent(t->arg, t->packet_id, len);
}

static void sock_packet_send(struct sock_table *t)
{
	struct sock *s = sock_at(t, t->packet_id);
	size_t len = buf_len(&t->packet);
	struct why why;

	timer_del(t->clock, &t->packet_wait);
	if (len == 0)
		return;
	if (sock_check(t, s->id, &why) != 0) {
		sock_packet_drop(t);
		return;
	}
	if (!fault_fires(t->faults, FAULT_TCP_FULL) &&
		stream_write(s->stream, buf_data(&t->packet), len, &why) == 0) {
		sock_count_sent(s, len);
		buf_reset(&t->packet);
		return;
	}
	/* The peer takes no more for now. */
	timer_set(t->clock, &t->packet_wait, TIMER_WINDOW, SOCK_RETRY_MS);
}

static void sock_packet_wait(void *arg)
{
	sock_packet_send(arg);
}

size_t sock_feed(struct sock_table *t, int id, const struct sock_packet *packet,
	const void *data, size_t len)
{
	const uint8_t *p = data;

	if (id != t->packet_id) {
		sock_packet_send(t);
		sock_packet_drop(t);
		t->packet_id = id;
	}
	while (len > 0) {
		size_t held = buf_len(&t->packet), n;

		if (held >= packet->size)
			sock_packet_send(t);
		held = buf_len(&t->packet);
		if (held >= packet->size)
			return len;
		n = packet->size - held < len ? packet->size - held : len;
		if (!buf_add(&t->packet, p, n))
			return len;
		p += n;
		len -= n;
	}
	if (buf_len(&t->packet) >= packet->size)
		sock_packet_send(t);
	else
		timer_set(t->clock, &t->packet_wait, TIMER_WINDOW,
			packet->wait_ms);
	return 0;
}

void sock_data_drop(struct sock *s)
{
	if (s->table->packet_id == s->id)
		sock_packet_drop(s->table);
}

/* --- memory -------------------------------------------------------------- */

bool sock_data_init(struct sock_table *t)
{
	static const uint8_t room[SOCK_SEND_MAX];

	buf_init(&t->packet, SOCK_SEND_MAX);
	timer_init(&t->packet_wait, sock_packet_wait, t);
	/* Take the memory now, so that staging cannot fail later. */
	buf_init(&t->stage, SOCK_SEND_MAX);
	if (!buf_add(&t->stage, room, sizeof(room)))
		return false;
	sock_data_reset(t);
	return true;
}

void sock_data_reset(struct sock_table *t)
{
	buf_reset(&t->stage);
}

void sock_data_free(struct sock_table *t)
{
	buf_free(&t->stage);
	buf_free(&t->packet);
}

/* --- reading -------------------------------------------------------------- */

ssize_t sock_recv(
	struct sock_table *t, int id, void *data, size_t len, struct why *why)
{
	struct sock *s = sock_at(t, id);

	if (!s->was_up)
		return sock_check(t, id, why);
	len = sock_take_buffered(s, data, len);
	/* What the full buffer had held back. */
	sock_fill(s);
	if (buf_len(&s->rx) == 0)
		s->told = false;
	return (ssize_t)len;
}
