#include "svc/sslctx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pem.h"
#include "base/profile.h"
#include "net/net.h"
#include "net/tls.h"
#include "svc/filestore.h"
#include "svc/rtc.h"

/* More than any list of codes that a firmware prints [SSL §2.4]. */
enum { SUITES_MAX = 64, SUITE_ALL = 0xffff };

enum { SSL_HOST_MAX = 256 };

/* What session_cache keeps: for one server, and values as they were. */
struct cache {
	struct tls_session *session;
	char host[SSL_HOST_MAX];
	uint16_t port;
	struct sslctx_conf with;
};

struct sslctx {
	const struct profile *profile;
	struct net *net;
	struct filestore *files;
	struct rtc *rtc;
	struct fault_set *faults;
	void (*keylog)(void *arg, const char *line);
	void *keylog_arg;
	struct sslctx_conf conf[SSLCTX_IDS];
	struct cache caches[SSLCTX_IDS];
};

/* What an open reads from the file store; released when it returns. */
struct inputs {
	struct tls_file ca, ca_more, cert, key;
	void *data[4];
	uint16_t suites[SUITES_MAX + 1];
};

/* --- sessions ---------------------------------------------------------- */

static void cache_drop(struct cache *cache)
{
	/* An idle modem does not touch these pages. */
	if (cache->session == NULL)
		return;
	tls_session_drop(cache->session);
	explicit_bzero(cache, sizeof(*cache));
}

static void cache_drop_all(struct sslctx *s)
{
	for (int id = 0; id < SSLCTX_IDS; id++)
		cache_drop(&s->caches[id]);
}

/*
 * The session to resume, one a context [asm: how many a modem keeps is not
 * known]. Its certificate was judged by the values of then, so other values
 * start anew.
 */
static struct tls_session *cache_get(
	struct sslctx *s, int id, const char *host, uint16_t port)
{
	struct cache *cache = &s->caches[id];
	const struct sslctx_conf *conf = &s->conf[id];

	if (!conf->session_cache) {
		cache_drop(cache);
		return NULL;
	}
	/* Padding that differs would only start anew. */
	if (cache->session != NULL && cache->port == port &&
		strcmp(cache->host, host) == 0 &&
		/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
		memcmp(&cache->with, conf, sizeof(*conf)) == 0)
		return cache->session;
	cache_drop(cache);
	if (strlen(host) >= sizeof(cache->host))
		return NULL;
	cache->session = tls_session_new();
	if (cache->session == NULL)
		return NULL;
	snprintf(cache->host, sizeof(cache->host), "%s", host);
	cache->port = port;
	memcpy(&cache->with, conf, sizeof(*conf));
	return cache->session;
}

/* --- contexts ---------------------------------------------------------- */

struct sslctx *sslctx_new(const struct profile *profile, struct net *net,
	struct filestore *files, struct rtc *rtc)
{
	struct sslctx *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->profile = profile;
	s->net = net;
	s->files = files;
	s->rtc = rtc;
	sslctx_reset(s);
	return s;
}

void sslctx_free(struct sslctx *s)
{
	if (s == NULL)
		return;
	cache_drop_all(s);
	explicit_bzero(s->conf, sizeof(s->conf));
	free(s);
}

void sslctx_reset(struct sslctx *s)
{
	const struct profile *p = s->profile;
	const struct sslctx_conf first = {
		.version = (int)p->ssl_sslversion,
		.suite = (uint32_t)p->ssl_ciphersuite,
		.seclevel = (int)p->ssl_seclevel,
		.ignore_local_time = p->ssl_ignorelocaltime,
		.negotiate_s = (int)p->ssl_negotiatetime,
		.sni = p->ssl_sni,
		.close_ms = p->ssl_close_ms,
	};

	cache_drop_all(s);
	explicit_bzero(s->conf, sizeof(s->conf));
	for (int id = 0; id < SSLCTX_IDS; id++)
		memcpy(&s->conf[id], &first, sizeof(first));
}

struct sslctx_conf *sslctx_conf(struct sslctx *s, int id)
{
	return &s->conf[id];
}

void sslctx_faults(struct sslctx *s, struct fault_set *faults)
{
	s->faults = faults;
}

void sslctx_keylog(
	struct sslctx *s, void (*fn)(void *arg, const char *line), void *arg)
{
	s->keylog = fn;
	s->keylog_arg = arg;
}

