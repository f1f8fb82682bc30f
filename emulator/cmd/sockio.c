#include "cmd/sockio.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmd/ctx.h"
#include "svc/lookup.h"
#include "svc/sock.h"

enum { SOCKIO_READ_MAX = 1500 }; /* bytes of one read, man [TCP §7] */

static bool sockio_is_ssl(const struct at_txn *txn)
{
	return txn->family == &at_family_ssl;
}

static struct sock_table *sockio_table(const struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return sockio_is_ssl(txn) ? ctx->tls : ctx->tcp;
}

static int sockio_id(const struct at_txn *txn)
{
	return (int)txn->args.v[0].num;
}

/* --- open -------------------------------------------------------------- */

/* What the two families say of the same. */
static const struct words {
	const char *object, *open, *urc;
} socket_words = {"socket", "+QIOPEN", "+QIURC"},
  ssl_words = {"ssl", "+QSSLOPEN", "+QSSLURC"};

static const struct words *words_of(
	const struct cmd_ctx *ctx, const struct sock_table *table)
{
	return table == ctx->tls ? &ssl_words : &socket_words;
}

struct at_verdict sockio_open_fail(
	struct at_txn *txn, const struct sock_open *open, bool now)
{
	if (now || open->mode == SOCK_MODE_TRANSPARENT)
		return at_fail_why(txn, &txn->scratch);
	sock_attach(sockio_table(txn), open, NULL, &txn->scratch);
	return at_ok();
}

void sockio_opened(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const struct why *why)
{
	const struct words *w = words_of(ctx, table);
	char object[16];

	if (transp_opened(ctx, table, id, why))
		return;
	if (why == NULL) {
		at_urc(ctx->at, AT_URC_RESULT, "%s: %d,0", w->open, id);
		return;
	}
	snprintf(object, sizeof(object), "%s %d", w->object, id);
	at_urc_fail(ctx->at, AT_URC_RESULT, object, why, "%s: %d,%d", w->open,
		id, at_net_code(ctx->at, why->err));
}

bool sockio_closed(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const struct why *why)
{
	const struct words *w = words_of(ctx, table);
	char object[16];

	snprintf(object, sizeof(object), "%s %d", w->object, id);
	if (transp_closed(ctx, table, id, object, why))
		return false;
	if (why == NULL)
		at_urc(ctx->at, AT_URC_EVENT, "%s: \"closed\",%d", w->urc, id);
	else
		at_urc_fail(ctx->at, AT_URC_EVENT, object, why,
			"%s: \"closed\",%d", w->urc, id);
	return true;
}

/* --- send -------------------------------------------------------------- */

/* The address of `AT+QISEND=id,len,"ip",port`, if there is one. */
static bool sockio_to(const struct at_txn *txn, struct stream_addr *to)
{
	if (sockio_is_ssl(txn) || !at_args_has(&txn->args, 2))
		return false;
	memset(to, 0, sizeof(*to));
	snprintf(to->ip, sizeof(to->ip), "%s", txn->args.v[2].text);
	to->remote_port = (uint16_t)at_args_int(&txn->args, 3, 0);
	return true;
}

static struct at_verdict sockio_send_staged(struct at_txn *txn)
{
	struct sock_table *table = sockio_table(txn);
	struct why *why = &txn->scratch;
	struct stream_addr to;
	int id = sockio_id(txn);

	/* Nothing typed is nothing sent: as QISENDEX, man [TCP §6]. */
	if (sock_stage_len(table) == 0)
		return at_fail_text(txn, "SEND FAIL", ERR_NET_PARAM, GRADE_INF,
			"id %d: no data to send", id);
	if ((sockio_to(txn, &to) ? sock_send_to(table, id, &to, why)
				 : sock_send(table, id, why)) == 0)
		return at_text("SEND OK");
	if (why->err == ERR_NET_WRITE)
		return at_fail_text(txn, "SEND FAIL", why->err, GRADE_MAN,
			"id %d: %s", id, why->text);
	return at_fail_why(txn, why);
}

static void sockio_on_bytes(struct at_txn *txn, const uint8_t *data, size_t len)
{
	sock_stage_add(sockio_table(txn), data, len);
}

/*
 * dataformat of QICFG: what is typed behind the prompt, and counted by its
 * length, are digits (asm).
 */
