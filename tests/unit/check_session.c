#include "hil/session.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/door.h"
#include "hil/handclock.h"
#include "hil/own.h"
#include "hil/tlsflow.h"
#include "hil/volatile.h"
#include "net/net.h"

static struct session a, b;
static struct rows rows;

/* Read a recording from text, through a file, as users do. */
static bool read_text(struct session *s, const char *text)
{
	char path[] = "/tmp/check_session.XXXXXX";
	struct transcript_error err;
	int fd = mkstemp(path);
	bool ok;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ok = session_load(s, path, &err);
	unlink(path);
	return ok;
}

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

#define HEAD "# ec21 transcript 1\n# profile: ec21j\n"

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

START_TEST(a_read_that_fails_does_not_vanish_in_the_one_before)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QSSLRECV=0,1500\\r\n"
		     "- AT<  \\r\\n+QSSLRECV: 5\\r\\nhello\\r\\nOK\\r\\n\n"
		     "- AT>  AT+QSSLRECV=0,1500\\r\n"
		     "- AT<  \\r\\nERROR\\r\\n\n"));
	ck_assert_uint_eq(a.turns[0].n_lines, 3);
	ck_assert_str_eq(a.turns[0].lines[2], "ERROR");
}
END_TEST

START_TEST(data_behind_a_pushed_line_belongs_to_it)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		     "- AT<  \\r\\n+QIURC: \"recv\",0,4\\r\\nOK\\r\\n\n"
		     "- AT<  \\r\\n+QIURC: \"closed\",0\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 1);
	ck_assert_uint_eq(a.n_urcs, 2);
	ck_assert_str_eq(
		a.urcs[0].text, "+QIURC: \"recv\",0 (4 bytes) OK\\r\\n");
}
END_TEST

/* What asks may be asked again, alone or in turn; what acts may not. */
/* With RDY what waits for an answer is over. */
START_TEST(a_restart_ends_what_was_open)
{
	ck_assert(read_text(&a,
		HEAD "1.000 AT>  AT+QISEND=0,180\\r\n"
		     "1.000 AT<  \\r\\nRDY\\r\\n\n"
		     "1.001 AT>  AT+QIRD=0,1500\\r\n"
		     "1.001 AT>  AT+QICLOSE=0\\r\n"
		     "1.002 AT<  \\r\\nERROR\\r\\n\\r\\nOK\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 3);
	ck_assert_uint_eq(a.turns[0].n_lines, 0);
	ck_assert_str_eq(a.turns[1].command, "AT+QIRD=0,1500");
	ck_assert_str_eq(a.turns[1].lines[0], "ERROR");
	ck_assert_str_eq(a.turns[2].lines[0], "OK");
	ck_assert_str_eq(a.urcs[0].text, "RDY");
}
END_TEST

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

START_TEST(a_turn_knows_its_time)
{
	ck_assert(read_text(
		&a, HEAD "1.000 AT>  AT\\r\n1.250 AT<  \\r\\nOK\\r\\n\n"));
	ck_assert_int_eq(a.turns[0].at_ms, 1000);
	ck_assert_int_eq(a.turns[0].took_ms, 250);
}
END_TEST

/* ---- what is one run's own ---- */

static const char pem[] = "-----BEGIN CERTIFICATE-----\n"
			  "MIIDLjCCAhagAwIBAgIUBi7gwtM7P264xX/m+McUitvsrsow\n"
			  "DQYJKoZIhvcNAQEL\n-----END CERTIFICATE-----\n";

static void make_own(struct own *own)
{
	char path[] = "/tmp/check_session.XXXXXX";
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, pem, strlen(pem)), (ssize_t)strlen(pem));
	close(fd);
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
	char path[] = "/tmp/check_session.XXXXXX";
	struct transcript_error err;
	struct own own;
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
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

START_TEST(a_tls_stream_may_be_cut_anywhere)
{
	static const char stream[] =
		"\x16\x03\x01\x00\x02hi\x16\x03\x03\x00\x00"
		"\x14\x03\x03\x00\x01x\x17\x03\x03\x00\x01y";
	struct tlsflow f;

	for (size_t cut = 0; cut < sizeof(stream); cut++) {
		f = (struct tlsflow){0};
		tlsflow_feed(&f, stream, cut);
		tlsflow_feed(&f, stream + cut, sizeof(stream) - 1 - cut);
		ck_assert_uint_eq(f.n, 3);
		ck_assert_str_eq(tlsflow_name(f.types[0]), "handshake");
		ck_assert_str_eq(
			tlsflow_name(f.types[1]), "change cipher spec");
		ck_assert_str_eq(tlsflow_name(f.types[2]), "application data");
		if (cut == sizeof(stream) - 1)
			break;
	}
	tlsflow_feed(&f, "HTTP/1.1", 8);
	ck_assert_str_eq(tlsflow_name(f.types[3]), "no TLS record");
	ck_assert(f.lost);
}
END_TEST

START_TEST(what_is_sent_behind_a_prompt_belongs_to_its_command)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QISEND=0,4\\r\n- AT<  \\r\\n>\\x20\n"
		     "- AT>  AT\\r\\r\n- AT<  \\r\\nSEND OK\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 1);
	ck_assert_uint_eq(a.turns[0].n_lines, 3);
	ck_assert_str_eq(a.turns[0].lines[1], "sent (4 bytes) AT\\r\\r");
}
END_TEST

