#include "at/line.h"

#include <stdlib.h>
#include <string.h>

enum {
	CHAR_LF = 0x0a,
	CHAR_CTRL_Z = 0x1a,
	CHAR_ESC = 0x1b,
};

/* The hunt for "AT" at the start of a line. */
enum prefix {
	PREFIX_NONE, /* nothing but blanks yet */
	PREFIX_A,
	PREFIX_AT,    /* what follows is the command line */
	PREFIX_OTHER, /* this line is not for us */
};

bool line_init(struct line *l, const struct at_settings *set, size_t max)
{
	*l = (struct line){.set = set, .max = max};
	l->text = malloc(max + 1);
	return l->text != NULL;
}

void line_free(struct line *l)
{
	free(l->text);
	l->text = NULL;
}

static void line_restart(struct line *l)
{
	l->len = 0;
	l->prefix = PREFIX_NONE;
	l->overflow = false;
}

void line_command(struct line *l, uint64_t now_us)
{
	l->mode = LINE_MODE_COMMAND;
	l->last_us = now_us;
	l->plus = 0;
	l->lf_due = false;
	line_restart(l);
}

void line_hangup(struct line *l)
{
	l->lf_due = false;
	l->crlf = false;
	if (l->mode == LINE_MODE_COMMAND)
		line_restart(l);
}

void line_data(struct line *l, enum line_mode mode, size_t count,
	uint64_t guard_us, uint64_t now_us)
{
	l->mode = mode;
	l->want = count;
	l->escape = guard_us > 0;
	l->guard_us = guard_us;
	l->last_us = now_us;
	l->plus = 0;
	l->lf_due = l->lf_due && l->crlf;
}

size_t line_take_lf(struct line *l, const uint8_t *p, size_t n)
{
	if (!l->lf_due || n == 0)
		return 0;
	l->lf_due = false;
	l->crlf = p[0] == CHAR_LF;
	return l->crlf ? 1 : 0;
}

/* The terminator came: what was the line? */
static enum line_event_type line_complete(struct line *l, struct line_event *ev)
{
	enum line_event_type type = LINE_EVENT_NONE;

	if (l->prefix == PREFIX_AT) {
		type = l->overflow ? LINE_EVENT_TOO_LONG : LINE_EVENT_COMMAND;
		l->text[l->len] = '\0';
		ev->text = l->text;
		ev->len = l->len;
	} else if (l->prefix != PREFIX_NONE) {
		type = LINE_EVENT_IGNORED;
	}
	line_restart(l);
	return type;
}

static void line_backspace(struct line *l)
{
	if (l->prefix == PREFIX_AT && l->len > 0)
		l->len--;
	else if (l->prefix == PREFIX_AT)
		l->prefix = PREFIX_A;
	else if (l->prefix == PREFIX_A)
		l->prefix = PREFIX_NONE;
}

/* One byte of a command line that is neither terminator nor backspace. */
static enum line_event_type line_char(struct line *l, uint8_t c)
{
	switch ((enum prefix)l->prefix) {
	case PREFIX_NONE:
		if (c == 'A' || c == 'a')
			l->prefix = PREFIX_A;
		else if (c != ' ')
			l->prefix = PREFIX_OTHER;
		break;
	case PREFIX_A:
		if (c == '/') {
			/* A/ needs no terminator [AT §1]. */
			line_restart(l);
			return LINE_EVENT_REPEAT;
		}
		l->prefix = c == 'T' || c == 't' ? PREFIX_AT : PREFIX_OTHER;
		break;
	case PREFIX_AT:
		if (l->len < l->max)
			l->text[l->len++] = (char)c;
		else
			l->overflow = true;
		break;
	case PREFIX_OTHER:
		break;
	}
	return LINE_EVENT_NONE;
}

static size_t line_feed_command(
	struct line *l, const uint8_t *p, size_t n, struct line_event *ev)
{
	uint8_t cr = l->set->s[3], bs = l->set->s[5];

	for (size_t i = 0; i < n; i++) {
		ev->echo = i + 1;
		if (p[i] == cr) {
			/* Also behind an empty line. */
			l->lf_due = true;
			ev->type = line_complete(l, ev);
			/* Its LF does not count [AT §1], nor echo [FILE §1]. */
			return i + 1 + line_take_lf(l, p + i + 1, n - i - 1);
		}
		if (p[i] == bs)
			line_backspace(l);
		else if (p[i] >= 0x20) /* V.250 5.2.2: others are ignored */
			ev->type = line_char(l, p[i]);
		if (ev->type != LINE_EVENT_NONE)
			return i + 1;
	}
	return n;
}

