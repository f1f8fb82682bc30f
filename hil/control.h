#ifndef EC21_HIL_CONTROL_H
#define EC21_HIL_CONTROL_H

#include <stddef.h>

struct event_base;

/* The control socket of an ec21emu, for DO lines; ec21emu(8). */
struct control;

struct control_events {
	/* The answer to control_do(); error NULL: done. */
	void (*answer)(void *arg, const char *error);
	/* The far side is gone. control_free() is fine in both. */
	void (*closed)(void *arg);
	void *arg;
};

/* NULL with a sentence in `why`. Calls back before returning: no. */
struct control *control_open(struct event_base *base, const char *path,
	const struct control_events *events, char *why, size_t why_size);
/* One at a time. Calls back before returning: no. */
void control_do(struct control *c, const char *action);
/* Harmless on NULL. */
void control_free(struct control *c);

#endif
