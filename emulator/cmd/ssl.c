#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cmd/ctx.h"
#include "cmd/sockio.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "svc/sslctx.h"

/* SSL contexts and connections: +QSSLCFG to +QSSLSTATE [SSL §2] to [SSL §7]. */

/* Profile words of ssl_pdp_down and ssl_file_fail. */
enum { SSL_FAIL_URC, SSL_FAIL_ERROR };

/* --- +QSSLCFG ------------------------------------------------------------ */

enum { PATH_ARG_MAX = SSLCTX_PATH_MAX - 1 };

enum key_type {
	KEY_INT,
	KEY_BOOL,
	KEY_SUITE,
	KEY_PATH,
	KEY_CLIENTKEY,
	KEY_MISSING, /* a real firmware has it, we do not */
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
	{"ciphersuite",     KEY_SUITE, FIELD(suite), 0, 0xffff, NULL},
	{"cacert",          KEY_PATH,  FIELD(ca), 0, PATH_ARG_MAX, "<cacertpath>"},
	{"clientcert",      KEY_PATH,  FIELD(cert), 0, PATH_ARG_MAX, "<client_cert_path>"},
	{"clientkey",       KEY_CLIENTKEY, FIELD(key), 0, PATH_ARG_MAX, NULL},
	{"seclevel",        KEY_INT,   FIELD(seclevel), 0, 2, "(0-2)"},
	{"ignorelocaltime", KEY_BOOL,  FIELD(ignore_local_time), 0, 1, "(0,1)"},
	{"negotiatetime",   KEY_INT,   FIELD(negotiate_s), 10, 300, "(10-300)"},
	{"sni",             KEY_BOOL,  FIELD(sni), 0, 1, "(0,1)"},
	/* In the lists of EG25-G firmware [SSL §2.2], not modelled. */
	{"dtls",            KEY_MISSING, 0, 0, 0, NULL},
	{"dtlsversion",     KEY_MISSING, 0, 0, 0, NULL},
	{"cacertex",        KEY_MISSING, 0, 0, 0, NULL},
	{"psk",             KEY_MISSING, 0, 0, 0, NULL},
	{"closetimemode",   KEY_MISSING, 0, 0, 0, NULL},
	{"session_cache",   KEY_MISSING, 0, 0, 0, NULL},
	{"alpn",            KEY_MISSING, 0, 0, 0, NULL},
	{"renegotiation",   KEY_MISSING, 0, 0, 0, NULL},
	{"ignoreprivkey",   KEY_MISSING, 0, 0, 0, NULL},
	{"ignoremulticertchainverify", KEY_MISSING, 0, 0, 0, NULL},
	{"ignoreinvalidcertsign",      KEY_MISSING, 0, 0, 0, NULL},
	{"ignorecertitem",             KEY_MISSING, 0, 0, 0, NULL},
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
		if (key == NULL || key->type == KEY_MISSING)
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
	if (key != NULL && key->type == KEY_MISSING) {
		why_set(&txn->scratch, ERR_NOT_MODELLED, GRADE_KIN,
			"\"%s\" is in the lists of newer firmware but not "
			"modelled",
			key->name);
		return NULL;
	}
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
	case KEY_PATH:
	case KEY_CLIENTKEY:
		/* The pass phrase is never shown: inf. */
		at_info(txn, "+QSSLCFG: \"%s\",%d,\"%s\"", key->name, id,
			(const char *)field);
		break;
	case KEY_MISSING:
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
	if (key->type == KEY_PATH || key->type == KEY_CLIENTKEY)
		spec[2].type = AT_ARG_STR;
	if (key->type == KEY_CLIENTKEY && ctx->profile->ssl_key_password)
		spec[3] = (struct at_arg){
			"key_pwd", AT_ARG_STR, 0, PATH_ARG_MAX, true};
	if (at_args_check(&txn->args, spec, ERR_NET_PARAM, &txn->scratch) != 0)
		return txn->scratch.err;
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
	case KEY_PATH:
		snprintf(field, SSLCTX_PATH_MAX, "%s", a->v[2].text);
		break;
	case KEY_MISSING:
		break;
	}
}

/*
 * Two arguments ask, three set: so `"ignorelocaltime",1` asks context 1, a
 * mistake that even a manual makes, kin [SSL §2.1].
 */
static struct at_verdict ssl_qsslcfg(struct at_txn *txn)
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

/* --- events -------------------------------------------------------------- */

static void ssl_opened(void *arg, int id, const struct why *why)
{
	struct cmd_ctx *ctx = arg;
	char object[16];

	if (why == NULL) {
		at_urc(ctx->at, AT_URC_RESULT, "+QSSLOPEN: %d,0", id);
		return;
	}
	snprintf(object, sizeof(object), "ssl %d", id);
	at_urc_fail(ctx->at, AT_URC_RESULT, object, why, "+QSSLOPEN: %d,%d", id,
		at_net_code(ctx->at, why->err));
}

static void ssl_received(void *arg, int id)
{
	struct cmd_ctx *ctx = arg;

	at_urc(ctx->at, AT_URC_EVENT, "+QSSLURC: \"recv\",%d", id);
}

