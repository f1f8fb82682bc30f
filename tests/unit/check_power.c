#include "svc/power.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static struct profile profile;
static struct power *p;
static char log_text[1024];
static uint64_t start_ms;

static void log_event(const char *what)
{
	size_t n = strlen(log_text);

	snprintf(log_text + n, sizeof(log_text) - n, "%llu:%s ",
		(unsigned long long)(clock_now_ms(&fc.clock) - start_ms), what);
}

static void on_ready(void *arg)
{
	(void)arg;
	ck_assert_int_eq(power_state(p), POWER_ON);
	log_event("ready");
}

static void on_radio(void *arg)
{
	(void)arg;
	ck_assert(power_has_radio(p));
	log_event("radio");
}

static void on_lost(void *arg)
{
	(void)arg;
	ck_assert(!power_has_radio(p));
	log_event("lost");
}

static void on_powered_down(void *arg)
{
	(void)arg;
	log_event("down");
}

static void on_status(void *arg, bool running)
{
	(void)arg;
	log_event(running ? "run" : "off");
}

static void on_note(void *arg, const char *text)
{
	(void)arg;
	log_event(text);
}

static const struct power_events events = {
	.ready = on_ready,
	.radio = on_radio,
	.lost = on_lost,
	.powered_down = on_powered_down,
	.status = on_status,
	.note = on_note,
};

/* The log so far, then forgotten; the next one starts at 0 ms. */
static const char *take(void)
{
	static char text[sizeof(log_text)];

	snprintf(text, sizeof(text), "%s", log_text);
	log_text[0] = '\0';
	start_ms = clock_now_ms(&fc.clock);
	return text;
}

static void setup(void)
{
	fake_clock_init(&fc, false);
	profile_init(&profile);
	p = power_new(&profile, &fc.clock, &events, NULL);
	ck_assert_ptr_nonnull(p);
	take();
}

static void teardown(void)
{
	power_free(p);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static void boot(void)
{
	power_boot(p);
	fake_clock_advance(&fc, 20000);
	ck_assert_int_eq(power_state(p), POWER_ON);
	take();
}

static void pulse(void (*pin)(struct power *, bool), bool active, uint64_t ms)
{
	pin(p, active);
	fake_clock_advance(&fc, ms);
	pin(p, !active);
}

START_TEST(a_boot_raises_status_then_rdy_then_the_radio)
{
	ck_assert_int_eq(power_state(p), POWER_OFF);
	power_boot(p);
	ck_assert_int_eq(power_state(p), POWER_BOOTING);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "2500:run 10700:ready 10828:radio ");
	power_boot(p); /* harmless when it runs */
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "");
}
END_TEST

START_TEST(fast_boots_at_once_in_the_same_order)
{
	power_free(p);
	fake_clock_init(&fc, true);
	p = power_new(&profile, &fc.clock, &events, NULL);
	take();
	power_boot(p);
	ck_assert_str_eq(take(), ""); /* never before power_boot() returns */
	fake_clock_run(&fc);
	ck_assert_str_eq(take(), "0:run 0:ready 0:radio ");
}
END_TEST

/* The library's pulse of 200 ms [WIO §7]. */
START_TEST(the_boards_pulse_on_pwrkey_switches_on)
{
	power_pin_supply(p, true);
	pulse(power_pin_pwrkey, true, 200);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "2600:run 10800:ready 10928:radio ");
}
END_TEST

START_TEST(a_short_pulse_on_pwrkey_says_that_it_was_short)
{
	power_pin_supply(p, true);
	pulse(power_pin_pwrkey, true, 99);
	fake_clock_advance(&fc, 20000);
	ck_assert_int_eq(power_state(p), POWER_OFF);
	ck_assert_str_eq(take(), "99:PWRKEY pulse of 99 ms had no effect, "
				 "100 ms are needed ");
}
END_TEST

START_TEST(pwrkey_without_supply_does_nothing_and_says_so)
{
	pulse(power_pin_pwrkey, true, 200);
	ck_assert_ptr_nonnull(strstr(take(), "no supply"));
	ck_assert_int_eq(power_state(p), POWER_OFF);
	/* Held until the supply comes, it counts from then. */
	power_pin_pwrkey(p, true);
	fake_clock_advance(&fc, 500);
	take();
	power_pin_supply(p, true);
	fake_clock_advance(&fc, 100);
	ck_assert_int_eq(power_state(p), POWER_BOOTING);
}
END_TEST

START_TEST(holding_pwrkey_on_and_on_boots_once_and_does_not_switch_off)
{
	power_pin_supply(p, true);
	power_pin_pwrkey(p, true);
	fake_clock_advance(&fc, 60000);
	ck_assert_int_eq(power_state(p), POWER_ON);
	ck_assert_str_eq(take(), "2600:run 10800:ready 10928:radio ");
}
END_TEST

START_TEST(a_long_press_switches_off_and_a_short_one_does_not)
{
	boot();
	pulse(power_pin_pwrkey, true, 649);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "");
	pulse(power_pin_pwrkey, true, 700);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "3650:down 4650:off 4650:lost ");
	ck_assert_int_eq(power_state(p), POWER_OFF);
}
END_TEST

