#include "net/tls_mbedtls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/random.h>

#include <mbedtls/error.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl_ciphersuites.h>

/* --- versions and suites ----------------------------------------------- */

const char *tls_version_name(const struct tls *t, enum tls_version version)
{
	if (t->datagram)
		return version == TLS_1_1 ? "DTLS 1.0" : "DTLS 1.2";
	switch (version) {
	case TLS_SSL3:
		return "SSL 3.0";
	case TLS_1_0:
		return "TLS 1.0";
	case TLS_1_1:
		return "TLS 1.1";
	case TLS_1_2:
		break;
	}
	return "TLS 1.2";
}

static int minor_of(enum tls_version version)
{
	switch (version) {
	case TLS_SSL3:
		return MBEDTLS_SSL_MINOR_VERSION_0;
	case TLS_1_0:
		return MBEDTLS_SSL_MINOR_VERSION_1;
	case TLS_1_1:
		return MBEDTLS_SSL_MINOR_VERSION_2;
	case TLS_1_2:
		break;
	}
	return MBEDTLS_SSL_MINOR_VERSION_3;
}

const char *tls_suite_name(uint16_t code)
{
	const mbedtls_ssl_ciphersuite_t *suite =
		mbedtls_ssl_ciphersuite_from_id(code);

	return suite != NULL ? suite->name : NULL;
}

static int setup_versions(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	t->min = conf->min;
	t->max = conf->max;
	if (conf->min == TLS_SSL3)
		return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
			"SSL 3.0 is wanted, which the TLS library of this "
			"emulator does not have");
	mbedtls_ssl_conf_min_version(
		&t->conf, MBEDTLS_SSL_MAJOR_VERSION_3, minor_of(conf->min));
	mbedtls_ssl_conf_max_version(
		&t->conf, MBEDTLS_SSL_MAJOR_VERSION_3, minor_of(conf->max));
	return 0;
}

/* mbedTLS offers what it knows; the reason is for when nothing is left. */
static int setup_suites(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	const mbedtls_ssl_ciphersuite_t *suite;
	const char *newer = NULL;
	size_t unknown = 0;

	if (conf->suites == NULL)
		return 0;
	for (const uint16_t *code = conf->suites; *code != 0; code++) {
		suite = mbedtls_ssl_ciphersuite_from_id(*code);
		if (suite == NULL)
			unknown++;
		else if (suite->min_minor_ver > minor_of(conf->max))
			newer = suite->name;
		else if (t->n_suites < TLS_SUITES_MAX)
			t->suites[t->n_suites++] = *code;
		else
			return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
				"more than %d cipher suites", TLS_SUITES_MAX);
	}
	if (t->n_suites > 0) {
		mbedtls_ssl_conf_ciphersuites(&t->conf, t->suites);
		return 0;
	}
	if (newer != NULL)
		return why_set(why, ERR_TLS_CONFIG, GRADE_INF,
			"%s needs %s, and %s allows %s at most", newer,
			tls_version_name(t, TLS_1_2),
			t->datagram ? "dtlsversion" : "sslversion",
			tls_version_name(t, conf->max));
	return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
		"of %zu cipher suites (first 0x%04x) the TLS library of this "
		"emulator has none",
		unknown, conf->suites[0]);
}

/* What may sign a certificate and the key exchange. */
static void setup_profile(struct tls *t, const struct tls_conf *conf)
{
	static const int with_sha1[] = {MBEDTLS_MD_SHA512, MBEDTLS_MD_SHA384,
		MBEDTLS_MD_SHA256, MBEDTLS_MD_SHA224, MBEDTLS_MD_SHA1,
		MBEDTLS_MD_NONE};

	t->min_rsa = conf->min_rsa;
	t->profile = (mbedtls_x509_crt_profile){
		.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA224) |
			       MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
			       MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
			       MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
		.allowed_pks = 0xfffffff,
		.allowed_curves = 0xfffffff,
		.rsa_min_bitlen = conf->min_rsa,
	};
	if (conf->sha1) {
		t->profile.allowed_mds |= MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA1);
		mbedtls_ssl_conf_sig_hashes(&t->conf, with_sha1);
	}
	mbedtls_ssl_conf_cert_profile(&t->conf, &t->profile);
}

/* --- files ------------------------------------------------------------- */

void tls_error_text(int ret, char *text, size_t size)
{
	char words[160];

	mbedtls_strerror(ret, words, sizeof(words));
	snprintf(text, size, "%s (-0x%04x)", words, (unsigned int)-ret);
}

