#include "startup.h"

#include <stddef.h>

#include "dfu.h"
#include "fault.h"
#include "regs.h"
#include "systick.h"
#include "usart.h"

#define STACK_PAINT 0x57105710u

extern uint32_t _stack_low[], _stack_top[];
extern uint32_t _data_start[], _data_end[], _data_load[];
extern uint32_t _bss_start[], _bss_end[];
extern uint32_t _ram_used_end[];

void Reset_Handler(void) __attribute__((noreturn));

/* clang-format off */
/* 16 of the core, 82 of the F405, and IRQ 82: UART7 of the virtual board. An
 * interrupt nobody asked for is a fault. */
__attribute__((section(".vectors"), used))
static void (*const vectors[16 + UART7_IRQn + 1])(void) = {
	(void (*)(void))(void *)_stack_top,
	Reset_Handler,
	[2 ... 14] = fault_entry,
	[15] = systick_interrupt,
	[16 ... 15 + USART1_IRQn] = fault_entry,
	[16 + USART1_IRQn] = usart1_interrupt,
	[16 + USART2_IRQn] = usart2_interrupt,
	[17 + USART2_IRQn ... 15 + UART7_IRQn] = fault_entry,
	[16 + UART7_IRQn] = uart7_interrupt,
};
/* clang-format on */

/* The linker's marks are no arrays, so their addresses are what counts. */
static size_t words(const uint32_t *from, const volatile uint32_t *to)
{
	return ((uintptr_t)to - (uintptr_t)from) / sizeof(*from);
}

static void init_memory(void)
{
	uint32_t *here = __builtin_frame_address(0);
	/* Volatile, so that it stays a loop: memset has a frame here. */
	volatile uint32_t *stack = _stack_low;
	size_t n;

	n = words(_data_start, _data_end);
	for (size_t i = 0; i < n; i++)
		_data_start[i] = _data_load[i];
	n = words(_bss_start, _bss_end);
	for (size_t i = 0; i < n; i++)
		_bss_start[i] = 0;
	n = words(_stack_low, here - 64);
	for (size_t i = 0; i < n; i++)
		stack[i] = STACK_PAINT;
}

/*
 * Whatever ran before us, a reset or the ROM's boot loader, may have left
 * interrupts pending, VTOR elsewhere and CCM's clock off.
 */
void Reset_Handler(void)
{
	uint32_t rcc_cr;

	__asm volatile("cpsid i" ::: "memory");
	rcc_cr = RCC_CR; /* before anything is written there */
	SCB_CPACR |= SCB_CPACR_FPU;
	__asm volatile("dsb\n\tisb" ::: "memory");
	SCB_VTOR = 0x08000000u;
	SYST_CSR = 0;
	for (uint32_t i = 0; i < NVIC_WORDS; i++) {
		NVIC_ICER(i) = 0xffffffffu;
		NVIC_ICPR(i) = 0xffffffffu;
	}
	RCC_AHB1ENR |= RCC_AHB1ENR_CCMDATARAMEN;
	dfu_check(rcc_cr);
	init_memory();
	SCB_SHCSR |= SCB_SHCSR_FAULTS;
	SCB_CCR |= SCB_CCR_DIV_0_TRP;
	__asm volatile("cpsie i" ::: "memory");
	startup_main(rcc_cr);
}

size_t startup_stack_size(void)
{
	return words(_stack_low, _stack_top) * sizeof(uint32_t);
}

size_t startup_stack_used(void)
{
	size_t n = words(_stack_low, _stack_top);
	size_t i = 0;

	while (i < n && _stack_low[i] == STACK_PAINT)
		i++;
	return (n - i) * sizeof(uint32_t);
}

size_t startup_ram_used(void)
{
	return words(_stack_low, _ram_used_end) * sizeof(uint32_t);
}
