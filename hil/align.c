#include "hil/session.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Alignment: the longest sequence of things in common, commands for turns and
 * texts for lines; long recordings are cut into windows.
 */
#define WINDOW 1500
/* How far apart, in one gap, two results of the same line may stand. */
#define GAP_MAX 64

struct aligner {
	const struct session *a, *b;
	struct rows *rows;
	enum row_kind kind;
	const struct turns *turns_a, *turns_b; /* of all but ROW_URC */
};

static const char *turn_key(const void *list, size_t i)
{
	return ((const struct turn *)list)[i].command;
}

static const char *urc_key(const void *list, size_t i)
{
	return ((const struct urc *)list)[i].text;
}

static const char *line_key(const void *list, size_t i)
{
	return ((char *const *)list)[i];
}

struct side {
	const void *list;
	size_t from, n;
};

/*
 * Walks both sides; pair() gets indexes, SIZE_MAX for "not there". used: only
 * as far as they have something in common, and how far that was. False without
 * memory, or when pair() says so.
 */
static bool walk(struct side a, struct side b,
	const char *(*key)(const void *list, size_t i),
	bool (*pair)(void *arg, size_t i, size_t j), void *arg, size_t used[2])
{
	size_t i = 0, j = 0, w = b.n + 1;
	uint16_t *common = calloc((a.n + 1) * w, sizeof(*common));
	bool ok = common != NULL;

	for (size_t x = a.n; ok && x-- > 0;)
		for (size_t y = b.n; y-- > 0;) {
			uint16_t *at = &common[x * w + y];

			if (strcmp(key(a.list, a.from + x),
				    key(b.list, b.from + y)) == 0)
				*at = (uint16_t)(at[w + 1] + 1);
			else
				*at = at[w] > at[1] ? at[w] : at[1];
		}
	while (ok && (i < a.n || j < b.n)) {
		const uint16_t *at = &common[i * w + j];

		if (used != NULL && *at == 0)
			break;
		if (i < a.n && j < b.n &&
			strcmp(key(a.list, a.from + i),
				key(b.list, b.from + j)) == 0) {
			ok = pair(arg, a.from + i, b.from + j);
			i++;
			j++;
		} else if (j == b.n || (i < a.n && at[w] >= at[1])) {
			ok = pair(arg, a.from + i++, SIZE_MAX);
		} else {
			ok = pair(arg, SIZE_MAX, b.from + j++);
		}
	}
	free(common);
	if (used != NULL) {
		used[0] = i;
		used[1] = j;
	}
	return ok;
}

static bool same_lines(const struct turn *a, const struct turn *b)
{
	if (a->n_lines != b->n_lines)
		return false;
	for (size_t i = 0; i < a->n_lines; i++)
		if (strcmp(a->lines[i], b->lines[i]) != 0)
			return false;
	return true;
}

static bool add_pair(void *arg, size_t i, size_t j)
{
	struct aligner *al = arg;
	struct rows *rows = al->rows;
	struct row row = {.kind = al->kind};

	if (rows->n == rows->cap) {
		size_t cap = rows->cap ? 2 * rows->cap : 128;
		struct row *list = realloc(rows->list, cap * sizeof(*list));

		if (list == NULL)
			return false;
		rows->list = list;
		rows->cap = cap;
	}
	if (al->kind == ROW_URC) {
		row.urc_a = i != SIZE_MAX ? &al->a->urcs[i] : NULL;
		row.urc_b = j != SIZE_MAX ? &al->b->urcs[j] : NULL;
	} else {
		row.a = i != SIZE_MAX ? &al->turns_a->list[i] : NULL;
		row.b = j != SIZE_MAX ? &al->turns_b->list[j] : NULL;
	}
	row.type = i == SIZE_MAX				? ROW_ONLY_B
		   : j == SIZE_MAX				? ROW_ONLY_A
		   : row.a != NULL && !same_lines(row.a, row.b) ? ROW_DIFFERS
								: ROW_SAME;
	rows->same += row.type == ROW_SAME;
	rows->differ += row.type != ROW_SAME;
	rows->list[rows->n++] = row;
	return true;
}

/*
 * What has no counterpart at the end of a window may have one in the next:
 * each begins behind the last pair, or, where there was none, behind it all.
 */
static bool walk_windows(struct aligner *al, const void *a, size_t na,
	const void *b, size_t nb,
	const char *(*key)(const void *list, size_t i))
{
	struct side sa = {.list = a}, sb = {.list = b};
	size_t used[2];
	bool last;

	do {
		sa.n = na - sa.from < WINDOW ? na - sa.from : WINDOW;
		sb.n = nb - sb.from < WINDOW ? nb - sb.from : WINDOW;
		last = sa.from + sa.n == na && sb.from + sb.n == nb;
		if (!walk(sa, sb, key, add_pair, al, last ? NULL : used))
			return false;
		if (!last && used[0] == 0) {
			used[0] = sa.n;
			used[1] = sb.n;
			if (!walk(sa, sb, key, add_pair, al, NULL))
				return false;
		}
		sa.from += last ? 0 : used[0];
		sb.from += last ? 0 : used[1];
	} while (!last);
	return true;
}