/* mbedTLS wants text with its NUL counted. Wiped by release_text(). */
static unsigned char *copy_text(const struct tls_file *file, struct why *why)
{
	unsigned char *text = malloc(file->len + 1);

	if (text == NULL) {
		why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory for %s",
			file->name);
		return NULL;
	}
	if (file->len > 0)
		memcpy(text, file->data, file->len);
	text[file->len] = '\0';
	return text;
}

static void release_text(unsigned char *text, const struct tls_file *file)
{
	mbedtls_platform_zeroize(text, file->len + 1);
	free(text);
}

static int load_certs(
	mbedtls_x509_crt *crt, const struct tls_file *file, struct why *why)
{
	unsigned char *text = copy_text(file, why);
	char words[200];
	int ret;

	if (text == NULL)
		return why->err;
	ret = mbedtls_x509_crt_parse(crt, text, file->len + 1);
	release_text(text, file);
	if (ret == 0)
		return 0;
	/* Positive: so many were left out, the others are in. */
	if (ret > 0)
		return why_set(why, ERR_TLS_FILE, GRADE_INF,
			"%s: %d of its certificates cannot be parsed",
			file->name, ret);
	tls_error_text(ret, words, sizeof(words));
	return why_set(why, ERR_TLS_FILE, GRADE_INF,
		"%s: no certificate can be parsed: %s", file->name, words);
}

