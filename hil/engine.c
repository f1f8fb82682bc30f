#include "hil/engine.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "hil/actions.h"
#include "hil/evidence.h"
#include "hil/expand.h"
#include "hil/failure.h"
#include "hil/match.h"

#define DEADLINE_MS 5000
#define ACTION_MS   15000
/* `@quiet` without a time. */
#define QUIET_MS 200
/* How long the end of a scenario listens for bytes nobody expected. */
#define SETTLE_MS 20
/* Silence behind an answer that nobody expected. */
#define GAP_MS 200
/* What is waited for without a limit of its own, once one did not come. */
#define DEPARTED_MS 500
#define INBOX_MAX   ((size_t)1 << 20)

struct engine {
	const struct scenario *scenario;
	struct vars *vars;
	struct clock *clk;
	struct engine_link link;
	struct timer deadline;
	size_t at; /* the step we are in */
	bool begun;
	bool running;
	bool observing, loose, departed;
	struct pattern *pattern;
	struct buf at_in, con_in;
	struct texts why, brk;
	enum verdict verdict;
	struct buf report;
	unsigned unobserved;
};

static void on_deadline(void *arg);

struct engine *engine_new(const struct scenario *scenario, struct vars *vars,
	struct clock *clk, const struct engine_link *link)
{
	struct engine *e = calloc(1, sizeof(*e));

	if (e == NULL)
		return NULL;
	e->scenario = scenario;
	e->vars = vars;
	e->clk = clk;
	e->link = *link;
	timer_init(&e->deadline, on_deadline, e);
	buf_init(&e->at_in, INBOX_MAX);
	buf_init(&e->con_in, INBOX_MAX);
	buf_init(&e->report, 65536);
	return e;
}

void engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	timer_del(e->clk, &e->deadline);
	pattern_free(e->pattern);
	buf_free(&e->at_in);
	buf_free(&e->con_in);
	buf_free(&e->report);
	texts_free(&e->why);
	texts_free(&e->brk);
	free(e);
}

enum verdict engine_verdict(const struct engine *e)
{
	return e->verdict;
}

const char *engine_report(struct engine *e)
{
	const char *text = buf_cstr(&e->report);

	return text != NULL ? text : "";
}

unsigned engine_unobserved(const struct engine *e)
{
	return e->unobserved;
}

/* ---- verdicts and reports ---- */

/*
 * Observing, and the modem did otherwise: wait until it has answered, then
 * on_deadline() goes on with the next line that acts.
 */
static void depart(struct engine *e)
{
	e->loose = e->departed = true;
	timer_set_us(e->clk, &e->deadline,
		looks_answered(&e->at_in) ? GAP_MS * 1000 : DEPARTED_MS * 1000);
}

static void finish(struct engine *e, enum verdict verdict)
{
	if (verdict == VERDICT_FAIL && e->observing) {
		depart(e);
		return;
	}
	timer_del(e->clk, &e->deadline);
	e->verdict = verdict;
	e->link.done(e->link.arg);
}

static struct place step_place(const struct step *step)
{
	return (struct place){step->line, step->column};
}

static struct buf *inbox(struct engine *e, enum lane lane)
{
	return lane == LANE_CON_RX ? &e->con_in : &e->at_in;
}

/* NULL for a lane of bytes. */
static struct texts *lane_texts(struct engine *e, enum lane lane)
{
	return lane == LANE_WHY ? &e->why : lane == LANE_BRK ? &e->brk : NULL;
}

static void report_difference(struct engine *e, const struct step *step,
	const struct match *m, const char *what)
{
	failure_head(&e->report, e->scenario, step, what);
	failure_bytes(&e->report, e->pattern, inbox(e, step->lane), m->reached);
	failure_reasons(&e->report, &e->why);
	finish(e, VERDICT_FAIL);
}

static void fail_scenario(struct engine *e, const struct transcript_error *err)
{
	buf_printf(&e->report, "%s:%u:%u: %s\n", e->scenario->path, err->line,
		err->column, err->text);
	finish(e, VERDICT_ERROR);
}

/* ---- steps: each returns true when it is done ---- */

