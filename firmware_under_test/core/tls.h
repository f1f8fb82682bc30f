#ifndef WIOFW_TLS_H
#define WIOFW_TLS_H

#include <stdint.h>

struct config;
struct note;

/* What both ways of doing TLS are asked for. Borrowed for the call. */
struct tls_request {
	const struct config *config;
	int64_t clock;		/* the modem's, UTC seconds */
	const char *clock_text; /* as it printed it */
};

/*
 * Say so when dates will be judged by a clock that was never set: it starts
 * in 1980 [AT §9], when no certificate is valid yet.
 */
void tls_note_clock(const struct tls_request *q, const struct note *note);

#endif
