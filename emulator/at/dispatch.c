#include "at/at.h"

#include <stdlib.h>
#include <string.h>

#include "at/engine.h"
#include "at/grammar.h"

/* Input that came while a command ran; what is past it is lost (asm). */
enum { EARLY_MAX = 4096 };

static void at_latency_over(void *arg);
static void at_resume(void *arg);
static void at_run_line(struct at *at);

/* --- look-up ----------------------------------------------------------- */

static int entry_cmp(const void *a, const void *b)
{
	const struct at_entry *x = a, *y = b;

	return strcmp(x->cmd->name, y->cmd->name);
}

static bool index_rows(struct at *at, const struct at_family *const *families)
{
	size_t n = 0;

	for (size_t f = 0; families[f] != NULL; f++)
		for (const struct at_cmd *c = families[f]->rows; c->name; c++)
			n++;
	at->index = calloc(n + 1, sizeof(*at->index));
	if (at->index == NULL)
		return false;
	at->n_index = 0;
	for (size_t f = 0; families[f] != NULL; f++)
		for (const struct at_cmd *c = families[f]->rows; c->name; c++)
			at->index[at->n_index++] =
				(struct at_entry){c, families[f]};
	qsort(at->index, at->n_index, sizeof(*at->index), entry_cmp);
	return true;
}

static const struct at_entry *find_row(const struct at *at, const char *name)
{
	const struct at_cmd key = {.name = name};
	const struct at_entry want = {&key, NULL};

	return bsearch(
		&want, at->index, at->n_index, sizeof(*at->index), entry_cmp);
}

/* --- life -------------------------------------------------------------- */

struct at *at_new(const struct at_opts *opts)
{
	struct at *at = calloc(1, sizeof(*at));
	size_t max = (size_t)opts->profile->at_line_max;

	if (at == NULL)
		return NULL;
	at->clock = opts->clock;
	at->profile = opts->profile;
	at->families = opts->families;
	at->trace = opts->trace;
	at->known = opts->known;
	at->line_hook = opts->line;
	at->line_arg = opts->output_arg;
	at->txn.at = at;
	at->txn.ctx = opts->ctx;
	at_settings_default(&at->set, at->profile);
	at_set_urcport(at, opts->profile->at_urcport);
	writer_init(&at->writer, opts->clock, &at->set, opts->trace,
		opts->output, opts->output_arg);
	at->writer.full = opts->full;
	buf_init(&at->early, EARLY_MAX);
	timer_init(&at->latency, at_latency_over, at);
	timer_init(&at->resume, at_resume, at);
	at_data_init(at);
	at->cmdline = malloc(max + 1);
	at->last = calloc(1, max + 1);
	if (!line_init(&at->line, &at->set, max) || at->cmdline == NULL ||
		at->last == NULL || !index_rows(at, opts->families)) {
		at_free(at);
		return NULL;
	}
	line_command(&at->line, 0);
	return at;
}

/* The running command is gone without an answer. */
static void at_abort(struct at *at)
{
	timer_del(at->clock, &at->latency);
	timer_del(at->clock, &at->resume);
	at_data_stop(at);
	at->state = AT_STATE_IDLE;
	buf_reset(&at->early);
	line_command(&at->line, clock_now_us(at->clock));
	if (at->txn.on_abort != NULL)
		at->txn.on_abort(&at->txn);
	at->txn.on_abort = NULL;
	at->txn.owner = NULL;
	at->stream_left = false;
}

void at_free(struct at *at)
{
	if (at == NULL)
		return;
	at_abort(at);
	writer_free(&at->writer);
	line_free(&at->line);
	buf_free(&at->early);
	free(at->cmdline);
	free(at->last);
	free(at->index);
	free(at);
}

void at_attach(struct at *at)
{
	for (size_t i = 0; at->families[i] != NULL; i++)
		if (at->families[i]->attach != NULL)
			at->families[i]->attach(at->txn.ctx);
}

void at_set_ready(struct at *at, bool ready)
{
	at_abort(at);
	at->ready = ready;
	writer_reset(&at->writer, ready);
	if (!ready) {
		at_settings_default(&at->set, at->profile);
		at->last[0] = '\0';
		at->net_err = ERR_OK;
	}
}

void at_hangup(struct at *at)
{
	buf_reset(&at->early);
	line_hangup(&at->line);
}

/* --- running a line ----------------------------------------------------- */

