#ifndef EC21_HIL_RUN_FILE_H
#define EC21_HIL_RUN_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/transcript.h"
#include "hil/own.h"
#include "hil/session.h"

/*
 * NAME.run, which `ec21hil run --record` keeps of one run: what it was, and
 * its lanes on the runner's time axis.
 */
struct run_file {
	char *title, *file, *run, *host, *result, *error, *skipped;
	int64_t begin_ms; /* of the Unix epoch */
	int64_t took_ms;
	/* When the modem was first spoken to; -1: never. */
	int64_t first_at_ms;
	bool cut; /* there was more than it keeps */
};

/* False with *err; *r is empty then. */
bool run_file_load(
	struct run_file *r, const char *path, struct transcript_error *err);
void run_file_free(struct run_file *r);

/*
 * Its console as turns: what was typed, and the lines that followed, class
 * values in; a PEM file that is typed is one line of data. Before the first
 * command the turn is called `start`. False with *err.
 */
bool run_file_console(const char *path, const struct own *own,
	struct turns *turns, struct transcript_error *err);
/*
 * Of two that are to be compared: where either has a result, a line that begins
 * with +ok or +err, nothing else counts.
 */
void consoles_settle(struct turns *a, struct turns *b);

#endif
