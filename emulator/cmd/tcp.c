#include <string.h>

#include "cmd/ctx.h"
#include "cmd/sockio.h"
#include "svc/lookup.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"

/* Plain sockets: +QIOPEN and its kin [TCP §3] to [TCP §7]. */

/* Profile words of tcp_pdp_down. */
enum { TCP_FAIL_URC, TCP_FAIL_ERROR };

static int tcp_id(const struct at_txn *txn)
{
	return (int)txn->args.v[0].num;
}

/* --- events ------------------------------------------------------------- */

static void tcp_opened(void *arg, int id, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	sockio_opened(ctx, ctx->tcp, id, why);
}

static void tcp_received(void *arg, int id)
{
	struct cmd_ctx *ctx = arg;
	struct sock_info info;

	sock_get(ctx->tcp, id, &info);
	if (ctx->qicfg.recvind)
		at_urc(ctx->at, AT_URC_EVENT, "+QIURC: \"recv\",%d,%zu", id,
			info.unread);
	else
		at_urc(ctx->at, AT_URC_EVENT, "+QIURC: \"recv\",%d", id);
}

static void tcp_pushed(void *arg, int id, const void *data, size_t len)
{
	struct cmd_ctx *ctx = arg;

	if (!transp_pushed(ctx, ctx->tcp, id, data, len))
		sockio_push(ctx, id, sock_from(ctx->tcp, id), data, len);
}

/*
 * passiveclosed: the modem closes its side, too, man [TCP §10.4]. What came
 * before can still be read, inf [TCP §1], so that waits for the last byte to
 * be read; that the id is free then is asm.
 */
static void tcp_close_passively(struct cmd_ctx *ctx, int id)
{
	struct sock_info info;

	if (ctx->qicfg.passiveclosed && sock_get(ctx->tcp, id, &info) &&
		info.state == SOCK_CLOSING && info.unread == 0)
		sock_close(ctx->tcp, id, 0);
}

static void tcp_closed(void *arg, int id, const struct why *why)
{
	struct cmd_ctx *ctx = arg;

	if (sockio_closed(ctx, ctx->tcp, id, why))
		tcp_close_passively(ctx, id);
}

static void tcp_close_done(void *arg, int id)
{
	struct cmd_ctx *ctx = arg;

	sockio_close_done(ctx, ctx->tcp, id);
}

static void tcp_incoming(void *arg, int id, int listener)
{
	struct cmd_ctx *ctx = arg;
	struct sock_info info;

	if (id < 0) {
		at_urc(ctx->at, AT_URC_EVENT, "+QIURC: \"incoming full\"");
		return;
	}
	transp_forget(ctx, ctx->tcp, id);
	sock_get(ctx->tcp, id, &info);
	at_urc(ctx->at, AT_URC_EVENT, "+QIURC: \"incoming\",%d,%d,\"%s\",%u",
		id, listener, info.addr.ip, info.addr.remote_port);
}

static void tcp_unsent(void *arg, int id, size_t len)
{
	const struct cmd_ctx *ctx = arg;

	transp_unsent(ctx, ctx->tcp, id, len);
}

static void tcp_attach(void *arg)
{
	static const struct sock_events events = {
		.opened = tcp_opened,
		.received = tcp_received,
		.pushed = tcp_pushed,
		.closed = tcp_closed,
		.close_done = tcp_close_done,
		.unsent = tcp_unsent,
		.incoming = tcp_incoming,
	};
	struct cmd_ctx *ctx = arg;

	transp_reset(ctx);
	ctx->tcp = sock_table_new(
		ctx->clock, (size_t)ctx->profile->tcp_buffer, &events, ctx);
	if (ctx->tcp != NULL)
		qicfg_apply(ctx);
}

void cmd_tcp_reset(struct cmd_ctx *ctx)
{
	transp_reset(ctx);
	qicfg_default(&ctx->qicfg, ctx->profile);
	sock_table_reset(ctx->tcp);
	qicfg_apply(ctx);
}

/* --- +QIOPEN ------------------------------------------------------------ */

/* Words of <service_type>, which are upper case. */
enum tcp_service {
	TCP_CLIENT,
	TCP_UDP_CLIENT,
	TCP_LISTENER,
	TCP_UDP_SERVICE,
	TCP_SERVICES,
};

static enum tcp_service tcp_service(const struct at_txn *txn)
{
	static const char *const names[TCP_SERVICES] = {
		"TCP", "UDP", "TCP LISTENER", "UDP SERVICE"};
	int i = 0;

	while (i < TCP_SERVICES && strcmp(names[i], txn->args.v[2].text) != 0)
		i++;
	return (enum tcp_service)i;
}

