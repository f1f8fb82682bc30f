#ifndef EC21_SVC_PDPCTX_H
#define EC21_SVC_PDPCTX_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct profile;
struct regnet;

/* PDP contexts 1..16 [TCP §2]. */
enum { PDP_IDS = 16, PDP_TEXT_MAX = 128 };

struct pdp_conf {
	int type;		/* 1 IPv4, 2 IPv4v6; 0: not set */
	char apn[PDP_TEXT_MAX];
	char user[PDP_TEXT_MAX];
	char password[PDP_TEXT_MAX];
	int auth;		/* 0..3 */
};

struct pdpctx;

/*
 * on_done: an activation or deactivation that was started has ended; why is
 * NULL on success. Called from the clock only.
 */
struct pdpctx *pdpctx_new(const struct profile *profile, struct clock *clock,
	struct regnet *reg,
	void (*on_done)(void *arg, int id, const struct why *why), void *arg);
void pdpctx_free(struct pdpctx *p);
/* All contexts down, settings kept: a reset. */
void pdpctx_reset(struct pdpctx *p);
/* id 1..16. */
struct pdp_conf *pdpctx_conf(struct pdpctx *p, int id);
bool pdpctx_active(const struct pdpctx *p, int id);
/* The address of an active context, "" otherwise. */
const char *pdpctx_address(const struct pdpctx *p, int id);
/*
 * Start; the end is told by on_done. Immediate errors: ERR_NET_NO_APN,
 * ERR_NET_PDP_OPEN (already active, not registered, three are up).
 */
int pdpctx_activate(struct pdpctx *p, int id, struct why *why);
int pdpctx_deactivate(struct pdpctx *p, int id, struct why *why);

#endif
