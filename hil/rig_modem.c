#include "hil/rig_modem.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/recorder.h"
#include "hil/actions.h"
#include "hil/board.h"
#include "hil/bridge.h"
#include "hil/broker.h"
#include "hil/control.h"
#include "hil/emulator.h"
#include "hil/far_evidence.h"
#include "hil/firmware.h"
#include "hil/rig_conf.h"
#include "hil/wire.h"
#include "io/loop.h"

/* How long children may take to end: it counts as a failure of theirs. */
#define STOP_MS 15000
/* Longer than a broker lingers: ec21broker(8). */
#define FAR_MS 3000

static void on_timer(void *arg);

void rig_modem_lost(struct rig_modem *r, const char *reason)
{
	if (r->stage < RIG_STAGE_STOPPING)
		r->events.lost(r->events.arg, reason);
}

/* ---- the wire ---- */

/*
 * The emulator records itself. Of another modem we do; and behind a bridge, as
 * what the firmware said before it was one is no scenario's.
 */
static bool open_tap(struct rig_modem *r, char *why, size_t size)
{
	const struct recorder_opts o = {
		.device = r->bridged ? "ec21emu behind a bridge"
				     : r->opts->modem};
	char path[4096];
	struct why reason;

	if ((r->opts->modem == NULL && !r->bridged) || r->tap != NULL)
		return true;
	snprintf(path, sizeof(path), "%s/modem-1.at", r->tmp);
	r->tap = recorder_open(path, r->rig.clock, &o, &reason);
	if (r->tap == NULL)
		snprintf(why, size, "%s", reason.text);
	return r->tap != NULL;
}

static void tap_bytes(
	struct rig_modem *r, enum lane lane, const void *data, size_t len)
{
	if (r->tap != NULL)
		trace_bytes(recorder_sink(r->tap), lane, data, len);
}

void rig_modem_hear(void *arg, const void *data, size_t len)
{
	struct rig_modem *r = arg;

	if (r->fresh.waits) {
		fresh_take(&r->fresh, data, len);
		return;
	}
	tap_bytes(r, LANE_AT_RX, data, len);
	r->events.bytes(r->events.arg, LANE_AT_RX, data, len);
}

static void on_wire_closed(void *arg, const char *why)
{
	struct rig_modem *r = arg;

	wire_free(r->wire);
	r->wire = NULL;
	/* A child that ends hangs up first; its end says more than that. */
	if (r->doing == RIG_DOING_NOTHING && r->opts->modem != NULL)
		rig_modem_lost(r, why);
}

bool rig_modem_open_wire(struct rig_modem *r, char *why, size_t size)
{
	struct wire_events events = {rig_modem_hear, on_wire_closed, r};
	char url[4096];

	if (!open_tap(r, why, size))
		return false;
	if (r->opts->modem != NULL)
		snprintf(url, sizeof(url), "%s", r->opts->modem);
	else
		snprintf(url, sizeof(url), "tty:%s/modem", r->tmp);
	r->wire = wire_open(loop_base(r->opts->loop), url, &events, why, size);
	return r->wire != NULL;
}

/*
 * One after the other, so that no end is an event for what still records:
 * the broker's would be a lost connection. False: all have ended.
 */
static bool end_next(struct rig_modem *r)
{
	unsigned next = firmware_runs(r->firmware)   ? 1
			: emulator_runs(r->emulator) ? 2
			: broker_runs(r->broker)     ? 3
						     : 0;

	if (next > r->ending) {
		r->ending = next;
		if (next == 1)
			firmware_signal(r->firmware, SIGTERM);
		else if (next == 2)
			emulator_signal(r->emulator, SIGTERM);
		else
			broker_signal(r->broker, SIGTERM);
	}
	return next > 0;
}

/* All gone, or never started: the end of rig_stop(). */
void rig_modem_check_stopped(struct rig_modem *r)
{
	if (r->stage != RIG_STAGE_STOPPING || end_next(r))
		return;
	r->stage = RIG_STAGE_STOPPED;
	timer_del(r->rig.clock, &r->timer);
	r->events.stopped(r->events.arg);
}

