#ifndef EC21_TESTS_FILE_CHECKS_H
#define EC21_TESTS_FILE_CHECKS_H

#include <check.h>
#include <string.h>

#include "at/at.h"
#include "cmd/ctx.h"
#include "svc/filehandle.h"
#include "svc/filestore.h"
#include "svc/power.h"
#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"

/*
 * What the checks of files share: the file families on the real AT engine,
 * with the store in memory.
 */
static struct fake_clock fc;
static struct profile profile;
static struct capture cap;
static struct cmd_ctx ctx;

/* Where output goes beside the capture, when a test says so. */
static void (*host)(size_t len);

static inline void on_output(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data;
	if (host != NULL)
		host(len);
}

static inline void on_ready(void *arg)
{
	(void)arg;
	at_set_ready(ctx.at, true);
}

static inline void on_nothing(void *arg)
{
	(void)arg;
}

static inline void on_lost(void *arg)
{
	(void)arg;
	at_set_ready(ctx.at, false);
	filehandle_reset(ctx.handles);
	filestore_reset(ctx.files);
}

static inline void on_status(void *arg, bool running)
{
	(void)arg, (void)running;
}

/* Powered; fast: it answers already. */
static inline void make(bool fast)
{
	static const struct at_family *const families[] = {
		&at_family_file, &at_family_filehandle, NULL};
	static const struct power_events events = {
		.ready = on_ready,
		.radio = on_nothing,
		.lost = on_lost,
		.powered_down = on_nothing,
		.status = on_status,
	};
	struct why why;
	struct at_opts opts;

	fake_clock_init(&fc, fast);
	capture_init(&cap);
	memset(&ctx, 0, sizeof(ctx));
	ctx.clock = &fc.clock;
	ctx.profile = &profile;
	ctx.trace = &cap.sink;
	ctx.files = filestore_new(&profile, NULL, &why);
	ctx.handles = filehandle_new(&profile, ctx.files);
	ctx.power = power_new(&profile, &fc.clock, &events, NULL);
	opts = (struct at_opts){
		.clock = &fc.clock,
		.profile = &profile,
		.families = families,
		.ctx = &ctx,
		.trace = &cap.sink,
		.output = on_output,
	};
	ctx.at = at_new(&opts);
	ck_assert_ptr_nonnull(ctx.at);
	ck_assert_ptr_nonnull(ctx.files);
	ck_assert_ptr_nonnull(ctx.power);
	power_boot(ctx.power);
	if (fast)
		fake_clock_run(&fc);
	at_settings(ctx.at)->echo = false;
}

static inline void teardown(void)
{
	power_free(ctx.power);
	at_free(ctx.at);
	filehandle_free(ctx.handles);
	filestore_free(ctx.files);
	capture_free(&cap);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

#endif
