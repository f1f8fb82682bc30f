#include "hil/tail.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

/*
 * One for all tails of a loop: a user has 128 inotify instances
 * (fs.inotify.max_user_instances), and some boards at once have more files.
 */
struct watcher {
	struct event_base *base;
	int fd;
	struct event *event;
	struct tail *tails;
	struct watcher *next;
};

static struct watcher *watchers;

struct tail {
	char *path;
	int fd;	   /* -1: not there yet */
	int watch; /* of its folder, which others may share; -1: none */
	bool due;
	void (*data)(void *arg, const char *data, size_t len);
	void *arg;
	struct watcher *watcher;
	struct tail *next;
};

void tail_poll(struct tail *t)
{
	char chunk[4096];
	ssize_t n;

	if (t->fd < 0)
		t->fd = open(t->path, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0)
		return;
	while ((n = read(t->fd, chunk, sizeof(chunk))) > 0)
		t->data(t->arg, chunk, (size_t)n);
}

static void mark_due(struct watcher *w, const struct inotify_event *e)
{
	struct tail *t;

	for (t = w->tails; t != NULL; t = t->next)
		if (t->watch == e->wd || (e->mask & IN_Q_OVERFLOW))
			t->due = true;
}

static struct tail *find_due(const struct watcher *w)
{
	struct tail *t = w->tails;

	while (t != NULL && !t->due)
		t = t->next;
	return t;
}

static void on_change(evutil_socket_t fd, short what, void *arg)
{
	struct watcher *w = arg;
	_Alignas(struct inotify_event) char events[4096];
	struct tail *t;
	ssize_t n, at;

	(void)what;
	while ((n = read(fd, events, sizeof(events))) > 0)
		for (at = 0; at < n;) {
			const struct inotify_event *e = (void *)(events + at);

			mark_due(w, e);
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	/* From the start each time: what is told may end other tails. */
	while ((t = find_due(w)) != NULL) {
		t->due = false;
		tail_poll(t);
	}
}

static void watcher_free(struct watcher *w)
{
	struct watcher **at = &watchers;

	while (*at != NULL && *at != w)
		at = &(*at)->next;
	if (*at != NULL)
		*at = w->next;
	if (w->event != NULL)
		event_free(w->event);
	if (w->fd >= 0)
		close(w->fd);
	free(w);
}

static struct watcher *watcher_for(struct event_base *base)
{
	struct watcher *w = watchers;

	while (w != NULL && w->base != base)
		w = w->next;
	if (w != NULL)
		return w;
	w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->base = base;
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd >= 0)
		w->event = event_new(
			base, w->fd, EV_READ | EV_PERSIST, on_change, w);
	if (w->event == NULL || event_add(w->event, NULL) != 0) {
		watcher_free(w);
		return NULL;
	}
	w->next = watchers;
	watchers = w;
	return w;
}

/* The folder is watched: the file may come later. */
static int watch_folder(const struct watcher *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1)
				     : strdup(".");
	int watch = folder != NULL
			    ? inotify_add_watch(w->fd, folder,
				      IN_MODIFY | IN_CREATE | IN_MOVED_TO)
			    : -1;

	free(folder);
	return watch;
}

struct tail *tail_new(struct event_base *base, const char *path,
	void (*data)(void *arg, const char *data, size_t len), void *arg)
{
	struct tail *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = t->watch = -1;
	t->data = data;
	t->arg = arg;
	t->path = strdup(path);
	t->watcher = watcher_for(base);
	if (t->watcher != NULL) {
		t->next = t->watcher->tails;
		t->watcher->tails = t;
		t->watch = watch_folder(t->watcher, path);
	}
	if (t->path == NULL || t->watch < 0) {
		tail_free(t);
		return NULL;
	}
	return t;
}

static void leave(struct tail *t)
{
	struct watcher *w = t->watcher;
	struct tail **at = &w->tails;
	bool shared = false;

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	for (const struct tail *o = w->tails; o != NULL; o = o->next)
		shared |= o->watch == t->watch;
	if (w->tails == NULL)
		watcher_free(w);
	else if (t->watch >= 0 && !shared)
		(void)inotify_rm_watch(w->fd, t->watch);
}

void tail_free(struct tail *t)
{
	if (t == NULL)
		return;
	if (t->watcher != NULL)
		leave(t);
	if (t->fd >= 0)
		close(t->fd);
	free(t->path);
	free(t);
}