START_TEST(broken_recordings_say_where)
{
	struct transcript_error err = {0};

	ck_assert(!read_text(&a, "no transcript\n"));
	ck_assert(!read_text(&a, HEAD "- XX>  AT\n"));
	ck_assert(!session_load(&a, "/nonexistent", &err));
	ck_assert_str_ne(err.text, "");
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

/* ---- the clock by hand and the scripted door ---- */

static int fired;

static void on_fire(void *arg)
{
	fired = fired * 10 + *(int *)arg;
}

START_TEST(a_clock_by_hand_goes_from_timer_to_timer)
{
	int one = 1, two = 2;
	struct timer t1, t2;
	struct handclock hc;
	uint64_t start;

	handclock_init(&hc, NULL, false, 1);
	start = clock_now_us(&hc.clock);
	timer_init(&t1, on_fire, &one);
	timer_init(&t2, on_fire, &two);
	timer_set(&hc.clock, &t2, TIMER_WINDOW, 3600000);
	timer_set(&hc.clock, &t1, TIMER_WINDOW, 1000);
	fired = 0;
	handclock_advance(&hc, 999999);
	ck_assert_int_eq(fired, 0);
	ck_assert(handclock_step(&hc));
	ck_assert_int_eq(fired, 1);
	ck_assert_uint_eq(clock_now_us(&hc.clock) - start, 1000000);
	ck_assert(handclock_step(&hc));
	ck_assert_int_eq(fired, 12);
	ck_assert(!handclock_step(&hc));
	handclock_end(&hc);
}
END_TEST

static int rule_ok(const char *rule)
{
	return door_rule_check(rule);
}

START_TEST(a_rule_of_the_door_is_name_port_kind)
{
	ck_assert(rule_ok("echo.example:7 echo"));
	ck_assert(rule_ok("*:* refuse"));
	ck_assert(!rule_ok("echo.example echo"));
	ck_assert(!rule_ok("echo.example:7"));
	ck_assert(!rule_ok(":7 echo"));
	ck_assert(!rule_ok("a:x echo"));
	ck_assert(!rule_ok("a:7 eco"));
	ck_assert(!rule_ok("a:7 echo more"));
	ck_assert(!rule_ok(""));
}
END_TEST

static int closed_with;

static void on_closed(void *arg, const struct why *why)
{
	(void)arg;
	closed_with = why != NULL ? (int)why->err : 0;
}

static void on_nothing(void *arg)
{
	(void)arg;
}

START_TEST(a_name_that_no_rule_has_is_refused_as_policy)
{
	static const struct stream_handler handler = {
		on_nothing, on_nothing, on_nothing, on_closed};
	struct handclock hc;
	struct stream *s;
	struct net *net;
	struct why why;

	handclock_init(&hc, NULL, true, 1);
	net = door_new(&hc.clock, "known.example:1 echo\n");
	s = net_open(net, NET_TCP, "other.example", 1, &handler, NULL, &why);
	closed_with = 1;
	ck_assert_int_eq(closed_with, 1);
	while (handclock_step(&hc))
		;
	ck_assert_int_eq(closed_with, ERR_NET_DNS);
	ck_assert_str_eq(
		door_act(net, "close"), "no scripted peer is connected");
	stream_close(s);
	net_free(net);
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
	tcase_add_test(tc, a_read_that_fails_does_not_vanish_in_the_one_before);
	tcase_add_test(tc, data_behind_a_pushed_line_belongs_to_it);
	tcase_add_test(tc, a_restart_ends_what_was_open);
	tcase_add_test(tc, only_polls_fold);
	tcase_add_test(tc, a_turn_knows_its_time);
	tcase_add_test(tc, the_certificate_of_a_run_counts_by_class);
	tcase_add_test(tc, reads_of_a_comparison_are_a_stream);
	tcase_add_test(tc, closes_that_cross_do_not_count);
	tcase_add_test(
		tc, a_notice_of_closing_that_comes_too_late_does_not_count);
	tcase_add_test(tc, a_tls_stream_may_be_cut_anywhere);
	tcase_add_test(tc, what_is_sent_behind_a_prompt_belongs_to_its_command);
	tcase_add_test(tc, broken_recordings_say_where);
	tcase_add_loop_test(tc, volatile_values_become_classes, 0,
		(int)(sizeof(classes) / sizeof(*classes)));
	tcase_add_test(tc, a_clock_by_hand_goes_from_timer_to_timer);
	tcase_add_test(tc, a_rule_of_the_door_is_name_port_kind);
	tcase_add_test(tc, a_name_that_no_rule_has_is_refused_as_policy);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
