#ifndef EC21_TESTS_DISPATCH_CHECKS_H
#define EC21_TESTS_DISPATCH_CHECKS_H

#include "at/at.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"

/*
 * What the checks of the AT engine share: a family of commands that do one
 * thing each, on the fake clock.
 */
static struct fake_clock fc;
static struct capture cap;
static struct profile profile;
static struct at *at;
static struct buf host;
static struct at_txn *waiting;
static struct buf data;
static enum at_data_end data_end;
static bool aborted;

static void on_abort(struct at_txn *txn)
{
	(void)txn;
	aborted = true;
	waiting = NULL;
}

static struct at_verdict run_one(struct at_txn *txn)
{
	at_info(txn, "+ONE: %d", txn->form);
	return at_ok();
}

static struct at_verdict run_two(struct at_txn *txn)
{
	at_info(txn, "first");
	at_info(txn, "second");
	return at_ok();
}

static struct at_verdict run_args(struct at_txn *txn)
{
	for (size_t i = 0; i < txn->args.n; i++)
		at_info(txn, "%zu%s%s", i,
			txn->args.v[i].kind == AT_VALUE_EMPTY	 ? "-"
			: txn->args.v[i].kind == AT_VALUE_QUOTED ? "\""
								 : "=",
			txn->args.v[i].text);
	return at_ok();
}

static struct at_verdict run_bad(struct at_txn *txn)
{
	return at_fail(txn, ERR_FILE_NOT_FOUND, GRADE_CAP, "no such thing");
}

static struct at_verdict run_wait(struct at_txn *txn)
{
	waiting = txn;
	txn->on_abort = on_abort;
	return at_wait_for(txn, &waiting);
}

static void on_bytes(struct at_txn *txn, const uint8_t *p, size_t len)
{
	(void)txn;
	buf_add(&data, p, len);
}

static void on_end(struct at_txn *txn, enum at_data_end end)
{
	data_end = end;
	if (end == AT_DATA_TIMEOUT) {
		at_finish(txn, at_fail(txn, ERR_FILE_TIMEOUT, GRADE_KIN,
				       "the host stopped"));
		return;
	}
	at_info_bare(txn, "+DATA: %zu", buf_len(&data));
	at_finish(txn, at_ok());
}

static struct at_verdict run_data(struct at_txn *txn)
{
	const struct at_data d = {
		.count = (size_t)at_args_int(&txn->args, 0, 0),
		.idle_ms = 5000,
		.escape = true,
		.on_bytes = on_bytes,
		.on_end = on_end,
	};

	return at_data_connect(txn, &d);
}

static struct at_verdict run_prompt(struct at_txn *txn)
{
	const struct at_data d = {.on_bytes = on_bytes, .on_end = on_end};

	return at_data_prompt(txn, &d);
}

static bool left;
static bool alive;

static void on_stream_bytes(void *arg, const uint8_t *p, size_t len)
{
	(void)arg;
	buf_add(&data, p, len);
}

static void on_leave(void *arg)
{
	(void)arg;
	left = true;
}

static bool on_resume(void *arg)
{
	(void)arg;
	return alive;
}

static struct at_verdict run_stream(struct at_txn *txn)
{
	const struct at_stream st = {
		.on_bytes = on_stream_bytes,
		.on_leave = on_leave,
		.on_resume = on_resume,
		.arg = &data,
	};

	alive = true;
	left = false;
	return at_stream_connect(txn, &st);
}

static struct at_verdict run_o(struct at_txn *txn)
{
	return at_stream_resume(txn);
}

static struct at_verdict run_e(struct at_txn *txn)
{
	at_settings(txn->at)->echo = txn->basic > 0;
	return at_ok();
}

static struct at_verdict run_v(struct at_txn *txn)
{
	at_settings(txn->at)->verbose = txn->basic > 0;
	return at_ok();
}

static struct at_verdict run_cmee(struct at_txn *txn)
{
	at_settings(txn->at)->cmee = (uint8_t)at_args_int(&txn->args, 0, 0);
	return at_ok();
}

static struct at_verdict run_rate(struct at_txn *txn)
{
	at_settings(txn->at)->rate = (uint32_t)at_args_int(&txn->args, 0, 0);
	return at_ok();
}

