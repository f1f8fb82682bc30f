#ifndef EC21_HIL_AHEAD_H
#define EC21_HIL_AHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/*
 * Command lines that a host sent before the one in front of them was answered:
 * out of a pipe, all at once. A modem answers them one after the other.
 */
struct ahead_line {
	struct buf text; /* without its CR */
	unsigned line;	 /* of the recording */
	int64_t at_ms;
};

struct ahead {
	struct ahead_line *list;
	size_t first, n, cap; /* n of them wait, from `first` on */
};

/* As many as that wait for an answer: no modem takes so many. */
#define AHEAD_MAX 10000

/*
 * A host that waited for an answer and gave up has waited longer than this; a
 * line behind one that is still open is sent ahead if it comes sooner.
 */
#define AHEAD_MS 100

/* Copied. False without memory, or when AHEAD_MAX wait. */
bool ahead_push(
	struct ahead *a, const struct buf *text, unsigned line, int64_t at_ms);
/* When the last of them was sent; `open_ms` if there is none. */
int64_t ahead_last_ms(const struct ahead *a, int64_t open_ms);
/* Take the first; its text is for buf_free(). There must be one. */
struct ahead_line ahead_pop(struct ahead *a);
/* The i-th of those that wait. */
const struct ahead_line *ahead_at(const struct ahead *a, size_t i);
void ahead_free(struct ahead *a);

#endif
