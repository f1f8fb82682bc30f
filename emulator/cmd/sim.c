#include "cmd/ctx.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/simcard.h"

/* The SIM [AT §7] and the lines it prints after a start [AT §5.1]. */

static const char *state_text(enum sim_state state)
{
	switch (state) {
	case SIM_READY:
		return "READY";
	case SIM_PIN:
		return "SIM PIN";
	case SIM_PUK:
		return "SIM PUK";
	case SIM_ABSENT:
		return "NOT INSERTED";
	case SIM_STARTING:
	case SIM_BUSY:
	case SIM_OFF:
		break;
	}
	return "NOT READY";
}

void cmd_sim_ready(struct cmd_ctx *ctx)
{
	simcard_detect(ctx->sim, nv_int(ctx->nv, "qsimdet", 0) != 0);
}

/* man [AT §7.2]: the line of QSIMSTAT comes first. */
static void print_socket(struct cmd_ctx *ctx, bool inserted)
{
	if (ctx->state.qsimstat && nv_int(ctx->nv, "qsimdet", 0) != 0)
		at_urc(ctx->at, AT_URC_EVENT, "+QSIMSTAT: 1,%d", inserted);
	if (!inserted)
		at_urc(ctx->at, AT_URC_BOOT, "+CPIN: NOT READY");
}

void cmd_sim_changed(struct cmd_ctx *ctx)
{
	unsigned int news = simcard_news(ctx->sim);

	if (news & (SIM_NEWS_REMOVED | SIM_NEWS_INSERTED))
		print_socket(ctx, (news & SIM_NEWS_INSERTED) != 0);
	if (news & SIM_NEWS_STATE)
		at_urc(ctx->at, AT_URC_BOOT, "+CPIN: %s",
			state_text(simcard_state(ctx->sim)));
	if (news & SIM_NEWS_TYPE)
		at_urc(ctx->at, AT_URC_BOOT, "+QUSIM: %d",
			(int)ctx->profile->sim_type);
	if (news & SIM_NEWS_SMS)
		at_urc(ctx->at, AT_URC_BOOT, "+QIND: SMS DONE");
	if (news & SIM_NEWS_PB)
		at_urc(ctx->at, AT_URC_BOOT, "+QIND: PB DONE");
}

