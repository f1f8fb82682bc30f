#ifndef EC21_HIL_VDFU_BOARD_H
#define EC21_HIL_VDFU_BOARD_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/vdfu/vdfu_usb.h"

/*
 * A virtual board: the chip with its boot loaders, BOOT0, RST, supply and USB
 * cable, and a command that stands for its CPU when the program runs.
 */
struct vdfu_board;
struct watch;

struct vdfu_board_opts {
	const char *serial; /* of the boot loader; also the board's name */
	const char *path;   /* on the bus: 1-1 */
	const char *flash;  /* 1 MiB file, made if need be; NULL: in memory */
	/*
	 * What runs when the chip starts its program: words, in which {flash}
	 * is a file of 1 MiB and {console} a socket, unix:PATH without the
	 * prefix, that takes one connection; {flash,} and {console,} have
	 * commas doubled, for QEMU's options. NULL: nothing runs.
	 */
	const char *boot;
	/* A file laid over the last sector of {flash}, or NULL. */
	const char *config;
	/* What the console shows when the program jumps to the ROM, or NULL. */
	const char *dfu_when;
	const char *console; /* link of a pty: the program's console, or NULL */
	const char *uart;    /* link of a pty: the USART boot loader, or NULL */
	const char *tmp;     /* a folder of ours */
	bool boot0;
	bool off; /* its supply, at the start */
};

/*
 * Comes up in its boot loader or its program by BOOT0. opts are copied, their
 * strings are not. NULL with a sentence in `why`.
 */
struct vdfu_board *vdfu_board_new(struct vdfu_usb *usb, struct watch *watch,
	const struct vdfu_board_opts *opts, char *why, size_t why_size);
/* Harmless on NULL. */
void vdfu_board_free(struct vdfu_board *);

const char *vdfu_board_serial(const struct vdfu_board *);

/*
 * One line of the control socket (ec21vdfu(1)), with its answer. False: the
 * answer is what is wrong with it.
 */
bool vdfu_board_tell(
	struct vdfu_board *, const char *line, char *answer, size_t size);

#endif
