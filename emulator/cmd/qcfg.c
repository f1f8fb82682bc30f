#include "cmd/ctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "svc/nv.h"
#include "svc/regnet.h"

/*
 * +QCFG [AT §11]: settings of the radio and of the RI line, by key. All are
 * checked, stored in NV and read back. "nwscanmode" and "band" can leave out
 * the one LTE cell there is; the others have no effect here: there is no RI
 * line, for one. "urc/cache" has one, and is not stored.
 */

enum value_type {
	VALUE_END = 0,
	VALUE_INT,    /* min..max */
	VALUE_WORD,   /* quoted, one of `words` */
	VALUE_DIGITS, /* up to 12 decimal digits, kept as written */
	VALUE_MASK,   /* hex, with or without 0x; 64 bits are kept */
	VALUE_EFFECT, /* 0 or 1, when it applies; not kept */
};

struct value {
	enum value_type type;
	int64_t min, max;
	const char *words; /* "off,pulse" */
};

enum { VALUES_MAX = 6, VALUE_SIZE = 32 };

struct key {
	const char *name;
	const char *test; /* behind the name in =?; NULL: not listed */
	const char *def;  /* as printed */
	struct value values[VALUES_MAX + 1];
};

#define RI_WORDS "off,pulse,always,auto,wave"

/*
 * The keys of the EC20 manual of 2017, in its order, which is the print
 * nearest to a first EC21 firmware; test lines kin (EG25-G). Values and
 * defaults man, but for: nwscanseq asm, band inf from the EC21-J's bands.
 */
/* clang-format off */
static const struct key keys[] = {
	{"gprsattach", ",(0,1)", "1", {{VALUE_INT, 0, 1, NULL}}},
	{"nwscanmode", ",(0-8),(0,1)", "0", {{VALUE_INT, 0, 8, NULL}, {VALUE_EFFECT, 0, 1, NULL}}},
	{"nwscanseq", ",(00-0102030405),(0,1)", "04030201", {{VALUE_DIGITS, 0, 0, NULL}, {VALUE_EFFECT, 0, 1, NULL}}},
	{"roamservice", ",(1,2,255),(0,1)", "255", {{VALUE_INT, 1, 255, "1,2,255"}, {VALUE_EFFECT, 0, 1, NULL}}},
	{"servicedomain", ",(0,1,2),(0,1)", "2", {{VALUE_INT, 0, 2, NULL}, {VALUE_EFFECT, 0, 1, NULL}}},
	{"band", ",(0-200),(0-7FFFFFFFFFFFFFFF),(0-7FFFFFFFFFFFFFFF),(0,1)", "0x0,0x2060085,0x0", {{VALUE_MASK, 0, 0, NULL}, {VALUE_MASK, 0, 0, NULL}, {VALUE_MASK, 0, 0, NULL}, {VALUE_EFFECT, 0, 1, NULL}}},
	{"hsdpacat", ",(6,8,10-24)", "24", {{VALUE_INT, 6, 24, "6,8,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24"}}},
	{"hsupacat", ",(5,6)", "6", {{VALUE_INT, 5, 6, NULL}}},
	{"rrc", ",(0-4)", "4", {{VALUE_INT, 0, 4, NULL}}},
	{"sgsn", ",(0-2)", "2", {{VALUE_INT, 0, 2, NULL}}},
	{"msc", ",(0-2)", "2", {{VALUE_INT, 0, 2, NULL}}},
	{"pdp/duplicatechk", ",(0,1)", "1", {{VALUE_INT, 0, 1, NULL}}},
	{"tdscsq", ",(0,1)", "0", {{VALUE_INT, 0, 1, NULL}}},
	{"urc/ri/ring", ",(\"off\",\"pulse\",\"always\",\"auto\",\"wave\"),(1-2000),(1-10000),(1-10000),(\"off\",\"on\"),(1-5)", "\"pulse\",120,1000,5000,\"off\",1", {{VALUE_WORD, 0, 0, RI_WORDS}, {VALUE_INT, 1, 2000, NULL}, {VALUE_INT, 1, 10000, NULL}, {VALUE_INT, 1, 10000, NULL}, {VALUE_WORD, 0, 0, "off,on"}, {VALUE_INT, 1, 5, NULL}}},
	{"urc/ri/smsincoming", ",(\"off\",\"pulse\",\"always\"),(1-2000),(1-5)", "\"pulse\",120,1", {{VALUE_WORD, 0, 0, "off,pulse,always"}, {VALUE_INT, 1, 2000, NULL}, {VALUE_INT, 1, 5, NULL}}},
	{"urc/ri/other", ",(\"off\",\"pulse\"),(1-2000),(1-5)", "\"pulse\",120,1", {{VALUE_WORD, 0, 0, "off,pulse"}, {VALUE_INT, 1, 2000, NULL}, {VALUE_INT, 1, 5, NULL}}},
	{"risignaltype", ",(\"respective\",\"physical\")", "\"respective\"", {{VALUE_WORD, 0, 0, "respective,physical"}}},
	{"urc/delay", NULL, "0", {{VALUE_INT, 0, 1, NULL}}},
	{"tone/incoming", ",(0,1)", "0", {{VALUE_INT, 0, 2, NULL}}},
};
/* clang-format on */

