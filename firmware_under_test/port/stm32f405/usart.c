#include "usart.h"

#include "regs.h"

#define BAUD 115200u
/* One byte takes 87 µs, a try a few cycles: above 1 ms on any clock. */
#define TRIES 100000u

/* An answer of 1500 bytes and its frame, twice over; a whole PEM file. */
static uint8_t modem_mem[4096];
static uint8_t console_mem[4096];
static uint8_t wires_mem[64];

struct usart usart_console = {.regs = USART1,
	.irq = USART1_IRQn,
	.mem = console_mem,
	.size = sizeof(console_mem)};
struct usart usart_modem = {.regs = USART2,
	.irq = USART2_IRQn,
	.mem = modem_mem,
	.size = sizeof(modem_mem)};
struct usart usart_wires = {.regs = UART7,
	.irq = UART7_IRQn,
	.mem = wires_mem,
	.size = sizeof(wires_mem)};

void usart_init(struct usart *u, uint32_t apb)
{
	struct usart_regs *r = u->regs;

	r->BRR = (apb + BAUD / 2) / BAUD;
	r->CR2 = 0; /* one stop bit */
	r->CR3 = 0; /* no flow control: its lines are not wired [WIO §3] */
	r->CR1 = USART_CR1_UE | USART_CR1_RXNEIE | USART_CR1_TE | USART_CR1_RE;
	/* Reading both clears what came while nobody listened. */
	(void)r->SR;
	(void)r->DR;
	nvic_enable(u->irq);
}

static void receive(struct usart *u)
{
	struct usart_regs *r = u->regs;
	uint32_t sr;
	uint8_t byte;

	/* ORE alone raises the interrupt too and wants DR to be read. */
	while ((sr = r->SR) & (USART_SR_RXNE | USART_SR_ORE)) {
		if (u->in - u->out == u->size) {
			nvic_disable(u->irq);
			u->full = true;
			u->stops++;
			return;
		}
		byte = (uint8_t)r->DR;
		if (sr & USART_SR_ORE)
			u->overruns++;
		if (!(sr & USART_SR_RXNE))
			continue;
		if (sr & (USART_SR_FE | USART_SR_NF))
			u->errors++;
		u->mem[u->in % u->size] = byte;
		u->in = u->in + 1;
	}
}

void usart1_interrupt(void)
{
	receive(&usart_console);
}

void usart2_interrupt(void)
{
	receive(&usart_modem);
}

void uart7_interrupt(void)
{
	receive(&usart_wires);
}

bool usart_waiting(const void *arg)
{
	const struct usart *u = arg;

	return u->in != u->out;
}

size_t usart_read(struct usart *u, uint8_t *buf, size_t len)
{
	size_t n = 0;

	/* in and out are volatile, mem is read between them: one core, so
	 * the compiler is all there is to hold back. */
	while (n < len && u->in != u->out) {
		__asm volatile("" ::: "memory");
		buf[n++] = u->mem[u->out % u->size];
		__asm volatile("" ::: "memory");
		u->out = u->out + 1;
	}
	if (n > 0 && u->full) {
		u->full = false;
		nvic_enable(u->irq);
	}
	return n;
}

static bool wait_sr(struct usart_regs *r, uint32_t bit)
{
	uint32_t n = TRIES;

	while (!(r->SR & bit))
		if (n-- == 0)
			return false;
	return true;
}

int usart_write(struct usart *u, const void *buf, size_t len)
{
	const uint8_t *p = buf;

	while (len-- > 0) {
		if (!wait_sr(u->regs, USART_SR_TXE))
			return -1;
		u->regs->DR = *p++;
	}
	return 0;
}

void usart_flush(struct usart *u)
{
	wait_sr(u->regs, USART_SR_TC);
}

void usart_put_raw(struct usart_regs *regs, uint8_t byte)
{
	wait_sr(regs, USART_SR_TXE);
	regs->DR = byte;
	wait_sr(regs, USART_SR_TC);
}
