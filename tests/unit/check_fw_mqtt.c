#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/mqtt.h"
#include "support/fw_board.h"

static struct mqtt m;
static struct reason r;

/* ---- packets ---- */

#define TOPIC3 "\x00\x03t/a"

static void feed_cut(
	struct mqtt_packet *p, const char *bytes, size_t len, size_t at)
{
	const uint8_t *b = (const uint8_t *)bytes;
	size_t used;

	if (at > len)
		at = len;
	mqtt_packet_init(p);
	used = mqtt_packet_feed(p, b, at);
	used += mqtt_packet_feed(p, b + used, len - used);
	ck_assert_uint_le(used, len);
}

START_TEST(packet_is_the_same_cut_at_every_byte)
{
	static const char bytes[] = "\x32\x0c" TOPIC3 "\x01\x02hello\xd0\x00";
	struct mqtt_packet p;
	struct mqtt_message msg;

	feed_cut(&p, bytes, sizeof(bytes) - 1, (size_t)_i);
	ck_assert_int_eq(p.state, MQTT_STATE_DONE);
	ck_assert_uint_eq(p.length, 12);
	ck_assert_ptr_null(mqtt_message_parse(&msg, &p));
	ck_assert_uint_eq(msg.topic_len, 3);
	ck_assert_mem_eq(msg.topic, "t/a", 3);
	ck_assert_uint_eq(msg.qos, 1);
	ck_assert_uint_eq(msg.id, 0x102);
	ck_assert_uint_eq(msg.len, 5);
	ck_assert_uint_eq(msg.total, 5);
	ck_assert_mem_eq(msg.payload, "hello", 5);
}
END_TEST

/* The largest of each number of bytes, and one more [MQTT 3.1.1 §2.2.3]. */
START_TEST(length_has_one_to_four_bytes)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint32_t length;
		enum mqtt_state state;
	} rows[] = {
		{"\xd0\x00", 2, 0, MQTT_STATE_DONE},
		{"\x30\x7f", 2, 127, MQTT_STATE_BODY},
		{"\x30\x80\x01", 3, 128, MQTT_STATE_BODY},
		{"\x30\xff\x7f", 3, 16383, MQTT_STATE_BODY},
		{"\x30\x80\x80\x01", 4, 16384, MQTT_STATE_BODY},
		{"\x30\xff\xff\xff\x7f", 5, 268435455, MQTT_STATE_BODY},
		{"\x30\xff\xff\xff\xff", 5, 268435455, MQTT_STATE_BAD},
	};
	struct mqtt_packet p;

	for (size_t at = 0; at <= rows[_i].len; at++) {
		feed_cut(&p, rows[_i].bytes, rows[_i].len, at);
		ck_assert_int_eq(p.state, rows[_i].state);
		ck_assert_uint_eq(p.length, rows[_i].length);
	}
}
END_TEST

START_TEST(long_message_is_kept_in_part_and_counted_whole)
{
	static uint8_t bytes[4 + 3000];
	struct mqtt_packet p;
	struct mqtt_message msg;

	memcpy(bytes, "\x30\xb8\x17\x00\x03t/a", 8); /* 3000 */
	memset(bytes + 8, 'x', sizeof(bytes) - 8);
	mqtt_packet_init(&p);
	ck_assert_uint_eq(mqtt_packet_feed(&p, bytes, sizeof(bytes)), 3 + 3000);
	ck_assert_int_eq(p.state, MQTT_STATE_DONE);
	ck_assert_ptr_null(mqtt_message_parse(&msg, &p));
	ck_assert_uint_eq(msg.total, 2995);
	ck_assert_uint_eq(msg.len, MQTT_BODY_MAX - 5);
}
END_TEST