static int load_key(mbedtls_pk_context *key, const struct tls_file *file,
	const char *password, struct why *why)
{
	unsigned char *text = copy_text(file, why);
	size_t pw_len = password != NULL ? strlen(password) : 0;
	bool encrypted = false;
	char words[200];
	int ret;

	if (text == NULL)
		return why->err;
	ret = mbedtls_pk_parse_key(key, text, file->len + 1,
		pw_len > 0 ? (const unsigned char *)password : NULL, pw_len);
	if (ret != 0 && pw_len > 0)
		encrypted = mbedtls_pk_parse_key(key, text, file->len + 1, NULL,
				    0) == MBEDTLS_ERR_PK_PASSWORD_REQUIRED;
	release_text(text, file);
	if (ret == 0)
		return 0;
	if (ret == MBEDTLS_ERR_PK_PASSWORD_REQUIRED)
		return why_set(why, ERR_TLS_FILE, GRADE_INF,
			"%s: the private key is encrypted, and clientkey has "
			"no pass phrase",
			file->name);
	if (ret == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
		return why_set(why, ERR_TLS_FILE, GRADE_INF,
			"%s: the pass phrase is not that of the private key",
			file->name);
	if (ret == MBEDTLS_ERR_PKCS5_FEATURE_UNAVAILABLE)
		return why_set(why, ERR_TLS_FILE, GRADE_ASM,
			"%s: the private key is encrypted in a way that the "
			"TLS library of this emulator does not have (3DES it "
			"has)",
			file->name);
	tls_error_text(ret, words, sizeof(words));
	/* Of 256 wrong pass phrases one leaves what looks like padding. */
	if (encrypted)
		return why_set(why, ERR_TLS_FILE, GRADE_INF,
			"%s: the pass phrase is not that of the private key, "
			"or the key is damaged: %s",
			file->name, words);
	return why_set(why, ERR_TLS_FILE, GRADE_INF,
		"%s: the private key cannot be parsed: %s", file->name, words);
}

static bool same_buf(const mbedtls_x509_buf *a, const mbedtls_x509_buf *b)
{
	return a->len == b->len && memcmp(a->p, b->p, a->len) == 0;
}

/*
 * Of certificates for the same subject and key (a root and its renewal)
 * libmbedx509 prefers the one that the host's clock finds valid. So that the
 * modem's clock decides, it gets one of them only: the first that is valid by
 * the modem's clock, else the first.
 */
static bool is_second_choice(const struct tls *t, const mbedtls_x509_crt *all,
	const mbedtls_x509_crt *crt)
{
	bool ok = !t->check_dates || tls_dates_ok(crt, t->now), before = true;

	for (const mbedtls_x509_crt *c = all; c != NULL; c = c->next) {
		bool c_ok = !t->check_dates || tls_dates_ok(c, t->now);

		if (c == crt)
			before = false;
		else if (same_buf(&c->subject_raw, &crt->subject_raw) &&
			 same_buf(&c->pk_raw, &crt->pk_raw) &&
			 (before ? c_ok >= ok : c_ok > ok))
			return true;
	}
	return false;
}

static int load_cas(struct tls *t, const struct tls_conf *conf, struct why *why)
{
	const struct tls_file *more = conf->ca_more;
	mbedtls_x509_crt all;
	int rc;

	snprintf(t->ca_name, sizeof(t->ca_name), "%s%s%s", conf->ca->name,
		more != NULL ? " and " : "", more != NULL ? more->name : "");
	mbedtls_x509_crt_init(&all);
	rc = load_certs(&all, conf->ca, why);
	if (rc == 0 && more != NULL)
		rc = load_certs(&all, more, why);
	for (const mbedtls_x509_crt *c = &all; rc == 0 && c != NULL;
		c = c->next) {
		if (is_second_choice(t, &all, c))
			continue;
		if (mbedtls_x509_crt_parse_der(&t->ca, c->raw.p, c->raw.len) !=
			0)
			rc = why_set(why, ERR_NET_MEMORY, GRADE_ASM,
				"no memory for %s", t->ca_name);
	}
	mbedtls_x509_crt_free(&all);
	return rc;
}

static int load_client(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	char name[120];
	int rc;

	snprintf(t->cert_name, sizeof(t->cert_name), "%s", conf->cert->name);
	rc = load_certs(&t->cert, conf->cert, why);
	if (rc == 0)
		rc = load_key(&t->key, conf->key, conf->key_password, why);
	if (rc < 0)
		return rc;
	if (mbedtls_pk_check_pair(&t->cert.pk, &t->key) != 0) {
		tls_name_text(&t->cert.subject, name, sizeof(name));
		return why_set(why, ERR_TLS_CONFIG, GRADE_INF,
			"%s is not the private key of %s (%s)", conf->key->name,
			conf->cert->name, name);
	}
	t->has_cert = true;
	if (mbedtls_ssl_conf_own_cert(&t->conf, &t->cert, &t->key) != 0)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	return 0;
}

static int setup_files(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	int rc = 0;

	if (conf->verify && conf->ca == NULL)
		return why_set(why, ERR_TLS_CONFIG, GRADE_KIN,
			"the server is to be verified, without a CA file");
	if (conf->ca != NULL)
		rc = load_cas(t, conf, why);
	if (rc == 0 && conf->cert != NULL && conf->key != NULL)
		rc = load_client(t, conf, why);
	return rc;
}

/* --- the rest ---------------------------------------------------------- */

/* One line of an NSS key log, which Wireshark reads. */
static int on_keys(void *arg, const unsigned char *master,
	const unsigned char *keys, size_t mac_len, size_t key_len,
	size_t iv_len, const unsigned char client_random[32],
	const unsigned char server_random[32], mbedtls_tls_prf_types prf)
{
	const struct tls *t = arg;
	char line[sizeof("CLIENT_RANDOM ") + 64 + 1 + 96];
	size_t n = 0;

	(void)keys;
	(void)mac_len;
	(void)key_len;
	(void)iv_len;
	(void)server_random;
	(void)prf;
	n += (size_t)snprintf(line, sizeof(line), "CLIENT_RANDOM ");
	for (size_t i = 0; i < 32; i++)
		n += (size_t)snprintf(
			line + n, sizeof(line) - n, "%02x", client_random[i]);
	line[n++] = ' ';
	for (size_t i = 0; i < 48; i++)
		n += (size_t)snprintf(
			line + n, sizeof(line) - n, "%02x", master[i]);
	t->keylog(t->keylog_arg, line);
	mbedtls_platform_zeroize(line, sizeof(line));
	return 0;
}

/*
 * mbedTLS knows one name for both uses. It gets it when it is to be sent;
 * tls_verify() judges it when it is not.
 */
static int setup_name(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	if (strlen(conf->host) >= sizeof(t->host))
		return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
			"the server's name is longer than %d bytes",
			TLS_NAME_MAX - 1);
	snprintf(t->host, sizeof(t->host), "%s", conf->host);
	t->sni = conf->sni;
	t->check_name = conf->check_name;
	if (conf->sni && mbedtls_ssl_set_hostname(&t->ssl, conf->host) != 0)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	return 0;
}

static int setup_psk(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	if (conf->psk_len == 0)
		return 0;
	if (mbedtls_ssl_conf_psk(&t->conf, conf->psk, conf->psk_len,
		    (const unsigned char *)conf->psk_identity,
		    strlen(conf->psk_identity)) == 0)
		return 0;
	return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
		"the TLS library does not take psk: a key of %zu bytes for "
		"\"%s\"",
		conf->psk_len, conf->psk_identity);
}