/* --- values ------------------------------------------------------------ */

/*
 * Codes of a list such as "0X0035,0XC002, 0XC007", without 0XFFFF, behind the
 * n that are there.
 */
static size_t parse_suites(
	const char *list, uint16_t suites[SUITES_MAX + 1], size_t n)
{
	while (*list != '\0' && n < SUITES_MAX) {
		char *end;
		unsigned long code = strtoul(list, &end, 16);

		if (end != list && code > 0 && code < SUITE_ALL)
			suites[n++] = (uint16_t)code;
		list = end + strcspn(end, ",");
		list += *list == ',';
	}
	suites[n] = 0;
	return n;
}

static void set_versions(const struct sslctx_conf *c, struct tls_conf *tls)
{
	static const enum tls_version versions[] = {
		TLS_SSL3, TLS_1_0, TLS_1_1, TLS_1_2};

	/* What its two values mean is not written down: inf [SSL §2.3]. */
	if (c->dtls) {
		tls->datagram = true;
		tls->min = c->dtls_version == 0 ? TLS_1_1 : TLS_1_2;
		tls->max = tls->min;
		return;
	}
	/* 4 negotiates; SSL 3.0 is not offered: no TLS library here has it. */
	if (c->version >= 0 && c->version <= 3) {
		tls->min = versions[c->version];
		tls->max = versions[c->version];
	} else {
		tls->min = TLS_1_0;
		tls->max = TLS_1_2;
	}
}

/* Their names begin with TLS_PSK_WITH_, RFC 5487, RFC 4279, RFC 6655. */
static const uint16_t psk_suites[] = {
	0x00a8, /* AES_128_GCM_SHA256 */
	0x00a9, /* AES_256_GCM_SHA384 */
	0x00ae, /* AES_128_CBC_SHA256 */
	0x00af, /* AES_256_CBC_SHA384 */
	0x008c, /* AES_128_CBC_SHA */
	0x008d, /* AES_256_CBC_SHA */
	0xc0a8, /* AES_128_CCM_8 */
};

static int set_suites(const struct sslctx *s, const struct sslctx_conf *c,
	struct inputs *in, struct tls_conf *tls, struct why *why)
{
	size_t n = 0;

	tls->suites = in->suites;
	if (c->suite != SUITE_ALL) {
		in->suites[0] = (uint16_t)c->suite;
		in->suites[1] = 0;
		return 0;
	}
	/*
	 * None of a firmware's list is with PSK, though it has the key: these
	 * are offered before it, asm.
	 */
	for (; c->psk_len > 0 && n < sizeof(psk_suites) / sizeof(*psk_suites);
		n++)
		in->suites[n] = psk_suites[n];
	if (parse_suites(s->profile->ssl_ciphers, in->suites, n) > 0)
		return 0;
	return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
		"the profile's ssl ciphers name no cipher suite");
}

/* --- files ------------------------------------------------------------- */

static int load(struct sslctx *s, const char *what, const char *path,
	enum pem_kind kind, void **data, struct tls_file *file, struct why *why)
{
	struct pem_scan scan;

	if (filestore_read(s->files, path, data, &file->len, why) < 0) {
		why_prefix(why, "%s", what);
		why->err = ERR_TLS_FILE;
		return why->err;
	}
	file->name = path;
	file->data = *data;
	if (s->profile->ssl_pem_reader == PROFILE_PEM_LENIENT)
		return 0;
	if (pem_scan(&scan, path, file->data, file->len, kind, why) == 0)
		return 0;
	why_prefix(why, "%s", what);
	return why->err;
}

static int missing(const char *what, int level, const char *wants,
	enum grade grade, struct why *why)
{
	return why_set(why, ERR_TLS_FILE, grade,
		"%s is empty: seclevel %d needs %s", what, level, wants);
}

static int load_ca(struct sslctx *s, const struct sslctx_conf *c,
	struct inputs *in, struct tls_conf *tls, struct why *why)
{
	bool needed = c->seclevel >= 1;
	int rc;

