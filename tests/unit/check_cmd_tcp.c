#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "tests/unit/support/tcp_checks.h"

/* The bytes of the TCP family but for data, sources in the .at cases. */

/* --- opening ------------------------------------------------------------- */

START_TEST(an_open_says_ok_first_and_its_result_later)
{
	check_answer(OPEN, OK);
	ck_assert_str_eq(r.net.streams->host, "host.example");
	ck_assert_uint_eq(r.net.streams->port, 1883);
	ck_assert_int_eq(r.net.streams->proto, NET_TCP);
	check_answer("AT+QISTATE?",
		"\r\n+QISTATE: 0,\"TCP\",\"\",1883,0,1,1,0,0,\"uart1\"\r\n" OK);
	fake_stream_connect(r.net.streams);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIOPEN: 0,0\r\n");
	check_answer("AT+QISTATE?",
		"\r\n+QISTATE: 0,\"TCP\",\"192.0.2.7\",1883,50001,2,1,0,0,"
		"\"uart1\"\r\n" OK);
}
END_TEST

START_TEST(udp_opens_as_udp)
{
	check_answer("AT+QIOPEN=1,0,\"UDP\",\"192.0.2.9\",53", OK);
	ck_assert_int_eq(r.net.streams->proto, NET_UDP);
}
END_TEST

static const struct {
	enum err err;
	int code;
} open_errors[] = {
	{ERR_NET_DNS, 565},
	{ERR_NET_CONNECT, 566},
	{ERR_NET_TIMEOUT, 569},
};

START_TEST(a_failed_open_has_its_code_and_keeps_the_id)
{
	char urc[64];

	check_answer(OPEN, OK);
	fake_stream_fail(
		r.net.streams, open_errors[_i].err, "as the test has it");
	fake_clock_run(&r.fc);
	snprintf(urc, sizeof(urc), "\r\n+QIOPEN: 0,%d\r\n",
		open_errors[_i].code);
	ck_assert_str_eq(at_rig_take(&r), urc);
	ck_assert_ptr_nonnull(
		strstr(at_rig_why(&r), "socket 0: as the test has it"));
	/* A failure told by a URC is not the error of a command. */
	check_code("0,operate successfully");
	check_answer(OPEN, OK "\r\n+QIOPEN: 0,563\r\n");
	check_answer("AT+QICLOSE=0", OK);
	check_answer(OPEN, OK);
}
END_TEST

