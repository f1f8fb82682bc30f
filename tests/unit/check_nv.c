#include "svc/nv.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/temp.h"

/* Stored settings, and the file they are in. */

static char dir[TEMP_PATH];
static char conf[TEMP_INSIDE], temp[TEMP_INSIDE];
static struct nv *nv;
static struct why why;

static void load(void)
{
	nv_free(nv);
	nv = nv_new(dir, &why);
	ck_assert_msg(nv != NULL, "%s", why.text);
}

static void setup(void)
{
	temp_dir(dir, "check_nv");
	snprintf(conf, sizeof(conf), "%s/nv.conf", dir);
	snprintf(temp, sizeof(temp), "%s/nv.conf.new", dir);
	umask(022);
	load();
}

static void teardown(void)
{
	nv_free(nv);
	nv = NULL;
	unlink(conf);
	unlink(temp);
	rmdir(dir);
}

START_TEST(what_is_stored_is_there_again)
{
	ck_assert_int_eq(nv_set_str(nv, "pin", "1234", &why), 0);
	ck_assert_int_eq(nv_set_int(nv, "n", -7, &why), 0);
	ck_assert_int_eq(nv_set_str(nv, "pin", "4321", &why), 0);
	load();
	ck_assert_str_eq(nv_str(nv, "pin", ""), "4321");
	ck_assert_int_eq(nv_int(nv, "n", 0), -7);
	ck_assert_int_eq(nv_int(nv, "none", 5), 5);
}
END_TEST

/* Its PINs are in it. A writer that was killed may have left anything. */
START_TEST(the_file_is_its_owners_alone)
{
	struct stat st;
	int fd = open(temp, O_CREAT | O_WRONLY, 0644);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(nv_set_str(nv, "pin", "1234", &why), 0);
	ck_assert_int_eq(stat(conf, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	ck_assert_int_ne(access(temp, F_OK), 0);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_nothing_behind)
{
	/* No file replaces a directory. */
	ck_assert_int_eq(mkdir(conf, 0700), 0);
	ck_assert_int_eq(nv_set_str(nv, "pin", "1234", &why), ERR_FILE_WRITE);
	ck_assert_ptr_nonnull(strstr(why.text, "nv.conf"));
	ck_assert_int_ne(access(temp, F_OK), 0);
	ck_assert_str_eq(nv_str(nv, "pin", ""), "1234");
	rmdir(conf);
}
END_TEST

START_TEST(what_could_not_be_written_is_written_by_the_next)
{
	ck_assert_int_eq(mkdir(conf, 0700), 0);
	ck_assert_int_eq(nv_set_str(nv, "pin", "1234", &why), ERR_FILE_WRITE);
	/* The same again is no success, either. */
	ck_assert_int_eq(nv_set_str(nv, "pin", "1234", &why), ERR_FILE_WRITE);
	rmdir(conf);
	ck_assert_int_eq(nv_set_str(nv, "pin", "1234", &why), 0);
	load();
	ck_assert_str_eq(nv_str(nv, "pin", ""), "1234");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("nv");
	TCase *tc = tcase_create("file");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, what_is_stored_is_there_again);
	tcase_add_test(tc, the_file_is_its_owners_alone);
	tcase_add_test(tc, what_cannot_be_written_leaves_nothing_behind);
	tcase_add_test(tc, what_could_not_be_written_is_written_by_the_next);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
