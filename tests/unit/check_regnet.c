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

static void setup(void)
{
	fake_clock_init(&fc, false);
	profile_init(&profile);
	r = regnet_new(&profile, &fc.clock, on_change, NULL);
	ck_assert_ptr_nonnull(r);
	told[0] = '\0';
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

START_TEST(a_stop_in_the_middle_forgets_the_search)
{
	regnet_start(r);
	fake_clock_advance(&fc, 600);
	regnet_stop(r);
	fake_clock_advance(&fc, 60000);
	assert_stats(0, 0, 0);
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
	tcase_add_test(tc, a_stop_in_the_middle_forgets_the_search);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
