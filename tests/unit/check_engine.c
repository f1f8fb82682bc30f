#include "hil/engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/fake_clock.h"

#define HEAD "# ec21 transcript 1\n"

static struct fake_clock fc;
static struct scenario scenario;
static struct vars vars;
static struct engine *engine;
static struct buf sent;
static const char *acted;
static bool blind, done;

static void on_send(void *arg, enum lane lane, const void *data, size_t len)
{
	(void)arg;
	ck_assert_int_eq(lane, LANE_AT_TX);
	ck_assert(buf_add(&sent, data, len));
}

static bool on_observes(void *arg, enum lane lane)
{
	(void)arg;
	(void)lane;
	return !blind;
}

static void on_act(void *arg, const char *action)
{
	(void)arg;
	acted = strcmp(action, "hangup") == 0 ? "hangup" : "other";
}

static void on_done(void *arg)
{
	(void)arg;
	ck_assert(!done);
	done = true;
}

static void begin(const char *text)
{
	struct engine_link link = {on_send, on_observes, on_act, on_done, NULL};
	struct transcript_error err = {0};

	ck_assert_msg(
		scenario_parse(&scenario, "x.at", text, strlen(text), &err),
		"%u:%u %s", err.line, err.column, err.text);
	engine = engine_new(&scenario, &vars, &fc.clock, &link);
	ck_assert_ptr_nonnull(engine);
	engine_start(engine);
}

static void setup(void)
{
	fake_clock_init(&fc, false);
	buf_init(&sent, 65536);
	vars = (struct vars){0};
	ck_assert(vars_set(&vars, "host", "data.example"));
	acted = NULL;
	blind = done = false;
}

static void teardown(void)
{
	engine_free(engine);
	scenario_free(&scenario);
	vars_free(&vars);
	buf_free(&sent);
}

static void modem(const char *text)
{
	engine_bytes(engine, LANE_AT_RX, text, strlen(text));
}

static void expect_pass(void)
{
	ck_assert_int_eq(engine_verdict(engine), VERDICT_NONE);
	fake_clock_advance(&fc, 20);
	ck_assert_msg(engine_verdict(engine) == VERDICT_PASS, "%s",
		engine_report(engine));
	ck_assert(done);
}

static void expect_fail(enum verdict verdict, const char *report)
{
	ck_assert_int_eq(engine_verdict(engine), verdict);
	ck_assert(done);
	ck_assert_msg(strstr(engine_report(engine), report) != NULL, "%s",
		engine_report(engine));
}

static const char dialogue[] = HEAD "- AT>  AT+GSN\\r\n"
				    "- AT<  AT+GSN\\r\\r\\n{imei=int}\\r\\n\n"
				    "- AT<  \\r\\nOK\\r\\n\n"
				    "- AT>  AT+X={$imei}\\r\n"
				    "- AT<  \\r\\n+X: {$imei},{$host}\\r\\n\n";
static const char first[] = "AT+GSN\r\r\n490154203237518\r\n\r\nOK\r\n";
static const char second[] = "\r\n+X: 490154203237518,data.example\r\n";

START_TEST(a_dialogue_passes_however_its_answers_are_cut)
{
	for (size_t cut = 0; cut < sizeof(first); cut++) {
		begin(dialogue);
		ck_assert_str_eq(buf_cstr(&sent), "AT+GSN\r");
		engine_bytes(engine, LANE_AT_RX, first, cut);
		if (cut < sizeof(first) - 1)
			ck_assert_str_eq(buf_cstr(&sent), "AT+GSN\r");
		engine_bytes(engine, LANE_AT_RX, first + cut,
			sizeof(first) - 1 - cut);
		ck_assert_str_eq(
			buf_cstr(&sent), "AT+GSN\rAT+X=490154203237518\r");
		for (const char *p = second; *p != '\0'; p++)
			engine_bytes(engine, LANE_AT_RX, p, 1);
		expect_pass();
		teardown();
		setup();
	}
	begin(dialogue);
}
END_TEST

START_TEST(a_wrong_byte_fails_at_once_and_is_shown)
{
	begin(HEAD "# title: t\n- NOTE opening\n- AT>  AT\\r\n"
		   "- AT<  \\r\\nOK\\r\\n\n");
	engine_text(engine, LANE_WHY, "because [inf]");
	modem("\r\nER");
	expect_fail(VERDICT_FAIL, "x.at:5: the modem sent other bytes\n"
				  "     2 | # title: t\n"
				  "     3 | - NOTE opening\n"
				  "     4 | - AT>  AT\\r\n"
				  "     5 | - AT<  \\r\\nOK\\r\\n\n"
				  "expected | \\r\\nOK\\r\\n\n"
				  "     got | \\r\\nER\n"
				  "         |     ^\n"
				  "     why | because [inf]\n");
}
END_TEST

START_TEST(an_answer_that_does_not_come_fails_after_five_seconds)
{
	begin(HEAD "- AT<  \\r\\nOK\\r\\n\n");
	modem("\r\nO");
	fake_clock_advance(&fc, 4999);
	ck_assert_int_eq(engine_verdict(engine), VERDICT_NONE);
	fake_clock_advance(&fc, 1);
	expect_fail(VERDICT_FAIL, "nothing more in time");
}
END_TEST

