#include "hil/rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/recorder.h"
#include "base/transcript.h"
#include "hil/actions.h"
#include "hil/broker.h"
#include "hil/control.h"
#include "hil/emulator.h"
#include "hil/far_evidence.h"
#include "hil/firmware.h"
#include "hil/rig_firmware.h"
#include "hil/wire.h"
#include "io/loop.h"

/* How long children may take to get ready, and to end. */
#define START_MS 20000
#define STOP_MS	 5000
/* Longer than a broker lingers: ec21broker(8). */
#define FAR_MS 3000

enum stage {
	STAGE_NEW,
	STAGE_BROKER, /* waiting for its ready lines */
	STAGE_MODEM,  /* waiting for ec21emu's */
	STAGE_UP,
	STAGE_STOPPING,
	STAGE_STOPPED,
};

/* A DO line that waits for a child. */
enum doing {
	DOING_NOTHING,
	DOING_END,   /* for the emulator to end */
	DOING_START, /* for it to be ready */
	DOING_BROKER_END,
	DOING_BROKER_START,
	DOING_RESET, /* for the firmware to begin anew */
	DOING_ASK,   /* for the answer of its control socket */
	DOING_TIME,  /* for time to pass */
};

struct rig_modem {
	struct rig rig;
	const struct rig_opts *opts;
	const struct scenario *scenario;
	const struct vars *vars;
	const char *tmp;
	struct rig_events events;
	struct timer timer;
	enum stage stage;
	unsigned ending; /* which child was asked last to end */
	enum doing doing;
	struct broker *broker;
	struct emulator *emulator;
	struct control *control;
	struct timer action; /* how long one lasts */
	uint64_t action_ms;
	struct firmware *firmware;
	struct wire *wire;
	struct recorder *tap; /* of a modem that is there */
	struct far_evidence *far;
};

static bool has_firmware(const struct rig_modem *r)
{
	return r->opts->kind != RIG_MODEM;
}

static void on_timer(void *arg);

static void lost(struct rig_modem *r, const char *reason)
{
	if (r->stage < STAGE_STOPPING)
		r->events.lost(r->events.arg, reason);
}

/* A child ended that should not have: its last words say why. */
static void lost_child(struct rig_modem *r, const char *name, const char *how)
{
	char path[4096], reason[700], last[400];

	snprintf(path, sizeof(path), "%s/%s.log", r->tmp, name);
	log_last_line(path, last, sizeof(last));
	snprintf(reason, sizeof(reason), "%s %s%s%s",
		strcmp(name, "emu") == 0      ? "ec21emu"
		: strcmp(name, "broker") == 0 ? "ec21broker"
					      : name,
		how, last[0] ? ": " : "", last);
	lost(r, reason);
}

/* ---- what is observed ---- */

static void on_evidence(void *arg, const char *line)
{
	struct rig_modem *r = arg;

	r->events.text(r->events.arg, LANE_BRK, line);
}

static void on_record(void *arg, const struct transcript_record *record)
{
	struct rig_modem *r = arg;
	struct transcript_error err;
	struct buf text;

	if (record->lane == LANE_AT_TX || record->lane == LANE_AT_RX) {
		if (has_firmware(r) && r->events.record != NULL)
			r->events.record(r->events.arg, record);
		return;
	}
	if (record->lane != LANE_WHY)
		return;
	buf_init(&text, TRANSCRIPT_LINE_MAX);
	if (!transcript_unescape(record, &text, &err))
		lost(r, err.text);
	else if (buf_cstr(&text) != NULL)
		r->events.text(r->events.arg, LANE_WHY, buf_cstr(&text));
	buf_free(&text);
}

/* ---- the wire ---- */

