#ifndef EC21_HIL_EXPLAIN_TRIAL_H
#define EC21_HIL_EXPLAIN_TRIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/explain.h"

/*
 * Causes by experiment: what the host of a log sent is sent to ec21emu, once
 * for each hypothesis (another file, server, profile), and the results are
 * compared with the recorded ones by class: final results and result codes.
 * What only the emulator's own policy refuses is never a reproduction, nor is
 * a command that it does not model.
 */
enum trial_outcome {
	TRIAL_NOT_TRIED,
	TRIAL_REPRODUCES,
	TRIAL_DIFFERS,
};

struct trial_result {
	const char *rule;  /* id of the rule it stands for; NULL: the host's
			      commands alone */
	const char *title; /* the hypothesis, as a sentence without a stop */
	enum trial_outcome outcome;
	char text[240];	  /* what differed, or why it was not tried */
	char reason[420]; /* the emulator's, where it reproduces */
};

#define TRIALS_MAX 40

enum trial_verdict {
	TRIALS_NONE_MADE,
	TRIALS_ONE,	/* one survivor: the likely cause */
	TRIALS_SEVERAL, /* the log cannot tell them apart */
	TRIALS_NO_SURVIVOR,
	TRIALS_UNABLE, /* none, but what fits cannot be tried */
};

struct trials {
	enum trial_verdict verdict;
	size_t about; /* index of the explanation they are about */
	char not_made[240];
	char assumed[400]; /* what the log does not show and was taken as so */
	struct trial_result list[TRIALS_MAX];
	size_t n;
};

struct trial_opts {
	const char *emulator, *broker; /* paths */
	const char *certs;   /* a folder made by ec21certs; NULL: make one */
	const char *profile; /* the profile of the modem; NULL: ec21j */
};

/*
 * Run them, two at a time, in a folder of its own that is removed. What cannot
 * be set up is said on standard error, and none is made. False after a sentence
 * there: interrupted, or one could not be started.
 */
bool trials_run(struct trials *, const struct trial_opts *opts,
	const struct dialogue *d, const struct explanation *list, size_t n);

/*
 * Is there a scenario that would tell the survivors apart? Only of TLS, and
 * where at least one of them has a cure.
 */
bool trials_can_split(const struct trials *, const struct explanation *list);
/*
 * Write it, for a board: one case for each survivor, which cures that cause
 * alone. False with errno.
 */
bool trials_write_split(const struct trials *, const struct explanation *list,
	const char *path);

#endif
