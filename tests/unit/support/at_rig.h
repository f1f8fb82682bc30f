#ifndef EC21_TESTS_AT_RIG_H
#define EC21_TESTS_AT_RIG_H

#include "base/buf.h"
#include "base/profile.h"
#include "cmd/ctx.h"
#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_sslctx.h"
#include "tests/unit/support/fake_stream.h"

/*
 * The AT engine with the PDP, TCP and SSL families on the fake clock and the
 * fake network: bytes in, bytes out. Registered, context 1 active, no echo,
 * URCs on this port, no latencies. Tests change r->profile at will.
 */
struct at_rig {
	struct fake_clock fc;
	struct fake_net net;
	struct profile profile;
	struct capture capture;
	struct cmd_ctx ctx;
	struct buf out;
};

void at_rig_init(struct at_rig *r);
/* Aborts the test when a timer or a stream was left. */
void at_rig_free(struct at_rig *r);

/* Send bytes and let everything run that is due now. */
void at_rig_send(struct at_rig *r, const char *text);
void at_rig_send_bytes(struct at_rig *r, const void *data, size_t len);
/* What the modem has printed since the last call; good until the next. */
const char *at_rig_take(struct at_rig *r);
/* Send a line (a CR is added) and return what was printed. */
const char *at_rig_ask(struct at_rig *r, const char *line);
/* WHY records since the last call, and NULL-safe for strstr(). */
const char *at_rig_why(struct at_rig *r);

#endif
