#include "hil/explain_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/loop.h"

/* How long a step may take; the modem's own time-outs are sped up. */
#define STEP_MS 9000
/* How long a reason may come behind its error: it takes another way. */
#define REASON_MS 1000
/* Longest line kept; no result is as long. */
#define KEPT_MAX 4096

enum state {
	STATE_START,
	STATE_FINAL,  /* waiting for a final result */
	STATE_RESULT, /* for `+QSSLOPEN: …`, or a URC */
	STATE_REASON, /* for the reasons of what failed */
	STATE_OVER,
};

static void end(struct trial_run *r, enum trial_outcome outcome)
{
	if (r->state == STATE_OVER)
		return;
	r->state = STATE_OVER;
	r->result->outcome = outcome;
	if (outcome == TRIAL_REPRODUCES)
		snprintf(r->result->reason, sizeof(r->result->reason), "%s",
			r->about_reason);
	timer_del(r->clk, &r->timer);
	timer_set_us(r->clk, &r->turn, 0);
}

static struct script_step *current(struct trial_run *r)
{
	return &r->script.steps[r->at];
}

/* ---- judging ---- */

static const char *final_text(enum final final, int code, char *text, size_t n)
{
	static const char *const names[] = {"no answer", "OK", "ERROR",
		"+CME ERROR", "+CMS ERROR", "CONNECT", "SEND OK", "SEND FAIL",
		"NO CARRIER"};

	if (final == FINAL_CME || final == FINAL_CMS)
		snprintf(text, n, "%s: %d", names[final], code);
	else
		snprintf(text, n, "%s", names[final]);
	return text;
}

/* Where it went another way, in words. */
static void tell_difference(struct trial_run *r)
{
	const struct script_step *step = current(r);
	unsigned line = step->exchange == NO_EXCHANGE
				? 0
				: r->dialogue->exchanges[step->exchange].line;
	char got[40], want[40];

	if (step->exchange == NO_EXCHANGE)
		snprintf(r->result->text, sizeof(r->result->text),
			"%.60s was answered with %s: %.120s", step->command,
			final_text(r->final, r->code, got, sizeof(got)),
			r->reason);
	else if (r->final != step->want || r->code != step->want_code)
		snprintf(r->result->text, sizeof(r->result->text),
			"line %u: %s, recorded %s", line,
			final_text(r->final, r->code, got, sizeof(got)),
			final_text(step->want, step->want_code, want,
				sizeof(want)));
	else if (r->has_result)
		snprintf(r->result->text, sizeof(r->result->text),
			"line %u: %s%d, recorded %d", line, step->result_name,
			r->got_result, step->result);
	else
		snprintf(r->result->text, sizeof(r->result->text),
			"line %u: no %s", line, step->result_name);
	r->result->text[strcspn(r->result->text, "\r")] = '\0';
}

static bool step_agrees(struct trial_run *r)
{
	const struct script_step *step = current(r);

	if (!step->judged)
		return true;
	return r->final == step->want && r->code == step->want_code &&
	       (!step->want_result ||
		       (r->has_result && r->got_result == step->result));
}

static void begin_step(struct trial_run *r);

static void judge(struct trial_run *r)
{
	const struct script_step *step = current(r);
	bool about = step->exchange == r->about;

	if (about)
		snprintf(r->about_reason, sizeof(r->about_reason), "%s",
			r->reason);
	if (r->policy && (about || !step_agrees(r))) {
		/* Ours, not a modem's: it proves nothing. */
		snprintf(r->result->text, sizeof(r->result->text),
			"only the emulator's policy refuses it: %.180s",
			r->reason);
		end(r, TRIAL_NOT_TRIED);
	} else if (r->unmodelled && about) {
		snprintf(r->result->text, sizeof(r->result->text),
			"not modelled: %.200s", r->reason);
		end(r, TRIAL_NOT_TRIED);
	} else if (about && r->about_result && !step->want_result) {
		snprintf(r->result->text, sizeof(r->result->text),
			"its result is not one that is compared");
		end(r, TRIAL_NOT_TRIED);
	} else if (!step_agrees(r) && !r->unmodelled) {
		tell_difference(r);
		end(r, step->exchange == NO_EXCHANGE ? TRIAL_NOT_TRIED
						     : TRIAL_DIFFERS);
	} else if (r->at + 1 == r->script.n) {
		end(r, TRIAL_REPRODUCES);
	} else {
		r->at++;
		begin_step(r);
	}
}

/* The step is through: wait for the reasons of its errors, then judge. */
static void finish_step(struct trial_run *r)
{
	r->state = STATE_REASON;
	timer_del(r->clk, &r->timer);
	if (r->reasons >= r->errors)
		judge(r);
	else
		timer_set(r->clk, &r->timer, TIMER_WINDOW, REASON_MS);
}

static void on_timer(void *arg)
{
	struct trial_run *r = arg;

	if (r->state == STATE_REASON)
		judge(r);
	else
		finish_step(r);
}

/* ---- the dialogue ---- */

static void begin_step(struct trial_run *r)
{
	const struct script_step *step = current(r);

	r->state = STATE_FINAL;
	r->final = FINAL_NONE;
	r->code = NO_CODE;
	r->has_result = r->has_urc = r->policy = r->unmodelled = false;
	r->errors = r->reasons = 0;
	r->reason[0] = '\0';
	timer_set(r->clk, &r->timer, TIMER_WINDOW, STEP_MS);
	rig_send(r->rig, LANE_AT_TX, step->command, strlen(step->command));
}

