#include <stdio.h>
#include <time.h>

#include "cmd/ctx.h"
#include "svc/lookup.h"
#include "svc/pdpctx.h"
#include "svc/ping.h"
#include "svc/sntp.h"

/* Ping, NTP and DNS: +QPING, +QNTP, +QIDNSCFG, +QIDNSGIP [NTP]. */

enum { LOOKUP_MS = 60000, NTP_PORT = 123, NTP_TRIES = 3, NTP_TRY_MS = 15000 };

/* All of them need the context, man; its code is inf. */
static int check_context(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int id = (int)txn->args.v[0].num;

	if (pdpctx_active(ctx->pdp, id)) {
		cmd_pdp_use(ctx, id);
		return 0;
	}
	return why_set(&txn->scratch, ERR_NET_PDP_OPEN, GRADE_INF,
		"pdp %d is not active (AT+QIACT=%d first)", id, id);
}

/* --- +QPING --------------------------------------------------------------- */

static void on_answer(void *arg, const char *ip, uint32_t ms)
{
	struct cmd_ctx *ctx = arg;

	/* 255 whatever the packet says: cap [NTP §2]. */
	at_urc(ctx->at, AT_URC_RESULT, "+QPING: 0,\"%s\",%d,%u,255", ip,
		PING_BYTES, ms);
}

static void on_lost(void *arg, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	at_urc_fail(ctx->at, AT_URC_RESULT, "ping", why, "+QPING: %d",
		at_net_code(ctx->at, why->err));
}

static void on_ping_done(
	void *arg, const struct ping_sum *sum, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	if (why != NULL)
		on_lost(ctx, why);
	else
		at_urc(ctx->at, AT_URC_RESULT, "+QPING: 0,%u,%u,%u,%u,%u,%u",
			sum->sent, sum->received, sum->sent - sum->received,
			sum->min_ms, sum->max_ms, sum->avg_ms);
}

