#include "cmd/ctx.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/regnet.h"
#include "svc/simcard.h"

/* Registration and operator [AT §9.1, §9.2], attach [AT §10.1]. */

enum { ACT_EUTRAN = 7 };

static const char *const reg_names[REG_DOMAINS] = {
	[REG_CS] = "+CREG",
	[REG_PS] = "+CGREG",
	[REG_EPS] = "+CEREG",
};

/* `,"D509","80D413D",7` while registered and asked for, else nothing. */
static void format_place(const struct cmd_ctx *ctx, enum reg_domain domain,
	char *text, size_t size)
{
	int stat = regnet_stat(ctx->reg, domain);

	text[0] = '\0';
	if (ctx->state.creg[domain] == 2 && (stat == 1 || stat == 5))
		snprintf(text, size, ",\"%.8s\",\"%.8s\",%d",
			ctx->profile->reg_tac, ctx->profile->reg_cell,
			ACT_EUTRAN);
}

void cmd_reg_changed(struct cmd_ctx *ctx, int domain)
{
	char place[40];

	/* Before the line of its contexts, inf. */
	if (domain == REG_EPS)
		cmd_radio_act(ctx);
	if (regnet_registered(ctx->reg))
		cmd_plmn_registered(ctx);
	if (ctx->state.creg[domain] == 0)
		return;
	format_place(ctx, (enum reg_domain)domain, place, sizeof(place));
	at_urc(ctx->at, AT_URC_EVENT, "%s: %d%s", reg_names[domain],
		regnet_stat(ctx->reg, (enum reg_domain)domain), place);
}

static struct at_verdict run_registration(
	struct at_txn *txn, enum reg_domain domain)
{
	struct cmd_ctx *ctx = txn->ctx;
	char place[40];

	if (txn->form == AT_FORM_READ) {
		format_place(ctx, domain, place, sizeof(place));
		at_info(txn, "%s: %d,%d%s", reg_names[domain],
			ctx->state.creg[domain], regnet_stat(ctx->reg, domain),
			place);
		return at_ok();
	}
	/* cap [AT §9.1]: the bare form sets 0 */
	ctx->state.creg[domain] = (int)at_args_int(&txn->args, 0, 0);
	return at_ok();
}

static struct at_verdict run_creg(struct at_txn *txn)
{
	return run_registration(txn, REG_CS);
}

