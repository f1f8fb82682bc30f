#ifndef EC21_NET_ACCEPTOR_H
#define EC21_NET_ACCEPTOR_H

#include <stdbool.h>

/*
 * A listening socket that survives a machine without descriptors or memory:
 * whom it cannot take waits in the backlog, and is tried again every second of
 * real time. One line of the log tells it.
 */
struct acceptor;
struct evconnlistener;

/*
 * Takes the listener, which has no callback of its own yet; NULL without
 * memory, and then it is freed too. on_peer: a non-blocking descriptor, its to
 * close; may free the acceptor.
 */
struct acceptor *acceptor_new(struct evconnlistener *listener,
	void (*on_peer)(void *arg, int fd), void *arg);
/* Leave all who come in the backlog (true), or take them. */
void acceptor_hold(struct acceptor *a, bool hold);
/* Harmless on NULL. */
void acceptor_free(struct acceptor *a);

#endif
