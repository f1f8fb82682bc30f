#include "io/watch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

enum { BATCH = 4096, HANGUPS = 64 };

struct watch {
	struct event_base *base;
	int opens; /* inotify */
	struct event *opened;
	int hangups; /* epoll */
	struct event *left;
	struct watched **list; /* by watch descriptor */
	size_t cap;
};

static struct watched *find(struct watch *w, int id)
{
	return id >= 0 && (size_t)id < w->cap ? w->list[id] : NULL;
}

static void on_opened(evutil_socket_t fd, short what, void *arg)
{
	union {
		struct inotify_event ev;
		char bytes[BATCH];
	} in;
	struct watch *w = arg;
	ssize_t n = read(fd, in.bytes, sizeof(in.bytes));

	(void)what;
	for (char *at = in.bytes; n > 0 && at < in.bytes + n;) {
		struct inotify_event ev;
		struct watched *it;

		memcpy(&ev, at, sizeof(ev));
		it = find(w, ev.wd);
		if (it != NULL)
			it->changed(it->arg);
		at += sizeof(ev) + ev.len;
	}
}

static void on_left(evutil_socket_t fd, short what, void *arg)
{
	struct epoll_event ev[HANGUPS];
	int n = epoll_wait(fd, ev, HANGUPS, 0);

	(void)what, (void)arg;
	for (int i = 0; i < n; i++) {
		struct watched *it = ev[i].data.ptr;

		it->changed(it->arg);
	}
}

static int listen_to(
	struct watch *w, int fd, struct event **event, event_callback_fn fn)
{
	if (fd >= 0)
		*event = event_new(w->base, fd, EV_READ | EV_PERSIST, fn, w);
	return *event != NULL ? event_add(*event, NULL) : -1;
}

struct watch *watch_new(struct event_base *base, struct why *why)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	w->base = base;
	w->opens = w->hangups = -1;
	return w;
}

static void close_both(struct watch *w)
{
	if (w->opened != NULL)
		event_free(w->opened);
	if (w->left != NULL)
		event_free(w->left);
	if (w->opens >= 0)
		close(w->opens);
	if (w->hangups >= 0)
		close(w->hangups);
	w->opened = w->left = NULL;
	w->opens = w->hangups = -1;
}

/* With the first pty: ports on sockets need neither. */
static int open_both(struct watch *w)
{
	int error;

	if (w->opens >= 0)
		return 0;
	w->opens = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->opens >= 0)
		w->hangups = epoll_create1(EPOLL_CLOEXEC);
	if (listen_to(w, w->opens, &w->opened, on_opened) == 0 &&
		listen_to(w, w->hangups, &w->left, on_left) == 0)
		return 0;
	error = errno;
	close_both(w);
	errno = error;
	return -1;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	close_both(w);
	free(w->list);
	free(w);
}

struct event_base *watch_base(struct watch *w)
{
	return w->base;
}

static bool make_room(struct watch *w, size_t id)
{
	size_t cap = w->cap > 0 ? w->cap : 16;
	struct watched **list;

	while (cap <= id)
		cap *= 2;
	if (cap == w->cap)
		return true;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	list = realloc(w->list, cap * sizeof(*list));
	if (list == NULL)
		return false;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	memset(list + w->cap, 0, (cap - w->cap) * sizeof(*list));
	w->list = list;
	w->cap = cap;
	return true;
}

/*
 * Without an event of its own a descriptor still reports a hang-up. Edge: one
 * that lasts is told once.
 */
static int watch_hangup(struct watch *w, int master, struct watched *watched)
{
	struct epoll_event ev = {.events = EPOLLET, .data.ptr = watched};

	return epoll_ctl(w->hangups, EPOLL_CTL_ADD, master, &ev);
}

int watch_add(struct watch *w, const char *slave, int master,
	struct watched *watched, struct why *why)
{
	int id, error;

	watched->id = -1;
	if (open_both(w) != 0)
		return why_set(why, ERR_NET_SOCKET, GRADE_ASM,
			"no inotify instance for ptys: %s%s", strerror(errno),
			errno == EMFILE ? " (see fs.inotify.max_user_instances)"
					: "");
	id = inotify_add_watch(w->opens, slave, IN_OPEN);
	if (id >= 0 && make_room(w, (size_t)id) &&
		watch_hangup(w, master, watched) == 0) {
		w->list[id] = watched;
		watched->id = id;
		watched->master = master;
		return 0;
	}
	error = errno;
	if (id >= 0)
		inotify_rm_watch(w->opens, id);
	return why_set(why, ERR_NET_SOCKET, GRADE_ASM, "cannot watch %s: %s",
		slave, strerror(error));
}

void watch_remove(struct watch *w, struct watched *watched)
{
	if (watched->id < 0)
		return;
	epoll_ctl(w->hangups, EPOLL_CTL_DEL, watched->master, NULL);
	inotify_rm_watch(w->opens, watched->id);
	w->list[watched->id] = NULL;
	watched->id = -1;
}