static void arm(struct engine *e, const struct step *step, unsigned standard)
{
	if (e->begun)
		return;
	e->begun = true;
	if (e->departed && step->type == STEP_EXPECT && standard > DEPARTED_MS)
		standard = DEPARTED_MS;
	/* The modem's --speed is not ours. */
	timer_set_us(e->clk, &e->deadline,
		(uint64_t)(step->limit_ms ? step->limit_ms : standard) * 1000);
}

static bool step_send(struct engine *e, const struct step *step)
{
	struct transcript_error err;
	struct buf out;
	bool ok;

	buf_init(&out, INBOX_MAX);
	if (step->type == STEP_SEND_FILE)
		ok = expand_file(step->body, step->len, e->vars,
			step_place(step), &out, &err);
	else
		ok = expand(step->body, step->len, e->vars, step_place(step),
			&out, &err);
	if (ok)
		e->link.send(
			e->link.arg, step->lane, buf_data(&out), buf_len(&out));
	else
		fail_scenario(e, &err);
	buf_free(&out);
	return ok;
}

static bool compile_step(struct engine *e, const struct step *step)
{
	struct transcript_error err;

	if (e->pattern != NULL)
		return true;
	e->pattern = pattern_new(
		step->body, step->len, e->vars, step_place(step), &err);
	if (e->pattern == NULL)
		fail_scenario(e, &err);
	return e->pattern != NULL;
}

static bool take_match(
	struct engine *e, const struct step *step, const struct match *m)
{
	struct buf *in = inbox(e, step->lane);

	if (!pattern_capture(e->pattern, buf_data(in), e->vars)) {
		failure_head(&e->report, e->scenario, step, "out of memory");
		finish(e, VERDICT_ERROR);
		return false;
	}
	buf_consume(in, m->used);
	return true;
}

/*
 * A console's answers are "+ok" and "+err" lines. A line with '#' in front is
 * a note to the person who reads: how often a firmware has one (a second pulse
 * on PWRKEY, say) depends on the machine's load, so one that no expectation
 * asks for is passed over. Returns true when `in` has been changed or waits for
 * the rest of a note.
 */
static bool pass_note(struct engine *e, const struct step *step)
{
	struct buf *in = inbox(e, step->lane);
	const uint8_t *p = buf_data(in);
	const uint8_t *end;

	if (step->lane != LANE_CON_RX || buf_len(in) == 0 || p[0] != '#')
		return false;
	end = memchr(p, '\n', buf_len(in));
	if (end == NULL)
		return true;
	buf_consume(in, (size_t)(end - p) + 1);
	return true;
}

static bool step_expect(struct engine *e, const struct step *step)
{
	const struct buf *in = inbox(e, step->lane);
	size_t before;
	enum match_result result;
	struct match m;

	if (!compile_step(e, step))
		return false;
	arm(e, step, DEADLINE_MS);
	do {
		before = buf_len(in);
		result = pattern_match(
			e->pattern, buf_data(in), buf_len(in), false, &m);
		if (result == MATCH_YES)
			return take_match(e, step, &m);
		if (result != MATCH_NO)
			return false;
		if (!pass_note(e, step)) {
			report_difference(
				e, step, &m, "the modem sent other bytes");
			return false;
		}
	} while (buf_len(in) < before);
	return false;
}

static bool step_quiet(struct engine *e, const struct step *step)
{
	struct texts *t = lane_texts(e, step->lane);
	struct match m = {0};

	arm(e, step, QUIET_MS);
	if (t != NULL && t->cursor < t->n) {
		failure_head(&e->report, e->scenario, step,
			"a record came where none was expected");
		failure_texts(&e->report, t);
		finish(e, VERDICT_FAIL);
	} else if (t == NULL && buf_len(inbox(e, step->lane)) > 0) {
		report_difference(
			e, step, &m, "bytes came where none were expected");
	}
	return false;
}

static bool reason_holds(struct engine *e, const char *text)
{
	size_t len = strlen(text);
	struct match m;

	for (size_t i = 0; i <= len; i++)
		if (pattern_match(e->pattern, text + i, len - i, true, &m) ==
			MATCH_YES)
			return pattern_capture(e->pattern, text + i, e->vars);
	return false;
}

static bool step_reason(struct engine *e, const struct step *step)
{
	struct texts *t = &e->why;

	if (!compile_step(e, step))
		return false;
	arm(e, step, DEADLINE_MS);
	for (size_t i = t->cursor; i < t->n; i++)
		if (reason_holds(e, t->list[i])) {
			t->cursor = i + 1;
			return true;
		}
	return false;
}

