#include "hil/verdict.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/session.h"

/* Below this a factor says nothing. */
#define SLOWER_MS 100

static char *copy(struct verdicts *v, const char *text)
{
	char *s = text != NULL ? strdup(text) : NULL;

	v->failed = v->failed || (text != NULL && s == NULL);
	return s;
}

struct item *verdict_add(struct verdicts *v, enum item_lane lane,
	enum item_type type, const char *name, const char *a, const char *b)
{
	struct item *item;

	if (v->n == v->cap) {
		size_t cap = v->cap ? 2 * v->cap : 64;
		struct item *list = realloc(v->items, cap * sizeof(*list));

		if (list == NULL) {
			v->failed = true;
			return NULL;
		}
		v->items = list;
		v->cap = cap;
	}
	item = &v->items[v->n++];
	*item = (struct item){.type = type,
		.lane = lane,
		.name = copy(v, name),
		.order = INT64_MAX,
		.side = {{.text = copy(v, a), .at_ms = -1, .took_ms = -1},
			{.text = copy(v, b), .at_ms = -1, .took_ms = -1}}};
	return item;
}

void verdict_cannot(
	struct verdicts *v, const char *name, const char *a, const char *b)
{
	verdict_add(v, ITEM_RUN, ITEM_NOT_COMPARABLE, name, a, b);
}

/* ---- from rows of sessions ---- */

static enum item_lane lane_of(const struct row *row)
{
	switch (row->kind) {
	case ROW_TURN:
		return ITEM_AT;
	case ROW_URC:
		return ITEM_URC;
	case ROW_FLOW:
		return ITEM_DATA;
	case ROW_CONSOLE:
		return ITEM_CONSOLE;
	}
	return ITEM_AT;
}

static enum item_type type_of(const struct row *row)
{
	switch (row->type) {
	case ROW_SAME:
		return ITEM_SAME;
	case ROW_DIFFERS:
		return ITEM_DIFFERS;
	case ROW_ONLY_A:
		return ITEM_ONLY_A;
	case ROW_ONLY_B:
		return ITEM_ONLY_B;
	}
	return ITEM_DIFFERS;
}

static char *join_lines(const struct turn *t)
{
	struct buf out;
	char *text;

	buf_init(&out, (size_t)1 << 20);
	for (size_t i = 0; i < t->n_lines; i++)
		buf_printf(&out, "%s%s", i ? "\n" : "", t->lines[i]);
	text = strdup(buf_len(&out) > 0 && buf_cstr(&out) != NULL
			      ? buf_cstr(&out)
			      : "");
	buf_free(&out);
	return text;
}

static void fill_turn(
	struct item_side *side, const struct turn *t, int64_t offset)
{
	if (t == NULL)
		return;
	side->text = join_lines(t);
	side->reason = t->reason != NULL ? strdup(t->reason) : NULL;
	side->line = t->line;
	side->times = t->times;
	side->at_ms = t->at_ms >= 0 ? t->at_ms + offset : -1;
	side->took_ms = t->took_ms;
}

static void fill_urc(
	struct item_side *side, const struct urc *u, int64_t offset)
{
	if (u == NULL)
		return;
	side->text = strdup(u->text);
	side->reason = u->reason != NULL ? strdup(u->reason) : NULL;
	side->line = u->line;
	side->times = 1;
	side->at_ms = u->at_ms >= 0 ? u->at_ms + offset : -1;
}

static void add_row(
	struct verdicts *v, const struct row *row, const int64_t offsets[2])
{
	bool console = row->kind == ROW_CONSOLE;
	struct item *item;
	char name[400];

	row_name(row, name, sizeof(name));
	item = verdict_add(v, lane_of(row), type_of(row), name, NULL, NULL);
	if (item == NULL)
		return;
	fill_turn(&item->side[0], row->a, console ? 0 : offsets[0]);
	fill_turn(&item->side[1], row->b, console ? 0 : offsets[1]);
	fill_urc(&item->side[0], row->urc_a, offsets[0]);
	fill_urc(&item->side[1], row->urc_b, offsets[1]);
}

