#ifndef EC21_HIL_BOARD_H
#define EC21_HIL_BOARD_H

#include <stdbool.h>

struct rig_conf;
struct virtual_board;

/*
 * A board as one run has it: of rigs.conf, or virtual. What is done to it is
 * in `conf` for both; only of a virtual one do we know what is in its flash.
 */
struct board {
	const struct rig_conf *conf;
	int lock; /* that says it is ours; -1: none is needed */
	bool off; /* its supply, where there are hooks for it */
	struct virtual_board *virtual; /* NULL: it is none */
};

#endif
