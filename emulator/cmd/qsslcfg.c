#include "cmd/qsslcfg.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd/ctx.h"
#include "svc/sslctx.h"

enum { TEXT_ARG_MAX = SSLCTX_PATH_MAX - 1 };

enum key_type {
	KEY_INT,
	KEY_BOOL,
	KEY_SUITE,
	KEY_TEXT,
	KEY_CLIENTKEY,
	KEY_PSK,
	KEY_ZERO, /* nothing ignored; other values are not modelled */
};

struct ssl_key {
	const char *name;
	enum key_type type;
	size_t field; /* of struct sslctx_conf */
	int64_t min, max;
	const char *test; /* what =? prints behind the context range */
};

#define FIELD(f) offsetof(struct sslctx_conf, f)

/* clang-format off */
static const struct ssl_key keys[] = {
	{"sslversion",      KEY_INT,   FIELD(version), 0, 4, "(0-4)"},
	{"dtls",            KEY_BOOL,  FIELD(dtls), 0, 1, "(0,1)"},
	{"dtlsversion",     KEY_INT,   FIELD(dtls_version), 0, 1, "(0,1)"},
	{"ciphersuite",     KEY_SUITE, FIELD(suite), 0, 0xffff, NULL},
	{"cacert",          KEY_TEXT,  FIELD(ca), 0, TEXT_ARG_MAX, "<cacertpath>"},
	{"cacertex",        KEY_TEXT,  FIELD(ca_more), 0, TEXT_ARG_MAX, "<cacertexpath>"},
	{"clientcert",      KEY_TEXT,  FIELD(cert), 0, TEXT_ARG_MAX, "<client_cert_path>"},
	{"clientkey",       KEY_CLIENTKEY, FIELD(key), 0, TEXT_ARG_MAX, NULL},
	{"seclevel",        KEY_INT,   FIELD(seclevel), 0, 2, "(0-2)"},
	{"ignorelocaltime", KEY_BOOL,  FIELD(ignore_local_time), 0, 1, "(0,1)"},
	{"negotiatetime",   KEY_INT,   FIELD(negotiate_s), 10, 300, "(10-300)"},
	{"sni",             KEY_BOOL,  FIELD(sni), 0, 1, "(0,1)"},
	{"psk",             KEY_PSK,   FIELD(psk_identity), 0, TEXT_ARG_MAX, "<identity>,<key>"},
	{"closetimemode",   KEY_BOOL,  FIELD(close_ms), 0, 1, "(0,1)"},
	{"session_cache",   KEY_BOOL,  FIELD(session_cache), 0, 1, "(0,1)"},
	{"alpn",            KEY_TEXT,  FIELD(alpn), 0, TEXT_ARG_MAX, "<protocolname>"},
	{"renegotiation",   KEY_BOOL,  FIELD(renegotiation), 0, 1, "(0,1)"},
	{"ignoreprivkey",   KEY_ZERO,  0, 0, 1, "(0,1)"},
	{"ignoremulticertchainverify", KEY_BOOL, FIELD(ignore_chain), 0, 1, "(0,1)"},
	{"ignoreinvalidcertsign",      KEY_BOOL, FIELD(ignore_sign), 0, 1, "(0,1)"},
	{"ignorecertitem",  KEY_ZERO,  0, 0, 1048575, "(0-1048575)"},
};
/* clang-format on */

/* Keys are taken in any case: host code in the field sends "SNI" [SSL §2.1]. */
static const struct ssl_key *key_find(const char *name, size_t len)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (strlen(keys[i].name) == len &&
			strncasecmp(keys[i].name, name, len) == 0)
			return &keys[i];
	return NULL;
}

static const char *key_test(
	const struct profile *profile, const struct ssl_key *key)
{
	if (key->type != KEY_CLIENTKEY)
		return key->test;
	return profile->ssl_key_password ? "<client_key_path>,<key_pwd>"
					 : "<client_key_path>";
}

