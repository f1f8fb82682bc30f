#include <stdio.h>

#include "cmd/ctx.h"
#include "svc/pdpctx.h"
#include "svc/regnet.h"
#include "svc/sock.h"

/* PDP contexts: +QICSGP, +QIACT, +QIDEACT [TCP §2]. */

enum { PDP_ARG_MAX = PDP_TEXT_MAX - 1 };

static int pdp_id(const struct at_txn *txn)
{
	return (int)txn->args.v[0].num;
}

/*
 * man [TCP §2.1]: 1 IPv4, 2 IPv4v6; kin EC200U, where there is a 3: 1 IPv4,
 * 2 IPv6, 3 IPv4v6. Either way between those numbers and PDP_TYPE_…: what
 * differs is swapped.
 */
static int pdp_type(const struct cmd_ctx *ctx, int type)
{
	if (ctx->profile->pdp_type_max < 3 || type == PDP_TYPE_V4)
		return type;
	return type == PDP_TYPE_V4V6 ? PDP_TYPE_V6 : PDP_TYPE_V4V6;
}

/* --- +QICSGP ------------------------------------------------------------ */

static struct at_verdict qicsgp_test(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	static const char *const types[] = {"", "1", "(1,2)", "(1-3)"};

	at_info(txn,
		"+QICSGP: (1-16),%s,<APN>,<username>,<password>,"
		"(0-3)",
		types[ctx->profile->pdp_type_max]);
	return at_ok();
}

/* From the type on arguments come in pairs, man [TCP §2.1]. */
static int qicsgp_check(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	int64_t type = at_args_int(a, 1, 1);

	if (pdpctx_active(ctx->pdp, pdp_id(txn)))
		return why_set(&txn->scratch, ERR_NET_NOT_ALLOWED, GRADE_INF,
			"pdp %d: active, so it cannot be changed "
			"(AT+QIDEACT=%d first)",
			pdp_id(txn), pdp_id(txn));
	if (type > ctx->profile->pdp_type_max)
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"argument 2 <context_type>: %lld, this firmware knows "
			"1..%lld (pdp_type_max)",
			(long long)type, (long long)ctx->profile->pdp_type_max);
	if (a->n > 1 && !at_args_has(a, 2))
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"argument 3 <APN> is missing: a type needs one");
	if (at_args_has(a, 3) && !at_args_has(a, 4))
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"argument 5 <password> is missing: a user name needs "
			"one");
	return 0;
}

