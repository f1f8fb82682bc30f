#include "net/acceptor.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "support/temp.h"

/*
 * A listener and its peers, on a machine that has no descriptor left. Under
 * valgrind, which plays the limit, the kernel gives the peer away and valgrind
 * drops it: another one comes when the limit is lifted.
 */

static struct event_base *base;
static struct acceptor *acceptor;
static struct sockaddr_un un = {.sun_family = AF_UNIX};
static unsigned taken;

static void on_peer(void *arg, int fd)
{
	(void)arg;
	taken++;
	close(fd);
}

static void setup(void)
{
	char dir[TEMP_PATH];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	struct evconnlistener *listener;

	temp_dir(dir, "check_acceptor");
	ck_assert_int_lt(
		snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", dir),
		(int)sizeof(un.sun_path));
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	base = event_base_new();
	listener = evconnlistener_new(
		base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	ck_assert_ptr_nonnull(listener);
	acceptor = acceptor_new(listener, on_peer, NULL);
	ck_assert_ptr_nonnull(acceptor);
	taken = 0;
}

static void teardown(void)
{
	acceptor_free(acceptor);
	ck_assert_int_eq(
		event_base_get_num_events(
			base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE),
		0);
	event_base_free(base);
	unlink(un.sun_path);
	*strrchr(un.sun_path, '/') = '\0';
	rmdir(un.sun_path);
}

static int come(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	ck_assert_int_eq(
		connect(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void set_limit(rlim_t n)
{
	struct rlimit files;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
}

static void turn(void)
{
	event_base_loop(base, EVLOOP_NONBLOCK);
}

START_TEST(a_peer_is_taken_unless_held)
{
	int fd = come();

	turn();
	ck_assert_uint_eq(taken, 1);
	close(fd);
	acceptor_hold(acceptor, true);
	fd = come();
	turn();
	ck_assert_uint_eq(taken, 1);
	acceptor_hold(acceptor, false);
	turn();
	ck_assert_uint_eq(taken, 2);
	close(fd);
}
END_TEST

START_TEST(without_a_descriptor_it_waits_and_tries_again)
{
	struct rlimit was;
	int fd = come(), other;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	set_limit((rlim_t)fd);
	turn();
	/* What is left to wait for is the timer: nothing spins. */
	ck_assert_int_eq(
		event_base_get_num_events(base, EVENT_BASE_COUNT_ACTIVE), 0);
	ck_assert_int_eq(
		event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 1);
	ck_assert_uint_eq(taken, 0);
	set_limit(was.rlim_cur);
	other = come();
	while (taken == 0)
		event_base_loop(base, EVLOOP_ONCE);
	close(other);
	close(fd);
}
END_TEST

/* Held meanwhile, it is not taken by the next try. */
START_TEST(a_pause_does_not_end_a_hold)
{
	struct rlimit was;
	int fd = come(), other;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &was), 0);
	set_limit((rlim_t)fd);
	turn();
	set_limit(was.rlim_cur);
	other = come();
	acceptor_hold(acceptor, true);
	ck_assert_int_eq(
		event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
	ck_assert_uint_eq(taken, 0);
	acceptor_hold(acceptor, false);
	turn();
	ck_assert_uint_ge(taken, 1);
	close(other);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("acceptor");
	TCase *tc = tcase_create("peers");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_peer_is_taken_unless_held);
	tcase_add_test(tc, without_a_descriptor_it_waits_and_tries_again);
	tcase_add_test(tc, a_pause_does_not_end_a_hold);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