/* `=?` of a row: its line, then OK. */
static struct at_verdict run_test(struct at_txn *txn)
{
	if (txn->cmd->test == AT_TEST_RUN)
		return txn->cmd->run(txn);
	if (txn->cmd->test != NULL)
		at_info(txn, "%s: %s", txn->cmd->name, txn->cmd->test);
	return at_ok();
}

static struct at_verdict run_row(struct at_txn *txn, const struct at_part *part)
{
	struct why *why = &txn->scratch;

	if ((txn->cmd->forms & (unsigned)part->form) == 0)
		return at_fail(txn, ERR_NO_COMMAND, txn->cmd->grade,
			"this form is not in the table %s", txn->cmd->ref);
	txn->form = part->form;
	txn->basic = part->basic;
	txn->reg = part->reg;
	at_args_clear(&txn->args);
	if (part->form == AT_FORM_TEST)
		return run_test(txn);
	if (part->form == AT_FORM_WRITE && part->args != NULL) {
		if (at_args_split(&txn->args, part->args, why) != 0)
			return at_fail_why(txn, why);
		if (txn->cmd->args != NULL &&
			at_args_check(&txn->args, txn->cmd->args,
				txn->family->param_err, why) != 0)
			return at_fail_why(txn, why);
	} else if (part->form == AT_FORM_DIAL) {
		txn->args.n = 1;
		txn->args.v[0] = (struct at_value){
			AT_VALUE_BARE, part->args, strlen(part->args), 0};
	}
	return txn->cmd->run(txn);
}

static struct at_verdict run_part(struct at *at, const struct at_part *part)
{
	const struct at_entry *e = find_row(at, part->name);
	struct at_txn *txn = &at->txn;

	txn->cmd = NULL;
	txn->family = NULL;
	txn->why = (struct why){.err = ERR_OK};
	if (e == NULL && at->known != NULL && at->known(part->name))
		return at_fail(txn, ERR_NOT_MODELLED, GRADE_MAN,
			"AT%s is in the EC2x manuals but not modelled",
			part->name);
	if (e == NULL)
		return at_fail(txn, ERR_NO_COMMAND, GRADE_MAN,
			"AT%s is not a command of this modem, as far as its "
			"manuals tell [AT §1]",
			part->name);
	txn->cmd = e->cmd;
	txn->family = e->family;
	return run_row(txn, part);
}

/* Run commands of the line until one waits or the final result is out. */
static void at_run_line(struct at *at)
{
	struct at_part part;
	struct at_verdict v;

	do {
		struct at_txn *txn = &at->txn;

		writer_begin(&at->writer);
		at->state = AT_STATE_PENDING;
		switch (at_part_next(
			at->cmdline, &at->pos, &part, &txn->scratch)) {
		case AT_PART_END:
			v = at_ok();
			txn->family = NULL;
			break;
		case AT_PART_BAD:
			txn->cmd = NULL;
			txn->family = NULL;
			v = at_fail_why(txn, &txn->scratch);
			break;
		case AT_PART_FOUND:
		default:
			v = run_part(at, &part);
			break;
		}
		if (v.kind == AT_VERDICT_PENDING)
			return;
		/* The handler itself may have reset the modem. */
		if (at->state == AT_STATE_IDLE)
			return;
	} while (at_end_command(at, v));
}

static void at_start_line(struct at *at)
{
	uint64_t us = clock_scale_us(
		at->clock, TIMER_LATENCY, (uint64_t)at->profile->at_latency);

	at->pos = 0;
	if (us == 0) {
		at_run_line(at);
		return;
	}
	at->state = AT_STATE_LATENCY;
	timer_set_us(at->clock, &at->latency, us);
}

/* --- input --------------------------------------------------------------- */

static bool line_goes(const struct at *at)
{
	return at->line_hook == NULL || at->line_hook(at->line_arg);
}

