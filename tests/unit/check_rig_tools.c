#include "hil/rig_hook.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hil/rig_lock.h"
#include "hil/tool.h"
#include "hil/wire.h"
#include "io/loop.h"
#include "tests/unit/support/temp.h"

/* What is done to a board: hooks, the lock that says whose it is, tools. */

static char dir[TEMP_PATH], path[TEMP_INSIDE], why[400];
static struct loop *loop;

static void set_up(void)
{
	struct why reason;

	temp_dir(dir, "ec21-tools");
	snprintf(path, sizeof(path), "%s/file", dir);
	loop = loop_new(false, 1, &reason);
	ck_assert_ptr_nonnull(loop);
}

static void tear_down(void)
{
	loop_free(loop);
	unlink(path);
	rmdir(dir);
}

/* ---- hooks ---- */

static void file_is(const char *want)
{
	char got[200] = "";
	FILE *f = fopen(path, "re");

	if (f != NULL) {
		got[fread(got, 1, sizeof(got) - 1, f)] = '\0';
		fclose(f);
	}
	ck_assert_str_eq(got, want);
}

static struct rig_hook hook(const char *name, long status)
{
	struct rig_hook h = {.timeout = 60, .status = status};
	int n = asprintf(&h.command,
		"sh -c \"echo %s >>'%s'; echo no %s; exit 3\"", name, path,
		name);

	ck_assert_int_gt(n, 0);
	return h;
}

static char told[400];
static unsigned calls;

static void on_done(void *arg, const char *error)
{
	(void)arg;
	calls++;
	snprintf(told, sizeof(told), "%s", error != NULL ? error : "well");
	loop_stop(loop);
}

static void run_hooks(struct rig_hook *a, struct rig_hook *b)
{
	const struct rig_hooks_opts o = {.loop = loop,
		.keep_fd = -1,
		.names = {"first", "second"},
		.hooks = {a, b},
		.done = on_done};
	struct rig_hooks *h = rig_hooks_start(&o);

	ck_assert_ptr_nonnull(h);
	calls = 0;
	loop_run(loop);
	ck_assert_uint_eq(calls, 1);
	rig_hooks_free(h);
}

START_TEST(hooks_run_one_behind_the_other)
{
	struct rig_hook a = hook("a", 3), b = hook("b", 3), none = {0};

	run_hooks(&a, &b);
	ck_assert_str_eq(told, "well");
	file_is("a\nb\n");
	run_hooks(&none, &a);
	ck_assert_str_eq(told, "well");
	file_is("a\nb\na\n");
	run_hooks(&none, &none);
	ck_assert_str_eq(told, "well");
	free(a.command);
	free(b.command);
}
END_TEST

START_TEST(a_hook_that_fails_is_the_last)
{
	struct rig_hook a = hook("a", 0), b = hook("b", 3);
	char nowhere[] = "/nonexistent/relay on", open[] = "sh -c \"x";

	run_hooks(&a, &b);
	ck_assert_str_eq(told, "the hook first ended with status 3: no a");
	file_is("a\n");
	free(a.command);
	a.command = nowhere;
	run_hooks(&b, &a);
	ck_assert_ptr_nonnull(
		strstr(told, "the hook second cannot start /nonexistent/"));
	a.command = open;
	run_hooks(&a, &b);
	ck_assert_str_eq(
		told, "the hook first has a command that is empty or too long");
	free(b.command);
}
END_TEST

START_TEST(a_hook_that_hangs_is_killed)
{
	char hangs[] = "tail -f /dev/null";
	struct rig_hook a = {.command = hangs, .timeout = 1}, none = {0};

	run_hooks(&a, &none);
	ck_assert_str_eq(told, "the hook first did not end within 1 s");
}
END_TEST

START_TEST(a_supply_resets_where_no_wire_does)
{
	struct rig_conf c = {
		.power_off = hook("off", 3), .power_on = hook("on", 3)};
	bool interrupted = false;

	ck_assert(rig_hook_can_switch(&c) && rig_hook_can_reset(&c));
	ck_assert(rig_hook_reset(loop, &c, &interrupted, why, sizeof(why)));
	file_is("off\non\n");
	c.reset = hook("reset", 3);
	ck_assert(rig_hook_reset(loop, &c, &interrupted, why, sizeof(why)));
	file_is("off\non\nreset\n");
	free(c.power_on.command);
	c.power_on.command = NULL;
	ck_assert(!rig_hook_can_switch(&c) && rig_hook_can_reset(&c));
	free(c.reset.command);
	c.reset.command = NULL;
	ck_assert(!rig_hook_can_reset(&c));
	free(c.power_off.command);
	ck_assert(!interrupted);
}
END_TEST

/* ---- the lock ---- */

START_TEST(a_board_is_one_contenders)
{
	struct rig_conf c = {.lock = path};
	char who[64], want[64];
	bool busy;
	int first, second;

	ck_assert(!rig_lock_is_taken(&c, who, sizeof(who)));
	first = rig_lock_take(&c, &busy, why, sizeof(why));
	ck_assert_int_ge(first, 0);
	second = rig_lock_take(&c, &busy, why, sizeof(why));
	ck_assert_int_lt(second, 0);
	ck_assert(busy);
	snprintf(want, sizeof(want), "the board is in use by process %ld",
		(long)getpid());
	ck_assert_str_eq(why, want);
	ck_assert(rig_lock_is_taken(&c, who, sizeof(who)));
	close(first);
	ck_assert(!rig_lock_is_taken(&c, who, sizeof(who)));
	second = rig_lock_take(&c, &busy, why, sizeof(why));
	ck_assert_int_ge(second, 0);
	close(second);
}
END_TEST