/* Longer by the factor that was asked for: a difference of its own. */
static void add_slow(struct verdicts *v, const struct item *item, double factor)
{
	int64_t a = item->side[0].took_ms, b = item->side[1].took_ms;
	int64_t most = a > b ? a : b, least = a > b ? b : a;
	char name[420], text[2][40];
	struct item *slow;

	if (factor <= 0 || item->type != ITEM_SAME || least < 0 ||
		most - least <= SLOWER_MS ||
		(double)most <= factor * (double)least)
		return;
	snprintf(name, sizeof(name), "time %.400s", item->name);
	snprintf(text[0], sizeof(text[0]), "%lld ms", (long long)a);
	snprintf(text[1], sizeof(text[1]), "%lld ms", (long long)b);
	slow = verdict_add(v, ITEM_TIME, ITEM_DIFFERS, name, text[0], text[1]);
	for (int i = 0; slow != NULL && i < 2; i++)
		slow->side[i].at_ms = v->items[v->n - 2].side[i].at_ms;
}

/* ---- one start of the modem ---- */

static bool load_modem(struct session *s, const struct verdict_run *run,
	unsigned start, const char **wrong, struct transcript_error *err)
{
	char path[640];

	if (start == 1)
		snprintf(path, sizeof(path), "%s.at", run->base);
	else
		snprintf(path, sizeof(path), "%s-%u.at", run->base, start);
	if (session_load_run(s, path, &run->own, err))
		return true;
	*wrong = err->text;
	return false;
}

static bool load_consoles(struct session s[2], const struct verdict_run runs[2],
	struct transcript_error *err)
{
	bool ok = true;

	for (int i = 0; ok && i < 2; i++) {
		char path[640];

		snprintf(path, sizeof(path), "%s.run", runs[i].base);
		ok = run_file_console(path, &runs[i].own, &s[i].console, err);
	}
	consoles_settle(&s[0].console, &s[1].console);
	return ok;
}

/* The modem's record has a clock of its own: what it heard first is common. */
static int64_t offset_of(const struct session *s, const struct run_file *run)
{
	if (s->n_turns == 0 || s->turns[0].at_ms < 0 || run->first_at_ms < 0)
		return 0;
	return run->first_at_ms - s->turns[0].at_ms;
}

static void compare_sessions(struct verdicts *v,
	const struct verdict_opts *opts, const struct verdict_run runs[2],
	const struct session s[2])
{
	const int64_t offsets[2] = {
		offset_of(&s[0], &runs[0].run), offset_of(&s[1], &runs[1].run)};
	struct rows rows;

	v->failed = !session_align(&s[0], &s[1], &rows) || v->failed;
	for (size_t i = 0; i < rows.n; i++) {
		size_t at = v->n;

		add_row(v, &rows.list[i], offsets);
		if (v->n > at && rows.list[i].kind == ROW_TURN) {
			struct item item = v->items[at];

			add_slow(v, &item, opts->timing);
		}
	}
	rows_free(&rows);
}

static void compare_start(struct verdicts *v, const struct verdict_opts *opts,
	const struct verdict_run runs[2], unsigned start)
{
	struct transcript_error err[2] = {0};
	const char *wrong[2] = {NULL, NULL};
	struct session s[2] = {0};
	bool loaded[2];

	for (int i = 0; i < 2; i++)
		loaded[i] =
			load_modem(&s[i], &runs[i], start, &wrong[i], &err[i]);
	if (start == 1 && !load_consoles(s, runs, &err[0]))
		verdict_cannot(v, "console", err[0].text, err[0].text);
	if (loaded[0] && loaded[1])
		compare_sessions(v, opts, runs, s);
	else
		verdict_cannot(v, "recording", wrong[0], wrong[1]);
	session_free(&s[0]);
	session_free(&s[1]);
}

