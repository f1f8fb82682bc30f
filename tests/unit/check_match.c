#include "hil/match.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/expand.h"
#include "tests/unit/support/temp.h"

static struct vars vars;
static const struct place here = {7, 1};

static void setup(void)
{
	vars = (struct vars){0};
	ck_assert(vars_set(&vars, "host", "data.example"));
	ck_assert(vars_set_bytes(&vars, "odd", 3, "\0{\r", 3));
}

static void teardown(void)
{
	vars_free(&vars);
}

static struct pattern *compile(const char *text)
{
	struct transcript_error err = {0};
	struct pattern *p = pattern_new(text, strlen(text), &vars, here, &err);

	ck_assert_msg(p != NULL, "%s: %s", text, err.text);
	return p;
}

/* Complete inputs: how much of them the pattern takes. */
static const struct {
	const char *pattern, *input;
	int used; /* -1: it must not match */
} rows[] = {
	{"\\r\\nOK\\r\\n", "\r\nOK\r\n", 6},
	{"\\r\\nOK\\r\\n", "\r\nOK\r\n\r\n+CREG: 1\r\n", 6},
	{"\\r\\nOK\\r\\n", "\r\nKO\r\n", -1},
	{"", "anything", 0},
	{"+QFUPL: {int},{hex}\\r\\n", "+QFUPL: 1220,5e2a\r\n", 19},
	{"+QFUPL: {int},{hex}\\r\\n", "+QFUPL: ,5e2a\r\n", -1},
	{"+QFUPL: {int},{hex}\\r\\n", "+QFUPL: 12,5g2a\r\n", -1},
	{"{int}\\r", "-17\r", 4},
	{"{int}\\r", "-\r", -1},
	{"{int}\\r", "1-7\r", -1},
	{"{int}7\\r", "1277\r", 5},
	{"\"{ip}\"", "\"192.0.2.17\"", 12},
	{"\"{ip}\"", "\"192.0.2.256\"", -1},
	{"\"{ip}\"", "\"1.2.3\"", -1},
	{"\"{time}\"", "\"80/01/06,00:00:19+00\"", 22},
	{"\"{time}\"", "\"80/01/06,00:00:19-12\"", 22},
	{"\"{time}\"", "\"80/01/06 00:00:19+00\"", -1},
	{"{any}\\r\\n", "\r\n", 2},
	{"{any}\\r\\n", "Quectel EC21\r\n", 14},
	{"{any}, {any}!", "a, b, c!", 8},
	{"{any}x", "a\rx", -1},
	{"{skip}OK\\r\\n", "\r\nRDY\r\n\r\nOK\r\nOK\r\n", 13},
	{"{a=int},{$a}\\r", "12,12\r", 6},
	{"{a=int},{$a}\\r", "12,13\r", -1},
	{"{$host}:{int}", "data.example:8443", 17},
	{"{$host}", "data.exampl3", -1},
	{"\\{x\\}", "{x}", 3},
	{"x}", "x}", 2},
	{"@quietly", "@quietly", 8},
};

START_TEST(patterns_take_what_they_say)
{
	struct pattern *p = compile(rows[_i].pattern);
	size_t len = strlen(rows[_i].input);
	enum match_result r;
	struct match m;

	r = pattern_match(p, rows[_i].input, len, true, &m);
	if (rows[_i].used < 0) {
		ck_assert_int_eq(r, MATCH_NO);
	} else {
		ck_assert_int_eq(r, MATCH_YES);
		ck_assert_int_eq((int)m.used, rows[_i].used);
	}
	pattern_free(p);
}
END_TEST

/*
 * As bytes come in: never a No before a Yes, never a Yes that more input
 * would make longer, and at the end the same as for the whole.
 */
START_TEST(every_prefix_of_a_match_asks_for_more)
{
	struct pattern *p = compile(rows[_i].pattern);
	struct match m;

	for (int n = 0; rows[_i].used > 0 && n < rows[_i].used; n++) {
		enum match_result r =
			pattern_match(p, rows[_i].input, (size_t)n, false, &m);

		ck_assert_msg(
			r == MATCH_MORE || r == MATCH_OPEN ||
				(r == MATCH_YES &&
					strstr(rows[_i].pattern, "{any}")),
			"%s at %d: %d", rows[_i].pattern, n, r);
	}
	pattern_free(p);
}
END_TEST

START_TEST(a_class_at_the_end_waits_until_it_cannot_grow)
{
	struct pattern *p = compile("n={n=int}");
	struct match m;
	size_t len;

	ck_assert_int_eq(pattern_match(p, "n=", 2, false, &m), MATCH_MORE);
	ck_assert_int_eq(pattern_match(p, "n=1", 3, false, &m), MATCH_OPEN);
	ck_assert_int_eq(pattern_match(p, "n=12", 4, false, &m), MATCH_OPEN);
	ck_assert_int_eq(pattern_match(p, "n=12\r", 5, false, &m), MATCH_YES);
	ck_assert_uint_eq(m.used, 4);
	ck_assert(pattern_capture(p, "n=12\r", &vars));
	ck_assert_str_eq(vars_get(&vars, "n", 1, &len), "12");
	pattern_free(p);
}
END_TEST