/* The same line with another result is one difference, not two. */
static bool is_kin(const struct row *a, const struct row *b)
{
	const char *x, *y;
	size_t n;

	if (a->type != ROW_ONLY_A || b->type != ROW_ONLY_B ||
		a->urc_a == NULL || b->urc_b == NULL)
		return false;
	x = a->urc_a->text;
	y = b->urc_b->text;
	n = strcspn(x, ":");
	return x[n] == ':' && strncmp(x, y, n + 1) == 0;
}

/* The twin of a row of A alone, in the same gap; NULL: it has none. */
static struct row *find_kin(struct rows *rows, size_t i)
{
	for (size_t k = i + 1; k < rows->n && k <= i + GAP_MAX; k++) {
		if (rows->list[k].type == ROW_SAME)
			break;
		if (is_kin(&rows->list[i], &rows->list[k]))
			return &rows->list[k];
	}
	return NULL;
}

static void join_kin(struct rows *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++) {
		struct row row = rows->list[i], *kin = find_kin(rows, i);

		if (kin != NULL) {
			row.type = ROW_DIFFERS;
			row.urc_b = kin->urc_b;
			rows->differ--;
			memmove(kin, kin + 1,
				(size_t)(&rows->list[--rows->n] - kin) *
					sizeof(*kin));
		}
		rows->list[n++] = row;
	}
	rows->n = n;
}

static bool align_turns(struct aligner *al, enum row_kind kind,
	const struct turns *a, const struct turns *b)
{
	al->kind = kind;
	al->turns_a = a;
	al->turns_b = b;
	return walk_windows(al, a->list, a->n, b->list, b->n, turn_key);
}

bool session_align(
	const struct session *a, const struct session *b, struct rows *rows)
{
	const struct turns asked_a = {a->turns, a->n_turns, a->n_turns};
	const struct turns asked_b = {b->turns, b->n_turns, b->n_turns};
	struct aligner al = {.a = a, .b = b, .rows = rows};

	*rows = (struct rows){0};
	if (!align_turns(&al, ROW_CONSOLE, &a->console, &b->console) ||
		!align_turns(&al, ROW_TURN, &asked_a, &asked_b) ||
		!align_turns(&al, ROW_FLOW, &a->flows, &b->flows))
		return false;
	al.kind = ROW_URC;
	if (!walk_windows(&al, a->urcs, a->n_urcs, b->urcs, b->n_urcs, urc_key))
		return false;
	join_kin(rows);
	return true;
}

void rows_free(struct rows *rows)
{
	free(rows->list);
	*rows = (struct rows){0};
}

void row_name(const struct row *row, char *text, size_t size)
{
	const struct turn *t = row->a != NULL ? row->a : row->b;
	const struct urc *u = row->urc_a != NULL ? row->urc_a : row->urc_b;

	if (t != NULL)
		snprintf(text, size, "%s%s",
			row->kind == ROW_CONSOLE ? "console " : "", t->command);
	else
		snprintf(text, size, "urc %s", u->text);
}

/* ---- for people ---- */

struct printer {
	const struct turn *a, *b;
	const char *name_a, *name_b;
};

static bool print_pair(void *arg, size_t i, size_t j)
{
	const struct printer *p = arg;

	if (j == SIZE_MAX)
		printf("  %s | %s\n", p->name_a, p->a->lines[i]);
	else if (i == SIZE_MAX)
		printf("  %s | %s\n", p->name_b, p->b->lines[j]);
	return true;
}

static void print_reason(const char *name, const char *reason)
{
	if (reason != NULL)
		printf("  %s : %s\n", name, reason);
}

void row_print(const struct row *row, const char *a, const char *b)
{
	static const char *const verdicts[] = {
		"same", "differs", "only A", "only B"};
	struct printer p = {row->a, row->b, a, b};
	char name[200];
	unsigned la, lb;

	row_name(row, name, sizeof(name));
	la = row->a != NULL	  ? row->a->line
	     : row->urc_a != NULL ? row->urc_a->line
				  : 0;
	lb = row->b != NULL	  ? row->b->line
	     : row->urc_b != NULL ? row->urc_b->line
				  : 0;
	printf("%s: %s (", verdicts[row->type], name);
	if (la > 0)
		printf("%s line %u", a, la);
	if (lb > 0)
		printf("%s%s line %u", la > 0 ? ", " : "", b, lb);
	puts(")");
	if (row->type == ROW_DIFFERS && row->urc_a != NULL &&
		row->urc_b != NULL) {
		printf("  %s | %s\n  %s | %s\n", a, row->urc_a->text, b,
			row->urc_b->text);
	} else if (row->type == ROW_DIFFERS && row->a != NULL &&
		   row->b != NULL) {
		struct side sa = {row->a->lines, 0, row->a->n_lines};
		struct side sb = {row->b->lines, 0, row->b->n_lines};

		if (sa.n < WINDOW && sb.n < WINDOW)
			walk(sa, sb, line_key, print_pair, &p, NULL);
	}
	if (row->type != ROW_SAME && row->a != NULL)
		print_reason(a, row->a->reason);
	if (row->type != ROW_SAME && row->b != NULL)
		print_reason(b, row->b->reason);
	if (row->urc_a != NULL && row->type != ROW_SAME)
		print_reason(a, row->urc_a->reason);
	if (row->urc_b != NULL && row->type != ROW_SAME)
		print_reason(b, row->urc_b->reason);
}
