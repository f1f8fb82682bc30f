#include "hil/termlog.h"

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A log as text: `number dir end text` a line. */
static bool show(const char *data, size_t len, size_t step, struct buf *out,
	struct transcript_error *err)
{
	struct termlog log;
	bool ok = true;

	termlog_init(&log);
	for (size_t i = 0; ok && i < len; i += step)
		ok = termlog_feed(
			&log, data + i, len - i < step ? len - i : step, err);
	ok = ok && termlog_end(&log, err);
	for (size_t i = 0; ok && i < log.n; i++)
		buf_printf(out, "%u %d %d%s %s\n", log.lines[i].number,
			(int)log.lines[i].dir, (int)log.lines[i].end,
			log.lines[i].masked ? " masked" : "",
			log.lines[i].text);
	termlog_free(&log);
	return ok;
}

static void expect(const char *data, const char *want)
{
	struct transcript_error err;
	struct buf out;

	buf_init(&out, 1 << 20);
	if (!show(data, strlen(data), strlen(data), &out, &err))
		ck_abort_msg("%u:%u: %s", err.line, err.column, err.text);
	ck_assert_str_eq(buf_cstr(&out), want);
	buf_free(&out);
}

static void refuse(const char *data, size_t len, unsigned line, unsigned column,
	const char *text)
{
	struct transcript_error err = {0};
	struct buf out;

	buf_init(&out, 1 << 20);
	ck_assert(!show(data, len, 4096, &out, &err));
	ck_assert_uint_eq(err.line, line);
	ck_assert_uint_eq(err.column, column);
	ck_assert_msg(strstr(err.text, text) != NULL, "%s", err.text);
	buf_free(&out);
}

static const struct {
	const char *raw, *text;
	enum log_dir dir;
} forms[] = {
	{"AT+CSQ", "AT+CSQ", LOG_DIR_UNKNOWN},
	{"12:34:56.789 -> AT+CSQ", "AT+CSQ", LOG_DIR_UNKNOWN}, /* Arduino */
	{"[2026-11-22 12:34:56] AT", "AT", LOG_DIR_UNKNOWN},   /* minicom */
	{"[2026-11-22 12:34:56.789] AT", "AT", LOG_DIR_UNKNOWN},
	{"[12:34:56.789] AT", "AT", LOG_DIR_UNKNOWN}, /* tio */
	{"[2026-11-22T12:34:56.789Z] AT", "AT", LOG_DIR_UNKNOWN},
	{"[   12.345678] AT", "AT", LOG_DIR_UNKNOWN},
	{"Nov 22 12:34:56 OK", "OK", LOG_DIR_UNKNOWN},		/* ts */
	{"2026-11-22 12:34:56,789 OK", "OK", LOG_DIR_UNKNOWN},	/* Python */
	{"[2026-11-22_12:34:56:789]OK", "OK", LOG_DIR_UNKNOWN}, /* QCOM */
	{"\xe2\x86\x92 AT+CSQ", "AT+CSQ", LOG_DIR_HOST},
	{"\xe2\x86\x90 OK", "OK", LOG_DIR_MODEM},
	{">> AT+CSQ", "AT+CSQ", LOG_DIR_HOST},
	{"<< +CSQ: 30,99", "+CSQ: 30,99", LOG_DIR_MODEM},
	{"TX: AT", "AT", LOG_DIR_HOST},
	{"[RX] OK", "OK", LOG_DIR_MODEM},
	{"12:34:56.789 -> << OK", "OK", LOG_DIR_MODEM},
	{"> AT+CSQ", "AT+CSQ", LOG_DIR_HOST},
	{"> ", ">", LOG_DIR_UNKNOWN}, /* a prompt */
	{"> hi", "> hi", LOG_DIR_UNKNOWN},
	{"\x1b[32mOK\x1b[0m", "OK", LOG_DIR_UNKNOWN},
	/* What only looks like a stamp. */
	{"+CCLK: \"80/01/06,00:00:12+00\"", "+CCLK: \"80/01/06,00:00:12+00\"",
		LOG_DIR_UNKNOWN},
	{"490154203237518", "490154203237518", LOG_DIR_UNKNOWN},
	{"192.0.2.1:80 up", "192.0.2.1:80 up", LOG_DIR_UNKNOWN},
	{"[INFO] OK", "[INFO] OK", LOG_DIR_UNKNOWN},
};