START_TEST(a_difference_is_found_at_its_byte)
{
	struct pattern *p = compile("\\r\\n+QSSLOPEN: {int},0\\r\\n");
	struct match m;

	ck_assert_int_eq(
		pattern_match(p, "\r\n+QSSLOPEN: 0,566\r\n", 20, false, &m),
		MATCH_NO);
	ck_assert_uint_eq(m.reached, 15);
	pattern_free(p);
}
END_TEST

START_TEST(a_parameter_may_hold_any_byte)
{
	struct pattern *p = compile("a{$odd}b");
	struct match m;
	struct buf shown;

	ck_assert_int_eq(pattern_match(p, "a\0{\rb", 5, false, &m), MATCH_YES);
	buf_init(&shown, 100);
	ck_assert(pattern_show(p, &shown));
	ck_assert_str_eq(buf_cstr(&shown), "a\\x00\\{\\rb");
	buf_free(&shown);
	pattern_free(p);
}
END_TEST

static const struct {
	const char *pattern, *expected;
	unsigned column;
} wrong[] = {
	{"ab{intt}", "expected {int}", 3},
	{"{=int}", "expected {name=class}", 1},
	{"{a b=int}", "expected {name=class}", 1},
	{"{$nobody}", "no parameter or capture", 1},
	{"{$}", "{$name}", 1},
	{"{}", "expected {int}", 1},
	{"x{size:/nonexistent/file}", "cannot read /nonexistent/file", 2},
	{"@masked{kind=pin,len=4}", "a mask", 1},
	{"a{int", "expected '}'", 2},
	{"\\", "expected \\r", 1},
};

START_TEST(a_wrong_pattern_is_refused_with_its_place)
{
	struct transcript_error err = {0};

	ck_assert_ptr_null(pattern_new(wrong[_i].pattern,
		strlen(wrong[_i].pattern), &vars, here, &err));
	ck_assert_msg(
		strstr(err.text, wrong[_i].expected) != NULL, "%s", err.text);
	ck_assert_uint_eq(err.line, 7);
	ck_assert_uint_eq(err.column, wrong[_i].column);
}
END_TEST

/* ---- files in scenarios ---- */

static char path[TEMP_PATH];

static void write_file(const char *text)
{
	temp_file(path, "check_match", text);
	ck_assert(vars_set(&vars, "file", path));
}

#define PEM "-----BEGIN X-----\nAAAA\nBBBB\n-----END X-----\n"

static const struct {
	const char *args, *bytes;
} files[] = {
	{"{$file}", PEM},
	{"{$file} breaks=keep", PEM},
	{"{$file} breaks=lf", PEM},
	{"{$file} breaks=crlf",
		"-----BEGIN X-----\r\nAAAA\r\nBBBB\r\n-----END X-----\r\n"},
	{"{$file} breaks=none", "-----BEGIN X-----AAAABBBB-----END X-----\n"},
	{"{$file} breaks=none cut=2",
		"-----BEGIN X-----AAAABBBB-----END X----"},
	{"{$file} cut=40", "-----"},
};

START_TEST(files_get_the_line_breaks_that_are_asked_for)
{
	struct transcript_error err = {0};
	struct buf out;
	char brace[100];

	write_file(PEM);
	buf_init(&out, 1000);
	ck_assert_msg(expand_file(files[_i].args, strlen(files[_i].args), &vars,
			      here, &out, &err),
		"%s", err.text);
	if (strstr(files[_i].args, "cut=40") == NULL)
		ck_assert_str_eq(buf_cstr(&out), files[_i].bytes);
	else
		ck_assert_uint_eq(buf_len(&out), strlen(PEM) - 40);
	snprintf(brace, sizeof(brace), "{size:%s}", files[_i].args);
	struct buf size;

	buf_init(&size, 100);
	ck_assert(expand(brace, strlen(brace), &vars, here, &size, &err));
	ck_assert_uint_eq(strtoul(buf_cstr(&size), NULL, 10), buf_len(&out));
	buf_free(&size);
	buf_free(&out);
	unlink(path);
}
END_TEST

START_TEST(a_checksum_is_the_modems)
{
	static const char brace[] = "{qsum:{$file}}";
	struct transcript_error err;
	struct buf out;

	write_file("12345");
	buf_init(&out, 100);
	ck_assert(expand(brace, sizeof(brace) - 1, &vars, here, &out, &err));
	ck_assert_str_eq(buf_cstr(&out), "3706"); /* cap [FILE §4.4] */
	buf_free(&out);
	unlink(path);
}
END_TEST

static Suite *match_suite(void)
{
	Suite *s = suite_create("match");
	TCase *t = tcase_create("match");
	int n = sizeof(rows) / sizeof(*rows);

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, patterns_take_what_they_say, 0, n);
	tcase_add_loop_test(t, every_prefix_of_a_match_asks_for_more, 0, n);
	tcase_add_test(t, a_class_at_the_end_waits_until_it_cannot_grow);
	tcase_add_test(t, a_difference_is_found_at_its_byte);
	tcase_add_test(t, a_parameter_may_hold_any_byte);
	tcase_add_loop_test(t, a_wrong_pattern_is_refused_with_its_place, 0,
		sizeof(wrong) / sizeof(*wrong));
	tcase_add_loop_test(t, files_get_the_line_breaks_that_are_asked_for, 0,
		sizeof(files) / sizeof(*files));
	tcase_add_test(t, a_checksum_is_the_modems);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(match_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
