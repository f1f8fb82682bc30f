#ifndef EC21_NET_TCP_PRIV_H
#define EC21_NET_TCP_PRIV_H

#include <event2/event.h>

#include "base/buf.h"
#include "net/door.h"
#include "net/pcap.h"

/*
 * Inside of the stream over a socket: tcp_open.c begins it, tcp.c has its
 * bytes and its end.
 */

/*
 * Our share of what may wait in each direction; the kernel's comes on top.
 * TCP_RX_MAX also is the largest datagram. Reading pauses there, writing fails
 * at TCP_TX_MAX.
 */
enum { TCP_RX_MAX = 65535, TCP_TX_MAX = 65536 };

enum tcp_state {
	TCP_STATE_RESOLVING,
	TCP_STATE_CONNECTING,
	TCP_STATE_OPEN,
	TCP_STATE_ENDED, /* closed() was told, or is on its way */
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
	enum tcp_state state;
	int fd;
	bool drain_due; /* drained() is owed */
	bool shut;	/* no write any more; FIN once tx is empty */
	bool fin_sent;
	bool send_broken; /* why says how; what came in is still read */
	bool stalled;	  /* by a fault: nothing more is received */
	struct pcap_flow pcap;
};

/* tcp.c */
extern const struct stream_ops tcp_ops;
void tcp_on_readable(evutil_socket_t fd, short what, void *arg);
void tcp_on_writable(evutil_socket_t fd, short what, void *arg);
/* Hand on what waits, and drained() when it is owed. */
void tcp_flush_and_tell(struct tcp *t);
void tcp_send_fin(struct tcp *t);
/* closed(), which may close the stream. */
void tcp_tell_closed(struct tcp *t);
/* The same, but from the event loop. */
void tcp_defer_closed(struct tcp *t);
/* Keep the first cause; what follows is its echo. */
void tcp_set_error(struct tcp *t, enum err err, int error);
void tcp_set_fault(struct tcp *t, enum err err, const char *text);

#endif