static bool step_evidence(struct engine *e, const struct step *step)
{
	struct texts *t = &e->brk;
	struct transcript_error err;
	struct buf why;
	bool holds;

	arm(e, step, DEADLINE_MS);
	if (t->cursor == t->n)
		return false;
	buf_init(&why, 8192);
	if (!evidence_match(step->body, step->len, e->vars, step_place(step),
		    t->list[t->cursor], &holds, &why, &err)) {
		fail_scenario(e, &err);
		holds = false;
	} else if (!holds) {
		failure_head(&e->report, e->scenario, step,
			"the broker saw something else");
		buf_printf(&e->report, "     got | %s\n", buf_cstr(&why));
		failure_reasons(&e->report, &e->why);
		finish(e, VERDICT_FAIL);
	}
	buf_free(&why);
	t->cursor += holds;
	return holds;
}

static void begin_action(
	struct engine *e, const struct step *step, const char *text)
{
	char wrong[400];
	struct do_line line;

	if (!do_parse(text, &line, wrong, sizeof(wrong))) {
		failure_head(&e->report, e->scenario, step, wrong);
		finish(e, VERDICT_ERROR);
		return;
	}
	arm(e, step, (unsigned)(ACTION_MS + line.ms));
	e->link.act(e->link.arg, text);
}

static bool step_action(struct engine *e, const struct step *step)
{
	struct transcript_error err;
	struct buf text;

	if (e->begun)
		return false;
	buf_init(&text, TRANSCRIPT_LINE_MAX);
	/* What a peer says stays escaped: it is the rig's to read. */
	if (step->len > 5 && memcmp(step->body, "peer ", 5) == 0)
		buf_add(&text, step->body, step->len);
	else if (!expand(step->body, step->len, e->vars, step_place(step),
			 &text, &err)) {
		fail_scenario(e, &err);
		buf_free(&text);
		return false;
	}
	if (buf_cstr(&text) != NULL)
		begin_action(e, step, buf_cstr(&text));
	buf_free(&text);
	return false;
}

/* ---- the run ---- */

static bool is_wanted(struct engine *e, const struct step *step, bool *wanted)
{
	if (step_is_wanted(step, e->vars, wanted))
		return true;
	failure_head(&e->report, e->scenario, step,
		"no parameter has the name in [if …]");
	finish(e, VERDICT_ERROR);
	return false;
}

static bool take_step(struct engine *e, const struct step *step)
{
	bool wanted;

	if (!e->begun && !is_wanted(e, step, &wanted))
		return false;
	if (!e->begun && !wanted)
		return true;
	/* Reasons are not judged, so nothing waits for them. */
	if (e->observing && step->lane == LANE_WHY)
		return true;
	if (lane_texts(e, step->lane) != NULL &&
		!e->link.observes(e->link.arg, step->lane)) {
		e->unobserved++;
		return true;
	}
	switch (step->type) {
	case STEP_SEND:
	case STEP_SEND_FILE:
		return step_send(e, step);
	case STEP_EXPECT:
		return step_expect(e, step);
	case STEP_QUIET:
		return step_quiet(e, step);
	case STEP_REASON:
		return step_reason(e, step);
	case STEP_EVIDENCE:
		return step_evidence(e, step);
	case STEP_ACTION:
		return step_action(e, step);
	}
	return false;
}

static void next_step(struct engine *e)
{
	timer_del(e->clk, &e->deadline);
	pattern_free(e->pattern);
	e->pattern = NULL;
	e->begun = false;
	e->at++;
}

static const struct step *current(const struct engine *e)
{
	return e->at < e->scenario->n_steps ? &e->scenario->steps[e->at] : NULL;
}

/* Behind the last step: listen a moment for bytes that nobody expected. */
static void at_end(struct engine *e)
{
	const struct step *last = &e->scenario->steps[e->at - 1];
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it has steps */
	struct step there = {.lane = LANE_AT_RX, .line = last->line};
	struct match m = {0};

	if (e->scenario->trailing_any) {
		finish(e, VERDICT_PASS);
	} else if (buf_len(&e->at_in) > 0) {
		report_difference(
			e, &there, &m, "bytes are left that no line expected");
	} else if (!e->begun) {
		e->begun = true;
		timer_set_us(e->clk, &e->deadline, SETTLE_MS * 1000);
	}
}