static struct at_verdict run_cgreg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct at_verdict v = run_registration(txn, REG_PS);

	/* man [AT §9.1]: this one is saved at once; AT&W has it too */
	if (txn->form != AT_FORM_READ &&
		nv_set_int(ctx->nv, "w_cgreg", ctx->state.creg[REG_PS],
			&txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return v;
}

static struct at_verdict run_cereg(struct at_txn *txn)
{
	return run_registration(txn, REG_EPS);
}

/* --- what waits for the network ------------------------------------------
 */

/* ret: of the regnet operation that was begun. */
static struct at_verdict reg_wait(struct at_txn *txn, int ret)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (ret != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_wait_for(txn, ctx->reg);
}

/* man [AT §9.2]: the shape, with two commas in front of the modes. */
static void print_operators(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;
	int stat = regnet_registered(ctx->reg)	? 2
		   : regnet_forbidden(ctx->reg) ? 3
						: 1;

	at_info(txn, "+COPS: (%d,\"%s\",\"%s\",\"%s\",%d),,(0,1,2,3,4),(0,1,2)",
		stat, p->reg_operator, p->reg_operator_short,
		p->reg_operator_code, ACT_EUTRAN);
}

/* --- +QOPS: [ATM §6.13] to [ATM §6.15] ------------------------------
 */

enum { SCAN_2G, SCAN_3G, SCAN_LTE, SCAN_ALL };

static const struct cmd_scan scan_all = {
	.rat = SCAN_ALL,
	.gsm = 0xffff,
	.lte = INT64_MAX,
	.tds = 0x3f,
};

/* man: the one cell, unless QOPSCFG looks elsewhere; nothing found inf. */
static void print_cells(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct cmd_scan *scan = &ctx->state.scan;
	const struct profile *p = ctx->profile;
	struct reg_signal s;
	char rssi[16] = "";

	if (scan->rat < SCAN_LTE || !regnet_signal(ctx->reg, &s) ||
		!(scan->lte >> (p->reg_band - 1) & 1))
		return;
	if (scan->rssi)
		snprintf(rssi, sizeof(rssi), "%d,", s.rssi);
	at_info(txn, "+QOPS: \"%s\",\"%s\",\"%s\"", p->reg_operator,
		p->reg_operator_short, p->reg_operator_code);
	at_info(txn, "1,\"4G\",%d,%d,%s,%s,%d,%d,%s0", (int)p->reg_earfcn,
		(int)p->reg_pcid, p->reg_tac, p->reg_cell, s.rsrp, s.rsrq,
		rssi);
}

static struct at_verdict run_qops(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	return reg_wait(txn, regnet_scan(ctx->reg, &txn->scratch));
}

/* Up to 16 hex digits; false: not that. */
static bool parse_mask(struct at_txn *txn, size_t i, uint64_t *mask)
{
	const char *text = at_args_str(&txn->args, i, "");
	size_t len = strlen(text);

	if (len == 0 || len > 16 ||
		strspn(text, "0123456789abcdefABCDEF") < len)
		return false;
	*mask = strtoull(text, NULL, 16);
	return true;
}

static struct at_verdict set_scan(struct at_txn *txn, struct cmd_scan *scan)
{
	struct cmd_scan want = scan_all;
	const struct at_args *a = &txn->args;
	bool ok = at_parse_uint(a->v[1].text, &(int64_t){0}) &&
		  strlen(a->v[1].text) == 1 && a->v[1].text[0] <= '3';

	want.rssi = scan->rssi;
	want.rat = a->v[1].text[0] - '0';
	/* man: without masks all bands */
	if (ok && a->n > 2)
		ok = parse_mask(txn, 2, &want.gsm) &&
		     parse_mask(txn, 3, &want.lte) &&
		     parse_mask(txn, 4, &want.tds);
	if (!ok)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"scancontrol takes a RAT 0..3, and three masks in hex "
			"or none");
	/* man: 0 changes nothing; what it stands at otherwise inf */
	if (want.lte == 0)
		want.lte = scan->lte;
	*scan = want;
	return at_ok();
}

static struct at_verdict run_qopscfg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct cmd_scan *scan = &ctx->state.scan;
	const char *what = at_args_str(&txn->args, 0, "");
	const char *value = at_args_str(&txn->args, 1, NULL);

	if (txn->form == AT_FORM_TEST) {
		/* man: the shape; the spelling of the ranges inf */
		at_info(txn, "+QOPSCFG: \"scancontrol\",(0-3),(0-FFFF),"
			     "(0-7FFFFDF3FFF),(0-3F)");
		return at_ok();
	}
	if (strcasecmp(what, "scancontrol") == 0 && value == NULL)
		at_info(txn,
			"+QOPSCFG: \"scancontrol\",%d,%" PRIX64 ",%" PRIX64
			",%" PRIX64,
			scan->rat, scan->gsm, scan->lte, scan->tds);
	else if (strcasecmp(what, "scancontrol") == 0)
		return set_scan(txn, scan);
	else if (strcasecmp(what, "displayrssi") != 0 || value == NULL ||
		 (strcmp(value, "0") != 0 && strcmp(value, "1") != 0))
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"neither \"scancontrol\" nor \"displayrssi\" with 0 "
			"or 1");
	else
		scan->rssi = value[0] == '1';
	return at_ok();
}

static void on_done(void *arg, const struct why *why)
{
	struct cmd_ctx *ctx = arg;
	struct at_txn *txn = at_waiting(ctx->at, ctx->reg);

	if (txn == NULL) {
		cmd_packet_attached(ctx, why);
		return;
	}
	if (why != NULL && why->err == ERR_NO_SERVICE)
		cmd_status_attach_failed(ctx);
	if (why == NULL && txn->cmd->run == run_qops)
		print_cells(txn);
	else if (why == NULL && txn->form == AT_FORM_TEST)
		print_operators(txn);
	at_finish(txn, why == NULL ? at_ok() : at_fail_why(txn, why));
}

