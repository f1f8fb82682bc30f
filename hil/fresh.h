#ifndef EC21_HIL_FRESH_H
#define EC21_HIL_FRESH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"

/*
 * Scenarios are written for a modem that was just started. One that had
 * others before gets AT&F [AT §3]: echo, result codes and the like are as
 * after a start, and nothing is saved. Files, contexts and sockets are for
 * the scenario before to clear away. One that was just switched on says more
 * for some seconds, answers 419 to file commands, and has no network: it is
 * waited for until it has read its SIM, AT+QINISTAT [AT §7.2], and is attached,
 * so long at most. Without a SIM it never is.
 */
#define FRESH_SETTLE_MS 30000

struct fresh_opts {
	struct clock *clock;
	bool settle; /* it may just have been switched on */
	void (*say)(void *arg, const char *text);
	void (*done)(void *arg);
	void *arg;
};

struct fresh {
	struct fresh_opts opts;
	struct buf said;
	struct timer again;
	uint64_t until_ms;
	bool asked;
	bool waits; /* until done */
};

/* Calls back before returning: yes (say). Of what is silent nothing is heard.
 */
void fresh_begin(struct fresh *, const struct fresh_opts *opts);
/* What the modem said. Calls back before returning: yes. */
void fresh_take(struct fresh *, const void *data, size_t len);
/* Harmless on all zeros. */
void fresh_free(struct fresh *);

#endif
