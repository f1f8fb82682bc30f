#include "net/tcp_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/sockios.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

#include "base/fault.h"

/*
 * Reading goes on when so much of TCP_RX_MAX is free: to stop and go on for
 * each piece that is taken would cost more than the reading. As much as this
 * may wait for the end of a turn before it is sent.
 */
enum { RX_AGAIN = TCP_RX_MAX / 2, TX_TURN = 16384 };

/* --- the end ----------------------------------------------------------- */

void tcp_defer_closed(struct tcp *t)
{
	t->state = TCP_STATE_ENDED;
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

void tcp_set_error(struct tcp *t, enum err err, int error)
{
	const char *text = error_text(error);

	if (t->has_why)
		return;
	if (error == ETIMEDOUT) {
		err = ERR_NET_TIMEOUT;
		if (t->state == TCP_STATE_OPEN)
			text = "the peer has acknowledged nothing for as long "
			       "as is waited for it";
	}
	why_set(&t->why, err, GRADE_MAN, "%s: %s", t->target.where, text);
	t->has_why = true;
}

/* --- data -------------------------------------------------------------- */

void tcp_send_fin(struct tcp *t)
{
	if (t->fin_sent || t->state != TCP_STATE_OPEN || buf_len(&t->tx) > 0)
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
	tcp_set_error(t, ERR_NET_CLOSED, error);
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
		tcp_send_fin(t);
}

/*
 * Every callback from libevent calls one handler at most, as its last act, so
 * that the handler may close the stream. A peer that sends no more may still
 * read: it gets what was written before its end.
 */
void tcp_tell_closed(struct tcp *t)
{
	bool open = t->state == TCP_STATE_OPEN && !t->has_why;

	event_del(t->readable);
	event_del(t->writable);
	if (open && !t->send_broken)
		flush(t);
	t->state = TCP_STATE_ENDED;
	event_del(t->deferred);
	t->drain_due = false;
	t->stream.handler->closed(t->stream.arg, t->has_why ? &t->why : NULL);
}

void tcp_flush_and_tell(struct tcp *t)
{
	flush(t);
	if (buf_len(&t->tx) > 0 || t->send_broken || !t->drain_due)
		return;
	t->drain_due = false;
	t->stream.handler->drained(t->stream.arg);
}

void tcp_on_writable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	tcp_flush_and_tell(arg);
}

/* --- faults of a connection ---------------------------------------------- */

void tcp_set_fault(struct tcp *t, enum err err, const char *text)
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
	tcp_set_fault(t, ERR_NET_CLOSED,
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
		return buf_len(&t->rx) == 0 ? TCP_RX_MAX : 0;
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
		tcp_tell_closed(t);
		return;
	}
	if (read_room(t) == 0)
		event_del(t->readable);
	if (reset) {
		reset_by_fault(t);
		event_del(t->readable);
		event_del(t->writable);
		tcp_defer_closed(t);
	}
	if (len > 0)
		t->stream.handler->readable(t->stream.arg);
}

void tcp_on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct tcp *t = arg;
	uint8_t data[TCP_RX_MAX];
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
		tcp_set_error(t, ERR_NET_CLOSED, errno);
	tcp_tell_closed(t);
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
	if (t->state == TCP_STATE_OPEN && !t->stalled &&
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

	if (t->send_broken || (t->state == TCP_STATE_ENDED && t->has_why))
		return why_set(
			why, ERR_NET_WRITE, GRADE_INF, "%s", t->why.text);
	if (t->state != TCP_STATE_OPEN || t->shut)
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
	 * has its answer by then. A full kernel waits for tcp_on_writable().
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

static size_t tcp_unacked(struct stream *s)
{
	const struct tcp *t = (const struct tcp *)s;
	int queued = 0;

	/* Of a datagram nobody hears whether it has arrived. */
	if (t->proto == NET_TCP && t->fd >= 0)
		(void)ioctl(t->fd, SIOCOUTQ, &queued);
	return buf_len(&t->tx) + (size_t)queued;
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
	if (t->state == TCP_STATE_OPEN)
		flush(t);
}

static void tcp_close(struct stream *s)
{
	struct tcp *t = (struct tcp *)s;

	if (t->state == TCP_STATE_OPEN)
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

const struct stream_ops tcp_ops = {
	.read = tcp_read,
	.write = tcp_write,
	.pending = tcp_pending,
	.unacked = tcp_unacked,
	.addr = tcp_addr,
	.shutdown = tcp_shutdown,
	.close = tcp_close,
};