START_TEST(message_that_lies_about_its_topic_is_refused)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{"\x30\x00", 2},		    /* no topic */
		{"\x30\x01\x00", 3},		    /* half a length */
		{"\x30\x02\x00\x00", 4},	    /* empty topic */
		{"\x30\x05\x00\x04t/a", 7},	    /* topic past the end */
		{"\x30\x05\xff\xfft/a", 7},	    /* far past it */
		{"\x32\x05\x00\x03t/a", 7},	    /* qos 1 without an id */
		{"\x32\x06\x00\x03t/a\x01", 8},	    /* half an id */
		{"\x34\x07\x00\x03t/a\x00\x01", 9}, /* qos 2 */
		{"\x36\x07\x00\x03t/a\x00\x01", 9}, /* qos 3 */
	};
	struct mqtt_packet p;
	struct mqtt_message msg;

	feed_cut(&p, rows[_i].bytes, rows[_i].len, 0);
	ck_assert_int_eq(p.state, MQTT_STATE_DONE);
	ck_assert_ptr_nonnull(mqtt_message_parse(&msg, &p));
}
END_TEST

/* ---- dialogues over a stream that gives `cut` bytes at a time ---- */

static struct fw_board f;
static struct {
	char sent[2048];
	size_t sent_len;
	const char *in;
	size_t in_len, in_at, cut;
	bool flood; /* in again and again, each time 100 ms later */
	enum { SILENT, CLOSED, CUT } then; /* after in */
	char heard[256];
} peer;

static int peer_send(
	void *ctx, const uint8_t *buf, size_t len, struct reason *why)
{
	(void)ctx;
	(void)why;
	ck_assert_uint_le(peer.sent_len + len, sizeof(peer.sent));
	memcpy(peer.sent + peer.sent_len, buf, len);
	peer.sent_len += len;
	return 0;
}

static int peer_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *why)
{
	size_t n = peer.in_len - peer.in_at;

	(void)ctx;
	if (n == 0 && peer.flood) {
		f.ms += 100;
		peer.in_at = 0;
		n = peer.in_len;
	}
	if (n == 0 && peer.then != SILENT)
		return peer.then == CUT ? STREAM_CUT : 0;
	if (n == 0) {
		f.ms += timeout_ms;
		reason_set(why, "tcp", "nothing");
		return STREAM_TIMEOUT;
	}
	if (peer.cut && n > peer.cut)
		n = peer.cut;
	if (n > max)
		n = max;
	memcpy(buf, peer.in + peer.in_at, n);
	peer.in_at += n;
	return (int)n;
}

static void hear(void *arg, const struct mqtt_message *msg)
{
	size_t n = strlen(peer.heard);

	(void)arg;
	snprintf(peer.heard + n, sizeof(peer.heard) - n, "%.*s=%.*s;",
		(int)msg->topic_len, msg->topic, (int)msg->len,
		(const char *)msg->payload);
}

static void say(const char *bytes, size_t len)
{
	peer.in = bytes;
	peer.in_len = len;
	peer.in_at = 0;
	peer.sent_len = 0;
}

#define SAY(bytes) say(bytes, sizeof(bytes) - 1)
#define SENT(bytes)                                                            \
	do {                                                                   \
		ck_assert_uint_eq(peer.sent_len, sizeof(bytes) - 1);           \
		ck_assert_mem_eq(peer.sent, bytes, sizeof(bytes) - 1);         \
	} while (0)

static int connect_cut(size_t cut)
{
	static const struct stream s = {NULL, peer_send, peer_recv};

	memset(&peer, 0, sizeof(peer));
	peer.cut = cut;
	fw_board_init(&f, NULL, 0);
	mqtt_init(&m, &f.board, hear, NULL);
	SAY("\x20\x02\x00\x00");
	return mqtt_connect(&m, &s, "WioLTE", &r);
}