static int qiopen_check_service(struct at_txn *txn)
{
	const struct at_args *a = &txn->args;
	enum tcp_service service = tcp_service(txn);
	struct why *why = &txn->scratch;

	if (service == TCP_SERVICES)
		return why_set(why, ERR_NET_PARAM, GRADE_INF,
			"argument 3 <service_type>: \"%s\" is none of \"TCP\", "
			"\"UDP\", \"TCP LISTENER\", \"UDP SERVICE\"",
			a->v[2].text);
	if (service < TCP_LISTENER)
		return 0;
	if (!at_args_has(a, 5))
		return why_set(why, ERR_NET_PARAM, GRADE_MAN,
			"argument 6 <local_port> is missing: a \"%s\" needs it",
			a->v[2].text);
	if (at_args_int(a, 6, 0) == SOCK_MODE_TRANSPARENT)
		return why_set(why, ERR_NET_PARAM, GRADE_INF,
			"argument 7 <access_mode>: a \"%s\" has no transparent "
			"mode",
			a->v[2].text);
	return 0;
}

static int qiopen_check(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;

	if ((int64_t)a->v[3].len > ctx->profile->tcp_host_max)
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_INF,
			"argument 4 <host>: %zu bytes, at most %lld are taken "
			"(tcp_host_max)",
			a->v[3].len, (long long)ctx->profile->tcp_host_max);
	return qiopen_check_service(txn);
}

/*
 * A local port is of IPv4, as the "127.0.0.1" that the manual has in this
 * place; asm: one of IPv6 where the context has nothing else, or where an
 * address with colons stands there.
 */
static bool serves_v6(const struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int pdp = (int)txn->args.v[0].num;

	return !pdpctx_has_v4(ctx->pdp, pdp) ||
	       (pdpctx_has_v6(ctx->pdp, pdp) &&
		       lookup_is_ipv6(txn->args.v[3].text));
}

/* Everything is in order: open it. */
static struct at_verdict qiopen_go(struct at_txn *txn, struct sock_open *open)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	enum tcp_service service = tcp_service(txn);
	bool udp = service == TCP_UDP_CLIENT || service == TCP_UDP_SERVICE;

	transp_forget(ctx, ctx->tcp, open->id);
	cmd_pdp_use(ctx, open->pdp);
	if (service >= TCP_LISTENER) {
		open->port = (uint16_t)a->v[5].num;
		open->v6 = serves_v6(txn);
		sock_serve(ctx->tcp, open, ctx->net, udp,
			pdpctx_address(ctx->pdp, open->pdp, open->v6));
		return at_ok();
	}
	open->local_port = (uint16_t)at_args_int(a, 5, 0);
	sock_connect(ctx->tcp, open, ctx->net, udp);
	return open->mode == SOCK_MODE_TRANSPARENT
		       ? transp_open(txn, ctx->tcp, open->id)
		       : at_ok();
}

/*
 * kin [TCP §3], a host's note on a BG96: no name is looked up while another
 * socket is closing, which here one is from the peer's end to QICLOSE.
 */
static int check_closing(const struct at_txn *txn, struct why *why)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const char *host = txn->args.v[3].text;
	struct sock_info info;

	if (!ctx->profile->tcp_busy_closing ||
		tcp_service(txn) >= TCP_LISTENER || lookup_is_ipv4(host) ||
		lookup_is_ipv6(host))
		return 0;
	for (int id = 0; id < SOCK_IDS; id++)
		if (sock_get(ctx->tcp, id, &info) && info.state == SOCK_CLOSING)
			return why_set(why, ERR_NET_BUSY, GRADE_KIN,
				"%s cannot be looked up while socket %d is "
				"closing (AT+QICLOSE=%d; tcp_busy_closing)",
				host, id, id);
	return 0;
}

static struct at_verdict qiopen_start(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;
	struct sock_open open = {
		.id = (int)a->v[1].num,
		.pdp = (int)a->v[0].num,
		.mode = (int)at_args_int(a, 6, 0),
		.ssl = -1,
		.service = a->v[2].text,
		.port = (uint16_t)a->v[4].num,
		.timeout_ms = (uint64_t)ctx->profile->tcp_connect,
		.timeout_what = "the time QIOPEN has",
	};

	if (qiopen_check(txn) != 0)
		return at_fail_why(txn, why);
	if (tcp_service(txn) < TCP_LISTENER)
		open.host = a->v[3].text;
	/* Transparent mode has CONNECT or ERROR for an answer, man. */
	if (sock_used(ctx->tcp, open.id) && open.mode == SOCK_MODE_TRANSPARENT)
		return at_fail(txn, ERR_NET_ID_USED, GRADE_INF,
			"id %d is in use until it is closed", open.id);
	if (sock_used(ctx->tcp, open.id)) {
		/* OK and then the URC: cap of host code [TCP §3] */
		sock_refuse(ctx->tcp, open.id);
		return at_ok();
	}
	if (check_closing(txn, why) != 0 ||
		pdpctx_count_open(ctx->pdp, why) != 0)
		return sockio_open_fail(txn, &open, false);
	if (pdpctx_active(ctx->pdp, open.pdp))
		return qiopen_go(txn, &open);
	why_set(why, ERR_NET_PDP_OPEN, GRADE_INF,
		"pdp %d is not active (AT+QIACT=%d first)", open.pdp, open.pdp);
	return sockio_open_fail(
		txn, &open, ctx->profile->tcp_pdp_down == TCP_FAIL_ERROR);
}

