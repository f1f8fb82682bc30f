#include "hil/explain_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/expand.h"

/* The name and port that the rig maps to the broker. */
#define HOST "\"data.iot.ap-northeast-1.amazonaws.com\""
#define PORT "8443"

#define DATA_MAX ((size_t)256 << 10)

struct maker {
	struct script *s;
	const struct matter *m;
	const struct hypothesis *h;
	const bool *timing;
	const struct vars *vars;
	char *why;
	size_t why_size;
};

static bool fail(struct maker *k, const char *text)
{
	snprintf(k->why, k->why_size, "%s", text);
	return false;
}

void script_free(struct script *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->steps[i].command);
		free(s->steps[i].data);
	}
	free(s->steps);
	*s = (struct script){0};
}

static struct script_step *add_step(struct maker *k, const char *command)
{
	struct script *s = k->s;
	struct script_step *step;
	size_t len = strlen(command);

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 32;

		step = realloc(s->steps, cap * sizeof(*step));
		if (step == NULL)
			return NULL;
		s->steps = step;
		s->cap = cap;
	}
	step = &s->steps[s->n];
	*step = (struct script_step){
		.exchange = NO_EXCHANGE, .want_code = NO_CODE};
	step->command = malloc(len + 2);
	if (step->command == NULL)
		return NULL;
	memcpy(step->command, command, len);
	memcpy(step->command + len, "\r", 2);
	s->n++;
	return step;
}

static void assume(struct maker *k, const char *text)
{
	char *a = k->s->assumed;
	size_t n = strlen(a);

	if (strstr(a, text) == NULL)
		snprintf(a + n, sizeof(k->s->assumed) - n, "%s%s",
			n ? "; " : "", text);
}

/* ---- objects ---- */

/* The certificate or key that stands for a file of the log. */
static bool make_object(struct maker *k, enum tls_file which, struct buf *out)
{
	static const char *const good[] = {
		"ca.crt", "device-1.crt", "device-1.key"};
	const struct file_fact *f = &k->m->tls.file[which];
	const char *spec = k->h->file[which];
	struct transcript_error err;
	char args[200];
	bool nul = false;

	if (spec == NULL) {
		bool lf = f->shapes == 0 || (f->shapes & SHAPE_LF);
		bool crlf = !lf && (f->shapes & SHAPE_CRLF);
		bool none = !lf && !crlf && (f->shapes & SHAPE_NONE);

		nul = !lf && !crlf && !none;
		snprintf(args, sizeof(args), "{$certs}/%s breaks=%s",
			good[which],
			none   ? "none"
			: crlf ? "crlf"
			       : "lf");
	} else {
		snprintf(args, sizeof(args), "{$certs}/%s", spec);
	}
	if (!expand_file(args, strlen(args), k->vars, (struct place){1, 1}, out,
		    &err))
		return fail(k, err.text);
	return !nul || buf_addc(out, '\0');
}

static bool same_file(const char *a, const char *b)
{
	a += strncmp(a, "UFS:", 4) == 0 ? 4 : 0;
	b += strncmp(b, "UFS:", 4) == 0 ? 4 : 0;
	return *b != '\0' && strcmp(a, b) == 0;
}

static int file_role(const struct maker *k, const char *name)
{
	for (int i = 0; i < TLS_FILES; i++)
		if (same_file(name, k->m->tls.file[i].name))
			return i;
	return -1;
}

/* ---- one step of the log ---- */

/* Put `text` in the place of the n-th argument. */
static bool replace_arg(
	struct buf *out, const char *command, size_t n, const char *text)
{
	const char *s = strchr(command, '=');
	bool quoted = false, skip;

	if (s == NULL)
		return buf_adds(out, command);
	s++;
	buf_add(out, command, (size_t)(s - command));
	skip = n == 0;
	if (skip)
		buf_adds(out, text);
	for (; *s != '\0'; s++) {
		if (*s == '"')
			quoted = !quoted;
		if (*s == ',' && !quoted) {
			skip = n-- == 1;
			buf_addc(out, ',');
			if (skip)
				buf_adds(out, text);
		} else if (!skip) {
			buf_addc(out, (uint8_t)*s);
		}
	}
	return true;
}

