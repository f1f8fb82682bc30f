#ifndef EC21_HIL_BRIDGE_H
#define EC21_HIL_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The words by which wiofw [wiofw(1)] becomes a bridge between its console and
 * the modem, and a console again. Of any board, virtual or of rigs.conf.
 */
struct bridge;
struct clock;

struct bridge_opts {
	struct clock *clock;
	/*
	 * First out of a bridge that may be there: of an earlier run, or ours.
	 * Where there is none that is an odd line.
	 */
	bool leave;
	/* Then, or at once: the modem on, and a bridge. */
	bool enter;
	/* A line for the console. */
	void (*say)(void *arg, const char *text);
	/* All of it worked, or error says why not; called once. */
	void (*done)(void *arg, const char *error);
	void *arg;
};

/*
 * Opts are copied, the clock must outlive it. NULL without memory. Calls back
 * before returning: yes (say).
 */
struct bridge *bridge_new(const struct bridge_opts *opts);
/*
 * What the console said. Calls back before returning: yes (say, done);
 * bridge_free() is fine from done.
 */
void bridge_bytes(struct bridge *, const void *data, size_t len);
/* Harmless on NULL. */
void bridge_free(struct bridge *);

#endif