static struct at_verdict sockio_send_typed(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (!sockio_is_ssl(txn) && ctx->qicfg.dataformat[0] != 0 &&
		sock_stage_unhex(ctx->tcp, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return sockio_send_staged(txn);
}

static void sockio_on_end(struct at_txn *txn, enum at_data_end end)
{
	switch (end) {
	case AT_DATA_COMPLETE:
		at_finish(txn, sockio_send_typed(txn));
		break;
	case AT_DATA_CANCEL:
	case AT_DATA_ESCAPE:
		/* What ESC is answered with is printed nowhere: asm [TCP §6] */
		at_finish(txn, at_ok());
		break;
	case AT_DATA_TIMEOUT:
		at_finish(txn,
			at_fail(txn, ERR_NET_TIMEOUT, GRADE_ASM,
				"id %d: no input at the prompt for too long",
				sockio_id(txn)));
		break;
	}
}

/* A UDP service needs an address, others must not have one, man [TCP §6]. */
static int sockio_check_address(struct at_txn *txn)
{
	int id = sockio_id(txn);
	bool service = sock_from(sockio_table(txn), id) != NULL;
	struct stream_addr to;

	if (service == sockio_to(txn, &to)) {
		if (!service || lookup_is_ipv4(to.ip) || lookup_is_ipv6(to.ip))
			return 0;
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"argument 3 <remoteIP>: \"%s\" is no dotted address",
			to.ip);
	}
	return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
		service ? "id %d is a \"UDP SERVICE\": it needs length, "
			  "address and port"
			: "an address is for \"UDP SERVICE\" only, and id %d "
			  "is none",
		id);
}

struct at_verdict sockio_send(
	struct at_txn *txn, int64_t count, int64_t timeout_ms)
{
	const struct at_data data = {
		.count = (size_t)count,
		.idle_ms = (uint64_t)timeout_ms,
		.on_bytes = sockio_on_bytes,
		.on_end = sockio_on_end,
	};

