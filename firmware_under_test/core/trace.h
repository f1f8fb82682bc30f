#ifndef WIOFW_TRACE_H
#define WIOFW_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of one record at most, as the emulator's writer breaks them. */
#define TRACE_RUN_MAX 200
/* `   0.402 AT>  ` and the worst escape of such a run. */
#define TRACE_LINE_MAX (32 + 4 * TRACE_RUN_MAX)

/*
 * The modem's serial line as AT> and AT< records of ec21-transcript(5).
 * Secrets this firmware itself sends do not show: the private key and the
 * access point's password are masked.
 */
struct trace {
	void (*line)(void *arg, const char *text);
	void *arg;
};

/* Both call line before returning: yes. */
void trace_write_bytes(const struct trace *t, uint32_t ms, bool to_modem,
	const uint8_t *buf, size_t len);
void trace_write_key(
	const struct trace *t, uint32_t ms, size_t len, unsigned qsum);

#endif
