#ifndef EC21_HIL_ACTIONS_H
#define EC21_HIL_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/action.h"

struct scenario;

/* What a DO line can say. */
enum do_type {
	DO_RIG,	  /* hangup, start-emulator, …, peer …: the rig knows */
	DO_MODEM, /* an action of base/action.h */
	DO_WAIT,  /* time passes */
};

struct do_line {
	enum do_type type;
	struct action modem;
	/* How long it lasts: a wait, or the pulse of a modem's action. */
	uint64_t ms;
};

/*
 * False: `wrong` has a sentence. The text must outlive *line. `peer …` is the
 * rig's to check.
 */
bool do_parse(const char *text, struct do_line *line, char *wrong, size_t size);

/*
 * Does a scenario act on the modem? With network: by a fault that strikes in
 * the network door.
 */
bool do_acts_on_modem(const struct scenario *scenario);
bool do_faults_network(const struct scenario *scenario);
bool do_stops_broker(const struct scenario *scenario);

#endif
