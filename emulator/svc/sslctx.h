#ifndef EC21_SVC_SSLCTX_H
#define EC21_SVC_SSLCTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * SSL contexts 0..5: what AT+QSSLCFG stores, and the way from there to a TLS
 * stream. Values are read at the time of an open [SSL §1].
 */
struct sslctx;
struct fault_set;
struct filestore;
struct net;
struct profile;
struct rtc;
struct stream;
struct stream_handler;

enum { SSLCTX_IDS = 6, SSLCTX_PATH_MAX = 128, SSLCTX_PSK_MAX = 32 };

struct sslctx_conf {
	int version;	/* 0 SSL3 … 3 TLS 1.2, 4 all */
	uint32_t suite; /* one IANA code, 0xffff all */
	char ca[SSLCTX_PATH_MAX];
	char ca_more[SSLCTX_PATH_MAX]; /* cacertex */
	char cert[SSLCTX_PATH_MAX];
	char key[SSLCTX_PATH_MAX];
	char key_password[SSLCTX_PATH_MAX];
	int seclevel; /* 0 none, 1 server, 2 mutual */
	bool ignore_local_time;
	int negotiate_s;
	bool sni;
	bool dtls;
	int dtls_version; /* 0 DTLS 1.0, 1 DTLS 1.2 */
	bool close_ms;	  /* closetimemode: QSSLCLOSE counts ms, not s */
	bool session_cache;
	bool renegotiation;
	bool ignore_chain; /* ignoremulticertchainverify */
	bool ignore_sign;  /* ignoreinvalidcertsign */
	char alpn[SSLCTX_PATH_MAX];
	char psk_identity[SSLCTX_PATH_MAX];
	uint8_t psk[SSLCTX_PSK_MAX];
	size_t psk_len; /* 0: none */
};

struct sslctx *sslctx_new(const struct profile *profile, struct net *net,
	struct filestore *files, struct rtc *rtc);
void sslctx_free(struct sslctx *s);
/* Defaults again: settings do not survive a reset [SSL §1]. */
void sslctx_reset(struct sslctx *s);
/* The stored values of a context, to read and change. id 0..5. */
struct sslctx_conf *sslctx_conf(struct sslctx *s, int id);
/* Key log lines go here; NULL stops. */
void sslctx_keylog(
	struct sslctx *s, void (*fn)(void *arg, const char *line), void *arg);
/* Armed faults, borrowed; NULL, as at first: none. */
void sslctx_faults(struct sslctx *s, struct fault_set *faults);
/*
 * Open a TLS connection with the values a context has now: read and scan its
 * files, connect, handshake. NULL with the reason when it cannot start.
 * May call back before returning: no.
 */
struct stream *sslctx_open(struct sslctx *s, int id, const char *host,
	uint16_t port, const struct stream_handler *handler, void *arg,
	struct why *why);

#endif
