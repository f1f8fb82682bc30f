#include "base/line_rate.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static uint8_t sent[1024], heard[8192];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (uint8_t)(i * 7 + i / 256);
}

START_TEST(the_same_rate_is_heard_as_it_is_sent)
{
	fill();
	for (size_t len = 0; len < 300; len++) {
		ck_assert_uint_eq(line_rate_hear(sent, len, 115200, 115200,
					  heard, sizeof(heard)),
			len);
		ck_assert_mem_eq(heard, sent, len);
	}
}
END_TEST

START_TEST(three_per_cent_do_no_harm)
{
	static const uint32_t rates[] = {111744, 118656};

	fill();
	for (size_t i = 0; i < 2; i++) {
		/* A pause between the bytes, as a person makes it: the faster
		 * listener has no drift to add up. */
		for (size_t k = 0; k < sizeof(sent); k++) {
			ck_assert_uint_eq(
				line_rate_hear(sent + k, 1, 115200, rates[i],
					heard, sizeof(heard)),
				1);
			ck_assert_uint_eq(heard[0], sent[k]);
		}
	}
}
END_TEST

START_TEST(half_the_rate_hears_half_of_it_wrong)
{
	const uint8_t at[] = "AT\r";
	size_t n = line_rate_hear(at, 3, 115200, 57600, heard, sizeof(heard));

	ck_assert_uint_gt(n, 0);
	ck_assert_uint_lt(n, 3);
	ck_assert(memcmp(heard, at, n) != 0);
}
END_TEST

/* U at 115200 is alternating bits; at 1/12 of it they are one long low. */
START_TEST(twelve_times_the_rate_hears_each_bit_many_times)
{
	const uint8_t u[] = {0x55};
	size_t n = line_rate_hear(u, 1, 9600, 115200, heard, sizeof(heard));

	/* Start and the four zeros: five low stretches of 12 bits each. */
	ck_assert_uint_eq(n, 5);
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(heard[i], 0);
}
END_TEST

START_TEST(no_more_is_heard_than_there_is_room_for)
{
	fill();
	ck_assert_uint_eq(
		line_rate_hear(sent, 1000, 4800, 115200, heard, 17), 17);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("line_rate");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_same_rate_is_heard_as_it_is_sent);
	tcase_add_test(tc, three_per_cent_do_no_harm);
	tcase_add_test(tc, half_the_rate_hears_half_of_it_wrong);
	tcase_add_test(tc, twelve_times_the_rate_hears_each_bit_many_times);
	tcase_add_test(tc, no_more_is_heard_than_there_is_room_for);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