static uint64_t ssl_pushed(void *arg, int id, const void *data, size_t len)
{
	struct cmd_ctx *ctx = arg;

	at_urc_data(ctx->at, AT_URC_EVENT, data, len,
		"+QSSLURC: \"recv\",%d,%zu", id, len);
	return sockio_line_us(ctx, len);
}

static void ssl_closed(void *arg, int id, const struct why *why)
{
	struct cmd_ctx *ctx = arg;
	char object[16];

	if (why == NULL) {
		at_urc(ctx->at, AT_URC_EVENT, "+QSSLURC: \"closed\",%d", id);
		return;
	}
	snprintf(object, sizeof(object), "ssl %d", id);
	at_urc_fail(ctx->at, AT_URC_EVENT, object, why,
		"+QSSLURC: \"closed\",%d", id);
}

static void ssl_close_done(void *arg, int id)
{
	struct cmd_ctx *ctx = arg;

	(void)id;
	sockio_close_done(&ctx->state.ssl_txn);
}

static void ssl_attach(void *arg)
{
	static const struct sock_events events = {
		.opened = ssl_opened,
		.received = ssl_received,
		.pushed = ssl_pushed,
		.closed = ssl_closed,
		.close_done = ssl_close_done,
	};
	struct cmd_ctx *ctx = arg;

	ctx->tls = sock_table_new(
		ctx->clock, (size_t)ctx->profile->ssl_buffer, &events, ctx);
}

void cmd_ssl_reset(struct cmd_ctx *ctx)
{
	ctx->state.ssl_txn = NULL;
	sock_table_reset(ctx->tls);
}

/* --- +QSSLOPEN ----------------------------------------------------------- */

static int qsslopen_check(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;

	if ((int64_t)a->v[3].len > ctx->profile->ssl_host_max)
		return why_set(why, ERR_NET_PARAM, GRADE_INF,
			"argument 4 <serveraddr>: %zu bytes, at most %lld are "
			"taken (ssl_host_max)",
			a->v[3].len, (long long)ctx->profile->ssl_host_max);
	if (ctx->profile->ssl_mode_required && !at_args_has(a, 5))
		return why_set(why, ERR_NET_PARAM, GRADE_ASM,
			"argument 6 <access_mode> is missing, this firmware "
			"wants it (ssl_mode_required)");
	if (at_args_int(a, 5, 0) == 2)
		return why_set(why, ERR_NOT_MODELLED, GRADE_ASM,
			"transparent mode is not modelled yet");
	return 0;
}

/* With the id in SOCK_OPENING, or a failure that the profile tells at once. */
static struct at_verdict qsslopen_start(
	struct at_txn *txn, struct sock_open *open)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;
	struct stream *stream;

	/*
	 * One window for connecting and the handshake. A real modem has 150 s
	 * for the first and negotiatetime for the second, man [SSL §3].
	 */
	open->timeout_ms =
		(uint64_t)sslctx_conf(ctx->ssl, open->ssl)->negotiate_s * 1000;
	stream = sslctx_open(ctx->ssl, open->ssl, a->v[3].text, open->port,
		sock_handler(), sock_handler_arg(ctx->tls, open->id), why);
	if (stream == NULL && ctx->profile->ssl_file_fail == SSL_FAIL_ERROR &&
		why->err == ERR_TLS_FILE)
		return at_fail_why(txn, why);
	sock_attach(ctx->tls, open, stream, why);
	return at_ok();
}

static struct at_verdict ssl_qsslopen(struct at_txn *txn)
{
	struct cmd_ctx *ctx = txn->ctx;
	const struct at_args *a = &txn->args;
	struct why *why = &txn->scratch;
	struct sock_open open = {
		.pdp = (int)a->v[0].num,
		.ssl = (int)a->v[1].num,
		.id = (int)a->v[2].num,
		.mode = (int)at_args_int(a, 5, 0),
		.service = "SSLClient",
		.port = (uint16_t)a->v[4].num,
		.timeout_what = "negotiatetime",
	};

	if (qsslopen_check(txn) != 0)
		return at_fail_why(txn, why);
	if (sock_used(ctx->tls, open.id)) {
		/* As QIOPEN does: inf [SSL §3]. */
		sock_refuse(ctx->tls, open.id);
		return at_ok();
	}
	if (pdpctx_active(ctx->pdp, open.pdp))
		return qsslopen_start(txn, &open);
	why_set(why, ERR_NET_PDP_OPEN, GRADE_INF,
		"pdp %d is not active (AT+QIACT=%d first)", open.pdp, open.pdp);
	if (ctx->profile->ssl_pdp_down == SSL_FAIL_ERROR)
		return at_fail_why(txn, why);
	sock_attach(ctx->tls, &open, NULL, why);
	return at_ok();
}

/* --- +QSSLSEND, +QSSLRECV, +QSSLCLOSE, +QSSLSTATE ------------------------- */

static struct at_verdict ssl_qsslsend(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;

	return sockio_send(txn, at_args_int(&txn->args, 1, 0),
		ctx->profile->ssl_send_timeout);
}

