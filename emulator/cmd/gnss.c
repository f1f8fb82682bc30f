#include "cmd/ctx.h"

/*
 * The receiver of satellites [AT §14]: it can be switched on and off, and
 * sees no sky, so that there never is a fix.
 */

static struct at_verdict run_qgps(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t mode = at_args_int(&txn->args, 0, 1);

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+QGPS: %d", ctx->state.gnss);
		return at_ok();
	}
	if (ctx->state.gnss)
		return at_fail(txn, ERR_GNSS_ON, GRADE_MAN,
			"the receiver is on (AT+QGPSEND)");
	/* man: 1..4, and only 1, stand-alone, works; its code is inf */
	if (mode != 1)
		return at_fail(txn, ERR_GNSS_SUPPORT, GRADE_INF,
			"argument 1 <gnssmode>: %lld, this modem has only 1, "
			"stand-alone",
			(long long)mode);
	ctx->state.gnss = true;
	return at_ok();
}

static int check_on(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (ctx->state.gnss)
		return 0;
	return why_set(&txn->scratch, ERR_GNSS_OFF, GRADE_MAN,
		"the receiver is off (AT+QGPS=1)");
}

static struct at_verdict run_qgpsend(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (check_on(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	ctx->state.gnss = false;
	return at_ok();
}

static struct at_verdict run_qgpsloc(struct at_txn *txn)
{
	if (check_on(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_fail(txn, ERR_GNSS_FIX, GRADE_MAN,
		"no satellite is seen: there is no sky here");
}

/* clang-format off */
static const struct at_arg qgps_args[] = {
	{"gnssmode", AT_ARG_INT, 1, 4, false},
	{"fixmaxtime", AT_ARG_INT, 1, 255, true},
	{"fixmaxdist", AT_ARG_INT, 1, 1000, true},
	{"fixcount", AT_ARG_INT, 0, 1000, true},
	{"fixrate", AT_ARG_INT, 1, 65535, true},
	{0},
};
static const struct at_arg qgpsloc_args[] = {
	{"mode", AT_ARG_INT, 0, 2, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QGPS", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, qgps_args, run_qgps, "(1-4),(1-255),(1-1000),(0-1000),(1-65535)", 300, GRADE_MAN, "[AT §14]", "switch the GNSS receiver on"},
	{"+QGPSEND", AT_FORM_TEST | AT_FORM_EXEC, NULL, run_qgpsend, NULL, 300, GRADE_MAN, "[AT §14]", "switch it off"},
	{"+QGPSLOC", AT_FORM_READ | AT_FORM_WRITE, qgpsloc_args, run_qgpsloc, NULL, 300, GRADE_MAN, "[AT §14]", "position: there never is a fix"},
	{0},
};
/* clang-format on */

const struct at_family at_family_gnss = {
	.name = "gnss",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
