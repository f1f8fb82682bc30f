#ifndef EC21_SVC_SOCK_PRIV_H
#define EC21_SVC_SOCK_PRIV_H

#include "base/buf.h"
#include "base/clock.h"
#include "svc/sock.h"

/* Inside of the socket table: sock.c has its life, sock_data.c its
 * bytes, sock_dgram.c those of UDP, sock_serve.c its local ports. */

/*
 * What a socket has to tell at the next turn of the clock. Ends are told from
 * there and not where they are noticed, because the streams of failed sockets
 * are released with them, and a stream may not be closed from inside one of
 * its own handlers.
 */
enum sock_due {
	SOCK_DUE_NONE,
	SOCK_DUE_OPENED,     /* the open failed */
	SOCK_DUE_SERVING,    /* a local port is open */
	SOCK_DUE_CLOSED,     /* the context under it went away */
	SOCK_DUE_CLOSE_DONE, /* a local close is complete */
	SOCK_DUE_PUMP,	     /* more data to push */
};

struct sock {
	struct sock_table *table;
	int id;
	enum sock_state state;
	struct stream *stream;
	struct buf rx;
	struct timer window; /* limit of an open or of a local close */
	struct timer turn;
	struct timer refusal;
	enum sock_due due;
	struct why *why; /* of the end that is still to be told, or NULL */
	const char *timeout_what;
	uint64_t timeout_ms;
	uint16_t port;	       /* remote, as asked for */
	bool told;	       /* a "recv" is out and not all was read yet */
	bool was_up;	       /* the open succeeded once */
	bool ended;	       /* the stream has come to its end */
	bool broken;	       /* and `why` says of what */
	bool closing;	       /* by sock_close() */
	struct sock_info info; /* all but state, unread */

	/* UDP: rx holds datagrams, each behind a struct sock_dgram. */
	bool dgram, service;
	size_t limit;		 /* of rx; past it the network waits */
	size_t left;		 /* of the datagram that is being read */
	size_t unread;		 /* bytes of all datagrams in rx */
	struct stream_addr from; /* of the datagram read last */
};

enum { SOCK_DGRAM_MAX = 65535 }; /* no UDP datagram is longer */

struct sock_dgram {
	size_t len;
	struct stream_addr from;
};

struct sock_table {
	struct clock *clock;
	struct sock_events events;
	void *arg;
	size_t buffer;		 /* of receive buffer for a new socket */
	uint64_t sent, received; /* totals of all sockets */
	bool join;		 /* datagrams, when they are read */
	bool accept;		 /* what a listener does with a peer */
	enum sock_hold hold;
	int pushed; /* the id that pushed last */
	struct fault_set *faults;
	struct buf stage;
	struct sock socks[SOCK_IDS];

	/* What the host typed in transparent mode and is not sent yet. */
	struct buf packet;
	struct timer packet_wait;
	int packet_id;
};

static inline void sock_count_sent(struct sock *s, size_t len)
{
	s->info.sent += len;
	s->table->sent += len;
}

static inline void sock_count_received(struct sock *s, size_t len)
{
	s->info.received += len;
	s->table->received += len;
}

struct sock *sock_at(struct sock_table *t, int id);
void sock_due(struct sock *s, enum sock_due due);

/* sock_data.c */
bool sock_data_init(struct sock_table *t);
void sock_data_reset(struct sock_table *t);
void sock_data_free(struct sock_table *t);
/* Forget what waits to be sent to this id. */
void sock_data_drop(struct sock *s);
/* The peer has ended, and all that came before was handed on. */
void sock_tell_closed(struct sock *s);
/* Deal with what the stream has got, and with its end behind that. */
void sock_pump(struct sock *s);
/* Nobody will read it, but the peer's FIN is behind it. */
void sock_discard(struct sock *s);

/* What happens to a stream, told to the arg of sock_handler_arg(). */
extern const struct stream_handler sock_stream_handler;
void sock_fail_open(struct sock *s, const struct why *why);
/* No more comes of it: `closed` is told with this reason. */
void sock_fall(struct sock *s, const struct why *why);
/* Until it is told: most sockets never need one. */
void sock_keep_why(struct sock *s, const struct why *why);
/* What was kept, for the one who tells it; the socket may be cleared then. */
struct why sock_take_why(struct sock *s);
/* Take a free id into SOCK_OPENING. */
struct sock *sock_take_id(struct sock_table *t, const struct sock_open *open);

/* sock_dgram.c */
/* Datagrams that have arrived, into rx. False without memory. */
bool sock_dgram_fill(struct sock *s);
/* Up to len bytes of the oldest datagram. */
size_t sock_dgram_take(struct sock *s, void *data, size_t len);

#endif