static void on_event(struct at *at, const struct line_event *ev)
{
	switch (ev->type) {
	case LINE_EVENT_NONE:
		break;
	case LINE_EVENT_COMMAND:
		memcpy(at->cmdline, ev->text, ev->len + 1);
		memcpy(at->last, ev->text, ev->len + 1);
		if (line_goes(at))
			at_start_line(at);
		break;
	case LINE_EVENT_REPEAT:
		memcpy(at->cmdline, at->last, strlen(at->last) + 1);
		if (line_goes(at))
			at_start_line(at);
		break;
	case LINE_EVENT_TOO_LONG:
		at->txn.family = NULL;
		at->txn.cmd = NULL;
		at_write_final(
			at, at_fail(&at->txn, ERR_LINE_TOO_LONG, GRADE_MAN,
				    "the line is longer than at_line_max = "
				    "%lld bytes "
				    "[AT §1]",
				    (long long)at->profile->at_line_max));
		break;
	case LINE_EVENT_IGNORED:
		trace_text(at->trace, LANE_NOTE,
			"a line that does not begin with AT was ignored");
		break;
	case LINE_EVENT_DATA:
	case LINE_EVENT_END:
	case LINE_EVENT_CANCEL:
	case LINE_EVENT_ESCAPE:
		at_data_event(at, ev);
		break;
	}
}

/* Bytes are data, not command lines. */
static bool is_data(const struct at *at)
{
	return at->state == AT_STATE_DATA || at->state == AT_STATE_STREAM;
}

static bool is_busy(const struct at *at)
{
	return at->state != AT_STATE_IDLE && at->state != AT_STATE_DATA &&
	       at->state != AT_STATE_STREAM;
}

/* Echo what the reader consumed, by E and, for prompt data, QISDE. */
static void echo(struct at *at, const struct line_event *ev, const uint8_t *p,
	bool was_data)
{
	if (ev->echo == 0 || !at->set.echo)
		return;
	if (was_data && !at_data_echo(at))
		return;
	writer_echo(&at->writer, p, ev->echo);
}

/*
 * What comes while a command runs waits, but for the end of its own line. What
 * does not fit is lost, and what comes behind it till then, as in a FIFO.
 */
static void keep_early(struct at *at, const uint8_t *p, size_t n)
{
	size_t lf = line_take_lf(&at->line, p, n), room, kept;

	room = buf_space(&at->early);
	kept = n - lf < room ? n - lf : room;
	buf_add(&at->early, p + lf, kept);
	if (kept < n - lf)
		trace_text(at->trace, LANE_NOTE,
			"%zu bytes came while a command ran and were lost: %d "
			"wait already",
			n - lf - kept, EARLY_MAX);
}

/*
 * Feed bytes to the line reader until they are used up or a command makes the
 * rest wait. Bytes behind a command line that opened data mode arrived before
 * its CONNECT or prompt was printed: they are not data [FILE §4.4].
 */
static void process(struct at *at, const uint8_t *p, size_t n)
{
	uint64_t now_us = clock_now_us(at->clock); /* they came together */
	struct line_event ev;

	do {
		bool was_data = is_data(at);
		size_t used = line_feed(&at->line, now_us, p, n, &ev);

		echo(at, &ev, p, was_data);
		p += used;
		n -= used;
		on_event(at, &ev);
		if (is_data(at) && !was_data && n > 0) {
			at_drop_early(at, n);
			n = 0;
		}
		if (is_busy(at))
			break;
	} while (n > 0 || ev.type != LINE_EVENT_NONE);
	keep_early(at, p, n);
	at_data_rearm(at);
}

void at_input(struct at *at, const void *data, size_t len)
{
	trace_bytes(at->trace, LANE_AT_TX, data, len);
	if (!at->ready) {
		trace_text(at->trace, LANE_NOTE,
			"%zu bytes were lost: the UART does not answer yet "
			"[AT §5.2]",
			len);
		return;
	}
	if (!is_busy(at)) {
		process(at, data, len);
		writer_flush(&at->writer);
	} else {
		keep_early(at, data, len);
	}
}

/* The host's bytes that waited for the end of a command. */
static void run_early(struct at *at)
{
	struct buf early = at->early;

	if (buf_len(&early) == 0 || is_busy(at))
		return;
	buf_init(&at->early, EARLY_MAX);
	if (at->state == AT_STATE_IDLE)
		process(at, buf_data(&early), buf_len(&early));
	buf_free(&early);
}

static void at_latency_over(void *arg)
{
	struct at *at = arg;

	at_run_line(at);
	if (is_data(at))
		at_drop_early(at, 0);
	run_early(at);
	at_data_rearm(at);
	writer_flush(&at->writer);
}

static void at_resume(void *arg)
{
	struct at *at = arg;

	at->state = AT_STATE_IDLE;
	if (at->chain) {
		at->chain = false;
		at_run_line(at);
	}
	if (is_data(at))
		at_drop_early(at, 0);
	run_early(at);
	at_data_rearm(at);
	writer_flush(&at->writer);
}
