#include "at/line.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Every vector runs whole, byte by byte and cut at every position; what comes
 * out is written as text: {line} <data> END CANCEL ESC A/ LONG IGN. The lines
 * ATD, ATP and ATS begin data at once: of three bytes, up to Ctrl-Z, a stream.
 */

enum { LINE_LIMIT = 16 };

static struct at_settings set;
static struct line line;
static char out[4096];
static char echoed[4096];
static uint64_t now;

static void setup(void)
{
	set = (struct at_settings){.s = {[3] = 13, [4] = 10, [5] = 8}};
	now = 10 * 1000 * 1000;
	ck_assert(line_init(&line, &set, LINE_LIMIT));
	line_command(&line, 0);
	out[0] = echoed[0] = '\0';
}

static void teardown(void)
{
	line_free(&line);
}

static void append(char *to, const char *before, const char *text, size_t len)
{
	size_t n = strlen(to);

	snprintf(to + n, sizeof(out) - n, "%s%.*s%s", before, (int)len, text,
		*before == '<'	 ? ">"
		: *before == '{' ? "}"
				 : "");
}

static void begin_data(char command)
{
	const enum line_mode mode = command == 'D'   ? LINE_MODE_COUNT
				    : command == 'P' ? LINE_MODE_TEXT
				    : command == 'S' ? LINE_MODE_STREAM
						     : LINE_MODE_COMMAND;

	if (mode != LINE_MODE_COMMAND)
		line_data(&line, mode, 3, 0, now);
}

static void put_event(const struct line_event *ev)
{
	static bool in_data;
	size_t n = strlen(out);

	/* Chunk borders carry no meaning: join adjacent data. */
	if (ev->type == LINE_EVENT_DATA) {
		if (in_data && n > 0 && out[n - 1] == '>') {
			out[n - 1] = '\0';
			append(out, "", ev->text, ev->len);
			append(out, "", ">", 1);
		} else {
			append(out, "<", ev->text, ev->len);
		}
		in_data = true;
		return;
	}
	if (ev->type == LINE_EVENT_NONE)
		return;
	in_data = false;
	switch (ev->type) {
	case LINE_EVENT_COMMAND:
		ck_assert_uint_eq(strlen(ev->text), ev->len);
		append(out, "{", ev->text, ev->len);
		begin_data(ev->text[0]);
		break;
	case LINE_EVENT_REPEAT:
		append(out, "", "A/", 2);
		break;
	case LINE_EVENT_TOO_LONG:
		append(out, "", "LONG", 4);
		break;
	case LINE_EVENT_IGNORED:
		append(out, "", "IGN", 3);
		break;
	case LINE_EVENT_END:
		append(out, "", "END", 3);
		break;
	case LINE_EVENT_CANCEL:
		append(out, "", "CANCEL", 6);
		break;
	case LINE_EVENT_ESCAPE:
		append(out, "", "ESC", 3);
		break;
	case LINE_EVENT_NONE:
	case LINE_EVENT_DATA:
		break;
	}
}

static void feed_at(uint64_t us, const char *p, size_t n)
{
	struct line_event ev;

	do {
		size_t used = line_feed(&line, us, (const uint8_t *)p, n, &ev);

		ck_assert_uint_le(used, n);
		ck_assert_uint_le(ev.echo, used);
		append(echoed, "", p, ev.echo);
		p += used;
		n -= used;
		put_event(&ev);
		ck_assert(used > 0 || n == 0 || ev.type != LINE_EVENT_NONE);
	} while (n > 0 || ev.type != LINE_EVENT_NONE);
}

static void feed(const char *p, size_t n)
{
	feed_at(now, p, n);
}

static void restart(void)
{
	line_command(&line, now);
	line_hangup(&line);
	out[0] = echoed[0] = '\0';
}

static void check_splits(const char *in, const char *want)
{
	size_t n = strlen(in);

	for (size_t cut = 0; cut <= n; cut++) {
		restart();
		feed(in, cut);
		feed(in + cut, n - cut);
		ck_assert_msg(strcmp(out, want) == 0,
			"\"%s\" cut at %zu: got %s, want %s", in, cut, out,
			want);
	}
	restart();
	for (size_t i = 0; i < n; i++)
		feed(in + i, 1);
	ck_assert_str_eq(out, want);
}

