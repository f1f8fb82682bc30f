#include "hil/rig_board.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/board.h"
#include "hil/console.h"
#include "hil/reach.h"
#include "hil/rig_conf.h"
#include "hil/rig_hook.h"
#include "hil/rig_lock.h"
#include "hil/rig_unknown.h"
#include "hil/tool.h"

/* Three Ctrl-] behind half a second of silence end a bridge [wiofw(1)]. */
#define END_OF_BRIDGE	"\x1d\x1d\x1d"
#define BRIDGE_QUIET_MS 700
#define WORD_MS		15000
#define MODEM_MS	60000

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

void rig_board_free(struct rig_board *b)
{
	if (b == NULL)
		return;
	rig_board_end(b);
	rig_confs_free(&b->confs);
	free(b);
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
	return (r->apn == NULL || vars_set(vars, "apn", r->apn)) &&
	       (r->apn_user == NULL ||
		       vars_set(vars, "apn_user", r->apn_user)) &&
	       set_secret(
		       vars, "apn_password", r->apn_password, why, why_size) &&
	       set_secret(vars, "sim_pin", r->sim_pin, why, why_size);
}

/* Say it and wait for +ok. */
static bool tell(struct console *c, const char *line, const char *pattern,
	unsigned ms, char *why, size_t size)
{
	console_arm(c, pattern);
	if (!console_say(c, line)) {
		snprintf(why, size, "%s", c->why);
		return false;
	}
	switch (console_wait(c, ms)) {
	case CONSOLE_HEARD:
		if (c->said[0] == '+' && c->said[1] == 'o')
			return true;
		snprintf(why, size, "the firmware says: %s", c->said);
		break;
	case CONSOLE_TIMEOUT:
		snprintf(why, size,
			"the console does not answer '%.*s' within %u s: is "
			"wiofw on it?%s%s",
			(int)strcspn(line, "\n"), line, ms / 1000,
			c->last[0] ? " It said: " : "", c->last);
		break;
	case CONSOLE_INTERRUPTED:
		snprintf(why, size, "interrupted");
		break;
	}
	return false;
}

/*
 * Out of a bridge that an earlier run left; elsewhere an odd line. Again with
 * more silence: the virtual board's clock falls behind on a busy machine.
 */
static bool end_bridge(struct console *c, char *why, size_t size)
{
	unsigned quiet = BRIDGE_QUIET_MS;

	for (int tries = 0; tries < 4; tries++, quiet *= 2) {
		if (!console_open(c)) {
			snprintf(why, size, "%s", c->why);
			return false;
		}
		if (!tool_wait(c->loop, quiet, NULL) ||
			!console_say(c, END_OF_BRIDGE "\n")) {
			snprintf(why, size, "interrupted");
			return false;
		}
		if (tell(c, "help\n", "^\\+ok help", WORD_MS, why, size))
			return true;
	}
	return false;
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

static bool begin_bridge(struct rig_board *b, char *why, size_t size)
{
	struct console c;
	bool ok;

	console_init(&c, b->loop, b->rig->console);
	ok = end_bridge(&c, why, size) &&
	     tell(&c, "modem on\n", "^\\+(ok|err) ", MODEM_MS, why, size) &&
	     tell(&c, "bridge\n", "^\\+(ok|err) ", WORD_MS, why, size);
	console_close(&c);
	b->bridged = ok;
	return ok;
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
	if (b->board.lock < 0 ||
		!rig_hook_run(loop, "acquire", &b->rig->acquire, &interrupted,
			why, why_size))
		return false;
	b->acquired = true;
	return switch_on(b, why, why_size);
}

bool rig_board_turn(
	struct rig_board *b, bool console, char *why, size_t why_size)
{
	struct console c;
	bool ok;

	if (!b->rig->bridge || (!console && b->bridged))
		return true;
	if (!console)
		return (!b->board.off || switch_on(b, why, why_size)) &&
		       begin_bridge(b, why, why_size);
	/* A reset ends it as well, one that an earlier run left included. */
	b->bridged = false;
	if (rig_hook_can_reset(b->rig))
		return true;
	console_init(&c, b->loop, b->rig->console);
	ok = end_bridge(&c, why, why_size);
	console_close(&c);
	return ok;
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

void rig_board_end(struct rig_board *b)
{
	struct console c;
	char why[700];

	if (b->bridged) {
		console_init(&c, b->loop, b->rig->console);
		if (!end_bridge(&c, why, sizeof(why)))
			fprintf(stderr,
				"ec21hil: %s: the bridge did not end: "
				"%s\n",
				b->rig->name, why);
		console_close(&c);
	}
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
