#ifndef EC21_HIL_RIG_NAME_H
#define EC21_HIL_RIG_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig.h"

/*
 * What stands behind --rig: NAME, then perhaps ,profile=NAME, and for the rig
 * virtual ,image=PATH and ,expect_boot=PATTERN
 */
struct rig_name {
	char name[64];
	char profile[128]; /* "": not given, as for the image */
	char image[4096];
	char expect_boot[256];
};

/*
 * Read it and set what it says in opts, which points into *name from then on.
 * False with a sentence.
 */
bool rig_name_take(struct rig_name *name, const char *text,
	struct rig_opts *opts, char *why, size_t why_size);

/* Does it name modem, host or virtual, whatever stands behind the comma? */
bool rig_name_is_built_in(const char *text);

#endif
