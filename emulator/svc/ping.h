#ifndef EC21_SVC_PING_H
#define EC21_SVC_PING_H

#include <stdint.h>

#include "base/err.h"

/* ICMP echo, one run at a time [NTP §2]. */
struct ping;
struct clock;
struct net;

enum { PING_BYTES = 32 }; /* payload, as +QPING prints it */

struct ping_sum {
	unsigned int sent, received;
	uint32_t min_ms, max_ms, avg_ms; /* 0 without an answer */
};

/* Never called from inside the functions below. */
struct ping_events {
	/* An answer from ip came after ms. */
	void (*answer)(void *arg, const char *ip, uint32_t ms);
	/* This one was lost, or could not be sent. */
	void (*lost)(void *arg, const struct why *why);
	/* The end: sum, or why the host could not be asked at all. */
	void (*done)(
		void *arg, const struct ping_sum *sum, const struct why *why);
};

/* events is copied. NULL without memory. */
struct ping *ping_new(
	struct clock *clock, const struct ping_events *events, void *arg);
void ping_free(struct ping *p);
/* Forget the run, without a word. */
void ping_reset(struct ping *p);
/* The network is gone: a run ends with this reason. */
void ping_fail(struct ping *p, const struct why *why);
/*
 * Ask host `count` times, a second apart; timeout_ms is the window of each.
 * ERR_NET_BUSY while a run goes on, ERR_NET_MEMORY.
 */
int ping_start(struct ping *p, struct net *net, const char *host,
	uint64_t timeout_ms, unsigned int count, struct why *why);

#endif
