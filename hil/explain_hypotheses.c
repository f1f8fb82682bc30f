#include "hil/explain_script.h"

#include <string.h>

/*
 * What a trial may change, and when that makes sense for a log. The causes
 * are those of the rules with the same id (explain_rules.c).
 */

bool matter_is_tls(const struct matter *m)
{
	return m->tls.tls && strcmp(m->f->name, "+QSSLOPEN") == 0;
}

static bool about_open(const struct matter *m)
{
	return matter_is_tls(m) || strcmp(m->f->name, "+QIOPEN") == 0;
}

static bool about_config(const struct matter *m)
{
	return strcmp(m->f->name, "+QSSLCFG") == 0;
}

static bool about_sim(const struct matter *m)
{
	return m->f->family == CODE_CME && m->f->code >= 3 &&
	       m->f->code <= 18 && m->f->code != 16;
}

static bool about_pin(const struct matter *m)
{
	return m->f->family == CODE_CME && m->f->code == 16;
}

static bool about_room(const struct matter *m)
{
	return m->f->family == CODE_CME &&
	       (m->f->code == 403 || m->f->code == 420);
}

static bool about_size(const struct matter *m)
{
	return m->f->family == CODE_CME && m->f->code == 423;
}

static bool about_context(const struct matter *m)
{
	return strcmp(m->f->name, "+QIACT") == 0;
}

/* The log neither sets an APN nor uses a context before. */
static bool apn_not_shown(const struct matter *m)
{
	return about_context(m) && dialogue_last(m->d, m->f->exchange,
					   "+QICSGP", "") == NO_EXCHANGE;
}

static bool could_lack_breaks(const struct matter *m, enum tls_file i)
{
	const struct file_fact *f = &m->tls.file[i];

	return matter_is_tls(m) && f->used && f->name[0] != '\0' &&
	       (f->shapes == 0 || (f->shapes & SHAPE_NONE));
}

static bool ca_could_lack_breaks(const struct matter *m)
{
	return could_lack_breaks(m, TLS_CA);
}

static bool cert_could_lack_breaks(const struct matter *m)
{
	return could_lack_breaks(m, TLS_CERT);
}

static bool key_could_lack_breaks(const struct matter *m)
{
	return could_lack_breaks(m, TLS_KEY);
}

static bool judges_server(const struct matter *m)
{
	return matter_is_tls(m) && m->tls.file[TLS_CA].used &&
	       m->tls.file[TLS_CA].name[0] != '\0';
}

bool matter_presents_cert(const struct matter *m)
{
	return matter_is_tls(m) && m->tls.file[TLS_CERT].used &&
	       m->tls.file[TLS_CERT].name[0] != '\0' &&
	       m->tls.file[TLS_KEY].name[0] != '\0';
}

/* Too short: so its size is not one that a whole PEM file has. */
static bool could_be_cut(const struct matter *m, enum tls_file i)
{
	const struct file_fact *f = &m->tls.file[i];

	return matter_is_tls(m) && f->used && f->name[0] != '\0' &&
	       !f->absent && f->shapes == 0;
}

static bool ca_could_be_cut(const struct matter *m)
{
	return could_be_cut(m, TLS_CA);
}

static bool cert_could_be_cut(const struct matter *m)
{
	return could_be_cut(m, TLS_CERT);
}

static bool key_could_be_cut(const struct matter *m)
{
	return could_be_cut(m, TLS_KEY);
}

/* "ignorelocaltime" is 0, and the log does not show the clock. */
static bool clock_not_shown(const struct matter *m)
{
	return matter_is_tls(m) && script_sets_clock(m);
}

static bool unresolved(const struct matter *m)
{
	return m->f->type == FINDING_RESULT && m->f->family == CODE_NET &&
	       m->f->code == 565;
}

