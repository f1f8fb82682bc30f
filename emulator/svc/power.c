#include "svc/power.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fault.h"
#include "base/profile.h"

enum phase {
	PHASE_NONE,
	PHASE_RDY,	/* the UART comes up */
	PHASE_RADIO,	/* +CFUN: 1 is due */
	PHASE_FAREWELL, /* POWERED DOWN is due */
	PHASE_OFF,	/* the supply of the core goes */
	PHASE_RESTART,	/* a reset by command is due */
};

struct power {
	const struct profile *profile;
	struct clock *clock;
	struct fault_set *faults;
	struct power_events events;
	void *arg;
	enum power_state state;
	enum phase phase;
	struct timer step;
	struct timer status_due;
	uint64_t ready_us;
	bool status;
	bool radio;

	bool supply;
	bool key;		   /* PWRKEY is pressed */
	bool reset;		   /* RESET_N is low */
	bool held;		   /* in reset until RESET_N rises */
	uint64_t key_us, reset_us; /* when that pulse began */
	struct timer key_held;
	struct timer reset_held;
};

static void note(struct power *p, const char *text)
{
	if (p->events.note != NULL)
		p->events.note(p->arg, text);
}

/* A pulse that ended before its time: the classic wiring surprise. */
static void note_short(
	struct power *p, const char *pin, uint64_t since_us, int64_t want)
{
	char text[128];

	snprintf(text, sizeof(text),
		"%s pulse of %llu ms had no effect, %lld ms are needed", pin,
		(unsigned long long)(clock_now_us(p->clock) - since_us) / 1000,
		(long long)want);
	note(p, text);
}

static void set_status(struct power *p, bool running)
{
	timer_del(p->clock, &p->status_due);
	if (p->status == running)
		return;
	p->status = running;
	p->events.status(p->arg, running);
}

static void on_status(void *arg)
{
	set_status(arg, true);
}

static void next(struct power *p, enum phase phase, int64_t ms)
{
	p->phase = phase;
	timer_set(p->clock, &p->step, TIMER_LATENCY, (uint64_t)ms);
}

static void begin_boot(struct power *p, int64_t rdy_ms)
{
	p->state = POWER_BOOTING;
	/* Booting for ever: RESET_N or the supply begins another one. */
	if (fault_fires(p->faults, FAULT_BOOT_NEVER))
		return;
	timer_set(p->clock, &p->status_due, TIMER_LATENCY,
		(uint64_t)p->profile->boot_status_delay);
	next(p, PHASE_RDY, rdy_ms);
}

/* Whatever ran is gone. */
static void lose(struct power *p, enum power_state state)
{
	bool was_off = p->state == POWER_OFF;

	timer_del(p->clock, &p->step);
	p->phase = PHASE_NONE;
	p->state = state;
	p->radio = false;
	p->held = false;
	set_status(p, false);
	if (!was_off)
		p->events.lost(p->arg);
}

static void on_step(void *arg)
{
	struct power *p = arg;

	switch (p->phase) {
	case PHASE_RDY:
		p->state = POWER_ON;
		p->ready_us = clock_now_us(p->clock);
		next(p, PHASE_RADIO, p->profile->boot_radio_delay);
		p->events.ready(p->arg);
		break;
	case PHASE_RADIO:
		p->phase = PHASE_NONE;
		p->radio = true;
		p->events.radio(p->arg);
		break;
	case PHASE_FAREWELL:
		next(p, PHASE_OFF, p->profile->boot_off_delay);
		p->events.powered_down(p->arg);
		break;
	case PHASE_OFF:
		lose(p, POWER_OFF);
		break;
	case PHASE_RESTART:
		lose(p, POWER_BOOTING);
		begin_boot(p, p->profile->boot_reset_rdy_delay);
		break;
	case PHASE_NONE:
		break;
	}
}

static void on_key_held(void *arg)
{
	struct power *p = arg;

	if (p->state == POWER_OFF)
		begin_boot(p, p->profile->boot_rdy_delay);
	else if (p->state == POWER_ON)
		power_down(p, false);
}

