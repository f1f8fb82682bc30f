#include "hil/engine_steps.h"

#include <string.h>

#include "hil/actions.h"
#include "hil/condition.h"
#include "hil/evidence.h"
#include "hil/expand.h"

#define DEADLINE_MS 5000
#define ACTION_MS   15000
/* `@quiet` without a time. */
#define QUIET_MS 200

static struct place step_place(const struct step *step)
{
	return (struct place){step->line, step->column};
}

struct buf *engine_inbox(struct engine *e, enum lane lane)
{
	return lane == LANE_CON_RX ? &e->con_in : &e->at_in;
}

struct texts *engine_texts(struct engine *e, enum lane lane)
{
	return lane == LANE_WHY ? &e->why : lane == LANE_BRK ? &e->brk : NULL;
}

void engine_differs(struct engine *e, const struct step *step,
	const struct match *m, const char *what)
{
	failure_head(&e->report, e->scenario, step, what);
	failure_bytes(&e->report, e->pattern, engine_inbox(e, step->lane),
		m->reached);
	failure_reasons(&e->report, &e->why);
	engine_finish(e, VERDICT_FAIL);
}

static void fail_scenario(struct engine *e, const struct transcript_error *err)
{
	buf_printf(&e->report, "%s:%u:%u: %s\n", e->scenario->path, err->line,
		err->column, err->text);
	engine_finish(e, VERDICT_ERROR);
}

/* ---- steps: each returns true when it is done ---- */

static void arm(struct engine *e, const struct step *step, unsigned standard)
{
	if (e->begun)
		return;
	e->begun = true;
	if (e->departed && step->type == STEP_EXPECT &&
		standard > ENGINE_DEPARTED_MS)
		standard = ENGINE_DEPARTED_MS;
	/* The modem's --speed is not ours. */
	timer_set_us(e->clk, &e->deadline,
		(uint64_t)(step->limit_ms ? step->limit_ms : standard) * 1000);
}

static bool step_send(struct engine *e, const struct step *step)
{
	struct transcript_error err;
	struct buf out;
	bool ok;

	buf_init(&out, ENGINE_INBOX_MAX);
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

bool engine_take_match(
	struct engine *e, const struct step *step, const struct match *m)
{
	struct buf *in = engine_inbox(e, step->lane);

	if (!pattern_capture(e->pattern, buf_data(in), e->vars)) {
		failure_head(&e->report, e->scenario, step, "out of memory");
		engine_finish(e, VERDICT_ERROR);
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
	struct buf *in = engine_inbox(e, step->lane);
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

bool engine_is_left(struct engine *e, const struct step *step)
{
	const struct buf *in = engine_inbox(e, step->lane);
	size_t before;

	do {
		before = buf_len(in);
		if (before > 0 && !pass_note(e, step))
			return true;
	} while (buf_len(in) < before);
	return false;
}

static bool step_expect(struct engine *e, const struct step *step)
{
	const struct buf *in = engine_inbox(e, step->lane);
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
			return engine_take_match(e, step, &m);
		if (result != MATCH_NO)
			return false;
		if (!pass_note(e, step)) {
			engine_differs(e, step, &m,
				step->lane == LANE_CON_RX
					? "the firmware's console said "
					  "something else"
					: "the modem sent other bytes");
			return false;
		}
	} while (buf_len(in) < before);
	return false;
}

static bool step_quiet(struct engine *e, const struct step *step)
{
	struct texts *t = engine_texts(e, step->lane);
	struct match m = {0};

	arm(e, step, QUIET_MS);
	if (t != NULL && t->cursor < t->n) {
		failure_head(&e->report, e->scenario, step,
			"a record came where none was expected");
		failure_texts(&e->report, t);
		engine_finish(e, VERDICT_FAIL);
	} else if (t == NULL && engine_is_left(e, step)) {
		engine_differs(
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
		engine_finish(e, VERDICT_FAIL);
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
		engine_finish(e, VERDICT_ERROR);
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

static bool is_wanted(struct engine *e, const struct step *step, bool *wanted)
{
	if (step_is_wanted(step, e->vars, wanted))
		return true;
	failure_head(&e->report, e->scenario, step,
		"no parameter has the name in [if …]");
	engine_finish(e, VERDICT_ERROR);
	return false;
}

bool engine_take_step(struct engine *e, const struct step *step)
{
	bool wanted;

	if (!e->begun && !is_wanted(e, step, &wanted))
		return false;
	if (!e->begun && !wanted)
		return true;
	/* Reasons are not judged, so nothing waits for them. */
	if (e->observing && step->lane == LANE_WHY)
		return true;
	if (engine_texts(e, step->lane) != NULL &&
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
