#include "cmd/ctx.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/power.h"
#include "svc/simcard.h"

/*
 * Small settings: +CMEE +QURCCFG +QSCLK +IPR +CSCS +CSTA +QAPRDYIND
 * +QDIAGPORT.
 */

enum { CSTA_FACTORY = 129 };

void cmd_cfg_restore(struct cmd_ctx *ctx)
{
	at_set_urcport(
		ctx->at, nv_str(ctx->nv, "urcport", ctx->profile->at_urcport));
	ctx->state.csta = CSTA_FACTORY;
}

static struct at_verdict run_cmee(struct at_txn *txn)
{
	struct at_settings *set = at_settings(txn->at);

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+CMEE: %d", set->cmee);
	else
		set->cmee = (uint8_t)at_args_int(&txn->args, 0, 0);
	return at_ok();
}

/* Information line that quotes each word of a profile list. */
static void info_words(struct at_txn *txn, const char *list)
{
	char text[PROFILE_STR_MAX];
	size_t n = 0;

	for (const char *p = list; *p != '\0' && n < sizeof(text) - 4; p++) {
		if (p == list)
			text[n++] = '"';
		if (*p == ',') {
			text[n++] = '"';
			text[n++] = ',';
			text[n++] = '"';
		} else {
			text[n++] = *p;
		}
	}
	if (n > 0)
		text[n++] = '"';
	text[n] = '\0';
	at_info(txn, "+QURCCFG: \"urcport\",(%s)", text);
}

static struct at_verdict run_qurccfg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *ports = ctx->profile->cfg_urcports;
	const char *key = at_args_str(&txn->args, 0, "urcport");
	const char *port = at_args_str(&txn->args, 1, NULL);

	if (txn->form == AT_FORM_TEST) {
		info_words(txn, ports);
		return at_ok();
	}
	if (strcasecmp(key, "urcport") != 0)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"there is no \"%s\", only \"urcport\"", key);
	if (port == NULL) {
		at_info(txn, "+QURCCFG: \"urcport\",\"%s\"",
			at_urcport(txn->at));
		return at_ok();
	}
	if (!profile_list_has(ports, port))
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"port \"%s\" is not one of %s", port, ports);
	at_set_urcport(txn->at, port);
	/* man [AT §6]: saved at once */
	if (nv_set_str(ctx->nv, "urcport", port, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static struct at_verdict run_qsclk(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+QSCLK: %d", ctx->state.qsclk);
		return at_ok();
	}
	/*
	 * cap [AT §5.1]: plain ERROR just after RDY. That it ends with
	 * +CFUN: 1 is inf. ERR_BUSY has no CME number, so it stays plain.
	 */
	if (!power_has_radio(ctx->power))
		return at_fail(txn, ERR_BUSY, GRADE_CAP,
			"the modem is still starting, +CFUN: 1 is not out "
			"yet");
	ctx->state.qsclk = (int)at_args_int(&txn->args, 0, 0);
	return at_ok();
}

static struct at_verdict run_ipr(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const char *rates = ctx->profile->cfg_rates;
	struct at_settings *set = at_settings(txn->at);

	if (txn->form == AT_FORM_TEST) {
		/* man: shape; that both lists are the same is inf. */
		at_info(txn, "+IPR: (%s),(%s)", rates, rates);
		return at_ok();
	}
	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+IPR: %u", (unsigned int)set->rate);
		return at_ok();
	}
	if (!profile_list_has(rates, txn->args.v[0].text))
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"rate %s is not one of %s", txn->args.v[0].text, rates);
	set->rate = (uint32_t)txn->args.v[0].num;
	return at_ok();
}

static const char *const charsets[] = {"GSM", "IRA", "UCS2"};

static struct at_verdict run_cscs(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *name = at_args_str(&txn->args, 0, "");

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CSCS: \"%s\"", charsets[ctx->state.cscs]);
		return at_ok();
	}
	/* cap [AT §4] EC25: a plain ERROR, so not a SIM error. */
	if (simcard_state(ctx->sim) == SIM_ABSENT)
		return at_fail(txn, ERR_BUSY, GRADE_CAP,
			"no character set can be chosen without a SIM");
	for (int i = 0; i < 3; i++) {
		if (strcasecmp(name, charsets[i]) != 0)
			continue;
		ctx->state.cscs = i;
		return at_ok();
	}
	return at_fail(txn, ERR_PARAM, GRADE_MAN,
		"\"%s\" is not one of GSM, IRA, UCS2", name);
}

void cmd_cfg_default(struct cmd_ctx *ctx)
{
	ctx->state.cscs = 0;
	ctx->state.csta = CSTA_FACTORY;
}

