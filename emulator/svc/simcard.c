#include "svc/simcard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"

enum {
	PIN_TRIES = 3, /* man [AT §7.2] QPINC */
	PUK_TRIES = 10,
	PIN_MAX = 8,
};

enum step {
	STEP_NONE,
	STEP_SEEN, /* the card answers: CME 10 becomes 14 */
	STEP_READ, /* it has been read: READY or a PIN is asked */
	STEP_TOLD, /* the URC of that */
	STEP_SMS,
	STEP_PB,
};

struct simcard {
	const struct profile *profile;
	struct clock *clock;
	void (*on_change)(void *arg, enum sim_state);
	void *arg;
	enum sim_state state;
	enum step step;
	struct timer timer;
	unsigned int news;
	int init_status;
	/* the card's own memory: survives the modem's resets */
	char pin[PIN_MAX + 1];
	int pin_tries, puk_tries;
};

static void next(struct simcard *sim, enum step step, int64_t ms)
{
	sim->step = step;
	timer_set(sim->clock, &sim->timer, TIMER_LATENCY, (uint64_t)ms);
}

static void tell(struct simcard *sim, unsigned int news)
{
	sim->news |= news;
	sim->on_change(sim->arg, sim->state);
}

static enum sim_state locked_state(const struct simcard *sim)
{
	if (sim->pin_tries == 0)
		return SIM_PUK;
	return sim->pin[0] == '\0' ? SIM_READY : SIM_PIN;
}

static void on_timer(void *arg)
{
	struct simcard *sim = arg;
	const struct profile *profile = sim->profile;

	switch (sim->step) {
	case STEP_SEEN:
		sim->step = STEP_NONE;
		sim->state = profile->sim_inserted ? SIM_BUSY : SIM_ABSENT;
		if (sim->state == SIM_BUSY)
			next(sim, STEP_READ, profile->sim_ready_delay);
		else
			tell(sim, SIM_NEWS_STATE);
		break;
	case STEP_READ:
		sim->state = locked_state(sim);
		next(sim, STEP_TOLD, profile->sim_urc_delay);
		break;
	case STEP_TOLD:
		sim->step = STEP_NONE;
		if (sim->state == SIM_READY) {
			sim->init_status |= 1;
			next(sim, STEP_SMS, profile->sim_sms_delay);
			tell(sim, SIM_NEWS_STATE | SIM_NEWS_TYPE);
		} else {
			tell(sim, SIM_NEWS_STATE);
		}
		break;
	case STEP_SMS:
		sim->init_status |= 2;
		next(sim, STEP_PB, profile->sim_pb_delay);
		tell(sim, SIM_NEWS_SMS);
		break;
	case STEP_PB:
		sim->step = STEP_NONE;
		sim->init_status |= 4;
		tell(sim, SIM_NEWS_PB);
		break;
	case STEP_NONE:
		break;
	}
}

struct simcard *simcard_new(const struct profile *profile, struct clock *clock,
	void (*on_change)(void *arg, enum sim_state), void *arg)
{
	struct simcard *sim = calloc(1, sizeof(*sim));

	if (sim == NULL)
		return NULL;
	sim->profile = profile;
	sim->clock = clock;
	sim->on_change = on_change;
	sim->arg = arg;
	sim->state = SIM_OFF;
	sim->pin_tries = PIN_TRIES;
	sim->puk_tries = PUK_TRIES;
	snprintf(sim->pin, sizeof(sim->pin), "%.*s", PIN_MAX, profile->sim_pin);
	timer_init(&sim->timer, on_timer, sim);
	return sim;
}

void simcard_free(struct simcard *sim)
{
	if (sim == NULL)
		return;
	timer_del(sim->clock, &sim->timer);
	free(sim);
}

void simcard_reset(struct simcard *sim)
{
	simcard_stop(sim);
	sim->state = SIM_STARTING;
}

