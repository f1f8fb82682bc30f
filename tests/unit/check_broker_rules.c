#include "fixtures/broker/mqtt_rules.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/broker/mqtt_dec.h"

/* AWS's limits on MQTT, each at its edge and one past it, old and new. */

struct packet {
	unsigned char bytes[140000];
	size_t len;
};

static struct packet pk;

static void put(const void *data, size_t len)
{
	if (pk.len + len > sizeof(pk.bytes))
		ck_abort_msg("the packet is too long for this test");
	memcpy(pk.bytes + pk.len, data, len);
	pk.len += len;
}

static void put_u8(unsigned v)
{
	unsigned char b = (unsigned char)v;

	put(&b, 1);
}

static void put_u16(size_t v)
{
	put_u8((unsigned)(v >> 8));
	put_u8((unsigned)(v & 0xff));
}

/* A counted string of n times 'x', the first `slashes` of them '/'. */
static void put_text(size_t n, size_t slashes)
{
	put_u16(n);
	for (size_t i = 0; i < n; i++)
		put_u8(i < slashes ? '/' : 'x');
}

/* Puts the fixed header in front of what is there. */
static void close_packet(unsigned first)
{
	static struct packet body;
	size_t len;

	body = pk;
	pk.len = 0;
	put_u8(first);
	for (len = body.len; len > 127; len >>= 7)
		put_u8((unsigned)(len & 127) | 128);
	put_u8((unsigned)len);
	put(body.bytes, body.len);
}

static void make_connect(unsigned level, bool clean, size_t id)
{
	pk.len = 0;
	put_u16(4);
	put("MQTT", 4);
	put_u8(level);
	put_u8(clean ? 2 : 0);
	put_u16(60);
	if (level == 5)
		put_u8(0);
	put_text(id, 0);
	close_packet(0x10);
}

static void make_publish(unsigned flags, size_t topic, size_t slashes, size_t n)
{
	pk.len = 0;
	put_text(topic, slashes);
	if (flags & 6)
		put_u16(1);
	for (size_t i = 0; i < n; i++)
		put_u8('p');
	close_packet(0x30 | flags);
}

static void make_subscribe(unsigned filters, size_t topic, unsigned last_qos)
{
	pk.len = 0;
	put_u16(1);
	for (unsigned i = 0; i < filters; i++) {
		put_text(topic, 0);
		put_u8(i + 1 == filters ? last_qos : 0);
	}
	close_packet(0x82);
}

/* The limits are broken behind a good filter, if at all. */
static void make_second_filter(size_t topic, size_t slashes)
{
	pk.len = 0;
	put_u16(1);
	put_text(1, 0);
	put_u8(0);
	put_text(topic, slashes);
	put_u8(0);
	close_packet(0x82);
}

struct seen {
	enum mqtt_rules rules;
	enum mqtt_rules_verdict verdict;
	const char *why;
	unsigned count;
};

static void on_packet(const struct mqtt_dec_packet *p, void *arg)
{
	struct seen *s = arg;

	s->verdict = mqtt_rules_judge(s->rules, p, &s->why);
	s->count++;
}

/* The verdict, which is the same whole and in pieces of one to seven bytes. */
static enum mqtt_rules_verdict judge(enum mqtt_rules rules, const char **why)
{
	struct seen s = {.rules = rules};
	struct mqtt_dec d;
	size_t used;

	mqtt_dec_init(&d);
	used = mqtt_dec_feed_one(&d, pk.bytes, pk.len, on_packet, &s);
	ck_assert_uint_eq(used, pk.len);
	ck_assert_uint_eq(s.count, 1);
	for (size_t step = 1; step < 8; step++) {
		struct seen again = {.rules = rules};

		mqtt_dec_init(&d);
		for (size_t at = 0; at < pk.len; at += used) {
			size_t n = pk.len - at < step ? pk.len - at : step;

			used = mqtt_dec_feed_one(
				&d, pk.bytes + at, n, on_packet, &again);
			if (used != n)
				ck_abort_msg("%zu of %zu taken", used, n);
		}
		ck_assert_uint_eq(again.count, 1);
		ck_assert_int_eq(again.verdict, s.verdict);
	}
	if (why)
		*why = s.why;
	return s.verdict;
}

