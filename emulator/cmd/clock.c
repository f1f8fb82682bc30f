#include "cmd/ctx.h"

/* The modem's own clock [AT §9.4]. */

static struct at_verdict run_cclk(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	char text[21];
	int64_t local_s;
	int zone;

	if (txn->form == AT_FORM_READ) {
		rtc_format(&ctx->rtc, text);
		at_info(txn, "+CCLK: \"%s\"", text);
		return at_ok();
	}
	if (!rtc_parse(txn->args.v[0].text, &local_s, &zone))
		return at_fail(txn, ERR_NOT_ALLOWED, GRADE_INF,
			"\"%s\" is not a time \"yy/MM/dd,hh:mm:ss+zz\"",
			txn->args.v[0].text);
	rtc_set(&ctx->rtc, local_s, zone);
	return at_ok();
}

/* clang-format off */
static const struct at_arg cclk_args[] = {
	{"time", AT_ARG_STR, 0, 64, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+CCLK", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cclk_args, run_cclk, NULL, 300, GRADE_CAP, "[AT §9.4]", "read or set the clock"},
	{0},
};
/* clang-format on */

const struct at_family at_family_clock = {
	.name = "clock",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
