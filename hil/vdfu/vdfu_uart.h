#ifndef EC21_HIL_VDFU_UART_H
#define EC21_HIL_VDFU_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hil/vdfu/vdfu_chip.h"

/*
 * The USART boot loader of an STM32F405's ROM: bytes in, bytes out [AN3155].
 * Pure. Parity and time-outs are not modelled.
 */
struct vdfu_uart {
	struct vdfu_chip *chip;
	void (*send)(void *arg, const uint8_t *data, size_t len);
	void *arg;
	bool synced;
	bool left; /* jumped to the program */
	uint8_t command;
	uint32_t address;
	uint8_t in[600]; /* an erase of 256 sectors is the longest */
	size_t n, need;
	void (*next)(struct vdfu_uart *); /* when `need` bytes are there */
};

/* chip outlives it; send may be called from vdfu_uart_input() only. */
void vdfu_uart_init(struct vdfu_uart *, struct vdfu_chip *chip,
	void (*send)(void *arg, const uint8_t *data, size_t len), void *arg);
/* As if the chip came up in its boot loader. */
void vdfu_uart_reset(struct vdfu_uart *);
/* Calls `send` before returning. */
void vdfu_uart_input(struct vdfu_uart *, const uint8_t *data, size_t len);

#endif
