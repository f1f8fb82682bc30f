#include "base/clock.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/fake_clock.h"

static struct fake_clock fc;
static char order[32];
static uint64_t fired_at[32];

struct mark {
	struct timer timer;
	char name;
	unsigned int again;
	enum timer_kind kind;
	uint64_t again_ms;
	struct timer *kill;
};

static void fire(void *arg)
{
	struct mark *m = arg;
	size_t n = strlen(order);

	ck_assert_uint_lt(n, sizeof(order) - 1);
	fired_at[n] = clock_now_ms(&fc.clock);
	order[n] = m->name;
	if (m->kill != NULL)
		timer_del(&fc.clock, m->kill);
	if (m->again > 0) {
		m->again--;
		timer_set(&fc.clock, &m->timer, m->kind, m->again_ms);
	}
}

static void mark_init(struct mark *m, char name)
{
	*m = (struct mark){.name = name};
	timer_init(&m->timer, fire, m);
}

static void setup(void)
{
	fake_clock_init(&fc, false);
	memset(order, 0, sizeof(order));
}

static void teardown(void)
{
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

START_TEST(timers_fire_in_order_of_deadline)
{
	struct mark a, b, c;

	mark_init(&a, 'a');
	mark_init(&b, 'b');
	mark_init(&c, 'c');
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 300);
	timer_set(&fc.clock, &b.timer, TIMER_WINDOW, 100);
	timer_set(&fc.clock, &c.timer, TIMER_LATENCY, 200);
	fake_clock_advance(&fc, 1000);
	ck_assert_str_eq(order, "bca");
	ck_assert_uint_eq(fired_at[0], 1100);
	ck_assert_uint_eq(fired_at[1], 1200);
	ck_assert_uint_eq(fired_at[2], 1300);
	ck_assert_uint_eq(clock_now_ms(&fc.clock), 2000);
}
END_TEST

START_TEST(equal_deadlines_fire_in_order_of_arming)
{
	struct mark m[4];

	for (int i = 0; i < 4; i++) {
		mark_init(&m[i], (char)('a' + i));
		timer_set(&fc.clock, &m[i].timer, TIMER_WINDOW, 50);
	}
	/* Armed anew for the same moment: now the last. */
	timer_set(&fc.clock, &m[1].timer, TIMER_WINDOW, 50);
	fake_clock_advance(&fc, 50);
	ck_assert_str_eq(order, "acdb");
}
END_TEST

START_TEST(a_timer_does_not_fire_a_microsecond_early)
{
	struct mark a;

	mark_init(&a, 'a');
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 10);
	fake_clock_advance_us(&fc, 9999);
	ck_assert_str_eq(order, "");
	ck_assert(a.timer.armed);
	fake_clock_advance_us(&fc, 1);
	ck_assert_str_eq(order, "a");
	ck_assert(!a.timer.armed);
}
END_TEST

START_TEST(setting_a_timer_never_calls_back)
{
	struct mark a;

	fake_clock_init(&fc, true);
	mark_init(&a, 'a');
	timer_set(&fc.clock, &a.timer, TIMER_LATENCY, 5000);
	ck_assert_str_eq(order, "");
	fake_clock_run(&fc);
	ck_assert_str_eq(order, "a");
	ck_assert_uint_eq(clock_now_ms(&fc.clock), 1000);
}
END_TEST

START_TEST(fast_drops_latencies_and_keeps_windows)
{
	struct mark lat, win;

	fake_clock_init(&fc, true);
	mark_init(&lat, 'l');
	mark_init(&win, 'w');
	timer_set(&fc.clock, &win.timer, TIMER_WINDOW, 1000);
	timer_set(&fc.clock, &lat.timer, TIMER_LATENCY, 60000);
	fake_clock_advance(&fc, 999);
	ck_assert_str_eq(order, "l");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(order, "lw");
}
END_TEST

START_TEST(speed_divides_latencies_and_windows)
{
	const struct clock_backend backend = fc.clock.backend;

	clock_init(&fc.clock, &backend, false, 10.0);
	ck_assert_uint_eq(clock_scale_us(&fc.clock, TIMER_LATENCY, 50), 5000);
	ck_assert_uint_eq(clock_scale_us(&fc.clock, TIMER_WINDOW, 50), 5000);
	clock_init(&fc.clock, &backend, true, 0.5);
	ck_assert_uint_eq(clock_scale_us(&fc.clock, TIMER_LATENCY, 50), 0);
	ck_assert_uint_eq(clock_scale_us(&fc.clock, TIMER_WINDOW, 50), 100000);
	/* A speed that makes no sense is no division by zero. */
	clock_init(&fc.clock, &backend, false, 0);
	ck_assert_uint_eq(clock_scale_us(&fc.clock, TIMER_WINDOW, 50), 50000);
}
END_TEST

