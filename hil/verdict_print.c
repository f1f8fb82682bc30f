#include "hil/verdict.h"

#include <stdlib.h>
#include <string.h>

const char *item_type_name(enum item_type type)
{
	switch (type) {
	case ITEM_SAME:
		return "same";
	case ITEM_DIFFERS:
		return "differs";
	case ITEM_ONLY_A:
		return "only A";
	case ITEM_ONLY_B:
		return "only B";
	case ITEM_NOT_COMPARABLE:
		return "not comparable";
	}
	return "";
}

const char *item_lane_name(enum item_lane lane)
{
	switch (lane) {
	case ITEM_RUN:
		return "run";
	case ITEM_CONSOLE:
		return "console";
	case ITEM_AT:
		return "at";
	case ITEM_DATA:
		return "data";
	case ITEM_URC:
		return "urc";
	case ITEM_BROKER:
		return "broker";
	case ITEM_TIME:
		return "time";
	}
	return "";
}

/* ---- the lines of two texts ---- */

/* Is the line of n bytes one of text's? */
static bool has_line(const char *text, const char *line, size_t n)
{
	while (text != NULL && *text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len == n && memcmp(text, line, n) == 0)
			return true;
		text += len + (text[len] != '\0');
	}
	return false;
}

/* Lines of one side that the other has not; all: every line. */
static void print_side(struct buf *out, char side, const char *text,
	const char *other, bool all)
{
	if (text == NULL)
		return;
	if (*text == '\0' && other != NULL)
		buf_printf(out, "  %c | (no answer)\n", side);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		if (all || !has_line(other, text, n))
			buf_printf(out, "  %c | %.*s\n", side,
				(int)(n < 600 ? n : 600), text);
		text += n + (text[n] != '\0');
	}
}

static void print_texts(struct buf *out, const char *a, const char *b)
{
	size_t before = buf_len(out);

	print_side(out, 'A', a, b, false);
	print_side(out, 'B', b, a, false);
	/* The same lines, in another order. */
	if (buf_len(out) == before) {
		print_side(out, 'A', a, b, true);
		print_side(out, 'B', b, a, true);
	}
}

void item_print(const struct item *item, struct buf *out)
{
	const struct item_side *a = &item->side[0], *b = &item->side[1];

	buf_printf(out, "%s%s: %s", item->accepted != NULL ? "accepted, " : "",
		item_type_name(item->type), item->name);
	if (a->line > 0 && b->line > 0)
		buf_printf(out, " (A line %u, B line %u)", a->line, b->line);
	else if (a->line > 0 || b->line > 0)
		buf_printf(out, " (%c line %u)", a->line > 0 ? 'A' : 'B',
			a->line > 0 ? a->line : b->line);
	buf_adds(out, "\n");
	if (item->accepted != NULL) {
		buf_printf(out, "  since %s: %s\n", item->accepted->date,
			item->accepted->reason);
		return;
	}
	print_texts(out, a->text, b->text);
	if (a->reason != NULL)
		buf_printf(out, "  A : %s\n", a->reason);
	if (b->reason != NULL)
		buf_printf(out, "  B : %s\n", b->reason);
}

/* ---- time, which does not count but is shown ---- */

static const struct item *most_apart(const struct verdicts *v)
{
	const struct item *most = NULL;
	int64_t gap = 0;

	for (size_t i = 0; i < v->n; i++) {
		const struct item *item = &v->items[i];
		int64_t d = item->side[0].took_ms - item->side[1].took_ms;

		if (item->lane == ITEM_BROKER || item->side[0].took_ms < 0 ||
			item->side[1].took_ms < 0 || llabs(d) <= gap)
			continue;
		most = item;
		gap = llabs(d);
	}
	return most;
}

static void print_time(const struct verdicts *v, struct buf *out)
{
	const struct item *most = most_apart(v);

	if (v->took_ms[0] < 0 || v->took_ms[1] < 0)
		return;
	buf_printf(out, "time: A %lld ms, B %lld ms", (long long)v->took_ms[0],
		(long long)v->took_ms[1]);
	if (most != NULL)
		buf_printf(out, "; most apart: %.80s, %lld and %lld ms",
			most->name, (long long)most->side[0].took_ms,
			(long long)most->side[1].took_ms);
	buf_adds(out, "\n");
}

void verdict_print(const struct verdicts *v, struct buf *out)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->items[i].type != ITEM_SAME)
			item_print(&v->items[i], out);
	for (size_t i = 0; i < v->n_foreign; i++)
		buf_printf(out, "foreign evidence, not counted: %s\n",
			v->foreign[i]);
	print_time(v, out);
}
