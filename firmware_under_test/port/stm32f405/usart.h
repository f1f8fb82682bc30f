#ifndef WIOFW_USART_H
#define WIOFW_USART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct usart_regs;

/*
 * A serial line: received by interrupt into a ring, sent by polling. When the
 * ring is full its interrupt is taken off at the NVIC until somebody reads:
 * in QEMU the bytes then wait in the socket (clearing RXNEIE instead would
 * hang QEMU 7.2), on the chip they are lost and counted as overrun.
 */
struct usart {
	struct usart_regs *regs;
	uint32_t irq;
	uint8_t *mem;
	size_t size;	     /* a power of two */
	volatile size_t in;  /* bytes ever put in, by the interrupt */
	volatile size_t out; /* bytes ever taken out */
	volatile bool full;
	volatile uint32_t stops;    /* times the ring was full */
	volatile uint32_t overruns; /* bytes lost, at least */
	volatile uint32_t errors;   /* framing errors and noise */
};

extern struct usart usart_console; /* USART1 */
extern struct usart usart_modem;   /* USART2 */
extern struct usart usart_wires;   /* UART7, of the virtual board only */

/* 115200 8N1. apb: the clock of its bus in hertz; its own clock is on. */
void usart_init(struct usart *u, uint32_t apb);
/* Bytes taken, 0 when there are none. */
size_t usart_read(struct usart *u, uint8_t *buf, size_t len);
/* Is there something to read? arg is a struct usart, for systick_sleep. */
bool usart_waiting(const void *arg);
/* 0, or -1 when the line took no byte for far longer than one takes. */
int usart_write(struct usart *u, const void *buf, size_t len);
/* Until the last byte is out on the wire, bounded. */
void usart_flush(struct usart *u);
/* One byte without a driver, for the fault handler; bounded. */
void usart_put_raw(struct usart_regs *regs, uint8_t byte);

void usart1_interrupt(void);
void usart2_interrupt(void);
void uart7_interrupt(void);

#endif