static struct at_verdict run_qping(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;

	if (check_context(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (ping_start(ctx->ping, ctx->net, a->v[1].text,
		    (uint64_t)at_args_int(a, 2, 4) * 1000,
		    (unsigned int)at_args_int(a, 3, 4), &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	ctx->tool_pdp[CMD_TOOL_PING] = (int)a->v[0].num;
	return at_ok();
}

/* --- +QNTP ---------------------------------------------------------------- */

static void on_time(void *arg, int64_t utc_s, const struct why *why)
{
	struct cmd_ctx *ctx = arg;
	time_t t = (time_t)utc_s;
	int zone = ctx->rtc.zone;
	char text[40];
	struct tm tm;

	if (why != NULL) {
		/* The code alone: kin UniRTOS [NTP §1]. */
		at_urc_fail(ctx->at, AT_URC_RESULT, "ntp", why, "+QNTP: %d",
			at_net_code(ctx->at, why->err));
		return;
	}
	/* Greenwich time with the clock's zone beside it: kin EG800K. */
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%Y/%m/%d,%H:%M:%S", &tm);
	if (ctx->ntp_sets_clock)
		rtc_set_utc(&ctx->rtc, utc_s);
	at_urc(ctx->at, AT_URC_RESULT, "+QNTP: 0,\"%s%c%02d\"", text,
		zone < 0 ? '-' : '+', zone < 0 ? -zone : zone);
}

static struct at_verdict read_qntp(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	uint16_t port;
	const char *server = sntp_server(ctx->sntp, &port);

	if (server != NULL)
		at_info(txn, "+QNTP: \"%s\",%u", server, port);
	return at_ok();
}

static struct at_verdict run_qntp(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	const struct sntp_ask ask = {
		.host = at_args_str(a, 1, ""),
		.port = (uint16_t)at_args_int(a, 2, NTP_PORT),
		.tries = NTP_TRIES,
		.try_ms = NTP_TRY_MS,
	};

	if (txn->form == AT_FORM_READ)
		return read_qntp(txn);
	if (check_context(txn) != 0 ||
		sntp_start(ctx->sntp, ctx->net, &ask, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	ctx->ntp_sets_clock = at_args_int(a, 3, 1) != 0;
	ctx->tool_pdp[CMD_TOOL_NTP] = (int)a->v[0].num;
	return at_ok();
}

/* --- +QIDNSCFG, +QIDNSGIP ---------------------------------------------------
 */

static struct at_verdict run_qidnscfg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct pdp_dns *dns = pdpctx_dns(ctx->pdp, (int)a->v[0].num);

	if (check_context(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (a->n == 1) {
		at_info(txn, "+QIDNSCFG: %d,\"%s\",\"%s\"", (int)a->v[0].num,
			dns->first, dns->second);
		return at_ok();
	}
	for (size_t i = 1; i < a->n; i++)
		if (!lookup_is_ipv4(a->v[i].text))
			return at_fail(txn, ERR_NET_PARAM, GRADE_INF,
				"argument %zu: \"%s\" is no dotted address",
				i + 1, a->v[i].text);
	dns->given = true;
	snprintf(dns->first, sizeof(dns->first), "%s", a->v[1].text);
	/* What a missing one is shown as: kin EG800K [NTP §3]. */
	snprintf(dns->second, sizeof(dns->second), "%s",
		at_args_str(a, 2, "0.0.0.0"));
	return at_ok();
}

static void on_lookup(
	void *arg, const struct net_names *names, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	if (why != NULL) {
		at_urc_fail(ctx->at, AT_URC_EVENT, "dns", why,
			"+QIURC: \"dnsgip\",%d",
			at_net_code(ctx->at, why->err));
		return;
	}
	at_urc(ctx->at, AT_URC_EVENT, "+QIURC: \"dnsgip\",0,%u,%u", names->n,
		names->has_ttl ? (unsigned int)names->ttl_s
			       : (unsigned int)ctx->profile->tcp_dns_ttl);
	for (unsigned int i = 0; i < names->n; i++)
		at_urc(ctx->at, AT_URC_EVENT, "+QIURC: \"dnsgip\",\"%s\"",
			names->ip[i]);
}

static struct at_verdict run_qidnsgip(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (check_context(txn) != 0 ||
		lookup_start(ctx->lookup, ctx->net, txn->args.v[1].text,
			LOOKUP_MS, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	ctx->tool_pdp[CMD_TOOL_DNS] = (int)txn->args.v[0].num;
	return at_ok();
}

/* --- life ------------------------------------------------------------------
 */

static void nettool_attach(void *arg)
{
	static const struct ping_events events = {
		.answer = on_answer,
		.lost = on_lost,
		.done = on_ping_done,
	};
	struct cmd_ctx *ctx = arg;

	ctx->ping = ping_new(ctx->clock, &events, ctx);
	ctx->sntp = sntp_new(ctx->clock, on_time, ctx);
	ctx->lookup = lookup_new(ctx->clock, on_lookup, ctx);
}

void cmd_nettool_reset(struct cmd_ctx *ctx)
{
	ping_reset(ctx->ping);
	sntp_reset(ctx->sntp);
	lookup_reset(ctx->lookup);
}

/* That each still gets its result, with this code, is asm. */
void cmd_nettool_pdp_down(struct cmd_ctx *ctx, int id, const struct why *why)
{
	if (ctx->tool_pdp[CMD_TOOL_PING] == id)
		ping_fail(ctx->ping, why);
	if (ctx->tool_pdp[CMD_TOOL_NTP] == id)
		sntp_fail(ctx->sntp, why);
	if (ctx->tool_pdp[CMD_TOOL_DNS] == id)
		lookup_fail(ctx->lookup, why);
}

void cmd_nettool_free(struct cmd_ctx *ctx)
{
	ping_free(ctx->ping);
	sntp_free(ctx->sntp);
	lookup_free(ctx->lookup);
}

/* clang-format off */
static const struct at_arg qping_args[] = {
	{"contextID", AT_ARG_INT, 1, PDP_IDS, false},
	{"host",      AT_ARG_STR, 1, 255,     false},
	{"timeout",   AT_ARG_INT, 1, 255,     true},
	{"pingnum",   AT_ARG_INT, 1, 10,      true},
	{0},
};

static const struct at_arg qntp_args[] = {
	{"contextID",   AT_ARG_INT, 1, PDP_IDS, false},
	{"server",      AT_ARG_STR, 1, 255,     false},
	{"port",        AT_ARG_INT, 1, 65535,   true},
	{"autosettime", AT_ARG_INT, 0, 1,       true},
	{0},
};

static const struct at_arg qidnscfg_args[] = {
	{"contextID",  AT_ARG_INT, 1, PDP_IDS, false},
	{"pridnsaddr", AT_ARG_STR, 1, 15,      true},
	{"secdnsaddr", AT_ARG_STR, 1, 15,      true},
	{0},
};

static const struct at_arg qidnsgip_args[] = {
	{"contextID", AT_ARG_INT, 1, PDP_IDS, false},
	{"hostname",  AT_ARG_STR, 1, 255,     false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QPING", AT_FORM_TEST | AT_FORM_WRITE, qping_args, run_qping,
	 "(1-16),<host>,(1-255),(1-10)", 0, GRADE_CAP, "[NTP §2]",
	 "ICMP echo; the system must let us (net.ipv4.ping_group_range, or root)"},
	{"+QNTP", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, qntp_args, run_qntp,
	 "(1-16),<server>,(1-65535),(0,1)", 125000, GRADE_MAN, "[NTP §1]",
	 "time of an NTP server, into the clock unless told"},
	{"+QIDNSCFG", AT_FORM_TEST | AT_FORM_WRITE, qidnscfg_args, run_qidnscfg,
	 "(1-16),<pridnsaddr>,<secdnsaddr>", 300, GRADE_MAN, "[NTP §3]",
	 "name servers of a context; asked with --net any, or where a --map of "
	 "ADDR:53 leads; the second when the first does not answer or fails"},
	{"+QIDNSGIP", AT_FORM_TEST | AT_FORM_WRITE, qidnsgip_args, run_qidnsgip,
	 "(1-16),<hostname>", 60000, GRADE_CAP, "[NTP §4]",
	 "addresses of a name"},
	{0},
};
/* clang-format on */

const struct at_family at_family_nettool = {
	.name = "nettool",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = rows,
	.attach = nettool_attach,
};
