#ifndef EC21_HIL_RIG_UNKNOWN_H
#define EC21_HIL_RIG_UNKNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig_conf.h"

/* What is said of a rig that nobody knows: those that are, and the nearest. */
void rig_unknown(const struct rig_confs *confs, bool with_built_in,
	const char *name, char *why, size_t why_size);

#endif
