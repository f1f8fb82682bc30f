#ifndef EC21_HIL_REPORT_TAP_H
#define EC21_HIL_REPORT_TAP_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/engine.h"

/* What became of one run. Strings are lent for the call. */
struct outcome {
	const char *name; /* file: case */
	enum verdict verdict;
	const char *skipped; /* why it was not run; NULL: it was */
	const char *report;  /* lines */
	const char *rerun;   /* the command that repeats it */
	const char *logs;    /* folder that was kept; NULL: none */
	unsigned unobserved;
	unsigned ms;
};

/* Test Anything Protocol on standard output, in the order of the plan. */
void tap_plan(size_t n);
/* `ok 1 - name`, the name escaped; what is behind it is the caller's. */
void tap_test(bool ok, size_t number, const char *name);
void tap_outcome(size_t number, const struct outcome *o);
void tap_comment(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Each line of `text`, which holds no secret, as a comment. */
void tap_comment_lines(const char *text);
/* The same with its secrets masked; without memory for that, not shown. */
void tap_masked_lines(const char *text);
/* A progress line, when standard error is a terminal. name NULL: clear it. */
void tap_progress(size_t done, size_t n, const char *name);

#endif
