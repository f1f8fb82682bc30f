#include "hil/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/addr.h"
#include "hil/wire_exec.h"

struct wire {
	struct bufferevent *bev;
	pid_t pid; /* of exec:; 0: none */
	struct wire_events events;
};

static int open_tty(const char *path, char *why, size_t size)
{
	struct termios t;
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		snprintf(
			why, size, "cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (tcgetattr(fd, &t) != 0) {
		snprintf(why, size, "%s is no terminal line", path);
		close(fd);
		return -1;
	}
	/* Two on one line would each take what is for the other. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		snprintf(why, size, "%s is in use by another program", path);
		close(fd);
		return -1;
	}
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= (tcflag_t) ~(CRTSCTS | CSTOPB);
	if (tcsetattr(fd, TCSANOW, &t) != 0) {
		snprintf(why, size, "cannot set up %s: %s", path,
			strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* Blocks while it connects: a bench's serial server is near. */
static int open_tcp(const char *where, char *why, size_t size)
{
	struct addrinfo *list, *a;
	const char *no = addr_look_up(where, 0, &list);
	int fd = -1;

	if (no != NULL) {
		snprintf(why, size, "tcp:%s: %s", where, no);
		return -1;
	}
	for (a = list; a != NULL && fd < 0; a = a->ai_next) {
		fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		snprintf(why, size, "cannot connect to %s: %s", where,
			strerror(errno));
	else
		evutil_make_socket_nonblocking(fd);
	return fd;
}

static int open_exec(const char *command, pid_t *pid, char *why, size_t size)
{
	int fd = wire_exec(command, pid, why, size);

	if (fd >= 0)
		evutil_make_socket_nonblocking(fd);
	return fd;
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct wire *w = arg;
	char chunk[4096];
	int n;

	/* Copied out first: the callee may free us. */
	n = evbuffer_remove(in, chunk, sizeof(chunk));
	if (evbuffer_get_length(in) > 0)
		bufferevent_trigger(bev, EV_READ, BEV_OPT_DEFER_CALLBACKS);
	if (n > 0)
		w->events.bytes(w->events.arg, chunk, (size_t)n);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct wire *w = arg;

	(void)bev;
	if (what & BEV_EVENT_EOF)
		w->events.closed(w->events.arg, "the modem's port was closed");
	else if (what & BEV_EVENT_ERROR)
		w->events.closed(w->events.arg, strerror(errno));
}

struct wire *wire_open(struct event_base *base, const char *url,
	const struct wire_events *events, char *why, size_t why_size)
{
	struct wire *w;
	pid_t pid = 0;
	int fd = -1;

	if (strncmp(url, "tty:", 4) == 0)
		fd = open_tty(url + 4, why, why_size);
	else if (strncmp(url, "tcp:", 4) == 0)
		fd = open_tcp(url + 4, why, why_size);
	else if (strncmp(url, "exec:", 5) == 0)
		fd = open_exec(url + 5, &pid, why, why_size);
	else
		snprintf(why, why_size,
			"%s: expected tty:PATH, tcp:HOST:PORT or exec:COMMAND",
			url);
	if (fd < 0)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (w != NULL)
		w->bev =
			bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (w == NULL || w->bev == NULL) {
		snprintf(why, why_size, "out of memory");
		close(fd);
		free(w);
		if (pid > 0)
			wire_exec_end(pid);
		return NULL;
	}
	w->events = *events;
	w->pid = pid;
	bufferevent_setcb(w->bev, on_read, NULL, on_event, w);
	bufferevent_enable(w->bev, EV_READ | EV_WRITE);
	return w;
}

void wire_write(struct wire *w, const void *data, size_t len)
{
	bufferevent_write(w->bev, data, len);
}

void wire_free(struct wire *w)
{
	if (w == NULL)
		return;
	/* The loop closes it only later; who opens it again does so now. */
	flock(bufferevent_getfd(w->bev), LOCK_UN);
	bufferevent_free(w->bev);
	if (w->pid > 0)
		wire_exec_end(w->pid);
	free(w);
}