/* One line a key, in the order of the profile: kin [SSL §2.2]. */
static struct at_verdict qsslcfg_test(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const char *list = ctx->profile->ssl_keys;

	while (*list != '\0') {
		size_t len = strcspn(list, ",");
		const struct ssl_key *key = key_find(list, len);

		list += len + (list[len] == ',');
		if (key == NULL)
			continue;
		if (key->type == KEY_SUITE)
			at_info(txn, "+QSSLCFG: \"%s\",(0-5),(%s)", key->name,
				ctx->profile->ssl_ciphers);
		else
			at_info(txn, "+QSSLCFG: \"%s\",(0-5),%s", key->name,
				key_test(ctx->profile, key));
	}
	return at_ok();
}

/* The key of this command, or NULL with the reason. */
static const struct ssl_key *qsslcfg_key(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_value *name = &txn->args.v[0];
	const struct ssl_key *key;

	key = key_find(name->text, name->len);
	if (key == NULL ||
		!profile_list_has(ctx->profile->ssl_keys, key->name)) {
		why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"\"%s\" is not a key of this firmware; it has %s "
			"(ssl_keys)",
			name->text, ctx->profile->ssl_keys);
		return NULL;
	}
	return key;
}

static void *key_field(struct sslctx_conf *conf, const struct ssl_key *key)
{
	return (char *)conf + key->field;
}

static struct at_verdict qsslcfg_query(
	struct at_txn *txn, const struct ssl_key *key, struct sslctx_conf *conf)
{
	int id = (int)txn->args.v[1].num;
	const void *field = key_field(conf, key);

	switch (key->type) {
	case KEY_INT:
		at_info(txn, "+QSSLCFG: \"%s\",%d,%d", key->name, id,
			*(const int *)field);
		break;
	case KEY_BOOL:
		at_info(txn, "+QSSLCFG: \"%s\",%d,%d", key->name, id,
			*(const bool *)field);
		break;
	case KEY_SUITE:
		/* Capital X and four digits: kin [SSL §2.1] */
		at_info(txn, "+QSSLCFG: \"%s\",%d,0X%04X", key->name, id,
			(unsigned int)*(const uint32_t *)field);
		break;
	case KEY_TEXT:
	case KEY_CLIENTKEY:
	case KEY_PSK:
		/* The pass phrase and the shared key are never shown: inf. */
		at_info(txn, "+QSSLCFG: \"%s\",%d,\"%s\"", key->name, id,
			(const char *)field);
		break;
	case KEY_ZERO:
		at_info(txn, "+QSSLCFG: \"%s\",%d,0", key->name, id);
		break;
	}
	return at_ok();
}

/* True when the firmware's list has this code. Blanks in it are as printed. */
static bool suite_listed(const char *list, int64_t code)
{
	for (;;) {
		char *end;

		if (strtoll(list, &end, 16) == code && end != list)
			return true;
		list = strchr(end, ',');
		if (list == NULL)
			return false;
		list++;
	}
}

static bool is_hex(const struct at_value *v)
{
	return v->len % 2 == 0 &&
	       strspn(v->text, "0123456789abcdefABCDEF") == v->len;
}

/* With hex, is_hex() has said yes. */
static void set_psk(
	struct sslctx_conf *conf, bool hex, const struct at_value *key)
{
	char pair[3] = "";

