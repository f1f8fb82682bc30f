#include "cmd/ctx.h"

#include "svc/regnet.h"
#include "svc/simcard.h"

/* What state the modem and its hardware are in [AT §13], [AT §14]. */

static const struct profile *profile_of(const struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return ctx->profile;
}

/* There are no calls: always ready. */
static struct at_verdict run_cpas(struct at_txn *txn)
{
	at_info(txn, "+CPAS: 0");
	return at_ok();
}

/* --- +CEER: causes of [ATM §15.8]; which comes when, and their spelling on
 * the wire, are inf. Calls, which have most of them, are not modelled. */

void cmd_status_pdp_failed(struct cmd_ctx *ctx)
{
	if (regnet_attached(ctx->reg))
		ctx->state.ceer = "Regular deactivation";
	else if (ctx->state.cfun != 1)
		ctx->state.ceer = "Phone is offline";
	else if (simcard_state(ctx->sim) == SIM_ABSENT)
		ctx->state.ceer = "No UIM present";
	else
		ctx->state.ceer = "No service available";
}

void cmd_status_attach_failed(struct cmd_ctx *ctx)
{
	if (ctx->state.cfun == 1)
		ctx->state.ceer = "EMM attach failed";
}

static struct at_verdict run_ceer(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	at_info(txn, "+CEER: %s",
		ctx->state.ceer != NULL ? ctx->state.ceer
					: "No cause information available");
	return at_ok();
}

/*
 * man [ATM §6.18]: its lines and values; how rssi and charge make five levels
 * is inf. "smsfull" is 0 as in its example, whose table says the opposite.
 */
static struct at_verdict run_cind(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int rssi = regnet_rssi(ctx->reg), stat = regnet_stat(ctx->reg, REG_EPS);

	at_info(txn, "+CIND: %d,%d,%d,0,%d,0,%d,0",
		(int)profile_of(txn)->hw_battery / 20,
		rssi > 31 ? 0 : rssi * 6 / 32, regnet_registered(ctx->reg),
		stat == 5, regnet_attached(ctx->reg));
	return at_ok();
}

static struct at_verdict run_cbc(struct at_txn *txn)
{
	at_info(txn, "+CBC: 0,%d,%d", (int)profile_of(txn)->hw_battery,
		(int)profile_of(txn)->hw_voltage);
	return at_ok();
}

static struct at_verdict run_qadc(struct at_txn *txn)
{
	at_info(txn, "+QADC: 1,%d", (int)profile_of(txn)->hw_adc);
	return at_ok();
}

static struct at_verdict run_qtemp(struct at_txn *txn)
{
	/* kin [AT §14]: 255 where there is no sensor */
	at_info(txn, "+QTEMP: %d,255,255",
		(int)profile_of(txn)->hw_temperature);
	return at_ok();
}

/* RI is not modelled, so it is inactive already. */
static struct at_verdict run_qrir(struct at_txn *txn)
{
	(void)txn;
	return at_ok();
}

static struct at_verdict run_cgclass(struct at_txn *txn)
{
	const char *class = at_args_str(&txn->args, 0, "A");

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CGCLASS: \"A\"");
		return at_ok();
	}
	if (class[0] != 'A' || class[1] != '\0')
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"class \"%s\" is not \"A\", the only one", class);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qadc_args[] = {
	{"port", AT_ARG_INT, 0, 1, false},
	{0},
};
static const struct at_arg cgclass_args[] = {
	{"class", AT_ARG_STR, 0, 8, false},
	{0},
};

enum { EXEC = AT_FORM_TEST | AT_FORM_EXEC };

static const struct at_cmd rows[] = {
	{"+CPAS", EXEC, NULL, run_cpas, "(0,3,4)", 300, GRADE_MAN, "[AT §13]", "activity: always ready, there are no calls"},
	{"+CEER", EXEC, NULL, run_ceer, NULL, 300, GRADE_MAN, "[AT §13] [ATM §15.8]", "cause of the last failure: of contexts and registration, as there are no calls; spelling and choice are inferred"},
	{"+CIND", AT_FORM_TEST | AT_FORM_READ, NULL, run_cind, "(\"battchg\",(0-5)),(\"signal\",(0-5)),(\"service\",(0-1)),(\"call\",(0-1)),(\"roam\",(0-1)),(\"smsfull\",(0-1)),(\"GPRS coverage\",(0-1)),(\"callsetup\",(0-3))", 300, GRADE_MAN, "[ATM §6.18]", "indicators: charge, signal, service, roaming, packet service; none of calls and SMS"},
	{"+CBC", EXEC, NULL, run_cbc, NULL, 300, GRADE_MAN, "[AT §14]", "supply, by profile"},
	{"+QADC", AT_FORM_TEST | AT_FORM_WRITE, qadc_args, run_qadc, "(0,1)", 300, GRADE_MAN, "[AT §14]", "voltage at an input, by profile"},
	{"+QTEMP", EXEC, NULL, run_qtemp, NULL, 300, GRADE_KIN, "[AT §14]", "temperature, by profile"},
	{"+QRIR", EXEC, NULL, run_qrir, NULL, 300, GRADE_MAN, "[AT §3]", "RI goes back to inactive, where it is"},
	{"+CGCLASS", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cgclass_args, run_cgclass, "(\"A\")", 300, GRADE_MAN, "[AT §10.1]", "class of the mobile station"},
	{0},
};
/* clang-format on */

const struct at_family at_family_status = {
	.name = "status",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
