#ifndef EC21_IO_WATCH_H
#define EC21_IO_WATCH_H

#include <stdint.h>

#include "base/err.h"

/*
 * Tells that a file was opened, by inotify. One instance serves all ports of
 * a program: the kernel grants a user few instances but many watches. It
 * merges equal events in a row, so the calls cannot be counted.
 */
struct watch;
struct event_base;

/* For watch_add(); kept by reference and owned by the caller. */
struct watched {
	/* From the event loop only. May remove itself: no. */
	void (*opened)(void *arg);
	void *arg;
	int id; /* of watch_add(); -1: not watched */
};

/* NULL with the reason. base must outlive it. */
struct watch *watch_new(struct event_base *base, struct why *why);
/* Nothing may be watched any more. Harmless on NULL. */
void watch_free(struct watch *w);
struct event_base *watch_base(struct watch *w);
/* 0, or -1 with errno. */
int watch_add(struct watch *w, const char *path, struct watched *watched);
/* Harmless when it is not watched. */
void watch_remove(struct watch *w, struct watched *watched);

#endif
