#ifndef EC21_HIL_VIRTUAL_BOARD_H
#define EC21_HIL_VIRTUAL_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/board.h"

struct loop;

/*
 * A board of the rig virtual. ec21vdfu is its chip with BOOT0, RST, supply and
 * the boot loader on a USB bus of its own; QEMU is its CPU; all that is done to
 * it stands in a rigs.conf, as for a real one.
 */
struct virtual_board;

struct virtual_board_opts {
	struct loop *loop;
	const char *dir;	 /* made, for all that is the board's */
	unsigned number;	 /* from 1: its name is virtual-N */
	const char *expect_boot; /* NULL: none */
};

/* What it needs that may not be there. False with a sentence. */
bool virtual_board_can_be(char *why, size_t why_size);

/*
 * Switched off, its flash empty. Opts are copied but for the loop. NULL with a
 * sentence. Calls back before returning: no.
 */
struct virtual_board *virtual_board_new(
	const struct virtual_board_opts *opts, char *why, size_t why_size);
/* Until it answers; the loop turns meanwhile. False with a sentence. */
bool virtual_board_wait(struct virtual_board *, char *why, size_t why_size);
/* How its ec21vdfu ended, unasked; NULL: it runs. */
const char *virtual_board_gone(const struct virtual_board *);
/* For firmware_board_start(). Lent. */
struct board *virtual_board_board(struct virtual_board *);
/* Where its USART2 and its pins want sockets, DIR/modem and DIR/pins. Lent. */
const char *virtual_board_dir(const struct virtual_board *);

/* Was this image, by its path, flashed and verified by us? */
bool virtual_board_holds(const struct virtual_board *, const char *image);
/*
 * `ec21hil flash` it, as a child: BOOT0, dfu-util, read-back, RST, first line.
 * False with a sentence; else done, from the loop, error NULL: all is well.
 */
bool virtual_board_flash(struct virtual_board *, const char *image,
	void (*done)(void *arg, const char *error), void *arg, char *why,
	size_t why_size);
/* End that child; `done` is not called any more. */
void virtual_board_cancel(struct virtual_board *);
/* How often it was. */
unsigned virtual_board_flashes(const struct virtual_board *);

/* New random numbers for the next boot. False with a sentence. */
bool virtual_board_renew(struct virtual_board *, char *why, size_t why_size);

/* Ask it to end, so that several end at the same time. */
void virtual_board_stop(struct virtual_board *);
/*
 * Not from within the loop: it turns until the board has ended, or is killed
 * some seconds later. Harmless on NULL.
 */
void virtual_board_free(struct virtual_board *);

#endif