static bool has_start(const struct verdict_run *run, unsigned start)
{
	char path[640];

	snprintf(path, sizeof(path), "%s-%u.at", run->base, start);
	return access(path, F_OK) == 0;
}

/* ---- both runs ---- */

static bool load_run(struct verdict_run *run, const char *dir, const char *name,
	struct transcript_error *err)
{
	char path[640];

	snprintf(run->base, sizeof(run->base), "%s/%s", dir, name);
	snprintf(path, sizeof(path), "%s.run", run->base);
	if (!run_file_load(&run->run, path, err))
		return false;
	snprintf(path, sizeof(path), "%s.crt", run->base);
	run->has_cert = access(path, R_OK) == 0;
	return own_init(&run->own, run->run.run, run->has_cert ? path : NULL);
}

/* Why a side cannot be compared; NULL: it can. */
static const char *wrong_with(const struct verdict_run *run)
{
	const struct run_file *f = &run->run;

	if (f->skipped != NULL)
		return f->skipped;
	if (f->result != NULL && strcmp(f->result, "error") == 0)
		return f->error != NULL ? f->error : "the run had an error";
	if (f->cut)
		return "there is more than a record keeps";
	return NULL;
}

static void compare_runs(struct verdicts *v, const struct verdict_opts *opts,
	const struct verdict_run runs[2])
{
	const char *wrong[2] = {wrong_with(&runs[0]), wrong_with(&runs[1])};

	if (wrong[0] != NULL || wrong[1] != NULL) {
		verdict_cannot(v, "run",
			wrong[0] ? wrong[0] : "it went through",
			wrong[1] ? wrong[1] : "it went through");
		return;
	}
	compare_start(v, opts, runs, 1);
	for (unsigned start = 2;
		has_start(&runs[0], start) || has_start(&runs[1], start);
		start++)
		compare_start(v, opts, runs, start);
	verdict_evidence(v, runs);
}

/* ---- order, counts ---- */

