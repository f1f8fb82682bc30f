#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "replay_show.h"
#include "script.h"

/* So many steps on, a line that departs is looked for. */
#define AHEAD_MAX 32

/* What the modem will say, or do with STATUS. */
struct due {
	TAILQ_ENTRY(due) entry;
	uint64_t at_us;
	const struct script_out *out;
};

TAILQ_HEAD(due_list, due);

struct replay {
	struct replay_opts opts;
	const struct script *script;
	size_t step; /* the one that is waited for */
	size_t pos;  /* of its bytes that have come */
	/* The first that was passed over, up to `step`; 0: none was. */
	size_t passed;
	bool begun, running, left;
	unsigned departures;

	/* The line, or data, that is not what was recorded. */
	bool departing, skip_lf;
	struct buf came;
	struct replay_show *show;
	size_t first_wrong;

	/* Each keeps its order; what is unsolicited floats. */
	struct due_list answers, urcs;
	struct timer answer_timer, urc_timer;
};

/* The step that is waited for; NULL: the recording is over. */
static const struct script_step *expected(const struct replay *r)
{
	return r->step < r->script->n_steps ? &r->script->steps[r->step] : NULL;
}

/* ---- what the modem says ---- */

static void say(struct replay *r, const void *data, size_t len)
{
	trace_bytes(r->opts.trace, LANE_AT_RX, data, len);
	r->opts.output(r->opts.arg, data, len);
}

static void play(struct replay *r, const struct script_out *out)
{
	bool changed = out->is_status && out->running != r->running;

	if (out->len > 0) {
		const uint8_t *text = script_bytes(r->script, out->at);

		replay_show_pass(r->show, LANE_AT_RX, text, out->len);
		say(r, text, out->len);
	}
	if (!changed)
		return;
	r->running = out->running;
	trace_text(r->opts.trace, LANE_PIN, "STATUS %s",
		out->running ? "low (running)" : "high (off)");
	r->opts.status(r->opts.arg, out->running);
}

static void drop(struct due_list *list)
{
	struct due *d;

	while ((d = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, d, entry);
		free(d);
	}
}

/* What is unsolicited does not come between a prompt and its data. */
static bool holds_urcs(const struct replay *r)
{
	const struct script_step *step = expected(r);

	return !TAILQ_EMPTY(&r->answers) || (step != NULL && step->prompted);
}

static void set_timer(struct replay *r, struct timer *t, struct due_list *list)
{
	uint64_t now = clock_now_us(r->opts.clock);
	const struct due *d = TAILQ_FIRST(list);

	timer_del(r->opts.clock, t);
	if (d != NULL && (list == &r->answers || !holds_urcs(r)))
		timer_set_us(
			r->opts.clock, t, d->at_us > now ? d->at_us - now : 0);
}

static void set_timers(struct replay *r)
{
	set_timer(r, &r->answer_timer, &r->answers);
	set_timer(r, &r->urc_timer, &r->urcs);
}

static void play_first(struct replay *r, struct due_list *list)
{
	struct due *d = TAILQ_FIRST(list);

	if (d != NULL) {
		TAILQ_REMOVE(list, d, entry);
		play(r, d->out);
		free(d);
	}
	set_timers(r);
}

static void on_answer(void *arg)
{
	struct replay *r = arg;

	play_first(r, &r->answers);
}

static void on_urc(void *arg)
{
	struct replay *r = arg;

	play_first(r, &r->urcs);
}

/* They keep their order: none waits behind a later one that is due. */
static void add_urc(struct replay *r, struct due *new)
{
	struct due *d;

	TAILQ_FOREACH (d, &r->urcs, entry)
		/* cppcheck-suppress uninitvar ; the macro sets it */
		if (d->at_us > new->at_us)
			d->at_us = new->at_us;
	TAILQ_INSERT_TAIL(&r->urcs, new, entry);
}