/* Take steps until one waits. Calls into it while it runs only add input. */
static void proceed(struct engine *e)
{
	if (e->running || e->loose)
		return;
	e->running = true;
	while (e->verdict == VERDICT_NONE && !e->loose) {
		const struct step *step = current(e);
		size_t at = e->at;

		if (step == NULL) {
			at_end(e);
			break;
		}
		if (take_step(e, step))
			next_step(e);
		else if (e->at == at)
			break; /* it waits; an action may end at once */
	}
	e->running = false;
}

static void resume(struct engine *e)
{
	const struct step *step;

	e->loose = false;
	buf_reset(&e->at_in);
	buf_reset(&e->con_in);
	next_step(e);
	while ((step = current(e)) != NULL && step->type != STEP_SEND &&
		step->type != STEP_SEND_FILE && step->type != STEP_ACTION)
		next_step(e);
	if (step != NULL)
		proceed(e);
	else
		finish(e, VERDICT_PASS);
}

static void on_deadline(void *arg)
{
	struct engine *e = arg;
	const struct step *step = current(e);
	const struct buf *in;
	struct match m = {0};

	if (step != NULL && e->loose) {
		resume(e);
		return;
	}
	if (step == NULL) {
		finish(e, VERDICT_PASS);
		return;
	}
	in = inbox(e, step->lane);
	switch (step->type) {
	case STEP_EXPECT:
		/* A class at the end takes what it has. */
		if (pattern_match(e->pattern, buf_data(in), buf_len(in), true,
			    &m) != MATCH_YES) {
			report_difference(e, step, &m,
				"the modem sent nothing more in time");
			return;
		}
		if (!take_match(e, step, &m))
			return;
		break;
	case STEP_QUIET:
		break;
	case STEP_REASON:
	case STEP_EVIDENCE:
		failure_head(&e->report, e->scenario, step,
			step->type == STEP_REASON
				? "no such reason came in time"
				: "no evidence came in time");
		failure_texts(&e->report, lane_texts(e, step->lane));
		failure_reasons(&e->report, &e->why);
		finish(e, VERDICT_FAIL);
		return;
	case STEP_ACTION:
		failure_head(&e->report, e->scenario, step,
			"the action did not end in time");
		finish(e, VERDICT_ERROR);
		return;
	case STEP_SEND:
	case STEP_SEND_FILE:
		return;
	}
	next_step(e);
	proceed(e);
}

void engine_observe(struct engine *e, bool on)
{
	e->observing = on;
}

void engine_start(struct engine *e)
{
	proceed(e);
}

void engine_bytes(
	struct engine *e, enum lane lane, const void *data, size_t len)
{
	if (e->verdict != VERDICT_NONE)
		return;
	if (!buf_add(inbox(e, lane), data, len)) {
		engine_lost(e, "more than 1 MiB came that no line expected");
		return;
	}
	if (e->loose)
		depart(e);
	proceed(e);
}

void engine_text(struct engine *e, enum lane lane, const char *text)
{
	struct texts *t = lane_texts(e, lane);

	if (e->verdict != VERDICT_NONE)
		return;
	if (texts_add(t, text))
		proceed(e);
	else
		engine_lost(e, "too many records to keep");
}

void engine_acted(struct engine *e, const char *error)
{
	const struct step *step = current(e);

	if (e->verdict != VERDICT_NONE || step == NULL ||
		step->type != STEP_ACTION || !e->begun)
		return;
	if (error != NULL) {
		failure_head(&e->report, e->scenario, step, error);
		finish(e, VERDICT_ERROR);
		return;
	}
	next_step(e);
	proceed(e);
}

void engine_lost(struct engine *e, const char *reason)
{
	const struct step *step = current(e);

	if (e->verdict != VERDICT_NONE)
		return;
	if (step != NULL)
		failure_head(&e->report, e->scenario, step, reason);
	else
		buf_printf(&e->report, "%s\n", reason);
	failure_reasons(&e->report, &e->why);
	finish(e, VERDICT_ERROR);
}