static bool saw(const struct matter *m, const char *a, const char *b)
{
	for (size_t i = 0; i < m->d->n_infos; i++)
		if (m->d->infos[i].line < m->f->line &&
			(strncmp(m->d->infos[i].text, a, strlen(a)) == 0 ||
				strncmp(m->d->infos[i].text, b, strlen(b)) ==
					0))
			return true;
	return false;
}

static bool lost_context(const struct matter *m)
{
	return saw(m, "+QIURC: \"pdpdeact\"", "+QIURC: \"pdpdeact\"");
}

static bool lost_peer(const struct matter *m)
{
	return !lost_context(m) && m->f->code != 563 &&
	       saw(m, "+QIURC: \"closed\"", "+QSSLURC: \"closed\"");
}

static bool presents_none(const struct matter *m)
{
	return matter_is_tls(m) && !matter_presents_cert(m);
}

static bool ca_not_shown(const struct matter *m)
{
	return judges_server(m) && m->tls.file[TLS_CA].upload == NO_EXCHANGE &&
	       !m->tls.file[TLS_CA].absent;
}

static bool context_not_shown(const struct matter *m)
{
	return about_open(m) && dialogue_last(m->d, m->d->n_exchanges, "+QIACT",
					"") == NO_EXCHANGE;
}

/* ERROR from the open itself: what a profile may do so. */
static bool open_refused(const struct matter *m)
{
	return matter_is_tls(m) && m->f->type == FINDING_FINAL;
}

