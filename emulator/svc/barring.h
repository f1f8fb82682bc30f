#ifndef EC21_SVC_BARRING_H
#define EC21_SVC_BARRING_H

#include <stdbool.h>

#include "base/err.h"

struct nv;
struct profile;

/*
 * Call barring [AT §7.2]: what the network keeps for a subscriber. A program
 * bars calls of some classes, which are bits as in CLCK: 1 voice, 2 data …
 * All programs have one password. There are no calls, so nothing is barred.
 */
enum barring_program {
	BARRING_AO = 1,	 /* all outgoing */
	BARRING_OI = 2,	 /* outgoing international */
	BARRING_OX = 4,	 /* the same, but to the home country */
	BARRING_AI = 8,	 /* all incoming */
	BARRING_IR = 16, /* incoming while abroad */
	BARRING_OUT = BARRING_AO | BARRING_OI | BARRING_OX,
	BARRING_IN = BARRING_AI | BARRING_IR,
};

/* Classes that one program bars, 0: it is off. */
unsigned int barring_classes(const struct nv *nv, enum barring_program program);

/*
 * Turn programs (bits) on or off for some classes. Of the programs of one
 * direction a class has one at most: the new one takes the place of the old,
 * inf (22.088). ERR_PASSWORD.
 */
int barring_set(struct nv *nv, const struct profile *profile,
	unsigned int programs, bool on, unsigned int classes,
	const char *password, struct why *why);

/* The one password; four digits. ERR_PASSWORD. */
int barring_change(struct nv *nv, const struct profile *profile,
	const char *old, const char *fresh, struct why *why);

#endif