START_TEST(an_open_without_answer_ends_after_150_s)
{
	check_answer(OPEN, OK);
	fake_clock_advance(&r.fc, 149999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIOPEN: 0,569\r\n");
}
END_TEST

START_TEST(an_open_without_context_fails_as_the_profile_says)
{
	check_answer("AT+QIOPEN=2,5,\"TCP\",\"host.example\",1",
		OK "\r\n+QIOPEN: 5,561\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "AT+QIACT=2"));
	check_answer("AT+QICLOSE=5", OK);
	r.profile.tcp_pdp_down = 1;
	check_fails("AT+QIOPEN=2,5,\"TCP\",\"host.example\",1", "AT+QIACT=2");
	check_code("561,open PDP context failed");
	ck_assert_uint_eq(r.net.opened, 0);
}
END_TEST

static const struct {
	const char *line, *why;
} open_refusals[] = {
	{"AT+QIOPEN=1,12,\"TCP\",\"h\",1", "<connectID>"},
	{"AT+QIOPEN=0,0,\"TCP\",\"h\",1", "<contextID>"},
	{"AT+QIOPEN=1,\"TCP\",\"h\",1", "<connectID>"},
	{"AT+QIOPEN=1,0,TCP,\"h\",1", "needs quotes"},
	{"AT+QIOPEN=1,0,\"tcp\",\"h\",1", "none of"},
	{"AT+QIOPEN=1,0,\"TCP\",h,1", "needs quotes"},
	{"AT+QIOPEN=1,0,\"TCP\",\"\",1", "<host>"},
	{"AT+QIOPEN=1,0,\"TCP\",\"h\",65536", "<remote_port>"},
	{"AT+QIOPEN=1,0,\"TCP\",\"h\"", "<remote_port> is missing"},
	{"AT+QIOPEN=1,0,\"TCP\",\"h\",1,0,3", "<access_mode>"},
	{"AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0", "<local_port>"},
	{"AT+QIOPEN=1,0,\"UDP SERVICE\",\"127.0.0.1\",0,1,2", "transparent"},
};

START_TEST(what_cannot_be_opened_is_refused_with_a_reason)
{
	check_fails(open_refusals[_i].line, open_refusals[_i].why);
	ck_assert_uint_eq(r.net.opened, 0);
	ck_assert(!sock_used(r.ctx.tcp, 0));
}
END_TEST

START_TEST(a_listener_tells_of_its_peers_and_runs_full)
{
	struct fake_stream *listener;

	check_answer("AT+QIOPEN=1,1,\"TCP LISTENER\",\"127.0.0.1\",0,2020",
		OK "\r\n+QIOPEN: 1,0\r\n");
	listener = r.net.streams;
	ck_assert_uint_eq(listener->port, 2020);
	check_answer("AT+QISTATE",
		"\r\n+QISTATE: 1,\"TCP LISTENER\",\"192.0.2.1\",0,2020,3,1,1,0,"
		"\"uart1\"\r\n" OK);
	fake_net_peer(&r.net, listener);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QIURC: \"incoming\",11,1,\"192.0.2.7\",443\r\n");
	for (int i = 0; i < 10; i++)
		fake_net_peer(&r.net, listener);
	at_rig_take(&r);
	fake_net_peer(&r.net, listener);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"incoming full\"\r\n");
	check_answer("AT+QICLOSE=11,0", OK);
	check_answer("AT+QICFG=\"tcp/accept\",0", OK);
	fake_net_peer(&r.net, listener);
	ck_assert_str_eq(at_rig_take(&r), "");
	ck_assert(!sock_used(r.ctx.tcp, 11));
	check_fails("AT+QISEND=1,1", "a listener has no data");
	check_fails("AT+QIRD=1", "a listener has no data");
}
END_TEST

START_TEST(a_udp_service_keeps_datagrams_and_senders_apart)
{
	struct fake_stream *service;

	check_answer("AT+QIOPEN=1,2,\"UDP SERVICE\",\"127.0.0.1\",0,3030",
		OK "\r\n+QIOPEN: 2,0\r\n");
	service = r.net.streams;
	fake_stream_give_from(service, "192.0.2.8", 53, "abcd", 4);
	fake_stream_give_from(service, "192.0.2.9", 54, "ef", 2);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",2\r\n");
	check_answer("AT+QIRD=2,0", "\r\n+QIRD: 6,0,6\r\n" OK);
	check_answer(
		"AT+QIRD=2,3", "\r\n+QIRD: 3,\"192.0.2.8\",53\r\nabc\r\n" OK);
	check_answer("AT+QIRD=2", "\r\n+QIRD: 1,\"192.0.2.8\",53\r\nd\r\n" OK);
	check_answer("AT+QIRD=2", "\r\n+QIRD: 2,\"192.0.2.9\",54\r\nef\r\n" OK);
	check_answer("AT+QIRD=2", "\r\n+QIRD: 0\r\n" OK);
	at_rig_send(&r, "AT+QISEND=2,2,\"192.0.2.9\",55\r");
	at_rig_send(&r, "hi");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> \r\nSEND OK\r\n");
	ck_assert_str_eq(service->to.ip, "192.0.2.9");
	ck_assert_uint_eq(service->to.remote_port, 55);
	check_answer("AT+QISEND=2,0", "\r\n+QISEND: 2,2,0\r\n" OK);
	check_answer("AT+QISWTMD=2,1", OK);
	fake_stream_give_from(service, "192.0.2.8", 53, "&", 1);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QIURC: \"recv\",2,1,\"192.0.2.8\",53\r\n&\r\n");
	check_answer("AT+QICLOSE=2", OK);
}
END_TEST

