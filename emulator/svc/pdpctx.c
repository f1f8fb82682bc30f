#include "svc/pdpctx.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/profile.h"
#include "svc/regnet.h"

enum pdp_state {
	PDP_DOWN,
	PDP_STARTING,
	PDP_UP,
	PDP_STOPPING,
	PDP_LOST, /* the network took it; waits for a deactivation */
};

struct pdp {
	struct pdpctx *owner;
	int id;
	enum pdp_state state;
	bool bearer; /* by CGACT */
	struct pdp_conf conf;
	struct pdp_dns dns;
	struct timer timer;
	char address[2][64]; /* IPv4, IPv6 */
};

struct pdpctx {
	const struct profile *profile;
	struct clock *clock;
	struct regnet *reg;
	void (*on_done)(void *arg, int id, const struct why *why);
	void *arg;
	struct pdp ctx[PDP_IDS];
	int64_t opens; /* since the reset */
};

static struct pdp *pdp_at(struct pdpctx *p, int id)
{
	assert(id >= 1 && id <= PDP_IDS);
	return &p->ctx[id - 1];
}

static void format_address(
	const struct pdpctx *p, int id, bool v6, char *text, size_t size)
{
	const struct profile *profile = p->profile;

	text[0] = '\0';
	if (v6 ? pdpctx_has_v6(p, id) : pdpctx_has_v4(p, id))
		snprintf(text, size, "%.48s%d",
			v6 ? profile->pdp_address6 : profile->pdp_address, id);
}

static void pdp_timer(void *arg)
{
	struct pdp *pdp = arg;
	struct pdpctx *p = pdp->owner;
	struct why why;

	if (pdp->state == PDP_STOPPING) {
		pdp->state = PDP_DOWN;
		p->on_done(p->arg, pdp->id, NULL);
		return;
	}
	if (!regnet_attached(p->reg)) {
		pdp->state = PDP_DOWN;
		why_set(&why, ERR_NET_PDP_OPEN, GRADE_INF,
			"pdp %d: the network was lost while it was activated",
			pdp->id);
		p->on_done(p->arg, pdp->id, &why);
		return;
	}
	pdp->state = PDP_UP;
	pdp->dns.given = false;
	snprintf(pdp->dns.first, sizeof(pdp->dns.first), "%.45s",
		p->profile->pdp_dns1);
	snprintf(pdp->dns.second, sizeof(pdp->dns.second), "%.45s",
		p->profile->pdp_dns2);
	for (int v6 = 0; v6 < 2; v6++)
		format_address(p, pdp->id, v6, pdp->address[v6],
			sizeof(pdp->address[v6]));
	p->on_done(p->arg, pdp->id, NULL);
}

struct pdpctx *pdpctx_new(const struct profile *profile, struct clock *clock,
	struct regnet *reg,
	void (*on_done)(void *arg, int id, const struct why *why), void *arg)
{
	struct pdpctx *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->profile = profile;
	p->clock = clock;
	p->reg = reg;
	p->on_done = on_done;
	p->arg = arg;
	for (int i = 0; i < PDP_IDS; i++) {
		struct pdp *pdp = &p->ctx[i];

		pdp->owner = p;
		pdp->id = i + 1;
		pdp->conf.defined = pdp->id == 1;
		pdp->conf.type = PDP_TYPE_V4; /* default, man [TCP §2.1] */
		timer_init(&pdp->timer, pdp_timer, pdp);
	}
	return p;
}

void pdpctx_reset(struct pdpctx *p)
{
	for (int i = 0; i < PDP_IDS; i++) {
		timer_del(p->clock, &p->ctx[i].timer);
		p->ctx[i].state = PDP_DOWN;
		p->ctx[i].bearer = false;
	}
	p->opens = 0;
}

void pdpctx_free(struct pdpctx *p)
{
	if (p == NULL)
		return;
	pdpctx_reset(p);
	free(p);
}

struct pdp_conf *pdpctx_conf(struct pdpctx *p, int id)
{
	return &pdp_at(p, id)->conf;
}

struct pdp_dns *pdpctx_dns(struct pdpctx *p, int id)
{
	return &pdp_at(p, id)->dns;
}

bool pdpctx_active(const struct pdpctx *p, int id)
{
	assert(id >= 1 && id <= PDP_IDS);
	return p->ctx[id - 1].state == PDP_UP;
}

const char *pdpctx_address(const struct pdpctx *p, int id, bool v6)
{
	return pdpctx_active(p, id) ? p->ctx[id - 1].address[v6] : "";
}

bool pdpctx_has_v4(const struct pdpctx *p, int id)
{
	assert(id >= 1 && id <= PDP_IDS);
	return p->ctx[id - 1].conf.type != PDP_TYPE_V6;
}

bool pdpctx_has_v6(const struct pdpctx *p, int id)
{
	assert(id >= 1 && id <= PDP_IDS);
	return p->ctx[id - 1].conf.type != PDP_TYPE_V4;
}

void pdpctx_use(struct pdpctx *p, int id, struct net *net, bool cache)
{
	const struct pdp_dns *dns = &pdp_at(p, id)->dns;
	struct net_bearer bearer = {
		.v4 = pdpctx_has_v4(p, id),
		.v6 = pdpctx_has_v6(p, id),
		.dns_given = dns->given,
		.cache = cache,
	};

	snprintf(bearer.dns[0], sizeof(bearer.dns[0]), "%s", dns->first);
	snprintf(bearer.dns[1], sizeof(bearer.dns[1]), "%s", dns->second);
	net_use(net, &bearer);
}

