#include "replay.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/replay_checks.h"

START_TEST(another_command_is_an_error_and_named)
{
	start(WORKED, true, false);
	send("ATE0\r");
	hears();
	send("AT+CSQ\r\n");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	ck_assert_str_eq(departure, "x.at line 5: came AT+CSQ\\r, expected "
				    "AT+QFUPL=\"RAM:a\",5\\r");
	ck_assert_str_eq(capture_text(&cap, LANE_WHY),
		"replay: x.at line 5: came AT+CSQ\\r, expected "
		"AT+QFUPL=\"RAM:a\",5\\r [policy]\n");
	/* And the recording waits where it was. */
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	ck_assert_uint_eq(replay_departures(replay), 1);
	end();
}
END_TEST

#define ROW                                                                    \
	HEAD "0 AT>  AT+A\\r\n0 AT<  \\r\\na\\r\\n\n"                          \
	     "0 AT>  AT+B\\r\n0 AT<  \\r\\nb\\r\\n\n"                          \
	     "0 AT>  AT+C\\r\n0 AT<  \\r\\nc\\r\\n\n"                          \
	     "0 AT>  AT+D\\r\n0 AT<  \\r\\nd\\r\\n\n"

START_TEST(a_command_that_is_left_out_is_named_and_the_rest_goes_on)
{
	start(ROW, true, false);
	send("AT+A\rAT+C\r");
	ck_assert_str_eq(hears(), "\r\na\r\n\r\nc\r\n");
	ck_assert_str_eq(departure, "x.at line 4: came AT+C\\r, expected "
				    "AT+B\\r; it goes on at line 6");
	send("AT+D\r");
	ck_assert_str_eq(hears(), "\r\nd\r\n");
	ck_assert_uint_eq(replay_departures(replay), 1);
	end();
}
END_TEST

