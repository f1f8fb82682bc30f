#include "tests/unit/support/tls_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/asn1write.h>
#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>

#define QUEUE_MAX (4u << 20)

static void must(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "tls_server: %s: -0x%04x\n", what, (unsigned int)-ret);
	abort();
}

/* --- certificates ------------------------------------------------------ */

struct dice {
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context drbg;
};

static void dice_init(struct dice *d)
{
	mbedtls_entropy_init(&d->entropy);
	mbedtls_ctr_drbg_init(&d->drbg);
	must(mbedtls_ctr_drbg_seed(
		     &d->drbg, mbedtls_entropy_func, &d->entropy, NULL, 0),
		"seed");
}

static void dice_free(struct dice *d)
{
	mbedtls_ctr_drbg_free(&d->drbg);
	mbedtls_entropy_free(&d->entropy);
}

static void make_key(
	struct mint *m, const struct mint_spec *spec, struct dice *d)
{
	mbedtls_pk_init(&m->key);
	if (spec->key_of != NULL) {
		const char *pem = spec->key_of->key_pem;

		must(mbedtls_pk_parse_key(&m->key, (const unsigned char *)pem,
			     strlen(pem) + 1, NULL, 0),
			"key");
	} else if (spec->rsa_bits != 0) {
		must(mbedtls_pk_setup(&m->key,
			     mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)),
			"key");
		must(mbedtls_rsa_gen_key(mbedtls_pk_rsa(m->key),
			     mbedtls_ctr_drbg_random, &d->drbg, spec->rsa_bits,
			     65537),
			"key");
	} else {
		must(mbedtls_pk_setup(&m->key,
			     mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)),
			"key");
		must(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1,
			     mbedtls_pk_ec(m->key), mbedtls_ctr_drbg_random,
			     &d->drbg),
			"key");
	}
	must(mbedtls_pk_write_key_pem(
		     &m->key, (unsigned char *)m->key_pem, sizeof(m->key_pem)),
		"key");
}

/* SEQUENCE of [2] name and [7] address. RFC 5280 §4.2.1.6 */
static void add_san(mbedtls_x509write_cert *w, const struct mint_spec *spec)
{
	unsigned char der[300];
	size_t n = 2, name = spec->dns != NULL ? strlen(spec->dns) : 0;

	if (name > 0) {
		der[n++] = 0x82;
		der[n++] = (unsigned char)name;
		memcpy(der + n, spec->dns, name);
		n += name;
	}
	if (spec->ip[0] != 0) {
		der[n++] = 0x87;
		der[n++] = 4;
		memcpy(der + n, spec->ip, 4);
		n += 4;
	}
	if (n == 2)
		return;
	der[0] = 0x30;
	der[1] = (unsigned char)(n - 2);
	must(mbedtls_x509write_crt_set_extension(w,
		     MBEDTLS_OID_SUBJECT_ALT_NAME,
		     MBEDTLS_OID_SIZE(MBEDTLS_OID_SUBJECT_ALT_NAME), 0, der, n),
		"san");
}