/* The server of the log is not here: the broker takes its place. */
static bool rewrite_open(struct maker *k, const char *command, struct buf *out)
{
	bool refused = (k->h->flags & TRIAL_REFUSED) != 0;
	struct buf half;
	bool ok;

	buf_init(&half, 4096);
	ok = replace_arg(&half, command, 3, refused ? "\"127.0.0.1\"" : HOST) &&
	     buf_cstr(&half) != NULL &&
	     replace_arg(out, buf_cstr(&half), 4, refused ? "1" : PORT);
	buf_free(&half);
	return ok;
}

static bool is_open(const struct maker *k, size_t i)
{
	const char *command = k->m->d->exchanges[i].command;
	char service[24];

	if (!dialogue_is(k->m->d, i, "+QSSLOPEN") &&
		!dialogue_is(k->m->d, i, "+QIOPEN"))
		return false;
	if (!command_arg_quoted(command, 3))
		return false;
	return dialogue_is(k->m->d, i, "+QSSLOPEN") ||
	       (command_arg(command, 2, service, sizeof(service)) &&
		       strcmp(service, "TCP") == 0);
}

/* What the line of its result begins with; false: OK is all. */
static bool name_result(
	const struct dialogue *d, size_t i, char *name, size_t size)
{
	bool ssl = dialogue_is(d, i, "+QSSLOPEN");
	char id[8];

	if (ssl || dialogue_is(d, i, "+QIOPEN")) {
		if (!command_arg(d->exchanges[i].command, ssl ? 2 : 1, id,
			    sizeof(id)))
			return false;
		snprintf(name, size, "%s: %s,", d->names[i], id);
	} else if (dialogue_is(d, i, "+QPING") || dialogue_is(d, i, "+QNTP")) {
		snprintf(name, size, "%s: ", d->names[i]);
	} else if (dialogue_is(d, i, "+QIDNSGIP")) {
		snprintf(name, size, "+QIURC: \"dnsgip\",");
	} else {
		return false;
	}
	return true;
}

/* The result that was recorded for it, before the next of its kind. */
static void find_result(struct maker *k, size_t i, struct script_step *step)
{
	const struct dialogue *d = k->m->d;
	const struct exchange *x = &d->exchanges[i];
	char other[sizeof(step->result_name)], *end;
	unsigned until = 0xffffffffU;
	size_t n;

	if (strcmp(d->names[i], "+QIGETERROR") == 0 && x->n_info > 0 &&
		strncmp(d->infos[x->first_info].text, "+QIGETERROR: ", 13) ==
			0) {
		snprintf(step->result_name, sizeof(step->result_name),
			"+QIGETERROR: ");
		step->result = (int)strtol(
			d->infos[x->first_info].text + 13, NULL, 10);
		step->want_result = true;
		return;
	}
	if (!name_result(d, i, step->result_name, sizeof(step->result_name)))
		return;
	n = strlen(step->result_name);
	for (size_t k2 = i + 1; k2 < d->n_exchanges && until == 0xffffffffU;
		k2++)
		if (name_result(d, k2, other, sizeof(other)) &&
			strcmp(other, step->result_name) == 0)
			until = d->exchanges[k2].line;
	for (size_t j = 0; j < d->n_infos; j++) {
		const struct info *info = &d->infos[j];

		if (info->line <= x->line || info->line > until ||
			strncmp(info->text, step->result_name, n) != 0)
			continue;
		step->result = (int)strtol(info->text + n, &end, 10);
		step->want_result = *end == '\0' || *end == ',';
		return;
	}
}

/* The peer closed behind a send: the next command must not come before. */
static void find_close(struct maker *k, size_t i, struct script_step *step)
{
	const struct dialogue *d = k->m->d;
	unsigned until = i + 1 < d->n_exchanges ? d->exchanges[i + 1].line : 0;
	bool ssl = dialogue_is(d, i, "+QSSLSEND");
	char id[8], want[32];

	if ((!ssl && !dialogue_is(d, i, "+QISEND")) ||
		!command_arg(d->exchanges[i].command, 0, id, sizeof(id)))
		return;
	snprintf(want, sizeof(want), "+Q%sURC: \"closed\",%s",
		ssl ? "SSL" : "I", id);
	for (size_t j = 0; j < d->n_infos; j++)
		if (d->infos[j].line > d->exchanges[i].line &&
			d->infos[j].line < until &&
			strcmp(d->infos[j].text, want) == 0)
			snprintf(step->urc, sizeof(step->urc), "%s", want);
}

