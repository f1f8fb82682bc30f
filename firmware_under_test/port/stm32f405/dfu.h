#ifndef WIOFW_DFU_H
#define WIOFW_DFU_H

#include <stdint.h>

/*
 * The way into the ROM's boot loader (USB DFU): a mark in the backup
 * registers and a reset, so that the jump starts from a clean chip. AN2606;
 * order and retries as MicroPython and Betaflight do it. Never tried on a
 * board. Nothing of it works in QEMU, which has neither ROM nor backup
 * registers.
 */

/*
 * First thing after a reset, before clocks and memory: goes on to the ROM
 * when it was asked for; when the ROM has started us, resets once more, since
 * it leaves clocks and USB as it had them.
 */
void dfu_check(uint32_t rcc_cr);
/* Ask for it and reset. */
void dfu_request(void) __attribute__((noreturn));

#endif