static int count_active(const struct pdpctx *p)
{
	int n = 0;

	for (int i = 0; i < PDP_IDS; i++)
		if (p->ctx[i].state == PDP_UP ||
			p->ctx[i].state == PDP_STARTING)
			n++;
	return n;
}

static int check_state(const struct pdp *pdp, struct why *why)
{
	switch (pdp->state) {
	case PDP_DOWN:
		return 0;
	case PDP_UP:
		return why_set(why, ERR_NET_PDP_OPEN, GRADE_INF,
			"pdp %d: already active", pdp->id);
	case PDP_LOST:
		return why_set(why, ERR_NET_PDP_OPEN, GRADE_MAN,
			"pdp %d: the network released it; deactivate it "
			"first",
			pdp->id);
	case PDP_STARTING:
	case PDP_STOPPING:
		break;
	}
	return why_set(why, ERR_NET_BUSY, GRADE_INF,
		"pdp %d: an activation or deactivation is running", pdp->id);
}

static int check_wedge(const struct pdpctx *p, struct why *why)
{
	int64_t after = p->profile->pdp_wedge_after;

	if (after == 0 || p->opens < after)
		return 0;
	return why_set(why, ERR_NET_PARAM, GRADE_KIN,
		"the data stack is wedged after %lld opens (pdp_wedge_after); "
		"only a restart helps",
		(long long)after);
}

int pdpctx_count_open(struct pdpctx *p, struct why *why)
{
	int rc = check_wedge(p, why);

	if (rc == 0)
		p->opens++;
	return rc;
}

int pdpctx_activate(struct pdpctx *p, int id, struct why *why)
{
	struct pdp *pdp = pdp_at(p, id);
	int rc = check_state(pdp, why);

	if (rc == 0)
		rc = check_wedge(p, why);
	if (rc != 0)
		return rc;
	if (!regnet_attached(p->reg))
		return why_set(why, ERR_NET_PDP_OPEN, GRADE_INF,
			"pdp %d: not registered with a network yet", id);
	if (p->profile->pdp_apn_required && pdp->conf.apn[0] == '\0')
		return why_set(why, ERR_NET_NO_APN, GRADE_INF,
			"pdp %d: no access point name is set", id);
	if (count_active(p) >= p->profile->pdp_active_max)
		return why_set(why, ERR_NET_PDP_OPEN, GRADE_MAN,
			"pdp %d: %d contexts are active, no more can be", id,
			count_active(p));
	pdp->state = PDP_STARTING;
	timer_set(p->clock, &pdp->timer, TIMER_LATENCY,
		(uint64_t)p->profile->pdp_activate);
	return 0;
}

int pdpctx_deactivate(struct pdpctx *p, int id, struct why *why)
{
	struct pdp *pdp = pdp_at(p, id);

	if (pdp->state == PDP_STARTING || pdp->state == PDP_STOPPING)
		return check_state(pdp, why);
	/* What is down goes down again without waiting, inf [TCP §2.3]. */
	timer_set(p->clock, &pdp->timer, TIMER_LATENCY,
		pdp->state == PDP_UP ? (uint64_t)p->profile->pdp_deactivate
				     : 0);
	pdp->state = PDP_STOPPING;
	return 0;
}

void pdpctx_drop(struct pdpctx *p, int id, const struct why *why)
{
	struct pdp *pdp = pdp_at(p, id);

	if (pdp->state != PDP_UP && pdp->state != PDP_STARTING)
		return;
	timer_del(p->clock, &pdp->timer);
	pdp->state = pdp->state == PDP_UP ? PDP_LOST : PDP_DOWN;
	p->on_done(p->arg, id, why);
}

/* --- bearers ---------------------------------------------------------------
 */

bool pdpctx_bearer(const struct pdpctx *p, int id)
{
	assert(id >= 1 && id <= PDP_IDS);
	return regnet_attached(p->reg) &&
	       (id == 1 || p->ctx[id - 1].bearer || pdpctx_active(p, id));
}

void pdpctx_bearer_address(
	const struct pdpctx *p, int id, bool v6, char *text, size_t size)
{
	text[0] = '\0';
	if (pdpctx_bearer(p, id))
		format_address(p, id, v6, text, size);
}

static int stop_bearer(struct pdpctx *p, int id, struct why *why)
{
	struct pdp *pdp = pdp_at(p, id);
	struct why lost;

	if (!pdpctx_bearer(p, id))
		return 0;
	if (id == 1)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"pdp 1: LTE keeps its default bearer (AT+CGATT=0 "
			"leaves it)");
	pdp->bearer = false;
	why_set(&lost, ERR_NET_PDP_BROKEN, GRADE_INF,
		"pdp %d: its bearer was deactivated by CGACT", id);
	pdpctx_drop(p, id, &lost);
	return 0;
}

int pdpctx_set_bearer(struct pdpctx *p, int id, bool on, struct why *why)
{
	struct pdp *pdp = pdp_at(p, id);

	if (!on)
		return stop_bearer(p, id, why);
	if (!pdp->conf.defined)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"pdp %d: not defined (AT+CGDCONT)", id);
	if (!regnet_attached(p->reg))
		return why_set(why, ERR_NO_SERVICE, GRADE_INF,
			"pdp %d: not registered with a network yet", id);
	pdp->bearer = true;
	return 0;
}
