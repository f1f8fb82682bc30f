#include "hil/verdict.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/session_data.h"
#include "hil/verdict_report.h"
#include "tests/unit/support/temp.h"

static char top[TEMP_PATH];
static struct verdicts v;
static struct accepted accepted;
static double timing;

static void setup(void)
{
	temp_dir(top, "check_verdict");
	for (int i = 0; i < 2; i++) {
		char path[TEMP_INSIDE];

		snprintf(path, sizeof(path), "%s/%c", top, 'A' + i);
		ck_assert_int_eq(mkdir(path, 0700), 0);
	}
	timing = 0;
}

static void teardown(void)
{
	verdict_free(&v);
	accepted_free(&accepted);
	files_remove_tree(top);
}

static void write_file(char side, const char *suffix, const char *text)
{
	char path[TEMP_INSIDE];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%c/x%s", top, side, suffix);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

#define MAGIC "# ec21 transcript 1\n"
#define RUN(id)                                                                \
	MAGIC "# title: x.at\n# run: " id "\n# host: broker.example\n"         \
	      "# result: pass\n# begin-ms: 1700000000000\n# took-ms: 500\n"

#define AT_OK MAGIC "0.010 AT>  AT\\r\n0.020 AT<  \\r\\nOK\\r\n"

/* Both ran, and the modem said the same. */
static void both_ran(const char *console_a, const char *console_b)
{
	char text[1000];

	snprintf(text, sizeof(text), "%s%s", RUN("run-a-1"), console_a);
	write_file('A', ".run", text);
	snprintf(text, sizeof(text), "%s%s", RUN("run-b-1"), console_b);
	write_file('B', ".run", text);
	write_file('A', ".at", AT_OK);
	write_file('B', ".at", AT_OK);
}

static const struct item *judge(void)
{
	char dirs[2][TEMP_INSIDE];
	struct verdict_opts o = {.rigs = {"one", "two"},
		.accepted = &accepted,
		.timing = timing};

	for (int i = 0; i < 2; i++) {
		snprintf(dirs[i], sizeof(dirs[i]), "%s/%c", top, 'A' + i);
		o.dirs[i] = dirs[i];
	}
	verdict_free(&v);
	ck_assert(verdict_make(&v, &o, "x"));
	return verdict_first(&v);
}

static const char *printed(void)
{
	static char text[8192];
	struct buf out;

	buf_init(&out, sizeof(text));
	verdict_print(&v, &out);
	snprintf(text, sizeof(text), "%s", buf_cstr(&out));
	buf_free(&out);
	return text;
}

static void prints(const char *what)
{
	ck_assert_msg(strstr(printed(), what) != NULL, "no '%s' in:\n%s", what,
		printed());
}

/* ---- each kind of row ---- */

START_TEST(a_run_is_the_same_as_itself)
{
	both_ran("", "");
	ck_assert_ptr_null(judge());
	ck_assert(verdict_is_same(&v));
	ck_assert_uint_eq(v.counts[ITEM_SAME], 1);
	prints("time: A 500 ms, B 500 ms");
}
END_TEST

START_TEST(another_answer_differs)
{
	const struct item *first;

	both_ran("", "");
	write_file('B', ".at",
		MAGIC "0.010 AT>  AT\\r\n0.020 WHY  it is off\n"
		      "0.020 AT<  \\r\\nERROR\\r\n");
	first = judge();
	ck_assert_int_eq(first->type, ITEM_DIFFERS);
	ck_assert_int_eq(first->lane, ITEM_AT);
	prints("differs: AT (A line 2, B line 2)\n  A | OK\n  B | ERROR\n"
	       "  B : it is off\n");
}
END_TEST

START_TEST(a_line_of_one_side_is_only_there)
{
	both_ran("", "");
	write_file('A', ".at", AT_OK "0.030 AT<  \\r\\n+QIURC: \"x\"\\r\\n\n");
	ck_assert_int_eq(judge()->type, ITEM_ONLY_A);
	prints("only A: urc +QIURC: \"x\" (A line 4)\n  A | +QIURC: \"x\"\n");
}
END_TEST

START_TEST(a_run_of_one_side_cannot_be_compared)
{
	both_ran("", "");
	write_file('B', ".run",
		MAGIC "# run: r\n# result: error\n# error: no modem\n");
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	prints("not comparable: run\n  A | it went through\n  B | no modem\n");
	write_file('B', ".run", MAGIC "# run: r\n# skipped: needs socat\n");
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	prints("B | needs socat\n");
}
END_TEST

START_TEST(what_did_not_run_cannot_be_compared)
{
	write_file('A', ".run", RUN("run-a-1"));
	write_file('A', ".at", AT_OK);
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	ck_assert_int_eq(v.took_ms[1], -1);
	prints("B | it did not run\n");
}
END_TEST

START_TEST(a_broken_recording_cannot_be_compared)
{
	both_ran("", "");
	write_file('B', ".at", MAGIC "0.010 XX>  AT\\r\n");
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	prints("not comparable: recording\n");
}
END_TEST

START_TEST(a_second_start_of_the_modem_counts)
{
	both_ran("", "");
	write_file('A', "-2.at", AT_OK);
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	write_file('B', "-2.at", AT_OK);
	ck_assert_ptr_null(judge());
	ck_assert_uint_eq(v.counts[ITEM_SAME], 2);
	write_file('A', "-2.at", MAGIC "0.010 XX>  AT\\r\n");
	write_file('B', "-2.at", MAGIC "0.010 XX>  AT\\r\n");
	ck_assert_ptr_nonnull(judge());
	prints("not comparable: recording\n");
}
END_TEST

/* ---- console ---- */

#define CON_A                                                                  \
	"0.1 CON<  # wiofw (host) ready\\n\n0.2 CON>  info\\n\n"               \
	"0.3 CON<  # stack 17\\n+ok info modem off\\n\n"

START_TEST(results_of_the_console_count_notes_do_not)
{
	both_ran(CON_A,
		"0.1 CON<  # wiofw (board) ready\\n\n0.2 CON>  info\\n\n"
		"0.3 CON<  # stack 99\\n+ok info modem off\\n\n");
	ck_assert_ptr_null(judge());
	ck_assert_uint_eq(v.counts[ITEM_SAME], 3);
	both_ran(
		CON_A, "0.2 CON>  info\\n\n0.3 CON<  +err state no modem\\n\n");
	ck_assert_ptr_nonnull(judge());
	prints("only A: console start");
	prints("differs: console info (A line 9, B line 8)\n"
	       "  A | +ok info modem off\n  B | +err state no modem\n");
}
END_TEST

START_TEST(a_console_without_results_counts_whole)
{
	both_ran("0.1 CON<  hello\\r\\n\n", "0.1 CON<  hallo\\r\\n\n");
	ck_assert_int_eq(judge()->lane, ITEM_CONSOLE);
	prints("  A | hello\n  B | hallo\n");
}
END_TEST

#define PEM(x)                                                                 \
	"-----BEGIN CERTIFICATE-----\n" x "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH"   \
	"IIIIJJJJKKKKLLLLMMMMNNNN\n-----END CERTIFICATE-----\n"
#define TYPED(x)                                                               \
	"0.1 CON>  put cert 121\\n\n"                                          \
	"0.1 CON>  -----BEGIN CERTIFICATE-----\\n\n"                           \
	"0.1 CON>  " x "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHHH"                      \
	"IIIIJJJJKKKKLLLLMMMMNNNN\\n\n"                                        \
	"0.1 CON>  -----END CERTIFICATE-----\\n\n"

START_TEST(the_own_certificate_of_a_run_counts_by_class)
{
	struct qsum_of {
		const char *pem, *typed;
	} sides[2] = {
		{PEM("run1"), TYPED("run1")}, {PEM("run2"), TYPED("run2")}};
	char console[2][900];

	for (int i = 0; i < 2; i++) {
		struct own own = {0};
		struct buf data;
		char sum[16] = "";

		write_file((char)('A' + i), ".crt", sides[i].pem);
		snprintf(console[i], sizeof(console[i]), "%s/%c/x.crt", top,
			'A' + i);
		ck_assert(own_init(&own, "r", console[i]));
		buf_init(&data, 1000);
		buf_adds(&data, sides[i].pem);
		session_own_sum(&own, &data, sum, sizeof(sum));
		ck_assert_str_ne(sum, "");
		snprintf(console[i], sizeof(console[i]),
			"%s0.2 CON<  +ok put cert 121 %s\\n\n", sides[i].typed,
			sum);
		buf_free(&data);
		own_free(&own);
	}
	both_ran(console[0], console[1]);
	ck_assert_ptr_null(judge());
	/* A wrong checksum is no class. */
	snprintf(console[1], sizeof(console[1]),
		"%s0.2 CON<  +ok put cert 121 dead\\n\n", sides[1].typed);
	both_ran(console[0], console[1]);
	ck_assert_int_eq(judge()->type, ITEM_DIFFERS);
	prints("A | +ok put cert 121 {sum}\n  B | +ok put cert 121 dead\n");
}
END_TEST

/* ---- time ---- */

START_TEST(time_counts_only_if_it_was_asked_for)
{
	both_ran("", "");
	write_file(
		'B', ".at", MAGIC "0.010 AT>  AT\\r\n0.900 AT<  \\r\\nOK\\r\n");
	ck_assert_ptr_null(judge());
	prints("most apart: AT, 10 and 890 ms");
	timing = 100;
	ck_assert_ptr_null(judge());
	timing = 10;
	ck_assert_int_eq(judge()->lane, ITEM_TIME);
	prints("differs: time AT\n  A | 10 ms\n  B | 890 ms\n");
}
END_TEST

/* ---- accepted differences ---- */

static bool accept(const char *text)
{
	char path[TEMP_INSIDE];

	write_file('A', ".accepted", text);
	snprintf(path, sizeof(path), "%s/A/x.accepted", top);
	accepted_free(&accepted);
	return accepted_load(&accepted, path);
}

START_TEST(an_accepted_difference_does_not_count)
{
	ck_assert(accept("# known\n2026-11-22 x urc +QIURC* : not yet\n"
			 "2026-11-22 y AT : never met\n"));
	both_ran("", "");
	write_file('A', ".at", AT_OK "0.030 AT<  \\r\\n+QIURC: \"x\"\\r\\n\n");
	ck_assert_ptr_null(judge());
	ck_assert_uint_eq(v.accepted, 1);
	ck_assert_uint_eq(v.counts[ITEM_ONLY_A], 0);
	ck_assert(accepted.list[0].used && !accepted.list[1].used);
	prints("accepted, only A: urc +QIURC: \"x\" (A line 4)\n"
	       "  since 2026-11-22: not yet\n");
}
END_TEST

static const char *const not_accepted[] = {
	"no date\n",
	"2026-11-22 x : no row\n",
	"2026-11-22 x AT no reason\n",
	"2026-11-22 x AT : \n",
	"26-11-22 x AT : a date of two digits\n",
};

START_TEST(a_line_without_date_row_and_reason_is_refused)
{
	ck_assert(!accept(not_accepted[_i]));
}
END_TEST

/* ---- evidence ---- */

#define EVIDENCE(at, cn, sni, more)                                            \
	"{\"time\":\"2023-11-14T22:13:" at "Z\",\"duration_ms\":5,"            \
	"\"listener\":\"https\",\"handshake\":\"done\",\"sni\":" sni           \
	",\"client_cert\":" cn ",\"alerts_sent\":[],"                          \
	"\"alerts_received\":[]" more "}\n"
#define CN(name) "{\"cn\":\"" name "\"}"

START_TEST(the_broker_is_compared_and_foreign_evidence_listed)
{
	both_ran("", "");
	write_file('A', ".crt", "-\n");
	write_file('B', ".crt", "-\n");
	write_file('A', ".jsonl", EVIDENCE("20.1", CN("run-a-1"), "null", ""));
	write_file('B', ".jsonl",
		EVIDENCE("20.2", CN("device-9"), "null", "")
			EVIDENCE("20.9", CN("run-b-1"), "null", ""));
	ck_assert_ptr_null(judge());
	ck_assert_uint_eq(v.n_foreign, 1);
	prints("foreign evidence, not counted: B, line 1, https: its "
	       "certificate is device-9, the run's is run-b-1\n");
}
END_TEST

#define MQTT(ping, code)                                                       \
	",\"mqtt\":{\"packets\":[{\"dir\":\"in\",\"type\":\"CONNECT\","        \
	"\"client_id\":\"run-a-1\"}," ping                                     \
	"{\"dir\":\"out\",\"type\":\"CONNACK\",\"code\":" code "}]}"
#define PING "{\"dir\":\"in\",\"type\":\"PINGREQ\"},"

START_TEST(what_the_broker_saw_differs_but_not_by_keep_alives)
{
	both_ran("", "");
	write_file('B', ".run", RUN("run-a-1"));
	write_file(
		'A', ".jsonl", EVIDENCE("20.1", "null", "null", MQTT("", "0")));
	write_file('B', ".jsonl",
		EVIDENCE("20.1", "null", "null", MQTT(PING, "0")));
	ck_assert_ptr_null(judge());
	write_file('B', ".jsonl",
		EVIDENCE("20.1", "null", "null", MQTT(PING, "5")));
	ck_assert_int_eq(judge()->lane, ITEM_BROKER);
	prints("differs: brk connection 1, https (A line 1, B line 1)\n"
	       "  A | mqtt out CONNACK code=0\n"
	       "  B | mqtt out CONNACK code=5\n");
	write_file('B', ".jsonl", "");
	ck_assert_int_eq(judge()->type, ITEM_ONLY_A);
}
END_TEST

/* A name of n letters, asked for by HTTP; `last` is its end. */
static void asked_for(char side, size_t n, const char *last)
{
	char *text = NULL, *line = NULL;

	ck_assert_int_ge(asprintf(&text, "%0*d", (int)n, 0), 0);
	ck_assert_int_ge(
		asprintf(&line,
			EVIDENCE("20.1", "null", "null",
				",\"http\":{\"method\":\"POST\",\"status\":200,"
				"\"target\":\"/%s%s\"}"),
			text, last),
		0);
	write_file(side, ".jsonl", line);
	free(text);
	free(line);
}

START_TEST(what_a_peer_sent_is_shown_in_one_line_and_compared_whole)
{
	both_ran("", "");
	asked_for('A', 1, "\\u001b[2J\\nok 2");
	asked_for('B', 1, "");
	ck_assert_int_eq(judge()->lane, ITEM_BROKER);
	prints("  A | http=POST target=/0\\x1b[2J\\nok 2 status=200\n"
	       "  B | http=POST target=/0 status=200\n");
	asked_for('A', 300000, "a");
	asked_for('B', 300000, "b");
	ck_assert_ptr_nonnull(judge());
	asked_for('A', 5000000, "");
	asked_for('B', 5000000, "");
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	prints("  A | A, line 1: it is too much to be compared\n");
}
END_TEST

START_TEST(a_broker_on_one_side_cannot_be_compared)
{
	both_ran("", "");
	write_file('A', ".jsonl", EVIDENCE("20.1", "null", "null", ""));
	ck_assert_int_eq(judge()->type, ITEM_NOT_COMPARABLE);
	prints("not comparable: evidence\n  A | a broker\n  B | no broker\n");
}
END_TEST

/* ---- order, and the report ---- */

START_TEST(items_stand_in_the_order_of_their_time)
{
	both_ran("0.005 CON>  go\\n\n0.010 AT>  AT\\r\n0.3 CON<  +ok go\\n\n",
		"0.005 CON>  go\\n\n0.010 AT>  AT\\r\n0.3 CON<  +ok go\\n\n");
	write_file('A', ".at",
		MAGIC "1.000 AT<  \\r\\nRDY\\r\\n\n1.010 AT>  AT\\r\n"
		      "1.020 AT<  \\r\\nOK\\r\n");
	write_file('B', ".at",
		MAGIC "1.000 AT<  \\r\\nRDY\\r\\n\n1.010 AT>  AT\\r\n"
		      "1.020 AT<  \\r\\nOK\\r\n");
	ck_assert_ptr_null(judge());
	ck_assert_uint_eq(v.n, 3);
	/* The modem's record began 1 s before the runner's. */
	ck_assert_str_eq(v.items[0].name, "urc RDY");
	ck_assert_int_eq(v.items[0].side[0].at_ms, 0);
	ck_assert_str_eq(v.items[1].name, "console go");
	ck_assert_str_eq(v.items[2].name, "AT");
	ck_assert_int_eq(v.items[2].side[0].at_ms, 10);
}
END_TEST

static char *read_report(const char *name)
{
	static char text[200000];
	char path[TEMP_INSIDE];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/r/%s", top, name);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	fclose(f);
	return text;
}

START_TEST(the_report_has_both_sides_and_no_secret)
{
	const struct report_head head = {
		.rig = "one", .other = "two", .files = "x.at"};
	struct report *r;
	char dir[TEMP_INSIDE];

	both_ran("", "");
	write_file('B', ".at",
		MAGIC "0.010 AT>  AT\\r\n"
		      "0.020 AT<  </script>AT+CPIN=1234\\r\\nOK\\r\n");
	ck_assert_ptr_nonnull(judge());
	snprintf(dir, sizeof(dir), "%s/r", top);
	r = report_open(dir, &head);
	ck_assert_ptr_nonnull(r);
	verdict_report_add(r, &v, 1, printed(), "ec21hil compare x.at");
	verdict_report_add(NULL, &v, 1, "", "");
	ck_assert(report_close(r, 1));
	ck_assert_ptr_nonnull(strstr(read_report("report.html"),
		"\"lane\":\"at\",\"type\":\"differs\",\"name\":\"AT\""));
	ck_assert_ptr_null(strstr(read_report("report.html"), "1234"));
	ck_assert_ptr_null(strstr(read_report("report.html"), "</script>AT"));
	ck_assert_ptr_nonnull(strstr(read_report("report.html"),
		"\"rig\":\"one\",\"other\":\"two\""));
	ck_assert_ptr_nonnull(strstr(read_report("junit.xml"),
		"name=\"ec21hil compare --rig one --rig two\""));
	ck_assert_ptr_nonnull(strstr(read_report("junit.xml"),
		"<failure type=\"difference\" message=\"differs: AT "));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("verdict");
	TCase *tc = tcase_create("verdict");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_run_is_the_same_as_itself);
	tcase_add_test(tc, another_answer_differs);
	tcase_add_test(tc, a_line_of_one_side_is_only_there);
	tcase_add_test(tc, a_run_of_one_side_cannot_be_compared);
	tcase_add_test(tc, what_did_not_run_cannot_be_compared);
	tcase_add_test(tc, a_broken_recording_cannot_be_compared);
	tcase_add_test(tc, a_second_start_of_the_modem_counts);
	tcase_add_test(tc, results_of_the_console_count_notes_do_not);
	tcase_add_test(tc, a_console_without_results_counts_whole);
	tcase_add_test(tc, the_own_certificate_of_a_run_counts_by_class);
	tcase_add_test(tc, time_counts_only_if_it_was_asked_for);
	tcase_add_test(tc, an_accepted_difference_does_not_count);
	tcase_add_loop_test(tc, a_line_without_date_row_and_reason_is_refused,
		0, (int)(sizeof(not_accepted) / sizeof(*not_accepted)));
	tcase_add_test(tc, the_broker_is_compared_and_foreign_evidence_listed);
	tcase_add_test(tc, what_the_broker_saw_differs_but_not_by_keep_alives);
	tcase_add_test(
		tc, what_a_peer_sent_is_shown_in_one_line_and_compared_whole);
	tcase_add_test(tc, a_broker_on_one_side_cannot_be_compared);
	tcase_add_test(tc, items_stand_in_the_order_of_their_time);
	tcase_add_test(tc, the_report_has_both_sides_and_no_secret);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
