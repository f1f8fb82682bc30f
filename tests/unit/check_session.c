#include "hil/session.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/own.h"
#include "hil/volatile.h"
#include "tests/unit/support/session_text.h"
#include "tests/unit/support/temp.h"

static struct session a, b;
static struct rows rows;

static void align(const char *text_a, const char *text_b)
{
	ck_assert(read_text(&a, text_a));
	ck_assert(read_text(&b, text_b));
	ck_assert(session_align(&a, &b, &rows));
}

static void teardown(void)
{
	rows_free(&rows);
	session_free(&a);
	session_free(&b);
}

START_TEST(an_echo_and_the_cut_of_chunks_do_not_count)
{
	align(HEAD "0.0 AT>  AT+CMEE?\\r\n"
		   "0.1 AT<  AT+CMEE?\\r\\r\\n+CMEE: 1\\r\\n\\r\\nOK\\r\\n\n",
		HEAD "5.0 AT>  AT+C\n"
		     "5.0 AT>  MEE?\\r\n"
		     "5.1 AT<  \\r\\n+CM\n"
		     "5.2 AT<  EE: 1\\r\\n\\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_int_eq(rows.list[0].type, ROW_SAME);
	ck_assert_str_eq(a.turns[0].lines[0], "+CMEE: 1");
	ck_assert_str_eq(a.profile, "ec21j");
}
END_TEST

START_TEST(one_changed_byte_is_one_row)
{
	align(HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT>  AT+CMEE?\\r\n"
		   "- AT<  \\r\\n+CMEE: 1\\r\\n\\r\\nOK\\r\\n\n",
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		     "- AT>  AT+CMEE?\\r\n"
		     "- AT<  \\r\\n+CMEE: 2\\r\\n\\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.same, 1);
	ck_assert_uint_eq(rows.differ, 1);
	ck_assert_int_eq(rows.list[1].type, ROW_DIFFERS);
	ck_assert_uint_eq(rows.list[1].a->line, 5);
}
END_TEST

/* So many commands that they are not aligned all at once. */
static void write_commands(struct buf *text, bool one_more)
{
	buf_init(text, (size_t)1 << 20);
	buf_adds(text, HEAD);
	for (int i = 0; i < 1600; i++)
		buf_printf(text, "%s- AT>  AT+X%d\\r\n- AT<  \\r\\nOK\\r\\n\n",
			one_more && i == 10 ? "- AT>  AT+Y\\r\n" : "", i);
	ck_assert_ptr_nonnull(buf_cstr(text));
}

START_TEST(one_more_command_is_one_row_in_a_long_recording_too)
{
	struct buf text[2];

	write_commands(&text[0], true);
	write_commands(&text[1], false);
	align(buf_cstr(&text[0]), buf_cstr(&text[1]));
	ck_assert_uint_eq(rows.same, 1600);
	ck_assert_uint_eq(rows.differ, 1);
	buf_free(&text[0]);
	buf_free(&text[1]);
}
END_TEST

START_TEST(a_lost_urc_is_on_one_side_only)
{
	char name[80];

	align(HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT<  \\r\\n+QIURC: \"closed\",0\\r\\n\n",
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.n, 2);
	ck_assert_int_eq(rows.list[1].type, ROW_ONLY_A);
	row_name(&rows.list[1], name, sizeof(name));
	ck_assert_str_eq(name, "urc +QIURC: \"closed\",0");
}
END_TEST

START_TEST(another_result_of_the_same_urc_is_one_difference)
{
	align(HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT<  \\r\\n+QSSLOPEN: 0,0\\r\\n\n",
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		     "- WHY  ssl 0: no CA\n"
		     "- AT<  \\r\\n+QSSLOPEN: 0,566\\r\\n\n");
	ck_assert_uint_eq(rows.n, 2);
	ck_assert_uint_eq(rows.differ, 1);
	ck_assert_int_eq(rows.list[1].type, ROW_DIFFERS);
	ck_assert_str_eq(rows.list[1].urc_b->reason, "ssl 0: no CA");
}
END_TEST

START_TEST(a_command_that_one_side_lacks_moves_nothing_else)
{
	align(HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT>  ATE0\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT>  ATI\\r\n- AT<  \\r\\nOK\\r\\n\n",
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		     "- AT>  ATI\\r\n- AT<  \\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.n, 3);
	ck_assert_int_eq(rows.list[1].type, ROW_ONLY_A);
	ck_assert_uint_eq(rows.same, 2);
}
END_TEST

/* Out of a pipe, all at once: with echo, without, and with one not heard. */
START_TEST(lines_that_are_sent_ahead_get_their_own_answers)
{
	static const char waited[] = HEAD
		"0.0 AT>  ATI\\r\n0.1 AT<  \\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n"
		"0.2 AT>  AT+CMEE?\\r\n"
		"0.3 AT<  \\r\\n+CMEE: 1\\r\\n\\r\\nOK\\r\\n\n"
		"0.4 AT>  AT+X\\r\n0.5 AT<  \\r\\nERROR\\r\\n\n";

	align(waited,
		HEAD "0.0 AT>  ATI\\r\n0.0 AT>  AT+CMEE?\\r\n0.0 AT>  AT+X\\r\n"
		     "0.1 AT<  \\r\\nEC21\\r\\n\\r\\nOK\\r\\n\\r\\n+CMEE:\n"
		     "0.1 AT<  \\x201\\r\\n\\r\\nOK\\r\\n\\r\\nERROR\\r\\n\n");
	ck_assert_uint_eq(rows.same, 3);
	ck_assert_uint_eq(rows.differ, 0);
	ck_assert_uint_eq(b.turns[1].line, 4);
	teardown();
	align(waited,
		HEAD "0.0 AT>  ATI\\r\n0.0 AT>  AT+CMEE?\\r\n0.0 AT>  AT+X\\r\n"
		     "0.1 AT<  ATI\\r\\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n"
		     "0.1 AT<  AT+CMEE?\\r\\r\\n+CMEE: 1\\r\\n\\r\\nOK\\r\\n\n"
		     "0.1 AT<  AT+X\\r\\r\\nERROR\\r\\n\n");
	ck_assert_uint_eq(rows.same, 3);
	ck_assert_uint_eq(rows.differ, 0);
	teardown();
	align(waited,
		HEAD "0.0 AT>  ATI\\r\n0.0 AT>  AT+CMEE?\\r\n0.0 AT>  AT+X\\r\n"
		     "0.1 AT<  ATI\\r\\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n"
		     "0.1 AT<  AT+X\\r\\r\\nERROR\\r\\n\n");
	ck_assert_uint_eq(rows.same, 2);
	ck_assert_uint_eq(rows.differ, 1);
	ck_assert_uint_eq(b.turns[1].n_lines, 0);
}
END_TEST

/* A host that waited and gave up: its next line is what is answered. */
START_TEST(a_line_that_was_not_answered_keeps_no_answer)
{
	align(HEAD "0.0 AT>  AT\\r\n0.5 AT>  ATI\\r\n"
		   "0.6 AT<  \\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n",
		HEAD "0.0 AT>  hello\\r\n0.0 AT>  ATI\\r\n"
		     "0.1 AT<  \\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(a.n_turns, 2);
	ck_assert_uint_eq(a.turns[0].n_lines, 0);
	ck_assert_uint_eq(a.turns[1].n_lines, 2);
	ck_assert_uint_eq(b.turns[0].n_lines, 0);
	ck_assert_uint_eq(b.turns[1].n_lines, 2);
}
END_TEST

/* Though other lines were lost between them. */
START_TEST(two_results_of_a_line_in_one_gap_are_one_difference)
{
	align(HEAD "0.0 AT>  AT\\r\n0.0 AT<  \\r\\nOK\\r\\n\n"
		   "0.1 AT<  \\r\\n+QSSLOPEN: 1,0\\r\\n\n"
		   "0.2 AT<  \\r\\n+QSSLURC: \"recv\",1\\r\\n\n",
		HEAD "0.0 AT>  AT\\r\n0.0 AT<  \\r\\nOK\\r\\n\n"
		     "0.1 AT<  \\r\\n+QSSLOPEN: 1,566\\r\\n\n");
	ck_assert_uint_eq(rows.differ, 2);
	ck_assert_int_eq(rows.list[1].type, ROW_DIFFERS);
	ck_assert_str_eq(rows.list[1].urc_b->text, "+QSSLOPEN: 1,566");
	ck_assert_int_eq(rows.list[2].type, ROW_ONLY_A);
}
END_TEST

START_TEST(equal_polls_fold)
{
	align(HEAD "- AT>  AT+CREG?\\r\n- AT<  \\r\\n+CREG: "
		   "0,2\\r\\n\\r\\nOK\\r\\n\n"
		   "- AT>  AT+CREG?\\r\n- AT<  \\r\\n+CREG: "
		   "0,2\\r\\n\\r\\nOK\\r\\n\n",
		HEAD "- AT>  AT+CREG?\\r\n"
		     "- AT<  \\r\\n+CREG: 0,2\\r\\n\\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_uint_eq(a.turns[0].times, 2);
	ck_assert_uint_eq(rows.differ, 0);
}
END_TEST

#define READ_6                                                                 \
	"- AT>  AT+QIRD=0,1500\\r\n"                                           \
	"- AT<  \\r\\n+QIRD: 6\\r\\n\\x16\\x03\\x03\\x00\\x01x"                \
	"\\r\\nOK\\r\\n\n"

/* Bytes are not compared, how they are cut is not, types of records are. */
START_TEST(a_connection_that_carries_tls_is_opaque)
{
	align(HEAD READ_6 "- AT>  AT+QIRD=0,1500\\r\n"
			  "- AT<  \\r\\n+QIRD: 8\\r\\n"
			  "\\x16\\x03\\x03\\x00\\x03abc\\r\\nOK\\r\\n\n",
		HEAD
		"- AT>  AT+QIRD=0,1500\\r\n"
		"- AT<  \\r\\n+QIRD: 7\\r\\n\\x16\\x03\\x03\\x00\\x02\\r\\n"
		"\\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(a.n_turns, 0);
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_int_eq(rows.list[0].kind, ROW_FLOW);
	ck_assert_int_eq(rows.list[0].type, ROW_SAME);
	ck_assert_uint_eq(a.flows.list[0].n_lines, 1);
	ck_assert_str_eq(a.flows.list[0].lines[0], "handshake");
}
END_TEST

START_TEST(an_alert_that_one_side_lacks_differs)
{
	align(HEAD READ_6 "- AT>  AT+QIRD=0,1500\\r\n"
			  "- AT<  \\r\\n+QIRD: 7\\r\\n"
			  "\\x15\\x03\\x03\\x00\\x02\\x02\\x28\\r\\nOK\\r\\n\n",
		HEAD READ_6);
	ck_assert_uint_eq(rows.n, 1);
	ck_assert_int_eq(rows.list[0].type, ROW_DIFFERS);
	ck_assert_str_eq(a.flows.list[0].lines[1], "alert");
}
END_TEST

START_TEST(a_failed_send_of_tls_stays_an_exchange)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QIOPEN=1,0,\"TCP\",\"192.0.2.1\",8443\\r\n"
		     "- AT<  \\r\\nOK\\r\\n\\r\\n+QIOPEN: 0,0\\r\\n\n"
		     "- AT>  AT+QISEND=0,6\\r\n- AT<  \\r\\n>\\x20\n"
		     "- AT>  \\x16\\x03\\x01\\x00\\x01x\n"
		     "- AT<  \\r\\nSEND OK\\r\\n\n"
		     "- AT<  \\r\\n+QIURC: \"recv\",0\\r\\n\n"
		     "- AT>  AT+QISEND=0,6\\r\n- AT<  \\r\\n>\\x20\n"
		     "- AT>  \\x16\\x03\\x01\\x00\\x01x\n"
		     "- AT<  \\r\\nSEND FAIL\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 2);
	ck_assert_str_eq(a.turns[1].lines[1], "SEND FAIL");
	ck_assert_uint_eq(a.flows.n, 1);
	ck_assert_str_eq(a.flows.list[0].command, "TLS connection 1, sent");
	/* That there is something to read says as little as how it is cut. */
	ck_assert_uint_eq(a.n_urcs, 1);
}
END_TEST

/* A stream is the same however many reads and lines it comes in. */
START_TEST(reads_in_a_row_are_one)
{
	align(HEAD "- AT>  AT+QIRD=0,1500\\r\n"
		   "- AT<  \\r\\n+QIRD: 5\\r\\nhello\\r\\nOK\\r\\n\n"
		   "- AT<  \\r\\n+QIURC: \"recv\",0\\r\\n\n"
		   "- AT<  \\r\\n+QIURC: \"recv\",0\\r\\n\n"
		   "- AT>  AT+QIRD=0,1500\\r\n"
		   "- AT<  \\r\\n+QIRD: 0\\r\\n\\r\\nOK\\r\\n\n"
		   "- AT>  AT+QIRD=0,1500\\r\n"
		   "- AT<  \\r\\n+QIRD: 2\\r\\n!\\n\\r\\nOK\\r\\n\n",
		HEAD "- AT>  AT+QIRD=0,1500\\r\n"
		     "- AT<  \\r\\n+QIRD: 7\\r\\nhello!\\n\\r\\nOK\\r\\n\n"
		     "- AT<  \\r\\n+QIURC: \"recv\",0\\r\\n\n");
	ck_assert_uint_eq(rows.n, 2);
	ck_assert_uint_eq(rows.differ, 0);
	ck_assert_uint_eq(a.turns[0].n_lines, 3);
	ck_assert_str_eq(a.turns[0].lines[1], "got (7 bytes) hello!\\n");
	ck_assert_str_eq(a.turns[0].lines[2], "OK");
}
END_TEST

/* What asks may be asked again, alone or in turn; what acts may not. */
START_TEST(only_polls_fold)
{
	align(HEAD "- AT>  AT\\r\n- AT>  AT\\r\n"
		   "- AT<  \\r\\nOK\\r\\n\n"
		   "- AT>  AT+CPIN?\\r\n- AT<  \\r\\nERROR\\r\\n\n"
		   "- AT>  AT+CREG?\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT>  AT+CPIN?\\r\n- AT<  \\r\\nERROR\\r\\n\n"
		   "- AT>  AT+CREG?\\r\n- AT<  \\r\\nOK\\r\\n\n",
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		     "- AT>  AT+CPIN?\\r\n- AT<  \\r\\nERROR\\r\\n\n"
		     "- AT>  AT+CREG?\\r\n- AT<  \\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.differ, 0);
	ck_assert_uint_eq(rows.n, 3);
	ck_assert_uint_eq(a.turns[0].times, 2);
	ck_assert_uint_eq(a.turns[2].times, 2);
	teardown();
	align(HEAD "- AT>  AT+QICLOSE=0\\r\n- AT<  \\r\\nOK\\r\\n\n"
		   "- AT>  AT+QICLOSE=0\\r\n- AT<  \\r\\nOK\\r\\n\n",
		HEAD "- AT>  AT+QICLOSE=0\\r\n- AT<  \\r\\nOK\\r\\n\n");
	ck_assert_uint_eq(rows.differ, 1);
}
END_TEST

/* ---- what is one run's own ---- */

static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
			  "MIIDLjCCAhagAwIBAgIUBi7gwtM7P264xX/m+McUitvsrsow\n"
			  "DQYJKoZIhvcNAQEL\n-----END CERTIFICATE-----\n";

static void make_own(struct own *own)
{
	char path[TEMP_PATH];

	temp_file(path, "check_session", pem);
	ck_assert(own_init(own, "run-a1-7", path));
	unlink(path);
}

START_TEST(the_certificate_of_a_run_counts_by_class)
{
	struct buf out;
	struct own own;

	make_own(&own);
	buf_init(&out, 400);
	ck_assert(own_describe(&own, pem, strlen(pem), &out));
	ck_assert_str_eq(buf_cstr(&out), "the run's certificate, breaks=lf");
	buf_reset(&out);
	ck_assert(own_describe(&own, pem, strlen(pem) - 10, &out));
	ck_assert_str_eq(buf_cstr(&out),
		"the run's certificate, breaks=lf, cut 9 short");
	buf_reset(&out);
	ck_assert(!own_describe(&own, pem, 40, &out));
	ck_assert(!own_describe(&own, pem + 1, strlen(pem) - 1, &out));
	ck_assert(!own_describe(NULL, pem, strlen(pem), &out));
	ck_assert(own_class(&own, "x run-a1-7 y run-a1-70", &out));
	ck_assert_str_eq(buf_cstr(&out), "x {run} y {run}0");
	buf_free(&out);
	own_free(&own);
	ck_assert(!own_init(&own, "x", "/nonexistent"));
	own_free(&own);
}
END_TEST

/* As one run of a comparison. */
static void read_run(struct session *s, const char *text)
{
	char path[TEMP_PATH];
	struct transcript_error err;
	struct own own;

	temp_file(path, "check_session", text);
	ck_assert(own_init(&own, "run-a1-7", NULL));
	ck_assert(session_load_run(s, path, &own, &err));
	own_free(&own);
	unlink(path);
}

#define OPENED                                                                 \
	HEAD "- AT>  AT+QSSLOPEN=1,2,3,\"a.example\",8443\\r\n"                \
	     "- AT<  \\r\\nOK\\r\\n\\r\\n+QSSLOPEN: 3,0\\r\\n\n"
#define ASK_AT "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
#define CLOSED "- AT<  \\r\\n+QSSLURC: \"closed\",3\\r\\n\n"
#define CLOSES(result)                                                         \
	"- AT>  AT+QSSLCLOSE=3\\r\n- AT<  \\r\\n" result "\\r\\n\n"

/* Whose close comes first is a matter of time; that one comes is not. */
START_TEST(closes_that_cross_do_not_count)
{
	read_run(&a, OPENED CLOSED CLOSES("OK"));
	read_run(&b, OPENED CLOSES("OK"));
	ck_assert(session_align(&a, &b, &rows));
	ck_assert_uint_eq(rows.differ, 0);
	teardown();
	read_run(&a, OPENED CLOSED);
	ck_assert_uint_eq(a.n_urcs, 2);
	teardown();
	read_run(&a, OPENED CLOSED CLOSES("ERROR"));
	ck_assert_uint_eq(a.n_urcs, 2);
	teardown();
	/* Another connection is opened with the id first. */
	read_run(&a,
		OPENED CLOSED "- AT>  AT+QSSLOPEN=1,2,3,\"a.example\",1\\r\n"
			      "- AT<  \\r\\nOK\\r\\n\n" CLOSES("OK"));
	ck_assert_uint_eq(a.n_urcs, 2);
	/* A recording that is not of a comparison keeps all. */
	teardown();
	ck_assert(read_text(&a, OPENED CLOSED CLOSES("OK")));
	ck_assert_uint_eq(a.n_urcs, 2);
}
END_TEST

START_TEST(a_notice_of_closing_that_comes_too_late_does_not_count)
{
	static const char sends[] =
		HEAD "- AT>  AT+QISEND=0,6\\r\n- AT<  \\r\\n>\\x20\n"
		     "- AT>  \\x16\\x03\\x01\\x00\\x01x\n"
		     "- AT<  \\r\\nSEND OK\\r\\n\n"
		     "- AT>  AT+QISEND=0,31\\r\n- AT<  \\r\\nERROR\\r\\n\n";
	char text[1000];

	read_run(&a, sends);
	ck_assert_uint_eq(a.n_turns, 1);
	teardown();
	snprintf(text, sizeof(text),
		"%s- AT>  AT+QICLOSE=0\\r\n- AT<  \\r\\nOK\\r\\n\n", sends);
	read_run(&a, text);
	ck_assert_uint_eq(a.n_turns, 1);
	ck_assert_str_eq(a.turns[0].command, "AT+QICLOSE=0");
}
END_TEST

#define RECEIVES(n, data)                                                      \
	"- AT>  AT+QSSLRECV=3,1500\\r\n"                                       \
	"- AT<  \\r\\n+QSSLRECV: " n "\\r\\n" data "\\r\\nOK\\r\\n\n"

/* With what is asked between them, and however it is announced. */
START_TEST(reads_of_a_comparison_are_a_stream)
{
	read_run(&a, OPENED RECEIVES("5", "hello") ASK_AT RECEIVES("1", "!")
			     CLOSES("OK") OPENED RECEIVES("3", "new"));
	read_run(&b, OPENED
		"- AT<  \\r\\n+QSSLURC: \"recv\",3\\r\\n\n" ASK_AT RECEIVES("6",
			"hello!") CLOSES("OK") OPENED RECEIVES("3", "new"));
	ck_assert(session_align(&a, &b, &rows));
	ck_assert_uint_eq(rows.differ, 0);
	ck_assert_uint_eq(a.flows.n, 2);
	ck_assert_str_eq(a.flows.list[0].command, "connection 1, received");
	ck_assert_str_eq(a.flows.list[0].lines[0], "got (6 bytes) hello!");
	ck_assert_str_eq(a.flows.list[1].lines[0], "got (3 bytes) new");
	teardown();
	read_run(&a, OPENED RECEIVES("5", "hello"));
	read_run(&b, OPENED RECEIVES("5", "hallo"));
	ck_assert(session_align(&a, &b, &rows));
	ck_assert_uint_eq(rows.differ, 1);
}
END_TEST

static const struct {
	const char *command, *line, *want;
} classes[] = {
	{"AT+CSQ", "+CSQ: 23,99", "+CSQ: {int},{int}"},
	{"AT+CSQ", "+CMEE: 1", "+CMEE: 1"},
	{"AT+CGSN", "490154203237518", "{digits}"},
	{"AT+QFLST", "+QFLST: \"UFS:a\",490154203237518",
		"+QFLST: \"UFS:a\",490154203237518"},
	{"", "+CCLK: \"17/12/08,09:00:00+36\"", "+CCLK: \"{time}\""},
	{"", "+QIACT: 1,1,1,\"10.0.0.7\"", "+QIACT: 1,1,1,\"{ip}\""},
	{"", "+CREG: 2,1,\"1A2B\",\"00C0FFEE\",7",
		"+CREG: 2,1,\"{hex}\",\"{hex}\",7"},
	{"", "+QISTATE: 0,\"TCP\",\"192.0.2.1\",8443,41534,2",
		"+QISTATE: 0,\"TCP\",\"{ip}\",8443,{port},2"},
	{"", "1.2.3", "1.2.3"},
	{"", "id 324f4041-648b-2f9d-1af2-17309e92d8c6.", "id {uuid}."},
	{"", "", ""},
};

START_TEST(volatile_values_become_classes)
{
	struct buf out;

	buf_init(&out, 400);
	ck_assert(volatile_class(classes[_i].command, classes[_i].line, &out));
	ck_assert_str_eq(buf_cstr(&out), classes[_i].want);
	buf_free(&out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session");
	TCase *tc = tcase_create("session");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, an_echo_and_the_cut_of_chunks_do_not_count);
	tcase_add_test(tc, one_changed_byte_is_one_row);
	tcase_add_test(tc, one_more_command_is_one_row_in_a_long_recording_too);
	tcase_add_test(tc, a_lost_urc_is_on_one_side_only);
	tcase_add_test(tc, another_result_of_the_same_urc_is_one_difference);
	tcase_add_test(tc, a_command_that_one_side_lacks_moves_nothing_else);
	tcase_add_test(tc, lines_that_are_sent_ahead_get_their_own_answers);
	tcase_add_test(tc, a_line_that_was_not_answered_keeps_no_answer);
	tcase_add_test(tc, two_results_of_a_line_in_one_gap_are_one_difference);
	tcase_add_test(tc, equal_polls_fold);
	tcase_add_test(tc, a_connection_that_carries_tls_is_opaque);
	tcase_add_test(tc, an_alert_that_one_side_lacks_differs);
	tcase_add_test(tc, a_failed_send_of_tls_stays_an_exchange);
	tcase_add_test(tc, reads_in_a_row_are_one);
	tcase_add_test(tc, only_polls_fold);
	tcase_add_test(tc, the_certificate_of_a_run_counts_by_class);
	tcase_add_test(tc, reads_of_a_comparison_are_a_stream);
	tcase_add_test(tc, closes_that_cross_do_not_count);
	tcase_add_test(
		tc, a_notice_of_closing_that_comes_too_late_does_not_count);
	tcase_add_loop_test(tc, volatile_values_become_classes, 0,
		(int)(sizeof(classes) / sizeof(*classes)));
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
