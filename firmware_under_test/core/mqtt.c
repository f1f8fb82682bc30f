#include "mqtt.h"

#include <string.h>

#include "board.h"

#define ANSWER_MS 30000
#define LATE_MAX  8 /* reads, and packets, past the time: they may never end */
#define CODE	  "mqtt"

/* ---- packets in ---- */

void mqtt_packet_init(struct mqtt_packet *p)
{
	p->state = MQTT_STATE_HEAD;
	p->head = 0;
	p->shift = 0;
	p->length = 0;
	p->seen = 0;
}

static void feed_length(struct mqtt_packet *p, uint8_t byte)
{
	p->length |= (uint32_t)(byte & 0x7f) << p->shift;
	p->shift += 7;
	if (!(byte & 0x80))
		p->state = p->length ? MQTT_STATE_BODY : MQTT_STATE_DONE;
	else if (p->shift > 21)
		p->state = MQTT_STATE_BAD;
}

static size_t feed_body(struct mqtt_packet *p, const uint8_t *buf, size_t len)
{
	size_t n = p->length - p->seen;
	size_t room = p->seen < MQTT_BODY_MAX ? MQTT_BODY_MAX - p->seen : 0;

	if (n > len)
		n = len;
	memcpy(p->body + (MQTT_BODY_MAX - room), buf, n < room ? n : room);
	p->seen += (uint32_t)n;
	if (p->seen == p->length)
		p->state = MQTT_STATE_DONE;
	return n;
}

size_t mqtt_packet_feed(struct mqtt_packet *p, const uint8_t *buf, size_t len)
{
	size_t i = 0;

	while (i < len && p->state < MQTT_STATE_DONE) {
		if (p->state == MQTT_STATE_HEAD) {
			p->head = buf[i++];
			p->state = MQTT_STATE_LENGTH;
		} else if (p->state == MQTT_STATE_LENGTH) {
			feed_length(p, buf[i++]);
		} else {
			i += feed_body(p, buf + i, len - i);
		}
	}
	return i;
}

static uint16_t get16(const uint8_t *b)
{
	return (uint16_t)(b[0] << 8 | b[1]);
}

const char *mqtt_message_parse(
	struct mqtt_message *m, const struct mqtt_packet *p)
{
	size_t kept = p->length < MQTT_BODY_MAX ? p->length : MQTT_BODY_MAX;
	size_t used = 2;

	memset(m, 0, sizeof(*m));
	m->qos = p->head >> 1 & 3;
	if (m->qos > 1)
		return "a message of quality 2 or 3, which nobody asked for";
	if (kept < 2)
		return "a message without a topic";
	m->topic_len = get16(p->body);
	m->topic = (const char *)p->body + 2;
	used += m->topic_len + (m->qos ? 2 : 0);
	if (m->topic_len == 0 || used > kept)
		return "a message whose topic does not fit";
	if (m->qos)
		m->id = get16(p->body + 2 + m->topic_len);
	m->payload = p->body + used;
	m->len = kept - used;
	m->total = p->length - (uint32_t)used;
	return NULL;
}

/* ---- packets out ---- */

static uint8_t *put16(uint8_t *at, size_t value)
{
	*at++ = (uint8_t)(value >> 8);
	*at++ = (uint8_t)value;
	return at;
}

