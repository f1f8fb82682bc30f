#include "hil/scenario.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"
#include "hil/actions.h"
#include "hil/condition.h"
#include "hil/door.h"
#include "hil/evidence.h"
#include "hil/expand.h"
#include "hil/match.h"

#define CASES_MAX 4096

struct parser {
	struct scenario *s;
	/* The reader lends its lines; ours are in the text, from here on. */
	const char *line_start;
	unsigned line;
};

static bool fail(struct transcript_error *err, unsigned line, size_t column,
	const char *text)
{
	return transcript_fail(err, line, column, "%s", text);
}

/* ---- header ---- */

static const char *const header_keys[] = {"title", "source", "device",
	"profile", "purpose", "emulator", "broker", "needs", "case", "trailing",
	"firmware", "start", "secrets", "grade", "peer", "clock", "bench",
	NULL};

/* `name=value`, the value perhaps in double quotes. */
static bool set_parameter(
	struct vars *vars, const char *word, size_t name, size_t n)
{
	const char *value = word + name + 1;
	size_t len = n - name - 1;

	if (len > 1 && value[0] == '"' && value[len - 1] == '"') {
		value++;
		len -= 2;
	}
	return vars_set_bytes(vars, word, name, value, len);
}

/* `name=none-ca ca=none …`: the words of a case. */
static bool parse_case(struct scenario *s, unsigned line, const char *value,
	struct transcript_error *err)
{
	struct scenario_case *list, *c;
	const char *word;
	size_t len = strlen(value), n;

	if (s->n_cases == CASES_MAX)
		return fail(err, line, 1, "expected fewer cases");
	if (s->n_cases == s->cap_cases) {
		s->cap_cases = s->cap_cases ? 2 * s->cap_cases : 8;
		list = realloc(s->cases, s->cap_cases * sizeof(*list));
		if (list == NULL)
			return fail(err, line, 1, "out of memory");
		s->cases = list;
	}
	c = &s->cases[s->n_cases++];
	*c = (struct scenario_case){0};
	while (expand_word(&value, &len, &word, &n)) {
		size_t name = vars_name_len(word, n);

		if (name == 0 || name == n || word[name] != '=')
			return transcript_fail(err, line, 1,
				"expected name=value, found '%.*s'",
				(int)(n < 40 ? n : 40), word);
		if (!set_parameter(&c->vars, word, name, n))
			return fail(err, line, 1, "out of memory");
	}
	word = vars_get(&c->vars, "name", 4, &n);
	if (word == NULL || n == 0)
		return fail(err, line, 1, "expected name=… in the case");
	for (size_t i = 0; i + 1 < s->n_cases; i++)
		if (strcmp(s->cases[i].name, word) == 0)
			return transcript_fail(err, line, 1,
				"there is a case '%s' already", word);
	c->name = strdup(word);
	return c->name != NULL || fail(err, line, 1, "out of memory");
}

static bool keep_header(char **slot, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	if (*slot != NULL)
		return transcript_fail(
			err, line, 1, "there is a '%s' already", key);
	*slot = strdup(value);
	return *slot != NULL || fail(err, line, 1, "out of memory");
}

/* A name and no path: it differs by rig what lies behind it. */
static bool keep_firmware(struct scenario *s, unsigned line, const char *value,
	struct transcript_error *err)
{
	size_t n = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-");

	if (n == 0 || n > 64 || value[n] != '\0')
		return fail(err, line, 1,
			"expected firmware: NAME, of a-z, 0-9 and '-'");
	return keep_header(&s->firmware, line, "firmware", value, err);
}

/* Several of them; hil/door.c reads their words. */
static bool add_peer(struct scenario *s, unsigned line, const char *value,
	struct transcript_error *err)
{
	size_t had = s->peers != NULL ? strlen(s->peers) : 0;
	size_t size = had + strlen(value) + 2;
	char *peers;

	if (!door_rule_check(value))
		return fail(err, line, 1,
			"expected peer: NAME:PORT and echo, sink, refuse, "
			"silent, unknown, ntp, ntp-refuses, ntp-unset, taken "
			"or taken-late");
	peers = realloc(s->peers, size);
	if (peers == NULL)
		return fail(err, line, 1, "out of memory");
	snprintf(peers + had, size - had, "%s\n", value);
	s->peers = peers;
	return true;
}

