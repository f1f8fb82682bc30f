#include "hil/rig_modem.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/recorder.h"
#include "base/transcript.h"
#include "hil/broker.h"
#include "hil/control.h"
#include "hil/emulator.h"
#include "hil/far_evidence.h"
#include "hil/files.h"
#include "hil/wire.h"
#include "io/loop.h"

/* The emulator and the broker of a rig: how they begin, end, and are heard. */

/* ---- their ends ---- */

/* The end of a child, with its last words. */
static void child_words(const struct rig_modem *r, const char *name,
	const char *how, char *text, size_t size)
{
	char path[4096], last[400];

	snprintf(path, sizeof(path), "%s/%s.log", r->tmp, name);
	files_last_line(path, last, sizeof(last));
	snprintf(text, size, "%s %s%s%s",
		strcmp(name, "emu") == 0      ? "ec21emu"
		: strcmp(name, "broker") == 0 ? "ec21broker"
					      : name,
		how, last[0] ? ": " : "", last);
}

/* A child ended that should not have. */
void rig_modem_lost_child(
	struct rig_modem *r, const char *name, const char *how)
{
	char reason[700];

	child_words(r, name, how, reason, sizeof(reason));
	rig_modem_lost(r, reason);
}

/*
 * One of ours ended. That it was told to is no excuse for a crash, for what
 * it could not write, or for our having to kill it.
 */
static void lost_ours(
	struct rig_modem *r, const char *name, bool well, const char *how)
{
	char reason[700];

	if (r->stage < RIG_STAGE_STOPPING) {
		rig_modem_lost_child(r, name, how);
	} else if (!well) {
		child_words(r, name, how, reason, sizeof(reason));
		r->events.lost(r->events.arg, reason);
	}
}

/* ---- what they say ---- */

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
		if (rig_modem_has_firmware(r) && !r->bridged &&
			r->events.record != NULL)
			r->events.record(r->events.arg, record);
		return;
	}
	if (record->lane != LANE_WHY)
		return;
	buf_init(&text, TRANSCRIPT_LINE_MAX);
	if (!transcript_unescape(record, &text, &err))
		rig_modem_lost(r, err.text);
	else if (buf_cstr(&text) != NULL) {
		if (r->tap != NULL)
			trace_text(recorder_sink(r->tap), LANE_WHY, "%s",
				buf_cstr(&text));
		r->events.text(r->events.arg, LANE_WHY, buf_cstr(&text));
	}
	buf_free(&text);
}

/* ---- the emulator ---- */

static void on_emulator_end(void *arg, bool well, const char *how)
{
	struct rig_modem *r = arg;

	control_free(r->control);
	r->control = NULL;
	wire_free(r->wire);
	r->wire = NULL;
	if (r->doing == RIG_DOING_KILL || (r->doing == RIG_DOING_END && well))
		rig_modem_acted(r, NULL);
	else
		lost_ours(r, "emu", well, how);
	rig_modem_check_stopped(r);
}

static void on_emulator_ready(void *arg)
{
	struct rig_modem *r = arg;

	if (r->stage == RIG_STAGE_MODEM || r->doing == RIG_DOING_START)
		rig_modem_come_up(r);
}

static void on_child_failed(void *arg, const char *reason)
{
	rig_modem_lost(arg, reason);
}

void rig_modem_start_emulator(struct rig_modem *r)
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

	if (r->doing == RIG_DOING_NOTHING)
		r->stage = RIG_STAGE_MODEM;
	if (r->emulator == NULL)
		r->emulator = emulator_new(&o);
	if (r->emulator == NULL ||
		!emulator_start(r->emulator, broker_https(r->broker),
			broker_mqtts(r->broker), why, sizeof(why)))
		rig_modem_lost(r, why);
}

static void start_modem(struct rig_modem *r)
{
	if (rig_modem_is_far(r))
		rig_modem_come_up(r);
	else
		rig_modem_start_emulator(r);
}

/* ---- the broker ---- */

static void on_broker_end(void *arg, bool well, const char *how)
{
	struct rig_modem *r = arg;

	if (r->doing == RIG_DOING_BROKER_END && well)
		rig_modem_acted(r, NULL);
	else
		lost_ours(r, "broker", well, how);
	rig_modem_check_stopped(r);
}

static void on_broker_ready(void *arg)
{
	struct rig_modem *r = arg;

	if (r->stage == RIG_STAGE_BROKER)
		start_modem(r);
	else if (r->doing == RIG_DOING_BROKER_START)
		rig_modem_acted(r, NULL);
}

void rig_modem_start_broker(struct rig_modem *r)
{
	const struct broker_opts o = {
		.base = loop_base(r->opts->loop),
		.program = r->opts->broker,
		.scenario = r->scenario,
		.vars = r->vars,
		.tmp = r->tmp,
		.https = r->opts->broker_https,
		.mqtts = r->opts->broker_mqtts,
		.ready = on_broker_ready,
		.evidence = on_evidence,
		.ended = on_broker_end,
		.failed = on_child_failed,
		.arg = r,
	};
	char why[500];
	bool wanted;

	r->stage = RIG_STAGE_BROKER;
	r->broker = broker_start(&o, &wanted, why, sizeof(why));
	if (r->broker == NULL && wanted)
		rig_modem_lost(r, why);
	else if (r->broker == NULL)
		start_modem(r);
}

bool rig_modem_follow_broker(struct rig_modem *r)
{
	char copy[4096], why[500];
	size_t len;
	const struct far_evidence_opts o = {
		.base = loop_base(r->opts->loop),
		.path = r->opts->evidence,
		.run = {.client = vars_get(r->vars, "run", 3, &len),
			.host = vars_get(r->vars, "host", 4, &len),
			.begin_ms =
				(int64_t)(clock_wall_us(r->rig.clock) / 1000)},
		.copy = copy,
		.line = on_evidence,
		.arg = r,
	};

	if (o.path == NULL || o.run.client == NULL ||
		r->scenario->broker == NULL)
		return true;
	snprintf(copy, sizeof(copy), "%s/evidence.jsonl", r->tmp);
	r->far = far_evidence_new(&o, why, sizeof(why));
	if (r->far == NULL)
		rig_modem_lost(r, why);
	return r->far != NULL;
}