static void on_reset_held(void *arg)
{
	struct power *p = arg;

	if (p->state == POWER_OFF) {
		note(p, "RESET_N has no effect while the modem is off");
		return;
	}
	lose(p, POWER_BOOTING);
	p->held = true;
}

struct power *power_new(const struct profile *profile, struct clock *clock,
	const struct power_events *events, void *arg)
{
	struct power *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->profile = profile;
	p->clock = clock;
	p->events = *events;
	p->arg = arg;
	timer_init(&p->step, on_step, p);
	timer_init(&p->status_due, on_status, p);
	timer_init(&p->key_held, on_key_held, p);
	timer_init(&p->reset_held, on_reset_held, p);
	return p;
}

void power_free(struct power *p)
{
	if (p == NULL)
		return;
	timer_del(p->clock, &p->step);
	timer_del(p->clock, &p->status_due);
	timer_del(p->clock, &p->key_held);
	timer_del(p->clock, &p->reset_held);
	free(p);
}

void power_faults(struct power *p, struct fault_set *faults)
{
	p->faults = faults;
}

enum power_state power_state(const struct power *p)
{
	return p->state;
}

bool power_has_radio(const struct power *p)
{
	return p->radio;
}

uint64_t power_since_ready_us(const struct power *p)
{
	if (p->state != POWER_ON && p->state != POWER_DOWN)
		return 0;
	return clock_now_us(p->clock) - p->ready_us;
}

void power_boot(struct power *p)
{
	p->supply = true;
	if (p->state == POWER_OFF)
		begin_boot(p, p->profile->boot_rdy_delay);
}

void power_restart(struct power *p)
{
	if (p->state == POWER_ON)
		next(p, PHASE_RESTART, p->profile->boot_restart_delay);
}

void power_crash(struct power *p)
{
	if (p->state == POWER_OFF)
		return;
	lose(p, POWER_BOOTING);
	begin_boot(p, p->profile->boot_reset_rdy_delay);
}

void power_down(struct power *p, bool immediate)
{
	if (p->state != POWER_ON)
		return;
	p->state = POWER_DOWN;
	next(p, PHASE_FAREWELL, immediate ? 0 : p->profile->boot_down_delay);
}

static void press(struct power *p)
{
	p->key_us = clock_now_us(p->clock);
	timer_set(p->clock, &p->key_held, TIMER_WINDOW,
		(uint64_t)(p->state == POWER_OFF
				   ? p->profile->boot_pwrkey_on
				   : p->profile->boot_pwrkey_off));
}

void power_pin_supply(struct power *p, bool high)
{
	if (p->supply == high)
		return;
	p->supply = high;
	if (high) {
		if (p->key)
			press(p);
		return;
	}
	timer_del(p->clock, &p->key_held);
	timer_del(p->clock, &p->reset_held);
	lose(p, POWER_OFF);
}

void power_pin_pwrkey(struct power *p, bool high)
{
	if (p->key == high)
		return;
	p->key = high;
	if (high && !p->supply) {
		note(p, "PWRKEY has no effect while the modem has no supply "
			"(PB5 is low)");
		return;
	}
	if (high) {
		press(p);
		return;
	}
	if (p->key_held.armed && p->state == POWER_OFF)
		note_short(p, "PWRKEY", p->key_us, p->profile->boot_pwrkey_on);
	timer_del(p->clock, &p->key_held);
}

void power_pin_reset(struct power *p, bool high)
{
	if (p->reset == !high)
		return;
	p->reset = !high;
	if (!high) {
		p->reset_us = clock_now_us(p->clock);
		if (p->supply)
			timer_set(p->clock, &p->reset_held, TIMER_WINDOW,
				(uint64_t)p->profile->boot_reset_pulse);
		return;
	}
	if (p->reset_held.armed)
		note_short(p, "RESET_N", p->reset_us,
			p->profile->boot_reset_pulse);
	timer_del(p->clock, &p->reset_held);
	if (p->held) {
		p->held = false;
		begin_boot(p, p->profile->boot_reset_rdy_delay);
	}
}