static struct at_verdict read_cpin(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	enum sim_state state = simcard_state(ctx->sim);

	if (state != SIM_PIN && state != SIM_PUK &&
		simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	at_info(txn, "+CPIN: %s",
		simcard_second(ctx->sim) == SIM_SECOND_PIN2 ? "SIM PIN2"
		: simcard_second(ctx->sim) == SIM_SECOND_PUK2
			? "SIM PUK2"
			: state_text(state));
	return at_ok();
}

/* The first code is not asked; the second one may be. */
static int enter_second(struct at_txn *txn, const char *code, const char *fresh)
{
	struct cmd_ctx *ctx = txn->ctx;

	switch (simcard_second(ctx->sim)) {
	case SIM_SECOND_PIN2:
		return simcard_pin2(ctx->sim, code, &txn->scratch);
	case SIM_SECOND_PUK2:
		if (fresh != NULL)
			return simcard_puk2(
				ctx->sim, code, fresh, &txn->scratch);
		return why_set(&txn->scratch, ERR_SIM_PUK2_REQUIRED, GRADE_INF,
			"SIM: its PUK2 is wanted (AT+CPIN=<puk2>,<new pin2>)");
	case SIM_SECOND_NONE:
	default:
		return simcard_pin(ctx->sim, code, &txn->scratch);
	}
}

static struct at_verdict run_cpin(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *code = at_args_str(&txn->args, 0, "");
	const char *fresh = at_args_str(&txn->args, 1, NULL);
	int ret;

	if (txn->form == AT_FORM_READ)
		return read_cpin(txn);
	switch (simcard_state(ctx->sim)) {
	case SIM_PUK:
		ret = fresh != NULL ? simcard_puk(ctx->sim, code, fresh,
					      &txn->scratch)
				    : simcard_check(ctx->sim, &txn->scratch);
		break;
	case SIM_READY:
		ret = enter_second(txn, code, fresh);
		break;
	case SIM_PIN:
		ret = simcard_pin(ctx->sim, code, &txn->scratch);
		break;
	case SIM_ABSENT:
	case SIM_STARTING:
	case SIM_BUSY:
	case SIM_OFF:
	default:
		ret = simcard_check(ctx->sim, &txn->scratch);
		break;
	}
	return ret == 0 ? at_ok() : at_fail_why(txn, &txn->scratch);
}

static struct at_verdict run_qinistat(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	at_info(txn, "+QINISTAT: %d", simcard_init_status(ctx->sim));
	return at_ok();
}

/* --- locks ----------------------------------------------------------------
 */

/* Facilities of CLCK; what of them is modelled. */
enum lock_kind {
	LOCK_SIM,    /* the card asks for its PIN */
	LOCK_FIXED,  /* fixed dialling: kept by the card, opened by PIN2 */
	LOCK_PERSON, /* personalization: kept by the modem */
	LOCK_CALLS,  /* call barring: the network's */
};

static const struct facility {
	const char *name;
	enum lock_kind kind;
} facilities[] = {
	{"SC", LOCK_SIM},
	{"FD", LOCK_FIXED},
	{"PF", LOCK_PERSON},
	{"PN", LOCK_PERSON},
	{"PU", LOCK_PERSON},
	{"PP", LOCK_PERSON},
	{"PC", LOCK_PERSON},
	{"AO", LOCK_CALLS},
	{"OI", LOCK_CALLS},
	{"OX", LOCK_CALLS},
	{"AI", LOCK_CALLS},
	{"IR", LOCK_CALLS},
	{"AB", LOCK_CALLS},
	{"AG", LOCK_CALLS},
	{"AC", LOCK_CALLS},
};

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

static int set_lock(struct at_txn *txn, const struct facility *f, bool on)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct why *why = &txn->scratch;
	const char *pw = at_args_str(&txn->args, 2, NULL);

	if (f->kind == LOCK_CALLS)
		return why_set(why, ERR_NOT_MODELLED, GRADE_MAN,
			"call barring (\"%s\") is not modelled: nothing is "
			"barred",
			f->name);
	/* man [ATM §5.2]: not again when it was given since the start */
	if (f->kind == LOCK_FIXED)
		return simcard_fix(ctx->sim, on, pw, why);
	if (pw == NULL)
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"argument 3 <passwd> is missing");
	if (f->kind == LOCK_SIM)
		return simcard_lock(ctx->sim, on, pw, why);
	return set_person(txn, f, on, pw);
}

static void query_lock(struct at_txn *txn, const struct facility *f)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t class = at_args_int(&txn->args, 3, 7);
	bool on = false;
	char name[16];

	nv_lock(f, name);
	if (f->kind == LOCK_SIM)
		on = simcard_locked(ctx->sim);
	else if (f->kind == LOCK_FIXED)
		on = simcard_fixed(ctx->sim);
	else if (f->kind == LOCK_PERSON)
		on = nv_int(ctx->nv, name, 0) != 0;
	if (f->kind != LOCK_CALLS)
		at_info(txn, "+CLCK: %d", on);
	else /* man: a line each; its second number inf of 27.007 */
		for (int bit = 1; bit <= 32; bit *= 2)
			if (class & bit)
				at_info(txn, "+CLCK: 0,%d", bit);
}

