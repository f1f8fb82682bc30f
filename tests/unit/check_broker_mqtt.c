#include "fixtures/broker/mqtt_dec.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packets as text, so that a whole stream compares by one string. */
struct capture {
	char text[4096];
	size_t len;
};

static void on_packet(const struct mqtt_dec_packet *p, void *arg)
{
	struct capture *c = arg;
	int n = snprintf(c->text + c->len, sizeof(c->text) - c->len,
		"%s len=%u qos=%d id=%d code=%d level=%d payload=%ld "
		"client=%s topic=%s%s%s\n",
		mqtt_dec_type_name(p->type), p->len, p->qos, p->id, p->code,
		p->level, p->payload, p->client_id, p->topic,
		p->retain ? " retain" : "", p->malformed ? " malformed" : "");

	ck_assert_int_gt(n, 0);
	c->len += (size_t)n;
	ck_assert_uint_lt(c->len, sizeof(c->text));
}

#define BYTES(s) (s), sizeof(s) - 1

static const struct vector {
	const char *bytes;
	size_t len;
	const char *want;
} vectors[] = {
	/* A session of 3.1.1, client's side. */
	{BYTES("\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03"
	       "dev"
	       "\x82\x08\x00\x01\x00\x03"
	       "a/#"
	       "\x01"
	       "\x33\x08\x00\x02to\x00\x07hi"
	       "\xc0\x00\xe0\x00"),
		"CONNECT len=15 qos=-1 id=-1 code=-1 level=4 payload=-1 "
		"client=dev topic=\n"
		"SUBSCRIBE len=8 qos=1 id=1 code=-1 level=-1 payload=-1 "
		"client= topic=a/#\n"
		"PUBLISH len=8 qos=1 id=7 code=-1 level=-1 payload=2 client= "
		"topic=to retain\n"
		"PINGREQ len=0 qos=-1 id=-1 code=-1 level=-1 payload=-1 "
		"client= topic=\n"
		"DISCONNECT len=0 qos=-1 id=-1 code=-1 level=-1 payload=-1 "
		"client= topic=\n"},
	/* Server's side: refused; SUBACK; PUBACK; QoS 0. */
	{BYTES("\x20\x02\x00\x05\x90\x03\x00\x01\x80\x40\x02\x00\x07"
	       "\x30\x04\x00\x02to"),
		"CONNACK len=2 qos=-1 id=-1 code=5 level=-1 payload=-1 client= "
		"topic=\n"
		"SUBACK len=3 qos=-1 id=1 code=128 level=-1 payload=-1 client= "
		"topic=\n"
		"PUBACK len=2 qos=-1 id=7 code=-1 level=-1 payload=-1 client= "
		"topic=\n"
		"PUBLISH len=4 qos=0 id=-1 code=-1 level=-1 payload=0 client= "
		"topic=to\n"},
	/* MQTT 5: properties before client id, filter and payload. */
	{BYTES("\x10\x15\x00\x04MQTT\x05\x02\x00\x3c\x05\x11\x00\x00\x00\x0a"
	       "\x00\x03"
	       "dev"
	       "\x32\x09\x00\x01t\x00\x02\x02\x01\x01x"
	       "\xa2\x06\x00\x03\x00\x00\x01t"),
		"CONNECT len=21 qos=-1 id=-1 code=-1 level=5 payload=-1 "
		"client=dev topic=\n"
		"PUBLISH len=9 qos=1 id=2 code=-1 level=-1 payload=1 client= "
		"topic=t\n"
		"UNSUBSCRIBE len=6 qos=-1 id=3 code=-1 level=-1 payload=-1 "
		"client= topic=t\n"},
	/* Lengths that do not fit. */
	{BYTES("\x30\x02\x00\x05\x10\x03\x00\x04M\x40\x01\x00"),
		"PUBLISH len=2 qos=0 id=-1 code=-1 level=-1 payload=-1 client= "
		"topic= malformed\n"
		"CONNECT len=3 qos=-1 id=-1 code=-1 level=-1 payload=-1 "
		"client= topic= malformed\n"
		"PUBACK len=1 qos=-1 id=0 code=-1 level=-1 payload=-1 client= "
		"topic= malformed\n"},
};
#define N_VECTORS ((int)(sizeof(vectors) / sizeof(*vectors)))

