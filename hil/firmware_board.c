#include "hil/firmware.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "hil/board.h"
#include "hil/console.h"
#include "hil/rig_hook.h"
#include "hil/virtual_board.h"
#include "hil/wire.h"
#include "io/loop.h"

/* How often a console that is gone is looked for. */
#define LOOK_US 100000u
/* What may come before the line of expect_boot does. */
#define EARLY_MAX ((size_t)1 << 16)

enum stage {
	STAGE_NEW,
	STAGE_FLASHING, /* a virtual board gets its image */
	STAGE_STARTING, /* the hooks run that start it */
	STAGE_BOOTING,	/* its first line is waited for */
	STAGE_UP,
	STAGE_RESETTING, /* as STARTING, but in the middle of a run */
	STAGE_ENDING,
	STAGE_ENDED,
};

struct firmware_board {
	struct firmware firmware;
	struct firmware_opts opts;
	struct board *board;
	enum stage stage;
	struct rig_hooks *hooks;
	struct console console;
	struct buf early; /* said before it was up */
	struct timer timer;
	uint64_t until_us; /* patience with boot, or with a lost console */
};

static struct clock *clock_of(const struct firmware_board *f)
{
	return loop_clock(f->opts.loop);
}

static const struct rig_conf *conf_of(const struct firmware_board *f)
{
	return f->board->conf;
}

static void be_patient(struct firmware_board *f)
{
	f->until_us = clock_now_us(clock_of(f)) +
		      (uint64_t)conf_of(f)->boot_timeout * 1000000;
}

static void begin(struct firmware_board *f);

/* It cannot begin, or not go on. */
static void fail(struct firmware_board *f, const char *why)
{
	enum stage stage = f->stage;

	rig_hooks_free(f->hooks);
	f->hooks = NULL;
	if (stage >= STAGE_ENDING)
		return;
	f->stage = STAGE_UP;
	if (stage == STAGE_RESETTING)
		f->opts.restarted(f->opts.arg, why);
	else if (stage == STAGE_UP)
		f->opts.ended(f->opts.arg, why);
	else
		f->opts.started(f->opts.arg, why);
}

/* ---- the console ---- */

static void on_bytes(void *arg, const void *data, size_t len)
{
	struct firmware_board *f = arg;

	if (f->stage == STAGE_UP || f->stage == STAGE_RESETTING)
		f->opts.console(f->opts.arg, data, len);
	else if (f->stage < STAGE_UP && !buf_add(&f->early, data, len))
		fail(f, "the console said 64 KiB, and not that it is up");
}

/* A virtual board has no CPU any more: waiting for words would be in vain. */
static void on_line(void *arg, const char *line)
{
	static const char head[] = "# ec21vdfu: ";
	struct firmware_board *f = arg;

	if (f->board->virtual != NULL &&
		strncmp(line, head, sizeof(head) - 1) == 0)
		fail(f, line + sizeof(head) - 1);
}

static void become_up(struct firmware_board *f)
{
	size_t skip = f->console.heard ? f->console.said_at : 0;
	struct buf early = f->early;

	buf_init(&f->early, EARLY_MAX);
	f->stage = STAGE_UP;
	f->opts.started(f->opts.arg, NULL);
	if (buf_len(&early) > skip)
		f->opts.console(f->opts.arg, buf_data(&early) + skip,
			buf_len(&early) - skip);
	buf_free(&early);
}

static void look(void *arg)
{
	struct firmware_board *f = arg;
	bool late = clock_now_us(clock_of(f)) >= f->until_us;
	char why[CONSOLE_LINE_MAX + 300];

	if (f->stage == STAGE_ENDING) {
		f->stage = STAGE_ENDED;
		f->opts.ended(f->opts.arg, "was ended");
		return;
	}
	if (f->board->virtual != NULL &&
		virtual_board_gone(f->board->virtual) != NULL) {
		fail(f, virtual_board_gone(f->board->virtual));
		return;
	}
	if (f->stage == STAGE_NEW) {
		begin(f);
		return;
	}
	timer_set_us(clock_of(f), &f->timer, LOOK_US);
	/* Some ports go with a board's reset, and come back. */
	if (console_open(&f->console) && f->stage != STAGE_BOOTING)
		be_patient(f);
	if (f->stage == STAGE_BOOTING &&
		(f->console.heard || conf_of(f)->expect_boot == NULL)) {
		become_up(f);
		return;
	}
	if (late && f->stage == STAGE_BOOTING) {
		console_explain(&f->console, conf_of(f)->expect_boot,
			conf_of(f)->boot_timeout, why, sizeof(why));
		fail(f, why);
		return;
	}
	if (late && f->console.wire == NULL && f->stage == STAGE_UP) {
		snprintf(why, sizeof(why), "has no console any more: %s",
			f->console.why);
		fail(f, why);
	}
}

/* ---- start and reset ---- */

static void on_hooks_done(void *arg, const char *why)
{
	struct firmware_board *f = arg;

	rig_hooks_free(f->hooks);
	f->hooks = NULL;
	if (f->stage == STAGE_ENDING) {
		f->board->off = why == NULL;
		if (why != NULL)
			fprintf(stderr,
				"ec21hil: %s: it may still be switched on: "
				"%s\n",
				conf_of(f)->name, why);
		timer_set_us(clock_of(f), &f->timer, 0);
		return;
	}
	if (why != NULL) {
		fail(f, why);
		return;
	}
	if (f->stage == STAGE_RESETTING) {
		f->stage = STAGE_UP;
		f->opts.restarted(f->opts.arg, NULL);
		return;
	}
	f->stage = STAGE_BOOTING;
	be_patient(f);
	/* It may have spoken already. */
	timer_set_us(clock_of(f), &f->timer, 0);
}

