#ifndef EC21_SVC_SOCK_H
#define EC21_SVC_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "net/stream.h"

/*
 * The connections of one family: twelve ids with the state machine of
 * [TCP §1], a receive buffer each, and the rule for "recv" URCs. TCP sockets
 * (cmd/tcp.c) and SSL connections (cmd/ssl.c) are two tables of this.
 */
enum {
	SOCK_IDS = 12,
	SOCK_SEND_MAX = 1460, /* bytes of one send, man [TCP §6] */
	SOCK_PUSH_MAX = 1500, /* bytes of one push, kin [TCP §8] */
};

enum sock_state {
	SOCK_INITIAL = 0,
	SOCK_OPENING = 1,
	SOCK_CONNECTED = 2,
	SOCK_LISTENING = 3,
	SOCK_CLOSING = 4, /* peer closed, or the open failed */
};

/* Access modes [TCP §1]. */
enum sock_mode {
	SOCK_MODE_BUFFER = 0,
	SOCK_MODE_PUSH = 1,
	SOCK_MODE_TRANSPARENT = 2,
};

struct sock_info {
	enum sock_state state;
	char service[16];	 /* "TCP", "UDP", "SSLClient" */
	struct stream_addr addr; /* ip "" until a name's is known */
	int pdp;		 /* context id */
	int mode;		 /* of enum sock_mode */
	int ssl;		 /* SSL context, -1 for plain sockets */
	int server;		 /* listener of an incoming one, or itself */
	uint64_t sent, received, read; /* totals */
	size_t unread;		       /* bytes in the buffer */
};

/*
 * What happens to a socket. Never called from inside the functions below,
 * only from the clock or the network; may themselves call any of them. All but
 * unsent(), which comes from inside, too, and may call none; NULL: not told.
 */
struct sock_events {
	/* End of an open: why NULL is success. */
	void (*opened)(void *arg, int id, const struct why *why);
	/* Data came while the buffer was empty (mode 0). */
	void (*received)(void *arg, int id);
	/*
	 * Modes 1 and 2: data to push; lent for the call. May call
	 * sock_table_hold(): the next chunk waits then, and the peer with it.
	 */
	void (*pushed)(void *arg, int id, const void *data, size_t len);
	/* Peer closed, or the connection broke (why then). Once. */
	void (*closed)(void *arg, int id, const struct why *why);
	/* sock_close() has finished. */
	void (*close_done)(void *arg, int id);
	/* A listener took a peer under a new id; id -1: none was free. */
	void (*incoming)(void *arg, int id, int listener);
	/*
	 * Bytes of sock_feed() that were kept for a peer that took no more are
	 * dropped: the connection is gone, or another has begun to feed.
	 */
	void (*unsent)(void *arg, int id, size_t len);
};

struct sock_table;
struct clock;
struct fault_set;

/*
 * buffer: bytes of receive buffer for each id; past it the stream is not
 * read, so the peer waits. events is copied. NULL without memory.
 */
struct sock_table *sock_table_new(struct clock *clock, size_t buffer,
	const struct sock_events *events, void *arg);
void sock_table_free(struct sock_table *t);
/* Armed faults (tcp.full), borrowed; NULL, as at first: none. */
void sock_table_faults(struct sock_table *t, struct fault_set *faults);
/* Drop everything: the modem was reset. Only bytes not sent are noted. */
void sock_table_reset(struct sock_table *t);
/* The PDP context is gone: its sockets fall with `closed`. */
void sock_table_pdp_down(struct sock_table *t, int pdp, const struct why *why);
/*
 * QIDEACT of plain sockets: the ids are free, and the host is told nothing
 * (inf). Bytes not sent are noted.
 */
void sock_table_pdp_close(struct sock_table *t, int pdp);

/* Receive buffer of sockets opened from now on, in bytes. */
void sock_table_set_buffer(struct sock_table *t, size_t bytes);
/* What there is no room for at present, so that its peers wait. */
enum sock_hold {
	SOCK_HOLD_NONE,
	SOCK_HOLD_URCS, /* what comes as URCs: mode 1 */
	SOCK_HOLD_ALL,	/* the line is full: modes 1 and 2 */
};
/* What waits and may go comes from the next turn of the clock. */
void sock_table_hold(struct sock_table *t, enum sock_hold hold);
/* Listeners take peers (the default), or turn them away. */
void sock_table_set_accept(struct sock_table *t, bool accept);

/* Reading joins datagrams of one sender, instead of one for each read. */
void sock_table_join_datagrams(struct sock_table *t, bool join);

/* Bytes of payload that all its sockets have carried; add to both. */
void sock_table_totals(
	const struct sock_table *t, uint64_t *sent, uint64_t *received);

/* True while the id is not SOCK_INITIAL. */
bool sock_used(struct sock_table *t, int id);

struct sock_open {
	int id, pdp, mode, ssl; /* as in struct sock_info */
	const char *service;
	const char *host;	  /* of a client; dotted: shown at once */
	bool v6;		  /* the kind of a local port */
	uint16_t port;		  /* remote, shown before a connection is up */
	uint16_t local_port;	  /* of a client; 0: any */
	uint64_t timeout_ms;	  /* window for connect and handshake */
	const char *timeout_what; /* for the reason */
};