START_TEST(a_stream_reads_the_same_however_it_is_cut)
{
	const struct vector *v = &vectors[_i];
	struct mqtt_dec d;

	for (size_t cut = 0; cut <= v->len; cut++) {
		struct capture c = {.len = 0};

		mqtt_dec_init(&d);
		ck_assert(mqtt_dec_feed(&d, v->bytes, cut, on_packet, &c));
		ck_assert(mqtt_dec_feed(
			&d, v->bytes + cut, v->len - cut, on_packet, &c));
		ck_assert_str_eq(c.text, v->want);
	}
}
END_TEST

START_TEST(a_stream_reads_the_same_byte_by_byte)
{
	const struct vector *v = &vectors[_i];
	struct capture c = {.len = 0};
	struct mqtt_dec d;

	mqtt_dec_init(&d);
	for (size_t i = 0; i < v->len; i++)
		ck_assert(mqtt_dec_feed(&d, v->bytes + i, 1, on_packet, &c));
	ck_assert_str_eq(c.text, v->want);
}
END_TEST

START_TEST(a_large_payload_is_counted_and_not_kept)
{
	static const char head[] = "\x30\x84\x80\x80\x01\x00\x02to";
	unsigned char zeros[4096] = {0};
	struct capture c = {.len = 0};
	struct mqtt_dec d;

	/* Remaining length 0x200004: 2 MiB of payload. */
	mqtt_dec_init(&d);
	ck_assert(mqtt_dec_feed(&d, head, sizeof(head) - 1, on_packet, &c));
	for (int i = 0; i < 512; i++) {
		ck_assert_uint_eq(c.len, 0);
		ck_assert(
			mqtt_dec_feed(&d, zeros, sizeof(zeros), on_packet, &c));
	}
	ck_assert_str_eq(c.text,
		"PUBLISH len=2097156 qos=0 id=-1 code=-1 level=-1 "
		"payload=2097152 client= topic=to\n");
}
END_TEST

START_TEST(long_names_are_cut_at_the_limit)
{
	unsigned char bytes[3 + 2 + 400] = {
		0x30, 0x92, 0x03, 400 >> 8, 400 & 0xff};
	struct capture c = {.len = 0};
	struct mqtt_dec d;

	memset(bytes + 5, 't', 400);
	mqtt_dec_init(&d);
	ck_assert(mqtt_dec_feed(&d, bytes, sizeof(bytes), on_packet, &c));
	ck_assert_ptr_nonnull(strstr(c.text, "payload=0 "));
	ck_assert_uint_eq(
		strlen(strstr(c.text, "topic=") + 6), MQTT_DEC_TEXT_MAX + 1);
}
END_TEST

START_TEST(a_topic_beyond_what_is_kept_is_not_called_malformed)
{
	unsigned char bytes[3 + 2 + 5000] = {
		0x30, 0x8a, 0x27, 5000 >> 8, 5000 & 0xff};
	struct capture c = {.len = 0};
	struct mqtt_dec d;

	memset(bytes + 5, 't', 5000);
	mqtt_dec_init(&d);
	ck_assert(mqtt_dec_feed(&d, bytes, sizeof(bytes), on_packet, &c));
	ck_assert_ptr_nonnull(strstr(c.text, "payload=-1 "));
	ck_assert_ptr_null(strstr(c.text, "malformed"));
}
END_TEST

START_TEST(a_fifth_length_digit_ends_the_reading_for_good)
{
	struct capture c = {.len = 0};
	struct mqtt_dec d;

	mqtt_dec_init(&d);
	ck_assert(!mqtt_dec_feed(
		&d, "\x30\xff\xff\xff\xff\x01", 6, on_packet, &c));
	ck_assert(!mqtt_dec_feed(&d, "\xc0\x00", 2, on_packet, &c));
	ck_assert_uint_eq(c.len, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("broker_mqtt");
	TCase *tc = tcase_create("decoder");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(
		tc, a_stream_reads_the_same_however_it_is_cut, 0, N_VECTORS);
	tcase_add_loop_test(
		tc, a_stream_reads_the_same_byte_by_byte, 0, N_VECTORS);
	tcase_add_test(tc, a_large_payload_is_counted_and_not_kept);
	tcase_add_test(tc, long_names_are_cut_at_the_limit);
	tcase_add_test(tc, a_topic_beyond_what_is_kept_is_not_called_malformed);
	tcase_add_test(tc, a_fifth_length_digit_ends_the_reading_for_good);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
