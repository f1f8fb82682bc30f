/*
 * Each command of the tables in forms that nobody would send: none, empty, too
 * many and wrong arguments. It ends, and says why where it fails: a failure
 * without a reason is an assertion in at/verdict.c.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/profile.h"
#include "cmd/ctx.h"
#include "modem.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

static struct profile profile;
static struct fake_clock fc;
static struct fake_net net;
static struct buf said;

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&said, data, len));
}

static struct modem *boot(void)
{
	struct why why;
	struct modem *m;

	fake_clock_init(&fc, true);
	fake_net_init(&net);
	m = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net.net,
			.output = on_output,
		},
		&why);
	ck_assert_msg(m != NULL, "%s", why.text);
	modem_boot(m);
	fake_clock_advance(&fc, 60000);
	return m;
}

static void send(struct modem *m, const char *text)
{
	modem_input(m, text, strlen(text));
	fake_clock_run(&fc);
}

/* A final result, a prompt, or the way into data. */
static bool is_answered(void)
{
	static const char *const ends[] = {"OK\r\n", "ERROR", "CONNECT",
		"NO CARRIER", "> ", "0\r", "4\r", "3\r"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		if (strstr(buf_cstr(&said), ends[i]) != NULL)
			return true;
	return false;
}

static void try_line(const char *line)
{
	struct modem *m = boot();

	/* A number that no other command takes for its own is left behind. */
	send(m, "ATE0+IPR=115200\r");
	buf_reset(&said);
	send(m, line);
	fake_clock_advance(&fc, 200000);
	ck_assert_msg(
		is_answered(), "%s: no answer: '%s'", line, buf_cstr(&said));
	modem_free(m);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_net_free(&net);
}

static void try_args(const char *name, const char *arg, unsigned n)
{
	char line[200];
	int at = snprintf(line, sizeof(line), "AT%s=", name);

	for (unsigned i = 0; i < n; i++)
		at += snprintf(line + at, sizeof(line) - (size_t)at, "%s%s",
			i > 0 ? "," : "", arg);
	snprintf(line + at, sizeof(line) - (size_t)at, "\r");
	try_line(line);
}

static void try_command(const char *name)
{
	static const char *const args[] = {"", "\"\"", "1", "\"x\"", "x", "-"};
	static const char *const rests[] = {"", "?", "=?", "==", "=\"", "=,\""};
	static const unsigned counts[] = {1, 2, 3, 5, 9};
	char line[200];

	for (size_t i = 0; i < sizeof(rests) / sizeof(*rests); i++) {
		snprintf(line, sizeof(line), "AT%s%s\r", name, rests[i]);
		try_line(line);
	}
	for (size_t i = 0; i < sizeof(args) / sizeof(*args); i++)
		for (size_t n = 0; n < sizeof(counts) / sizeof(*counts); n++)
			try_args(name, args[i], counts[n]);
}

START_TEST(each_form_is_answered)
{
	for (const struct at_cmd *c = cmd_families[_i]->rows; c->name; c++)
		try_command(c->name);
}
END_TEST

static void setup(void)
{
	profile_init(&profile);
	buf_init(&said, 1 << 20);
}

static void teardown(void)
{
	buf_free(&said);
}

int main(void)
{
	Suite *suite = suite_create("forms");
	TCase *tc = tcase_create("forms");
	SRunner *sr;
	int failed, n = 0;

	while (cmd_families[n] != NULL)
		n++;
	tcase_set_timeout(tc, 300);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_form_is_answered, 0, n);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
