#include "base/fault.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct fault_set set;
static struct why why;
static char fired[256];

static void on_fire(void *arg, const char *text)
{
	(void)arg;
	ck_assert_uint_lt(strlen(text), sizeof(fired));
	memcpy(fired, text, strlen(text) + 1);
}

static void setup(void)
{
	fault_init(&set, 1);
	set.on_fire = on_fire;
	fired[0] = '\0';
}

static void arm(const char *spec)
{
	ck_assert_msg(fault_arm(&set, spec, &why) == 0, "%s", why.text);
}

START_TEST(without_a_condition_it_fires_at_the_next_occasion_once)
{
	arm("tcp.refuse");
	ck_assert(!fault_fires(&set, FAULT_DNS_NX));
	ck_assert(fault_fires(&set, FAULT_TCP_REFUSE));
	ck_assert_str_eq(fired, "fault tcp.refuse fired");
	ck_assert(!fault_fires(&set, FAULT_TCP_REFUSE));
}
END_TEST

START_TEST(the_nth_occasion_is_counted_from_one)
{
	arm("fs.full:nth=3");
	ck_assert(!fault_fires(&set, FAULT_FS_FULL));
	ck_assert(!fault_fires(&set, FAULT_FS_FULL));
	ck_assert(fault_fires(&set, FAULT_FS_FULL));
	ck_assert(!fault_fires(&set, FAULT_FS_FULL));
}
END_TEST

START_TEST(after_n_bytes_it_fires_however_they_are_cut)
{
	for (size_t cut = 1; cut <= 12; cut++) {
		size_t before = 99, passed = 0;

		setup();
		arm("uart.drop:after=10");
		while (!fault_bytes(&set, FAULT_UART_DROP, cut, &before))
			passed += cut;
		ck_assert_uint_eq(passed + before, 10);
		ck_assert(!fault_bytes(&set, FAULT_UART_DROP, 100, &before));
	}
}
END_TEST

START_TEST(the_largest_number_is_far_away)
{
	size_t before;

	arm("tcp.reset:after=1000000000000000");
	ck_assert(!fault_bytes(&set, FAULT_TCP_RESET, 1000000000, &before));
}
END_TEST

START_TEST(a_probability_is_the_same_for_the_same_seed)
{
	unsigned hits[2] = {0, 0};

	for (int run = 0; run < 2; run++) {
		setup();
		arm("uart.garble:p=0.25");
		for (int i = 0; i < 4000; i++)
			hits[run] += fault_fires(&set, FAULT_UART_GARBLE);
	}
	ck_assert_uint_eq(hits[0], hits[1]);
	ck_assert_uint_gt(hits[0], 900);
	ck_assert_uint_lt(hits[0], 1100);
}
END_TEST

START_TEST(two_faults_at_one_point_both_fire)
{
	size_t before;

	arm("tcp.reset:after=2");
	arm("tcp.reset:after=5");
	ck_assert(fault_bytes(&set, FAULT_TCP_RESET, 10, &before));
	ck_assert_uint_eq(before, 2);
	ck_assert(fault_bytes(&set, FAULT_TCP_RESET, 7, &before));
	ck_assert_uint_eq(before, 2);
}
END_TEST

START_TEST(two_faults_at_one_occasion_fire_one_behind_the_other)
{
	size_t before = 99;

	arm("tcp.reset:nth=3");
	arm("tcp.reset:nth=3");
	ck_assert(fault_bytes(&set, FAULT_TCP_RESET, 10, &before));
	ck_assert_uint_eq(before, 2);
	ck_assert(fault_bytes(&set, FAULT_TCP_RESET, 10, &before));
	ck_assert_uint_eq(before, 0);
	ck_assert(!fault_bytes(&set, FAULT_TCP_RESET, 10, &before));
}
END_TEST

START_TEST(a_stall_has_its_length)
{
	arm("uart.stall:ms=250");
	arm("uart.stall:nth=2");
	ck_assert(fault_fires(&set, FAULT_UART_STALL));
	ck_assert_uint_eq(fault_ms(&set, FAULT_UART_STALL), 250);
	ck_assert(fault_fires(&set, FAULT_UART_STALL));
	ck_assert_uint_eq(fault_ms(&set, FAULT_UART_STALL), 1000);
}
END_TEST

