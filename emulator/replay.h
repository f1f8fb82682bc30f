#ifndef EC21_REPLAY_H
#define EC21_REPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/trace.h"

/*
 * The modem of a recording, for a live host: as long as the host sends what
 * was sent then, it is answered as it was answered then, and what came
 * unasked comes at its distance from what was sent before. Distances are
 * latencies of the clock: --fast drops them.
 *
 * A host that sends something else has departed. Strict: a line that the
 * recording has a little further on, or among what was passed over so, is
 * answered from there; for any other the host gets ERROR, and the recording
 * waits where it was. Falling back: from that byte on a model answers, which
 * was told everything before.
 */
struct replay;
struct script;

struct replay_opts {
	const struct script *script; /* lent, as all pointers here */
	const char *name;	     /* of the recording, for messages */
	struct clock *clock;
	const struct trace_sink *trace; /* may be NULL */
	bool falls_back;
	/* Bytes to the host. None of these may call the replay back. */
	void (*output)(void *arg, const void *data, size_t len);
	/* STATUS changed; running is pin low. */
	void (*status)(void *arg, bool running);
	/* The host departs, or departs again; a sentence. */
	void (*departs)(void *arg, const char *text);
	/* falls_back: bytes of the host for the model. */
	void (*model)(void *arg, const void *data, size_t len);
	void *arg;
};

/* opts is copied. NULL without memory. Calls back before returning: no. */
struct replay *replay_new(const struct replay_opts *opts);
/* Harmless on NULL. */
void replay_free(struct replay *r);

/* A host is there: what comes first counts from the first time. */
void replay_begin(struct replay *r);
/* Bytes from the host. Calls back before returning: yes. */
void replay_input(struct replay *r, const void *data, size_t len);
/* A level at a pin; false as modem_pin(). Calls back: yes. */
bool replay_pin(struct replay *r, char edge);
/* The host closed its end: a line it had begun is forgotten. */
void replay_hangup(struct replay *r);

/* STATUS as recorded; true is running. */
bool replay_running(const struct replay *r);
/* Falling back: the model answers now. */
bool replay_left(const struct replay *r);
/* How often the host departed. */
unsigned replay_departures(const struct replay *r);
/*
 * Where the recording was left, if anything of it was still to come. False:
 * it was played to its end.
 */
bool replay_rest(const struct replay *r, char *text, size_t size);

#endif