/* The emulator records itself; of another modem we do. */
static bool open_tap(struct rig_modem *r, char *why, size_t size)
{
	const struct recorder_opts o = {.device = r->opts->modem};
	char path[4096];
	struct why reason;

	if (r->opts->modem == NULL || r->tap != NULL)
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

static void on_wire_bytes(void *arg, const void *data, size_t len)
{
	struct rig_modem *r = arg;

	tap_bytes(r, LANE_AT_RX, data, len);
	r->events.bytes(r->events.arg, LANE_AT_RX, data, len);
}

static void on_wire_closed(void *arg, const char *why)
{
	struct rig_modem *r = arg;

	wire_free(r->wire);
	r->wire = NULL;
	/* A child that ends hangs up first; its end says more than that. */
	if (r->doing == DOING_NOTHING && r->opts->modem != NULL)
		lost(r, why);
}

static bool open_wire(struct rig_modem *r, char *why, size_t size)
{
	struct wire_events events = {on_wire_bytes, on_wire_closed, r};
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
static void check_stopped(struct rig_modem *r)
{
	if (r->stage != STAGE_STOPPING || end_next(r))
		return;
	r->stage = STAGE_STOPPED;
	timer_del(r->rig.clock, &r->timer);
	r->events.stopped(r->events.arg);
}

static void on_console(void *arg, const void *data, size_t len)
{
	struct rig_modem *r = arg;

	r->events.bytes(r->events.arg, LANE_CON_RX, data, len);
}

static void on_firmware_end(void *arg, const char *how)
{
	struct rig_modem *r = arg;

	lost_child(r, "firmware", how);
	check_stopped(r);
}

static void on_firmware_restarted(void *arg, const char *error)
{
	struct rig_modem *r = arg;

	if (r->doing != DOING_RESET)
		return;
	r->doing = DOING_NOTHING;
	r->events.acted(r->events.arg, error);
}

static bool start_firmware(struct rig_modem *r, char *why, size_t size)
{
	const struct firmware_opts o = {
		.base = loop_base(r->opts->loop),
		.tmp = r->tmp,
		.console = on_console,
		.ended = on_firmware_end,
		.restarted = on_firmware_restarted,
		.arg = r,
	};

	r->firmware = rig_start_firmware(r->opts, r->scenario, &o, why, size);
	return r->firmware != NULL;
}

static void come_up(struct rig_modem *r)
{
	char why[500];

	timer_del(r->rig.clock, &r->timer);
	if (has_firmware(r) ? !start_firmware(r, why, sizeof(why))
			    : !open_wire(r, why, sizeof(why))) {
		lost(r, why);
		return;
	}
	if (r->doing == DOING_START) {
		r->doing = DOING_NOTHING;
		r->events.acted(r->events.arg, NULL);
		return;
	}
	r->stage = STAGE_UP;
	r->events.ready(r->events.arg);
}

/* ---- children ---- */

static void on_emulator_end(void *arg, const char *how)
{
	struct rig_modem *r = arg;

	control_free(r->control);
	r->control = NULL;
	wire_free(r->wire);
	r->wire = NULL;
	if (r->doing == DOING_END) {
		r->doing = DOING_NOTHING;
		timer_del(r->rig.clock, &r->timer);
		r->events.acted(r->events.arg, NULL);
	} else {
		lost_child(r, "emu", how);
	}
	check_stopped(r);
}

static void on_emulator_ready(void *arg)
{
	struct rig_modem *r = arg;

	if (r->stage == STAGE_MODEM || r->doing == DOING_START)
		come_up(r);
}

static void on_child_failed(void *arg, const char *reason)
{
	lost(arg, reason);
}

static void start_emulator(struct rig_modem *r)
{
	const struct emulator_opts o = {
		.rig = r->opts,
		.scenario = r->scenario,
		.vars = r->vars,
		.tmp = r->tmp,
		.ready = on_emulator_ready,
		.record = on_record,
		.ended = on_emulator_end,
		.failed = on_child_failed,
		.arg = r,
	};
	char why[500] = "out of memory";

	if (r->doing == DOING_NOTHING)
		r->stage = STAGE_MODEM;
	if (r->emulator == NULL)
		r->emulator = emulator_new(&o);
	if (r->emulator == NULL ||
		!emulator_start(r->emulator, broker_https(r->broker),
			broker_mqtts(r->broker), why, sizeof(why)))
		lost(r, why);
}

static void broker_acted(struct rig_modem *r, const char *error)
{
	r->doing = DOING_NOTHING;
	timer_del(r->rig.clock, &r->timer);
	r->events.acted(r->events.arg, error);
}

static void on_broker_end(void *arg, const char *how)
{
	struct rig_modem *r = arg;

	if (r->doing == DOING_BROKER_END)
		broker_acted(r, NULL);
	else
		lost_child(r, "broker", how);
	check_stopped(r);
}

static void on_broker_ready(void *arg)
{
	struct rig_modem *r = arg;

	if (r->stage == STAGE_BROKER)
		start_emulator(r);
	else if (r->doing == DOING_BROKER_START)
		broker_acted(r, NULL);
}

static void start_broker(struct rig_modem *r)
{
	const struct broker_opts o = {
		.base = loop_base(r->opts->loop),
		.program = r->opts->broker,
		.scenario = r->scenario,
		.vars = r->vars,
		.tmp = r->tmp,
		.ready = on_broker_ready,
		.evidence = on_evidence,
		.ended = on_broker_end,
		.failed = on_child_failed,
		.arg = r,
	};
	char why[500];
	bool wanted;

	r->stage = STAGE_BROKER;
	r->broker = broker_start(&o, &wanted, why, sizeof(why));
	if (r->broker == NULL && wanted)
		lost(r, why);
	else if (r->broker == NULL)
		start_emulator(r);
}

/* ---- the life of a rig ---- */

static void on_timer(void *arg)
{
	struct rig_modem *r = arg;

	if (r->stage == STAGE_STOPPING) {
		emulator_signal(r->emulator, SIGKILL);
		broker_signal(r->broker, SIGKILL);
		firmware_signal(r->firmware, SIGKILL);
		check_stopped(r);
		return;
	}
	lost(r, r->stage == STAGE_BROKER || r->doing == DOING_BROKER_START ||
				r->doing == DOING_BROKER_END
			? "ec21broker was not ready, or did not end, in time"
			: "ec21emu was not ready, or did not end, in time");
}

/* Of a modem that is there the broker is elsewhere. */
static bool follow_broker(struct rig_modem *r)
{
	char copy[4096], why[500];
	size_t len;
	const struct far_evidence_opts o = {
		.base = loop_base(r->opts->loop),
		.path = r->opts->evidence,
		.run = vars_get(r->vars, "run", 3, &len),
		.copy = copy,
		.line = on_evidence,
		.arg = r,
	};

	if (o.path == NULL || o.run == NULL || r->scenario->broker == NULL)
		return true;
	snprintf(copy, sizeof(copy), "%s/evidence.jsonl", r->tmp);
	r->far = far_evidence_new(&o, why, sizeof(why));
	if (r->far == NULL)
		lost(r, why);
	return r->far != NULL;
}

static void modem_start(struct rig *rig)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	timer_set(rig->clock, &r->timer, TIMER_WINDOW, START_MS);
	if (r->opts->modem == NULL)
		start_broker(r);
	else if (follow_broker(r))
		come_up(r);
}

static void modem_send(
	struct rig *rig, enum lane lane, const void *data, size_t len)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	if (lane == LANE_CON_TX && r->firmware != NULL)
		firmware_write(r->firmware, data, len);
	else if (lane == LANE_CON_TX)
		lost(r, "this rig has no console");
	else if (has_firmware(r))
		lost(r, "on this rig the firmware speaks AT");
	else if (r->wire != NULL) {
		tap_bytes(r, LANE_AT_TX, data, len);
		wire_write(r->wire, data, len);
	} else
		lost(r, "the modem is not running");
}