/* All that the scenario needs is there. */
void rig_modem_be_up(struct rig_modem *r)
{
	timer_del(r->rig.clock, &r->timer);
	if (r->doing == RIG_DOING_START) {
		rig_modem_acted(r, NULL);
		return;
	}
	r->stage = RIG_STAGE_UP;
	r->events.ready(r->events.arg);
}

static void to_modem(struct rig_modem *r, const void *data, size_t len)
{
	if (r->wire != NULL)
		wire_write(r->wire, data, len);
	else if (r->firmware != NULL)
		firmware_write(r->firmware, data, len);
}

static void on_fresh_say(void *arg, const char *text)
{
	to_modem(arg, text, strlen(text));
}

static void on_fresh_done(void *arg)
{
	struct rig_modem *r = arg;

	if (r->opts->settled != NULL)
		*r->opts->settled = true;
	rig_modem_be_up(r);
}

/* A modem that had others before, its firmware say, gets a word in front. */
static void begin_fresh(struct rig_modem *r)
{
	const struct fresh_opts o = {.clock = r->rig.clock,
		.settle = r->opts->settled == NULL || !*r->opts->settled,
		.say = on_fresh_say,
		.done = on_fresh_done,
		.arg = r};

	timer_set(r->rig.clock, &r->timer, TIMER_WINDOW,
		RIG_START_MS + (o.settle ? FRESH_SETTLE_MS : 0));
	fresh_begin(&r->fresh, &o);
}

bool rig_modem_open_port(struct rig_modem *r, char *why, size_t size)
{
	if (r->wire != NULL)
		return true;
	if (!(r->bridged ? open_tap(r, why, size)
			 : rig_modem_open_wire(r, why, size)))
		return false;
	if (r->opts->fresh || r->bridged)
		begin_fresh(r);
	return true;
}

void rig_modem_come_up(struct rig_modem *r)
{
	char why[500];

	if (rig_modem_has_firmware(r)
			? !rig_modem_start_firmware(r, why, sizeof(why))
			: !rig_modem_open_port(r, why, sizeof(why))) {
		timer_del(r->rig.clock, &r->timer);
		rig_modem_lost(r, why);
		return;
	}
	if (r->fresh.waits)
		return;
	/* A board has a patience of its own. */
	timer_del(r->rig.clock, &r->timer);
	if (!rig_modem_has_firmware(r) || firmware_is_up(r->firmware))
		rig_modem_be_up(r);
}

/* ---- the life of a rig ---- */

static void on_timer(void *arg)
{
	struct rig_modem *r = arg;

	if (r->stage == RIG_STAGE_STOPPING) {
		emulator_signal(r->emulator, SIGKILL);
		broker_signal(r->broker, SIGKILL);
		firmware_signal(r->firmware, SIGKILL);
		rig_modem_check_stopped(r);
		return;
	}
	if (r->fresh.waits) {
		rig_modem_lost(r,
			"the modem does not answer AT&F: is it in data mode, "
			"or is nobody there?");
		return;
	}
	rig_modem_lost(
		r, r->stage == RIG_STAGE_BROKER ||
				   r->doing == RIG_DOING_BROKER_START ||
				   r->doing == RIG_DOING_BROKER_END
			   ? "ec21broker was not ready, or did not end, in time"
			   : "ec21emu was not ready, or did not end, in time");
}

/* Does a board's broker run here, where its modem finds it? */
static bool has_own_broker(const struct rig_opts *opts)
{
	return opts->broker_https != NULL || opts->broker_mqtts != NULL;
}

static void modem_start(struct rig *rig)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	timer_set(rig->clock, &r->timer, TIMER_WINDOW, RIG_START_MS);
	if (!rig_modem_is_far(r) || has_own_broker(r->opts))
		rig_modem_start_broker(r);
	else if (rig_modem_follow_broker(r))
		rig_modem_come_up(r);
}

static void modem_send(
	struct rig *rig, enum lane lane, const void *data, size_t len)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	if (lane == LANE_CON_TX && r->firmware != NULL)
		firmware_write(r->firmware, data, len);
	else if (lane == LANE_CON_TX)
		rig_modem_lost(r, "this rig has no console");
	else if (rig_modem_has_firmware(r) && !r->bridged)
		rig_modem_lost(r, "on this rig the firmware speaks AT");
	else if (r->wire != NULL || firmware_is_up(r->firmware)) {
		tap_bytes(r, LANE_AT_TX, data, len);
		to_modem(r, data, len);
	} else
		rig_modem_lost(r, "the modem is not running");
}

