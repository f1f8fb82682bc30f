#ifndef EC21_HIL_RERUN_H
#define EC21_HIL_RERUN_H

#include "base/buf.h"

struct option;

/*
 * The command that repeats a run, for the shell it came from. Written into a
 * buffer whose room for it is the caller's affair: too long, it is cut.
 */

/* ec21hil as it was called, and the command. */
void rerun_begin(struct buf *text, const char *command);
/* One more word, in quotes where it needs them. */
void rerun_word(struct buf *text, const char *word);
/*
 * An option that getopt_long() took, and its value. Reports keep no secrets:
 * NAME=VALUE of --set goes without its value where NAME is that of one.
 */
void rerun_option(struct buf *text, const struct option *options, int taken,
	const char *value);

/* What was written, "" without memory. */
const char *rerun_text(struct buf *text);

#endif