START_TEST(a_long_datagram_is_read_in_pieces_and_keeps_its_tail)
{
	char data[2000];

	memset(data, 'd', sizeof(data));
	data[sizeof(data) - 1] = 'e';
	check_answer("AT+QIOPEN=1,2,\"UDP SERVICE\",\"127.0.0.1\",0,3030",
		OK "\r\n+QIOPEN: 2,0\r\n");
	fake_stream_give_from(
		r.net.streams, "192.0.2.8", 53, data, sizeof(data));
	at_rig_take(&r);
	ck_assert_ptr_nonnull(strstr(at_rig_ask(&r, "AT+QIRD=2"),
		"\r\n+QIRD: 1500,\"192.0.2.8\",53\r\nddd"));
	ck_assert_ptr_nonnull(strstr(at_rig_ask(&r, "AT+QIRD=2"),
		"\r\n+QIRD: 500,\"192.0.2.8\",53\r\nddd"));
	check_answer("AT+QIRD=2,0", "\r\n+QIRD: 2000,2000,0\r\n" OK);
}
END_TEST

START_TEST(a_local_port_that_cannot_be_had_fails_the_open)
{
	r.net.refuse = true;
	check_answer("AT+QIOPEN=1,1,\"TCP LISTENER\",\"127.0.0.1\",0,2020",
		OK "\r\n+QIOPEN: 1,553\r\n");
	check_answer("AT+QICLOSE=1", OK);
}
END_TEST

START_TEST(a_client_can_have_a_local_port_of_its_own)
{
	check_answer("AT+QIOPEN=1,0,\"TCP\",\"host.example\",1883,4000", OK);
	ck_assert_uint_eq(r.net.streams->local_port, 4000);
	check_answer("AT+QIOPEN=1,1,\"TCP\",\"host.example\",1883,0", OK);
	ck_assert_uint_eq(r.net.streams->local_port, 0);
}
END_TEST

START_TEST(udp_datagrams_are_read_one_by_one)
{
	struct fake_stream *fs;

	check_answer("AT+QIOPEN=1,0,\"UDP\",\"192.0.2.9\",53", OK);
	fs = r.net.streams;
	fake_stream_connect(fs);
	fake_stream_give(fs, "abc", 3);
	fake_stream_give(fs, "d", 1);
	at_rig_take(&r);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 3\r\nabc\r\n" OK);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 1\r\nd\r\n" OK);
	/* There is no end to wait for. */
	check_answer("AT+QICLOSE=0", OK);
}
END_TEST

/* What one open leaves behind, ten thousand would show. */
START_TEST(ten_thousand_opens_leave_nothing_behind)
{
	for (int i = 0; i < 10000; i++) {
		struct fake_stream *fs;

		check_answer(OPEN, OK);
		fs = r.net.streams;
		fake_stream_connect(fs);
		fake_stream_give(fs, "x", 1);
		fake_stream_end(fs, NULL);
		at_rig_take(&r);
		check_answer("AT+QICLOSE=0", OK);
		ck_assert(fs->closed);
		fake_net_forget(&r.net);
		capture_take(&r.capture, LANE_NOTE);
	}
	check_answer("AT+QISTATE", OK);
	ck_assert_uint_eq(fake_clock_pending(&r.fc), 0);
}
END_TEST

START_TEST(the_longest_host_is_a_value_of_the_profile)
{
	char line[400];

	r.profile.tcp_host_max = 47;
	snprintf(line, sizeof(line), "AT+QIOPEN=1,0,\"TCP\",\"%048d\",443", 0);
	check_fails(line, "48 bytes, at most 47");
	check_code("552,invalid parameters");
	snprintf(line, sizeof(line), "AT+QIOPEN=1,0,\"TCP\",\"%047d\",443", 0);
	check_answer(line, OK);
}
END_TEST

/* --- closing and the rest ------------------------------------------------- */

