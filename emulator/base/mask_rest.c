#include <string.h>

#include "base/mask_lane.h"

/*
 * What the host sends of a key when it had announced too few bytes: the modem
 * takes it for commands and, with echo on, sends it back. It ends with the END
 * line of the key, or where a command line begins.
 */

/* A line of a key that begins with AT is longer, but for its last one. */
#define COMMAND_MAX 16
/* And a command has something by then that no key has. */
#define DECIDED 40
/* Fewer bytes than these are no secret, and may be part of any answer. */
#define ECHO_MIN 4

enum line {
	LINE_OPEN,
	LINE_KEY,
	LINE_COMMAND,
};

void mask_rest_begin(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	uint8_t last = (uint8_t)l->label[sizeof(l->label) - 1];

	mask_give_key(m, lane);
	mask_echo_reset(m);
	l->rest = true;
	/* Or where the modem has answered: here, or by a mask_flush(). */
	l->line_start = last == '\r' || last == '\n' || l->left > 0;
}

void mask_rest_end(struct mask *m, enum lane lane)
{
	struct lane_state *l = &m->lanes[lane];
	bool unfinished = l->unfinished;

	if (l->key)
		mask_key_finish(m, lane);
	l->unfinished = unfinished;
	l->rest = l->whole = false;
}

static bool is_base64(uint8_t c)
{
	return mask_is_pem(c) && strchr("\r\n-:, ", c) == NULL;
}

/* A line that began with the held bytes goes on with `c`. */
static enum line judge(const struct lane_state *l, uint8_t c)
{
	bool ends = c == '\r' || c == '\n';

	if (l->held_len == 1)
		return c == (l->held[0] == 'A' ? 'T' : 't') ? LINE_OPEN
							    : LINE_KEY;
	if (ends)
		return l->held_len < COMMAND_MAX ? LINE_COMMAND : LINE_KEY;
	/* In base64 '=' stands at the end. */
	if (!is_base64(c) || (l->held[l->held_len - 1] == '=' && c != '='))
		return LINE_COMMAND;
	return l->held_len + 1 == DECIDED ? LINE_KEY : LINE_OPEN;
}

static void remember(struct mask_echo *e, uint8_t c, bool whole)
{
	if (c == '-' && !whole)
		e->closed = true; /* the END line is no secret */
	if (!e->closed && e->sent_len < sizeof(e->sent))
		e->sent[e->sent_len++] = c;
}

static bool rest_byte(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];

	l->line_start = c == '\r' || c == '\n';
	if (!mask_key_takes(m, lane, c)) {
		l->rest = false;
		return false;
	}
	remember(&m->echo, c, l->whole);
	if (l->whole && --l->rest_left == 0)
		mask_key_finish(m, lane);
	if (!l->key)
		l->rest = l->whole = false;
	return true;
}

bool mask_rest_takes(struct mask *m, enum lane lane, uint8_t c)
{
	struct lane_state *l = &m->lanes[lane];
	enum line line = LINE_KEY;
	char held[HELD_MAX];
	size_t n = l->held_len;

	if (n > 0)
		line = judge(l, c);
	else if (l->line_start && (c == 'A' || c == 'a'))
		line = LINE_OPEN;
	if (line == LINE_OPEN) {
		l->held[l->held_len++] = (char)c;
		return true;
	}
	if (line == LINE_COMMAND) {
		mask_rest_end(m, lane);
		return false;
	}
	memcpy(held, l->held, n);
	l->held_len = 0;
	for (size_t i = 0; i < n; i++)
		rest_byte(m, lane, (uint8_t)held[i]);
	return rest_byte(m, lane, c);
}

/* ---- its echo ---- */

void mask_echo_reset(struct mask *m)
{
	explicit_bzero(&m->echo, sizeof(m->echo));
}

void mask_echo_release(struct mask *m)
{
	struct mask_echo *e = &m->echo;

	if (e->found)
		return;
	for (size_t i = 0; i < e->run_len; i++)
		mask_open_byte(m, LANE_AT_RX, e->run[i]);
	e->run_len = 0;
}

/* The run, with `c` behind it, is part of what was sent: where it goes on. */
static bool find_run(struct mask_echo *e, uint8_t c)
{
	const uint8_t *at;

	/* A line break ends answers too: it must not wait for what follows. */
	if (e->run_len == 0 && (c == '\r' || c == '\n'))
		return false;
	e->run[e->run_len] = c;
	at = memmem(e->sent, e->sent_len, e->run, e->run_len + 1);
	if (at == NULL)
		return false;
	e->at = (size_t)(at - e->sent) + ++e->run_len;
	return true;
}

static void drop_first(struct mask_echo *e)
{
	memmove(e->run, e->run + 1, --e->run_len);
}

/* Does a found echo go on with `c`? Its last bytes may occur twice. */
static bool echo_goes_on(struct mask_echo *e, uint8_t c)
{
	bool expected = e->at < e->sent_len && e->sent[e->at] == c;
	size_t at = e->at + 1;

	drop_first(e);
	if (!expected)
		return find_run(e, c);
	e->run[e->run_len++] = c;
	e->at = at;
	return true;
}

static void echo_begins(struct mask *m)
{
	struct mask_echo *e = &m->echo;

	mask_drop_held(m, LANE_AT_RX);
	mask_key_begin(m, LANE_AT_RX);
	for (size_t i = 0; i < e->run_len; i++)
		mask_key_byte(m, LANE_AT_RX, e->run[i]);
	e->found = true;
}

bool mask_echo_takes(struct mask *m, uint8_t c)
{
	struct mask_echo *e = &m->echo;

	if (e->sent_len < ECHO_MIN || (m->lanes[LANE_AT_RX].key && !e->found))
		return false;
	if (e->found) {
		if (echo_goes_on(e, c)) {
			mask_key_byte(m, LANE_AT_RX, c);
			return true;
		}
		mask_key_finish(m, LANE_AT_RX);
		e->run_len = 0;
		e->found = false;
	}
	while (!find_run(e, c)) {
		if (e->run_len == 0)
			return false;
		mask_open_byte(m, LANE_AT_RX, e->run[0]);
		drop_first(e);
	}
	if (e->run_len == sizeof(e->run) || e->run_len == e->sent_len)
		echo_begins(m);
	return true;
}
