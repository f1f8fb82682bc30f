#ifndef EC21_MODEM_UART_H
#define EC21_MODEM_UART_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"

struct fault_set;
struct trace_sink;

/*
 * The UART of a modem as a faulty wire: bytes pass it unharmed unless a fault
 * uart.* fires, or the modem is wedged. Of modem.c alone.
 */
struct modem_uart {
	struct clock *clock;
	struct fault_set *faults;
	const struct trace_sink *trace;
	/* Bytes that have passed; lent. */
	void (*in)(void *arg, const void *data, size_t len);
	void (*out)(void *arg, const void *data, size_t len);
	/* A stall begins, or is over: `stall` is armed, or not any more. */
	void (*stalls)(void *arg);
	void *arg;
	bool wedged;
	struct buf held; /* what a stall keeps back */
	struct timer stall;
};

/* The fields above `wedged` are the caller's; all it points to is borrowed. */
void modem_uart_init(struct modem_uart *u);
void modem_uart_free(struct modem_uart *u);
/* A restart: not wedged any more, what was held back is lost. */
void modem_uart_reset(struct modem_uart *u);
/* From the host; calls `in` before returning. */
void modem_uart_input(struct modem_uart *u, const void *data, size_t len);
/* To the host; calls `out` before returning, or once a stall is over. */
void modem_uart_output(struct modem_uart *u, const void *data, size_t len);

#endif
