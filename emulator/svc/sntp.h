#ifndef EC21_SVC_SNTP_H
#define EC21_SVC_SNTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* SNTP client (RFC 4330), one question at a time [NTP §1]. */
struct sntp;
struct clock;
struct net;

/*
 * done: the server's time, s since 1970, or why there is none. Never called
 * from inside the functions below. NULL without memory.
 */
struct sntp *sntp_new(struct clock *clock,
	void (*done)(void *arg, int64_t utc_s, const struct why *why),
	void *arg);
void sntp_free(struct sntp *s);
/* Forget the question, without a word. */
void sntp_reset(struct sntp *s);
/* The network is gone: the question ends with this reason, if there is one. */
void sntp_fail(struct sntp *s, const struct why *why);
/* The server that is being asked; NULL: none. */
const char *sntp_server(const struct sntp *s, uint16_t *port);

struct sntp_ask {
	const char *host;
	uint16_t port;
	unsigned int tries;
	uint64_t try_ms; /* window of each */
};

/*
 * ERR_NET_BUSY while another goes on, ERR_NET_MEMORY. The end is told:
 * ERR_NET_TIMEOUT, ERR_NET_DNS, ERR_NET_CONNECT, ERR_NET_UNKNOWN (the server
 * refuses).
 */
int sntp_start(struct sntp *s, struct net *net, const struct sntp_ask *want,
	struct why *why);

#endif
