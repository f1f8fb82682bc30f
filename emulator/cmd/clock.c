#include "cmd/ctx.h"

#include <stdlib.h>
#include <time.h>

#include "svc/nv.h"

/* The modem's own clock and the network's time [AT §9.4]. */

/* <n> of CTZU and CTZR. */
enum { CTZU_OFF = 0, CTZU_GMT = 1, CTZU_LOCAL = 3 };
enum { CTZR_OFF = 0, CTZR_ZONE = 1, CTZR_TIME = 2 };

enum { QUARTER_HOUR = 900 };

/* "2017/11/04,06:51:13" */
struct time_text {
	char s[32];
};

static struct time_text format_time(int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct time_text text;
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(text.s, sizeof(text.s), "%Y/%m/%d,%H:%M:%S", &tm);
	return text;
}

/* --- +CCLK ---------------------------------------------------------------
 */

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

/* --- the network's time ----------------------------------------------------
 */

void cmd_clock_ready(struct cmd_ctx *ctx)
{
	/* man [AT §9.4]: CTZR applies after a restart */
	ctx->state.ctzr = (int)nv_int(ctx->nv, "ctzr", CTZR_OFF);
}

static void print_zone(struct cmd_ctx *ctx)
{
	const struct rtc *rtc = &ctx->rtc;
	char sign = rtc->net_zone < 0 ? '-' : '+';
	int zone = abs(rtc->net_zone);
	struct time_text t = format_time(
		rtc_network_utc(rtc) + (int64_t)rtc->net_zone * QUARTER_HOUR);

	if (ctx->state.ctzr == CTZR_ZONE)
		at_urc(ctx->at, AT_URC_EVENT, "+CTZV: \"%c%02d\"", sign, zone);
	else if (ctx->state.ctzr == CTZR_TIME)
		at_urc(ctx->at, AT_URC_EVENT, "+CTZE: \"%c%02d\",0,\"%s\"",
			sign, zone, t.s);
}

void cmd_clock_registered(struct cmd_ctx *ctx)
{
	int64_t mode = nv_int(ctx->nv, "ctzu", CTZU_OFF);

	if (!ctx->profile->reg_nitz)
		return;
	rtc_network(&ctx->rtc, clock_wall_us(ctx->clock) / 1000000,
		(int)ctx->profile->reg_zone);
	if (mode != CTZU_OFF)
		rtc_set_network(&ctx->rtc, mode == CTZU_GMT);
	print_zone(ctx);
}

static struct at_verdict run_ctzu(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t mode = at_args_int(&txn->args, 0, 0);

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CTZU: %d",
			(int)nv_int(ctx->nv, "ctzu", CTZU_OFF));
		return at_ok();
	}
	if (mode == 2)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"2 is not one of 0, 1 and 3");
	/* man [AT §9.4]: saved; works at the next registration, inf */
	if (nv_set_int(ctx->nv, "ctzu", mode, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

int cmd_clock_default(struct cmd_ctx *ctx, struct why *why)
{
	return nv_set_int(ctx->nv, "ctzr", CTZR_OFF, why);
}

static struct at_verdict run_ctzr(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CTZR: %d",
			(int)nv_int(ctx->nv, "ctzr", CTZR_OFF));
		return at_ok();
	}
	if (nv_set_int(ctx->nv, "ctzr", txn->args.v[0].num, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static struct at_verdict run_qlts(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct rtc *rtc = &ctx->rtc;
	int64_t mode = at_args_int(&txn->args, 0, 0);
	int64_t utc;

	if (!rtc->synced) {
		at_info(txn, "+QLTS: \"\"");
		return at_ok();
	}
	utc = mode == 0 ? rtc->net_utc_s : rtc_network_utc(rtc);
	if (mode == 2)
		utc += (int64_t)rtc->net_zone * QUARTER_HOUR;
	at_info(txn, "+QLTS: \"%s%c%02d,0\"", format_time(utc).s,
		rtc->net_zone < 0 ? '-' : '+', abs(rtc->net_zone));
	return at_ok();
}

/* clang-format off */
static const struct at_arg cclk_args[] = {
	{"time", AT_ARG_STR, 0, 64, false},
	{0},
};
static const struct at_arg ctzu_args[] = {
	{"onoff", AT_ARG_INT, 0, 3, false},
	{0},
};
static const struct at_arg ctzr_args[] = {
	{"reporting", AT_ARG_INT, 0, 2, false},
	{0},
};
static const struct at_arg qlts_args[] = {
	{"mode", AT_ARG_INT, 0, 2, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CCLK", ALL, cclk_args, run_cclk, NULL, 300, GRADE_CAP, "[AT §9.4]", "read or set the clock"},
	{"+CTZU", ALL, ctzu_args, run_ctzu, "(0,1,3)", 300, GRADE_MAN, "[AT §9.4]", "set the clock by the network"},
	{"+CTZR", ALL, ctzr_args, run_ctzr, "(0-2)", 300, GRADE_MAN, "[AT §9.4]", "report the network's zone, from the next start on"},
	{"+QLTS", AT_FORM_TEST | AT_FORM_WRITE | AT_FORM_EXEC, qlts_args, run_qlts, "(0-2)", 300, GRADE_MAN, "[AT §9.4]", "the network's time"},
	{0},
};
/* clang-format on */

const struct at_family at_family_clock = {
	.name = "clock",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
