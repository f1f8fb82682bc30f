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

/*
 * The hook `acquire`. *acquired: the board is to be given back. So it is after
 * a hook that was killed, at its limit or because we are to end: it may have
 * got the board. One that ended with another status was refused it.
 */
bool rig_hook_acquire(struct loop *loop, const struct rig_conf *,
	bool *acquired, bool *interrupted, char *why, size_t why_size);

/* Can RST be pulsed, or the supply be taken away and given back? */
bool rig_hook_can_reset(const struct rig_conf *);
/* Does it have both hooks of a supply? */
bool rig_hook_can_switch(const struct rig_conf *);
/* `reset`, or, without it, `power_off` and `power_on`. */
bool rig_hook_reset(struct loop *loop, const struct rig_conf *,
	bool *interrupted, char *why, size_t why_size);

/*
 * The same from within the loop, one hook behind the other. keep_fd: the
 * board's lock, which they inherit, or -1.
 */
struct rig_hooks;

enum { RIG_HOOKS_MAX = 3 };

struct rig_hooks_opts {
	struct loop *loop;
	int keep_fd;
	const char *names[RIG_HOOKS_MAX]; /* the first NULL ends them */
	const struct rig_hook *hooks[RIG_HOOKS_MAX];
	/* All are done, or one failed: why is not NULL then. Free is fine. */
	void (*done)(void *arg, const char *why);
	void *arg;
};

/* opts are copied. NULL without memory. Calls back before returning: no. */
struct rig_hooks *rig_hooks_start(const struct rig_hooks_opts *opts);
/* Kills what runs; `done` is not called any more. Harmless on NULL. */
void rig_hooks_free(struct rig_hooks *);

#endif
