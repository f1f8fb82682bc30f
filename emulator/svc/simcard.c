#include "svc/simcard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "svc/nv.h"

enum {
	PIN_TRIES = 3, /* man [AT §7.2] QPINC */
	PUK_TRIES = 10,
	PIN_MIN = 4,
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

/* A secret code, its tries, and the one that unblocks it. */
struct code {
	char pin[PIN_MAX + 1];
	const char *puk;
	int pin_tries, puk_tries;
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
	bool moved; /* in or out since the start, not as in the profile */
	bool detect;
	/* the card's own memory: survives the modem's resets, and with `nv`
	 * the end of the program */
	bool locked;
	bool fixed; /* fixed dialling */
	struct code codes[SIM_CODES];
	struct nv *nv;
	/* since the last start */
	bool second_given;  /* PIN2 was right */
	bool second_wanted; /* and was not there when it was needed */
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

static bool is_in(const struct simcard *sim)
{
	return sim->profile->sim_inserted != sim->moved;
}

static enum sim_state locked_state(const struct simcard *sim)
{
	/* inf: a blocked PIN that is not asked blocks nothing. */
	if (!sim->locked)
		return SIM_READY;
	return sim->codes[SIM_CODE_PIN].pin_tries == 0 ? SIM_PUK : SIM_PIN;
}

static void on_timer(void *arg)
{
	struct simcard *sim = arg;
	const struct profile *profile = sim->profile;

	switch (sim->step) {
	case STEP_SEEN:
		sim->step = STEP_NONE;
		sim->state = is_in(sim) ? SIM_BUSY : SIM_ABSENT;
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

static void init_code(struct code *c, const char *pin, const char *puk)
{
	snprintf(c->pin, sizeof(c->pin), "%.*s", PIN_MAX, pin);
	c->puk = puk;
	c->pin_tries = PIN_TRIES;
	c->puk_tries = PUK_TRIES;
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
	sim->locked = profile->sim_pin[0] != '\0';
	init_code(&sim->codes[SIM_CODE_PIN],
		sim->locked ? profile->sim_pin : profile->sim_pin_off,
		profile->sim_puk);
	init_code(&sim->codes[SIM_CODE_PIN2], profile->sim_pin2,
		profile->sim_puk2);
	timer_init(&sim->timer, on_timer, sim);
	return sim;
}

/* --- the card's memory ------------------------------------------------------
 */

/* Tells one card from another: a number of all that the profile says of it. */
static unsigned long card_id(const struct profile *p)
{
	const char *const parts[] = {p->identity_iccid, p->sim_pin,
		p->sim_pin_off, p->sim_puk, p->sim_pin2, p->sim_puk2};
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		for (const char *c = parts[i]; *c != '\0'; c++)
			hash = (hash ^ (unsigned char)*c) * 16777619u;
		hash *= 16777619u;
	}
	return hash;
}

/* A failure to write leaves it to this run, as nv.h says of all values. */
static void save(const struct simcard *sim)
{
	const struct code *pin = &sim->codes[SIM_CODE_PIN],
			  *pin2 = &sim->codes[SIM_CODE_PIN2];
	char text[96];
	struct why why;

	if (sim->nv == NULL)
		return;
	snprintf(text, sizeof(text), "%lu %d %d %s %d %d %s %d %d",
		card_id(sim->profile), sim->locked, sim->fixed, pin->pin,
		pin->pin_tries, pin->puk_tries, pin2->pin, pin2->pin_tries,
		pin2->puk_tries);
	(void)nv_set_str(sim->nv, "sim_card", text, &why);
}

static long take_number(const char **p)
{
	char *end;
	long n = strtol(*p, &end, 10);

	*p = end;
	return n;
}

static int take_tries(const char **p, int most)
{
	long n = take_number(p);

	return n < 0 || n > most ? 0 : (int)n;
}

static void load_code(struct code *c, const char **p)
{
	size_t len;

	/* One blank: the profile may give no code, which is an empty one. */
	*p += **p == ' ';
	len = strcspn(*p, " ");
	if (len < sizeof(c->pin))
		snprintf(c->pin, sizeof(c->pin), "%.*s", (int)len, *p);
	*p += len;
	c->pin_tries = take_tries(p, PIN_TRIES);
	c->puk_tries = take_tries(p, PUK_TRIES);
}

void simcard_keep(struct simcard *sim, struct nv *nv)
{
	const char *p = nv_str(nv, "sim_card", "");
	char *end;

	sim->nv = nv;
	if (strtoul(p, &end, 10) != card_id(sim->profile) || end == p)
		return;
	p = end;
	sim->locked = take_number(&p) != 0;
	sim->fixed = take_number(&p) != 0;
	load_code(&sim->codes[SIM_CODE_PIN], &p);
	load_code(&sim->codes[SIM_CODE_PIN2], &p);
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
	sim->second_given = false;
	sim->second_wanted = false;
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
			sim->profile->sim_inserted
				? "SIM: it was taken out of the socket"
				: "SIM: none is in the socket (profile: "
				  "sim_inserted)");
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

/* --- codes -----------------------------------------------------------------
 */

static int check_new(const char *pin, struct why *why)
{
	size_t len = strlen(pin);

	if (len >= PIN_MIN && len <= PIN_MAX &&
		strspn(pin, "0123456789") == len)
		return 0;
	return why_set(why, ERR_PASSWORD, GRADE_INF,
		"SIM: the new PIN has %zu characters, %d..%d digits are "
		"allowed",
		len, PIN_MIN, PIN_MAX);
}

/* The third wrong PIN blocks a card whose lock is on. */
static void block(struct simcard *sim)
{
	if (!sim->locked)
		return;
	sim->state = SIM_PUK;
	next(sim, STEP_TOLD, sim->profile->sim_urc_delay);
}

static int try_code(
	struct simcard *sim, enum sim_code id, const char *pin, struct why *why)
{
	struct code *c = &sim->codes[id];
	const char *name = id == SIM_CODE_PIN ? "PIN" : "PIN2";

	if (id == SIM_CODE_PIN2) {
		sim->second_wanted = true;
		if (c->pin_tries == 0)
			return why_set(why, ERR_SIM_PUK2_REQUIRED, GRADE_INF,
				"SIM: the PIN2 is blocked after %d wrong ones "
				"(AT+CPIN=<puk2>,<new pin2>)",
				PIN_TRIES);
	}
	if (c->pin_tries == 0)
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"SIM: the %s is blocked after %d wrong ones", name,
			PIN_TRIES);
	if (strcmp(pin, c->pin) == 0) {
		if (id == SIM_CODE_PIN2) {
			sim->second_given = true;
			sim->second_wanted = false;
		}
		c->pin_tries = PIN_TRIES;
		save(sim);
		return 0;
	}
	c->pin_tries--;
	save(sim);
	if (c->pin_tries == 0 && id == SIM_CODE_PIN)
		block(sim);
	return why_set(why, ERR_PASSWORD, GRADE_INF,
		"SIM: wrong %s, %d tries are left", name, c->pin_tries);
}

/* The lock is open: the rest comes as after a boot without one. */
static int opened(struct simcard *sim)
{
	sim->state = SIM_READY;
	next(sim, STEP_TOLD, sim->profile->sim_urc_delay);
	return 0;
}

int simcard_pin(struct simcard *sim, const char *pin, struct why *why)
{
	int ret;

	if (sim->state != SIM_PIN)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"SIM: no PIN is asked now");
	ret = try_code(sim, SIM_CODE_PIN, pin, why);
	return ret != 0 ? ret : opened(sim);
}

static int unblock(struct simcard *sim, enum sim_code id, const char *puk,
	const char *pin, struct why *why)
{
	struct code *c = &sim->codes[id];
	const char *name = id == SIM_CODE_PIN ? "PUK" : "PUK2";

	if (c->puk_tries == 0)
		return why_set(why, ERR_SIM_FAILURE, GRADE_INF,
			"SIM: blocked for good after %d wrong %ss", PUK_TRIES,
			name);
	if (check_new(pin, why) != 0)
		return why->err;
	if (strcmp(puk, c->puk) != 0) {
		c->puk_tries--;
		save(sim);
		return why_set(why, ERR_PASSWORD, GRADE_INF,
			"SIM: wrong %s, %d tries are left", name, c->puk_tries);
	}
	init_code(c, pin, c->puk);
	save(sim);
	return 0;
}

int simcard_puk(
	struct simcard *sim, const char *puk, const char *pin, struct why *why)
{
	int ret;

