#include "io/port_backlog.h"

#include "base/log.h"

void port_backlog(struct port *port, size_t waits)
{
	bool full = waits > (port->full ? BACKLOG_LOW : BACKLOG_FULL);

	if (full == port->full)
		return;
	port->full = full;
	port->losing = false;
	if (port->events.full != NULL)
		port->events.full(port->arg, full);
}

void port_lose(struct port *port, size_t waits)
{
	if (!port->losing)
		log_warn("port",
			"%s: the host does not read, and %zu bytes wait for "
			"it: what comes now is lost",
			port->where, waits);
	port->losing = true;
}
