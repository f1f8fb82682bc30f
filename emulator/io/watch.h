#ifndef EC21_IO_WATCH_H
#define EC21_IO_WATCH_H

#include "base/err.h"

/*
 * Tells that somebody may have come to a pty or gone: by inotify that its
 * slave was opened, by an epoll that hears of nothing else that its last
 * opener left. One instance serves all ports of a program: the kernel grants a
 * user few inotify instances but many watches. Equal events in a row are
 * merged, so the calls cannot be counted: they are a reason to look.
 */
struct watch;
struct event_base;

/* For watch_add(); kept by reference and owned by the caller. */
struct watched {
	/* From the event loop only. May remove itself: no. */
	void (*changed)(void *arg);
	void *arg;
	int master; /* of watch_add() */
	int id;	    /* of inotify; -1: not watched */
};

/* NULL with the reason. base must outlive it. */
struct watch *watch_new(struct event_base *base, struct why *why);
/* Nothing may be watched any more. Harmless on NULL. */
void watch_free(struct watch *w);
struct event_base *watch_base(struct watch *w);
/* A pty, by its slave's path and its master. 0, or the error with its reason.
 */
int watch_add(struct watch *w, const char *slave, int master,
	struct watched *watched, struct why *why);
/* Before the master is closed. Harmless when it is not watched. */
void watch_remove(struct watch *w, struct watched *watched);

#endif
