#ifndef EC21_HIL_SESSION_H
#define EC21_HIL_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/transcript.h"

/*
 * A recording, as two streams that can be compared: commands with their
 * answers, and the unsolicited lines. Chunk borders and echo are gone, what
 * no two modems share (addresses, times, numbers of SIM and modem, signal)
 * is replaced by its class, and data that is TLS by its record types.
 */
struct turn {
	char *command; /* as sent, escaped, without its CR; class values in */
	char **lines;  /* the answer's, in order; escaped, class values in */
	size_t n_lines;
	char *reason;	/* the last WHY in it, or NULL */
	unsigned line;	/* of the recording */
	unsigned times; /* the same in a row */
};

struct urc {
	char *text;
	char *reason;
	unsigned line;
};

struct session {
	struct turn *turns;
	size_t n_turns, cap_turns;
	struct urc *urcs;
	size_t n_urcs, cap_urcs;
	char *profile, *device; /* headers, or NULL */
	unsigned masks;		/* secrets that are not in it */
};

/* Bounds: 64 MiB, 100000 turns. False with *err; *s is empty then. */
bool session_load(
	struct session *s, const char *path, struct transcript_error *err);
void session_free(struct session *s);

/* ---- two of them ---- */

enum row_type {
	ROW_SAME,
	ROW_DIFFERS,
	ROW_ONLY_A,
	ROW_ONLY_B,
};

/* One exchange, or one unsolicited line, of either or both. */
struct row {
	enum row_type type;
	const struct turn *a, *b;	 /* NULL: not there */
	const struct urc *urc_a, *urc_b; /* the same for a line */
};

struct rows {
	struct row *list;
	size_t n, cap;
	size_t same, differ; /* differ: all the others */
};

/* Align a and b, which must outlive the rows. False: no memory. */
bool session_align(
	const struct session *a, const struct session *b, struct rows *rows);
void rows_free(struct rows *rows);
/* What a row is about: the command, or `urc LINE`. */
void row_name(const struct row *row, char *text, size_t size);
/* The lines that differ, `  A | …` and `  B | …`, with line numbers. */
void row_print(const struct row *row, const char *a, const char *b);

#endif
