#ifndef EC21_BASE_LINE_RATE_H
#define EC21_BASE_LINE_RATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * What a UART hears that listens at another rate than the one that is sent
 * at (8N1): the levels of the line are sampled in the middle of each bit, from
 * the falling edge of a start bit on. A few per cent do no harm, more turn
 * into garbage. Bytes with a wrong stop bit are handed on, as most UARTs do.
 *
 * sent: bytes without a gap between them, the line idle before and behind.
 * Returns how many were heard, at most max. Rates in bit/s, not 0.
 */
size_t line_rate_hear(const uint8_t *sent, size_t len, uint32_t tx_rate,
	uint32_t rx_rate, uint8_t *heard, size_t max);

#endif