START_TEST(stamps_and_markers_of_terminals_are_taken_off)
{
	char want[200];

	snprintf(want, sizeof(want), "1 %d 0 %s\n", (int)forms[_i].dir,
		forms[_i].text);
	expect(forms[_i].raw, want);
}
END_TEST

START_TEST(each_line_end_counts_and_is_told)
{
	expect("AT\r\nOK\nAT\rOK", "1 0 3 AT\n2 0 2 OK\n3 0 1 AT\n4 0 0 OK\n");
	expect("AT\rOK\r\rAT\rOK\r",
		"1 0 1 AT\n2 0 1 OK\n4 0 1 AT\n5 0 0 OK\n");
	expect("AT\r\r\n\r\nOK\r\n", "1 0 3 AT\n3 0 3 OK\n");
	expect("\xef\xbb\xbf"
	       "AT\n",
		"1 0 2 AT\n");
}
END_TEST

START_TEST(an_answer_behind_an_arrow_is_a_line_of_its_own)
{
	expect("\xe2\x86\x92 AT+X=1   \xe2\x86\x90 OK\n  \xe2\x86\x90 +X: 2\n",
		"1 1 2 AT+X=1\n1 2 2 OK\n2 2 2 +X: 2\n");
}
END_TEST

START_TEST(a_transcript_gives_the_lines_of_both_sides)
{
	expect("# ec21 transcript 1\n"
	       "# title: t\n"
	       "   0.000 AT>  AT\\r\n"
	       "   0.002 AT<  AT\\r\\r\\nO\n"
	       "   0.003 AT<  K\\r\\n\n"
	       "   0.004 AT>  @masked kind=key len=12 qsum=1 breaks=none\n"
	       "   0.005 WHY  ssl 0: no file [inf]\n"
	       "   0.006 CON< +err 3 x\\r\\n\n",
		"3 1 1 AT\n4 2 3 AT\n4 2 3 OK\n"
		"6 1 0 masked @masked kind=key len=12 qsum=1 breaks=none\n"
		"7 4 2 ssl 0: no file [inf]\n8 3 2 +err 3 x\n");
}
END_TEST

START_TEST(what_is_no_text_is_refused_with_its_place)
{
	static char big[70000];

	refuse("AT\nO\0K\n", 7, 2, 2, "0x00");
	refuse("AT\n\n  \xff\n", 7, 3, 3, "UTF-8");
	refuse("AT\n\xc3", 4, 2, 1, "UTF-8");
	refuse("\xed\xa0\x80", 3, 1, 1, "UTF-8");
	refuse("AT\n\x01\n", 5, 2, 1, "0x01");
	refuse("", 0, 1, 1, "nothing");
	refuse("\n\n \n", 4, 1, 1, "nothing");
	memset(big, 'a', sizeof(big));
	big[0] = '\n';
	refuse(big, sizeof(big), 2, TERMLOG_LINE_MAX, "16384");
	refuse("# ec21 transcript 1\n 0.0 AT> \\", 31, 2, 11, "");
}
END_TEST

START_TEST(too_large_a_log_is_refused_before_it_is_held)
{
	struct transcript_error err = {0};
	struct termlog log;
	static char chunk[65536];
	size_t fed = 0;

	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = i % 200 == 199 ? '\n' : 'x';
	termlog_init(&log);
	while (fed < 200 * sizeof(chunk) * 16 &&
		termlog_feed(&log, chunk, sizeof(chunk), &err))
		fed += sizeof(chunk);
	ck_assert_uint_le(fed, TERMLOG_BYTES_MAX);
	ck_assert_uint_gt(err.line, 1000);
	ck_assert(strstr(err.text, "cut out the part") != NULL);
	termlog_free(&log);
}
END_TEST

