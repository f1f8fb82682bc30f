#ifndef EC21_TESTS_SSL_RIG_H
#define EC21_TESTS_SSL_RIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/profile.h"
#include "svc/rtc.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/s_server.h"
#include "tests/unit/support/ssl_files.h"

/*
 * SSL contexts over the real door, in front of `openssl s_server`, over
 * loopback sockets. The modem's clock stands at 2020-01-01. What goes wrong
 * fails the test.
 */
struct ssl_rig {
	struct event_base *base;
	struct fake_clock fc;
	struct profile profile;
	struct net *net;
	struct filestore *files;
	struct rtc rtc;
	struct sslctx *ssl;
	struct s_server peer;

	struct stream *stream; /* of the last open */
	char data[256];	       /* what came on it, with a NUL behind */
	size_t len;
	bool connected, drained, closed, has_why;
	struct why why;
	char suite[80], version[16], alpn[40];
};

/* With the files of `made` in its store. */
void ssl_rig_init(struct ssl_rig *r, const struct ssl_files *made);
void ssl_rig_free(struct ssl_rig *r);
/* The peer, to be ended with s_server_stop(&r->peer), and the way there. */
void ssl_rig_start(struct ssl_rig *r, const struct s_server_opts *opts);
/* Context 2 at this level, with RAM:ca.pem, RAM:cert.pem and RAM:key.pem. */
struct sslctx_conf *ssl_rig_values(struct ssl_rig *r, int seclevel);
/* Drop what is open, open anew on context 2. */
void ssl_rig_begin(struct ssl_rig *r);
/* And wait: true when it is connected. */
bool ssl_rig_open(struct ssl_rig *r);
void ssl_rig_drop(struct ssl_rig *r);
/* Run until done says so, or until it has taken too long. */
void ssl_rig_wait(struct ssl_rig *r, bool (*done)(struct ssl_rig *r));
/* Wait for a line of the peer. */
void ssl_rig_wait_line(struct ssl_rig *r);
/* It was closed with this error, and part is in the reason. */
void ssl_rig_expect(struct ssl_rig *r, enum err err, const char *part);

#endif
