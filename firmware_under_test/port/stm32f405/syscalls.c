/*
 * What newlib wants from below. There is no heap: whoever asks for one gets
 * none (mbedTLS has its own static pool), and there are no files.
 */
#include <errno.h>
#include <stddef.h>

#include "reset.h"

void *_sbrk(ptrdiff_t n);
void _exit(int status) __attribute__((noreturn));

void *_sbrk(ptrdiff_t n)
{
	(void)n;
	errno = ENOMEM;
	return (void *)-1;
}

void _exit(int status)
{
	(void)status;
	reset_now();
}
