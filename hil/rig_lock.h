#ifndef EC21_HIL_RIG_LOCK_H
#define EC21_HIL_RIG_LOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig_conf.h"

/*
 * A board is one run's: a file is locked, and the kernel frees it with the
 * last process that has it open. Hand the descriptor to what writes to
 * the board: it may outlive a killed runner by a moment.
 */

/*
 * The descriptor, close-on-exec, or -1 with a sentence in `why`; *busy: that
 * it is another's, whose process number the sentence tells.
 */
int rig_lock_take(
	const struct rig_conf *rig, bool *busy, char *why, size_t why_size);
/* Asks without taking it. Is it another's? Then `who` tells whose. */
bool rig_lock_is_taken(const struct rig_conf *rig, char *who, size_t size);

#endif