static bool on_header(void *arg, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	struct scenario *s = ((struct parser *)arg)->s;
	const char *near;

	if (strcmp(key, "case") == 0)
		return parse_case(s, line, value, err);
	if (strcmp(key, "title") == 0)
		return keep_header(&s->title, line, key, value, err);
	if (strcmp(key, "source") == 0)
		return keep_header(&s->source, line, key, value, err);
	if (strcmp(key, "profile") == 0)
		return keep_header(&s->profile, line, key, value, err);
	if (strcmp(key, "emulator") == 0)
		return keep_header(&s->emulator, line, key, value, err);
	if (strcmp(key, "broker") == 0)
		return keep_header(&s->broker, line, key, value, err);
	if (strcmp(key, "needs") == 0)
		return keep_header(&s->needs, line, key, value, err);
	if (strcmp(key, "firmware") == 0)
		return keep_firmware(s, line, value, err);
	if (strcmp(key, "peer") == 0)
		return add_peer(s, line, value, err);
	if (strcmp(key, "clock") == 0) {
		s->in_process = strcmp(value, "hand") == 0;
		return s->in_process ||
		       fail(err, line, 1, "expected clock: hand");
	}
	if (strcmp(key, "bench") == 0) {
		s->bench = strcmp(value, "safe") == 0	   ? BENCH_SAFE
			   : strcmp(value, "harmful") == 0 ? BENCH_HARMFUL
							   : BENCH_UNSAID;
		return s->bench != BENCH_UNSAID ||
		       fail(err, line, 1, "expected bench: safe or harmful");
	}
	if (strcmp(key, "trailing") == 0) {
		s->trailing_any = strcmp(value, "any") == 0;
		return s->trailing_any || strcmp(value, "none") == 0 ||
		       fail(err, line, 1, "expected trailing: any or none");
	}
	for (size_t i = 0; header_keys[i] != NULL; i++)
		if (strcmp(key, header_keys[i]) == 0)
			return true;
	near = suggest(key, header_keys);
	return transcript_fail(err, line, 3,
		"unknown header '%s'%s%s%s (a comment has no colon behind its "
		"first word)",
		key, near ? ", did you mean '" : "", near ? near : "",
		near ? "'?" : "");
}

/* ---- records ---- */

/* "150s", "0.5s", "200ms" */
static bool parse_limit(const char *s, size_t len, unsigned *ms)
{
	char text[16], *end;
	double value;

	if (len == 0 || len >= sizeof(text) || s[0] < '0' || s[0] > '9')
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	value = strtod(text, &end);
	if (strcmp(end, "s") == 0)
		value *= 1000;
	else if (strcmp(end, "ms") != 0)
		return false;
	if (value < 1 || value > 86400000)
		return false;
	*ms = (unsigned)value;
	return true;
}

/* `[150s] [if a=b] ` in front of a body. */
static bool parse_options(struct step *step, struct transcript_error *err)
{
	while (step->len > 0 && step->body[0] == '[') {
		const char *end = memchr(step->body, ']', step->len);
		size_t n;

		if (end == NULL)
			return fail(err, step->line, step->column,
				"expected ']' (a plain bracket is \\x5b)");
		n = (size_t)(end - step->body) - 1;
		if (!parse_limit(step->body + 1, n, &step->limit_ms) &&
			!condition_parse(step, step->body + 1, n))
			return fail(err, step->line, step->column,
				"expected [NNs], [NNms] or [if NAME=VALUE] (a "
				"plain bracket is \\x5b)");
		for (n += 2; n < step->len &&
			     (step->body[n] == ' ' || step->body[n] == '\t');)
			n++;
		step->body += n;
		step->len -= n;
		step->column += (unsigned)n;
	}
	return true;
}

/* With parameters in it, an action is checked when they are known. */
static bool check_action(const struct step *step, struct transcript_error *err)
{
	struct place at = {step->line, step->column};
	char text[ACTION_MAX + 1], wrong[400];
	struct do_line line;
	struct buf out;
	bool ok;

	if (memchr(step->body, '{', step->len) != NULL ||
		memchr(step->body, '\\', step->len) != NULL) {
		buf_init(&out, TRANSCRIPT_LINE_MAX);
		ok = expand(step->body, step->len, NULL, at, &out, err);
		buf_free(&out);
		return ok;
	}
	snprintf(text, sizeof(text), "%.*s", (int)step->len, step->body);
	if (step->len > ACTION_MAX && memcmp(text, "peer ", 5) != 0)
		return transcript_fail(err, step->line, step->column,
			"an action has at most %d bytes", ACTION_MAX);
	return do_parse(text, &line, wrong, sizeof(wrong)) ||
	       transcript_fail(err, step->line, step->column, "%s", wrong);
}

