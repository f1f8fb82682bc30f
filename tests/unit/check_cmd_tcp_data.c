#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "tests/unit/support/tcp_checks.h"

/* Sending and receiving on plain sockets, sources in the .at cases. */

/* --- sending ------------------------------------------------------------- */

START_TEST(a_counted_send_takes_any_byte_and_no_more)
{
	struct fake_stream *fs = open_socket();
	char got[64];

	at_rig_send(&r, "AT+QISEND=0,5\r");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	at_rig_send_bytes(&r, "\x1a\0\x1b\r\n", 5);
	ck_assert_str_eq(at_rig_take(&r), "\r\nSEND OK\r\n");
	ck_assert_uint_eq(fake_stream_take(fs, got, sizeof(got)), 5);
	ck_assert_mem_eq(got, "\x1a\0\x1b\r\n", 5);
	check_answer("AT", OK);
}
END_TEST

START_TEST(a_send_without_length_ends_with_ctrl_z)
{
	struct fake_stream *fs = open_socket();
	char got[64];

	at_rig_send(&r, "AT+QISEND=0\r");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	at_rig_send(&r, "two\rlines");
	ck_assert_str_eq(at_rig_take(&r), "");
	at_rig_send(&r, "\x1a");
	ck_assert_str_eq(at_rig_take(&r), "\r\nSEND OK\r\n");
	ck_assert_uint_eq(fake_stream_take(fs, got, sizeof(got)), 9);
	ck_assert_mem_eq(got, "two\rlines", 9);
}
END_TEST

START_TEST(a_send_without_length_drops_what_is_past_1460_bytes)
{
	struct fake_stream *fs = open_socket();

	at_rig_send(&r, "AT+QISEND=0\r");
	for (int i = 0; i < 150; i++)
		at_rig_send(&r, "0123456789");
	at_rig_send(&r, "\x1a");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> \r\nSEND OK\r\n");
	ck_assert_uint_eq(fs->pending, 1460);
}
END_TEST

START_TEST(escape_cancels_a_send)
{
	struct fake_stream *fs = open_socket();

	at_rig_send(&r, "AT+QISEND=0\rno\x1b");
	/* Bytes in one write with the command came before the prompt. */
	at_rig_take(&r);
	at_rig_send(&r, "no\x1b");
	ck_assert_str_eq(at_rig_take(&r), OK);
	ck_assert_uint_eq(fs->pending, 0);
	check_answer("AT", OK);
}
END_TEST

START_TEST(nothing_typed_is_a_failed_send)
{
	open_socket();
	at_rig_send(&r, "AT+QISEND=0\r");
	at_rig_send(&r, "\x1a");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> \r\nSEND FAIL\r\n");
}
END_TEST

START_TEST(a_full_send_buffer_is_a_failed_send)
{
	struct fake_stream *fs = open_socket();

	fs->room = 3;
	at_rig_send(&r, "AT+QISEND=0,4\r");
	at_rig_send(&r, "four");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> \r\nSEND FAIL\r\n");
	check_code("558,socket write failed");
}
END_TEST

START_TEST(a_peer_that_closes_at_the_prompt_makes_the_send_fail)
{
	struct fake_stream *fs = open_socket();

	at_rig_send(&r, "AT+QISEND=0,4\r");
	fake_stream_end(fs, NULL);
	/* URCs wait until the prompt is over [AT §6]. */
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	at_rig_send(&r, "four");
	ck_assert_str_eq(at_rig_take(&r), ERROR "\r\n+QIURC: \"closed\",0\r\n");
	check_code("567,socket has been closed");
}
END_TEST

START_TEST(a_prompt_times_out_when_qicfg_says_so)
{
	open_socket();
	at_rig_send(&r, "AT+QISEND=0\r");
	fake_clock_advance(&r.fc, 3600000);
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	at_rig_send(&r, "\x1b");
	at_rig_take(&r);
	check_answer("AT+QICFG=\"qisend/timeout\",3000", OK);
	at_rig_send(&r, "AT+QISEND=0\r");
	fake_clock_advance(&r.fc, 2999);
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), ERROR);
}
END_TEST

START_TEST(counters_of_a_send_are_running_totals)
{
	struct fake_stream *fs = open_socket();

	at_rig_send(&r, "AT+QISEND=0,2\r");
	at_rig_send(&r, "ab");
	at_rig_take(&r);
	check_answer("AT+QISEND=0,0", "\r\n+QISEND: 2,0,2\r\n" OK);
	fake_stream_drain(fs);
	check_answer("AT+QISEND=0,0", "\r\n+QISEND: 2,2,0\r\n" OK);
	check_answer("AT+QISENDEX=0,\"3132333435\"", "\r\nSEND OK\r\n");
	check_answer("AT+QISEND=0,0", "\r\n+QISEND: 7,2,5\r\n" OK);
}
END_TEST

static const struct {
	const char *line, *why;
} send_refusals[] = {
	{"AT+QISEND=1", "not open"},
	{"AT+QISEND=1,0", "not open"},
	{"AT+QISEND=12", "<connectID>"},
	{"AT+QISEND=0,1461", "<send_length>"},
	{"AT+QISEND=0,5,\"192.0.2.1\",9", "UDP SERVICE"},
	{"AT+QISENDEX=0,\"123\"", "odd"},
	{"AT+QISENDEX=0,\"12GG\"", "not hexadecimal"},
	{"AT+QISENDEX=1,\"12\"", "not open"},
	{"AT+QIRD=1", "not open"},
	{"AT+QIRD=1,0", "not open"},
	{"AT+QIRD=0,1501", "<read_length>"},
	{"AT+QICLOSE=12", "<connectID>"},
	{"AT+QICLOSE=0,65536", "<timeout>"},
	{"AT+QISTATE=2,1", "<query_type>"},
	{"AT+QISTATE=1,12", "<connectID>"},
	{"AT+QISTATE=0,0", "<contextID>"},
};