static const struct {
	const char *in, *want;
} vectors[] = {
	{"AT\r", "{}"},
	{"at\r", "{}"},
	{"aT+CSQ\r", "{+CSQ}"},
	{"ATE0\rAT\r", "{E0}{}"},
	{"AT\r\nAT\r\n", "{}{}"},
	{"AT\nE0\r", "{E0}"},
	{"\r\r\n\rAT\r", "{}"},
	{"\x1b\rAT\r", "{}"},
	{"  AT I\r", "{ I}"},
	{"ABC\rAT\r", "IGN{}"},
	{"TAT\r", "IGN"},
	{"T+CGATT?\r", "IGN"},
	{"A/A/", "A/A/"},
	{"a/AT\r", "A/{}"},
	{"A\rAT\r", "IGN{}"},
	{"ATZX\b\r", "{Z}"},
	{"AX\bT\r", "IGN"},
	{"ATZ\b\b\b\bATI\r", "{I}"},
	{"AT\x01\x02I\r", "{I}"},
	{"AT0123456789abcdef\r", "{0123456789abcdef}"},
	{"AT0123456789abcdefg\rAT\r", "LONG{}"},
	{"AT\"a b\"\r", "{\"a b\"}"},
	{"AT~}\r", "{~}}"},
	{"AT\xff\r", "{\xff}"},
	/* The LF of a line that begins data is no data. */
	{"AT\r\nATD\r\nabc", "{}{D}<abc>END"},
	{"AT\r\nATD\r\n\nab", "{}{D}<\nab>END"},
	{"AT\r\nATD\r\nabcATD\r\n\r\n.", "{}{D}<abc>END{D}<\r\n.>END"},
	{"AT\r\nATP\r\na\n\x1a", "{}{P}<a\n>END"},
	{"AT\r\nATS\r\n\n\r\n", "{}{S}<\n\r\n>"},
	{"AT\r\nATD\rabcAT\r", "{}{D}<abc>END{}"},
};

START_TEST(lines_come_out_the_same_however_they_are_cut)
{
	check_splits(vectors[_i].in, vectors[_i].want);
}
END_TEST

/* It waits for the CONNECT, so line and payload do not come together. */
START_TEST(a_payload_begins_with_lf_where_lines_end_with_cr)
{
	static const char *const before[] = {"", "AT\r", "AT\r\nAT\r"};

	restart();
	feed(before[_i], strlen(before[_i]));
	feed("ATD\r", 4);
	out[0] = '\0';
	feed("\nabAT\r", 6);
	ck_assert_str_eq(out, "<\nab>END{}");
}
END_TEST

START_TEST(how_a_host_ends_its_lines_is_forgotten_with_it)
{
	feed("AT\r\nATD\r", 8);
	line_hangup(&line);
	out[0] = '\0';
	feed("\nab", 3);
	ck_assert_str_eq(out, "<\nab>END");
}
END_TEST

START_TEST(echo_is_what_came_but_for_the_lf_behind_the_cr)
{
	feed("ATE1\r\nA\bAT\r", 11);
	ck_assert_str_eq(echoed, "ATE1\rA\bAT\r");
}
END_TEST

START_TEST(the_terminator_is_s3_and_the_backspace_s5)
{
	set.s[3] = '#';
	set.s[5] = '<';
	feed("ATI\rX<#", 7);
	ck_assert_str_eq(out, "{I}");
}
END_TEST

START_TEST(counted_data_is_any_byte_and_ends_at_the_count)
{
	static const char data[] = "\x1a\x1b+\r\nA";

	for (size_t cut = 0; cut <= 8; cut++) {
		restart();
		line_data(&line, LINE_MODE_COUNT, 6, 1000000, now);
		feed(data, cut < 6 ? cut : 6);
		feed(data + (cut < 6 ? cut : 6), 6 - (cut < 6 ? cut : 6));
		feed("AT\r", 3);
		ck_assert_str_eq(out, "<\x1a\x1b+\r\nA>END{}");
	}
}
END_TEST

START_TEST(text_data_ends_with_ctrl_z_or_esc)
{
	line_data(&line, LINE_MODE_TEXT, 0, 0, now);
	feed("ab\rc\x1a"
	     "AT\r",
		8);
	line_data(&line, LINE_MODE_TEXT, 0, 0, now);
	feed("x\x1b"
	     "AT\r",
		5);
	ck_assert_str_eq(out, "<ab\rc>END{}<x>CANCEL{}");
}
END_TEST

