#ifndef EC21_HIL_RUN_H
#define EC21_HIL_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "hil/boards.h"
#include "hil/files.h"
#include "hil/job.h"
#include "hil/report.h"
#include "hil/rig.h"
#include "hil/rig_board.h"
#include "hil/rig_name.h"
#include "hil/scenario.h"
#include "hil/vars.h"

/* Scenarios that run one beside the other, as `ec21hil run` has them. */
struct run {
	/* for the caller to fill in */
	const char *modem, *only, *certs, *record, *report_dir;
	const char *rig_name;
	struct buf again; /* the options that a rerun needs, but --rig */
	struct rig_name rig_words;
	struct rig_board *board; /* of rigs.conf; freed by run_free() */
	char emulator[4096], broker[4096];
	bool observe;
	size_t parallel;
	bool keep_going;
	struct vars set;

	struct files files;
	struct scenario *scenarios;
	size_t n_scenarios;
	struct record_name *names; /* of all that is meant, for any rig */
	struct job *jobs;
	size_t n_jobs, next, active, printed;
	struct report *report;
	bool stop, interrupted;
	bool on_console; /* how a real board was turned last */
	bool settled;	 /* its modem, since then */
	struct rig_opts rig;
	struct boards boards; /* of the rig virtual */
	struct vars base;
	struct scenario reach; /* hil/run_reach.h */
	struct job reach_job;
	void (*reached)(struct run *);
	char top[128];
	bool top_kept, setup_failed;
	size_t passed, failed, errors, skipped, unobserved, elsewhere;
	size_t unrecorded; /* see struct job */
};

/*
 * Load, plan, run, print as TAP, report. The exit status; what could not even
 * begin is told on standard error. Runs a loop of its own.
 */
int run_scenarios(struct run *);
/* Kills what still runs and removes what is not to be kept. */
void run_free(struct run *);

#endif