/* Handler a stream for this id must be opened with; arg is returned. */
const struct stream_handler *sock_handler(void);
void *sock_handler_arg(struct sock_table *t, int id);

struct net;

/* When TCP gives a peer up [TCP §10.4]. */
struct sock_patience {
	/* That many, each after twice as long, at most longest_ms. */
	unsigned int retransmissions, longest_ms;
	/* Questions to a silent peer: from when on, how often, how many. */
	bool keepalive;
	unsigned int idle_s, interval_s, count;
};
/*
 * For connections that come up from here on. With keepalive the system's own
 * limit stands for that of retransmissions, as it has one clock for both.
 */
void sock_be_patient(struct net *net, const struct sock_patience *patience);

/*
 * Take an id, which must be free, into SOCK_OPENING over TCP or UDP. The end
 * is told by opened(), a refusal for want of resources too.
 */
void sock_connect(struct sock_table *t, const struct sock_open *open,
	struct net *net, bool udp);

/*
 * Take an id, which must be free, and open a local port under it: a listener,
 * or a UDP service. open->port is the local port, 0 for any free one; ip, the
 * modem's own address, is what sock_get() shows. The end is told by opened():
 * ERR_NET_BIND and the like.
 */
void sock_serve(struct sock_table *t, const struct sock_open *open,
	struct net *net, bool udp, const char *ip);

/*
 * Take an id into SOCK_OPENING with its stream (owned from here on). With a
 * NULL stream the open has failed already: `why` is told by opened() from the
 * next turn of the clock.
 */
void sock_attach(struct sock_table *t, const struct sock_open *open,
	struct stream *stream, const struct why *why);

/*
 * An open was asked for an id in use: opened() tells ERR_NET_ID_USED at the
 * next turn of the clock, and the connection there goes on.
 */
void sock_refuse(struct sock_table *t, int id);

/* 0 when the id is connected, else ERR_NET_CLOSED. */
int sock_check(struct sock_table *t, int id, struct why *why);
/*
 * Send what was staged: a command collects its data here while the host
 * types it. Bytes past SOCK_SEND_MAX are dropped, kin [TCP §6].
 */
void sock_stage_reset(struct sock_table *t);
void sock_stage_add(struct sock_table *t, const void *data, size_t len);
size_t sock_stage_len(const struct sock_table *t);
/* What was staged are hexadecimal digits of the data: ERR_NET_PARAM if not. */
int sock_stage_unhex(struct sock_table *t, struct why *why);
/*
 * ERR_NET_CLOSED, ERR_NET_WRITE (buffer full). All bytes or none; what
 * sock_feed() still keeps goes first.
 */
int sock_send(struct sock_table *t, int id, struct why *why);
/* The same to one address; ERR_NET_NOT_ALLOWED when it is no UDP service. */
int sock_send_to(struct sock_table *t, int id, const struct stream_addr *to,
	struct why *why);
/*
 * Where the datagram came from that sock_recv() returned last, or that
 * pushed() has; NULL when the id is no UDP service.
 */
const struct stream_addr *sock_from(struct sock_table *t, int id);
/*
 * Another access mode from now on, man [TCP §8]. What waits unread is told or
 * pushed from the next turn of the clock. ERR_NET_CLOSED.
 */
int sock_set_mode(struct sock_table *t, int id, int mode, struct why *why);

/* How bytes typed in transparent mode are cut into packets [TCP §9]. */
struct sock_packet {
	size_t size;	  /* sent when as many are in; 1..SOCK_SEND_MAX */
	uint64_t wait_ms; /* or so long after the last one; a window */
};

/*
 * Bytes that the host typed in transparent mode. Returns how many were lost
 * because the peer takes no more: the line has no flow control.
 */
size_t sock_feed(struct sock_table *t, int id, const struct sock_packet *packet,
	const void *data, size_t len);

/*
 * Up to len bytes; 0 when empty. UDP: of one datagram, the rest of which comes
 * next, unless they are joined. ERR_NET_CLOSED when there is no such id, or
 * its open has not succeeded. What came before the peer closed stays readable
 * until sock_close(), inf [TCP §1].
 */
ssize_t sock_recv(
	struct sock_table *t, int id, void *data, size_t len, struct why *why);
/*
 * A connected id falls: closed() tells `why` from the next turn of the clock,
 * and the id stays taken until sock_close().
 */
void sock_drop(struct sock_table *t, int id, const struct why *why);
/*
 * Close and free the id; close_done() is told later, within timeout_ms, 0 at
 * the next turn. An unused id is told too: QICLOSE answers OK for it.
 */
void sock_close(struct sock_table *t, int id, uint64_t timeout_ms);

/* State of an id; false (and SOCK_INITIAL) when it is free. */
bool sock_get(struct sock_table *t, int id, struct sock_info *info);
/* Of what it has sent, the bytes that the peer has not acknowledged. */
size_t sock_unacked(struct sock_table *t, int id);

#endif
