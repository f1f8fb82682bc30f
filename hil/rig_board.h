#ifndef EC21_HIL_RIG_BOARD_H
#define EC21_HIL_RIG_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/rig.h"
#include "hil/vars.h"

/*
 * A board of rigs.conf as the rig of a run. For AT scenarios its modem is
 * reached at its own port, or through the firmware's bridge; others speak to
 * the firmware on the console.
 */
struct board;
struct loop;
struct rig_board;

/* NULL with a sentence in `why`: no such rig. */
struct rig_board *rig_board_find(const char *name, char *why, size_t why_size);
/* Harmless on NULL; gives the board back. */
void rig_board_free(struct rig_board *);

/* For firmware_board_start(). Lent. */
struct board *rig_board_board(struct rig_board *);
/* Why it is not for scenarios of that kind; NULL: it is. */
const char *rig_board_lacks(const struct rig_board *, bool console);
/* The URL of its modem, for when it is not on its console; or NULL. Lent. */
const char *rig_board_modem(const struct rig_board *);
/* Where its broker is, or is to be, and what it saw. Lent. */
void rig_board_servers(const struct rig_board *, struct rig_opts *opts);
/* {$apn}, {$apn_user}, {$apn_password}, {$sim_pin}. False: why tells. */
bool rig_board_vars(const struct rig_board *, struct vars *vars, char *why,
	size_t why_size);
/* Does the server that rigs.conf names answer? As reach_server(). */
bool rig_board_reaches(const struct rig_board *, char *why, size_t why_size);
/* Take it, and switch it on. The loop turns. False: why tells. */
bool rig_board_begin(
	struct rig_board *, struct loop *loop, char *why, size_t why_size);
/*
 * Its console is free for the firmware, or else its firmware is a bridge, with
 * the modem on: a minute at most. The loop turns. False: why tells.
 */
bool rig_board_turn(
	struct rig_board *, bool console, char *why, size_t why_size);

#endif
