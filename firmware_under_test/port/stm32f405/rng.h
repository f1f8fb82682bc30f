#ifndef WIOFW_RNG_H
#define WIOFW_RNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * The chip's random number generator with the checks that RM0090 asks for.
 * Needs the PLL's 48 MHz. 0, or -1 when it is not ready in time, reports a
 * fault of clock or seed, or gives the same word twice: then buf holds
 * nothing of use.
 */
int rng_fill(uint8_t *buf, size_t len);

#endif
