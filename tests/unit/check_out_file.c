#include "base/out_file.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/support/temp.h"

static void on_term(int sig)
{
	(void)sig;
}

/* Again and again: the first may come before open() waits. */
START_TEST(a_signal_ends_the_wait_for_a_reader)
{
	struct sigaction sa = {.sa_handler = on_term, .sa_flags = SA_RESTART};
	struct sigevent by = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
	const struct itimerspec often = {
		.it_value.tv_nsec = 20000000, .it_interval.tv_nsec = 20000000};
	char dir[TEMP_PATH], path[TEMP_INSIDE];
	timer_t timer;
	int fd, err;

	temp_dir(dir, "check_out_file");
	snprintf(path, sizeof(path), "%s/fifo", dir);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	sigaction(SIGTERM, &sa, NULL);
	ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &by, &timer), 0);
	timer_settime(timer, 0, &often, NULL);
	fd = out_file_open(path, O_TRUNC, 0600);
	err = errno;
	timer_delete(timer);
	unlink(path);
	rmdir(dir);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(err, EINTR);
	sigaction(SIGTERM, NULL, &sa);
	ck_assert_int_ne(sa.sa_flags & SA_RESTART, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("out_file");
	TCase *tc = tcase_create("out_file");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, a_signal_ends_the_wait_for_a_reader);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
