#include "tls_mcu.h"

#include <stdio.h>
#include <string.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/oid.h>
#include <mbedtls/ssl.h>

#include "board.h"
#include "civil.h"
#include "config.h"
#include "link.h"
#include "modem.h"
#include "stream.h"
#include "tls_wire.h"

/* Measured peak: 37.5 KB and 120 blocks with RSA-2048 and P-256 chains of
 * three, 64-bit pointers. The rest is for longer chains and RSA-4096. */
#define POOL_SIZE    (64 * 1024)
#define HANDSHAKE_MS 120000

#ifdef WIOFW_ARTICLE
const char tls_mcu_build[] = "article build: no SHA-1, no dates, no (EC)DHE, "
			     "timer as generator, init() result ignored";
#else
const char tls_mcu_build[] = "";
#endif

/* mbedTLS keeps its pool in globals, so the one connection may be static. */
static struct tls_mcu {
	bool up; /* mbedTLS objects are initialised */
	struct tls_wire wire;
	const struct tls_request *q; /* during tls_mcu_open */
	char judged[160];	     /* what our own verification found */
	char leaf[96];		     /* whom the server's certificate names */
	char issuer[96];	     /* who signed the top of its chain */
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context drbg;
	mbedtls_x509_crt ca;
	mbedtls_x509_crt cert;
	mbedtls_pk_context key;
	mbedtls_ssl_config conf;
	mbedtls_ssl_context ssl;
} tls;

static _Alignas(8) unsigned char pool[POOL_SIZE];
static size_t pool_peak; /* of connections that are closed */

static int fail(struct reason *r, const char *what, int err)
{
	char text[120];

	mbedtls_strerror(err, text, sizeof(text));
	return reason_set(r, "tls", "%s: -0x%04X (%s)", what,
		(unsigned)(err < 0 ? -err : err), text);
}

/* ---- randomness ---- */

#ifdef WIOFW_ARTICLE
/* The article's generator, "do not imitate this": millis() for every four
 * bytes [CLIENT D]. It must never leave the bench. */
#if !defined(WIOFW_HOST) && !defined(WIOFW_VIRTUAL_ONLY)
#error "the article build has no randomness: it does not run on hardware"
#endif
static int article_random(void *ctx, unsigned char *buf, size_t len)
{
	const struct board *b = ctx;

	for (size_t i = 0; i < len; i += 4) {
		uint32_t ms = b->now_ms(b->ctx);

		memcpy(buf + i, &ms, len - i < 4 ? len - i : 4);
	}
	return 0;
}

static int seed(const struct board *b, struct reason *r)
{
	(void)r;
	mbedtls_ssl_conf_rng(&tls.conf, article_random, (void *)(uintptr_t)b);
	return 0;
}
#else
static int board_entropy(void *ctx, unsigned char *buf, size_t len, size_t *got)
{
	const struct board *b = ctx;

	*got = 0;
	if (b->entropy(b->ctx, buf, len) != 0)
		return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
	*got = len;
	return 0;
}

static int seed(const struct board *b, struct reason *r)
{
	int err = mbedtls_entropy_add_source(&tls.entropy, board_entropy,
		(void *)(uintptr_t)b, 32, MBEDTLS_ENTROPY_SOURCE_STRONG);

	if (err == 0)
		err = mbedtls_ctr_drbg_seed(&tls.drbg, mbedtls_entropy_func,
			&tls.entropy, (const unsigned char *)"wiofw", 5);
	if (err != 0)
		return fail(r, "random generator", err);
	mbedtls_ssl_conf_rng(&tls.conf, mbedtls_ctr_drbg_random, &tls.drbg);
	return 0;
}
#endif

/* ---- parsing ---- */

static int parse_failed(struct reason *r, const char *what, int err)
{
	char head[80];

	snprintf(head, sizeof(head), "%s refused at parse", what);
	if (err > 0)
		return reason_set(r, "tls",
			"%s: %d certificate(s) in it cannot be read", head,
			err);
	fail(r, head, err);
#ifndef MBEDTLS_SHA1_C
	if (err == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG +
				MBEDTLS_ERR_OID_NOT_FOUND ||
		err == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG)
		reason_add(r, ": SHA-1 is not compiled in");
#endif
	if (err == MBEDTLS_ERR_X509_INVALID_FORMAT ||
		err == MBEDTLS_ERR_X509_CERT_UNKNOWN_FORMAT)
		reason_add(r,
			": not PEM as it should be; it needs its line breaks");
	return -1;
}

static int parse_crt(mbedtls_x509_crt *crt, const struct pem *p,
	const char *what, struct reason *r)
{
	int err = mbedtls_x509_crt_parse(
		crt, (const unsigned char *)p->data, p->len + 1);

	return err == 0 ? 0 : parse_failed(r, what, err);
}

