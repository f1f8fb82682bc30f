#include "modem_uart.h"

#include "base/fault.h"
#include "base/trace.h"

enum {
	HELD_MAX = 256 * 1024, /* answers that a stall may keep back */
	CHUNK = 256,
};

static void on_stall_over(void *arg)
{
	struct modem_uart *u = arg;
	struct buf held = u->held;

	buf_init(&u->held, HELD_MAX);
	u->out(u->arg, buf_data(&held), buf_len(&held));
	buf_free(&held);
	u->stalls(u->arg);
}

void modem_uart_init(struct modem_uart *u)
{
	buf_init(&u->held, HELD_MAX);
	timer_init(&u->stall, on_stall_over, u);
	u->wedged = false;
}

void modem_uart_free(struct modem_uart *u)
{
	if (u->clock != NULL)
		timer_del(u->clock, &u->stall);
	buf_free(&u->held);
}

void modem_uart_reset(struct modem_uart *u)
{
	bool stalled = u->stall.armed;

	timer_del(u->clock, &u->stall);
	buf_free(&u->held);
	u->wedged = false;
	if (stalled)
		u->stalls(u->arg);
}

/* Up to CHUNK bytes of the host, less those that are lost. */
static size_t harm(
	struct modem_uart *u, const uint8_t *data, size_t len, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t byte = data[i];

		if (fault_fires(u->faults, FAULT_UART_GARBLE))
			byte = (uint8_t)~byte;
		if (!fault_fires(u->faults, FAULT_UART_DROP))
			out[n++] = byte;
	}
	return n;
}

void modem_uart_input(struct modem_uart *u, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint8_t chunk[CHUNK];

	if (u->wedged) {
		trace_bytes(u->trace, LANE_AT_TX, data, len);
		trace_text(u->trace, LANE_NOTE,
			"%zu bytes were lost: fault modem.wedge has the UART",
			len);
		return;
	}
	if (u->faults == NULL || u->faults->n == 0) {
		u->in(u->arg, data, len);
		return;
	}
	while (len > 0) {
		size_t n = len < CHUNK ? len : CHUNK;
		size_t kept = harm(u, p, n, chunk);

		if (kept > 0)
			u->in(u->arg, chunk, kept);
		p += n;
		len -= n;
	}
}

static void put_out(struct modem_uart *u, const void *data, size_t len)
{
	if (!u->stall.armed && fault_fires(u->faults, FAULT_UART_STALL)) {
		timer_set(u->clock, &u->stall, TIMER_WINDOW,
			fault_ms(u->faults, FAULT_UART_STALL));
		u->stalls(u->arg);
	}
	if (!u->stall.armed) {
		u->out(u->arg, data, len);
	} else if (!buf_add(&u->held, data, len)) {
		trace_text(u->trace, LANE_NOTE,
			"%zu bytes to the host were lost: fault uart.stall "
			"holds %d already",
			len, HELD_MAX);
	}
}

void modem_uart_output(struct modem_uart *u, const void *data, size_t len)
{
	/* As a line that wavers: no letters, and no line end. */
	static const char noise[] = {'\xff', '\xfe', '\0', '\xf8'};

	put_out(u, data, len);
	if (!fault_fires(u->faults, FAULT_UART_NOISE))
		return;
	trace_bytes(u->trace, LANE_AT_RX, noise, sizeof(noise));
	put_out(u, noise, sizeof(noise));
}
