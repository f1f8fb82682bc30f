#ifndef EC21_SVC_LOOKUP_H
#define EC21_SVC_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "net/net.h"

/* The addresses of a name, one question at a time [NTP §4]. */
struct lookup;
struct clock;

/*
 * done: what was found, lent; or why there is none. Never called from inside
 * the functions below. NULL without memory.
 */
struct lookup *lookup_new(struct clock *clock,
	void (*done)(void *arg, const struct net_names *names,
		const struct why *why),
	void *arg);
void lookup_free(struct lookup *l);
/* Forget the question, without a word. */
void lookup_reset(struct lookup *l);
/* The network is gone: a question ends with this reason. */
void lookup_fail(struct lookup *l, const struct why *why);
/*
 * window_ms: how long the answer may take. ERR_NET_DNS_BUSY while another
 * question goes on, ERR_NET_MEMORY.
 */
int lookup_start(struct lookup *l, struct net *net, const char *host,
	uint64_t window_ms, struct why *why);

/* True for a dotted address. */
bool lookup_is_ipv4(const char *text);
/* True for an address with colons. */
bool lookup_is_ipv6(const char *text);

#endif