/* What goes up behind CONNECT, and so the size to announce. */
static bool make_upload(
	struct maker *k, size_t i, struct buf *command, struct buf *data)
{
	const struct exchange *x = &k->m->d->exchanges[i];
	long announced = 0, got = -1;
	char value[96], size[24];
	int role;

	if (!command_arg(x->command, 0, value, sizeof(value)))
		return buf_adds(command, x->command);
	role = file_role(k, value);
	if (command_arg(x->command, 1, size, sizeof(size)))
		announced = strtol(size, NULL, 10);
	for (size_t n = 0; n < x->n_info; n++)
		if (strncmp(k->m->d->infos[x->first_info + n].text,
			    "+QFUPL: ", 8) == 0)
			got = strtol(k->m->d->infos[x->first_info + n].text + 8,
				NULL, 10);
	if (got < 0)
		got = announced;
	if (role >= 0 && !make_object(k, (enum tls_file)role, data))
		return false;
	if (role < 0 && (got < 0 || got > (long)DATA_MAX))
		return fail(k, "an upload is larger than a trial takes");
	while (role < 0 && buf_len(data) < (size_t)got)
		if (!buf_addc(data, 'x'))
			return fail(k, "out of memory");
	if (announced <= 0)
		return buf_adds(command, x->command);
	/* As many bytes too few, or too many, as in the log. */
	snprintf(size, sizeof(size), "%ld",
		(long)buf_len(data) + (announced - got));
	return replace_arg(command, x->command, 1, size);
}

static bool make_send(struct maker *k, size_t i, struct buf *data)
{
	char len[16];
	long n;

	if (!command_arg(k->m->d->exchanges[i].command, 1, len, sizeof(len)))
		return buf_adds(data, "x\x1a");
	n = strtol(len, NULL, 10);
	while (n-- > 0 && buf_len(data) < 1460)
		if (!buf_addc(data, 'x'))
			return false;
	return true;
}

static bool set_data(struct script_step *step, const struct buf *data)
{
	if (buf_len(data) == 0)
		return true;
	step->data = malloc(buf_len(data));
	if (step->data == NULL)
		return false;
	memcpy(step->data, buf_data(data), buf_len(data));
	step->data_len = buf_len(data);
	return true;
}

static bool add_exchange(struct maker *k, size_t i)
{
	const struct exchange *x = &k->m->d->exchanges[i];
	struct script_step *step = NULL;
	struct buf command, data;
	bool ok;

	buf_init(&command, 4096);
	buf_init(&data, DATA_MAX);
	if (is_open(k, i))
		ok = rewrite_open(k, x->command, &command);
	else if (dialogue_is(k->m->d, i, "+QFUPL"))
		ok = make_upload(k, i, &command, &data);
	else
		ok = buf_adds(&command, x->command) &&
		     (!x->prompt || make_send(k, i, &data));
	if (ok && buf_cstr(&command) != NULL)
		step = add_step(k, buf_cstr(&command));
	ok = ok && step != NULL && set_data(step, &data);
	buf_free(&command);
	buf_free(&data);
	if (!ok)
		return k->why[0] != '\0' ? false : fail(k, "out of memory");
	step->exchange = i;
	step->want = x->final;
	step->want_code = x->code;
	step->judged = x->final != FINAL_NONE && !k->timing[i];
	find_result(k, i, step);
	find_close(k, i, step);
	return true;
}

/* ---- what the log takes for granted ---- */

static bool add_ours(struct maker *k, const char *command, struct buf *data)
{
	struct script_step *step = add_step(k, command);

	if (step == NULL || (data != NULL && !set_data(step, data)))
		return fail(k, "out of memory");
	step->judged = true;
	step->want = FINAL_OK;
	return true;
}

