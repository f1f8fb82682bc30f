#ifndef EC21_HIL_VERDICT_H
#define EC21_HIL_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "hil/accepted.h"
#include "hil/own.h"
#include "hil/run_file.h"

/*
 * The three-way verdict on one scenario that ran on two rigs: what the modem
 * said on A against B, what the console said, and what the broker saw of each.
 * Sides are 0 (A) and 1 (B).
 */
enum item_type {
	ITEM_SAME,
	ITEM_DIFFERS,
	ITEM_ONLY_A,
	ITEM_ONLY_B,
	ITEM_NOT_COMPARABLE, /* counts as a failure */
};

enum item_lane {
	ITEM_RUN, /* the run itself */
	ITEM_CONSOLE,
	ITEM_AT,
	ITEM_DATA, /* of a connection: a stream, or types of TLS records */
	ITEM_URC,
	ITEM_BROKER,
	ITEM_TIME,
};

struct item {
	enum item_type type;
	enum item_lane lane;
	char *name; /* what accepted differences call it */
	struct item_side {
		char *text; /* lines; NULL: not there */
		char *reason;
		unsigned line, times;	/* of the recording; in a row */
		int64_t at_ms, took_ms; /* -1: not known */
	} side[2];
	const struct accepted_entry *accepted; /* NULL: it is not */
	int64_t order;			       /* on the time axis */
	unsigned place;			       /* within a millisecond of it */
	size_t index;
};

struct verdicts {
	char *name;  /* of the recordings */
	char *title; /* for people; or NULL */
	char *file;  /* the scenario; or NULL */
	struct item *items;
	size_t n, cap;
	size_t counts[ITEM_NOT_COMPARABLE + 1], accepted;
	/* Evidence that is not of this run, and why not; and of neither. */
	char **foreign;
	size_t n_foreign;
	int64_t took_ms[2];  /* -1: it did not run */
	bool ran[2], failed; /* failed: no memory */
};

struct verdict_opts {
	const char *dirs[2]; /* where the recordings are */
	const char *rigs[2];
	struct accepted *accepted;
	/* So many times as long, and 100 ms, is a difference; 0: never. */
	double timing;
};

/*
 * Compare NAME of both folders. The verdict is for verdict_free(); what it
 * accepts points into opts->accepted. False without memory.
 */
bool verdict_make(
	struct verdicts *, const struct verdict_opts *opts, const char *name);
/*
 * The same of two recordings that are loaded. forgives: a row that does not
 * match but is to count as if it did. False without memory.
 */
bool verdict_of_sessions(struct verdicts *v, const char *name,
	const struct session s[2],
	bool (*forgives)(void *arg, const struct row *row), void *arg);
void verdict_free(struct verdicts *);
/* All rows the same, or accepted? */
bool verdict_is_same(const struct verdicts *);
/* The first difference that counts, or NULL. */
const struct item *verdict_first(const struct verdicts *);

/* ---- its parts ---- */

/* Add an item; name and the texts are copied. NULL without memory. */
struct item *verdict_add(struct verdicts *, enum item_lane lane,
	enum item_type type, const char *name, const char *a, const char *b);
/* One that says why something cannot be compared. */
void verdict_cannot(
	struct verdicts *, const char *name, const char *a, const char *b);

/* A run of one side, as it was recorded. */
struct verdict_run {
	struct run_file run;
	struct own own;
	bool has_cert;
	char base[600]; /* DIR/NAME */
};

/* The broker's evidence of both; foreign evidence is listed, not compared. */
void verdict_evidence(struct verdicts *, const struct verdict_run runs[2]);

/* ---- for people ---- */

const char *item_type_name(enum item_type type);
const char *item_lane_name(enum item_lane lane);
/* One item in lines, as `ec21hil compare` prints it. */
void item_print(const struct item *, struct buf *out);
/* All that does not match, then what else is to be said. */
void verdict_print(const struct verdicts *, struct buf *out);

#endif