/* 12 and 60 s at first; the waits between are 1, 2, 4 … s. */
START_TEST(patience_with_a_peer_follows_qicfg)
{
	const struct net_limits *limits = &r.net.limits;

	ck_assert_uint_eq(limits->unacked_ms, 63000 + 7 * 60000);
	ck_assert(!limits->keepalive);
	check_answer("AT+QICFG=\"tcp/retranscfg\",3,5", OK);
	ck_assert_uint_eq(limits->unacked_ms, 4 * 500);
	check_answer("AT+QICFG=\"tcp/retranscfg\",20,1000", OK);
	ck_assert_uint_eq(limits->unacked_ms, 127000 + 14 * 100000);
	check_answer("AT+QICFG=\"tcp/keepalive\",1,2,25,3", OK);
	ck_assert(limits->keepalive);
	ck_assert_uint_eq(limits->idle_s, 120);
	ck_assert_uint_eq(limits->interval_s, 25);
	ck_assert_uint_eq(limits->count, 3);
	cmd_tcp_reset(&r.ctx);
	ck_assert(!limits->keepalive);
	ck_assert_uint_eq(limits->unacked_ms, 63000 + 7 * 60000);
}
END_TEST

START_TEST(recvind_adds_the_length)
{
	struct fake_stream *fs = open_socket();

	check_answer("AT+QICFG=\"recvind\",1", OK);
	fake_stream_give(fs, "abc", 3);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",0,3\r\n");
}
END_TEST

START_TEST(passiveclosed_frees_the_id_when_the_peer_closes)
{
	check_answer("AT+QICFG=\"passiveclosed\",1", OK);
	fake_stream_end(open_socket(), NULL);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"closed\",0\r\n");
	check_answer("AT+QISTATE", OK);
	open_socket();
}
END_TEST

START_TEST(passiveclosed_waits_until_all_was_read)
{
	struct fake_stream *fs = open_socket();

	check_answer("AT+QICFG=\"passiveclosed\",1", OK);
	fake_stream_give(fs, "abc", 3);
	fake_stream_end(fs, NULL);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QIURC: \"recv\",0\r\n\r\n+QIURC: \"closed\",0\r\n");
	check_answer("AT+QIRD=0,2", "\r\n+QIRD: 2\r\nab\r\n" OK);
	check_answer("AT+QIRD=0,0", "\r\n+QIRD: 3,2,1\r\n" OK);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 1\r\nc\r\n" OK);
	fake_clock_run(&r.fc);
	check_answer("AT+QISTATE", OK);
	check_fails("AT+QIRD=0", "not open");
}
END_TEST

START_TEST(a_close_answers_for_its_own_id)
{
	struct fake_stream *fs[2];

	check_answer("AT+QICFG=\"passiveclosed\",1", OK);
	fs[0] = open_socket();
	check_answer("AT+QIOPEN=1,1,\"TCP\",\"host.example\",1883", OK);
	fs[1] = r.net.streams;
	fake_stream_connect(fs[1]);
	at_rig_take(&r);
	/* Peer 0 withholds its end, and peer 1 closes. */
	at_rig_send(&r, "AT+QICLOSE=0\r");
	fake_stream_end(fs[1], NULL);
	fake_clock_run(&r.fc);
	ck_assert_ptr_null(strstr(at_rig_take(&r), "OK"));
	fake_stream_end(fs[0], NULL);
	fake_clock_run(&r.fc);
	ck_assert_ptr_nonnull(strstr(at_rig_take(&r), OK));
	check_answer("AT+QISTATE", OK);
}
END_TEST

START_TEST(a_close_answers_when_the_peer_has_closed_too)
{
	struct fake_stream *fs = open_socket();

	at_rig_send(&r, "AT+QICLOSE=0\r");
	fake_clock_advance(&r.fc, 9999);
	ck_assert_str_eq(at_rig_take(&r), "");
	ck_assert(fs->shut);
	fake_stream_end(fs, NULL);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), OK);
}
END_TEST

