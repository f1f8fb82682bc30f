#include "hil/explain_print.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/mask.h"

static const char *const scores[] = {"no", "possible", "likely", "shown"};
static const char *const outcomes[] = {"not tried", "reproduces", "does not"};

/* ---- no report holds a secret ---- */

static void add_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	(void)lane;
	buf_add(arg, data, len);
}

static void add_mask(void *arg, enum lane lane, const struct mask_info *info)
{
	char text[MASK_TEXT_SIZE];

	(void)lane;
	mask_text(info, text);
	buf_adds(arg, text);
}

/* A line of the log without PINs, passwords and pass phrases. */
static const char *without_secrets(const char *line, char *text, size_t size)
{
	struct buf out;
	struct mask_out to = {add_bytes, add_mask, &out};
	struct mask *mask = mask_new(&to);
	const char *shown;

	buf_init(&out, TERMLOG_LINE_MAX + MASK_TEXT_SIZE);
	if (mask != NULL) {
		mask_bytes(mask, LANE_AT_TX, line, strlen(line));
		mask_bytes(mask, LANE_AT_TX, "\r", 1);
		mask_flush(mask, LANE_AT_TX);
	}
	mask_free(mask);
	shown = buf_cstr(&out);
	snprintf(text, size, "%s", shown != NULL ? shown : "(no memory)");
	text[strcspn(text, "\r")] = '\0';
	buf_free(&out);
	return text;
}

/* ---- for people ---- */

/* Words of `text`, wrapped at 78, each line behind `indent` blanks. */
static void put(int indent, const char *text)
{
	int column = 0;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if (column > 0 && indent + column + 1 + (int)n > 78) {
			putchar('\n');
			column = 0;
		}
		if (column == 0)
			printf("%*s", indent, "");
		else
			column += putchar(' ') != EOF;
		column += printf("%.*s", (int)n, text);
		text += n + strspn(text + n, " ");
	}
	putchar('\n');
}

static void print_head(const struct explanation *e)
{
	const struct finding *f = e->matter.f;
	const struct exchange *x = e->matter.x;
	char line[700], clean[200];

	printf("line %u: %s\n", f->line,
		without_secrets(f->text, clean, sizeof(clean)));
	if (x != NULL && x->line != f->line) {
		snprintf(line, sizeof(line), "answers line %u: %s", x->line,
			without_secrets(x->command, clean, sizeof(clean)));
		put(2, line);
	}
	if (f->times > 1 && f->type != FINDING_CLIENT) {
		snprintf(line, sizeof(line), "%u times", f->times);
		put(2, line);
	}
	if (e->code != NULL) {
		snprintf(line, sizeof(line), "means: %d, %s (%s, %s)",
			e->code->number, e->code->meaning,
			grade_name(e->code->grade), e->code->ref);
		put(2, line);
	} else if (f->family != CODE_NONE && f->code != NO_CODE) {
		put(2, "means: not in any list of codes that is known here");
	}
	if (f->reason != NULL && f->type != FINDING_POLICY) {
		snprintf(line, sizeof(line),
			"the emulator's reason, line %u: %.400s",
			f->reason_line, f->reason);
		put(2, line);
	}
}

static void print_cause(const struct cause *c, const char *label)
{
	char line[900];

	snprintf(line, sizeof(line), "%s: %s (%s, %s)", label, c->rule->cause,
		grade_name(c->rule->grade), c->rule->ref);
	put(2, line);
	if (c->because[0] != '\0') {
		snprintf(line, sizeof(line), "because %s", c->because);
		put(4, line);
	}
	snprintf(line, sizeof(line), "remedy: %s", c->rule->remedy);
	put(4, line);
}

/* Possible ones, where the log shows one that is enough: by name only. */
static void print_others(const struct explanation *e, size_t from)
{
	char line[900];
	size_t n = (size_t)snprintf(line, sizeof(line),
		"not ruled out either (--json tells more):");

	for (size_t i = from; i < e->n_causes && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s %s",
			i > from ? "," : "", e->causes[i].rule->id);
	put(2, line);
}

