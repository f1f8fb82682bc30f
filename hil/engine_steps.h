#ifndef EC21_HIL_ENGINE_STEPS_H
#define EC21_HIL_ENGINE_STEPS_H

#include "base/buf.h"
#include "hil/engine.h"
#include "hil/failure.h"
#include "hil/match.h"

/* What engine.c, the run, and engine_steps.c, a step, share. */

/* What is waited for without a limit of its own, once one did not come. */
#define ENGINE_DEPARTED_MS 500
#define ENGINE_INBOX_MAX   ((size_t)1 << 20)

struct engine {
	const struct scenario *scenario;
	struct vars *vars;
	struct clock *clk;
	struct engine_link link;
	struct timer deadline;
	size_t at; /* the step we are in */
	bool begun;
	bool running;
	bool observing, loose, departed;
	struct pattern *pattern;
	struct buf at_in, con_in;
	struct texts why, brk;
	enum verdict verdict;
	struct buf report;
	unsigned unobserved;
};

/* ---- engine.c ---- */

/* The verdict; observing, a failure lets the run go on. */
void engine_finish(struct engine *, enum verdict verdict);

/* ---- engine_steps.c ---- */

/* True: the step is done. Else it waits, or there is a verdict. */
bool engine_take_step(struct engine *, const struct step *step);
/* Its bytes matched: out of the inbox. False: there is a verdict. */
bool engine_take_match(
	struct engine *, const struct step *step, const struct match *m);
/* What came is not what the step says: that is the verdict. */
void engine_differs(struct engine *, const struct step *step,
	const struct match *m, const char *what);
/* Whether bytes came on the lane of `step` that no step took and no note is. */
bool engine_is_left(struct engine *, const struct step *step);
/* What came on a lane of bytes and no step has taken. */
struct buf *engine_inbox(struct engine *, enum lane lane);
/* The same of a lane of texts; NULL: it is none. */
struct texts *engine_texts(struct engine *, enum lane lane);

#endif
