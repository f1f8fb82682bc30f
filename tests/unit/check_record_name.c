#include "hil/record_name.h"

#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct record_name names[6];

START_TEST(a_name_is_folder_file_and_case)
{
	record_name_set(names, 0, "x/05-pdp/001-qicsgp.at", NULL);
	ck_assert_str_eq(names[0].text, "05-pdp_001-qicsgp");
	record_name_set(names, 0, "t.at", "a/b");
	ck_assert_str_eq(names[0].text, "t.a_b");
}
END_TEST

START_TEST(no_two_are_the_same)
{
	record_name_set(names, 0, "q/a/x/t.at", NULL);
	record_name_set(names, 1, "q/b/x/t.at", NULL);
	record_name_set(names, 2, "q/c/x/t.at", NULL);
	record_name_set(names, 3, "q/x/t.at", "2");
	record_name_set(names, 4, "q/x/u.at", "a/b");
	record_name_set(names, 5, "q/x/u.at", "a_b");
	ck_assert_str_eq(names[0].text, "x_t");
	ck_assert_str_eq(names[1].text, "x_t.2");
	ck_assert_str_eq(names[2].text, "x_t.3");
	ck_assert_str_eq(names[3].text, "x_t.2.2");
	ck_assert_str_eq(names[4].text, "x_u.a_b");
	ck_assert_str_eq(names[5].text, "x_u.a_b.2");
}
END_TEST

/* NAME-2.at is what the modem recorded after its second start. */
START_TEST(none_is_a_further_start_of_another)
{
	record_name_set(names, 0, "t-2.at", NULL);
	record_name_set(names, 1, "t.at", NULL);
	record_name_set(names, 2, "u.at", NULL);
	record_name_set(names, 3, "u-12.at", NULL);
	record_name_set(names, 4, "u-2b.at", NULL);
	record_name_set(names, 5, "u-.at", NULL);
	ck_assert_str_eq(names[0].text, "t-2");
	ck_assert_str_eq(names[1].text, "t.2");
	ck_assert_str_eq(names[2].text, "u");
	ck_assert_str_eq(names[3].text, "u-12.2");
	ck_assert_str_eq(names[4].text, "u-2b");
	ck_assert_str_eq(names[5].text, "u-");
}
END_TEST

/* Two that are the same as far as there is room. */
START_TEST(a_long_one_has_its_number_too)
{
	char kase[400];

	snprintf(kase, sizeof(kase), "%0390d", 1);
	record_name_set(names, 0, "t.at", kase);
	record_name_set(names, 1, "t.at", kase);
	ck_assert_str_ne(names[0].text, names[1].text);
	/* And room for what comes behind it. */
	ck_assert_uint_le(
		strlen(names[1].text) + strlen("-4294967295.run.part"),
		NAME_MAX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("record_name");
	TCase *tc = tcase_create("record_name");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, a_name_is_folder_file_and_case);
	tcase_add_test(tc, no_two_are_the_same);
	tcase_add_test(tc, none_is_a_further_start_of_another);
	tcase_add_test(tc, a_long_one_has_its_number_too);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
