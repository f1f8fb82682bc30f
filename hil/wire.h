#ifndef EC21_HIL_WIRE_H
#define EC21_HIL_WIRE_H

#include <stddef.h>

struct event_base;

/*
 * The way to a modem or a console: `tty:PATH` (115200 8N1, raw, one wire's
 * at a time: flock), `tcp:HOST:PORT`, or `exec:COMMAND`, whose standard input
 * and output are it.
 */
struct wire;

struct wire_events {
	void (*bytes)(void *arg, const void *data, size_t len);
	/* The far side is gone. wire_free() is fine here. */
	void (*closed)(void *arg, const char *why);
	void *arg;
};

/* NULL with a sentence in `why`. Calls back before returning: no. */
struct wire *wire_open(struct event_base *base, const char *url,
	const struct wire_events *events, char *why, size_t why_size);
/* Copied; sent when the far side takes it. */
void wire_write(struct wire *, const void *data, size_t len);
/* Harmless on NULL. */
void wire_free(struct wire *);

#endif
