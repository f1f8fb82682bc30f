#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/image.h"
#include "hil/rig_name.h"
#include "tests/unit/support/temp.h"

static char dir[TEMP_PATH], path[TEMP_INSIDE];
static char why[300];
static uint8_t bytes[(1u << 20) + 1];

static void set_up(void)
{
	temp_dir(dir, "check_image");
	snprintf(path, sizeof(path), "%s/image.bin", dir);
	memset(bytes, 0xff, sizeof(bytes));
}

static void tear_down(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put_word(size_t at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static void write_file(size_t len)
{
	FILE *f = fopen(path, "we");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(bytes, 1, len, f), len);
	ck_assert_int_eq(fclose(f), 0);
}

static bool loads(size_t len)
{
	struct image image;
	bool ok;

	write_file(len);
	ok = image_load(&image, path, why, sizeof(why));
	image_free(&image);
	return ok;
}

static const struct {
	uint32_t stack, start;
	size_t len;
	bool good;
} vectors[] = {
	{0x20020000, 0x08000189, 4096, true},
	{0x20000004, 0x08000009, 4096, true},
	{0x10010000, 0x08000189, 4096, true}, /* CCM */
	{0x20020000, 0x08000fff, 4096, true},
	{0x20020000, 0x08001001, 4096, false}, /* behind its end */
	{0x20020000, 0x08000188, 4096, false}, /* not Thumb */
	{0x20020000, 0x08000007, 4096, false}, /* in the table */
	{0x20000000, 0x08000189, 4096, false},
	{0x20020004, 0x08000189, 4096, false},
	{0x20010002, 0x08000189, 4096, false},
	{0xffffffff, 0xffffffff, 4096, false}, /* an erased chip */
	{0x20020000, 0x00000189, 4096, false},
	{0x20020000, 0x08000189, 7, false},
	{0x20020000, 0x08000189, 0, false},
	{0x20020000, 0x08000189, 1u << 20, true},
};

START_TEST(the_vector_table_says_what_chip_it_is_for)
{
	put_word(0, vectors[_i].stack);
	put_word(4, vectors[_i].start);
	ck_assert_msg(loads(vectors[_i].len) == vectors[_i].good, "row %d: %s",
		_i, why);
	if (!vectors[_i].good)
		ck_assert_ptr_nonnull(strstr(why, "no image for an STM32F405"));
}
END_TEST

static void put_good(void)
{
	put_word(0, 0x20020000);
	put_word(4, 0x08000189);
}

START_TEST(other_files_are_named)
{
	struct image image;

	put_good();
	ck_assert(!loads((1u << 20) + 1));
	ck_assert_ptr_nonnull(strstr(why, "longer than the chip's flash"));
	memcpy(bytes, "\177ELF", 4);
	ck_assert(!loads(4096));
	ck_assert_ptr_nonnull(strstr(why, "(.bin) is wanted"));
	unlink(path);
	ck_assert(!image_load(&image, path, why, sizeof(why)));
	ck_assert_str_eq(why, "No such file or directory");
	ck_assert(!image_load(&image, dir, why, sizeof(why)));
	ck_assert_str_eq(why, "Is a directory");
	write_file(4096);
}
END_TEST

START_TEST(the_mark_is_found_at_any_place)
{
	static const size_t places[] = {8, 1001, 4096 - 14};

	for (size_t i = 0; i < 3; i++) {
		memset(bytes, 0xff, 4096);
		put_good();
		memcpy(bytes + places[i], "ec21-virtual-1", 14);
		ck_assert(!loads(4096));
		ck_assert_ptr_nonnull(strstr(why, "virtual board's mark"));
	}
}
END_TEST

static void read_config(const char *name, uint8_t *config)
{
	FILE *f = fopen(name, "re");
	struct stat st;

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(fstat(fileno(f), &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_int_eq(st.st_size, 20 + 65536);
	ck_assert_uint_eq(fread(config, 1, 20 + 65536, f), 20 + 65536);
	fclose(f);
}

/* mkvirtual.sh's: mark, length, seed. */
START_TEST(each_virtual_configuration_has_random_numbers_of_its_own)
{
	static uint8_t one[20 + 65536], two[20 + 65536];
	char name[TEMP_PATH + 16];

	snprintf(name, sizeof(name), "%s/config", dir);
	ck_assert(image_write_config(name, why, sizeof(why)));
	read_config(name, one);
	ck_assert(image_write_config(name, why, sizeof(why)));
	read_config(name, two);
	unlink(name);
	ck_assert_mem_eq(one, "ec21-virtual-1\n\0\0\0\1\0", 20);
	ck_assert_mem_eq(two, one, 20);
	ck_assert_mem_ne(two + 20, one + 20, 32);
	ck_assert_mem_ne(two + 20 + 65504, one + 20 + 65504, 32);
	ck_assert(!image_write_config(dir, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "Is a directory"));
}
END_TEST

START_TEST(an_image_that_uses_the_last_sector_is_seen)
{
	static const struct {
		uint8_t byte;
		bool leaves;
	} rows[] = {{0xff, true}, {0, true}, {0x12, false}};
	struct image image;

	for (size_t i = 0; i < 3; i++) {
		memset(bytes, 0xff, 1u << 20);
		put_good();
		bytes[0xe0000 + 100] = rows[i].byte;
		write_file(1u << 20);
		ck_assert(image_load(&image, path, why, sizeof(why)));
		ck_assert_int_eq(image_leaves_config(&image), rows[i].leaves);
		image_free(&image);
	}
}
END_TEST

/* ---- what stands behind --rig ---- */

static const struct {
	const char *text;
	enum rig_kind kind;
	const char *profile, *image; /* NULL: not set */
	bool good;
} names[] = {
	{"modem", RIG_MODEM, NULL, NULL, true},
	{"host,profile=ec21j-2017", RIG_HOST, "ec21j-2017", NULL, true},
	{"virtual", RIG_VIRTUAL, NULL, NULL, true},
	{"virtual,image=a/b.bin,profile=x", RIG_VIRTUAL, "x", "a/b.bin", true},
	{"virtual,profile=x,image=b", RIG_VIRTUAL, "x", "b", true},
	{"virtual,image=", RIG_VIRTUAL, NULL, NULL, false},
	{"virtual,imag=x", RIG_VIRTUAL, NULL, NULL, false},
	{"virtual,", RIG_VIRTUAL, NULL, NULL, false},
	{"host,image=x", RIG_HOST, NULL, NULL, false},
	{"Virtual", RIG_MODEM, NULL, NULL, false},
	{"", RIG_MODEM, NULL, NULL, false},
	{",profile=x", RIG_MODEM, NULL, NULL, false},
};

static void same(const char *is, const char *wanted)
{
	if (wanted == NULL)
		ck_assert_ptr_null(is);
	else
		ck_assert_str_eq(is, wanted);
}

START_TEST(a_rig_has_a_name_and_settings)
{
	struct rig_opts opts = {0};
	struct rig_name name;

	ck_assert_int_eq(
		rig_name_take(&name, names[_i].text, &opts, why, sizeof(why)),
		names[_i].good);
	if (!names[_i].good)
		return;
	ck_assert_int_eq(opts.kind, names[_i].kind);
	same(opts.profile, names[_i].profile);
	same(opts.image, names[_i].image);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("image");
	TCase *tc = tcase_create("image");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, the_vector_table_says_what_chip_it_is_for, 0,
		(int)(sizeof(vectors) / sizeof(*vectors)));
	tcase_add_test(tc, other_files_are_named);
	tcase_add_test(tc, the_mark_is_found_at_any_place);
	tcase_add_test(
		tc, each_virtual_configuration_has_random_numbers_of_its_own);
	tcase_add_test(tc, an_image_that_uses_the_last_sector_is_seen);
	tcase_add_loop_test(tc, a_rig_has_a_name_and_settings, 0,
		(int)(sizeof(names) / sizeof(*names)));
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