	if (!hex) {
		conf->psk_len = key->len;
		memcpy(conf->psk, key->text, key->len);
		return;
	}
	conf->psk_len = key->len / 2;
	for (size_t i = 0; i < conf->psk_len; i++) {
		memcpy(pair, key->text + 2 * i, 2);
		conf->psk[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
}

static int qsslcfg_check(struct at_txn *txn, const struct ssl_key *key)
{
	const struct cmd_ctx *ctx = txn->ctx;
	struct at_arg spec[] = {
		{"key", AT_ARG_STR, 1, 64, false},
		{"sslctxID", AT_ARG_INT, 0, SSLCTX_IDS - 1, false},
		{key->name, AT_ARG_INT, key->min, key->max, false},
		{0},
		{0},
	};

	if (key->type == KEY_SUITE)
		spec[2].type = AT_ARG_HEX;
	if (key->type == KEY_TEXT || key->type == KEY_CLIENTKEY ||
		key->type == KEY_PSK)
		spec[2].type = AT_ARG_STR;
	if (key->type == KEY_CLIENTKEY && ctx->profile->ssl_key_password)
		spec[3] = (struct at_arg){
			"key_pwd", AT_ARG_STR, 0, TEXT_ARG_MAX, true};
	if (key->type == KEY_PSK)
		spec[3] = (struct at_arg){"key", AT_ARG_STR, 0,
			SSLCTX_PSK_MAX * (ctx->profile->ssl_psk_hex ? 2 : 1),
			false};
	if (at_args_check(&txn->args, spec, ERR_NET_PARAM, &txn->scratch) != 0)
		return txn->scratch.err;
	if (key->type == KEY_PSK && ctx->profile->ssl_psk_hex &&
		!is_hex(&txn->args.v[3]))
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_ASM,
			"argument 4 <key> is not an even number of hexadecimal "
			"digits (ssl_psk_hex)");
	if (key->type == KEY_ZERO && txn->args.v[2].num != 0)
		return why_set(&txn->scratch, ERR_NOT_MODELLED, GRADE_KIN,
			"what other values of \"%s\" mean is not known; 0 "
			"alone, nothing ignored, is modelled",
			key->name);
	if (key->type == KEY_SUITE &&
		!suite_listed(ctx->profile->ssl_ciphers, txn->args.v[2].num))
		return why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"argument 3 <ciphersuite>: %s is not a suite of this "
			"firmware (ssl_ciphers; AT+QSSLCFG=? lists them)",
			txn->args.v[2].text);
	return 0;
}

/* Paths are not looked at before the open: inf [SSL §2.1]. */
static void qsslcfg_set(
	struct at_txn *txn, const struct ssl_key *key, struct sslctx_conf *conf)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	void *field = key_field(conf, key);

	switch (key->type) {
	case KEY_INT:
		*(int *)field = (int)a->v[2].num;
		break;
	case KEY_BOOL:
		*(bool *)field = a->v[2].num != 0;
		break;
	case KEY_SUITE:
		*(uint32_t *)field = (uint32_t)a->v[2].num;
		break;
	case KEY_CLIENTKEY:
		snprintf(conf->key_password, sizeof(conf->key_password), "%s",
			at_args_str(a, 3, ""));
		snprintf(field, SSLCTX_PATH_MAX, "%s", a->v[2].text);
		break;
	case KEY_PSK:
		set_psk(conf, ctx->profile->ssl_psk_hex, &a->v[3]);
		snprintf(field, SSLCTX_PATH_MAX, "%s", a->v[2].text);
		break;
	case KEY_TEXT:
		snprintf(field, SSLCTX_PATH_MAX, "%s", a->v[2].text);
		break;
	case KEY_ZERO:
		break;
	}
}

/*
 * Two arguments ask, three set: so `"ignorelocaltime",1` asks context 1, a
 * mistake that even a manual makes, kin [SSL §2.1].
 */
struct at_verdict qsslcfg_run(struct at_txn *txn)
{
	static const struct at_arg query[] = {
		{"key", AT_ARG_STR, 1, 64, false},
		{"sslctxID", AT_ARG_INT, 0, SSLCTX_IDS - 1, false},
		{0},
	};
	struct cmd_ctx *ctx = txn->ctx;
	struct at_args head = txn->args;
	const struct ssl_key *key;
	struct sslctx_conf *conf;

	if (txn->form == AT_FORM_TEST)
		return qsslcfg_test(txn);
	if (head.n > 2)
		head.n = 2;
	if (at_args_check(&head, query, ERR_NET_PARAM, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	key = qsslcfg_key(txn);
	if (key == NULL)
		return at_fail_why(txn, &txn->scratch);
	txn->args.v[1].num = head.v[1].num;
	conf = sslctx_conf(ctx->ssl, (int)head.v[1].num);
	if (txn->args.n == 2)
		return qsslcfg_query(txn, key, conf);
	if (qsslcfg_check(txn, key) != 0)
		return at_fail_why(txn, &txn->scratch);
	qsslcfg_set(txn, key, conf);
	return at_ok();
}
