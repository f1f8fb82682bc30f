#include "hil/tail.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

struct tail {
	char *path;
	int fd; /* -1: not there yet */
	int watch;
	struct event *event;
	void (*data)(void *arg, const char *data, size_t len);
	void *arg;
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

static void on_change(evutil_socket_t fd, short what, void *arg)
{
	char events[4096];

	(void)what;
	while (read(fd, events, sizeof(events)) > 0)
		;
	tail_poll(arg);
}

/* The folder is watched: the file may come later. */
static int watch_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1)
				     : strdup(".");
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	if (fd >= 0 && (folder == NULL || inotify_add_watch(fd, folder,
						  IN_MODIFY | IN_CREATE |
							  IN_MOVED_TO) < 0)) {
		close(fd);
		fd = -1;
	}
	free(folder);
	return fd;
}

struct tail *tail_new(struct event_base *base, const char *path,
	void (*data)(void *arg, const char *data, size_t len), void *arg)
{
	struct tail *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fd = -1;
	t->data = data;
	t->arg = arg;
	t->path = strdup(path);
	t->watch = watch_folder(path);
	if (t->watch >= 0)
		t->event = event_new(
			base, t->watch, EV_READ | EV_PERSIST, on_change, t);
	if (t->path == NULL || t->event == NULL ||
		event_add(t->event, NULL) != 0) {
		tail_free(t);
		return NULL;
	}
	return t;
}

void tail_free(struct tail *t)
{
	if (t == NULL)
		return;
	if (t->event != NULL)
		event_free(t->event);
	if (t->watch >= 0)
		close(t->watch);
	if (t->fd >= 0)
		close(t->fd);
	free(t->path);
	free(t);
}
