#include "cmd/ctx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>

#include "svc/nv.h"
#include "svc/pdpctx.h"
#include "svc/regnet.h"

/*
 * The packet domain of 3GPP [AT §10.1]: +CGDCONT, +CGACT, +CGPADDR,
 * +CGCONTRDP, +CGEREP, +CGSMS, +QNETDEVSTATUS. The contexts are those of QICSGP
 * and QIACT (svc/pdpctx.h).
 */

/* Types of CGDCONT, by number as in struct pdp_conf; 0: PPP. */
static const char *const types[] = {"PPP", "IP", "IPV4V6", "IPV6"};

enum { N_TYPES = sizeof(types) / sizeof(*types), TYPE_PPP = 0, TYPE_IP = 1 };

/* Circuit switched, man [AT §10.1]. */
enum { CGSMS_FACTORY = 1 };

void cmd_packet_drop(struct cmd_ctx *ctx, const char *text)
{
	struct why why;

	for (int id = 1; id <= PDP_IDS; id++) {
		if (!pdpctx_active(ctx->pdp, id))
			continue;
		why_set(&why, ERR_NET_PDP_BROKEN, GRADE_INF,
			"PDP context %d: %s", id, text);
		pdpctx_drop(ctx->pdp, id, &why);
	}
}

/* --- +CGEREP -------------------------------------------------------------
 */

/*
 * man [AT §6], [AT §10.1]: mode 0 keeps events in the modem, where the oldest
 * goes first; 1 drops them while the port is a connection's, 2 does not: as all
 * URCs they wait until it is free again.
 */
static void report(struct cmd_ctx *ctx, const char *text)
{
	struct cmd_cgev *kept = &ctx->state.cgev;

	if (ctx->state.cgerep[0] == 0) {
		if (kept->n == CMD_CGEV_MAX)
			memmove(kept->text[0], kept->text[1],
				--kept->n * sizeof(*kept->text));
		snprintf(
			kept->text[kept->n++], sizeof(*kept->text), "%s", text);
	} else if (ctx->state.cgerep[0] == 2 || !at_is_online(ctx->at)) {
		at_urc(ctx->at, AT_URC_EVENT, "+CGEV: %s", text);
	}
}

/* man [AT §10.1]: the lines; which comes when is inf. */
void cmd_packet_events(struct cmd_ctx *ctx)
{
	unsigned int was = ctx->state.bearers, now = 0;
	char text[CMD_CGEV_SIZE];

	for (int id = 1; id <= PDP_IDS; id++)
		if (pdpctx_bearer(ctx->pdp, id))
			now |= 1u << (id - 1);
	ctx->state.bearers = now;
	if (was != 0 && now == 0) {
		report(ctx, regnet_left(ctx->reg) ? "ME DETACH" : "NW DETACH");
		return;
	}
	for (int id = 1; id <= PDP_IDS; id++) {
		unsigned int bit = 1u << (id - 1);

		if (((was ^ now) & bit) == 0)
			continue;
		snprintf(text, sizeof(text), "PDN %s %d",
			now & bit ? "ACT" : "DEACT", id);
		report(ctx, text);
	}
}

/* man [ATM §10.12]: saved; kept events come behind the OK. */
static int set_cgerep(struct cmd_ctx *ctx, int mode, int bfr, struct why *why)
{
	struct cmd_cgev *kept = &ctx->state.cgev;

	ctx->state.cgerep[0] = mode;
	ctx->state.cgerep[1] = bfr;
	for (size_t i = 0; mode != 0 && bfr == 1 && i < kept->n; i++)
		at_urc(ctx->at, AT_URC_EVENT, "+CGEV: %s", kept->text[i]);
	if (mode != 0)
		kept->n = 0;
	if (nv_set_int(ctx->nv, "cgerep_mode", mode, why) != 0)
		return why->err;
	return nv_set_int(ctx->nv, "cgerep_bfr", bfr, why);
}

int cmd_packet_default(struct cmd_ctx *ctx, struct why *why)
{
	return set_cgerep(ctx, 0, 0, why);
}