static int by_order(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

/*
 * Within a millisecond: what was typed at the console comes first, then the
 * modem's record line by line, then what the broker wrote down.
 */
static unsigned place_of(const struct item *item)
{
	switch (item->lane) {
	case ITEM_AT:
	case ITEM_DATA:
	case ITEM_URC:
		return item->side[0].line;
	case ITEM_TIME:
	case ITEM_BROKER:
		return UINT_MAX;
	case ITEM_RUN:
	case ITEM_CONSOLE:
		break;
	}
	return 0;
}

/* By A's time; what only B has stands behind what it followed there. */
static void set_order(struct verdicts *v)
{
	int64_t last = -1;
	unsigned place = 0;

	for (size_t i = 0; i < v->n; i++) {
		struct item *item = &v->items[i];

		if (i > 0 && item->lane != v->items[i - 1].lane &&
			item->lane != ITEM_TIME)
			last = -1;
		if (item->side[0].at_ms >= 0)
			last = item->side[0].at_ms;
		else if (last < 0 && item->side[1].at_ms >= 0)
			last = item->side[1].at_ms;
		item->order = last;
		item->index = i;
		if (item->side[0].text != NULL || i == 0)
			place = place_of(item);
		item->place = place;
	}
}

static int by_b(const void *a, const void *b)
{
	const struct item_side *x = &(*(struct item *const *)a)->side[1];
	const struct item_side *y = &(*(struct item *const *)b)->side[1];

	if (x->at_ms != y->at_ms)
		return x->at_ms < y->at_ms ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static bool is_of_modem(const struct item *item)
{
	return item->side[1].at_ms >= 0 &&
	       (item->lane == ITEM_AT || item->lane == ITEM_URC ||
		       item->lane == ITEM_DATA);
}

/*
 * What only B has stands behind all that came before it there, whatever the
 * lane: a line that differs is told before what came of it.
 */
static void settle_only_b(struct verdicts *v)
{
	struct item **list = calloc(v->n + 1, sizeof(struct item *));
	const struct item *last = NULL;
	size_t n = 0;

	for (size_t i = 0; list != NULL && i < v->n; i++)
		if (is_of_modem(&v->items[i]))
			list[n++] = &v->items[i];
	if (n > 0)
		qsort(list, n, sizeof(*list), by_b);
	for (size_t i = 0; i < n; i++) {
		struct item *item = list[i];

		if (item->type == ITEM_ONLY_B && last != NULL &&
			by_order(item, last) < 0) {
			item->order = last->order;
			item->place = last->place + 1;
		} else if (last == NULL || by_order(last, item) < 0) {
			last = item;
		}
	}
	free(list);
}

static void sort_items(struct verdicts *v)
{
	set_order(v);
	settle_only_b(v);
	if (v->n > 0)
		qsort(v->items, v->n, sizeof(*v->items), by_order);
}

static void accept(struct verdicts *v, struct accepted *accepted)
{
	for (size_t i = 0; i < v->n; i++) {
		struct item *item = &v->items[i];

		if (item->type != ITEM_SAME && accepted != NULL)
			item->accepted =
				accepted_find(accepted, v->name, item->name);
		if (item->accepted != NULL)
			v->accepted++;
		else
			v->counts[item->type]++;
	}
}

bool verdict_make(
	struct verdicts *v, const struct verdict_opts *opts, const char *name)
{
	struct verdict_run runs[2] = {0};
	struct transcript_error err[2] = {0};
	char text[2][300];

	*v = (struct verdicts){.took_ms = {-1, -1}};
	v->name = copy(v, name);
	for (int i = 0; i < 2; i++) {
		v->ran[i] = load_run(&runs[i], opts->dirs[i], name, &err[i]);
		snprintf(text[i], sizeof(text[i]), "%s",
			v->ran[i] ? "it ran" : "it did not run");
		if (!v->ran[i])
			continue;
		v->took_ms[i] = runs[i].run.took_ms;
		if (v->title == NULL) {
			v->title = copy(v, runs[i].run.title);
			v->file = copy(v, runs[i].run.file);
		}
	}
	if (v->ran[0] && v->ran[1])
		compare_runs(v, opts, runs);
	else
		verdict_cannot(v, "run", text[0], text[1]);
	sort_items(v);
	accept(v, opts->accepted);
	for (int i = 0; i < 2; i++) {
		run_file_free(&runs[i].run);
		own_free(&runs[i].own);
	}
	return !v->failed;
}

bool verdict_of_sessions(struct verdicts *v, const char *name,
	const struct session s[2],
	bool (*forgives)(void *arg, const struct row *row), void *arg)
{
	const int64_t offsets[2] = {0};
	struct rows rows;

	*v = (struct verdicts){.took_ms = {-1, -1}, .ran = {true, true}};
	v->name = copy(v, name);
	v->failed = !session_align(&s[0], &s[1], &rows) || v->failed;
	for (size_t i = 0; i < rows.n; i++) {
		struct row row = rows.list[i];

		if (row.type != ROW_SAME && forgives(arg, &row))
			row.type = ROW_SAME;
		add_row(v, &row, offsets);
	}
	rows_free(&rows);
	sort_items(v);
	accept(v, NULL);
	return !v->failed;
}

void verdict_free(struct verdicts *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->items[i].name);
		for (int k = 0; k < 2; k++) {
			free(v->items[i].side[k].text);
			free(v->items[i].side[k].reason);
		}
	}
	for (size_t i = 0; i < v->n_foreign; i++)
		free(v->foreign[i]);
	free(v->foreign);
	free(v->items);
	free(v->name);
	free(v->title);
	free(v->file);
	*v = (struct verdicts){0};
}

const struct item *verdict_first(const struct verdicts *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->items[i].type != ITEM_SAME &&
			v->items[i].accepted == NULL)
			return &v->items[i];
	return NULL;
}

bool verdict_is_same(const struct verdicts *v)
{
	return verdict_first(v) == NULL;
}