static struct at_verdict run_netfail(struct at_txn *txn)
{
	return at_fail(txn, ERR_NET_PARAM, GRADE_CAP, "no such socket");
}

static struct at_verdict run_dial(struct at_txn *txn)
{
	at_info(txn, "dial %s", txn->args.v[0].text);
	return at_ok();
}

static const struct at_arg one_int[] = {
	{"n", AT_ARG_INT, 0, 100, false},
	{0},
};

static const struct at_arg one_rate[] = {
	{"rate", AT_ARG_INT, 0, 4000000, false},
	{0},
};

/* clang-format off */
static const struct at_cmd rows[] = {
	{"+ONE", AT_FORM_TEST | AT_FORM_READ | AT_FORM_EXEC, NULL, run_one, "(0,1)", 0, GRADE_ASM, "test", ""},
	{"+TWO", AT_FORM_EXEC, NULL, run_two, NULL, 0, GRADE_ASM, "test", ""},
	{"+ARGS", AT_FORM_WRITE | AT_FORM_TEST, NULL, run_args, NULL, 0, GRADE_ASM, "test", ""},
	{"+BAD", AT_FORM_EXEC, NULL, run_bad, NULL, 0, GRADE_ASM, "test", ""},
	{"+WAIT", AT_FORM_EXEC, NULL, run_wait, NULL, 0, GRADE_ASM, "test", ""},
	{"+DATA", AT_FORM_WRITE, one_int, run_data, NULL, 0, GRADE_ASM, "test", ""},
	{"+PROMPT", AT_FORM_EXEC, NULL, run_prompt, NULL, 0, GRADE_ASM, "test", ""},
	{"+CMEE", AT_FORM_WRITE, one_int, run_cmee, NULL, 0, GRADE_ASM, "test", ""},
	{"+RATE", AT_FORM_WRITE, one_rate, run_rate, NULL, 0, GRADE_ASM, "test", ""},
	{"+STREAM", AT_FORM_EXEC, NULL, run_stream, NULL, 0, GRADE_ASM, "test", ""},
	{"O", AT_FORM_BASIC, NULL, run_o, NULL, 0, GRADE_ASM, "test", ""},
	{"E", AT_FORM_BASIC, NULL, run_e, NULL, 0, GRADE_ASM, "test", ""},
	{"V", AT_FORM_BASIC, NULL, run_v, NULL, 0, GRADE_ASM, "test", ""},
	{"D", AT_FORM_DIAL, NULL, run_dial, NULL, 0, GRADE_ASM, "test", ""},
	{0},
};
static const struct at_cmd net_rows[] = {
	{"+NETFAIL", AT_FORM_EXEC, NULL, run_netfail, NULL, 0, GRADE_ASM, "test", ""},
	{0},
};
/* clang-format on */

static const struct at_family family = {
	.name = "test",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_FILE_PARAM,
	.rows = rows,
};
static const struct at_family net_family = {
	.name = "net",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = net_rows,
};
static const struct at_family *const families[] = {&family, &net_family, NULL};

static void on_output(void *arg, const void *p, size_t len)
{
	(void)arg;
	buf_add(&host, p, len);
}

static void start(bool fast)
{
	struct at_opts opts;

	fake_clock_init(&fc, fast);
	capture_init(&cap);
	profile_init(&profile);
	buf_init(&host, 65536);
	buf_init(&data, 65536);
	waiting = NULL;
	aborted = false;
	opts = (struct at_opts){
		.clock = &fc.clock,
		.profile = &profile,
		.families = families,
		.trace = &cap.sink,
		.output = on_output,
	};
	at = at_new(&opts);
	ck_assert_ptr_nonnull(at);
	at_set_ready(at, true);
	at_settings(at)->echo = false;
}

static void setup(void)
{
	start(true);
}

static void teardown(void)
{
	at_free(at);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	buf_free(&host);
	buf_free(&data);
	capture_free(&cap);
}

static void send(const char *text)
{
	at_input(at, text, strlen(text));
	fake_clock_run(&fc);
}

static const char *taken(void)
{
	static char text[65536];

	snprintf(text, sizeof(text), "%s", buf_cstr(&host));
	buf_reset(&host);
	return text;
}

#endif
