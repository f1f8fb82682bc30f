#ifndef WIOFW_TLS_H
#define WIOFW_TLS_H

#include <stdint.h>

/* What both ways of doing TLS are asked for. Borrowed for the call. */
struct tls_request {
	const struct config *config;
	int64_t clock;		/* the modem's, UTC seconds */
	const char *clock_text; /* as it printed it */
};

#endif
