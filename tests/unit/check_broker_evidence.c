#include "fixtures/broker/evidence.h"

#include <check.h>

#include "fixtures/broker/mqtt_dec.h"
#include "fixtures/broker/tls.h"

/* Names that a peer chose, in a line of evidence. */

#define BYTES(s) (s), sizeof(s) - 1

static const struct vector {
	const char *bytes;
	size_t len;
	const char *want;
} vectors[] = {
	{BYTES(""), ""},
	{BYTES("plain"), "plain"},
	{BYTES("\xe6\xb8\xa9"), "\xe6\xb8\xa9"},
	{BYTES("a\0b"), "a\\x00b"},
	{BYTES("\0"), "\\x00"},
	{BYTES("t\xff"), "t\\xFF"},
	{BYTES("\xe6\xb8"), "\\xE6\\xB8"},
};
#define N_VECTORS ((int)(sizeof(vectors) / sizeof(*vectors)))

static void expect(json_t *j, const char *want)
{
	if (want)
		ck_assert_str_eq(json_string_value(j), want);
	else
		ck_assert(json_is_null(j));
}

START_TEST(a_name_shows_all_of_its_bytes)
{
	json_t *j = evidence_make_text(vectors[_i].bytes, vectors[_i].len);

	expect(j, vectors[_i].want);
	json_decref(j);
}
END_TEST

static void on_packet(const struct mqtt_dec_packet *p, void *arg)
{
	json_t **j = arg;

	*j = evidence_make_packet(p, "in");
}

START_TEST(an_id_and_a_topic_go_on_behind_a_nul)
{
	struct mqtt_dec d;
	json_t *j = NULL;

	mqtt_dec_init(&d);
	ck_assert(mqtt_dec_feed(&d,
		BYTES("\x10\x0f\x00\x04MQTT\x04\x02\x00\x3c\x00\x03"
		      "d\0v"),
		on_packet, &j));
	expect(json_object_get(j, "client_id"), "d\\x00v");
	json_decref(j);
	ck_assert(mqtt_dec_feed(&d,
		BYTES("\x30\x05\x00\x03"
		      "\0to"),
		on_packet, &j));
	expect(json_object_get(j, "topic"), "\\x00to");
	json_decref(j);
}
END_TEST

START_TEST(a_certificate_without_a_common_name_has_none)
{
	struct tls_facts f = {.has_cert = true, .verify = "ok"};
	json_t *line = json_object();

	evidence_set_tls(line, &f);
	expect(json_object_get(json_object_get(line, "client_cert"), "cn"),
		NULL);
	f.has_cn = true;
	f.cn[0] = 'x';
	f.cn_len = 2;
	evidence_set_tls(line, &f);
	expect(json_object_get(json_object_get(line, "client_cert"), "cn"),
		"x\\x00");
	json_decref(line);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("names");
	Suite *s = suite_create("broker evidence");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_loop_test(tc, a_name_shows_all_of_its_bytes, 0, N_VECTORS);
	tcase_add_test(tc, an_id_and_a_topic_go_on_behind_a_nul);
	tcase_add_test(tc, a_certificate_without_a_common_name_has_none);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
