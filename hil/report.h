#ifndef EC21_HIL_REPORT_H
#define EC21_HIL_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "hil/report_tap.h"

/*
 * Reports of `ec21hil run --report DIR` and its kin: DIR/junit.xml for
 * machines and DIR/report.html for people. Runs are added one by one, in any
 * order; no secret of theirs gets in (hil/lanes.h).
 */
struct report;

/* One run, lent for the call. */
struct report_run {
	const struct outcome *outcome;
	size_t number;	    /* from 1 */
	const char *path;   /* of the scenario */
	const char *source; /* its `# source:` line, or NULL */
	const char *lanes;  /* what lanes_close() gave; NULL: nothing */
	/*
	 * A JSON object for the page, in place of all that; without secrets.
	 * Then lanes are what is to be said of a run that passed, too.
	 */
	const char *json;
};

/* What all runs of one report have in common; strings must outlive it. */
struct report_head {
	const char *rig;
	int64_t start; /* seconds of the Unix epoch */
	/* Of a comparison: the other rig, and what was run; else NULL. */
	const char *other, *files;
};

/* Makes DIR if need be. NULL: standard error says why. */
struct report *report_open(const char *dir, const struct report_head *head);
void report_add(struct report *, const struct report_run *run);
/*
 * Write the ends and give the files their names. planned: runs there were to
 * be. False: they are not complete, and standard error says why. Frees it;
 * true on NULL.
 */
bool report_close(struct report *, size_t planned);

/* The two writers. */
struct report_count {
	size_t runs, failed, errors, skipped;
	uint64_t ms;
};

void junit_add(FILE *, const struct report_run *run);
/* cases: what junit_add() wrote. */
void junit_page(FILE *, const struct report_head *head,
	const struct report_count *count, const char *cases);
void html_add(FILE *, const struct report_run *run, bool first);
void html_end(FILE *, const struct report_head *head, size_t planned);
/* As a JSON string that HTML cannot read as its own: no <, no &. */
void html_put_string(FILE *, const char *text);
/*
 * hil/report.html and hil/compare.html, line by line; NULL behind the last
 * one. Built from them.
 */
extern const char *const report_page[];
extern const char *const compare_page[];
void html_begin(FILE *, const struct report_head *head);

/*
 * The next character of UTF-8 text, which may be broken: U+FFFD for a byte
 * that is none. 0 at the end, else *s is moved on.
 */
uint32_t report_next_char(const char **s);
/* `YYYY-MM-DDThh:mm:ssZ` */
void report_time(int64_t t, char text[24]);

#endif
