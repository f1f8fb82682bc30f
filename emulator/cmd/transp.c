#include "cmd/transp.h"

#include "cmd/ctx.h"
#include "svc/sock.h"

static bool transp_is(
	const struct cmd_ctx *ctx, const struct sock_table *table, int id)
{
	return ctx->transp.table == table && ctx->transp.id == id;
}

void transp_reset(struct cmd_ctx *ctx)
{
	ctx->transp = (struct transp){.ctx = ctx};
}

/* --- the port's side ------------------------------------------------------ */

static void transp_on_bytes(void *arg, const uint8_t *data, size_t len)
{
	struct transp *t = arg;
	const struct sock_packet packet = {
		.size = (size_t)t->ctx->qicfg.transpktsize,
		.wait_ms = (uint64_t)t->ctx->qicfg.transwaittm * 100,
	};
	size_t lost = sock_feed(t->table, t->id, &packet, data, len);

	if (lost > 0)
		trace_text(t->ctx->trace, LANE_NOTE,
			"%zu bytes were lost: the peer takes no more, and this "
			"line has no flow control [TCP §9]",
			lost);
}

/* The connection stays, in buffer mode, man [TCP §9]. */
static void transp_on_leave(void *arg)
{
	struct transp *t = arg;
	struct why why;

	(void)sock_set_mode(t->table, t->id, SOCK_MODE_BUFFER, &why);
}

/*
 * man [AT §5.4]: it is dropped. That this looks as when the peer ends it, NO
 * CARRIER and an id to be closed, is printed nowhere: inf [TCP §9].
 */
static void transp_on_drop(void *arg)
{
	struct transp *t = arg;
	struct why why;

	why_set(&why, ERR_NET_CLOSED, GRADE_MAN,
		"DTR went high, which drops it by AT&D2");
	sock_drop(t->table, t->id, &why);
}

static bool transp_on_resume(void *arg)
{
	struct transp *t = arg;
	struct why why;

	return t->table != NULL &&
	       sock_set_mode(t->table, t->id, SOCK_MODE_TRANSPARENT, &why) == 0;
}

/* The port is this connection's. */
static struct at_verdict transp_connect(
	struct at_txn *txn, struct sock_table *table, int id)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_stream stream = {
		.on_bytes = transp_on_bytes,
		.on_leave = transp_on_leave,
		.on_drop = transp_on_drop,
		.on_resume = transp_on_resume,
		.arg = &ctx->transp,
	};

	ctx->transp.table = table;
	ctx->transp.id = id;
	return at_stream_connect(txn, &stream);
}

/* --- the table's side ------------------------------------------------------
 */

struct at_verdict transp_open(
	struct at_txn *txn, struct sock_table *table, int id)
{
	struct cmd_ctx *ctx = txn->ctx;

	/* ATO finds what was left as long as this one is not up. */
	ctx->transp.opening = table;
	ctx->transp.opening_id = id;
	return at_wait_for(txn, &ctx->transp);
}

bool transp_opened(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const struct why *why)
{
	struct at_txn *txn = at_waiting(ctx->at, &ctx->transp);
	struct transp *t = &ctx->transp;

	if (txn == NULL || t->opening != table || t->opening_id != id)
		return false;
	t->opening = NULL;
	/* The id stays taken after a failure, as in the other modes: inf. */
	if (why == NULL)
		at_finish(txn, transp_connect(txn, table, id));
	else
		at_finish(txn, at_fail_why(txn, why));
	return true;
}

bool transp_pushed(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const void *data, size_t len)
{
	if (!transp_is(ctx, table, id) || !at_stream_is(ctx->at, &ctx->transp))
		return false;
	at_stream_write(ctx->at, data, len);
	return true;
}

/* No "closed" URC comes beside NO CARRIER: inf [TCP §9]. */
bool transp_closed(struct cmd_ctx *ctx, struct sock_table *table, int id,
	const char *object, const struct why *why)
{
	if (!transp_is(ctx, table, id))
		return false;
	ctx->transp.table = NULL;
	if (!at_stream_is(ctx->at, &ctx->transp)) {
		at_stream_forget(ctx->at, &ctx->transp);
		return false;
	}
	at_stream_end(ctx->at, object, why);
	return true;
}

void transp_unsent(const struct cmd_ctx *ctx, const struct sock_table *table,
	int id, size_t len)
{
	trace_text(ctx->trace, LANE_NOTE,
		"%s %d: %zu bytes typed in transparent mode were not sent: the "
		"peer took no more before the connection was gone, or the port "
		"another's",
		table == ctx->tls ? "ssl" : "socket", id, len);
}

void transp_forget(struct cmd_ctx *ctx, struct sock_table *table, int id)
{
	if (!transp_is(ctx, table, id))
		return;
	ctx->transp.table = NULL;
	at_stream_forget(ctx->at, &ctx->transp);
}

struct at_verdict transp_switch(
	struct at_txn *txn, struct sock_table *table, int id, int mode)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (sock_set_mode(table, id, mode, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (mode != SOCK_MODE_TRANSPARENT) {
		transp_forget(ctx, table, id);
		return at_ok();
	}
	return transp_connect(txn, table, id);
}
