#include "cmd/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/regnet.h"

/*
 * What the radio sees [AT §9.3]: +CSQ, +CESQ, +QCSQ, +QNWINFO, +QENG,
 * +QNETINFO and +QSPN, all from the one cell of svc/regnet.h, and the +QIND
 * lines that QINDCFG asks for [AT §6].
 */

static const char *operator_code(const struct cmd_ctx *ctx)
{
	return ctx->profile->reg_operator_code;
}

/* --- signal --------------------------------------------------------------
 */

static struct at_verdict run_csq(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	/* The error rate is not known on LTE [AT §9.3]. */
	at_info(txn, "+CSQ: %d,99", regnet_rssi(ctx->reg));
	return at_ok();
}

/* The scales of 27.007: 1 is -140 dBm, 1 is -19.5 dB. */
static struct at_verdict run_cesq(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct reg_signal s;

	if (regnet_signal(ctx->reg, &s))
		at_info(txn, "+CESQ: 99,99,255,255,%d,%d", (s.rsrq + 20) * 2,
			s.rsrp + 141);
	else
		at_info(txn, "+CESQ: 99,99,255,255,255,255");
	return at_ok();
}

static struct at_verdict run_qcsq(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct reg_signal s;

	/*
	 * cap [AT §9.3] EC25: "LTE",50,-78,188,-14. That the first number is
	 * the RSSI without its sign, and the third 5 * (dB + 20), is inf.
	 */
	if (regnet_registered(ctx->reg) && regnet_signal(ctx->reg, &s))
		at_info(txn, "+QCSQ: \"LTE\",%d,%d,%d,%d", -s.rssi, s.rsrp,
			(s.sinr + 20) * 5, s.rsrq);
	else
		at_info(txn, "+QCSQ: \"NOSERVICE\"");
	return at_ok();
}

/* --- cell and network ------------------------------------------------------
 */

static struct at_verdict run_qnwinfo(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (regnet_registered(ctx->reg))
		at_info(txn, "+QNWINFO: \"FDD LTE\",\"%s\",\"LTE BAND %d\",%d",
			operator_code(ctx), (int)ctx->profile->reg_band,
			(int)ctx->profile->reg_earfcn);
	else
		/* cap [AT §9.3] EC21-AU: no quotes */
		at_info(txn, "+QNWINFO: No Service");
	return at_ok();
}

static void print_serving(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;
	struct reg_signal s;

	if (!regnet_signal(ctx->reg, &s)) {
		at_info(txn, "+QENG: \"servingcell\",\"SEARCH\"");
		return;
	}
	/* Connected state is not modelled: an idle line says NOCONN. */
	at_info(txn,
		"+QENG: \"servingcell\",\"%s\",\"LTE\",\"FDD\",%.3s,%s,%s,"
		"%d,%d,%d,%d,%d,%s,%d,%d,%d,%d,%d",
		regnet_registered(ctx->reg) ? "NOCONN" : "LIMSRV",
		operator_code(ctx),
		strlen(operator_code(ctx)) > 3 ? operator_code(ctx) + 3 : "",
		p->reg_cell, (int)p->reg_pcid, (int)p->reg_earfcn,
		(int)p->reg_band, (int)p->reg_bandwidth, (int)p->reg_bandwidth,
		p->reg_tac, s.rsrp, s.rsrq, s.rssi, s.sinr, (int)p->reg_srxlev);
}

static struct at_verdict run_qeng(struct at_txn *txn)
{
	const char *what = at_args_str(&txn->args, 0, "");

	/* man: a list; which words it has is inf */
	if (txn->form == AT_FORM_TEST)
		at_info(txn, "+QENG: (\"servingcell\",\"neighbourcell\")");
	else if (strcasecmp(what, "servingcell") == 0)
		print_serving(txn);
	/* There are no other cells here, and no 3G. */
	else if (strcasecmp(what, "neighbourcell") != 0 &&
		 strcasecmp(what, "3gcomm") != 0)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"\"%s\" is not one of servingcell, neighbourcell, "
			"3gcomm",
			what);
	return at_ok();
}

/* --- +QNETINFO ---------------------------------------------------------- */

/* `"rsssnr",10`, or `-` where nothing is known. */
static void print_function(
	struct at_txn *txn, bool known, const char *name, const char *value)
{
	at_info(txn, "\"%s\",%s", name, known ? value : "-");
}

