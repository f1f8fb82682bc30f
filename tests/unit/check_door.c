#include "hil/door.h"

#include <check.h>
#include <stdlib.h>

#include "hil/handclock.h"
#include "net/net.h"

static int fired;

static void on_fire(void *arg)
{
	fired = fired * 10 + *(int *)arg;
}

START_TEST(a_clock_by_hand_goes_from_timer_to_timer)
{
	int one = 1, two = 2;
	struct timer t1, t2;
	struct handclock hc;
	uint64_t start;

	handclock_init(&hc, NULL, false, 1);
	start = clock_now_us(&hc.clock);
	timer_init(&t1, on_fire, &one);
	timer_init(&t2, on_fire, &two);
	timer_set(&hc.clock, &t2, TIMER_WINDOW, 3600000);
	timer_set(&hc.clock, &t1, TIMER_WINDOW, 1000);
	fired = 0;
	handclock_advance(&hc, 999999);
	ck_assert_int_eq(fired, 0);
	ck_assert(handclock_step(&hc));
	ck_assert_int_eq(fired, 1);
	ck_assert_uint_eq(clock_now_us(&hc.clock) - start, 1000000);
	ck_assert(handclock_step(&hc));
	ck_assert_int_eq(fired, 12);
	ck_assert(!handclock_step(&hc));
	handclock_end(&hc);
}
END_TEST

static int rule_ok(const char *rule)
{
	return door_rule_check(rule);
}

START_TEST(a_rule_of_the_door_is_name_port_kind)
{
	ck_assert(rule_ok("echo.example:7 echo"));
	ck_assert(rule_ok("*:* refuse"));
	ck_assert(rule_ok("time.example:123 ntp-unset"));
	ck_assert(rule_ok("*:2020 taken-late"));
	ck_assert(!rule_ok("echo.example echo"));
	ck_assert(!rule_ok("echo.example:7"));
	ck_assert(!rule_ok(":7 echo"));
	ck_assert(!rule_ok("a:x echo"));
	ck_assert(!rule_ok("a:7 eco"));
	ck_assert(!rule_ok("a:7 ntp-"));
	ck_assert(!rule_ok("a:7 echo more"));
	ck_assert(!rule_ok(""));
}
END_TEST

static int closed_with;

static void on_closed(void *arg, const struct why *why)
{
	(void)arg;
	closed_with = why != NULL ? (int)why->err : 0;
}

static void on_nothing(void *arg)
{
	(void)arg;
}

START_TEST(a_name_that_no_rule_has_is_refused_as_policy)
{
	static const struct stream_handler handler = {
		on_nothing, on_nothing, on_nothing, on_closed};
	struct handclock hc;
	struct stream *s;
	struct net *net;
	struct why why;

	handclock_init(&hc, NULL, true, 1);
	net = door_new(&hc.clock, "known.example:1 echo\n");
	s = net_open(net, NET_TCP, "other.example", 1, &handler, NULL, &why);
	closed_with = 1;
	ck_assert_int_eq(closed_with, 1);
	while (handclock_step(&hc))
		;
	ck_assert_int_eq(closed_with, ERR_NET_DNS);
	ck_assert_str_eq(
		door_act(net, "close"), "no scripted peer is connected");
	stream_close(s);
	net_free(net);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("door");
	TCase *tc = tcase_create("door");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, a_clock_by_hand_goes_from_timer_to_timer);
	tcase_add_test(tc, a_rule_of_the_door_is_name_port_kind);
	tcase_add_test(tc, a_name_that_no_rule_has_is_refused_as_policy);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
