#include "hil/report.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/lanes.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/temp.h"

static struct fake_clock fc;
static struct lanes *lanes;
static char dir[TEMP_PATH];

static void setup(void)
{
	fake_clock_init(&fc, false);
	lanes = lanes_new(&fc.clock);
	ck_assert_ptr_nonnull(lanes);
}

static void teardown(void)
{
	lanes_free(lanes);
}

static void bytes(enum lane lane, const char *text)
{
	lanes_bytes(lanes, lane, text, strlen(text));
}

static const char *masked(const char *text)
{
	static struct buf out;

	buf_free(&out);
	buf_init(&out, 65536);
	ck_assert(lanes_mask(&out, text));
	return buf_cstr(&out) != NULL ? buf_cstr(&out) : "";
}

/* ---- lanes ---- */

START_TEST(records_carry_time_lane_and_escaped_bytes)
{
	bytes(LANE_AT_TX, "AT\r");
	fake_clock_advance(&fc, 1500);
	bytes(LANE_AT_RX, "\r\nOK\r\n");
	lanes_text(lanes, LANE_WHY, "because [inf]");
	ck_assert_str_eq(lanes_close(lanes), "   0.000 AT>  AT\\r\n"
					     "   1.500 AT<  \\r\\nOK\\r\\n\n"
					     "   1.500 WHY  because [inf]\n");
}
END_TEST

START_TEST(a_difference_stands_where_it_arose_and_once)
{
	bytes(LANE_AT_RX, "one\r\n");
	lanes_report(lanes, "x.at:3: first\n");
	lanes_report(lanes, "x.at:3: first\n");
	bytes(LANE_AT_RX, "two\r\n");
	lanes_report(lanes, "x.at:3: first\nx.at:5: second\n");
	ck_assert_str_eq(lanes_close(lanes),
		"   0.000 AT<  one\\r\\n\n"
		"   0.000 NOTE differs: x.at:3: first\\n\n"
		"   0.000 AT<  two\\r\\n\n"
		"   0.000 NOTE differs: x.at:5: second\\n\n");
}
END_TEST

START_TEST(nothing_follows_the_close)
{
	bytes(LANE_AT_RX, "one\r\n");
	lanes_close(lanes);
	bytes(LANE_AT_RX, "two\r\n");
	lanes_text(lanes, LANE_WHY, "late");
	lanes_report(lanes, "late");
	ck_assert_str_eq(lanes_close(lanes), "   0.000 AT<  one\\r\\n\n");
}
END_TEST

START_TEST(what_passes_the_bound_is_counted)
{
	static char line[1000];
	const char *text;

	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	for (int i = 0; i < 3000; i++)
		bytes(LANE_AT_RX, line);
	text = lanes_close(lanes);
	ck_assert_uint_le(strlen(text), LANES_MAX);
	ck_assert_ptr_nonnull(strstr(text, "more records are left out\n"));
}
END_TEST

START_TEST(lanes_of_nothing_are_harmless)
{
	lanes_bytes(NULL, LANE_AT_TX, "x", 1);
	lanes_text(NULL, LANE_WHY, "x");
	lanes_report(NULL, "x");
	ck_assert_str_eq(lanes_close(NULL), "");
	lanes_free(NULL);
}
END_TEST

/* ---- secrets ---- */

START_TEST(quoted_commands_lose_their_secrets)
{
	const char *s = masked("   3 | - AT>  AT+CPIN=\"4321\"\\r\n"
			       "     got | AT+CPIN=\"4321\"\\r\\r\\nOK\\r\\n\n"
			       "         |         ^\n");

	ck_assert_ptr_null(strstr(s, "4321"));
	ck_assert_ptr_nonnull(strstr(s, "kind=pin"));
	/* What comes behind the command is no secret, */
	ck_assert_ptr_nonnull(strstr(s, "\\r\\r\\nOK\\r\\n\n"));
	/* and a mark below a mask would be a lie. */
	ck_assert_ptr_null(strchr(s, '^'));
}
END_TEST

START_TEST(a_password_on_the_console_is_masked)
{
	ck_assert_str_eq(masked("   3 | - CON> set pass geh\\\\neim\\n\n"
				"     got | -err\\n\n"),
		"   3 | - CON> set pass @masked{kind=password,len=9}\\n\n"
		"     got | -err\\n\n");
}
END_TEST

