#include "hil/replay_judge.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/commands.h"
#include "tests/unit/support/temp.h"

/* What ec21hil replay makes of a recording and what was replayed of it. */

static char paths[2][TEMP_PATH];
static bool hurried; /* of the replay */

static int judges(const char *recorded, const char *replayed)
{
	struct replay_judge j = {
		.notes = "", .boots = hurried, .hurried = hurried};
	int status;

	temp_file(paths[0], "check_judge", recorded);
	temp_file(paths[1], "check_judge", replayed);
	j.recording = paths[0];
	j.replayed = paths[1];
	status = replay_judge(&j);
	unlink(paths[0]);
	unlink(paths[1]);
	return status;
}

#define HEAD "# ec21 transcript 1\n"
#define OPENS                                                                  \
	HEAD "1.0 AT>  AT+QIOPEN=1,0,\"TCP\",\"a.example\",8443\\r\n"          \
	     "1.0 AT<  \\r\\nOK\\r\\n\n"
#define OPENED OPENS "1.0 AT<  \\r\\n+QIOPEN: 0,0\\r\\n\n"
#define SENDS(data)                                                            \
	"2.0 AT>  AT+QISEND=0,6\\r\n2.0 AT<  \\r\\n>\\x20\n"                   \
	"2.0 AT>  " data "\n2.0 AT<  \\r\\nSEND OK\\r\\n\n"
#define GETS(data)                                                             \
	"3.0 AT>  AT+QIRD=0,1500\\r\n"                                         \
	"3.0 AT<  \\r\\n+QIRD: 6\\r\\n" data "\\r\\nOK\\r\\n\n"
#define HELLO "\\x16\\x03\\x01\\x00\\x01x"
#define ALERT "\\x15\\x03\\x01\\x00\\x01x"

START_TEST(the_same_is_the_same)
{
	ck_assert_int_eq(judges(OPENED SENDS("hello!"), OPENED SENDS("hello!")),
		EXIT_DONE);
}
END_TEST

START_TEST(another_answer_is_a_divergence)
{
	ck_assert_int_eq(
		judges(OPENED, OPENS "1.0 AT<  \\r\\n+QIOPEN: 0,566\\r\\n\n"),
		EXIT_FAILED);
}
END_TEST

/* Though a command that only one side has comes of it, and is told too. */
START_TEST(a_refusal_of_ours_is_found_before_what_came_of_it)
{
	ck_assert_int_eq(judges(OPENED SENDS(HELLO),
				 OPENS "1.0 WHY  it is not mapped [policy]\n"
				       "1.0 AT<  \\r\\n+QIOPEN: 0,565\\r\\n\n"
				       "2.0 AT>  AT+QISEND=0,6\\r\n"
				       "2.0 AT<  \\r\\nERROR\\r\\n\n"),
		EXIT_SETUP);
}
END_TEST

/* A server takes no handshake twice: no modem is to blame. */
START_TEST(tls_of_the_hosts_own_gets_no_verdict)
{
	ck_assert_int_eq(judges(OPENED SENDS(HELLO) GETS(HELLO),
				 OPENED SENDS(HELLO) GETS(ALERT)),
		EXIT_SETUP);
	ck_assert_int_eq(judges(OPENED SENDS("hello!") GETS("hello!"),
				 OPENED SENDS("hello!") GETS("hallo!")),
		EXIT_FAILED);
	/* What differs before it does count. */
	ck_assert_int_eq(
		judges(HEAD "0.1 AT>  ATI\\r\n"
			    "0.1 AT<  \\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n"
			    "1.0 AT>  AT\\r\n1.0 AT<  \\r\\nOK\\r\\n\n" SENDS(
				    HELLO) GETS(HELLO),
			HEAD "0.1 AT>  ATI\\r\n"
			     "0.1 AT<  \\r\\nERROR\\r\\n\n"
			     "1.0 AT>  AT\\r\n1.0 AT<  \\r\\nOK\\r\\n\n" SENDS(
				     HELLO) GETS(ALERT)),
		EXIT_FAILED);
}
END_TEST

#define BOOT		 HEAD "0.0 AT<  \\r\\nRDY\\r\\n\n"
#define RESET		 "90.0 AT<  \\r\\nRDY\\r\\n\n"
#define ANSWER(at, text) at " AT<  \\r\\n" text "\\r\\n\n"
#define POLL(at, n)                                                            \
	at " AT>  AT+CEREG?\\r\n" ANSWER(at, "+CEREG: 0," n) ANSWER(at, "OK")
#define PIN(at, text) at " AT>  AT+CPIN?\\r\n" ANSWER(at, text)
#define ACTS(at)      at " AT>  AT+QIACT=1\\r\n" ANSWER(at, "OK")

/* What was polled, what --fast makes of it, and whether that is the same. */
static const struct {
	const char *recorded, *replayed;
	int status;
} polled[] = {
	{BOOT POLL("1.0", "2") POLL("9.0", "1"),
		BOOT POLL("1.0", "1") POLL("9.0", "1"), EXIT_DONE},
	{BOOT PIN("1.0", "+CME ERROR: 14") POLL("9.0", "2"),
		BOOT PIN("1.0", "+CPIN: READY") POLL("9.0", "1"), EXIT_DONE},
	/* It was up, and then no more. */
	{BOOT POLL("1.0", "1") POLL("9.0", "3"),
		BOOT POLL("1.0", "1") POLL("9.0", "1"), EXIT_FAILED},
	{BOOT ACTS("1.0") POLL("9.0", "3"), BOOT ACTS("1.0") POLL("9.0", "1"),
		EXIT_FAILED},
	/* No boot takes so long. */
	{BOOT PIN("61.0", "+CME ERROR: 10"), BOOT PIN("61.0", "+CPIN: READY"),
		EXIT_FAILED},
	/* Another boot. */
	{BOOT POLL("1.0", "1") RESET POLL("91.0", "2"),
		BOOT POLL("1.0", "1") RESET POLL("91.0", "1"), EXIT_DONE},
};

START_TEST(polls_of_a_boot_are_forgiven_while_it_lasts)
{
	hurried = true;
	ck_assert_int_eq(judges(polled[_i].recorded, polled[_i].replayed),
		polled[_i].status);
	hurried = false;
	ck_assert_int_eq(
		judges(polled[_i].recorded, polled[_i].replayed), EXIT_FAILED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("replay_judge");
	TCase *tc = tcase_create("replay_judge");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_same_is_the_same);
	tcase_add_test(tc, another_answer_is_a_divergence);
	tcase_add_test(tc, a_refusal_of_ours_is_found_before_what_came_of_it);
	tcase_add_test(tc, tls_of_the_hosts_own_gets_no_verdict);
	tcase_add_loop_test(tc, polls_of_a_boot_are_forgiven_while_it_lasts, 0,
		(int)(sizeof(polled) / sizeof(*polled)));
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
