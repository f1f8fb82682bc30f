#ifndef EC21_SVC_LOOKUP_H
#define EC21_SVC_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* The address of a name, one question at a time [NTP §4]. */
struct lookup;
struct clock;
struct net;

/*
 * done: the address, and whether the name was one itself; or why there is
 * none. Never called from inside the functions below. NULL without memory.
 */
struct lookup *lookup_new(struct clock *clock,
	void (*done)(
		void *arg, const char *ip, bool literal, const struct why *why),
	void *arg);
void lookup_free(struct lookup *l);
/* Forget the question, without a word. */
void lookup_reset(struct lookup *l);
/*
 * window_ms: how long the answer may take. ERR_NET_DNS_BUSY while another
 * question goes on, ERR_NET_MEMORY.
 */
int lookup_start(struct lookup *l, struct net *net, const char *host,
	uint64_t window_ms, struct why *why);

/* True for a dotted address. */
bool lookup_is_ipv4(const char *text);

#endif
