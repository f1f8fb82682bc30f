#include "hil/rig_board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/board.h"
#include "hil/bridge.h"
#include "hil/console.h"
#include "hil/reach.h"
#include "hil/rig_conf.h"
#include "hil/rig_hook.h"
#include "hil/rig_lock.h"
#include "hil/rig_unknown.h"
#include "hil/tool.h"
#include "io/loop.h"

/* More than all time limits of a bridge's words are together. */
#define TALK_MS 600000

struct rig_board {
	struct rig_confs confs;
	const struct rig_conf *rig;
	struct loop *loop;
	struct board board;
	bool acquired, bridged;
};

struct rig_board *rig_board_find(const char *name, char *why, size_t why_size)
{
	struct rig_board *b = calloc(1, sizeof(*b));

	snprintf(why, why_size, "out of memory");
	if (b == NULL)
		return NULL;
	b->board.lock = -1;
	if (!rig_confs_load(&b->confs, NULL, stderr)) {
		snprintf(why, why_size, "rigs.conf is wrong");
		goto failed;
	}
	b->rig = rig_confs_find(&b->confs, name);
	if (b->rig == NULL)
		rig_unknown(&b->confs, true, name, why, why_size);
	b->board.conf = b->rig;
	if (b->rig != NULL)
		return b;
failed:
	rig_board_free(b);
	return NULL;
}

const char *rig_board_modem(const struct rig_board *b)
{
	return b->rig->bridge ? b->rig->console : b->rig->modem;
}

struct board *rig_board_board(struct rig_board *b)
{
	return &b->board;
}

const char *rig_board_lacks(const struct rig_board *b, bool console)
{
	if (console && b->rig->console == NULL)
		return "it has no console in rigs.conf";
	if (!console && rig_board_modem(b) == NULL)
		return "it has neither modem nor bridge in rigs.conf: no way "
		       "to its modem";
	return NULL;
}

void rig_board_servers(const struct rig_board *b, struct rig_opts *opts)
{
	opts->evidence = b->rig->evidence;
	opts->broker_https = b->rig->broker_https;
	opts->broker_mqtts = b->rig->broker_mqtts;
}

static bool set_secret(struct vars *vars, const char *name,
	const char *reference, char *why, size_t size)
{
	char secret[128];
	bool ok;

	if (reference == NULL)
		return true;
	if (!rig_conf_secret(reference, secret, sizeof(secret), why, size))
		return false;
	ok = vars_set(vars, name, secret);
	explicit_bzero(secret, sizeof(secret));
	return ok;
}

bool rig_board_vars(const struct rig_board *b, struct vars *vars, char *why,
	size_t why_size)
{
	const struct rig_conf *r = b->rig;

	snprintf(why, why_size, "out of memory");
	/* Another access point has another user, or none. */
	return (r->apn == NULL ||
		       (vars_set(vars, "apn", r->apn) &&
			       vars_set(vars, "apn_user", "") &&
			       vars_set(vars, "apn_password", ""))) &&
	       (r->apn_user == NULL ||
		       vars_set(vars, "apn_user", r->apn_user)) &&
	       set_secret(
		       vars, "apn_password", r->apn_password, why, why_size) &&
	       set_secret(vars, "sim_pin", r->sim_pin, why, why_size);
}

/* ---- the bridge ---- */

struct talk {
	struct console console;
	struct bridge *bridge;
	bool over, ok;
	char *why;
	size_t size;
};

static void on_console(void *arg, const void *data, size_t len)
{
	struct talk *t = arg;

	if (!t->over)
		bridge_bytes(t->bridge, data, len);
}

/* A port that is gone is one that does not answer. */
static void on_say(void *arg, const char *text)
{
	struct talk *t = arg;

	(void)console_say(&t->console, text);
}

static void on_done(void *arg, const char *error)
{
	struct talk *t = arg;

	t->over = true;
	t->ok = error == NULL;
	if (error != NULL)
		snprintf(t->why, t->size, "%s", error);
}