static bool add_context(struct maker *k)
{
	const struct dialogue *d = k->m->d;
	size_t act = dialogue_last(d, d->n_exchanges, "+QIACT", "");
	size_t conf = dialogue_last(d, d->n_exchanges, "+QICSGP", "");
	bool needs = false;

	for (size_t i = 0; i < d->n_exchanges; i++)
		needs = needs || is_open(k, i);
	if (conf == NO_EXCHANGE && (needs || act != NO_EXCHANGE) &&
		!(k->h->flags & (TRIAL_NO_CONTEXT | TRIAL_NO_APN))) {
		assume(k, "the context was configured before the log begins");
		if (!add_ours(k, "AT+QICSGP=1,1,\"example\"", NULL))
			return false;
	}
	if (!needs || act != NO_EXCHANGE || (k->h->flags & TRIAL_NO_CONTEXT))
		return true;
	assume(k, "the context was active before the log begins");
	return add_ours(k, "AT+QIACT=1", NULL);
}

bool script_sets_clock(const struct matter *m)
{
	if (strcmp(m->tls.localtime, "0") != 0)
		return false;
	for (size_t i = 0; i < m->d->n_infos; i++)
		if (strncmp(m->d->infos[i].text, "+CCLK: \"8", 9) == 0)
			return false;
	for (size_t i = 0; i < m->d->n_exchanges; i++)
		if (dialogue_is(m->d, i, "+CCLK"))
			return false;
	return true;
}

/* Plain ERROR from a file command, and no number anywhere: CMEE was 0. */
static bool add_cmee(struct maker *k)
{
	const struct dialogue *d = k->m->d;
	bool plain = false;

	for (size_t i = 0; i < d->n_exchanges; i++) {
		if (strcmp(d->names[i], "+CMEE") == 0 ||
			d->exchanges[i].final == FINAL_CME)
			return true;
		plain = plain || (d->exchanges[i].final == FINAL_ERROR &&
					 strncmp(d->names[i], "+QF", 3) == 0);
	}
	if (!plain)
		return true;
	assume(k, "AT+CMEE was 0");
	return add_ours(k, "AT+CMEE=0", NULL);
}

static bool add_clock(struct maker *k)
{
	if (!script_sets_clock(k->m) || (k->h->flags & TRIAL_NO_CLOCK))
		return true;
	assume(k, "the module's clock was right");
	/* Any date in the years that ec21certs(1) makes certificates for. */
	return add_ours(k, "AT+CCLK=\"26/01/01,00:00:00+00\"", NULL);
}

static bool add_files(struct maker *k)
{
	for (int i = 0; i < TLS_FILES; i++) {
		const struct file_fact *f = &k->m->tls.file[i];
		char command[160], text[160];
		struct buf data;
		bool ok;

		if (f->name[0] == '\0' || f->upload != NO_EXCHANGE ||
			f->absent ||
			(k->h->file[i] != NULL &&
				strcmp(k->h->file[i], "-") == 0))
			continue;
		snprintf(text, sizeof(text),
			"%s was uploaded before the log begins", f->name);
		assume(k, text);
		buf_init(&data, DATA_MAX);
		ok = make_object(k, (enum tls_file)i, &data);
		snprintf(command, sizeof(command), "AT+QFUPL=\"%s\",%zu",
			f->name, buf_len(&data));
		ok = ok && add_ours(k, command, &data);
		buf_free(&data);
		if (!ok)
			return false;
	}
	return true;
}

/* The same question again and again: once is enough. */
static bool is_poll(const struct maker *k, size_t i)
{
	const struct exchange *x = &k->m->d->exchanges[i];

	return i > 0 && i != k->m->f->exchange && !x->connect && !x->prompt &&
	       x->final == x[-1].final && x->code == x[-1].code &&
	       strcmp(x->command, x[-1].command) == 0 &&
	       !dialogue_is(k->m->d, i, "+QIACT") && !is_open(k, i);
}

bool script_make(struct script *s, const struct matter *m, const bool *timing,
	const struct hypothesis *h, const struct vars *vars, char *why,
	size_t size)
{
	struct maker k = {s, m, h, timing, vars, why, size};

	*s = (struct script){0};
	why[0] = '\0';
	if (m->d->n_exchanges > SCRIPT_MAX)
		return fail(&k, "the log has more commands than a trial takes; "
				"cut out the part around the failure");
	if (!add_cmee(&k) || !add_context(&k) || !add_clock(&k) ||
		!add_files(&k))
		return false;
	for (size_t i = 0; i < m->d->n_exchanges; i++)
		if (!is_poll(&k, i) && !add_exchange(&k, i))
			return false;
	return true;
}