/* man [ATM §6.11]: bit by bit, of what the RAT has. */
static void print_functions(struct at_txn *txn, int rat, unsigned int mask)
{
	const struct cmd_ctx *ctx = txn->ctx;
	struct reg_signal s = {0};
	bool known = regnet_signal(ctx->reg, &s);
	char number[16];

	if (rat <= 1 && (mask & 1))
		print_function(txn, false, "drx", "");
	if (rat != 2)
		return;
	snprintf(number, sizeof(number), "%d", s.sinr);
	if (mask & 1)
		print_function(txn, known, "rsssnr", number);
	snprintf(number, sizeof(number), "%d",
		(int)ctx->profile->reg_timing_advance);
	if (mask & 2)
		print_function(txn, known, "timingadvance", number);
	if (mask & 4)
		print_function(txn, known, "drx", ctx->profile->reg_drx);
}

static struct at_verdict run_qnetinfo(struct at_txn *txn)
{
	static const struct {
		const char *name;
		unsigned int functions;
	} rats[] = {{"GSM", 1}, {"WCDMA", 1}, {"LTE", 7}, {"TD-SCDMA", 0},
		{"UMTS", 0}, {"CDMA", 0}, {"HDR", 0}};
	const char *digits = at_args_str(&txn->args, 1, "");
	unsigned int mask;
	int rat, n = 0;

	if (txn->form == AT_FORM_TEST) {
		at_info(txn, "+QNETINFO: <rat>,<bit_msk>");
		return at_ok();
	}
	if (digits[0] == '\0' || strlen(digits) > 8 ||
		digits[strspn(digits, "0123456789abcdefABCDEF")] != '\0')
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"mask \"%s\" is not 1..8 hex digits", digits);
	rat = (int)txn->args.v[0].num;
	mask = (unsigned int)strtoul(digits, NULL, 16) & rats[rat].functions;
	for (unsigned int left = mask; left != 0; left &= left - 1)
		n++;
	at_info(txn, "+QNETINFO: \"%s\",%d", rats[rat].name, n);
	print_functions(txn, rat, mask);
	return at_ok();
}

static struct at_verdict run_qspn(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;

	if (regnet_registered(ctx->reg))
		at_info(txn, "+QSPN: \"%s\",\"%s\",\"\",0,\"%s\"",
			p->reg_operator, p->reg_operator_short,
			p->reg_operator_code);
	else
		at_info(txn, "+QSPN: \"\",\"\",\"\",0,\"\"");
	return at_ok();
}

/* --- +QINDCFG ------------------------------------------------------------
 */

/* Types in the order of =?, and what is on from the factory [AT §6]. */
static const struct {
	const char *name;
	bool on;
} indications[] = {
	{"all", true},
	{"csq", false},
	{"smsfull", false},
	{"ring", true},
	{"smsincoming", true},
	{"act", false},
	{"ccinfo", false},
};

enum {
	IND_ALL,
	IND_CSQ,
	IND_ACT = 5,
	N_INDICATIONS = sizeof(indications) / sizeof(*indications),
};

static void nv_name(size_t i, char name[24])
{
	snprintf(name, 24, "ind_%s", indications[i].name);
}

void cmd_radio_ready(struct cmd_ctx *ctx)
{
	char name[24];

	ctx->state.ind = 0;
	for (size_t i = 0; i < N_INDICATIONS; i++) {
		nv_name(i, name);
		if (nv_int(ctx->nv, name, indications[i].on) != 0)
			ctx->state.ind |= 1u << i;
	}
}

static bool ind_on(const struct cmd_ctx *ctx, unsigned int i)
{
	return (ctx->state.ind >> IND_ALL & 1) && (ctx->state.ind >> i & 1);
}

void cmd_radio_signal(struct cmd_ctx *ctx)
{
	if (ind_on(ctx, IND_CSQ))
		at_urc(ctx->at, AT_URC_EVENT, "+QIND: \"csq\",%d,99",
			regnet_rssi(ctx->reg));
}

