#ifndef EC21_IO_PORT_H
#define EC21_IO_PORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A byte port on the machine: the modem's UART as a pty or a socket, its pins
 * as a socket. The peer may come and go; output while nobody is there is
 * dropped, as on a wire.
 */
struct port;
struct event_base;
struct watch;

struct port_events {
	/* Bytes from the peer; lent. May be called again before it returns:
	 * no. Must not free the port. */
	void (*bytes)(void *arg, const void *data, size_t len);
	/* A peer came (true), or the last one left. */
	void (*peer)(void *arg, bool here);
	/*
	 * The peer reads slower than we write: much waits for it (true), or
	 * little again. May be called from inside port_write(). May be NULL.
	 */
	void (*full)(void *arg, bool full);
};

struct port_ops {
	void (*write)(struct port *port, const void *data, size_t len);
	/* The rate a pty's slave is set to from the next hang-up on. */
	void (*set_rate)(struct port *port, uint32_t rate);
	/* The rate that the peer has set; 0: there is none, or an odd one. */
	uint32_t (*rate)(struct port *port);
	void (*free)(struct port *port);
};

/* First member of every implementation. */
struct port {
	const struct port_ops *ops;
	struct port_events events;
	void *arg;
	bool full;	 /* as last told */
	bool losing;	 /* as last logged */
	char where[256]; /* what `ready N WHERE` prints */
};

/*
 * A pty with a stable symlink `link` to its slave, or without a link when it
 * is NULL. LINK.lock is locked for the life of the port: a symlink into
 * /dev/pts whose lock nobody holds is replaced, anything else at `link` is
 * refused. rate: what the slave is set to now and after each hang-up. watch
 * tells who opens it, and must outlive the port. NULL with the reason.
 */
struct port *port_pty_new(struct watch *watch, const char *link, uint32_t rate,
	const struct port_events *events, void *arg, struct why *why);

/*
 * Listen at `unix:PATH` or `tcp:ADDR:PORT` and serve one peer at a time; a
 * second one waits in the backlog. Port 0 picks a free one, told in `where`.
 * A socket file that nobody listens on is replaced. NULL with the reason.
 */
struct port *port_sock_new(struct event_base *base, const char *where,
	const struct port_events *events, void *arg, struct why *why);

/*
 * Queue for the peer. Once as much waits as a writer leaves who heeds full(),
 * the rest is lost, and the log says so.
 */
static inline void port_write(struct port *port, const void *data, size_t len)
{
	port->ops->write(port, data, len);
}

static inline void port_set_rate(struct port *port, uint32_t rate)
{
	port->ops->set_rate(port, rate);
}

static inline uint32_t port_rate(struct port *port)
{
	return port->ops->rate(port);
}

/* Close, and remove link or socket file. NULL is fine. */
static inline void port_free(struct port *port)
{
	if (port != NULL)
		port->ops->free(port);
}

#endif
