#ifndef EC21_IO_PORT_BACKLOG_H
#define EC21_IO_PORT_BACKLOG_H

#include "io/port.h"

/*
 * What waits for a peer that reads slowly, the same for every kind of port.
 * What is pushed or downloaded waits above FULL, all is lost above MAX; a
 * write that began below is taken whole.
 */
enum {
	BACKLOG_FULL = 256 * 1024,
	BACKLOG_LOW = BACKLOG_FULL / 4,
	BACKLOG_MAX = 4 * 1024 * 1024,
};

/* So many bytes wait now: calls full() if that has changed. */
void port_backlog(struct port *port, size_t waits);
/* A write is lost behind so many bytes: the log says so, once till LOW. */
void port_lose(struct port *port, size_t waits);

#endif
