#ifndef EC21_HIL_TOOL_H
#define EC21_HIL_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/proc.h"

struct loop;

/*
 * Calls tools one after the other, for commands that are a sequence of steps.
 * The loop turns meanwhile; a signal that ends the loop ends a step. No child
 * outlives its step, nor us.
 */
enum tool_end {
	TOOL_ENDED,	  /* by itself; *status is its exit status or -1 */
	TOOL_TIMEOUT,	  /* killed */
	TOOL_INTERRUPTED, /* killed, because we are to end */
	TOOL_NOT_STARTED,
};

struct tool {
	struct loop *loop;
	unsigned limit_ms;
	int keep_fd; /* that it inherits; -1: none */
	/* What it says, both streams, line by line. May be NULL. */
	void (*line)(void *arg, const char *line);
	void *arg;
};

/* how: what came of it, as the end of a sentence that begins with its name. */
enum tool_end tool_run(const struct tool *, const struct argv *argv,
	int *status, char *how, size_t size);

/*
 * Let the loop turn until *done or for ms. False: interrupted. NULL: only
 * time ends it.
 */
bool tool_wait(struct loop *loop, unsigned ms, const bool *done);

/*
 * Append the words of a command line: blanks apart, "…" and '…' keep blanks.
 * In them `names`, as "{image}", stand for `values`; names ends with NULL, or
 * is it. False: too long, too many, or a quote that does not end.
 */
bool tool_words(struct argv *argv, const char *text, const char *const *names,
	const char *const *values);

#endif