/* It happens to be a later one: the recording comes back. */
START_TEST(a_command_too_many_does_not_lose_those_before_it)
{
	start(ROW, true, false);
	send("AT+A\rAT+D\rAT+B\r");
	ck_assert_str_eq(hears(), "\r\na\r\n\r\nd\r\n\r\nb\r\n");
	ck_assert_str_eq(departure, "x.at: came AT+B\\r behind the end of the "
				    "recording; it goes on at line 4");
	send("AT+C\rAT+D\r");
	ck_assert_str_eq(hears(), "\r\nc\r\n\r\nd\r\n");
	ck_assert_uint_eq(replay_departures(replay), 2);
	/* What was answered once is not answered again. */
	send("AT+C\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	end();
}
END_TEST

START_TEST(a_line_far_ahead_or_behind_a_pin_is_not_looked_for)
{
	static char text[20000];
	size_t n = (size_t)snprintf(text, sizeof(text), HEAD);

	for (int i = 0; i < 34; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"0 AT>  AT+N%d\\r\n0 AT<  \\r\\n%d\\r\\n\n", i, i);
	start(text, true, false);
	send("AT+N33\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	send("AT+N31\r");
	ck_assert_str_eq(hears(), "\r\n31\r\n");
	end();
	start(HEAD "0 AT>  AT+A\\r\n0 AT<  \\r\\na\\r\\n\n"
		   "0 AT>  AT+B\\r\n0 PIN  RESET high\n0 PIN  RESET low\n"
		   "0 AT>  AT+C\\r\n",
		true, false);
	send("AT+A\rAT+C\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n\r\na\r\n");
	end();
}
END_TEST

#define HELLO                                                                  \
	HEAD "- AT>  AT+QISEND=0,16\\r\n- AT<  \\r\\n>\\x20\n"                 \
	     "- AT>  \\x16\\x03\\x01\\x00\\x0b\\x01\\x00\\x00\\x07"            \
	     "\\x03\\x03abcde\n- AT<  \\r\\nSEND OK\\r\\n\n"

START_TEST(tls_of_the_hosts_own_is_told_from_other_data)
{
	static const uint8_t hello[] = "\x16\x03\x01\x00\x0b\x01\x00\x00\x07"
				       "\x03\x03"
				       "abXde";

	start(HELLO, true, false);
	ck_assert_uint_eq(script_hello_line(&script), 4);
	send("AT+QISEND=0,16\r");
	replay_input(replay, hello, 16);
	ck_assert_ptr_nonnull(strstr(departure, "TLS of the host's own"));
	/* Of another length: it departs with the command. */
	send("AT+QISEND=0,17\r");
	ck_assert_ptr_nonnull(strstr(departure, "TLS of the host's own"));
	end();
	start(WORKED, true, false);
	ck_assert_uint_eq(script_hello_line(&script), 0);
	end();
}
END_TEST

/* One byte altered, at each place there is. */
START_TEST(each_altered_byte_is_found_where_it_is)
{
	const size_t n = strlen(WORKED_HOST);

	for (size_t at = 0; at < n; at++) {
		char host[] = WORKED_HOST;

		host[at] = host[at] == '#' ? '%' : '#';
		start(WORKED, true, false);
		replay_input(replay, host, n);
		fake_clock_run(&clk);
		/* But a last line without its CR never ends. */
		ck_assert_int_eq(replay_departures(replay) > 0, at != n - 4);
		end();
		/* The same with a model: it has the altered byte, the first. */
		start(WORKED, true, true);
		replay_input(replay, host, n);
		ck_assert(replay_left(replay));
		ck_assert_uint_eq(replay_departures(replay), 1);
		ck_assert_uint_eq(buf_len(&modelled), n);
		ck_assert_mem_eq(buf_data(&modelled), host, n);
		ck_assert_uint_eq(capture_len(&cap, LANE_AT_TX), at);
		end();
	}
}
END_TEST

START_TEST(data_is_counted_then_judged)
{
	start(WORKED, true, false);
	send("ATE0\rAT+QFUPL=\"RAM:a\",5\r");
	hears();
	send("a\r\nXc");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	ck_assert_str_eq(departure,
		"x.at line 7: byte 4 of 5 differs: came Xc, expected bc");
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	send("a\r\nbc");
	ck_assert_str_eq(hears(), "+QFUPL: 5,1234\r\n\r\nOK\r\n");
	end();
}
END_TEST

#define KEY                                                                    \
	"-----BEGIN RSA PRIVATE KEY-----\\r\\nMIIEsecretA\\r\\n"               \
	"-----END RSA PRIVATE KEY-----\\r\\n"

/* A recording with its secrets kept, and hosts with others. */
static const struct {
	const char *recorded, *sent, *want;
} secrets[] = {
	{"0 AT>  AT+CPIN=1234\\r\n", "AT+CPIN=5678\r",
		"x.at line 4: came AT+CPIN=@masked{kind=pin,len=4}\\r, "
		"expected AT+CPIN=@masked{kind=pin,len=4}\\r"},
	{"0 AT>  AT+CSQ\\r\n", "AT+CLCK=\"SC\",1,\"9876\"\r",
		"x.at line 4: came AT+CLCK=\"SC\",1,\"@masked{kind=pin,len=4}\""
		"\\r, expected AT+CSQ\\r"},
	{"0 AT>  AT+QFUPL=\"my.key\",9\\r\n0 AT<  \\r\\nCONNECT\\r\\n\n"
	 "0 AT>  SECRETABC\n",
		"AT+QFUPL=\"my.key\",9\rSECRETXYZ",
		"x.at line 6: byte 7 of 9 differs: came 3 bytes, expected 3 of "
		"a secret"},
	{"0 AT>  AT+QFUPL=\"a.pem\",77\\r\n"
	 "0 AT<  \\r\\nCONNECT\\r\\n\n0 AT>  " KEY "\n",
		"AT+QFUPL=\"a.pem\",77\r"
		"-----BEGIN RSA PRIVATE KEY-----\r\nMIIEsecretB\r\n"
		"-----END RSA PRIVATE KEY-----\r\n",
		"x.at line 6: byte 44 of 77 differs: came 34 bytes, expected "
		"34 of a secret"},
	/* Only what was recorded is one. */
	{"0 AT>  AT+QFUPL=\"a.pem\",77\\r\n"
	 "0 AT<  \\r\\nCONNECT\\r\\n\n0 AT>  " KEY "\n",
		"AT+QFUPL=\"a.pem\",77\r"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxx",
		"x.at line 6: byte 1 of 77 differs: came 77 bytes, expected 77 "
		"of a secret"},
};

START_TEST(no_secret_is_shown)
{
	char text[1000], rest[400];

	snprintf(text, sizeof(text),
		HEAD "0 AT>  AT\\r\n0 AT<  \\r\\nOK\\r\\n\n%s",
		secrets[_i].recorded);
	start(text, true, false);
	send("AT\r");
	ck_assert(replay_rest(replay, rest, sizeof(rest)));
	ck_assert_ptr_null(strstr(rest, "1234"));
	send(secrets[_i].sent);
	ck_assert_str_eq(departure, secrets[_i].want);
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_WHY), secrets[_i].want));
	/* What is left does not show it either. */
	if (replay_rest(replay, rest, sizeof(rest))) {
		ck_assert_ptr_null(strstr(rest, "1234"));
		ck_assert_ptr_null(strstr(rest, "SECRET"));
		ck_assert_ptr_null(strstr(rest, "MIIE"));
	}
	end();
}
END_TEST