static struct at_verdict pdp_qicsgp(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct pdp_conf *conf;

	if (txn->form == AT_FORM_TEST)
		return qicsgp_test(txn);
	conf = pdpctx_conf(ctx->pdp, pdp_id(txn));
	if (a->n == 1) {
		at_info(txn, "+QICSGP: %d,\"%s\",\"%s\",\"%s\",%d",
			pdp_type(ctx, conf->type), conf->apn, conf->user,
			conf->password, conf->auth);
		return at_ok();
	}
	if (qicsgp_check(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	conf->defined = true;
	/* What is left out goes back to its default: asm. */
	conf->type = pdp_type(ctx, (int)at_args_int(a, 1, 1));
	snprintf(conf->apn, sizeof(conf->apn), "%s", at_args_str(a, 2, ""));
	snprintf(conf->user, sizeof(conf->user), "%s", at_args_str(a, 3, ""));
	snprintf(conf->password, sizeof(conf->password), "%s",
		at_args_str(a, 4, ""));
	conf->auth = (int)at_args_int(a, 5, 0);
	/* inf [TCP §2.1]: they mirror CGDCONT and survive, secrets do not */
	if (cmd_packet_save(ctx, pdp_id(txn), &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* --- +QIACT, +QIDEACT --------------------------------------------------- */

/* inf [TCP §2.2]: IPv4, then IPv6, each in quotes. */
static struct at_verdict pdp_list(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	for (int id = 1; id <= PDP_IDS; id++) {
		const char *v4 = pdpctx_address(ctx->pdp, id, false);
		const char *v6 = pdpctx_address(ctx->pdp, id, true);
		bool both = v4[0] != '\0' && v6[0] != '\0';

		if (pdpctx_active(ctx->pdp, id))
			at_info(txn, "+QIACT: %d,1,%d,\"%s%s%s\"", id,
				pdp_type(ctx, pdpctx_conf(ctx->pdp, id)->type),
				v4, both ? "\",\"" : "", v6);
	}
	return at_ok();
}

void cmd_pdp_use(struct cmd_ctx *ctx, int id)
{
	pdpctx_use(ctx->pdp, id, ctx->net, ctx->qicfg.dns_cache != 0);
}

static struct at_verdict pdp_qiact(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;

	if (txn->form == AT_FORM_READ)
		return pdp_list(txn);
	if (ctx->profile->pdp_reactivate_ok &&
		pdpctx_active(ctx->pdp, pdp_id(txn)))
		return at_ok();
	if (pdpctx_activate(ctx->pdp, pdp_id(txn), why) != 0) {
		if (!regnet_attached(ctx->reg))
			cmd_status_pdp_failed(ctx);
		return at_fail_why(txn, why);
	}
	return at_wait_for(txn, ctx->pdp);
}

static struct at_verdict pdp_qideact(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;

	if (pdpctx_deactivate(ctx->pdp, pdp_id(txn), why) != 0)
		return at_fail_why(txn, why);
	/* What it ends is told behind its OK: inf. */
	at_urc_behind(txn);
	/* Its sockets are closed with it, man [TCP §2.3]. */
	sock_table_pdp_close(ctx->tcp, pdp_id(txn));
	/* man [SSL §8]: "closed", and the ids wait for QSSLCLOSE */
	why_set(why, ERR_NET_PDP_BROKEN, GRADE_MAN,
		"pdp %d: deactivated by QIDEACT", pdp_id(txn));
	sock_table_pdp_down(ctx->tls, pdp_id(txn), why);
	why_set(why, ERR_NET_PDP_BROKEN, GRADE_ASM,
		"pdp %d: deactivated by QIDEACT meanwhile", pdp_id(txn));
	cmd_nettool_pdp_down(ctx, pdp_id(txn), why);
	return at_wait_for(txn, ctx->pdp);
}

/* The end of what was started, or the network has released a context. */
void cmd_pdp_done(struct cmd_ctx *ctx, int id, const struct why *why)
{
	struct at_txn *txn = at_waiting(ctx->at, ctx->pdp);
	char object[16];

	if (why != NULL)
		cmd_status_pdp_failed(ctx);
	if (txn != NULL && pdp_id(txn) == id) {
		at_finish(txn, why == NULL ? at_ok() : at_fail_why(txn, why));
		return;
	}
	if (why == NULL)
		return;
	snprintf(object, sizeof(object), "pdp %d", id);
	at_urc_fail(ctx->at, AT_URC_EVENT, object, why,
		"+QIURC: \"pdpdeact\",%d", id);
	sock_table_pdp_down(ctx->tcp, id, why);
	sock_table_pdp_down(ctx->tls, id, why);
	cmd_nettool_pdp_down(ctx, id, why);
}

/* clang-format off */
static const struct at_arg qicsgp_args[] = {
	{"contextID",    AT_ARG_INT, 1, PDP_IDS,     false},
	{"context_type", AT_ARG_INT, 1, 3,           true},
	{"APN",          AT_ARG_STR, 0, PDP_ARG_MAX, true},
	{"username",     AT_ARG_STR, 0, PDP_ARG_MAX, true},
	{"password",     AT_ARG_STR, 0, PDP_ARG_MAX, true},
	{"authentication", AT_ARG_INT, 0, 3,         true},
	{0},
};

static const struct at_arg id_args[] = {
	{"contextID", AT_ARG_INT, 1, PDP_IDS, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QICSGP", AT_FORM_TEST | AT_FORM_WRITE, qicsgp_args, pdp_qicsgp,
	 AT_TEST_RUN, 300, GRADE_MAN, "[TCP §2.1]",
	 "access point, user and password of a context"},
	{"+QIACT", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, id_args, pdp_qiact,
	 "(1-16)", 150000, GRADE_CAP, "[TCP §2.2]",
	 "activate a context; list the active ones"},
	{"+QIDEACT", AT_FORM_TEST | AT_FORM_WRITE, id_args, pdp_qideact,
	 "(1-16)", 40000, GRADE_MAN, "[TCP §2.3] [SSL §8]",
	 "deactivate a context and close its sockets; TLS connections are told "
	 "by +QSSLURC, and wait for QSSLCLOSE"},
	{0},
};
/* clang-format on */

const struct at_family at_family_pdp = {
	.name = "pdp",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = rows,
};
