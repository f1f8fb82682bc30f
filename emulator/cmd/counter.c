#include "cmd/ctx.h"

#include "svc/nv.h"
#include "svc/sock.h"

/* What sockets carried: +QGDCNT, +QAUGDCNT [AT §10.1]. */

static void count_data(const struct cmd_ctx *ctx, int64_t count[2])
{
	uint64_t sent = 0, received = 0;

	sock_table_totals(ctx->tcp, &sent, &received);
	sock_table_totals(ctx->tls, &sent, &received);
	count[0] = ctx->state.gdcnt[0] + (int64_t)sent;
	count[1] = ctx->state.gdcnt[1] + (int64_t)received;
}

static int save(const struct cmd_ctx *ctx, struct why *why)
{
	int64_t count[2];
	int ret;

	count_data(ctx, count);
	ret = nv_set_int(ctx->nv, "gdcnt_sent", count[0], why);
	return ret != 0 ? ret
			: nv_set_int(ctx->nv, "gdcnt_received", count[1], why);
}

static void arm(struct cmd_ctx *ctx)
{
	timer_del(ctx->clock, &ctx->counter);
	if (ctx->state.augdcnt > 0)
		timer_set(ctx->clock, &ctx->counter, TIMER_WINDOW,
			(uint64_t)ctx->state.augdcnt * 1000);
}

static void on_interval(void *arg)
{
	struct cmd_ctx *ctx = arg;
	struct why why;

	/* Nobody asked, so nobody is told: as nv.h says of such a value. */
	(void)save(ctx, &why);
	arm(ctx);
}

static void attach_family(void *ctx)
{
	struct cmd_ctx *c = ctx;

	timer_init(&c->counter, on_interval, c);
}

void cmd_counter_ready(struct cmd_ctx *ctx)
{
	/* man: what was saved is loaded at power-on */
	ctx->state.gdcnt[0] = nv_int(ctx->nv, "gdcnt_sent", 0);
	ctx->state.gdcnt[1] = nv_int(ctx->nv, "gdcnt_received", 0);
}

void cmd_counter_reset(struct cmd_ctx *ctx)
{
	timer_del(ctx->clock, &ctx->counter);
}

/* man [AT §10.1]; that it counts payload, without headers, asm. */
static struct at_verdict run_qgdcnt(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t count[2];

	count_data(ctx, count);
	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+QGDCNT: %lld,%lld", (long long)count[0],
			(long long)count[1]);
		return at_ok();
	}
	if (txn->args.v[0].num == 1)
		return save(ctx, &txn->scratch) == 0
			       ? at_ok()
			       : at_fail_why(txn, &txn->scratch);
	ctx->state.gdcnt[0] -= count[0];
	ctx->state.gdcnt[1] -= count[1];
	return at_ok();
}

/* man [AT §10.1]: the interval itself is not saved. */
static struct at_verdict run_qaugdcnt(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t value = at_args_int(&txn->args, 0, 0);

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+QAUGDCNT: %d", ctx->state.augdcnt);
		return at_ok();
	}
	if (value > 0 && value < 30)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"%lld s is neither 0, off, nor in 30..65535",
			(long long)value);
	ctx->state.augdcnt = (int)value;
	arm(ctx);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qgdcnt_args[] = {
	{"op", AT_ARG_INT, 0, 1, false},
	{0},
};
static const struct at_arg qaugdcnt_args[] = {
	{"value", AT_ARG_INT, 0, 65535, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+QGDCNT", ALL, qgdcnt_args, run_qgdcnt, "(0,1)", 300, GRADE_MAN, "[AT §10.1]", "bytes of payload that sockets carried"},
	{"+QAUGDCNT", ALL, qaugdcnt_args, run_qaugdcnt, "(0,30-65535)", 300, GRADE_MAN, "[AT §10.1]", "seconds between two savings of these counters"},
	{0},
};
/* clang-format on */

const struct at_family at_family_counter = {
	.name = "counter",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
	.attach = attach_family,
};
