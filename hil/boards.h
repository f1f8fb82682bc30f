#ifndef EC21_HIL_BOARDS_H
#define EC21_HIL_BOARDS_H

#include <stdbool.h>
#include <stddef.h>

struct board;
struct loop;
struct virtual_board;

/* The virtual boards of a run: as many as it has scenarios at a time. */
struct boards {
	struct virtual_board **list;
	bool *taken, *told;
	size_t n;
};

/*
 * Make n, in folders below `top`, and wait for them; the loop turns. False
 * with a sentence; boards_free() is due then, too.
 */
bool boards_make(struct boards *, size_t n, struct loop *loop, const char *top,
	const char *expect_boot, char *why, size_t why_size);
/*
 * One that nobody has and that works; of those that do not only when none is
 * left, so that its case says what happened. NULL: there is none.
 */
struct board *boards_take(struct boards *);
/* How many work. */
size_t boards_left(const struct boards *);
/* How many cases: so many as are wanted, fewer where boards are lost. */
size_t boards_at_a_time(const struct boards *, size_t wanted);
/* One whose ec21vdfu has ended since the last call, and how; NULL: none. */
const struct board *boards_lost(struct boards *, const char **how);
/* Harmless on NULL. */
void boards_give_back(struct boards *, const struct board *);
/* How often all of them were flashed. */
unsigned boards_flashes(const struct boards *);
/* Not from within the loop: it turns. Harmless on one without boards. */
void boards_free(struct boards *);

#endif
