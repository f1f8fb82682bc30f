#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hil/self.h"
#include "io/loop.h"

START_TEST(status_and_output_of_a_program_that_ends)
{
	char dir[200], path[300], said[20] = "";
	struct argv a = {0};
	struct loop *loop;
	FILE *f;

	loop = self_begin(dir, sizeof(dir));
	ck_assert_ptr_nonnull(loop);
	snprintf(path, sizeof(path), "%s/out", dir);
	argv_add(&a, "sh");
	argv_add(&a, "-c");
	argv_add(&a, "echo one; echo two; exit 3");
	ck_assert_int_eq(self_run(loop, &a, path), 3);
	argv_free(&a);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fread(said, 1, sizeof(said), f), 8);
	ck_assert_str_eq(said, "one\ntwo\n");
	fclose(f);
	self_end(loop, dir);
	ck_assert_int_ne(access(dir, F_OK), 0);
}
END_TEST

/* While nothing runs, too, a signal is heard, once, and ends nobody. */
START_TEST(signal_between_programs_waits)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	char dir[200];
	struct loop *loop;

	signal(SIGHUP, SIG_DFL); /* we may run under nohup */
	loop = self_begin(dir, sizeof(dir));
	ck_assert_ptr_nonnull(loop);
	ck_assert(!self_interrupted(loop));
	raise(signals[_i]);
	ck_assert(self_interrupted(loop));
	ck_assert(!self_interrupted(loop));
	raise(signals[_i]);
	self_end(loop, dir);
	ck_assert_int_ne(access(dir, F_OK), 0);
}
END_TEST

/* The shell's hang-up behind the kernel's does not cut short what ends. */
START_TEST(only_the_first_hangup_counts)
{
	char dir[200];
	struct loop *loop;

	signal(SIGHUP, SIG_DFL);
	loop = self_begin(dir, sizeof(dir));
	ck_assert_ptr_nonnull(loop);
	raise(SIGHUP);
	ck_assert(self_interrupted(loop));
	raise(SIGHUP);
	ck_assert(!self_interrupted(loop));
	raise(SIGTERM);
	ck_assert(self_interrupted(loop));
	self_end(loop, dir);
}
END_TEST

START_TEST(a_hangup_that_is_ignored_stays_so)
{
	char dir[200];
	struct loop *loop;

	signal(SIGHUP, SIG_IGN);
	loop = self_begin(dir, sizeof(dir));
	ck_assert_ptr_nonnull(loop);
	raise(SIGHUP);
	ck_assert(!self_interrupted(loop));
	self_end(loop, dir);
}
END_TEST

/* Until nobody holds its other end. */
static size_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size && (n = read(fd, text + len, size - len)) > 0)
		len += (size_t)n;
	return len;
}

/*
 * A program with a child of its own, as ec21hil run is one: whoever is told to
 * end, or is killed, it ends both, and our caller goes on to clear up.
 */
START_TEST(signal_ends_the_program_and_its_children)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGKILL};
	char script[200], text[40] = "";
	struct argv a = {0};
	struct loop *loop;
	struct why why;
	int fds[2], status;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	/* The child itself says that it is there: before its exec a trap of
	 * the shell's could still take its signal. */
	snprintf(script, sizeof(script),
		"trap 'kill $! 2>&-; echo ended >&%d; exit 1' TERM\n"
		"sh -c 'echo >&%d; exec sleep 600' &\nwait",
		fds[1], fds[1]);
	argv_add(&a, "sh");
	argv_add(&a, "-c");
	argv_add(&a, script);
	signal(SIGHUP, SIG_DFL);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		loop = loop_new(false, 1, &why);
		status = self_run(loop, &a, "/dev/null");
		/* libevent frees a turn later, or now. */
		loop_free(loop);
		_exit(status == -1 ? 7 : 8);
	}
	close(fds[1]);
	ck_assert_int_eq(read(fds[0], text, 1), 1);
	kill(pid, signals[_i]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_uint_eq(read_all(fds[0], text, sizeof(text)), 6);
	ck_assert_str_eq(text, "ended\n");
	if (signals[_i] == SIGKILL)
		ck_assert(WIFSIGNALED(status));
	else
		ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	close(fds[0]);
	argv_free(&a);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("self");
	Suite *s = suite_create("self");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, status_and_output_of_a_program_that_ends);
	tcase_add_loop_test(tc, signal_between_programs_waits, 0, 3);
	tcase_add_test(tc, only_the_first_hangup_counts);
	tcase_add_test(tc, a_hangup_that_is_ignored_stays_so);
	tcase_add_loop_test(tc, signal_ends_the_program_and_its_children, 0, 4);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
