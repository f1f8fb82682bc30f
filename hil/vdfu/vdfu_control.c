#include "hil/vdfu/vdfu_control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "hil/vdfu/vdfu_board.h"
#include "io/unix_listen.h"

#define LINE_BYTES    512
#define ASK_SECONDS   10
#define ANSWER_PREFIX 6 /* "error " */

struct vdfu_control {
	struct event_base *base;
	struct evconnlistener *listener;
	struct vdfu_board *const *boards;
	size_t n_boards;
	struct bufferevent *peers[8]; /* NULL: free */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

#define N_PEERS                                                                \
	(sizeof(((struct vdfu_control *)0)->peers) /                           \
		sizeof(struct bufferevent *))

static void drop(struct vdfu_control *c, struct bufferevent *bev)
{
	for (size_t i = 0; i < N_PEERS; i++)
		if (c->peers[i] == bev)
			c->peers[i] = NULL;
	bufferevent_free(bev);
	evconnlistener_enable(c->listener);
}

static void run_line(
	struct vdfu_control *c, struct bufferevent *bev, const char *line)
{
	struct vdfu_board *board = c->boards[0];
	char answer[LINE_BYTES];
	bool ok;

	for (size_t i = 0; i < c->n_boards; i++) {
		const char *serial = vdfu_board_serial(c->boards[i]);
		size_t n = strlen(serial);

		if (strncmp(line, serial, n) == 0 && line[n] == ' ') {
			board = c->boards[i];
			line += n + 1;
			break;
		}
	}
	ok = vdfu_board_tell(board, line, answer, sizeof(answer));
	evbuffer_add_printf(bufferevent_get_output(bev), "%s%s%s\n",
		ok ? "ok" : "error", answer[0] ? " " : "", answer);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct vdfu_control *c = arg;
	char *line;

	while ((line = evbuffer_readln(in, NULL, EVBUFFER_EOL_LF)) != NULL) {
		run_line(c, bev, line);
		free(line);
	}
	if (evbuffer_get_length(in) > LINE_BYTES)
		drop(c, bev);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)what;
	drop(arg, bev);
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd,
	struct sockaddr *addr, int addr_len, void *arg)
{
	struct vdfu_control *c = arg;
	size_t i, taken = 0;

	(void)addr;
	(void)addr_len;
	for (i = 0; i < N_PEERS && c->peers[i] != NULL; i++)
		;
	if (i < N_PEERS)
		c->peers[i] = bufferevent_socket_new(
			c->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (i == N_PEERS || c->peers[i] == NULL) {
		close(fd);
		return;
	}
	bufferevent_setcb(c->peers[i], on_read, NULL, on_event, c);
	bufferevent_enable(c->peers[i], EV_READ | EV_WRITE);
	for (i = 0; i < N_PEERS; i++)
		taken += c->peers[i] != NULL;
	if (taken == N_PEERS)
		evconnlistener_disable(listener);
}

struct vdfu_control *vdfu_control_new(struct event_base *base, const char *path,
	struct vdfu_board *const *boards, size_t n, char *why, size_t why_size)
{
	struct vdfu_control *c = calloc(1, sizeof(*c));
	struct why reason = {.text = "out of memory"};
	int fd = -1;

	if (c != NULL)
		fd = unix_listen(path, 0600, &reason);
	if (fd >= 0) {
		snprintf(c->path, sizeof(c->path), "%s", path);
		c->base = base;
		c->boards = boards;
		c->n_boards = n;
		c->listener = evconnlistener_new(
			base, on_accept, c, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	}
	if (c != NULL && c->listener != NULL)
		return c;
	if (fd >= 0)
		close(fd);
	free(c);
	snprintf(why, why_size, "%s", reason.text);
	return NULL;
}

void vdfu_control_free(struct vdfu_control *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < N_PEERS; i++)
		if (c->peers[i] != NULL)
			bufferevent_free(c->peers[i]);
	evconnlistener_free(c->listener);
	unlink(c->path);
	free(c);
}

/* ---- the other side ---- */

static int dial(const char *path)
{
	const struct timeval limit = {.tv_sec = ASK_SECONDS};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd;

	if ((size_t)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path) >=
		sizeof(to.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 &&
		(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit,
			 sizeof(limit)) != 0 ||
			connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool exchange(int fd, const char *line, char *text, size_t size)
{
	size_t n = 0;
	ssize_t got;

	if (dprintf(fd, "%s\n", line) < 0)
		return false;
	while (n + 1 < size && (got = read(fd, text + n, size - n - 1)) > 0) {
		n += (size_t)got;
		if (text[n - 1] == '\n') {
			text[n - 1] = '\0';
			return true;
		}
	}
	return false;
}

int vdfu_control_ask(
	const char *path, const char *line, char *answer, size_t size)
{
	char text[LINE_BYTES + ANSWER_PREFIX + 2];
	int fd = dial(path);
	bool told;

	if (fd < 0) {
		snprintf(answer, size, "cannot reach %s: %s", path,
			strerror(errno));
		return -1;
	}
	told = exchange(fd, line, text, sizeof(text));
	close(fd);
	if (!told) {
		snprintf(answer, size, "%s does not answer", path);
		return -1;
	}
	if (strncmp(text, "ok", 2) == 0) {
		snprintf(answer, size, "%s", text[2] ? text + 3 : "");
		return 0;
	}
	snprintf(answer, size, "%s",
		strncmp(text, "error ", ANSWER_PREFIX) == 0
			? text + ANSWER_PREFIX
			: text);
	return -1;
}
