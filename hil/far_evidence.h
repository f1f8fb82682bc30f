#ifndef EC21_HIL_FAR_EVIDENCE_H
#define EC21_HIL_FAR_EVIDENCE_H

#include <stddef.h>

#include "hil/evidence_run.h"

/*
 * The evidence of a broker that this run did not start: a file that grows. Of
 * what is appended from now on those lines that are the run's. A broker writes
 * one when its connection ends: it may be an earlier run's.
 */
struct far_evidence;
struct event_base;

struct far_evidence_opts {
	struct event_base *base;
	const char *path;
	struct evidence_run run; /* its texts are copied */
	const char *copy; /* file that gets the run's lines; appended to */
	/* Lent, without its line feed. */
	void (*line)(void *arg, const char *line);
	void *arg;
};

/* NULL with a sentence in `why`. Calls back before returning: no. */
struct far_evidence *far_evidence_new(
	const struct far_evidence_opts *opts, char *why, size_t why_size);
/* Harmless on NULL. */
void far_evidence_free(struct far_evidence *);

#endif
