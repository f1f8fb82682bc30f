#ifndef EC21_HIL_EXPLAIN_SCRIPT_H
#define EC21_HIL_EXPLAIN_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/explain.h"
#include "hil/vars.h"

/*
 * The host's side of a log, made ready for a trial: what it sent, what was
 * recorded for it, and what the log does not show but takes for granted.
 */
struct script_step {
	char *command; /* with its CR */
	char *data;    /* behind CONNECT or the prompt; NULL: none */
	size_t data_len;
	size_t exchange; /* of the log; NO_EXCHANGE: ours, must end with OK */
	bool judged;	 /* compare with what was recorded */
	enum final want;
	int want_code;
	bool want_result; /* `+QSSLOPEN: id,result`, say, was recorded */
	int result;
	char result_name[24]; /* "+QSSLOPEN: 0," */
	/* A URC that the log shows behind it; waited for, not judged. */
	char urc[32];
};

struct script {
	struct script_step *steps;
	size_t n, cap;
	char assumed[400];
};

/* What a trial changes. All strings are constant. */
struct hypothesis {
	const char *rule;  /* id; NULL: the host's commands alone */
	const char *title; /* a sentence without a stop */
	/* Ask the host's log whether it makes sense. NULL: always. */
	bool (*applies)(const struct matter *m);
	const char *mode; /* of the broker; NULL: a server that fits */
	const char
		*file[TLS_FILES]; /* `@file` below the certificates; "-":
				     none; NULL: as recorded, or a good one */
	const char *config;	  /* laid over the profile */
	unsigned flags;
};

enum {
	TRIAL_REFUSED = 1,    /* nobody listens */
	TRIAL_SILENT = 2,     /* it connects, and then nothing comes */
	TRIAL_NO_CONTEXT = 4, /* the context is not active */
	TRIAL_NO_CLOCK = 8,   /* the clock stands at 1980 */
	TRIAL_NO_APN = 16,    /* nor configured */
	TRIAL_UNABLE = 32,    /* cannot be tried; `config` says why */
};

const struct hypothesis *explain_hypotheses(size_t *n);
/* When the recorded files fail: the same with files as they should be. */
extern const struct hypothesis explain_repair;
/* Is the error that of a TLS open? */
bool matter_is_tls(const struct matter *m);
/* Does its context present a client certificate? */
bool matter_presents_cert(const struct matter *m);

/* More commands than that are a session, not a failure. */
#define SCRIPT_MAX 300

/*
 * m: the error that the trials are about. timing: for each exchange, whether
 * its answer hangs on time that a trial does not take. vars: "certs" is the
 * folder of ec21certs. False with a sentence in `why`.
 */
bool script_make(struct script *, const struct matter *m, const bool *timing,
	const struct hypothesis *h, const struct vars *vars, char *why,
	size_t size);
void script_free(struct script *);
/* Must the clock be set first, as the log shows neither clock nor setting? */
bool script_sets_clock(const struct matter *m);

#endif