static struct at_verdict ssl_qsslrecv(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int64_t len = txn->args.v[1].num;

	if (len > 0)
		return sockio_recv(txn, len);
	if (!ctx->profile->ssl_recv_zero)
		return at_fail(txn, ERR_NET_PARAM, GRADE_MAN,
			"argument 2 <read_length>: 0 is outside 1..1500 "
			"(ssl_recv_zero)");
	return sockio_recv_counters(txn);
}

static struct at_verdict ssl_qsslclose(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	int64_t time = at_args_int(&txn->args, 1, ctx->profile->ssl_close);
	int64_t unit = ctx->profile->ssl_close_ms ? 1 : 1000;

	return sockio_close(txn, (uint64_t)(time * unit));
}

static void print_state(struct at_txn *txn, int id)
{
	const struct cmd_ctx *ctx = txn->ctx;
	struct sock_info info;

	if (!sock_get(ctx->tls, id, &info))
		return;
	at_info(txn,
		"+QSSLSTATE: %d,\"%s\",\"%s\",%u,%u,%d,%d,%d,%d,\"uart1\",%d",
		id, info.service, info.addr.ip, info.addr.remote_port,
		info.addr.local_port, (int)info.state, info.pdp, id, info.mode,
		info.ssl);
}

static struct at_verdict ssl_qsslstate(struct at_txn *txn)
{
	if (txn->form == AT_FORM_WRITE) {
		print_state(txn, (int)txn->args.v[0].num);
		return at_ok();
	}
	for (int id = 0; id < SOCK_IDS; id++)
		print_state(txn, id);
	return at_ok();
}

/* clang-format off */
static const struct at_arg qsslopen_args[] = {
	{"pdpctxID",    AT_ARG_INT, 1, 16,             false},
	{"sslctxID",    AT_ARG_INT, 0, SSLCTX_IDS - 1, false},
	{"clientID",    AT_ARG_INT, 0, SOCK_IDS - 1,   false},
	{"serveraddr",  AT_ARG_STR, 1, 255,            false},
	{"server_port", AT_ARG_INT, 0, 65535,          false},
	{"access_mode", AT_ARG_INT, 0, 2,              true},
	{0},
};

static const struct at_arg qsslsend_args[] = {
	{"clientID", AT_ARG_INT, 0, SOCK_IDS - 1,  false},
	{"sendlen",  AT_ARG_INT, 1, SOCK_SEND_MAX, true},
	{0},
};

static const struct at_arg qsslrecv_args[] = {
	{"clientID", AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"readlen",  AT_ARG_INT, 0, 1500,         false},
	{0},
};

static const struct at_arg qsslclose_args[] = {
	{"clientID",      AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{"close_timeout", AT_ARG_INT, 0, 65535,        true},
	{0},
};

static const struct at_arg qsslstate_args[] = {
	{"clientID", AT_ARG_INT, 0, SOCK_IDS - 1, false},
	{0},
};

static const struct at_cmd rows[] = {
	{"+QSSLCFG", AT_FORM_TEST | AT_FORM_WRITE, NULL, ssl_qsslcfg,
	 AT_TEST_RUN, 300, GRADE_MAN, "[SSL §2]",
	 "a value of an SSL context (missing: dtls, dtlsversion, cacertex, psk, "
	 "closetimemode, session_cache, alpn, renegotiation, ignore* but "
	 "ignorelocaltime)"},
	{"+QSSLOPEN", AT_FORM_TEST | AT_FORM_WRITE, qsslopen_args, ssl_qsslopen,
	 "(1-16),(0-5),(0-11),<serveraddr>,<server_port>[,(0-2)]",
	 450000, GRADE_MAN, "[SSL §3]",
	 "open a TLS connection (no transparent mode)"},
	{"+QSSLSEND", AT_FORM_TEST | AT_FORM_WRITE, qsslsend_args, ssl_qsslsend,
	 "(0-11)[,(1-1460)]", 0, GRADE_MAN, "[SSL §4]",
	 "send after a prompt"},
	{"+QSSLRECV", AT_FORM_TEST | AT_FORM_WRITE, qsslrecv_args, ssl_qsslrecv,
	 "(0-11),(1-1500)", 0, GRADE_CAP, "[SSL §5]",
	 "read the buffer"},
	{"+QSSLCLOSE", AT_FORM_TEST | AT_FORM_WRITE, qsslclose_args, ssl_qsslclose,
	 "(0-11),(0-65535)", 10000, GRADE_MAN, "[SSL §6]",
	 "close a connection and free its id"},
	{"+QSSLSTATE", AT_FORM_TEST | AT_FORM_READ | AT_FORM_WRITE | AT_FORM_EXEC,
	 qsslstate_args, ssl_qsslstate, NULL, 300, GRADE_MAN, "[SSL §7]",
	 "list connections: all, one"},
	{0},
};
/* clang-format on */

const struct at_family at_family_ssl = {
	.name = "ssl",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = rows,
	.attach = ssl_attach,
};
