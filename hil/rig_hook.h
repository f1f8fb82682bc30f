#ifndef EC21_HIL_RIG_HOOK_H
#define EC21_HIL_RIG_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig_conf.h"

struct loop;

/*
 * Run a hook of rigs.conf to its end; the loop turns meanwhile. One without a
 * command is done at once. False with a sentence in `why`; *interrupted is
 * set, too, when that is the reason.
 */
bool rig_hook_run(struct loop *loop, const char *name,
	const struct rig_hook *hook, bool *interrupted, char *why,
	size_t why_size);

#endif
