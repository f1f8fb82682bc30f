#include "cmd/ctx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/regnet.h"
#include "svc/simcard.h"

/*
 * What says which network and cell may be chosen: the lists of preferred and
 * of forbidden networks, +CPOL [ATM §6.4] and +QFPLMNCFG [ATM §6.16], and the
 * lock to a cell, +QNWLOCK [ATM §6.12]. There is one network with one cell.
 */

enum { LIST_SIZE = 512 };

static bool is_code(const char *text)
{
	size_t len = strlen(text);

	return (len == 5 || len == 6) && strspn(text, "0123456789") == len;
}

static int check_code(struct at_txn *txn, size_t i)
{
	const char *text = at_args_str(&txn->args, i, "");

	if (is_code(text))
		return 0;
	return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
		"argument %zu: \"%s\" is no code of a network, which has 5 or "
		"6 digits",
		i + 1, text);
}

static const char *own_code(const struct cmd_ctx *ctx)
{
	return ctx->profile->reg_operator_code;
}

/* --- +QFPLMNCFG: codes with blanks between, the oldest first --------------
 */

static const char *forbidden(const struct cmd_ctx *ctx)
{
	return nv_str(ctx->nv, "fplmn", "");
}

/* Where the code stands in the list, or NULL. */
static const char *find_code(const char *list, const char *code)
{
	for (const char *p = list; *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == strlen(code) && strncmp(p, code, len) == 0)
			return p;
		p += len;
	}
	return NULL;
}

static void apply_list(struct cmd_ctx *ctx)
{
	regnet_forbid(
		ctx->reg, find_code(forbidden(ctx), own_code(ctx)) != NULL);
}

void cmd_plmn_ready(struct cmd_ctx *ctx)
{
	apply_list(ctx);
	if (regnet_forbidden(ctx->reg))
		trace_text(ctx->trace, LANE_NOTE,
			"the network is on the list of forbidden ones "
			"(AT+QFPLMNCFG=\"Delete\",\"%s\")",
			own_code(ctx));
}

/* man: saved at once. */
static int save_list(struct cmd_ctx *ctx, const char *list, struct why *why)
{
	int ret = nv_set_str(ctx->nv, "fplmn", list, why);

	apply_list(ctx);
	return ret;
}

static int add_code(struct cmd_ctx *ctx, const char *code, struct why *why)
{
	const char *list = forbidden(ctx);
	char text[LIST_SIZE];
	int64_t n = 1;

	if (find_code(list, code) != NULL)
		return 0;
	for (const char *p = list; (p = strchr(p, ' ')) != NULL; p++)
		n++;
	/* inf (31.102): the oldest one makes room */
	if (list[0] != '\0' && n >= ctx->profile->sim_fplmn_max) {
		list += strcspn(list, " ");
		list += strspn(list, " ");
	}
	snprintf(text, sizeof(text), "%s%s%s", list, list[0] != '\0' ? " " : "",
		code);
	return save_list(ctx, text, why);
}

static int delete_code(struct cmd_ctx *ctx, const char *code, struct why *why)
{
	const char *list = forbidden(ctx), *p = find_code(list, code), *rest;
	char text[LIST_SIZE];
	int before;

	if (p == NULL)
		return why_set(why, ERR_PARAM, GRADE_INF,
			"%s is not on the list of forbidden networks", code);
	before = (int)(p - list);
	rest = p + strlen(code);
	rest += strspn(rest, " ");
	snprintf(text, sizeof(text), "%.*s%s", before, list, rest);
	/* It may have been the last one. */
	if (rest[0] == '\0' && before > 0)
		text[before - 1] = '\0';
	return save_list(ctx, text, why);
}

/* inf (23.122): chosen by hand, and it let us in: not forbidden any more. */
void cmd_plmn_registered(struct cmd_ctx *ctx)
{
	struct why why;

	if (regnet_forbidden(ctx->reg) &&
		regnet_mode(ctx->reg) == REG_MODE_MANUAL)
		(void)delete_code(ctx, own_code(ctx), &why);
}

static void print_list(struct at_txn *txn)
{
	const char *p = forbidden(txn->ctx);

	for (int i = 1; *p != '\0'; i++) {
		int len = (int)strcspn(p, " ");

		at_info(txn, "+QFPLMNCFG: \"List\",%d,\"%.*s\"", i, len, p);
		p += len;
		p += strspn(p, " ");
	}
}

