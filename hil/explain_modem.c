#include "hil/explain_holds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What speaks for the causes of errors of SIM, network, sockets and files. */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* The error is a final result of this command. */
static bool fails(const struct matter *m, const char *name, enum final final)
{
	return m->f->type == FINDING_FINAL && m->x != NULL &&
	       m->x->final == final && strcmp(m->f->name, name) == 0;
}

static bool is_cme(const struct matter *m, int code)
{
	return m->f->family == CODE_CME && m->f->code == code;
}

/* The first line of the modem between two lines of the log, or NULL. */
static const struct info *find_info(
	const struct dialogue *d, const char *with, unsigned from, unsigned to)
{
	for (size_t i = 0; i < d->n_infos; i++)
		if (d->infos[i].line > from && d->infos[i].line < to &&
			begins(d->infos[i].text, with))
			return &d->infos[i];
	return NULL;
}

static const struct finding *find_finding(const struct dialogue *d,
	enum finding_type type, enum code_family family, int code)
{
	for (size_t i = 0; i < d->n_findings; i++)
		if (d->findings[i].type == type &&
			d->findings[i].family == family &&
			d->findings[i].code == code)
			return &d->findings[i];
	return NULL;
}

#define EVER 0xffffffffU

/* ---- SIM and start ---- */

static bool is_sim_error(const struct matter *m)
{
	return is_cme(m, 10) || is_cme(m, 13) || is_cme(m, 14) ||
	       (is_cme(m, 3) && m->x != NULL &&
		       begins(m->x->command, "AT+CIMI"));
}

enum score holds_sim_starting(const struct matter *m, struct buf *because)
{
	const struct info *ready;

	if (!is_sim_error(m))
		return SCORE_NO;
	ready = find_info(m->d, "+CPIN: READY", m->f->line, EVER);
	if (ready == NULL)
		return SCORE_NO;
	buf_printf(because, "line %u: the SIM is ready later", ready->line);
	return SCORE_SHOWN;
}

enum score holds_sim_absent(const struct matter *m, struct buf *because)
{
	const struct finding *ten;

	if (!is_sim_error(m) || is_cme(m, 14) ||
		find_info(m->d, "+CPIN: READY", 0, EVER) != NULL)
		return SCORE_NO;
	ten = find_finding(m->d, FINDING_FINAL, CODE_CME, 10);
	if (ten == NULL)
		return SCORE_POSSIBLE;
	buf_printf(because, "line %u: AT+CPIN? answers 10%s", ten->line,
		ten->times > 1 ? ", again and again" : "");
	return ten->times > 1 ? SCORE_SHOWN : SCORE_LIKELY;
}

enum score holds_sim_locked(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_cme(m, 11) || is_cme(m, 12) || is_cme(m, 17) || is_cme(m, 18)
		       ? SCORE_SHOWN
		       : SCORE_NO;
}

enum score holds_radio_off(const struct matter *m, struct buf *because)
{
	size_t i;
	char value[8];

	if (!is_cme(m, 13) || m->x == NULL)
		return SCORE_NO;
	i = dialogue_last(m->d, m->f->exchange, "+CFUN", "");
	if (i == NO_EXCHANGE ||
		!command_arg(
			m->d->exchanges[i].command, 0, value, sizeof(value)) ||
		strcmp(value, "0") != 0)
		return SCORE_NO;
	buf_printf(because, "line %u: AT+CFUN=0", m->d->exchanges[i].line);
	return SCORE_SHOWN;
}

