#include "systick.h"

#include "regs.h"
#include "reset.h"

static volatile uint32_t ticks;

void systick_interrupt(void)
{
	ticks++;
}

void systick_init(uint32_t hclk)
{
	SYST_RVR = hclk / 1000 - 1;
	SYST_CVR = 0;
	SYST_CSR = SYST_CSR_CLKSOURCE | SYST_CSR_TICKINT | SYST_CSR_ENABLE;
}

uint32_t systick_ms(void)
{
	return ticks;
}

void systick_sleep(uint32_t ms, bool (*ready)(const void *), const void *arg)
{
	uint32_t start = ticks;
	bool done = false;

	do {
		watchdog_feed();
		__asm volatile("cpsid i" ::: "memory");
		done = ready && ready(arg);
		/* A pending interrupt ends it, off or not. */
		if (!done && ms > 0)
			__asm volatile("dsb\n\twfi" ::: "memory");
		__asm volatile("cpsie i\n\tisb" ::: "memory");
	} while (!done && ticks - start < ms);
}
