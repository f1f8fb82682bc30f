#ifndef EC21_IO_LOOP_H
#define EC21_IO_LOOP_H

#include "base/clock.h"
#include "base/err.h"

/*
 * The event loop of a daemon: libevent at the edge, with the clock on it.
 * SIGTERM and SIGINT end the loop, and the first SIGHUP, unless it is ignored.
 */
struct loop;
struct event_base;

/* NULL with the reason. */
struct loop *loop_new(bool fast, double speed, struct why *why);
void loop_free(struct loop *loop);
struct event_base *loop_base(struct loop *loop);
/* Valid as long as the loop. */
struct clock *loop_clock(struct loop *loop);
/* Until a signal or loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
/* Has a signal ended it, now or earlier? */
bool loop_signalled(const struct loop *loop);

#endif
