#ifndef EC21_AT_AT_H
#define EC21_AT_AT_H

#include <stdbool.h>
#include <stddef.h>

#include "at/cmd.h"
#include "base/clock.h"
#include "base/profile.h"
#include "base/trace.h"

/*
 * The AT engine of one modem, as modem.c sees it: bytes of the UART in and
 * out. Families see at/cmd.h only.
 */
struct at_opts {
	struct clock *clock;
	const struct profile *profile;
	const struct at_family *const *families; /* NULL-terminated */
	void *ctx;				 /* handed to handlers */
	const struct trace_sink *trace;
	/*
	 * A command line was read and is about to run; false: it is lost.
	 * May print URCs, which come before the line's answer, and must not
	 * call back into the AT engine otherwise. May be NULL.
	 */
	bool (*line)(void *output_arg);
	/* True when the manuals have this command; for reasons. May be NULL. */
	bool (*known)(const char *name);
	/* Bytes to the host; data is lent. Must not call back into the AT
	 * engine. */
	void (*output)(void *arg, const void *data, size_t len);
	/*
	 * How much waits has changed: the line is busy with what was written
	 * before, or many URCs wait for the end of a command or a data mode.
	 * Who has more to push keeps it back meanwhile. May be NULL; must not
	 * call back into the AT engine.
	 */
	void (*full)(void *output_arg, bool line, bool urcs);
	void *output_arg;
};

/* NULL without memory. Everything in opts is borrowed but opts itself. */
struct at *at_new(const struct at_opts *opts);
void at_free(struct at *at);
/* Call each family's attach(). */
void at_attach(struct at *at);

/* Bytes from the host. May run commands and call output before returning. */
void at_input(struct at *at, const void *data, size_t len);
/*
 * The UART answers (true from RDY on) or not: input is then lost and output
 * dropped [AT §5.2]. Switching off aborts the running command and forgets
 * queued output, URCs and settings that are not stored.
 */
void at_set_ready(struct at *at, bool ready);
/* No command runs, and no data mode is on. */
bool at_is_idle(const struct at *at);
/*
 * DTR at the modem changed. Low to high leaves data mode by &D1 as `+++` does;
 * by &D2 too, but a transparent connection is dropped then, man [AT §5.4].
 */
void at_dtr(struct at *at, bool high);
/*
 * The host reads slower than we write, and what is on its way to it is much
 * (true), or has caught up: a download waits in between.
 */
void at_port_full(struct at *at, bool full);
/*
 * The peer hung up: drop a half line, and what waits for the end of a command.
 * A data mode stays on: who opens the line next goes on with it.
 */
void at_hangup(struct at *at);

#endif
