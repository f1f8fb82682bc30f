#include "hil/fresh.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/bridge.h"
#include "support/fake_clock.h"

/* What is said to a modem, and to firmware in front of it, before a scenario.
 */

static struct fake_clock fc;
static struct fresh fresh;
static struct bridge *bridge;
static char said[300], error[400];
static bool over;

static void on_say(void *arg, const char *text)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%s", text);
}

static void on_done(void *arg)
{
	(void)arg;
	over = true;
}

static void on_bridge(void *arg, const char *why)
{
	(void)arg;
	over = true;
	snprintf(error, sizeof(error), "%s", why != NULL ? why : "well");
	/* It may: nothing of it is touched any more. */
	bridge_free(bridge);
	bridge = NULL;
}

static void set_up(void)
{
	fake_clock_init(&fc, false);
	said[0] = error[0] = '\0';
	over = false;
}

static void tear_down(void)
{
	fresh_free(&fresh);
	bridge_free(bridge);
	bridge = NULL;
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static void spoken(const char *want)
{
	ck_assert_str_eq(said, want);
	said[0] = '\0';
}

/* ---- the modem ---- */

static void begin(bool settle)
{
	const struct fresh_opts o = {.clock = &fc.clock,
		.settle = settle,
		.say = on_say,
		.done = on_done};

	fresh_begin(&fresh, &o);
	spoken("AT&F\r");
}

/* In two pieces, at every byte of which it could be cut. */
static void modem(const char *text)
{
	size_t half = strlen(text) / 2;

	fresh_take(&fresh, text, half);
	fresh_take(&fresh, text + half, strlen(text) - half);
}

START_TEST(one_that_runs_is_fresh_behind_its_ok)
{
	begin(false);
	modem("\r\n+QIURC: \"recv\",0\r\nAT&F\r");
	ck_assert(!over);
	modem("\r\nOK\r\n");
	ck_assert(over && !fresh.waits);
	spoken("");
}
END_TEST

START_TEST(one_that_was_switched_on_ends_its_start_first)
{
	begin(true);
	modem("AT&F\r\r\nOK\r\n");
	spoken("AT+QINISTAT;+CGATT?\r");
	modem("\r\n+QINISTAT: 3\r\n\r\n+CGATT: 1\r\n\r\nOK\r\n");
	ck_assert(!over);
	modem("\r\n+QIND: PB DONE\r\n");
	fake_clock_advance(&fc, 500);
	spoken("AT+QINISTAT;+CGATT?\r");
	modem("\r\n+QINISTAT: 7\r\n\r\n+CGATT: 0\r\n\r\nOK\r\n");
	ck_assert(!over);
	fake_clock_advance(&fc, 500);
	spoken("AT+QINISTAT;+CGATT?\r");
	modem("\r\n+QINISTAT: 7\r\n\r\n+CGATT: 1\r\n\r\nOK\r\n");
	ck_assert(over);
}
END_TEST

START_TEST(without_a_sim_it_is_not_waited_for_for_ever)
{
	unsigned asked = 0;

	begin(true);
	modem("\r\nOK\r\n");
	while (!over && asked++ < 100) {
		spoken("AT+QINISTAT;+CGATT?\r");
		modem("\r\n+QINISTAT: 0\r\n\r\n+CGATT: 0\r\n\r\nOK\r\n");
		fake_clock_advance(&fc, 500);
	}
	ck_assert_uint_eq(asked, 61);
}
END_TEST

START_TEST(one_that_does_not_know_the_question_is_not_asked_again)
{
	begin(true);
	modem("\r\nOK\r\n");
	modem("\r\nERROR\r\n");
	ck_assert(over);
}
END_TEST

/* ---- the firmware ---- */

static void bridge_begin(bool leave, bool enter)
{
	const struct bridge_opts o = {.clock = &fc.clock,
		.leave = leave,
		.enter = enter,
		.say = on_say,
		.done = on_bridge};

	bridge = bridge_new(&o);
	ck_assert_ptr_nonnull(bridge);
}

static void firmware(const char *text)
{
	bridge_bytes(bridge, text, strlen(text));
}

START_TEST(firmware_that_was_reset_becomes_a_bridge)
{
	bridge_begin(false, true);
	spoken("modem on\n");
	firmware("# wiofw ready\n# modem is up\n+ok mod");
	spoken("");
	firmware("em on\n");
	spoken("bridge\n");
	firmware("+ok bridge\r\n");
	ck_assert_str_eq(error, "well");
}
END_TEST

START_TEST(a_bridge_that_was_left_is_ended_behind_more_and_more_silence)
{
	bridge_begin(true, false);
	fake_clock_advance(&fc, 699);
	spoken("");
	fake_clock_advance(&fc, 1);
	spoken("\x1d\x1d\x1d\nhelp\n");
	firmware("\r\nOK\r\n"); /* the modem still hears it */
	fake_clock_advance(&fc, 15000);
	spoken("");
	fake_clock_advance(&fc, 1400);
	spoken("\x1d\x1d\x1d\nhelp\n");
	firmware("+err usage what\n+ok help\n");
	ck_assert_str_eq(error, "well");
}
END_TEST

START_TEST(what_is_no_wiofw_is_named)
{
	bridge_begin(true, true);
	fake_clock_advance(&fc, 4 * 15000 + 15 * 700);
	ck_assert_str_eq(error,
		"the console does not answer 'help' within 15 s: is wiofw on "
		"it?");
}
END_TEST

START_TEST(a_modem_that_does_not_come_up_is_told_in_the_firmwares_words)
{
	bridge_begin(false, true);
	firmware("+err modem no answer to AT\n");
	ck_assert_str_eq(
		error, "the firmware says: +err modem no answer to AT");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fresh");
	TCase *tc = tcase_create("before a scenario");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, one_that_runs_is_fresh_behind_its_ok);
	tcase_add_test(tc, one_that_was_switched_on_ends_its_start_first);
	tcase_add_test(tc, without_a_sim_it_is_not_waited_for_for_ever);
	tcase_add_test(
		tc, one_that_does_not_know_the_question_is_not_asked_again);
	tcase_add_test(tc, firmware_that_was_reset_becomes_a_bridge);
	tcase_add_test(tc,
		a_bridge_that_was_left_is_ended_behind_more_and_more_silence);
	tcase_add_test(tc, what_is_no_wiofw_is_named);
	tcase_add_test(tc,
		a_modem_that_does_not_come_up_is_told_in_the_firmwares_words);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
