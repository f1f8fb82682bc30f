#ifndef EC21_HIL_EXPLAIN_H
#define EC21_HIL_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "hil/dialogue.h"

/*
 * What brought an error about: rules that look at the log. A rule never says
 * more than its source; what a trial on the emulator adds is in
 * explain_trial.h.
 */

/* How the line breaks of a PEM file may stand. */
enum {
	SHAPE_LF = 1,
	SHAPE_CRLF = 2,
	SHAPE_NONE = 4, /* none but behind END */
	SHAPE_NUL = 8,	/* LF, and a byte too many: sizeof a string */
};

/* Breaks that one PEM block of `size` bytes can have; 0: it cannot be one. */
unsigned pem_shapes(long size, bool key);

enum tls_file {
	TLS_CA,
	TLS_CERT,
	TLS_KEY,
	TLS_FILES,
};

/* A file that a TLS context names, as far as the log tells. */
struct file_fact {
	char name[96]; /* "": not set */
	bool used;     /* at this seclevel */
	size_t upload; /* its QFUPL, or NO_EXCHANGE */
	long announced, size;
	unsigned shapes;   /* 0: not known */
	bool shapes_known; /* from its content, or a file known by size */
	bool absent;	   /* a list of files lacks it, or its upload failed */
	unsigned absent_line;
	const char *known; /* which file has this size and sum; or NULL */
};

/* What a log says of the TLS connection that an error is about. */
struct tls_facts {
	bool tls; /* it is one */
	char ctx[8];
	char host[260], port[8];
	/* values of QSSLCFG before the open; "": not set in the log */
	char version[8], suite[12], seclevel[8], localtime[8], sni[8];
	struct file_fact file[TLS_FILES];
	unsigned opened_later; /* line of a later success; 0: none */
	bool sni_later;	       /* "sni" 1 was set before that success */
};

void tls_facts_read(struct tls_facts *, const struct dialogue *d, size_t open);

/* An error, as the rules look at it. */
struct matter {
	const struct dialogue *d;
	const struct finding *f;
	const struct exchange *x; /* NULL: it belongs to no command */
	struct tls_facts tls;
};

enum score {
	SCORE_NO,	/* does not apply, or the log speaks against it */
	SCORE_POSSIBLE, /* nothing speaks against it */
	SCORE_LIKELY,	/* the log speaks for it */
	SCORE_SHOWN,	/* the log shows it */
};

/* because: what of the log speaks for it; may stay empty. */
struct rule {
	const char *id;
	enum score (*holds)(const struct matter *m, struct buf *because);
	const char *cause;
	const char *remedy;
	enum grade grade;
	const char *ref;
};

const struct rule *explain_rules(size_t *n);

struct cause {
	const struct rule *rule;
	enum score score;
	char because[320];
};

#define CAUSES_MAX 24

struct explanation {
	struct matter matter;
	const struct code_row *code;	 /* NULL: the answer has no number */
	struct cause causes[CAUSES_MAX]; /* the likeliest first */
	size_t n_causes;
};

void explain_finding(struct explanation *, const struct dialogue *d,
	const struct finding *f);

#endif