static bool modem_observes(const struct rig *rig, enum lane lane)
{
	const struct rig_modem *r = (const struct rig_modem *)rig;

	return !rig_modem_is_far(r) ||
	       (lane == LANE_BRK && (r->far != NULL || r->broker != NULL));
}

static void modem_stop(struct rig *rig)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	unsigned limit = STOP_MS;

	r->stage = RIG_STAGE_STOPPING;
	wire_free(r->wire);
	r->wire = NULL;
	bridge_free(r->bridge);
	r->bridge = NULL;
	fresh_free(&r->fresh);
	if (r->opts->board != NULL)
		limit += (unsigned)r->opts->board->conf->power_off.timeout *
			 1000;
	/* A broker elsewhere tells of a connection some time after its end. */
	timer_set(rig->clock, &r->timer, TIMER_WINDOW,
		end_next(r)	 ? limit
		: r->far != NULL ? FAR_MS
				 : 0);
}

static bool modem_free(struct rig *rig)
{
	struct rig_modem *r = (struct rig_modem *)rig;
	bool recorded;

	timer_del(rig->clock, &r->timer);
	timer_del(rig->clock, &r->action);
	control_free(r->control);
	wire_free(r->wire);
	bridge_free(r->bridge);
	firmware_free(r->firmware);
	fresh_free(&r->fresh);
	recorded = recorder_close(r->tap);
	far_evidence_free(r->far);
	emulator_free(r->emulator);
	broker_free(r->broker);
	free(r);
	return recorded;
}

struct rig *rig_modem_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events)
{
	static const struct rig_ops ops = {modem_start, modem_send,
		modem_observes, rig_modem_act, modem_stop, modem_free};
	struct rig_modem *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->rig.ops = &ops;
	r->rig.clock = loop_clock(opts->loop);
	r->opts = opts;
	r->scenario = scenario;
	r->bridged = rig_bridges(opts, scenario);
	r->vars = vars;
	r->tmp = tmp;
	r->events = *events;
	timer_init(&r->timer, on_timer, r);
	timer_init(&r->action, rig_modem_action_over, r);
	return &r->rig;
}

static bool has_lane(
	const struct scenario *scenario, enum lane one, enum lane other)
{
	for (size_t i = 0; i < scenario->n_steps; i++)
		if (scenario->steps[i].lane == one ||
			scenario->steps[i].lane == other)
			return true;
	return false;
}

bool rig_speaks_console(const struct scenario *scenario)
{
	return has_lane(scenario, LANE_CON_TX, LANE_CON_RX);
}

bool rig_bridges(const struct rig_opts *opts, const struct scenario *scenario)
{
	return opts->kind == RIG_VIRTUAL &&
	       has_lane(scenario, LANE_AT_TX, LANE_AT_RX) &&
	       !rig_speaks_console(scenario);
}

const char *rig_modem_lacks(
	const struct rig_opts *opts, const struct scenario *scenario)
{
	bool far = opts->modem != NULL || opts->kind == RIG_BOARD;

	if (scenario->peers != NULL)
		return "its peers are scripted: in process only";
	if (opts->kind == RIG_MODEM && rig_speaks_console(scenario))
		return "it needs firmware";
	if (opts->kind != RIG_MODEM && !rig_bridges(opts, scenario) &&
		has_lane(scenario, LANE_AT_TX, LANE_AT_RX))
		return "it speaks AT, and here the firmware does";
	if (scenario->firmware != NULL &&
		(opts->firmware != NULL || opts->image != NULL ||
			opts->kind == RIG_BOARD))
		return "it names a firmware, which is not the one given";
	if (scenario->in_process)
		return "it waits for a window: in process only";
	if (far && do_acts_on_modem(scenario))
		return "its actions need an emulator";
	if (far && !has_own_broker(opts) && do_stops_broker(scenario))
		return "its actions need a broker of the run's own";
	if (opts->kind == RIG_BOARD || opts->fresh)
		return broker_lacks(
			scenario, opts->broker_https, opts->broker_mqtts);
	return NULL;
}
