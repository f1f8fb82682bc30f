#ifndef WIOFW_BOARD_H
#define WIOFW_BOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the firmware needs from the thing it runs on. core/ sees only this;
 * port/NAME fills it in. No function here may call back into core/.
 *
 * Levels are those at the MCU pin, as the Wio LTE is wired [WIO §3]:
 * PWRKEY high presses the modem's key (a FET inverts it), RESET low resets,
 * DTR low keeps the modem awake, SUPPLY high feeds it.
 */
enum board_pin {
	BOARD_PIN_PWRKEY,
	BOARD_PIN_RESET,
	BOARD_PIN_DTR,
	BOARD_PIN_SUPPLY,
};

/* STATUS is open-drain: low when the modem runs [WIO §3]. */
enum board_status {
	BOARD_STATUS_UNKNOWN, /* not wired, or nothing heard from it yet */
	BOARD_STATUS_RUNNING,
	BOARD_STATUS_OFF,
};

/* Ways to end that do not return. */
enum board_end {
	BOARD_END_RESET,
	BOARD_END_DFU,	 /* into the ROM's boot loader, to be flashed */
	BOARD_END_CRASH, /* take a fault, to see that it is reported */
};

struct board {
	void *ctx;
	const char *name;

	/* Monotonic milliseconds; wraps at 2^32. */
	uint32_t (*now_ms)(void *ctx);
	/* Returns when the modem's UART has input, or after ms. */
	void (*wait_uart)(void *ctx, uint32_t ms);
	/* Returns after ms: pulse lengths and pauses between tries. */
	void (*pause)(void *ctx, uint32_t ms);

	/* Bytes read (0: none waiting), or -1 when the line is gone. */
	int (*uart_read)(void *ctx, uint8_t *buf, size_t len);
	/* 0 when all of it was taken within a bounded time, else -1. */
	int (*uart_write)(void *ctx, const uint8_t *buf, size_t len);

	/* False when this board has no power control over the modem. */
	bool has_pins;
	void (*pin_set)(void *ctx, enum board_pin pin, bool high);
	enum board_status (*status)(void *ctx);

	/* True random bytes; 0 or -1. Never a timer. */
	int (*entropy)(void *ctx, uint8_t *buf, size_t len);

	/* Console output; what cannot be written is lost. */
	void (*con_write)(void *ctx, const char *buf, size_t len);
	/*
	 * Console input: bytes read (at least 1; waits at most ms), 0 when
	 * none came in that time, -1 at its end.
	 */
	int (*con_read)(void *ctx, uint8_t *buf, size_t len, uint32_t ms);

	/*
	 * Small named records that survive a restart. load returns the length
	 * or -1 when there is none (or it is longer than max); save returns 0
	 * or -1. Both NULL when the board keeps nothing.
	 */
	int (*load)(void *ctx, const char *name, uint8_t *buf, size_t max);
	int (*save)(
		void *ctx, const char *name, const uint8_t *buf, size_t len);

	/* The board's own lines of `info`, one call each; NULL: none. */
	void (*info)(void *ctx, void (*line)(void *arg, const char *text),
		void *arg);
	/* Never returns. NULL where there is nothing of the kind. */
	void (*end)(void *ctx, enum board_end how);
};

/* What is left of ms since start; 0: it is over. */
static inline uint32_t board_left(
	const struct board *b, uint32_t start, uint32_t ms)
{
	uint32_t gone = b->now_ms(b->ctx) - start;

	return gone < ms ? ms - gone : 0;
}

#endif