enum { N_KEYS = sizeof(keys) / sizeof(*keys) };

static const struct key *find_key(const char *name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcasecmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

/* Names in NV have no '/'. */
static void nv_name(const struct key *key, char name[40])
{
	snprintf(name, 40, "qcfg_%s", key->name);
	for (char *p = name; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
}

static const char *current(const struct cmd_ctx *ctx, const struct key *key)
{
	char name[40];

	nv_name(key, name);
	return nv_str(ctx->nv, name, key->def);
}

/* --- one value -------------------------------------------------------------
 */

static int bad(struct at_txn *txn, size_t i, const char *want)
{
	return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
		"argument %zu: '%s' is not %s", i + 1, txn->args.v[i].text,
		want);
}

/* out: as a number is printed, however many zeros were typed. */
static int parse_int(
	struct at_txn *txn, size_t i, const struct value *v, char *out)
{
	const struct at_value *arg = &txn->args.v[i];
	char want[48], text[VALUE_SIZE];
	int64_t n;

	snprintf(want, sizeof(want), "a number %lld..%lld", (long long)v->min,
		(long long)v->max);
	if (arg->kind != AT_VALUE_BARE || !at_parse_uint(arg->text, &n) ||
		n < v->min || n > v->max)
		return bad(txn, i, want);
	snprintf(text, sizeof(text), "%lld", (long long)n);
	if (v->words != NULL && !profile_list_has(v->words, text))
		return bad(txn, i, v->words);
	memcpy(out, text, VALUE_SIZE);
	return 0;
}

/* out keeps the old mask when the new one says that nothing changes. */
static int parse_mask(struct at_txn *txn, size_t i, char *out)
{
	const char *p = txn->args.v[i].text;
	unsigned long long n;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X'))
		p += 2;
	if (*p == '\0' || p[strspn(p, "0123456789abcdefABCDEF")] != '\0')
		return bad(txn, i, "a mask in hex");
	/* cap [AT §11] EC25: what is past 64 bits is cut */
	if (strlen(p) > 16)
		p += strlen(p) - 16;
	n = strtoull(p, NULL, 16);
	/* man [AT §11]: these two say that nothing changes */
	if (n != 0 && n != 0x40000000)
		snprintf(out, VALUE_SIZE, "0x%llx", n);
	return 0;
}

/* Argument i against its type; out: as it is printed, at first the old one. */
static int parse_value(
	struct at_txn *txn, size_t i, const struct value *v, char *out)
{
	const struct at_value *arg = &txn->args.v[i];
	int ret = 0;

	switch (v->type) {
	case VALUE_INT:
	case VALUE_EFFECT:
		ret = parse_int(txn, i, v, out);
		break;
	case VALUE_WORD:
		if (arg->kind != AT_VALUE_QUOTED ||
			!profile_list_has(v->words, arg->text))
			return bad(txn, i, v->words);
		snprintf(out, VALUE_SIZE, "\"%s\"", arg->text);
		break;
	case VALUE_DIGITS:
		if (arg->len == 0 || arg->len > 12 || arg->len % 2 != 0 ||
			arg->text[strspn(arg->text, "012345")] != '\0')
			return bad(txn, i, "pairs of digits, each 00..05");
		snprintf(out, VALUE_SIZE, "%s", arg->text);
		break;
	case VALUE_MASK:
		ret = parse_mask(txn, i, out);
		break;
	case VALUE_END:
		break;
	}
	return ret;
}

/* --- the command -----------------------------------------------------------
 */

/* Cut what is stored into its values; the number of them. */
static size_t split_current(const struct cmd_ctx *ctx, const struct key *key,
	char texts[VALUES_MAX][VALUE_SIZE])
{
	const char *p = current(ctx, key);
	size_t n = 0;

	while (n < VALUES_MAX) {
		size_t len = strcspn(p, ",");

		snprintf(texts[n++], VALUE_SIZE, "%.*s", (int)len, p);
		if (p[len] == '\0')
			break;
		p += len + 1;
	}
	return n;
}

/* man [AT §11]: a mask alone would leave the others open. */
static int check_count(struct at_txn *txn, const struct key *key)
{
	size_t most = 0, given = txn->args.n - 1;

	while (key->values[most].type != VALUE_END)
		most++;
	if (given > most)
		return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
			"\"%s\" takes %zu values at most", key->name, most);
	if (key->values[0].type == VALUE_MASK && given < 3)
		return why_set(&txn->scratch, ERR_PARAM, GRADE_MAN,
			"\"%s\" needs all three masks", key->name);
	return 0;
}

