#include "base/line_rate.h"

#include <stdbool.h>

/* A start bit, eight data bits, a stop bit. */
enum { FRAME_BITS = 10 };

/* Level of the line, `at` bits of the sender after it began. */
static bool level(const uint8_t *sent, size_t len, double at)
{
	size_t bit = (size_t)at;
	size_t byte = bit / FRAME_BITS;

	bit %= FRAME_BITS;
	if (byte >= len || bit == FRAME_BITS - 1)
		return true;
	return bit > 0 && (sent[byte] >> (bit - 1) & 1) != 0;
}

/* The next falling edge at or behind `at`; levels change between bits only. */
static double next_edge(const uint8_t *sent, size_t len, double at)
{
	bool was = level(sent, len, at);
	size_t bit = (size_t)at + 1, end = len * FRAME_BITS;

	if (at == 0 && !was)
		return 0;
	for (; bit < end; bit++) {
		bool now = level(sent, len, (double)bit);

		if (was && !now)
			break;
		was = now;
	}
	return (double)bit;
}

size_t line_rate_hear(const uint8_t *sent, size_t len, uint32_t tx_rate,
	uint32_t rx_rate, uint8_t *heard, size_t max)
{
	double step = (double)tx_rate / rx_rate; /* one bit of the listener */
	double end = (double)len * FRAME_BITS, at = 0;
	size_t n = 0;

	while (n < max && (at = next_edge(sent, len, at)) < end) {
		unsigned byte = 0;

		/* Too short for a start bit. */
		if (level(sent, len, at + step / 2)) {
			at += step / 2;
			continue;
		}
		for (int i = 0; i < 8; i++)
			if (level(sent, len, at + (1.5 + i) * step))
				byte |= 1u << i;
		heard[n++] = (uint8_t)byte;
		at += (FRAME_BITS - 0.5) * step;
	}
	return n;
}