	if (sim->state != SIM_PUK)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"SIM: no PUK is asked now");
	ret = unblock(sim, SIM_CODE_PIN, puk, pin, why);
	return ret != 0 ? ret : opened(sim);
}

/* --- the second code ------------------------------------------------------
 */

enum sim_second simcard_second(const struct simcard *sim)
{
	if (!sim->second_wanted || sim->state != SIM_READY)
		return SIM_SECOND_NONE;
	return sim->codes[SIM_CODE_PIN2].pin_tries > 0 ? SIM_SECOND_PIN2
						       : SIM_SECOND_PUK2;
}

int simcard_pin2(struct simcard *sim, const char *pin2, struct why *why)
{
	return try_code(sim, SIM_CODE_PIN2, pin2, why);
}

int simcard_puk2(struct simcard *sim, const char *puk2, const char *pin2,
	struct why *why)
{
	int ret = unblock(sim, SIM_CODE_PIN2, puk2, pin2, why);

	if (ret == 0)
		sim->second_wanted = false;
	return ret;
}

void simcard_tries(
	const struct simcard *sim, enum sim_code code, int *pin, int *puk)
{
	*pin = sim->codes[code].pin_tries;
	*puk = sim->codes[code].puk_tries;
}

bool simcard_locked(const struct simcard *sim)
{
	return sim->locked;
}