static void take_final(struct trial_run *r, enum final final, int code)
{
	const struct script_step *step = current(r);

	if (r->state != STATE_FINAL)
		return;
	r->final = final;
	r->code = code;
	r->errors += final != FINAL_OK && final != FINAL_SEND_OK;
	if ((final == FINAL_OK && step->want_result && !r->has_result) ||
		(final == FINAL_SEND_OK && step->urc[0] && !r->has_urc))
		r->state = STATE_RESULT;
	else
		finish_step(r);
}

static void take_line(struct trial_run *r, const char *s)
{
	const struct script_step *step = current(r);
	size_t n = strlen(step->result_name);
	enum final final;
	int code;

	if (r->state != STATE_FINAL && r->state != STATE_RESULT)
		return;
	if (n > 0 && strncmp(s, step->result_name, n) == 0) {
		r->got_result = (int)strtol(s + n, NULL, 10);
		r->has_result = true;
		/* QIGETERROR repeats an error that had its reason. */
		r->errors += r->got_result != 0 &&
			     strncmp(s, "+QIGETERROR", 11) != 0;
		if (r->state == STATE_RESULT)
			finish_step(r);
	} else if (step->urc[0] != '\0' && strcmp(s, step->urc) == 0) {
		r->has_urc = true;
		if (r->state == STATE_RESULT)
			finish_step(r);
	} else if (strcmp(s, "CONNECT") == 0 && step->data != NULL) {
		rig_send(r->rig, LANE_AT_TX, step->data, step->data_len);
	} else if (strcmp(s, "CONNECT") == 0) {
		take_final(r, FINAL_CONNECT, NO_CODE);
	} else if (final_parse(s, &final, &code)) {
		take_final(r, final, code);
	}
}

static void on_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct trial_run *r = arg;
	const char *s = data;

	(void)lane;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\r' || s[i] == '\n') {
			if (buf_len(&r->line) > 0 && buf_cstr(&r->line) != NULL)
				take_line(r, buf_cstr(&r->line));
			buf_reset(&r->line);
			continue;
		}
		if (!buf_addc(&r->line, (uint8_t)s[i]))
			buf_reset(&r->line);
		/* A prompt has no line end. */
		if (r->state == STATE_FINAL && buf_len(&r->line) == 2 &&
			memcmp(buf_data(&r->line), "> ", 2) == 0 &&
			current(r)->data != NULL)
			rig_send(r->rig, LANE_AT_TX, current(r)->data,
				current(r)->data_len);
	}
}

static void on_text(void *arg, enum lane lane, const char *text)
{
	struct trial_run *r = arg;

	if (lane != LANE_WHY || r->state == STATE_START ||
		r->state == STATE_OVER)
		return;
	r->reasons++;
	snprintf(r->reason, sizeof(r->reason), "%s", text);
	r->policy = r->policy || strstr(text, "[policy]") != NULL;
	r->unmodelled = r->unmodelled ||
			strstr(text, "not in the command tables") != NULL ||
			strstr(text, "not modelled") != NULL;
	if (r->state == STATE_REASON && r->reasons >= r->errors) {
		timer_del(r->clk, &r->timer);
		judge(r);
	}
}

/* ---- the life of a trial ---- */

static void on_ready(void *arg)
{
	struct trial_run *r = arg;

	begin_step(r);
}

static void on_acted(void *arg, const char *error)
{
	(void)arg;
	(void)error;
}

static void on_lost(void *arg, const char *reason)
{
	struct trial_run *r = arg;

	if (r->state == STATE_OVER)
		return;
	snprintf(r->result->text, sizeof(r->result->text), "%.230s", reason);
	end(r, TRIAL_NOT_TRIED);
}

static void on_stopped(void *arg)
{
	struct trial_run *r = arg;

	r->stopped = true;
	timer_set_us(r->clk, &r->turn, 0);
}

static void on_turn(void *arg)
{
	struct trial_run *r = arg;

	if (r->rig == NULL || r->stopped) {
		rig_free(r->rig);
		r->rig = NULL;
		r->over(r->arg, r);
	} else if (!r->stopping) {
		r->stopping = true;
		rig_stop(r->rig);
	}
}

void trial_run_start(struct trial_run *r, const struct rig_opts *opts)
{
	struct rig_events events = {on_ready, on_bytes, on_text, NULL, on_acted,
		on_lost, on_stopped, r};

	r->clk = loop_clock(opts->loop);
	timer_init(&r->timer, on_timer, r);
	timer_init(&r->turn, on_turn, r);
	buf_init(&r->line, KEPT_MAX);
	r->scenario.path = r->tmp;
	r->scenario.emulator = r->emulator_words;
	r->scenario.broker = r->broker_words;
	r->scenario.profile = r->profile[0] ? r->profile : NULL;
	r->rig = rig_modem_new(opts, &r->scenario, &r->vars, r->tmp, &events);
	if (r->rig == NULL)
		on_lost(r, "out of memory");
	else
		rig_start(r->rig);
}

void trial_run_free(struct trial_run *r)
{
	if (r->clk != NULL) {
		timer_del(r->clk, &r->timer);
		timer_del(r->clk, &r->turn);
	}
	rig_free(r->rig);
	r->rig = NULL;
	script_free(&r->script);
	vars_free(&r->vars);
	buf_free(&r->line);
}