	if (!needed && (!s->profile->ssl_read_unused || c->ca[0] == '\0'))
		return 0;
	if (c->ca[0] == '\0')
		return missing(
			"cacert", c->seclevel, "a CA file", GRADE_KIN, why);
	tls->ca = needed ? &in->ca : NULL;
	rc = load(s, "cacert", c->ca, PEM_CERTIFICATE, &in->data[0], &in->ca,
		why);
	if (rc < 0 || c->ca_more[0] == '\0')
		return rc;
	/* CAs beside those of cacert: inf, its use is not known [SSL §2.3]. */
	tls->ca_more = needed ? &in->ca_more : NULL;
	return load(s, "cacertex", c->ca_more, PEM_CERTIFICATE, &in->data[3],
		&in->ca_more, why);
}

static int load_client(struct sslctx *s, const struct sslctx_conf *c,
	struct inputs *in, struct tls_conf *tls, struct why *why)
{
	bool needed = c->seclevel >= 2;
	bool given = c->cert[0] != '\0' && c->key[0] != '\0';
	int rc;

	if (!needed && (!s->profile->ssl_read_unused || !given))
		return 0;
	if (c->cert[0] == '\0')
		return missing("clientcert", c->seclevel,
			"a client certificate", GRADE_ASM, why);
	if (c->key[0] == '\0')
		return missing("clientkey", c->seclevel, "a private key",
			GRADE_ASM, why);
	rc = load(s, "clientcert", c->cert, PEM_CERTIFICATE, &in->data[1],
		&in->cert, why);
	if (rc == 0)
		rc = load(s, "clientkey", c->key, PEM_PRIVATE_KEY, &in->data[2],
			&in->key, why);
	if (rc < 0 || !needed)
		return rc;
	tls->cert = &in->cert;
	tls->key = &in->key;
	tls->key_password = c->key_password;
	return 0;
}

static void release(struct inputs *in)
{
	if (in->data[2] != NULL)
		explicit_bzero(in->data[2], in->key.len);
	for (size_t i = 0; i < sizeof(in->data) / sizeof(*in->data); i++)
		free(in->data[i]);
}

/* --- open -------------------------------------------------------------- */

static struct stream *start(struct sslctx *s, const struct tls_conf *conf,
	uint16_t port, const struct stream_handler *handler, void *arg,
	struct why *why)
{
	struct stream *tls = tls_new(conf, handler, arg, why), *lower;

	if (tls == NULL)
		return NULL;
	/* The handler is a place holder: tls_start() puts its own there. */
	lower = net_open(s->net, conf->datagram ? NET_UDP : NET_TCP, conf->host,
		port, handler, arg, why);
	if (lower == NULL) {
		stream_close(tls);
		return NULL;
	}
	tls_start(tls, lower);
	return tls;
}

struct stream *sslctx_open(struct sslctx *s, int id, const char *host,
	uint16_t port, const struct stream_handler *handler, void *arg,
	struct why *why)
{
	const struct sslctx_conf *c = &s->conf[id];
	struct inputs in = {0};
	struct tls_conf tls = {
		.clock = s->rtc->clock,
		.faults = s->faults,
		.handshake_ms = (uint64_t)c->negotiate_s * 1000,
		.verify = c->seclevel >= 1,
		.check_name = c->seclevel >= 1 && s->profile->ssl_check_name,
		.sha1 = s->profile->ssl_sha1,
		.min_rsa = (unsigned int)s->profile->ssl_min_rsa,
		.host = host,
		.sni = c->sni,
		.alpn = c->alpn,
		.psk = c->psk,
		.psk_len = c->psk_len,
		.psk_identity = c->psk_identity,
		.renegotiate = c->renegotiation,
		.ignore_chain = c->ignore_chain,
		.ignore_sign = c->ignore_sign,
		.check_dates = !c->ignore_local_time,
		.now = rtc_utc(s->rtc),
		.keylog = s->keylog,
		.keylog_arg = s->keylog_arg,
	};
	struct stream *stream = NULL;
	int rc;

	tls.session = cache_get(s, id, host, port);
	set_versions(c, &tls);
	rc = set_suites(s, c, &in, &tls, why);
	if (rc == 0)
		rc = load_ca(s, c, &in, &tls, why);
	if (rc == 0)
		rc = load_client(s, c, &in, &tls, why);
	if (rc == 0)
		stream = start(s, &tls, port, handler, arg, why);
	release(&in);
	if (stream == NULL)
		why_prefix(why, "SSL context %d", id);
	return stream;
}
