#ifndef EC21_HIL_JOB_H
#define EC21_HIL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "hil/engine.h"
#include "hil/lanes.h"
#include "hil/record_name.h"
#include "hil/rig.h"
#include "hil/scenario.h"
#include "hil/vars.h"

/*
 * One scenario, one case, one run: a rig and an engine in a folder of their
 * own. The caller fills the first
 * members, up to `arg`.
 */
struct job {
	const struct scenario *scenario;
	const struct scenario_case *kase; /* NULL: the scenario has none */
	size_t number;			  /* from 1 */
	bool observe;			  /* see engine_observe() */
	struct board *board; /* that it runs on, of those of the run; or NULL */
	const char *record;  /* folder for what was recorded, or NULL */
	const struct record_name *record_name; /* there; lent */
	bool keeps_lanes; /* for a report; with a record in any case */
	void (*over)(void *arg, struct job *job);
	void *arg;

	bool begun, finished;
	char skipped[128]; /* "": it ran */
	enum verdict verdict;
	char *report;
	bool unrecorded; /* not all of it is in `record` */
	unsigned unobserved, ms;
	struct lanes *lanes; /* closed when it is over; NULL: not kept */
	char tmp[256];
	char id[32];	 /* {$run}, and the CN of its certificate */
	int64_t wall_ms; /* of the start, of the Unix epoch */

	struct rig_opts opts; /* of the run, with that board */
	struct vars vars;
	struct client *client;
	struct rig *rig;
	struct engine *engine;
	struct clock *clk;
	struct timer turn; /* takes us out of callbacks */
	bool stopping, stopped;
	uint64_t start_us;
};

/*
 * Begin. base: parameters of the rig and the user, copied. top: the folder
 * for this job's folder. over: called once, from the loop, when everything of
 * the run has ended; the outcome fields are set then.
 */
void job_start(struct job *, const struct rig_opts *opts,
	const struct vars *base, const char *top);
/* End it gently, as failed; `over` is called from the loop. */
void job_interrupt(struct job *);
/* Kills what still runs. */
void job_free(struct job *);
/* "file.at: case" */
void job_name(const struct job *, char *text, size_t size);

#endif
