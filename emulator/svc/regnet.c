#include "svc/regnet.h"

#include <stdlib.h>

#include "base/fault.h"
#include "base/profile.h"

/* Values of <stat> [AT §9.1]. */
enum reg_stat {
	REG_STAT_NONE = 0,
	REG_STAT_HOME = 1,
	REG_STAT_SEARCHING = 2,
	REG_STAT_DENIED = 3,
	REG_STAT_UNKNOWN = 4,
	REG_STAT_ROAMING = 5,
};

enum {
	RSSI_UNKNOWN = 99,
	RSSI_MAX = 31,
	SELECT_MAX_MS = 180000, /* man [AT §9.2] */
};

enum step {
	STEP_IDLE,
	STEP_SEARCH,
	STEP_FOUND,
	STEP_DONE,
};

/* What a command waits for. */
enum op {
	OP_NONE,
	OP_REGISTER,
	OP_LEAVE,
	OP_ATTACH,
	OP_DETACH,
	OP_SCAN,
};

struct regnet {
	const struct profile *profile;
	struct clock *clock;
	void (*on_change)(void *arg, enum reg_domain domain, int stat);
	void *arg;
	struct regnet_events events;
	void *events_arg;

	struct fault_set *faults;
	bool radio, sim, covered, allowed, detached;
	bool forbidden; /* on the host's list */
	bool denied;	/* by the fault or that list, this time */
	bool by_list;
	enum reg_mode mode;
	enum step step;
	enum reg_stat idle; /* until the network is found */
	int stat[REG_DOMAINS];
	int rssi;
	struct timer timer;

	enum op op;
	struct timer op_timer;
};

/* --- stat ------------------------------------------------------------------
 */

static int wanted_stat(const struct regnet *r, enum reg_domain domain)
{
	if (r->step != STEP_DONE)
		return (int)r->idle;
	if (r->denied)
		return REG_STAT_DENIED;
	if (domain == REG_CS)
		return (int)r->profile->reg_creg;
	if (r->detached)
		return REG_STAT_NONE;
	return (int)(domain == REG_PS ? r->profile->reg_cgreg
				      : r->profile->reg_cereg);
}

static void publish(struct regnet *r)
{
	for (int i = 0; i < REG_DOMAINS; i++) {
		enum reg_domain domain = (enum reg_domain)i;
		int stat = wanted_stat(r, domain);

		if (r->stat[i] == stat)
			continue;
		r->stat[i] = stat;
		r->on_change(r->arg, domain, stat);
	}
}

static void tell_signal(struct regnet *r, int before)
{
	if (r->events.signal != NULL && regnet_rssi(r) != before)
		r->events.signal(r->events_arg);
}

/* The network is gone; what there was of a search ends. */
static void lose(struct regnet *r, enum reg_stat idle)
{
	int before = regnet_rssi(r);

	timer_del(r->clock, &r->timer);
	r->step = STEP_IDLE;
	r->idle = idle;
	r->by_list = false;
	publish(r);
	tell_signal(r, before);
}

static void next(struct regnet *r, enum step step, int64_t ms)
{
	r->step = step;
	timer_set(r->clock, &r->timer, TIMER_LATENCY, (uint64_t)ms);
}

static bool is_reachable(const struct regnet *r)
{
	return r->covered && r->allowed;
}

static void search(struct regnet *r)
{
	if (r->radio && r->sim && is_reachable(r) && r->mode != REG_MODE_NONE &&
		r->step == STEP_IDLE)
		next(r, STEP_SEARCH, r->profile->reg_search_delay);
}

/* --- operations ------------------------------------------------------------
 */

static void end_op(struct regnet *r, const struct why *why)
{
	timer_del(r->clock, &r->op_timer);
	r->op = OP_NONE;
	if (r->events.done != NULL)
		r->events.done(r->events_arg, why);
}

static bool stat_is_good(int stat)
{
	return stat == REG_STAT_HOME || stat == REG_STAT_ROAMING;
}

static void end_register(struct regnet *r)
{
	struct why why;

	if (regnet_registered(r)) {
		end_op(r, NULL);
		return;
	}
	if (r->by_list)
		why_set(&why, ERR_NO_SERVICE, GRADE_INF,
			"the network is on the list of forbidden ones "
			"(AT+QFPLMNCFG)");
	else if (r->denied)
		why_set(&why, ERR_NO_SERVICE, GRADE_INF,
			"fault reg.deny: as if the network had denied it");
	else
		why_set(&why, ERR_NO_SERVICE, GRADE_INF,
			"the network refuses the registration (profile: "
			"reg_creg, "
			"reg_cgreg, reg_cereg)");
	end_op(r, &why);
}

