#include "unit.h"

#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/profile.h"
#include "io/loop.h"
#include "io/watch.h"
#include "modem.h"
#include "options.h"
#include "support/temp.h"

/* A modem and its pty on a real loop: the rates of --wire strict. */

static struct profile profile;
static struct options opt;
static struct loop *loop;
static struct watch *watch;
static struct unit *unit;
static char dir[TEMP_PATH];
static char nv[TEMP_INSIDE];
static int host = -1;
static char heard[4096];

static void setup(void)
{
	temp_dir(dir, "check_unit");
	snprintf(nv, sizeof(nv), "%s/nv.conf", dir);
	profile_init(&profile);
	opt = (struct options){
		.state = dir, .strict = true, .fast = true, .speed = 1};
}

static void make_unit(void)
{
	struct unit_env env = {.profile = &profile, .opt = &opt};
	struct why why;
	char *ready = NULL, path[64];
	size_t size;
	FILE *f;

	env.loop = loop = loop_new(true, 1, &why);
	ck_assert_ptr_nonnull(loop);
	env.watch = watch = watch_new(loop_base(loop), &why);
	ck_assert_ptr_nonnull(watch);
	unit = unit_new(&env, 1, &why);
	ck_assert_msg(unit != NULL, "%s", why.text);
	f = open_memstream(&ready, &size);
	unit_print_ready(unit, f);
	fclose(f);
	ck_assert_int_eq(strncmp(ready, "ready 1 ", 8), 0);
	snprintf(path, sizeof(path), "%.*s", (int)strcspn(ready + 8, "\n"),
		ready + 8);
	free(ready);
	host = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	ck_assert_int_ge(host, 0);
	heard[0] = '\0';
}

static void teardown(void)
{
	if (host >= 0)
		close(host);
	host = -1;
	unit_free(unit);
	watch_free(watch);
	loop_free(loop);
	unlink(nv);
	rmdir(dir);
}

static void set_host(speed_t speed)
{
	struct termios t;

	ck_assert_int_eq(tcgetattr(host, &t), 0);
	cfsetspeed(&t, speed);
	ck_assert_int_eq(tcsetattr(host, TCSANOW, &t), 0);
}

/* Check's own time limit ends what never comes. */
static void wait_for(const char *text)
{
	size_t n = 0;

	heard[0] = '\0';
	while (strstr(heard, text) == NULL) {
		ssize_t got = read(host, heard + n, sizeof(heard) - 1 - n);

		n += got > 0 ? (size_t)got : 0;
		heard[n] = '\0';
		event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
	}
}

static void ask(const char *line)
{
	ck_assert_int_eq(
		write(host, line, strlen(line)), (ssize_t)strlen(line));
	wait_for("OK\r\n");
}

START_TEST(a_stored_rate_counts_from_rdy_on)
{
	FILE *f = fopen(nv, "w");

	fputs("w_ipr = 9600\n", f);
	fclose(f);
	make_unit();
	set_host(B9600);
	unit_boot(unit);
	wait_for("RDY\r\n");
}
END_TEST

START_TEST(a_restart_forgets_a_rate_that_was_not_stored)
{
	struct why why;

	make_unit();
	set_host(B115200);
	unit_boot(unit);
	wait_for("RDY\r\n");
	ask("AT+IPR=9600\r");
	set_host(B9600);
	ask("AT\r");
	ck_assert_int_eq(modem_act(unit_modem(unit), "power off", &why), 0);
	set_host(B115200);
	ck_assert_int_eq(modem_act(unit_modem(unit), "power on", &why), 0);
	wait_for("RDY\r\n");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("unit");
	TCase *tc = tcase_create("rate");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_stored_rate_counts_from_rdy_on);
	tcase_add_test(tc, a_restart_forgets_a_rate_that_was_not_stored);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