START_TEST(marks_below_open_text_stay)
{
	const char text[] = "     got | OK\\r\\n\n         | ^\n";

	ck_assert_str_eq(masked(text), text);
}
END_TEST

START_TEST(keys_are_masked_whole_or_in_pieces)
{
	static const char piece[] = "qM27OPtadvCpb9lEIdUDZRCsbgoiVBJEvcitDBzMGR"
				    "wbQWpXfAxfO6FQo7n3V/";
	char text[400];

	snprintf(text, sizeof(text), "     got | ...%s\\n...\n", piece);
	ck_assert_ptr_null(strstr(masked(text), "qM27"));
	snprintf(text, sizeof(text),
		"got | -----BEGIN RSA PRIVATE KEY-----\\n%s\\n%.20s\n", piece,
		piece);
	ck_assert_ptr_null(strstr(masked(text), "qM27"));
}
END_TEST

START_TEST(digests_are_no_secrets)
{
	const char text[] = "sha256=e3b0c44298fc1c149afbf4c8996fb92427ae41e4649"
			    "b934ca495991b7852b855\n";

	ck_assert_str_eq(masked(text), text);
}
END_TEST

/* ---- text ---- */

START_TEST(broken_utf8_becomes_replacement_characters)
{
	static const struct {
		const char *text;
		uint32_t first;
		size_t used;
	} rows[] = {
		{"", 0, 0},
		{"a", 'a', 1},
		{"\xc3\xa9", 0xe9, 2},
		{"\xe2\x82\xac", 0x20ac, 3},
		{"\xf0\x9f\x98\x80", 0x1f600, 4},
		{"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
		{"\x80", 0xfffd, 1},
		{"\xc3", 0xfffd, 1},
		{"\xc0\xaf", 0xfffd, 1},
		{"\xe0\x80\x80", 0xfffd, 1},
		{"\xed\xa0\x80", 0xfffd, 1},
		{"\xf4\x90\x80\x80", 0xfffd, 1},
		{"\xff", 0xfffd, 1},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *s = rows[i].text;

		ck_assert_uint_eq(report_next_char(&s), rows[i].first);
		ck_assert_uint_eq((size_t)(s - rows[i].text), rows[i].used);
	}
}
END_TEST

/* ---- files ---- */

static char *slurp(const char *name)
{
	static char text[65536];
	char path[TEMP_INSIDE];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

static void add(struct report *r, enum verdict verdict, const char *skipped)
{
	const struct outcome o = {
		.name = "x.at: a<b & \"c\" \x01\xff",
		.verdict = verdict,
		.skipped = skipped,
		.report =
			verdict == VERDICT_PASS ? "" : "x.at:3: other\nmore\n",
		.rerun = "ec21hil run x.at",
		.ms = 1234,
	};
	const struct report_run run = {.outcome = &o,
		.number = 1,
		.path = "./t/05-pdp/x.at",
		.lanes = "   0.000 AT>  </script>\n"};

	report_add(r, &run);
}

static void write_report(void)
{
	const struct report_head head = {.rig = "modem", .start = 1500000000};
	struct report *r = report_open(dir, &head);

	ck_assert_ptr_nonnull(r);
	add(r, VERDICT_PASS, NULL);
	add(r, VERDICT_FAIL, NULL);
	add(r, VERDICT_ERROR, NULL);
	add(r, VERDICT_NONE, "needs socat");
	ck_assert(report_close(r, 5));
}

static void begin_dir(void)
{
	temp_dir(dir, "check_report");
}

static void end_dir(void)
{
	files_remove_tree(dir);
}

START_TEST(junit_counts_and_escapes)
{
	const char *xml;

	write_report();
	xml = slurp("junit.xml");
	ck_assert_ptr_nonnull(strstr(xml, "timestamp=\"2017-07-14T02:40:00\""));
	ck_assert_ptr_nonnull(strstr(xml,
		"tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\" "
		"time=\"4.936\""));
	ck_assert_ptr_nonnull(
		strstr(xml, "<testcase name=\"x.at: a&lt;b &amp; &quot;c&quot; "
			    "&#xfffd;&#xfffd;\" classname=\"t.05-pdp.x\" "
			    "time=\"1.234\"/>"));
	ck_assert_ptr_nonnull(strstr(xml,
		"<failure type=\"difference\" message=\"x.at:3: other\">"
		"x.at:3: other\nmore\nrerun: ec21hil run x.at</failure>"));
	ck_assert_ptr_nonnull(strstr(xml, "<error type=\"set-up\""));
	ck_assert_ptr_nonnull(
		strstr(xml, "<skipped message=\"needs socat\"/>"));
}
END_TEST

/* What the terminal is told of an outcome. */
static const char *tap(const struct outcome *o)
{
	char path[TEMP_INSIDE];
	int old = dup(STDOUT_FILENO), fd;

	snprintf(path, sizeof(path), "%s/tap", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	fflush(stdout);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	tap_outcome(1, o);
	ck_assert_int_ge(dup2(old, STDOUT_FILENO), 0);
	close(fd);
	close(old);
	return slurp("tap");
}

START_TEST(the_terminal_shows_no_secret_either)
{
	const struct outcome o = {
		.name = "x.at",
		.verdict = VERDICT_FAIL,
		.report = "x.at:3: other\n"
			  "   3 | - AT>  AT+CPIN=\"4711\"\\r\n",
		.rerun = "ec21hil run x.at",
	};

	ck_assert_str_eq(tap(&o),
		"not ok 1 - x.at # 0 ms\n# x.at:3: other\n"
		"#    3 | - AT>  AT+CPIN=\"@masked{kind=pin,len=4}\"\\r\n"
		"# rerun: ec21hil run x.at\n");
}
END_TEST

START_TEST(the_page_has_its_data_and_no_way_out_of_it)
{
	const char *page, *data, *end;

	write_report();
	page = slurp("report.html");
	data = strstr(page, "id=\"data\">");
	ck_assert_ptr_nonnull(data);
	end = strstr(data, "</script>");
	ck_assert_ptr_nonnull(end);
	ck_assert(memcmp(end - 2, "]\n", 2) == 0);
	ck_assert_ptr_nonnull(strstr(data, "\\u003c/script\\u003e\\n\"}]"));
	ck_assert_ptr_nonnull(strstr(page, "{\"planned\":5,\"version\":"));
	ck_assert_ptr_null(strstr(page, "@RUNS@"));
	ck_assert_ptr_null(strstr(page, "@HEAD@"));
	/* It fetches nothing. */
	ck_assert_ptr_null(strstr(page, "http://"));
	ck_assert_ptr_null(strstr(page, "https://"));
	ck_assert_ptr_null(strstr(page, "src="));
}
END_TEST

START_TEST(a_report_that_cannot_be_written_says_so)
{
	const struct report_head head = {.rig = "modem"};

	ck_assert_ptr_null(report_open("/dev/null/x", &head));
	ck_assert(report_close(NULL, 0));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("report");
	TCase *tc = tcase_create("lanes");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, records_carry_time_lane_and_escaped_bytes);
	tcase_add_test(tc, a_difference_stands_where_it_arose_and_once);
	tcase_add_test(tc, nothing_follows_the_close);
	tcase_add_test(tc, what_passes_the_bound_is_counted);
	tcase_add_test(tc, lanes_of_nothing_are_harmless);
	suite_add_tcase(s, tc);
	tc = tcase_create("text");
	tcase_add_test(tc, quoted_commands_lose_their_secrets);
	tcase_add_test(tc, a_password_on_the_console_is_masked);
	tcase_add_test(tc, marks_below_open_text_stay);
	tcase_add_test(tc, keys_are_masked_whole_or_in_pieces);
	tcase_add_test(tc, digests_are_no_secrets);
	tcase_add_test(tc, broken_utf8_becomes_replacement_characters);
	suite_add_tcase(s, tc);
	tc = tcase_create("files");
	tcase_add_checked_fixture(tc, begin_dir, end_dir);
	tcase_add_test(tc, junit_counts_and_escapes);
	tcase_add_test(tc, the_terminal_shows_no_secret_either);
	tcase_add_test(tc, the_page_has_its_data_and_no_way_out_of_it);
	tcase_add_test(tc, a_report_that_cannot_be_written_says_so);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