static void event_data(
	struct line *l, struct line_event *ev, const void *p, size_t n)
{
	ev->type = LINE_EVENT_DATA;
	ev->text = p;
	ev->len = n;
	if (l->mode == LINE_MODE_COUNT)
		l->want -= n;
}

static void release_plus(struct line *l, struct line_event *ev)
{
	event_data(l, ev, "+++", l->plus);
	l->plus = 0;
}

static void event_escape(struct line *l, struct line_event *ev, uint64_t now_us)
{
	line_command(l, now_us);
	ev->type = LINE_EVENT_ESCAPE;
}

/*
 * A '+' may be the start of the escape: hold it back until it is known
 * [AT §5.4]. Returns true when the byte was dealt with (*used says how) or
 * held bytes must go first.
 */
static bool feed_plus(struct line *l, uint64_t now_us, const uint8_t *p,
	size_t *used, struct line_event *ev)
{
	*used = 0;
	if (l->plus == 3 && now_us - l->last_us >= l->guard_us) {
		event_escape(l, ev, now_us);
		return true;
	}
	if (*p != '+' || l->plus == 3 ||
		(l->plus > 0 && now_us - l->plus_us > l->guard_us)) {
		if (l->plus == 0)
			return false;
		release_plus(l, ev);
		return true;
	}
	if (l->plus == 0) {
		if (now_us - l->last_us < l->guard_us)
			return false;
		l->plus_us = now_us;
	}
	l->plus++;
	l->last_us = now_us;
	*used = 1;
	/* Data that ends here cannot be an escape any more. */
	if (l->mode == LINE_MODE_COUNT && l->plus == l->want)
		release_plus(l, ev);
	return true;
}

/* Longest run at p that needs no second thought. */
static size_t plain_run(const struct line *l, const uint8_t *p, size_t n)
{
	if (l->mode == LINE_MODE_COUNT && n > l->want)
		n = l->want;
	if (l->mode != LINE_MODE_TEXT)
		return n;
	for (size_t i = 0; i < n; i++)
		if (p[i] == CHAR_CTRL_Z || p[i] == CHAR_ESC)
			return i;
	return n;
}

static size_t line_feed_data(struct line *l, uint64_t now_us, const uint8_t *p,
	size_t n, struct line_event *ev)
{
	size_t run, used;

	if (l->mode == LINE_MODE_COUNT && l->want == 0) {
		line_command(l, now_us);
		ev->type = LINE_EVENT_END;
		return 0;
	}
	if (n == 0)
		return 0;
	if (l->escape && feed_plus(l, now_us, p, &used, ev))
		return used;
	l->last_us = now_us;
	run = plain_run(l, p, n);
	if (run > 0) {
		event_data(l, ev, p, run);
		ev->echo = run;
		return run;
	}
	ev->type = p[0] == CHAR_ESC ? LINE_EVENT_CANCEL : LINE_EVENT_END;
	line_command(l, now_us);
	return 1;
}

size_t line_feed(struct line *l, uint64_t now_us, const uint8_t *p, size_t n,
	struct line_event *ev)
{
	size_t lf = line_take_lf(l, p, n);

	*ev = (struct line_event){.type = LINE_EVENT_NONE};
	if (lf > 0)
		return lf;
	if (l->mode == LINE_MODE_COMMAND)
		return line_feed_command(l, p, n, ev);
	return line_feed_data(l, now_us, p, n, ev);
}

uint64_t line_deadline(const struct line *l)
{
	if (l->mode == LINE_MODE_COMMAND || l->plus == 0)
		return UINT64_MAX;
	return (l->plus == 3 ? l->last_us : l->plus_us + 1) + l->guard_us;
}

bool line_tick(struct line *l, uint64_t now_us, struct line_event *ev)
{
	*ev = (struct line_event){.type = LINE_EVENT_NONE};
	if (now_us < line_deadline(l))
		return false;
	if (l->plus == 3)
		event_escape(l, ev, now_us);
	else
		release_plus(l, ev);
	return true;
}
