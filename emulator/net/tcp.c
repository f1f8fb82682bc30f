#include "net/door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/buf.h"
#include "base/fault.h"
#include "net/pcap.h"

/*
 * Our share of what may wait in each direction; the kernel's comes on top.
 * RX_MAX also is the largest datagram. Reading pauses at RX_MAX, writing
 * fails at TX_MAX.
 */
enum { RX_MAX = 65535, TX_MAX = 65536 };
/*
 * Reading goes on when so much of RX_MAX is free: to stop and go on for each
 * piece that is taken would cost more than the reading. As much as this may
 * wait for the end of a turn before it is sent.
 */
enum { RX_AGAIN = RX_MAX / 2, TX_TURN = 16384 };

enum state {
	STATE_RESOLVING,
	STATE_CONNECTING,
	STATE_OPEN,
	STATE_ENDED, /* closed() was told, or is on its way */
};

struct tcp {
	struct stream stream;
	struct net_ev *door;
	struct resolve *resolve;
	struct event *readable;
	struct event *writable;
	struct event *deferred;
	struct net_target target;
	struct buf rx, tx;
	struct why why; /* of the end to tell */
	bool has_why;
	enum net_proto proto;
	uint16_t local_port; /* 0: any */
	enum state state;
	int fd;
	bool drain_due; /* drained() is owed */
	bool shut;	/* no write any more; FIN once tx is empty */
	bool fin_sent;
	bool send_broken; /* why says how; what came in is still read */
	bool stalled;	  /* by a fault: nothing more is received */
	struct pcap_flow pcap;
};

/* --- the end ----------------------------------------------------------- */

/*
 * Every callback from libevent calls one handler at most, as its last act, so
 * that the handler may close the stream.
 */
static void tell_closed(struct tcp *t)
{
	t->state = STATE_ENDED;
	event_del(t->readable);
	event_del(t->writable);
	t->stream.handler->closed(t->stream.arg, t->has_why ? &t->why : NULL);
}

/* As tell_closed(), but from the event loop. */
static void defer_closed(struct tcp *t)
{
	t->state = STATE_ENDED;
	event_active(t->deferred, EV_TIMEOUT, 0);
}

static const char *error_text(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return "connection refused: nothing listens there";
	case ENETUNREACH:
		return "network unreachable: there is no route to it";
	case EHOSTUNREACH:
		return "host unreachable";
	case ETIMEDOUT:
		return "no answer in time";
	case ECONNRESET:
		return "the peer reset the connection";
	case EPIPE:
		return "the peer closed the connection while bytes were on "
		       "their way to it";
	default:
		return strerror(error);
	}
}

/* Keep the first cause; what follows is its echo. */
static void set_error(struct tcp *t, enum err err, int error)
{
	if (t->has_why)
		return;
	if (error == ETIMEDOUT)
		err = ERR_NET_TIMEOUT;
	why_set(&t->why, err, GRADE_MAN, "%s: %s", t->target.where,
		error_text(error));
	t->has_why = true;
}

/* --- data -------------------------------------------------------------- */

static void send_fin(struct tcp *t)
{
	if (t->fin_sent || t->state != STATE_OPEN || buf_len(&t->tx) > 0)
		return;
	t->fin_sent = true;
	pcap_end(&t->pcap, true, false);
	if (t->proto == NET_TCP)
		shutdown(t->fd, SHUT_WR);
}

/*
 * The peer is gone for what we send, but what it sent before may still wait
 * to be read (an alert that says why it left): only reading tells the end.
 */
static void break_send(struct tcp *t, int error)
{
	set_error(t, ERR_NET_CLOSED, error);
	t->send_broken = true;
	buf_reset(&t->tx);
	event_del(t->writable);
}

