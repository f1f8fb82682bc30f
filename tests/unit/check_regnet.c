#include "svc/regnet.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static struct profile profile;
static struct regnet *r;
static char told[128];

static void on_change(void *arg, enum reg_domain domain, int stat)
{
	size_t n = strlen(told);

	(void)arg;
	ck_assert_int_eq(stat, regnet_stat(r, domain));
	snprintf(told + n, sizeof(told) - n, "%d=%d ", (int)domain, stat);
}

static unsigned int done, signals;
static enum err result;

static void on_done(void *arg, const struct why *why)
{
	(void)arg;
	done++;
	result = why == NULL ? ERR_OK : why->err;
	ck_assert(why == NULL || why->text[0] != '\0');
}

static void on_signal(void *arg)
{
	(void)arg;
	signals++;
}

static void setup(void)
{
	static const struct regnet_events events = {on_done, on_signal};

	fake_clock_init(&fc, false);
	profile_init(&profile);
	r = regnet_new(&profile, &fc.clock, on_change, NULL);
	ck_assert_ptr_nonnull(r);
	told[0] = '\0';
	done = signals = 0;
	regnet_listen(r, &events, NULL);
}

static void teardown(void)
{
	regnet_free(r);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static void assert_stats(int cs, int ps, int eps)
{
	ck_assert_int_eq(regnet_stat(r, REG_CS), cs);
	ck_assert_int_eq(regnet_stat(r, REG_PS), ps);
	ck_assert_int_eq(regnet_stat(r, REG_EPS), eps);
}

START_TEST(a_boot_goes_through_4_and_2_to_1_and_never_0)
{
	assert_stats(4, 4, 4);
	ck_assert_int_eq(regnet_rssi(r), 99);
	regnet_start(r);
	assert_stats(4, 4, 4);
	fake_clock_advance(&fc, 500);
	assert_stats(2, 2, 2);
	ck_assert_str_eq(told, "0=2 1=2 2=2 ");
	ck_assert(!regnet_attached(r));
	fake_clock_advance(&fc, 2999);
	assert_stats(2, 2, 2);
	told[0] = '\0';
	fake_clock_advance(&fc, 1);
	assert_stats(1, 1, 1);
	ck_assert_str_eq(told, "0=1 1=1 2=1 ");
	ck_assert(regnet_attached(r));
	ck_assert_int_eq(regnet_rssi(r), 30);
}
END_TEST

START_TEST(starting_again_changes_nothing)
{
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	told[0] = '\0';
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	ck_assert_str_eq(told, "");
	assert_stats(1, 1, 1);
}
END_TEST

/* cap [AT §9.1]: SORACOM without SMS on docomo. */
START_TEST(a_data_only_card_is_denied_circuit_switching)
{
	profile.reg_creg = 3;
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(3, 1, 1);
	ck_assert(regnet_attached(r));
}
END_TEST

START_TEST(roaming_is_attached_and_denied_is_not)
{
	profile.reg_cereg = 5;
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	ck_assert(regnet_attached(r));
	regnet_reset(r);
	profile.reg_cereg = 3;
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	ck_assert(!regnet_attached(r));
}
END_TEST

START_TEST(with_the_radio_off_nothing_starts_until_it_is_on_again)
{
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	told[0] = '\0';
	regnet_stop(r);
	assert_stats(0, 0, 0);
	ck_assert_int_eq(regnet_rssi(r), 99);
	ck_assert(!regnet_attached(r));
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(0, 0, 0);
	ck_assert_str_eq(told, "");
	regnet_reset(r);
	assert_stats(4, 4, 4);
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(switching_the_radio_off_is_told_and_ends_what_waits)
{
	struct why why;

	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	told[0] = '\0';
	ck_assert_int_eq(regnet_scan(r, &why), 0);
	regnet_off(r);
	assert_stats(0, 0, 0);
	ck_assert_ptr_nonnull(strstr(told, "0"));
	ck_assert(regnet_left(r));
	/* Off stays off, whatever was under way. */
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(0, 0, 0);
}
END_TEST

START_TEST(a_boot_with_a_stored_cops_2_searches_for_nothing)
{
	struct why why;

	regnet_boot(r, REG_MODE_NONE);
	assert_stats(4, 4, 4);
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(0, 0, 0);
	ck_assert_int_eq(regnet_mode(r), REG_MODE_NONE);
	ck_assert_int_eq(regnet_select(r, REG_MODE_AUTO, &why), 0);
	fake_clock_advance(&fc, 60000);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(a_stop_in_the_middle_forgets_the_search)
{
	regnet_start(r);
	fake_clock_advance(&fc, 600);
	regnet_stop(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(0, 0, 0);
}
END_TEST

static void register_now(void)
{
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	told[0] = '\0';
	signals = 0;
}

START_TEST(leaving_takes_its_time_and_then_every_stat)
{
	struct why why;

	register_now();
	ck_assert_int_eq(regnet_select(r, REG_MODE_NONE, &why), 0);
	ck_assert_int_eq(regnet_scan(r, &why), ERR_BUSY);
	fake_clock_advance(&fc, 499);
	assert_stats(1, 1, 1);
	fake_clock_advance(&fc, 1);
	ck_assert_uint_eq(done, 1);
	ck_assert_int_eq(result, ERR_OK);
	assert_stats(0, 0, 0);
	ck_assert_uint_eq(signals, 1);
	/* No search on its own, also after the radio was off. */
	regnet_stop(r);
	regnet_reset(r);
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	ck_assert(!regnet_registered(r));
	ck_assert_int_eq(regnet_select(r, REG_MODE_AUTO, &why), 0);
	fake_clock_advance(&fc, 3499);
	ck_assert_uint_eq(done, 1);
	fake_clock_advance(&fc, 1);
	ck_assert_uint_eq(done, 2);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(a_choice_without_coverage_ends_after_180_s)
{
	struct why why;

	regnet_start(r);
	regnet_cover(r, false);
	ck_assert_int_eq(regnet_select(r, REG_MODE_AUTO, &why), 0);
	fake_clock_advance(&fc, 179999);
	ck_assert_uint_eq(done, 0);
	fake_clock_advance(&fc, 1);
	ck_assert_uint_eq(done, 1);
	ck_assert_int_eq(result, ERR_TIMEOUT);
}
END_TEST

START_TEST(out_of_coverage_is_searching_until_it_is_back)
{
	register_now();
	regnet_cover(r, false);
	assert_stats(2, 2, 2);
	ck_assert_int_eq(regnet_rssi(r), 99);
	fake_clock_advance(&fc, 600000);
	assert_stats(2, 2, 2);
	regnet_cover(r, true);
	fake_clock_advance(&fc, 3500);
	assert_stats(1, 1, 1);
	ck_assert_str_eq(told, "0=2 1=2 2=2 0=1 1=1 2=1 ");
}
END_TEST

START_TEST(what_settings_leave_out_is_not_found_in_coverage_either)
{
	register_now();
	regnet_allow(r, false);
	assert_stats(2, 2, 2);
	regnet_cover(r, false);
	regnet_cover(r, true);
	fake_clock_advance(&fc, 600000);
	assert_stats(2, 2, 2);
	regnet_cover(r, false);
	regnet_allow(r, true);
	fake_clock_advance(&fc, 600000);
	assert_stats(2, 2, 2);
	regnet_cover(r, true);
	fake_clock_advance(&fc, 3500);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(a_forbidden_network_is_refused_when_searched_not_when_named)
{
	struct why why;

	register_now();
	regnet_forbid(r, true);
	assert_stats(1, 1, 1);
	regnet_cover(r, false);
	regnet_cover(r, true);
	fake_clock_advance(&fc, 3500);
	assert_stats(3, 3, 3);
	/* Again by itself: it is the same; by name: it is tried anew. */
	ck_assert_int_eq(regnet_select(r, REG_MODE_AUTO, &why), 0);
	fake_clock_advance(&fc, 0);
	ck_assert_int_eq(result, ERR_NO_SERVICE);
	ck_assert_int_eq(regnet_select(r, REG_MODE_MANUAL, &why), 0);
	assert_stats(2, 2, 2);
	fake_clock_advance(&fc, 3500);
	ck_assert_uint_eq(done, 2);
	ck_assert_int_eq(result, ERR_OK);
	assert_stats(1, 1, 1);
	/* Off the list while it is refused: found. */
	ck_assert_int_eq(regnet_select(r, REG_MODE_AUTO, &why), 0);
	regnet_cover(r, false);
	regnet_cover(r, true);
	fake_clock_advance(&fc, 3500);
	assert_stats(3, 3, 3);
	regnet_forbid(r, false);
	assert_stats(2, 2, 2);
	fake_clock_advance(&fc, 3500);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(a_lost_sim_ends_the_registration_and_what_waits)
{
	struct why why;

	register_now();
	ck_assert_int_eq(regnet_scan(r, &why), 0);
	regnet_sim_lost(r);
	ck_assert_uint_eq(done, 1);
	ck_assert_int_eq(result, ERR_NO_SERVICE);
	assert_stats(0, 0, 0);
	regnet_sim_lost(r);
	ck_assert_uint_eq(done, 1);
	regnet_start(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(detached_the_card_stays_registered_for_calls)
{
	struct why why;

	ck_assert_int_eq(regnet_attach(r, true, &why), ERR_NO_SERVICE);
	register_now();
	ck_assert_int_eq(regnet_attach(r, false, &why), 0);
	fake_clock_advance(&fc, 1000);
	assert_stats(1, 0, 0);
	ck_assert(!regnet_attached(r));
	ck_assert(regnet_registered(r));
	ck_assert_int_eq(regnet_attach(r, true, &why), 0);
	fake_clock_advance(&fc, 1000);
	assert_stats(1, 1, 1);
}
END_TEST

START_TEST(one_radio_state_moves_with_the_antenna)
{
	struct reg_signal s;

	ck_assert(!regnet_signal(r, &s));
	register_now();
	ck_assert(regnet_signal(r, &s));
	ck_assert_int_eq(s.rssi, -53);
	ck_assert_int_eq(s.rsrp, -81);
	regnet_set_rssi(r, 12);
	ck_assert_uint_eq(signals, 1);
	ck_assert_int_eq(regnet_rssi(r), 12);
	regnet_set_rssi(r, 12);
	regnet_set_rssi(r, 32);
	regnet_set_rssi(r, -1);
	ck_assert_uint_eq(signals, 1);
	regnet_signal(r, &s);
	ck_assert_int_eq(s.rssi, -89);
	ck_assert_int_eq(s.rsrp, -117);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("regnet");
	TCase *tc = tcase_create("regnet");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_boot_goes_through_4_and_2_to_1_and_never_0);
	tcase_add_test(tc, starting_again_changes_nothing);
	tcase_add_test(tc, a_data_only_card_is_denied_circuit_switching);
	tcase_add_test(tc, roaming_is_attached_and_denied_is_not);
	tcase_add_test(
		tc, with_the_radio_off_nothing_starts_until_it_is_on_again);
	tcase_add_test(tc, switching_the_radio_off_is_told_and_ends_what_waits);
	tcase_add_test(tc, a_boot_with_a_stored_cops_2_searches_for_nothing);
	tcase_add_test(tc, a_stop_in_the_middle_forgets_the_search);
	tcase_add_test(tc, leaving_takes_its_time_and_then_every_stat);
	tcase_add_test(tc, a_choice_without_coverage_ends_after_180_s);
	tcase_add_test(tc, out_of_coverage_is_searching_until_it_is_back);
	tcase_add_test(
		tc, what_settings_leave_out_is_not_found_in_coverage_either);
	tcase_add_test(tc,
		a_forbidden_network_is_refused_when_searched_not_when_named);
	tcase_add_test(tc, a_lost_sim_ends_the_registration_and_what_waits);
	tcase_add_test(tc, detached_the_card_stays_registered_for_calls);
	tcase_add_test(tc, one_radio_state_moves_with_the_antenna);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