static struct at_verdict run_cgerep(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const int *set = ctx->state.cgerep;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+CGEREP: %d,%d", set[0], set[1]);
		return at_ok();
	}
	at_urc_behind(txn);
	if (set_cgerep(ctx, (int)at_args_int(&txn->args, 0, 0),
		    (int)at_args_int(&txn->args, 1, 0), &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* --- stored definitions ---------------------------------------------------
 */

enum { NV_NAME_SIZE = 24 };

static void nv_names(int id, char type[NV_NAME_SIZE], char apn[NV_NAME_SIZE])
{
	snprintf(type, NV_NAME_SIZE, "pdp%d_type", id);
	snprintf(apn, NV_NAME_SIZE, "pdp%d_apn", id);
}

/* man [AT §10.1]: saved at once. A type of -1 is a deleted one. */
int cmd_packet_save(struct cmd_ctx *ctx, int id, struct why *why)
{
	const struct pdp_conf *conf = pdpctx_conf(ctx->pdp, id);
	char type[NV_NAME_SIZE], apn[NV_NAME_SIZE];
	int ret;

	nv_names(id, type, apn);
	ret = nv_set_int(ctx->nv, type, conf->defined ? conf->type : -1, why);
	return ret != 0 ? ret : nv_set_str(ctx->nv, apn, conf->apn, why);
}

void cmd_packet_ready(struct cmd_ctx *ctx)
{
	char type_name[NV_NAME_SIZE], apn_name[NV_NAME_SIZE];

	ctx->state.cgsms = CGSMS_FACTORY;
	ctx->state.cgerep[0] = (int)nv_int(ctx->nv, "cgerep_mode", 0);
	ctx->state.cgerep[1] = (int)nv_int(ctx->nv, "cgerep_bfr", 0);
	for (int id = 1; id <= PDP_IDS; id++) {
		struct pdp_conf *conf = pdpctx_conf(ctx->pdp, id);
		int64_t type;

		/* Not stored: they are gone with the reset, inf [TCP §2.1]. */
		conf->user[0] = conf->password[0] = '\0';
		conf->auth = 0;
		nv_names(id, type_name, apn_name);
		type = nv_int(ctx->nv, type_name, -2);
		if (type == -2)
			continue;
		conf->defined = type >= TYPE_IP && type < N_TYPES;
		conf->type = conf->defined ? (int)type : TYPE_IP;
		snprintf(conf->apn, sizeof(conf->apn), "%s",
			nv_str(ctx->nv, apn_name, ""));
	}
}

/* --- +CGDCONT ------------------------------------------------------------
 */

/* No address of its own: the network gives one. */
static const char *no_address(const struct pdp_conf *conf)
{
	return conf->type == TYPE_IP ? "0.0.0.0"
				     : "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";
}

static void list_definitions(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	for (int id = 1; id <= PDP_IDS; id++) {
		const struct pdp_conf *conf = pdpctx_conf(ctx->pdp, id);

		if (conf->defined)
			at_info(txn,
				"+CGDCONT: %d,\"%s\",\"%s\",\"%s\",0,0,0,0", id,
				types[conf->type], conf->apn, no_address(conf));
	}
}

static int parse_type(struct at_txn *txn, int *type)
{
	const char *name = at_args_str(&txn->args, 1, "IP");

	for (int i = 0; i < N_TYPES; i++)
		if (strcasecmp(name, types[i]) == 0) {
			*type = i;
			if (i != TYPE_PPP)
				return 0;
			return why_set(&txn->scratch, ERR_NOT_MODELLED,
				GRADE_MAN, "type PPP is not modelled");
		}
	return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
		"\"%s\" is not one of IP, PPP, IPV6, IPV4V6", name);
}

/* What CGDCONT can say beyond type and name. */
static int check_rest(struct at_txn *txn)
{
	const char *address = at_args_str(&txn->args, 3, "");

	if (address[strspn(address, "0.:")] != '\0')
		return why_set(&txn->scratch, ERR_NOT_MODELLED, GRADE_MAN,
			"address %s: fixed addresses are not modelled",
			address);
	for (size_t i = 4; i < txn->args.n; i++)
		if (at_args_int(&txn->args, i, 0) != 0)
			return why_set(&txn->scratch, ERR_NOT_MODELLED,
				GRADE_MAN,
				"argument %zu is not modelled but for 0",
				i + 1);
	return 0;
}

int cmd_packet_check_id(int64_t id, struct why *why)
{
	if (id >= 1 && id <= PDP_IDS)
		return 0;
	if ((id >= 1 && id <= 24) || (id >= 100 && id <= 179))
		return why_set(why, ERR_NOT_MODELLED, GRADE_MAN,
			"context %lld is not modelled, 1..%d are",
			(long long)id, PDP_IDS);
	return why_set(why, ERR_PARAM, GRADE_MAN,
		"context %lld is outside 1..24 and 100..179", (long long)id);
}

static int define(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int id = (int)txn->args.v[0].num, type = TYPE_IP;
	struct pdp_conf *conf;

	if (cmd_packet_check_id(txn->args.v[0].num, &txn->scratch) != 0 ||
		parse_type(txn, &type) != 0 || check_rest(txn) != 0)
		return txn->scratch.err;
	/* man [AT §10.1] */
	if (pdpctx_active(ctx->pdp, id))
		return why_set(&txn->scratch, ERR_NOT_ALLOWED, GRADE_INF,
			"pdp %d: active, so it cannot be changed "
			"(AT+QIDEACT=%d first)",
			id, id);
	conf = pdpctx_conf(ctx->pdp, id);
	conf->defined = txn->args.n > 1;
	conf->type = type;
	snprintf(conf->apn, sizeof(conf->apn), "%s",
		at_args_str(&txn->args, 2, ""));
	return cmd_packet_save(ctx, id, &txn->scratch);
}

static struct at_verdict run_cgdcont(struct at_txn *txn)
{
	static const char *const order[] = {"IP", "PPP", "IPV6", "IPV4V6"};

	switch (txn->form) {
	case AT_FORM_TEST:
		for (size_t i = 0; i < N_TYPES; i++)
			at_info(txn,
				"+CGDCONT: (1-24,100-179),\"%s\",,,(0-2),"
				"(0-4),(0-1),(0-1)",
				order[i]);
		break;
	case AT_FORM_READ:
		list_definitions(txn);
		break;
	case AT_FORM_WRITE:
	case AT_FORM_EXEC:
	case AT_FORM_BASIC:
	case AT_FORM_DIAL:
	default:
		if (define(txn) != 0)
			return at_fail_why(txn, &txn->scratch);
		break;
	}
	return at_ok();
}

/* --- +CGACT, +CGPADDR, +CGCONTRDP ----------------------------------------
 */

/*
 * Call fn for the context of argument `i`, or for each defined one when it
 * was left out. 0 or fn's error.
 */
static int each_context(
	struct at_txn *txn, size_t i, int (*fn)(struct at_txn *txn, int id))
{
	struct cmd_ctx *ctx = txn->ctx;
	int ret = 0;

	if (at_args_has(&txn->args, i)) {
		ret = cmd_packet_check_id(txn->args.v[i].num, &txn->scratch);
		return ret != 0 ? ret : fn(txn, (int)txn->args.v[i].num);
	}
	for (int id = 1; id <= PDP_IDS && ret == 0; id++)
		if (pdpctx_conf(ctx->pdp, id)->defined)
			ret = fn(txn, id);
	return ret;
}

static int print_act(struct at_txn *txn, int id)
{
	struct cmd_ctx *ctx = txn->ctx;

	at_info(txn, "+CGACT: %d,%d", id, pdpctx_bearer(ctx->pdp, id));
	return 0;
}

static int set_act(struct at_txn *txn, int id)
{
	struct cmd_ctx *ctx = txn->ctx;
	int ret = pdpctx_set_bearer(
		ctx->pdp, id, txn->args.v[0].num == 1, &txn->scratch);

	if (ret == ERR_NO_SERVICE)
		cmd_status_pdp_failed(ctx);
	return ret;
}

/*
 * 27.007 (inf): without CGPIAF an IPv6 address is sixteen numbers with dots,
 * and stands behind the IPv4 one.
 */
static void append_v6(const char *address, char *text, size_t size)
{
	struct in6_addr v6;
	size_t n = strlen(text);

	if (inet_pton(AF_INET6, address, &v6) != 1)
		return;
	n += (size_t)snprintf(text + n, size - n, "%s\"", n > 0 ? "," : "");
	for (int i = 0; i < 16; i++)
		n += (size_t)snprintf(text + n, size - n, "%s%u",
			i > 0 ? "." : "", v6.s6_addr[i]);
	snprintf(text + n, size - n, "\"");
}

static int print_address(struct at_txn *txn, int id)
{
	struct cmd_ctx *ctx = txn->ctx;
	char v4[64], v6[64], text[160] = "";

	pdpctx_bearer_address(ctx->pdp, id, false, v4, sizeof(v4));
	pdpctx_bearer_address(ctx->pdp, id, true, v6, sizeof(v6));
	if (v4[0] != '\0')
		snprintf(text, sizeof(text), "\"%s\"", v4);
	append_v6(v6, text, sizeof(text));
	/* man [AT §10.1] EC20: without an address its field is left out */
	at_info(txn, "+CGPADDR: %d%s%s", id, text[0] != '\0' ? "," : "", text);
	return 0;
}

/* The first bearer of a modem has the number 5 in 3GPP 24.301. */
enum { BEARER_FIRST = 5 };

/*
 * man [ATM §10.19]: address and mask in one. A line for each kind of address
 * 27.007; that no IPv6 name server is told inf.
 */
static int print_bearer(struct at_txn *txn, int id)
{
	static const char mask[] = ".255.255.255.255.255.255.255.255"
				   ".0.0.0.0.0.0.0.0\"";
	struct cmd_ctx *ctx = txn->ctx;
	const char *apn = pdpctx_conf(ctx->pdp, id)->apn;
	char address[64], text[160] = "";

	pdpctx_bearer_address(ctx->pdp, id, false, address, sizeof(address));
	if (address[0] != '\0')
		at_info(txn,
			"+CGCONTRDP: %d,%d,\"%s\",\"%s.255.255.255.0\",\"\","
			"\"%s\",\"%s\"",
			id, BEARER_FIRST + id - 1, apn, address,
			ctx->profile->pdp_dns1, ctx->profile->pdp_dns2);
	pdpctx_bearer_address(ctx->pdp, id, true, address, sizeof(address));
	append_v6(address, text, sizeof(text));
	if (text[0] == '\0')
		return 0;
	/* The mask goes in front of the closing quote. */
	text[strlen(text) - 1] = '\0';
	at_info(txn, "+CGCONTRDP: %d,%d,\"%s\",%s%s,\"\",\"\",\"\"", id,
		BEARER_FIRST + id - 1, apn, text, mask);
	return 0;
}

/* `(1,2)`: the contexts that are defined. */
static void info_defined(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	char text[64];
	size_t n = 0;

	text[0] = '\0';
	for (int id = 1; id <= PDP_IDS; id++)
		if (pdpctx_conf(ctx->pdp, id)->defined)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
				"%s%d", n > 0 ? "," : "", id);
	at_info(txn, "%s: (%s)", txn->cmd->name, text);
}

