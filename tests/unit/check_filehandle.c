#include "svc/filehandle.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/profile.h"
#include "svc/filestore.h"
#include "tests/unit/support/temp.h"

static char dir[TEMP_PATH];
static struct profile profile;
static struct filestore *fs;
static struct filehandles *h;
static struct why why;

static void setup(void)
{
	temp_dir(dir, "check_filehandle");
	profile_init(&profile);
	fs = filestore_new(&profile, dir, &why);
	ck_assert_msg(fs != NULL, "%s", why.text);
	h = filehandle_new(&profile, fs);
	ck_assert_ptr_nonnull(h);
}

static void teardown(void)
{
	filehandle_free(h);
	ck_assert_int_eq(filestore_delete(fs, "*", &why), 0);
	filestore_free(fs);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(
		filestore_write(fs, name, text, strlen(text), &why), 0);
}

static int open_file(const char *name, enum file_mode mode)
{
	int id = -1;

	ck_assert_msg(
		filehandle_open(h, name, mode, &id, &why) == 0, "%s", why.text);
	return id;
}

static void assert_content(const char *name, const char *want)
{
	void *data;
	size_t len;

	ck_assert_int_eq(filestore_read(fs, name, &data, &len, &why), 0);
	ck_assert_str_eq(data, want);
	free(data);
}

static void assert_read(int id, uint64_t max, const char *want)
{
	const void *data;
	size_t len;

	ck_assert_int_eq(filehandle_read(h, id, max, &data, &len, &why), 0);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_mem_eq(data, want, len);
}

static void write_text(int id, const char *text, size_t total)
{
	size_t n = strlen(text), written, size;

	ck_assert_int_eq(filehandle_write_begin(h, id, n, &why), 0);
	ck_assert_int_eq(filehandle_write_put(h, id, text, n, &why), 0);
	ck_assert_int_eq(filehandle_write_end(h, id, &written, &size, &why), 0);
	ck_assert_uint_eq(written, n);
	ck_assert_uint_eq(size, total);
}

START_TEST(numbers_are_the_smallest_free_ones_of_their_storage)
{
	ck_assert_int_eq(open_file("a", FILE_MODE_KEEP), 0);
	ck_assert_int_eq(open_file("b", FILE_MODE_KEEP), 1);
	ck_assert_int_eq(open_file("c", FILE_MODE_KEEP), 2);
	ck_assert_int_eq(open_file("RAM:a", FILE_MODE_KEEP), 3000);
	ck_assert_int_eq(open_file("RAM:b", FILE_MODE_KEEP), 3001);
	ck_assert_int_eq(filehandle_close(h, 1, &why), 0);
	ck_assert_int_eq(open_file("d", FILE_MODE_KEEP), 1);
	ck_assert_int_eq(open_file("b", FILE_MODE_KEEP), 3);
}
END_TEST

START_TEST(a_write_in_the_middle_overwrites_and_at_the_end_grows)
{
	int id;

	put("a", "0123456789");
	id = open_file("a", FILE_MODE_KEEP);
	ck_assert_int_eq(filehandle_seek(h, id, 8, FILE_FROM_START, &why), 0);
	write_text(id, "abcd", 12);
	assert_content("a", "01234567abcd");
	assert_read(id, 10, "");
	ck_assert_int_eq(filehandle_seek(h, id, 0, FILE_FROM_START, &why), 0);
	write_text(id, "", 12);
	write_text(id, "xy", 12);
	assert_read(id, 3, "234");
	assert_content("a", "xy234567abcd");
}
END_TEST

START_TEST(a_cut_file_ends_at_the_pointer)
{
	size_t pos;
	int id;

	put("RAM:a", "0123456789");
	id = open_file("RAM:a", FILE_MODE_KEEP);
	ck_assert_int_eq(filehandle_seek(h, id, 4, FILE_FROM_END, &why), 0);
	ck_assert_int_eq(filehandle_truncate(h, id, &why), 0);
	ck_assert_int_eq(filehandle_position(h, id, &pos, &why), 0);
	ck_assert_uint_eq(pos, 6);
	assert_content("RAM:a", "012345");
	ck_assert_int_eq(filehandle_seek(h, id, 1, FILE_FROM_POINTER, &why),
		ERR_FILE_LARGER);
	ck_assert_int_eq(filehandle_seek(h, id, 6, FILE_FROM_END, &why), 0);
	ck_assert_int_eq(filehandle_truncate(h, id, &why), 0);
	assert_content("RAM:a", "");
}
END_TEST

