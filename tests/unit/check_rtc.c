#include "svc/rtc.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static struct rtc rtc;

static void setup(void)
{
	fake_clock_init(&fc, false);
	rtc_init(&rtc, &fc.clock);
}

static const char *text(void)
{
	static char out[21];

	memset(out, 'x', sizeof(out));
	rtc_format(&rtc, out);
	ck_assert_uint_eq(strlen(out), 20);
	return out;
}

START_TEST(it_starts_in_1980_and_runs)
{
	ck_assert_str_eq(text(), "80/01/06,00:00:00+00");
	ck_assert(!rtc.synced);
	fake_clock_advance(&fc, 999);
	ck_assert_str_eq(text(), "80/01/06,00:00:00+00");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(text(), "80/01/06,00:00:01+00");
	fake_clock_advance(&fc, 24 * 3600 * 1000);
	ck_assert_str_eq(text(), "80/01/07,00:00:01+00");
}
END_TEST

START_TEST(the_hosts_wall_clock_has_no_part_in_it)
{
	fake_clock_set_wall(&fc, INT64_C(4000000000));
	ck_assert_str_eq(text(), "80/01/06,00:00:00+00");
}
END_TEST

START_TEST(local_time_and_utc_differ_by_the_zone)
{
	int64_t local;
	int zone;

	ck_assert(rtc_parse("17/12/08,09:00:00+36", &local, &zone));
	rtc_set(&rtc, local, zone);
	ck_assert_str_eq(text(), "17/12/08,09:00:00+36");
	/* Japan is nine hours ahead. */
	ck_assert_int_eq(rtc_utc(&rtc), INT64_C(1512691200));
	ck_assert_int_eq(rtc_local(&rtc), INT64_C(1512691200) + 9 * 3600);
	rtc_set(&rtc, local, -14);
	ck_assert_str_eq(text(), "17/12/08,09:00:00-14");
	ck_assert_int_eq(rtc_utc(&rtc), local + 14 * 900);
	rtc.synced = true;
	rtc_reset(&rtc);
	ck_assert_str_eq(text(), "80/01/06,00:00:00+00");
	ck_assert(!rtc.synced);
}
END_TEST

static const char *const good[] = {
	"80/01/06,00:00:00+00",
	"99/12/31,23:59:59-48",
	"00/01/01,00:00:00+56",
	"16/02/29,12:00:00+32",
	"79/12/31,23:59:59+00",
};

START_TEST(what_is_parsed_is_printed_again)
{
	int64_t local;
	int zone;

	ck_assert(rtc_parse(good[_i], &local, &zone));
	rtc_set(&rtc, local, zone);
	ck_assert_str_eq(text(), good[_i]);
}
END_TEST

START_TEST(years_from_80_are_of_the_last_century)
{
	int64_t a, b;
	int zone;

	ck_assert(rtc_parse("80/01/01,00:00:00+00", &a, &zone));
	ck_assert(rtc_parse("79/01/01,00:00:00+00", &b, &zone));
	ck_assert_int_eq(a, INT64_C(315532800));
	ck_assert_int_eq(b, INT64_C(3439756800));
}
END_TEST

START_TEST(the_networks_time_sets_it_to_greenwich_or_local_time)
{
	rtc_network(&rtc, INT64_C(1512691200), 36);
	ck_assert(rtc.synced);
	/* Told is not set. */
	ck_assert_str_eq(text(), "80/01/06,00:00:00+00");
	fake_clock_advance(&fc, 2000);
	ck_assert_int_eq(rtc_network_utc(&rtc), INT64_C(1512691202));
	rtc_set_network(&rtc, true);
	ck_assert_str_eq(text(), "17/12/08,00:00:02+36");
	ck_assert_int_eq(rtc_utc(&rtc), INT64_C(1512691202));
	rtc_set_network(&rtc, false);
	ck_assert_str_eq(text(), "17/12/08,09:00:02+36");
	ck_assert_int_eq(rtc_utc(&rtc), INT64_C(1512691202));
	rtc_reset(&rtc);
	ck_assert(!rtc.synced);
	ck_assert_str_eq(text(), "80/01/06,00:00:00+00");
}
END_TEST

static const char *const bad[] = {
	"",
	"17/12/08,09:00:00",
	"17/12/08,09:00:00+3",
	"17/12/08,09:00:00+360",
	"17/12/08 09:00:00+36",
	"17-12-08,09:00:00+36",
	"2017/12/08,09:00:00+36",
	"17/13/08,09:00:00+36",
	"17/00/08,09:00:00+36",
	"17/12/00,09:00:00+36",
	"17/12/32,09:00:00+36",
	"17/02/29,09:00:00+36",
	"17/12/08,24:00:00+36",
	"17/12/08,09:60:00+36",
	"17/12/08,09:00:60+36",
	"17/12/08,09:00:00+57",
	"17/12/08,09:00:00-49",
	"17/12/08,09:00:00*36",
	"1a/12/08,09:00:00+36",
};

START_TEST(what_is_no_date_is_refused)
{
	int64_t local = 7;
	int zone = 7;

	ck_assert(!rtc_parse(bad[_i], &local, &zone));
	ck_assert_int_eq(local, 7);
	ck_assert_int_eq(zone, 7);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rtc");
	TCase *t = tcase_create("rtc");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, it_starts_in_1980_and_runs);
	tcase_add_test(t, the_hosts_wall_clock_has_no_part_in_it);
	tcase_add_test(t, local_time_and_utc_differ_by_the_zone);
	tcase_add_loop_test(t, what_is_parsed_is_printed_again, 0,
		sizeof(good) / sizeof(*good));
	tcase_add_test(t, the_networks_time_sets_it_to_greenwich_or_local_time);
	tcase_add_test(t, years_from_80_are_of_the_last_century);
	tcase_add_loop_test(
		t, what_is_no_date_is_refused, 0, sizeof(bad) / sizeof(*bad));
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