START_TEST(plus_with_its_guards_escapes)
{
	struct line_event ev;

	line_data(&line, LINE_MODE_COUNT, 10, 1000000, now);
	feed("ab", 2);
	feed_at(now + 1000000, "+", 1);
	feed_at(now + 1100000, "+", 1);
	feed_at(now + 1200000, "+", 1);
	ck_assert_str_eq(out, "<ab>");
	ck_assert_uint_eq(line_deadline(&line), now + 2200000);
	ck_assert(!line_tick(&line, now + 2199999, &ev));
	ck_assert(line_tick(&line, now + 2200000, &ev));
	ck_assert_int_eq(ev.type, LINE_EVENT_ESCAPE);
	feed_at(now + 2300000, "AT\r", 3);
	ck_assert_str_eq(out, "<ab>{}");
}
END_TEST

START_TEST(plus_without_silence_before_is_data)
{
	line_data(&line, LINE_MODE_COUNT, 10, 1000000, now);
	feed("ab", 2);
	feed_at(now + 999999, "+++", 3);
	ck_assert_str_eq(out, "<ab+++>");
	ck_assert_uint_eq(line_deadline(&line), UINT64_MAX);
}
END_TEST

START_TEST(a_byte_inside_the_guard_makes_held_plus_data)
{
	line_data(&line, LINE_MODE_COUNT, 10, 1000000, now);
	feed_at(now + 1000000, "+++", 3);
	feed_at(now + 1999999, "x", 1);
	ck_assert_str_eq(out, "<+++x>");
	ck_assert_uint_eq(line.want, 6);
}
END_TEST

START_TEST(a_fourth_plus_is_data)
{
	line_data(&line, LINE_MODE_COUNT, 10, 1000000, now);
	feed_at(now + 1000000, "++++", 4);
	ck_assert_str_eq(out, "<++++>");
}
END_TEST

START_TEST(one_plus_is_released_when_the_others_do_not_come)
{
	struct line_event ev;

	line_data(&line, LINE_MODE_COUNT, 10, 1000000, now);
	feed_at(now + 1000000, "+", 1);
	ck_assert_str_eq(out, "");
	ck_assert(line_tick(&line, line_deadline(&line), &ev));
	put_event(&ev);
	ck_assert_str_eq(out, "<+>");
	ck_assert_uint_eq(line.want, 9);
}
END_TEST

START_TEST(plus_that_completes_the_count_is_data)
{
	line_data(&line, LINE_MODE_COUNT, 3, 1000000, now);
	feed_at(now + 1000000, "+++", 3);
	ck_assert_str_eq(out, "<+++>END");
}
END_TEST

START_TEST(without_a_guard_plus_is_plain_data)
{
	line_data(&line, LINE_MODE_TEXT, 0, 0, now);
	feed_at(now + 5000000, "+++", 3);
	ck_assert_str_eq(out, "<+++>");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("line");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, lines_come_out_the_same_however_they_are_cut, 0,
		(int)(sizeof(vectors) / sizeof(*vectors)));
	tcase_add_loop_test(
		tc, a_payload_begins_with_lf_where_lines_end_with_cr, 0, 3);
	tcase_add_test(tc, how_a_host_ends_its_lines_is_forgotten_with_it);
	tcase_add_test(tc, echo_is_what_came_but_for_the_lf_behind_the_cr);
	tcase_add_test(tc, the_terminator_is_s3_and_the_backspace_s5);
	tcase_add_test(tc, counted_data_is_any_byte_and_ends_at_the_count);
	tcase_add_test(tc, text_data_ends_with_ctrl_z_or_esc);
	tcase_add_test(tc, plus_with_its_guards_escapes);
	tcase_add_test(tc, plus_without_silence_before_is_data);
	tcase_add_test(tc, a_byte_inside_the_guard_makes_held_plus_data);
	tcase_add_test(tc, a_fourth_plus_is_data);
	tcase_add_test(tc, one_plus_is_released_when_the_others_do_not_come);
	tcase_add_test(tc, plus_that_completes_the_count_is_data);
	tcase_add_test(tc, without_a_guard_plus_is_plain_data);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