START_TEST(a_time_limit_replaces_the_five_seconds)
{
	begin(HEAD "- AT<  [150s] \\r\\n+QSSLOPEN: 0,566\\r\\n\n"
		   "- AT<  [20ms] x\n");
	fake_clock_advance(&fc, 149000);
	modem("\r\n+QSSLOPEN: 0,566\r\n");
	ck_assert_int_eq(engine_verdict(engine), VERDICT_NONE);
	fake_clock_advance(&fc, 20);
	expect_fail(VERDICT_FAIL, "x.at:3");
}
END_TEST

START_TEST(a_class_at_the_end_is_content_at_its_deadline)
{
	begin(HEAD "- AT<  [1s] n={n=int}\n");
	modem("n=12");
	fake_clock_advance(&fc, 1000);
	expect_pass();
}
END_TEST

START_TEST(bytes_left_over_at_the_end_fail)
{
	begin(HEAD "- AT<  OK\n");
	modem("OK");
	fake_clock_advance(&fc, 19);
	modem("\r");
	expect_fail(VERDICT_FAIL, "no line expected");
}
END_TEST

START_TEST(trailing_any_ends_at_once)
{
	begin(HEAD "# trailing: any\n- AT<  OK\n");
	modem("OK and more");
	ck_assert_int_eq(engine_verdict(engine), VERDICT_PASS);
}
END_TEST

static void console(const char *text)
{
	engine_bytes(engine, LANE_CON_RX, text, strlen(text));
}

START_TEST(a_note_of_the_firmware_that_nobody_asks_for_is_passed_over)
{
	static const char said[] = "# wiofw ready\n# again\n# once more\n"
				   "+ok modem on\n";

	for (size_t cut = 0; cut < sizeof(said) - 1; cut++) {
		begin(HEAD "- CON< {any}ready\\n\n- CON< +ok modem on\\n\n");
		engine_bytes(engine, LANE_CON_RX, said, cut);
		engine_bytes(engine, LANE_CON_RX, said + cut,
			sizeof(said) - 1 - cut);
		expect_pass();
		teardown();
		setup();
	}
	begin(HEAD "- CON< +ok modem on\\n\n");
	console("# again\n+err 3\n");
	expect_fail(VERDICT_FAIL, "     got | +err 3\\n\n");
	expect_fail(VERDICT_FAIL,
		"x.at:2: the firmware's console said something else\n");
	teardown();
	setup();
	begin(HEAD "- CON< +ok modem on\\n\n");
	fake_clock_advance(&fc, 5000);
	expect_fail(VERDICT_FAIL,
		"x.at:2: the firmware's console said nothing more in time\n");
}
END_TEST

START_TEST(what_a_console_says_behind_the_last_line_fails_but_for_notes)
{
	static const char notes[] = "+ok\n# a\n# and b\n# c";

	for (size_t cut = 0; cut < sizeof(notes); cut++) {
		begin(HEAD "- CON< +ok\\n\n");
		engine_bytes(engine, LANE_CON_RX, notes, cut);
		engine_bytes(engine, LANE_CON_RX, notes + cut,
			sizeof(notes) - 1 - cut);
		expect_pass();
		teardown();
		setup();
	}
	begin(HEAD "- CON< +ok\\n\n");
	console("+ok\n# a\n+err 3\n# b\n");
	expect_fail(VERDICT_FAIL, "x.at:2: the firmware's console said more");
	expect_fail(VERDICT_FAIL, "     got | +err 3\\n");
	teardown();
	setup();
	begin(HEAD "- CON< +ok\\n\n");
	console("+ok\n");
	fake_clock_advance(&fc, 19);
	console("+");
	expect_fail(VERDICT_FAIL, "     got | +");
	teardown();
	setup();
	begin(HEAD "# trailing: any\n- CON< +ok\\n\n");
	console("+ok\n+err 3\n");
	ck_assert_int_eq(engine_verdict(engine), VERDICT_PASS);
}
END_TEST

START_TEST(quiet_is_a_time_without_bytes)
{
	begin(HEAD "- AT<  [300ms] @quiet\n- AT<  x\n");
	fake_clock_advance(&fc, 300);
	modem("x");
	expect_pass();
	teardown();
	setup();
	begin(HEAD "- AT<  [300ms] @quiet\n");
	fake_clock_advance(&fc, 299);
	modem("x");
	expect_fail(VERDICT_FAIL, "none were expected");
}
END_TEST

START_TEST(quiet_is_not_ended_by_notes)
{
	begin(HEAD "- CON< @quiet\n- CON< +ok\\n\n");
	console("# on\n# sta");
	fake_clock_advance(&fc, 200);
	console("tus\n+ok\n");
	expect_pass();
	teardown();
	setup();
	begin(HEAD "- CON< @quiet\n");
	console("# on\n+ok\n");
	expect_fail(VERDICT_FAIL, "none were expected");
}
END_TEST

