#ifndef EC21_HIL_TAIL_H
#define EC21_HIL_TAIL_H

#include <stddef.h>

struct event_base;

/*
 * Follows a file that another process appends to. It need not exist yet, but
 * its folder must.
 */
struct tail;

/* data: what was appended; lent. NULL without memory or inotify. */
struct tail *tail_new(struct event_base *base, const char *path,
	void (*data)(void *arg, const char *data, size_t len), void *arg);
/* Read what is there now. Calls back before returning: yes. */
void tail_poll(struct tail *);
/* Harmless on NULL; fine from `data`'s caller, not from `data`. */
void tail_free(struct tail *);

#endif
