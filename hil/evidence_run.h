#ifndef EC21_HIL_EVIDENCE_RUN_H
#define EC21_HIL_EVIDENCE_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* Which run a line of a broker's evidence belongs to. */
struct evidence_run {
	const char *client; /* common name of its certificate; NULL: none */
	const char *host;   /* the server name it asks for; NULL: any */
	int64_t begin_ms;   /* of the Unix epoch; 0: its time is not known */
	int64_t end_ms;	    /* 0: it is not over */
};

/*
 * Is it the run's? By its certificate; where there is none, by the time at
 * which its connection began, give or take a second, and the server name.
 * Else `why` says why not.
 */
bool evidence_is_own(const json_t *line, const struct evidence_run *run,
	char *why, size_t size);
/* When its connection began, ms of the Unix epoch; -1: it does not say. */
int64_t evidence_begin_ms(const json_t *line);
/* Common name of the client's certificate, "" if it has none; NULL: no such. */
const char *evidence_client(const json_t *line);

#endif
