#include "hil/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/util.h>
#include <jansson.h>

struct control {
	struct bufferevent *bev;
	struct control_events events;
};

static void tell_answer(struct control *c, const char *line)
{
	json_t *answer = json_loads(line, 0, NULL);
	const char *error = json_string_value(json_object_get(answer, "error"));
	char text[600];

	if (json_is_true(json_object_get(answer, "ok")))
		error = NULL;
	else if (error == NULL)
		error = "ec21emu answered no object of the control socket";
	snprintf(text, sizeof(text), "%s", error != NULL ? error : "");
	json_decref(answer);
	c->events.answer(c->events.arg, error != NULL ? text : NULL);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	char *line = evbuffer_readln(
		bufferevent_get_input(bev), NULL, EVBUFFER_EOL_LF);

	/* One answer a request, and one request at a time. */
	if (line != NULL)
		tell_answer(arg, line);
	free(line);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	struct control *c = arg;

	(void)bev, (void)what;
	c->events.closed(c->events.arg);
}

struct control *control_open(struct event_base *base, const char *path,
	const struct control_events *events, char *why, size_t why_size)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct control *c = calloc(1, sizeof(*c));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (c == NULL || fd < 0 || strlen(path) >= sizeof(un.sun_path))
		goto failed;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
		evutil_make_socket_nonblocking(fd) != 0)
		goto failed;
	c->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (c->bev == NULL)
		goto failed;
	c->events = *events;
	bufferevent_setcb(c->bev, on_read, NULL, on_event, c);
	bufferevent_enable(c->bev, EV_READ | EV_WRITE);
	return c;
failed:
	snprintf(why, why_size, "cannot reach the control socket %s: %s", path,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	free(c);
	return NULL;
}

void control_do(struct control *c, const char *action)
{
	json_t *request = json_object();
	char *text;

	json_object_set_new(request, "do", json_string(action));
	text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (text != NULL)
		evbuffer_add_printf(
			bufferevent_get_output(c->bev), "%s\n", text);
	free(text);
}

void control_free(struct control *c)
{
	if (c == NULL)
		return;
	bufferevent_free(c->bev);
	free(c);
}