static struct at_verdict each_verdict(struct at_txn *txn, int ret)
{
	return ret == 0 ? at_ok() : at_fail_why(txn, &txn->scratch);
}

static struct at_verdict set_acts(struct at_txn *txn)
{
	int ret = each_context(txn, 1, set_act);

	cmd_packet_events(txn->ctx);
	return each_verdict(txn, ret);
}

/* Its owner while it attaches; regnet itself is that of cmd/reg.c. */
static const void *attaching(const struct cmd_ctx *ctx)
{
	return &ctx->state.bearers;
}

/* man [AT §10.1]: CGACT attaches first if needed. */
static struct at_verdict attach_first(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (regnet_attach(ctx->reg, true, &txn->scratch) != 0) {
		cmd_status_pdp_failed(ctx);
		return at_fail_why(txn, &txn->scratch);
	}
	/* As with CGATT: inf. */
	at_urc_behind(txn);
	return at_wait_for(txn, attaching(ctx));
}

void cmd_packet_attached(struct cmd_ctx *ctx, const struct why *why)
{
	struct at_txn *txn = at_waiting(ctx->at, attaching(ctx));

	if (txn == NULL)
		return;
	if (why != NULL)
		cmd_status_pdp_failed(ctx);
	at_finish(txn, why == NULL ? set_acts(txn) : at_fail_why(txn, why));
}