static int parse_all(const struct config *c, struct reason *r)
{
	const struct pem *key = &c->pem[CONFIG_PEM_KEY];
	int err;

	if (c->seclevel >= 1 && parse_crt(&tls.ca, &c->pem[CONFIG_PEM_CA],
					"root certificate", r) != 0)
		return -1;
	if (c->seclevel < 2)
		return 0;
	if (parse_crt(&tls.cert, &c->pem[CONFIG_PEM_CERT], "client certificate",
		    r) != 0)
		return -1;
	err = mbedtls_pk_parse_key(&tls.key, (const unsigned char *)key->data,
		key->len + 1, NULL, 0);
	if (err != 0)
		return parse_failed(r, "client key", err);
	if (mbedtls_pk_check_pair(&tls.cert.pk, &tls.key) != 0)
		return reason_set(r, "tls",
			"the client key does not belong to the client "
			"certificate");
	return 0;
}

/* ---- verification ---- */

static void name_text(char *out, size_t max, const mbedtls_x509_name *name)
{
	if (mbedtls_x509_dn_gets(out, max, name) < 0)
		snprintf(out, max, "(a name longer than %u)", (unsigned)max);
}

#ifndef WIOFW_ARTICLE
static int64_t seconds(const mbedtls_x509_time *t)
{
	return civil_seconds(t->year, t->mon, t->day, t->hour, t->min, t->sec);
}

static void judge_date(const mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	const mbedtls_x509_time *t = NULL;
	const char *word = "";
	char name[96];

	if (tls.q->clock < seconds(&crt->valid_from)) {
		*flags |= MBEDTLS_X509_BADCERT_FUTURE;
		t = &crt->valid_from;
		word = "not valid before";
	} else if (tls.q->clock > seconds(&crt->valid_to)) {
		*flags |= MBEDTLS_X509_BADCERT_EXPIRED;
		t = &crt->valid_to;
		word = "expired on";
	}
	if (!t || tls.judged[0])
		return;
	name_text(name, sizeof(name), &crt->subject);
	snprintf(tls.judged, sizeof(tls.judged),
		"%s (depth %d) %s %04d-%02d-%02d, the modem's clock says %s",
		name, depth, word, t->year, t->mon, t->day, tls.q->clock_text);
}

#endif

/* mbedtls_ssl_set_hostname both sends the name and has it judged. Without
 * SNI the name must still be judged. */
static void judge_name(mbedtls_x509_crt *crt, uint32_t *flags)
{
	uint32_t own = 0;

	mbedtls_x509_crt_verify(
		crt, &tls.ca, NULL, tls.q->config->host, &own, NULL, NULL);
	*flags |= own & MBEDTLS_X509_BADCERT_CN_MISMATCH;
}

/* Called top first, leaf last. */
static int judge(void *arg, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
	const struct config *c = tls.q->config;

	(void)arg;
	if (!tls.issuer[0])
		name_text(tls.issuer, sizeof(tls.issuer), &crt->issuer);
	if (depth == 0)
		name_text(tls.leaf, sizeof(tls.leaf), &crt->subject);
#ifndef WIOFW_ARTICLE
	if (c->dates)
		judge_date(crt, depth, flags);
#endif
	if (depth == 0 && !c->sni)
		judge_name(crt, flags);
	return 0;
}

static void add_verify(struct reason *r, uint32_t flags)
{
	const uint32_t dates =
		MBEDTLS_X509_BADCERT_FUTURE | MBEDTLS_X509_BADCERT_EXPIRED;
	char text[200];
	char *p;

	if (tls.judged[0]) {
		reason_add(r, ": %s", tls.judged);
		flags &= ~dates;
	}
	if (flags == 0 || flags == UINT32_MAX)
		return;
	mbedtls_x509_crt_verify_info(text, sizeof(text), "", flags);
	for (p = strchr(text, '\n'); p; p = strchr(p, '\n'))
		*p = p[1] ? ';' : '\0';
	reason_add(r, ": %s", text);
	if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH)
		reason_add(r, " (%s)", tls.leaf);
	if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) {
		name_text(text, sizeof(text), &tls.ca.subject);
		reason_add(r, " (its chain ends at %s, our root is %s)",
			tls.issuer, text);
	}
}

/* ---- records through the link ---- */

/* What was lost shows when the handshake reads on, or in send_failed(). */
static int bio_send(void *ctx, const unsigned char *buf, size_t len)
{
	tls_wire_send(ctx, buf, len);
	return (int)len;
}

static int bio_recv(void *ctx, unsigned char *buf, size_t len)
{
	int n = tls_wire_recv(ctx, buf, len);

	return n < 0 ? MBEDTLS_ERR_SSL_TIMEOUT : n;
}

