#include "replay.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/replay_checks.h"

START_TEST(the_same_host_gets_the_same_answers)
{
	char rest[200];

	start(WORKED, true, false);
	send("ATE0\r");
	ck_assert_str_eq(hears(), "ATE0\r\r\nOK\r\n");
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	ck_assert(replay_rest(replay, rest, sizeof(rest)));
	ck_assert_str_eq(rest, "x.at line 7: next was a\\r\\nbc");
	send("a\r\nb");
	ck_assert_str_eq(hears(), "");
	send("c");
	ck_assert_str_eq(hears(), "+QFUPL: 5,1234\r\n\r\nOK\r\n");
	send("AT+QIOPEN=1,0\r");
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n");
	send("AT+QISEND=0,3\r");
	ck_assert_str_eq(hears(), "\r\n> ");
	send("xyz");
	ck_assert_str_eq(hears(), "\r\nSEND OK\r\n");
	ck_assert_uint_eq(replay_departures(replay), 0);
	ck_assert(!replay_rest(replay, rest, sizeof(rest)));
	ck_assert_str_eq(capture_text(&cap, LANE_AT_TX), WORKED_HOST);
	ck_assert_str_eq(capture_text(&cap, LANE_AT_RX), WORKED_MODEM);
	end();
}
END_TEST

/* Each line cut in two anywhere, and so the recording itself. */
START_TEST(how_bytes_are_cut_does_not_matter)
{
	static const char *const steps[] = {"ATE0\r", "AT+QFUPL=\"RAM:a\",5\r",
		"a\r\nbc", "AT+QIOPEN=1,0\r", "AT+QISEND=0,3\r", "xyz"};

	for (size_t cut = 0; cut < 32; cut++) {
		start(WORKED, true, false);
		for (size_t i = 0; i < 6; i++) {
			size_t len = strlen(steps[i]);
			size_t n = cut < len ? cut : len;

			replay_input(replay, steps[i], n);
			fake_clock_run(&clk);
			send(steps[i] + n);
		}
		ck_assert_str_eq(hears(), WORKED_MODEM);
		ck_assert_uint_eq(replay_departures(replay), 0);
		end();
	}
	for (size_t cut = 0; cut <= strlen(WORKED); cut++) {
		struct transcript_error err;

		script_init(&script, true);
		ck_assert(script_feed(&script, WORKED, cut, &err));
		ck_assert(script_feed(
			&script, WORKED + cut, strlen(WORKED) - cut, &err));
		ck_assert(script_end(&script, &err));
		ck_assert_uint_eq(script.n_steps, 7);
		script_free(&script);
	}
}
END_TEST

START_TEST(an_echo_goes_back_byte_by_byte)
{
	start(WORKED, true, false);
	send("AT");
	ck_assert_str_eq(hears(), "AT");
	send("E0");
	ck_assert_str_eq(hears(), "E0");
	end();
}
END_TEST

START_TEST(each_thing_comes_at_its_distance)
{
	start(WORKED, false, false);
	send("ATE0\r");
	ck_assert_str_eq(hears(), "ATE0\r");
	fake_clock_advance(&clk, 9);
	ck_assert_str_eq(hears(), "");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	send("AT+QFUPL=\"RAM:a\",5\r");
	fake_clock_advance(&clk, 5);
	send("a\r\nbc");
	fake_clock_advance(&clk, 40);
	hears();
	send("AT+QIOPEN=1,0\r");
	fake_clock_advance(&clk, 1999);
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\n+QIOPEN: 0,0\r\n");
	end();
}
END_TEST

/* A line that nobody asked for neither waits for an early host nor splits a
 * prompt from its data. */
START_TEST(unsolicited_lines_float)
{
	start(HEAD "0.0 AT>  AT+A\\r\n0.1 AT<  \\r\\nOK\\r\\n\n"
		   "9.0 AT<  \\r\\nRING\\r\\n\n"
		   "9.1 AT>  AT+B\\r\n9.2 AT<  \\r\\n> \\x20\n"
		   "9.3 AT>  d\n9.4 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT+A\r");
	fake_clock_advance(&clk, 100);
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	send("AT+B\r");
	fake_clock_advance(&clk, 100);
	ck_assert_str_eq(hears(), "\r\n>  ");
	end();

	start(HEAD "0.0 AT>  AT+A\\r\n0.1 AT<  \\r\\nOK\\r\\n\n"
		   "9.0 AT<  \\r\\nRING\\r\\n\n"
		   "9.1 AT>  AT+B\\r\n9.2 AT<  \\r\\n>\\x20\n"
		   "9.3 AT>  d\n9.4 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT+A\r");
	send("AT+B\r");
	fake_clock_advance(&clk, 10000);
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\n> ");
	send("d");
	fake_clock_advance(&clk, 100);
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\nRING\r\n");
	end();
}
END_TEST

