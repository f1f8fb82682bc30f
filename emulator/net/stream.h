#ifndef EC21_NET_STREAM_H
#define EC21_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * A connection as services see it: TCP, UDP, or TLS over another stream.
 * Pull model: what is not read stays with the stream, which stops reading
 * from the network when its buffer is full, so a slow reader never grows
 * memory.
 */
struct stream;

struct stream_handler {
	/* The connection (and TLS handshake) is complete. Once. */
	void (*connected)(void *arg);
	/* New bytes can be read with stream_read(). */
	void (*readable)(void *arg);
	/* All written bytes were handed to the network. */
	void (*drained)(void *arg);
	/*
	 * The end, once: why is NULL when the peer closed in order, else the
	 * reason. Unread bytes stay readable until stream_close().
	 */
	void (*closed)(void *arg, const struct why *why);
};

/* Where a stream is connected; numeric text. */
struct stream_addr {
	char ip[46];
	uint16_t remote_port;
	uint16_t local_port;
};

struct stream_ops {
	ssize_t (*read)(struct stream *s, void *data, size_t len);
	int (*write)(struct stream *s, const void *data, size_t len,
		struct why *why);
	size_t (*pending)(struct stream *s);
	size_t (*unacked)(struct stream *s); /* NULL: as pending */
	void (*addr)(struct stream *s, struct stream_addr *addr);
	void (*shutdown)(struct stream *s);
	void (*close)(struct stream *s);
	/* Of a UDP service alone. */
	ssize_t (*recv_from)(struct stream *s, void *data, size_t len,
		struct stream_addr *from);
	int (*send_to)(struct stream *s, const void *data, size_t len,
		const struct stream_addr *to, struct why *why);
};

/* Base of every implementation, first member of its struct. */
struct stream {
	const struct stream_ops *ops;
	const struct stream_handler *handler;
	void *arg;
};

/*
 * Handlers are never called from inside these functions, only from the event
 * loop. After stream_close() no handler is called and the pointer is dead.
 */

/* Up to len bytes that have arrived; 0 when there is none now. */
static inline ssize_t stream_read(struct stream *s, void *data, size_t len)
{
	return s->ops->read(s, data, len);
}

/*
 * Queue all bytes or none. Fails with ERR_NET_WRITE when the send buffer has
 * no room (the modem's SEND FAIL) or the stream is not connected.
 */
static inline int stream_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	return s->ops->write(s, data, len, why);
}

/*
 * Of a UDP service: one datagram, cut at len, and where it came from (ip and
 * remote_port); 0 when there is none now.
 */
static inline ssize_t stream_recv_from(
	struct stream *s, void *data, size_t len, struct stream_addr *from)
{
	return s->ops->recv_from(s, data, len, from);
}

/*
 * Of a UDP service: one datagram to ip and remote_port. ERR_NET_WRITE,
 * ERR_NET_PARAM for a name, ERR_NET_CONNECT by policy.
 */
static inline int stream_send_to(struct stream *s, const void *data, size_t len,
	const struct stream_addr *to, struct why *why)
{
	return s->ops->send_to(s, data, len, to, why);
}

/* Bytes written but not yet handed to the network. */
static inline size_t stream_pending(struct stream *s)
{
	return s->ops->pending(s);
}

/* Bytes written that the peer has not acknowledged yet. */
static inline size_t stream_unacked(struct stream *s)
{
	return s->ops->unacked != NULL ? s->ops->unacked(s)
				       : s->ops->pending(s);
}

static inline void stream_addr(struct stream *s, struct stream_addr *addr)
{
	s->ops->addr(s, addr);
}

/* Send what is queued, then FIN (TLS: close_notify first). */
static inline void stream_shutdown(struct stream *s)
{
	s->ops->shutdown(s);
}

/* Drop the connection and release it; queued bytes are lost. */
static inline void stream_close(struct stream *s)
{
	s->ops->close(s);
}

#endif
