#include "io/watch.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

enum { BATCH = 4096 };

struct watch {
	struct event_base *base;
	int fd;
	struct event *readable;
	struct watched **list; /* by watch descriptor */
	size_t cap;
};

static struct watched *find(struct watch *w, int id)
{
	return id >= 0 && (size_t)id < w->cap ? w->list[id] : NULL;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
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
			it->opened(it->arg);
		at += sizeof(ev) + ev.len;
	}
}

struct watch *watch_new(struct event_base *base, struct why *why)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	w->base = base;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd >= 0)
		w->readable = event_new(
			base, w->fd, EV_READ | EV_PERSIST, on_readable, w);
	if (w->readable == NULL || event_add(w->readable, NULL) != 0) {
		why_set(why, ERR_NET_SOCKET, GRADE_ASM,
			"no inotify instance for ptys: %s", strerror(errno));
		watch_free(w);
		return NULL;
	}
	return w;
}

void watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	if (w->readable != NULL)
		event_free(w->readable);
	if (w->fd >= 0)
		close(w->fd);
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
	list = realloc(w->list, cap * sizeof(*list));
	if (list == NULL)
		return false;
	memset(list + w->cap, 0, (cap - w->cap) * sizeof(*list));
	w->list = list;
	w->cap = cap;
	return true;
}

int watch_add(struct watch *w, const char *path, struct watched *watched)
{
	int id = inotify_add_watch(w->fd, path, IN_OPEN);

	watched->id = -1;
	if (id < 0)
		return -1;
	if (!make_room(w, (size_t)id)) {
		inotify_rm_watch(w->fd, id);
		errno = ENOMEM;
		return -1;
	}
	w->list[id] = watched;
	watched->id = id;
	return 0;
}

void watch_remove(struct watch *w, struct watched *watched)
{
	if (watched->id < 0)
		return;
	inotify_rm_watch(w->fd, watched->id);
	w->list[watched->id] = NULL;
	watched->id = -1;
}
