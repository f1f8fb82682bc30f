#include "cmd/ctx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "svc/barring.h"
#include "svc/nv.h"
#include "svc/regnet.h"
#include "svc/simcard.h"

/* Locks and their passwords [AT §7.2]: +CLCK, +CPWD, +QPINC. */

enum lock_kind {
	LOCK_SIM,    /* the card asks for its PIN */
	LOCK_FIXED,  /* fixed dialling: kept by the card, opened by PIN2 */
	LOCK_PERSON, /* personalization: kept by the modem */
	LOCK_CALLS,  /* call barring: the network's */
	LOCK_GROUP,  /* several of these, which can only be turned off */
};

static const struct facility {
	const char *name;
	enum lock_kind kind;
	unsigned int programs; /* of enum barring_program */
} facilities[] = {
	{"SC", LOCK_SIM, 0},
	{"FD", LOCK_FIXED, 0},
	{"PF", LOCK_PERSON, 0},
	{"PN", LOCK_PERSON, 0},
	{"PU", LOCK_PERSON, 0},
	{"PP", LOCK_PERSON, 0},
	{"PC", LOCK_PERSON, 0},
	{"AO", LOCK_CALLS, BARRING_AO},
	{"OI", LOCK_CALLS, BARRING_OI},
	{"OX", LOCK_CALLS, BARRING_OX},
	{"AI", LOCK_CALLS, BARRING_AI},
	{"IR", LOCK_CALLS, BARRING_IR},
	{"AB", LOCK_GROUP, BARRING_OUT | BARRING_IN},
	{"AG", LOCK_GROUP, BARRING_OUT},
	{"AC", LOCK_GROUP, BARRING_IN},
};

enum { MODE_UNLOCK, MODE_LOCK, MODE_QUERY };

/* All but SMS and its like, man [AT §7.2]. */
enum { CLASS_DEFAULT = 7, CLASS_MAX = 63 };

static const struct facility *find_facility(const char *name)
{
	size_t n = sizeof(facilities) / sizeof(*facilities);

	for (size_t i = 0; i < n; i++)
		if (strcasecmp(facilities[i].name, name) == 0)
			return &facilities[i];
	return NULL;
}

static void nv_lock(const struct facility *f, char name[16])
{
	snprintf(name, 16, "lock_%s", f->name);
}

/*
 * The card in the socket is the one that the modem is locked to, so no lock
 * ever asks for its password at a start.
 */
static int set_person(
	struct at_txn *txn, const struct facility *f, bool on, const char *pw)
{
	const struct cmd_ctx *ctx = txn->ctx;
	char name[16];

	/* man [AT §7.2] */
	if (strcmp(pw, "12341234") != 0)
		return why_set(&txn->scratch, ERR_PASSWORD, GRADE_INF,
			"wrong password of personalization");
	nv_lock(f, name);
	return nv_set_int(ctx->nv, name, on, &txn->scratch);
}

/* What the network keeps needs one. */
static int check_network(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (regnet_registered(ctx->reg))
		return 0;
	return why_set(&txn->scratch, ERR_NO_SERVICE, GRADE_INF,
		"call barring is the network's, and there is none");
}

static int set_lock(struct at_txn *txn, const struct facility *f, bool on)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;
	const char *pw = at_args_str(&txn->args, 2, NULL);

	/* man [ATM §5.2]: not again when it was given since the start */
	if (f->kind == LOCK_FIXED)
		return simcard_fix(ctx->sim, on, pw, why);
	if (pw == NULL)
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"argument 3 <passwd> is missing");
	if (f->kind == LOCK_SIM)
		return simcard_lock(ctx->sim, on, pw, why);
	if (f->kind == LOCK_PERSON)
		return set_person(txn, f, on, pw);
	return barring_set(ctx->nv, ctx->profile, f->programs, on,
		(unsigned int)at_args_int(&txn->args, 3, CLASS_DEFAULT), pw,
		why);
}

/*
 * man [ATM §5.2]: a line for each class that is barred, and one line with 0
 * when none is; that this one has the class that was asked for is inf.
 */
static void query_barring(struct at_txn *txn, const struct facility *f)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int asked = (int)at_args_int(&txn->args, 3, CLASS_DEFAULT);
	unsigned int on =
		(unsigned int)asked &
		barring_classes(ctx->nv, (enum barring_program)f->programs);

	for (unsigned int bit = 1; bit < CLASS_MAX; bit *= 2)
		if (on & bit)
			at_info(txn, "+CLCK: 1,%u", bit);
	if (on == 0)
		at_info(txn, "+CLCK: 0,%d", asked);
}

static void query_lock(struct at_txn *txn, const struct facility *f)
{
	struct cmd_ctx *ctx = txn->ctx;
	char name[16];
	bool on;

	if (f->kind == LOCK_CALLS) {
		query_barring(txn, f);
		return;
	}
	nv_lock(f, name);
	if (f->kind == LOCK_SIM)
		on = simcard_locked(ctx->sim);
	else if (f->kind == LOCK_FIXED)
		on = simcard_fixed(ctx->sim);
	else
		on = nv_int(ctx->nv, name, 0) != 0;
	at_info(txn, "+CLCK: %d", on);
}

