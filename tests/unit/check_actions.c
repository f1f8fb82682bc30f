#include "hil/actions.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "hil/scenario.h"

static struct do_line line;
static char wrong[400];

static void good(const char *text)
{
	ck_assert_msg(do_parse(text, &line, wrong, sizeof(wrong)), "%s", wrong);
}

START_TEST(the_actions_of_the_rig_are_its_own)
{
	static const char *const texts[] = {"hangup", "kill-emulator",
		"stop-emulator", "start-emulator", "stop-broker",
		"start-broker", "reset-board", "peer send x"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		good(texts[i]);
		ck_assert_int_eq(line.type, DO_RIG);
		ck_assert_uint_eq(line.ms, 0);
	}
}
END_TEST

START_TEST(actions_on_the_modem_have_their_values)
{
	good("signal 12");
	ck_assert_int_eq(line.type, DO_MODEM);
	ck_assert_int_eq(line.modem.type, ACTION_SIGNAL);
	ck_assert_int_eq(line.modem.rssi, 12);
	good("sim remove");
	ck_assert_int_eq(line.modem.type, ACTION_SIM);
	ck_assert(!line.modem.on);
	good("power on");
	ck_assert(line.modem.on);
	good("fault tcp.reset:after=10");
	ck_assert_str_eq(line.modem.spec, "tcp.reset:after=10");
}
END_TEST

START_TEST(waits_and_pulses_last)
{
	good("wait 5s");
	ck_assert_int_eq(line.type, DO_WAIT);
	ck_assert_uint_eq(line.ms, 5000);
	good("pwrkey 600ms");
	ck_assert_int_eq(line.type, DO_MODEM);
	ck_assert_uint_eq(line.ms, 600);
	good("reset 60s");
	ck_assert_uint_eq(line.ms, 60000);
}
END_TEST

START_TEST(what_is_wrong_is_said)
{
	static const struct {
		const char *text, *part;
	} bad[] = {
		{"", "unknown action ''"},
		{"dance", "unknown action 'dance'"},
		{"kill_emulator", "did you mean 'kill-emulator'"},
		{"signall 3", "did you mean 'signal'"},
		{"wait", "expected wait 1ms to 60s"},
		{"wait 5", "expected wait 1ms to 60s"},
		{"wait 61s", "1ms to 60s"},
		{"wait 99999999999999999999999ms", "1ms to 60s"},
		{"signal 32", "0 to 31"},
		{"power maybe", "on or off"},
		{"sim eject", "insert or remove"},
		{"fault tcp.nope", "--list-faults"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert(!do_parse(bad[i].text, &line, wrong, sizeof(wrong)));
		ck_assert_msg(strstr(wrong, bad[i].part) != NULL, "%s: %s",
			bad[i].text, wrong);
	}
}
END_TEST

static void load(struct scenario *s, const char *text)
{
	struct transcript_error err;

	ck_assert_msg(scenario_parse(s, "test.at", text, strlen(text), &err),
		"%s", err.text);
}

START_TEST(a_scenario_tells_what_its_actions_need)
{
	struct scenario s;

	load(&s, "# ec21 transcript 1\n- DO  hangup\n- DO  wait 1s\n");
	ck_assert(!do_acts_on_modem(&s));
	scenario_free(&s);
	load(&s, "# ec21 transcript 1\n- DO  fault fs.full\n");
	ck_assert(do_acts_on_modem(&s));
	ck_assert(!do_faults_network(&s));
	scenario_free(&s);
	load(&s, "# ec21 transcript 1\n- DO  fault dns.nx\n");
	ck_assert(do_faults_network(&s));
	scenario_free(&s);
	/* It may be one, once the parameter is known. */
	load(&s, "# ec21 transcript 1\n- DO  fault {$point}\n");
	ck_assert(do_faults_network(&s));
	scenario_free(&s);
}
END_TEST

START_TEST(a_wrong_action_is_an_error_where_it_stands)
{
	const char *text = "# ec21 transcript 1\n- AT>  AT\\r\n- DO   signal "
			   "99\n";
	struct transcript_error err;
	struct scenario s;

	ck_assert(!scenario_parse(&s, "test.at", text, strlen(text), &err));
	ck_assert_uint_eq(err.line, 3);
	ck_assert_uint_eq(err.column, 8);
	ck_assert_ptr_nonnull(strstr(err.text, "0 to 31"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("actions");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_actions_of_the_rig_are_its_own);
	tcase_add_test(tc, actions_on_the_modem_have_their_values);
	tcase_add_test(tc, waits_and_pulses_last);
	tcase_add_test(tc, what_is_wrong_is_said);
	tcase_add_test(tc, a_scenario_tells_what_its_actions_need);
	tcase_add_test(tc, a_wrong_action_is_an_error_where_it_stands);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
