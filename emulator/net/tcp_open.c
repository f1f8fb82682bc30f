#include "net/tcp_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/fault.h"

/* --- connecting --------------------------------------------------------- */

static void now_open(struct tcp *t)
{
	t->state = TCP_STATE_OPEN;
	if (t->proto == NET_TCP)
		net_set_limits(t->fd, &t->door->limits);
	if (t->proto == NET_TCP || t->proto == NET_UDP)
		pcap_begin(&t->pcap, t->door->opts.pcap, t->fd,
			t->proto == NET_UDP, false);
	if (t->fd >= 0)
		event_add(t->readable, NULL);
	if (t->shut)
		tcp_send_fin(t);
	t->stream.handler->connected(t->stream.arg);
}

static void on_connect(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *t = arg;
	int error = 0;
	socklen_t len = sizeof(error);

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		error = errno;
	event_del(t->writable);
	event_assign(t->writable, t->door->opts.base, fd, EV_WRITE | EV_PERSIST,
		tcp_on_writable, t);
	if (error != 0) {
		tcp_set_error(t, ERR_NET_CONNECT, error);
		tcp_tell_closed(t);
		return;
	}
	now_open(t);
}

/* Everything that could not be told from inside a call. */
static void on_deferred(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *t = arg;

	(void)fd;
	(void)what;
	if (t->state == TCP_STATE_ENDED) {
		tcp_tell_closed(t);
	} else if (t->state == TCP_STATE_CONNECTING) {
		now_open(t);
	} else {
		tcp_flush_and_tell(t);
	}
}

static int make_socket(struct tcp *t)
{
	struct event_base *base = t->door->opts.base;

	t->fd = net_socket(
		t->proto, t->target.addr.ss_family, t->local_port, &t->why);
	if (t->fd < 0)
		return t->fd;
	event_assign(t->readable, base, t->fd, EV_READ | EV_PERSIST,
		tcp_on_readable, t);
	event_assign(
		t->writable, base, t->fd, EV_WRITE | EV_PERSIST, on_connect, t);
	return 0;
}

static void start_connect(struct tcp *t)
{
	const struct sockaddr *sa = (const struct sockaddr *)&t->target.addr;

	t->state = TCP_STATE_CONNECTING;
	if (t->proto == NET_TCP &&
		fault_fires(t->door->opts.faults, FAULT_TCP_REFUSE)) {
		tcp_set_fault(t, ERR_NET_CONNECT,
			"fault tcp.refuse: the connection was refused here");
		tcp_defer_closed(t);
		return;
	}
	if (t->proto == NET_LOOKUP) {
		if (t->target.names.n > 0)
			(void)buf_add(&t->rx, &t->target.names,
				sizeof(t->target.names));
		event_active(t->deferred, EV_TIMEOUT, 0);
		return;
	}
	if (make_socket(t) < 0) {
		why_prefix(&t->why, "%s", t->target.where);
		t->has_why = true;
		tcp_defer_closed(t);
		return;
	}
	if (connect(t->fd, sa, t->target.len) == 0) {
		event_assign(t->writable, t->door->opts.base, t->fd,
			EV_WRITE | EV_PERSIST, tcp_on_writable, t);
		event_active(t->deferred, EV_TIMEOUT, 0);
	} else if (errno == EINPROGRESS) {
		event_add(t->writable, NULL);
	} else {
		tcp_set_error(t, ERR_NET_CONNECT, errno);
		tcp_defer_closed(t);
	}
}

static void on_resolved(
	void *arg, const struct net_target *target, const struct why *why)
{
	struct tcp *t = arg;

	t->resolve = NULL;
	if (target != NULL) {
		t->target = *target;
		start_connect(t);
		return;
	}
	t->why = *why;
	t->has_why = true;
	tcp_tell_closed(t);
}

/* --- making one ----------------------------------------------------------- */

/* A stream that is nowhere yet; NULL without memory. */
static struct tcp *tcp_new(struct net_ev *door, enum net_proto proto)
{
	struct event_base *base = door->opts.base;
	struct tcp *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->stream.ops = &tcp_ops;
	t->door = door;
	t->proto = proto;
	t->fd = -1;
	buf_init(&t->rx, TCP_RX_MAX);
	buf_init(&t->tx, TCP_TX_MAX);
	t->readable = event_new(base, -1, 0, tcp_on_readable, t);
	t->writable = event_new(base, -1, 0, on_connect, t);
	t->deferred = event_new(base, -1, 0, on_deferred, t);
	if (t->readable != NULL && t->writable != NULL && t->deferred != NULL)
		return t;
	stream_close(&t->stream);
	return NULL;
}

struct stream *tcp_open(struct net_ev *door, enum net_proto proto,
	const char *host, uint16_t port, uint16_t local_port,
	const struct stream_handler *handler, void *arg, struct why *why)
{
	struct tcp *t = tcp_new(door, proto);
	int rc;

	if (t == NULL) {
		why_set(why, ERR_NET_MEMORY, GRADE_ASM,
			"no memory for a connection");
		return NULL;
	}
	t->stream.handler = handler;
	t->stream.arg = arg;
	t->local_port = local_port;
	snprintf(t->target.where, sizeof(t->target.where), "%s:%u", host, port);
	rc = resolve_start(door, host, port, on_resolved, t, &t->target,
		&t->resolve, &t->why);
	if (rc < 0) {
		t->has_why = true;
		tcp_defer_closed(t);
	} else if (t->resolve == NULL) {
		start_connect(t);
	}
	return &t->stream;
}

struct stream *tcp_adopt(struct net_ev *door, int fd,
	const struct sockaddr_storage *addr, socklen_t len)
{
	struct event_base *base = door->opts.base;
	struct tcp *t = tcp_new(door, NET_TCP);
	int on = 1;

	if (t == NULL) {
		close(fd);
		return NULL;
	}
	t->fd = fd;
	t->state = TCP_STATE_OPEN;
	t->target.addr = *addr;
	t->target.len = len;
	net_format_addr((const struct sockaddr *)addr, len, t->target.where,
		sizeof(t->target.where));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	net_set_limits(fd, &door->limits);
	event_assign(t->readable, base, fd, EV_READ | EV_PERSIST,
		tcp_on_readable, t);
	event_assign(t->writable, base, fd, EV_WRITE | EV_PERSIST,
		tcp_on_writable, t);
	event_add(t->readable, NULL);
	pcap_begin(&t->pcap, door->opts.pcap, fd, false, true);
	return &t->stream;
}
