#include "clock.h"

#include <stddef.h>

#include "regs.h"

#define HSE 8000000u
#define HSI 16000000u

/* 8 / 8 * 336 = 336 MHz; / 2 = 168 for the core, / 7 = 48 for the RNG. */
#define PLLM 8u
#define PLLN 336u
#define PLLP 2u
#define PLLQ 7u

#define HCLK  (HSE / PLLM * PLLN / PLLP)
#define PPRE1 4u /* APB1 takes 42 MHz at most */
#define PPRE2 2u /* APB2 84 */

/* A try is about 6 cycles of 16 MHz: over 100 ms, what ST's HAL gives HSE. */
#define TRIES	      300000u
#define TRIES_VIRTUAL 1000u

static bool wait_for(
	const volatile uint32_t *reg, uint32_t mask, uint32_t value, uint32_t n)
{
	while ((*reg & mask) != value)
		if (n-- == 0)
			return false;
	return true;
}

/* NULL, or what did not come; with ignore, the first that did not. */
static const char *start_pll(bool ignore)
{
	uint32_t n = ignore ? TRIES_VIRTUAL : TRIES;
	const char *failed = NULL;

	RCC_CR |= RCC_CR_HSEON;
	if (!wait_for(&RCC_CR, RCC_CR_HSERDY, RCC_CR_HSERDY, n))
		failed = "HSE";
	if (failed && !ignore)
		return failed;

	/* Scale 1: 168 MHz are not allowed in scale 2. */
	RCC_APB1ENR |= RCC_APB1ENR_PWREN;
	(void)RCC_APB1ENR;
	PWR_CR |= PWR_CR_VOS;

	RCC_CFGR = RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2;
	RCC_PLLCFGR = PLLM | PLLN << RCC_PLLCFGR_PLLN_Pos |
		      (PLLP / 2 - 1) << RCC_PLLCFGR_PLLP_Pos |
		      RCC_PLLCFGR_PLLSRC_HSE | PLLQ << RCC_PLLCFGR_PLLQ_Pos;
	RCC_CR |= RCC_CR_HSEON | RCC_CR_PLLON;
	if (!wait_for(&RCC_CR, RCC_CR_PLLRDY, RCC_CR_PLLRDY, n) && !failed)
		failed = "PLL";
	if (failed && !ignore)
		return failed;

	FLASH_ACR = FLASH_ACR_LATENCY_5WS | FLASH_ACR_PRFTEN | FLASH_ACR_ICEN |
		    FLASH_ACR_DCEN;
	if (!wait_for(
		    &FLASH_ACR, FLASH_ACR_LATENCY, FLASH_ACR_LATENCY_5WS, n) &&
		!failed)
		failed = "flash wait states";
	if (failed && !ignore)
		return failed;

	RCC_CFGR = RCC_CFGR_PPRE1_DIV4 | RCC_CFGR_PPRE2_DIV2 | RCC_CFGR_SW_PLL;
	if (!wait_for(&RCC_CFGR, RCC_CFGR_SWS, RCC_CFGR_SWS_PLL, n) && !failed)
		failed = "switch to the PLL";
	return failed;
}

struct clock clock_init(bool ignore)
{
	struct clock c = {HCLK, HCLK / PPRE1, HCLK / PPRE2, NULL};

	c.failed = start_pll(ignore);
	if (!c.failed || ignore)
		return c;
	RCC_CFGR = 0;
	RCC_CR &= ~(RCC_CR_PLLON | RCC_CR_HSEON);
	c.hclk = c.apb1 = c.apb2 = HSI;
	return c;
}
