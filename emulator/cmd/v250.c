#include "cmd/ctx.h"

#include <string.h>

#include "svc/nv.h"

/*
 * V.250 commands [AT §3]. They act on struct at_settings, which line reader
 * and writer obey; AT&W stores some of them in NV, ATZ brings those back.
 */

static struct at_settings *settings(struct at_txn *txn)
{
	return at_settings(txn->at);
}

/* The number of a basic command: 0 when left out, checked against 0..max. */
static int basic_value(struct at_txn *txn, int64_t max, int64_t *value)
{
	*value = txn->basic < 0 ? 0 : txn->basic;
	if (*value <= max)
		return 0;
	return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
		"AT%s%lld: the range is 0..%lld", txn->cmd->name,
		(long long)*value, (long long)max);
}

static struct at_verdict run_e(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 1, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	settings(txn)->echo = n != 0;
	return at_ok();
}

static struct at_verdict run_q(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 1, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	settings(txn)->quiet = n != 0;
	return at_ok();
}

static struct at_verdict run_v(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 1, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	settings(txn)->verbose = n != 0;
	return at_ok();
}

static struct at_verdict run_x(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 4, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	settings(txn)->x = (uint8_t)n;
	return at_ok();
}

static struct at_verdict run_amp_c(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 1, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	settings(txn)->dcd = (uint8_t)n;
	return at_ok();
}

static struct at_verdict run_amp_d(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 2, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	settings(txn)->dtr = (uint8_t)n;
	return at_ok();
}

/* S registers: index, name in &V, lowest and highest value. */
struct s_range {
	uint8_t reg;
	uint8_t min, max;
};

static const struct s_range s_ranges[] = {
	{0, 0, 255},
	{3, 0, 127},
	{4, 0, 127},
	{5, 0, 127},
	{6, 0, 10},
	{7, 0, 255},
	{8, 0, 255},
	{10, 1, 254},
	{12, 10, 250},
};

static struct at_verdict run_s(struct at_txn *txn)
{
	const struct s_range *r = NULL;
	uint8_t *s;
	int64_t v = txn->basic < 0 ? 0 : txn->basic;

	for (size_t i = 0; i < sizeof(s_ranges) / sizeof(*s_ranges); i++)
		if (s_ranges[i].reg == txn->reg)
			r = &s_ranges[i];
	if (r == NULL)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"there is no register S%lld", (long long)txn->reg);
	s = &settings(txn)->s[r->reg];
	if (txn->form == AT_FORM_READ) {
		at_info(txn, "%03d", *s);
		return at_ok();
	}
	if (v < r->min || v > r->max)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"S%d = %lld: the range is %d..%d", r->reg, (long long)v,
			r->min, r->max);
	*s = (uint8_t)v;
	return at_ok();
}

enum { ICF_PARITY = 3 }; /* space, man [AT §3] */

/* What is stored beyond at_settings, but for QSIMSTAT. */
static void line_default(struct cmd_state *state)
{
	memset(state->creg, 0, sizeof(state->creg));
	memset(state->ifc, 0, sizeof(state->ifc));
	state->icf = ICF_PARITY;
}

static struct at_verdict run_amp_f(struct at_txn *txn)
{
	struct at_settings *set = settings(txn);
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_settings was = *set;
	int64_t n;