	if (sock_check(sockio_table(txn), sockio_id(txn), &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (sockio_check_address(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	sock_stage_reset(sockio_table(txn));
	return at_data_prompt(txn, &data);
}

struct at_verdict sockio_send_hex(
	struct at_txn *txn, const char *digits, size_t len)
{
	struct sock_table *table = sockio_table(txn);

	sock_stage_reset(table);
	sock_stage_add(table, digits, len);
	if (sock_stage_unhex(table, &txn->scratch) != 0 ||
		sock_check(table, sockio_id(txn), &txn->scratch) != 0 ||
		sockio_check_address(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	return sockio_send_staged(txn);
}

struct at_verdict sockio_send_counters(struct at_txn *txn)
{
	struct sock_info info;
	size_t unacked;

	if (sock_check(sockio_table(txn), sockio_id(txn), &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	sock_get(sockio_table(txn), sockio_id(txn), &info);
	unacked = sock_unacked(sockio_table(txn), sockio_id(txn));
	at_info(txn, "%s: %" PRIu64 ",%" PRIu64 ",%zu", txn->cmd->name,
		info.sent, info.sent - unacked, unacked);
	return at_ok();
}

/* --- receive ----------------------------------------------------------- */

/* Reading is for buffer mode: ERROR otherwise, cap [TCP §8]. */
static int sockio_check_mode(struct at_txn *txn)
{
	struct sock_info info;

	if (!sock_get(sockio_table(txn), sockio_id(txn), &info) ||
		info.mode == 0)
		return 0;
	return why_set(&txn->scratch, ERR_NET_NOT_ALLOWED, GRADE_CAP,
		"id %d: is in access mode %d: data are pushed, not read",
		sockio_id(txn), info.mode);
}

/* Capital letters: asm. */
static void to_hex(const uint8_t *data, size_t len, char *text)
{
	static const char digits[] = "0123456789ABCDEF";

	for (size_t i = 0; i < len; i++) {
		*text++ = digits[data[i] >> 4];
		*text++ = digits[data[i] & 15];
	}
}

/* The header of what was read, and the data behind or below it. */
static void sockio_print(struct at_txn *txn, const uint8_t *data, size_t n)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct stream_addr *from =
		sock_from(sockio_table(txn), sockio_id(txn));
	bool joined = !sockio_is_ssl(txn) && ctx->qicfg.viewmode != 0;
	bool hex = !sockio_is_ssl(txn) && ctx->qicfg.dataformat[1] != 0;
	char where[80] = "", text[2 * SOCKIO_READ_MAX];

	if (n > 0 && from != NULL)
		snprintf(where, sizeof(where), ",\"%s\",%u", from->ip,
			from->remote_port);
	if (n == 0 || !joined)
		at_info(txn, "%s: %zu%s", txn->cmd->name, n, where);
	else
		at_info_open(txn, "%s: %zu%s,", txn->cmd->name, n, where);
	if (n == 0)
		return;
	if (hex)
		to_hex(data, n, text);
	at_raw(txn, hex ? (const void *)text : data, hex ? 2 * n : n);
	at_newline(txn);
}

struct at_verdict sockio_recv(struct at_txn *txn, int64_t len)
{
	uint8_t data[SOCKIO_READ_MAX];
	struct why *why = &txn->scratch;
	ssize_t n;

	if (sockio_check_mode(txn) != 0)
		return at_fail_why(txn, why);
	if (len > SOCKIO_READ_MAX)
		len = SOCKIO_READ_MAX;
	n = sock_recv(
		sockio_table(txn), sockio_id(txn), data, (size_t)len, why);
	if (n < 0)
		return at_fail_why(txn, why);
	sockio_print(txn, data, (size_t)n);
	return at_ok();
}

struct at_verdict sockio_recv_counters(struct at_txn *txn)
{
	struct sock_info info;
	struct why *why = &txn->scratch;

	if (sockio_check_mode(txn) != 0 ||
		sock_recv(sockio_table(txn), sockio_id(txn), NULL, 0, why) < 0)
		return at_fail_why(txn, why);
	sock_get(sockio_table(txn), sockio_id(txn), &info);
	at_info(txn, "%s: %" PRIu64 ",%" PRIu64 ",%zu", txn->cmd->name,
		info.received, info.read, info.unread);
	return at_ok();
}

void sockio_push(struct cmd_ctx *ctx, int id, const struct stream_addr *from,
	const void *data, size_t len)
{
	const char *comma = ctx->qicfg.viewmode != 0 ? "," : "";
	char text[2 * SOCK_PUSH_MAX], where[80] = "";
	size_t n = len;

	if (ctx->qicfg.dataformat[1] != 0) {
		to_hex(data, len, text);
		data = text;
		n = 2 * len;
	}
	if (from != NULL)
		snprintf(where, sizeof(where), ",\"%s\",%u", from->ip,
			from->remote_port);
	at_urc_data(ctx->at, AT_URC_EVENT, data, n,
		"+QIURC: \"recv\",%d,%zu%s%s", id, len, where, comma);
}

/* --- room for pushes ------------------------------------------------------
 */

static void hold_sockets(struct cmd_ctx *ctx)
{
	struct cmd_full *full = &ctx->full;
	enum sock_hold hold = SOCK_HOLD_NONE;

	if (full->port || full->line)
		hold = SOCK_HOLD_ALL;
	else if (full->urcs)
		hold = SOCK_HOLD_URCS;
	/* The first may fill the line again, so they take turns. */
	if (hold == SOCK_HOLD_NONE)
		full->tls_first = !full->tls_first;
	sock_table_hold(full->tls_first ? ctx->tls : ctx->tcp, hold);
	sock_table_hold(full->tls_first ? ctx->tcp : ctx->tls, hold);
}

void cmd_sockio_full(struct cmd_ctx *ctx, bool line, bool urcs)
{
	ctx->full.line = line;
	ctx->full.urcs = urcs;
	hold_sockets(ctx);
}

void cmd_sockio_port_full(struct cmd_ctx *ctx, bool full)
{
	ctx->full.port = full;
	hold_sockets(ctx);
}

/* --- close ------------------------------------------------------------- */

struct at_verdict sockio_close(struct at_txn *txn, uint64_t timeout_ms)
{
	transp_forget(txn->ctx, sockio_table(txn), sockio_id(txn));
	sock_close(sockio_table(txn), sockio_id(txn), timeout_ms);
	return at_wait_for(txn, sockio_table(txn));
}

void sockio_close_done(
	struct cmd_ctx *ctx, const struct sock_table *table, int id)
{
	struct at_txn *txn = at_waiting(ctx->at, table);

	/* By passiveclosed another id may close meanwhile. */
	if (txn != NULL && sockio_id(txn) == id)
		at_finish(txn, at_ok());
}