START_TEST(lanes_wait_for_each_other)
{
	begin(HEAD "- WHY  {any}RAM:{file=any}.pem line 1\n"
		   "- AT<  OK\n- BRK  sni={$host} n={int} f={$file}\n"
		   "- BRK  [1s] @quiet\n");
	modem("OK");
	engine_text(engine, LANE_BRK,
		"{\"sni\":\"data.example\",\"n\":7,\"f\":\"cert\"}");
	engine_text(engine, LANE_WHY, "something else");
	ck_assert_int_eq(engine_verdict(engine), VERDICT_NONE);
	engine_text(engine, LANE_WHY, "ssl 0: RAM:cert.pem line 1: text [inf]");
	fake_clock_advance(&fc, 1000);
	expect_pass();
}
END_TEST

START_TEST(a_reason_that_does_not_come_is_named_beside_those_that_did)
{
	begin(HEAD "- WHY  no such thing\n");
	engine_text(engine, LANE_WHY, "another [man]");
	fake_clock_advance(&fc, 5000);
	expect_fail(VERDICT_FAIL, "     got | another [man]\n");
}
END_TEST

START_TEST(other_evidence_fails_with_the_field)
{
	begin(HEAD "- BRK  handshake=done\n");
	engine_text(engine, LANE_BRK, "{\"handshake\":\"failed\"}");
	expect_fail(VERDICT_FAIL, "     got | handshake: failed\n");
}
END_TEST

START_TEST(what_a_rig_cannot_see_is_counted_not_judged)
{
	blind = true;
	begin(HEAD "- WHY  x\n- BRK  y=1\n- BRK  @quiet\n- AT>  z\n");
	expect_pass();
	ck_assert_uint_eq(engine_unobserved(engine), 3);
}
END_TEST

START_TEST(conditions_choose_lines)
{
	ck_assert(vars_set(&vars, "level", "2"));
	begin(HEAD "- AT>  [if level=2] a\n- AT>  [if level!=2] b\n"
		   "- AT>  [if level=] c\n- AT>  [if level!=] d\n");
	ck_assert_str_eq(buf_cstr(&sent), "ad");
	expect_pass();
	teardown();
	setup();
	begin(HEAD "- AT>  [if nobody=1] a\n");
	expect_fail(VERDICT_ERROR, "no parameter");
}
END_TEST

START_TEST(an_action_holds_the_scenario_until_it_is_over)
{
	begin(HEAD "- DO   hangup\n- AT>  x\n");
	ck_assert_str_eq(acted, "hangup");
	ck_assert_uint_eq(buf_len(&sent), 0);
	engine_acted(engine, NULL);
	ck_assert_str_eq(buf_cstr(&sent), "x");
	expect_pass();
	teardown();
	setup();
	begin(HEAD "- DO   hangup\n");
	engine_acted(engine, "no tty");
	expect_fail(VERDICT_ERROR, "no tty");
}
END_TEST

START_TEST(a_modem_that_is_lost_is_an_error_of_the_rig)
{
	begin(HEAD "- AT<  x\n");
	engine_lost(engine, "it burnt down");
	expect_fail(VERDICT_ERROR, "x.at:2: it burnt down");
	modem("x");
	engine_text(engine, LANE_WHY, "too late");
}
END_TEST

START_TEST(a_missing_file_is_the_scenarios_fault)
{
	begin(HEAD "- AT>  @file /nonexistent/x.pem breaks=none\n");
	expect_fail(VERDICT_ERROR, "x.at:2:14: cannot read /nonexistent/x.pem");
}
END_TEST

static Suite *engine_suite(void)
{
	Suite *s = suite_create("engine");
	TCase *t = tcase_create("engine");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_dialogue_passes_however_its_answers_are_cut);
	tcase_add_test(t, a_wrong_byte_fails_at_once_and_is_shown);
	tcase_add_test(
		t, an_answer_that_does_not_come_fails_after_five_seconds);
	tcase_add_test(t, a_time_limit_replaces_the_five_seconds);
	tcase_add_test(t, a_class_at_the_end_is_content_at_its_deadline);
	tcase_add_test(t, bytes_left_over_at_the_end_fail);
	tcase_add_test(t, trailing_any_ends_at_once);
	tcase_add_test(
		t, a_note_of_the_firmware_that_nobody_asks_for_is_passed_over);
	tcase_add_test(t,
		what_a_console_says_behind_the_last_line_fails_but_for_notes);
	tcase_add_test(t, quiet_is_a_time_without_bytes);
	tcase_add_test(t, quiet_is_not_ended_by_notes);
	tcase_add_test(t, lanes_wait_for_each_other);
	tcase_add_test(
		t, a_reason_that_does_not_come_is_named_beside_those_that_did);
	tcase_add_test(t, other_evidence_fails_with_the_field);
	tcase_add_test(t, what_a_rig_cannot_see_is_counted_not_judged);
	tcase_add_test(t, conditions_choose_lines);
	tcase_add_test(t, an_action_holds_the_scenario_until_it_is_over);
	tcase_add_test(t, a_modem_that_is_lost_is_an_error_of_the_rig);
	tcase_add_test(t, a_missing_file_is_the_scenarios_fault);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(engine_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
