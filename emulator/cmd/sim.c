#include "cmd/ctx.h"

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

void cmd_sim_changed(struct cmd_ctx *ctx)
{
	unsigned int news = simcard_news(ctx->sim);

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
	at_info(txn, "+CPIN: %s", state_text(state));
	return at_ok();
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
	case SIM_PIN:
	case SIM_READY:
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

/* clang-format off */
static const struct at_arg cpin_args[] = {
	{"pin", AT_ARG_STR_OR_INT, 4, 8, false},
	{"newpin", AT_ARG_STR_OR_INT, 4, 8, true},
	{0},
};

static const struct at_cmd rows[] = {
	{"+CPIN", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cpin_args, run_cpin, NULL, 5000, GRADE_CAP, "[AT §7.1]", "state of the SIM, enter PIN or PUK"},
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