void mint_make(struct mint *m, const struct mint_spec *spec)
{
	const struct mint *issuer = spec->issuer != NULL ? spec->issuer : m;
	mbedtls_x509write_cert w;
	mbedtls_mpi serial;
	struct dice d;

	memset(m, 0, sizeof(*m));
	dice_init(&d);
	make_key(m, spec, &d);
	snprintf(m->name, sizeof(m->name), "%s", spec->name);
	mbedtls_x509write_crt_init(&w);
	mbedtls_mpi_init(&serial);
	must(mbedtls_mpi_fill_random(
		     &serial, 8, mbedtls_ctr_drbg_random, &d.drbg),
		"serial");
	mbedtls_x509write_crt_set_version(&w, MBEDTLS_X509_CRT_VERSION_3);
	mbedtls_x509write_crt_set_md_alg(&w, MBEDTLS_MD_SHA256);
	mbedtls_x509write_crt_set_subject_key(&w, &m->key);
	/* mbedTLS signs with the key, and does not change it. */
	mbedtls_x509write_crt_set_issuer_key(
		&w, spec->issuer != NULL
			    ? (mbedtls_pk_context *)(uintptr_t)&issuer->key
			    : &m->key);
	must(mbedtls_x509write_crt_set_subject_name(&w, m->name), "name");
	must(mbedtls_x509write_crt_set_issuer_name(&w, issuer->name), "name");
	must(mbedtls_x509write_crt_set_serial(&w, &serial), "serial");
	must(mbedtls_x509write_crt_set_validity(&w, spec->from, spec->to),
		"dates");
	must(mbedtls_x509write_crt_set_basic_constraints(&w, spec->ca, -1),
		"ca");
	add_san(&w, spec);
	must(mbedtls_x509write_crt_pem(&w, (unsigned char *)m->cert_pem,
		     sizeof(m->cert_pem), mbedtls_ctr_drbg_random, &d.drbg),
		"certificate");
	mbedtls_mpi_free(&serial);
	mbedtls_x509write_crt_free(&w);
	dice_free(&d);
	snprintf(m->cert_name, sizeof(m->cert_name), "RAM:%s.pem", spec->what);
	snprintf(
		m->key_name, sizeof(m->key_name), "RAM:%s-key.pem", spec->what);
	m->cert_file = (struct tls_file){
		m->cert_name, m->cert_pem, strlen(m->cert_pem)};
	m->key_file =
		(struct tls_file){m->key_name, m->key_pem, strlen(m->key_pem)};
}

void mint_free(struct mint *m)
{
	mbedtls_pk_free(&m->key);
}

/* --- the server -------------------------------------------------------- */

static int server_send(void *arg, const unsigned char *data, size_t len)
{
	struct tls_server *s = arg;

	if (!buf_add(&s->out, data, len))
		abort();
	return (int)len;
}

static int server_recv(void *arg, unsigned char *data, size_t len)
{
	struct tls_server *s = arg;
	size_t n = fake_stream_take(s->wire, data, len);

	return n > 0 ? (int)n : MBEDTLS_ERR_SSL_WANT_READ;
}

static int server_sni(void *arg, mbedtls_ssl_context *ssl,
	const unsigned char *name, size_t len)
{
	struct tls_server *s = arg;

	(void)ssl;
	snprintf(s->sni, sizeof(s->sni), "%.*s", (int)len, (const char *)name);
	return 0;
}

static void add_cert(mbedtls_x509_crt *crt, const struct mint *m)
{
	must(mbedtls_x509_crt_parse(crt, (const unsigned char *)m->cert_pem,
		     strlen(m->cert_pem) + 1),
		"certificate");
}

