#include "io/unix_listen.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "support/temp.h"

/* Whose socket files are replaced, and whose are not. */

static char dir[TEMP_PATH];
static struct sockaddr_un un = {.sun_family = AF_UNIX};
static struct why why;

static void setup(void)
{
	temp_dir(dir, "check_unix");
	ck_assert_int_lt(
		snprintf(un.sun_path, sizeof(un.sun_path), "%s/s", dir),
		(int)sizeof(un.sun_path));
}

static void teardown(void)
{
	unlink(un.sun_path);
	rmdir(dir);
}

static int try_listen(void)
{
	return unix_listen(un.sun_path, 0600, &why);
}

static int owner(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

static void assert_kept(enum err err)
{
	ck_assert_int_eq(try_listen(), (int)err);
	ck_assert_int_eq(access(un.sun_path, F_OK), 0);
}

START_TEST(what_a_program_has_bound_is_kept)
{
	static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	int fd = owner(types[_i]);

	assert_kept(ERR_BUSY);
	close(fd);
	/* Its owner is dead. */
	fd = try_listen();
	ck_assert_int_ge(fd, 0);
	close(fd);
}
END_TEST

START_TEST(a_listener_does_not_see_the_probe)
{
	int fd = try_listen();

	ck_assert_int_ge(fd, 0);
	assert_kept(ERR_BUSY);
	ck_assert_int_eq(accept(fd, NULL, NULL), -1);
	ck_assert_int_eq(errno, EAGAIN);
	close(fd);
}
END_TEST

/* And one whose backlog is full does not keep us waiting. */
START_TEST(a_busy_listener_is_no_dead_one)
{
	int fd = owner(SOCK_STREAM), peers[2];

	ck_assert_int_eq(listen(fd, 0), 0);
	for (int i = 0; i < 2; i++) {
		peers[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(
			peers[i], (const struct sockaddr *)&un, sizeof(un));
	}
	assert_kept(ERR_BUSY);
	close(peers[0]);
	close(peers[1]);
	close(fd);
}
END_TEST

START_TEST(what_is_no_socket_is_kept)
{
	FILE *f = fopen(un.sun_path, "w");

	ck_assert_ptr_nonnull(f);
	fclose(f);
	assert_kept(ERR_FILE_EXISTS);
}
END_TEST

START_TEST(what_may_not_be_asked_is_kept)
{
	enum { NOBODY = 65534 };
	uid_t was = geteuid();
	char *name;
	int fd;

	/* Whatever may be above the folder is not to be passed. */
	ck_assert_int_eq(chdir(dir), 0);
	name = strrchr(un.sun_path, '/') + 1;
	memmove(un.sun_path, name, strlen(name) + 1);
	fd = owner(SOCK_STREAM);
	ck_assert_int_eq(chmod(un.sun_path, 0), 0);
	/* To root all is open. */
	ck_assert_int_eq(chmod(dir, 0755), 0);
	if (was == 0)
		ck_assert_int_eq(seteuid(NOBODY), 0);
	assert_kept(ERR_FILE_EXISTS);
	ck_assert_int_eq(seteuid(was), 0);
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("unix_listen");
	TCase *tc = tcase_create("files");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, what_a_program_has_bound_is_kept, 0, 3);
	tcase_add_test(tc, a_listener_does_not_see_the_probe);
	tcase_add_test(tc, a_busy_listener_is_no_dead_one);
	tcase_add_test(tc, what_is_no_socket_is_kept);
	tcase_add_test(tc, what_may_not_be_asked_is_kept);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