/* man [ATM §4.3]: only what differs from what was told. */
void cmd_radio_act(struct cmd_ctx *ctx)
{
	const char *act = regnet_attached(ctx->reg) ? "LTE" : "UNKNOWN";

	if (!ind_on(ctx, IND_ACT) || act == ctx->state.act_told)
		return;
	ctx->state.act_told = act;
	at_urc(ctx->at, AT_URC_EVENT, "+QIND: \"act\",\"%s\"", act);
}

static struct at_verdict set_ind(struct at_txn *txn, size_t i)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t on = txn->args.v[1].num;
	char name[24];

	ctx->state.ind &= ~(1u << i);
	if (on)
		ctx->state.ind |= 1u << i;
	nv_name(i, name);
	if (at_args_int(&txn->args, 2, 0) == 1 &&
		nv_set_int(ctx->nv, name, on, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	/* man [ATM §4.3]: told at once, behind the OK */
	if (i == IND_ACT) {
		ctx->state.act_told = NULL;
		at_urc_behind(txn);
		cmd_radio_act(ctx);
	}
	return at_ok();
}

static struct at_verdict run_qindcfg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	for (size_t i = 0; i < N_INDICATIONS; i++) {
		if (txn->form == AT_FORM_TEST) {
			at_info(txn, "+QINDCFG: \"%s\",(0,1),(0,1)",
				indications[i].name);
			continue;
		}
		if (strcasecmp(txn->args.v[0].text, indications[i].name) != 0)
			continue;
		if (at_args_has(&txn->args, 1))
			return set_ind(txn, i);
		at_info(txn, "+QINDCFG: \"%s\",%u", indications[i].name,
			ctx->state.ind >> i & 1);
		return at_ok();
	}
	if (txn->form == AT_FORM_TEST)
		return at_ok();
	return at_fail(txn, ERR_PARAM, GRADE_MAN,
		"\"%s\" is no type of QINDCFG (AT+QINDCFG=?)",
		txn->args.v[0].text);
}

/* clang-format off */
static const struct at_arg qeng_args[] = {
	{"celltype", AT_ARG_STR, 1, 32, false},
	{0},
};
static const struct at_arg qnetinfo_args[] = {
	{"rat", AT_ARG_INT, 0, 6, false},
	{"bit_msk", AT_ARG_STR_OR_INT, 1, 8, false},
	{0},
};
static const struct at_arg qindcfg_args[] = {
	{"type", AT_ARG_STR, 1, 32, false},
	{"enable", AT_ARG_INT, 0, 1, true},
	{"save", AT_ARG_INT, 0, 1, true},
	{0},
};

enum { EXEC = AT_FORM_TEST | AT_FORM_EXEC };

static const struct at_cmd rows[] = {
	{"+CSQ", EXEC, NULL, run_csq, "(0-31,99),(0-7,99)", 300, GRADE_CAP, "[AT §9.3]", "signal"},
	{"+CESQ", EXEC, NULL, run_cesq, "(0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)", 300, GRADE_INF, "[AT §9.3] scales of 3GPP 27.007", "signal, extended"},
	{"+QCSQ", EXEC, NULL, run_qcsq, NULL, 300, GRADE_CAP, "[AT §9.3]", "signal of the service"},
	{"+QNWINFO", EXEC, NULL, run_qnwinfo, NULL, 300, GRADE_CAP, "[AT §9.3]", "network, band and channel"},
	{"+QENG", AT_FORM_TEST | AT_FORM_WRITE, qeng_args, run_qeng, AT_TEST_RUN, 300, GRADE_KIN, "[AT §9.3]", "serving cell; there are no neighbours"},
	{"+QNETINFO", AT_FORM_TEST | AT_FORM_WRITE, qnetinfo_args, run_qnetinfo, AT_TEST_RUN, 300, GRADE_MAN, "[AT §9.3] [ATM §6.11]", "figures of a radio technology: there is LTE alone"},
	{"+QSPN", EXEC, NULL, run_qspn, NULL, 300, GRADE_MAN, "[AT §9.3]", "names of the network"},
	{"+QINDCFG", AT_FORM_TEST | AT_FORM_WRITE, qindcfg_args, run_qindcfg, AT_TEST_RUN, 300, GRADE_MAN, "[AT §6]", "which +QIND lines come; csq and act do, the others are stored"},
	{0},
};
/* clang-format on */

const struct at_family at_family_radio = {
	.name = "radio",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