static const struct hypothesis hypotheses[] = {
	{NULL, "what the host sent is enough, with a server that fits", NULL,
		NULL, {NULL}, NULL, 0},
	{"pem-no-breaks", "the CA file has no line breaks",
		ca_could_lack_breaks, NULL, {[TLS_CA] = "ca.crt breaks=none"},
		NULL, 0},
	{"pem-no-breaks", "the client certificate has no line breaks",
		cert_could_lack_breaks, NULL,
		{[TLS_CERT] = "device-1.crt breaks=none"}, NULL, 0},
	{"pem-no-breaks", "the private key has no line breaks",
		key_could_lack_breaks, NULL,
		{[TLS_KEY] = "device-1.key breaks=none"}, NULL, 0},
	{"upload-damaged", "the CA file lost its last 200 bytes",
		ca_could_be_cut, NULL, {[TLS_CA] = "ca.crt cut=200"}, NULL, 0},
	{"upload-damaged", "the client certificate lost its last 200 bytes",
		cert_could_be_cut, NULL, {[TLS_CERT] = "device-1.crt cut=200"},
		NULL, 0},
	{"upload-damaged", "the private key lost its last 200 bytes",
		key_could_be_cut, NULL, {[TLS_KEY] = "device-1.key cut=200"},
		NULL, 0},
	{"ca-missing", "the CA file was never uploaded", ca_not_shown, NULL,
		{[TLS_CA] = "-"}, NULL, 0},
	{"sni-off", "the server refuses clients that name no server",
		matter_is_tls, "require-sni", {NULL}, NULL, 0},
	{"client-cert-wanted", "the server insists on a client certificate",
		presents_none, "", {NULL}, NULL, 0},
	{"chain-not-linked", "the CA file is not the server's root",
		judges_server, NULL, {[TLS_CA] = "unknown-ca.crt"}, NULL, 0},
	{"chain-not-linked", "the server's root is signed with SHA-1",
		judges_server, "sha1-root", {[TLS_CA] = "ca-sha1.crt"}, NULL,
		0},
	{"chain-not-linked", "the server sends no intermediate certificate",
		judges_server, "no-intermediate", {NULL}, NULL, 0},
	{"ecdsa-server", "the server has an ECDSA certificate only",
		matter_is_tls, "ecdsa", {NULL}, NULL, 0},
	{"wrong-name", "the server's certificate is for another name",
		matter_is_tls, "wrong-name", {NULL}, NULL, 0},
	{"clock-unset", "the server's certificate has expired", matter_is_tls,
		"expired", {NULL}, NULL, 0},
	{"clock-unset", "the module's clock was never set", clock_not_shown,
		NULL, {NULL}, NULL, TRIAL_NO_CLOCK},
	{"key-mismatch", "the private key is another certificate's",
		matter_presents_cert, NULL, {[TLS_KEY] = "unknown-client.key"},
		NULL, 0},
	{"client-cert-refused",
		"the server does not know the client certificate",
		matter_presents_cert, NULL,
		{[TLS_CERT] = "unknown-client.crt",
			[TLS_KEY] = "unknown-client.key"},
		NULL, 0},
	{"client-cert-refused",
		"the server knows the client certificate, and it is not active",
		matter_presents_cert, "inactive", {NULL}, NULL, 0},
	{"version-not-met", "the server speaks TLS 1.3 alone", matter_is_tls,
		"tls=1.3", {NULL}, NULL, 0},
	{"tcp-refused", "nobody listens at the address", about_open, NULL,
		{NULL}, NULL, TRIAL_REFUSED},
	{"no-answer", "it connects, and then no byte comes", about_open, NULL,
		{NULL}, NULL, TRIAL_SILENT},
	{"context-down", "the context was not active", context_not_shown, NULL,
		{NULL}, NULL, TRIAL_NO_CONTEXT},
	{"access-mode", "the firmware wants QSSLOPEN's access mode",
		open_refused, NULL, {NULL}, "[ssl]\nmode_required = true\n", 0},
	{"pem-no-breaks",
		"the CA file has no line breaks, and the open says so at once",
		open_refused, NULL, {[TLS_CA] = "ca.crt breaks=none"},
		"[ssl]\nfile_fail = error\n", 0},
	{"key-of-newer-firmware",
		"the firmware is of 2017, with eight settings", about_config,
		NULL, {NULL},
		"[ssl]\nkeys = sslversion,ciphersuite,cacert,clientcert,"
		"clientkey,seclevel,ignorelocaltime,negotiatetime\n",
		0},
	{"sim-absent", "there is no SIM", about_sim, NULL, {NULL},
		"[sim]\ninserted = false\n", 0},
	{"sim-locked", "the SIM asks for a PIN", about_sim, NULL, {NULL},
		"[sim]\npin = 1234\n", 0},
	{"pin-wrong", "the SIM's PIN is another one", about_pin, NULL, {NULL},
		"[sim]\npin = 8765\n", 0},
	{"no-room", "the storage is nearly full", about_room, NULL, {NULL},
		"[files]\nufs_total = 10\nram_total = 10\n", 0},
	{"no-room", "the file is larger than the whole storage", about_size,
		NULL, {NULL},
		"[files]\nufs_total = 10\nram_total = 10\n"
		"code_too_large = 423\n",
		0},
	{"no-apn", "the context has no APN", apn_not_shown, NULL, {NULL}, NULL,
		TRIAL_NO_APN},
	{"registration-denied", "the network refuses the SIM", about_context,
		NULL, {NULL}, "[reg]\ncreg = 3\ncgreg = 3\ncereg = 3\n", 0},
	/* What fits, but cannot be tried; `config` says why. */
	{"name-not-resolved", "the name does not exist", unresolved, NULL,
		{NULL}, "no name server is asked from here", TRIAL_UNABLE},
	{"context-lost", "the network took the context away", lost_context,
		NULL, {NULL}, "a trial cannot take it away at the right time",
		TRIAL_UNABLE},
	{"peer-closed", "the peer closed the connection", lost_peer, NULL,
		{NULL}, "the server of a trial does not close by itself",
		TRIAL_UNABLE},
};

/* When the recorded files fail: the same with files as they should be. */
const struct hypothesis explain_repair = {NULL,
	"the same with the line breaks put back", NULL, NULL,
	{"ca.crt breaks=lf", "device-1.crt breaks=lf",
		"device-1.key breaks=lf"},
	NULL, 0};

const struct hypothesis *explain_hypotheses(size_t *n)
{
	*n = sizeof(hypotheses) / sizeof(*hypotheses);
	return hypotheses;
}
