#ifndef EC21_BASE_TEE_H
#define EC21_BASE_TEE_H

#include <sys/queue.h>

#include "base/trace.h"

/* One trace sink for any number of others, which may come and go. */
struct tee {
	struct trace_sink sink; /* what a modem is given */
	LIST_HEAD(tee_taps, tee_tap) taps;
};

/* Owned by the caller, as is the sink. */
struct tee_tap {
	const struct trace_sink *to;
	LIST_ENTRY(tee_tap) entry;
};

void tee_init(struct tee *t);
/* Not from a sink that is being told something. */
void tee_add(struct tee *t, struct tee_tap *tap, const struct trace_sink *to);
void tee_remove(struct tee_tap *tap);

#endif