	if (basic_value(txn, 0, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	/*
	 * man [AT §3]: its table; neither the rate nor QISDE is in it, nor are
	 * IFC and ICF, which fall back with the rest of what &W stores: inf.
	 */
	at_settings_default(set, ctx->profile);
	set->rate = was.rate;
	set->send_echo = was.send_echo;
	line_default(&ctx->state);
	cmd_cfg_default(ctx);
	if (cmd_packet_default(ctx, &txn->scratch) != 0 ||
		cmd_clock_default(ctx, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* What AT&W stores and ATZ restores [AT §3]. */
struct stored {
	const char *name;
	int (*get)(const struct cmd_ctx *ctx, const struct at_settings *set);
	void (*put)(struct cmd_ctx *ctx, struct at_settings *set, int v);
};

#define STORED(id, lvalue, type)                                               \
	static int get_##id(                                                   \
		const struct cmd_ctx *ctx, const struct at_settings *set)      \
	{                                                                      \
		(void)ctx, (void)set;                                          \
		return (int)(lvalue);                                          \
	}                                                                      \
	static void put_##id(                                                  \
		struct cmd_ctx *ctx, struct at_settings *set, int v)           \
	{                                                                      \
		(void)ctx, (void)set;                                          \
		lvalue = (type)v;                                              \
	}

STORED(e, set->echo, bool)
STORED(q, set->quiet, bool)
STORED(v, set->verbose, bool)
STORED(x, set->x, uint8_t)
STORED(s0, set->s[0], uint8_t)
STORED(s7, set->s[7], uint8_t)
STORED(s10, set->s[10], uint8_t)
STORED(s12, set->s[12], uint8_t)
STORED(c, set->dcd, uint8_t)
STORED(d, set->dtr, uint8_t)
STORED(creg, ctx->state.creg[0], int)
STORED(cgreg, ctx->state.creg[1], int)
STORED(cereg, ctx->state.creg[2], int)
STORED(ifc_dce, ctx->state.ifc[0], int)
STORED(ifc_dte, ctx->state.ifc[1], int)
STORED(icf, ctx->state.icf, int)
STORED(qsimstat, ctx->state.qsimstat, int)
STORED(ipr, set->rate, uint32_t)

/* IPR is the last one: ATZ leaves it alone. */
static const struct stored stored[] = {
	{"w_e", get_e, put_e},
	{"w_q", get_q, put_q},
	{"w_v", get_v, put_v},
	{"w_x", get_x, put_x},
	{"w_s0", get_s0, put_s0},
	{"w_s7", get_s7, put_s7},
	{"w_s10", get_s10, put_s10},
	{"w_s12", get_s12, put_s12},
	{"w_c", get_c, put_c},
	{"w_d", get_d, put_d},
	{"w_creg", get_creg, put_creg},
	{"w_cgreg", get_cgreg, put_cgreg},
	{"w_cereg", get_cereg, put_cereg},
	{"w_ifc_dce", get_ifc_dce, put_ifc_dce},
	{"w_ifc_dte", get_ifc_dte, put_ifc_dte},
	{"w_icf", get_icf, put_icf},
	{"w_qsimstat", get_qsimstat, put_qsimstat},
	{"w_ipr", get_ipr, put_ipr},
};

enum { N_STORED = sizeof(stored) / sizeof(*stored) };

/* What was never stored is as in otherwise. */
static void restore(
	struct cmd_ctx *ctx, size_t n, const struct at_settings *otherwise)
{
	struct at_settings *set = at_settings(ctx->at);

	for (size_t i = 0; i < n; i++) {
		const struct stored *st = &stored[i];

		st->put(ctx, set,
			(int)nv_int(
				ctx->nv, st->name, st->get(ctx, otherwise)));
	}
}

void cmd_v250_restore(struct cmd_ctx *ctx)
{
	line_default(&ctx->state);
	restore(ctx, N_STORED, at_settings(ctx->at));
}

static struct at_verdict run_amp_w(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	int64_t n;

	if (basic_value(txn, 0, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	for (size_t i = 0; i < N_STORED; i++)
		if (nv_set_int(ctx->nv, stored[i].name,
			    stored[i].get(ctx, settings(txn)),
			    &txn->scratch) != 0)
			return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/*
 * man [AT §3]: what AT&W stores, and nothing else: CMEE, CSCS and what is saved
 * when it is set stay. Factory values where AT&W never was: inf.
 */
static struct at_verdict run_z(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	struct at_settings factory;
	int64_t n;

	if (basic_value(txn, 0, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	at_settings_default(&factory, ctx->profile);
	line_default(&ctx->state);
	restore(ctx, N_STORED - 1, &factory);
	return at_ok();
}

static struct at_verdict run_amp_v(struct at_txn *txn)
{
	const struct at_settings *set = settings(txn);
	const struct cmd_ctx *ctx = txn->ctx;

	at_info(txn, "&C: %d", set->dcd);
	at_info(txn, "&D: %d", set->dtr);
	at_info(txn, "&F: 0");
	at_info(txn, "&W: 0");
	at_info(txn, "E: %d", set->echo);
	at_info(txn, "Q: %d", set->quiet);
	at_info(txn, "V: %d", set->verbose);
	at_info(txn, "X: %d", set->x);
	at_info(txn, "Z: 0");
	for (size_t i = 0; i < sizeof(s_ranges) / sizeof(*s_ranges); i++) {
		int reg = s_ranges[i].reg;

		if (reg == 12 && !ctx->profile->at_s12)
			continue;
		at_info(txn, "S%d: %d", reg, set->s[reg]);
	}
	return at_ok();
}

/* Commands of old modems that answer OK and do nothing here [AT §3]. */
static struct at_verdict run_accepted(struct at_txn *txn)
{
	(void)txn;
	return at_ok();
}

static struct at_verdict run_o(struct at_txn *txn)
{
	return at_stream_resume(txn);
}

/* Only idle lines end here: there are no calls to hang up [AT §13]. */
static struct at_verdict run_h(struct at_txn *txn)
{
	int64_t n;

	if (basic_value(txn, 0, &n) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/*
 * Kept and without effect: a pty has no RTS and CTS, and the board does not
 * wire them [WIO §3].
 */
static struct at_verdict run_ifc(struct at_txn *txn)
{
	struct at_args *a = &txn->args;
	struct cmd_ctx *ctx = txn->ctx;
	int *ifc = ctx->state.ifc;

	if (txn->form == AT_FORM_READ) {
		at_info(txn, "+IFC: %d,%d", ifc[0], ifc[1]);
		return at_ok();
	}
	if (at_args_int(a, 0, 0) == 1 || at_args_int(a, 1, 0) == 1)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"1 is not a value: 0 none, 2 RTS/CTS");
	for (size_t i = 0; i < 2; i++)
		ifc[i] = (int)at_args_int(a, i, 0);
	return at_ok();
}

/* With 8N1, the one format, parity is kept without effect, man [AT §3]. */
static struct at_verdict run_icf(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (txn->form == AT_FORM_READ)
		at_info(txn, "+ICF: 3,%d", ctx->state.icf);
	else
		ctx->state.icf =
			(int)at_args_int(&txn->args, 1, ctx->state.icf);
	return at_ok();
}

/*
 * Not in the manuals [AT §3]; dialling programs send it, and modems of this
 * kind answer OK to 0, data: asm.
 */
static struct at_verdict run_fclass(struct at_txn *txn)
{
	if (txn->form == AT_FORM_READ)
		at_info(txn, "+FCLASS: 0");
	return at_ok();
}

/* clang-format off */
static const struct at_arg fclass_args[] = {
	{"class", AT_ARG_INT, 0, 0, false},
	{0},
};
static const struct at_arg ifc_args[] = {
	{"dce_by_dte", AT_ARG_INT, 0, 2, true},
	{"dte_by_dce", AT_ARG_INT, 0, 2, true},
	{0},
};
static const struct at_arg icf_args[] = {
	{"format", AT_ARG_INT, 3, 3, true},
	{"parity", AT_ARG_INT, 0, 3, true},
	{0},
};

static const struct at_cmd rows[] = {
	{"E", AT_FORM_BASIC, NULL, run_e, NULL, 300, GRADE_CAP, "[AT §3]", "echo of commands"},
	{"Q", AT_FORM_BASIC, NULL, run_q, NULL, 300, GRADE_MAN, "[AT §3]", "result codes off and on"},
	{"V", AT_FORM_BASIC, NULL, run_v, NULL, 300, GRADE_MAN, "[AT §3]", "results as text or number"},
	{"X", AT_FORM_BASIC, NULL, run_x, NULL, 300, GRADE_MAN, "[AT §3]", "text behind CONNECT"},
	{"Z", AT_FORM_BASIC, NULL, run_z, NULL, 300, GRADE_MAN, "[AT §3]", "load what AT&W stored"},
	{"&F", AT_FORM_BASIC, NULL, run_amp_f, NULL, 300, GRADE_MAN, "[AT §3]", "factory settings; IFC and ICF, too: inf"},
	{"&W", AT_FORM_BASIC, NULL, run_amp_w, NULL, 300, GRADE_MAN, "[AT §3]", "store settings"},
	{"&V", AT_FORM_BASIC, NULL, run_amp_v, NULL, 300, GRADE_MAN, "[AT §3]", "list settings"},
	{"&C", AT_FORM_BASIC, NULL, run_amp_c, NULL, 300, GRADE_MAN, "[AT §3]", "DCD mode"},
	{"&D", AT_FORM_BASIC, NULL, run_amp_d, NULL, 300, GRADE_MAN, "[AT §3]", "DTR mode"},
	{"S", AT_FORM_READ | AT_FORM_WRITE, NULL, run_s, NULL, 300, GRADE_MAN, "[AT §3]", "S registers"},
	{"O", AT_FORM_BASIC, NULL, run_o, NULL, 300, GRADE_MAN, "[AT §3]", "back to transparent mode"},
	{"H", AT_FORM_BASIC, NULL, run_h, NULL, 90000, GRADE_MAN, "[AT §13]", "hang up"},
	{"L", AT_FORM_BASIC, NULL, run_accepted, NULL, 300, GRADE_INF, "[AT §3]", "speaker loudness: accepted"},
	{"M", AT_FORM_BASIC, NULL, run_accepted, NULL, 300, GRADE_INF, "[AT §3]", "speaker mode: accepted"},
	{"T", AT_FORM_BASIC, NULL, run_accepted, NULL, 300, GRADE_INF, "[AT §3]", "tone dial: accepted"},
	{"P", AT_FORM_BASIC, NULL, run_accepted, NULL, 300, GRADE_INF, "[AT §3]", "pulse dial: accepted"},
	{"+IFC", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, ifc_args, run_ifc, "(0,2),(0,2)", 300, GRADE_MAN, "[AT §3]", "flow control (kept without effect: a pty has no RTS and CTS)"},
	{"+ICF", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, icf_args, run_icf, "(3),(0-3)", 300, GRADE_MAN, "[AT §3]", "character format"},
	{"+FCLASS", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE, fclass_args, run_fclass, "(0)", 300, GRADE_ASM, "[AT §3] not in the manuals", "service class: data alone"},
	{0},
};
/* clang-format on */

const struct at_family at_family_v250 = {
	.name = "v250",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
