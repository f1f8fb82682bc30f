#ifndef EC21_IO_PINS_H
#define EC21_IO_PINS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

/*
 * The board's wires come as bytes without a time (--pins): between firmware
 * that holds PWRKEY for 200 ms and this process lies a machine that may have
 * had no turn for us, so that both edges come at once. How long we were away
 * is known, by a beat; a pulse whose first edge came after such a gap gets its
 * second edge that much later, as it may have been that long. A pulse is so
 * never taken for shorter than it was, and on an idle machine for what it is.
 */
struct pins {
	struct clock *clock;
	/* An edge, as a byte of --pins (ec21emu(8)). May not free the pins. */
	void (*edge)(void *arg, char edge);
	/* A pulse is taken as up to `ms` longer than it came. */
	void (*late)(void *arg, uint64_t ms);
	void *arg;

	struct timer beat;
	struct timer hold;
	uint64_t beats_us[2];	   /* of the last beat, and of the one before */
	uint64_t key_us, reset_us; /* what the pulse that runs may have lost */
	char queue[256];
	size_t n;
};

void pins_init(struct pins *p, struct clock *clock,
	void (*edge)(void *arg, char edge),
	void (*late)(void *arg, uint64_t ms), void *arg);

/* Somebody holds the other ends, or nobody does: then nothing beats. */
void pins_peer(struct pins *p, bool here);

/* Calls edge() before it returns, unless an edge waits. */
void pins_bytes(struct pins *p, const char *data, size_t len);

/* Forget what waits, and stop. */
void pins_stop(struct pins *p);

#endif
