#ifndef WIOFW_BRIDGE_H
#define WIOFW_BRIDGE_H

#include <stdint.h>

struct at_client;
struct console;

/* What ends a bridge: three of these after BRIDGE_GUARD_MS of silence. */
#define BRIDGE_END	'\x1d' /* Ctrl-] */
#define BRIDGE_ENDS	3
#define BRIDGE_GUARD_MS 500

struct bridge_count {
	uint32_t to_modem;
	uint32_t from_modem;
};

/*
 * Console and modem become one line: every byte passes, both ways, until the
 * end sequence, or the console's or the modem's end. Neither a tap nor URC
 * listeners see what passes: a trace would mix with it on the console.
 */
struct bridge_count bridge_run(struct at_client *at, struct console *con);

#endif
