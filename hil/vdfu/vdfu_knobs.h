#ifndef EC21_HIL_VDFU_KNOBS_H
#define EC21_HIL_VDFU_KNOBS_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/vdfu/vdfu_core.h"

/*
 * Change one knob by `NAME=NUMBER`, numbers as strtoul() has them: poll,
 * fail-write, fail-erase, unplug, hang, flip, start, mute. False with a
 * sentence in `why`; then nothing is changed.
 */
bool vdfu_knobs_set(
	struct vdfu_knobs *, const char *text, char *why, size_t why_size);

#endif
