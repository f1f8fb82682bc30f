/*
 * The board's serial driver, with registers made of functions: QEMU paces
 * nothing and never overruns, a chip does both.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "support/fw_board.h"

/* In place of regs.h: to read SR and DR has effects. */
#define WIOFW_REGS_H
struct usart_regs {
	uint32_t sr[1], dr[1], BRR, CR1, CR2, CR3;
};
#define BIT(n)		 (1u << (n))
#define USART_SR_FE	 BIT(1)
#define USART_SR_NF	 BIT(2)
#define USART_SR_ORE	 BIT(3)
#define USART_SR_RXNE	 BIT(5)
#define USART_SR_TC	 BIT(6)
#define USART_SR_TXE	 BIT(7)
#define USART_CR1_RE	 BIT(2)
#define USART_CR1_TE	 BIT(3)
#define USART_CR1_RXNEIE BIT(5)
#define USART_CR1_UE	 BIT(13)
#define USART1_IRQn	 37u
#define USART2_IRQn	 38u
#define UART7_IRQn	 82u

/* One receiver: a byte that waits, and what came while it did. */
static struct {
	bool enabled; /* in the NVIC */
	bool has_byte, overrun, sr_was_read, dead;
	uint32_t faults; /* FE or NF of the byte that waits */
	uint8_t byte;
} dev;
static struct usart_regs ports[3];

static void nvic_enable(uint32_t irq)
{
	(void)irq;
	dev.enabled = true;
}

static void nvic_disable(uint32_t irq)
{
	(void)irq;
	dev.enabled = false;
}

static size_t dev_sr(void)
{
	ports[1].sr[0] = (dev.has_byte ? USART_SR_RXNE | dev.faults : 0) |
			 (dev.overrun ? USART_SR_ORE : 0) |
			 (dev.dead ? 0 : USART_SR_TXE | USART_SR_TC);
	dev.sr_was_read = true;
	return 0;
}

/* Reading SR, then DR clears all of it, RM0090 §30.6.1. */
static size_t dev_dr(void)
{
	ports[1].dr[0] = dev.byte;
	if (dev.sr_was_read)
		dev.overrun = false;
	dev.has_byte = dev.sr_was_read = false;
	dev.faults = 0;
	return 0;
}

#define USART1 (&ports[0])
#define USART2 (&ports[1])
#define UART7  (&ports[2])
#define SR     sr[dev_sr()]
#define DR     dr[dev_dr()]
#include "firmware_under_test/port/stm32f405/usart.c"
#undef SR
#undef DR

static void begin(void)
{
	memset(&dev, 0, sizeof(dev));
	memset(ports, 0, sizeof(ports));
	usart_modem.in = usart_modem.out = 0;
	usart_modem.overruns = usart_modem.errors = usart_modem.stops = 0;
	usart_modem.full = false;
	usart_init(&usart_modem, 42000000);
	ck_assert(dev.enabled);
}

static bool pending(void)
{
	return dev.enabled && (dev.has_byte || dev.overrun);
}

/* From the line; the interrupt comes at once if it may. */
static void line(uint8_t byte, uint32_t faults)
{
	if (dev.has_byte) {
		dev.overrun = true;
	} else {
		dev.byte = byte;
		dev.has_byte = true;
		dev.faults = faults;
	}
	if (pending())
		usart2_interrupt();
	ck_assert(!pending());
}

START_TEST(set_up_as_115200_8n1_with_the_receive_interrupt)
{
	begin();
	ck_assert_uint_eq(ports[1].BRR, 365); /* 42 MHz / 115200 = 364.6 */
	ck_assert_uint_eq(ports[1].CR1, BIT(13) | BIT(5) | BIT(3) | BIT(2));
	ck_assert_uint_eq(ports[1].CR2 | ports[1].CR3, 0);
}
END_TEST

START_TEST(bytes_come_out_in_order_over_the_rings_end)
{
	uint8_t got[7], want = 0;

	begin();
	for (unsigned i = 0; i < 3 * usart_modem.size; i++) {
		line((uint8_t)i, 0);
		if (i % 7 != 6)
			continue;
		ck_assert_uint_eq(usart_read(&usart_modem, got, 7), 7);
		for (int k = 0; k < 7; k++)
			ck_assert_uint_eq(got[k], want++);
	}
	ck_assert_uint_eq(usart_modem.overruns + usart_modem.stops, 0);
}
END_TEST

/* What does not fit is held back by the NVIC, and counted once it is lost. */
START_TEST(a_full_ring_stops_the_interrupt_and_nothing_is_lost_silently)
{
	uint32_t size = usart_modem.size;
	uint8_t byte;

	begin();
	for (uint32_t i = 0; i < size; i++)
		line(1, 0);
	ck_assert(dev.enabled);
	line(2, 0);
	ck_assert(!dev.enabled);
	ck_assert_uint_eq(usart_modem.stops, 1);
	line(3, 0); /* nobody can take it: an overrun on the chip */
	ck_assert_uint_eq(usart_modem.overruns, 0);

	ck_assert_uint_eq(usart_read(&usart_modem, &byte, 1), 1);
	ck_assert(dev.enabled);
	ck_assert(pending());
	usart2_interrupt();
	ck_assert_uint_eq(usart_modem.overruns, 1);
	ck_assert_uint_eq(usart_modem.stops, 1);
	for (uint32_t i = 1; i < size; i++) {
		ck_assert_uint_eq(usart_read(&usart_modem, &byte, 1), 1);
		ck_assert_uint_eq(byte, 1);
	}
	ck_assert_uint_eq(usart_read(&usart_modem, &byte, 1), 1);
	ck_assert_uint_eq(byte, 2);
	ck_assert_uint_eq(usart_read(&usart_modem, &byte, 1), 0);
}
END_TEST

/* It raises the interrupt though there is no byte: it must not stay. */
START_TEST(an_overrun_alone_is_counted_and_cleared)
{
	uint8_t byte;

	begin();
	dev.overrun = true;
	usart2_interrupt();
	ck_assert(!pending());
	ck_assert_uint_eq(usart_modem.overruns, 1);
	ck_assert_uint_eq(usart_read(&usart_modem, &byte, 1), 0);
}
END_TEST

START_TEST(a_byte_with_a_fault_is_kept_and_counted)
{
	uint8_t byte;

	begin();
	line(0x55, _i == 0 ? USART_SR_FE : USART_SR_NF);
	line(0x56, 0);
	ck_assert_uint_eq(usart_modem.errors, 1);
	ck_assert_uint_eq(usart_read(&usart_modem, &byte, 1), 1);
	ck_assert_uint_eq(byte, 0x55);
}
END_TEST

START_TEST(a_transmitter_that_takes_nothing_ends_the_wait)
{
	begin();
	ck_assert_int_eq(usart_write(&usart_modem, "AT\r", 3), 0);
	dev.dead = true;
	ck_assert_int_eq(usart_write(&usart_modem, "AT\r", 3), -1);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("usart");

	tcase_add_test(tc, set_up_as_115200_8n1_with_the_receive_interrupt);
	tcase_add_test(tc, bytes_come_out_in_order_over_the_rings_end);
	tcase_add_test(tc,
		a_full_ring_stops_the_interrupt_and_nothing_is_lost_silently);
	tcase_add_test(tc, an_overrun_alone_is_counted_and_cleared);
	tcase_add_loop_test(tc, a_byte_with_a_fault_is_kept_and_counted, 0, 2);
	tcase_add_test(tc, a_transmitter_that_takes_nothing_ends_the_wait);
	return fw_run("fw usart", tc);
}
