#ifndef EC21_SVC_POWER_H
#define EC21_SVC_POWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct fault_set;
struct profile;

/*
 * The modem's power: PWRKEY, RESET_N, STATUS and the way from supply to RDY
 * [AT §5.1, §5.2], [WIO §7].
 */
enum power_state {
	POWER_OFF,
	POWER_BOOTING, /* UART silent */
	POWER_ON,      /* RDY was printed */
	POWER_DOWN,    /* POWERED DOWN due */
};

struct power_events {
	/* UART answers from here on: print RDY. */
	void (*ready)(void *arg);
	/* "+CFUN: 1" is due; radio and SIM start. */
	void (*radio)(void *arg);
	/* Everything volatile is lost: off, or reset begins. */
	void (*lost)(void *arg);
	/* "POWERED DOWN" is due; the state becomes POWER_OFF after it. */
	void (*powered_down)(void *arg);
	/* STATUS pin as the MCU sees it: true is running (pin low). */
	void (*status)(void *arg, bool running);
	/* A pulse at a pin had no effect, and why; may be NULL. */
	void (*note)(void *arg, const char *text);
};

struct power;

/*
 * Off, without supply. All events come from the clock, but `lost` and
 * `status` also from power_pin_supply(); none from power_new().
 */
struct power *power_new(const struct profile *profile, struct clock *clock,
	const struct power_events *events, void *arg);
void power_free(struct power *p);
/* Armed faults, borrowed; NULL, as at first: none. */
void power_faults(struct power *p, struct fault_set *faults);
enum power_state power_state(const struct power *p);
/* True once "+CFUN: 1" was due. */
bool power_has_radio(const struct power *p);
/* Microseconds since RDY; 0 while the UART is silent. */
uint64_t power_since_ready_us(const struct power *p);

/* Supply as wired on, PWRKEY pressed for long enough: boots at once. */
void power_boot(struct power *p);
/* AT+CFUN=1,1 and the like: reset when its OK is out, then boot. */
void power_restart(struct power *p);
/* The modem restarts by itself, at once, as after a pulse at RESET_N. */
void power_crash(struct power *p);
/* AT+QPOWD. immediate: n = 0, without the time to say farewell. */
void power_down(struct power *p, bool immediate);

/* Levels at the MCU's pins [WIO §3]. */
void power_pin_supply(struct power *p, bool high); /* PB5 */
void power_pin_pwrkey(struct power *p, bool high); /* PC4: high presses */
void power_pin_reset(struct power *p, bool high);  /* PC3: low resets */

#endif