/* `@file …`, `@quiet`: sets the step's type, and cuts the word off. */
static bool parse_directive(struct step *step, bool sends, bool *found,
	struct transcript_error *err)
{
	const char *word, *args;
	size_t n;

	word = body_directive(step->body, step->len, &n, &args);
	*found = word != NULL;
	if (word == NULL)
		return true;
	if (sends && n == 4 && memcmp(word, "file", 4) == 0)
		step->type = STEP_SEND_FILE;
	else if (!sends && n == 5 && memcmp(word, "quiet", 5) == 0)
		step->type = STEP_QUIET;
	else if (n == 6 && memcmp(word, "masked", 6) == 0)
		return fail(err, step->line, step->column,
			"a mask stands for bytes that are not known: put "
			"@file here");
	else
		return transcript_fail(err, step->line, step->column,
			"expected %s or bytes (a plain '@' is \\x40)",
			sends ? "@file PATH" : "@quiet");
	step->len -= (size_t)(args - step->body);
	step->column += (unsigned)(args - step->body);
	step->body = args;
	return true;
}

static bool check_pattern(const struct step *step, struct transcript_error *err)
{
	struct place at = {step->line, step->column};
	struct pattern *p = pattern_new(step->body, step->len, NULL, at, err);

	pattern_free(p);
	return p != NULL;
}

static bool check_send(struct step *step, struct transcript_error *err)
{
	struct place at;
	struct buf out;
	bool ok, found;

	step->type = STEP_SEND;
	if (!parse_directive(step, true, &found, err))
		return false;
	at = (struct place){step->line, step->column};
	buf_init(&out, TRANSCRIPT_LINE_MAX);
	ok = found ? expand_file(step->body, step->len, NULL, at, &out, err)
		   : expand(step->body, step->len, NULL, at, &out, err);
	buf_free(&out);
	return ok;
}

/* An expectation: @quiet, or what its lane takes. */
static bool check_expect(
	struct step *step, enum step_type type, struct transcript_error *err)
{
	struct place at;
	bool found;

	step->type = type;
	if (!parse_directive(step, false, &found, err))
		return false;
	if (found)
		return step->len == 0 ||
		       fail(err, step->line, step->column,
			       "expected nothing behind @quiet");
	at = (struct place){step->line, step->column};
	if (type == STEP_EVIDENCE)
		return evidence_check(step->body, step->len, at, err);
	return check_pattern(step, err);
}

/* What a lane means in a scenario. *skip: nothing to do (NOTE). */
static bool check_step(
	struct step *step, bool *skip, struct transcript_error *err)
{
	*skip = false;
	switch (step->lane) {
	case LANE_AT_TX:
	case LANE_CON_TX:
		return check_send(step, err);
	case LANE_AT_RX:
	case LANE_CON_RX:
		return check_expect(step, STEP_EXPECT, err);
	case LANE_WHY:
		return check_expect(step, STEP_REASON, err);
	case LANE_BRK:
		return check_expect(step, STEP_EVIDENCE, err);
	case LANE_DO:
		step->type = STEP_ACTION;
		return check_action(step, err);
	case LANE_NOTE:
		*skip = true;
		return true;
	case LANE_PIN:
		return fail(err, step->line, step->column,
			"PIN lines cannot be expected or made yet");
	}
	return false;
}

static struct step *add_step(struct scenario *s)
{
	if (s->n_steps == s->cap_steps) {
		size_t cap = s->cap_steps ? 2 * s->cap_steps : 64;
		struct step *steps = realloc(s->steps, cap * sizeof(*steps));

		if (steps == NULL)
			return NULL;
		s->steps = steps;
		s->cap_steps = cap;
	}
	s->steps[s->n_steps] = (struct step){0};
	return &s->steps[s->n_steps++];
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct parser *p = arg;
	struct step *step = add_step(p->s);
	bool skip;

	if (step == NULL)
		return fail(err, rec->line, 1, "out of memory");
	for (; p->line < rec->line; p->line++)
		p->line_start = strchr(p->line_start, '\n') + 1;
	step->body = p->line_start + rec->column - 1;
	step->len = rec->len;
	step->lane = rec->lane;
	step->line = rec->line;
	step->column = rec->column;
	if (!parse_options(step, err) || !check_step(step, &skip, err))
		return false;
	if (skip)
		p->s->n_steps--;
	return true;
}