static struct at_verdict run_cgact(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		return each_verdict(txn, each_context(txn, 1, print_act));
	if (txn->args.v[0].num == 1 && !regnet_attached(ctx->reg))
		return attach_first(txn);
	return set_acts(txn);
}

static struct at_verdict run_cgpaddr(struct at_txn *txn)
{
	int ret;

	if (txn->form == AT_FORM_TEST) {
		info_defined(txn);
		return at_ok();
	}
	/* man [ATM §10.9]: several contexts at once */
	for (size_t i = 1; i < txn->args.n; i++) {
		if (!at_args_has(&txn->args, i))
			return at_fail(txn, ERR_PARAM, GRADE_INF,
				"argument %zu <cid> is missing", i + 1);
		if (cmd_packet_check_id(txn->args.v[i].num, &txn->scratch) != 0)
			return at_fail_why(txn, &txn->scratch);
	}
	ret = each_context(txn, 0, print_address);
	for (size_t i = 1; ret == 0 && i < txn->args.n; i++)
		ret = print_address(txn, (int)txn->args.v[i].num);
	return each_verdict(txn, ret);
}

static struct at_verdict run_cgcontrdp(struct at_txn *txn)
{
	if (txn->form == AT_FORM_TEST) {
		info_defined(txn);
		return at_ok();
	}
	return each_verdict(txn, each_context(txn, 0, print_bearer));
}

