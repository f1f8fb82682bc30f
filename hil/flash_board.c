#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "hil/flash.h"
#include "hil/wire.h"
#include "io/loop.h"

/* What is done to the board around the chip: BOOT0, RST, supply, console. */

#define REOPEN_MS   200
#define CONSOLE_MAX 512
/* Time for a short line to leave a serial port before it is closed. */
#define LINGER_MS 200

/* ---- hooks ---- */

static void keep_line(void *arg, const char *line)
{
	if (line[0] != '\0')
		snprintf(arg, 200, "%s", line);
}

static bool run_hook(
	struct flash *f, const char *name, const struct rig_hook *hook)
{
	char last[200] = "";
	struct argv a = {0};
	const struct tool t = {.loop = f->loop,
		.limit_ms = (unsigned)hook->timeout * 1000,
		.keep_fd = -1,
		.line = keep_line,
		.arg = last};
	enum tool_end end;
	char how[300];
	int status;

	if (hook->command == NULL)
		return true;
	(void)tool_words(&a, hook->command, NULL, NULL);
	end = tool_run(&t, &a, &status, how, sizeof(how));
	argv_free(&a);
	if (end == TOOL_ENDED && status == hook->status)
		return true;
	f->interrupted = f->interrupted || end == TOOL_INTERRUPTED;
	return flash_fail(f, "the hook %s %s%s%s", name, how,
		last[0] != '\0' ? ": " : "", last);
}

/* ---- a person ---- */

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	char chunk[256];

	(void)what;
	/* A whole line: the terminal gives it behind Enter. */
	if (read(fd, chunk, sizeof(chunk)) != 0)
		*(bool *)arg = true;
}

static bool ask_operator(struct flash *f, const char *what)
{
	struct event *input;
	bool pressed = false;

	if (!isatty(STDIN_FILENO))
		return flash_fail(f,
			"it wants a person (\"%s\"), and this is no terminal; "
			"hooks in rigs.conf do without one",
			what);
	fprintf(stderr, "%s: %s, then press Enter (%ld s)\n", f->rig->name,
		what, f->rig->operator_timeout);
	input = event_new(loop_base(f->loop), STDIN_FILENO,
		EV_READ | EV_PERSIST, on_input, &pressed);
	if (input == NULL || event_add(input, NULL) != 0)
		return flash_fail(f, "cannot read the terminal");
	if (!tool_wait(f->loop, (unsigned)f->rig->operator_timeout * 1000,
		    &pressed))
		f->interrupted = true;
	event_free(input);
	if (f->interrupted)
		return flash_fail(f, "interrupted");
	return pressed || flash_fail(f, "nobody pressed Enter within %ld s",
				  f->rig->operator_timeout);
}

/* ---- the console ---- */

struct console {
	struct flash *f;
	struct wire *wire;
	regex_t pattern;
	char line[CONSOLE_MAX];
	size_t n;
	char last[CONSOLE_MAX]; /* line that was not empty */
	char said[CONSOLE_MAX]; /* the one that was waited for */
	bool alive, gone;
};

static void end_line(struct console *c)
{
	c->line[c->n] = '\0';
	c->n = 0;
	if (c->line[0] == '\0' || c->alive)
		return;
	snprintf(c->last, sizeof(c->last), "%s", c->line);
	if (regexec(&c->pattern, c->line, 0, NULL, 0) != 0)
		return;
	snprintf(c->said, sizeof(c->said), "%s", c->line);
	c->alive = true;
}

static void on_bytes(void *arg, const void *data, size_t len)
{
	struct console *c = arg;
	const char *p = data;

	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n' || p[i] == '\r')
			end_line(c);
		else if (c->n + 1 < sizeof(c->line))
			c->line[c->n++] =
				p[i] >= ' ' && p[i] != 127 ? p[i] : '?';
	}
}

static void on_closed(void *arg, const char *why)
{
	struct console *c = arg;

	(void)why;
	wire_free(c->wire);
	c->wire = NULL;
	c->gone = true;
}

static bool open_console(struct console *c, char *why, size_t size)
{
	const struct wire_events events = {on_bytes, on_closed, c};

	if (c->wire == NULL)
		c->wire = wire_open(loop_base(c->f->loop), c->f->rig->console,
			&events, why, size);
	return c->wire != NULL;
}