static void expect(enum mqtt_rules_verdict old, enum mqtt_rules_verdict now,
	const char *why)
{
	const char *text;

	ck_assert_int_eq(judge(MQTT_RULES_NONE, NULL), MQTT_RULES_PASS);
	ck_assert_int_eq(judge(MQTT_RULES_NOW, &text), now);
	if (now != MQTT_RULES_PASS)
		ck_assert_ptr_nonnull(strstr(text, why));
	ck_assert_int_eq(judge(MQTT_RULES_2017, &text), old);
	if (old != MQTT_RULES_PASS)
		ck_assert_ptr_nonnull(strstr(text, why));
}

START_TEST(a_connect_is_judged_by_version_session_and_id)
{
	make_connect(4, true, 128);
	expect(MQTT_RULES_PASS, MQTT_RULES_PASS, "");
	make_connect(4, true, 129);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "128 bytes");
	make_connect(4, false, 1);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_PASS, "clean session");
	make_connect(5, true, 1);
	expect(MQTT_RULES_VERSION, MQTT_RULES_PASS, "3.1.1");
	make_connect(3, true, 1);
	expect(MQTT_RULES_VERSION, MQTT_RULES_VERSION, "3.1.1");
}
END_TEST

START_TEST(a_publish_is_judged_by_topic_payload_and_flags)
{
	make_publish(2, 256, 7, 131072);
	expect(MQTT_RULES_PASS, MQTT_RULES_PASS, "");
	ck_assert_uint_le(pk.len, MQTT_RULES_PACKET_MAX);
	make_publish(0, 257, 0, 1);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "256 bytes");
	make_publish(0, 10, 8, 1);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "7 slashes");
	/* It does not end at a NUL. */
	pk.len = 0;
	put_u16(10);
	put("\0/////////", 10);
	close_packet(0x30);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "7 slashes");
	make_publish(0, 1, 0, 131073);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "131072");
	make_publish(1, 1, 0, 1);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_PASS, "RETAIN");
	make_publish(4, 1, 0, 1);
	expect(MQTT_RULES_DROP, MQTT_RULES_DROP, "QoS 2");
}
END_TEST

START_TEST(a_subscribe_is_judged_by_filters_and_their_qos)
{
	make_subscribe(8, 256, 1);
	expect(MQTT_RULES_PASS, MQTT_RULES_PASS, "");
	make_subscribe(9, 1, 1);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "8 filters");
	/* Longer than what the decoder keeps. */
	make_subscribe(40, 256, 1);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "8 filters");
	make_second_filter(256, 7);
	expect(MQTT_RULES_PASS, MQTT_RULES_PASS, "");
	make_second_filter(257, 0);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "256 bytes");
	make_second_filter(10, 8);
	expect(MQTT_RULES_CLOSE, MQTT_RULES_CLOSE, "7 slashes");
	make_subscribe(3, 1, 2);
	expect(MQTT_RULES_DROP, MQTT_RULES_DROP, "QoS 2");
}
END_TEST

START_TEST(silence_is_one_and_a_half_keep_alives_within_limits)
{
	static const struct {
		unsigned asked, old, now;
	} rows[] = {{0, 1800, 1800}, {1, 8, 45}, {4, 8, 45}, {5, 8, 45},
		{29, 44, 45}, {30, 45, 45}, {60, 90, 90}, {1200, 1800, 1800},
		{1201, 1800, 1800}, {65535, 1800, 1800}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		ck_assert_uint_eq(
			mqtt_rules_silence_s(MQTT_RULES_2017, rows[i].asked),
			rows[i].old);
		ck_assert_uint_eq(
			mqtt_rules_silence_s(MQTT_RULES_NOW, rows[i].asked),
			rows[i].now);
	}
	ck_assert(mqtt_rules_is_life(MQTT_DEC_PINGREQ));
	ck_assert(mqtt_rules_is_life(MQTT_DEC_PUBACK));
	ck_assert(!mqtt_rules_is_life(MQTT_DEC_UNSUBSCRIBE));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("broker_rules");
	TCase *tc = tcase_create("rules");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_connect_is_judged_by_version_session_and_id);
	tcase_add_test(tc, a_publish_is_judged_by_topic_payload_and_flags);
	tcase_add_test(tc, a_subscribe_is_judged_by_filters_and_their_qos);
	tcase_add_test(tc, silence_is_one_and_a_half_keep_alives_within_limits);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
