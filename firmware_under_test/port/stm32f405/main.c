#include <stdio.h>

#include "core/app.h"
#include "core/tls_mcu.h"

#include "board.h"
#include "clock.h"
#include "dfu.h"
#include "gpio.h"
#include "regs.h"
#include "reset.h"
#include "rng.h"
#include "startup.h"
#include "systick.h"
#include "usart.h"
#include "virtual.h"

extern const uint8_t _build_id[]; /* an ELF note: 16 bytes, then the id */

static struct app app;
static struct {
	bool is_virtual;
	struct clock clock;
	const char *reset;
} chip;

/* ---- struct board ---- */

static uint32_t now_ms(void *ctx)
{
	(void)ctx;
	return systick_ms();
}

static void wait_uart(void *ctx, uint32_t ms)
{
	(void)ctx;
	systick_sleep(ms, usart_waiting, &usart_modem);
}

static void pause_ms(void *ctx, uint32_t ms)
{
	(void)ctx;
	systick_sleep(ms, NULL, NULL);
}

static int uart_read(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	return (int)usart_read(&usart_modem, buf, len);
}

static int uart_write(void *ctx, const uint8_t *buf, size_t len)
{
	(void)ctx;
	watchdog_feed();
	return usart_write(&usart_modem, buf, len);
}

static void pin_set(void *ctx, enum board_pin pin, bool high)
{
	static const char edge[] = {
		[BOARD_PIN_PWRKEY] = 'K',
		[BOARD_PIN_RESET] = 'R',
		[BOARD_PIN_DTR] = 'D',
		[BOARD_PIN_SUPPLY] = 'V',
	};

	(void)ctx;
	gpio_set(pin, high);
	if (chip.is_virtual)
		virtual_wires_send((char)(edge[pin] + (high ? 0 : 'a' - 'A')));
}

static enum board_status status(void *ctx)
{
	(void)ctx;
	if (!chip.is_virtual)
		return gpio_status_high() ? BOARD_STATUS_OFF
					  : BOARD_STATUS_RUNNING;
	switch (virtual_wires_status()) {
	case 'S':
		return BOARD_STATUS_OFF;
	case 's':
		return BOARD_STATUS_RUNNING;
	default:
		return BOARD_STATUS_UNKNOWN;
	}
}

static int entropy(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	return chip.is_virtual ? virtual_entropy(buf, len) : rng_fill(buf, len);
}

static void con_write(void *ctx, const char *buf, size_t len)
{
	(void)ctx;
	usart_write(&usart_console, buf, len);
}

static int con_read(void *ctx, uint8_t *buf, size_t len, uint32_t ms)
{
	(void)ctx;
	systick_sleep(ms, usart_waiting, &usart_console);
	return (int)usart_read(&usart_console, buf, len);
}

static void usart_line(const char *name, const struct usart *u,
	void (*line)(void *arg, const char *text), void *arg)
{
	char text[96];

	snprintf(text, sizeof(text),
		"%s: %lu bytes in, %lu overruns, %lu errors, ring full %lu "
		"times",
		name, (unsigned long)u->in, (unsigned long)u->overruns,
		(unsigned long)u->errors, (unsigned long)u->stops);
	line(arg, text);
}

/* One real word: a generator that does not work is seen before TLS is. */
static void entropy_line(void (*line)(void *arg, const char *text), void *arg)
{
	char text[96];
	uint8_t word[4];

	if (chip.is_virtual)
		snprintf(text, sizeof(text),
			"random numbers: the virtual board's seed, %lu bytes "
			"left",
			(unsigned long)virtual_entropy_left());
	else
		snprintf(text, sizeof(text),
			"random numbers: hardware generator %s",
			rng_fill(word, sizeof(word)) == 0 ? "works"
							  : "does not work");
	line(arg, text);
}

static void info(
	void *ctx, void (*line)(void *arg, const char *text), void *arg)
{
	char text[96];
	int n;

	(void)ctx;
	n = snprintf(text, sizeof(text), "build ");
	for (int i = 16; i < 24; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "%02x",
			_build_id[i]);
	snprintf(text + n, sizeof(text) - (size_t)n, ", last reset: %s",
		chip.reset);
	line(arg, text);
	snprintf(text, sizeof(text), "clock %lu Hz%s%s",
		(unsigned long)chip.clock.hclk,
		chip.clock.failed ? ", never came: " : "",
		chip.clock.failed ? chip.clock.failed : "");
	line(arg, text);
	snprintf(text, sizeof(text),
		"stack: %u of %u bytes used at most; RAM: %u of 131072 bytes",
		(unsigned)startup_stack_used(), (unsigned)startup_stack_size(),
		(unsigned)startup_ram_used());
	line(arg, text);
	entropy_line(line, arg);
	usart_line("modem line", &usart_modem, line, arg);
	usart_line("console", &usart_console, line, arg);
}

static void end(void *ctx, enum board_end how)
{
	(void)ctx;
	usart_flush(&usart_console);
	switch (how) {
	case BOARD_END_RESET:
		reset_now();
	case BOARD_END_DFU:
		pin_set(NULL, BOARD_PIN_SUPPLY, false);
		if (!chip.is_virtual)
			dfu_request();
		/* QEMU has no ROM to go to: who has the wires may know. */
		virtual_wires_send('B');
		for (;;)
			systick_sleep(1000, NULL, NULL);
	case BOARD_END_CRASH:
		REG(0x60000000u) = 0; /* nothing is there: bus fault */
		break;
	}
	reset_now();
}

static const struct board hardware = {
	.name = "stm32f405",
	.now_ms = now_ms,
	.wait_uart = wait_uart,
	.pause = pause_ms,
	.uart_read = uart_read,
	.uart_write = uart_write,
	.has_pins = true,
	.pin_set = pin_set,
	.status = status,
	.entropy = entropy,
	.con_write = con_write,
	.con_read = con_read,
	.info = info,
	.end = end,
};

/* ---- start ---- */

static void init_usarts(void)
{
	RCC_APB1ENR |= RCC_APB1ENR_USART2EN;
	RCC_APB2ENR |= RCC_APB2ENR_USART1EN;
	(void)RCC_APB2ENR;
	usart_init(&usart_console, chip.clock.apb2);
	usart_init(&usart_modem, chip.clock.apb1);
	if (chip.is_virtual)
		virtual_wires_init(chip.clock.apb1);
}

#ifdef WIOFW_VIRTUAL_ONLY
/* The article's generator is a timer: not on hardware. */
static void refuse_hardware(void)
{
	static const char why[] =
		"+err state this build has no randomness: it runs on the "
		"virtual board only\n";
	uint8_t byte;

	con_write(NULL, why, sizeof(why) - 1);
	for (;;)
		if (con_read(NULL, &byte, 1, 1000) == 1 && byte == '\n')
			con_write(NULL, why, sizeof(why) - 1);
}
#endif

void startup_main(uint32_t rcc_cr)
{
	static struct board board;

	chip.is_virtual = virtual_detect(rcc_cr);
	chip.reset = reset_cause();
	gpio_init();
	chip.clock = clock_init(chip.is_virtual);
	systick_init(chip.clock.hclk);
	init_usarts();
	watchdog_start();
#ifdef WIOFW_VIRTUAL_ONLY
	if (!chip.is_virtual)
		refuse_hardware();
#endif
	board = hardware;
	if (chip.is_virtual)
		board.name = "stm32f405, virtual";
	app_init(&app, &board);
	for (;;)
		app_turn(&app, 250);
}
