#ifndef EC21_BASE_BUF_H
#define EC21_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Bounded byte buffer, a queue: append at the end, consume at the front.
 * Memory grows by need up to the maximum given at init; going past it is an
 * ordinary error that changes nothing. Fields are private to buf.c but for
 * buf_data()/buf_len() users.
 */
struct buf {
	uint8_t *mem;
	size_t head; /* offset of the first unread byte */
	size_t len;  /* unread bytes */
	size_t cap;
	size_t max;
};

/* max: the largest number of unread bytes ever held. No allocation yet. */
void buf_init(struct buf *b, size_t max);
/* Release the memory; the buffer is as after buf_init(). */
void buf_free(struct buf *b);
/* Forget the content, keep the memory. */
void buf_reset(struct buf *b);

/* The unread bytes; NULL before the first one came. */
static inline const uint8_t *buf_data(const struct buf *b)
{
	return b->mem != NULL ? b->mem + b->head : NULL;
}

static inline size_t buf_len(const struct buf *b)
{
	return b->len;
}

static inline size_t buf_space(const struct buf *b)
{
	return b->max - b->len;
}

/* All or nothing: false when it would pass `max` or memory is out. */
bool buf_add(struct buf *b, const void *data, size_t len);
bool buf_addc(struct buf *b, uint8_t c);
bool buf_adds(struct buf *b, const char *s);
bool buf_printf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
bool buf_vprintf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* Drop n bytes at the front; n past the end drops all. */
void buf_consume(struct buf *b, size_t n);
/* NUL-terminate after the content (not counted); NULL without memory. */
const char *buf_cstr(struct buf *b);

#endif
