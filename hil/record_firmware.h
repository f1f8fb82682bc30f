#ifndef EC21_HIL_RECORD_FIRMWARE_H
#define EC21_HIL_RECORD_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig.h"

/*
 * A recording between firmware and its modem. The modem is an ec21emu of our
 * own, which records itself, pins and reasons too; the firmware's console is
 * put between its records. Or it is a real one, and we sit in the middle:
 * between a pty for the firmware and the modem's port.
 */
struct record_firmware;

struct record_firmware_opts {
	/* kind, loop, emulator, firmware, image; modem NULL: the emulator */
	const struct rig_opts *rig;
	const char *words; /* options of ec21emu, or NULL */
	const char *file;
	bool keep_secrets;
	/* What the console says. */
	void (*console)(void *arg, const void *data, size_t len);
	/* Anything passed, on any lane. */
	void (*passed)(void *arg);
	/* All has ended and the file is whole. `how`: what ended, or NULL. */
	void (*over)(void *arg, const char *how, bool failed);
	void *arg;
};

/*
 * opts and what it points to must outlive it. NULL with a sentence in `why`.
 * Calls back before returning: no, here and below.
 */
struct record_firmware *record_firmware_start(
	const struct record_firmware_opts *opts, char *why, size_t why_size);
/* To the console. Kept till the firmware runs. */
void record_firmware_write(
	struct record_firmware *, const void *data, size_t len);
/* End the children gently; `over` follows, from the loop. */
void record_firmware_stop(struct record_firmware *);
/* Kills what still runs. Harmless on NULL. */
void record_firmware_free(struct record_firmware *);

#endif