/* A port that goes with the board's reset comes back: USB of its own. */
static bool wait_alive(struct console *c)
{
	struct flash *f = c->f;
	struct clock *clock = loop_clock(f->loop);
	uint64_t until =
		clock_now_ms(clock) + (uint64_t)f->rig->boot_timeout * 1000;
	char why[300] = "";

	while (!c->alive && clock_now_ms(clock) < until) {
		(void)open_console(c, why, sizeof(why));
		c->gone = false;
		if (!tool_wait(f->loop, REOPEN_MS,
			    c->wire != NULL ? &c->alive : NULL)) {
			f->interrupted = true;
			return flash_fail(f, "interrupted");
		}
	}
	if (c->alive)
		return true;
	if (c->wire == NULL)
		return flash_fail(f, "no console: %s", why);
	if (c->last[0] == '\0')
		return flash_fail(f, "the console was silent for %ld s",
			f->rig->boot_timeout);
	return flash_fail(f,
		"no line /%s/ on the console within %ld s; the last was: %s",
		f->rig->expect_boot, f->rig->boot_timeout, c->last);
}

/* The firmware's own way into the boot loader. */
static bool ask_firmware(struct flash *f)
{
	struct console c = {.f = f};
	char why[300];
	bool ok;

	if (regcomp(&c.pattern, "^\\+ok dfu", REG_EXTENDED | REG_NOSUB) != 0)
		return flash_fail(f, "out of memory");
	ok = open_console(&c, why, sizeof(why));
	if (ok) {
		wire_write(c.wire, "dfu\n", 4);
		/* What it answers is not waited for: it is gone at once. */
		ok = tool_wait(f->loop, LINGER_MS, &c.alive);
		f->interrupted = !ok;
		if (!ok)
			flash_fail(f, "interrupted");
	} else {
		flash_fail(f, "no console to say dfu on: %s", why);
	}
	wire_free(c.wire);
	regfree(&c.pattern);
	return ok;
}

/* ---- in and out of the boot loader ---- */

bool flash_board_enter(struct flash *f, const struct flash_method *m)
{
	const struct rig_conf *r = f->rig;

	if (!run_hook(f, "power_on", &r->power_on))
		return false;
	/* A probe reaches the chip as it is. */
	if (r->method == RIG_METHOD_COMMAND)
		return true;
	if (r->enter == RIG_ENTER_HOOKS) {
		f->boot0 = true;
		return run_hook(f, "boot0_on", &r->boot0_on) &&
		       run_hook(f, "reset", &r->reset);
	}
	/* It may be there already, by hand or since an earlier run. */
	if (m->find(f) != FLASH_NOT_YET)
		return !f->interrupted;
	if (r->enter == RIG_ENTER_CONSOLE)
		return ask_firmware(f);
	return ask_operator(f, "hold BOOT, press and release RST, let go");
}

static bool restart(struct flash *f, const struct flash_method *m)
{
	const struct rig_conf *r = f->rig;

	if (r->boot0_off.command != NULL) {
		if (!run_hook(f, "boot0_off", &r->boot0_off))
			return false;
		f->boot0 = false;
	}
	if (r->reset.command != NULL)
		return run_hook(f, "reset", &r->reset);
	if (m->leave != NULL)
		return m->leave(f);
	return true;
}

/* The old program may still have said something. */
static bool start_and_wait(struct flash *f, const struct flash_method *m)
{
	struct console c = {.f = f};
	char why[300];
	bool ok;

	if (regcomp(&c.pattern, f->rig->expect_boot,
		    REG_EXTENDED | REG_NOSUB) != 0)
		return flash_fail(f, "out of memory");
	/* Before the reset, so that its first words are heard. */
	(void)open_console(&c, why, sizeof(why));
	ok = restart(f, m) && wait_alive(&c);
	if (ok)
		printf("%s: it runs: %s\n", f->rig->name, c.said);
	wire_free(c.wire);
	regfree(&c.pattern);
	return ok;
}

bool flash_board_start(struct flash *f, const struct flash_method *m)
{
	char why[sizeof(f->why)];
	bool ok;

	if (f->rig->expect_boot == NULL) {
		ok = restart(f, m);
		if (ok)
			printf("%s: started; expect_boot is none: whether it "
			       "runs was not looked at\n",
				f->rig->name);
	} else {
		ok = start_and_wait(f, m);
	}
	if (ok || f->interrupted)
		return ok;
	snprintf(why, sizeof(why), "%s", f->why);
	if (f->rig->method == RIG_METHOD_DFU && m->find(f) == FLASH_FOUND)
		return flash_fail(f,
			"written and verified, but it is in its boot loader "
			"again: is BOOT0 still high? (%s)",
			why);
	return flash_fail(f, "written and verified, but: %s", why);
}

void flash_board_release(struct flash *f)
{
	char why[sizeof(f->why)];
	bool interrupted = f->interrupted;

	if (!f->boot0)
		return;
	snprintf(why, sizeof(why), "%s", f->why);
	if (run_hook(f, "boot0_off", &f->rig->boot0_off))
		f->boot0 = false;
	else
		fprintf(stderr,
			"ec21hil flash: %s: BOOT0 may still be high: "
			"%s\n",
			f->rig->name, f->why);
	f->interrupted = interrupted;
	flash_fail(f, "%s", why);
}
