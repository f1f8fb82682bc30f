#include "base/transcript.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What a reader saw: records unescaped, and headers, as text. */
struct seen {
	struct buf bytes;
	struct buf headers;
	unsigned records;
	int64_t time_ms;
	enum lane lane;
	char body[256];
};

static bool see_header(void *arg, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	struct seen *s = arg;

	(void)line;
	(void)err;
	buf_printf(&s->headers, "%s=%s\n", key, value);
	return true;
}

static bool see_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct seen *s = arg;
	const char *args;
	size_t n;

	s->records++;
	s->time_ms = rec->time_ms;
	s->lane = rec->lane;
	snprintf(s->body, sizeof(s->body), "%.*s", (int)rec->len, rec->body);
	if (body_directive(rec->body, rec->len, &n, &args) != NULL)
		return true;
	return transcript_unescape(rec, &s->bytes, err);
}

static void seen_free(struct seen *s)
{
	buf_free(&s->bytes);
	buf_free(&s->headers);
}

/* step 0: all at once; else so many bytes a call. */
static bool read_all(const char *text, size_t len, size_t step, struct seen *s,
	struct transcript_error *err)
{
	const struct transcript_handler handler = {see_header, see_record, s};
	struct transcript_reader r;
	bool ok = true;

	*s = (struct seen){0};
	buf_init(&s->bytes, 1 << 20);
	buf_init(&s->headers, 4096);
	transcript_reader_init(&r, &handler);
	for (size_t i = 0; ok && i < len;) {
		size_t n = step == 0 || step > len - i ? len - i : step;

		ok = transcript_reader_feed(&r, text + i, n, err);
		i += n;
	}
	ok = ok && transcript_reader_end(&r, err);
	transcript_reader_free(&r);
	return ok;
}

static void collect(void *arg, const char *text, size_t len)
{
	ck_assert(buf_add(arg, text, len));
}

#define HEAD TRANSCRIPT_MAGIC "\n"

START_TEST(every_byte_value_comes_back)
{
	struct transcript_writer w;
	struct transcript_error err;
	struct seen s;
	struct buf text;
	uint8_t all[4 * 256];

	/* Each value, at the start of a record and behind each blank. */
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)(i % 4 == 3 ? ' ' : i / 4);
	buf_init(&text, 1 << 20);
	transcript_writer_init(&w, collect, &text);
	transcript_write_magic(&w);
	transcript_write_bytes(&w, 1234, LANE_AT_TX, all, sizeof(all));
	for (size_t i = 0; i < 256; i++)
		transcript_write_bytes(&w, 0, LANE_AT_TX, &all[4 * i], 1);
	ck_assert(read_all(
		(const char *)buf_data(&text), buf_len(&text), 0, &s, &err));
	ck_assert_uint_eq(buf_len(&s.bytes), sizeof(all) + 256);
	ck_assert_mem_eq(buf_data(&s.bytes), all, sizeof(all));
	for (size_t i = 0; i < 256; i++)
		ck_assert_uint_eq(
			buf_data(&s.bytes)[sizeof(all) + i], all[4 * i]);
	seen_free(&s);
	buf_free(&text);
	transcript_writer_free(&w);
}
END_TEST

START_TEST(a_record_looks_as_the_manual_page_says)
{
	struct transcript_writer w;
	struct buf text;

	buf_init(&text, 4096);
	transcript_writer_init(&w, collect, &text);
	transcript_write_magic(&w);
	transcript_write_header(&w, "title", "two\nlines");
	transcript_write_bytes(&w, 2, LANE_AT_RX, "\r\nOK\r\n", 6);
	transcript_write_bytes(&w, 12345678, LANE_CON_TX, " @[{} ", 6);
	transcript_write_bytes(&w, -1, LANE_AT_TX, "@[{\\\xff", 5);
	transcript_write_text(&w, 400, LANE_WHY, "caf\xc3\xa9 {1} \xff ");
	transcript_write_raw(&w, 500, LANE_AT_TX, "@masked kind=key len=3");
	ck_assert_str_eq(buf_cstr(&text),
		"# ec21 transcript 1\n"
		"# title: two\\nlines\n"
		"   0.002 AT<  \\r\\nOK\\r\\n\n"
		"12345.678 CON> \\x20@[\\{}\\x20\n"
		"       - AT>  \\x40[\\{\\\\\\xff\n"
		"   0.400 WHY  caf\xc3\xa9 \\{1} \\xff\\x20\n"
		"   0.500 AT>  @masked kind=key len=3\n");
	buf_free(&text);
	transcript_writer_free(&w);
}
END_TEST