START_TEST(behind_the_end_there_is_nothing)
{
	start(HEAD "0 AT>  AT\\r\n0 AT<  \\r\\nOK\\r\\n\n", true, false);
	send("AT\rATI\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n\r\nOK\r\n");
	ck_assert_str_eq(
		departure, "x.at: came ATI\\r behind the end of the recording");
	end();
}
END_TEST

START_TEST(the_model_takes_over_with_the_byte_that_differs)
{
	start(HEAD "0.0 AT>  AT+A\\r\n5.0 AT<  \\r\\nOK\\r\\n\n"
		   "9.0 AT<  \\r\\nRING\\r\\n\n9.1 AT>  AT+B\\r\n",
		false, true);
	send("AT+A\r");
	ck_assert_str_eq(hears(), "");
	send("AT+C\r");
	/* The answer that was due is not lost, what was to come is. */
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	ck_assert_str_eq(departure,
		"x.at line 5: came AT+C, expected AT+B\\r; the model answers "
		"from here on");
	ck_assert(replay_left(replay));
	fake_clock_advance(&clk, 60000);
	ck_assert_str_eq(hears(), "");
	end();
}
END_TEST

START_TEST(a_host_that_does_not_press_departs)
{
	start(BOOT, true, false);
	replay_pin(replay, 'V');
	send("AT\r");
	ck_assert_str_eq(
		departure, "x.at line 4: came AT\\r, expected PWRKEY high");
	replay_pin(replay, 'r');
	ck_assert_str_eq(departure,
		"x.at line 4: came RESET low at a pin, not so recorded");
	end();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay_departs");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, another_command_is_an_error_and_named);
	tcase_add_test(
		tc, a_command_that_is_left_out_is_named_and_the_rest_goes_on);
	tcase_add_test(tc, a_command_too_many_does_not_lose_those_before_it);
	tcase_add_test(tc, a_line_far_ahead_or_behind_a_pin_is_not_looked_for);
	tcase_add_test(tc, tls_of_the_hosts_own_is_told_from_other_data);
	tcase_add_test(tc, each_altered_byte_is_found_where_it_is);
	tcase_add_test(tc, data_is_counted_then_judged);
	tcase_add_loop_test(tc, no_secret_is_shown, 0,
		(int)(sizeof(secrets) / sizeof(*secrets)));
	tcase_add_test(tc, behind_the_end_there_is_nothing);
	tcase_add_test(tc, the_model_takes_over_with_the_byte_that_differs);
	tcase_add_test(tc, a_host_that_does_not_press_departs);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
