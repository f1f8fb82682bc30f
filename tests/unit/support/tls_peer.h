#ifndef EC21_TESTS_TLS_PEER_H
#define EC21_TESTS_TLS_PEER_H

#include <stdbool.h>

#include "base/clock.h"
#include "net/stream.h"

/*
 * A TLS server on a clock, without a socket: it wants a certificate of the
 * client, sends back what it gets, and says goodbye to "bye". Each flight
 * takes 10 ms, so that something can happen between two of them.
 */
struct tls_peer;

/*
 * What it and its clients prove themselves with: RSA of 1024 bits and no
 * Diffie-Hellman, since it is played thousands of times. Made once for the
 * process, at the first call; static text.
 */
struct tls_peer_files {
	const char *ca, *cert, *key;
};
const struct tls_peer_files *tls_peer_files(void);

/* Free behind the last use of its stream; harmless on NULL. */
struct tls_peer *tls_peer_new(struct clock *clk);
void tls_peer_free(struct tls_peer *peer);
/* The stream for a client that opens it: handler and arg are the client's. */
struct stream *tls_peer_stream(
	struct tls_peer *peer, const struct stream_handler *handler, void *arg);
/* The handshake was ended, client certificate included. */
bool tls_peer_up(const struct tls_peer *peer);
/* And neither side has closed. */
bool tls_peer_open(const struct tls_peer *peer);

#endif