static void on_signal(void *arg)
{
	cmd_radio_signal(arg);
}

static void attach_family(void *ctx)
{
	static const struct regnet_events events = {
		.done = on_done,
		.signal = on_signal,
	};
	struct cmd_ctx *c = ctx;

	regnet_listen(c->reg, &events, c);
}

/* --- +COPS ---------------------------------------------------------------
 */

enum { COPS_AUTO, COPS_MANUAL, COPS_NONE, COPS_FORMAT, COPS_MANUAL_AUTO };

/* inf [AT §9.2]: mode 0, 1, 2 is saved; how a selection ends changes it not. */
static int save_mode(struct at_txn *txn, enum reg_mode mode)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return nv_set_int(ctx->nv, "cops_mode", mode, &txn->scratch);
}

void cmd_reg_ready(struct cmd_ctx *ctx)
{
	int64_t mode = nv_int(ctx->nv, "cops_mode", REG_MODE_AUTO);

	if (!ctx->profile->reg_mode_saved || mode < REG_MODE_AUTO ||
		mode > REG_MODE_NONE)
		mode = REG_MODE_AUTO;
	regnet_boot(ctx->reg, (enum reg_mode)mode);
	ctx->state.scan = scan_all;
	if (mode == REG_MODE_NONE)
		trace_text(ctx->trace, LANE_NOTE,
			"no network is searched for: AT+COPS=2 is stored "
			"(AT+COPS=0)");
}

static struct at_verdict read_cops(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;
	const char *const names[] = {
		p->reg_operator, p->reg_operator_short, p->reg_operator_code};

	if (regnet_registered(ctx->reg))
		at_info(txn, "+COPS: %d,%d,\"%s\",%d",
			(int)regnet_mode(ctx->reg), ctx->state.cops_format,
			names[ctx->state.cops_format], ACT_EUTRAN);
	else
		at_info(txn, "+COPS: %d", (int)regnet_mode(ctx->reg));
	return at_ok();
}

/* 0 when the operator of the command is the one there is. */
static int check_operator(struct at_txn *txn, int64_t format)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;
	const char *const names[] = {
		p->reg_operator, p->reg_operator_short, p->reg_operator_code};
	const char *name = at_args_str(&txn->args, 2, NULL);
	int64_t act = at_args_int(&txn->args, 3, ACT_EUTRAN);

	if (name == NULL)
		return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
			"argument 3 <oper> is missing: which operator");
	if (strcmp(name, names[format]) != 0 || act != ACT_EUTRAN)
		return why_set(&txn->scratch, ERR_NO_SERVICE, GRADE_INF,
			"there is no operator \"%s\" with access technology "
			"%lld, only \"%s\" with %d",
			name, (long long)act, names[format], ACT_EUTRAN);
	return 0;
}

static struct at_verdict leave_network(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (save_mode(txn, REG_MODE_NONE) != 0)
		return at_fail_why(txn, &txn->scratch);
	return reg_wait(
		txn, regnet_select(ctx->reg, REG_MODE_NONE, &txn->scratch));
}

static struct at_verdict select_network(
	struct at_txn *txn, int64_t mode, int64_t format)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;
	enum reg_mode want = REG_MODE_AUTO;

	if (mode == COPS_NONE)
		return leave_network(txn);
	if (simcard_check(ctx->sim, why) != 0)
		return at_fail_why(txn, why);
	if (mode == COPS_MANUAL || mode == COPS_MANUAL_AUTO) {
		int ret = check_operator(txn, format);

		if (ret == 0)
			want = REG_MODE_MANUAL;
		else if (mode == COPS_MANUAL || ret != ERR_NO_SERVICE)
			return at_fail_why(txn, why);
	}
	if (save_mode(txn, want) != 0)
		return at_fail_why(txn, why);
	return reg_wait(txn, regnet_select(ctx->reg, want, why));
}