START_TEST(what_cannot_be_done_is_refused_with_a_reason)
{
	open_socket();
	check_fails(send_refusals[_i].line, send_refusals[_i].why);
}
END_TEST

/* --- receiving ----------------------------------------------------------- */

START_TEST(a_read_prints_length_data_and_the_right_tail)
{
	struct fake_stream *fs = open_socket();

	check_answer("AT+QIRD=0", "\r\n+QIRD: 0\r\n" OK);
	fake_stream_give(fs, "HELLO", 5);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",0\r\n");
	check_answer("AT+QIRD=0,0", "\r\n+QIRD: 5,0,5\r\n" OK);
	check_answer("AT+QIRD=0,2", "\r\n+QIRD: 2\r\nHE\r\n" OK);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 3\r\nLLO\r\n" OK);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 0\r\n" OK);
	check_answer("AT+QIRD=0,0", "\r\n+QIRD: 5,5,0\r\n" OK);
}
END_TEST

START_TEST(a_read_without_length_takes_1500_bytes)
{
	struct fake_stream *fs = open_socket();
	char data[2000];

	memset(data, 'd', sizeof(data));
	fake_stream_give(fs, data, sizeof(data));
	at_rig_take(&r);
	ck_assert_ptr_nonnull(
		strstr(at_rig_ask(&r, "AT+QIRD=0"), "+QIRD: 1500\r\nddd"));
	ck_assert_ptr_nonnull(
		strstr(at_rig_ask(&r, "AT+QIRD=0"), "+QIRD: 500\r\nddd"));
}
END_TEST

START_TEST(received_bytes_are_not_altered)
{
	struct fake_stream *fs = open_socket();
	static const char bytes[] = "\0\r\n\x1a\xff";
	static const char answer[] = "\r\n+QIRD: 5\r\n\0\r\n\x1a\xff\r\n" OK;

	fake_stream_give(fs, bytes, 5);
	at_rig_take(&r);
	at_rig_send(&r, "AT+QIRD=0\r");
	ck_assert_uint_eq(buf_len(&r.out), sizeof(answer) - 1);
	ck_assert_mem_eq(buf_data(&r.out), answer, sizeof(answer) - 1);
}
END_TEST

START_TEST(recv_comes_before_closed_and_the_rest_can_be_read)
{
	struct fake_stream *fs = open_socket();

	ck_assert(buf_add(&fs->incoming, "bye", 3));
	fake_stream_end(fs, NULL);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",0\r\n"
					  "\r\n+QIURC: \"closed\",0\r\n");
	check_answer("AT+QISTATE=1,0",
		"\r\n+QISTATE: 0,\"TCP\",\"192.0.2.7\",1883,50001,4,1,0,0,"
		"\"uart1\"\r\n" OK);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 3\r\nbye\r\n" OK);
	check_answer("AT+QIRD=0", "\r\n+QIRD: 0\r\n" OK);
	check_fails("AT+QISEND=0,4", "has ended");
	check_answer("AT+QICLOSE=0", OK);
	check_answer("AT+QISTATE=1,0", OK);
}
END_TEST

START_TEST(direct_push_prints_data_behind_the_urc)
{
	check_answer("AT+QIOPEN=1,9,\"TCP\",\"host.example\",7,0,1", OK);
	fake_stream_connect(r.net.streams);
	at_rig_take(&r);
	fake_stream_give(r.net.streams, "&", 1);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"recv\",9,1\r\n&\r\n");
	check_fails("AT+QIRD=9", "is in access mode 1");
}
END_TEST

START_TEST(events_stay_away_from_a_port_that_did_not_ask_for_them)
{
	struct fake_stream *fs;

	at_set_urcport(r.ctx.at, "usbat");
	fs = open_socket();
	fake_stream_give(fs, "HELLO", 5);
	ck_assert_str_eq(at_rig_take(&r), "");
	check_answer("AT+QIRD=0", "\r\n+QIRD: 5\r\nHELLO\r\n" OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_tcp_data");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("cmd_tcp_data");
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_counted_send_takes_any_byte_and_no_more);
	tcase_add_test(tc, a_send_without_length_ends_with_ctrl_z);
	tcase_add_test(tc, a_send_without_length_drops_what_is_past_1460_bytes);
	tcase_add_test(tc, escape_cancels_a_send);
	tcase_add_test(tc, nothing_typed_is_a_failed_send);
	tcase_add_test(tc, a_full_send_buffer_is_a_failed_send);
	tcase_add_test(
		tc, a_peer_that_closes_at_the_prompt_makes_the_send_fail);
	tcase_add_test(tc, a_prompt_times_out_when_qicfg_says_so);
	tcase_add_test(tc, counters_of_a_send_are_running_totals);
	tcase_add_loop_test(tc, what_cannot_be_done_is_refused_with_a_reason, 0,
		sizeof(send_refusals) / sizeof(send_refusals[0]));
	tcase_add_test(tc, a_read_prints_length_data_and_the_right_tail);
	tcase_add_test(tc, a_read_without_length_takes_1500_bytes);
	tcase_add_test(tc, received_bytes_are_not_altered);
	tcase_add_test(tc, recv_comes_before_closed_and_the_rest_can_be_read);
	tcase_add_test(tc, direct_push_prints_data_behind_the_urc);
	tcase_add_test(
		tc, events_stay_away_from_a_port_that_did_not_ask_for_them);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