/* Hand queued bytes to the kernel. */
static void flush(struct tcp *t)
{
	while (buf_len(&t->tx) > 0) {
		ssize_t n = send(
			t->fd, buf_data(&t->tx), buf_len(&t->tx), MSG_NOSIGNAL);

		if (n >= 0) {
			pcap_data(&t->pcap, true, buf_data(&t->tx), (size_t)n);
			buf_consume(&t->tx, (size_t)n);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			event_add(t->writable, NULL);
			return;
		} else if (errno != EINTR) {
			break_send(t, errno);
			return;
		}
	}
	event_del(t->writable);
	if (t->shut)
		send_fin(t);
}

static void flush_and_tell(struct tcp *t)
{
	flush(t);
	if (buf_len(&t->tx) > 0 || t->send_broken || !t->drain_due)
		return;
	t->drain_due = false;
	t->stream.handler->drained(t->stream.arg);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush_and_tell(arg);
}

/* --- faults of a connection ---------------------------------------------- */

static void set_fault(struct tcp *t, enum err err, const char *text)
{
	why_set(&t->why, err, GRADE_MAN, "%s: %s", t->target.where, text);
	t->has_why = true;
}

/* The peer is to see a reset, too. */
static void reset_by_fault(struct tcp *t)
{
	const struct linger linger = {1, 0};

	setsockopt(t->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	pcap_end(&t->pcap, true, true);
	set_fault(t, ERR_NET_CLOSED,
		"fault tcp.reset: the connection was cut here");
}

/*
 * What of `len` received bytes the faults let pass; *reset: the connection
 * ends behind them.
 */
static size_t pass_faults(struct tcp *t, size_t len, bool *reset)
{
	struct fault_set *faults = t->door->opts.faults;
	size_t before;

	*reset = false;
	if (t->proto != NET_TCP)
		return len;
	if (fault_bytes(faults, FAULT_TCP_STALL, len, &before)) {
		t->stalled = true;
		event_del(t->readable);
		len = before;
	}
	if (fault_bytes(faults, FAULT_TCP_RESET, len, &before)) {
		*reset = true;
		len = before;
	}
	return len;
}

/*
 * A datagram is taken when the one before has been read: each readable() then
 * stands for one, and stream_read() never joins two.
 */
static size_t read_room(const struct tcp *t)
{
	if (t->proto != NET_TCP)
		return buf_len(&t->rx) == 0 ? RX_MAX : 0;
	return buf_space(&t->rx);
}

/* Bytes came. Calls one handler at most, as its last act. */
static void take(struct tcp *t, const uint8_t *data, size_t len)
{
	bool reset;

	pcap_data(&t->pcap, false, data, len);
	len = pass_faults(t, len, &reset);
	if (!buf_add(&t->rx, data, len)) {
		why_set(&t->why, ERR_NET_MEMORY, GRADE_ASM,
			"%s: no memory for received bytes", t->target.where);
		t->has_why = true;
		tell_closed(t);
		return;
	}
	if (read_room(t) == 0)
		event_del(t->readable);
	if (reset) {
		reset_by_fault(t);
		event_del(t->readable);
		event_del(t->writable);
		defer_closed(t);
	}
	if (len > 0)
		t->stream.handler->readable(t->stream.arg);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *t = arg;
	uint8_t data[RX_MAX];
	size_t room = read_room(t);
	ssize_t n;

	(void)what;
	/* Reading into no room would look like the end. */
	if (room == 0) {
		event_del(t->readable);
		return;
	}
	n = recv(fd, data, room, 0);
	if (n > 0 || (n == 0 && t->proto != NET_TCP)) {
		size_t skip = t->proto == NET_PING
				      ? net_icmp_skip(data, (size_t)n)
				      : 0;

		take(t, data + skip, (size_t)n - skip);
		return;
	}
	if (n < 0 &&
		(errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	/* An ICMP answer; the modem's UDP knows no connection. */
	if (n < 0 && t->proto != NET_TCP)
		return;
	pcap_end(&t->pcap, false, n < 0);
	if (n < 0)
		set_error(t, ERR_NET_CLOSED, errno);
	tell_closed(t);
}

/* --- the start --------------------------------------------------------- */

static void now_open(struct tcp *t)
{
	t->state = STATE_OPEN;
	if (t->proto == NET_TCP || t->proto == NET_UDP)
		pcap_begin(&t->pcap, t->door->opts.pcap, t->fd,
			t->proto == NET_UDP, false);
	if (t->fd >= 0)
		event_add(t->readable, NULL);
	if (t->shut)
		send_fin(t);
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
		on_writable, t);
	if (error != 0) {
		set_error(t, ERR_NET_CONNECT, error);
		tell_closed(t);
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
	if (t->state == STATE_ENDED) {
		tell_closed(t);
	} else if (t->state == STATE_CONNECTING) {
		now_open(t);
	} else {
		flush_and_tell(t);
	}
}

static int make_socket(struct tcp *t)
{
	struct event_base *base = t->door->opts.base;

	t->fd = net_socket(
		t->proto, t->target.addr.ss_family, t->local_port, &t->why);
	if (t->fd < 0)
		return t->fd;
	event_assign(
		t->readable, base, t->fd, EV_READ | EV_PERSIST, on_readable, t);
	event_assign(
		t->writable, base, t->fd, EV_WRITE | EV_PERSIST, on_connect, t);
	return 0;
}

static void start_connect(struct tcp *t)
{
	const struct sockaddr *sa = (const struct sockaddr *)&t->target.addr;

	t->state = STATE_CONNECTING;
	if (t->proto == NET_TCP &&
		fault_fires(t->door->opts.faults, FAULT_TCP_REFUSE)) {
		set_fault(t, ERR_NET_CONNECT,
			"fault tcp.refuse: the connection was refused here");
		defer_closed(t);
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
		defer_closed(t);
		return;
	}
	if (connect(t->fd, sa, t->target.len) == 0) {
		event_assign(t->writable, t->door->opts.base, t->fd,
			EV_WRITE | EV_PERSIST, on_writable, t);
		event_active(t->deferred, EV_TIMEOUT, 0);
	} else if (errno == EINPROGRESS) {
		event_add(t->writable, NULL);
	} else {
		set_error(t, ERR_NET_CONNECT, errno);
		defer_closed(t);
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
	tell_closed(t);
}

/* --- the stream -------------------------------------------------------- */

static ssize_t tcp_read(struct stream *s, void *data, size_t len)
{
	struct tcp *t = (struct tcp *)s;

	if (len > buf_len(&t->rx))
		len = buf_len(&t->rx);
	if (len == 0)
		return 0;
	memcpy(data, buf_data(&t->rx), len);
	buf_consume(&t->rx, len);
	if (t->state == STATE_OPEN && !t->stalled &&
		read_room(t) >= (t->proto == NET_TCP ? RX_AGAIN : 1))
		event_add(t->readable, NULL);
	return (ssize_t)len;
}

static int send_datagram(
	struct tcp *t, const void *data, size_t len, struct why *why)
{
	ssize_t n;

	do
		n = send(t->fd, data, len, MSG_NOSIGNAL);
	while (n < 0 && (errno == EINTR || errno == ECONNREFUSED));
	if (n < 0)
		return why_set(why, ERR_NET_WRITE, GRADE_INF, "%s: %s",
			t->target.where, error_text(errno));
	pcap_data(&t->pcap, true, data, len);
	return 0;
}

/* Behind what waits, which goes first when there is no room. */
static bool queue(struct tcp *t, const void *data, size_t len)
{
	if (buf_space(&t->tx) < len)
		flush(t);
	return buf_add(&t->tx, data, len);
}

static int tcp_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	struct tcp *t = (struct tcp *)s;
	int rc = 0;

	if (t->send_broken || (t->state == STATE_ENDED && t->has_why))
		return why_set(
			why, ERR_NET_WRITE, GRADE_INF, "%s", t->why.text);
	if (t->state != STATE_OPEN || t->shut)
		return why_set(why, ERR_NET_WRITE, GRADE_INF,
			"%s is not connected", t->target.where);
	if (t->proto != NET_TCP)
		rc = send_datagram(t, data, len, why);
	else if (!queue(t, data, len))
		rc = why_set(why, ERR_NET_WRITE, GRADE_INF,
			"%s takes no more: %zu bytes wait to be sent",
			t->target.where, buf_len(&t->tx));
	if (rc < 0)
		return rc;
	t->drain_due = true;
	/*
	 * At the end of the turn, with what else is written in it: the host
	 * has its answer by then. A full kernel waits for on_writable().
	 */
	if (buf_len(&t->tx) > TX_TURN)
		flush(t);
	if (!event_pending(t->writable, EV_WRITE, NULL))
		event_active(t->deferred, EV_TIMEOUT, 0);
	return 0;
}

static size_t tcp_pending(struct stream *s)
{
	const struct tcp *t = (const struct tcp *)s;

	return buf_len(&t->tx);
}

static void tcp_addr(struct stream *s, struct stream_addr *addr)
{
	const struct tcp *t = (const struct tcp *)s;
	struct sockaddr_storage local = {0};
	socklen_t len = sizeof(local);
	char ip[sizeof(addr->ip)];

	memset(addr, 0, sizeof(*addr));
	net_read_addr(&t->target.addr, addr->ip, sizeof(addr->ip),
		&addr->remote_port);
	if (t->fd >= 0 &&
		getsockname(t->fd, (struct sockaddr *)&local, &len) == 0)
		net_read_addr(&local, ip, sizeof(ip), &addr->local_port);
}

static void tcp_shutdown(struct stream *s)
{
	struct tcp *t = (struct tcp *)s;

	t->shut = true;
	if (t->state == STATE_OPEN)
		flush(t);
}

static void tcp_close(struct stream *s)
{
	struct tcp *t = (struct tcp *)s;

	if (t->state == STATE_OPEN)
		flush(t);
	pcap_end(&t->pcap, true, false);
	if (t->resolve != NULL)
		resolve_cancel(t->resolve);
	if (t->readable != NULL)
		event_free(t->readable);
	if (t->writable != NULL)
		event_free(t->writable);
	if (t->deferred != NULL)
		event_free(t->deferred);
	if (t->fd >= 0)
		close(t->fd);
	buf_free(&t->rx);
	buf_free(&t->tx);
	free(t);
}

static const struct stream_ops tcp_ops = {
	.read = tcp_read,
	.write = tcp_write,
	.pending = tcp_pending,
	.addr = tcp_addr,
	.shutdown = tcp_shutdown,
	.close = tcp_close,
};

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
	buf_init(&t->rx, RX_MAX);
	buf_init(&t->tx, TX_MAX);
	t->readable = event_new(base, -1, 0, on_readable, t);
	t->writable = event_new(base, -1, 0, on_connect, t);
	t->deferred = event_new(base, -1, 0, on_deferred, t);
	if (t->readable != NULL && t->writable != NULL && t->deferred != NULL)
		return t;
	tcp_close(&t->stream);
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
		defer_closed(t);
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
	t->state = STATE_OPEN;
	t->target.addr = *addr;
	t->target.len = len;
	net_format_addr((const struct sockaddr *)addr, len, t->target.where,
		sizeof(t->target.where));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	event_assign(
		t->readable, base, fd, EV_READ | EV_PERSIST, on_readable, t);
	event_assign(
		t->writable, base, fd, EV_WRITE | EV_PERSIST, on_writable, t);
	event_add(t->readable, NULL);
	pcap_begin(&t->pcap, door->opts.pcap, fd, false, true);
	return &t->stream;
}