static struct at_verdict run_clck(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct facility *f = find_facility(txn->args.v[0].text);
	int64_t mode = at_args_int(&txn->args, 1, 2);

	if (simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (f == NULL)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"\"%s\" is no facility (AT+CLCK=?)",
			txn->args.v[0].text);
	if (mode == 2)
		query_lock(txn, f);
	else if (set_lock(txn, f, mode == 1) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* "SC" or "P2". */
static int parse_code(struct at_txn *txn, const char *name, enum sim_code *code)
{
	if (strcasecmp(name, "SC") == 0)
		*code = SIM_CODE_PIN;
	else if (strcasecmp(name, "P2") == 0)
		*code = SIM_CODE_PIN2;
	else
		return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
			"\"%s\" is not one of \"SC\" and \"P2\"; passwords "
			"of call barring are not modelled",
			name);
	return 0;
}

static struct at_verdict run_cpwd(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	enum sim_code code = SIM_CODE_PIN;

	if (simcard_check(ctx->sim, &txn->scratch) != 0 ||
		parse_code(txn, txn->args.v[0].text, &code) != 0 ||
		simcard_change(ctx->sim, code, txn->args.v[1].text,
			txn->args.v[2].text, &txn->scratch) != 0)
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

/* --- the socket -----------------------------------------------------------
 */

static struct at_verdict run_qsimdet(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+QSIMDET: %d,%d",
			(int)nv_int(ctx->nv, "qsimdet", 0),
			(int)nv_int(ctx->nv, "qsimdet_level", 0));
		return at_ok();
	}
	/* man [AT §7.2]: saved at once, in effect after a restart */
	if (nv_set_int(ctx->nv, "qsimdet", txn->args.v[0].num, &txn->scratch) !=
			0 ||
		nv_set_int(ctx->nv, "qsimdet_level", txn->args.v[1].num,
			&txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

static struct at_verdict run_qsimstat(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+QSIMSTAT: %d,%d", ctx->state.qsimstat,
			simcard_inserted(ctx->sim));
	else
		ctx->state.qsimstat = (int)txn->args.v[0].num;
	return at_ok();
}

/* man [ATM §5.12]: saved at once. */
static struct at_verdict run_qsimvol(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+QSIMVOL: %d",
			(int)nv_int(ctx->nv, "qsimvol", 0));
	else if (nv_set_int(ctx->nv, "qsimvol", txn->args.v[0].num,
			 &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qsimvol_args[] = {
	{"mode", AT_ARG_INT, 0, 2, false},
	{0},
};
static const struct at_arg cpin_args[] = {
	{"pin", AT_ARG_STR_OR_INT, 4, 8, false},
	{"newpin", AT_ARG_STR_OR_INT, 4, 8, true},
	{0},
};

static const struct at_arg clck_args[] = {
	{"fac", AT_ARG_STR, 2, 2, false},
	{"mode", AT_ARG_INT, 0, 2, false},
	{"passwd", AT_ARG_STR, 0, 8, true},
	{"class", AT_ARG_INT, 1, 63, true},
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
static const struct at_arg qsimdet_args[] = {
	{"enable", AT_ARG_INT, 0, 1, false},
	{"insert_level", AT_ARG_INT, 0, 1, false},
	{0},
};
static const struct at_arg qsimstat_args[] = {
	{"enable", AT_ARG_INT, 0, 1, false},
	{0},
};

enum { ALL = AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE };

static const struct at_cmd rows[] = {
	{"+CPIN", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, cpin_args, run_cpin, NULL, 5000, GRADE_CAP, "[AT §7.1]", "state of the SIM, enter PIN, PUK, PIN2 or PUK2"},
	{"+CLCK", AT_FORM_TEST | AT_FORM_WRITE, clck_args, run_clck, "(\"SC\",\"AO\",\"OI\",\"OX\",\"AI\",\"IR\",\"AB\",\"AG\",\"AC\",\"FD\",\"PF\",\"PN\",\"PU\",\"PP\",\"PC\")", 5000, GRADE_MAN, "[AT §7.2]", "locks: SIM, fixed dialling (stored: it would bar calls and SMS), personalization (asks for nothing: the card is the right one); call barring is only read"},
	{"+CPWD", AT_FORM_TEST | AT_FORM_WRITE, cpwd_args, run_cpwd, "(\"AB\",4),(\"AC\",4),(\"AG\",4),(\"AI\",4),(\"AO\",4),(\"IR\",4),(\"OI\",4),(\"OX\",4),(\"SC\",8),(\"P2\",8)", 5000, GRADE_MAN, "[AT §7.2]", "change PIN or PIN2"},
	{"+QPINC", ALL, qpinc_args, run_qpinc, "(\"SC\",\"P2\")", 300, GRADE_MAN, "[AT §7.2]", "tries left for PIN and PUK"},
	{"+QSIMDET", ALL, qsimdet_args, run_qsimdet, "(0,1),(0,1)", 300, GRADE_MAN, "[AT §7.2]", "notice a SIM that is put in; the level of the pin is stored only"},
	{"+QSIMSTAT", ALL, qsimstat_args, run_qsimstat, "(0,1)", 300, GRADE_MAN, "[AT §7.2]", "report SIM removal and insertion"},
	{"+QSIMVOL", ALL, qsimvol_args, run_qsimvol, "(0-2)", 300, GRADE_MAN, "[AT §7.2]", "supply of the SIM: stored only"},
	{"+QINISTAT", AT_FORM_TEST | AT_FORM_EXEC, NULL, run_qinistat, "(0-7)", 300, GRADE_MAN, "[AT §7.2]", "what of the SIM is ready"},
	{0},
};
/* clang-format on */

const struct at_family at_family_sim = {
	.name = "sim",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
