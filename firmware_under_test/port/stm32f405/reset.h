#ifndef WIOFW_RESET_H
#define WIOFW_RESET_H

#include <stdint.h>

/*
 * Why the chip was reset, by RCC_CSR, whose flags are cleared for the next
 * time. Once, at start. QEMU has no such flags: "unknown".
 */
const char *reset_cause(void);
/* System reset; never returns. */
void reset_now(void) __attribute__((noreturn));

/*
 * The independent watchdog: 30 s by its nominal clock, 20 s at least. It
 * cannot be stopped again but by a reset. Fed wherever the firmware waits for
 * something: what it guards against is code that no longer comes there.
 */
void watchdog_start(void);
void watchdog_feed(void);

#endif