START_TEST(session_is_the_same_at_every_cut)
{
	ck_assert_int_eq(connect_cut((size_t)_i), 0);
	SENT("\x10\x12\x00\x04MQTT\x04\x02\x00\x78\x00\x06WioLTE");
	ck_assert(m.up);

	/* A message and an answer to nothing we know come before ours. */
	SAY("\x32\x09" TOPIC3 "\x12\x34hi\xd0\x00\x40\x02\x00\x07"
	    "\x40\x02\x00\x01");
	ck_assert_int_eq(mqtt_publish(&m, "Wio", "x", 1, &r), 0);
	SENT("\x32\x08\x00\x03Wio\x00\x01x\x40\x02\x12\x34");
	ck_assert_str_eq(peer.heard, "t/a=hi;");

	SAY("\x90\x03\x00\x02\x01\x30\x06" TOPIC3 "1\x30\x06" TOPIC3 "2");
	ck_assert_int_eq(mqtt_subscribe(&m, "t/#", 1, &r), 0);
	SENT("\x82\x08\x00\x02\x00\x03t/#\x01");
	ck_assert_int_eq(mqtt_receive(&m, 1000, &r), 1);
	ck_assert_int_eq(mqtt_receive(&m, 1000, &r), 1);
	ck_assert_str_eq(peer.heard, "t/a=hi;t/a=1;t/a=2;");
	ck_assert_int_eq(mqtt_receive(&m, 1000, &r), 0);

	SAY("");
	ck_assert_int_eq(mqtt_publish(&m, "Wio", "y", 0, &r), 0);
	SENT("\x30\x06\x00\x03Wioy");
	SAY("");
	mqtt_disconnect(&m);
	SENT("\xe0\x00");
	ck_assert(!m.up);
	SAY("");
	mqtt_disconnect(&m);
	SENT("");
}
END_TEST

START_TEST(long_packet_goes_out_with_two_bytes_of_length)
{
	static char text[MQTT_PAYLOAD_MAX + 2];

	memset(text, 'x', MQTT_PAYLOAD_MAX);
	ck_assert_int_eq(connect_cut(0), 0);
	SAY("");
	ck_assert_int_eq(mqtt_publish(&m, "Wio", text, 0, &r), 0);
	ck_assert_uint_eq(peer.sent_len, 3 + 5 + MQTT_PAYLOAD_MAX);
	ck_assert_mem_eq(peer.sent, "\x30\x85\x04\x00\x03Wiox", 9);
	text[MQTT_PAYLOAD_MAX] = 'x';
	ck_assert_int_eq(mqtt_publish(&m, "Wio", text, 0, &r), -1);
	ck_assert_str_eq(r.text, "at most 512 bytes in a message");
	ck_assert(m.up);
	text[MQTT_TOPIC_MAX + 1] = '\0';
	ck_assert_int_eq(mqtt_subscribe(&m, text, 0, &r), -1);
	ck_assert_str_eq(r.text, "at most 127 bytes in a topic filter");
	ck_assert(m.up);
}
END_TEST

START_TEST(every_refusal_and_every_break_has_its_reason)
{
	static const struct {
		const char *in;
		size_t len;
		int then;
		const char *reason;
	} rows[] = {
		{"\x20\x02\x00\x05", 4, SILENT,
			"CONNECT refused, code 5 (not authorized)"},
		{"\x20\x02\x00\x07", 4, SILENT,
			"CONNECT refused, code 7 (no code of MQTT 3.1.1)"},
		{"\x90\x03\x00\x01\x00", 5, SILENT,
			"the server sent a packet that was not asked for"},
		{"\x20\x03\x00\x00\x00", 5, SILENT,
			"the server sent a packet that was not asked for"},
		{"\x20\xff\xff\xff\xff", 5, SILENT,
			"the server sent a length of more than 4 bytes"},
		{"\x30\x00", 2, SILENT,
			"the server sent a message without a topic"},
		{"\x20\x02\x00", 3, SILENT, "no answer within 30 s"},
		{"", 0, CLOSED,
			"the server closed the connection; AWS does so, "
			"without a word, when a policy forbids what was "
			"asked"},
		{"", 0, CUT,
			"the server closed the connection; AWS does so, "
			"without a word, when a policy forbids what was "
			"asked"},
	};
	static const struct stream s = {NULL, peer_send, peer_recv};

	memset(&peer, 0, sizeof(peer));
	fw_board_init(&f, NULL, 0);
	mqtt_init(&m, &f.board, hear, NULL);
	peer.then = rows[_i].then;
	say(rows[_i].in, rows[_i].len);
	ck_assert_int_eq(mqtt_connect(&m, &s, "WioLTE", &r), -1);
	ck_assert_str_eq(r.code, "mqtt");
	ck_assert_str_eq(r.text, rows[_i].reason);
	ck_assert(!m.up);
}
END_TEST

