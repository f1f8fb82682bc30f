#include "hil/dialogue.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Bounds for logs that are all errors; nobody reads more of them. */
#define FINDINGS_MAX 1000
#define QUERIES_MAX  200

struct reader {
	struct dialogue *d;
	size_t open;	 /* exchange without a final result, or NO_EXCHANGE */
	bool payload;	 /* behind CONNECT or a prompt */
	bool from_modem; /* the payload is the modem's */
	bool dump;	 /* inside mbedTLS's list of complaints */
	bool echoed;	 /* the open command came back */
	const char *reason;
	unsigned reason_line;
	bool failed;
	unsigned queries;      /* looked at as traps */
	struct finding beyond; /* the one too many */
};

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool grow(void **list, size_t n, size_t *cap, size_t size)
{
	void *bigger;

	if (n < *cap)
		return true;
	bigger = realloc(*list, (*cap ? 2 * *cap : 32) * size);
	if (bigger == NULL)
		return false;
	*list = bigger;
	*cap = *cap ? 2 * *cap : 32;
	return true;
}

/* `+QSSLOPEN` of `AT+QSSLOPEN=…`; "" for a bare AT. */
static void command_name(const char *command, char *name, size_t size)
{
	size_t n = 0;

	command += 2;
	while (n + 1 < size && command[n] != '\0' && command[n] != '=' &&
		command[n] != '?' && command[n] != ';') {
		name[n] = (char)toupper((unsigned char)command[n]);
		n++;
	}
	name[n] = '\0';
}

/* ---- findings ---- */

static struct finding *add_finding(struct reader *r, enum finding_type type,
	const struct log_line *line, size_t exchange)
{
	struct dialogue *d = r->d;
	struct finding *f;

	if (d->n_findings == FINDINGS_MAX) {
		if (d->n_beyond++ == 0)
			d->beyond_line = line->number;
		return &r->beyond;
	}
	if (!grow((void **)&d->findings, d->n_findings, &d->cap_findings,
		    sizeof(*d->findings))) {
		r->failed = true;
		return NULL;
	}
	f = &d->findings[d->n_findings++];
	*f = (struct finding){.type = type,
		.line = line->number,
		.text = line->text,
		.exchange = exchange,
		.code = NO_CODE,
		.times = 1,
		.name = "",
		.reason = r->reason,
		.reason_line = r->reason_line};
	if (r->reason != NULL && strstr(r->reason, "[policy]") != NULL)
		f->type = FINDING_POLICY;
	r->reason = NULL;
	return f;
}

static void add_code(struct reader *r, enum finding_type type,
	const struct log_line *line, size_t exchange, enum code_family family,
	int code)
{
	struct finding *f = add_finding(r, type, line, exchange);

	if (f != NULL) {
		f->family = family;
		f->code = code;
	}
}

/* ---- what a modem says ---- */

static const struct {
	const char *name;
	size_t field;
	enum code_family family;
} results[] = {
	{"+QIOPEN", 1, CODE_NET},
	{"+QSSLOPEN", 1, CODE_NET},
	{"+QPING", 0, CODE_NET},
	{"+QNTP", 0, CODE_NET},
	{"+QIURC: \"dnsgip\"", 0, CODE_NET},
	{"+QHTTPGET", 0, CODE_HTTP},
	{"+QHTTPPOST", 0, CODE_HTTP},
	{"+QHTTPREAD", 0, CODE_HTTP},
	{"+QMTOPEN", 1, CODE_MQTT},
};

static size_t find_result(const char *s)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++) {
		size_t n = strlen(results[i].name);

		if (strncmp(s, results[i].name, n) == 0 &&
			(s[n] == ':' || s[n] == ','))
			return i;
	}
	return sizeof(results) / sizeof(*results);
}

static void take_result(struct reader *r, const struct log_line *line, size_t i)
{
	const char *s = line->text + strlen(results[i].name) + 1;
	char name[32], *end;
	size_t x;
	long code;

	for (size_t field = results[i].field; field > 0; field--) {
		s = strchr(s, ',');
		if (s == NULL)
			return;
		s++;
	}
	s += strspn(s, " ");
	code = strtol(s, &end, 10);
	if (end == s && results[i].family == CODE_HTTP)
		code = code_of_text(CODE_HTTP, s);
	else if (end == s)
		return;
	if (code == 0 || (*end != '\0' && *end != ','))
		return;
	snprintf(name, sizeof(name), "%s", results[i].name);
	name[strcspn(name, ":")] = '\0';
	if (strcmp(name, "+QIURC") == 0)
		snprintf(name, sizeof(name), "+QIDNSGIP");
	x = dialogue_last(r->d, r->d->n_exchanges, name, "");
	/* Ten lost pings are one failure. */
	for (size_t n = r->d->n_findings; n > 0 && strcmp(name, "+QPING") == 0;
		n--)
		if (r->d->findings[n - 1].exchange == x &&
			r->d->findings[n - 1].code == code) {
			r->d->findings[n - 1].times++;
			return;
		}
	add_code(r, FINDING_RESULT, line, x, results[i].family, (int)code);
}