/* The mask of LTE bands: the second of three. */
static unsigned long long lte_bands(const struct cmd_ctx *ctx)
{
	const char *p = strchr(current(ctx, find_key("band")), ',');

	return p != NULL ? strtoull(p + 1, NULL, 16) : 0;
}

void cmd_qcfg_ready(struct cmd_ctx *ctx)
{
	const char *mode = current(ctx, find_key("nwscanmode"));
	bool lte = strcmp(mode, "0") == 0 || strcmp(mode, "3") == 0;
	int64_t band = ctx->profile->reg_band;
	bool band_on = lte_bands(ctx) >> (band - 1) & 1;

	if (!lte)
		trace_text(ctx->trace, LANE_NOTE,
			"no network can be found: nwscanmode %s leaves out LTE "
			"(AT+QCFG=\"nwscanmode\",0)",
			mode);
	else if (!band_on)
		trace_text(ctx->trace, LANE_NOTE,
			"no network can be found: the cell is in LTE band "
			"%lld, which AT+QCFG=\"band\" leaves out",
			(long long)band);
	else if (!cmd_plmn_in_reach(ctx))
		trace_text(ctx->trace, LANE_NOTE,
			"no network can be found: AT+QNWLOCK holds the modem "
			"to another cell, until a restart");
	regnet_allow(ctx->reg, lte && band_on && cmd_plmn_in_reach(ctx));
}

bool cmd_qcfg_lte_only(const struct cmd_ctx *ctx)
{
	return strcmp(current(ctx, find_key("nwscanmode")), "3") == 0;
}

/* man [AT §11]: a last argument of 0 waits for a restart. */
static bool takes_effect(const struct at_txn *txn, const struct key *key)
{
	size_t i = 0;
	int64_t effect = 1;

	while (key->values[i].type != VALUE_END &&
		key->values[i].type != VALUE_EFFECT)
		i++;
	if (at_args_has(&txn->args, i + 1))
		(void)at_parse_uint(txn->args.v[i + 1].text, &effect);
	return key->values[i].type == VALUE_EFFECT && effect != 0;
}

