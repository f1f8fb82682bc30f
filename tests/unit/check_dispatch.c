#include "tests/unit/support/dispatch_checks.h"

static const struct {
	const char *in, *want;
} vectors[] = {
	{"AT\r", "\r\nOK\r\n"},
	{"AT+ONE\r", "\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"at+one?\r", "\r\n+ONE: 2\r\n\r\nOK\r\n"},
	{"AT+ONE=?\r", "\r\n+ONE: (0,1)\r\n\r\nOK\r\n"},
	{"AT+ARGS=?\r", "\r\nOK\r\n"},
	{"AT+TWO\r", "\r\nfirst\r\nsecond\r\n\r\nOK\r\n"},
	{"AT+ONE;+ONE?\r", "\r\n+ONE: 8\r\n\r\n+ONE: 2\r\n\r\nOK\r\n"},
	{"AT+ONE;\r", "\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"ATE0+ONE\r", "\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"AT+ONE;E0;+ONE\r", "\r\n+ONE: 8\r\n\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"AT+ARGS=1,,\"a,b;c\", 2 ,\r",
		"\r\n0=1\r\n1-\r\n2\"a,b;c\r\n3=2\r\n4-\r\n\r\nOK\r\n"},
	{"AT + ONE\r", "\r\nERROR\r\n"},
	{"AT+ARGS=\"a\r", "\r\nERROR\r\n"},
	{"AT+ARGS=\"a\"b\r", "\r\nERROR\r\n"},
	{"AT+NONE\r", "\r\nERROR\r\n"},
	{"AT+ONE=1\r", "\r\nERROR\r\n"},
	{"AT+BAD;+ONE\r", "\r\n+CME ERROR: 405\r\n"},
	{"AT+ONE;+BAD;+ONE\r", "\r\n+ONE: 8\r\n\r\n+CME ERROR: 405\r\n"},
	{"AT+CMEE=0;+BAD\r", "\r\nERROR\r\n"},
	{"AT+CMEE=2;+BAD\r", "\r\n+CME ERROR: File not found\r\n"},
	{"AT+CMEE=101\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+CMEE\r", "\r\nERROR\r\n"},
	{"AT+CMEE=\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+CMEE=1,1\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+CMEE=\"1\"\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+NETFAIL\r", "\r\nERROR\r\n"},
	{"ATV0\r", "0\r"},
	{"ATV0+ONE\r", "+ONE: 8\r\n0\r"},
	{"ATV0+NETFAIL\r", "4\r"},
	{"ATD*99#;+ONE\r", "\r\ndial *99#;+ONE\r\n\r\nOK\r\n"},
	{"AT?\r", "\r\nERROR\r\n"},
	{"hello\r", ""},
	{"\r", ""},
	{"AT\rA/", "\r\nOK\r\n\r\nOK\r\n"},
	{"AT+ONE\rA/", "\r\n+ONE: 8\r\n\r\nOK\r\n\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"AT+ARGS=1,\"x\"\rA/A/",
		"\r\n0=1\r\n1\"x\r\n\r\nOK\r\n\r\n0=1\r\n1\"x\r\n\r\nOK\r\n"
		"\r\n0=1\r\n1\"x\r\n\r\nOK\r\n"},
};

START_TEST(answers_have_the_documented_bytes)
{
	send(vectors[_i].in);
	ck_assert_str_eq(taken(), vectors[_i].want);
}
END_TEST

START_TEST(answers_do_not_depend_on_how_the_input_is_cut)
{
	const char *in = vectors[_i].in;

	for (size_t cut = 1; cut < strlen(in); cut++) {
		at_set_ready(at, false);
		at_set_ready(at, true);
		at_settings(at)->echo = false;
		buf_reset(&host);
		at_input(at, in, cut);
		fake_clock_run(&fc);
		send(in + cut);
		ck_assert_str_eq(taken(), vectors[_i].want);
	}
}
END_TEST

START_TEST(each_error_leaves_a_reason_before_its_bytes)
{
	const char *log;

	send("AT+BAD\r");
	log = capture_log(&cap);
	ck_assert_ptr_nonnull(strstr(log, "WHY"));
	ck_assert(strstr(log, "WHY") < strstr(log, "+CME ERROR"));
	ck_assert_str_eq(
		capture_text(&cap, LANE_WHY), "+BAD: no such thing [cap]\n");
}
END_TEST

/* It may be a password, one place too early. */
START_TEST(a_text_for_a_number_stays_out_of_the_reason)
{
	send("AT+DATA=\"1234\"\r");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_WHY), "4 bytes in quotes"));
	ck_assert_ptr_null(strstr(capture_text(&cap, LANE_WHY), "1234"));
}
END_TEST