START_TEST(a_reset_pulse_loses_all_and_boots_when_it_ends)
{
	boot();
	pulse(power_pin_reset, false, 200);
	ck_assert_int_eq(power_state(p), POWER_BOOTING);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "150:off 150:lost 2700:run 9200:ready "
				 "9328:radio ");
}
END_TEST

START_TEST(a_short_reset_pulse_says_that_it_was_short)
{
	boot();
	pulse(power_pin_reset, false, 149);
	fake_clock_advance(&fc, 20000);
	ck_assert_int_eq(power_state(p), POWER_ON);
	ck_assert_str_eq(take(), "149:RESET_N pulse of 149 ms had no effect, "
				 "150 ms are needed ");
}
END_TEST

START_TEST(reset_holds_the_modem_as_long_as_it_is_low)
{
	boot();
	power_pin_reset(p, false);
	fake_clock_advance(&fc, 60000);
	ck_assert_str_eq(take(), "150:off 150:lost ");
	power_pin_reset(p, true);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "2500:run 9000:ready 9128:radio ");
}
END_TEST

START_TEST(reset_of_a_modem_that_is_off_does_not_switch_it_on)
{
	power_pin_supply(p, true);
	pulse(power_pin_reset, false, 200);
	fake_clock_advance(&fc, 20000);
	ck_assert_int_eq(power_state(p), POWER_OFF);
	ck_assert_ptr_nonnull(strstr(take(), "no effect while the modem is"));
}
END_TEST

START_TEST(reset_in_the_middle_of_a_boot_starts_it_anew)
{
	power_boot(p);
	fake_clock_advance(&fc, 5000);
	take();
	pulse(power_pin_reset, false, 200);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "150:off 150:lost 2700:run 9200:ready "
				 "9328:radio ");
}
END_TEST

START_TEST(cutting_the_supply_is_immediate_in_every_state)
{
	boot();
	power_pin_supply(p, false);
	ck_assert_str_eq(take(), "0:off 0:lost ");
	ck_assert_int_eq(power_state(p), POWER_OFF);
	power_boot(p);
	fake_clock_advance(&fc, 1000);
	power_pin_supply(p, false);
	ck_assert_str_eq(take(), "1000:lost ");
	power_boot(p);
	fake_clock_advance(&fc, 20000);
	power_down(p, false);
	fake_clock_advance(&fc, 3500);
	power_pin_supply(p, false);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "2500:run 10700:ready 10828:radio "
				 "23000:down 23500:off 23500:lost ");
}
END_TEST

START_TEST(power_down_says_farewell_then_goes_off)
{
	boot();
	power_down(p, false);
	ck_assert_int_eq(power_state(p), POWER_DOWN);
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "3000:down 4000:off 4000:lost ");
	boot();
	power_down(p, true);
	ck_assert_str_eq(take(), ""); /* its OK goes first */
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "0:down 1000:off 1000:lost ");
}
END_TEST

START_TEST(a_restart_lets_its_ok_out_first)
{
	boot();
	power_restart(p);
	ck_assert_str_eq(take(), "");
	fake_clock_advance(&fc, 20000);
	ck_assert_str_eq(take(), "100:off 100:lost 2600:run 9100:ready "
				 "9228:radio ");
}
END_TEST

START_TEST(time_since_rdy_counts_only_while_the_uart_answers)
{
	power_boot(p);
	fake_clock_advance(&fc, 10699);
	ck_assert_uint_eq(power_since_ready_us(p), 0);
	fake_clock_advance(&fc, 1001);
	ck_assert_uint_eq(power_since_ready_us(p), 1000000);
	power_pin_supply(p, false);
	ck_assert_uint_eq(power_since_ready_us(p), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("power");
	TCase *tc = tcase_create("power");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_boot_raises_status_then_rdy_then_the_radio);
	tcase_add_test(tc, fast_boots_at_once_in_the_same_order);
	tcase_add_test(tc, the_boards_pulse_on_pwrkey_switches_on);
	tcase_add_test(tc, a_short_pulse_on_pwrkey_says_that_it_was_short);
	tcase_add_test(tc, pwrkey_without_supply_does_nothing_and_says_so);
	tcase_add_test(tc,
		holding_pwrkey_on_and_on_boots_once_and_does_not_switch_off);
	tcase_add_test(tc, a_long_press_switches_off_and_a_short_one_does_not);
	tcase_add_test(tc, a_reset_pulse_loses_all_and_boots_when_it_ends);
	tcase_add_test(tc, a_short_reset_pulse_says_that_it_was_short);
	tcase_add_test(tc, reset_holds_the_modem_as_long_as_it_is_low);
	tcase_add_test(tc, reset_of_a_modem_that_is_off_does_not_switch_it_on);
	tcase_add_test(tc, reset_in_the_middle_of_a_boot_starts_it_anew);
	tcase_add_test(tc, cutting_the_supply_is_immediate_in_every_state);
	tcase_add_test(tc, power_down_says_farewell_then_goes_off);
	tcase_add_test(tc, a_restart_lets_its_ok_out_first);
	tcase_add_test(tc, time_since_rdy_counts_only_while_the_uart_answers);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
