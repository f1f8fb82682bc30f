#ifndef WIOFW_MODEM_H
#define WIOFW_MODEM_H

#include <stdbool.h>
#include <stdint.h>

#include "at_client.h"
#include "note.h"
#include "reason.h"

struct board;
struct config;

/* The modem as a device: power, boot, network. One PDP context, number 1. */
struct modem {
	struct at_client *at;
	const struct board *board;
	const struct note *note;
	bool on;
	bool attached;
	bool stale; /* the context is to be deactivated before it is used */
	uint32_t access; /* what it was activated with, as a checksum */
	struct at_urc on_rdy;
	struct at_urc on_down;
	struct at_urc on_deact;
};

#define MODEM_PDP 1

/* Borrows all three for its life. */
void modem_init(struct modem *m, struct at_client *at,
	const struct board *board, const struct note *note);

/*
 * Bring the modem to a ready SIM: with pins as the Wio LTE library does it
 * [WIO §7], without pins by AT until OK. 0, or -1 with r.
 */
int modem_start(struct modem *m, struct reason *r);
/* RESET_N pulse, or AT+CFUN=1,1 without pins; then as modem_start. */
int modem_restart(struct modem *m, struct reason *r);
/* AT+QPOWD, wait for POWERED DOWN, supply off where there are pins. */
int modem_stop(struct modem *m, struct reason *r);
/*
 * Wait for registration (60 s), configure the context from c, activate it.
 * Does nothing when it is active already and c's access point, user and
 * password are those of the last call; one that was active before the first
 * call is taken as it is.
 */
int modem_attach(struct modem *m, const struct config *c, struct reason *r);

/* The modem's clock as UTC seconds, and as it prints it (text, 32 bytes). */
int modem_clock(struct modem *m, int64_t *utc, char *text, struct reason *r);
int modem_set_clock(struct modem *m, const char *text, struct reason *r);

/* Add the modem's own word on a failure, AT+QIGETERROR, to r. */
void modem_add_geterror(struct at_client *at, struct reason *r);

#endif