START_TEST(echo_comes_back_as_received)
{
	at_settings(at)->echo = true;
	send("AT+ONE\r\n");
	ck_assert_str_eq(taken(), "AT+ONE\r\r\n+ONE: 8\r\n\r\nOK\r\n");
	send("ATE0\r");
	ck_assert_str_eq(taken(), "ATE0\r\r\nOK\r\n");
	send("AT\r");
	ck_assert_str_eq(taken(), "\r\nOK\r\n");
}
END_TEST

START_TEST(a_pending_command_ends_later_and_the_chain_goes_on)
{
	send("AT+WAIT;+ONE\r");
	ck_assert_str_eq(taken(), "");
	at_finish(waiting, at_ok());
	fake_clock_run(&fc);
	ck_assert_str_eq(taken(), "\r\n+ONE: 8\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_command_that_waits_is_found_by_its_owner_alone)
{
	ck_assert_ptr_null(at_waiting(at, &waiting));
	send("AT+WAIT\r");
	ck_assert_ptr_eq(at_waiting(at, &waiting), waiting);
	ck_assert_ptr_null(at_waiting(at, &data));
	at_finish(waiting, at_ok());
	ck_assert_ptr_null(at_waiting(at, &waiting));
}
END_TEST

START_TEST(input_during_a_command_waits_for_its_end)
{
	send("AT+WAIT\r");
	send("AT+ONE\r");
	ck_assert_str_eq(taken(), "");
	at_finish(waiting, at_ok());
	fake_clock_run(&fc);
	ck_assert_str_eq(taken(), "\r\nOK\r\n\r\n+ONE: 8\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(of_too_much_input_during_a_command_the_first_is_kept)
{
	char text[5101];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = "AT\r"[i % 3];
	text[sizeof(text) - 1] = '\0';
	send("AT+WAIT\r");
	send(text);
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_NOTE), "1004 bytes came while"));
	send("AT+ONE\r");
	at_finish(waiting, at_ok());
	fake_clock_run(&fc);
	ck_assert_ptr_null(strstr(buf_cstr(&host), "+ONE"));
	for (const char *p = taken(); (p = strstr(p, "OK")) != NULL; p++)
		n++;
	/* And that of the command itself. */
	ck_assert_uint_eq(n, 4096 / 3 + 1);
}
END_TEST

START_TEST(a_reset_aborts_the_pending_command)
{
	send("AT+WAIT\r");
	at_set_ready(at, false);
	ck_assert(aborted);
	ck_assert_ptr_null(at_waiting(at, &waiting));
	send("AT\r");
	ck_assert_str_eq(taken(), "");
	at_set_ready(at, true);
	send("AT\r");
	ck_assert_str_eq(taken(), "AT\r\r\nOK\r\n");
}
END_TEST

START_TEST(a_urc_may_come_while_a_command_has_not_answered)
{
	send("AT+WAIT\r");
	at_urc(at, AT_URC_BOOT, "+CPIN: READY");
	ck_assert_str_eq(taken(), "\r\n+CPIN: READY\r\n");
	at_info(waiting, "+WAIT: 1");
	at_urc(at, AT_URC_BOOT, "LATE");
	at_finish(waiting, at_ok());
	ck_assert_str_eq(taken(), "\r\n+WAIT: 1\r\n\r\nOK\r\n\r\nLATE\r\n");
}
END_TEST

START_TEST(event_urcs_go_to_the_port_of_qurccfg)
{
	at_urc(at, AT_URC_EVENT, "+QIURC: \"recv\",0");
	ck_assert_str_eq(taken(), "");
	ck_assert_ptr_nonnull(strstr(capture_text(&cap, LANE_NOTE), "urcport"));
	at_urc(at, AT_URC_RESULT, "+QIOPEN: 0,0");
	ck_assert_str_eq(taken(), "\r\n+QIOPEN: 0,0\r\n");
	at_set_urcport(at, "uart1");
	at_urc_data(at, AT_URC_EVENT, "xyz", 3, "+QIURC: \"recv\",0,3");
	ck_assert_str_eq(taken(), "\r\n+QIURC: \"recv\",0,3\r\nxyz\r\n");
}
END_TEST

START_TEST(a_latency_delays_the_answer_and_keeps_early_input)
{
	at_free(at);
	buf_free(&host);
	buf_free(&data);
	capture_free(&cap);
	start(false);
	send("AT+ONE\rAT\r");
	ck_assert_str_eq(taken(), "");
	/* at_latency and 20 bytes at 115200 bit/s, twice. */
	fake_clock_advance(&fc, (uint64_t)profile.at_latency - 1);
	ck_assert_str_eq(taken(), "");
	fake_clock_advance(&fc, 20);
	ck_assert_str_eq(taken(), "\r\n+ONE: 8\r\n\r\nOK\r\n\r\nOK\r\n");
}
END_TEST

static char data_sent[600];

/* With time for each byte, and a line of this rate. */
static void restart_slow(uint32_t rate)
{
	at_free(at);
	buf_free(&host);
	buf_free(&data);
	capture_free(&cap);
	start(false);
	at_settings(at)->rate = rate;
	at_take_rate(at);
}

START_TEST(output_is_paced_to_the_rate_but_lines_stay_whole)
{
	restart_slow(9600);
	at_urc(at, AT_URC_BOOT, "1234567890");
	/* 14 bytes take 14.58 ms at 9600. */
	fake_clock_advance(&fc, 14);
	ck_assert_str_eq(taken(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(taken(), "\r\n1234567890\r\n");
}
END_TEST

/* Hosts drop a line or a payload in which 10 ms bring nothing [CLIENT A]. */
START_TEST(what_is_longer_than_a_chunk_has_no_silence_in_it)
{
	static const struct {
		uint32_t rate;
		unsigned ms; /* silence at most, between two bytes */
	} rates[] = {{115200, 9}, {921600, 9}, {9600, 9}, {1200, 9}, {300, 34}};
	const size_t len = sizeof(data_sent);

	for (size_t i = 0; i < len; i++)
		data_sent[i] = i % 97 == 96 ? '\n' : (char)('a' + i % 23);
	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		unsigned ms = 0, silent = 0, longest = 0;

		restart_slow(rates[i].rate);
		at_urc_data(at, AT_URC_BOOT, data_sent, len, "+QIURC: 600");
		while (buf_len(&host) < len + 17) {
			size_t before = buf_len(&host);

			fake_clock_advance(&fc, 1);
			ms++;
			silent = buf_len(&host) == before ? silent + 1 : 0;
			if (before > 0 && silent > longest)
				longest = silent;
		}
		ck_assert_uint_le(longest, rates[i].ms);
		/* And it is no faster or slower than the line. */
		ck_assert_uint_eq(ms, (len + 17) * 10000 / rates[i].rate + 1);
		ck_assert_mem_eq(buf_data(&host) + 15, data_sent, len);
	}
}
END_TEST

/* A machine that gives its turns late is no slower line. */
START_TEST(late_turns_do_not_add_up)
{
	restart_slow(115200);
	at_urc_data(at, AT_URC_BOOT, data_sent, sizeof(data_sent), "+QIURC: 1");
	for (int i = 0; i < 10; i++) {
		fc.now_us += 6000;
		clock_run(&fc.clock);
	}
	ck_assert_uint_eq(buf_len(&host), sizeof(data_sent) + 15);
}
END_TEST

/* As late as the line's echo is still on the wire. */
START_TEST(a_rate_counts_when_its_answer_has_left)
{
	restart_slow(9600);
	profile.at_latency = 0;
	at_settings(at)->echo = true;
	send("AT+RATE=115200\r");
	ck_assert_uint_eq(at_rate(at), 9600);
	/* 15 bytes of echo and 6 of the answer: 21.9 ms at 9600. */
	fake_clock_advance(&fc, 21);
	ck_assert_ptr_null(strstr(taken(), "OK"));
	ck_assert_uint_eq(at_rate(at), 9600);
	fake_clock_advance(&fc, 1);
	ck_assert_ptr_nonnull(strstr(taken(), "OK\r\n"));
	ck_assert_uint_eq(at_rate(at), 115200);
	send("AT\r");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(taken(), "AT\r\r\nOK\r\n");
}
END_TEST

START_TEST(a_line_past_the_limit_is_an_error)
{
	for (int64_t i = 0; i < profile.at_line_max + 10; i++)
		at_input(at, i < 2 ? &"AT"[i] : "x", 1);
	send("\rAT\r");
	ck_assert_str_eq(taken(), "\r\nERROR\r\n\r\nOK\r\n");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_WHY), "at_line_max"));
}
END_TEST

