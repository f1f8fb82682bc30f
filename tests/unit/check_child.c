#include "io/child.h"

#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int fds[2];

/* As a shell at a terminal does with SIGTERM, or as a program should. */
static pid_t start(void (*handler)(int))
{
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		signal(SIGTERM, handler);
		if (write(fds[1], "r", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	return pid;
}

static void is_gone(pid_t pid)
{
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}

static void say_bye(int sig)
{
	(void)sig;
	_exit(write(fds[1], "bye", 3) != 3);
}

START_TEST(child_may_end_in_its_own_way)
{
	pid_t pid = start(say_bye);
	char text[4] = "";

	child_end(pid, 60000);
	is_gone(pid);
	ck_assert_int_eq(read(fds[0], text, sizeof(text)), 3);
	ck_assert_str_eq(text, "bye");
	close(fds[0]);
}
END_TEST

START_TEST(child_that_does_not_heed_is_killed)
{
	pid_t pid = start(SIG_IGN);

	child_end(pid, 30);
	is_gone(pid);
	close(fds[0]);
}
END_TEST

START_TEST(child_that_is_stopped_is_killed)
{
	pid_t pid = start(say_bye);

	kill(pid, SIGSTOP);
	child_end(pid, 30);
	is_gone(pid);
	close(fds[0]);
}
END_TEST

START_TEST(none_is_nobody)
{
	child_end(0, 1000);
	child_end(-1, 1000);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("child");
	Suite *s = suite_create("child");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, child_may_end_in_its_own_way);
	tcase_add_test(tc, child_that_does_not_heed_is_killed);
	tcase_add_test(tc, child_that_is_stopped_is_killed);
	tcase_add_test(tc, none_is_nobody);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
