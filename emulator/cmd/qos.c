#include "cmd/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svc/nv.h"
#include "svc/pdpctx.h"

/*
 * Quality of service of a context, as 2G and 3G have it: +CGQREQ, +CGQMIN,
 * +CGEQREQ, +CGEQMIN [ATM §10.3] to [ATM §10.6]. Checked, saved and shown;
 * LTE asks for none of it.
 */

/* A value: what is allowed, and what it is when it was left out. */
struct param {
	/* "0-3,31", a range with a step "10-1520/10"; or the words */
	const char *allowed, *def;
	bool word; /* in quotes */
};

#define RATIOS	 "0E0,1E1,1E2,7E3,1E3,1E4,1E5,1E6"
#define RESIDUES "0E0,5E2,1E2,5E3,4E3,1E3,1E4,1E5,1E6,6E8"

/* man; defaults inf: the subscribed value. */
static const struct param plain[] = {
	{"0-3", "0", false},	 /* precedence */
	{"0-4", "0", false},	 /* delay */
	{"0-5", "0", false},	 /* reliability */
	{"0-9", "0", false},	 /* peak throughput */
	{"0-18,31", "0", false}, /* mean throughput */
	{NULL, NULL, false},
};

/* man; defaults kin (another module of this chip family). */
static const struct param umts[] = {
	{"0-4", "4", false},	 /* traffic class */
	{"0-11520", "0", false}, /* most, up and down, kbit/s */
	{"0-42200", "0", false},
	{"0-11520", "0", false}, /* guaranteed */
	{"0-42200", "0", false},
	{"0-2", "2", false},		   /* delivery order */
	{"0,10-1520/10,1502", "0", false}, /* SDU size */
	{RATIOS, "0E0", true},		   /* SDU error ratio */
	{RESIDUES, "0E0", true},	   /* residual bit error ratio */
	{"0-3", "3", false},		   /* erroneous SDUs */
	{"0,100-150/10,200-950/50,1000-4000/100", "0", false}, /* delay, ms */
	{"0-3", "0", false},				       /* priority */
	{"0-1", "0", false}, /* source statistics */
	{"0-1", "0", false}, /* signalling */
	{NULL, NULL, false},
};

enum { QOS_TEXT = 128, NAME_SIZE = 32 };

/* True when the list allows n. */
static bool number_allowed(const char *list, long n)
{
	while (*list != '\0') {
		char *p;
		long low = strtol(list, &p, 10), high = low, step = 1;

		if (*p == '-')
			high = strtol(p + 1, &p, 10);
		if (*p == '/')
			step = strtol(p + 1, &p, 10);
		if (n >= low && n <= high && (n - low) % step == 0)
			return true;
		list = *p == ',' ? p + 1 : p;
	}
	return false;
}

static bool is_allowed(const struct param *p, const struct at_value *v)
{
	int64_t n;

	if (p->word)
		return v->kind == AT_VALUE_QUOTED &&
		       profile_list_has(p->allowed, v->text);
	return v->kind == AT_VALUE_BARE && at_parse_uint(v->text, &n) &&
	       n <= 1000000 && number_allowed(p->allowed, (long)n);
}

static const struct param *params_of(const struct at_txn *txn)
{
	return txn->cmd->name[3] == 'E' ? umts : plain;
}

/* "qos_CGQREQ_1" */
static void nv_name(const struct at_txn *txn, int id, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "qos_%.8s_%d", txn->cmd->name + 1, id);
}

/* The values behind the context, as they are printed. */
static int format_values(struct at_txn *txn, char text[QOS_TEXT])
{
	const struct param *p = params_of(txn);
	const struct at_args *a = &txn->args;
	size_t used = 0;

	for (size_t i = 0; p[i].allowed != NULL; i++) {
		const char *value = at_args_str(a, i + 1, p[i].def);

		if (at_args_has(a, i + 1) && !is_allowed(&p[i], &a->v[i + 1]))
			return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
				"argument %zu: '%s' is not one of %s", i + 2,
				value, p[i].allowed);
		used += (size_t)snprintf(text + used, QOS_TEXT - used,
			p[i].word ? "%s\"%s\"" : "%s%s", i > 0 ? "," : "",
			value);
	}
	return 0;
}

static size_t count_params(const struct param *p)
{
	size_t n = 0;

	while (p[n].allowed != NULL)
		n++;
	return n;
}

static int set_values(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	size_t most = count_params(params_of(txn)) + 1;
	char text[QOS_TEXT] = "", name[NAME_SIZE];
	struct why *why = &txn->scratch;
	int64_t id;

	if (!at_args_has(a, 0) || !at_parse_uint(a->v[0].text, &id))
		return why_set(why, ERR_PARAM, GRADE_MAN,
			"argument 1 <cid>: a number is wanted");
	if (cmd_packet_check_id(id, why) != 0)
		return why->err;
	if (a->n > most)
		return why_set(why, ERR_PARAM, GRADE_MAN,
			"%zu arguments, at most %zu are taken", a->n, most);
	/* man: the context alone makes its profile undefined */
	if (a->n > 1 && format_values(txn, text) != 0)
		return why->err;
	nv_name(txn, (int)id, name);
	return nv_set_str(ctx->nv, name, text, why);
}

/* kin: one line with nothing behind it when no profile is defined. */
static void print_values(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	bool any = false;
	char name[NAME_SIZE];

	for (int id = 1; id <= PDP_IDS; id++) {
		const char *text;

		nv_name(txn, id, name);
		text = nv_str(ctx->nv, name, "");
		if (text[0] == '\0')
			continue;
		at_info(txn, "%s: %d,%s", txn->cmd->name, id, text);
		any = true;
	}
	if (!any)
		at_info(txn, "%s: ", txn->cmd->name);
}

/* A line for each type of context; the spelling of the lists kin. */
static void print_ranges(struct at_txn *txn)
{
	static const char *const types[] = {"IP", "PPP", "IPV6", "IPV4V6"};
	const char *ranges = "(0-3),(0-4),(0-5),(0-9),(0-18,31)";

	if (params_of(txn) == umts)
		ranges = "(0-4),(0-11520),(0-42200),(0-11520),(0-42200),(0-2),"
			 "(0,10-1520,1502),(\"0E0\",\"1E1\",\"1E2\",\"7E3\","
			 "\"1E3\",\"1E4\",\"1E5\",\"1E6\"),(\"0E0\",\"5E2\","
			 "\"1E2\",\"5E3\",\"4E3\",\"1E3\",\"1E4\",\"1E5\","
			 "\"1E6\",\"6E8\"),(0-3),"
			 "(0,100-150,200-950,1000-4000),(0-3),(0,1),(0,1)";
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		at_info(txn, "%s: \"%s\",%s", txn->cmd->name, types[i], ranges);
}

static struct at_verdict run_qos(struct at_txn *txn)
{
	if (txn->form == AT_FORM_TEST)
		print_ranges(txn);
	else if (txn->form == AT_FORM_READ)
		print_values(txn);
	else if (set_values(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* clang-format off */
enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CGQREQ", ALL, NULL, run_qos, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §10.3]", "quality of service to ask for, 2G: stored, LTE asks for none"},
	{"+CGQMIN", ALL, NULL, run_qos, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §10.4]", "the least that will do: stored"},
	{"+CGEQREQ", ALL, NULL, run_qos, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §10.5]", "quality of service to ask for, 3G: stored, LTE asks for none"},
	{"+CGEQMIN", ALL, NULL, run_qos, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §10.6]", "the least that will do: stored"},
	{0},
};
/* clang-format on */

const struct at_family at_family_qos = {
	.name = "qos",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
