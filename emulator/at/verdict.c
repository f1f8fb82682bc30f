#include "at/engine.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "at/cme.h"

/* What a command decided, and the one final result that comes of it. */

struct at_verdict at_ok(void)
{
	return (struct at_verdict){.kind = AT_VERDICT_OK};
}

struct at_verdict at_wait_for(struct at_txn *txn, const void *owner)
{
	txn->owner = owner;
	return (struct at_verdict){.kind = AT_VERDICT_PENDING};
}

struct at_txn *at_waiting(struct at *at, const void *owner)
{
	return at->txn.owner == owner ? &at->txn : NULL;
}

struct at_verdict at_text(const char *text)
{
	return (struct at_verdict){.kind = AT_VERDICT_TEXT, .text = text};
}

struct at_verdict at_fail(struct at_txn *txn, enum err err, enum grade grade,
	const char *fmt, ...)
{
	char text[sizeof(txn->why.text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_set(&txn->why, err, grade, "%s", text);
	return (struct at_verdict){.kind = AT_VERDICT_FAIL};
}

struct at_verdict at_fail_why(struct at_txn *txn, const struct why *why)
{
	txn->why = *why;
	return (struct at_verdict){.kind = AT_VERDICT_FAIL};
}

struct at_verdict at_fail_text(struct at_txn *txn, const char *final,
	enum err err, enum grade grade, const char *fmt, ...)
{
	char text[sizeof(txn->why.text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_set(&txn->why, err, grade, "%s", text);
	return (struct at_verdict){.kind = AT_VERDICT_FAIL, .text = final};
}

/* --- the one final result ---------------------------------------------- */

static void write_error(struct at *at)
{
	const struct at_txn *txn = &at->txn;
	char line[96];
	const char *text;
	int number;

	/* Unknown commands and bad syntax stay plain, too [AT §1]. */
	if (txn->family == NULL || txn->family->domain != AT_DOMAIN_CME ||
		at->set.cmee == 0 ||
		!cme_number(at->profile, txn->why.err, &number, &text)) {
		writer_result(&at->writer, WRITER_ERROR);
		return;
	}
	if (at->set.cmee == 2)
		snprintf(line, sizeof(line), "+CME ERROR: %s", text);
	else
		snprintf(line, sizeof(line), "+CME ERROR: %d", number);
	writer_result_text(&at->writer, line);
}

void at_write_final(struct at *at, struct at_verdict v)
{
	const struct at_txn *txn = &at->txn;

	switch (v.kind) {
	case AT_VERDICT_OK:
		writer_result(&at->writer, WRITER_OK);
		break;
	case AT_VERDICT_TEXT:
		writer_result_text(&at->writer, v.text);
		break;
	case AT_VERDICT_FAIL:
		assert(txn->why.err != ERR_OK && txn->why.text[0] != '\0');
		trace_why(
			at->trace, txn->cmd ? txn->cmd->name : NULL, &txn->why);
		if (v.text != NULL)
			writer_result_text(&at->writer, v.text);
		else
			write_error(at);
		break;
	case AT_VERDICT_STREAM:
		writer_result(&at->writer, WRITER_CONNECT);
		break;
	case AT_VERDICT_PENDING:
		break;
	}
}

/* What +QIGETERROR will say: the last TCP/IP or SSL command [SSL §10]. */
static void note_net_result(struct at *at, struct at_verdict v)
{
	const struct at_txn *txn = &at->txn;

	if (txn->family == NULL || txn->family->domain != AT_DOMAIN_NET ||
		strcmp(txn->cmd->name, "+QIGETERROR") == 0)
		return;
	at->net_err = v.kind == AT_VERDICT_FAIL ? txn->why.err : ERR_OK;
}

bool at_end_command(struct at *at, struct at_verdict v)
{
	bool more = false;

	note_net_result(at, v);
	at->txn.owner = NULL;
	at->txn.on_abort = NULL;
	if (v.kind == AT_VERDICT_OK) {
		size_t pos = at->pos;

		while (at->cmdline[pos] == ' ' || at->cmdline[pos] == ';')
			pos++;
		more = at->cmdline[pos] != '\0';
	}
	at->state = AT_STATE_IDLE;
	if (more)
		return true;
	at_write_final(at, v);
	writer_take_rate(&at->writer);
	if (v.kind == AT_VERDICT_STREAM)
		at_stream_begin(at);
	else
		writer_hold(&at->writer, false);
	return false;
}

void at_finish(struct at_txn *txn, struct at_verdict verdict)
{
	struct at *at = txn->at;

	assert(at->state == AT_STATE_PENDING || at->state == AT_STATE_DATA);
	assert(verdict.kind != AT_VERDICT_PENDING);
	at_data_stop(at);
	at->chain = at_end_command(at, verdict);
	writer_flush(&at->writer);
	if (at->state == AT_STATE_STREAM)
		at_drop_early(at, 0);
	/*
	 * The rest of the line and what the host sent meanwhile run from the
	 * clock: we may be inside a service's callback here.
	 */
	if (at->chain || buf_len(&at->early) > 0) {
		at->state = AT_STATE_RESUME;
		timer_set_us(at->clock, &at->resume, 0);
	}
}
