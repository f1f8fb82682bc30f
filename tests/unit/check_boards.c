#include "hil/boards.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/board.h"
#include "hil/files.h"
#include "hil/rig_conf.h"
#include "hil/tool.h"
#include "io/loop.h"
#include "support/temp.h"

/* The boards of a run: who gets which, and one that is lost. */

static char dir[TEMP_PATH], why[700];
static struct loop *loop;
static struct boards boards;

/* Stands in for all three programs; as ec21vdfu it leaves its number. */
static void write_program(const char *name, char *path, size_t size)
{
	FILE *f;

	snprintf(path, size, "%s/%s", dir, name);
	f = fopen(path, "we");
	ck_assert_ptr_nonnull(f);
	fputs("#!/bin/sh\nfor a; do case $a in --flash=*)\n"
	      "echo $$ >\"${a#--flash=}.pid\" ;; esac; done\n"
	      "echo ready x; exec tail -f /dev/null\n",
		f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(path, 0700), 0);
}

static void set_up(void)
{
	char path[TEMP_INSIDE];
	struct why reason;

	temp_dir(dir, "boards");
	write_program("qemu-system-arm", path, sizeof(path));
	write_program("dfu-util", path, sizeof(path));
	write_program("ec21vdfu", path, sizeof(path));
	ck_assert_int_eq(setenv("EC21VDFU", path, 1), 0);
	snprintf(path, sizeof(path), "%s:/usr/bin:/bin", dir);
	ck_assert_int_eq(setenv("PATH", path, 1), 0);
	loop = loop_new(false, 1, &reason);
	ck_assert_ptr_nonnull(loop);
	ck_assert_msg(
		boards_make(&boards, 2, loop, dir, NULL, why, sizeof(why)),
		"%s", why);
}

static void tear_down(void)
{
	boards_free(&boards);
	loop_free(loop);
	files_remove_tree(dir);
}

/* Until the run knows that it is gone. */
static void kill_board(unsigned number, size_t left)
{
	char path[TEMP_INSIDE], text[20];
	FILE *f;
	long pid;

	snprintf(path, sizeof(path), "%s/board-%u/chip.pid", dir, number);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_ptr_nonnull(fgets(text, sizeof(text), f));
	fclose(f);
	pid = strtol(text, NULL, 10);
	ck_assert_int_gt(pid, 1);
	ck_assert_int_eq(kill((pid_t)pid, SIGKILL), 0);
	for (int i = 0; i < 3000 && boards_left(&boards) > left; i++)
		ck_assert(tool_wait(loop, 20, NULL));
	ck_assert_uint_eq(boards_left(&boards), left);
}

START_TEST(each_has_one_case_at_a_time)
{
	struct board *one = boards_take(&boards);
	struct board *other = boards_take(&boards);

	ck_assert_str_eq(one->conf->name, "virtual-1");
	ck_assert_str_eq(other->conf->name, "virtual-2");
	ck_assert_ptr_null(boards_take(&boards));
	boards_give_back(&boards, other);
	ck_assert_ptr_eq(boards_take(&boards), other);
}
END_TEST

START_TEST(what_is_lost_gets_no_case_until_no_other_is_left)
{
	const char *how = "";
	struct board *b;

	ck_assert_ptr_null(boards_lost(&boards, &how));
	ck_assert_uint_eq(boards_at_a_time(&boards, 5), 2);
	kill_board(1, 1);
	ck_assert_uint_eq(boards_at_a_time(&boards, 5), 1);
	ck_assert_str_eq(boards_lost(&boards, &how)->conf->name, "virtual-1");
	ck_assert_str_eq(how, "ec21vdfu was ended by signal 9 (Killed)");
	ck_assert_ptr_null(boards_lost(&boards, &how));
	b = boards_take(&boards);
	ck_assert_str_eq(b->conf->name, "virtual-2");
	ck_assert_ptr_null(boards_take(&boards));
	boards_give_back(&boards, b);
	kill_board(2, 0);
	ck_assert_uint_eq(boards_at_a_time(&boards, 5), 1);
	ck_assert_str_eq(boards_lost(&boards, &how)->conf->name, "virtual-2");
	ck_assert_str_eq(boards_take(&boards)->conf->name, "virtual-1");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("boards");
	TCase *tc = tcase_create("boards");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_set_timeout(tc, 120);
	tcase_add_test(tc, each_has_one_case_at_a_time);
	tcase_add_test(tc, what_is_lost_gets_no_case_until_no_other_is_left);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
