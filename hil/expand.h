#ifndef EC21_HIL_EXPAND_H
#define EC21_HIL_EXPAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/transcript.h"
#include "hil/vars.h"

/*
 * What stands for bytes in a scenario: `{$name}`, `{size:FILE …}` and
 * `{qsum:FILE …}`. FILE is as in `@file`: a path, then options.
 *
 *   breaks=keep|lf|crlf|none   line ends as they are, or made so; none is a
 *                              PEM file as the article's sketch held it: no
 *                              line break but one behind each END line
 *   cut=N                      without the last N bytes
 */

/* Where a piece of a scenario stands, for messages. */
struct place {
	unsigned line;
	unsigned column;
};

/*
 * Append to `out` what a text stands for: bytes, escapes, and the braces
 * above. vars NULL: check the syntax only. False with *err set.
 */
bool expand(const char *text, size_t len, const struct vars *vars,
	struct place place, struct buf *out, struct transcript_error *err);

/*
 * Append what one brace stands for. *known false: it is none of the braces
 * above, a pattern perhaps.
 */
bool expand_brace(const char *text, size_t len, const struct vars *vars,
	struct place place, struct buf *out, bool *known,
	struct transcript_error *err);

/* Append the bytes of a file: the arguments of `@file`. vars as above. */
bool expand_file(const char *args, size_t len, const struct vars *vars,
	struct place place, struct buf *out, struct transcript_error *err);

/*
 * The next word of a line: blanks apart, "…" keeps blanks. Advances *text
 * and *len; false at the end.
 */
bool expand_word(
	const char **text, size_t *len, const char **word, size_t *word_len);

#endif