static uint8_t *put_bytes(uint8_t *at, const char *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

static uint8_t *put_text(uint8_t *at, const char *text)
{
	size_t n = strlen(text);

	return put_bytes(put16(at, n), text, n);
}

/* Room for a head and a length of two bytes: no packet of ours needs more. */
static uint8_t *body_of(struct mqtt *m)
{
	return m->out + 3;
}

static int send_packet(
	struct mqtt *m, unsigned head, const uint8_t *end, struct reason *r)
{
	size_t length = (size_t)(end - body_of(m));
	uint8_t *start = body_of(m);

	*--start = (uint8_t)(length >> 7);
	if (length > 127)
		*--start = (uint8_t)(length | 0x80);
	else
		*start = (uint8_t)length;
	*--start = (uint8_t)head;
	m->sent_ms = m->board->now_ms(m->board->ctx);
	return m->stream.send(m->stream.ctx, start, (size_t)(end - start), r);
}

static bool too_long(const char *what, const char *text, struct reason *r)
{
	if (strlen(text) <= MQTT_TOPIC_MAX)
		return false;
	reason_set(
		r, "usage", "at most %d bytes in a %s", MQTT_TOPIC_MAX, what);
	return true;
}

static uint16_t new_id(struct mqtt *m)
{
	if (++m->last_id == 0)
		m->last_id = 1;
	return m->last_id;
}

/* ---- the exchange ---- */

static int broken(struct mqtt *m, struct reason *r, const char *why)
{
	m->up = false;
	return reason_set(r, CODE, "the server sent %s", why);
}

/* 1: a whole packet in m->packet; 0: not within ms; -1 with r. */
static int next_packet(struct mqtt *m, uint32_t ms, struct reason *r)
{
	const struct board *b = m->board;
	uint32_t start = b->now_ms(b->ctx);
	int late = 0;
	uint32_t left;
	int n;

	if (m->packet.state == MQTT_STATE_DONE)
		mqtt_packet_init(&m->packet);
	for (;;) {
		n = (int)mqtt_packet_feed(
			&m->packet, m->in + m->at, m->have - m->at);
		m->at += (size_t)n;
		if (m->packet.state == MQTT_STATE_DONE)
			return 1;
		if (m->packet.state == MQTT_STATE_BAD)
			return broken(m, r, "a length of more than 4 bytes");
		m->at = m->have = 0;
		left = board_left(b, start, ms);
		if (left == 0 && late++ == LATE_MAX)
			return 0;
		n = m->stream.recv(
			m->stream.ctx, m->in, sizeof(m->in), left, r);
		if (n == STREAM_TIMEOUT)
			return 0;
		if (n <= 0)
			m->up = false;
		if (n == 0 || n == STREAM_CUT)
			return reason_set(r, CODE,
				"the server closed the connection; AWS does "
				"so, without a word, when a policy forbids "
				"what was asked");
		if (n < 0)
			return -1;
		m->have = (size_t)n;
	}
}

static int take_message(struct mqtt *m, struct reason *r)
{
	struct mqtt_message msg;
	const char *why = mqtt_message_parse(&msg, &m->packet);

	if (why)
		return broken(m, r, why);
	if (m->on_message)
		m->on_message(m->arg, &msg);
	if (msg.qos == 0)
		return 0;
	if (send_packet(m, MQTT_TYPE_PUBACK << 4, put16(body_of(m), msg.id),
		    r) == 0)
		return 0;
	m->up = false;
	return -1;
}

/*
 * The next packet that is neither a message nor a PINGRESP: those are dealt
 * with, unless they never stop. As next_packet; with one_message, 2 after a
 * message.
 */
static int next_answer(
	struct mqtt *m, uint32_t ms, bool one_message, struct reason *r)
{
	const struct board *b = m->board;
	uint32_t start = b->now_ms(b->ctx);
	int late = 0;
	int rc;

	while (late < LATE_MAX) {
		uint32_t left = board_left(b, start, ms);

		late += left == 0;
		rc = next_packet(m, left, r);
		if (rc <= 0)
			return rc;
		switch (m->packet.head >> 4) {
		case MQTT_TYPE_PUBLISH:
			if (take_message(m, r) != 0)
				return -1;
			if (one_message)
				return 2;
			break;
		case MQTT_TYPE_PINGRESP:
			m->ping_due = false;
			break;
		default:
			return 1;
		}
	}
	return 0;
}

/* Wait for an answer of this type whose body begins with id (0: none). */
static int await(struct mqtt *m, enum mqtt_type type, uint16_t id,
	uint32_t length, struct reason *r)
{
	const struct board *b = m->board;
	uint32_t start = b->now_ms(b->ctx);
	uint32_t left;
	int rc;

	do {
		left = board_left(b, start, ANSWER_MS);
		rc = left > 0 ? next_answer(m, left, false, r) : 0;
		if (rc < 0)
			return -1;
		if (rc == 0) {
			m->up = false;
			return reason_set(r, CODE, "no answer within %d s",
				ANSWER_MS / 1000);
		}
		if (m->packet.head >> 4 != type || m->packet.length != length)
			return broken(m, r, "a packet that was not asked for");
		/* An answer to something older is none to this. */
	} while (id && get16(m->packet.body) != id);
	return 0;
}

void mqtt_init(struct mqtt *m, const struct board *board,
	void (*on_message)(void *arg, const struct mqtt_message *m), void *arg)
{
	memset(m, 0, sizeof(*m));
	m->board = board;
	m->on_message = on_message;
	m->arg = arg;
}

static const char *refusal(unsigned code)
{
	static const char *const names[] = {"accepted",
		"unacceptable protocol version", "identifier rejected",
		"server unavailable", "bad user name or password",
		"not authorized"};

	return code < sizeof(names) / sizeof(*names) ? names[code]
						     : "no code of MQTT 3.1.1";
}

int mqtt_connect(struct mqtt *m, const struct stream *s, const char *client,
	struct reason *r)
{
	uint8_t *at = put_text(body_of(m), "MQTT");

	if (too_long("client id", client, r))
		return -1;
	m->stream = *s;
	m->ping_due = false;
	m->at = m->have = 0;
	mqtt_packet_init(&m->packet);
	*at++ = 4;    /* 3.1.1 */
	*at++ = 0x02; /* clean session */
	at = put16(at, MQTT_ALIVE_S);
	at = put_text(at, client);
	if (send_packet(m, MQTT_TYPE_CONNECT << 4, at, r) != 0 ||
		await(m, MQTT_TYPE_CONNACK, 0, 2, r) != 0)
		return -1;
	m->up = m->packet.body[1] == 0;
	if (m->up)
		return 0;
	return reason_set(r, CODE, "CONNECT refused, code %u (%s)",
		m->packet.body[1], refusal(m->packet.body[1]));
}

int mqtt_publish(struct mqtt *m, const char *topic, const char *text,
	unsigned qos, struct reason *r)
{
	size_t len = strlen(text);
	uint16_t id = 0;
	uint8_t *at;

	if (too_long("topic", topic, r))
		return -1;
	if (len > MQTT_PAYLOAD_MAX)
		return reason_set(r, "usage", "at most %d bytes in a message",
			MQTT_PAYLOAD_MAX);
	at = put_text(body_of(m), topic);
	if (qos) {
		id = new_id(m);
		at = put16(at, id);
	}
	memcpy(at, text, len);
	if (send_packet(m, MQTT_TYPE_PUBLISH << 4 | qos << 1, at + len, r) !=
		0) {
		m->up = false;
		return -1;
	}
	return qos ? await(m, MQTT_TYPE_PUBACK, id, 2, r) : 0;
}

int mqtt_subscribe(
	struct mqtt *m, const char *filter, unsigned qos, struct reason *r)
{
	uint16_t id = new_id(m);
	uint8_t *at;

	if (too_long("topic filter", filter, r))
		return -1;
	at = put_text(put16(body_of(m), id), filter);
	*at++ = (uint8_t)qos;
	if (send_packet(m, MQTT_TYPE_SUBSCRIBE << 4 | 2, at, r) != 0) {
		m->up = false;
		return -1;
	}
	if (await(m, MQTT_TYPE_SUBACK, id, 3, r) != 0)
		return -1;
	if (m->packet.body[2] <= 1)
		return 0;
	return reason_set(r, CODE, "SUBSCRIBE to %s refused", filter);
}

int mqtt_receive(struct mqtt *m, uint32_t ms, struct reason *r)
{
	int rc = next_answer(m, ms, true, r);

	if (rc == 1)
		return broken(m, r, "a packet that was not asked for");
	return rc == 2 ? 1 : rc;
}

int mqtt_alive(struct mqtt *m, struct reason *r)
{
	const struct board *b = m->board;

	if (!m->up || b->now_ms(b->ctx) - m->sent_ms < MQTT_QUIET_MS)
		return 0;
	if (m->ping_due) {
		m->up = false;
		return reason_set(r, CODE, "PINGREQ was not answered in %d s",
			MQTT_QUIET_MS / 1000);
	}
	m->ping_due = true;
	if (send_packet(m, MQTT_TYPE_PINGREQ << 4, body_of(m), r) == 0)
		return 0;
	m->up = false;
	return -1;
}

void mqtt_disconnect(struct mqtt *m)
{
	struct reason r;

	if (m->up)
		send_packet(m, MQTT_TYPE_DISCONNECT << 4, body_of(m), &r);
	m->up = false;
}
