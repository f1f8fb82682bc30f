#ifndef EC21_HIL_EMULATOR_H
#define EC21_HIL_EMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/transcript.h"
#include "hil/rig.h"

/*
 * The ec21emu of a run, as its scenario's header and the rig want it: a pty
 * TMP/modem, or for the virtual board a socket of that name; with firmware
 * also TMP/pins; TMP/control where the scenario acts on the modem. What it
 * records, TMP/modem-N.at for the Nth start, or TMP/behind-N.at behind a
 * bridge, is followed.
 */
struct emulator;

struct emulator_opts {
	const struct rig_opts *rig;
	const struct scenario *scenario;
	const struct vars *vars;
	const char *tmp;
	/* Its port is there. */
	void (*ready)(void *arg);
	/* What it recorded; lent. */
	void (*record)(void *arg, const struct transcript_record *record);
	/*
	 * It ended, called for or not; reaped, and its record told. well: as
	 * proc_opts.exited has it.
	 */
	void (*ended)(void *arg, bool well, const char *how);
	/* Its record is of no use. */
	void (*failed)(void *arg, const char *reason);
	void *arg;
};

/* Opts are copied, what they point to must outlive it. NULL: no memory. */
struct emulator *emulator_new(const struct emulator_opts *opts);
/*
 * Start it, first or again. https, mqtts: ADDR:PORT of the broker that the
 * production name leads to; "": none. Ends with `ready`. False with a
 * sentence. Calls back before returning: no.
 */
bool emulator_start(struct emulator *, const char *https, const char *mqtts,
	char *why, size_t why_size);
/* These three are harmless on NULL. */
bool emulator_runs(const struct emulator *);
void emulator_signal(struct emulator *, int sig);
/* Kills what still runs. */
void emulator_free(struct emulator *);

#endif
