#include "net/acceptor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/listener.h>

#include "base/log.h"

struct acceptor {
	struct evconnlistener *listener;
	struct event *again;
	void (*on_peer)(void *arg, int fd);
	void *arg;
	bool failing; /* and told so */
};

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *sa, int len, void *arg)
{
	struct acceptor *a = arg;

	(void)listener, (void)sa, (void)len;
	a->failing = false;
	a->on_peer(a->arg, fd);
}

/* The listener is level-triggered: it would fail again at once. */
static void on_error(struct evconnlistener *listener, void *arg)
{
	const struct timeval pause = {.tv_sec = 1};
	struct acceptor *a = arg;

	if (!a->failing)
		log_warn("accept", "a peer has to wait: %s", strerror(errno));
	a->failing = true;
	evconnlistener_disable(listener);
	event_add(a->again, &pause);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	struct acceptor *a = arg;

	(void)fd, (void)what;
	evconnlistener_enable(a->listener);
}

struct acceptor *acceptor_new(struct evconnlistener *listener,
	void (*on_peer)(void *arg, int fd), void *arg)
{
	struct acceptor *a = calloc(1, sizeof(*a));

	if (a == NULL) {
		evconnlistener_free(listener);
		return NULL;
	}
	a->listener = listener;
	a->on_peer = on_peer;
	a->arg = arg;
	a->again = event_new(
		evconnlistener_get_base(listener), -1, 0, on_again, a);
	if (a->again == NULL) {
		acceptor_free(a);
		return NULL;
	}
	evconnlistener_set_error_cb(listener, on_error);
	evconnlistener_set_cb(listener, on_accept, a);
	return a;
}

void acceptor_hold(struct acceptor *a, bool hold)
{
	event_del(a->again);
	if (hold)
		evconnlistener_disable(a->listener);
	else
		evconnlistener_enable(a->listener);
}

void acceptor_free(struct acceptor *a)
{
	if (a == NULL)
		return;
	if (a->again != NULL)
		event_free(a->again);
	evconnlistener_free(a->listener);
	free(a);
}
