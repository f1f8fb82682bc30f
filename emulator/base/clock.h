#ifndef EC21_BASE_CLOCK_H
#define EC21_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

/*
 * The only clock. Timers live here, in one ordered list, so that
 * they fire in the same order on the event loop and on the hand-advanced
 * clock of the tests; a back end supplies "now" and is told the next
 * deadline.
 *
 * Two kinds of time: a latency is time the modem takes and is
 * dropped by --fast; a window is time the modem grants the host and never is.
 * --speed divides both.
 */
enum timer_kind {
	TIMER_LATENCY,
	TIMER_WINDOW,
};

struct timer {
	TAILQ_ENTRY(timer) entry;
	uint64_t due_us;
	void (*fn)(void *arg);
	void *arg;
	bool armed;
	uint64_t not_in; /* the run that may not fire it */
};

struct clock_backend {
	/* Monotonic microseconds. */
	uint64_t (*now_us)(void *arg);
	/* Wall time, microseconds since 1970-01-01 UTC. */
	int64_t (*wall_us)(void *arg);
	/* Call clock_run() at `due_us`; UINT64_MAX: no deadline. */
	void (*arm)(void *arg, uint64_t due_us);
	void *arg;
};

struct clock {
	TAILQ_HEAD(timer_list, timer) timers;
	struct clock_backend backend;
	bool fast;
	double speed;
	bool running;
	uint64_t run; /* counts clock_run() */
};

/* backend is copied. fast: drop latencies. speed: divisor, > 0. */
void clock_init(struct clock *c, const struct clock_backend *backend, bool fast,
	double speed);

static inline uint64_t clock_now_us(const struct clock *c)
{
	return c->backend.now_us(c->backend.arg);
}

static inline uint64_t clock_now_ms(const struct clock *c)
{
	return clock_now_us(c) / 1000;
}

static inline int64_t clock_wall_us(const struct clock *c)
{
	return c->backend.wall_us(c->backend.arg);
}

/*
 * What `ms` of this kind of time comes to on this clock, in microseconds:
 * 0 for a latency under --fast. Used by code that must compare by itself
 * (the guard times of `+++`).
 */
uint64_t clock_scale_us(
	const struct clock *c, enum timer_kind kind, uint64_t ms);

/* fn is called from clock_run(), never from timer_set(). */
void timer_init(struct timer *t, void (*fn)(void *arg), void *arg);
/*
 * (Re)arm `t` to fire once, `ms` from now. A dropped latency fires on the
 * next clock_run(), in order of arming. The timer stays owned by the caller.
 */
void timer_set(
	struct clock *c, struct timer *t, enum timer_kind kind, uint64_t ms);
/* As timer_set() with unscaled microseconds (baud pacing). */
void timer_set_us(struct clock *c, struct timer *t, uint64_t us);
/*
 * The same, but from a timer's callback not within the clock_run() under way:
 * what goes on for long lets the event loop look at its ports in between.
 */
void timer_set_turn(struct clock *c, struct timer *t, uint64_t us);
/* Harmless on a timer that is not armed. */
void timer_del(struct clock *c, struct timer *t);

/*
 * Fire every timer that is due, including those that fired timers make due
 * at once (but for timer_set_turn()), then tell the back end the next deadline.
 * May be called from anywhere but a timer's own callback (there it returns at
 * once).
 */
void clock_run(struct clock *c);

#endif
