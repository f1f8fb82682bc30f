#ifndef EC21_HIL_FRESH_H
#define EC21_HIL_FRESH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Scenarios are written for a modem that was just started. One that had
 * others before gets AT&F [AT §3]: echo, result codes and the like are as
 * after a start, and nothing is saved. Files, contexts and sockets are for
 * the scenario before to clear away.
 */
struct fresh {
	struct buf said;
	bool waits;
};

#define FRESH_COMMAND "AT&F\r"

void fresh_begin(struct fresh *);
/* What the modem said. True: that was the last of it. */
bool fresh_take(struct fresh *, const void *data, size_t len);
void fresh_free(struct fresh *);

#endif
