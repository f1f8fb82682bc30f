#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "tests/unit/support/cmd_checks.h"

/* Transparent mode [TCP §9], of sockets and of TLS connections alike. */

#define CONNECT	   "\r\nCONNECT\r\n"
#define NO_CARRIER "\r\nNO CARRIER\r\n"
#define OPEN	   "AT+QIOPEN=1,0,\"TCP\",\"host.example\",1883,0,2"

static struct fake_stream *open_stream(void)
{
	check_answer(OPEN, "");
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), CONNECT);
	return r.net.streams;
}

/* Bytes that have reached the network. */
static void check_sent(struct fake_stream *fs, const char *text)
{
	char got[4096];
	size_t n = fake_stream_take(fs, got, sizeof(got) - 1);

	got[n] = '\0';
	ck_assert_str_eq(got, text);
}

/* 1 s, +++, 1 s. */
static void leave(void)
{
	fake_clock_advance(&r.fc, 1100);
	at_rig_send(&r, "+++");
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1100);
	ck_assert_str_eq(at_rig_take(&r), OK);
}

START_TEST(bytes_pass_both_ways_unchanged)
{
	struct fake_stream *fs = open_stream();

	fake_stream_give(fs, "\r\nOK\r\n\x1a\x1b", 8);
	ck_assert_str_eq(at_rig_take(&r), "\r\nOK\r\n\x1a\x1b");
	at_rig_send(&r, "AT+QISTATE\r\x1a\x1b");
	check_sent(fs, "");
	/* transwaittm after the last byte */
	fake_clock_advance(&r.fc, 199);
	check_sent(fs, "");
	fake_clock_advance(&r.fc, 1);
	check_sent(fs, "AT+QISTATE\r\x1a\x1b");
	ck_assert_str_eq(at_rig_take(&r), "");
}
END_TEST

START_TEST(a_full_packet_does_not_wait)
{
	struct fake_stream *fs;

	check_answer("AT+QICFG=\"transpktsize\",4", OK);
	fs = open_stream();
	at_rig_send(&r, "0123456789");
	check_sent(fs, "01234567");
	fake_clock_advance(&r.fc, 200);
	check_sent(fs, "89");
}
END_TEST

START_TEST(a_peer_that_takes_nothing_loses_bytes_with_a_note)
{
	struct fake_stream *fs;

	check_answer("AT+QICFG=\"transpktsize\",4", OK);
	fs = open_stream();
	fs->room = 4;
	at_rig_send(&r, "01234567");
	ck_assert_ptr_null(strstr(capture_take(&r.capture, LANE_NOTE), "lost"));
	at_rig_send(&r, "89");
	ck_assert_ptr_nonnull(strstr(
		capture_take(&r.capture, LANE_NOTE), "2 bytes were lost"));
	fake_stream_drain(fs);
	fake_clock_advance(&r.fc, 100);
	check_sent(fs, "01234567");
}
END_TEST

/* Socket 0, left with 4567 that its peer does not take. */
static struct fake_stream *leave_with_bytes_unsent(void)
{
	struct fake_stream *fs;

	check_answer("AT+QICFG=\"transpktsize\",4", OK);
	fs = open_stream();
	fs->room = 4;
	at_rig_send(&r, "01234567");
	leave();
	return fs;
}

START_TEST(a_send_does_not_overtake_what_was_typed_before)
{
	struct fake_stream *fs = leave_with_bytes_unsent();

	check_answer("AT+QISEND=0,2", "\r\n> ");
	check_answer("89", "\r\nSEND FAIL\r\n");
	ck_assert_ptr_nonnull(
		strstr(at_rig_why(&r), "4 bytes typed in transparent mode"));
	check_sent(fs, "0123");
	fake_stream_drain(fs);
	fs->room = 100;
	check_answer("AT+QISEND=0,2", "\r\n> ");
	at_rig_send(&r, "89");
	ck_assert_str_eq(at_rig_take(&r), "\r\nSEND OK\r\n");
	check_sent(fs, "456789");
	check_answer("AT+QISEND=0,0", "\r\n+QISEND: 10,4,6\r\n" OK);
}
END_TEST

START_TEST(what_was_typed_and_never_sent_is_said)
{
	struct fake_stream *fs = leave_with_bytes_unsent();

	check_answer("AT+QIOPEN=1,1,\"TCP\",\"host.example\",1883,0,2", "");
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), CONNECT);
	at_rig_send(&r, "abcd");
	ck_assert_ptr_nonnull(strstr(capture_take(&r.capture, LANE_NOTE),
		"socket 0: 4 bytes typed"));
	check_sent(r.net.streams, "abcd");
	fake_stream_drain(fs);
	fake_clock_advance(&r.fc, 1000);
	check_sent(fs, "0123");
}
END_TEST

