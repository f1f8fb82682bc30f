#include "cmd/qicfg.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "cmd/ctx.h"
#include "svc/sock.h"

/* +QICFG [TCP §10.4]. */

enum { KEY_VALUES = 4 };

/* What becomes of a value that is not the default. */
enum key_use {
	KEY_USED,
	KEY_KEPT,    /* kept and shown; nothing at this port depends on it */
	KEY_MISSING, /* a real firmware has the key, we do not */
};

struct qicfg_range {
	int min, max, def;
};

struct qicfg_key {
	const char *name;
	enum key_use use;
	size_t field; /* of struct qicfg */
	int n;	      /* values */
	struct qicfg_range v[KEY_VALUES];
	const char *test; /* what =? prints */
};

#define FIELD(f) offsetof(struct qicfg, f)

/* clang-format off */
static const struct qicfg_key keys[] = {
	{"transpktsize", KEY_USED, FIELD(transpktsize), 1,
	 {{1, 1460, 1024}}, "(1-1460)"},
	{"transwaittm", KEY_USED, FIELD(transwaittm), 1,
	 {{0, 20, 2}}, "(0-20)"},
	{"dataformat", KEY_USED, FIELD(dataformat), 2,
	 {{0, 1, 0}, {0, 1, 0}}, "(0,1),(0,1)"},
	{"viewmode", KEY_USED, FIELD(viewmode), 1,
	 {{0, 1, 0}}, "(0,1)"},
	{"tcp/retranscfg", KEY_USED, FIELD(retranscfg), 2,
	 {{3, 20, 12}, {5, 1000, 600}}, "(3-20),(5-1000)"},
	{"dns/cache", KEY_USED, FIELD(dns_cache), 1,
	 {{0, 1, 1}}, "(0,1)"},
	{"qisend/timeout", KEY_USED, FIELD(send_timeout), 1,
	 {{0, 3600, 0}}, "(0-3600)"},
	{"passiveclosed", KEY_USED, FIELD(passiveclosed), 1,
	 {{0, 1, 0}}, "(0,1)"},
	{"udp/readmode", KEY_USED, FIELD(udp_readmode), 1,
	 {{0, 1, 0}}, "(0,1)"},
	{"udp/sendmode", KEY_KEPT, FIELD(udp_sendmode), 1,
	 {{0, 1, 0}}, "(0,1)"},
	{"tcp/accept", KEY_USED, FIELD(tcp_accept), 1,
	 {{0, 1, 1}}, "(0,1)"},
	{"recvind", KEY_USED, FIELD(recvind), 1,
	 {{0, 1, 0}}, "(0,1)"},
	{"tcp/keepalive", KEY_USED, FIELD(keepalive), 4,
	 {{0, 1, 0}, {1, 120, 120}, {25, 100, 75}, {3, 10, 9}},
	 "(0,1),(1-120),(25-100),(3-10)"},
	{"recv/buffersize", KEY_USED, FIELD(buffersize), 1,
	 {{10240, 524288, 10240}}, "(10240-524288)"},
	/* In lists of newer EG25-G firmware. */
	{"window/scale",    KEY_MISSING, 0, 0, {{0, 0, 0}}, NULL},
	{"send/buffersize", KEY_MISSING, 0, 0, {{0, 0, 0}}, NULL},
	{"send/auto",       KEY_MISSING, 0, 0, {{0, 0, 0}}, NULL},
	{"recv/ignore",     KEY_MISSING, 0, 0, {{0, 0, 0}}, NULL},
	{"wakeup/data",     KEY_MISSING, 0, 0, {{0, 0, 0}}, NULL},
};
/* clang-format on */

enum { N_KEYS = sizeof(keys) / sizeof(*keys) };

static int *key_field(struct qicfg *cfg, const struct qicfg_key *key)
{
	return (int *)((char *)cfg + key->field);
}

void qicfg_default(struct qicfg *cfg, const struct profile *profile)
{
	for (size_t i = 0; i < N_KEYS; i++)
		for (int v = 0; v < keys[i].n; v++)
			key_field(cfg, &keys[i])[v] = keys[i].v[v].def;
	cfg->send_timeout = (int)profile->tcp_send_timeout;
	cfg->buffersize = (int)profile->tcp_buffer;
}

void qicfg_apply(struct cmd_ctx *ctx)
{
	const struct qicfg *cfg = &ctx->qicfg;
	const struct sock_patience patience = {
		.retransmissions = (unsigned int)cfg->retranscfg[0],
		.longest_ms = (unsigned int)cfg->retranscfg[1] * 100,
		.keepalive = cfg->keepalive[0] != 0,
		.idle_s = (unsigned int)cfg->keepalive[1] * 60,
		.interval_s = (unsigned int)cfg->keepalive[2],
		.count = (unsigned int)cfg->keepalive[3],
	};

	sock_table_set_buffer(ctx->tcp, (size_t)cfg->buffersize);
	sock_table_set_accept(ctx->tcp, cfg->tcp_accept != 0);
	sock_table_join_datagrams(ctx->tcp, cfg->udp_readmode != 0);
	sock_be_patient(ctx->net, &patience);
}

