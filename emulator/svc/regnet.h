#ifndef EC21_SVC_REGNET_H
#define EC21_SVC_REGNET_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct profile;

/* Registration [AT §9.1]: never 0,0 after a boot; 4, then 2, then 1. */
enum reg_domain {
	REG_CS,	 /* CREG */
	REG_PS,	 /* CGREG */
	REG_EPS, /* CEREG */
	REG_DOMAINS,
};

struct regnet;

/*
 * on_change: once for each domain whose stat changed, called from the clock
 * only.
 */
struct regnet *regnet_new(const struct profile *profile, struct clock *clock,
	void (*on_change)(void *arg, enum reg_domain domain, int stat),
	void *arg);
void regnet_free(struct regnet *r);
/* The radio comes on, at a boot or by CFUN=1: stat 4, without on_change. */
void regnet_reset(struct regnet *r);
/*
 * The SIM is ready: begin to search. Ignored while the radio is off or a
 * search has begun.
 */
void regnet_start(struct regnet *r);
/* Radio off: stat 0 at once, without on_change. */
void regnet_stop(struct regnet *r);
/* 0..5 as printed. */
int regnet_stat(const struct regnet *r, enum reg_domain domain);
bool regnet_attached(const struct regnet *r);
/* rssi 0..31 or 99. */
int regnet_rssi(const struct regnet *r);

#endif
