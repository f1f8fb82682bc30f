#include "rng.h"

#include <stdbool.h>
#include <string.h>

#include "regs.h"

/* A word takes 40 of its clocks, less than 1 µs; ST's HAL grants 2 ms. */
#define TRIES 100000u

static bool running;
static uint32_t last;

static int read_word(uint32_t *word)
{
	const uint32_t bad =
		RNG_SR_SECS | RNG_SR_CECS | RNG_SR_SEIS | RNG_SR_CEIS;
	uint32_t n = TRIES;
	uint32_t sr;

	do {
		sr = RNG_SR;
		if (sr & bad || n-- == 0)
			return -1;
	} while (!(sr & RNG_SR_DRDY));
	*word = RNG_DR;
	return *word != 0 ? 0 : -1;
}

/* The first word is for comparison only (FIPS 140-2's continuous test). */
static int start(void)
{
	RCC_AHB2ENR |= RCC_AHB2ENR_RNGEN;
	(void)RCC_AHB2ENR;
	RNG_CR = 0;
	RNG_SR = 0;
	RNG_CR = RNG_CR_RNGEN;
	return read_word(&last);
}

int rng_fill(uint8_t *buf, size_t len)
{
	uint32_t word;
	size_t n;

	while (len > 0) {
		if (!running && start() != 0)
			return -1;
		running = read_word(&word) == 0 && word != last;
		if (!running)
			return -1;
		last = word;
		n = len < sizeof(word) ? len : sizeof(word);
		memcpy(buf, &word, n);
		buf += n;
		len -= n;
	}
	return 0;
}