static struct at_verdict run_cops(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t mode = at_args_int(&txn->args, 0, 0);
	int64_t format = at_args_int(&txn->args, 1, ctx->state.cops_format);

	if (txn->form == AT_FORM_READ)
		return read_cops(txn);
	if (txn->form == AT_FORM_TEST) {
		if (simcard_check(ctx->sim, &txn->scratch) != 0)
			return at_fail_why(txn, &txn->scratch);
		return reg_wait(txn, regnet_scan(ctx->reg, &txn->scratch));
	}
	ctx->state.cops_format = (int)format;
	if (mode == COPS_FORMAT)
		return at_ok();
	return select_network(txn, mode, format);
}

/* man [AT §9.2]; the modem knows the one operator there is. */
static struct at_verdict run_copn(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	at_info(txn, "+COPN: \"%s\",\"%s\"", ctx->profile->reg_operator_code,
		ctx->profile->reg_operator);
	return at_ok();
}

static struct at_verdict run_cgatt(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	bool attached = regnet_attached(ctx->reg);
	bool want = at_args_int(&txn->args, 0, 0) == 1;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CGATT: %d", attached);
		return at_ok();
	}
	/* man [AT §10.1]: what is so already is OK */
	if (want == attached)
		return at_ok();
	if (simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	/* What it changes is told behind the OK: inf. */
	at_urc_behind(txn);
	return reg_wait(txn, regnet_attach(ctx->reg, want, &txn->scratch));
}

/* clang-format off */
static const struct at_arg reg_args[] = {
	{"n", AT_ARG_INT, 0, 2, true},
	{0},
};
static const struct at_arg cops_args[] = {
	{"mode", AT_ARG_INT, 0, 4, false},
	{"format", AT_ARG_INT, 0, 2, true},
	{"oper", AT_ARG_STR, 0, 32, true},
	{"act", AT_ARG_INT, 0, 7, true},
	{0},
};
static const struct at_arg qopscfg_args[] = {
	{"type", AT_ARG_STR, 1, 16, false},
	{"RAT", AT_ARG_STR_OR_INT, 1, 16, true},
	{"GW_band", AT_ARG_STR_OR_INT, 1, 16, true},
	{"LTE_band", AT_ARG_STR_OR_INT, 1, 16, true},
	{"TDS_band", AT_ARG_STR_OR_INT, 1, 16, true},
	{0},
};
static const struct at_arg cgatt_args[] = {
	{"state", AT_ARG_INT, 0, 1, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CREG", ALL | AT_FORM_EXEC, reg_args, run_creg, "(0-2)", 300, GRADE_CAP, "[AT §9.1]", "registration, circuit switched"},
	{"+CGREG", ALL | AT_FORM_EXEC, reg_args, run_cgreg, "(0-2)", 300, GRADE_CAP, "[AT §9.1]", "registration, packet"},
	{"+CEREG", ALL | AT_FORM_EXEC, reg_args, run_cereg, "(0-2)", 300, GRADE_CAP, "[AT §9.1]", "registration, LTE"},
	{"+COPS", ALL, cops_args, run_cops, AT_TEST_RUN, 180000, GRADE_CAP, "[AT §9.2]", "operator; there is one"},
	{"+COPN", AT_FORM_TEST | AT_FORM_EXEC, NULL, run_copn, NULL, 0, GRADE_MAN, "[AT §9.2]", "names of operators: the one there is"},
	{"+QOPS", AT_FORM_EXEC, NULL, run_qops, NULL, 0, GRADE_MAN, "[AT §9.3] [ATM §6.15]", "look for cells: there is one"},
	{"+QOPSCFG", AT_FORM_TEST | AT_FORM_WRITE, qopscfg_args, run_qopscfg, AT_TEST_RUN, 300, GRADE_MAN, "[AT §9.3] [ATM §6.13]", "what QOPS looks for and prints"},
	{"+CGATT", ALL, cgatt_args, run_cgatt, "(0,1)", 140000, GRADE_MAN, "[AT §10.1]", "packet attach"},
	{0},
};
/* clang-format on */

const struct at_family at_family_reg = {
	.name = "reg",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
	.attach = attach_family,
};