static const char *alert_name(unsigned alert)
{
	static const struct {
		unsigned alert;
		const char *name;
	} names[] = {
		{10, "unexpected message"},
		{20, "bad record MAC"},
		{40, "handshake failure: no common suite, or a client "
		     "certificate is wanted"},
		{42, "bad certificate"},
		{43, "unsupported certificate"},
		{44, "certificate revoked"},
		{45, "certificate expired"},
		{46, "certificate unknown: not accepted, or not active"},
		{47, "illegal parameter"},
		{48, "unknown CA: our certificate's issuer is not trusted"},
		{49, "access denied"},
		{50, "decode error"},
		{51, "decrypt error"},
		{70, "protocol version"},
		{71, "insufficient security"},
		{80, "internal error"},
		{112, "unrecognized name"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].alert == alert)
			return names[i].name;
	return "an alert without a name here";
}

/* err of step what, with all that is known about it. */
static int explain(struct reason *r, const char *what, int err)
{
	if (err == MBEDTLS_ERR_SSL_TIMEOUT && tls.wire.why.code)
		return reason_set(r, tls.wire.why.code, "%s: %.300s", what,
			tls.wire.why.text);
	if (err == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		return reason_set(r, "tls", "%s: the server sent alert %u (%s)",
			what, tls.ssl.in_msg[1], alert_name(tls.ssl.in_msg[1]));
	if (err == MBEDTLS_ERR_SSL_CONN_EOF)
		return reason_set(r, "tls",
			"%s: the server closed without an alert", what);
	if (err != MBEDTLS_ERR_X509_CERT_VERIFY_FAILED)
		return fail(r, what, err);
	reason_set(r, "tls", "%s: server certificate refused (-0x%04X)", what,
		(unsigned)-err);
	add_verify(r, mbedtls_ssl_get_verify_result(&tls.ssl));
	return -1;
}

/* ---- connection ---- */

static int setup_ssl(
	const struct board *b, const struct config *c, struct reason *r)
{
	int err;

	err = mbedtls_ssl_config_defaults(&tls.conf, MBEDTLS_SSL_IS_CLIENT,
		MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
	if (err != 0)
		return fail(r, "TLS defaults", err);
	if (seed(b, r) != 0)
		return -1;
	mbedtls_ssl_conf_min_version(&tls.conf, MBEDTLS_SSL_MAJOR_VERSION_3,
		MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_authmode(
		&tls.conf, c->seclevel >= 1 ? MBEDTLS_SSL_VERIFY_REQUIRED
					    : MBEDTLS_SSL_VERIFY_NONE);
	mbedtls_ssl_conf_ca_chain(&tls.conf, &tls.ca, NULL);
	mbedtls_ssl_conf_verify(&tls.conf, judge, NULL);
	if (c->seclevel >= 2) {
		err = mbedtls_ssl_conf_own_cert(&tls.conf, &tls.cert, &tls.key);
		if (err != 0)
			return fail(r, "client certificate", err);
	}
	err = mbedtls_ssl_setup(&tls.ssl, &tls.conf);
	if (err == 0 && c->sni)
		err = mbedtls_ssl_set_hostname(&tls.ssl, c->host);
	return err == 0 ? 0 : fail(r, "TLS set-up", err);
}

static void init_objects(void)
{
	mbedtls_memory_buffer_alloc_init(pool, sizeof(pool));
	mbedtls_entropy_init(&tls.entropy);
	mbedtls_ctr_drbg_init(&tls.drbg);
	mbedtls_x509_crt_init(&tls.ca);
	mbedtls_x509_crt_init(&tls.cert);
	mbedtls_pk_init(&tls.key);
	mbedtls_ssl_config_init(&tls.conf);
	mbedtls_ssl_init(&tls.ssl);
	tls.judged[0] = '\0';
	tls.leaf[0] = '\0';
	tls.issuer[0] = '\0';
	tls.up = true;
}

static size_t current_peak(void)
{
	size_t bytes = 0, blocks;

	if (tls.up)
		mbedtls_memory_buffer_alloc_max_get(&bytes, &blocks);
	return bytes > pool_peak ? bytes : pool_peak;
}

void tls_mcu_memory(size_t *size, size_t *peak)
{
	*size = POOL_SIZE;
	*peak = current_peak();
}

static void free_objects(void)
{
	if (!tls.up)
		return;
	pool_peak = current_peak();
	mbedtls_ssl_free(&tls.ssl);
	mbedtls_ssl_config_free(&tls.conf);
	mbedtls_pk_free(&tls.key);
	mbedtls_x509_crt_free(&tls.cert);
	mbedtls_x509_crt_free(&tls.ca);
	mbedtls_ctr_drbg_free(&tls.drbg);
	mbedtls_entropy_free(&tls.entropy);
	mbedtls_memory_buffer_alloc_free();
	tls.up = false;
}

static int shake_hands(struct reason *r)
{
	int err;

	mbedtls_ssl_set_bio(&tls.ssl, &tls.wire, bio_send, bio_recv, NULL);
	tls_wire_limit(&tls.wire, HANDSHAKE_MS);
	err = mbedtls_ssl_handshake(&tls.ssl);
	return err == 0 ? 0 : explain(r, "handshake", err);
}

static int open_tcp(struct link *l, const struct config *c, struct reason *r)
{
	char command[CONFIG_HOST_MAX + 64];

	snprintf(command, sizeof(command),
		"AT+QIOPEN=%d,%d,\"TCP\",\"%s\",%ld,0,0", MODEM_PDP, l->id,
		c->host, c->port);
	return link_open(l, command, r);
}

#ifdef WIOFW_ARTICLE
/*
 * The article's client ignored that init() had failed: it opened the socket
 * and asked an empty SSL context to shake hands. The context has no session,
 * so its verify result is "none", all bits set, which the article's sketch
 * printed as every certificate fault at once. One line instead.
 */
static int article_goes_on(
	struct link *l, const struct config *c, struct reason *r)
{
	struct reason init = *r;
	uint32_t result;
	int err;

	if (open_tcp(l, c, r) != 0)
		return -1;
	err = mbedtls_ssl_handshake(&tls.ssl);
	result = mbedtls_ssl_get_verify_result(&tls.ssl);
	link_close(l);
	return reason_set(r, "tls",
		"%.200s; init()'s result ignored as in the article: socket "
		"opened, handshake -0x%04X, nothing sent, verify result "
		"0x%08lX means no result, not every fault",
		init.text, (unsigned)-err, (unsigned long)result);
}
#endif

int tls_mcu_open(struct link *l, const struct tls_request *q,
	const struct note *note, struct reason *r)
{
	tls_mcu_close();
#ifndef WIOFW_ARTICLE
	tls_note_clock(q, note);
#endif
	init_objects();
	tls_wire_init(&tls.wire, l);
	tls.q = q;
	if (parse_all(q->config, r) != 0 ||
		setup_ssl(l->at->board, q->config, r) != 0) {
#ifdef WIOFW_ARTICLE
		article_goes_on(l, q->config, r);
#endif
		goto out;
	}
	if (open_tcp(l, q->config, r) != 0)
		goto out;
	if (shake_hands(r) != 0) {
		link_close(l);
		goto out;
	}
	note_say(note, "TLS is up: %s, %s", mbedtls_ssl_get_version(&tls.ssl),
		mbedtls_ssl_get_ciphersuite(&tls.ssl));
	tls.q = NULL;
	return 0;
out:
	free_objects();
	return -1;
}

/* As mbedtls_ssl_read, to which two empty records in a row look like an end. */
static int read_some(uint8_t *buf, size_t max)
{
	int n;

	do {
		n = mbedtls_ssl_read(&tls.ssl, buf, max);
	} while (n == 0 && !tls.wire.ended);
	return n;
}

/* What bio_send claimed was not done: for the alert that says why, or with
 * what it kept. Data may come before the alert. */
static int send_failed(struct reason *r)
{
	unsigned char buf[64];
	int n;

	do {
		n = read_some(buf, sizeof(buf));
	} while (n > 0);
	if (n != MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE)
		n = MBEDTLS_ERR_SSL_TIMEOUT;
	return explain(r, "TLS write", n);
}

int tls_mcu_send(void *ctx, const uint8_t *buf, size_t len, struct reason *r)
{
	int n;

	(void)ctx;
	while (len > 0) {
		n = mbedtls_ssl_write(&tls.ssl, buf, len);
		if (n <= 0)
			return explain(r, "TLS write", n);
		if (tls.wire.send_lost)
			return send_failed(r);
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

int tls_mcu_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r)
{
	int n;

	(void)ctx;
	tls_wire_limit(&tls.wire, timeout_ms);
	n = read_some(buf, max);
	if (n > 0)
		return n;
	if (n == 0) {
		explain(r, "TLS read", MBEDTLS_ERR_SSL_CONN_EOF);
		return STREAM_CUT;
	}
	if (n == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		return 0;
	explain(r, "TLS read", n);
	return n == MBEDTLS_ERR_SSL_TIMEOUT && tls.wire.timed_out
		       ? STREAM_TIMEOUT
		       : -1;
}

void tls_mcu_close(void)
{
	const struct link *l = tls.wire.link;

	if (tls.up && l && l->open && !l->closed)
		mbedtls_ssl_close_notify(&tls.ssl);
	tls.wire.link = NULL;
	free_objects();
}
