#ifndef EC21_HIL_RUN_REACH_H
#define EC21_HIL_RUN_REACH_H

#include <stdbool.h>

#include "hil/run.h"

/*
 * Before a board's scenarios that want a server: does its modem reach that
 * server by plain TCP? What fails there would fail over TLS too, as a 566
 * that says less [SSL §3].
 */
bool run_reach_wanted(const struct run *);
/*
 * Try it. `reached` is called from the loop if so; if not, that is told, the
 * run's set-up has failed, and the loop is stopped. False: no memory.
 */
bool run_reach_begin(struct run *, void (*reached)(struct run *));
/* Is it being tried? Then job_interrupt(&run->reach_job) ends it. */
bool run_reach_runs(const struct run *);
void run_reach_free(struct run *);

#endif
