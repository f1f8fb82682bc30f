#ifndef EC21_NET_TLS_MBEDTLS_H
#define EC21_NET_TLS_MBEDTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "base/buf.h"
#include "base/clock.h"
#include "net/tls.h"

/*
 * Inside of a TLS stream, for tls_mbedtls*.c alone: the stream itself, its
 * set-up from files and values (_conf), and verdict and reasons (_why).
 */
enum {
	TLS_SUITES_MAX = 64,
	TLS_NAME_MAX = 256,
	TLS_FILE_NAME_MAX = 128,
	TLS_CA_NAMES_MAX = 2 * TLS_FILE_NAME_MAX + 8, /* "a and b" */
};

enum tls_state {
	TLS_STATE_LOWER, /* the lower stream is not connected yet */
	TLS_STATE_HANDSHAKE,
	TLS_STATE_OPEN,
	TLS_STATE_ENDED, /* closed() was told */
};

struct tls {
	struct stream stream;
	struct stream *lower;
	struct clock *clock;
	struct fault_set *faults;
	struct timer later; /* what cannot be told from inside a call */
	struct timer again; /* DTLS: the last flight may have been lost */
	struct timer limit; /* of the handshake */
	uint64_t handshake_ms;
	uint64_t again_us;		  /* when that began */
	uint32_t again_half_ms, again_ms; /* 0: it does not run */
	enum tls_state state;
	struct buf tx;	/* plain bytes that wait for room below */
	size_t writing; /* length mbedTLS wants to be called with again */
	bool shaking;	/* tx waits for a renegotiation */
	bool drain_due, shut, notified;
	bool was_open, lower_ended, lower_failed, last_told;
	bool end_due, end_failed; /* an end to tell, and that `why` has it */
	struct why why;
	uint8_t first[8]; /* the first bytes of the server */
	size_t first_len;

	mbedtls_ssl_context ssl;
	mbedtls_ssl_config conf;
	mbedtls_ctr_drbg_context drbg;
	mbedtls_x509_crt_profile profile;
	mbedtls_x509_crt ca, cert;
	mbedtls_pk_context key;
	int suites[TLS_SUITES_MAX + 1];
	size_t n_suites;
	enum tls_version min, max;
	unsigned int min_rsa;
	char host[TLS_NAME_MAX];
	char ca_name[TLS_CA_NAMES_MAX];
	char cert_name[TLS_FILE_NAME_MAX];
	char alpn[TLS_NAME_MAX];
	const char *alpn_list[2];    /* mbedTLS keeps the pointer */
	struct tls_session *session; /* held */
	bool sni, check_name, check_dates, has_cert;
	bool ignore_chain, ignore_sign, datagram;
	int64_t now;
	void (*keylog)(void *arg, const char *line);
	void *keylog_arg;
	bool dates_bad; /* the verdict names a date */
	char verdict[sizeof(((struct why *)NULL)->text)];
};

/*
 * Fill ssl and conf of a zeroed `t` whose mbedTLS objects are initialised.
 * Errors: ERR_TLS_FILE, ERR_TLS_CONFIG, ERR_NET_MEMORY.
 */
int tls_setup(struct tls *t, const struct tls_conf *conf, struct why *why);

/*
 * Verify callback of mbedTLS; arg is a struct tls. Takes the dates' judgement
 * from the host's clock to the modem's, and collects the verdict in words.
 */
int tls_verify(void *arg, mbedtls_x509_crt *crt, int depth, uint32_t *flags);
/* True when a certificate was valid at `now`. */
bool tls_dates_ok(const mbedtls_x509_crt *crt, int64_t now);
/* "CN=name", or the whole subject or issuer when it has no CN. */
void tls_name_text(const mbedtls_x509_name *name, char *text, size_t size);

/* Each harmless on a NULL session. */
struct tls_session *tls_session_hold(struct tls_session *s);
/* Before the handshake. */
void tls_session_offer(const struct tls_session *s, mbedtls_ssl_context *ssl);
/* After it: what it agreed on replaces what was there. */
void tls_session_keep(struct tls_session *s, const mbedtls_ssl_context *ssl);
/* A failed handshake: not to be offered again, RFC 5246 §7.2.2. */
void tls_session_forget(struct tls_session *s);

/* t->why for a handshake that takes too long. */
void tls_explain_limit(struct tls *t);
/* t->why for a result of mbedtls_ssl_handshake(), ssl_read() or ssl_write(). */
void tls_explain(struct tls *t, int ret);
/* "TLS 1.2", "DTLS 1.0" */
const char *tls_version_name(const struct tls *t, enum tls_version version);
/* Text of mbedTLS for one of its results, and the number. */
void tls_error_text(int ret, char *text, size_t size);

#endif
