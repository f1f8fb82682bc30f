#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "hil/console.h"
#include "hil/flash.h"
#include "hil/rig_hook.h"
#include "io/loop.h"

/* What is done to the board around the chip: BOOT0, RST, supply, console. */

/* How long the firmware may take to say that it goes. */
#define ANSWER_MS 500

/* ---- hooks ---- */

static bool run_hook(
	struct flash *f, const char *name, const struct rig_hook *hook)
{
	return rig_hook_run(
		f->loop, name, hook, &f->interrupted, f->why, sizeof(f->why));
}

static bool reset(struct flash *f)
{
	return rig_hook_reset(
		f->loop, f->rig, &f->interrupted, f->why, sizeof(f->why));
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

static bool wait_alive(struct flash *f, struct console *c)
{
	long limit = f->rig->boot_timeout;

	switch (console_wait(c, (unsigned)limit * 1000)) {
	case CONSOLE_HEARD:
		return true;
	case CONSOLE_INTERRUPTED:
		f->interrupted = true;
		return flash_fail(f, "interrupted");
	case CONSOLE_TIMEOUT:
		break;
	}
	console_explain(c, f->rig->expect_boot, limit, f->why, sizeof(f->why));
	return false;
}

/* The firmware's own way into the boot loader: it is gone at once. */
static bool ask_firmware(struct flash *f)
{
	struct console c;
	bool ok;

	console_init(&c, f->loop, f->rig->console);
	console_arm(&c, "^\\+(ok|err) ");
	ok = console_say(&c, "dfu\n");
	if (!ok)
		flash_fail(f, "no console to say dfu on: %s", c.why);
	else if (console_wait(&c, ANSWER_MS) == CONSOLE_INTERRUPTED)
		f->interrupted = true;
	if (f->interrupted)
		ok = flash_fail(f, "interrupted");
	else if (c.heard && c.said[1] == 'e')
		ok = flash_fail(f, "the firmware refuses dfu: %s", c.said);
	console_close(&c);
	return ok;
}

/* ---- in and out of the boot loader ---- */

/* As the button has no wire, so far only the boot loader shows that it worked.
 */
static bool let_go(struct flash *f, const struct flash_method *m)
{
	if (!flash_find(f, m))
		return false;
	fprintf(stderr, "%s: let go of BOOT\n", f->rig->name);
	return true;
}

bool flash_board_enter(struct flash *f, const struct flash_method *m)
{
	const struct rig_conf *r = f->rig;

	if (!rig_hook_acquire(f->loop, r, &f->acquired, &f->interrupted, f->why,
		    sizeof(f->why)))
		return false;
	if (!run_hook(f, "power_on", &r->power_on))
		return false;
	/* A probe reaches the chip as it is. */
	if (r->method == RIG_METHOD_COMMAND)
		return true;
	if (r->enter == RIG_ENTER_HOOKS) {
		f->boot0 = true;
		return run_hook(f, "boot0_on", &r->boot0_on) && reset(f);
	}
	/* It may be there already, by hand or since an earlier run. */
	if (m->find(f) != FLASH_NOT_YET)
		return !f->interrupted;
	if (r->enter == RIG_ENTER_CONSOLE)
		return ask_firmware(f);
	if (!rig_hook_can_reset(r))
		return ask_operator(
			f, "hold BOOT, press and release RST, let go");
	return ask_operator(f, "hold BOOT, and keep it held") && reset(f) &&
	       let_go(f, m);
}

/* Else it is the user's command that starts it, or a person. */
static bool can_start(const struct flash *f, const struct flash_method *m)
{
	return rig_hook_can_reset(f->rig) || m->leave != NULL;
}

static bool restart(struct flash *f, const struct flash_method *m)
{
	const struct rig_conf *r = f->rig;

	if (r->boot0_off.command != NULL) {
		if (!run_hook(f, "boot0_off", &r->boot0_off))
			return false;
		f->boot0 = false;
	}
	if (rig_hook_can_reset(r))
		return reset(f);
	if (m->leave != NULL)
		return m->leave(f);
	return true;
}

static bool start_and_wait(struct flash *f, const struct flash_method *m)
{
	struct console c;
	bool ok;

	console_init(&c, f->loop, f->rig->console);
	console_arm(&c, f->rig->expect_boot);
	/* Before the reset, so that its first words are heard. */
	(void)console_open(&c);
	ok = restart(f, m) && wait_alive(f, &c);
	if (ok)
		printf("%s: it runs: %s\n", f->rig->name, c.said);
	console_close(&c);
	return ok;
}

bool flash_board_start(struct flash *f, const struct flash_method *m)
{
	char why[sizeof(f->why)];
	bool ok;

	if (f->rig->expect_boot == NULL) {
		ok = restart(f, m);
		if (ok)
			printf("%s: %s; expect_boot is none: whether it runs "
			       "was not looked at\n",
				f->rig->name,
				can_start(f, m) ? "started"
						: "not started: no reset hook");
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

/* Whatever went wrong: its sentence stays, and ours is told apart. */
static void undo(struct flash *f, const char *name, const struct rig_hook *hook,
	const char *otherwise)
{
	bool interrupted = f->interrupted;
	char why[sizeof(f->why)];

	snprintf(why, sizeof(why), "%s", f->why);
	if (!run_hook(f, name, hook))
		fprintf(stderr, "ec21hil flash: %s: %s: %s\n", f->rig->name,
			otherwise, f->why);
	f->interrupted = interrupted;
	snprintf(f->why, sizeof(f->why), "%s", why);
}

void flash_board_release(struct flash *f)
{
	if (f->boot0)
		undo(f, "boot0_off", &f->rig->boot0_off,
			"BOOT0 may still be high");
	f->boot0 = false;
	if (f->acquired)
		undo(f, "release", &f->rig->release,
			"the board may still be held");
	f->acquired = false;
}
