#ifndef EC21_HIL_SESSION_H
#define EC21_HIL_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/transcript.h"
#include "hil/transcript_file.h"

/* No data of it is longer than its file. */
#define SESSION_BYTES_MAX TRANSCRIPT_FILE_MAX

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
	bool moves_tls; /* sends or reads a connection that carries it */
	/* From its start; the longest of those in a row. -1: not known. */
	int64_t at_ms, took_ms;
};

struct urc {
	char *text;
	char *reason;
	unsigned line;
	int64_t at_ms;
};

struct turns {
	struct turn *list;
	size_t n, cap;
};

struct session {
	struct turn *turns;
	size_t n_turns;
	struct urc *urcs;
	size_t n_urcs, cap_urcs;
	/*
	 * Connections that carry TLS (hil/tlsflow.h): one for each direction,
	 * its lines the types of the records. The exchanges that moved them
	 * are not among the turns, unless they failed.
	 */
	struct turns flows;
	/* The firmware's console (hil/run_file.h); not of session_load(). */
	struct turns console;
	char *profile, *device; /* headers, or NULL */
	unsigned masks;		/* secrets that are not in it */
};

/* Bounds: 64 MiB, 100000 turns. False with *err; *s is empty then. */
bool session_load(
	struct session *s, const char *path, struct transcript_error *err);
/* The same for a command of ec21hil: its error told on standard error. */
bool session_load_told(
	const char *command, struct session *s, const char *path);
/*
 * The same of one run of a comparison: what is its own counts by class, and
 * closes that cross do not count (hil/crossing.h). own may be NULL.
 */
struct own;
bool session_load_run(struct session *s, const char *path,
	const struct own *own, struct transcript_error *err);
void session_free(struct session *s);

/*
 * Add an unsolicited line; text and reason are the session's then, in any
 * case. False without memory. text NULL is that.
 */
bool session_add_urc(struct session *s, char *text, char *reason, unsigned line,
	int64_t at_ms);

/* Append a turn that begins with this command, which it owns. NULL: none. */
struct turn *turns_add(struct turns *, char *command);
/* Append a line, which it owns; false without memory. line NULL is that. */
bool turn_add_line(struct turn *, char *line);
/* The same command with the same answer? */
bool turn_is_same(const struct turn *a, const struct turn *b);
/* The same poll, or few of them, again and again: once, with its times. */
void turns_fold(struct turns *);
void turns_drop_last(struct turns *);
void turns_free(struct turns *);

/* ---- two of them ---- */

enum row_type {
	ROW_SAME,
	ROW_DIFFERS,
	ROW_ONLY_A,
	ROW_ONLY_B,
};

enum row_kind {
	ROW_TURN,
	ROW_URC,
	ROW_FLOW,
	ROW_CONSOLE,
};

/* One exchange, or one unsolicited line, of either or both. */
struct row {
	enum row_type type;
	enum row_kind kind;
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
/* What a row is about: the command, `urc LINE` or `console COMMAND`. */
void row_name(const struct row *row, char *text, size_t size);
/* The lines that differ, `  A | …` and `  B | …`, with line numbers. */
void row_print(const struct row *row, const char *a, const char *b);

#endif