/* The host was slow when it was recorded, and is not now. */
START_TEST(unsolicited_lines_keep_their_order)
{
	start(HEAD "0.0 AT>  AT+A\\r\n0.0 AT<  \\r\\nOK\\r\\n\n"
		   "0.9 AT<  \\r\\nRING\\r\\n\n"
		   "1.0 AT>  AT+QPOWD\\r\n1.0 AT<  \\r\\nOK\\r\\n\n"
		   "1.1 AT<  \\r\\nPOWERED DOWN\\r\\n\n",
		false, false);
	send("AT+A\r");
	send("AT+QPOWD\r");
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\nOK\r\n");
	fake_clock_advance(&clk, 99);
	ck_assert_str_eq(hears(), "");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\nRING\r\n\r\nPOWERED DOWN\r\n");
	end();
}
END_TEST

START_TEST(answers_keep_their_order)
{
	start(HEAD "0.0 AT>  AT+A\\r\n5.0 AT<  \\r\\nA\\r\\n\\r\\nOK\\r\\n\n"
		   "6.0 AT>  AT+B\\r\n6.0 AT<  \\r\\nB\\r\\n\\r\\nOK\\r\\n\n",
		false, false);
	send("AT+A\rAT+B\r");
	fake_clock_advance(&clk, 4999);
	ck_assert_str_eq(hears(), "");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\nA\r\n\r\nOK\r\n\r\nB\r\n\r\nOK\r\n");
	end();
}
END_TEST

START_TEST(a_poll_that_was_not_answered_may_come_again)
{
	start(HEAD "0.0 AT>  AT\\r\n0.3 AT<  \\r\\nRDY\\r\\n\n"
		   "0.4 AT>  AT\\r\n0.4 AT<  \\r\\nOK\\r\\n\n"
		   "0.5 AT>  ATI\\r\n0.5 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT\r");
	send("AT\r"); /* before RDY: the next poll, answered behind it */
	fake_clock_advance(&clk, 300);
	ck_assert_str_eq(hears(), "\r\nRDY\r\n\r\nOK\r\n");
	end();
	start(HEAD "0.0 AT>  AT\\r\n0.3 AT<  \\r\\nRDY\\r\\n\n"
		   "0.5 AT>  ATI\\r\n0.5 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT\rAT\rAT\r");
	ck_assert_uint_eq(replay_departures(replay), 0);
	fake_clock_advance(&clk, 300);
	ck_assert_str_eq(hears(), "\r\nRDY\r\n");
	end();
}
END_TEST

START_TEST(a_line_cut_by_a_hangup_is_forgotten)
{
	start(WORKED, true, false);
	send("AT");
	replay_hangup(replay);
	hears();
	send("ATE0\r");
	ck_assert_str_eq(hears(), "ATE0\r\r\nOK\r\n");
	send("AT+Q");
	replay_hangup(replay);
	send("AT+NO");
	replay_hangup(replay);
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	ck_assert_uint_eq(replay_departures(replay), 0);
	end();
}
END_TEST

/* ---- masks and classes ---- */

START_TEST(what_is_masked_is_counted_or_made_up)
{
	start(HEAD "0 AT>  AT+CPIN=@masked{kind=pin,len=4}\\r\n"
		   "0 AT<  AT+CPIN=@masked{kind=pin,len=4}\\r\\r\\nOK\\r\\n\n"
		   "0 AT>  AT+QICSGP=1\\r\n"
		   "0 AT<  \\r\\n+QICSGP: \"@masked{kind=password,len=3}\""
		   "\\r\\n\\r\\nOK\\r\\n\n"
		   "0 AT>  AT+QFUPL=\"k\",9\\r\n0 AT<  \\r\\nCONNECT\\r\\n\n"
		   "0 AT>  @masked kind=key len=9 qsum=0 sha256=0 breaks=lf\n"
		   "0 AT<  \\r\\nOK\\r\\n\n",
		true, false);
	ck_assert_uint_eq(script.masks, 4);
	send("AT+CPIN=4711\r");
	ck_assert_str_eq(hears(), "AT+CPIN=4711\r\r\nOK\r\n");
	send("AT+QICSGP=1\r");
	ck_assert_str_eq(hears(), "\r\n+QICSGP: \"000\"\r\n\r\nOK\r\n");
	send("AT+QFUPL=\"k\",9\r-----\r\nKE");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n\r\nOK\r\n");
	ck_assert_uint_eq(replay_departures(replay), 0);
	end();
}
END_TEST

