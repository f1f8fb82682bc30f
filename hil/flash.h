#ifndef EC21_HIL_FLASH_H
#define EC21_HIL_FLASH_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/image.h"
#include "hil/rig_conf.h"
#include "hil/tool.h"

/*
 * One flashing of one board, a sequence of steps. Each step returns false
 * with a sentence in `why`, which does not name the rig.
 */
struct flash {
	const struct rig_conf *rig;
	struct loop *loop;
	int lock;      /* the descriptor that says the board is ours */
	char tmp[128]; /* a folder of this run */
	struct image image;
	char image_path[200]; /* our copy of it: it cannot change meanwhile */
	bool tty;	      /* show progress */
	/* how far it came */
	bool acquired; /* and must be given back */
	bool boot0;    /* the hook boot0_on was run */
	bool wrote;    /* writing has begun: the old program is gone */
	bool verified;
	unsigned long bytes; /* written */
	bool interrupted;
	char serial[64], path[64]; /* of the board that was found */
	char why[1000];
};

/* How a chip is written: dfu-util, stm32flash, the user's command. */
enum flash_found { FLASH_FOUND, FLASH_NOT_YET, FLASH_HOPELESS };
struct flash_method {
	/* Is its boot loader there? HOPELESS and NOT_YET say why. */
	enum flash_found (*find)(struct flash *);
	/* The first `len` bytes of flash into a new file. */
	bool (*read)(struct flash *, const char *file, size_t len);
	bool (*write)(struct flash *); /* f->image_path */
	/* Out of the boot loader without RST; NULL: it cannot. */
	bool (*leave)(struct flash *);
};
extern const struct flash_method flash_dfu, flash_uart, flash_command;

/*
 * Save (NULL: not), write, read back, compare, boot. Says each step on
 * standard output. True: all of it; else f->why.
 */
bool flash_run(struct flash *f, const char *save);

/* ---- for the methods ---- */

/* False, and the sentence is kept. */
__attribute__((format(printf, 2, 3))) bool flash_fail(
	struct flash *f, const char *fmt, ...);
/*
 * Run a tool with the board's lock. False when it did not end by itself, with
 * the reason; else *status tells how.
 */
bool flash_tool(struct flash *f, const struct argv *argv, long seconds,
	void (*line)(void *arg, const char *line), void *arg, int *status);
/* "writing", percent of all; only on a terminal. */
void flash_progress(const struct flash *f, const char *what, unsigned percent);

/* Wait for its boot loader, find_timeout at most. */
bool flash_find(struct flash *f, const struct flash_method *m);

/* ---- the board around the chip (flash_board.c) ---- */

/* Into its boot loader: hooks, console or operator. */
bool flash_board_enter(struct flash *f, const struct flash_method *m);
/* Back: BOOT0 low and a reset, then the sign of life that is expected. */
bool flash_board_start(struct flash *f, const struct flash_method *m);
/* Last, come what may: nothing stays pulled or held that was here. */
void flash_board_release(struct flash *f);

#endif