START_TEST(a_seek_of_any_size_is_judged)
{
	int id = open_file("a", FILE_MODE_KEEP);

	for (int from = FILE_FROM_START; from <= FILE_FROM_END; from++) {
		ck_assert_int_eq(filehandle_seek(h, id, UINT64_MAX,
					 (enum file_from)from, &why),
			ERR_FILE_LARGER);
		ck_assert_int_eq(
			filehandle_seek(h, id, 0, (enum file_from)from, &why),
			0);
	}
}
END_TEST

START_TEST(a_file_that_cannot_be_written_stays_as_it_was)
{
	char text[sizeof(dir) + 32];
	size_t written, size;
	int id;

	put("a", "12345");
	id = open_file("a", FILE_MODE_KEEP);
	/* A directory where the new file goes: open() fails for root too. */
	snprintf(text, sizeof(text), "%s/.new", dir);
	ck_assert_int_eq(mkdir(text, 0700), 0);
	ck_assert_int_eq(filehandle_write_begin(h, id, 2, &why), 0);
	ck_assert_int_eq(filehandle_write_put(h, id, "xy", 2, &why), 0);
	ck_assert_int_eq(filehandle_write_end(h, id, &written, &size, &why),
		ERR_FILE_WRITE);
	ck_assert_int_eq(filehandle_truncate(h, id, &why), ERR_FILE_WRITE);
	ck_assert_int_eq(filehandle_open(h, "b", FILE_MODE_KEEP, &id, &why),
		ERR_FILE_WRITE);
	ck_assert_int_eq(filehandle_close(h, 0, &why), 0);
	ck_assert_int_eq(filehandle_open(h, "a", FILE_MODE_TRUNCATE, &id, &why),
		ERR_FILE_WRITE);
	ck_assert_int_eq(rmdir(text), 0);
	/* A failed open leaves nothing claimed. */
	id = open_file("a", FILE_MODE_KEEP);
	assert_read(id, 10, "12345");
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_not_opened)
{
	char text[sizeof(dir) + 32];
	int id;

	put("a", "12345");
	snprintf(text, sizeof(text), "%s/00000000-a", dir);
	ck_assert_int_eq(truncate(text, 4), 0);
	ck_assert_int_eq(filehandle_open(h, "a", FILE_MODE_KEEP, &id, &why),
		ERR_FILE_READ);
	/* Not claimed either. */
	ck_assert_int_eq(filestore_delete(fs, "a", &why), 0);
}
END_TEST

START_TEST(no_more_bytes_than_announced_are_taken)
{
	int id = open_file("a", FILE_MODE_KEEP);

	ck_assert_int_eq(filehandle_write_begin(h, id, 3, &why), 0);
	ck_assert_int_eq(filehandle_write_put(h, id, "12", 2, &why), 0);
	ck_assert_int_eq(
		filehandle_write_put(h, id, "34", 2, &why), ERR_FILE_WRITE);
}
END_TEST

START_TEST(an_open_file_has_one_handle_and_cannot_be_deleted)
{
	int id;

	put("b", "1");
	open_file("UFS:a", FILE_MODE_KEEP);
	ck_assert_int_eq(filehandle_open(h, "a", FILE_MODE_READ, &id, &why),
		ERR_FILE_ALREADY_OPEN);
	ck_assert_int_eq(filestore_delete(fs, "a", &why), ERR_FILE_DELETE);
	ck_assert_int_eq(filestore_delete(fs, "*", &why), ERR_FILE_DELETE);
	assert_content("b", "1");
	filehandle_reset(h);
	ck_assert_int_eq(filestore_delete(fs, "*", &why), 0);
}
END_TEST

START_TEST(a_hundred_openings_leave_nothing_behind)
{
	for (int i = 0; i < 100; i++) {
		ck_assert_int_eq(open_file("RAM:a", FILE_MODE_TRUNCATE), 3000);
		write_text(3000, "x", 1);
		ck_assert_int_eq(filehandle_close(h, 3000, &why), 0);
	}
	ck_assert_int_eq(filehandle_close(h, 3000, &why), ERR_FILE_HANDLE);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("filehandle");
	TCase *tc = tcase_create("filehandle");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, numbers_are_the_smallest_free_ones_of_their_storage);
	tcase_add_test(
		tc, a_write_in_the_middle_overwrites_and_at_the_end_grows);
	tcase_add_test(tc, a_cut_file_ends_at_the_pointer);
	tcase_add_test(tc, a_seek_of_any_size_is_judged);
	tcase_add_test(tc, a_file_that_cannot_be_written_stays_as_it_was);
	tcase_add_test(tc, a_file_that_cannot_be_read_is_not_opened);
	tcase_add_test(tc, no_more_bytes_than_announced_are_taken);
	tcase_add_test(tc, an_open_file_has_one_handle_and_cannot_be_deleted);
	tcase_add_test(tc, a_hundred_openings_leave_nothing_behind);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