/* All that followed a step, each at its distance from now. */
static void follow(struct replay *r, const struct script_step *step)
{
	uint64_t now = clock_now_us(r->opts.clock);

	for (size_t i = 0; i < step->n_outs; i++) {
		const struct script_out *out =
			&r->script->outs[step->first_out + i];
		struct due *d = calloc(1, sizeof(*d));
		const struct due *last = TAILQ_LAST(&r->answers, due_list);

		if (d == NULL) {
			trace_text(r->opts.trace, LANE_NOTE,
				"replay: no memory, line %u is lost",
				out->line);
			continue;
		}
		d->out = out;
		d->at_us = now + clock_scale_us(r->opts.clock, TIMER_LATENCY,
					 out->delay_ms);
		if (i >= step->n_answer) {
			add_urc(r, d);
			continue;
		}
		if (last != NULL && last->at_us > d->at_us)
			d->at_us = last->at_us;
		TAILQ_INSERT_TAIL(&r->answers, d, entry);
	}
	set_timers(r);
}

static void complete(struct replay *r)
{
	const struct script_step *step = expected(r);

	r->step++;
	r->pos = 0;
	buf_reset(&r->came);
	follow(r, step);
}

/* ---- the host departs ---- */

static void depart(struct replay *r, const char *text)
{
	r->departures++;
	trace_text(r->opts.trace, LANE_WHY, "replay: %s [policy]", text);
	r->opts.departs(r->opts.arg, text);
}

/* Is it the start of a TLS session of the host's own, random bytes and all? */
static bool is_own_tls(const struct replay *r, const struct script_step *step)
{
	enum { RANDOM_AT = 11 }; /* record, handshake, version */

	if (step->type != SCRIPT_DATA)
		return r->step + 1 < r->script->n_steps &&
		       script_is_hello(r->script, step + 1);
	return script_is_hello(r->script, step) && r->first_wrong >= RANDOM_AT;
}

/* `FILE line 41: came …, expected …` */
static void name_departure(struct replay *r, struct buf *text)
{
	const struct script_step *step = expected(r);

	if (step == NULL) {
		buf_printf(text, "%s: came ", r->opts.name);
		replay_show_came(r->show, text);
		buf_adds(text, " behind the end of the recording");
		return;
	}
	buf_printf(text, "%s line %u: ", r->opts.name, step->line);
	if (step->type == SCRIPT_DATA)
		buf_printf(text,
			"byte %zu of %zu differs: ", r->first_wrong + 1,
			step->len);
	replay_show_both(r->show, buf_len(&r->came), r->script, r->step,
		r->first_wrong, text);
	if (is_own_tls(r, step))
		buf_adds(text, "; TLS of the host's own begins with random "
			       "bytes, and cannot be played again");
}

/* From here on the model: with its answers, and without those to come. */
static void leave(struct replay *r)
{
	struct due *d;

	while ((d = TAILQ_FIRST(&r->answers)) != NULL) {
		TAILQ_REMOVE(&r->answers, d, entry);
		play(r, d->out);
		free(d);
	}
	drop(&r->urcs);
	set_timers(r);
	r->left = true;
}

/* Is what came this line of the recording? */
static bool is_line(const struct replay *r, size_t i)
{
	const struct script_step *step = &r->script->steps[i];

	if (step->type != SCRIPT_LINE || step->len != buf_len(&r->came))
		return false;
	for (size_t k = 0; k < step->len; k++)
		if (!script_takes(
			    r->script, step->at + k, buf_data(&r->came)[k]))
			return false;
	return true;
}

/*
 * A line that comes too early, because the host left out what is before it or
 * sent one more: where the recording has it, up to what happens at a pin, or
 * among what was passed over. 0: nowhere.
 */
static size_t find_line(const struct replay *r)
{
	const struct script_step *steps = r->script->steps;
	size_t end = r->step + AHEAD_MAX;

	if (r->step < r->script->n_steps && steps[r->step].type != SCRIPT_LINE)
		return 0;
	for (size_t i = r->step; i < r->script->n_steps && i < end &&
				 steps[i].type != SCRIPT_PIN;
		i++)
		if (is_line(r, i))
			return i;
	for (size_t i = r->passed; i > 0 && i < r->step; i++)
		if (is_line(r, i))
			return i;
	return 0;
}

static void go_on_at(struct replay *r, size_t step)
{
	if (step < r->step)
		r->passed = 0;
	else if (r->passed == 0)
		r->passed = r->step;
	r->step = step;
	r->departing = false;
	complete(r);
}