static bool modem_observes(const struct rig *rig, enum lane lane)
{
	const struct rig_modem *r = (const struct rig_modem *)rig;

	return r->opts->modem == NULL || (lane == LANE_BRK && r->far != NULL);
}

static void act_hangup(struct rig_modem *r)
{
	char why[500];

	wire_free(r->wire);
	r->wire = NULL;
	r->events.acted(
		r->events.arg, open_wire(r, why, sizeof(why)) ? NULL : why);
}

/* --- what goes through the control socket, and waits --- */

static void on_action_over(void *arg)
{
	struct rig_modem *r = arg;

	r->doing = DOING_NOTHING;
	r->events.acted(r->events.arg, NULL);
}

/* A pulse has just begun there; it ends before our timer does. */
static void on_control_answer(void *arg, const char *error)
{
	struct rig_modem *r = arg;

	if (r->doing != DOING_ASK)
		return;
	r->doing = DOING_NOTHING;
	if (error != NULL || r->action_ms == 0) {
		r->events.acted(r->events.arg, error);
		return;
	}
	r->doing = DOING_TIME;
	timer_set_us(r->rig.clock, &r->action, r->action_ms * 1000);
}

static void on_control_closed(void *arg)
{
	struct rig_modem *r = arg;

	control_free(r->control);
	r->control = NULL;
	on_control_answer(r, "ec21emu closed its control socket");
}

static void act_control(struct rig_modem *r, const char *action)
{
	const struct control_events events = {
		on_control_answer, on_control_closed, r};
	char path[4096], why[500];

	if (!emulator_runs(r->emulator)) {
		r->events.acted(r->events.arg, "the emulator is not running");
		return;
	}
	snprintf(path, sizeof(path), "%s/control", r->tmp);
	if (r->control == NULL)
		r->control = control_open(loop_base(r->opts->loop), path,
			&events, why, sizeof(why));
	if (r->control == NULL) {
		r->events.acted(r->events.arg, why);
		return;
	}
	r->doing = DOING_ASK;
	control_do(r->control, action);
}

static void act_broker(struct rig_modem *r, bool start)
{
	char why[500];

	if (r->broker == NULL) {
		r->events.acted(r->events.arg, "this scenario has no broker");
	} else if (broker_runs(r->broker) == start) {
		r->events.acted(
			r->events.arg, start ? "the broker is running"
					     : "the broker is not running");
	} else if (start && !broker_start_again(r->broker, why, sizeof(why))) {
		r->events.acted(r->events.arg, why);
	} else {
		r->doing = start ? DOING_BROKER_START : DOING_BROKER_END;
		timer_set(r->rig.clock, &r->timer, TIMER_WINDOW, START_MS);
		if (!start)
			broker_signal(r->broker, SIGTERM);
	}
}

