#include "cmd/ctx.h"

#include <string.h>
#include <strings.h>

#include "svc/nv.h"

/*
 * Settings of carriers, "MBN files" [AT §14]. Which ones an EC21-J has is not
 * known: the profile's one stands for them, and nothing else depends on it.
 */

static bool by_sim(const struct cmd_ctx *ctx)
{
	return nv_int(ctx->nv, "mbn_autosel", ctx->profile->mbn_autosel) != 0;
}

static bool selected(const struct cmd_ctx *ctx)
{
	return nv_int(ctx->nv, "mbn_selected", by_sim(ctx)) != 0;
}

/* man [AT §14]: what was selected works from the next start on. */
void cmd_mbn_ready(struct cmd_ctx *ctx)
{
	ctx->state.mbn_active = by_sim(ctx) || selected(ctx);
}

static struct at_verdict saved(struct at_txn *txn, const char *name, bool value)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return nv_set_int(ctx->nv, name, value, &txn->scratch) == 0
		       ? at_ok()
		       : at_fail_why(txn, &txn->scratch);
}

static struct at_verdict run_list(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;

	at_info(txn, "+QMBNCFG: \"List\",0,%d,%d,\"%s\",%s,%s", selected(ctx),
		ctx->state.mbn_active, p->mbn_name, p->mbn_version,
		p->mbn_date);
	return at_ok();
}

static struct at_verdict run_select(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const char *name = at_args_str(&txn->args, 1, NULL);

	if (name == NULL) {
		at_info(txn, "+QMBNCFG: \"Select\",\"%s\"",
			selected(ctx) ? ctx->profile->mbn_name : "");
		return at_ok();
	}
	if (strcmp(name, ctx->profile->mbn_name) != 0)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"there is no MBN \"%s\" (AT+QMBNCFG=\"List\")", name);
	return saved(txn, "mbn_selected", true);
}

static struct at_verdict run_deactivate(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	/* man: at once; that it is not selected either any more inf */
	ctx->state.mbn_active = false;
	return saved(txn, "mbn_selected", false);
}

static struct at_verdict run_autosel(struct at_txn *txn)
{
	const struct at_args *a = &txn->args;

	if (!at_args_has(a, 1)) {
		at_info(txn, "+QMBNCFG: \"AutoSel\",%d", by_sim(txn->ctx));
		return at_ok();
	}
	if (strcmp(a->v[1].text, "0") != 0 && strcmp(a->v[1].text, "1") != 0)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"AutoSel \"%s\" is not 0 or 1", a->v[1].text);
	return saved(txn, "mbn_autosel", a->v[1].text[0] == '1');
}

static struct at_verdict run_foreign(struct at_txn *txn)
{
	return at_fail(txn, ERR_NOT_MODELLED, GRADE_MAN,
		"\"%s\" is not modelled: there are no MBN files to handle",
		txn->args.v[0].text);
}

static const struct {
	const char *name;
	const char *test; /* behind the name in =? */
	struct at_verdict (*run)(struct at_txn *txn);
} jobs[] = {
	{"List", "", run_list},
	{"Select", "[,<MBN name>]", run_select},
	{"Deactivate", "", run_deactivate},
	{"AutoSel", "[,(0,1)]", run_autosel},
	{"Delete", ",\"<MBN name>\"", run_foreign},
	{"Add", ",\"<filename>\"", run_foreign},
	{"List_all", "", run_foreign},
};

enum { N_JOBS = sizeof(jobs) / sizeof(*jobs) };

static struct at_verdict run_qmbncfg(struct at_txn *txn)
{
	if (txn->form == AT_FORM_TEST) {
		for (size_t i = 0; i < N_JOBS; i++)
			at_info(txn, "+QMBNCFG: \"%s\"%s", jobs[i].name,
				jobs[i].test);
		return at_ok();
	}
	for (size_t i = 0; i < N_JOBS; i++)
		if (strcasecmp(txn->args.v[0].text, jobs[i].name) == 0)
			return jobs[i].run(txn);
	return at_fail(txn, ERR_PARAM, GRADE_MAN,
		"\"%s\" is no job of QMBNCFG (AT+QMBNCFG=?)",
		txn->args.v[0].text);
}

/* clang-format off */
static const struct at_arg qmbncfg_args[] = {
	{"job", AT_ARG_STR, 1, 16, false},
	{"value", AT_ARG_STR_OR_INT, 0, 64, true},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QMBNCFG", AT_FORM_TEST | AT_FORM_WRITE, qmbncfg_args, run_qmbncfg, AT_TEST_RUN, 300, GRADE_MAN, "[AT §14] [ATM §4.4]", "settings of carriers: the profile's one, without effect; Add, Delete and List_all are not modelled"},
	{0},
};
/* clang-format on */

const struct at_family at_family_mbn = {
	.name = "mbn",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
