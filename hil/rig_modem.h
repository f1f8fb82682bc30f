#ifndef EC21_HIL_RIG_MODEM_H
#define EC21_HIL_RIG_MODEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "hil/fresh.h"
#include "hil/rig.h"

struct bridge;
struct broker;
struct control;
struct emulator;
struct far_evidence;
struct firmware;
struct recorder;
struct wire;

/* What rig_modem.c and its parts share. */

/* How long children may take to get ready. */
#define RIG_START_MS 20000

enum rig_stage {
	RIG_STAGE_NEW,
	RIG_STAGE_BROKER, /* waiting for its ready lines */
	RIG_STAGE_MODEM,  /* waiting for ec21emu's */
	RIG_STAGE_UP,
	RIG_STAGE_STOPPING,
	RIG_STAGE_STOPPED,
};

/* A DO line that waits for a child. */
enum rig_doing {
	RIG_DOING_NOTHING,
	RIG_DOING_END,	 /* for the emulator to end */
	RIG_DOING_KILL,	 /* the same, however it does */
	RIG_DOING_START, /* for it to be ready */
	RIG_DOING_BROKER_END,
	RIG_DOING_BROKER_START,
	RIG_DOING_RESET, /* for the firmware to begin anew */
	RIG_DOING_ASK,	 /* for the answer of its control socket */
	RIG_DOING_TIME,	 /* for time to pass */
};

struct rig_modem {
	struct rig rig;
	const struct rig_opts *opts;
	const struct scenario *scenario;
	const struct vars *vars;
	const char *tmp;
	struct rig_events events;
	struct timer timer;
	enum rig_stage stage;
	bool bridged;	 /* rig_bridges() */
	unsigned ending; /* which child was asked last to end */
	enum rig_doing doing;
	struct broker *broker;
	struct emulator *emulator;
	struct control *control;
	struct timer action; /* how long one lasts */
	uint64_t action_ms;
	struct firmware *firmware;
	struct bridge *bridge; /* while the firmware becomes one */
	struct wire *wire;
	struct fresh fresh;
	struct recorder *tap; /* of a modem that is there, or behind a bridge */
	struct far_evidence *far;
};

/* Is there firmware between the scenario and the modem? */
static inline bool rig_modem_has_firmware(const struct rig_modem *r)
{
	return r->opts->kind != RIG_MODEM;
}

/* Is it a modem that was there before us, as its broker was? */
static inline bool rig_modem_is_far(const struct rig_modem *r)
{
	return r->opts->modem != NULL || r->opts->kind == RIG_BOARD;
}

/* ---- rig_modem.c ---- */

/* It cannot go on. */
void rig_modem_lost(struct rig_modem *, const char *reason);
bool rig_modem_open_wire(struct rig_modem *, char *why, size_t why_size);
/*
 * Where the scenario's AT goes, once: the wire, or the bridge's console. Up it
 * is when that is, or when the modem said OK to AT&F.
 */
bool rig_modem_open_port(struct rig_modem *, char *why, size_t why_size);
/* What the modem said, there. */
void rig_modem_hear(void *arg, const void *data, size_t len);
/* All that the scenario needs is there. */
void rig_modem_be_up(struct rig_modem *);
/* All gone, or never started: the end of rig_stop(). */
void rig_modem_check_stopped(struct rig_modem *);
/* Broker and modem are there: next is the firmware, or the wire. */
void rig_modem_come_up(struct rig_modem *);

/* ---- rig_modem_children.c ---- */

/* It cannot go on, by the end of `child`, whose last words are why. */
void rig_modem_lost_child(
	struct rig_modem *, const char *child, const char *how);
/* If the scenario wants one; the emulator, or come_up(), comes behind it. */
void rig_modem_start_broker(struct rig_modem *);
void rig_modem_start_emulator(struct rig_modem *);
/* Of a modem that is there the broker is elsewhere. False: that is told. */
bool rig_modem_follow_broker(struct rig_modem *);

/* ---- rig_modem_firmware.c ---- */

/* False: why tells. Its `started` ends it. */
bool rig_modem_start_firmware(struct rig_modem *, char *why, size_t why_size);

/* ---- rig_modem_act.c ---- */

/* A DO line; `acted` of its events ends it. */
void rig_modem_act(struct rig *, const char *action);
/* The timer `action` ran out. */
void rig_modem_action_over(void *arg);
/* The action is over. error NULL: it worked. */
void rig_modem_acted(struct rig_modem *, const char *error);

#endif