static void print_explanation(const struct explanation *e)
{
	static const char *const labels[] = {
		"", "possible cause", "likely cause", "cause"};
	bool shown = e->n_causes > 0 && e->causes[0].score == SCORE_SHOWN;
	char line[700];
	size_t i;

	print_head(e);
	for (i = 0; i < e->n_causes; i++) {
		if (shown && e->causes[i].score == SCORE_POSSIBLE)
			break;
		print_cause(&e->causes[i], labels[e->causes[i].score]);
	}
	if (i < e->n_causes)
		print_others(e, i);
	if (e->n_causes == 0 && e->code != NULL && e->code->cause != NULL) {
		snprintf(line, sizeof(line), "usual cause: %s", e->code->cause);
		put(2, line);
	}
	if (e->n_causes == 0 && e->code != NULL && e->code->remedy != NULL) {
		snprintf(line, sizeof(line), "remedy: %s", e->code->remedy);
		put(4, line);
	}
	/* The emulator's reason, printed above, is a cause. */
	if (e->n_causes == 0 && e->code == NULL && e->matter.f->reason == NULL)
		put(2, "no rule knows a cause");
	putchar('\n');
}

static void print_trials(const struct explain_report *r)
{
	const struct trials *t = r->trials;
	const struct finding *f = r->list[t->about].matter.f;
	char line[800];

	if (t->verdict == TRIALS_NONE_MADE) {
		snprintf(line, sizeof(line), "not tried: %s", t->not_made);
		put(0, line);
		return;
	}
	printf("tried on ec21emu and ec21broker, for line %u:\n", f->line);
	if (t->assumed[0] != '\0') {
		snprintf(line, sizeof(line), "assumed: %s", t->assumed);
		put(2, line);
	}
	for (size_t i = 0; i < t->n; i++) {
		const struct trial_result *x = &t->list[i];

		snprintf(line, sizeof(line), "%-10s  %s%s%s%s",
			outcomes[x->outcome], x->title, x->text[0] ? " (" : "",
			x->text, x->text[0] ? ")" : "");
		put(2, line);
		if (x->outcome == TRIAL_REPRODUCES && x->reason[0] != '\0') {
			snprintf(line, sizeof(line), "the emulator: %s",
				x->reason);
			put(14, line);
		}
	}
}

static void print_verdict(const struct explain_report *r)
{
	const struct trials *t = r->trials;
	size_t left = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (t->list[i].outcome != TRIAL_REPRODUCES)
			continue;
		left++;
		if (t->verdict == TRIALS_ONE)
			printf("the likely cause: %s\n", t->list[i].title);
		if (t->verdict == TRIALS_ONE && t->list[i].rule == NULL)
			puts("(no rule knows it; the emulator's reason is "
			     "above)");
	}
	if (t->verdict == TRIALS_SEVERAL)
		printf("%zu causes remain: this log cannot tell them apart%s\n",
			left,
			trials_can_split(t, r->list)
				? "; --out DIR writes a scenario that would"
				: "");
	if (t->verdict == TRIALS_UNABLE)
		puts("not reproduced by what could be tried; what fits the log "
		     "could not be");
	if (t->verdict == TRIALS_NO_SURVIVOR)
		puts("not reproduced: no hypothesis gives what was recorded; "
		     "the cause is outside of what is tried");
}

void explain_print_text(const struct explain_report *r)
{
	const struct dialogue *d = r->dialogue;

	printf("%s: %s, %u lines, %zu commands, %zu %s\n\n", r->path,
		d->log->transcript ? "transcript" : "terminal log",
		d->log->last, d->n_exchanges, r->n,
		r->n == 1 ? "error" : "errors");
	for (size_t i = 0; i < r->n; i++)
		print_explanation(&r->list[i]);
	if (d->n_beyond > 0)
		printf("%zu more errors, from line %u on, are not looked "
		       "at\n\n",
			d->n_beyond, d->beyond_line);
	if (r->trials == NULL)
		return;
	print_trials(r);
	print_verdict(r);
}

