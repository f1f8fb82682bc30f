#include "modem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/ctx.h"
#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

/* Whole modems in process: every row of every family, and two side by side. */

struct bench {
	struct capture cap;
	struct buf host;
	struct modem *modem;
};

static struct fake_clock fc;
static struct fake_net net;
static struct profile profile;
static struct bench one, two;

static void on_output(void *arg, const void *data, size_t len)
{
	struct bench *b = arg;

	ck_assert(buf_add(&b->host, data, len));
}

static void bench_init(struct bench *b)
{
	struct why why;

	capture_init(&b->cap);
	buf_init(&b->host, 1 << 20);
	b->modem = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net.net,
			.trace = &b->cap.sink,
			.output = on_output,
			.arg = b,
		},
		&why);
	ck_assert_msg(b->modem != NULL, "%s", why.text);
}

static void bench_free(struct bench *b)
{
	modem_free(b->modem);
	buf_free(&b->host);
	capture_free(&b->cap);
}

static void setup(void)
{
	fake_clock_init(&fc, true);
	fake_net_init(&net);
	profile_init(&profile);
	bench_init(&one);
	bench_init(&two);
}

static void teardown(void)
{
	bench_free(&two);
	bench_free(&one);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_net_free(&net);
}

static const char *ask(struct bench *b, const char *line)
{
	buf_reset(&b->host);
	modem_input(b->modem, line, strlen(line));
	fake_clock_run(&fc);
	return buf_cstr(&b->host);
}

static void boot(struct bench *b)
{
	modem_boot(b->modem);
	fake_clock_advance(&fc, 60000);
	ck_assert_str_eq(ask(b, "ATE0\r"), "ATE0\r\r\nOK\r\n");
}

static bool failed(const char *answer)
{
	return strstr(answer, "\nERROR") != NULL ||
	       strstr(answer, "+CME ERROR") != NULL ||
	       strstr(answer, "NO CARRIER") != NULL ||
	       strstr(answer, "SEND FAIL") != NULL;
}

/*
 * One line; what it answers must carry a reason when it is an error. A line
 * that opened data mode or waits is left to time.
 */
static void try_line(const char *line)
{
	const char *answer;

	capture_reset(&one.cap);
	answer = ask(&one, line);
	if (failed(answer))
		ck_assert_msg(capture_len(&one.cap, LANE_WHY) > 0,
			"%s answered %s and gave no reason", line, answer);
	if (strstr(answer, "OK\r") == NULL && !failed(answer)) {
		modem_input(one.modem, "\x1b", 1);
		for (int i = 0; i < 5; i++)
			fake_clock_advance(&fc, 200000);
		buf_reset(&one.host);
	}
}

static void try_row(const struct at_cmd *c)
{
	static const char *const values[] = {
		"?",
		"=?",
		"",
		"=",
		"=99",
		"=-1",
		"=\"x\"",
		"=1,1,1,1,1,1,1,1",
		"=\"none\",77777777",
		"=\"RAM:x\"",
		"=0",
		"=1",
		"=1,\"x\"",
		"=\"sslversion\",9,9",
		"=1,2,3,\"h\",99999",
	};
	char line[128];

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		/* These switch the modem off; their own tests do that. */
		if (strcmp(c->name, "+QPOWD") == 0 ||
			strcmp(c->name, "+CFUN") == 0)
			continue;
		snprintf(line, sizeof(line), "AT%s%s\r", c->name, values[i]);
		try_line(line);
		/* Settings that change what an answer looks like. */
		ask(&one, "ATE0V1Q0S3=13\rATS3=13\r");
	}
}

START_TEST(no_row_of_any_table_fails_without_a_reason)
{
	boot(&one);
	for (size_t f = 0; cmd_families[f] != NULL; f++)
		for (const struct at_cmd *c = cmd_families[f]->rows;
			c->name != NULL; c++)
			try_row(c);
}
END_TEST

START_TEST(no_two_rows_have_one_name)
{
	for (size_t f = 0; cmd_families[f] != NULL; f++)
		for (const struct at_cmd *c = cmd_families[f]->rows; c->name;
			c++)
			for (size_t g = 0; cmd_families[g] != NULL; g++)
				for (const struct at_cmd *d =
						cmd_families[g]->rows;
					d->name; d++)
					ck_assert_msg(
						c == d || strcmp(c->name,
								  d->name) != 0,
						"%s stands twice", c->name);
}
END_TEST

START_TEST(each_row_has_a_source_and_help)
{
	for (size_t f = 0; cmd_families[f] != NULL; f++)
		for (const struct at_cmd *c = cmd_families[f]->rows; c->name;
			c++) {
			ck_assert_msg(c->ref != NULL && c->ref[0] == '[',
				"%s has no source", c->name);
			ck_assert_msg(c->help != NULL && c->help[0] != '\0',
				"%s has no help", c->name);
		}
}
END_TEST

START_TEST(two_modems_in_one_process_share_nothing)
{
	boot(&one);
	boot(&two);
	ask(&one, "AT+QFUPL=\"a\",5\r");
	ask(&one, "12345");
	ask(&one, "AT+CMEE=0\r");
	ck_assert_str_eq(ask(&two, "AT+QFLST\r"), "\r\nOK\r\n");
	ck_assert_ptr_nonnull(strstr(ask(&two, "AT+CMEE?\r"), "+CMEE: 1"));
	ck_assert_ptr_nonnull(strstr(ask(&one, "AT+QFLST\r"), "UFS:a"));
}
END_TEST

START_TEST(a_modem_that_is_off_does_not_answer)
{
	ck_assert_str_eq(ask(&one, "AT\r"), "");
	ck_assert(!modem_running(one.modem));
	boot(&one);
	ck_assert(modem_running(one.modem));
}
END_TEST

START_TEST(a_restart_forgets_names_that_were_looked_up)
{
	unsigned int before;

	boot(&one);
	before = net.resets;
	ask(&one, "AT+CFUN=1,1\r");
	fake_clock_advance(&fc, 60000);
	ck_assert_uint_eq(net.resets, before + 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("modem");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int n;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, no_row_of_any_table_fails_without_a_reason);
	tcase_add_test(tc, no_two_rows_have_one_name);
	tcase_add_test(tc, each_row_has_a_source_and_help);
	tcase_add_test(tc, two_modems_in_one_process_share_nothing);
	tcase_add_test(tc, a_modem_that_is_off_does_not_answer);
	tcase_add_test(tc, a_restart_forgets_names_that_were_looked_up);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	n = srunner_ntests_failed(sr);
	srunner_free(sr);
	return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