static struct at_verdict tcp_qiopen(struct at_txn *txn)
{
	/* The read form says nothing: kin [TCP §3]. */
	return txn->form == AT_FORM_READ ? at_ok() : qiopen_start(txn);
}

/* --- +QISEND, +QISENDEX, +QIRD, +QICLOSE --------------------------------- */

static struct at_verdict tcp_qisend(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;

	if (at_args_has(a, 2) != at_args_has(a, 3))
		return at_fail(txn, ERR_NET_PARAM, GRADE_MAN,
			"arguments 3 <remoteIP> and 4 <remote_port> come "
			"together");
	if (at_args_has(a, 2) && !at_args_has(a, 1))
		return at_fail(txn, ERR_NET_PARAM, GRADE_MAN,
			"argument 2 <send_length> is missing: what goes to an "
			"address has one");
	if (at_args_has(a, 1) && a->v[1].num == 0)
		return sockio_send_counters(txn);
	return sockio_send(txn, at_args_int(a, 1, 0), ctx->qicfg.send_timeout);
}

static struct at_verdict tcp_qisendex(struct at_txn *txn)
{
	const struct at_value *hex = &txn->args.v[1];

	return sockio_send_hex(txn, hex->text, hex->len);
}

static struct at_verdict tcp_qird(struct at_txn *txn)
{
	const struct at_args *a = &txn->args;
	struct at_verdict v;

	if (at_args_has(a, 1) && a->v[1].num == 0)
		return sockio_recv_counters(txn);
	v = sockio_recv(txn, at_args_int(a, 1, 1500));
	if (v.kind == AT_VERDICT_OK)
		tcp_close_passively(txn->ctx, tcp_id(txn));
	return v;
}

static struct at_verdict tcp_qiclose(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int64_t s = at_args_int(&txn->args, 1, ctx->profile->tcp_close);

	return sockio_close(txn, (uint64_t)s * 1000);
}

/* --- +QISWTMD ------------------------------------------------------------- */

/* The same command serves both tables, man [SSL §9]; plain sockets win, asm. */
static struct at_verdict tcp_qiswtmd(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	bool ssl;

	if (txn->form == AT_FORM_READ)
		return at_ok();
	ssl = !sock_used(ctx->tcp, tcp_id(txn)) &&
	      sock_used(ctx->tls, tcp_id(txn));
	return transp_switch(txn, ssl ? ctx->tls : ctx->tcp, tcp_id(txn),
		(int)txn->args.v[1].num);
}

/* --- +QISTATE, +QIGETERROR, +QISDE --------------------------------------- */

static void print_state(struct at_txn *txn, int id)
{
	const struct cmd_ctx *ctx = txn->ctx;
	struct sock_info info;

	if (!sock_get(ctx->tcp, id, &info))
		return;
	/* <serverID> of a client is its own id: cap [TCP §5] */
	at_info(txn, "+QISTATE: %d,\"%s\",\"%s\",%u,%u,%d,%d,%d,%d,\"uart1\"",
		id, info.service, info.addr.ip, info.addr.remote_port,
		info.addr.local_port, (int)info.state, info.pdp, info.server,
		info.mode);
}

static struct at_verdict tcp_qistate(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct sock_info info;

	if (txn->form == AT_FORM_WRITE && a->v[0].num == 0 && a->v[1].num == 0)
		return at_fail(txn, ERR_NET_PARAM, GRADE_MAN,
			"argument 2 <contextID>: 0 is outside 1..16");
	if (txn->form == AT_FORM_WRITE && a->v[0].num == 1) {
		if (a->v[1].num >= SOCK_IDS)
			return at_fail(txn, ERR_NET_PARAM, GRADE_MAN,
				"argument 2 <connectID>: %lld is outside 0..11",
				(long long)a->v[1].num);
		print_state(txn, (int)a->v[1].num);
		return at_ok();
	}
	for (int id = 0; id < SOCK_IDS; id++) {
		if (!sock_get(ctx->tcp, id, &info))
			continue;
		if (txn->form == AT_FORM_WRITE && info.pdp != a->v[1].num)
			continue;
		print_state(txn, id);
	}
	return at_ok();
}

