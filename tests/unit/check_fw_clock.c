/*
 * The board's clocks, with registers made of functions: the chip that answers,
 * which QEMU is not, and the one on which a step never comes.
 */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "firmware_under_test/port/stm32f405/regs.h"
#include "support/fw_board.h"

enum broken {
	BROKEN_NOTHING,
	BROKEN_HSE,
	BROKEN_PLL,
	BROKEN_FLASH,
	BROKEN_SWITCH,
};

static struct {
	enum broken broken;
	uint32_t cr, pllcfgr, cfgr, acr, apb1enr, pwr;
} dev;

/* Flags follow what was written before this access. */
static uint32_t *dev_cr(void)
{
	dev.cr &= ~(RCC_CR_HSERDY | RCC_CR_PLLRDY);
	if ((dev.cr & RCC_CR_HSEON) && dev.broken != BROKEN_HSE)
		dev.cr |= RCC_CR_HSERDY;
	if ((dev.cr & RCC_CR_PLLON) && dev.broken != BROKEN_PLL)
		dev.cr |= RCC_CR_PLLRDY;
	return &dev.cr;
}

/* The switch comes if its clock runs and the flash is slow enough for it. */
static uint32_t *dev_cfgr(void)
{
	bool can = (*dev_cr() & RCC_CR_PLLRDY) &&
		   (dev.acr & FLASH_ACR_LATENCY) == FLASH_ACR_LATENCY_5WS;

	dev.cfgr &= ~RCC_CFGR_SWS;
	if ((dev.cfgr & RCC_CFGR_SW) == RCC_CFGR_SW_PLL && can &&
		dev.broken != BROKEN_SWITCH)
		dev.cfgr |= RCC_CFGR_SWS_PLL;
	return &dev.cfgr;
}

static uint32_t *dev_acr(void)
{
	if (dev.broken == BROKEN_FLASH)
		dev.acr &= ~FLASH_ACR_LATENCY;
	return &dev.acr;
}

#undef RCC_CR
#undef RCC_PLLCFGR
#undef RCC_CFGR
#undef RCC_APB1ENR
#undef PWR_CR
#undef FLASH_ACR
#define RCC_CR	    (*dev_cr())
#define RCC_PLLCFGR dev.pllcfgr
#define RCC_CFGR    (*dev_cfgr())
#define RCC_APB1ENR dev.apb1enr
#define PWR_CR	    dev.pwr
#define FLASH_ACR   (*dev_acr())
#include "firmware_under_test/port/stm32f405/clock.c"

/* HSION and HSIRDY, as after reset. */
#define CR_AT_RESET 0x83u

static struct clock begin(enum broken broken, bool ignore)
{
	memset(&dev, 0, sizeof(dev));
	dev.broken = broken;
	dev.cr = CR_AT_RESET;
	return clock_init(ignore);
}

START_TEST(a_chip_that_answers_runs_at_168_mhz)
{
	struct clock c = begin(BROKEN_NOTHING, false);

	ck_assert_ptr_null(c.failed);
	ck_assert_uint_eq(c.hclk, 168000000);
	ck_assert_uint_eq(c.apb1, 42000000);
	ck_assert_uint_eq(c.apb2, 84000000);
	ck_assert_uint_eq(*dev_cfgr() & RCC_CFGR_SWS, RCC_CFGR_SWS_PLL);
	ck_assert_uint_ne(dev.pwr & PWR_CR_VOS, 0);
}
END_TEST

static const char *const names[] = {[BROKEN_HSE] = "HSE",
	[BROKEN_PLL] = "PLL",
	[BROKEN_FLASH] = "flash wait states",
	[BROKEN_SWITCH] = "switch to the PLL"};

START_TEST(a_step_that_never_comes_is_named_and_leaves_the_16_mhz)
{
	struct clock c = begin((enum broken)_i, false);

	ck_assert_str_eq(c.failed, names[_i]);
	ck_assert_uint_eq(c.hclk, 16000000);
	ck_assert_uint_eq(c.apb1, 16000000);
	ck_assert_uint_eq(c.apb2, 16000000);
	/* By its own oscillator, undivided, the others off. */
	ck_assert_uint_eq(dev.cfgr & ~RCC_CFGR_SWS, 0);
	ck_assert_uint_eq(*dev_cr(), CR_AT_RESET);
}
END_TEST

/* The clock of QEMU's SysTick is 168 MHz whatever is written. */
START_TEST(the_virtual_board_goes_on_as_if_all_had_come)
{
	struct clock c = begin((enum broken)_i, true);

	ck_assert_str_eq(c.failed, names[_i]);
	ck_assert_uint_eq(c.hclk, 168000000);
	ck_assert_uint_eq(c.apb1, 42000000);
	ck_assert_uint_eq(dev.cfgr & RCC_CFGR_SW, RCC_CFGR_SW_PLL);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("clock");

	tcase_add_test(tc, a_chip_that_answers_runs_at_168_mhz);
	tcase_add_loop_test(tc,
		a_step_that_never_comes_is_named_and_leaves_the_16_mhz,
		BROKEN_HSE, BROKEN_SWITCH + 1);
	tcase_add_loop_test(tc, the_virtual_board_goes_on_as_if_all_had_come,
		BROKEN_HSE, BROKEN_SWITCH + 1);
	return fw_run("fw clock", tc);
}
