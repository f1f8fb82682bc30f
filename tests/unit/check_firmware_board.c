#include "hil/firmware.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/board.h"
#include "hil/rig_conf.h"
#include "io/loop.h"
#include "tests/unit/support/temp.h"

/*
 * Firmware on a board: how it is started, when it is up, what its console
 * tells. The board is a shell script, its hooks write into a file.
 */

static char dir[TEMP_PATH], hooked[TEMP_INSIDE], script[TEMP_INSIDE];
static char url[TEMP_INSIDE + 32];
static struct loop *loop;
static struct rig_conf conf;
static struct board board;
static struct firmware *fw;

static char said[400], started[400], ended[400], restarted[400];
static char wanted[100]; /* the loop ends when that was said */

static void on_console(void *arg, const void *data, size_t len)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof(said) - n, "%.*s", (int)len,
		(const char *)data);
	if (wanted[0] != '\0' && strstr(said, wanted) != NULL)
		loop_stop(loop);
}

static void keep(char *to, const char *text)
{
	snprintf(to, 400, "%s", text != NULL ? text : "well");
	loop_stop(loop);
}

static void on_started(void *arg, const char *error)
{
	(void)arg;
	keep(started, error);
}

static void on_ended(void *arg, const char *how)
{
	(void)arg;
	keep(ended, how);
}

static void on_restarted(void *arg, const char *error)
{
	(void)arg;
	keep(restarted, error);
}

/* What the console's other end runs. */
static void play(const char *text)
{
	FILE *f = fopen(script, "we");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static char *hook(const char *name)
{
	char *command;

	ck_assert_int_gt(
		asprintf(&command, "sh -c \"echo %s >>'%s'\"", name, hooked),
		0);
	return command;
}

static void set_up(void)
{
	struct why reason;

	temp_dir(dir, "ec21-board");
	snprintf(hooked, sizeof(hooked), "%s/hooked", dir);
	snprintf(script, sizeof(script), "%s/script", dir);
	snprintf(url, sizeof(url), "exec:sh \"%s\"", script);
	loop = loop_new(false, 1, &reason);
	ck_assert_ptr_nonnull(loop);
	conf = (struct rig_conf){.name = strdup("wio"),
		.console = url,
		.expect_boot = strdup("^# fw .* ready$"),
		.boot_timeout = 60,
		.power_on.timeout = 60,
		.power_off.timeout = 60,
		.reset.timeout = 60};
	board = (struct board){.conf = &conf, .lock = -1};
	said[0] = started[0] = ended[0] = restarted[0] = wanted[0] = '\0';
}

static void tear_down(void)
{
	firmware_free(fw);
	fw = NULL;
	loop_free(loop);
	free(conf.name);
	free(conf.expect_boot);
	free(conf.power_on.command);
	free(conf.power_off.command);
	free(conf.reset.command);
	unlink(hooked);
	unlink(script);
	rmdir(dir);
}

static void start(void)
{
	const struct firmware_opts o = {.loop = loop,
		.tmp = dir,
		.board = &board,
		.console = on_console,
		.started = on_started,
		.ended = on_ended,
		.restarted = on_restarted};
	char why[300];

	fw = firmware_board_start(&o, why, sizeof(why));
	ck_assert_msg(fw != NULL, "%s", why);
	ck_assert(!firmware_is_up(fw) && firmware_runs(fw));
	loop_run(loop);
}

static void hooks_were(const char *want)
{
	char got[200] = "";
	FILE *f = fopen(hooked, "re");

	if (f != NULL) {
		got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
		fclose(f);
	}
	ck_assert_str_eq(got, want);
}

static void hear(const char *text)
{
	snprintf(wanted, sizeof(wanted), "%s", text);
	if (strstr(said, wanted) == NULL)
		loop_run(loop);
	ck_assert_msg(strstr(said, wanted) != NULL, "it said '%s'", said);
}

START_TEST(it_is_up_when_its_first_line_was_heard)
{
	play("echo what the old one said\necho '# fw 1 ready'; cat\n");
	conf.reset.command = hook("reset");
	start();
	ck_assert_str_eq(started, "well");
	ck_assert(firmware_is_up(fw));
	hooks_were("reset\n");
	hear("ready\n");
	ck_assert_str_eq(said, "# fw 1 ready\n");
	firmware_write(fw, "hello\n", 6);
	hear("hello\n");
	firmware_reset(fw);
	loop_run(loop);
	ck_assert_str_eq(restarted, "well");
	hooks_were("reset\nreset\n");
	/* No hook takes its supply: it is left alone. */
	firmware_signal(fw, SIGTERM);
	loop_run(loop);
	ck_assert_str_eq(ended, "was ended");
	ck_assert(!firmware_runs(fw));
	hooks_were("reset\nreset\n");
}
END_TEST

START_TEST(a_supply_is_taken_and_given)
{
	play("echo '# fw 1 ready'; cat\n");
	conf.power_on.command = hook("on");
	conf.power_off.command = hook("off");
	conf.reset.command = hook("reset");
	start();
	ck_assert_str_eq(started, "well");
	/* How it was found is not known; in the middle RST is enough. */
	hooks_were("off\non\n");
	firmware_reset(fw);
	loop_run(loop);
	hooks_were("off\non\nreset\n");
	firmware_signal(fw, SIGTERM);
	loop_run(loop);
	hooks_were("off\non\nreset\noff\n");
	ck_assert(board.off);
	firmware_free(fw);
	start();
	hooks_were("off\non\nreset\noff\non\n");
	ck_assert(!board.off);
}
END_TEST

START_TEST(without_hooks_the_console_resets_it)
{
	play("while read -r line; do [ $line != reset ] || "
	     "echo '# fw 1 ready'; done\n");
	start();
	ck_assert_str_eq(started, "well");
	hear("ready\n");
}
END_TEST

START_TEST(what_keeps_it_from_starting_is_told)
{
	play("echo '# other 1 ready'; cat >/dev/null\n");
	conf.boot_timeout = 1;
	start();
	ck_assert_str_eq(started,
		"no line /^# fw .* ready$/ on the console within 1 s; the last "
		"was: # other 1 ready");
	firmware_free(fw);
	play("cat\n");
	conf.reset.command = hook("reset");
	start();
	ck_assert_str_eq(started, "the console was silent for 1 s");
	firmware_free(fw);
	free(conf.reset.command);
	conf.reset.command = strdup("false");
	start();
	ck_assert_str_eq(started, "the hook reset ended with status 1");
	firmware_free(fw);
	snprintf(url, sizeof(url), "tty:%s/none", dir);
	free(conf.reset.command);
	conf.reset.command = hook("reset");
	start();
	ck_assert_ptr_nonnull(strstr(started, "no console: cannot open"));
}
END_TEST

START_TEST(nothing_is_waited_for_where_nothing_is_expected)
{
	play("cat\n");
	free(conf.expect_boot);
	conf.expect_boot = NULL;
	conf.reset.command = hook("reset");
	start();
	ck_assert_str_eq(started, "well");
	firmware_write(fw, "x\n", 2);
	hear("x\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("firmware_board");
	TCase *tc = tcase_create("board");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, it_is_up_when_its_first_line_was_heard);
	tcase_add_test(tc, a_supply_is_taken_and_given);
	tcase_add_test(tc, without_hooks_the_console_resets_it);
	tcase_add_test(tc, what_keeps_it_from_starting_is_told);
	tcase_add_test(tc, nothing_is_waited_for_where_nothing_is_expected);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
