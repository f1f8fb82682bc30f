#include "dfu.h"

#include "regs.h"
#include "reset.h"

#define DFU_MAGIC 0x44465531u
/* The ROM resets by itself on a missed HSE measurement. */
#define DFU_TRIES 5u

/* Backup registers can be written from here on. */
static void open_backup(void)
{
	RCC_APB1ENR |= RCC_APB1ENR_PWREN;
	(void)RCC_APB1ENR;
	PWR_CR |= PWR_CR_DBP;
	(void)PWR_CR; /* a write right after DBP is lost */
}

static void clear_mark(void)
{
	open_backup();
	RTC_BKP0R = 0;
	RTC_BKP1R = 0;
}

static void jump_to_rom(void) __attribute__((noreturn));
static void jump_to_rom(void)
{
	RCC_CSR |= RCC_CSR_RMVF;
	SCB_ICSR = SCB_ICSR_PENDSTCLR;
	RCC_APB2ENR |= RCC_APB2ENR_SYSCFGEN;
	(void)RCC_APB2ENR;
	SYSCFG_MEMRMP = 1; /* system memory at address 0 */
	SCB_VTOR = 0;
	RCC_APB1ENR = 0;
	/* The ROM lives on USB interrupts and does not enable them itself. */
	__asm volatile("movs r0, #0\n\t"
		       "msr control, r0\n\t"
		       "msr primask, r0\n\t"
		       "dsb\n\t"
		       "isb\n\t"
		       "ldr r0, =0x1fff0000\n\t"
		       "ldr r1, [r0]\n\t"
		       "ldr r0, [r0, #4]\n\t"
		       "mov sp, r1\n\t"
		       "bx r0\n\t"
		       ".ltorg" ::
			       : "r0", "r1", "memory");
	__builtin_unreachable();
}

void dfu_check(uint32_t rcc_cr)
{
	if (RCC_CFGR != 0 || rcc_cr & (RCC_CR_PLLON | RCC_CR_HSEON)) {
		clear_mark();
		reset_now();
	}
	if (RTC_BKP0R == 0 && RTC_BKP1R == 0)
		return;
	if (RCC_CSR & RCC_CSR_SFTRSTF && RTC_BKP0R == DFU_MAGIC &&
		RTC_BKP1R > 0 && RTC_BKP1R <= DFU_TRIES) {
		open_backup();
		RTC_BKP1R = RTC_BKP1R - 1;
		jump_to_rom();
	}
	clear_mark();
}

void dfu_request(void)
{
	open_backup();
	RTC_BKP0R = DFU_MAGIC;
	RTC_BKP1R = DFU_TRIES;
	reset_now();
}