START_TEST(too_many_lines_are_refused)
{
	struct transcript_error err = {0};
	struct termlog log;
	bool ok = true;

	termlog_init(&log);
	for (unsigned i = 0; ok && i <= TERMLOG_LINES_MAX; i++)
		ok = termlog_feed(&log, "a\n", 2, &err);
	ck_assert(!ok);
	ck_assert_uint_eq(err.line, TERMLOG_LINES_MAX + 1);
	termlog_free(&log);
}
END_TEST

/* Each sample, cut at every byte, gives what it gives in one piece. */
static const char *const samples[] = {
	"12:34:56.789 -> AT\r\r\nOK\r\n\r\n> AT+CSQ\n\xe2\x86\x92 AT "
	"\xe2\x86\x90 OK\n",
	"# ec21 transcript 1\n   0.000 AT>  AT+QFUPL=\"x\",3\\r\n"
	"   0.001 AT<  \\r\\nCONNECT\\r\\n\n   0.002 AT>  a\\nb\n"
	"   0.003 WHY  why [inf]\n   0.003 AT<  +QFUPL: 3,6b62\\r\\n\n",
	"# ec21 transcript\n",
	"# ec21",
};

START_TEST(cut_anywhere_it_gives_the_same)
{
	const char *s = samples[_i];
	struct transcript_error err;
	struct buf whole, cut;

	buf_init(&whole, 65536);
	buf_init(&cut, 65536);
	ck_assert(show(s, strlen(s), strlen(s), &whole, &err));
	for (size_t step = 1; step < strlen(s); step++) {
		buf_reset(&cut);
		ck_assert(show(s, strlen(s), step, &cut, &err));
		ck_assert_str_eq(buf_cstr(&cut), buf_cstr(&whole));
	}
	buf_free(&whole);
	buf_free(&cut);
}
END_TEST

/* So does each sample log, as a file and in single bytes. */
START_TEST(each_sample_log_can_be_cut_anywhere)
{
	struct transcript_error err;
	struct termlog whole, cut;
	glob_t found;
	int c;

	ck_assert_int_eq(glob("fixtures/logs/*.log", 0, NULL, &found), 0);
	ck_assert_uint_gt(found.gl_pathc, 30);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		FILE *f = fopen(found.gl_pathv[i], "rb");

		ck_assert_ptr_nonnull(f);
		termlog_init(&whole);
		termlog_init(&cut);
		ck_assert(termlog_load(&whole, found.gl_pathv[i], &err));
		while ((c = fgetc(f)) != EOF) {
			char byte = (char)c;

			ck_assert(termlog_feed(&cut, &byte, 1, &err));
		}
		ck_assert(termlog_end(&cut, &err));
		ck_assert_uint_eq(cut.n, whole.n);
		for (size_t k = 0; k < whole.n; k++)
			ck_assert_str_eq(
				cut.lines[k].text, whole.lines[k].text);
		fclose(f);
		termlog_free(&whole);
		termlog_free(&cut);
	}
	globfree(&found);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("termlog");
	TCase *tc = tcase_create("termlog");
	SRunner *sr;
	int failed;

	tcase_add_loop_test(tc, stamps_and_markers_of_terminals_are_taken_off,
		0, sizeof(forms) / sizeof(*forms));
	tcase_add_test(tc, each_line_end_counts_and_is_told);
	tcase_add_test(tc, an_answer_behind_an_arrow_is_a_line_of_its_own);
	tcase_add_test(tc, a_transcript_gives_the_lines_of_both_sides);
	tcase_add_test(tc, what_is_no_text_is_refused_with_its_place);
	tcase_add_test(tc, too_large_a_log_is_refused_before_it_is_held);
	tcase_add_test(tc, too_many_lines_are_refused);
	tcase_add_loop_test(tc, cut_anywhere_it_gives_the_same, 0,
		sizeof(samples) / sizeof(*samples));
	tcase_add_test(tc, each_sample_log_can_be_cut_anywhere);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