/* Out of a bridge, and perhaps into one. The loop turns. */
static bool turn_bridge(struct rig_board *b, bool enter, char *why, size_t size)
{
	struct talk t = {.why = why, .size = size};
	const struct bridge_opts o = {.clock = loop_clock(b->loop),
		.leave = true,
		.enter = enter,
		.say = on_say,
		.done = on_done,
		.arg = &t};

	console_init(&t.console, b->loop, b->rig->console);
	t.console.on_bytes = on_console;
	t.console.arg = &t;
	if (!console_open(&t.console)) {
		snprintf(why, size, "%s", t.console.why);
		return false;
	}
	t.bridge = bridge_new(&o);
	snprintf(why, size, "out of memory");
	if (t.bridge != NULL && !tool_wait(b->loop, TALK_MS, &t.over))
		snprintf(why, size, "interrupted");
	bridge_free(t.bridge);
	console_close(&t.console);
	return t.ok;
}

static bool switch_on(struct rig_board *b, char *why, size_t size)
{
	bool interrupted = false;

	if (!rig_hook_run(b->loop, "power_on", &b->rig->power_on, &interrupted,
		    why, size))
		return false;
	b->board.off = false;
	return true;
}

bool rig_board_reaches(const struct rig_board *b, char *why, size_t why_size)
{
	const struct rig_conf *r = b->rig;

	return r->reach == NULL ||
	       reach_server(r->reach, r->broker_https, why, why_size);
}

bool rig_board_begin(
	struct rig_board *b, struct loop *loop, char *why, size_t why_size)
{
	bool busy, interrupted = false;

	b->loop = loop;
	b->board.lock = rig_lock_take(b->rig, &busy, why, why_size);
	if (b->board.lock < 0)
		return false;
	if (!rig_hook_acquire(
		    loop, b->rig, &b->acquired, &interrupted, why, why_size)) {
		b->board.off = true; /* its supply is as it was */
		return false;
	}
	return switch_on(b, why, why_size);
}

bool rig_board_turn(
	struct rig_board *b, bool console, char *why, size_t why_size)
{
	if (!b->rig->bridge || (!console && b->bridged))
		return true;
	if (!console) {
		b->bridged = (!b->board.off || switch_on(b, why, why_size)) &&
			     turn_bridge(b, true, why, why_size);
		return b->bridged;
	}
	/* A reset ends it as well, one that an earlier run left included. */
	b->bridged = false;
	return rig_hook_can_reset(b->rig) ||
	       turn_bridge(b, false, why, why_size);
}

/* What does not work is told, and the rest goes on. */
static void undo(struct rig_board *b, const char *name,
	const struct rig_hook *hook, const char *otherwise)
{
	bool interrupted = false;
	char why[700];

	if (!rig_hook_run(b->loop, name, hook, &interrupted, why, sizeof(why)))
		fprintf(stderr, "ec21hil: %s: %s: %s\n", b->rig->name,
			otherwise, why);
}

/* The bridge ends; the board is switched off, and given back. */
static void give_back(struct rig_board *b)
{
	char why[700];

	if (b->bridged && !turn_bridge(b, false, why, sizeof(why)))
		fprintf(stderr, "ec21hil: %s: the bridge did not end: %s\n",
			b->rig->name, why);
	b->bridged = false;
	if (b->acquired && !b->board.off)
		undo(b, "power_off", &b->rig->power_off,
			"it may still be switched on");
	b->board.off = true;
	if (b->acquired)
		undo(b, "release", &b->rig->release,
			"the board may still be held");
	b->acquired = false;
	if (b->board.lock >= 0)
		close(b->board.lock);
	b->board.lock = -1;
}

void rig_board_free(struct rig_board *b)
{
	if (b == NULL)
		return;
	give_back(b);
	rig_confs_free(&b->confs);
	free(b);
}