static struct at_verdict run_clck(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct facility *f = find_facility(txn->args.v[0].text);
	int64_t mode = at_args_int(&txn->args, 1, MODE_QUERY);

	if (simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (f == NULL)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"\"%s\" is no facility (AT+CLCK=?)",
			txn->args.v[0].text);
	if (f->kind == LOCK_GROUP && mode != MODE_UNLOCK)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"\"%s\" can only be turned off (mode 0)", f->name);
	if (f->programs != 0 && check_network(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (mode == MODE_QUERY)
		query_lock(txn, f);
	else if (set_lock(txn, f, mode == MODE_LOCK) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* --- passwords ----------------------------------------------------------- */

/* "SC" or "P2". */
static int parse_code(struct at_txn *txn, const char *name, enum sim_code *code)
{
	if (strcasecmp(name, "SC") == 0)
		*code = SIM_CODE_PIN;
	else if (strcasecmp(name, "P2") == 0)
		*code = SIM_CODE_PIN2;
	else
		return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
			"\"%s\" has no password (AT%s=?)", name,
			txn->cmd->name);
	return 0;
}

static int change_password(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;
	const struct at_args *a = &txn->args;
	const struct facility *f = find_facility(a->v[0].text);
	enum sim_code code = SIM_CODE_PIN;

	if (simcard_check(ctx->sim, why) != 0)
		return why->err;
	if (f != NULL && f->programs != 0)
		return check_network(txn) != 0
			       ? why->err
			       : barring_change(ctx->nv, ctx->profile,
					 a->v[1].text, a->v[2].text, why);
	if (parse_code(txn, a->v[0].text, &code) != 0)
		return why->err;
	return simcard_change(ctx->sim, code, a->v[1].text, a->v[2].text, why);
}

static struct at_verdict run_cpwd(struct at_txn *txn)
{
	if (change_password(txn) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static void print_tries(struct at_txn *txn, enum sim_code code)
{
	struct cmd_ctx *ctx = txn->ctx;
	int pin, puk;

	simcard_tries(ctx->sim, code, &pin, &puk);
	at_info(txn, "+QPINC: \"%s\",%d,%d", code == SIM_CODE_PIN ? "SC" : "P2",
		pin, puk);
}

static struct at_verdict run_qpinc(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	enum sim_state state = simcard_state(ctx->sim);
	enum sim_code code = SIM_CODE_PIN;

	/* The counters are of use when a code is asked. */
	if (state != SIM_PIN && state != SIM_PUK &&
		simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (txn->form == AT_FORM_READ) {
		print_tries(txn, SIM_CODE_PIN);
		print_tries(txn, SIM_CODE_PIN2);
		return at_ok();
	}
	if (parse_code(txn, txn->args.v[0].text, &code) != 0)
		return at_fail_why(txn, &txn->scratch);
	print_tries(txn, code);
	return at_ok();
}

/* clang-format off */
static const struct at_arg clck_args[] = {
	{"fac", AT_ARG_STR, 2, 2, false},
	{"mode", AT_ARG_INT, 0, 2, false},
	{"passwd", AT_ARG_STR, 0, 8, true},
	{"class", AT_ARG_INT, 1, CLASS_MAX, true},
	{0},
};
static const struct at_arg cpwd_args[] = {
	{"fac", AT_ARG_STR, 2, 2, false},
	{"oldpwd", AT_ARG_STR, 0, 8, false},
	{"newpwd", AT_ARG_STR, 0, 8, false},
	{0},
};
static const struct at_arg qpinc_args[] = {
	{"fac", AT_ARG_STR, 2, 2, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+CLCK", AT_FORM_TEST | AT_FORM_WRITE, clck_args, run_clck, "(\"SC\",\"AO\",\"OI\",\"OX\",\"AI\",\"IR\",\"AB\",\"AG\",\"AC\",\"FD\",\"PF\",\"PN\",\"PU\",\"PP\",\"PC\")", 5000, GRADE_MAN, "[AT §7.2] [ATM §5.2]", "locks: SIM; fixed dialling and call barring, which are kept and bar nothing, as there are neither calls nor SMS; personalization, which asks for nothing, as the card is the right one"},
	{"+CPWD", AT_FORM_TEST | AT_FORM_WRITE, cpwd_args, run_cpwd, "(\"AB\",4),(\"AC\",4),(\"AG\",4),(\"AI\",4),(\"AO\",4),(\"IR\",4),(\"OI\",4),(\"OX\",4),(\"SC\",8),(\"P2\",8)", 5000, GRADE_MAN, "[AT §7.2]", "change PIN, PIN2 or the one password of call barring, of which wrong ones are not counted"},
	{"+QPINC", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, qpinc_args, run_qpinc, "(\"SC\",\"P2\")", 300, GRADE_MAN, "[AT §7.2]", "tries left for PIN and PUK"},
	{0},
};
/* clang-format on */

const struct at_family at_family_lock = {
	.name = "lock",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
