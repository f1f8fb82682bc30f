#include "hil/calibrate.h"
#include "tests/unit/support/temp.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD "# ec21 transcript 1\n"
#define ASK(at, command, done, answer)                                         \
	at " AT>  " command "\\r\n" done " AT<  \\r\\n" answer "\\r\\n\n"

static struct calibrate_counts counts;

static struct session load(const char *text)
{
	char path[TEMP_PATH];
	struct transcript_error err;
	struct session s;

	temp_file(path, "check_calibrate", text);
	ck_assert(session_load(&s, path, &err));
	unlink(path);
	return s;
}

/* What it prints; the emulator's side is `ours`. NULL: times alone. */
static const char *printed(const char *board, const char *ours)
{
	static char text[8192];
	struct session a = load(board), b = {0};
	FILE *f = fmemopen(text, sizeof(text), "w");
	struct profile p;

	text[0] = '\0';
	counts = (struct calibrate_counts){0};
	profile_init(&p);
	if (ours != NULL) {
		b = load(ours);
		calibrate_values(f, &a, &b, "x.at", &counts);
	} else {
		calibrate_times(f, &a, &p, "x.at", &counts);
	}
	fclose(f);
	session_free(&a);
	session_free(&b);
	return text;
}

START_TEST(an_answer_that_is_another_is_a_value_to_change)
{
	ck_assert_str_eq(
		printed(HEAD ASK("-", "AT+CMEE?", "-", "+CMEE: 2\\r\\n\\r\\nOK")
				ASK("-", "AT+IPR?", "-",
					"+IPR: 115200\\r\\n\\r\\nOK"),
			HEAD ASK("-", "AT+CMEE?", "-", "+CMEE: 1\\r\\n\\r\\nOK")
				ASK("-", "AT+IPR?", "-",
					"+IPR: 115200\\r\\n\\r\\nOK")),
		"[at]\n; x.at line 2, AT+CMEE? [cap]; was 1\ncmee = 2\n");
	ck_assert_uint_eq(counts.change, 1);
	ck_assert_uint_eq(counts.agree, 1);
}
END_TEST

/* Question, the answer of a board, and what it says; the emulator: ERROR. */
static const struct {
	const char *command, *answer, *want;
} ends[] = {
	{"AT+CMEE=9", "+CME ERROR: 50", "code_param = 50\n"},
	{"AT+QIOPEN=16,11,\"TCP\",\"192.0.2.1\",9,0,0",
		"OK\\r\\n\\r\\n+QIOPEN: 11,561", "pdp_down = urc\n"},
	{"AT+QSSLOPEN=16,5,11,\"192.0.2.1\",9,0",
		"OK\\r\\n\\r\\n+QSSLOPEN: 11,561", "pdp_down = urc\n"},
	{"AT+QFSEEK=3000,100,0", "+CME ERROR: 401", "code_seek = 401\n"},
	{"AT+QFOPEN=\"\",2", "+CME ERROR: 406", "code_name = 406\n"},
	{"AT+QFOPEN=\"\",2", "+CME ERROR: 999", "; no value says so: "},
};

START_TEST(how_an_exchange_ends_is_a_value)
{
	char board[600], ours[400];

	snprintf(board, sizeof(board),
		HEAD "- AT>  %s\\r\n- AT<  \\r\\n%s\\r\\n\n", ends[_i].command,
		ends[_i].answer);
	snprintf(ours, sizeof(ours),
		HEAD "- AT>  %s\\r\n- AT<  \\r\\nERROR\\r\\n\n",
		ends[_i].command);
	ck_assert_msg(strstr(printed(board, ours), ends[_i].want) != NULL,
		"no '%s' in: %s", ends[_i].want, printed(board, ours));
}
END_TEST

#define READ(answer)                                                           \
	HEAD ASK("-", "AT+QFREAD=0,4", "-",                                    \
		"CONNECT 4\\r\\nabcd\\r\\n\\r\\nOK")                           \
		ASK("-", "AT+QFREAD=0,4", "-", answer)

