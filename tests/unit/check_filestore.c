#include "svc/filestore.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/profile.h"
#include "svc/ufs_dir.h"
#include "tests/unit/support/temp.h"

static char dir[TEMP_PATH];
static struct profile profile;
static struct filestore *fs;
static struct why why;
static char listed[4096];

static void setup(void)
{
	temp_dir(dir, "check_filestore");
	profile_init(&profile);
	profile.files_ram_total = 9216; /* 4096 can be used */
	fs = filestore_new(&profile, dir, &why);
	ck_assert_msg(fs != NULL, "%s", why.text);
}

static void teardown(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	filestore_free(fs);
	fs = NULL;
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' || strlen(e->d_name) > 2)
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void reopen(void)
{
	filestore_free(fs);
	fs = filestore_new(&profile, dir, &why);
	ck_assert_msg(fs != NULL, "%s", why.text);
}

static void put(const char *name, const void *data, size_t len)
{
	struct upload *u = filestore_upload(fs, name, len, &why);
	uint64_t size;
	uint16_t sum;

	ck_assert_msg(u != NULL, "%s", why.text);
	ck_assert_int_eq(upload_write(u, data, len, &why), 0);
	ck_assert_int_eq(upload_commit(u, &size, &sum, &why), 0);
	ck_assert_uint_eq(size, len);
	ck_assert_uint_eq(sum, file_checksum(data, len));
}

static void list_one(void *arg, const char *name, uint64_t size)
{
	size_t n = strlen(listed);

	(void)arg;
	snprintf(listed + n, sizeof(listed) - n, "%s=%llu ", name,
		(unsigned long long)size);
}

static const char *list(const char *pattern)
{
	listed[0] = '\0';
	if (filestore_list(fs, pattern, list_one, NULL, &why) != 0)
		return err_name(why.err);
	return listed;
}

static void assert_content(const char *name, const char *want)
{
	void *data;
	size_t len;

	ck_assert_msg(filestore_read(fs, name, &data, &len, &why) == 0, "%s",
		why.text);
	ck_assert_uint_eq(len, strlen(want));
	ck_assert_str_eq(data, want);
	free(data);
}

START_TEST(both_spellings_name_the_same_ufs_file)
{
	put("a.pem", "12345", 5);
	assert_content("UFS:a.pem", "12345");
	ck_assert_ptr_null(filestore_upload(fs, "UFS:a.pem", 1, &why));
	ck_assert_int_eq(why.err, ERR_FILE_EXISTS);
	ck_assert_str_eq(list("*"), "UFS:a.pem=5 ");
	ck_assert_str_eq(list("a.pem"), "UFS:a.pem=5 ");
	ck_assert_str_eq(list("RAM:a.pem"), "ERR_FILE_NOT_FOUND");
}
END_TEST

START_TEST(files_are_listed_in_order_of_creation_also_after_a_restart)
{
	put("zebra", "1", 1);
	put("apple", "22", 2);
	put("mango", "333", 3);
	ck_assert_int_eq(filestore_delete(fs, "apple", &why), 0);
	put("apple", "4444", 4);
	/* replacing keeps the place */
	ck_assert_int_eq(filestore_write(fs, "zebra", "55555", 5, &why), 0);
	ck_assert_str_eq(list("*"), "UFS:zebra=5 UFS:mango=3 UFS:apple=4 ");
	reopen();
	ck_assert_str_eq(list("UFS:*"), "UFS:zebra=5 UFS:mango=3 UFS:apple=4 ");
	put("last", "", 0);
	reopen();
	ck_assert_str_eq(
		list("*"), "UFS:zebra=5 UFS:mango=3 UFS:apple=4 UFS:last=0 ");
}
END_TEST

START_TEST(ram_files_are_gone_after_a_reset_and_ufs_files_are_not)
{
	put("RAM:ca.pem", "ram", 3);
	put("ca.pem", "ufs", 3);
	assert_content("RAM:ca.pem", "ram");
	ck_assert_str_eq(list("RAM:*"), "RAM:ca.pem=3 ");
	filestore_reset(fs);
	ck_assert_str_eq(list("RAM:*"), "");
	assert_content("ca.pem", "ufs");
}
END_TEST

static const struct {
	const char *name;
	enum err err;
} bad_names[] = {
	{"ufs:a", ERR_FILE_PARAM},
	{"ram:a", ERR_FILE_PARAM},
	{"Ufs:a", ERR_FILE_PARAM},
	{"EUFS:a", ERR_FILE_PARAM},
	{":a", ERR_FILE_PARAM},
	{"", ERR_FILE_PARAM},
	{"UFS:", ERR_FILE_PARAM},
	{"RAM:", ERR_FILE_PARAM},
	{"*", ERR_FILE_PARAM},
	{"RAM:*", ERR_FILE_PARAM},
	{"SD:a", ERR_FILE_DISK},
	{"1234567890123456789012345678901234567890"
	 "12345678901234567890123456789012345678901",
		ERR_FILE_PARAM},
};

START_TEST(a_bad_name_is_refused_with_its_reason)
{
	memset(&why, 0, sizeof(why));
	ck_assert_ptr_null(filestore_upload(fs, bad_names[_i].name, 1, &why));
	ck_assert_int_eq(why.err, bad_names[_i].err);
	ck_assert_uint_gt(strlen(why.text), 10);
}
END_TEST

START_TEST(eighty_bytes_of_anything_are_a_name_without_its_prefix)
{
	char name[4 + 80 + 1] = "UFS:";

	memset(name + 4, '/', 80);
	name[84] = '\0';
	put(name, "x", 1);
	reopen();
	assert_content(name, "x");
}
END_TEST

START_TEST(a_name_cannot_leave_the_directory)
{
	static const char *const names[] = {"../escape", "..", ".", "/etc/x",
		"a/b", ".new", "a\nb", "%2e", "\xff\xfe"};
	char text[sizeof(dir) + 32];
	struct stat st;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(names[i], names[i], strlen(names[i]));
	snprintf(text, sizeof(text), "%s/../escape", dir);
	ck_assert_int_lt(stat(text, &st), 0);
	reopen();
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_content(names[i], names[i]);
}
END_TEST

START_TEST(entry_names_round_trip_for_every_byte)
{
	char entry[UFS_ENTRY_SIZE], back[UFS_NAME_MAX + 1], name[3] = "a";
	uint32_t seq;

	for (int c = 1; c < 256; c++) {
		name[1] = (char)c;
		ck_assert(ufs_entry_name(entry, 0xfffffff0u, name));
		ck_assert_ptr_null(strchr(entry, '/'));
		ck_assert(ufs_entry_parse(entry, &seq, back));
		ck_assert_uint_eq(seq, 0xfffffff0u);
		ck_assert_str_eq(back, name);
	}
}
END_TEST

START_TEST(entries_of_another_form_are_not_ours)
{
	static const char *const others[] = {"", "README", "0000000",
		"00000001", "00000001-", "00000001a", "0000000g-a",
		"00000001-a%", "00000001-a%2", "00000001-a%2f", "00000001-a%41",
		"00000001-a%00", "00000001-a/b", "00000001-a b", "0000000a-a",
		".00000001-a"};
	char name[UFS_NAME_MAX + 1];
	uint32_t seq;

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_msg(!ufs_entry_parse(others[i], &seq, name), "%s",
			others[i]);
}
END_TEST

START_TEST(strange_files_in_the_directory_are_left_alone)
{
	char text[sizeof(dir) + 32];
	struct stat st;
	int fd;

	snprintf(text, sizeof(text), "%s/NOTES", dir);
	fd = open(text, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	reopen();
	ck_assert_str_eq(list("*"), "");
	ck_assert_int_eq(filestore_delete(fs, "*", &why), 0);
	ck_assert_int_eq(stat(text, &st), 0);
}
END_TEST

START_TEST(what_a_killed_writer_left_is_removed_at_the_start)
{
	char text[sizeof(dir) + 32];
	struct stat st;
	int fd;

	snprintf(text, sizeof(text), "%s/.new", dir);
	fd = open(text, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	reopen();
	ck_assert_int_lt(stat(text, &st), 0);
}
END_TEST

START_TEST(a_directory_in_use_is_refused)
{
	ck_assert_ptr_null(filestore_new(&profile, dir, &why));
	ck_assert_int_eq(why.err, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(why.text, dir));
	ck_assert_ptr_nonnull(strstr(why.text, "in use"));
}
END_TEST

START_TEST(a_directory_is_made_but_not_its_parents)
{
	char text[sizeof(dir) + 32];
	struct filestore *fresh;

	snprintf(text, sizeof(text), "%s/fresh", dir);
	fresh = filestore_new(&profile, text, &why);
	ck_assert_ptr_nonnull(fresh);
	filestore_free(fresh);
	ck_assert_int_eq(rmdir(text), 0);
	ck_assert_ptr_null(filestore_new(&profile, "/nonexistent/x", &why));
	ck_assert_int_eq(why.err, ERR_FILE_OPEN);
	ck_assert_ptr_nonnull(strstr(why.text, "/nonexistent/x"));
}
END_TEST

START_TEST(without_a_directory_ufs_lives_in_memory)
{
	struct filestore *mem = filestore_new(&profile, NULL, &why);
	struct filestore *disk = fs;

	ck_assert_ptr_nonnull(mem);
	fs = mem;
	put("a", "12345", 5);
	put("RAM:a", "67", 2);
	filestore_reset(mem);
	ck_assert_str_eq(list("*"), "UFS:a=5 ");
	ck_assert_str_eq(list("RAM:*"), "");
	assert_content("a", "12345");
	fs = disk;
	filestore_free(mem);
	ck_assert_str_eq(list("*"), "");
}
END_TEST

START_TEST(space_counts_files_and_uploads_in_progress)
{
	static const uint8_t block[4096];
	uint64_t left, total, bytes, files;
	struct upload *u;

	filestore_space(fs, FILE_RAM, &left, &total);
	ck_assert_uint_eq(total, 9216);
	ck_assert_uint_eq(left, 4096);
	ck_assert_ptr_null(filestore_upload(fs, "RAM:a", 4097, &why));
	ck_assert_int_eq(why.err, ERR_FILE_NO_SPACE);
	ck_assert_str_eq(why.text, "RAM:a: 4097 bytes, 4096 are free in RAM");
	u = filestore_upload(fs, "RAM:a", 4096, &why);
	ck_assert_ptr_nonnull(u);
	ck_assert_ptr_null(filestore_upload(fs, "RAM:b", 1, &why));
	upload_abort(u);
	filestore_space(fs, FILE_RAM, &left, &total);
	ck_assert_uint_eq(left, 4096);
	put("RAM:a", block, sizeof(block));
	filestore_space(fs, FILE_RAM, &left, &total);
	ck_assert_uint_eq(left, 0);
	ck_assert_int_eq(filestore_write(fs, "RAM:a", block, 4096, &why), 0);
	ck_assert_int_eq(
		filestore_write(fs, "RAM:a", block, 4097 - 1, &why), 0);
	ck_assert_int_eq(filestore_delete(fs, "RAM:*", &why), 0);
	filestore_space(fs, FILE_RAM, &left, &total);
	ck_assert_uint_eq(left, 4096);

	put("x", "12345", 5);
	put("y", "1", 1);
	filestore_usage(fs, &bytes, &files);
	ck_assert_uint_eq(bytes, 6);
	ck_assert_uint_eq(files, 2);
	filestore_space(fs, FILE_UFS, &left, &total);
	ck_assert_uint_eq(total, 5636096);
	ck_assert_uint_eq(left, 5636096 - 6);
}
END_TEST

START_TEST(an_upload_takes_no_more_than_was_announced)
{
	struct upload *u = filestore_upload(fs, "a", 5, &why);
	uint64_t size;
	uint16_t sum;

	ck_assert_int_eq(upload_write(u, "123", 3, &why), 0);
	ck_assert_int_eq(upload_write(u, "456", 3, &why), ERR_FILE_TOO_LARGE);
	ck_assert_int_eq(upload_write(u, "45", 2, &why), 0);
	ck_assert_int_eq(upload_commit(u, &size, &sum, &why), 0);
	ck_assert_uint_eq(size, 5);
	ck_assert_uint_eq(sum, 0x3706);
}
END_TEST

START_TEST(a_short_upload_keeps_what_came)
{
	struct upload *u = filestore_upload(fs, "a", 500, &why);
	uint64_t size;
	uint16_t sum;

	ck_assert_int_eq(upload_write(u, "123", 3, &why), 0);
	ck_assert_int_eq(upload_commit(u, &size, &sum, &why), 0);
	ck_assert_uint_eq(size, 3);
	assert_content("a", "123");
	filestore_space(fs, FILE_UFS, &size, &(uint64_t){0});
	ck_assert_uint_eq(size, 5636096 - 3);
}
END_TEST

START_TEST(an_aborted_upload_leaves_nothing)
{
	struct upload *u = filestore_upload(fs, "a", 500, &why);

	ck_assert_int_eq(upload_write(u, "123", 3, &why), 0);
	upload_abort(u);
	upload_abort(NULL);
	ck_assert_str_eq(list("a"), "ERR_FILE_NOT_FOUND");
}
END_TEST

START_TEST(deleting_an_absent_file_answers_by_profile)
{
	ck_assert_int_eq(filestore_delete(fs, "no", &why), ERR_FILE_DELETE);
	ck_assert_int_eq(why.grade, GRADE_CAP);
	profile.files_code_delete_absent = 1;
	ck_assert_int_eq(filestore_delete(fs, "no", &why), ERR_FILE_NOT_FOUND);
	ck_assert_int_eq(why.grade, GRADE_KIN);
	/* a pattern that matches nothing is no failure */
	ck_assert_int_eq(filestore_delete(fs, "*", &why), 0);
	ck_assert_int_eq(filestore_delete(fs, "ufs:x", &why), ERR_FILE_PARAM);
}
END_TEST

START_TEST(a_star_deletes_its_own_storage_only)
{
	put("a", "1", 1);
	put("RAM:a", "1", 1);
	ck_assert_int_eq(filestore_delete(fs, "*", &why), 0);
	ck_assert_str_eq(list("*"), "");
	ck_assert_str_eq(list("RAM:*"), "RAM:a=1 ");
	reopen();
	ck_assert_str_eq(list("*"), "");
}
END_TEST

START_TEST(a_file_changed_behind_our_back_is_not_read)
{
	char text[sizeof(dir) + 32];
	void *data;
	size_t len;

	put("a", "12345", 5);
	snprintf(text, sizeof(text), "%s/00000000-a", dir);
	ck_assert_int_eq(truncate(text, 4), 0);
	ck_assert_int_eq(
		filestore_read(fs, "a", &data, &len, &why), ERR_FILE_READ);
	ck_assert_int_eq(truncate(text, 6), 0);
	ck_assert_int_eq(
		filestore_read(fs, "a", &data, &len, &why), ERR_FILE_READ);
	ck_assert_int_eq(unlink(text), 0);
	ck_assert_int_eq(
		filestore_read(fs, "a", &data, &len, &why), ERR_FILE_READ);
}
END_TEST

START_TEST(a_directory_that_cannot_be_written_says_so)
{
	struct upload *u;
	uint64_t size;
	uint16_t sum;
	char text[sizeof(dir) + 32];

	/* A directory where the new file goes: open() fails for root too. */
	snprintf(text, sizeof(text), "%s/.new", dir);
	ck_assert_int_eq(mkdir(text, 0700), 0);
	u = filestore_upload(fs, "a", 1, &why);
	ck_assert_int_eq(upload_write(u, "1", 1, &why), 0);
	ck_assert_int_eq(upload_commit(u, &size, &sum, &why), ERR_FILE_WRITE);
	ck_assert_str_eq(list("*"), "");
	ck_assert_int_eq(rmdir(text), 0);
	put("a", "1", 1);
}
END_TEST

/* --- kill -9 -------------------------------------------------------------- */

enum { KILLS = 250 };

/* Big, and quick to make: most of the writer's time shall go into writing. */
enum { VERSION_MAX = 200000 + 100 * 256 };

/* Version v of the file: its size and every byte follow from v. */
static size_t version_fill(uint8_t *data, uint8_t v)
{
	size_t len = 200000 + 100u * v;

	memset(data, v, len);
	return len;
}

/* Replace the file for ever, tell each finished version on the pipe. */
static void writer(int out, uint8_t v)
{
	static uint8_t data[VERSION_MAX];

	fs = filestore_new(&profile, dir, &why);
	if (fs == NULL)
		_exit(1);
	for (;; v++) {
		size_t len = version_fill(data, v);

		if (filestore_write(fs, "cert.pem", data, len, &why) != 0 ||
			write(out, &v, 1) != 1)
			_exit(1);
	}
}

/* Version found in the directory; fails on anything in between. */
static uint8_t version_found(void)
{
	static uint8_t want[VERSION_MAX];
	void *data;
	size_t len;
	uint8_t v;

	fs = filestore_new(&profile, dir, &why);
	ck_assert_msg(fs != NULL, "%s", why.text);
	ck_assert_int_eq(filestore_read(fs, "cert.pem", &data, &len, &why), 0);
	ck_assert_uint_gt(len, 0);
	v = *(uint8_t *)data;
	ck_assert_uint_eq(len, version_fill(want, v));
	ck_assert_mem_eq(data, want, len);
	free(data);
	filestore_free(fs);
	fs = NULL;
	return v;
}

START_TEST(kill_9_at_any_moment_leaves_the_old_or_the_new_content)
{
	static uint8_t data[VERSION_MAX];
	uint32_t dice = 2017;
	uint8_t last = 0, v;
	unsigned int torn = 0;
	char left[sizeof(dir) + 32];
	struct stat st;

	snprintf(left, sizeof(left), "%s/.new", dir);
	ck_assert_int_eq(filestore_write(fs, "cert.pem", data,
				 version_fill(data, last), &why),
		0);
	filestore_free(fs);
	for (int i = 0; i < KILLS; i++) {
		int fd[2], status;
		pid_t pid;

		ck_assert_int_eq(pipe(fd), 0);
		pid = fork();
		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			writer(fd[1], (uint8_t)(last + 1));
		close(fd[1]);
		/* A finished version or none, then a random moment more. */
		if (i % 2 == 0 && read(fd[0], &v, 1) == 1)
			last = v;
		dice = dice * 1664525 + 1013904223;
		for (volatile uint32_t n = dice >> 14; n > 0; n--)
			;
		kill(pid, SIGKILL);
		ck_assert_int_eq(waitpid(pid, &status, 0), pid);
		ck_assert(WIFSIGNALED(status));
		while (read(fd[0], &v, 1) == 1)
			last = v;
		close(fd[0]);
		torn += stat(left, &st) == 0;
		v = version_found();
		/* What was acknowledged is there, or the one after it. */
		ck_assert_msg(v == last || v == (uint8_t)(last + 1),
			"kill %d: version %u, acknowledged %u", i, v, last);
		last = v;
	}
	printf("%d kills, %u of them in the middle of a write\n", KILLS, torn);
	ck_assert_uint_gt(torn, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filestore");
	TCase *tc = tcase_create("store"), *slow = tcase_create("kill");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, both_spellings_name_the_same_ufs_file);
	tcase_add_test(
		tc, files_are_listed_in_order_of_creation_also_after_a_restart);
	tcase_add_test(
		tc, ram_files_are_gone_after_a_reset_and_ufs_files_are_not);
	tcase_add_loop_test(tc, a_bad_name_is_refused_with_its_reason, 0,
		sizeof(bad_names) / sizeof(bad_names[0]));
	tcase_add_test(
		tc, eighty_bytes_of_anything_are_a_name_without_its_prefix);
	tcase_add_test(tc, a_name_cannot_leave_the_directory);
	tcase_add_test(tc, entry_names_round_trip_for_every_byte);
	tcase_add_test(tc, entries_of_another_form_are_not_ours);
	tcase_add_test(tc, strange_files_in_the_directory_are_left_alone);
	tcase_add_test(tc, what_a_killed_writer_left_is_removed_at_the_start);
	tcase_add_test(tc, a_directory_in_use_is_refused);
	tcase_add_test(tc, a_directory_is_made_but_not_its_parents);
	tcase_add_test(tc, without_a_directory_ufs_lives_in_memory);
	tcase_add_test(tc, space_counts_files_and_uploads_in_progress);
	tcase_add_test(tc, an_upload_takes_no_more_than_was_announced);
	tcase_add_test(tc, a_short_upload_keeps_what_came);
	tcase_add_test(tc, an_aborted_upload_leaves_nothing);
	tcase_add_test(tc, deleting_an_absent_file_answers_by_profile);
	tcase_add_test(tc, a_star_deletes_its_own_storage_only);
	tcase_add_test(tc, a_file_changed_behind_our_back_is_not_read);
	tcase_add_test(tc, a_directory_that_cannot_be_written_says_so);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(slow, setup, teardown);
	tcase_add_test(
		slow, kill_9_at_any_moment_leaves_the_old_or_the_new_content);
	tcase_set_timeout(slow, 120);
	suite_add_tcase(suite, slow);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
