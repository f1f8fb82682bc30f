#include "base/buf.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define ck_content(b, text)                                                    \
	do {                                                                   \
		ck_assert_uint_eq(buf_len(b), strlen(text));                   \
		ck_assert_str_eq(buf_cstr(b), text);                           \
	} while (0)

static struct buf b;

static void setup(void)
{
	buf_init(&b, 16);
}

static void teardown(void)
{
	buf_free(&b);
}

START_TEST(a_new_buffer_is_empty_and_owns_no_memory)
{
	ck_assert_uint_eq(buf_len(&b), 0);
	ck_assert_uint_eq(buf_space(&b), 16);
	ck_assert_ptr_null(b.mem);
	ck_assert_str_eq(buf_cstr(&b), "");
}
END_TEST

START_TEST(bytes_come_out_in_the_order_they_went_in)
{
	ck_assert(buf_adds(&b, "abc"));
	ck_assert(buf_addc(&b, 'd'));
	ck_assert(buf_add(&b, "ef", 2));
	ck_content(&b, "abcdef");
	buf_consume(&b, 2);
	ck_content(&b, "cdef");
	ck_assert(buf_adds(&b, "gh"));
	ck_content(&b, "cdefgh");
}
END_TEST

START_TEST(the_maximum_itself_fits_and_one_more_byte_does_not)
{
	ck_assert(buf_adds(&b, "0123456789abcde"));
	ck_assert_uint_eq(buf_space(&b), 1);
	ck_assert(buf_addc(&b, 'f'));
	ck_assert_uint_eq(buf_space(&b), 0);
	ck_assert(!buf_addc(&b, 'g'));
	ck_content(&b, "0123456789abcdef");
}
END_TEST

START_TEST(an_append_that_does_not_fit_changes_nothing)
{
	ck_assert(buf_adds(&b, "0123456789"));
	ck_assert(!buf_adds(&b, "abcdefg"));
	ck_assert(!buf_printf(&b, "%s", "abcdefg"));
	ck_content(&b, "0123456789");
	ck_assert(buf_printf(&b, "%s", "abcdef"));
	ck_content(&b, "0123456789abcdef");
}
END_TEST

START_TEST(consumed_space_is_used_again)
{
	/* Many times round: what is consumed at the front must come back. */
	for (int i = 0; i < 1000; i++) {
		ck_assert(buf_adds(&b, "0123456789"));
		buf_consume(&b, 7);
		ck_assert_uint_eq(buf_len(&b), 3);
		ck_assert_int_eq(memcmp(buf_data(&b), "789", 3), 0);
		buf_consume(&b, 3);
	}
	ck_assert_uint_le(b.cap, 64);
}
END_TEST

START_TEST(consuming_past_the_end_drops_all)
{
	ck_assert(buf_adds(&b, "abc"));
	buf_consume(&b, 100);
	ck_content(&b, "");
	buf_consume(&b, 1);
	ck_assert(buf_adds(&b, "x"));
	ck_content(&b, "x");
}
END_TEST

START_TEST(a_NUL_is_a_byte_like_any_other)
{
	ck_assert(buf_add(&b, "a\0b", 3));
	ck_assert_uint_eq(buf_len(&b), 3);
	ck_assert_int_eq(memcmp(buf_cstr(&b), "a\0b", 4), 0);
}
END_TEST

START_TEST(adding_nothing_succeeds_even_when_full)
{
	ck_assert(buf_adds(&b, "0123456789abcdef"));
	ck_assert(buf_add(&b, NULL, 0));
	ck_assert(buf_adds(&b, ""));
	ck_assert(buf_printf(&b, "%s", ""));
	ck_content(&b, "0123456789abcdef");
}
END_TEST

START_TEST(reset_forgets_the_content_and_free_the_memory)
{
	ck_assert(buf_adds(&b, "abc"));
	buf_reset(&b);
	ck_content(&b, "");
	buf_free(&b);
	ck_assert_ptr_null(b.mem);
	ck_assert(buf_adds(&b, "again"));
	ck_content(&b, "again");
}
END_TEST

START_TEST(memory_grows_by_need_up_to_a_large_maximum)
{
	struct buf big;
	unsigned int added = 0, same = 0;

	buf_init(&big, 100000);
	/* One assertion for all: each is a message to the runner. */
	for (int i = 0; i < 100000; i++)
		added += buf_addc(&big, (uint8_t)(i % 251));
	ck_assert_uint_eq(added, 100000);
	ck_assert(!buf_addc(&big, 0));
	for (int i = 0; i < 100000; i++)
		same += buf_data(&big)[i] == (uint8_t)(i % 251);
	ck_assert_uint_eq(same, 100000);
	buf_free(&big);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("buf");
	TCase *tc = tcase_create("buf");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_new_buffer_is_empty_and_owns_no_memory);
	tcase_add_test(tc, bytes_come_out_in_the_order_they_went_in);
	tcase_add_test(tc, the_maximum_itself_fits_and_one_more_byte_does_not);
	tcase_add_test(tc, an_append_that_does_not_fit_changes_nothing);
	tcase_add_test(tc, consumed_space_is_used_again);
	tcase_add_test(tc, consuming_past_the_end_drops_all);
	tcase_add_test(tc, a_NUL_is_a_byte_like_any_other);
	tcase_add_test(tc, adding_nothing_succeeds_even_when_full);
	tcase_add_test(tc, reset_forgets_the_content_and_free_the_memory);
	tcase_add_test(tc, memory_grows_by_need_up_to_a_large_maximum);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