START_TEST(long_runs_break_behind_line_feeds)
{
	struct transcript_writer w;
	struct transcript_error err;
	struct seen s;
	struct buf text;
	char run[1000];

	for (size_t i = 0; i < sizeof(run); i++)
		run[i] = i % 65 == 64 ? '\n' : 'A';
	buf_init(&text, 1 << 16);
	transcript_writer_init(&w, collect, &text);
	transcript_write_magic(&w);
	transcript_write_bytes(&w, 0, LANE_AT_TX, run, sizeof(run));
	ck_assert(read_all(
		(const char *)buf_data(&text), buf_len(&text), 0, &s, &err));
	ck_assert_uint_eq(buf_len(&s.bytes), sizeof(run));
	ck_assert_mem_eq(buf_data(&s.bytes), run, sizeof(run));
	ck_assert_uint_ge(s.records, sizeof(run) / TRANSCRIPT_RUN_MAX);
	seen_free(&s);
	/* Without a line feed in sight, at the limit. */
	buf_reset(&text);
	memset(run, 'B', sizeof(run));
	transcript_write_magic(&w);
	transcript_write_bytes(&w, 0, LANE_AT_TX, run, sizeof(run));
	ck_assert(read_all(
		(const char *)buf_data(&text), buf_len(&text), 0, &s, &err));
	ck_assert_uint_eq(s.records, sizeof(run) / TRANSCRIPT_RUN_MAX);
	seen_free(&s);
	buf_free(&text);
	transcript_writer_free(&w);
}
END_TEST

static const char sample[] = HEAD "# title: a title\n"
				  "# a comment: not a header, it has blanks\n"
				  "\n"
				  "   0.000 AT>  AT\\r\n"
				  "# note: behind a record this is no header\n"
				  "       - AT<  \\r\\nOK\\r\\n\r\n"
				  "  1.5\tWHY\tno\\x20more";

START_TEST(reading_does_not_depend_on_how_input_is_cut)
{
	struct transcript_error err;
	struct seen s;

	for (size_t step = 0; step < sizeof(sample); step++) {
		ck_assert(read_all(sample, sizeof(sample) - 1, step, &s, &err));
		ck_assert_uint_eq(s.records, 3);
		ck_assert_str_eq(buf_cstr(&s.headers), "title=a title\n");
		ck_assert_str_eq(buf_cstr(&s.bytes), "AT\r\r\nOK\r\nno more");
		ck_assert_int_eq(s.time_ms, 1500);
		ck_assert_int_eq(s.lane, LANE_WHY);
		seen_free(&s);
	}
}
END_TEST

static const struct {
	const char *text;
	unsigned line, column;
	const char *expected;
} wrong[] = {
	{"", 1, 1, "expected '# ec21 transcript 1'"},
	{"# ec21 transcript 2\n", 1, 1, "expected '# ec21 transcript 1'"},
	{"AT\n", 1, 1, "expected '# ec21 transcript 1'"},
	{HEAD "x AT> y\n", 2, 1, "expected a time"},
	{HEAD "1,5 AT> y\n", 2, 2, "expected '.'"},
	{HEAD "1.5555 AT> y\n", 2, 6, "three decimals"},
	{HEAD "-AT> y\n", 2, 2, "expected a blank after the time"},
	{HEAD "- AT y\n", 2, 3, "expected a lane"},
	{HEAD "-\n", 2, 2, "expected a blank after the time"},
	{HEAD "- \n", 2, 3, "expected a lane"},
	{HEAD "\n- AT>  a\\q\n", 3, 9, "expected \\r \\n"},
	{HEAD "- AT>  a\\\n", 2, 9, "expected \\r \\n"},
	{HEAD "- AT>  \\x4\n", 2, 8, "two hex digits"},
	{HEAD "- AT>  \\xg0\n", 2, 8, "two hex digits"},
	{HEAD "- AT<  {int}\n", 2, 8, "found a pattern"},
	{HEAD "- AT<  a{int\n", 2, 9, "expected '}'"},
	{HEAD "- AT<  a@masked{kind=pin,len=4}\n", 2, 9, "found a mask"},
	{HEAD "- AT<  a\x01\n", 2, 9, "found byte 0x01"},
	{HEAD "- AT<  \xff\n", 2, 8, "found byte 0xff"},
	{HEAD "- WHY  \xc0\x80\n", 2, 8, "found byte 0xc0"},
	{HEAD "99999999999 AT> y\n", 2, 11, "expected '.'"},
};

