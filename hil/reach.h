#ifndef EC21_HIL_REACH_H
#define EC21_HIL_REACH_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does `where`, HOST:PORT, take a TCP connection from this machine? With
 * `here`, an ADDR:PORT of this machine that is free now: does that connection
 * arrive there? Blocks, for 5 s an address at most. False: why tells.
 */
bool reach_server(
	const char *where, const char *here, char *why, size_t why_size);

#endif
