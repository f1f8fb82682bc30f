#include "hil/emulator.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hil/files.h"
#include "io/loop.h"
#include "tests/unit/support/temp.h"

/* ec21emu as a rig has it; a shell script stands in for it. */

static char dir[TEMP_PATH], program[TEMP_INSIDE], told[200];
static struct loop *loop;

static void set_up(void)
{
	struct why why;

	temp_dir(dir, "check_emulator");
	snprintf(program, sizeof(program), "%s/emu", dir);
	loop = loop_new(false, 1, &why);
	ck_assert_ptr_nonnull(loop);
	told[0] = '\0';
}

static void tear_down(void)
{
	loop_free(loop);
	files_remove_tree(dir);
}

static void write_program(const char *text)
{
	FILE *f = fopen(program, "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
	ck_assert_int_eq(chmod(program, 0700), 0);
}

static void tell(const char *text, size_t len)
{
	size_t n = strlen(told);

	snprintf(told + n, sizeof(told) - n, "%.*s|", (int)len, text);
}

static void on_ready(void *arg)
{
	(void)arg;
	tell("ready", 5);
}

static void on_record(void *arg, const struct transcript_record *record)
{
	(void)arg;
	tell(record->body, record->len);
}

static void on_ended(void *arg, bool well, const char *how)
{
	(void)arg;
	tell(well ? "well" : "ill", well ? 4 : 3);
	tell(how, strlen(how));
	loop_stop(loop);
}

static void on_failed(void *arg, const char *reason)
{
	(void)arg;
	tell(reason, strlen(reason));
}

/* Whoever hears of its end starts another one, with a record of its own. */
START_TEST(last_words_of_an_emulator_come_before_its_end)
{
	const struct rig_opts rig = {.loop = loop, .emulator = program};
	const struct scenario scenario = {0};
	const struct vars vars = {0};
	const struct emulator_opts o = {.rig = &rig,
		.scenario = &scenario,
		.vars = &vars,
		.tmp = dir,
		.ready = on_ready,
		.record = on_record,
		.ended = on_ended,
		.failed = on_failed};
	struct emulator *e;
	siginfo_t info;
	char why[300];

	write_program("#!/bin/sh\nfor w; do case $w in\n"
		      "--record=*) printf '# ec21 transcript 1\\n"
		      "0.000 WHY  last words\\n' >\"${w#*=}\" ;;\n"
		      "esac; done\n");
	e = emulator_new(&o);
	ck_assert_msg(emulator_start(e, "", "", why, sizeof(why)), "%s", why);
	/* Both news are there at once. */
	ck_assert_int_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	loop_run(loop);
	ck_assert_str_eq(told, "last words|well|ended with status 0|");
	emulator_free(e);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("emulator");
	Suite *s = suite_create("emulator");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, last_words_of_an_emulator_come_before_its_end);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
