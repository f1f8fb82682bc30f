#include "cmd/ctx.h"
#include "cmd/qsslcfg.h"
#include "cmd/sockio.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "svc/sslctx.h"

/* SSL contexts and connections: +QSSLCFG to +QSSLSTATE [SSL §2] to [SSL §7]. */

/* Profile words of ssl_pdp_down and ssl_file_fail. */
enum { SSL_FAIL_URC, SSL_FAIL_ERROR };

/* --- events -------------------------------------------------------------- */

static void ssl_opened(void *arg, int id, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	sockio_opened(ctx, ctx->tls, id, why);
}

static void ssl_received(void *arg, int id)
{
	struct cmd_ctx *ctx = arg;

	at_urc(ctx->at, AT_URC_EVENT, "+QSSLURC: \"recv\",%d", id);
}

static void ssl_pushed(void *arg, int id, const void *data, size_t len)
{
	struct cmd_ctx *ctx = arg;

	if (!transp_pushed(ctx, ctx->tls, id, data, len))
		at_urc_data(ctx->at, AT_URC_EVENT, data, len,
			"+QSSLURC: \"recv\",%d,%zu", id, len);
}

static void ssl_closed(void *arg, int id, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	(void)sockio_closed(ctx, ctx->tls, id, why);
}

static void ssl_close_done(void *arg, int id)
{
	struct cmd_ctx *ctx = arg;

	sockio_close_done(ctx, ctx->tls, id);
}

static void ssl_unsent(void *arg, int id, size_t len)
{
	const struct cmd_ctx *ctx = arg;

	transp_unsent(ctx, ctx->tls, id, len);
}

static void ssl_attach(void *arg)
{
	static const struct sock_events events = {
		.opened = ssl_opened,
		.received = ssl_received,
		.pushed = ssl_pushed,
		.closed = ssl_closed,
		.close_done = ssl_close_done,
		.unsent = ssl_unsent,
	};
	struct cmd_ctx *ctx = arg;

	ctx->tls = sock_table_new(
		ctx->clock, (size_t)ctx->profile->ssl_buffer, &events, ctx);
}

void cmd_ssl_reset(struct cmd_ctx *ctx)
{
	sock_table_reset(ctx->tls);
}

/* --- +QSSLOPEN ----------------------------------------------------------- */

static int qsslopen_check(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;

	if ((int64_t)a->v[3].len > ctx->profile->ssl_host_max)
		return why_set(why, ERR_NET_PARAM, GRADE_INF,
			"argument 4 <serveraddr>: %zu bytes, at most %lld are "
			"taken (ssl_host_max)",
			a->v[3].len, (long long)ctx->profile->ssl_host_max);
	if (ctx->profile->ssl_mode_required && !at_args_has(a, 5))
		return why_set(why, ERR_NET_PARAM, GRADE_ASM,
			"argument 6 <access_mode> is missing, this firmware "
			"wants it (ssl_mode_required)");
	/* Transparent mode has CONNECT or ERROR for an answer, man [SSL §3]. */
	if (at_args_int(a, 5, 0) == SOCK_MODE_TRANSPARENT &&
		sock_used(ctx->tls, (int)a->v[2].num))
		return why_set(why, ERR_NET_ID_USED, GRADE_INF,
			"id %d is in use until it is closed", (int)a->v[2].num);
	return 0;
}

/* With the id in SOCK_OPENING, or a failure that the profile tells at once. */
static struct at_verdict qsslopen_start(
	struct at_txn *txn, struct sock_open *open)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;
	struct stream *stream;

	/* negotiatetime counts from the connection on, man [SSL §3]. */
	open->timeout_ms =
		(uint64_t)ctx->profile->tcp_connect +
		(uint64_t)sslctx_conf(ctx->ssl, open->ssl)->negotiate_s * 1000;
	stream = sslctx_open(ctx->ssl, open->ssl, open->host, open->port,
		sock_handler(), sock_handler_arg(ctx->tls, open->id), why);
	if (stream == NULL && ctx->profile->ssl_file_fail == SSL_FAIL_ERROR &&
		why->err == ERR_TLS_FILE)
		return at_fail_why(txn, why);
	transp_forget(ctx, ctx->tls, open->id);
	sock_attach(ctx->tls, open, stream, why);
	return open->mode == SOCK_MODE_TRANSPARENT
		       ? transp_open(txn, ctx->tls, open->id)
		       : at_ok();
}

static struct at_verdict ssl_qsslopen(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;
	struct sock_open open = {
		.pdp = (int)a->v[0].num,
		.ssl = (int)a->v[1].num,
		.id = (int)a->v[2].num,
		.mode = (int)at_args_int(a, 5, 0),
		.service = "SSLClient",
		.host = a->v[3].text,
		.port = (uint16_t)a->v[4].num,
		.timeout_what = "tcp_connect and negotiatetime",
	};

	if (qsslopen_check(txn) != 0)
		return at_fail_why(txn, why);
	if (sock_used(ctx->tls, open.id)) {
		/* As QIOPEN does: inf [SSL §3]. */
		sock_refuse(ctx->tls, open.id);
		return at_ok();
	}
	if (pdpctx_count_open(ctx->pdp, why) != 0)
		return sockio_open_fail(txn, &open, false);
	cmd_pdp_use(ctx, open.pdp);
	if (pdpctx_active(ctx->pdp, open.pdp))
		return qsslopen_start(txn, &open);
	why_set(why, ERR_NET_PDP_OPEN, GRADE_INF,
		"pdp %d is not active (AT+QIACT=%d first)", open.pdp, open.pdp);
	return sockio_open_fail(
		txn, &open, ctx->profile->ssl_pdp_down == SSL_FAIL_ERROR);
}