/* What came, whole, is not what was recorded. */
static void conclude(struct replay *r)
{
	static const char error[] = "\r\nERROR\r\n";
	const struct script_step *step = expected(r);
	size_t on = r->opts.falls_back ? 0 : find_line(r);
	struct buf text;

	buf_init(&text, 1024);
	name_departure(r, &text);
	if (r->opts.falls_back)
		buf_adds(&text, "; the model answers from here on");
	else if (on > 0)
		buf_printf(&text, "; it goes on at line %u",
			r->script->steps[on].line);
	depart(r, buf_cstr(&text) != NULL ? buf_cstr(&text) : "it departs");
	buf_free(&text);
	if (on > 0) {
		go_on_at(r, on);
		return;
	}
	/* After data the host may try the command again. */
	while (step != NULL && step->type == SCRIPT_DATA && r->step > 1 &&
		r->script->steps[r->step].type != SCRIPT_LINE)
		r->step--;
	r->pos = 0;
	r->departing = false;
	buf_reset(&r->came);
	if (r->opts.falls_back)
		leave(r);
	else
		say(r, error, sizeof(error) - 1);
	set_timers(r);
}

static bool echoes(const struct replay *r)
{
	size_t i = r->step < r->script->n_steps ? r->step + 1 : r->step;

	/* The mode it was in: that of the last line. */
	while (i > 0)
		/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): i > 0 */
		if (r->script->steps[--i].type == SCRIPT_LINE)
			return r->script->steps[i].echo;
	return false;
}

/* Does what departs end here? */
static bool is_whole(const struct replay *r, uint8_t byte)
{
	const struct script_step *step = expected(r);

	if (step != NULL && step->type == SCRIPT_DATA)
		return r->pos >= step->len;
	return byte == '\r';
}

/*
 * The line before, which was not answered, once more: the host polls, and
 * how often is a matter of its clock.
 */
static bool repeats_poll(const struct replay *r)
{
	const struct script_step *step;

	if (r->step == 0 || buf_len(&r->came) == 0)
		return false;
	step = &r->script->steps[r->step - 1];
	return step->type == SCRIPT_LINE && !step->answered &&
	       step->len == buf_len(&r->came) &&
	       memcmp(script_bytes(r->script, step->at), buf_data(&r->came),
		       step->len) == 0;
}

/* Of a line from its start on, of data from where it departs. */
static void add_came(struct replay *r, uint8_t byte)
{
	if (buf_len(&r->came) == 0)
		replay_show_begin(r->show);
	/* Past the bound only its end is of interest. */
	buf_addc(&r->came, byte);
	replay_show_pass(r->show, LANE_AT_TX, &byte, 1);
}

static void take_wrong(struct replay *r, uint8_t byte)
{
	const struct script_step *step = expected(r);

	if (r->opts.falls_back) {
		r->first_wrong = r->pos;
		add_came(r, byte);
		conclude(r);
		return;
	}
	if (r->skip_lf && byte == '\n' && !r->departing) {
		r->skip_lf = false;
		return;
	}
	r->skip_lf = false;
	if (!r->departing) {
		r->departing = true;
		r->first_wrong = r->pos;
		if (step != NULL && step->type == SCRIPT_DATA)
			buf_reset(&r->came);
	}
	add_came(r, byte);
	r->pos++;
	if (!is_whole(r, byte))
		return;
	if (repeats_poll(r)) {
		r->departing = false;
		r->pos = 0;
		buf_reset(&r->came);
		return;
	}
	r->skip_lf = byte == '\r';
	conclude(r);
}

/* False: the model has it, this byte too. */
static bool take_byte(struct replay *r, uint8_t byte)
{
	const struct script_step *step = expected(r);
	bool right = step != NULL && !r->departing && r->pos < step->len &&
		     script_takes(r->script, step->at + r->pos, byte);

	if (!right && r->opts.falls_back) {
		take_wrong(r, byte);
		return false;
	}
	trace_bytes(r->opts.trace, LANE_AT_TX, &byte, 1);
	if (right ? step->echo : echoes(r) && byte != '\n')
		say(r, &byte, 1);
	if (!right) {
		take_wrong(r, byte);
		return true;
	}
	r->skip_lf = false;
	if (step->type != SCRIPT_DATA)
		add_came(r, byte);
	else
		replay_show_pass(r->show, LANE_AT_TX, &byte, 1);
	if (++r->pos == step->len)
		complete(r);
	return true;
}

