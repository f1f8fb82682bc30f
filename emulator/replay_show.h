#ifndef EC21_REPLAY_SHOW_H
#define EC21_REPLAY_SHOW_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/trace.h"

/*
 * What a message may show of the bytes that a host sends and a recording has:
 * what a transcript would, with secrets masked. Of data with one in it, lengths
 * alone. Of replay.c only.
 */
struct replay_show;
struct script;

/* NULL without memory. */
struct replay_show *replay_show_new(void);
/* Harmless on NULL. */
void replay_show_free(struct replay_show *s);
/* Bytes of AT> or AT< as they pass: what is a secret depends on those before.
 */
void replay_show_pass(
	struct replay_show *s, enum lane lane, const void *data, size_t len);
/* What the host sends from now on is what will be shown. */
void replay_show_begin(struct replay_show *s);
/* Append it. */
void replay_show_came(struct replay_show *s, struct buf *text);

/* Append step number i of a recording, data from its byte `from` on. */
void replay_show_step(
	const struct script *script, size_t i, size_t from, struct buf *text);
/*
 * Append what came, `len` bytes, and what that step expected; data from its
 * byte `from` on.
 */
void replay_show_both(struct replay_show *s, size_t len,
	const struct script *script, size_t i, size_t from, struct buf *text);

#endif