void tls_server_init(struct tls_server *s, struct fake_stream *wire,
	const struct tls_server_opts *opts)
{
	const char *key = opts->leaf->key_pem;

	memset(s, 0, sizeof(*s));
	s->wire = wire;
	buf_init(&s->out, QUEUE_MAX);
	buf_init(&s->got, QUEUE_MAX);
	buf_init(&s->tell, QUEUE_MAX);
	mbedtls_ssl_init(&s->ssl);
	mbedtls_ssl_config_init(&s->conf);
	mbedtls_entropy_init(&s->entropy);
	mbedtls_ctr_drbg_init(&s->drbg);
	mbedtls_x509_crt_init(&s->chain);
	mbedtls_x509_crt_init(&s->client_ca);
	mbedtls_pk_init(&s->key);
	must(mbedtls_ctr_drbg_seed(
		     &s->drbg, mbedtls_entropy_func, &s->entropy, NULL, 0),
		"seed");
	must(mbedtls_ssl_config_defaults(&s->conf, MBEDTLS_SSL_IS_SERVER,
		     MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
		"config");
	mbedtls_ssl_conf_min_version(&s->conf, 3, MBEDTLS_SSL_MINOR_VERSION_1);
	if (opts->max_minor != 0)
		mbedtls_ssl_conf_max_version(&s->conf, 3, opts->max_minor);
	if (opts->suite != 0) {
		s->suites[0] = opts->suite;
		mbedtls_ssl_conf_ciphersuites(&s->conf, s->suites);
	}
	mbedtls_ssl_conf_rng(&s->conf, mbedtls_ctr_drbg_random, &s->drbg);
	mbedtls_ssl_conf_sni(&s->conf, server_sni, s);
	add_cert(&s->chain, opts->leaf);
	if (opts->intermediate != NULL)
		add_cert(&s->chain, opts->intermediate);
	must(mbedtls_pk_parse_key(&s->key, (const unsigned char *)key,
		     strlen(key) + 1, NULL, 0),
		"key");
	must(mbedtls_ssl_conf_own_cert(&s->conf, &s->chain, &s->key), "cert");
	if (opts->client_ca != NULL) {
		add_cert(&s->client_ca, opts->client_ca);
		mbedtls_ssl_conf_ca_chain(&s->conf, &s->client_ca, NULL);
		mbedtls_ssl_conf_authmode(
			&s->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
	}
	must(mbedtls_ssl_setup(&s->ssl, &s->conf), "setup");
	mbedtls_ssl_set_bio(&s->ssl, s, server_send, server_recv, NULL);
}

void tls_server_free(struct tls_server *s)
{
	mbedtls_ssl_free(&s->ssl);
	mbedtls_ssl_config_free(&s->conf);
	mbedtls_x509_crt_free(&s->chain);
	mbedtls_x509_crt_free(&s->client_ca);
	mbedtls_pk_free(&s->key);
	mbedtls_ctr_drbg_free(&s->drbg);
	mbedtls_entropy_free(&s->entropy);
	buf_free(&s->out);
	buf_free(&s->got);
	buf_free(&s->tell);
}

void tls_server_say(struct tls_server *s, const void *data, size_t len)
{
	if (!buf_add(&s->tell, data, len))
		abort();
}

void tls_server_bye(struct tls_server *s)
{
	mbedtls_ssl_close_notify(&s->ssl);
}

static void server_step(struct tls_server *s)
{
	unsigned char data[4096];
	int ret;

	if (!s->up && s->error == 0) {
		ret = mbedtls_ssl_handshake(&s->ssl);
		s->up = ret == 0;
		if (ret != 0 && ret != MBEDTLS_ERR_SSL_WANT_READ)
			s->error = ret;
	}
	if (!s->up)
		return;
	while ((ret = mbedtls_ssl_read(&s->ssl, data, sizeof(data))) > 0)
		if (!buf_add(&s->got, data, (size_t)ret))
			abort();
	if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		s->finished = true;
	while (buf_len(&s->tell) > 0) {
		ret = mbedtls_ssl_write(
			&s->ssl, buf_data(&s->tell), buf_len(&s->tell));
		must(ret, "write");
		buf_consume(&s->tell, (size_t)ret);
	}
}

bool tls_server_turn(struct tls_server *s, size_t chunk)
{
	size_t before = buf_len(&s->wire->sent);
	bool moved;

	server_step(s);
	moved = before != buf_len(&s->wire->sent);
	if (s->wire->pending > 0) {
		moved = true;
		fake_stream_drain(s->wire);
	}
	if (buf_len(&s->out) > 0 && chunk > 0 && !s->wire->closed) {
		size_t n = buf_len(&s->out);

		moved = true;
		n = n < chunk ? n : chunk;
		fake_stream_give(s->wire, buf_data(&s->out), n);
		buf_consume(&s->out, n);
	}
	return moved;
}

void tls_server_run(struct tls_server *s, size_t chunk)
{
	while (!s->wire->closed && tls_server_turn(s, chunk))
		;
}