static int change_list(struct at_txn *txn, const char *what)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *code = at_args_str(&txn->args, 1, "");

	if (strcasecmp(what, "Delete") == 0 && strcasecmp(code, "all") == 0)
		return save_list(ctx, "", &txn->scratch);
	if (check_code(txn, 1) != 0)
		return txn->scratch.err;
	return strcasecmp(what, "Add") == 0
		       ? add_code(ctx, code, &txn->scratch)
		       : delete_code(ctx, code, &txn->scratch);
}

static struct at_verdict run_qfplmncfg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *what = at_args_str(&txn->args, 0, "");

	if (txn->form == AT_FORM_TEST) {
		at_info(txn, "+QFPLMNCFG: \"List\"");
		at_info(txn, "+QFPLMNCFG: \"Add\",<PLMN>");
		at_info(txn, "+QFPLMNCFG: \"Delete\",(<PLMN>,\"all\")");
		return at_ok();
	}
	if (strcasecmp(what, "List") != 0 && strcasecmp(what, "Add") != 0 &&
		strcasecmp(what, "Delete") != 0)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"\"%s\" is not one of List, Add, Delete", what);
	if (simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (strcasecmp(what, "List") == 0)
		print_list(txn);
	else if (change_list(txn, what) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* --- +CPOL ---------------------------------------------------------------
 */

enum { CPOL_NUMERIC = 2 };

static void nv_entry(int index, char name[24])
{
	snprintf(name, 24, "oplmn_%d", index);
}

/* The code of the operator that the command names, or NULL. */
static const char *named_operator(const struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct profile *p = ctx->profile;
	const char *text = txn->args.v[2].text;
	const char *known = at_args_int(&txn->args, 1, 0) == 0
				    ? p->reg_operator
				    : p->reg_operator_short;

	if (at_args_int(&txn->args, 1, 0) == CPOL_NUMERIC)
		return is_code(text) ? text : NULL;
	return strcmp(text, known) == 0 ? own_code(ctx) : NULL;
}

/* man: an index alone deletes its entry. */
static int set_entry(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;
	char name[24], text[40];
	const char *code;

	nv_entry((int)a->v[0].num, name);
	if (a->v[0].num > ctx->profile->sim_cpol_max)
		return why_set(why, ERR_PARAM, GRADE_INF,
			"argument 1 <index>: %lld is outside 1..%lld "
			"(sim_cpol_max)",
			(long long)a->v[0].num,
			(long long)ctx->profile->sim_cpol_max);
	if (!at_args_has(a, 2))
		return nv_set_str(ctx->nv, name, "", why);
	code = named_operator(txn);
	if (code == NULL)
		return why_set(why, ERR_PARAM, GRADE_INF,
			"argument 3 <oper>: \"%s\" is no code, or no name that "
			"AT+COPN has",
			a->v[2].text);
	if (a->n > 3 && a->n < 7)
		return why_set(why, ERR_PARAM, GRADE_MAN,
			"the four access technologies come together");
	if (a->n == 7)
		snprintf(text, sizeof(text), "\"%.6s\",%d,%d,%d,%d", code,
			(int)at_args_int(a, 3, 0), (int)at_args_int(a, 4, 0),
			(int)at_args_int(a, 5, 0), (int)at_args_int(a, 6, 0));
	else
		snprintf(text, sizeof(text), "\"%.6s\",%.16s", code,
			ctx->profile->sim_cpol_act);
	return nv_set_str(ctx->nv, name, text, why);
}

static struct at_verdict run_cpol(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int most = (int)ctx->profile->sim_cpol_max;
	char name[24];

	if (simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (txn->form == AT_FORM_TEST) {
		at_info(txn, "+CPOL: (1-%d),(0-2)", most);
		return at_ok();
	}
	if (txn->form == AT_FORM_WRITE) {
		if (set_entry(txn) != 0)
			return at_fail_why(txn, &txn->scratch);
		return at_ok();
	}
	for (int i = 1; i <= most; i++) {
		const char *entry;

		nv_entry(i, name);
		entry = nv_str(ctx->nv, name, "");
		/* inf: numeric, as the card has it */
		if (entry[0] != '\0')
			at_info(txn, "+CPOL: %d,2,%s", i, entry);
	}
	return at_ok();
}

/* --- +QNWLOCK ------------------------------------------------------------
 */

bool cmd_plmn_in_reach(const struct cmd_ctx *ctx)
{
	const struct cmd_nwlock *lock = &ctx->state.nwlock;

	return lock->held == 0 ||
	       (lock->earfcn == ctx->profile->reg_earfcn &&
		       (lock->held == 1 ||
			       lock->pci == ctx->profile->reg_pcid));
}

/* man: 0 done, 1 not yet. An unlock is done by a restart alone. */
static int lock_status(const struct cmd_ctx *ctx)
{
	const struct cmd_nwlock *lock = &ctx->state.nwlock;

	return lock->held != lock->action ||
	       (lock->held != 0 && !regnet_registered(ctx->reg));
}

static int set_nwlock(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct cmd_nwlock *lock = &ctx->state.nwlock;
	const struct at_args *a = &txn->args;
	int action = (int)a->v[1].num;

	if (action != 0 && (!at_args_has(a, 2) || !at_args_has(a, 3)))
		return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
			"action %d needs <EARFCN> and <PCI>", action);
	if (action != 0 && ctx->profile->reg_lock_needs_lte &&
		!cmd_qcfg_lte_only(ctx))
		return why_set(&txn->scratch, ERR_PARAM, GRADE_ASM,
			"the modem is not fixed to LTE "
			"(AT+QCFG=\"nwscanmode\",3 first; reg_lock_needs_lte)");
	lock->action = action;
	if (action == 0)
		return 0;
	lock->held = action;
	lock->earfcn = a->v[2].num;
	lock->pci = a->v[3].num;
	cmd_qcfg_ready(ctx);
	return 0;
}

static struct at_verdict run_qnwlock(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct cmd_nwlock *lock = &ctx->state.nwlock;

	if (txn->form == AT_FORM_TEST) {
		/* man: there are other lines, which it does not print */
		at_info(txn, "+QNWLOCK: \"common/lte\"[,<action>[,<EARFCN>,"
			     "<PCI>[,<status>]]]");
		return at_ok();
	}
	if (strcasecmp(txn->args.v[0].text, "common/lte") != 0)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"\"%s\" is not \"common/lte\"", txn->args.v[0].text);
	if (txn->args.n == 1)
		at_info(txn, "+QNWLOCK: \"common/lte\",%d,%d,%d,%d",
			lock->action, (int)lock->earfcn, (int)lock->pci,
			lock_status(ctx));
	else if (!at_args_has(&txn->args, 1))
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"argument 2 <action> is missing");
	else if (set_nwlock(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qfplmncfg_args[] = {
	{"cmd", AT_ARG_STR, 1, 8, false},
	{"PLMN", AT_ARG_STR_OR_INT, 1, 8, true},
	{0},
};
static const struct at_arg cpol_args[] = {
	{"index", AT_ARG_INT, 1, 255, false},
	{"format", AT_ARG_INT, 0, 2, true},
	{"oper", AT_ARG_STR, 1, 32, true},
	{"GSM", AT_ARG_INT, 0, 1, true},
	{"GSM_compact", AT_ARG_INT, 0, 1, true},
	{"UTRAN", AT_ARG_INT, 0, 1, true},
	{"E-UTRAN", AT_ARG_INT, 0, 1, true},
	{0},
};
static const struct at_arg qnwlock_args[] = {
	{"type", AT_ARG_STR, 1, 16, false},
	{"action", AT_ARG_INT, 0, 2, true},
	{"EARFCN", AT_ARG_INT, 0, 65535, true},
	{"PCI", AT_ARG_INT, 0, 503, true},
	{0},
};

static const struct at_cmd rows[] = {
	{"+CPOL", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cpol_args, run_cpol, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §6.4]", "preferred operators: stored, there is one network to choose"},
	{"+QFPLMNCFG", AT_FORM_TEST | AT_FORM_WRITE, qfplmncfg_args, run_qfplmncfg, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §6.16]", "forbidden networks: what is on the list is refused at the next search, unless COPS=1 names it"},
	{"+QNWLOCK", AT_FORM_TEST | AT_FORM_WRITE, qnwlock_args, run_qnwlock, AT_TEST_RUN, 300, GRADE_MAN, "[ATM §6.12]", "lock to a channel or cell of LTE, until a restart"},
	{0},
};
/* clang-format on */

const struct at_family at_family_plmn = {
	.name = "plmn",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
