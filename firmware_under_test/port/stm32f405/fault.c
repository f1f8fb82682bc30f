#include "fault.h"

#include <stddef.h>
#include <stdint.h>

#include "regs.h"
#include "reset.h"
#include "usart.h"

#define RAM_END 0x20020000u
#define FRAME	8 /* words: r0..r3, r12, lr, pc, xpsr */

extern uint32_t _stack_low[];

static void put(const char *s)
{
	for (; *s; s++)
		usart_put_raw(USART1, (uint8_t)*s);
}

static void put_register(const char *name, uint32_t value)
{
	put(" ");
	put(name);
	put(" ");
	for (int shift = 28; shift >= 0; shift -= 4)
		usart_put_raw(USART1,
			(uint8_t) "0123456789abcdef"[value >> shift & 0xfu]);
}

static const char *name(uint32_t vector)
{
	static const char *const names[] = {[2] = "NMI",
		[3] = "HardFault",
		[4] = "MemManage",
		[5] = "BusFault",
		[6] = "UsageFault"};

	if (vector < sizeof(names) / sizeof(*names) && names[vector])
		return names[vector];
	return "unexpected interrupt";
}

void fault_report(uint32_t sp) __attribute__((noreturn, used));
void fault_report(uint32_t sp)
{
	static const char *const regs[FRAME] = {
		"r0", "r1", "r2", "r3", "r12", "lr", "pc", "xpsr"};
	uint32_t vector = SCB_ICSR & SCB_ICSR_VECTACTIVE;
	uint32_t cfsr = SCB_CFSR;

	put("\n# fault ");
	put(name(vector));
	put_register("vector", vector);
	put_register("cfsr", cfsr);
	put_register("hfsr", SCB_HFSR);
	if (cfsr & SCB_CFSR_MMARVALID)
		put_register("mmfar", SCB_MMFAR);
	if (cfsr & SCB_CFSR_BFARVALID)
		put_register("bfar", SCB_BFAR);
	put("\n# fault");
	put_register("sp", sp);
	if (sp < (uint32_t)_stack_low)
		put(" below the stack: it overflowed");
	else if (sp <= RAM_END - FRAME * sizeof(uint32_t) && sp % 4 == 0)
		for (size_t i = 0; i < FRAME; i++)
			put_register(regs[i], ((const uint32_t *)sp)[i]);
	put("\n");
	reset_now();
}

/* The stack may be the very thing that broke, so a fresh one. */
__attribute__((naked)) void fault_entry(void)
{
	__asm volatile("cpsid i\n\t"
		       "tst lr, #4\n\t"
		       "ite eq\n\t"
		       "mrseq r0, msp\n\t"
		       "mrsne r0, psp\n\t"
		       "ldr r1, =_stack_top\n\t"
		       "mov sp, r1\n\t"
		       "b fault_report\n\t"
		       ".ltorg");
}
