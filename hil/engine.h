#ifndef EC21_HIL_ENGINE_H
#define EC21_HIL_ENGINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "hil/scenario.h"
#include "hil/vars.h"

/*
 * Runs one scenario once. It knows no descriptor and no loop: bytes and texts
 * come in by calls, deadlines by the clock, so that the same engine runs on
 * a tty in real time and in process on a hand-advanced clock.
 *
 * Steps are taken in order. Each lane has a cursor of its own: what arrives
 * on one lane waits while the engine waits for another.
 */
struct engine;

/* The world of a run. May call back before returning: yes, all but done. */
struct engine_link {
	/* Bytes to the modem or the console; buffered as long as need be. */
	void (*send)(void *arg, enum lane lane, const void *data, size_t len);
	/* Can this lane be seen here? A real modem gives no reasons. */
	bool (*observes)(void *arg, enum lane lane);
	/* Start an action; engine_acted() ends it. */
	void (*act)(void *arg, const char *action);
	/* The verdict is there. The engine may not be freed from here. */
	void (*done)(void *arg);
	void *arg;
};

enum verdict {
	VERDICT_NONE, /* still running */
	VERDICT_PASS,
	VERDICT_FAIL,  /* the modem did otherwise */
	VERDICT_ERROR, /* the scenario or the rig is at fault */
};

/*
 * scenario, vars and clk must outlive the engine; captures go to `vars`.
 * link is copied. NULL without memory.
 */
struct engine *engine_new(const struct scenario *scenario, struct vars *vars,
	struct clock *clk, const struct engine_link *link);
/* Harmless on NULL. */
void engine_free(struct engine *);
/*
 * On: where the modem does otherwise the report says so, but the run goes on
 * with the next line that acts, and passes.
 */
void engine_observe(struct engine *, bool on);
/* Calls the link before returning: yes, as all of these do. */
void engine_start(struct engine *);
void engine_bytes(
	struct engine *, enum lane lane, const void *data, size_t len);
/* A WHY or BRK record. */
void engine_text(struct engine *, enum lane lane, const char *text);
/* The action is over. error NULL: it worked. */
void engine_acted(struct engine *, const char *error);
/* The modem is gone, or the rig cannot go on. */
void engine_lost(struct engine *, const char *reason);

enum verdict engine_verdict(const struct engine *);
/* What went wrong, line by line; "" when nothing did. Lent. */
const char *engine_report(struct engine *);
/* Expectations that this rig cannot see, and so did not judge. */
unsigned engine_unobserved(const struct engine *);

#endif
