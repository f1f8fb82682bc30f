#include "cmd/ctx.h"

#include "svc/power.h"
#include "svc/regnet.h"
#include "svc/simcard.h"

/* Boot lines, +CFUN and +QPOWD [AT §5.1, §5.3]. */

void cmd_power_ready(struct cmd_ctx *ctx)
{
	cmd_reg_ready(ctx);
	cmd_plmn_ready(ctx);
	simcard_reset(ctx->sim);
	cmd_sim_ready(ctx);
	cmd_qcfg_ready(ctx);
	cmd_radio_ready(ctx);
	cmd_clock_ready(ctx);
	cmd_packet_ready(ctx);
	cmd_counter_ready(ctx);
	cmd_mbn_ready(ctx);
	cmd_cfg_restore(ctx);
	at_urc(ctx->at, AT_URC_BOOT, "RDY");
}

void cmd_power_radio(struct cmd_ctx *ctx)
{
	at_urc(ctx->at, AT_URC_BOOT, "+CFUN: 1");
	cmd_cfg_programs(ctx);
}

void cmd_power_down(struct cmd_ctx *ctx)
{
	at_urc(ctx->at, AT_URC_BOOT, "POWERED DOWN");
}

static void set_cfun(struct cmd_ctx *ctx, int fun)
{
	bool had_sim = simcard_state(ctx->sim) != SIM_OFF;

	ctx->state.cfun = fun;
	if (fun == 0) {
		simcard_stop(ctx->sim);
		if (had_sim)
			at_urc(ctx->at, AT_URC_BOOT, "+CPIN: NOT READY");
	} else {
		simcard_start(ctx->sim);
	}
	if (fun == 1) {
		regnet_reset(ctx->reg);
		if (simcard_state(ctx->sim) == SIM_READY)
			regnet_start(ctx->reg);
	} else {
		/* man [AT §9.1]: n 1 and 2 tell each change; the contexts
		 * fall with the network */
		regnet_off(ctx->reg);
	}
}

static struct at_verdict run_cfun(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int fun = (int)at_args_int(&txn->args, 0, 0);
	int64_t rst = at_args_int(&txn->args, 1, 0);

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CFUN: %d", ctx->state.cfun);
		return at_ok();
	}
	if (fun == 2 || fun == 3)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"fun %d is not one of 0, 1, 4", fun);
	if (rst == 1 && fun != 1)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"rst 1 goes with fun 1 only");
	if (rst == 1)
		power_restart(ctx->power);
	else if (fun != ctx->state.cfun)
		set_cfun(ctx, fun);
	return at_ok();
}

static struct at_verdict run_qpowd(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	/* A plain ERROR, as an EC21 gave it: ERR_BUSY has no CME number. */
	if (txn->form == AT_FORM_WRITE && ctx->state.cfun == 4 &&
		ctx->profile->boot_qpowd_needs_radio)
		return at_fail(txn, ERR_BUSY, GRADE_CAP,
			"refused while CFUN is 4; AT+CFUN=1 first");
	power_down(ctx->power, at_args_int(&txn->args, 0, 1) == 0);
	return at_ok();
}

/* clang-format off */
static const struct at_arg cfun_args[] = {
	{"fun", AT_ARG_INT, 0, 4, false},
	{"rst", AT_ARG_INT, 0, 1, true},
	{0},
};
static const struct at_arg qpowd_args[] = {
	{"n", AT_ARG_INT, 0, 1, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+CFUN", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cfun_args, run_cfun, "(0,1,4),(0,1)", 15000, GRADE_CAP, "[AT §5.3]", "radio level, reset"},
	{"+QPOWD", AT_FORM_TEST | AT_FORM_WRITE | AT_FORM_EXEC, qpowd_args, run_qpowd, "(0,1)", 300, GRADE_CAP, "[AT §5.3]", "switch off"},
	{0},
};
/* clang-format on */

const struct at_family at_family_power = {
	.name = "power",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
