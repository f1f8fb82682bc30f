#include "svc/regnet.h"

#include <stdlib.h>

#include "base/profile.h"

/* Values of <stat> [AT §9.1]. */
enum reg_stat {
	REG_STAT_NONE = 0,
	REG_STAT_HOME = 1,
	REG_STAT_SEARCHING = 2,
	REG_STAT_UNKNOWN = 4,
	REG_STAT_ROAMING = 5,
};

enum { RSSI_UNKNOWN = 99 };

enum step {
	STEP_IDLE,
	STEP_SEARCH,
	STEP_FOUND,
	STEP_DONE,
};

struct regnet {
	const struct profile *profile;
	struct clock *clock;
	void (*on_change)(void *arg, enum reg_domain domain, int stat);
	void *arg;
	int stat[REG_DOMAINS];
	bool radio;
	enum step step;
	struct timer timer;
};

static void set_stat(struct regnet *r, enum reg_domain domain, int stat)
{
	if (r->stat[domain] == stat)
		return;
	r->stat[domain] = stat;
	r->on_change(r->arg, domain, stat);
}

static void next(struct regnet *r, enum step step, int64_t ms)
{
	r->step = step;
	timer_set(r->clock, &r->timer, TIMER_LATENCY, (uint64_t)ms);
}

static void on_timer(void *arg)
{
	struct regnet *r = arg;

	if (r->step == STEP_SEARCH) {
		next(r, STEP_FOUND, r->profile->reg_found_delay);
		set_stat(r, REG_CS, REG_STAT_SEARCHING);
		set_stat(r, REG_PS, REG_STAT_SEARCHING);
		set_stat(r, REG_EPS, REG_STAT_SEARCHING);
	} else if (r->step == STEP_FOUND) {
		r->step = STEP_DONE;
		set_stat(r, REG_CS, (int)r->profile->reg_creg);
		set_stat(r, REG_PS, (int)r->profile->reg_cgreg);
		set_stat(r, REG_EPS, (int)r->profile->reg_cereg);
	}
}

struct regnet *regnet_new(const struct profile *profile, struct clock *clock,
	void (*on_change)(void *arg, enum reg_domain domain, int stat),
	void *arg)
{
	struct regnet *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->profile = profile;
	r->clock = clock;
	r->on_change = on_change;
	r->arg = arg;
	timer_init(&r->timer, on_timer, r);
	regnet_reset(r);
	return r;
}

void regnet_free(struct regnet *r)
{
	if (r == NULL)
		return;
	timer_del(r->clock, &r->timer);
	free(r);
}

static void settle(struct regnet *r, bool radio, int stat)
{
	timer_del(r->clock, &r->timer);
	r->step = STEP_IDLE;
	r->radio = radio;
	for (int i = 0; i < REG_DOMAINS; i++)
		r->stat[i] = stat;
}

/* cap [AT §5.1]: 0,4 right after a boot, never 0,0, which hosts take for
 * a hard failure [CLIENT B.2]. */
void regnet_reset(struct regnet *r)
{
	settle(r, true, REG_STAT_UNKNOWN);
}

void regnet_start(struct regnet *r)
{
	if (r->radio && r->step == STEP_IDLE)
		next(r, STEP_SEARCH, r->profile->reg_search_delay);
}

void regnet_stop(struct regnet *r)
{
	settle(r, false, REG_STAT_NONE);
}

int regnet_stat(const struct regnet *r, enum reg_domain domain)
{
	return r->stat[domain];
}

bool regnet_attached(const struct regnet *r)
{
	return r->stat[REG_EPS] == REG_STAT_HOME ||
	       r->stat[REG_EPS] == REG_STAT_ROAMING;
}

int regnet_rssi(const struct regnet *r)
{
	return r->step == STEP_DONE ? (int)r->profile->reg_rssi : RSSI_UNKNOWN;
}
