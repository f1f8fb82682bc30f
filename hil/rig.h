#ifndef EC21_HIL_RIG_H
#define EC21_HIL_RIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/trace.h"
#include "hil/scenario.h"
#include "hil/vars.h"

struct loop;

/* Where the programs are, and what the user asked for. */
struct rig_opts {
	struct loop *loop;
	const char *emulator; /* path of ec21emu */
	const char *broker;   /* path of ec21broker */
	const char *modem;    /* URL of a modem that is there; NULL: ec21emu */
};

/* What happens in a rig. rig_free() is not fine from any of these. */
struct rig_events {
	void (*ready)(void *arg);
	void (*bytes)(void *arg, enum lane lane, const void *data, size_t len);
	void (*text)(void *arg, enum lane lane, const char *text);
	/* An action ended; error NULL: it worked. */
	void (*acted)(void *arg, const char *error);
	/* It cannot start or go on. */
	void (*lost)(void *arg, const char *reason);
	/* rig_stop() is through: everything has ended and is reaped. */
	void (*stopped)(void *arg);
	void *arg;
};

/*
 * The rig `modem`: no firmware, the scenario speaks AT. Starts the broker
 * that the scenario's header asks for and an ec21emu that finds it under the
 * production name, and opens its pty; or opens a modem that is there.
 *
 * tmp: a folder of this run's own. vars: for the header's parameters; the rig
 * does not change them. Both must outlive it, as must opts and scenario.
 * NULL without memory.
 */
struct rig;

struct rig *rig_modem_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events);
/* Calls back before returning: yes (lost). */
void rig_start(struct rig *);
void rig_send(struct rig *, enum lane lane, const void *data, size_t len);
bool rig_observes(const struct rig *, enum lane lane);
/* A DO line; ends with the event acted. Calls back before returning: yes. */
void rig_act(struct rig *, const char *action);
/* Ends the children gently. Calls back before returning: no. */
void rig_stop(struct rig *);
/* Kills what still runs. Harmless on NULL. */
void rig_free(struct rig *);

#endif