START_TEST(errors_name_line_column_and_what_was_expected)
{
	struct transcript_error err = {0};
	struct seen s;

	for (size_t step = 0; step < 3; step++) {
		ck_assert(!read_all(wrong[_i].text, strlen(wrong[_i].text),
			step, &s, &err));
		ck_assert_uint_eq(err.line, wrong[_i].line);
		ck_assert_uint_eq(err.column, wrong[_i].column);
		ck_assert_msg(strstr(err.text, wrong[_i].expected) != NULL,
			"%s", err.text);
		seen_free(&s);
	}
}
END_TEST

START_TEST(a_line_without_end_is_refused_in_bounded_memory)
{
	struct transcript_reader r;
	const struct transcript_handler handler = {0};
	struct transcript_error err;
	char chunk[1000];
	bool ok = true;
	int i;

	memset(chunk, 'x', sizeof(chunk));
	transcript_reader_init(&r, &handler);
	ck_assert(transcript_reader_feed(&r, HEAD, strlen(HEAD), &err));
	for (i = 0; ok && i < 100; i++)
		ok = transcript_reader_feed(&r, chunk, sizeof(chunk), &err);
	ck_assert(!ok);
	ck_assert_int_eq(i, TRANSCRIPT_LINE_MAX / 1000 + 1);
	ck_assert_uint_eq(err.line, 2);
	transcript_reader_free(&r);
}
END_TEST

START_TEST(a_text_too_long_is_cut_but_stays_a_record)
{
	struct transcript_writer w;
	struct transcript_error err;
	struct seen s;
	struct buf text;
	char *huge = malloc(20001);

	memset(huge, '\x01', 20000);
	huge[20000] = '\0';
	buf_init(&text, 1 << 16);
	transcript_writer_init(&w, collect, &text);
	transcript_write_magic(&w);
	transcript_write_text(&w, 0, LANE_WHY, huge);
	ck_assert(read_all(
		(const char *)buf_data(&text), buf_len(&text), 0, &s, &err));
	ck_assert_uint_eq(s.records, 1);
	ck_assert_uint_gt(buf_len(&s.bytes), 1000);
	seen_free(&s);
	buf_free(&text);
	transcript_writer_free(&w);
	free(huge);
}
END_TEST

START_TEST(a_directive_is_a_word_behind_an_at_sign)
{
	const char *args, *word;
	size_t n;

	word = body_directive("@file  a b", 10, &n, &args);
	ck_assert_ptr_nonnull(word);
	ck_assert_uint_eq(n, 4);
	ck_assert_mem_eq(word, "file", 4);
	ck_assert_str_eq(args, "a b");
	ck_assert_ptr_nonnull(body_directive("@quiet", 6, &n, &args));
	ck_assert_ptr_null(body_directive("@", 1, &n, &args));
	ck_assert_ptr_null(body_directive("@ x", 3, &n, &args));
	ck_assert_ptr_null(body_directive("@a.b", 4, &n, &args));
	ck_assert_ptr_null(body_directive("@masked{kind=pin}", 17, &n, &args));
	ck_assert_ptr_null(body_directive("file", 4, &n, &args));
}
END_TEST

static Suite *transcript_suite(void)
{
	Suite *s = suite_create("transcript");
	TCase *t = tcase_create("transcript");

	tcase_add_test(t, every_byte_value_comes_back);
	tcase_add_test(t, a_record_looks_as_the_manual_page_says);
	tcase_add_test(t, long_runs_break_behind_line_feeds);
	tcase_add_test(t, reading_does_not_depend_on_how_input_is_cut);
	tcase_add_loop_test(t, errors_name_line_column_and_what_was_expected, 0,
		sizeof(wrong) / sizeof(*wrong));
	tcase_add_test(t, a_line_without_end_is_refused_in_bounded_memory);
	tcase_add_test(t, a_text_too_long_is_cut_but_stays_a_record);
	tcase_add_test(t, a_directive_is_a_word_behind_an_at_sign);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(transcript_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
