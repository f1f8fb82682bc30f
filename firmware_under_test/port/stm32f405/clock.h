#ifndef WIOFW_CLOCK_H
#define WIOFW_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Frequencies in hertz, as they came out. */
struct clock {
	uint32_t hclk;
	uint32_t apb1;
	uint32_t apb2;
	const char *failed; /* NULL, or the step that did not come */
};

/*
 * 168 MHz from the 8 MHz resonator, 48 MHz for the RNG; every wait bounded.
 * When a step fails the chip stays on its own 16 MHz, without the 48. ignore
 * (the virtual board, whose RCC is not modelled): go on as if all had come.
 */
struct clock clock_init(bool ignore);

#endif
