#include "cmd/ctx.h"

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

/* The cause after a start [AT §13]; calls, which would change it, are not
 * modelled. */
static struct at_verdict run_ceer(struct at_txn *txn)
{
	at_info(txn, "+CEER: No cause information available");
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
	{"+CEER", EXEC, NULL, run_ceer, NULL, 300, GRADE_MAN, "[AT §13]", "cause of the last failure: that of a start"},
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
