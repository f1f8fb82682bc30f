#include "cmd/ctx.h"

#include <stdio.h>

#include "svc/nv.h"
#include "svc/regnet.h"

/* Registration, operator, signal, attach [AT §9, §10.1]. */

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

static struct at_verdict run_cops(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;
	const char *const names[] = {
		p->reg_operator, p->reg_operator_short, p->reg_operator_code};
	int64_t mode = at_args_int(&txn->args, 0, 0);
	int64_t format = at_args_int(&txn->args, 1, ctx->state.cops_format);

	if (txn->form == AT_FORM_READ && regnet_attached(ctx->reg)) {
		at_info(txn, "+COPS: 0,%d,\"%s\",%d", ctx->state.cops_format,
			names[ctx->state.cops_format], ACT_EUTRAN);
		return at_ok();
	}
	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+COPS: 0");
		return at_ok();
	}
	if (mode != 0 && mode != 3)
		return at_fail(txn, ERR_NOT_MODELLED, GRADE_ASM,
			"mode %lld is not modelled: 0 (automatic) and 3 (set "
			"the format) are",
			(long long)mode);
	ctx->state.cops_format = (int)format;
	return at_ok();
}

static struct at_verdict run_csq(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	/* The error rate is not known on LTE [AT §9.3]. */
	at_info(txn, "+CSQ: %d,99", regnet_rssi(ctx->reg));
	return at_ok();
}

static struct at_verdict run_cgatt(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	bool attached = regnet_attached(ctx->reg);

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CGATT: %d", attached);
		return at_ok();
	}
	if ((at_args_int(&txn->args, 0, 0) == 1) != attached)
		return at_fail(txn, ERR_NOT_MODELLED, GRADE_ASM,
			"attach and detach by command are not modelled; the "
			"modem is %s",
			attached ? "attached" : "not attached");
	return at_ok();
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
static const struct at_arg cgatt_args[] = {
	{"state", AT_ARG_INT, 0, 1, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CREG", ALL | AT_FORM_EXEC, reg_args, run_creg, "(0-2)", 300, GRADE_CAP, "[AT §9.1]", "registration, circuit switched"},
	{"+CGREG", ALL | AT_FORM_EXEC, reg_args, run_cgreg, "(0-2)", 300, GRADE_CAP, "[AT §9.1]", "registration, packet"},
	{"+CEREG", ALL | AT_FORM_EXEC, reg_args, run_cereg, "(0-2)", 300, GRADE_CAP, "[AT §9.1]", "registration, LTE"},
	{"+COPS", AT_FORM_READ | AT_FORM_WRITE, cops_args, run_cops, NULL, 180000, GRADE_CAP, "[AT §9.2]", "operator; choosing one is not modelled"},
	{"+CSQ", AT_FORM_TEST | AT_FORM_EXEC, NULL, run_csq, "(0-31,99),(0-7,99)", 300, GRADE_CAP, "[AT §9.3]", "signal"},
	{"+CGATT", ALL, cgatt_args, run_cgatt, "(0,1)", 140000, GRADE_MAN, "[AT §10.1]", "packet attach; changing it is not modelled"},
	{0},
};
/* clang-format on */

const struct at_family at_family_reg = {
	.name = "reg",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