START_TEST(what_was_typed_for_a_peer_that_has_gone_is_said)
{
	fake_stream_end(leave_with_bytes_unsent(), NULL);
	capture_take(&r.capture, LANE_NOTE);
	fake_clock_advance(&r.fc, 100);
	ck_assert_ptr_nonnull(strstr(capture_take(&r.capture, LANE_NOTE),
		"socket 0: 4 bytes typed"));
}
END_TEST

START_TEST(plus_plus_plus_leaves_and_ato_comes_back)
{
	struct fake_stream *fs = open_stream();

	at_rig_send(&r, "last words");
	leave();
	check_sent(fs, "last words");
	check_answer("AT+QISTATE=1,0",
		"\r\n+QISTATE: 0,\"TCP\",\"192.0.2.7\",1883,50001,2,1,0,0,"
		"\"uart1\"\r\n" OK);
	/* Buffer mode meanwhile. */
	fake_stream_give(fs, "abc", 3);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",0\r\n");
	check_answer("AT+QIRD=0,1", "\r\n+QIRD: 1\r\na\r\n" OK);
	/* What was not read comes behind CONNECT. */
	check_answer("ATO", CONNECT "bc");
	fake_stream_give(fs, "def", 3);
	ck_assert_str_eq(at_rig_take(&r), "def");
	at_rig_send(&r, "x");
	fake_clock_advance(&r.fc, 200);
	check_sent(fs, "x");
}
END_TEST

START_TEST(dtr_leaves_when_d1_says_so)
{
	open_stream();
	at_settings(r.ctx.at)->dtr = 0;
	at_dtr(r.ctx.at, false);
	at_dtr(r.ctx.at, true);
	ck_assert_str_eq(at_rig_take(&r), "");
	at_settings(r.ctx.at)->dtr = 1;
	at_dtr(r.ctx.at, false);
	at_dtr(r.ctx.at, true);
	ck_assert_str_eq(at_rig_take(&r), OK);
	check_answer("ATO", CONNECT);
}
END_TEST

static const struct {
	const char *open, *urc, *read;
	bool tls;
} tails[] = {
	{OPEN, "+QIURC", "AT+QIRD=0,100", false},
	{"AT+QSSLOPEN=1,0,0,\"host.example\",443,2", "+QSSLURC",
		"AT+QSSLRECV=0,100", true},
};

/* The line is full, and the peer has ended behind what could not go. */
static void open_with_a_tail(int i)
{
	struct fake_stream *fs;

	check_answer(tails[i].open, "");
	fs = tails[i].tls ? r.ctx.ssl->net.streams : r.net.streams;
	fake_stream_connect(fs);
	ck_assert_str_eq(at_rig_take(&r), CONNECT);
	cmd_sockio_port_full(&r.ctx, true);
	fake_stream_give(fs, "tail", 4);
	fake_stream_end(fs, NULL);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "");
}

/* Left for buffer mode: the tail is to be read, and the end is told. */
static void check_tail(int i)
{
	char want[128];

	snprintf(want, sizeof(want),
		OK "\r\n%s: \"recv\",0\r\n\r\n%s: \"closed\",0\r\n",
		tails[i].urc, tails[i].urc);
	ck_assert_str_eq(at_rig_take(&r), want);
	cmd_sockio_port_full(&r.ctx, false);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "");
	ck_assert_ptr_nonnull(
		strstr(at_rig_ask(&r, tails[i].read), ": 4\r\ntail\r\n" OK));
	check_answer("ATO", NO_CARRIER);
}

START_TEST(plus_plus_plus_leaves_what_an_ended_peer_has_sent)
{
	open_with_a_tail(_i);
	fake_clock_advance(&r.fc, 1100);
	at_rig_send(&r, "+++");
	fake_clock_advance(&r.fc, 1100);
	check_tail(_i);
}
END_TEST

START_TEST(dtr_leaves_what_an_ended_peer_has_sent)
{
	open_with_a_tail(_i);
	at_settings(r.ctx.at)->dtr = 1;
	at_dtr(r.ctx.at, true);
	fake_clock_run(&r.fc);
	check_tail(_i);
}
END_TEST

