#include "ctl.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "io/unix_listen.h"
#include "net/acceptor.h"

/* A peer that reads so slowly is dropped. */
enum { OUT_MAX = 4 * 1024 * 1024 };

struct peer {
	struct ctl_door *door;
	struct bufferevent *bev; /* NULL: free */
	struct ctl_session *session;
	struct event *slow; /* drops it, out of what it was told */
};

struct ctl_door {
	const struct ctl_world *world;
	struct event_base *base;
	struct acceptor *acceptor;
	struct peer peers[CTL_PEERS_MAX];
	char *path;
};

static void drop(struct peer *p)
{
	ctl_session_free(p->session);
	event_free(p->slow);
	bufferevent_free(p->bev);
	*p = (struct peer){.door = p->door};
	acceptor_hold(p->door->acceptor, false);
}

static void on_slow(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	drop(arg);
}

static void on_line(void *arg, const char *line, size_t len)
{
	struct peer *p = arg;
	struct evbuffer *out = bufferevent_get_output(p->bev);

	if (evbuffer_get_length(out) + len > OUT_MAX)
		event_active(p->slow, EV_TIMEOUT, 0);
	else
		bufferevent_write(p->bev, line, len);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct peer *p = arg;
	size_t len = evbuffer_get_length(in);

	ctl_session_feed(p->session, evbuffer_pullup(in, -1), len);
	evbuffer_drain(in, len);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	drop(arg);
}

static struct peer *free_peer(struct ctl_door *door)
{
	for (size_t i = 0; i < CTL_PEERS_MAX; i++)
		if (door->peers[i].bev == NULL)
			return &door->peers[i];
	return NULL;
}

static void on_accept(void *arg, int fd)
{
	struct ctl_door *door = arg;
	struct event_base *base = door->base;
	struct peer *p = free_peer(door);

	if (p != NULL)
		p->bev =
			bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (p == NULL || p->bev == NULL) {
		evutil_closesocket(fd);
		return;
	}
	p->door = door;
	p->session = ctl_session_new(door->world, on_line, p);
	p->slow = event_new(base, -1, 0, on_slow, p);
	if (p->session == NULL || p->slow == NULL) {
		ctl_session_free(p->session);
		if (p->slow != NULL)
			event_free(p->slow);
		bufferevent_free(p->bev);
		*p = (struct peer){0};
		return;
	}
	bufferevent_setcb(p->bev, on_read, NULL, on_event, p);
	bufferevent_enable(p->bev, EV_READ | EV_WRITE);
	/* More peers stay in the backlog until one leaves. */
	if (free_peer(door) == NULL)
		acceptor_hold(door->acceptor, true);
}

struct ctl_door *ctl_listen(struct event_base *base,
	const struct ctl_world *world, const char *path, struct why *why)
{
	struct ctl_door *door = calloc(1, sizeof(*door));
	struct evconnlistener *listener;
	int fd;

	if (door == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	fd = unix_listen(path, 0600, why);
	if (fd < 0) {
		free(door);
		return NULL;
	}
	door->world = world;
	door->path = strdup(path);
	door->base = base;
	listener = evconnlistener_new(
		base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (listener == NULL)
		close(fd);
	else
		door->acceptor = acceptor_new(listener, on_accept, door);
	if (door->acceptor != NULL && door->path != NULL)
		return door;
	why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
	unlink(path);
	ctl_close(door);
	return NULL;
}

void ctl_close(struct ctl_door *door)
{
	if (door == NULL)
		return;
	for (size_t i = 0; i < CTL_PEERS_MAX; i++)
		if (door->peers[i].bev != NULL)
			drop(&door->peers[i]);
	/* While it listens nobody else takes the path. */
	if (door->path != NULL)
		unlink(door->path);
	acceptor_free(door->acceptor);
	free(door->path);
	free(door);
}
