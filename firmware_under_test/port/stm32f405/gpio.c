#include "gpio.h"

#include <stddef.h>
#include <stdint.h>

#include "regs.h"

enum port { PORT_A, PORT_B, PORT_C };
#define PORTS 3

/* Values of the fields of MODER and PUPDR. */
enum mode { MODE_IN, MODE_OUT, MODE_AF, MODE_ANALOG };
enum pull { PULL_NONE, PULL_UP, PULL_DOWN };

struct pin {
	enum port port;
	uint8_t number;
	enum mode mode;
	enum pull pull;
	uint8_t af;
	bool high; /* level an output starts with */
};

#define AF_USART 7

/* Wiring: Wio LTE v1.3b [WIO §3, §4, §5]. Pins that are not named are plain
 * inputs. */
/* clang-format off */
static const struct pin pins[] = {
	/* the modem */
	{PORT_A,  1, MODE_OUT,    PULL_NONE, 0,        false}, /* DTR: awake */
	{PORT_A,  2, MODE_AF,     PULL_NONE, AF_USART, false}, /* USART2_TX */
	{PORT_A,  3, MODE_AF,     PULL_UP,   AF_USART, false}, /* USART2_RX:
		the level translator lets go while the modem is off */
	{PORT_B,  5, MODE_OUT,    PULL_NONE, 0,        false}, /* supply */
	{PORT_C,  0, MODE_OUT,    PULL_NONE, 0,        false}, /* WAKEUP_IN */
	{PORT_C,  2, MODE_OUT,    PULL_NONE, 0,        true }, /* W_DISABLE# */
	{PORT_C,  3, MODE_OUT,    PULL_NONE, 0,        true }, /* RESET_N */
	{PORT_C,  4, MODE_OUT,    PULL_NONE, 0,        false}, /* PWRKEY */
	/* PA0 RI and PB15 STATUS are inputs with pull-ups on the board. */

	/* the console, on the Grove UART connector */
	{PORT_B,  6, MODE_AF,     PULL_NONE, AF_USART, false}, /* USART1_TX */
	{PORT_B,  7, MODE_AF,     PULL_UP,   AF_USART, false}, /* USART1_RX */

	/* supplies, off: RGB LED, SD card, Grove, GNSS antenna */
	{PORT_A,  8, MODE_OUT,    PULL_NONE, 0,        false},
	{PORT_A, 15, MODE_OUT,    PULL_NONE, 0,        false},
	{PORT_B, 10, MODE_OUT,    PULL_NONE, 0,        false},
	{PORT_B, 12, MODE_OUT,    PULL_NONE, 0,        false},

	/* LEDs, dark when high; the RGB LED's data; battery voltage */
	{PORT_B, 13, MODE_OUT,    PULL_NONE, 0,        true },
	{PORT_B, 14, MODE_OUT,    PULL_NONE, 0,        true },
	{PORT_B,  1, MODE_OUT,    PULL_NONE, 0,        false},
	{PORT_B,  0, MODE_ANALOG, PULL_NONE, 0,        false},

	/* PA10 is not wired: it must not float, the ROM listens there */
	{PORT_A, 10, MODE_IN,     PULL_DOWN, 0,        false},
	/* SWD as it is after reset: losing it locks the debugger out */
	{PORT_A, 13, MODE_AF,     PULL_UP,   0,        false},
	{PORT_A, 14, MODE_AF,     PULL_DOWN, 0,        false},
};
/* clang-format on */

static const uint32_t speed[PORTS] = {
	[PORT_A] = 3u << (2 * 13), /* SWDIO, its reset value */
};

static void init_port(enum port port)
{
	struct gpio_regs *g = GPIO(port);
	uint32_t moder = 0, pupdr = 0, bsrr = 0, afr[2] = {0, 0};

	for (size_t i = 0; i < sizeof(pins) / sizeof(*pins); i++) {
		const struct pin *p = &pins[i];

		if (p->port != port)
			continue;
		moder |= (uint32_t)p->mode << (2 * p->number);
		pupdr |= (uint32_t)p->pull << (2 * p->number);
		afr[p->number / 8] |= (uint32_t)p->af << (4 * (p->number % 8));
		if (p->mode == MODE_OUT)
			bsrr |= BIT(p->number + (p->high ? 0 : 16));
	}
	/* Levels and functions first, so that no pin glitches. */
	g->BSRR = bsrr;
	g->OTYPER = 0;
	g->OSPEEDR = speed[port];
	g->AFRL = afr[0];
	g->AFRH = afr[1];
	g->PUPDR = pupdr;
	g->MODER = moder;
}

void gpio_init(void)
{
	RCC_AHB1ENR |=
		RCC_AHB1ENR_GPIOAEN | RCC_AHB1ENR_GPIOBEN | RCC_AHB1ENR_GPIOCEN;
	/* Read back: the first access comes too early else, which may cost
	 * SWD on port A. */
	(void)RCC_AHB1ENR;
	init_port(PORT_A);
	init_port(PORT_B);
	init_port(PORT_C);
}

void gpio_set(enum board_pin pin, bool high)
{
	static const struct {
		enum port port;
		uint8_t number;
	} at[] = {
		[BOARD_PIN_PWRKEY] = {PORT_C, 4},
		[BOARD_PIN_RESET] = {PORT_C, 3},
		[BOARD_PIN_DTR] = {PORT_A, 1},
		[BOARD_PIN_SUPPLY] = {PORT_B, 5},
	};

	GPIO(at[pin].port)->BSRR = BIT(at[pin].number + (high ? 0 : 16));
}

bool gpio_status_high(void)
{
	return GPIO(PORT_B)->IDR & BIT(15);
}
