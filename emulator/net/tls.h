#ifndef EC21_NET_TLS_H
#define EC21_NET_TLS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/stream.h"

/*
 * TLS client over another stream. tls_mbedtls.c is the only file that
 * includes mbedTLS (principle 12).
 */
enum tls_version {
	TLS_SSL3,	/* not in mbedTLS 2.28: refused with a reason */
	TLS_1_0,
	TLS_1_1,
	TLS_1_2,
};

/* A PEM file as the modem's file store holds it. */
struct tls_file {
	const char *name;	/* "RAM:CA.pem", for reasons */
	const void *data;	/* lent for tls_open() */
	size_t len;
};

struct tls_conf {
	enum tls_version min, max;
	const uint16_t *suites;	/* IANA codes, 0-terminated; NULL: all */
	bool verify;		/* judge the server's chain and name */
	const struct tls_file *ca;	/* NULL: none */
	const struct tls_file *cert;	/* client certificate, or NULL */
	const struct tls_file *key;
	const char *key_password;	/* NULL: none */
	const char *host;	/* name to judge and, with sni, to send */
	bool sni;
	bool check_dates;	/* by `now`, never by the host's clock */
	int64_t now;		/* the modem's RTC, seconds since 1970 UTC */
	void (*keylog)(void *arg, const char *line);	/* or NULL */
	void *keylog_arg;
};

/*
 * Wrap `lower`, which may still be connecting; it is owned from here on, also
 * when this fails (it is closed). Its handler is replaced. The handshake runs
 * as soon as lower is connected; handler->connected tells its success,
 * handler->closed its failure with ERR_TLS_* or the lower stream's reason.
 * Reasons name what the stack found: verify flags with subject and depth, the
 * alert received, suites that do not meet.
 * Errors: ERR_TLS_FILE, ERR_TLS_CONFIG. NULL then, and why is set.
 * May call back before returning: no.
 */
struct stream *tls_open(struct stream *lower, const struct tls_conf *conf,
	const struct stream_handler *handler, void *arg, struct why *why);

/* Code of a suite mbedTLS knows: name for reasons, else NULL. */
const char *tls_suite_name(uint16_t code);

/* What was agreed; only after connected. Both static text. */
const char *tls_version_text(struct stream *s);
const char *tls_suite_text(struct stream *s);

#endif
