#ifndef EC21_HIL_BROKER_H
#define EC21_HIL_BROKER_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/scenario.h"
#include "hil/vars.h"

struct event_base;

/* The ec21broker that a scenario's header asks for, and its evidence. */
struct broker;

struct broker_opts {
	struct event_base *base;
	const char *program;
	const struct scenario *scenario;
	const struct vars *vars;
	const char *tmp;
	const char *https, *mqtts; /* ADDR:PORT; NULL: any port of loopback */
	void (*ready)(void *arg);
	/* One JSON object. */
	void (*evidence)(void *arg, const char *line);
	/* It ended, called for or not; reaped. well: see proc_opts.exited. */
	void (*ended)(void *arg, bool well, const char *how);
	/* It, or its evidence, is of no use. */
	void (*failed)(void *arg, const char *reason);
	void *arg;
};

/*
 * Start it. *wanted false: the header asks for none, and nothing was started.
 * NULL and *wanted true: `why` says why. Opts are copied, what they point to
 * must outlive the broker. Calls back before returning: no.
 */
struct broker *broker_start(const struct broker_opts *opts, bool *wanted,
	char *why, size_t why_size);
/*
 * It has ended: start it where it was, with the same arguments. Ends with
 * `ready`. False with a sentence. Calls back before returning: no.
 */
bool broker_start_again(struct broker *, char *why, size_t why_size);
/*
 * Why a broker of this machine that listens there, NULL: not at all, cannot be
 * what the header asks for; NULL: it can.
 */
const char *broker_lacks(
	const struct scenario *scenario, const char *https, const char *mqtts);
/* ADDR:PORT once it is ready; "": not asked for. */
const char *broker_https(const struct broker *);
const char *broker_mqtts(const struct broker *);
bool broker_runs(const struct broker *);
void broker_signal(struct broker *, int sig);
/* Kills what still runs. Harmless on NULL. */
void broker_free(struct broker *);

#endif
