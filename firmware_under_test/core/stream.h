#ifndef WIOFW_STREAM_H
#define WIOFW_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"

#define STREAM_TIMEOUT (-2)
#define STREAM_CUT     (-3)

/* An open connection, whoever does the TLS. None of these keeps buf. */
struct stream {
	void *ctx;
	/* All of it: 0, or -1 with r. */
	int (*send)(
		void *ctx, const uint8_t *buf, size_t len, struct reason *r);
	/* Bytes received (≥ 1), 0 when the peer closed, STREAM_CUT with r when
	 * it did so without TLS's close_notify, so that more may have been cut
	 * off (RFC 5246 §7.2.1; with TLS in the modem nobody knows),
	 * STREAM_TIMEOUT with r when none came in time (it may be called
	 * again), -1 with r. */
	int (*recv)(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
		struct reason *r);
};

#endif
