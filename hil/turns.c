#include "hil/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/transcript.h"

#define TURNS_MAX 100000
/* So many polls in turn, again and again, fold. */
#define POLLS_MAX 4

bool turn_add_line(struct turn *t, char *text)
{
	char **lines =
		text == NULL
			? NULL
			: realloc(t->lines, (t->n_lines + 1) * sizeof(*lines));

	if (lines == NULL) {
		free(text);
		return false;
	}
	t->lines = lines;
	t->lines[t->n_lines++] = text;
	return true;
}

static bool make_room(struct turns *turns)
{
	size_t cap = turns->cap ? 2 * turns->cap : 64;
	struct turn *list;

	if (turns->n < turns->cap)
		return true;
	list = realloc(turns->list, cap * sizeof(*list));
	if (list == NULL)
		return false;
	turns->list = list;
	turns->cap = cap;
	return true;
}

struct turn *turns_add(struct turns *turns, char *command)
{
	struct turn *t;

	if (command == NULL || turns->n == TURNS_MAX || !make_room(turns)) {
		free(command);
		return NULL;
	}
	t = &turns->list[turns->n++];
	*t = (struct turn){.command = command,
		.times = 1,
		.at_ms = TRANSCRIPT_ANY_TIME,
		.took_ms = TRANSCRIPT_ANY_TIME};
	return t;
}

static void free_turn(struct turn *t)
{
	for (size_t i = 0; i < t->n_lines; i++)
		free(t->lines[i]);
	free(t->lines);
	free(t->command);
	free(t->reason);
}

void turns_drop_last(struct turns *turns)
{
	free_turn(&turns->list[--turns->n]);
}

void turns_free(struct turns *turns)
{
	for (size_t i = 0; i < turns->n; i++)
		free_turn(&turns->list[i]);
	free(turns->list);
	*turns = (struct turns){0};
}

bool turn_is_same(const struct turn *a, const struct turn *b)
{
	if (strcmp(a->command, b->command) != 0 || a->n_lines != b->n_lines)
		return false;
	for (size_t i = 0; i < a->n_lines; i++)
		if (strcmp(a->lines[i], b->lines[i]) != 0)
			return false;
	return true;
}

/* Does it only ask? What it asked for twice is what it asked for once. */
static bool is_poll(const struct turn *t)
{
	const char *name = strpbrk(t->command, "+&$");
	const char *eq = strchr(t->command, '=');
	bool counters = eq != NULL && (strncmp(eq, "=0,0", 4) == 0) &&
			name != NULL &&
			(strncmp(name, "+QIRD", 5) == 0 ||
				strncmp(name, "+QISEND", 7) == 0);

	/* A full send buffer is asked again until there is room [TCP §2.1.6].
	 */
	if (t->n_lines > 0 &&
		strcmp(t->lines[t->n_lines - 1], "SEND FAIL") == 0)
		return true;
	return eq == NULL || eq[1] == '?' || counters;
}

static bool polls_repeat(const struct turn *list, size_t period)
{
	for (size_t i = 0; i < period; i++)
		if (!is_poll(&list[i]) ||
			!turn_is_same(&list[i], &list[period + i]))
			return false;
	return true;
}

/* Silence, and then asked again. */
static bool is_retry(const struct turn *a, const struct turn *b)
{
	return a->n_lines == 0 && is_poll(a) &&
	       strcmp(a->command, b->command) == 0;
}

static void join(struct turn *to, struct turn *from)
{
	to->times += from->times;
	if (from->took_ms > to->took_ms)
		to->took_ms = from->took_ms;
	free_turn(from);
}

/* The last turns of the first n are there already: leave them out. */
static size_t fold_last(struct turn *list, size_t n)
{
	if (n >= 2 && is_retry(&list[n - 2], &list[n - 1])) {
		struct turn last = list[n - 1];

		last.at_ms = list[n - 2].at_ms;
		join(&last, &list[n - 2]);
		list[n - 2] = last;
		return n - 1;
	}
	for (size_t period = 1; period <= POLLS_MAX && 2 * period <= n;
		period++)
		if (polls_repeat(&list[n - 2 * period], period)) {
			for (size_t i = n - period; i < n; i++)
				join(&list[i - period], &list[i]);
			return n - period;
		}
	return n;
}

void turns_fold(struct turns *turns)
{
	size_t n = 0;

	for (size_t i = 0; i < turns->n; i++) {
		turns->list[n++] = turns->list[i];
		n = fold_last(turns->list, n);
	}
	turns->n = n;
}

/* How often data is announced depends on how it is cut: once is enough. */
static bool is_announced(const struct session *s, const char *text)
{
	return s->n_urcs > 0 && strstr(text, "URC: \"recv\",") != NULL &&
	       strcmp(s->urcs[s->n_urcs - 1].text, text) == 0;
}

static bool make_urc_room(struct session *s)
{
	size_t cap = s->cap_urcs ? 2 * s->cap_urcs : 64;
	struct urc *list;

	if (s->n_urcs < s->cap_urcs)
		return true;
	list = realloc(s->urcs, cap * sizeof(*list));
	if (list == NULL)
		return false;
	s->urcs = list;
	s->cap_urcs = cap;
	return true;
}

bool session_add_urc(struct session *s, char *text, char *reason, unsigned line,
	int64_t at_ms)
{
	bool there = text != NULL && is_announced(s, text);

	if (text == NULL || there || !make_urc_room(s)) {
		free(text);
		free(reason);
		return there;
	}
	s->urcs[s->n_urcs++] = (struct urc){
		.text = text, .line = line, .reason = reason, .at_ms = at_ms};
	return true;
}

void session_free(struct session *s)
{
	struct turns asked = {s->turns, s->n_turns, s->n_turns};

	turns_free(&asked);
	turns_free(&s->flows);
	turns_free(&s->console);
	for (size_t i = 0; i < s->n_urcs; i++) {
		free(s->urcs[i].text);
		free(s->urcs[i].reason);
	}
	free(s->urcs);
	free(s->profile);
	free(s->device);
	*s = (struct session){0};
}
