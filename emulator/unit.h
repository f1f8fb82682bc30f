#ifndef EC21_UNIT_H
#define EC21_UNIT_H

#include <stdio.h>

#include "base/err.h"

/*
 * One modem of ec21emu with what it is plugged into: ports, pins, network
 * door, record, faults. Units share the loop and what is read only.
 */
struct unit;
struct event_base;
struct loop;
struct modem;
struct options;
struct pcap;
struct profile;
struct tee;
struct watch;

/* What all units of a program share; borrowed. */
struct unit_env {
	struct loop *loop;
	struct watch *watch;
	const struct profile *profile;
	const struct options *opt;
	FILE *keylog;	   /* NULL: none */
	struct pcap *pcap; /* NULL: none */
};

/*
 * number: from 1; stands in for %d. Switched off. NULL with the reason: what
 * an option names cannot be had.
 */
struct unit *unit_new(
	const struct unit_env *env, unsigned number, struct why *why);
/*
 * All there is to have is had: begin what is recorded, which replaces what was
 * there. False with the reason.
 */
bool unit_begin(struct unit *u, struct why *why);
/* False: the end of its recording was lost, and that is said. NULL: true. */
bool unit_free(struct unit *u);
/* Supply and PWRKEY as `--power on`; a recording boots by itself. */
void unit_boot(struct unit *u);
/*
 * At the end: did the host depart from the recording it was given? Says on
 * standard error how often, and what of the recording was not played.
 */
bool unit_departed(const struct unit *u);
/* Something that was asked for could not be written. */
bool unit_failed(const struct unit *u);
struct modem *unit_modem(struct unit *u);
/* Where all its records pass. */
struct tee *unit_tee(struct unit *u);
/* `ready N WHERE`, a line for each port. */
void unit_print_ready(const struct unit *u, FILE *to);

#endif
