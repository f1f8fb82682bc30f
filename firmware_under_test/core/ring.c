#include "ring.h"

#include <string.h>

void ring_init(struct ring *r, uint8_t *mem, size_t size)
{
	r->mem = mem;
	r->size = size;
	ring_clear(r);
}

void ring_clear(struct ring *r)
{
	r->head = 0;
	r->used = 0;
}

size_t ring_used(const struct ring *r)
{
	return r->used;
}

uint8_t *ring_space(struct ring *r, size_t *len)
{
	size_t tail = (r->head + r->used) % r->size;
	size_t room = r->size - r->used;

	*len = room < r->size - tail ? room : r->size - tail;
	return r->mem + tail;
}

void ring_commit(struct ring *r, size_t len)
{
	r->used += len;
}

int ring_get(struct ring *r)
{
	uint8_t b;

	return ring_read(r, &b, 1) ? b : -1;
}

size_t ring_read(struct ring *r, uint8_t *buf, size_t len)
{
	size_t n = len < r->used ? len : r->used;
	size_t first = n < r->size - r->head ? n : r->size - r->head;

	memcpy(buf, r->mem + r->head, first);
	memcpy(buf + first, r->mem, n - first);
	r->head = (r->head + n) % r->size;
	r->used -= n;
	return n;
}