static const struct qicfg_key *key_find(const char *name, size_t len)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (strlen(keys[i].name) == len &&
			strncasecmp(keys[i].name, name, len) == 0)
			return &keys[i];
	return NULL;
}

/* One line a key, in the order of the profile: kin EG25-G. */
static struct at_verdict qicfg_test(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const char *list = ctx->profile->tcp_keys;

	while (*list != '\0') {
		size_t len = strcspn(list, ",");
		const struct qicfg_key *key = key_find(list, len);

		list += len + (list[len] == ',');
		if (key != NULL && key->use != KEY_MISSING)
			at_info(txn, "+QICFG: \"%s\",%s", key->name, key->test);
	}
	return at_ok();
}

/* The key of this command, or NULL with the reason. */
static const struct qicfg_key *qicfg_key(struct at_txn *txn)
{
	const struct cmd_ctx *ctx = txn->ctx;
	const struct at_value *name = &txn->args.v[0];
	const struct qicfg_key *key = key_find(name->text, name->len);

	if (key != NULL && key->use == KEY_MISSING) {
		why_set(&txn->scratch, ERR_NOT_MODELLED, GRADE_KIN,
			"\"%s\" is in the lists of newer firmware but not "
			"modelled",
			key->name);
		return NULL;
	}
	if (key == NULL ||
		!profile_list_has(ctx->profile->tcp_keys, key->name)) {
		why_set(&txn->scratch, ERR_NET_PARAM, GRADE_MAN,
			"\"%s\" is not a key of this firmware; it has %s "
			"(tcp_keys)",
			name->text, ctx->profile->tcp_keys);
		return NULL;
	}
	return key;
}

static struct at_verdict qicfg_query(
	struct at_txn *txn, const struct qicfg_key *key)
{
	struct cmd_ctx *ctx = txn->ctx;
	const int *v = key_field(&ctx->qicfg, key);

	if (key->n == 4 && v[0] != 0)
		at_info(txn, "+QICFG: \"%s\",%d,%d,%d,%d", key->name, v[0],
			v[1], v[2], v[3]);
	else if (key->n == 2)
		at_info(txn, "+QICFG: \"%s\",%d,%d", key->name, v[0], v[1]);
	else
		at_info(txn, "+QICFG: \"%s\",%d", key->name, v[0]);
	return at_ok();
}

static int qicfg_check(struct at_txn *txn, const struct qicfg_key *key)
{
	struct at_arg spec[KEY_VALUES + 2] = {
		{"key", AT_ARG_STR, 1, 64, false}};

	for (int i = 0; i < key->n; i++)
		spec[i + 1] = (struct at_arg){key->name, AT_ARG_INT,
			key->v[i].min, key->v[i].max,
			/* `"tcp/keepalive",0` alone is fine. */
			i > 0 && key->n == KEY_VALUES};
	return at_args_check(&txn->args, spec, ERR_NET_PARAM, &txn->scratch);
}

static struct at_verdict tcp_qicfg(struct at_txn *txn)
{
	static const struct at_arg head[] = {
		{"key", AT_ARG_STR, 1, 64, false},
		{0},
	};
	struct cmd_ctx *ctx = txn->ctx;
	struct at_args name = txn->args;
	const struct qicfg_key *key;

	if (txn->form == AT_FORM_TEST)
		return qicfg_test(txn);
	/* The key alone: what follows is checked by it. */
	if (name.n > 1)
		name.n = 1;
	if (at_args_check(&name, head, ERR_NET_PARAM, &txn->scratch) != 0)
		return at_fail_why(txn, &txn->scratch);
	key = qicfg_key(txn);
	if (key == NULL)
		return at_fail_why(txn, &txn->scratch);
	if (txn->args.n == 1)
		return qicfg_query(txn, key);
	if (qicfg_check(txn, key) != 0)
		return at_fail_why(txn, &txn->scratch);
	for (int i = 0; i < key->n; i++)
		if (at_args_has(&txn->args, (size_t)i + 1))
			key_field(&ctx->qicfg, key)[i] =
				(int)txn->args.v[i + 1].num;
	qicfg_apply(ctx);
	return at_ok();
}

static void qicfg_attach(void *arg)
{
	struct cmd_ctx *ctx = arg;

	qicfg_default(&ctx->qicfg, ctx->profile);
}

/* clang-format off */
static const struct at_cmd rows[] = {
	{"+QICFG", AT_FORM_TEST | AT_FORM_WRITE, NULL, tcp_qicfg,
	 AT_TEST_RUN, 300, GRADE_MAN, "[TCP §10.4]",
	 "settings of sockets (kept without effect: udp/sendmode, as what is "
	 "sent at once is one datagram in either mode; a window that stays "
	 "shut counts for tcp/retranscfg, too, and with tcp/keepalive the "
	 "system's own limit stands for it; not modelled, in lists "
	 "of newer EG25-G firmware: window/scale, send/buffersize, send/auto, "
	 "recv/ignore, wakeup/data)"},
	{0},
};
/* clang-format on */

const struct at_family at_family_qicfg = {
	.name = "qicfg",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = rows,
	.attach = qicfg_attach,
};