static bool is_unsolicited(const char *s)
{
	static const char *const names[] = {"+QIURC:", "+QSSLURC:", "+QIND:",
		"RDY", "+QUSIM:", "POWERED DOWN", "+CFUN: 1",
		"+QMTSTAT:", "+QMTRECV:", "RING", "+CMTI:", "+QIOPEN:",
		"+QSSLOPEN:", "+QMTOPEN:", "+QNTP:", "+QPING:"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (begins(s, names[i]))
			return true;
	return false;
}

/* Registration refused, or not even tried: `+CREG: n,stat`, or a URC. */
static void take_state(struct reader *r, const struct log_line *line)
{
	const char *s = line->text, *digit;

	if (!begins(s, "+CREG: ") && !begins(s, "+CGREG: ") &&
		!begins(s, "+CEREG: "))
		return;
	digit = strchr(s, ',');
	digit = digit != NULL ? digit + 1 : strchr(s, ' ') + 1;
	if (*digit == '0' || *digit == '3')
		add_code(r, FINDING_STATE, line, r->open, CODE_NONE,
			*digit - '0');
}

static struct exchange *open_exchange(struct reader *r)
{
	return r->open == NO_EXCHANGE ? NULL : &r->d->exchanges[r->open];
}

static void add_info(struct reader *r, const struct log_line *line, bool urc)
{
	struct dialogue *d = r->d;
	struct exchange *x = open_exchange(r);

	if (!grow((void **)&d->infos, d->n_infos, &d->cap_infos,
		    sizeof(*d->infos))) {
		r->failed = true;
		return;
	}
	d->infos[d->n_infos] = (struct info){line->text, line->number, urc,
		x != NULL	     ? r->open
		: d->n_exchanges > 0 ? d->n_exchanges - 1
				     : NO_EXCHANGE};
	if (x != NULL && !urc) {
		if (x->n_info++ == 0)
			x->first_info = d->n_infos;
	}
	d->n_infos++;
}

/* ---- traps: no error, but not what was meant ---- */

static bool was_set(const struct dialogue *d, const char *key, const char *ctx)
{
	char k[32], c[16], value[8];

	for (size_t i = 0; i < d->n_exchanges; i++)
		if (dialogue_is(d, i, "+QSSLCFG") &&
			command_arg(d->exchanges[i].command, 0, k, sizeof(k)) &&
			command_arg(d->exchanges[i].command, 1, c, sizeof(c)) &&
			command_arg(d->exchanges[i].command, 2, value,
				sizeof(value)) &&
			strcasecmp(k, key) == 0 && strcmp(c, ctx) == 0)
			return true;
	return false;
}

/* A query of QSSLCFG whose key is set nowhere: meant as a set? [SSL §2.1] */
static bool is_query_trap(const struct dialogue *d, size_t i)
{
	const struct exchange *x = &d->exchanges[i];
	char key[32], ctx[16], value[8];

	return dialogue_is(d, i, "+QSSLCFG") && x->n_info > 0 &&
	       command_arg(x->command, 0, key, sizeof(key)) &&
	       command_arg(x->command, 1, ctx, sizeof(ctx)) &&
	       !command_arg(x->command, 2, value, sizeof(value)) &&
	       !was_set(d, key, ctx);
}

static void look_for_traps(struct reader *r, const struct log_line *line)
{
	const struct exchange *x = open_exchange(r);
	struct log_line at = *line;

	at.number = x->line;
	at.text = x->command;
	if ((dialogue_is(r->d, r->open, "+QSSLCFG") && x->n_info > 0 &&
		    r->queries++ < QUERIES_MAX &&
		    is_query_trap(r->d, r->open)) ||
		(x->payload.commands > 0 && x->final == FINAL_OK))
		add_finding(r, FINDING_TRAP, &at, r->open);
}

/* ---- the log, line by line ---- */

static void close_exchange(struct reader *r, const struct log_line *line,
	enum final final, int code)
{
	struct exchange *x = open_exchange(r);
	bool fails = final != FINAL_OK && final != FINAL_SEND_OK &&
		     final != FINAL_CONNECT;

	r->payload = false;
	if (x != NULL) {
		x->final = final;
		x->code = code;
		x->final_line = line->number;
		x->final_text = line->text;
	}
	if (fails)
		add_code(r, FINDING_FINAL, line, r->open,
			final == FINAL_CME   ? CODE_CME
			: final == FINAL_CMS ? CODE_CMS
					     : CODE_NONE,
			final == FINAL_CME || final == FINAL_CMS ? code
								 : NO_CODE);
	else if (x != NULL)
		look_for_traps(r, line);
	/* A reason that led to no error belongs to none. */
	r->reason = NULL;
	r->open = NO_EXCHANGE;
}

static bool silent(const struct exchange *x)
{
	return x->final == FINAL_NONE && !x->connect && x->n_info == 0;
}

static void take_command(struct reader *r, const struct log_line *line)
{
	struct dialogue *d = r->d;
	struct exchange *x = open_exchange(r);
	struct log_line at;
	void *names;

	if (x != NULL && silent(x)) {
		at = (struct log_line){.number = x->line, .text = x->command};
		add_finding(r, FINDING_SILENCE, &at, r->open);
	}
	r->payload = false;
	if (d->n_exchanges == d->cap_exchanges) {
		size_t cap = d->cap_exchanges ? 2 * d->cap_exchanges : 32;

		names = realloc(d->names, cap * sizeof(*d->names));
		if (names != NULL)
			d->names = names;
		if (names == NULL ||
			!grow((void **)&d->exchanges, d->n_exchanges,
				&d->cap_exchanges, sizeof(*d->exchanges))) {
			r->failed = true;
			return;
		}
	}
	r->open = d->n_exchanges++;
	r->echoed = false;
	d->exchanges[r->open] = (struct exchange){
		.command = line->text, .line = line->number, .code = NO_CODE};
	command_name(line->text, d->names[r->open], sizeof(*d->names));
}

static void add_payload(struct reader *r, const struct log_line *line)
{
	struct payload *p = &open_exchange(r)->payload;

	if (p->n++ == 0)
		p->first = (size_t)(line - r->d->log->lines);
	p->masked = p->masked || line->masked;
	p->commands += !r->from_modem && command_is(line->text);
}

/* What ends a payload: the modem's own words. */
static bool ends_payload(const struct log_line *line)
{
	const char *s = line->text;
	enum final final;
	int code;

	return line->dir != LOG_DIR_HOST && !line->masked &&
	       (final_parse(s, &final, &code) || begins(s, "+QFUPL:") ||
		       begins(s, "+QFWRITE:") || begins(s, "+QFDWL:") ||
		       line->dir == LOG_DIR_MODEM);
}

static void take_connect(struct reader *r, const struct log_line *line)
{
	static const char *const down[] = {
		"+QFDWL", "+QFREAD", "+QHTTPREAD", NULL};
	static const char *const up[] = {"+QFUPL", "+QFWRITE", "+QHTTPURL",
		"+QHTTPPOST", "+QHTTPGET", "+QFTPPUT", NULL};
	struct exchange *x = open_exchange(r);
	const char *name = r->d->names[r->open];

	x->connect = true;
	for (size_t i = 0; down[i] != NULL; i++)
		if (strcmp(name, down[i]) == 0)
			r->payload = r->from_modem = true;
	for (size_t i = 0; up[i] != NULL; i++)
		if (strcmp(name, up[i]) == 0) {
			r->payload = true;
			r->from_modem = false;
		}
	if (!r->payload) /* transparent mode, PPP */
		close_exchange(r, line, FINAL_CONNECT, NO_CODE);
}

/* `-0x262E` in a line, as -0x262e; 0: none of them. */
static int mbedtls_code(const char *s)
{
	const char *hex = strstr(s, "-0x");
	long code = hex != NULL ? strtol(hex + 3, NULL, 16) : 0;

	return code == 0x262e || code == 0x2780 || code == 0x2700 ||
			       code == 0x7100
		       ? (int)-code
		       : 0;
}

/* The firmware's own words: the article's two riddles have only these. */
static void take_client(struct reader *r, const struct log_line *line)
{
	const char *s = line->text;
	bool flag = strstr(s, "! The certificate ") != NULL ||
		    strstr(s, "! The CRL ") != NULL ||
		    strstr(s, "! Certificate ") != NULL;
	const char *error = strstr(s, "ERROR! ");
	int code;

	if (error != NULL && isdigit((unsigned char)error[7]))
		add_code(r, FINDING_CLIENT, line, NO_EXCHANGE, CODE_NONE,
			(int)strtol(error + 7, NULL, 10));
	/* mbedTLS's own numbers, as it and its users print them. */
	if ((code = mbedtls_code(s)) != 0)
		add_code(r, FINDING_CLIENT, line, NO_EXCHANGE, CODE_NONE, code);
	if (flag && r->dump)
		r->d->findings[r->d->n_findings - 1].times++;
	else if (flag)
		r->dump = add_finding(r, FINDING_CLIENT, line, NO_EXCHANGE) !=
			  NULL;
	else if (strchr(s, '!') == NULL)
		r->dump = false;
}

static void take_modem(struct reader *r, const struct log_line *line)
{
	const char *s = line->text;
	struct exchange *x = open_exchange(r);
	size_t result = find_result(s);
	enum final final;
	int code;

	if (final_parse(s, &final, &code)) {
		close_exchange(r, line, final, code);
		return;
	}
	if (x != NULL && (strcmp(s, "CONNECT") == 0 || begins(s, "CONNECT "))) {
		take_connect(r, line);
		return;
	}
	if (x != NULL && s[0] == '>' && (s[1] == '\0' || s[1] == ' ')) {
		x->prompt = r->payload = true;
		r->from_modem = false;
		return;
	}
	take_client(r, line);
	if (x == NULL && *s != '+' && !is_unsolicited(s))
		return;
	add_info(r, line, x == NULL || is_unsolicited(s));
	if (result < sizeof(results) / sizeof(*results) &&
		!(x != NULL && x->command[strlen(x->command) - 1] == '?'))
		take_result(r, line, result);
	else if (begins(s, "+QIURC: \"closed\"") ||
		 begins(s, "+QSSLURC: \"closed\"") ||
		 begins(s, "+QIURC: \"pdpdeact\""))
		add_finding(r, FINDING_LOST, line, NO_EXCHANGE);
	take_state(r, line);
}

static void take_line(struct reader *r, const struct log_line *line)
{
	const struct exchange *x = open_exchange(r);

	if (line->dir == LOG_DIR_REASON) {
		r->reason = line->text;
		r->reason_line = line->number;
	} else if (line->dir == LOG_DIR_CONSOLE) {
		take_client(r, line);
	} else if (r->payload && !ends_payload(line)) {
		add_payload(r, line);
	} else if (line->masked) {
		return;
	} else if (x != NULL && !r->echoed && x->n_info == 0 &&
		   strcmp(x->command, line->text) == 0) {
		r->echoed = true;
	} else if (line->dir != LOG_DIR_MODEM && command_is(line->text)) {
		take_command(r, line);
	} else {
		take_modem(r, line);
	}
}

/* ---- afterwards ---- */

static bool same_finding(const struct dialogue *d, const struct finding *a,
	const struct finding *b)
{
	if (a->type != b->type || a->family != b->family || a->code != b->code)
		return false;
	if (a->type == FINDING_STATE)
		return true;
	return a->exchange != NO_EXCHANGE && b->exchange != NO_EXCHANGE &&
	       a->type == FINDING_FINAL &&
	       strcmp(d->exchanges[a->exchange].command,
		       d->exchanges[b->exchange].command) == 0;
}

/* Later the network was joined: CREG may say 3 for ever [AT §9.1]. */
static bool joined_later(const struct dialogue *d, const struct finding *f)
{
	for (size_t i = 0; i < d->n_infos; i++) {
		const char *s = d->infos[i].text, *digit = strchr(s, ',');

		if (d->infos[i].line < f->line ||
			(!begins(s, "+CGREG: ") && !begins(s, "+CEREG: ")))
			continue;
		digit = digit != NULL ? digit + 1 : strchr(s, ' ') + 1;
		if (*digit == '1' || *digit == '5')
			return true;
	}
	return false;
}

static void tidy_findings(struct dialogue *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n_findings; i++) {
		struct finding *f = &d->findings[i];
		size_t twin = n;

		if (f->exchange != NO_EXCHANGE)
			f->name = d->names[f->exchange];
		if (f->type == FINDING_STATE && joined_later(d, f))
			continue;
		while (twin > 0 && !same_finding(d, &d->findings[twin - 1], f))
			twin--;
		if (twin > 0)
			d->findings[twin - 1].times++;
		else
			d->findings[n++] = *f;
	}
	d->n_findings = n;
}

bool dialogue_read(struct dialogue *d, const struct termlog *log)
{
	struct reader r = {.d = d, .open = NO_EXCHANGE};
	size_t *order = calloc(log->n + 1, sizeof(*order));
	struct exchange *x;

	*d = (struct dialogue){.log = log};
	if (order == NULL)
		return false;
	dialogue_order(log, order);
	for (size_t i = 0; i < log->n && !r.failed; i++)
		take_line(&r, &log->lines[order[i]]);
	free(order);
	x = open_exchange(&r);
	if (x != NULL && !r.failed && x->final == FINAL_NONE) {
		struct log_line at = {.number = x->line, .text = x->command};

		if (silent(x) || r.payload)
			add_finding(&r, FINDING_SILENCE, &at, r.open);
	}
	if (!r.failed)
		tidy_findings(d);
	return !r.failed;
}

void dialogue_free(struct dialogue *d)
{
	free(d->exchanges);
	free(d->infos);
	free(d->findings);
	free(d->names);
	*d = (struct dialogue){0};
}