static int set_key(struct at_txn *txn, const struct key *key)
{
	struct cmd_ctx *ctx = txn->ctx;
	char texts[VALUES_MAX][VALUE_SIZE], name[40];
	char line[VALUES_MAX * VALUE_SIZE] = "";
	size_t n = split_current(ctx, key, texts), used = 0;
	char effect[VALUE_SIZE] = ""; /* read, and not kept */

	if (check_count(txn, key) != 0)
		return txn->scratch.err;
	for (size_t i = 1; i < txn->args.n; i++)
		if (at_args_has(&txn->args, i) &&
			parse_value(txn, i, &key->values[i - 1],
				i - 1 < n ? texts[i - 1] : effect) != 0)
			return txn->scratch.err;
	for (size_t i = 0; i < n; i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used,
			"%s%s", i > 0 ? "," : "", texts[i]);
	nv_name(key, name);
	if (nv_set_str(ctx->nv, name, line, &txn->scratch) != 0)
		return txn->scratch.err;
	if (takes_effect(txn, key))
		cmd_qcfg_ready(ctx);
	return 0;
}

static struct at_verdict test_qcfg(struct at_txn *txn)
{
	for (size_t i = 0; i < N_KEYS; i++) {
		/* its place in the order of the EC20 manual */
		if (strcmp(keys[i].name, "tone/incoming") == 0)
			at_info(txn, "+QCFG: \"urc/cache\",(0,1)");
		if (keys[i].test != NULL)
			at_info(txn, "+QCFG: \"%s\"%s", keys[i].name,
				keys[i].test);
	}
	return at_ok();
}

/* man [AT §11]: URCs wait till it is 0 again; a restart forgets it and them. */
static struct at_verdict run_urc_cache(struct at_txn *txn)
{
	int64_t on;

	if (txn->args.n == 1) {
		at_info(txn, "+QCFG: \"urc/cache\",%d", at_urc_cached(txn->at));
		return at_ok();
	}
	if (txn->args.n > 2 || !at_args_has(&txn->args, 1) ||
		!at_parse_uint(txn->args.v[1].text, &on) || on > 1) {
		bad(txn, 1, "0 or 1");
		return at_fail_why(txn, &txn->scratch);
	}
	at_urc_cache(txn->at, on == 1);
	return at_ok();
}

static struct at_verdict run_qcfg(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_value *name = &txn->args.v[0];
	const struct key *key;

	if (txn->form == AT_FORM_TEST)
		return test_qcfg(txn);
	if (txn->args.n == 0 || name->kind != AT_VALUE_QUOTED)
		return at_fail(txn, ERR_PARAM, GRADE_CAP,
			"argument 1 <key>: a key in quotes is wanted "
			"(AT+QCFG=?)");
	if (strcasecmp(name->text, "urc/cache") == 0)
		return run_urc_cache(txn);
	key = find_key(name->text);
	if (key == NULL)
		return at_fail(txn, ERR_NOT_MODELLED, GRADE_MAN,
			"\"%s\" is no key of an early EC21, or not modelled "
			"(AT+QCFG=?)",
			name->text);
	if (txn->args.n == 1) {
		at_info(txn, "+QCFG: \"%s\",%s", key->name, current(ctx, key));
		return at_ok();
	}
	if (set_key(txn, key) != 0)
		return at_fail_why(txn, &txn->scratch);
	return at_ok();
}

/* clang-format off */
static const struct at_cmd rows[] = {
	{"+QCFG", AT_FORM_TEST | AT_FORM_WRITE, NULL, run_qcfg, AT_TEST_RUN, 300, GRADE_MAN, "[AT §11]", "settings of radio and RI line: nwscanmode and band can leave out the cell, urc/cache keeps URCs back, the others are only stored"},
	{0},
};
/* clang-format on */

const struct at_family at_family_qcfg = {
	.name = "qcfg",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_PARAM,
	.rows = rows,
};
