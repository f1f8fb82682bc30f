#ifndef WIOFW_STREAM_H
#define WIOFW_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include "reason.h"

#define STREAM_TIMEOUT (-2)

/* An open connection, whoever does the TLS. None of these keeps buf. */
struct stream {
	void *ctx;
	/* All of it: 0, or -1 with r. */
	int (*send)(
		void *ctx, const uint8_t *buf, size_t len, struct reason *r);
	/* Bytes received (≥ 1), 0 when the peer closed, STREAM_TIMEOUT with
	 * r when none came in time (it may be called again), -1 with r. */
	int (*recv)(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
		struct reason *r);
};

#endif