/* RST in the middle; before a scenario the supply, which resets a modem too. */
static bool run_hooks(struct firmware_board *f, bool supply)
{
	const struct rig_conf *c = conf_of(f);
	struct rig_hooks_opts o = {.loop = f->opts.loop,
		.keep_fd = f->board->lock,
		.done = on_hooks_done,
		.arg = f};
	size_t n = 0;

	if (rig_hook_can_switch(c) && (supply || c->reset.command == NULL)) {
		if (!f->board->off) {
			o.names[n] = "power_off";
			o.hooks[n++] = &c->power_off;
		}
		o.names[n] = "power_on";
		o.hooks[n++] = &c->power_on;
	} else if (c->reset.command != NULL) {
		o.names[n] = "reset";
		o.hooks[n++] = &c->reset;
	} else if (!console_say(&f->console, "reset\n")) {
		return false;
	}
	/* Also if that is not known yet, or they come to no end. */
	f->board->off = false;
	f->hooks = rig_hooks_start(&o);
	return f->hooks != NULL;
}

static void begin(struct firmware_board *f)
{
	struct virtual_board *v = f->board->virtual;
	char why[300];

	f->stage = STAGE_STARTING;
	if (v != NULL && !virtual_board_renew(v, why, sizeof(why))) {
		fail(f, why);
		return;
	}
	/* Before the reset, so that its first words are heard. */
	(void)console_open(&f->console);
	if (conf_of(f)->expect_boot != NULL)
		console_arm(&f->console, conf_of(f)->expect_boot);
	buf_reset(&f->early);
	if (!run_hooks(f, true))
		fail(f, f->console.why[0] != '\0' ? f->console.why
						  : "out of memory");
}

static void on_flashed(void *arg, const char *error)
{
	struct firmware_board *f = arg;

	if (error != NULL)
		fail(f, error);
	else
		begin(f);
}

/* ---- as firmware ---- */

static void board_write(struct firmware *fw, const void *data, size_t len)
{
	struct firmware_board *f = (struct firmware_board *)fw;

	/* Without a port it is lost, as on a wire that was pulled. */
	if (console_open(&f->console))
		wire_write(f->console.wire, data, len);
}

static void board_reset(struct firmware *fw)
{
	struct firmware_board *f = (struct firmware_board *)fw;
	struct virtual_board *v = f->board->virtual;
	char why[300];

	f->stage = STAGE_RESETTING;
	if (v != NULL && !virtual_board_renew(v, why, sizeof(why)))
		fail(f, why);
	else if (!run_hooks(f, false))
		fail(f, "cannot reset it");
}

static bool board_is_up(const struct firmware *fw)
{
	return ((const struct firmware_board *)fw)->stage == STAGE_UP;
}

static bool board_runs(const struct firmware *fw)
{
	return ((const struct firmware_board *)fw)->stage != STAGE_ENDED;
}

/* Its supply is taken where it can be: nothing goes on behind our back. */
static void board_signal(struct firmware *fw, int sig)
{
	struct firmware_board *f = (struct firmware_board *)fw;
	const struct rig_conf *c = conf_of(f);
	const struct rig_hooks_opts o = {.loop = f->opts.loop,
		.keep_fd = f->board->lock,
		.names = {"power_off"},
		.hooks = {&c->power_off},
		.done = on_hooks_done,
		.arg = f};

	if (f->stage == STAGE_FLASHING)
		virtual_board_cancel(f->board->virtual);
	rig_hooks_free(f->hooks);
	f->hooks = NULL;
	f->stage = STAGE_ENDING;
	timer_del(clock_of(f), &f->timer);
	if (sig == SIGTERM && rig_hook_can_switch(c) && !f->board->off)
		f->hooks = rig_hooks_start(&o);
	if (f->hooks == NULL)
		timer_set_us(clock_of(f), &f->timer, 0);
}

static void board_free(struct firmware *fw)
{
	struct firmware_board *f = (struct firmware_board *)fw;

	if (f->stage == STAGE_FLASHING)
		virtual_board_cancel(f->board->virtual);
	timer_del(clock_of(f), &f->timer);
	rig_hooks_free(f->hooks);
	console_close(&f->console);
	buf_free(&f->early);
	free(f);
}

struct firmware *firmware_board_start(
	const struct firmware_opts *opts, char *why, size_t why_size)
{
	static const struct firmware_ops ops = {board_write, board_reset,
		board_is_up, board_runs, board_signal, board_free};
	struct firmware_board *f = calloc(1, sizeof(*f));

	snprintf(why, why_size, "out of memory");
	if (f == NULL)
		return NULL;
	f->firmware.ops = &ops;
	f->opts = *opts;
	f->opts.image = NULL; /* lent for this call */
	f->board = opts->board;
	timer_init(&f->timer, look, f);
	buf_init(&f->early, EARLY_MAX);
	console_init(&f->console, opts->loop, f->board->conf->console);
	f->console.on_bytes = on_bytes;
	f->console.on_line = on_line;
	f->console.arg = f;
	if (f->board->virtual == NULL ||
		virtual_board_holds(f->board->virtual, opts->image)) {
		timer_set_us(clock_of(f), &f->timer, 0);
		return &f->firmware;
	}
	f->stage = STAGE_FLASHING;
	f->board->off = false;
	if (virtual_board_flash(f->board->virtual, opts->image, on_flashed, f,
		    why, why_size))
		return &f->firmware;
	f->stage = STAGE_NEW;
	board_free(&f->firmware);
	return NULL;
}
