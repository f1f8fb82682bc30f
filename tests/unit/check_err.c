#include "base/err.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct why why;

START_TEST(a_failing_path_reads_return_why_set)
{
	enum err err = why_set(&why, ERR_FILE_NOT_FOUND, GRADE_CAP,
		"%s: no such file", "UFS:a.pem");

	ck_assert_int_eq(err, ERR_FILE_NOT_FOUND);
	ck_assert_int_eq(why.err, ERR_FILE_NOT_FOUND);
	ck_assert_int_eq(why.grade, GRADE_CAP);
	ck_assert(!why.policy);
	ck_assert_str_eq(why.text, "UFS:a.pem: no such file");
}
END_TEST

START_TEST(a_policy_refusal_is_told_apart)
{
	ck_assert_int_eq(why_policy(&why, ERR_NET_DNS, "no --map for %s", "h"),
		ERR_NET_DNS);
	ck_assert(why.policy);
	why_set(&why, ERR_NET_DNS, GRADE_KIN, "no such name");
	ck_assert(!why.policy);
}
END_TEST

START_TEST(control_bytes_cannot_break_the_line)
{
	why_set(&why, ERR_PARAM, GRADE_INF, "name \"%s\"", "a\r\nOK\x7f\x1b");
	ck_assert_str_eq(why.text, "name \"a\\x0d\\x0aOK\\x7f\\x1b\"");
}
END_TEST

START_TEST(an_over_long_reason_is_cut_to_its_room)
{
	char big[2000];

	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	why_set(&why, ERR_PARAM, GRADE_INF, "%s", big);
	ck_assert_uint_eq(strlen(why.text), sizeof(why.text) - 1);
	/* The same with bytes that grow fourfold when they are escaped. */
	memset(big, '\r', sizeof(big) - 1);
	why_set(&why, ERR_PARAM, GRADE_INF, "%s", big);
	ck_assert_uint_lt(strlen(why.text), sizeof(why.text));
	ck_assert_uint_eq(strlen(why.text) % 4, 0);
}
END_TEST

/* At every offset, so that the cut falls on each byte of a sequence. */
START_TEST(a_cut_never_leaves_half_a_character)
{
	char text[600];
	size_t n = 0, end;

	for (int i = 0; i < _i; i++)
		text[n++] = 'a';
	while (n + 4 < sizeof(text)) {
		memcpy(text + n, "\xf0\x9f\x93\xa1", 4);
		n += 4;
	}
	text[n] = '\0';
	why_set(&why, ERR_PARAM, GRADE_INF, "%s", text);
	end = strlen(why.text);
	ck_assert_uint_gt(end, sizeof(why.text) - 6);
	ck_assert_uint_eq((end - (size_t)_i) % 4, 0);
	ck_assert_int_eq(memcmp(why.text, text, end), 0);
}
END_TEST

START_TEST(a_prefix_keeps_error_grade_and_text)
{
	why_set(&why, ERR_TLS_FILE, GRADE_INF, "line 1: no line break");
	why_prefix(&why, "ssl %d: %s", 0, "RAM:cert.pem");
	ck_assert_str_eq(
		why.text, "ssl 0: RAM:cert.pem: line 1: no line break");
	ck_assert_int_eq(why.err, ERR_TLS_FILE);
	ck_assert_int_eq(why.grade, GRADE_INF);
}
END_TEST

START_TEST(prefixes_pile_up_without_overflow)
{
	why_set(&why, ERR_TLS_FILE, GRADE_INF, "end");
	for (int i = 0; i < 100; i++)
		why_prefix(&why, "layer %d", i);
	ck_assert_uint_lt(strlen(why.text), sizeof(why.text));
	ck_assert_int_eq(strncmp(why.text, "layer 99: layer 98: ", 20), 0);
}
END_TEST

START_TEST(grade_names_are_read_back)
{
	enum grade grade;

	for (int g = GRADE_CAP; g <= GRADE_ASM; g++) {
		ck_assert(grade_parse(grade_name((enum grade)g), &grade));
		ck_assert_int_eq(grade, g);
	}
	ck_assert(!grade_parse("", &grade));
	ck_assert(!grade_parse("CAP", &grade));
	ck_assert(!grade_parse("capt", &grade));
}
END_TEST

START_TEST(every_error_has_its_own_name)
{
	const char *last = NULL;

	for (int e = ERR_UNKNOWN; e <= ERR_TLS_HANDSHAKE; e++) {
		const char *name = err_name((enum err)e);

		ck_assert_int_eq(strncmp(name, "ERR_", 4), 0);
		ck_assert_str_ne(name, "ERR_?");
		if (last != NULL)
			ck_assert_str_ne(name, last);
		last = name;
		ck_assert_int_lt(e, 0);
	}
	ck_assert_str_eq(err_name(ERR_OK), "ERR_OK");
	ck_assert_str_eq(err_name((enum err) - 9999), "ERR_?");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("err");
	TCase *tc = tcase_create("err");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_failing_path_reads_return_why_set);
	tcase_add_test(tc, a_policy_refusal_is_told_apart);
	tcase_add_test(tc, control_bytes_cannot_break_the_line);
	tcase_add_test(tc, an_over_long_reason_is_cut_to_its_room);
	tcase_add_loop_test(tc, a_cut_never_leaves_half_a_character, 0, 8);
	tcase_add_test(tc, a_prefix_keeps_error_grade_and_text);
	tcase_add_test(tc, prefixes_pile_up_without_overflow);
	tcase_add_test(tc, grade_names_are_read_back);
	tcase_add_test(tc, every_error_has_its_own_name);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
