#include "cmd/ctx.h"

#include <string.h>

#include "svc/simcard.h"

/* Who the modem and its SIM are [AT §4]. */

static const struct profile *profile_of(const struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return ctx->profile;
}

static struct at_verdict run_ati(struct at_txn *txn)
{
	const struct profile *p = profile_of(txn);

	if (txn->basic > 0)
		return at_fail(txn, ERR_PARAM, GRADE_INF,
			"ATI%lld: only ATI and ATI0 are known",
			(long long)txn->basic);
	at_info(txn, "%s", p->identity_manufacturer);
	at_info(txn, "%s", p->identity_model);
	at_info(txn, "Revision: %s", p->identity_revision);
	return at_ok();
}

static struct at_verdict run_manufacturer(struct at_txn *txn)
{
	at_info(txn, "%s", profile_of(txn)->identity_manufacturer);
	return at_ok();
}

static struct at_verdict run_model(struct at_txn *txn)
{
	at_info(txn, "%s", profile_of(txn)->identity_model);
	return at_ok();
}

static struct at_verdict run_revision(struct at_txn *txn)
{
	at_info(txn, "%s", profile_of(txn)->identity_revision);
	return at_ok();
}

/* cap [AT §4] EC21-A: the revision and that of the sub-build. */
static struct at_verdict run_qgmr(struct at_txn *txn)
{
	at_info(txn, "%s_%s", profile_of(txn)->identity_revision,
		profile_of(txn)->identity_build);
	return at_ok();
}

/* cap [AT §4] EC25 */
static struct at_verdict run_cversion(struct at_txn *txn)
{
	at_info(txn, "VERSION: %s", profile_of(txn)->identity_revision);
	at_info(txn, "%s", profile_of(txn)->identity_build_time);
	at_info(txn, "Authors: QCT");
	return at_ok();
}

/* cap [AT §4] EC25 */
static struct at_verdict run_csub(struct at_txn *txn)
{
	at_info(txn, "SubEdition: %s", profile_of(txn)->identity_subedition);
	return at_ok();
}

/* The bare form; the others came with a later firmware, man [AT §4]. */
static struct at_verdict run_imei(struct at_txn *txn)
{
	const struct profile *p = profile_of(txn);

	if (txn->form == AT_FORM_EXEC) {
		at_info(txn, "%s", p->identity_imei);
		return at_ok();
	}
	if (txn->form == AT_FORM_TEST) {
		if (p->identity_gsn_forms)
			at_info(txn, "%s: (0,1)", txn->cmd->name);
		return at_ok();
	}
	if (!p->identity_gsn_forms)
		return at_fail(txn, ERR_PARAM, GRADE_MAN,
			"AT%s takes no argument in this profile's firmware "
			"(identity_gsn_forms)",
			txn->cmd->name);
	at_info(txn, "%s: %s", txn->cmd->name,
		txn->args.v[0].num == 1 ? p->identity_imei
					: p->identity_serial);
	return at_ok();
}

/* True while the card cannot be read at all. */
static bool is_unread(enum sim_state state)
{
	return state == SIM_ABSENT || state == SIM_STARTING;
}

static struct at_verdict run_cimi(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;

	if (simcard_check(ctx->sim, &txn->scratch) != 0) {
		/* cap [AT §4]: 3, not 10, without a SIM on an EC21 */
		if (is_unread(simcard_state(ctx->sim)))
			txn->scratch.err = ERR_NOT_ALLOWED;
		return at_fail_why(txn, &txn->scratch);
	}
	at_info(txn, "%s", ctx->profile->identity_imsi);
	return at_ok();
}

static struct at_verdict run_qccid(struct at_txn *txn)
{
	static const char pad[] = "FFFFFFFFFFFFFFFFFFFF";
	struct cmd_ctx *ctx = txn->ctx;
	const char *iccid = ctx->profile->identity_iccid;
	enum sim_state state = simcard_state(ctx->sim);
	size_t len = strlen(iccid);

	/* The number can be read while a PIN is asked. */
	if (state != SIM_PIN && state != SIM_PUK &&
		simcard_check(ctx->sim, &txn->scratch) != 0) {
		/* cap [AT §4]: 13, not 10, without a SIM on an EC21 */
		if (is_unread(state))
			txn->scratch.err = ERR_SIM_FAILURE;
		return at_fail_why(txn, &txn->scratch);
	}
	at_info(txn, "+QCCID: %s%s", iccid,
		len < sizeof(pad) - 1 ? pad + len : "");
	return at_ok();
}

static struct at_verdict run_cnum(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const char *number = ctx->profile->identity_number;

	if (simcard_check(ctx->sim, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	if (number[0] != '\0')
		at_info(txn, "+CNUM: ,\"%s\",%d", number,
			number[0] == '+' ? 145 : 129);
	return at_ok();
}

/* clang-format off */
static const struct at_arg snt_args[] = {
	{"snt", AT_ARG_INT, 0, 1, false},
	{0},
};

enum { FORMS = AT_FORM_TEST | AT_FORM_EXEC };

static const struct at_cmd rows[] = {
	{"I", AT_FORM_BASIC, NULL, run_ati, NULL, 300, GRADE_CAP, "[AT §4]", "maker, model, revision"},
	{"+GMI", FORMS, NULL, run_manufacturer, NULL, 300, GRADE_MAN, "[AT §4]", "maker"},
	{"+CGMI", FORMS, NULL, run_manufacturer, NULL, 300, GRADE_MAN, "[AT §4]", "maker"},
	{"+GMM", FORMS, NULL, run_model, NULL, 300, GRADE_MAN, "[AT §4]", "model"},
	{"+CGMM", FORMS, NULL, run_model, NULL, 300, GRADE_MAN, "[AT §4]", "model"},
	{"+GMR", FORMS, NULL, run_revision, NULL, 300, GRADE_CAP, "[AT §4]", "revision"},
	{"+CGMR", FORMS, NULL, run_revision, NULL, 300, GRADE_CAP, "[AT §4]", "revision"},
	{"+QGMR", FORMS, NULL, run_qgmr, NULL, 300, GRADE_CAP, "[AT §4]", "revision and sub-build"},
	{"+CVERSION", FORMS, NULL, run_cversion, NULL, 300, GRADE_CAP, "[AT §4]", "revision and time of the build"},
	{"+CSUB", FORMS, NULL, run_csub, NULL, 300, GRADE_CAP, "[AT §4]", "sub-edition"},
	{"+GSN", FORMS | AT_FORM_WRITE, snt_args, run_imei, AT_TEST_RUN, 300, GRADE_MAN, "[AT §4]", "IMEI"},
	{"+CGSN", FORMS | AT_FORM_WRITE, snt_args, run_imei, AT_TEST_RUN, 300, GRADE_MAN, "[AT §4]", "IMEI"},
	{"+CIMI", FORMS, NULL, run_cimi, NULL, 300, GRADE_CAP, "[AT §4]", "IMSI"},
	{"+QCCID", FORMS, NULL, run_qccid, NULL, 300, GRADE_CAP, "[AT §4]", "ICCID"},
	{"+CNUM", FORMS, NULL, run_cnum, NULL, 300, GRADE_MAN, "[AT §4]", "own number"},
	{0},
};
/* clang-format on */

const struct at_family at_family_ident = {
	.name = "ident",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