START_TEST(dtr_drops_the_connection_when_d2_says_so)
{
	open_stream();
	at_dtr(r.ctx.at, true);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), NO_CARRIER);
	check_answer("AT+QISTATE=1,0",
		"\r\n+QISTATE: 0,\"TCP\",\"192.0.2.7\",1883,50001,4,1,0,2,"
		"\"uart1\"\r\n" OK);
	ck_assert_ptr_nonnull(strstr(
		capture_take(&r.capture, LANE_WHY), "drops it by AT&D2"));
	check_answer("ATO", NO_CARRIER);
	check_answer("AT+QICLOSE=0", OK);
	open_stream();
}
END_TEST

START_TEST(ato_finds_nothing_that_is_gone)
{
	struct fake_stream *fs;

	check_answer("ATO", NO_CARRIER);
	fs = open_stream();
	leave();
	fake_stream_end(fs, NULL);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"closed\",0\r\n");
	check_answer("ATO", NO_CARRIER);
	check_answer("AT+QICLOSE=0", OK);
	open_stream();
	leave();
	check_answer("AT+QICLOSE=0,0", OK);
	check_answer("ATO", NO_CARRIER);
}
END_TEST

START_TEST(a_failed_open_leaves_what_was_left_to_ato)
{
	struct fake_stream *left = open_stream();

	leave();
	check_answer("AT+QIOPEN=1,1,\"TCP\",\"host.example\",1883,0,2", "");
	fake_stream_fail(r.net.streams, ERR_NET_CONNECT, "refused");
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), ERROR);
	check_answer("ATO", CONNECT);
	at_rig_send(&r, "x");
	fake_clock_advance(&r.fc, 200);
	check_sent(left, "x");
	/* One that is up is the one ATO finds from then on. */
	leave();
	check_answer("AT+QIOPEN=1,2,\"TCP\",\"host.example\",1883,0,2", "");
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), CONNECT);
	leave();
	check_answer("ATO", CONNECT);
	at_rig_send(&r, "y");
	fake_clock_advance(&r.fc, 200);
	check_sent(left, "");
	check_sent(r.net.streams, "y");
}
END_TEST

START_TEST(a_new_connection_on_the_id_is_not_the_one_that_was_left)
{
	open_stream();
	leave();
	check_answer("AT+QIDEACT=1", OK);
	check_answer("AT+QIACT=1", OK);
	check_answer("AT+QIOPEN=1,0,\"TCP\",\"host.example\",1883", OK);
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIOPEN: 0,0\r\n");
	check_answer("ATO", NO_CARRIER);
}
END_TEST

START_TEST(the_end_of_the_peer_is_no_carrier_and_the_id_stays_taken)
{
	struct fake_stream *fs = open_stream();

	fake_stream_give(fs, "bye", 3);
	fake_stream_end(fs, NULL);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "bye" NO_CARRIER);
	check_answer("AT+QISTATE=1,0",
		"\r\n+QISTATE: 0,\"TCP\",\"192.0.2.7\",1883,50001,4,1,0,2,"
		"\"uart1\"\r\n" OK);
	check_answer(OPEN, ERROR);
	check_answer("AT+QIGETERROR",
		"\r\n+QIGETERROR: 563,socket Identity has been used\r\n" OK);
	check_answer("AT+QICLOSE=0", OK);
	open_stream();
}
END_TEST

START_TEST(a_broken_connection_has_its_reason)
{
	fake_stream_fail(open_stream(), ERR_NET_CLOSED, "reset by the peer");
	ck_assert_str_eq(at_rig_take(&r), NO_CARRIER);
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "reset by the peer"));
}
END_TEST

START_TEST(a_lost_context_is_no_carrier_and_pdpdeact)
{
	struct why why;

	open_stream();
	why_set(&why, ERR_NET_PDP_BROKEN, GRADE_MAN, "the bearer is gone");
	pdpctx_drop(r.ctx.pdp, 1, &why);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(
		at_rig_take(&r), NO_CARRIER "\r\n+QIURC: \"pdpdeact\",1\r\n");
}
END_TEST

START_TEST(a_failed_open_is_error_and_the_id_stays_taken)
{
	check_answer(OPEN, "");
	fake_stream_fail(r.net.streams, ERR_NET_CONNECT, "refused");
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), ERROR);
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "refused"));
	check_answer("AT+QIGETERROR",
		"\r\n+QIGETERROR: 566,socket connect failed\r\n" OK);
	ck_assert(sock_used(r.ctx.tcp, 0));
	check_answer("AT+QICLOSE=0", OK);
	check_answer("AT+QIOPEN=2,0,\"TCP\",\"host.example\",1,0,2", ERROR);
	check_answer("AT+QIGETERROR",
		"\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK);
}
END_TEST

