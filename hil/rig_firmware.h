#ifndef EC21_HIL_RIG_FIRMWARE_H
#define EC21_HIL_RIG_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/firmware.h"
#include "hil/rig.h"

/*
 * Start the firmware that the user asked for, or else the scenario's, on a rig
 * that has any; callbacks, base and tmp are taken from `o`. NULL with a
 * sentence. Calls back before returning: no.
 */
struct firmware *rig_start_firmware(const struct rig_opts *opts,
	const struct scenario *scenario, const struct firmware_opts *o,
	char *why, size_t why_size);

/*
 * Does the firmware of this rig switch the modem on? One without {pins} in its
 * words does not: its modem is on from the start.
 */
bool rig_has_pins(const struct rig_opts *opts);

#endif