START_TEST(qigeterror_keeps_the_last_network_error)
{
	const char *text;

	send("AT+NETFAIL\r");
	ck_assert_int_eq(at_net_error(at, &text), 552);
	ck_assert_str_eq(text, "invalid parameters");
	send("AT+BAD\r");
	ck_assert_int_eq(at_net_error(at, &text), 552);
}
END_TEST

int main(void)
{
	const int n = (int)(sizeof(vectors) / sizeof(*vectors));
	Suite *s = suite_create("dispatch");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, answers_have_the_documented_bytes, 0, n);
	tcase_add_loop_test(
		tc, answers_do_not_depend_on_how_the_input_is_cut, 0, n);
	tcase_add_test(tc, each_error_leaves_a_reason_before_its_bytes);
	tcase_add_test(tc, a_text_for_a_number_stays_out_of_the_reason);
	tcase_add_test(tc, echo_comes_back_as_received);
	tcase_add_test(tc, a_pending_command_ends_later_and_the_chain_goes_on);
	tcase_add_test(tc, a_command_that_waits_is_found_by_its_owner_alone);
	tcase_add_test(tc, input_during_a_command_waits_for_its_end);
	tcase_add_test(
		tc, of_too_much_input_during_a_command_the_first_is_kept);
	tcase_add_test(tc, a_reset_aborts_the_pending_command);
	tcase_add_test(tc, a_urc_may_come_while_a_command_has_not_answered);
	tcase_add_test(tc, event_urcs_go_to_the_port_of_qurccfg);
	tcase_add_test(tc, a_latency_delays_the_answer_and_keeps_early_input);
	tcase_add_test(tc, output_is_paced_to_the_rate_but_lines_stay_whole);
	tcase_add_test(tc, what_is_longer_than_a_chunk_has_no_silence_in_it);
	tcase_add_test(tc, late_turns_do_not_add_up);
	tcase_add_test(tc, a_rate_counts_when_its_answer_has_left);
	tcase_add_test(tc, a_line_past_the_limit_is_an_error);
	tcase_add_test(tc, qigeterror_keeps_the_last_network_error);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
