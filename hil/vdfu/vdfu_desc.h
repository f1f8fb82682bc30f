#ifndef EC21_HIL_VDFU_DESC_H
#define EC21_HIL_VDFU_DESC_H

#include <stddef.h>
#include <stdint.h>

/*
 * The descriptors of the boot loader of an STM32F405. The strings of the
 * memories and bcdDevice are what public listings of F405 and F407 boards
 * show, none was read from a Wio LTE [asm].
 */
struct vdfu_setup;

/* Device and configuration descriptor, as sysfs has them in one file. */
extern const uint8_t vdfu_desc_bytes[];
extern const size_t vdfu_desc_len;

/* A standard request: the length of the answer, or VDFU_STALL. */
int vdfu_desc_answer(
	const struct vdfu_setup *setup, const char *serial, uint8_t *data);

#endif