START_TEST(a_reset_under_the_open_forgets_it)
{
	check_answer(OPEN, "");
	at_set_ready(r.ctx.at, false);
	cmd_tcp_reset(&r.ctx);
	ck_assert(r.net.streams->closed);
	at_set_ready(r.ctx.at, true);
	fake_clock_advance(&r.fc, 200000);
	ck_assert_str_eq(at_rig_take(&r), "");
}
END_TEST

START_TEST(qiswtmd_changes_the_mode)
{
	struct fake_stream *fs;

	check_answer("AT+QISWTMD=?", "\r\n+QISWTMD: (0-11),(0-2)\r\n" OK);
	check_answer("AT+QISWTMD?", OK);
	check_answer("AT+QISWTMD=0,1", ERROR);
	check_answer("AT+QIOPEN=1,0,\"TCP\",\"host.example\",1883", OK);
	check_answer("AT+QISWTMD=0,2", ERROR);
	fs = r.net.streams;
	fake_stream_connect(fs);
	fake_stream_give(fs, "one", 3);
	at_rig_take(&r);
	check_answer(
		"AT+QISWTMD=0,1", OK "\r\n+QIURC: \"recv\",0,3\r\none\r\n");
	fake_stream_give(fs, "two", 3);
	ck_assert_str_eq(
		at_rig_take(&r), "\r\n+QIURC: \"recv\",0,3\r\ntwo\r\n");
	check_answer("AT+QISWTMD=0,0", OK);
	fake_stream_give(fs, "six", 3);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",0\r\n");
	check_answer("AT+QISWTMD=0,2", CONNECT "six");
	at_rig_send(&r, "x");
	fake_clock_advance(&r.fc, 200);
	check_sent(fs, "x");
	leave();
	check_answer("AT+QISWTMD=0,3", ERROR);
	check_answer("AT+QISWTMD=12,0", ERROR);
}
END_TEST

START_TEST(tls_connections_have_it_too)
{
	struct fake_stream *fs;

	check_answer("AT+QSSLOPEN=1,0,4,\"host.example\",443,2", "");
	fs = r.ctx.ssl->net.streams;
	fake_stream_connect(fs);
	ck_assert_str_eq(at_rig_take(&r), CONNECT);
	fake_stream_give(fs, "abc", 3);
	ck_assert_str_eq(at_rig_take(&r), "abc");
	leave();
	fake_stream_give(fs, "def", 3);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLURC: \"recv\",4\r\n");
	check_answer("AT+QISWTMD=4,2", CONNECT "def");
	fake_stream_end(fs, NULL);
	ck_assert_str_eq(at_rig_take(&r), NO_CARRIER);
	check_answer("AT+QSSLOPEN=1,0,4,\"host.example\",443,2", ERROR);
	check_answer("AT+QSSLCLOSE=4", OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_transp");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("transparent");
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, bytes_pass_both_ways_unchanged);
	tcase_add_test(tc, a_full_packet_does_not_wait);
	tcase_add_test(tc, a_peer_that_takes_nothing_loses_bytes_with_a_note);
	tcase_add_test(tc, a_send_does_not_overtake_what_was_typed_before);
	tcase_add_test(tc, what_was_typed_and_never_sent_is_said);
	tcase_add_test(tc, what_was_typed_for_a_peer_that_has_gone_is_said);
	tcase_add_test(tc, plus_plus_plus_leaves_and_ato_comes_back);
	tcase_add_test(tc, dtr_leaves_when_d1_says_so);
	tcase_add_loop_test(
		tc, plus_plus_plus_leaves_what_an_ended_peer_has_sent, 0, 2);
	tcase_add_loop_test(tc, dtr_leaves_what_an_ended_peer_has_sent, 0, 2);
	tcase_add_test(tc, dtr_drops_the_connection_when_d2_says_so);
	tcase_add_test(tc, ato_finds_nothing_that_is_gone);
	tcase_add_test(tc, a_failed_open_leaves_what_was_left_to_ato);
	tcase_add_test(
		tc, a_new_connection_on_the_id_is_not_the_one_that_was_left);
	tcase_add_test(
		tc, the_end_of_the_peer_is_no_carrier_and_the_id_stays_taken);
	tcase_add_test(tc, a_broken_connection_has_its_reason);
	tcase_add_test(tc, a_lost_context_is_no_carrier_and_pdpdeact);
	tcase_add_test(tc, a_failed_open_is_error_and_the_id_stays_taken);
	tcase_add_test(tc, a_reset_under_the_open_forgets_it);
	tcase_add_test(tc, qiswtmd_changes_the_mode);
	tcase_add_test(tc, tls_connections_have_it_too);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