static void on_op_timer(void *arg)
{
	struct regnet *r = arg;
	struct why why;

	switch (r->op) {
	case OP_REGISTER:
		if (r->step == STEP_DONE) {
			end_register(r);
			break;
		}
		why_set(&why, ERR_TIMEOUT, GRADE_INF,
			"no network was found in 180 s");
		end_op(r, &why);
		break;
	case OP_LEAVE:
		end_op(r, NULL);
		lose(r, REG_STAT_NONE);
		break;
	case OP_ATTACH:
	case OP_DETACH:
		/* CGACT goes on from here: what it needs is so then. */
		r->detached = r->op == OP_DETACH;
		publish(r);
		end_op(r, NULL);
		break;
	case OP_SCAN:
		end_op(r, NULL);
		break;
	case OP_NONE:
		break;
	}
}

static int begin_op(struct regnet *r, enum op op, int64_t ms, struct why *why)
{
	if (r->op != OP_NONE)
		return why_set(why, ERR_BUSY, GRADE_ASM,
			"the network is being chosen or left already");
	if (!r->radio)
		return why_set(why, ERR_NO_SERVICE, GRADE_ASM,
			"the radio is off (AT+CFUN=1)");
	r->op = op;
	timer_set(r->clock, &r->op_timer, TIMER_LATENCY, (uint64_t)ms);
	return 0;
}

int regnet_select(struct regnet *r, enum reg_mode mode, struct why *why)
{
	int64_t ms;
	enum op op = mode == REG_MODE_NONE ? OP_LEAVE : OP_REGISTER;
	int ret;

	/* The host wants it all the same: try anew, inf (23.122). */
	if (r->by_list && mode == REG_MODE_MANUAL && r->op == OP_NONE)
		lose(r, REG_STAT_SEARCHING);
	ms = mode == REG_MODE_NONE  ? r->profile->reg_leave_delay
	     : r->step == STEP_DONE ? 0
				    : SELECT_MAX_MS;
	ret = begin_op(r, op, ms, why);
	if (ret != 0)
		return ret;
	/* A wait for a search is a time-out, not a delay. */
	if (ms == SELECT_MAX_MS)
		timer_set(r->clock, &r->op_timer, TIMER_WINDOW, SELECT_MAX_MS);
	r->mode = mode;
	search(r);
	return 0;
}

int regnet_attach(struct regnet *r, bool attach, struct why *why)
{
	if (attach && r->step != STEP_DONE)
		return why_set(why, ERR_NO_SERVICE, GRADE_INF,
			"there is no network to attach to yet");
	return begin_op(r, attach ? OP_ATTACH : OP_DETACH,
		attach == !r->detached ? 0 : r->profile->reg_attach_delay, why);
}

int regnet_scan(struct regnet *r, struct why *why)
{
	return begin_op(r, OP_SCAN, r->profile->reg_scan_delay, why);
}

/* --- events ----------------------------------------------------------------
 */

static void on_timer(void *arg)
{
	struct regnet *r = arg;
	int before = regnet_rssi(r);

	if (r->step == STEP_SEARCH) {
		next(r, STEP_FOUND, r->profile->reg_found_delay);
		r->idle = REG_STAT_SEARCHING;
		publish(r);
	} else if (r->step == STEP_FOUND) {
		r->step = STEP_DONE;
		r->by_list = r->forbidden && r->mode == REG_MODE_AUTO;
		r->denied =
			r->by_list || fault_fires(r->faults, FAULT_REG_DENY);
		publish(r);
		tell_signal(r, before);
		if (r->op == OP_REGISTER)
			end_register(r);
	}
}

void regnet_start(struct regnet *r)
{
	r->sim = r->radio;
	/* Nothing is searched for: the 4 of a boot ends, inf [AT §9.1]. */
	if (r->sim && r->mode == REG_MODE_NONE && r->idle != REG_STAT_NONE)
		lose(r, REG_STAT_NONE);
	search(r);
}

static void end_op_lost(struct regnet *r, const char *text)
{
	struct why why;

	if (r->op != OP_NONE) {
		why_set(&why, ERR_NO_SERVICE, GRADE_INF, "%s", text);
		end_op(r, &why);
	}
}

void regnet_sim_lost(struct regnet *r)
{
	/* A card that never was ready leaves the 4 of a boot, cap [AT §5.1]. */
	if (!r->sim)
		return;
	r->sim = false;
	end_op_lost(r, "the SIM was lost meanwhile");
	lose(r, REG_STAT_NONE);
}

