#ifndef EC21_TESTS_TLS_SERVER_H
#define EC21_TESTS_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "base/buf.h"
#include "net/tls.h"
#include "tests/unit/support/fake_stream.h"

/* --- certificates of any age, made on the spot ------------------------- */

struct mint {
	mbedtls_pk_context key;
	char name[64]; /* "CN=…" */
	char cert_pem[2048];
	char key_pem[2048];
	struct tls_file cert_file, key_file; /* "RAM:<what>.pem" */
	char cert_name[40], key_name[40];
};

struct mint_spec {
	const char *what;	   /* base of the file names */
	const char *name;	   /* "CN=root" */
	const char *from, *to;	   /* "20200101000000" */
	const struct mint *issuer; /* NULL: signs itself */
	const struct mint *key_of; /* same key as this one; NULL: a new one */
	unsigned int rsa_bits;	   /* of a new one; 0: P-256 */
	bool ca;
	const char *dns; /* subject alternative name, or NULL */
	uint8_t ip[4];	 /* and an address, when not 0.0.0.0 */
};

/* Aborts the test when mbedTLS will not. Freed with mint_free(). */
void mint_make(struct mint *m, const struct mint_spec *spec);
void mint_free(struct mint *m);

/* --- a server at the other end of a fake stream ------------------------ */

struct tls_server {
	struct fake_stream *wire;
	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_entropy_context entropy;
	mbedtls_ctr_drbg_context drbg;
	mbedtls_x509_crt chain, client_ca;
	mbedtls_pk_context key;
	int suites[2];
	struct buf out;	 /* on its way to the client */
	struct buf got;	 /* plain bytes from the client */
	struct buf tell; /* plain bytes to send */
	char sni[256];
	int error;	   /* of the handshake, 0 so far */
	bool up, finished; /* handshake done; close_notify came */
};

struct tls_server_opts {
	const struct mint *leaf;
	const struct mint *intermediate; /* sent after the leaf, or NULL */
	const struct mint *client_ca;	 /* ask for a certificate, or NULL */
	int max_minor;			 /* 0: TLS 1.2 */
	int suite;			 /* 0: all */
};

void tls_server_init(struct tls_server *s, struct fake_stream *wire,
	const struct tls_server_opts *opts);
void tls_server_free(struct tls_server *s);
/* Plain bytes for the client, at the next tls_server_run(). */
void tls_server_say(struct tls_server *s, const void *data, size_t len);
/* close_notify. */
void tls_server_bye(struct tls_server *s);

/*
 * Carry bytes both ways once, at most `chunk` to the client (0: none); false:
 * nothing moved. The client's handlers are called.
 */
bool tls_server_turn(struct tls_server *s, size_t chunk);
/* Until nothing moves. */
void tls_server_run(struct tls_server *s, size_t chunk);

#endif
