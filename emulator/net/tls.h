#ifndef EC21_NET_TLS_H
#define EC21_NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/stream.h"

struct clock;
struct fault_set;

/*
 * TLS client over another stream. The files tls_mbedtls*.c are the only ones
 * that include mbedTLS (principle 12).
 */
enum tls_version {
	TLS_SSL3, /* not in mbedTLS 2.28: refused with a reason */
	TLS_1_0,
	TLS_1_1,
	TLS_1_2,
};

/* A PEM file as the modem's file store holds it. */
struct tls_file {
	const char *name; /* "RAM:CA.pem", for reasons */
	const void *data; /* lent for tls_new() */
	size_t len;
};

/* What is kept of a connection to shorten the next handshake. */
struct tls_session;

struct tls_conf {
	struct clock *clock;	  /* for calls that are owed, DTLS; borrowed */
	struct fault_set *faults; /* tls.alert; NULL: none */
	uint64_t handshake_ms;	  /* window for it; 0: as long as it takes */
	/*
	 * DTLS: lower is a UDP stream, and each write one record. TLS_1_1 is
	 * its version 1.0, TLS_1_2 its 1.2; there are no others.
	 */
	bool datagram;
	enum tls_version min, max;
	const uint16_t *suites; /* IANA codes, 0-terminated; NULL: all */
	bool verify;		/* judge the server's chain */
	bool check_name;	/* judge its name too, by `host` */
	bool sha1;		/* signatures with SHA-1 are accepted */
	unsigned int min_rsa;	/* smallest RSA key of a chain, in bits */
	bool ignore_chain; /* of several certificates, not who signed them */
	bool ignore_sign;  /* nor whether a CA in `ca` really signed */
	const struct tls_file *ca;	/* NULL: none */
	const struct tls_file *ca_more; /* more of them; NULL: none */
	const struct tls_file *cert;	/* client certificate, or NULL */
	const struct tls_file *key;	/* goes with cert */
	const char *key_password;	/* NULL: none */
	const uint8_t *psk;		/* for suites with PSK, RFC 4279 */
	size_t psk_len;			/* 0: none */
	const char *psk_identity;
	const char *host; /* name to judge and, with sni, to send */
	bool sni;
	const char *alpn; /* protocol to ask for, RFC 7301; NULL or "": none */
	bool renegotiate; /* when the server asks for it */
	struct tls_session *session; /* offered, and kept anew; NULL: none */
	bool check_dates;	     /* by `now`, never by the wall clock */
	int64_t now; /* the modem's RTC, seconds since 1970 UTC */
	/* NSS key log lines, without a line feed; or NULL */
	void (*keylog)(void *arg, const char *line);
	void *keylog_arg;
};

/*
 * Nothing to resume is in it at first: NULL without memory. It may be dropped
 * while streams have it; they hold it too. A stream given one offers what the
 * last one kept; the server decides. A certificate is not judged again when it
 * resumes, so give one session to one server and one set of values alone.
 */
struct tls_session *tls_session_new(void);
/* Harmless on NULL. */
void tls_session_drop(struct tls_session *s);

/*
 * Make a TLS client from files and values, so that what is wrong with them is
 * known before anything is sent. Until tls_start() it can only be closed.
 * A file of which any certificate cannot be parsed is refused, and so is a key
 * that is not the certificate's.
 * Errors: ERR_TLS_FILE, ERR_TLS_CONFIG, ERR_NET_MEMORY. NULL then.
 */
struct stream *tls_new(const struct tls_conf *conf,
	const struct stream_handler *handler, void *arg, struct why *why);

/*
 * Run it over `lower`, which is still connecting, and is owned from here on;
 * its handler is replaced. The handshake begins when lower is connected;
 * handler->connected tells its success, handler->closed its failure with
 * ERR_TLS_*, or, when lower never was connected, with its reason. Reasons name
 * what the stack found: certificate with subject and depth, the alert
 * received, versions and suites that do not meet. Later an end by the peer is
 * told with a NULL reason, also when it sent no close_notify.
 * May call back before returning: no.
 */
void tls_start(struct stream *tls, struct stream *lower);

/* Name of a cipher suite that mbedTLS knows, e.g. for reasons; else NULL. */
const char *tls_suite_name(uint16_t code);

/* What was agreed; only after connected. Both static text. */
const char *tls_version_text(struct stream *s);
const char *tls_suite_text(struct stream *s);
/* The protocol that the server chose of alpn, or NULL. */
const char *tls_alpn_text(struct stream *s);

#endif