START_TEST(the_second_read_is_at_the_end)
{
	ck_assert_ptr_nonnull(strstr(
		printed(READ("OK"), READ("+CME ERROR: 402")), "eof = ok\n"));
	ck_assert_ptr_nonnull(strstr(printed(READ("CONNECT 0\\r\\n\\r\\nOK"),
					     READ("+CME ERROR: 402")),
		"eof = connect\n"));
	ck_assert_ptr_null(strstr(
		printed(READ("+CME ERROR: 402"), READ("+CME ERROR: 402")),
		"eof"));
}
END_TEST

START_TEST(an_activation_that_takes_longer_is_a_latency)
{
	ck_assert_str_eq(
		printed(HEAD ASK("1.000", "AT+QIACT=1", "4.000", "OK") ASK(
				"5.000", "AT+QIACT=2", "7.500",
				"OK") ASK("8.000", "AT+QIACT=3", "11.100", "OK")
				ASK("12.000", "AT+QIACT=4", "12.100", "ERROR"),
			NULL),
		"; x.at line 2, AT+QIACT=: n 3, min 2500, median 3000, max "
		"3100 "
		"ms [cap]; was 1000\n[pdp]\nactivate = 3000\n");
	ck_assert_uint_eq(counts.change, 1);
}
END_TEST

START_TEST(a_latency_that_is_near_agrees)
{
	ck_assert_str_eq(
		printed(HEAD ASK("1.000", "AT+QIACT=1", "2.100", "OK"), NULL),
		"; x.at line 2, AT+QIACT=: n 1, min 1100, median 1100, max "
		"1100 "
		"ms [cap]; pdp.activate = 1000 agrees\n");
	ck_assert_uint_eq(counts.agree, 1);
	ck_assert_uint_eq(counts.change, 0);
}
END_TEST

START_TEST(lines_on_their_own_have_a_distance)
{
	ck_assert_str_eq(
		printed(HEAD "0.000 AT<  \\r\\nRDY\\r\\n\n"
			     "0.130 AT<  \\r\\n+CFUN: 1\\r\\n\n"
			     "1.000 AT<  \\r\\n+QUSIM: 1\\r\\n\n"
			     "6.000 AT<  \\r\\n+QIND: SMS DONE\\r\\n\n",
			NULL),
		"; x.at line 3, RDY to +CFUN: 1: n 1, min 130, median 130, max "
		"130 ms [cap]; boot.radio_delay = 128 agrees\n"
		"; x.at line 5, +QUSIM:  to +QIND: SMS DONE: n 1, min 5000, "
		"median 5000, max 5000 ms [cap]; was 2000\n[sim]\n"
		"sms_delay = 5000\n");
}
END_TEST

START_TEST(few_or_timeless_answers_say_nothing)
{
	ck_assert_str_eq(printed(HEAD ASK("1.0", "ATE0", "1.9", "OK")
					 ASK("-", "AT+QIACT=1", "-", "OK"),
				 NULL),
		"");
	ck_assert_uint_eq(counts.agree + counts.change, 0);
}
END_TEST

START_TEST(times_of_an_emulator_are_no_news)
{
	ck_assert_str_eq(printed(HEAD "# device: emulator\n" ASK(
					 "1.000", "AT+QIACT=1", "4.000", "OK"),
				 NULL),
		"; x.at: an emulator's times say nothing\n");
	ck_assert_uint_eq(counts.change, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("calibrate");
	TCase *tc = tcase_create("calibrate");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, an_answer_that_is_another_is_a_value_to_change);
	tcase_add_loop_test(tc, how_an_exchange_ends_is_a_value, 0,
		(int)(sizeof(ends) / sizeof(*ends)));
	tcase_add_test(tc, the_second_read_is_at_the_end);
	tcase_add_test(tc, an_activation_that_takes_longer_is_a_latency);
	tcase_add_test(tc, a_latency_that_is_near_agrees);
	tcase_add_test(tc, lines_on_their_own_have_a_distance);
	tcase_add_test(tc, times_of_an_emulator_are_no_news);
	tcase_add_test(tc, few_or_timeless_answers_say_nothing);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
