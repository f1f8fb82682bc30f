#ifndef EC21_HIL_RIG_BOARD_H
#define EC21_HIL_RIG_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/vars.h"

/*
 * A board of rigs.conf as the rig of a run of AT scenarios: its modem is
 * reached at its own port, or through the firmware's bridge.
 */
struct rig_board;
struct loop;

/* NULL with a sentence in `why`: no such rig, or it has no way to a modem. */
struct rig_board *rig_board_find(const char *name, char *why, size_t why_size);
/* Harmless on NULL; gives the board back. */
void rig_board_free(struct rig_board *);

/* The URL of its modem, once it began. Lent. */
const char *rig_board_modem(const struct rig_board *);
/* The file of its broker's evidence; NULL: there is none. Lent. */
const char *rig_board_evidence(const struct rig_board *);
/* {$apn}, {$apn_user}, {$apn_password}, {$sim_pin}. False: why tells. */
bool rig_board_vars(const struct rig_board *, struct vars *vars, char *why,
	size_t why_size);
/*
 * Does the server that rigs.conf names answer, as seen from here? Blocks for
 * 5 s an address at most. False: why tells.
 */
bool rig_board_reaches(const struct rig_board *, char *why, size_t why_size);
/*
 * Take it and make its firmware a bridge, modem on: a minute at most. The
 * loop turns meanwhile. False: why tells.
 */
bool rig_board_begin(
	struct rig_board *, struct loop *loop, char *why, size_t why_size);
/* The bridge ends, the board is given back. */
void rig_board_end(struct rig_board *);

#endif
