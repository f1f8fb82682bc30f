#ifndef EC21_HIL_CROSSING_H
#define EC21_HIL_CROSSING_H

#include "hil/session.h"

/*
 * Both ends of a connection may close it, and whose close comes first is a
 * matter of time. Leave out of a session that is compared:
 *
 *   "closed" of a connection that the host then closes itself,
 *   a send of TLS that fails, with the host's close right behind it: the
 *   notice that it closes.
 */
void session_drop_crossings(struct session *s);

#endif