START_TEST(a_callback_may_rearm_its_own_timer)
{
	struct mark a;

	mark_init(&a, 'a');
	a.again = 3;
	a.kind = TIMER_WINDOW;
	a.again_ms = 100;
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 100);
	fake_clock_advance(&fc, 399);
	ck_assert_str_eq(order, "aaa");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(order, "aaaa");
	ck_assert_uint_eq(fired_at[3], 1400);
}
END_TEST

START_TEST(a_callback_may_delete_another_timer_that_is_due)
{
	struct mark a, b;

	mark_init(&a, 'a');
	mark_init(&b, 'b');
	a.kill = &b.timer;
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 10);
	timer_set(&fc.clock, &b.timer, TIMER_WINDOW, 10);
	fake_clock_advance(&fc, 20);
	ck_assert_str_eq(order, "a");
}
END_TEST

static void run_from_inside(void *arg)
{
	(void)arg;
	order[strlen(order)] = 'x';
	clock_run(&fc.clock);
	order[strlen(order)] = 'y';
}

START_TEST(clock_run_inside_a_callback_returns_at_once)
{
	struct timer outer;
	struct mark b;

	timer_init(&outer, run_from_inside, NULL);
	mark_init(&b, 'b');
	timer_set(&fc.clock, &outer, TIMER_WINDOW, 10);
	timer_set(&fc.clock, &b.timer, TIMER_WINDOW, 10);
	fake_clock_advance(&fc, 10);
	ck_assert_str_eq(order, "xyb");
}
END_TEST

START_TEST(deleting_an_idle_timer_does_nothing)
{
	struct mark a;

	mark_init(&a, 'a');
	timer_del(&fc.clock, &a.timer);
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 10);
	timer_del(&fc.clock, &a.timer);
	timer_del(&fc.clock, &a.timer);
	fake_clock_advance(&fc, 100);
	ck_assert_str_eq(order, "");
}
END_TEST

START_TEST(the_back_end_learns_the_next_deadline)
{
	struct mark a, b;

	mark_init(&a, 'a');
	mark_init(&b, 'b');
	ck_assert_uint_eq(fc.deadline_us, UINT64_MAX);
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 500);
	ck_assert_uint_eq(fc.deadline_us, 1500000);
	timer_set(&fc.clock, &b.timer, TIMER_WINDOW, 200);
	ck_assert_uint_eq(fc.deadline_us, 1200000);
	fake_clock_advance(&fc, 200);
	ck_assert_uint_eq(fc.deadline_us, 1500000);
	fake_clock_advance(&fc, 300);
	ck_assert_uint_eq(fc.deadline_us, UINT64_MAX);
}
END_TEST

START_TEST(a_month_of_window_passes_at_once)
{
	struct mark a;

	mark_init(&a, 'a');
	timer_set(&fc.clock, &a.timer, TIMER_WINDOW, 31ull * 86400 * 1000);
	ck_assert(fake_clock_step(&fc));
	ck_assert_str_eq(order, "a");
	ck_assert_uint_eq(clock_now_ms(&fc.clock) - 1000, 31ull * 86400 * 1000);
	ck_assert(!fake_clock_step(&fc));
}
END_TEST

START_TEST(wall_time_moves_with_the_clock_and_can_be_set)
{
	ck_assert_int_eq(clock_wall_us(&fc.clock), FAKE_CLOCK_WALL_START);
	fake_clock_advance(&fc, 1500);
	ck_assert_int_eq(
		clock_wall_us(&fc.clock), FAKE_CLOCK_WALL_START + 1500000);
	fake_clock_set_wall(&fc, 315532800); /* 1980-01-01 */
	ck_assert_int_eq(
		clock_wall_us(&fc.clock), INT64_C(315532800) * 1000000);
	ck_assert_uint_eq(clock_now_ms(&fc.clock), 2500);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("clock");
	TCase *tc = tcase_create("clock");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, timers_fire_in_order_of_deadline);
	tcase_add_test(tc, equal_deadlines_fire_in_order_of_arming);
	tcase_add_test(tc, a_timer_does_not_fire_a_microsecond_early);
	tcase_add_test(tc, setting_a_timer_never_calls_back);
	tcase_add_test(tc, fast_drops_latencies_and_keeps_windows);
	tcase_add_test(tc, speed_divides_latencies_and_windows);
	tcase_add_test(tc, a_callback_may_rearm_its_own_timer);
	tcase_add_test(tc, a_callback_may_delete_another_timer_that_is_due);
	tcase_add_test(tc, clock_run_inside_a_callback_returns_at_once);
	tcase_add_test(tc, deleting_an_idle_timer_does_nothing);
	tcase_add_test(tc, the_back_end_learns_the_next_deadline);
	tcase_add_test(tc, a_month_of_window_passes_at_once);
	tcase_add_test(tc, wall_time_moves_with_the_clock_and_can_be_set);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
