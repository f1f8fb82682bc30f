#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "svc/filestore.h"

/* The checksum of QFUPL and QFDWL. */

#define AMAZON_ROOT "/usr/share/ca-certificates/mozilla/Amazon_Root_CA_1.crt"
#define ISRG_ROOT   "/usr/share/ca-certificates/mozilla/ISRG_Root_X1.crt"

/* Vectors of [FILE §4.4]. */
START_TEST(the_checksum_is_the_xor_of_big_endian_pairs)
{
	ck_assert_uint_eq(file_checksum("", 0), 0);
	ck_assert_uint_eq(file_checksum("12345", 5), 0x3706);
	ck_assert_uint_eq(file_checksum("0123456789", 10), 0x3839);
	ck_assert_uint_eq(file_checksum("\xff", 1), 0xff00);
}
END_TEST

static size_t load(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	if (f == NULL) {
		printf("skipped: %s is not there (ca-certificates)\n", path);
		return 0;
	}
	n = fread(text, 1, size, f);
	fclose(f);
	return n;
}

START_TEST(the_checksum_agrees_with_logs_of_real_modules)
{
	char text[4096];
	size_t n = load(AMAZON_ROOT, text, sizeof(text) - 1);

	if (n > 0) {
		ck_assert_uint_eq(n, 1188);
		ck_assert_uint_eq(file_checksum(text, 1188), 0x2d13);
		text[1188] = '\0'; /* sizeof in C counts it */
		ck_assert_uint_eq(file_checksum(text, 1189), 0x2d13);
		ck_assert_uint_eq(file_checksum(text, 1187), 0x2d19);
	}
	n = load(ISRG_ROOT, text, sizeof(text));
	if (n > 0) {
		ck_assert_uint_eq(n, 1939);
		ck_assert_uint_eq(file_checksum(text, 1939), 0x4f64);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("checksum");
	TCase *tc = tcase_create("checksum");
	SRunner *runner;
	int failed;

	tcase_add_test(tc, the_checksum_is_the_xor_of_big_endian_pairs);
	tcase_add_test(tc, the_checksum_agrees_with_logs_of_real_modules);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
