#ifndef EC21_HIL_VOLATILE_H
#define EC21_HIL_VOLATILE_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * What differs between any two modems, or between two moments: it compares by
 * class. Appends to `out` the line with classes for values: {ip}, {time},
 * {int}, {hex}, {digits},
 * {port}. command: of the exchange, "" for none. False: no
 * room.
 */
bool volatile_class(const char *command, const char *line, struct buf *out);

#endif