START_TEST(messages_without_end_give_no_more_time)
{
	ck_assert_int_eq(connect_cut(0), 0);
	peer.flood = true;
	SAY("\x30\x06" TOPIC3 "1");
	ck_assert_int_eq(mqtt_publish(&m, "Wio", "x", 1, &r), -1);
	ck_assert_str_eq(r.text, "no answer within 30 s");
	ck_assert_uint_le(f.ms, 31000);

	/* Answers to what nobody asked, the same. */
	ck_assert_int_eq(connect_cut(0), 0);
	peer.flood = true;
	SAY("\x40\x02\x00\x63");
	ck_assert_int_eq(mqtt_publish(&m, "Wio", "x", 1, &r), -1);
	ck_assert_str_eq(r.text, "no answer within 30 s");

	ck_assert_int_eq(connect_cut(0), 0);
	peer.flood = true;
	SAY("\xd0\x00");
	ck_assert_int_eq(mqtt_receive(&m, 0, &r), 0);

	/* One message of 256 MB. */
	ck_assert_int_eq(connect_cut(0), 0);
	peer.flood = true;
	SAY("\x30\xff\xff\xff\x7f");
	ck_assert_int_eq(mqtt_receive(&m, 0, &r), 0);
	SAY(TOPIC3 "1");
	ck_assert_int_eq(mqtt_receive(&m, 0, &r), 0);
	ck_assert_int_eq(mqtt_publish(&m, "Wio", "x", 1, &r), -1);
	ck_assert_str_eq(r.text, "no answer within 30 s");
}
END_TEST

START_TEST(subscribe_that_is_refused_leaves_the_connection)
{
	ck_assert_int_eq(connect_cut(0), 0);
	SAY("\x90\x03\x00\x01\x80");
	ck_assert_int_eq(mqtt_subscribe(&m, "t/#", 1, &r), -1);
	ck_assert_str_eq(r.text, "SUBSCRIBE to t/# refused");
	ck_assert(m.up);
}
END_TEST

START_TEST(ping_goes_out_after_silence_and_must_be_answered)
{
	ck_assert_int_eq(connect_cut(0), 0);
	SAY("\xd0\x00");
	f.ms += MQTT_QUIET_MS - 1;
	ck_assert_int_eq(mqtt_alive(&m, &r), 0);
	SENT("");
	f.ms += 1;
	ck_assert_int_eq(mqtt_alive(&m, &r), 0);
	SENT("\xc0\x00");
	ck_assert_int_eq(mqtt_receive(&m, 10, &r), 0);
	SAY("");
	f.ms += MQTT_QUIET_MS;
	ck_assert_int_eq(mqtt_alive(&m, &r), 0);
	f.ms += MQTT_QUIET_MS;
	ck_assert_int_eq(mqtt_alive(&m, &r), -1);
	ck_assert_str_eq(r.text, "PINGREQ was not answered in 60 s");
	ck_assert(!m.up);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("mqtt");

	tcase_add_loop_test(tc, packet_is_the_same_cut_at_every_byte, 0, 17);
	tcase_add_loop_test(tc, length_has_one_to_four_bytes, 0, 7);
	tcase_add_test(tc, long_message_is_kept_in_part_and_counted_whole);
	tcase_add_loop_test(
		tc, message_that_lies_about_its_topic_is_refused, 0, 9);
	tcase_add_loop_test(tc, session_is_the_same_at_every_cut, 0, 32);
	tcase_add_test(tc, long_packet_goes_out_with_two_bytes_of_length);
	tcase_add_loop_test(
		tc, every_refusal_and_every_break_has_its_reason, 0, 9);
	tcase_add_test(tc, messages_without_end_give_no_more_time);
	tcase_add_test(tc, subscribe_that_is_refused_leaves_the_connection);
	tcase_add_test(tc, ping_goes_out_after_silence_and_must_be_answered);
	return fw_run("fw mqtt", tc);
}
