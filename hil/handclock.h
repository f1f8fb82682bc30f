#ifndef EC21_HIL_HANDCLOCK_H
#define EC21_HIL_HANDCLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * A clock that is advanced by hand, from one timer to the next, so that an
 * hour of waiting takes no time and a run repeats itself; or, with `follow`,
 * one that keeps pace with another clock but drops latencies by itself.
 */
struct handclock {
	struct clock clock; /* hand this to others */
	struct clock *follow;
	struct timer alarm; /* on the followed clock */
	uint64_t now_us;
};

/*
 * Stays where it is: others keep its address. follow NULL: by hand, it is
 * 2017-12-08 00:00 UTC. fast and speed as of clock_init().
 */
void handclock_init(
	struct handclock *, struct clock *follow, bool fast, double speed);
/* Harmless twice. */
void handclock_end(struct handclock *);
/* Run the next timer at its time; false: there is none. By hand only. */
bool handclock_step(struct handclock *);
/* Run what is due within `us`, then stand there. By hand only. */
void handclock_advance(struct handclock *, uint64_t us);

#endif