START_TEST(a_close_is_forced_after_its_time)
{
	open_socket();
	at_rig_send(&r, "AT+QICLOSE=0,2\r");
	fake_clock_advance(&r.fc, 1999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), OK);
	check_answer("AT+QICLOSE=0", OK);
}
END_TEST

START_TEST(a_reset_under_a_close_forgets_it)
{
	open_socket();
	at_rig_send(&r, "AT+QICLOSE=0\r");
	ck_assert_ptr_nonnull(at_waiting(r.ctx.at, r.ctx.tcp));
	at_set_ready(r.ctx.at, false);
	ck_assert_ptr_null(at_waiting(r.ctx.at, r.ctx.tcp));
	cmd_tcp_reset(&r.ctx);
	fake_clock_advance(&r.fc, 20000);
	at_set_ready(r.ctx.at, true);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "");
}
END_TEST

START_TEST(a_dotted_address_is_listed_before_it_is_reached)
{
	check_answer("AT+QIOPEN=1,3,\"TCP\",\"192.0.2.9\",6", OK);
	check_answer("AT+QISTATE",
		"\r\n+QISTATE: 3,\"TCP\",\"192.0.2.9\",6,0,1,1,3,0,"
		"\"uart1\"\r\n" OK);
	check_answer("AT+QIOPEN=2,4,\"UDP\",\"192.0.2.9\",6",
		OK "\r\n+QIOPEN: 4,561\r\n");
	check_answer("AT+QISTATE=1,4",
		"\r\n+QISTATE: 4,\"UDP\",\"192.0.2.9\",6,0,4,2,4,0,"
		"\"uart1\"\r\n" OK);
}
END_TEST

START_TEST(sockets_are_listed_in_order_and_by_context)
{
	check_answer("AT+QICSGP=2,1,\"apn\"", OK);
	check_answer("AT+QIACT=2", OK);
	check_answer("AT+QIOPEN=2,7,\"UDP\",\"host.example\",5", OK);
	check_answer("AT+QIOPEN=1,3,\"TCP\",\"host.example\",6", OK);
	check_answer("AT+QISTATE",
		"\r\n+QISTATE: 3,\"TCP\",\"\",6,0,1,1,3,0,\"uart1\"\r\n"
		"+QISTATE: 7,\"UDP\",\"\",5,0,1,2,7,0,\"uart1\"\r\n" OK);
	check_answer("AT+QISTATE=0,2",
		"\r\n+QISTATE: 7,\"UDP\",\"\",5,0,1,2,7,0,\"uart1\"\r\n" OK);
}
END_TEST

START_TEST(tests_print_what_the_manual_prints)
{
	check_answer("AT+QIOPEN=?",
		"\r\n+QIOPEN: (1-16),(0-11),\"TCP/UDP/TCP LISTENER/UDP "
		"SERVICE\",\"<IP_address>/<domain_name>\",<remote_port>,"
		"<local_port>,(0-2)\r\n" OK);
	check_answer("AT+QIOPEN?", OK);
	check_answer("AT+QISEND=?", "\r\n+QISEND: (0-11),(0-1460)\r\n" OK);
	check_answer(
		"AT+QISENDEX=?", "\r\n+QISENDEX: (0-11),<hex_string>\r\n" OK);
	check_answer("AT+QIRD=?", "\r\n+QIRD: (0-11),(0-1500)\r\n" OK);
	check_answer("AT+QICLOSE=?", "\r\n+QICLOSE: (0-11),(0-65535)\r\n" OK);
	check_answer("AT+QISTATE=?", OK);
	check_answer("AT+QIGETERROR=?", OK);
	check_answer("AT+QISDE=?", "\r\n+QISDE: (0,1)\r\n" OK);
}
END_TEST