/* man [AT §3]; there are no calls that it could be of use to. */
static struct at_verdict run_csta(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t type = at_args_int(&txn->args, 0, CSTA_FACTORY);

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CSTA: %d", ctx->state.csta);
		return at_ok();
	}
	if (type != 129 && type != 145 && type != 161)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"type %lld is not one of 129, 145, 161",
			(long long)type);
	ctx->state.csta = (int)type;
	return at_ok();
}

/* --- programs beside the modem ------------------------------------------- */

/* man: as stored before this start. When in the boot they come is inf. */
void cmd_cfg_programs(struct cmd_ctx *ctx)
{
	static const char *const programs[] = {
		"UART DDP", "QUEC DAEMON", "ATFWD", "QMI"};
	int64_t want = nv_int(ctx->nv, "qaprdyind", 0);

	for (int i = 0; i < 4; i++) {
		if ((want >> i & 1) == 0)
			continue;
		/* man: this one serves the second UART */
		if (i == 0 && nv_int(ctx->nv, "qdiagport", 0) == 0)
			continue;
		at_urc(ctx->at, AT_URC_EVENT, "+APIND: %s READY", programs[i]);
	}
}

/* Saved at once, in effect after a restart: QAPRDYIND and QDIAGPORT. */
static struct at_verdict set_saved(struct at_txn *txn, const char *name)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (nv_set_int(ctx->nv, name, at_args_int(&txn->args, 0, 0),
		    &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static struct at_verdict run_qaprdyind(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ) {
		/* man prints it with a `=`; taken for a slip, inf */
		at_info(txn, "+QAPRDYIND: %d",
			(int)nv_int(ctx->nv, "qaprdyind", 0));
		return at_ok();
	}
	return set_saved(txn, "qaprdyind");
}

static struct at_verdict run_qdiagport(struct at_txn *txn)
{
	return set_saved(txn, "qdiagport");
}

/* clang-format off */
static const struct at_arg cmee_args[] = {
	{"n", AT_ARG_INT, 0, 2, false},
	{0},
};
static const struct at_arg qurccfg_args[] = {
	{"type", AT_ARG_STR, 1, 32, false},
	{"port", AT_ARG_STR, 1, 15, true},
	{0},
};
static const struct at_arg qsclk_args[] = {
	{"n", AT_ARG_INT, 0, 1, false},
	{0},
};
static const struct at_arg ipr_args[] = {
	{"rate", AT_ARG_INT, 0, 4000000, false},
	{0},
};
static const struct at_arg cscs_args[] = {
	{"chset", AT_ARG_STR, 1, 8, false},
	{0},
};

static const struct at_arg csta_args[] = {
	{"type", AT_ARG_INT, 0, 255, false},
	{0},
};
static const struct at_arg qaprdyind_args[] = {
	{"cfg_val", AT_ARG_INT, 0, 15, false},
	{0},
};
static const struct at_arg qdiagport_args[] = {
	{"num", AT_ARG_INT, 0, 1, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CMEE", ALL, cmee_args, run_cmee, "(0-2)", 300, GRADE_MAN, "[AT §8]", "form of errors"},
	{"+QURCCFG", ALL, qurccfg_args, run_qurccfg, AT_TEST_RUN, 300, GRADE_CAP, "[AT §6]", "port of URCs"},
	{"+QSCLK", ALL, qsclk_args, run_qsclk, "(0,1)", 300, GRADE_CAP, "[AT §5.5]", "allow sleep: with DTR high the UART hears nothing"},
	{"+IPR", ALL, ipr_args, run_ipr, AT_TEST_RUN, 300, GRADE_MAN, "[AT §3]", "rate of the UART"},
	{"+CSCS", ALL, cscs_args, run_cscs, "(\"GSM\",\"IRA\",\"UCS2\")", 300, GRADE_MAN, "[AT §3]", "character set"},
	{"+CSTA", ALL, csta_args, run_csta, "(129,145,161)", 300, GRADE_MAN, "[AT §3]", "type of number; stored, there are no calls"},
	{"+QAPRDYIND", ALL, qaprdyind_args, run_qaprdyind, "(0-15)", 300, GRADE_MAN, "[AT §3] [ATM §2.26]", "+APIND lines, from the next start on"},
	{"+QDIAGPORT", AT_FORM_TEST | AT_FORM_WRITE, qdiagport_args, run_qdiagport, "(0,1)", 12000, GRADE_MAN, "[AT §3] [ATM §2.27]", "the debug UART as an AT port: stored, there is none here"},
	{0},
};
/* clang-format on */

const struct at_family at_family_cfg = {
	.name = "cfg",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
