#ifndef EC21_TESTS_FAKE_CLOCK_H
#define EC21_TESTS_FAKE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

/* 2017-12-08 00:00:00 UTC: what the wall says until a test sets it. */
#define FAKE_CLOCK_WALL_START INT64_C(1512691200000000)

/*
 * A clock that only a test moves. Hand `&fc->clock` to the code under test.
 * Nothing fires but from fake_clock_advance() and its kin, each timer at
 * its own due time, in order.
 */
struct fake_clock {
	struct clock clock;
	uint64_t now_us;
	int64_t wall_us;      /* wall time at now_us 0 */
	uint64_t deadline_us; /* as last told by the clock */
};

/* Monotonic time starts at 1 s. fast: drop latencies. */
void fake_clock_init(struct fake_clock *fc, bool fast);

/* Run everything due within `ms`, then stand `ms` later. */
void fake_clock_advance(struct fake_clock *fc, uint64_t ms);
void fake_clock_advance_us(struct fake_clock *fc, uint64_t us);

/* Run what is due now (a dropped latency is), without moving. */
void fake_clock_run(struct fake_clock *fc);

/* Jump to the next timer and run it; false when there is none. */
bool fake_clock_step(struct fake_clock *fc);

/* Timers armed at this moment; 0 is what a teardown asserts. */
unsigned int fake_clock_pending(const struct fake_clock *fc);

/* Set the host's wall clock, seconds since 1970-01-01 UTC. */
void fake_clock_set_wall(struct fake_clock *fc, int64_t unix_seconds);

#endif
