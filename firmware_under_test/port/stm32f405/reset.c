#include "reset.h"

#include <stdbool.h>
#include <stddef.h>

#include "regs.h"

#define IWDG_PR_DIV256 6u
#define IWDG_RELOAD    3749u /* 256 * 3750 / 32 kHz = 30 s */
#define IWDG_TRIES     1000000u

static bool watching;

const char *reset_cause(void)
{
	/* PINRSTF is set by every reset, so it counts last; power-on sets
	 * BORRSTF too. */
	static const struct {
		uint32_t flag;
		const char *name;
	} causes[] = {
		{RCC_CSR_LPWRRSTF, "low power"},
		{RCC_CSR_WWDGRSTF, "window watchdog"},
		{RCC_CSR_IWDGRSTF, "watchdog"},
		{RCC_CSR_SFTRSTF, "software"},
		{RCC_CSR_PORRSTF, "power-on"},
		{RCC_CSR_BORRSTF, "brown-out"},
		{RCC_CSR_PINRSTF, "reset pin"},
	};
	uint32_t csr = RCC_CSR;

	RCC_CSR |= RCC_CSR_RMVF;
	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++)
		if (csr & causes[i].flag)
			return causes[i].name;
	return "unknown";
}

void reset_now(void)
{
	__asm volatile("dsb" ::: "memory");
	SCB_AIRCR = SCB_AIRCR_SYSRESETREQ;
	__asm volatile("dsb" ::: "memory");
	for (;;)
		;
}

void watchdog_start(void)
{
	uint32_t n = IWDG_TRIES;

	IWDG_KR = IWDG_KR_START;
	IWDG_KR = IWDG_KR_UNLOCK;
	IWDG_PR = IWDG_PR_DIV256;
	IWDG_RLR = IWDG_RELOAD;
	while (IWDG_SR != 0 && n-- > 0)
		;
	IWDG_KR = IWDG_KR_FEED;
	watching = true;
}

void watchdog_feed(void)
{
	if (watching)
		IWDG_KR = IWDG_KR_FEED;
}