static struct at_verdict tcp_qigeterror(struct at_txn *txn)
{
	const char *text;
	int code = at_net_error(txn->at, &text);

	at_info(txn, "+QIGETERROR: %d,%s", code, text);
	return at_ok();
}

static struct at_verdict tcp_qisde(struct at_txn *txn)
{
	struct at_settings *set = at_settings(txn->at);

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+QISDE: %d", set->send_echo);
	else
		set->send_echo = txn->args.v[0].num != 0;
	return at_ok();
}

/* clang-format off */
static const struct at_arg qiopen_args[] = {
	{"contextID",    AT_ARG_INT, 1, 16,           false},
	{"connectID",    AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"service_type", AT_ARG_STR, 1, 15,           false},
	{"host",         AT_ARG_STR, 1, 255,          false},
	{"remote_port",  AT_ARG_INT, 0, 65535,        false},
	{"local_port",   AT_ARG_INT, 0, 65535,        true},
	{"access_mode",  AT_ARG_INT, 0, 2,            true},
	{0},
};

static const struct at_arg qisend_args[] = {
	{"connectID",   AT_ARG_INT, 0, SOCK_IDS - 1,  false},
	{"send_length", AT_ARG_INT, 0, SOCK_SEND_MAX, true},
	{"remoteIP",    AT_ARG_STR, 1, 45,            true},
	{"remote_port", AT_ARG_INT, 1, 65535,         true},
	{0},
};

static const struct at_arg qisendex_args[] = {
	{"connectID",  AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"hex_string", AT_ARG_STR, 0, 512,          false},
	{0},
};

static const struct at_arg qird_args[] = {
	{"connectID",   AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"read_length", AT_ARG_INT, 0, 1500,         true},
	{0},
};

static const struct at_arg qiclose_args[] = {
	{"connectID", AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"timeout",   AT_ARG_INT, 0, 65535,        true},
	{0},
};

static const struct at_arg qiswtmd_args[] = {
	{"connectID",   AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"access_mode", AT_ARG_INT, 0, 2,            false},
	{0},
};

static const struct at_arg qistate_args[] = {
	{"query_type", AT_ARG_INT, 0, 1,  false},
	{"ID",         AT_ARG_INT, 0, 16, false},
	{0},
};

static const struct at_arg qisde_args[] = {
	{"echo", AT_ARG_INT, 0, 1, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QIOPEN", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, qiopen_args,
	 tcp_qiopen,
	 "(1-16),(0-11),\"TCP/UDP/TCP LISTENER/UDP SERVICE\","
	 "\"<IP_address>/<domain_name>\",<remote_port>,<local_port>,(0-2)",
	 150000, GRADE_CAP, "[TCP §3]",
	 "open a TCP or UDP client, a listener, a UDP service"},
	{"+QISEND", AT_FORM_TEST | AT_FORM_WRITE, qisend_args, tcp_qisend,
	 "(0-11),(0-1460)", 120000, GRADE_CAP, "[TCP §6]",
	 "send after a prompt; length 0 prints counters"},
	{"+QISENDEX", AT_FORM_TEST | AT_FORM_WRITE, qisendex_args, tcp_qisendex,
	 "(0-11),<hex_string>", 120000, GRADE_MAN, "[TCP §6]",
	 "send a hexadecimal string"},
	{"+QIRD", AT_FORM_TEST | AT_FORM_WRITE, qird_args, tcp_qird,
	 "(0-11),(0-1500)", 300, GRADE_CAP, "[TCP §7]",
	 "read the buffer; length 0 prints counters"},
	{"+QICLOSE", AT_FORM_TEST | AT_FORM_WRITE, qiclose_args, tcp_qiclose,
	 "(0-11),(0-65535)", 10000, GRADE_MAN, "[TCP §4]",
	 "close a socket and free its id"},
	{"+QISWTMD", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, qiswtmd_args,
	 tcp_qiswtmd, "(0-11),(0-2)", 300, GRADE_MAN, "[TCP §8]",
	 "change the access mode of a socket or TLS connection"},
	{"+QISTATE", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE | AT_FORM_EXEC,
	 qistate_args, tcp_qistate, NULL, 300, GRADE_CAP, "[TCP §5]",
	 "list sockets: all, of a context, one"},
	{"+QIGETERROR", AT_FORM_TEST | AT_FORM_EXEC, NULL, tcp_qigeterror,
	 NULL, 300, GRADE_KIN, "[TCP §10.5]",
	 "error of the last TCP/IP or SSL command"},
	{"+QISDE", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, qisde_args,
	 tcp_qisde, "(0,1)", 300, GRADE_MAN, "[TCP §10.5]",
	 "echo what is typed behind a prompt"},
	{0},
};
/* clang-format on */

const struct at_family at_family_tcp = {
	.name = "tcp",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = rows,
	.attach = tcp_attach,
};
