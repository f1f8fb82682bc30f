#ifndef EC21_HIL_FAILURE_H
#define EC21_HIL_FAILURE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "hil/match.h"
#include "hil/scenario.h"

/* What a report shows where a modem did otherwise than a scenario expects. */

#define TEXTS_MAX 4096

/* Records of a text lane; those before the cursor were taken by a line. */
struct texts {
	char *list[TEXTS_MAX];
	size_t n, cursor;
};

/* Copied; false: there are too many, or no memory. */
bool texts_add(struct texts *t, const char *text);
void texts_free(struct texts *t);

/* What happened at a step: its line of the file, and the three above it. */
void failure_head(struct buf *out, const struct scenario *scenario,
	const struct step *step, const char *what);
/* Expected and got, and where they part. pattern may be NULL. */
void failure_bytes(struct buf *out, const struct pattern *pattern,
	const struct buf *in, size_t reached);
/* Reasons say what bytes cannot: the last ones. */
void failure_reasons(struct buf *out, const struct texts *why);
/* The records that no line has taken. */
void failure_texts(struct buf *out, const struct texts *t);

/* Does what came end where a modem waits for its host? */
bool looks_answered(const struct buf *in);

#endif
