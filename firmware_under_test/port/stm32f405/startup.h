#ifndef WIOFW_STARTUP_H
#define WIOFW_STARTUP_H

#include <stddef.h>
#include <stdint.h>

/*
 * From reset to C: vectors, memory, floating point. Then startup_main, which
 * main.c provides; rcc_cr is RCC_CR as the reset left it, by which the
 * virtual board is known (virtual.h).
 */
void startup_main(uint32_t rcc_cr) __attribute__((noreturn));

/* Bytes of the stack, and the most that were ever in use. */
size_t startup_stack_size(void);
size_t startup_stack_used(void);
/* Bytes of RAM that the linker gave away, the stack included. */
size_t startup_ram_used(void);

#endif
