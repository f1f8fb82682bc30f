#include "cmd/ctx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/simcard.h"

/* The SIM [AT §7] and the lines it prints after a start [AT §5.1]. */

static const char *state_text(enum sim_state state)
{
	switch (state) {
	case SIM_READY:
		return "READY";
	case SIM_PIN:
		return "SIM PIN";
	case SIM_PUK:
		return "SIM PUK";
	case SIM_ABSENT:
		return "NOT INSERTED";
	case SIM_STARTING:
	case SIM_BUSY:
	case SIM_OFF:
		break;
	}
	return "NOT READY";
}

void cmd_sim_ready(struct cmd_ctx *ctx)
{
	simcard_detect(ctx->sim, nv_int(ctx->nv, "qsimdet", 0) != 0);
}

/* man [AT §7.2]: the line of QSIMSTAT comes first. */
static void print_socket(struct cmd_ctx *ctx, bool inserted)
{
	if (ctx->state.qsimstat && nv_int(ctx->nv, "qsimdet", 0) != 0)
		at_urc(ctx->at, AT_URC_EVENT, "+QSIMSTAT: 1,%d", inserted);
	if (!inserted)
		at_urc(ctx->at, AT_URC_BOOT, "+CPIN: NOT READY");
}

void cmd_sim_changed(struct cmd_ctx *ctx)
{
	unsigned int news = simcard_news(ctx->sim);

	if (news & (SIM_NEWS_REMOVED | SIM_NEWS_INSERTED))
		print_socket(ctx, (news & SIM_NEWS_INSERTED) != 0);
	if (news & SIM_NEWS_STATE)
		at_urc(ctx->at, AT_URC_BOOT, "+CPIN: %s",
			state_text(simcard_state(ctx->sim)));
	if (news & SIM_NEWS_TYPE)
		at_urc(ctx->at, AT_URC_BOOT, "+QUSIM: %d",
			(int)ctx->profile->sim_type);
	if (news & SIM_NEWS_SMS)
		at_urc(ctx->at, AT_URC_BOOT, "+QIND: SMS DONE");
	if (news & SIM_NEWS_PB)
		at_urc(ctx->at, AT_URC_BOOT, "+QIND: PB DONE");
}

static struct at_verdict read_cpin(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	enum sim_state state = simcard_state(ctx->sim);

	if (state != SIM_PIN && state != SIM_PUK &&
		simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	at_info(txn, "+CPIN: %s",
		simcard_second(ctx->sim) == SIM_SECOND_PIN2 ? "SIM PIN2"
		: simcard_second(ctx->sim) == SIM_SECOND_PUK2
			? "SIM PUK2"
			: state_text(state));
	return at_ok();
}

/* The first code is not asked; the second one may be. */
static int enter_second(struct at_txn *txn, const char *code, const char *fresh)
{
	struct cmd_ctx *ctx = txn->ctx;

	switch (simcard_second(ctx->sim)) {
	case SIM_SECOND_PIN2:
		return simcard_pin2(ctx->sim, code, &txn->scratch);
	case SIM_SECOND_PUK2:
		if (fresh != NULL)
			return simcard_puk2(
				ctx->sim, code, fresh, &txn->scratch);
		return why_set(&txn->scratch, ERR_SIM_PUK2_REQUIRED, GRADE_INF,
			"SIM: its PUK2 is wanted (AT+CPIN=<puk2>,<new pin2>)");
	case SIM_SECOND_NONE:
	default:
		return simcard_pin(ctx->sim, code, &txn->scratch);
	}
}

static struct at_verdict run_cpin(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *code = at_args_str(&txn->args, 0, "");
	const char *fresh = at_args_str(&txn->args, 1, NULL);
	int ret;

	if (txn->form == AT_FORM_READ)
		return read_cpin(txn);
	switch (simcard_state(ctx->sim)) {
	case SIM_PUK:
		ret = fresh != NULL ? simcard_puk(ctx->sim, code, fresh,
					      &txn->scratch)
				    : simcard_check(ctx->sim, &txn->scratch);
		break;
	case SIM_READY:
		ret = enter_second(txn, code, fresh);
		break;
	case SIM_PIN:
		ret = simcard_pin(ctx->sim, code, &txn->scratch);
		break;
	case SIM_ABSENT:
	case SIM_STARTING:
	case SIM_BUSY:
	case SIM_OFF:
	default:
		ret = simcard_check(ctx->sim, &txn->scratch);
		break;
	}
	return ret == 0 ? at_ok() : at_fail_why(txn, &txn->scratch);
}

static struct at_verdict run_qinistat(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	at_info(txn, "+QINISTAT: %d", simcard_init_status(ctx->sim));
	return at_ok();
}

/* --- the socket -----------------------------------------------------------
 */

static struct at_verdict run_qsimdet(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+QSIMDET: %d,%d",
			(int)nv_int(ctx->nv, "qsimdet", 0),
			(int)nv_int(ctx->nv, "qsimdet_level", 0));
		return at_ok();
	}
	/* man [AT §7.2]: saved at once, in effect after a restart */
	if (nv_set_int(ctx->nv, "qsimdet", txn->args.v[0].num, &txn->scratch) !=
			0 ||
		nv_set_int(ctx->nv, "qsimdet_level", txn->args.v[1].num,
			&txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static struct at_verdict run_qsimstat(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+QSIMSTAT: %d,%d", ctx->state.qsimstat,
			simcard_inserted(ctx->sim));
	else
		ctx->state.qsimstat = (int)txn->args.v[0].num;
	return at_ok();
}

/* man [ATM §5.12]: saved at once. */
static struct at_verdict run_qsimvol(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+QSIMVOL: %d",
			(int)nv_int(ctx->nv, "qsimvol", 0));
	else if (nv_set_int(ctx->nv, "qsimvol", txn->args.v[0].num,
			 &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qsimvol_args[] = {
	{"mode", AT_ARG_INT, 0, 2, false},
	{0},
};
static const struct at_arg cpin_args[] = {
	{"pin", AT_ARG_STR_OR_INT, 4, 8, false},
	{"newpin", AT_ARG_STR_OR_INT, 4, 8, true},
	{0},
};

static const struct at_arg qsimdet_args[] = {
	{"enable", AT_ARG_INT, 0, 1, false},
	{"insert_level", AT_ARG_INT, 0, 1, false},
	{0},
};
static const struct at_arg qsimstat_args[] = {
	{"enable", AT_ARG_INT, 0, 1, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CPIN", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cpin_args, run_cpin, NULL, 5000, GRADE_CAP, "[AT §7.1]", "state of the SIM, enter PIN, PUK, PIN2 or PUK2"},
	{"+QSIMDET", ALL, qsimdet_args, run_qsimdet, "(0,1),(0,1)", 300, GRADE_MAN, "[AT §7.2]", "notice a SIM that is put in; the level of the pin is stored only"},
	{"+QSIMSTAT", ALL, qsimstat_args, run_qsimstat, "(0,1)", 300, GRADE_MAN, "[AT §7.2]", "report SIM removal and insertion"},
	{"+QSIMVOL", ALL, qsimvol_args, run_qsimvol, "(0-2)", 300, GRADE_MAN, "[AT §7.2]", "supply of the SIM: stored only"},
	{"+QINISTAT", AT_FORM_TEST | AT_FORM_EXEC, NULL, run_qinistat, "(0-7)", 300, GRADE_MAN, "[AT §7.2]", "what of the SIM is ready"},
	{0},
};
/* clang-format on */

const struct at_family at_family_sim = {
	.name = "sim",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
