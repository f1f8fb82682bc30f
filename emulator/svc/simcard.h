#ifndef EC21_SVC_SIMCARD_H
#define EC21_SVC_SIMCARD_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct profile;

/* The SIM: what CPIN answers over time after a boot [AT §5.1, §7]. */
enum sim_state {
	SIM_ABSENT,
	SIM_STARTING,	/* CME 10: not seen yet */
	SIM_BUSY,	/* CME 14 */
	SIM_PIN,
	SIM_PUK,
	SIM_READY,
	SIM_OFF,	/* CFUN=0: CME 13 */
};

struct simcard;

/* on_change: called from the clock or from sim_enter_pin(). */
struct simcard *simcard_new(const struct profile *profile,
	struct clock *clock, void (*on_change)(void *arg, enum sim_state),
	void *arg);
void simcard_free(struct simcard *sim);
/* Radio side comes up (boot, CFUN 1) or goes down (CFUN 0, power off). */
void simcard_start(struct simcard *sim);
void simcard_stop(struct simcard *sim);
enum sim_state simcard_state(const struct simcard *sim);
/* 0 when ready, else the reason that a command needing the SIM gives. */
int simcard_check(const struct simcard *sim, struct why *why);
/* ERR_PASSWORD when wrong, ERR_NOT_ALLOWED when nothing is asked. */
int simcard_pin(struct simcard *sim, const char *pin, struct why *why);

#endif