/* --- stored alone ------------------------------------------------------------
 */

static struct at_verdict run_cgsms(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+CGSMS: %d", ctx->state.cgsms);
	else
		ctx->state.cgsms =
			(int)at_args_int(&txn->args, 0, CGSMS_FACTORY);
	return at_ok();
}

/* man [AT §10.1]: a call of RmNet, which needs USB, would be told. */
static struct at_verdict run_qnetdevstatus(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+QNETDEVSTATUS: %d", ctx->state.netdev);
	else
		ctx->state.netdev = at_args_int(&txn->args, 0, 0) == 1;
	return at_ok();
}

/* clang-format off */
static const struct at_arg cgsms_args[] = {
	{"service", AT_ARG_INT, 0, 3, true},
	{0},
};
static const struct at_arg qnetdevstatus_args[] = {
	{"on_off", AT_ARG_INT, 0, 1, false},
	{0},
};
static const struct at_arg cgdcont_args[] = {
	{"cid", AT_ARG_INT, 1, 179, false},
	{"PDP_type", AT_ARG_STR, 0, 8, true},
	{"APN", AT_ARG_STR, 0, PDP_TEXT_MAX - 1, true},
	{"PDP_addr", AT_ARG_STR, 0, 64, true},
	{"d_comp", AT_ARG_INT, 0, 2, true},
	{"h_comp", AT_ARG_INT, 0, 4, true},
	{"ipv4addralloc", AT_ARG_INT, 0, 1, true},
	{"request_type", AT_ARG_INT, 0, 1, true},
	{0},
};
static const struct at_arg cgact_args[] = {
	{"state", AT_ARG_INT, 0, 1, false},
	{"cid", AT_ARG_INT, 1, 179, true},
	{0},
};
#define CID {"cid", AT_ARG_INT, 1, 179, true}
static const struct at_arg cids_args[] = {
	CID, CID, CID, CID, CID, CID, CID, CID,
	CID, CID, CID, CID, CID, CID, CID, CID,
	{0},
};
static const struct at_arg cid_args[] = {
	{"cid", AT_ARG_INT, 1, 179, true},
	{0},
};

static const struct at_arg cgerep_args[] = {
	{"mode", AT_ARG_INT, 0, 2, true},
	{"bfr", AT_ARG_INT, 0, 1, true},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CGDCONT", ALL, cgdcont_args, run_cgdcont, AT_TEST_RUN, 300, GRADE_CAP, "[AT §10.1]", "define a context: type and access point (of what its test form lists, not modelled: contexts past 16, PPP, fixed addresses, other values than 0 behind them)"},
	{"+CGACT", ALL, cgact_args, run_cgact, "(0,1)", 150000, GRADE_MAN, "[AT §10.1]", "bearer of a context; attaches first, unless no network is in reach"},
	{"+CGPADDR", AT_FORM_TEST | AT_FORM_WRITE | AT_FORM_EXEC, cids_args, run_cgpaddr, AT_TEST_RUN, 300, GRADE_MAN, "[AT §10.1] [ATM §10.9]", "addresses of contexts: of those named, or of each defined one"},
	{"+CGEREP", ALL | AT_FORM_EXEC, cgerep_args, run_cgerep, "(0-2),(0,1)", 300, GRADE_MAN, "[AT §10.1]", "+CGEV lines; bare it is mode 0"},
	{"+CGSMS", ALL, cgsms_args, run_cgsms, "(0-3)", 300, GRADE_MAN, "[AT §10.1]", "bearer of SMS: stored, there is no SMS"},
	{"+QNETDEVSTATUS", ALL, qnetdevstatus_args, run_qnetdevstatus, "(0,1)", 300, GRADE_MAN, "[AT §10.1]", "report a call of RmNet: stored, there is no USB"},
	{"+CGCONTRDP", AT_FORM_TEST | AT_FORM_WRITE | AT_FORM_EXEC, cid_args, run_cgcontrdp, AT_TEST_RUN, 300, GRADE_MAN, "[AT §10.1]", "bearer, addresses and name servers of a context"},
	{0},
};
/* clang-format on */

const struct at_family at_family_packet = {
	.name = "packet",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