static void act_reset_board(struct rig_modem *r)
{
	if (!firmware_runs(r->firmware)) {
		r->events.acted(r->events.arg, "there is no board here");
		return;
	}
	r->doing = DOING_RESET;
	firmware_reset(r->firmware);
}

static void act_rig(struct rig_modem *r, const char *action)
{
	bool start = strcmp(action, "start-emulator") == 0;

	if (strcmp(action, "stop-broker") == 0 ||
		strcmp(action, "start-broker") == 0) {
		act_broker(r, strcmp(action, "start-broker") == 0);
	} else if (strcmp(action, "reset-board") == 0) {
		act_reset_board(r);
	} else if (has_firmware(r)) {
		r->events.acted(
			r->events.arg, "not with firmware at the modem's port");
	} else if (strcmp(action, "hangup") == 0) {
		act_hangup(r);
	} else if (r->opts->modem != NULL) {
		r->events.acted(r->events.arg, "there is no emulator here");
	} else if (start && emulator_runs(r->emulator)) {
		r->events.acted(r->events.arg, "the emulator is running");
	} else if (!start && !emulator_runs(r->emulator)) {
		r->events.acted(r->events.arg, "the emulator is not running");
	} else {
		r->doing = start ? DOING_START : DOING_END;
		timer_set(r->rig.clock, &r->timer, TIMER_WINDOW, START_MS);
		if (start)
			start_emulator(r);
		else
			emulator_signal(r->emulator,
				strcmp(action, "kill-emulator") == 0 ? SIGKILL
								     : SIGTERM);
	}
}

static void modem_act(struct rig *rig, const char *action)
{
	struct rig_modem *r = (struct rig_modem *)rig;
	char wrong[400];
	struct do_line line;

	if (!do_parse(action, &line, wrong, sizeof(wrong))) {
		r->events.acted(r->events.arg, wrong);
		return;
	}
	r->action_ms = line.ms;
	if (line.type == DO_RIG) {
		act_rig(r, action);
	} else if (line.type == DO_WAIT) {
		r->doing = DOING_TIME;
		timer_set_us(rig->clock, &r->action, line.ms * 1000);
	} else if (r->opts->modem != NULL) {
		r->events.acted(r->events.arg, "there is no emulator here");
	} else {
		act_control(r, action);
	}
}

static void modem_stop(struct rig *rig)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	r->stage = STAGE_STOPPING;
	wire_free(r->wire);
	r->wire = NULL;
	/* A broker elsewhere tells of a connection some time after its end. */
	timer_set(rig->clock, &r->timer, TIMER_WINDOW,
		end_next(r)	 ? STOP_MS
		: r->far != NULL ? FAR_MS
				 : 0);
}

static void modem_free(struct rig *rig)
{
	struct rig_modem *r = (struct rig_modem *)rig;

	timer_del(rig->clock, &r->timer);
	timer_del(rig->clock, &r->action);
	control_free(r->control);
	wire_free(r->wire);
	firmware_free(r->firmware);
	recorder_close(r->tap);
	far_evidence_free(r->far);
	emulator_free(r->emulator);
	broker_free(r->broker);
	free(r);
}

struct rig *rig_modem_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events)
{
	static const struct rig_ops ops = {modem_start, modem_send,
		modem_observes, modem_act, modem_stop, modem_free};
	struct rig_modem *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->rig.ops = &ops;
	r->rig.clock = loop_clock(opts->loop);
	r->opts = opts;
	r->scenario = scenario;
	r->vars = vars;
	r->tmp = tmp;
	r->events = *events;
	timer_init(&r->timer, on_timer, r);
	timer_init(&r->action, on_action_over, r);
	return &r->rig;
}

const char *rig_modem_lacks(
	const struct rig_opts *opts, const struct scenario *scenario)
{
	if (scenario->peers != NULL)
		return "its peers are scripted: in process only";
	for (size_t i = 0; i < scenario->n_steps; i++) {
		enum lane lane = scenario->steps[i].lane;
		bool console = lane == LANE_CON_TX || lane == LANE_CON_RX;

		if (console && opts->kind == RIG_MODEM)
			return "it needs firmware";
		if (opts->kind != RIG_MODEM &&
			(lane == LANE_AT_TX || lane == LANE_AT_RX))
			return "it speaks AT, and here the firmware does";
	}
	if (scenario->firmware != NULL &&
		(opts->firmware != NULL || opts->image != NULL))
		return "it names a firmware, which is not the one given";
	if (scenario->in_process)
		return "it waits for a window: in process only";
	if (opts->modem != NULL && do_acts_on_modem(scenario))
		return "its actions need an emulator";
	return NULL;
}
