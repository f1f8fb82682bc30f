#ifndef EC21_HIL_RIG_H
#define EC21_HIL_RIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/trace.h"
#include "hil/scenario.h"
#include "hil/vars.h"

struct board;
struct clock;
struct loop;

enum rig_kind {
	RIG_MODEM,   /* no firmware, the scenario speaks AT */
	RIG_HOST,    /* firmware as a process */
	RIG_VIRTUAL, /* firmware for the board, on a virtual one */
	RIG_BOARD,   /* what is on a board of rigs.conf, and its own modem */
};

/* Where the programs are, and what the user asked for. */
struct rig_opts {
	struct loop *loop;
	enum rig_kind kind;
	const char *emulator; /* path of ec21emu */
	const char *broker;   /* path of ec21broker */
	const char *modem;    /* URL of a modem that is there; NULL: ec21emu */
	const char *evidence; /* beside modem: its broker's; NULL: unknown */
	/*
	 * On a board: ADDR:PORT of this machine that the modem's network
	 * reaches, for the scenario's broker. NULL: it is elsewhere, or none.
	 */
	const char *broker_https, *broker_mqtts;
	bool fresh; /* beside modem: AT&F before each scenario */
	/*
	 * Beside fresh: did it end what it does when it was switched on? Kept
	 * by the run. NULL: it is new in each scenario.
	 */
	bool *settled;
	const char *profile; /* in place of the scenario's; NULL: that one */
	/*
	 * Words of the firmware's command, for the rig `host`: {modem} {pins}
	 * {console} {state} are filled in. For `virtual`, what is in the
	 * board's flash. NULL: ours, by the name that the scenario gives.
	 */
	const char *firmware, *image;
	/* Of `virtual`: in place of the built-in one; "none". NULL: that. */
	const char *expect_boot;
	struct board *board; /* of `virtual` and RIG_BOARD: this run's own */
	bool in_process;     /* the modem is built in here, no ec21emu */
	bool split;	     /* in process: bytes go over one by one */
};

/* What happens in a rig. rig_free() is not fine from any of these. */
struct rig_events {
	void (*ready)(void *arg);
	void (*bytes)(void *arg, enum lane lane, const void *data, size_t len);
	void (*text)(void *arg, enum lane lane, const char *text);
	/*
	 * A record of a byte lane that the emulator wrote for itself: where
	 * firmware speaks AT, this is how we hear it. NULL: not asked for.
	 */
	void (*record)(void *arg, const struct transcript_record *record);
	/* An action ended; error NULL: it worked. */
	void (*acted)(void *arg, const char *error);
	/* It cannot start or go on. */
	void (*lost)(void *arg, const char *reason);
	/* rig_stop() is through: everything has ended and is reaped. */
	void (*stopped)(void *arg);
	void *arg;
};

/*
 * The world of one run: a modem, perhaps firmware beside it, perhaps a
 * broker. rig_modem.c has them as processes, rig_memory.c the modem in here.
 */
struct rig {
	const struct rig_ops *ops;
	struct clock *clock; /* deadlines of the run count on this one */
};

struct rig_ops {
	void (*start)(struct rig *);
	void (*send)(
		struct rig *, enum lane lane, const void *data, size_t len);
	bool (*observes)(const struct rig *, enum lane lane);
	void (*act)(struct rig *, const char *action);
	void (*stop)(struct rig *);
	bool (*free)(struct rig *);
};

/*
 * tmp: a folder of this run's own. vars: for the header's parameters; the rig
 * does not change them. Both must outlive it, as must opts and scenario.
 * NULL without memory.
 */
struct rig *rig_modem_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events);
struct rig *rig_memory_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events);
/*
 * Why this rig cannot run this scenario at all, which is no failure: skip it.
 * NULL: it can.
 */
const char *rig_memory_lacks(const struct scenario *scenario);
const char *rig_modem_lacks(
	const struct rig_opts *opts, const struct scenario *scenario);

/* Does it want a console, and so firmware? */
bool rig_speaks_console(const struct scenario *scenario);
/*
 * Does it speak AT through the firmware of a board of the rig virtual, made a
 * bridge? On a board of rigs.conf rig_board_turn() does that.
 */
bool rig_bridges(const struct rig_opts *opts, const struct scenario *scenario);

/* Find and read a profile, as the emulator does. False with a sentence. */
struct profile;
bool rig_profile(
	struct profile *profile, const char *name, char *why, size_t why_size);

/*
 * Is the modem there: programs that can be run, the profile that was asked
 * for? False with a sentence.
 */
bool rig_has_modem(const struct rig_opts *opts, bool with_broker, char *why,
	size_t why_size);

/*
 * Is the firmware of this scenario there, and what it runs in? False with a
 * sentence; always true on RIG_MODEM.
 */
bool rig_has_firmware(const struct rig_opts *opts,
	const struct scenario *scenario, char *why, size_t why_size);
/* The line that a virtual board's console must show. NULL: none must. */
const char *rig_expect_boot(const struct rig_opts *opts);

/* Calls back before returning: yes (lost). */
static inline void rig_start(struct rig *r)
{
	r->ops->start(r);
}

static inline void rig_send(
	struct rig *r, enum lane lane, const void *data, size_t len)
{
	r->ops->send(r, lane, data, len);
}

static inline bool rig_observes(const struct rig *r, enum lane lane)
{
	return r->ops->observes(r, lane);
}

/* A DO line; ends with the event acted. Calls back before returning: yes. */
static inline void rig_act(struct rig *r, const char *action)
{
	r->ops->act(r, action);
}

/* Ends the children gently. Calls back before returning: no. */
static inline void rig_stop(struct rig *r)
{
	r->ops->stop(r);
}

/*
 * Kills what still runs. False: not all that it recorded of the modem could be
 * written, which was said. Harmless on NULL.
 */
static inline bool rig_free(struct rig *r)
{
	return r == NULL || r->ops->free(r);
}

#endif
