#ifndef WIOFW_RING_H
#define WIOFW_RING_H

#include <stddef.h>
#include <stdint.h>

/* Byte ring over memory it does not own; holds up to size bytes. */
struct ring {
	uint8_t *mem;
	size_t size;
	size_t head; /* next byte out */
	size_t used;
};

void ring_init(struct ring *r, uint8_t *mem, size_t size);
void ring_clear(struct ring *r);
size_t ring_used(const struct ring *r);
/*
 * The free piece that can be filled in one go; its length in *len (0: full).
 * Follow with ring_commit of what was really put there.
 */
uint8_t *ring_space(struct ring *r, size_t *len);
void ring_commit(struct ring *r, size_t len);
/* Take one byte, 0..255, or -1 when empty. */
int ring_get(struct ring *r);
/* Take up to len bytes; returns how many. */
size_t ring_read(struct ring *r, uint8_t *buf, size_t len);

#endif