START_TEST(the_clock_of_another_day_is_the_same)
{
	start(HEAD "0 AT>  AT+CCLK=\"26/11/22,14:27:52+00\"\\r\n"
		   "0 AT<  \\r\\nOK\\r\\n\n",
		true, false);
	send("AT+CCLK=\"27/01/02,03:04:05+00\"\r");
	ck_assert_uint_eq(replay_departures(replay), 0);
	end();
	start(HEAD "0 AT>  AT+CCLK=\"26/11/22,14:27:52+00\"\\r\n"
		   "0 AT<  \\r\\nOK\\r\\n\n",
		true, false);
	send("AT+CCLK=\"27/01/02,03:04:05+04\"\r");
	ck_assert_uint_eq(replay_departures(replay), 1);
	end();
}
END_TEST

/* ---- pins ---- */

START_TEST(the_boot_comes_when_the_key_is_pressed)
{
	char rest[200];

	start(BOOT, false, false);
	ck_assert(!replay_running(replay));
	ck_assert(replay_pin(replay, 'k'));
	ck_assert(replay_pin(replay, 'V'));
	fake_clock_advance(&clk, 10000);
	ck_assert_str_eq(hears(), "");
	ck_assert(replay_pin(replay, 'K'));
	ck_assert(replay_pin(replay, 'K'));
	fake_clock_advance(&clk, 499);
	ck_assert_int_eq(status, -1);
	fake_clock_advance(&clk, 1);
	ck_assert_int_eq(status, 1);
	ck_assert(replay_running(replay));
	ck_assert_str_eq(hears(), "\r\nRDY\r\n");
	/* The release may be a moment behind the first bytes. */
	send("AT\r");
	ck_assert(replay_pin(replay, 'k'));
	ck_assert_str_eq(hears(), "AT\r\r\nOK\r\n");
	fake_clock_advance(&clk, 900);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(replay_departures(replay), 0);
	/* That the supply goes is not awaited at the end. */
	ck_assert(!replay_rest(replay, rest, sizeof(rest)));
	ck_assert(!replay_pin(replay, '!'));
	end();
}
END_TEST

/* ---- what is no recording ---- */

START_TEST(what_cannot_be_played_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		unsigned line;
	} bad[] = {
		{HEAD, 1},
		{HEAD "0 AT<  \\r\\nRDY\\r\\n\n", 2},
		{HEAD "0 AT>  AT\\r\n0 AT<  {any}\n", 3},
		{HEAD "0 AT>  AT\\r\n0 AT<  @quiet\n", 3},
		{HEAD "0 AT>  @file a.pem\n", 2},
		{HEAD "0 AT>  AT=@masked{kind=pin}\\r\n", 2},
		{HEAD "0 AT>  @masked kind=key len=99999999\n", 2},
		{HEAD "0 AT>  AT\\q\n", 2},
		{"no transcript\n", 1},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct transcript_error err = {0};

		ck_assert_msg(!read_script(bad[i].text, true, &err), "%s",
			bad[i].text);
		ck_assert_uint_eq(err.line, bad[i].line);
		script_free(&script);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_same_host_gets_the_same_answers);
	tcase_add_test(tc, how_bytes_are_cut_does_not_matter);
	tcase_add_test(tc, an_echo_goes_back_byte_by_byte);
	tcase_add_test(tc, each_thing_comes_at_its_distance);
	tcase_add_test(tc, unsolicited_lines_float);
	tcase_add_test(tc, unsolicited_lines_keep_their_order);
	tcase_add_test(tc, answers_keep_their_order);
	tcase_add_test(tc, a_poll_that_was_not_answered_may_come_again);
	tcase_add_test(tc, a_line_cut_by_a_hangup_is_forgotten);
	tcase_add_test(tc, what_is_masked_is_counted_or_made_up);
	tcase_add_test(tc, the_clock_of_another_day_is_the_same);
	tcase_add_test(tc, the_boot_comes_when_the_key_is_pressed);
	tcase_add_test(tc, what_cannot_be_played_is_refused_with_its_place);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