/* ---- for programs ---- */

static json_t *json_cause(const struct cause *c)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
		c->rule->id, "strength", scores[c->score], "cause",
		c->rule->cause, "because", c->because, "remedy",
		c->rule->remedy, "grade", grade_name(c->rule->grade), "source",
		c->rule->ref);
}

/* What the list of codes says of a number. */
static json_t *json_code(const struct code_row *c)
{
	return json_pack("{s:s?, s:s?, s:s, s:s}", "usual_cause", c->cause,
		"remedy", c->remedy, "grade", grade_name(c->grade), "source",
		c->ref);
}

static json_t *json_explanation(const struct explanation *e)
{
	const struct finding *f = e->matter.f;
	char clean[512];
	json_t *causes = json_array();
	json_t *o = json_pack("{s:i, s:s, s:s, s:i, s:o}", "line", (int)f->line,
		"text", without_secrets(f->text, clean, sizeof(clean)),
		"command", f->name, "times", (int)f->times, "causes", causes);

	for (size_t i = 0; o != NULL && i < e->n_causes; i++)
		json_array_append_new(causes, json_cause(&e->causes[i]));
	if (o != NULL && e->matter.x != NULL)
		json_object_set_new(
			o, "command_line", json_integer(e->matter.x->line));
	if (o != NULL && f->family != CODE_NONE && f->code != NO_CODE)
		json_object_set_new(o, "code", json_integer(f->code));
	if (o != NULL && e->code != NULL)
		json_object_set_new(
			o, "meaning", json_string(e->code->meaning));
	if (o != NULL && e->code != NULL)
		json_object_set_new(o, "list", json_code(e->code));
	if (o != NULL && f->reason != NULL) {
		json_object_set_new(o, "reason", json_string(f->reason));
		json_object_set_new(
			o, "reason_line", json_integer(f->reason_line));
	}
	return o;
}

static json_t *json_trials(const struct explain_report *r)
{
	static const char *const verdicts[] = {
		"not tried", "one", "several", "not reproduced", "unable"};
	const struct trials *t = r->trials;
	json_t *list = json_array();
	json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:o}", "verdict",
		verdicts[t->verdict], "why_not", t->not_made, "assumed",
		t->assumed, "line", (int)r->list[t->about].matter.f->line,
		"list", list);

	for (size_t i = 0; o != NULL && i < t->n; i++) {
		const struct trial_result *x = &t->list[i];

		json_array_append_new(
			list, json_pack("{s:s, s:s?, s:s, s:s, s:s}",
				      "hypothesis", x->title, "cause", x->rule,
				      "outcome", outcomes[x->outcome], "detail",
				      x->text, "reason", x->reason));
	}
	return o;
}

bool explain_print_json(const struct explain_report *r)
{
	const struct dialogue *d = r->dialogue;
	json_t *errors = json_array();
	json_t *root = json_pack("{s:s, s:s, s:i, s:i, s:o}", "file", r->path,
		"format", d->log->transcript ? "transcript" : "terminal log",
		"lines", (int)d->log->last, "commands", (int)d->n_exchanges,
		"errors", errors);
	bool ok = root != NULL;

	for (size_t i = 0; ok && i < r->n; i++)
		ok = json_array_append_new(
			     errors, json_explanation(&r->list[i])) == 0;
	if (ok && d->n_beyond > 0)
		ok = json_object_set_new(root, "not_looked_at",
			     json_pack("{s:I, s:I}", "errors",
				     (json_int_t)d->n_beyond, "from_line",
				     (json_int_t)d->beyond_line)) == 0;
	if (ok && r->trials != NULL)
		ok = json_object_set_new(root, "trials", json_trials(r)) == 0;
	ok = ok && json_dumpf(root, stdout, JSON_INDENT(2)) == 0;
	if (ok)
		putchar('\n');
	json_decref(root);
	return ok;
}
