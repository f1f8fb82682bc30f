#include "base/trace.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/capture.h"

static struct capture cap;

static void setup(void)
{
	capture_init(&cap);
}

static void teardown(void)
{
	capture_free(&cap);
}

START_TEST(lanes_keep_bytes_and_order)
{
	trace_bytes(&cap.sink, LANE_AT_TX, "AT\r", 3);
	trace_bytes(&cap.sink, LANE_AT_RX, "\r\nOK", 4);
	trace_bytes(&cap.sink, LANE_AT_RX, "\r\n\0", 3);
	trace_text(&cap.sink, LANE_PIN, "PWRKEY %d", 1);
	ck_assert_str_eq(capture_text(&cap, LANE_AT_TX), "AT\r");
	ck_assert_str_eq(capture_text(&cap, LANE_AT_RX), "\r\nOK\r\n");
	ck_assert_uint_eq(capture_len(&cap, LANE_AT_RX), 7);
	ck_assert_str_eq(capture_text(&cap, LANE_BRK), "");
	ck_assert_str_eq(capture_log(&cap), "AT> AT\\r\n"
					    "AT< \\r\\nOK\n"
					    "AT< \\r\\n\\x00\n"
					    "PIN PWRKEY 1\n");
}
END_TEST

START_TEST(taking_a_lane_empties_it)
{
	trace_bytes(&cap.sink, LANE_AT_RX, "one", 3);
	ck_assert_str_eq(capture_take(&cap, LANE_AT_RX), "one");
	ck_assert_str_eq(capture_take(&cap, LANE_AT_RX), "");
	trace_bytes(&cap.sink, LANE_AT_RX, "two", 3);
	ck_assert_str_eq(capture_take(&cap, LANE_AT_RX), "two");
}
END_TEST

START_TEST(a_reason_carries_object_and_grade)
{
	struct why why;

	why_set(&why, ERR_FILE_NOT_FOUND, GRADE_CAP, "no such file");
	trace_why(&cap.sink, "UFS:a.pem", &why);
	trace_why(&cap.sink, NULL, &why);
	ck_assert_str_eq(capture_text(&cap, LANE_WHY),
		"UFS:a.pem: no such file [cap]\nno such file [cap]\n");
}
END_TEST

START_TEST(a_policy_refusal_claims_no_grade)
{
	struct why why;

	why_policy(&why, ERR_NET_DNS, "--net loopback: no --map for it");
	trace_why(&cap.sink, "a.example", &why);
	ck_assert_str_eq(capture_text(&cap, LANE_WHY),
		"a.example: --net loopback: no --map for it [policy]\n");
}
END_TEST

START_TEST(no_sink_and_half_a_sink_are_fine)
{
	const struct trace_sink none = {0};

	trace_bytes(NULL, LANE_AT_TX, "x", 1);
	trace_text(NULL, LANE_NOTE, "x");
	trace_bytes(&none, LANE_AT_TX, "x", 1);
	trace_text(&none, LANE_NOTE, "x");
}
END_TEST

START_TEST(an_empty_chunk_is_not_reported)
{
	trace_bytes(&cap.sink, LANE_AT_TX, "", 0);
	ck_assert_str_eq(capture_log(&cap), "");
}
END_TEST

START_TEST(lane_names_are_read_back)
{
	enum lane lane;

	for (int l = LANE_AT_TX; l <= LANE_NOTE; l++) {
		const char *name = lane_name((enum lane)l);

		ck_assert(lane_parse(name, strlen(name), &lane));
		ck_assert_int_eq(lane, l);
		ck_assert(!lane_parse(name, strlen(name) - 1, &lane));
	}
	ck_assert(lane_parse("AT>xyz", 3, &lane));
	ck_assert(!lane_parse("at>", 3, &lane));
	ck_assert(!lane_parse("", 0, &lane));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("trace");
	TCase *tc = tcase_create("trace");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, lanes_keep_bytes_and_order);
	tcase_add_test(tc, taking_a_lane_empties_it);
	tcase_add_test(tc, a_reason_carries_object_and_grade);
	tcase_add_test(tc, a_policy_refusal_claims_no_grade);
	tcase_add_test(tc, no_sink_and_half_a_sink_are_fine);
	tcase_add_test(tc, an_empty_chunk_is_not_reported);
	tcase_add_test(tc, lane_names_are_read_back);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
