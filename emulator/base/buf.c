#include "base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

void buf_free(struct buf *b)
{
	free(b->mem);
	buf_init(b, b->max);
}

void buf_reset(struct buf *b)
{
	b->head = b->len = 0;
}

/* Make room for `len` more bytes behind the content, and a NUL. */
static bool buf_reserve(struct buf *b, size_t len)
{
	size_t need, cap;
	uint8_t *mem;

	if (len > b->max - b->len)
		return false;
	need = b->len + len + 1;
	if (b->head + need <= b->cap)
		return true;
	if (b->head > 0) {
		memmove(b->mem, b->mem + b->head, b->len);
		b->head = 0;
		if (need <= b->cap)
			return true;
	}
	cap = b->cap != 0 ? b->cap : 64;
	while (cap < need)
		cap *= 2;
	mem = realloc(b->mem, cap);
	if (mem == NULL)
		return false;
	b->mem = mem;
	b->cap = cap;
	return true;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
	if (len == 0)
		return true;
	if (!buf_reserve(b, len))
		return false;
	memcpy(b->mem + b->head + b->len, data, len);
	b->len += len;
	return true;
}

bool buf_addc(struct buf *b, uint8_t c)
{
	return buf_add(b, &c, 1);
}

bool buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !buf_reserve(b, (size_t)n))
		return false;
	vsnprintf((char *)b->mem + b->head + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
	return true;
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_vprintf(b, fmt, ap);
	va_end(ap);
	return ok;
}

void buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->head = b->len = 0;
		return;
	}
	b->head += n;
	b->len -= n;
}

const char *buf_cstr(struct buf *b)
{
	if (!buf_reserve(b, 0))
		return NULL;
	b->mem[b->head + b->len] = '\0';
	return (const char *)b->mem + b->head;
}