static void reach(struct regnet *r, bool was)
{
	bool now = is_reachable(r);

	if (was && !now && r->radio && r->step != STEP_IDLE)
		lose(r, REG_STAT_SEARCHING);
	else if (!was && now)
		search(r);
}

void regnet_cover(struct regnet *r, bool covered)
{
	bool was = is_reachable(r);

	r->covered = covered;
	reach(r, was);
}

void regnet_allow(struct regnet *r, bool allowed)
{
	bool was = is_reachable(r);

	r->allowed = allowed;
	reach(r, was);
}

void regnet_forbid(struct regnet *r, bool forbidden)
{
	r->forbidden = forbidden;
	if (forbidden || !r->by_list)
		return;
	lose(r, REG_STAT_SEARCHING);
	search(r);
}

bool regnet_forbidden(const struct regnet *r)
{
	return r->forbidden;
}

/* --- life ------------------------------------------------------------------
 */

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
	r->covered = true;
	r->allowed = true;
	r->rssi = (int)profile->reg_rssi;
	timer_init(&r->timer, on_timer, r);
	timer_init(&r->op_timer, on_op_timer, r);
	regnet_boot(r, REG_MODE_AUTO);
	return r;
}

void regnet_free(struct regnet *r)
{
	if (r == NULL)
		return;
	timer_del(r->clock, &r->timer);
	timer_del(r->clock, &r->op_timer);
	free(r);
}

void regnet_faults(struct regnet *r, struct fault_set *faults)
{
	r->faults = faults;
}

void regnet_listen(
	struct regnet *r, const struct regnet_events *events, void *arg)
{
	r->events = *events;
	r->events_arg = arg;
}

static void settle(struct regnet *r, bool radio, enum reg_stat stat)
{
	timer_del(r->clock, &r->timer);
	timer_del(r->clock, &r->op_timer);
	r->op = OP_NONE;
	r->step = STEP_IDLE;
	r->idle = stat;
	r->radio = radio;
	r->sim = false;
	r->detached = false;
	r->by_list = false;
	for (int i = 0; i < REG_DOMAINS; i++)
		r->stat[i] = (int)stat;
}

/* cap [AT §5.1]: 0,4 right after a boot, never 0,0, which hosts take for
 * a hard failure [CLIENT B.2]. */
void regnet_reset(struct regnet *r)
{
	settle(r, true, REG_STAT_UNKNOWN);
}

void regnet_boot(struct regnet *r, enum reg_mode mode)
{
	r->mode = mode;
	regnet_reset(r);
}

void regnet_stop(struct regnet *r)
{
	settle(r, false, REG_STAT_NONE);
}

void regnet_off(struct regnet *r)
{
	/* At first, so that those who are told see whose doing it is. */
	r->radio = false;
	end_op_lost(r, "the radio was switched off meanwhile");
	lose(r, REG_STAT_NONE);
	regnet_stop(r);
}

int regnet_stat(const struct regnet *r, enum reg_domain domain)
{
	return r->stat[domain];
}

enum reg_mode regnet_mode(const struct regnet *r)
{
	return r->mode;
}

bool regnet_attached(const struct regnet *r)
{
	return stat_is_good(r->stat[REG_EPS]);
}

bool regnet_left(const struct regnet *r)
{
	return !r->radio || !r->sim || r->detached || r->mode == REG_MODE_NONE;
}

bool regnet_registered(const struct regnet *r)
{
	for (int i = 0; i < REG_DOMAINS; i++)
		if (stat_is_good(r->stat[i]))
			return true;
	return false;
}

/* --- radio ------------------------------------------------------------------
 */

int regnet_rssi(const struct regnet *r)
{
	return r->step == STEP_DONE ? r->rssi : RSSI_UNKNOWN;
}

void regnet_set_rssi(struct regnet *r, int rssi)
{
	int before = regnet_rssi(r);

	if (rssi < 0 || rssi > RSSI_MAX)
		return;
	r->rssi = rssi;
	tell_signal(r, before);
}

bool regnet_signal(const struct regnet *r, struct reg_signal *signal)
{
	if (r->step != STEP_DONE)
		return false;
	/* man [AT §9.3] */
	signal->rssi = -113 + 2 * r->rssi;
	/*
	 * RSSI is of the whole carrier, RSRP of one of its 600 subcarriers
	 * (10 MHz), 28 dB less; the log of [AT §9.3] has -54 and -81. inf
	 */
	signal->rsrp = signal->rssi - 28;
	signal->rsrq = (int)r->profile->reg_rsrq;
	signal->sinr = (int)r->profile->reg_sinr;
	return true;
}
