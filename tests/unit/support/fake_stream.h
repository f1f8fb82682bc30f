#ifndef EC21_TESTS_FAKE_STREAM_H
#define EC21_TESTS_FAKE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "net/net.h"
#include "net/stream.h"

/*
 * A stream whose network is the test. Calls made by the code under test are
 * recorded; what the network does (connect, bytes, an end) is said with the
 * functions below, which call the handlers at once, as an event loop would.
 *
 * stream_close() by the code under test only marks it closed, so that the
 * test can look at it afterwards; any use after that aborts the test.
 */
struct fake_stream {
	struct stream stream;
	struct buf sent;     /* written by the code under test, not taken yet */
	struct buf incoming; /* given by the test, not read yet */
	size_t pending;	     /* of `sent`, what the network has not got yet */
	size_t room;	     /* most `pending` may reach; a write past fails */
	struct stream_addr addr;
	bool connected, ended, shut, closed;

	/* Of a local port: its peers, its datagrams. */
	void (*accepted)(void *arg, struct stream *peer);
	struct stream_addr from, to;

	/* How it was opened, when by a fake_net. */
	enum net_proto proto;
	char host[256];
	uint16_t port, local_port;
	struct fake_stream *next;
};

/* Not connected; room for 64 KiB. Freed with fake_stream_free(). */
struct fake_stream *fake_stream_new(void);
/* Harmless on NULL. Must be closed by its user before, or never used. */
void fake_stream_free(struct fake_stream *fs);

/*
 * The network's side. Each may call handlers before returning: yes. The
 * stream may be closed by the handler; then nothing more is called.
 */
void fake_stream_connect(struct fake_stream *fs);
/* len bytes arrive. One readable() for all of them. */
void fake_stream_give(struct fake_stream *fs, const void *data, size_t len);
/* One datagram for a UDP service; the one before must have been read. */
void fake_stream_give_from(struct fake_stream *fs, const char *ip,
	uint16_t port, const void *data, size_t len);
/* All that was written has left: drained(). */
void fake_stream_drain(struct fake_stream *fs);
/* closed(): NULL is an orderly end by the peer. */
void fake_stream_end(struct fake_stream *fs, const struct why *why);
/* As fake_stream_end() with a reason of this text. */
void fake_stream_fail(struct fake_stream *fs, enum err err, const char *text);

/*
 * Take up to `len` bytes of what was written, oldest first. Returns how
 * many were copied.
 */
size_t fake_stream_take(struct fake_stream *fs, void *data, size_t len);

/*
 * A door to no network: net_open() hands out fake streams, which the door
 * keeps and frees, last one first.
 */
struct fake_net {
	struct net net;
	struct fake_stream *streams; /* newest first */
	unsigned int opened;
	bool refuse;		  /* net_open() returns NULL: no resources */
	struct net_limits limits; /* as last given by net_limit() */
	unsigned int resets;	  /* net_reset() */
};

void fake_net_init(struct fake_net *fn);
/* A peer of a listener arrives; it is connected. */
void fake_net_peer(struct fake_net *fn, struct fake_stream *listener);
/* Frees the streams that were closed. */
void fake_net_forget(struct fake_net *fn);
/* Frees the streams. Aborts the test when one was not closed. */
void fake_net_free(struct fake_net *fn);

#endif