/* The kernel gives it back, whatever the holder had no time for. */
START_TEST(a_dead_holder_holds_nothing)
{
	struct rig_conf c = {.lock = path};
	bool busy;
	int taken[2], lock;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe2(taken, O_CLOEXEC), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		lock = rig_lock_take(&c, &busy, why, sizeof(why));
		if (lock >= 0 && write(taken[1], "x", 1) == 1)
			for (;;)
				pause();
		_exit(1);
	}
	ck_assert_int_eq(read(taken[0], &byte, 1), 1);
	ck_assert_int_lt(rig_lock_take(&c, &busy, why, sizeof(why)), 0);
	ck_assert(busy);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	lock = rig_lock_take(&c, &busy, why, sizeof(why));
	ck_assert_int_ge(lock, 0);
	close(lock);
	close(taken[0]);
	close(taken[1]);
}
END_TEST

START_TEST(a_lock_that_cannot_be_is_no_busy_board)
{
	struct rig_conf c = {.lock = path};
	bool busy = true;

	snprintf(path, sizeof(path), "%s/none/lock", dir);
	ck_assert_int_lt(rig_lock_take(&c, &busy, why, sizeof(why)), 0);
	ck_assert(!busy);
	ck_assert_ptr_nonnull(strstr(why, "the key lock names another"));
	snprintf(path, sizeof(path), "%s/file", dir);
	/* Somebody else's file behind a link is not written to. */
	ck_assert_int_eq(symlink("/dev/null", path), 0);
	ck_assert_int_lt(rig_lock_take(&c, &busy, why, sizeof(why)), 0);
	ck_assert(!busy);
}
END_TEST

static void ignore_bytes(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
}

static void ignore_closed(void *arg, const char *how)
{
	(void)arg;
	(void)how;
}

START_TEST(a_tty_is_one_wires)
{
	const struct wire_events events = {ignore_bytes, ignore_closed, NULL};
	struct event_base *base = loop_base(loop);
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct wire *first, *second;
	char url[100], want[200];

	ck_assert_int_ge(master, 0);
	ck_assert(grantpt(master) == 0 && unlockpt(master) == 0);
	snprintf(url, sizeof(url), "tty:%s", ptsname(master));
	snprintf(
		want, sizeof(want), "%s is in use by another program", url + 4);
	first = wire_open(base, url, &events, why, sizeof(why));
	ck_assert_ptr_nonnull(first);
	second = wire_open(base, url, &events, why, sizeof(why));
	ck_assert_ptr_null(second);
	ck_assert_str_eq(why, want);
	/* At once, though the loop did not turn. */
	wire_free(first);
	second = wire_open(base, url, &events, why, sizeof(why));
	ck_assert_ptr_nonnull(second);
	wire_free(second);
	close(master);
}
END_TEST

/* ---- the guard ---- */

static int told_fd, held_fd;

static void on_ready(void *arg, const char *line)
{
	(void)arg;
	if (write(told_fd, line, strlen(line)) < 0)
		_exit(2);
}

/* As a flash has it: a tool with a child of its own, both with the lock. */
static void run_tool(void)
{
	const struct tool t = {.loop = loop,
		.limit_ms = 600000,
		.keep_fd = held_fd,
		.line = on_ready};
	struct argv a = {0};
	char how[100];
	int status;

	argv_add(&a, "sh");
	argv_add(&a, "-c");
	argv_add(&a, "echo x; exec >/dev/null; tail -f /dev/null & "
		     "exec tail -f /dev/null");
	(void)tool_run(&t, &a, &status, how, sizeof(how));
	_exit(1);
}

/*
 * Whoever reaps them: what they held is let go when the last of them is gone.
 * A tail that writes to a pipe would end with its reader.
 */
START_TEST(what_a_tool_started_ends_with_us)
{
	int ready[2], held[2];
	char byte;
	pid_t us;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	ck_assert_int_eq(pipe2(held, O_CLOEXEC), 0);
	told_fd = ready[1];
	held_fd = held[1];
	us = fork();
	ck_assert_int_ge(us, 0);
	if (us == 0)
		run_tool();
	close(held[1]);
	ck_assert_int_eq(read(ready[0], &byte, 1), 1);
	ck_assert_int_eq(kill(us, SIGKILL), 0);
	ck_assert_int_eq(waitpid(us, NULL, 0), us);
	ck_assert_int_eq(read(held[0], &byte, 1), 0);
	close(held[0]);
	close(ready[0]);
	close(ready[1]);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("rig_tools");
	TCase *tc = tcase_create("tools");
	SRunner *r = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, hooks_run_one_behind_the_other);
	tcase_add_test(tc, a_hook_that_fails_is_the_last);
	tcase_add_test(tc, a_hook_that_hangs_is_killed);
	/*
	 * A tool's guard is a copy of us, which valgrind holds to account for
	 * what libevent would have freed a turn later.
	 */
	if (getenv("TEST_FEW") == NULL)
		tcase_add_test(tc, a_supply_resets_where_no_wire_does);
	tcase_add_test(tc, a_board_is_one_contenders);
	tcase_add_test(tc, a_dead_holder_holds_nothing);
	tcase_add_test(tc, a_lock_that_cannot_be_is_no_busy_board);
	tcase_add_test(tc, a_tty_is_one_wires);
	tcase_add_test(tc, what_a_tool_started_ends_with_us);
	suite_add_tcase(s, tc);
	srunner_run_all(r, CK_NORMAL);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
