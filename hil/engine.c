#include "hil/engine_steps.h"

#include <stdlib.h>

/* How long the end of a scenario listens for bytes nobody expected. */
#define SETTLE_MS 20
/* Silence behind an answer that nobody expected. */
#define GAP_MS 200

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
	buf_init(&e->at_in, ENGINE_INBOX_MAX);
	buf_init(&e->con_in, ENGINE_INBOX_MAX);
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

/* ---- the run ---- */

/*
 * Observing, and the modem did otherwise: wait until it has answered, then
 * on_deadline() goes on with the next line that acts.
 */
static void depart(struct engine *e)
{
	e->loose = e->departed = true;
	timer_set_us(e->clk, &e->deadline,
		looks_answered(&e->at_in) ? GAP_MS * 1000
					  : ENGINE_DEPARTED_MS * 1000);
}

void engine_finish(struct engine *e, enum verdict verdict)
{
	if (verdict == VERDICT_FAIL && e->observing) {
		depart(e);
		return;
	}
	timer_del(e->clk, &e->deadline);
	e->verdict = verdict;
	e->link.done(e->link.arg);
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
	const struct step modem = {.lane = LANE_AT_RX, .line = last->line};
	const struct step console = {.lane = LANE_CON_RX, .line = last->line};
	struct match m = {0};

	if (e->scenario->trailing_any) {
		engine_finish(e, VERDICT_PASS);
	} else if (engine_is_left(e, &modem)) {
		engine_differs(
			e, &modem, &m, "bytes are left that no line expected");
	} else if (engine_is_left(e, &console)) {
		engine_differs(e, &console, &m,
			"the firmware's console said more than any line "
			"expected");
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
		if (engine_take_step(e, step))
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
		engine_finish(e, VERDICT_PASS);
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
		engine_finish(e, VERDICT_PASS);
		return;
	}
	in = engine_inbox(e, step->lane);
	switch (step->type) {
	case STEP_EXPECT:
		/* A class at the end takes what it has. */
		if (pattern_match(e->pattern, buf_data(in), buf_len(in), true,
			    &m) != MATCH_YES) {
			engine_differs(e, step, &m,
				step->lane == LANE_CON_RX
					? "the firmware's console said nothing "
					  "more in time"
					: "the modem sent nothing more in "
					  "time");
			return;
		}
		if (!engine_take_match(e, step, &m))
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
		failure_texts(&e->report, engine_texts(e, step->lane));
		failure_reasons(&e->report, &e->why);
		engine_finish(e, VERDICT_FAIL);
		return;
	case STEP_ACTION:
		failure_head(&e->report, e->scenario, step,
			"the action did not end in time");
		engine_finish(e, VERDICT_ERROR);
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
	if (!buf_add(engine_inbox(e, lane), data, len)) {
		engine_lost(e, "more than 1 MiB came that no line expected");
		return;
	}
	if (e->loose)
		depart(e);
	proceed(e);
}

void engine_text(struct engine *e, enum lane lane, const char *text)
{
	struct texts *t = engine_texts(e, lane);

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
		engine_finish(e, VERDICT_ERROR);
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
	engine_finish(e, VERDICT_ERROR);
}
