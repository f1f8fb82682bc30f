#ifndef EC21_UNIT_WIRE_H
#define EC21_UNIT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/port.h"
#include "options.h"

/*
 * The wire at a modem's UART, with all its ports: what the modem says each
 * host hears, and what a host says the modem hears, as the rates of both ends
 * let it (--wire). Of unit.c alone.
 */
struct trace_sink;
struct wire;

/* A port, and what the host at it was told about its rate. */
struct wire_line {
	struct wire *wire;
	struct port *port;
	bool checked, told;
};

struct wire {
	/* As of one port: a host came, or the last one left; the slowest is
	 * full. */
	struct port_events events;
	void *arg;
	const struct trace_sink *trace;
	bool strict;
	uint32_t rate; /* of the UART */
	struct wire_line lines[2 * OPTIONS_PORTS_MAX];
	size_t n_lines;
	int peers, full;
};

/* No port yet. events is copied, trace borrowed; rate: of the UART, bit/s. */
void wire_init(struct wire *w, const struct trace_sink *trace, bool strict,
	uint32_t rate, const struct port_events *events, void *arg);
/* Close the ports; tells nobody. */
void wire_stop(struct wire *w);
/* One more port, of up to 2 * OPTIONS_PORTS_MAX. False with the reason. */
bool wire_add_pty(
	struct wire *w, struct watch *watch, const char *link, struct why *why);
bool wire_add_sock(struct wire *w, struct event_base *base, const char *where,
	struct why *why);
/* Where the i-th port is, from 0; NULL: there are no more. */
const char *wire_where(const struct wire *w, size_t i);

/* Bytes of the modem to every host. */
void wire_write(struct wire *w, const void *data, size_t len);
/* The UART's rate from now on, and that of the hosts that come later. */
void wire_set_rate(struct wire *w, uint32_t rate);

#endif
