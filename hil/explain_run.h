#ifndef EC21_HIL_EXPLAIN_RUN_H
#define EC21_HIL_EXPLAIN_RUN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "hil/explain_script.h"
#include "hil/explain_trial.h"
#include "hil/rig.h"

/*
 * One trial: a rig of its own, the steps of a script sent one after the
 * other, and the modem's results compared with the recorded ones.
 */
struct trial_run {
	/* filled by the caller */
	struct script script;
	struct scenario scenario; /* only the headers that a rig reads */
	char emulator_words[600], broker_words[120], profile[256];
	struct vars vars;
	const struct dialogue *dialogue;
	size_t about;	   /* the exchange of the error */
	bool about_result; /* that the error is one behind an OK */
	struct trial_result *result;
	char tmp[256];
	void (*over)(void *arg, struct trial_run *run);
	void *arg;

	/* private */
	struct rig *rig;
	struct clock *clk;
	struct timer timer, turn;
	size_t at;
	int state;
	struct buf line;
	enum final final; /* of this step */
	int code, got_result;
	bool has_result, has_urc;
	unsigned errors; /* of this step, each of which has a reason */
	unsigned reasons;
	char reason[420], about_reason[420];
	bool policy, unmodelled, stopping, stopped;
};

/* over: from the loop, once, when all its processes have ended. */
void trial_run_start(struct trial_run *, const struct rig_opts *opts);
/* Kills what still runs. */
void trial_run_free(struct trial_run *);

#endif