bool scenario_speaks_at(const struct scenario *s)
{
	for (size_t i = 0; i < s->n_steps; i++)
		if (s->steps[i].lane == LANE_AT_TX)
			return true;
	return false;
}

bool scenario_wants_broker(const struct scenario *s)
{
	return s->broker != NULL && strcmp(s->broker, "none") != 0;
}

/* ---- files ---- */

const char *scenario_line(const struct scenario *s, unsigned line, size_t *len)
{
	const char *p = s->text, *end = s->text + s->text_len, *lf;

	for (; line > 1 && p < end; line--) {
		lf = memchr(p, '\n', (size_t)(end - p));
		p = lf != NULL ? lf + 1 : end;
	}
	lf = memchr(p, '\n', (size_t)(end - p));
	*len = (size_t)((lf != NULL ? lf : end) - p);
	if (*len > 0 && p[*len - 1] == '\r')
		--*len;
	return p;
}

bool scenario_parse(struct scenario *s, const char *path, const char *text,
	size_t len, struct transcript_error *err)
{
	struct parser p = {.s = s};
	const struct transcript_handler handler = {on_header, on_record, &p};
	struct transcript_reader reader;
	bool ok;

	*s = (struct scenario){.path = strdup(path), .text = malloc(len + 1)};
	if (s->path == NULL || s->text == NULL) {
		scenario_free(s);
		return fail(err, 1, 1, "out of memory");
	}
	if (len > 0)
		memcpy(s->text, text, len);
	s->text[len] = '\0';
	s->text_len = len;
	p.line_start = s->text;
	p.line = 1;
	transcript_reader_init(&reader, &handler);
	ok = transcript_reader_feed(&reader, s->text, len, err) &&
	     transcript_reader_end(&reader, err);
	transcript_reader_free(&reader);
	if (ok && s->n_steps == 0)
		ok = fail(err, reader.number, 1, "expected records");
	for (size_t i = 0; ok && i < s->n_steps; i++)
		ok = condition_check(s, &s->steps[i], err);
	if (!ok)
		scenario_free(s);
	return ok;
}

static unsigned lines_of(const struct buf *text)
{
	unsigned n = 0;

	for (size_t i = 0; i < buf_len(text); i++)
		n += buf_data(text)[i] == '\n';
	return n;
}

bool scenario_load(
	struct scenario *s, const char *path, struct transcript_error *err)
{
	char chunk[4096];
	struct buf text;
	bool ok = true;
	size_t n;
	FILE *f = fopen(path, "re");

	*s = (struct scenario){0};
	if (f == NULL)
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	buf_init(&text, SCENARIO_MAX);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = buf_add(&text, chunk, n);
	if (ferror(f))
		ok = transcript_fail(err, 0, 0, "%s", strerror(errno));
	else if (!ok)
		transcript_fail(err, lines_of(&text) + 1, 1,
			"expected at most %zu bytes", SCENARIO_MAX);
	fclose(f);
	ok = ok && scenario_parse(s, path, (const char *)buf_data(&text),
			   buf_len(&text), err);
	buf_free(&text);
	return ok;
}

/* Is this a word of its own in a sentence? */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = strstr(text, word); p != NULL;
		p = strstr(p + 1, word))
		if ((p == text || strchr(" ,;:(", p[-1]) != NULL) &&
			(p[n] == '\0' || strchr(" ,;:.)", p[n]) != NULL))
			return true;
	return false;
}

bool scenario_grade(const struct scenario *s, enum grade *grade)
{
	for (int g = GRADE_ASM; s->source != NULL && g >= GRADE_CAP; g--)
		if (has_word(s->source, grade_name((enum grade)g))) {
			*grade = (enum grade)g;
			return true;
		}
	return false;
}

void scenario_free(struct scenario *s)
{
	for (size_t i = 0; i < s->n_cases; i++) {
		free(s->cases[i].name);
		vars_free(&s->cases[i].vars);
	}
	free(s->cases);
	free(s->steps);
	free(s->path);
	free(s->title);
	free(s->source);
	free(s->profile);
	free(s->emulator);
	free(s->broker);
	free(s->needs);
	free(s->firmware);
	free(s->peers);
	free(s->text);
	*s = (struct scenario){0};
}