START_TEST(the_echo_of_payload_obeys_qisde)
{
	open_socket();
	at_settings(r.ctx.at)->echo = true;
	at_rig_send(&r, "AT+QISEND=0,2\r");
	at_rig_send(&r, "hi");
	ck_assert_str_eq(
		at_rig_take(&r), "AT+QISEND=0,2\r\r\n> hi\r\nSEND OK\r\n");
	check_answer("AT+QISDE?", "AT+QISDE?\r\r\n+QISDE: 1\r\n" OK);
	at_rig_send(&r, "AT+QISDE=0\r");
	at_rig_take(&r);
	at_rig_send(&r, "AT+QISEND=0,2\r");
	at_rig_send(&r, "hi");
	ck_assert_str_eq(
		at_rig_take(&r), "AT+QISEND=0,2\r\r\n> \r\nSEND OK\r\n");
	check_answer("AT+QISDE?", "AT+QISDE?\r\r\n+QISDE: 0\r\n" OK);
}
END_TEST

START_TEST(the_error_is_that_of_the_last_command)
{
	check_code("0,operate successfully");
	check_answer("AT+QIRD=0", ERROR);
	check_code("567,socket has been closed");
	check_code("567,socket has been closed");
	check_answer("AT+QICLOSE=0", OK);
	check_code("0,operate successfully");
}
END_TEST

static void add_open_tests(TCase *tc)
{
	tcase_add_test(tc, an_open_says_ok_first_and_its_result_later);
	tcase_add_test(tc, udp_opens_as_udp);
	tcase_add_loop_test(tc, a_failed_open_has_its_code_and_keeps_the_id, 0,
		sizeof(open_errors) / sizeof(open_errors[0]));
	tcase_add_test(tc, an_open_without_answer_ends_after_150_s);
	tcase_add_test(tc, an_open_without_context_fails_as_the_profile_says);
	tcase_add_loop_test(tc, what_cannot_be_opened_is_refused_with_a_reason,
		0, sizeof(open_refusals) / sizeof(open_refusals[0]));
	tcase_add_test(tc, a_listener_tells_of_its_peers_and_runs_full);
	tcase_add_test(tc, a_udp_service_keeps_datagrams_and_senders_apart);
	tcase_add_test(
		tc, a_long_datagram_is_read_in_pieces_and_keeps_its_tail);
	tcase_add_test(tc, a_local_port_that_cannot_be_had_fails_the_open);
	tcase_add_test(tc, a_client_can_have_a_local_port_of_its_own);
	tcase_add_test(tc, udp_datagrams_are_read_one_by_one);
	tcase_add_test(tc, ten_thousand_opens_leave_nothing_behind);
	tcase_add_test(tc, the_longest_host_is_a_value_of_the_profile);
}

static void add_rest_tests(TCase *tc)
{
	tcase_add_test(tc, patience_with_a_peer_follows_qicfg);
	tcase_add_test(tc, recvind_adds_the_length);
	tcase_add_test(tc, passiveclosed_frees_the_id_when_the_peer_closes);
	tcase_add_test(tc, passiveclosed_waits_until_all_was_read);
	tcase_add_test(tc, a_close_answers_for_its_own_id);
	tcase_add_test(tc, a_close_answers_when_the_peer_has_closed_too);
	tcase_add_test(tc, a_close_is_forced_after_its_time);
	tcase_add_test(tc, a_reset_under_a_close_forgets_it);
	tcase_add_test(tc, a_dotted_address_is_listed_before_it_is_reached);
	tcase_add_test(tc, sockets_are_listed_in_order_and_by_context);
	tcase_add_test(tc, tests_print_what_the_manual_prints);
	tcase_add_test(tc, the_echo_of_payload_obeys_qisde);
	tcase_add_test(tc, the_error_is_that_of_the_last_command);
}

int main(void)
{
	Suite *suite = suite_create("cmd_tcp");
	SRunner *runner = srunner_create(suite);
	TCase *open = tcase_create("open");
	TCase *rest = tcase_create("rest");
	int failed;

	tcase_add_checked_fixture(open, setup, teardown);
	tcase_add_checked_fixture(rest, setup, teardown);
	add_open_tests(open);
	add_rest_tests(rest);
	suite_add_tcase(suite, open);
	suite_add_tcase(suite, rest);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
