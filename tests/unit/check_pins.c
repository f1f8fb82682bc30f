#include "io/pins.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static struct pins pins;
static uint64_t start_us;
static char said[1024];

/* "K@20 ": the edge, and ms since the start. */
static void on_edge(void *arg, char edge)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%c@%llu ", edge,
		(unsigned long long)(fc.now_us - start_us) / 1000);
}

static void on_late(void *arg, uint64_t ms)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "+%llu ", (unsigned long long)ms);
}

static void setup(void)
{
	fake_clock_init(&fc, false);
	start_us = fc.now_us;
	said[0] = '\0';
	pins_init(&pins, &fc.clock, on_edge, on_late, NULL);
	pins_peer(&pins, true);
}

static void teardown(void)
{
	pins_stop(&pins);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

/* The process gets no turn for so long: timers are late as well. */
static void sleep_ms(uint64_t ms)
{
	fc.now_us += ms * 1000;
}

static void feed(const char *edges)
{
	pins_bytes(&pins, edges, strlen(edges));
}

START_TEST(edges_pass_at_once_while_the_machine_is_idle)
{
	fake_clock_advance(&fc, 1000);
	feed("vK");
	fake_clock_advance(&fc, 99);
	feed("k?");
	feed("rR");
	ck_assert_str_eq(said, "v@1000 K@1000 k@1099 ?@1099 r@1099 R@1099 ");
}
END_TEST

START_TEST(both_edges_behind_a_gap_are_as_far_apart_as_the_gap_is_long)
{
	fake_clock_advance(&fc, 1000);
	sleep_ms(300);
	feed("Kk");
	ck_assert_str_eq(said, "K@1300 +300 ");
	feed("D");
	fake_clock_advance(&fc, 299);
	ck_assert_str_eq(said, "K@1300 +300 ");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(said, "K@1300 +300 k@1600 D@1600 ");
}
END_TEST

START_TEST(the_beat_may_come_before_the_bytes)
{
	fake_clock_advance(&fc, 1000);
	sleep_ms(300);
	fake_clock_run(&fc);
	feed("rR");
	fake_clock_advance(&fc, 400);
	ck_assert_str_eq(said, "r@1300 +300 R@1600 ");
}
END_TEST

START_TEST(a_first_edge_that_came_late_lengthens_what_follows)
{
	fake_clock_advance(&fc, 1000);
	sleep_ms(130);
	feed("K");
	fake_clock_advance(&fc, 50);
	feed("k");
	fake_clock_advance(&fc, 200);
	ck_assert_str_eq(said, "K@1130 +130 k@1310 ");
}
END_TEST

START_TEST(the_next_pulse_is_measured_anew)
{
	fake_clock_advance(&fc, 1000);
	sleep_ms(300);
	feed("Kk");
	fake_clock_advance(&fc, 1000);
	said[0] = '\0';
	feed("K");
	fake_clock_advance(&fc, 20);
	feed("k");
	ck_assert_str_eq(said, "K@2300 k@2320 ");
}
END_TEST

START_TEST(more_than_any_wiring_sends_is_not_lost)
{
	char edges[1001], *p;
	size_t n = 0;

	fake_clock_advance(&fc, 1000);
	sleep_ms(300);
	for (size_t i = 0; i < 500; i++)
		memcpy(edges + 2 * i, i % 2 ? "Rr" : "Kk", 2);
	pins_bytes(&pins, edges, 300);
	fake_clock_advance(&fc, 100000);
	for (p = said; (p = strchr(p, '@')) != NULL; p++)
		n++;
	/* As much as fits into `said`. */
	ck_assert_uint_gt(n, 80);
	ck_assert_uint_eq(pins.n, 0);
}
END_TEST

START_TEST(nothing_beats_while_nobody_is_there)
{
	pins_peer(&pins, false);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	sleep_ms(1000);
	pins_peer(&pins, true);
	feed("Kk");
	ck_assert_str_eq(said, "K@1000 k@1000 ");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("pins");
	TCase *t = tcase_create("pins");
	SRunner *r;
	int failed;

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, edges_pass_at_once_while_the_machine_is_idle);
	tcase_add_test(
		t, both_edges_behind_a_gap_are_as_far_apart_as_the_gap_is_long);
	tcase_add_test(t, the_beat_may_come_before_the_bytes);
	tcase_add_test(t, a_first_edge_that_came_late_lengthens_what_follows);
	tcase_add_test(t, the_next_pulse_is_measured_anew);
	tcase_add_test(t, more_than_any_wiring_sends_is_not_lost);
	tcase_add_test(t, nothing_beats_while_nobody_is_there);
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
