#include "tests/unit/support/dispatch_checks.h"

/* Data behind CONNECT and prompts, and transparent mode. */

START_TEST(data_is_taken_after_connect_and_not_echoed)
{
	at_settings(at)->echo = true;
	send("AT+DATA=5\r\n\r\n");
	ck_assert_str_eq(taken(), "AT+DATA=5\r\r\nCONNECT\r\n");
	send("12\r3");
	send("4AT\r");
	ck_assert_str_eq(buf_cstr(&data), "12\r34");
	ck_assert_str_eq(taken(), "+DATA: 5\r\n\r\nOK\r\nAT\r\r\nOK\r\n");
}
END_TEST

/* Wherever in its line the command stands, the record says what was lost. */
START_TEST(what_came_before_a_connect_is_dropped_with_a_note)
{
	static const char *const lines[] = {
		"AT+DATA=3\rearly", "AT+WAIT;+DATA=3\r"};

	send(lines[_i]);
	if (_i == 1) {
		send("early");
		at_finish(waiting, at_ok());
		fake_clock_run(&fc);
	}
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	ck_assert_str_eq(capture_text(&cap, LANE_NOTE),
		"5 bytes came before the CONNECT or prompt and were dropped\n");
	send("123");
	ck_assert_str_eq(buf_cstr(&data), "123");
}
END_TEST

/*
 * A host that ends its lines with CR LF, read with a cut between the two: the
 * LF comes while the data is taken, or while the command runs before.
 */
START_TEST(the_lf_behind_the_line_is_no_data)
{
	static const struct {
		const char *line, *rest, *data;
	} cases[] = {
		{"AT+DATA=4\r", "\n\n2\r\n", "\n2\r\n"},
		{"AT+PROMPT\r", "\n\nhi\x1a", "\nhi"},
		{"AT+STREAM\r", "\n\nhi", "\nhi"},
		{"ATO\r", "\n\nhi", "\nhi"},
	};

	alive = true;
	if (_i == 3) {
		send("AT+STREAM\r");
		at_settings(at)->dtr = 1;
		at_dtr(at, true);
	}
	send("AT\r\n");
	send(cases[_i].line);
	for (const char *p = cases[_i].rest; *p != '\0'; p++)
		at_input(at, p, 1);
	ck_assert_str_eq(buf_cstr(&data), cases[_i].data);
}
END_TEST

START_TEST(the_lf_behind_a_line_that_waits_is_no_data)
{
	send("AT+WAIT;+DATA=3\r");
	send("\n");
	at_finish(waiting, at_ok());
	fake_clock_run(&fc);
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	ck_assert_str_eq(capture_text(&cap, LANE_NOTE), "");
	send("\n23");
	ck_assert_str_eq(buf_cstr(&data), "\n23");
}
END_TEST

START_TEST(data_that_stops_times_out_by_idle_time)
{
	send("AT+DATA=5\r");
	taken();
	fake_clock_advance(&fc, 4999);
	send("1");
	fake_clock_advance(&fc, 4999);
	ck_assert_str_eq(taken(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(taken(), "\r\n+CME ERROR: 421\r\n");
	send("AT\r");
	ck_assert_str_eq(taken(), "\r\nOK\r\n");
}
END_TEST

START_TEST(three_plus_with_guards_leave_data_mode)
{
	send("AT+DATA=9\r");
	send("ab");
	fake_clock_advance(&fc, 1000);
	send("+++");
	fake_clock_advance(&fc, 999);
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	fake_clock_advance(&fc, 1);
	ck_assert_int_eq(data_end, AT_DATA_ESCAPE);
	ck_assert_str_eq(taken(), "+DATA: 2\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_prompt_takes_text_up_to_ctrl_z)
{
	send("AT+PROMPT\r");
	ck_assert_str_eq(taken(), "\r\n> ");
	send("hi\x1a");
	ck_assert_str_eq(buf_cstr(&data), "hi");
	ck_assert_int_eq(data_end, AT_DATA_COMPLETE);
	send("AT+PROMPT\r");
	send("x\x1b");
	ck_assert_int_eq(data_end, AT_DATA_CANCEL);
}
END_TEST

START_TEST(prompt_data_is_echoed_by_e_and_qisde)
{
	at_settings(at)->echo = true;
	send("AT+PROMPT\r");
	taken();
	send("hi");
	ck_assert_str_eq(taken(), "hi");
	send("\x1a");
	taken();
	at_settings(at)->send_echo = false;
	send("AT+PROMPT\r");
	taken();
	send("hi");
	ck_assert_str_eq(taken(), "");
}
END_TEST

START_TEST(urcs_wait_for_the_end_of_a_data_command)
{
	send("AT+DATA=2\r");
	taken();
	at_urc(at, AT_URC_BOOT, "RDY");
	send("a");
	ck_assert_str_eq(taken(), "");
	send("b");
	ck_assert_str_eq(taken(), "+DATA: 2\r\n\r\nOK\r\n\r\nRDY\r\n");
}
END_TEST

START_TEST(a_stream_owns_the_port_until_the_escape)
{
	send("AT+STREAM\r");
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	ck_assert(at_stream_is(at, &data));
	send("AT\r\x1a");
	ck_assert_str_eq(buf_cstr(&data), "AT\r\x1a");
	at_urc(at, AT_URC_BOOT, "LATER");
	at_stream_write(at, "hi", 2);
	ck_assert_str_eq(taken(), "hi");
	fake_clock_advance(&fc, 1000);
	send("+++");
	fake_clock_advance(&fc, 1000);
	ck_assert(left);
	ck_assert_str_eq(taken(), "\r\nOK\r\n\r\nLATER\r\n");
	send("ATO\r");
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	at_stream_end(at, "test", NULL);
	ck_assert_str_eq(taken(), "\r\nNO CARRIER\r\n");
	send("ATO\r");
	ck_assert_str_eq(taken(), "\r\nNO CARRIER\r\n");
}
END_TEST

START_TEST(dtr_going_high_leaves_a_stream_by_and_d)
{
	send("AT+STREAM\r");
	at_settings(at)->dtr = 0;
	at_dtr(at, true);
	ck_assert(!left);
	at_settings(at)->dtr = 1;
	at_dtr(at, false);
	ck_assert(!left);
	taken();
	at_dtr(at, true);
	ck_assert(left);
	ck_assert_str_eq(taken(), "\r\nOK\r\n");
	alive = false;
	send("ATO\r");
	ck_assert_str_eq(taken(), "\r\nNO CARRIER\r\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("dispatch_data");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, data_is_taken_after_connect_and_not_echoed);
	tcase_add_loop_test(
		tc, what_came_before_a_connect_is_dropped_with_a_note, 0, 2);
	tcase_add_loop_test(tc, the_lf_behind_the_line_is_no_data, 0, 4);
	tcase_add_test(tc, the_lf_behind_a_line_that_waits_is_no_data);
	tcase_add_test(tc, data_that_stops_times_out_by_idle_time);
	tcase_add_test(tc, three_plus_with_guards_leave_data_mode);
	tcase_add_test(tc, a_prompt_takes_text_up_to_ctrl_z);
	tcase_add_test(tc, prompt_data_is_echoed_by_e_and_qisde);
	tcase_add_test(tc, urcs_wait_for_the_end_of_a_data_command);
	tcase_add_test(tc, a_stream_owns_the_port_until_the_escape);
	tcase_add_test(tc, dtr_going_high_leaves_a_stream_by_and_d);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