static int setup_alpn(
	struct tls *t, const struct tls_conf *conf, struct why *why)
{
	if (conf->alpn == NULL || conf->alpn[0] == '\0')
		return 0;
	/* A longer name has no place in the message. RFC 7301 §3.1 */
	if (strlen(conf->alpn) >= sizeof(t->alpn))
		return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
			"the name of a protocol (alpn) is longer than %d bytes",
			TLS_NAME_MAX - 1);
	snprintf(t->alpn, sizeof(t->alpn), "%s", conf->alpn);
	t->alpn_list[0] = t->alpn;
	if (mbedtls_ssl_conf_alpn_protocols(&t->conf, t->alpn_list) != 0)
		return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
			"the TLS library does not take alpn \"%s\"", t->alpn);
	return 0;
}

/*
 * The kernel's random numbers. mbedTLS's own collector keeps 38 kB and takes
 * longer than the rest of an open.
 */
static int from_kernel(void *arg, unsigned char *data, size_t len)
{
	(void)arg;
	while (len > 0) {
		ssize_t n = getrandom(data, len, 0);

		if (n < 0 && errno != EINTR)
			return MBEDTLS_ERR_CTR_DRBG_ENTROPY_SOURCE_FAILED;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int setup_context(struct tls *t, struct why *why)
{
	static const unsigned char label[] = "ec21emu tls";
	char words[200];
	int ret;

	ret = mbedtls_ctr_drbg_seed(
		&t->drbg, from_kernel, NULL, label, sizeof(label) - 1);
	if (ret == 0)
		ret = mbedtls_ssl_config_defaults(&t->conf,
			MBEDTLS_SSL_IS_CLIENT,
			t->datagram ? MBEDTLS_SSL_TRANSPORT_DATAGRAM
				    : MBEDTLS_SSL_TRANSPORT_STREAM,
			MBEDTLS_SSL_PRESET_DEFAULT);
	if (ret == 0)
		return 0;
	tls_error_text(ret, words, sizeof(words));
	return why_set(why, ERR_TLS_CONFIG, GRADE_ASM,
		"the TLS library cannot start: %s", words);
}

int tls_setup(struct tls *t, const struct tls_conf *conf, struct why *why)
{
	int rc;

	t->datagram = conf->datagram;
	rc = setup_context(t, why);
	t->check_dates = conf->check_dates;
	t->ignore_chain = conf->ignore_chain;
	t->ignore_sign = conf->ignore_sign;
	t->now = conf->now;
	if (rc == 0)
		rc = setup_versions(t, conf, why);
	if (rc == 0)
		rc = setup_suites(t, conf, why);
	if (rc == 0)
		rc = setup_files(t, conf, why);
	if (rc == 0)
		rc = setup_psk(t, conf, why);
	if (rc == 0)
		rc = setup_alpn(t, conf, why);
	if (rc < 0)
		return rc;
	setup_profile(t, conf);
	mbedtls_ssl_conf_rng(&t->conf, mbedtls_ctr_drbg_random, &t->drbg);
	mbedtls_ssl_conf_arc4_support(&t->conf, MBEDTLS_SSL_ARC4_ENABLED);
	mbedtls_ssl_conf_renegotiation(&t->conf,
		conf->renegotiate ? MBEDTLS_SSL_RENEGOTIATION_ENABLED
				  : MBEDTLS_SSL_RENEGOTIATION_DISABLED);
	mbedtls_ssl_conf_authmode(
		&t->conf, conf->verify ? MBEDTLS_SSL_VERIFY_REQUIRED
				       : MBEDTLS_SSL_VERIFY_NONE);
	if (conf->verify) {
		mbedtls_ssl_conf_ca_chain(&t->conf, &t->ca, NULL);
		mbedtls_ssl_conf_verify(&t->conf, tls_verify, t);
	}
	if (conf->keylog != NULL) {
		t->keylog = conf->keylog;
		t->keylog_arg = conf->keylog_arg;
		mbedtls_ssl_conf_export_keys_ext_cb(&t->conf, on_keys, t);
	}
	if (mbedtls_ssl_setup(&t->ssl, &t->conf) != 0)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM,
			"no memory for a TLS connection");
	t->session = tls_session_hold(conf->session);
	tls_session_offer(t->session, &t->ssl);
	return setup_name(t, conf, why);
}