void simcard_start(struct simcard *sim)
{
	bool waits = sim->state == SIM_STARTING && sim->step == STEP_NONE;

	if (sim->state != SIM_OFF && !waits)
		return;
	sim->state = SIM_STARTING;
	next(sim, STEP_SEEN, sim->profile->sim_seen_delay);
}

void simcard_stop(struct simcard *sim)
{
	timer_del(sim->clock, &sim->timer);
	sim->step = STEP_NONE;
	sim->state = SIM_OFF;
	sim->news = 0;
	sim->init_status = 0;
}

enum sim_state simcard_state(const struct simcard *sim)
{
	return sim->state;
}

unsigned int simcard_news(struct simcard *sim)
{
	unsigned int news = sim->news;

	sim->news = 0;
	return news;
}

int simcard_init_status(const struct simcard *sim)
{
	return sim->init_status;
}

int simcard_check(const struct simcard *sim, struct why *why)
{
	switch (sim->state) {
	case SIM_READY:
		return 0;
	case SIM_ABSENT:
		return why_set(why, ERR_SIM_NOT_INSERTED, GRADE_CAP,
			"SIM: none is in the socket (profile: sim_inserted)");
	case SIM_STARTING:
		return why_set(why, ERR_SIM_NOT_INSERTED, GRADE_CAP,
			"SIM: not seen yet, the modem has just started; ask "
			"again");
	case SIM_BUSY:
		return why_set(why, ERR_SIM_BUSY, GRADE_CAP,
			"SIM: being read after the start; ask again");
	case SIM_PIN:
		return why_set(why, ERR_SIM_PIN_REQUIRED, GRADE_MAN,
			"SIM: its PIN is wanted (AT+CPIN=<pin>)");
	case SIM_PUK:
		return why_set(why, ERR_SIM_PUK_REQUIRED, GRADE_MAN,
			"SIM: its PUK is wanted after %d wrong PINs "
			"(AT+CPIN=<puk>,<new pin>)",
			PIN_TRIES);
	case SIM_OFF:
		break;
	}
	return why_set(
		why, ERR_SIM_FAILURE, GRADE_CAP, "SIM: switched off by CFUN=0");
}

/* The lock is open: the rest comes as after a boot without one. */
static int opened(struct simcard *sim)
{
	sim->pin_tries = PIN_TRIES;
	sim->puk_tries = PUK_TRIES;
	sim->state = SIM_READY;
	next(sim, STEP_TOLD, sim->profile->sim_urc_delay);
	return 0;
}

int simcard_pin(struct simcard *sim, const char *pin, struct why *why)
{
	if (sim->state != SIM_PIN)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"SIM: no PIN is asked now");
	if (strcmp(pin, sim->pin) == 0)
		return opened(sim);
	sim->pin_tries--;
	if (sim->pin_tries == 0) {
		sim->state = SIM_PUK;
		next(sim, STEP_TOLD, sim->profile->sim_urc_delay);
	}
	return why_set(why, ERR_PASSWORD, GRADE_INF,
		"SIM: wrong PIN, %d tries are left", sim->pin_tries);
}

int simcard_puk(
	struct simcard *sim, const char *puk, const char *pin, struct why *why)
{
	size_t len = strlen(pin);

	if (sim->state != SIM_PUK)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"SIM: no PUK is asked now");
	if (sim->puk_tries == 0)
		return why_set(why, ERR_SIM_FAILURE, GRADE_INF,
			"SIM: blocked for good after %d wrong PUKs", PUK_TRIES);
	if (len < 4 || len > PIN_MAX)
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"SIM: the new PIN has %zu digits, 4..%d are allowed",
			len, PIN_MAX);
	if (strcmp(puk, sim->profile->sim_puk) != 0) {
		sim->puk_tries--;
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"SIM: wrong PUK, %d tries are left", sim->puk_tries);
	}
	snprintf(sim->pin, sizeof(sim->pin), "%s", pin);
	return opened(sim);
}
