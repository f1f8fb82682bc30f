#ifndef EC21_HIL_SCENARIO_H
#define EC21_HIL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/transcript.h"
#include "hil/vars.h"

/* Bytes of a file. */
#define SCENARIO_MAX ((size_t)4 << 20)

/*
 * A scenario: a transcript with expectations, as ec21-transcript(5) says.
 * Parsed once; run once for each of its cases.
 */
enum step_type {
	STEP_SEND,	/* AT>, CON> */
	STEP_SEND_FILE, /* the same with @file */
	STEP_EXPECT,	/* AT<, CON< */
	STEP_QUIET,	/* @quiet on any of them */
	STEP_REASON,	/* WHY */
	STEP_EVIDENCE,	/* BRK */
	STEP_ACTION,	/* DO */
};

struct step {
	enum step_type type;
	enum lane lane;
	unsigned line;
	unsigned column; /* of the body */
	const char *body;
	size_t len;
	unsigned limit_ms; /* 0: the default */
	/* `[if NAME=VALUE]`; name_len 0: none */
	const char *if_name, *if_value;
	size_t if_name_len, if_value_len;
	bool if_not;
};

/* What it does to a modem that is there, with a SIM that somebody pays for. */
enum bench {
	BENCH_UNSAID,
	BENCH_SAFE,
	BENCH_HARMFUL, /* a wrong PIN, say */
};

/* One `# case:` row. */
struct scenario_case {
	char *name;
	struct vars vars;
};

struct scenario {
	char *path;
	char *title; /* header values; NULL: not given */
	char *source;
	char *profile;
	char *emulator;
	char *broker;
	char *needs;
	char *firmware;	 /* name of the one it is for */
	char *peers;	 /* `# peer:` lines, one behind the other */
	bool in_process; /* `# clock: hand`: waits for a window */
	bool trailing_any;
	enum bench bench;
	struct step *steps;
	size_t n_steps, cap_steps;
	struct scenario_case *cases; /* none: one run without a name */
	size_t n_cases, cap_cases;
	char *text; /* what bodies point into */
	size_t text_len;
};

/* Read and check a file. False with *err set; *s is then empty. */
bool scenario_load(
	struct scenario *s, const char *path, struct transcript_error *err);
/* The same from memory; `path` for messages. */
bool scenario_parse(struct scenario *s, const char *path, const char *text,
	size_t len, struct transcript_error *err);
void scenario_free(struct scenario *s);
/* Does it speak to the modem itself? */
bool scenario_speaks_at(const struct scenario *s);
/* Does its header ask for one? */
bool scenario_wants_broker(const struct scenario *s);

/*
 * The weakest grade that its source line names: a case is worth no more than
 * what it rests on least. False: it names none.
 */
bool scenario_grade(const struct scenario *s, enum grade *grade);

/* The line of the file a step stands in, without its line end; lent. */
const char *scenario_line(const struct scenario *s, unsigned line, size_t *len);

#endif