void replay_input(struct replay *r, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t i = 0;

	replay_begin(r);
	while (i < len && !r->left) {
		bool ours = take_byte(r, p[i]);

		if (r->opts.falls_back && ours)
			r->opts.model(r->opts.arg, &p[i], 1);
		i += ours;
	}
	if (r->opts.falls_back && i < len)
		r->opts.model(r->opts.arg, p + i, len - i);
}

/* ---- pins ---- */

bool replay_pin(struct replay *r, char edge)
{
	const struct script_step *step, *before;
	const char *name = script_pin_name(edge);
	char text[200];

	if (name == NULL)
		return false;
	replay_begin(r);
	if (r->left)
		return true;
	trace_text(r->opts.trace, LANE_PIN, "%s", name);
	if (!r->script->has_pins || strchr("KrVv", edge) == NULL)
		return true;
	step = expected(r);
	before = &r->script->steps[r->step - 1];
	if (step != NULL && step->type == SCRIPT_PIN && step->edge == edge) {
		complete(r);
		return true;
	}
	/* Pressed once more while the modem comes up: by the host's clock. */
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): it has begun */
	if (before->type == SCRIPT_PIN && before->edge == edge)
		return true;
	snprintf(text, sizeof(text),
		"%s line %u: came %s at a pin, not so "
		"recorded",
		r->opts.name, step != NULL ? step->line : before->line, name);
	depart(r, text);
	return true;
}

/* ---- life ---- */

struct replay *replay_new(const struct replay_opts *opts)
{
	struct replay *r = calloc(1, sizeof(*r));
	const struct script *s = opts->script;

	if (r == NULL)
		return NULL;
	r->opts = *opts;
	r->script = s;
	r->running = true;
	for (size_t i = 0; i < s->n_outs; i++)
		if (s->outs[i].is_status) {
			r->running = !s->outs[i].running;
			break;
		}
	TAILQ_INIT(&r->answers);
	TAILQ_INIT(&r->urcs);
	timer_init(&r->answer_timer, on_answer, r);
	timer_init(&r->urc_timer, on_urc, r);
	buf_init(&r->came, 4096);
	r->show = replay_show_new();
	if (r->show != NULL)
		return r;
	replay_free(r);
	return NULL;
}

void replay_free(struct replay *r)
{
	if (r == NULL)
		return;
	drop(&r->answers);
	drop(&r->urcs);
	timer_del(r->opts.clock, &r->answer_timer);
	timer_del(r->opts.clock, &r->urc_timer);
	buf_free(&r->came);
	replay_show_free(r->show);
	free(r);
}

void replay_begin(struct replay *r)
{
	if (!r->begun && r->script->n_steps > 0) {
		r->begun = true;
		complete(r);
	}
}

void replay_hangup(struct replay *r)
{
	trace_text(r->opts.trace, LANE_NOTE, "the host closed the line");
	r->pos = 0;
	r->departing = false;
	buf_reset(&r->came);
}

bool replay_running(const struct replay *r)
{
	return r->running;
}

bool replay_left(const struct replay *r)
{
	return r->left;
}

unsigned replay_departures(const struct replay *r)
{
	return r->departures;
}

bool replay_rest(const struct replay *r, char *text, size_t size)
{
	const struct script_step *step;
	size_t i = r->step;
	struct buf shown;

	/* Switching off is not awaited, nor is the first step. */
	while (i < r->script->n_steps &&
		(r->script->steps[i].type == SCRIPT_PIN || i == 0))
		i++;
	if (i == r->script->n_steps || r->left)
		return false;
	step = &r->script->steps[i];
	buf_init(&shown, 512);
	replay_show_step(r->script, i, 0, &shown);
	if (i == r->step && r->pos > 0)
		snprintf(text, size, "%s line %u: %zu of %zu bytes came of %s",
			r->opts.name, step->line, r->pos, step->len,
			buf_cstr(&shown) != NULL ? buf_cstr(&shown) : "");
	else
		snprintf(text, size, "%s line %u: next was %s", r->opts.name,
			step->line,
			buf_cstr(&shown) != NULL ? buf_cstr(&shown) : "");
	buf_free(&shown);
	return true;
}