int simcard_lock(struct simcard *sim, bool on, const char *pin, struct why *why)
{
	int ret = try_code(sim, SIM_CODE_PIN, pin, why);

	if (ret != 0)
		return ret;
	sim->locked = on;
	save(sim);
	return 0;
}

bool simcard_fixed(const struct simcard *sim)
{
	return sim->fixed;
}

int simcard_fix(struct simcard *sim, bool on, const char *pin2, struct why *why)
{
	int ret = 0;

	if (pin2 != NULL) {
		ret = try_code(sim, SIM_CODE_PIN2, pin2, why);
	} else if (!sim->second_given) {
		sim->second_wanted = true;
		ret = why_set(why, ERR_SIM_PIN2_REQUIRED, GRADE_INF,
			"SIM: fixed dialling is PIN2's, which was not given "
			"since the start");
	}
	if (ret != 0)
		return ret;
	sim->fixed = on;
	save(sim);
	return 0;
}

int simcard_change(struct simcard *sim, enum sim_code code, const char *old,
	const char *fresh, struct why *why)
{
	struct code *c = &sim->codes[code];

	if (code == SIM_CODE_PIN && !sim->locked)
		return why_set(why, ERR_NOT_ALLOWED, GRADE_INF,
			"SIM: its lock is off, so the PIN cannot be changed "
			"(AT+CLCK=\"SC\",1,<pin>)");
	if (check_new(fresh, why) != 0 || try_code(sim, code, old, why) != 0)
		return why->err;
	init_code(c, fresh, c->puk);
	save(sim);
	return 0;
}

/* --- the socket ------------------------------------------------------------
 */

void simcard_detect(struct simcard *sim, bool on)
{
	sim->detect = on;
}

int simcard_inserted(const struct simcard *sim)
{
	if (sim->state == SIM_OFF || sim->state == SIM_STARTING)
		return 2;
	return sim->state == SIM_ABSENT ? 0 : 1;
}

void simcard_insert(struct simcard *sim, bool inserted)
{
	bool seen = sim->state != SIM_OFF && sim->state != SIM_STARTING;

	if (is_in(sim) == inserted)
		return;
	sim->moved = !sim->moved;
	if (!seen)
		return;
	if (!inserted) {
		timer_del(sim->clock, &sim->timer);
		sim->step = STEP_NONE;
		sim->state = SIM_ABSENT;
		sim->init_status = 0;
		sim->second_given = false;
		sim->second_wanted = false;
		tell(sim, SIM_NEWS_REMOVED);
	} else if (sim->detect) {
		sim->state = SIM_BUSY;
		next(sim, STEP_READ, sim->profile->sim_ready_delay);
		tell(sim, SIM_NEWS_INSERTED);
	}
}