/* --- +QSSLSEND, +QSSLRECV, +QSSLCLOSE, +QSSLSTATE ------------------------- */

static struct at_verdict ssl_qsslsend(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return sockio_send(txn, at_args_int(&txn->args, 1, 0),
		ctx->profile->ssl_send_timeout);
}

static struct at_verdict ssl_qsslrecv(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int64_t len = txn->args.v[1].num;

	if (len > 0)
		return sockio_recv(txn, len);
	if (!ctx->profile->ssl_recv_zero)
		return at_fail(txn, ERR_NET_PARAM, GRADE_MAN,
			"argument 2 <read_length>: 0 is outside 1..1500 "
			"(ssl_recv_zero)");
	return sockio_recv_counters(txn);
}

static struct at_verdict ssl_qsslclose(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int64_t time = at_args_int(&txn->args, 1, ctx->profile->ssl_close);
	struct sock_info info;
	/* The unit of a time that is given; the default is 10 s, man. */
	bool ms = at_args_has(&txn->args, 1) &&
		  sock_get(ctx->tls, (int)txn->args.v[0].num, &info) &&
		  sslctx_conf(ctx->ssl, info.ssl)->close_ms;

	return sockio_close(txn, (uint64_t)(time * (ms ? 1 : 1000)));
}

static void print_state(struct at_txn *txn, int id)
{
	const struct cmd_ctx *ctx = txn->ctx;
	struct sock_info info;

	if (!sock_get(ctx->tls, id, &info))
		return;
	at_info(txn,
		"+QSSLSTATE: %d,\"%s\",\"%s\",%u,%u,%d,%d,%d,%d,\"uart1\",%d",
		id, info.service, info.addr.ip, info.addr.remote_port,
		info.addr.local_port, (int)info.state, info.pdp, id, info.mode,
		info.ssl);
}

static struct at_verdict ssl_qsslstate(struct at_txn *txn)
{
	if (txn->form == AT_FORM_WRITE) {
		print_state(txn, (int)txn->args.v[0].num);
		return at_ok();
	}
	for (int id = 0; id < SOCK_IDS; id++)
		print_state(txn, id);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qsslopen_args[] = {
	{"pdpctxID",    AT_ARG_INT, 1, 16,             false},
	{"sslctxID",    AT_ARG_INT, 0, SSLCTX_IDS - 1, false},
	{"clientID",    AT_ARG_INT, 0, SOCK_IDS - 1,   false},
	{"serveraddr",  AT_ARG_STR, 1, 255,            false},
	{"server_port", AT_ARG_INT, 0, 65535,          false},
	{"access_mode", AT_ARG_INT, 0, 2,              true},
	{0},
};

static const struct at_arg qsslsend_args[] = {
	{"clientID", AT_ARG_INT, 0, SOCK_IDS - 1,  false},
	{"sendlen",  AT_ARG_INT, 1, SOCK_SEND_MAX, true},
	{0},
};

static const struct at_arg qsslrecv_args[] = {
	{"clientID", AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"readlen",  AT_ARG_INT, 0, 1500,         false},
	{0},
};

static const struct at_arg qsslclose_args[] = {
	{"clientID",      AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"close_timeout", AT_ARG_INT, 0, 65535,        true},
	{0},
};

static const struct at_arg qsslstate_args[] = {
	{"clientID", AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QSSLCFG", AT_FORM_TEST | AT_FORM_WRITE, NULL, qsslcfg_run,
	 AT_TEST_RUN, 300, GRADE_MAN, "[SSL §2]",
	 "a value of an SSL context (ignoreprivkey, ignorecertitem: "
	 "0 alone)"},
	{"+QSSLOPEN", AT_FORM_TEST | AT_FORM_WRITE, qsslopen_args, ssl_qsslopen,
	 "(1-16),(0-5),(0-11),<serveraddr>,<server_port>[,(0-2)]",
	 450000, GRADE_MAN, "[SSL §3]",
	 "open a TLS connection"},
	{"+QSSLSEND", AT_FORM_TEST | AT_FORM_WRITE, qsslsend_args, ssl_qsslsend,
	 "(0-11)[,(1-1460)]", 0, GRADE_MAN, "[SSL §4]",
	 "send after a prompt"},
	{"+QSSLRECV", AT_FORM_TEST | AT_FORM_WRITE, qsslrecv_args, ssl_qsslrecv,
	 "(0-11),(1-1500)", 0, GRADE_CAP, "[SSL §5]",
	 "read the buffer"},
	{"+QSSLCLOSE", AT_FORM_TEST | AT_FORM_WRITE, qsslclose_args, ssl_qsslclose,
	 "(0-11),(0-65535)", 10000, GRADE_MAN, "[SSL §6]",
	 "close a connection and free its id"},
	{"+QSSLSTATE", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE | AT_FORM_EXEC,
	 qsslstate_args, ssl_qsslstate, NULL, 300, GRADE_MAN, "[SSL §7]",
	 "list connections: all, one"},
	{0},
};
/* clang-format on */

const struct at_family at_family_ssl = {
	.name = "ssl",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = rows,
	.attach = ssl_attach,
};
