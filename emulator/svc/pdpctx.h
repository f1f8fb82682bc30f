#ifndef EC21_SVC_PDPCTX_H
#define EC21_SVC_PDPCTX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/net.h"

struct net;
struct profile;
struct regnet;

/* PDP contexts 1..16 [TCP §2]. */
enum { PDP_IDS = 16, PDP_TEXT_MAX = 128 };

struct pdp_conf {
	bool defined; /* context 1 is from the factory, inf [AT §10.1] */
	int type;     /* PDP_TYPE_V4 is the default */
	char apn[PDP_TEXT_MAX];
	char user[PDP_TEXT_MAX];
	char password[PDP_TEXT_MAX];
	int auth; /* 0..3 */
};

/* Its name servers: the network's, until others are set. */
struct pdp_dns {
	char first[NET_IP_SIZE], second[NET_IP_SIZE];
	bool given; /* by QIDNSCFG */
};

enum { PDP_TYPE_V4 = 1, PDP_TYPE_V4V6 = 2, PDP_TYPE_V6 = 3 };

struct pdpctx;

/*
 * on_done: an activation or deactivation that was started has ended; why is
 * NULL on success. Or, with nothing started, the network took an active
 * context away (pdpctx_drop()). Called from the clock only, but for
 * pdpctx_drop(). NULL without memory.
 */
struct pdpctx *pdpctx_new(const struct profile *profile, struct clock *clock,
	struct regnet *reg,
	void (*on_done)(void *arg, int id, const struct why *why), void *arg);
void pdpctx_free(struct pdpctx *p);
/* All contexts down, settings kept: a reset. */
void pdpctx_reset(struct pdpctx *p);
/* id 1..16. */
struct pdp_conf *pdpctx_conf(struct pdpctx *p, int id);
/* Lost when the context is activated again. */
struct pdp_dns *pdpctx_dns(struct pdpctx *p, int id);
bool pdpctx_active(const struct pdpctx *p, int id);
/*
 * The IPv4 or the IPv6 address of an active context; "" when it is not active
 * or has none of that kind.
 */
const char *pdpctx_address(const struct pdpctx *p, int id, bool v6);
/* What its type gives it. */
bool pdpctx_has_v4(const struct pdpctx *p, int id);
bool pdpctx_has_v6(const struct pdpctx *p, int id);
/*
 * What is opened through `net` next goes over this context: its kinds of
 * address, its name servers. cache: their answers may be remembered.
 */
void pdpctx_use(struct pdpctx *p, int id, struct net *net, bool cache);
/*
 * Start; the end is told by on_done. Immediate errors: ERR_NET_NO_APN,
 * ERR_NET_PDP_OPEN (already active, not registered, three are up, taken away
 * and not yet deactivated), ERR_NET_BUSY. Deactivating what is not active
 * succeeds, later too.
 */
int pdpctx_activate(struct pdpctx *p, int id, struct why *why);
int pdpctx_deactivate(struct pdpctx *p, int id, struct why *why);
/*
 * Count the open of a connection. ERR_NET_PARAM when the data stack is wedged:
 * after so many opens (pdp_wedge_after) it takes none and activates nothing
 * until pdpctx_reset(), kin [SSL §12].
 */
int pdpctx_count_open(struct pdpctx *p, struct why *why);
/*
 * The network releases a context; on_done is called before this returns when
 * the context was active or about to be. It must be deactivated before it can
 * be activated again, man [TCP §11].
 */
void pdpctx_drop(struct pdpctx *p, int id, const struct why *why);

/*
 * The bearer below a context [AT §10.1]: context 1 has one while the modem is
 * attached, LTE's default bearer; others by CGACT or QIACT.
 */
bool pdpctx_bearer(const struct pdpctx *p, int id);
/* Address of the bearer of this kind into text, "" without one. */
void pdpctx_bearer_address(
	const struct pdpctx *p, int id, bool v6, char *text, size_t size);
/*
 * CGACT, at once. ERR_NO_SERVICE: not attached. ERR_NOT_ALLOWED: the context
 * is not defined, or its bearer is the default one. An active context is
 * dropped with its bearer, as by the network.
 */
int pdpctx_set_bearer(struct pdpctx *p, int id, bool on, struct why *why);

#endif