START_TEST(what_is_armed_prints_as_it_is_armed)
{
	static const char *const specs[] = {"tcp.refuse:nth=3",
		"uart.drop:after=10", "uart.stall:p=0.25:ms=20"};
	char text[FAULT_SPEC_MAX];

	for (size_t i = 0; i < sizeof(specs) / sizeof(*specs); i++) {
		arm(specs[i]);
		fault_print(&set.faults[i], text, sizeof(text));
		ck_assert_str_eq(text, specs[i]);
	}
}
END_TEST

START_TEST(bad_specs_are_refused_with_the_word)
{
	static const struct {
		const char *spec, *word;
	} bad[] = {
		{"tcp.nope", "tcp.nope"},
		{"", "no point"},
		{"tcp.refuse:nth=0", "nth=0"},
		{"tcp.refuse:nth=x", "nth=x"},
		{"tcp.refuse:p=2", "p=2"},
		{"tcp.refuse:p=", "p="},
		{"tcp.refuse:when=1", "when=1"},
		{"tcp.refuse:", "\"\""},
		{"tcp.refuse:after=-1", "after=-1"},
		{"tcp.reset:after=18446744073709551615", "after=1844"},
		{"tcp.reset:after=18446744073709551617", "after=1844"},
		{"tcp.reset:nth=1000000000000001", "nth=1000"},
		{"tcp.refuse:ms=5", "ms=5"},
		{"uart.stall:ms=0", "ms=0"},
		{"uart.stall:ms=99999999999999999999999", "ms=9999"},
		{"uart.drop:nth=1:p=0.5", "only one of"},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		ck_assert_int_eq(fault_arm(&set, bad[i].spec, &why), ERR_PARAM);
		ck_assert_msg(strstr(why.text, bad[i].word) != NULL, "%s: %s",
			bad[i].spec, why.text);
	}
	ck_assert_uint_eq(set.n, 0);
}
END_TEST

START_TEST(slots_of_fired_faults_are_used_again)
{
	for (int i = 0; i < 3 * FAULTS_MAX; i++) {
		arm("dns.nx");
		ck_assert(fault_fires(&set, FAULT_DNS_NX));
	}
	for (int i = 0; i < FAULTS_MAX; i++)
		arm("dns.nx:nth=1000");
	ck_assert_int_eq(fault_arm(&set, "dns.nx", &why), ERR_BUSY);
}
END_TEST

START_TEST(no_set_never_fires)
{
	size_t before;

	ck_assert(!fault_fires(NULL, FAULT_DNS_NX));
	ck_assert(!fault_bytes(NULL, FAULT_DNS_NX, 5, &before));
	ck_assert_uint_eq(fault_ms(NULL, FAULT_DNS_NX), 0);
}
END_TEST

START_TEST(each_point_has_a_name_and_help)
{
	for (int i = 0; i < FAULT_POINTS; i++) {
		ck_assert_ptr_nonnull(fault_name((enum fault_point)i));
		ck_assert_ptr_nonnull(fault_help((enum fault_point)i));
	}
	ck_assert_ptr_null(fault_name(FAULT_POINTS));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fault");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, NULL);
	tcase_add_test(
		tc, without_a_condition_it_fires_at_the_next_occasion_once);
	tcase_add_test(tc, the_nth_occasion_is_counted_from_one);
	tcase_add_test(tc, after_n_bytes_it_fires_however_they_are_cut);
	tcase_add_test(tc, the_largest_number_is_far_away);
	tcase_add_test(tc, a_probability_is_the_same_for_the_same_seed);
	tcase_add_test(tc, two_faults_at_one_point_both_fire);
	tcase_add_test(
		tc, two_faults_at_one_occasion_fire_one_behind_the_other);
	tcase_add_test(tc, a_stall_has_its_length);
	tcase_add_test(tc, what_is_armed_prints_as_it_is_armed);
	tcase_add_test(tc, bad_specs_are_refused_with_the_word);
	tcase_add_test(tc, slots_of_fired_faults_are_used_again);
	tcase_add_test(tc, no_set_never_fires);
	tcase_add_test(tc, each_point_has_a_name_and_help);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