enum score holds_pin_wrong(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_cme(m, 16) ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_pin_not_asked(const struct matter *m, struct buf *because)
{
	const struct info *state;

	if (!is_cme(m, 3) || m->x == NULL || strcmp(m->f->name, "+CPIN") != 0)
		return SCORE_NO;
	state = find_info(m->d, "+CPIN: READY", 0, m->f->line);
	if (state == NULL)
		return SCORE_LIKELY;
	buf_printf(because, "line %u: %s", state->line, state->text);
	return SCORE_SHOWN;
}

enum score holds_no_service(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_cme(m, 30) || is_cme(m, 31) ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_too_early(const struct matter *m, struct buf *because)
{
	const struct info *rdy;
	bool early = is_cme(m, 419) || fails(m, "+QSCLK", FINAL_ERROR);

	if (!early)
		return SCORE_NO;
	rdy = find_info(m->d, "RDY", 0, m->f->line);
	if (rdy == NULL)
		return SCORE_POSSIBLE;
	buf_printf(because, "line %u: RDY, %u lines before", rdy->line,
		m->f->line - rdy->line);
	return SCORE_SHOWN;
}

/* ---- registration and contexts ---- */

static bool context_failed(const struct matter *m)
{
	return fails(m, "+QIACT", FINAL_ERROR) || fails(m, "+QIACT", FINAL_CME);
}

/* The error that AT+QIGETERROR told behind this one, or NO_CODE. */
static int told_error(const struct matter *m, unsigned *line)
{
	size_t next = m->f->exchange + 1;
	const struct exchange *x;

	if (m->f->exchange == NO_EXCHANGE || next >= m->d->n_exchanges ||
		strcmp(m->d->names[next], "+QIGETERROR") != 0)
		return NO_CODE;
	x = &m->d->exchanges[next];
	if (x->n_info == 0 ||
		!begins(m->d->infos[x->first_info].text, "+QIGETERROR: "))
		return NO_CODE;
	*line = m->d->infos[x->first_info].line;
	return (int)strtol(m->d->infos[x->first_info].text + 13, NULL, 10);
}

enum score holds_registration_denied(
	const struct matter *m, struct buf *because)
{
	const struct finding *f =
		find_finding(m->d, FINDING_STATE, CODE_NONE, 3);

	if (m->f->type == FINDING_STATE)
		return m->f->code == 3 ? SCORE_SHOWN : SCORE_NO;
	if (!context_failed(m) || f == NULL)
		return SCORE_NO;
	buf_printf(because, "line %u: %s", f->line, f->text);
	return SCORE_SHOWN;
}

enum score holds_not_searching(const struct matter *m, struct buf *because)
{
	(void)because;
	return m->f->type == FINDING_STATE && m->f->code == 0 ? SCORE_LIKELY
							      : SCORE_NO;
}

enum score holds_no_apn(const struct matter *m, struct buf *because)
{
	unsigned line = 0;
	int told = told_error(m, &line);

	if (!context_failed(m))
		return SCORE_NO;
	if (told == 573) {
		buf_printf(because, "line %u: AT+QIGETERROR says 573", line);
		return SCORE_SHOWN;
	}
	if (dialogue_last(m->d, m->f->exchange, "+QICSGP", "") != NO_EXCHANGE)
		return SCORE_NO;
	buf_adds(because, "the log has no AT+QICSGP before it");
	return SCORE_POSSIBLE;
}

enum score holds_context_active(const struct matter *m, struct buf *because)
{
	char ctx[8], args[16];
	size_t act, deact;

	if (!context_failed(m) ||
		!command_arg(m->x->command, 0, ctx, sizeof(ctx)))
		return SCORE_NO;
	snprintf(args, sizeof(args), "%s", ctx);
	act = dialogue_last(m->d, m->f->exchange, "+QIACT", args);
	deact = dialogue_last(m->d, m->f->exchange, "+QIDEACT", args);
	if (act == NO_EXCHANGE || m->d->exchanges[act].final != FINAL_OK ||
		(deact != NO_EXCHANGE && deact > act))
		return SCORE_NO;
	buf_printf(because, "line %u: context %s was activated before",
		m->d->exchanges[act].line, ctx);
	return SCORE_SHOWN;
}

enum score holds_context_refused(const struct matter *m, struct buf *because)
{
	unsigned line;

	(void)because;
	if (!context_failed(m))
		return SCORE_NO;
	return told_error(m, &line) == 561 ? SCORE_LIKELY : SCORE_POSSIBLE;
}

static bool is_result(const struct matter *m, int code)
{
	return m->f->type == FINDING_RESULT && m->f->family == CODE_NET &&
	       m->f->code == code;
}

static bool is_open(const struct matter *m)
{
	return strcmp(m->f->name, "+QIOPEN") == 0 ||
	       strcmp(m->f->name, "+QSSLOPEN") == 0;
}

enum score holds_context_lost(const struct matter *m, struct buf *because)
{
	const struct info *lost;

	if (m->f->type == FINDING_LOST)
		return strstr(m->f->text, "pdpdeact") != NULL ? SCORE_SHOWN
							      : SCORE_NO;
	if (is_result(m, 570))
		return SCORE_SHOWN;
	if (m->f->code != 561 && !(is_open(m) && m->f->code == NO_CODE))
		return SCORE_NO;
	lost = find_info(m->d, "+QIURC: \"pdpdeact\"", 0, m->f->line);
	if (lost == NULL)
		return SCORE_NO;
	buf_printf(because, "line %u: %s", lost->line, lost->text);
	return SCORE_SHOWN;
}

enum score holds_context_down(const struct matter *m, struct buf *because)
{
	size_t act;
	bool refused = is_open(m) && m->f->type == FINDING_FINAL;

	if (m->f->code != 561 && !refused)
		return SCORE_NO;
	act = dialogue_last(m->d, m->f->exchange, "+QIACT", "");
	if (act != NO_EXCHANGE && m->d->exchanges[act].final == FINAL_OK)
		return SCORE_NO;
	buf_adds(because, "no AT+QIACT before it ended with OK");
	return m->f->code == 561 ? SCORE_LIKELY : SCORE_POSSIBLE;
}

/* ---- sockets ---- */

enum score holds_id_in_use(const struct matter *m, struct buf *because)
{
	bool ssl = strcmp(m->f->name, "+QSSLOPEN") == 0;
	char id[8], args[16];
	size_t field = ssl ? 2 : 1;

	if (!is_result(m, 563) || m->x == NULL ||
		!command_arg(m->x->command, field, id, sizeof(id)))
		return SCORE_NO;
	snprintf(args, sizeof(args), "%s", id);
	for (size_t i = m->f->exchange; i-- > 0;) {
		const struct exchange *x = &m->d->exchanges[i];
		char other[8];

		if (dialogue_is(m->d, i, ssl ? "+QSSLCLOSE" : "+QICLOSE") &&
			command_arg(x->command, 0, other, sizeof(other)) &&
			strcmp(other, id) == 0)
			return SCORE_LIKELY;
		if (dialogue_is(m->d, i, m->f->name) &&
			command_arg(x->command, field, other, sizeof(other)) &&
			strcmp(other, id) == 0) {
			buf_printf(because,
				"line %u opened id %s, and nothing closed it",
				x->line, id);
			return SCORE_SHOWN;
		}
	}
	return SCORE_LIKELY;
}

enum score holds_name_not_resolved(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_result(m, 565) ? SCORE_LIKELY : SCORE_NO;
}

enum score holds_tcp_refused(const struct matter *m, struct buf *because)
{
	(void)because;
	if (!is_result(m, 566))
		return SCORE_NO;
	return m->tls.tls ? SCORE_POSSIBLE : SCORE_LIKELY;
}

enum score holds_no_answer(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_result(m, 569) && strcmp(m->f->name, "+QPING") != 0
		       ? SCORE_LIKELY
		       : SCORE_NO;
}

enum score holds_ping_lost(const struct matter *m, struct buf *because)
{
	if (strcmp(m->f->name, "+QPING") != 0 || m->f->code != 569)
		return SCORE_NO;
	if (m->f->times > 1)
		buf_printf(because, "%u requests in a row", m->f->times);
	return SCORE_LIKELY;
}

/* Are the arguments of QIOPEN, QSSLOPEN such as a module takes? */
static bool arguments_fine(const struct matter *m)
{
	char value[260];
	bool ssl = strcmp(m->f->name, "+QSSLOPEN") == 0;

	if (!ssl && !command_arg_quoted(m->x->command, 2))
		return false;
	return command_arg_quoted(m->x->command, 3) &&
	       command_arg(m->x->command, 4, value, sizeof(value)) &&
	       strtol(value, NULL, 10) <= 65535;
}

enum score holds_stack_wedged(const struct matter *m, struct buf *because)
{
	if (!is_result(m, 552) || !is_open(m) || m->x == NULL ||
		!arguments_fine(m))
		return SCORE_NO;
	buf_printf(because, "line %u: the arguments are fine", m->x->line);
	return SCORE_LIKELY;
}

enum score holds_unquoted(const struct matter *m, struct buf *because)
{
	if (m->x == NULL || !is_open(m) || m->f->type != FINDING_FINAL ||
		m->x->final != FINAL_ERROR ||
		strchr(m->x->command, ',') == NULL || arguments_fine(m))
		return SCORE_NO;
	buf_printf(because,
		"line %u: a string stands without quotes, or an "
		"argument is missing",
		m->x->line);
	return SCORE_SHOWN;
}

enum score holds_config_argument(const struct matter *m, struct buf *because)
{
	(void)because;
	return fails(m, "+QSSLCFG", FINAL_ERROR) ? SCORE_POSSIBLE : SCORE_NO;
}

static bool send_refused(const struct matter *m)
{
	return fails(m, "+QISEND", FINAL_ERROR) ||
	       fails(m, "+QSSLSEND", FINAL_ERROR);
}

enum score holds_send_too_long(const struct matter *m, struct buf *because)
{
	char len[16];

	if (!send_refused(m) ||
		!command_arg(m->x->command, 1, len, sizeof(len)) ||
		strtol(len, NULL, 10) <= 1460)
		return SCORE_NO;
	buf_printf(because, "line %u: %s bytes, the most is 1460", m->x->line,
		len);
	return SCORE_SHOWN;
}

enum score holds_peer_closed(const struct matter *m, struct buf *because)
{
	const struct info *closed;
	char id[8], want[40];

	if (m->f->type == FINDING_LOST)
		return strstr(m->f->text, "closed") != NULL ? SCORE_SHOWN
							    : SCORE_NO;
	if (!send_refused(m) || !command_arg(m->x->command, 0, id, sizeof(id)))
		return SCORE_NO;
	snprintf(want, sizeof(want), "+Q%sURC: \"closed\",%s",
		strcmp(m->f->name, "+QISEND") == 0 ? "I" : "SSL", id);
	closed = find_info(m->d, want, 0, m->f->line);
	if (closed == NULL)
		return SCORE_NO;
	buf_printf(because, "line %u: %s", closed->line, closed->text);
	return SCORE_SHOWN;
}

static bool read_refused(const struct matter *m)
{
	return fails(m, "+QIRD", FINAL_ERROR) ||
	       fails(m, "+QSSLRECV", FINAL_ERROR);
}

enum score holds_not_open(const struct matter *m, struct buf *because)
{
	(void)because;
	return send_refused(m) || read_refused(m) ||
			       fails(m, "+QISENDEX", FINAL_ERROR) ||
			       fails(m, "+QISWTMD", FINAL_ERROR)
		       ? SCORE_POSSIBLE
		       : SCORE_NO;
}

/* The open of the id that a read is about had access mode 1. */
enum score holds_data_pushed(const struct matter *m, struct buf *because)
{
	bool ssl = strcmp(m->f->name, "+QSSLRECV") == 0;
	const char *open = ssl ? "+QSSLOPEN" : "+QIOPEN";
	char id[8], other[8], mode[8];

	if (!read_refused(m) || !command_arg(m->x->command, 0, id, sizeof(id)))
		return SCORE_NO;
	for (size_t i = m->f->exchange; i-- > 0;) {
		const char *command = m->d->exchanges[i].command;

		if (!dialogue_is(m->d, i, open) ||
			!command_arg(
				command, ssl ? 2 : 1, other, sizeof(other)) ||
			strcmp(other, id) != 0)
			continue;
		if (!command_arg(command, ssl ? 5 : 6, mode, sizeof(mode)) ||
			strcmp(mode, "1") != 0)
			return SCORE_NO;
		buf_printf(because, "line %u opened id %s with access mode 1",
			m->d->exchanges[i].line, id);
		return SCORE_SHOWN;
	}
	return SCORE_NO;
}

enum score holds_port_in_use(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_result(m, 556) || is_result(m, 557) || is_result(m, 574)
		       ? SCORE_LIKELY
		       : SCORE_NO;
}

enum score holds_one_at_a_time(const struct matter *m, struct buf *because)
{
	unsigned line = 0;
	int told = told_error(m, &line);

	if (is_result(m, 564) || is_result(m, 568))
		return SCORE_LIKELY;
	if (told != 564 && told != 568)
		return SCORE_NO;
	buf_printf(because, "line %u: AT+QIGETERROR says %d", line, told);
	return SCORE_SHOWN;
}

enum score holds_buffer_full(const struct matter *m, struct buf *because)
{
	(void)because;
	return m->x != NULL && m->f->type == FINDING_FINAL &&
			       m->x->final == FINAL_SEND_FAIL
		       ? SCORE_LIKELY
		       : SCORE_NO;
}

/* ---- whatever it is ---- */

enum score holds_refused_by_emulator(
	const struct matter *m, struct buf *because)
{
	if (m->f->type != FINDING_POLICY)
		return SCORE_NO;
	buf_printf(because, "line %u: %.200s", m->f->reason_line, m->f->reason);
	return SCORE_SHOWN;
}

enum score holds_no_answer_at_all(const struct matter *m, struct buf *because)
{
	(void)because;
	return m->f->type == FINDING_SILENCE && m->x != NULL && !m->x->connect
		       ? SCORE_POSSIBLE
		       : SCORE_NO;
}

/* ---- the last resort, when nothing else holds ---- */

static bool is_plain_error(const struct matter *m)
{
	return m->f->type == FINDING_FINAL && m->x != NULL &&
	       m->x->final == FINAL_ERROR;
}

enum score holds_bad_argument(const struct matter *m, struct buf *because)
{
	const char *equal;

	if (!is_plain_error(m))
		return SCORE_NO;
	equal = strchr(m->x->command, '=');
	if (equal == NULL || equal[1] == '?')
		return SCORE_NO;
	if (m->f->reason != NULL)
		buf_printf(because, "line %u: %.200s", m->f->reason_line,
			m->f->reason);
	return SCORE_POSSIBLE;
}

enum score holds_no_such_command(const struct matter *m, struct buf *because)
{
	(void)because;
	return is_plain_error(m) ? SCORE_POSSIBLE : SCORE_NO;
}
