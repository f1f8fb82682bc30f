#include "io/port_backlog.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/util.h>

#include "base/addr.h"
#include "io/unix_listen.h"
#include "net/acceptor.h"

struct port_sock {
	struct port port;
	struct event_base *base;
	struct acceptor *acceptor;
	struct bufferevent *peer;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

static void drop_peer(struct port_sock *p)
{
	bufferevent_free(p->peer);
	p->peer = NULL;
	port_backlog(&p->port, 0);
	p->port.events.peer(p->port.arg, false);
	acceptor_hold(p->acceptor, false);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	struct port_sock *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);

	p->port.events.bytes(p->port.arg, evbuffer_pullup(in, -1), len);
	/* The callback may have dropped the peer, never the port. */
	if (p->peer == bev)
		evbuffer_drain(in, len);
}

/* Little waits: see the watermark. */
static void on_written(struct bufferevent *bev, void *arg)
{
	struct port_sock *p = arg;

	port_backlog(
		&p->port, evbuffer_get_length(bufferevent_get_output(bev)));
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
	(void)bev, (void)what;
	drop_peer(arg);
}

static void on_accept(void *arg, int fd)
{
	struct port_sock *p = arg;
	int on = 1;

	/* A line must not wait for the peer's ack of the one before; harmless
	 * where it is no TCP. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	p->peer = bufferevent_socket_new(p->base, fd, BEV_OPT_CLOSE_ON_FREE);
	if (p->peer == NULL) {
		evutil_closesocket(fd);
		return;
	}
	/* One wire, one peer: others stay in the backlog until it leaves. */
	acceptor_hold(p->acceptor, true);
	bufferevent_setcb(p->peer, on_read, on_written, on_event, p);
	bufferevent_setwatermark(p->peer, EV_WRITE, BACKLOG_LOW, 0);
	bufferevent_enable(p->peer, EV_READ | EV_WRITE);
	p->port.events.peer(p->port.arg, true);
}

static void sock_write(struct port *port, const void *data, size_t len)
{
	struct port_sock *p = (struct port_sock *)port;
	struct evbuffer *out;

	if (p->peer == NULL)
		return;
	out = bufferevent_get_output(p->peer);
	if (evbuffer_get_length(out) > BACKLOG_MAX) {
		port_lose(port, evbuffer_get_length(out));
		return;
	}
	bufferevent_write(p->peer, data, len);
	port_backlog(port, evbuffer_get_length(out));
}

/* A socket has no rate. */
static void sock_set_rate(struct port *port, uint32_t rate)
{
	(void)port, (void)rate;
}

static uint32_t sock_rate(struct port *port)
{
	(void)port;
	return 0;
}

static void sock_free(struct port *port)
{
	struct port_sock *p = (struct port_sock *)port;

	if (p->peer != NULL)
		bufferevent_free(p->peer);
	/* While it listens nobody else takes the path. */
	if (p->path[0] != '\0')
		unlink(p->path);
	acceptor_free(p->acceptor);
	free(p);
}

static int take_peers(
	struct port_sock *p, struct evconnlistener *listener, struct why *why)
{
	if (listener != NULL)
		p->acceptor = acceptor_new(listener, on_accept, p);
	return p->acceptor != NULL
		       ? 0
		       : why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
}

static int listen_unix(struct port_sock *p, const char *path, struct why *why)
{
	struct evconnlistener *listener;
	int fd = unix_listen(path, 0777, why);

	if (fd < 0)
		return fd;
	snprintf(p->path, sizeof(p->path), "%s", path);
	snprintf(p->port.where, sizeof(p->port.where), "unix:%s", path);
	listener = evconnlistener_new(
		p->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE, 0, fd);
	if (listener == NULL)
		close(fd);
	return take_peers(p, listener, why);
}

static int listen_tcp(struct port_sock *p, const char *addr, struct why *why)
{
	struct evconnlistener *listener;
	struct sockaddr_storage ss;
	int len;
	socklen_t bound = sizeof(ss);
	size_t n;

	/* Port 0 is one to be picked. */
	if (!addr_parse(&ss, &len, addr))
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"tcp:%s: want tcp:ADDR:PORT with a numeric address and "
			"a port of at most 65535",
			addr);
	listener = evconnlistener_new_bind(p->base, NULL, NULL,
		LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC |
			LEV_OPT_REUSEABLE,
		8, (struct sockaddr *)&ss, len);
	if (listener == NULL)
		return why_set(why, ERR_NET_BIND, GRADE_ASM,
			"cannot listen at tcp:%s: %s", addr, strerror(errno));
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&ss,
		&bound);
	n = (size_t)snprintf(p->port.where, sizeof(p->port.where), "tcp:");
	addr_format((struct sockaddr *)&ss, (int)bound, p->port.where + n,
		sizeof(p->port.where) - n);
	return take_peers(p, listener, why);
}

struct port *port_sock_new(struct event_base *base, const char *where,
	const struct port_events *events, void *arg, struct why *why)
{
	static const struct port_ops ops = {
		sock_write, sock_set_rate, sock_rate, sock_free};
	struct port_sock *p = calloc(1, sizeof(*p));
	int rc;

	if (p == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a port");
		return NULL;
	}
	p->port.ops = &ops;
	p->base = base;
	p->port.events = *events;
	p->port.arg = arg;
	if (strncmp(where, "unix:", 5) == 0)
		rc = listen_unix(p, where + 5, why);
	else if (strncmp(where, "tcp:", 4) == 0)
		rc = listen_tcp(p, where + 4, why);
	else
		rc = why_set(why, ERR_PARAM, GRADE_ASM,
			"%s: want unix:PATH or tcp:ADDR:PORT", where);
	if (rc != 0) {
		sock_free(&p->port);
		return NULL;
	}
	return &p->port;
}
