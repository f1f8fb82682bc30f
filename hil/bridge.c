#include "hil/bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Three Ctrl-] behind half a second of silence end a bridge [wiofw(1)]. */
#define END_OF_BRIDGE	"\x1d\x1d\x1d\n"
#define BRIDGE_QUIET_MS 700
#define LEAVE_TRIES	4
#define WORD_MS		15000
#define MODEM_MS	60000
#define LINE_MAX_	300

struct bridge {
	struct bridge_opts opts;
	struct timer timer;
	const char *command; /* under way; NULL: silence, before Ctrl-] */
	unsigned limit_ms, tries;
	char line[LINE_MAX_], last[LINE_MAX_];
	size_t n;
};

/* Nothing of it may be touched any more. */
static void finish(struct bridge *b, const char *error)
{
	timer_del(b->opts.clock, &b->timer);
	b->opts.done(b->opts.arg, error);
}

static void wait_ms(struct bridge *b, unsigned ms)
{
	timer_set(b->opts.clock, &b->timer, TIMER_WINDOW, ms);
}

static void say(struct bridge *b, const char *command, unsigned limit_ms)
{
	char text[32];

	b->command = command;
	b->limit_ms = limit_ms;
	b->n = 0;
	b->last[0] = '\0';
	wait_ms(b, limit_ms);
	snprintf(text, sizeof(text), "%s\n", command);
	b->opts.say(b->opts.arg, text);
}

/*
 * Each time with more silence: the virtual board's clock falls behind on a
 * busy machine.
 */
static void be_silent(struct bridge *b)
{
	b->command = NULL;
	wait_ms(b, BRIDGE_QUIET_MS << b->tries++);
}

static void on_time(void *arg)
{
	struct bridge *b = arg;
	char why[LINE_MAX_ + 200];

	if (b->command == NULL) {
		b->opts.say(b->opts.arg, END_OF_BRIDGE);
		say(b, "help", WORD_MS);
		return;
	}
	if (strcmp(b->command, "help") == 0 && b->tries < LEAVE_TRIES) {
		be_silent(b);
		return;
	}
	snprintf(why, sizeof(why),
		"the console does not answer '%s' within %u s: is wiofw on "
		"it?%s%s",
		b->command, b->limit_ms / 1000,
		b->last[0] != '\0' ? " It said: " : "", b->last);
	finish(b, why);
}

/* True: it is over. */
static bool next(struct bridge *b)
{
	if (strcmp(b->command, "help") == 0 && b->opts.enter) {
		say(b, "modem on", MODEM_MS);
	} else if (strcmp(b->command, "modem on") == 0) {
		say(b, "bridge", WORD_MS);
	} else {
		finish(b, NULL);
		return true;
	}
	return false;
}

/* True: it is over. */
static bool take_line(struct bridge *b)
{
	char why[LINE_MAX_ + 50];

	memcpy(b->last, b->line, b->n);
	b->last[b->n] = '\0';
	b->n = 0;
	if (b->command == NULL)
		return false;
	if (strcmp(b->command, "help") == 0)
		return strncmp(b->last, "+ok help", 8) == 0 && next(b);
	if (strncmp(b->last, "+ok ", 4) == 0)
		return next(b);
	if (strncmp(b->last, "+err ", 5) != 0)
		return false;
	snprintf(why, sizeof(why), "the firmware says: %s", b->last);
	finish(b, why);
	return true;
}

void bridge_bytes(struct bridge *b, const void *data, size_t len)
{
	const char *p = data;

	for (size_t i = 0; i < len; i++) {
		if (p[i] != '\n' && p[i] != '\r') {
			if (b->n + 1 < sizeof(b->line))
				b->line[b->n++] =
					p[i] >= ' ' && p[i] != 127 ? p[i] : '?';
		} else if (b->n > 0 && take_line(b)) {
			return;
		}
	}
}

struct bridge *bridge_new(const struct bridge_opts *opts)
{
	struct bridge *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->opts = *opts;
	timer_init(&b->timer, on_time, b);
	if (opts->leave)
		be_silent(b);
	else
		say(b, "modem on", MODEM_MS);
	return b;
}

void bridge_free(struct bridge *b)
{
	if (b == NULL)
		return;
	timer_del(b->opts.clock, &b->timer);
	free(b);
}
