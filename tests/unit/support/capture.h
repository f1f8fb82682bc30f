#ifndef EC21_TESTS_CAPTURE_H
#define EC21_TESTS_CAPTURE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/trace.h"

/*
 * A trace sink that keeps what it is told, for assertions. Byte lanes are
 * kept as they are, joined; each record of a text lane (WHY, BRK, …) ends
 * with a line feed. The log holds all lanes in order, escaped, one line a
 * record: `AT> AT\r`.
 */
struct capture {
	struct trace_sink sink;
	struct buf lanes[LANE_NOTE + 1];
	struct buf taken;
	struct buf log;
};

void capture_init(struct capture *c);
void capture_free(struct capture *c);
/* Forget everything so far. */
void capture_reset(struct capture *c);

/*
 * All three return a NUL-terminated string ("" when nothing came), never
 * NULL, good until the capture is told or asked the next thing.
 */
const char *capture_text(struct capture *c, enum lane lane);
/* As capture_text(), and forget that lane. */
const char *capture_take(struct capture *c, enum lane lane);
const char *capture_log(struct capture *c);

/* Bytes kept on a lane, for content that holds NULs. */
size_t capture_len(const struct capture *c, enum lane lane);

#endif
