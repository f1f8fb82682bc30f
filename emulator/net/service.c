#include "net/door.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>

#include "net/acceptor.h"

/*
 * What waits for others: a TCP listener, and a UDP socket that talks with
 * anyone. Both are streams, so that a socket table keeps them like the rest.
 */
struct service {
	struct stream stream;
	struct net_ev *door;
	struct event *readable;	   /* UDP */
	struct acceptor *acceptor; /* TCP */
	void (*accepted)(void *arg, struct stream *peer);
	int fd;
};

enum { BACKLOG = 8 };

static ssize_t service_read(struct stream *s, void *data, size_t len)
{
	(void)s;
	(void)data;
	(void)len;
	return 0;
}

static int service_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	(void)s;
	(void)data;
	return why_set(why, ERR_NET_WRITE, GRADE_INF,
		"%zu bytes for no one: there is no peer", len);
}

static size_t service_pending(struct stream *s)
{
	(void)s;
	return 0;
}

static void service_addr(struct stream *s, struct stream_addr *addr)
{
	const struct service *v = (const struct service *)s;
	struct sockaddr_storage local = {0};
	socklen_t len = sizeof(local);

	memset(addr, 0, sizeof(*addr));
	if (getsockname(v->fd, (struct sockaddr *)&local, &len) == 0)
		net_read_addr(
			&local, addr->ip, sizeof(addr->ip), &addr->local_port);
}

static void service_shutdown(struct stream *s)
{
	struct service *v = (struct service *)s;

	if (v->acceptor != NULL)
		acceptor_hold(v->acceptor, true);
	else
		event_del(v->readable);
}

static void service_close(struct stream *s)
{
	struct service *v = (struct service *)s;

	if (v->readable != NULL)
		event_free(v->readable);
	acceptor_free(v->acceptor);
	if (v->fd >= 0)
		close(v->fd);
	free(v);
}

/* --- a datagram and its address ------------------------------------------ */

static ssize_t service_recv_from(
	struct stream *s, void *data, size_t len, struct stream_addr *from)
{
	struct service *v = (struct service *)s;
	struct sockaddr_storage addr = {0};
	socklen_t addr_len = sizeof(addr);
	ssize_t n;

	n = recvfrom(v->fd, data, len, 0, (struct sockaddr *)&addr, &addr_len);
	/* Watched again once all that is there was taken. */
	if (n <= 0) {
		event_add(v->readable, NULL);
		return 0;
	}
	memset(from, 0, sizeof(*from));
	net_read_addr(&addr, from->ip, sizeof(from->ip), &from->remote_port);
	return n;
}

static void resolved_late(
	void *arg, const struct net_target *target, const struct why *why)
{
	(void)arg;
	(void)target;
	(void)why;
}

static int service_send_to(struct stream *s, const void *data, size_t len,
	const struct stream_addr *to, struct why *why)
{
	struct service *v = (struct service *)s;
	struct net_target target;
	struct resolve *req;
	int rc;

	rc = resolve_start(v->door, to->ip, to->remote_port, resolved_late, v,
		&target, &req, why);
	if (rc < 0)
		return rc;
	if (req != NULL) {
		resolve_cancel(req);
		return why_set(why, ERR_NET_PARAM, GRADE_MAN,
			"%s is a name: a UDP service sends to addresses only",
			to->ip);
	}
	if (sendto(v->fd, data, len, MSG_NOSIGNAL,
		    (const struct sockaddr *)&target.addr, target.len) < 0)
		return why_set(why, ERR_NET_WRITE, GRADE_INF, "%s: %s",
			target.where, strerror(errno));
	return 0;
}

/* --- events ----------------------------------------------------------------
 */

static void on_datagram(evutil_socket_t fd, short what, void *arg)
{
	struct service *v = arg;

	(void)fd;
	(void)what;
	v->stream.handler->readable(v->stream.arg);
}

static void on_peer(void *arg, int fd)
{
	struct service *v = arg;
	struct sockaddr_storage addr = {0};
	socklen_t len = sizeof(addr);
	struct stream *peer;

	/* It may have gone by now. */
	if (getpeername(fd, (struct sockaddr *)&addr, &len) < 0) {
		close(fd);
		return;
	}
	peer = tcp_adopt(v->door, fd, &addr, len);
	if (peer != NULL)
		v->accepted(v->stream.arg, peer);
}

static const struct stream_ops service_ops = {
	.read = service_read,
	.write = service_write,
	.pending = service_pending,
	.addr = service_addr,
	.shutdown = service_shutdown,
	.close = service_close,
	.recv_from = service_recv_from,
	.send_to = service_send_to,
};

/* Of this machine, or of all with any. */
static socklen_t local_address(const struct service *v, bool v6, uint16_t port,
	struct sockaddr_storage *addr)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port)};
	bool any = v->door->opts.any;

	memset(addr, 0, sizeof(*addr));
	if (v6) {
		in6.sin6_addr = any ? in6addr_any : in6addr_loopback;
		memcpy(addr, &in6, sizeof(in6));
		return sizeof(in6);
	}
	v4.sin_addr.s_addr = htonl(any ? INADDR_ANY : INADDR_LOOPBACK);
	memcpy(addr, &v4, sizeof(v4));
	return sizeof(v4);
}

/* A socket of this type on `port`. */
static int service_socket(
	struct service *v, int type, bool v6, uint16_t port, struct why *why)
{
	struct sockaddr_storage addr;
	socklen_t len = local_address(v, v6, port, &addr);
	int on = 1;

	v->fd = socket(addr.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (v->fd < 0)
		return why_set(why, ERR_NET_SOCKET, GRADE_MAN, "no socket: %s",
			strerror(errno));
	if (type == SOCK_STREAM)
		setsockopt(v->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (v6)
		setsockopt(v->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(v->fd, (const struct sockaddr *)&addr, len) < 0)
		return why_set(why, ERR_NET_BIND, GRADE_MAN,
			"local port %u cannot be had on this machine: %s", port,
			strerror(errno));
	if (type == SOCK_STREAM && listen(v->fd, BACKLOG) < 0)
		return why_set(why, ERR_NET_LISTEN, GRADE_MAN,
			"local port %u: %s", port, strerror(errno));
	return 0;
}

static bool watch_datagrams(struct service *v)
{
	v->readable =
		event_new(v->door->opts.base, v->fd, EV_READ, on_datagram, v);
	return v->readable != NULL && event_add(v->readable, NULL) == 0;
}

static bool watch_peers(struct service *v)
{
	struct evconnlistener *listener = evconnlistener_new(v->door->opts.base,
		NULL, NULL, LEV_OPT_CLOSE_ON_EXEC, 0, v->fd);

	if (listener != NULL)
		v->acceptor = acceptor_new(listener, on_peer, v);
	return v->acceptor != NULL;
}

struct stream *service_open(struct net_ev *door,
	const struct net_service *service, void *arg, struct why *why)
{
	bool udp = service->handler != NULL;
	struct service *v = calloc(1, sizeof(*v));

	if (v == NULL) {
		why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	v->stream.ops = &service_ops;
	v->stream.handler = service->handler;
	v->stream.arg = arg;
	v->door = door;
	v->accepted = service->accepted;
	if (service_socket(v, udp ? SOCK_DGRAM : SOCK_STREAM, service->v6,
		    service->port, why) < 0)
		goto fail;
	if (udp ? watch_datagrams(v) : watch_peers(v))
		return &v->stream;
	why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");

fail:
	service_close(&v->stream);
	return NULL;
}
