#ifndef WIOFW_SYSTICK_H
#define WIOFW_SYSTICK_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds since systick_init, by the core's own timer. */
void systick_init(uint32_t hclk);
uint32_t systick_ms(void);
/*
 * Sleep until ready(arg) is true or ms have passed; ready may be NULL. It is
 * called with interrupts off, so that none is missed before the sleep. Feeds
 * the watchdog.
 */
void systick_sleep(uint32_t ms, bool (*ready)(const void *), const void *arg);

void systick_interrupt(void);

#endif
