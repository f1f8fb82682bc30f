#ifndef EC21_AT_CME_H
#define EC21_AT_CME_H

#include "at/cmd.h"
#include "base/profile.h"

/* The only table from enum err to what a host reads [AT §8], [TCP §12]. */

/*
 * Number and verbose text of +CME ERROR; text is static. False: this error is
 * a plain ERROR, whatever CMEE says.
 */
bool cme_number(const struct profile *profile, enum err err, int *number,
	const char **text);

/* Code 550..574 of TCP/IP and SSL commands, 0 for ERR_OK, and its text. */
int cme_net_code(
	const struct profile *profile, enum err err, const char **text);

#endif
