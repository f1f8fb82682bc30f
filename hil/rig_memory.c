#include "hil/rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/recorder.h"
#include "config.h"
#include "hil/actions.h"
#include "hil/broker.h"
#include "hil/door.h"
#include "hil/expand.h"
#include "hil/files.h"
#include "hil/handclock.h"
#include "hil/memory_settings.h"
#include "io/loop.h"
#include "modem.h"
#include "net/net.h"

/*
 * The rig `modem` without a process: the modem is built in here. A scenario
 * without a broker runs on a clock advanced by hand with scripted peers, so
 * that the same bytes come each time and waiting costs nothing; one with a
 * broker keeps real time and uses real connections.
 */

/* Steps of the clock before the loop gets its turn. */
#define ROUNDS 2000
#define TEXTS  256
/* How long a broker may take to end. */
#define BROKER_END_MS 15000
/* One byte at 115200 8N1, for `split`. */
#define BYTE_US 87

struct rig_memory {
	struct rig rig;
	const struct rig_opts *opts;
	const struct scenario *scenario;
	const struct vars *vars;
	const char *tmp;
	struct rig_events events;
	struct timer turn; /* on the loop's clock */
	struct handclock clock;
	bool real; /* with the world's clock and sockets */
	bool stopping, stopped;
	struct memory_settings set;
	struct profile profile;
	struct net *net;
	struct modem *modem;
	struct recorder *recorder;
	struct trace_sink trace;
	struct broker *broker;
	struct buf to_modem, to_host;
	char *texts[TEXTS];
	size_t n_texts;
	bool up, acted;
	bool unrecorded;     /* not all that a modem said */
	struct timer action; /* a wait, or a pulse, on the modem's clock */
	struct fault_set faults;
	unsigned starts;
};

static void wake(struct rig_memory *r)
{
	timer_set_us(loop_clock(r->opts->loop), &r->turn, 0);
}

static void lost(struct rig_memory *r, const char *reason)
{
	if (!r->stopping)
		r->events.lost(r->events.arg, reason);
}

const char *rig_memory_lacks(const struct scenario *scenario)
{
	const char *text = scenario->emulator, *word;
	size_t len = text != NULL ? strlen(text) : 0, n;
	char name[64];

	while (expand_word(&text, &len, &word, &n)) {
		if (n < 2 || memcmp(word, "--", 2) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)n, word);
		if (strcmp(name, "--fast") != 0 && !memory_settings_know(name))
			return "its emulator options need a process";
	}
	for (size_t i = 0; i < scenario->n_steps; i++) {
		const struct step *step = &scenario->steps[i];

		if (step->lane == LANE_CON_TX || step->lane == LANE_CON_RX)
			return "it needs firmware";
		if (step->type == STEP_ACTION && step->len == 13 &&
			memcmp(step->body, "kill-emulator", 13) == 0)
			return "its actions need a process";
	}
	if (do_stops_broker(scenario))
		return "its actions need a process";
	if (!scenario_wants_broker(scenario) && do_faults_network(scenario))
		return "its faults need a real network";
	return NULL;
}

/* ---- the modem ---- */

static void on_output(void *arg, const void *data, size_t len)
{
	struct rig_memory *r = arg;

	if (r->up && !buf_add(&r->to_host, data, len))
		lost(r, "more came than can be kept");
	if (r->up)
		wake(r);
}

static void on_trace_bytes(
	void *arg, enum lane lane, const void *data, size_t len)
{
	struct rig_memory *r = arg;

	trace_bytes(recorder_sink(r->recorder), lane, data, len);
}

static void on_trace_text(void *arg, enum lane lane, const char *text)
{
	struct rig_memory *r = arg;

	trace_text(recorder_sink(r->recorder), lane, "%s", text);
	if (lane != LANE_WHY || !r->up)
		return;
	if (r->n_texts == TEXTS ||
		(r->texts[r->n_texts] = strdup(text)) == NULL) {
		lost(r, "more reasons came than can be kept");
		return;
	}
	r->n_texts++;
	wake(r);
}

static bool load_profile(struct rig_memory *r, struct why *why)
{
	const struct memory_settings *s = &r->set;

	return config_profile(&r->profile, s->profile, why) == 0 &&
	       (s->config == NULL ||
		       config_overlay(&r->profile, s->config, why) == 0);
}

static bool map_name(struct rig_memory *r, const char *port, const char *where,
	struct why *why)
{
	char rule[512];
	const char *host, *number;
	size_t len;

	host = vars_get(r->vars, "host", 4, &len);
	number = vars_get(r->vars, port, strlen(port), &len);
	if (where[0] == '\0' || host == NULL || number == NULL)
		return true;
	snprintf(rule, sizeof(rule), "%s:%s=%s", host, number, where);
	return net_ev_map(r->net, rule, why) == 0;
}

static bool open_net(struct rig_memory *r, struct why *why)
{
	const struct net_ev_opts o = {
		.base = loop_base(r->opts->loop),
		.clock = &r->clock.clock,
		.trace = &r->trace,
		.faults = &r->faults,
	};

	if (!r->real) {
		r->net = door_new(&r->clock.clock, r->scenario->peers);
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return r->net != NULL;
	}
	r->net = net_ev_new(&o, why);
	if (r->net == NULL ||
		!map_name(r, "port", broker_https(r->broker), why) ||
		!map_name(r, "mqttport", broker_mqtts(r->broker), why))
		return false;
	for (size_t i = 0; i < r->set.n_maps; i++)
		if (net_ev_map(r->net, r->set.maps[i], why) != 0)
			return false;
	return true;
}

static bool open_record(struct rig_memory *r, struct why *why)
{
	const struct recorder_opts o = {
		.device = "emulator", .profile = r->profile.id};
	char path[4096];

	snprintf(path, sizeof(path), "%s/modem-%u.at", r->tmp, ++r->starts);
	r->recorder = recorder_open(path, &r->clock.clock, &o, why);
	return r->recorder != NULL;
}

static bool boot(struct rig_memory *r, struct why *why)
{
	const struct modem_opts o = {
		.clock = &r->clock.clock,
		.profile = &r->profile,
		.net = r->net,
		.trace = &r->trace,
		.faults = &r->faults,
		.state_dir = r->set.state,
		.output = on_output,
		.arg = r,
	};

	fault_init(&r->faults, 0);
	if (!open_record(r, why))
		return false;
	r->modem = modem_new(&o, why);
	if (r->modem == NULL)
		return false;
	if (!r->set.off)
		modem_boot(r->modem);
	/* As ec21emu: what --fast makes due at once nobody hears. */
	clock_run(&r->clock.clock);
	r->up = true;
	return true;
}

static void switch_off(struct rig_memory *r)
{
	r->up = false;
	if (r->modem != NULL)
		modem_free(r->modem);
	r->modem = NULL;
	if (!recorder_close(r->recorder))
		r->unrecorded = true;
	r->recorder = NULL;
}

static void start_modem(struct rig_memory *r)
{
	struct why why;

	if (load_profile(r, &why) && open_net(r, &why) && boot(r, &why)) {
		r->events.ready(r->events.arg);
		wake(r);
		return;
	}
	lost(r, why.text);
}

/* ---- turns ---- */

static bool deliver_bytes(struct rig_memory *r)
{
	uint8_t chunk[4096];
	size_t n = buf_len(&r->to_host);

	if (n == 0)
		return false;
	if (r->opts->split)
		n = 1;
	else if (n > sizeof(chunk))
		n = sizeof(chunk);
	memcpy(chunk, buf_data(&r->to_host), n);
	buf_consume(&r->to_host, n);
	r->events.bytes(r->events.arg, LANE_AT_RX, chunk, n);
	return true;
}

static bool deliver_texts(struct rig_memory *r)
{
	char *texts[TEXTS];
	size_t n = r->n_texts;

	memcpy(texts, r->texts, n * sizeof(*texts));
	r->n_texts = 0;
	for (size_t i = 0; i < n; i++) {
		r->events.text(r->events.arg, LANE_WHY, texts[i]);
		free(texts[i]);
	}
	return n > 0;
}

static bool feed_modem(struct rig_memory *r)
{
	uint8_t chunk[4096];
	size_t n = buf_len(&r->to_modem);

	if (n == 0 || r->modem == NULL)
		return false;
	if (r->opts->split)
		n = 1;
	else if (n > sizeof(chunk))
		n = sizeof(chunk);
	memcpy(chunk, buf_data(&r->to_modem), n);
	buf_consume(&r->to_modem, n);
	modem_input(r->modem, chunk, n);
	if (r->real)
		clock_run(&r->clock.clock);
	else
		handclock_advance(&r->clock, r->opts->split ? BYTE_US : 0);
	return true;
}

/* One thing at a time; false: nothing is left to do now. */
static bool take_turn(struct rig_memory *r)
{
	if (r->acted) {
		r->acted = false;
		r->events.acted(r->events.arg, NULL);
		return true;
	}
	if (deliver_texts(r) || deliver_bytes(r) || feed_modem(r))
		return true;
	return !r->real && handclock_step(&r->clock);
}

static void on_turn(void *arg)
{
	struct rig_memory *r = arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		if (r->stopping) {
			if (broker_runs(r->broker))
				broker_signal(r->broker, SIGKILL);
			else if (!r->stopped) {
				r->stopped = true;
				r->events.stopped(r->events.arg);
			}
			return;
		}
		if (!take_turn(r)) {
			if (!r->real && r->up)
				lost(r, "nothing is left that could happen");
			return;
		}
	}
	wake(r);
}

/* ---- the broker ---- */

static void on_broker_ready(void *arg)
{
	start_modem(arg);
}

static void on_evidence(void *arg, const char *line)
{
	struct rig_memory *r = arg;

	r->events.text(r->events.arg, LANE_BRK, line);
}

static void on_broker_end(void *arg, bool well, const char *how)
{
	struct rig_memory *r = arg;
	char path[4096], last[400], reason[700];

	snprintf(path, sizeof(path), "%s/broker.log", r->tmp);
	files_last_line(path, last, sizeof(last));
	snprintf(reason, sizeof(reason), "ec21broker %s: %s", how, last);
	/* That it was told to end is no excuse for how it does. */
	if (!r->stopping || !well)
		r->events.lost(r->events.arg, reason);
	if (r->stopping)
		wake(r);
}

static void on_broker_failed(void *arg, const char *reason)
{
	lost(arg, reason);
}

/* ---- the life of the rig ---- */

static void memory_start(struct rig *rig)
{
	struct rig_memory *r = (struct rig_memory *)rig;
	const struct broker_opts o = {
		.base = loop_base(r->opts->loop),
		.program = r->opts->broker,
		.scenario = r->scenario,
		.vars = r->vars,
		.tmp = r->tmp,
		.ready = on_broker_ready,
		.evidence = on_evidence,
		.ended = on_broker_end,
		.failed = on_broker_failed,
		.arg = r,
	};
	bool wanted = false;
	char why[500];

	if (r->set.wrong[0] != '\0') {
		lost(r, r->set.wrong);
		return;
	}
	if (r->real) {
		r->broker = broker_start(&o, &wanted, why, sizeof(why));
		if (r->broker == NULL && wanted)
			lost(r, why);
		if (wanted)
			return;
	}
	start_modem(r);
}

static void memory_send(
	struct rig *rig, enum lane lane, const void *data, size_t len)
{
	struct rig_memory *r = (struct rig_memory *)rig;

	if (lane != LANE_AT_TX)
		lost(r, "this rig has no console");
	else if (r->modem == NULL)
		lost(r, "the modem is not running");
	else if (!buf_add(&r->to_modem, data, len))
		lost(r, "more is sent than can be kept");
	wake(r);
}

static bool memory_observes(const struct rig *rig, enum lane lane)
{
	(void)rig;
	(void)lane;
	return true;
}

static const char *rig_action(
	struct rig_memory *r, const char *action, struct why *why)
{
	if (strncmp(action, "peer ", 5) == 0)
		return r->real ? "its peers are real"
			       : door_act(r->net, action + 5);
	if (strcmp(action, "start-emulator") == 0) {
		if (r->modem != NULL)
			return "the emulator is running";
		return boot(r, why) ? NULL : why->text;
	}
	if (r->modem == NULL)
		return "the emulator is not running";
	if (strcmp(action, "hangup") == 0)
		modem_hangup(r->modem);
	else if (strcmp(action, "stop-emulator") == 0)
		switch_off(r);
	else
		return "not on the rig in process";
	return NULL;
}

/* What is wrong, or NULL; *ms: how long it lasts. */
static const char *act(
	struct rig_memory *r, const char *action, uint64_t *ms, struct why *why)
{
	struct do_line line;

	if (!do_parse(action, &line, why->text, sizeof(why->text)))
		return why->text;
	*ms = line.ms;
	if (line.type == DO_RIG)
		return rig_action(r, action, why);
	if (line.type == DO_WAIT)
		return NULL;
	if (r->modem == NULL)
		return "the emulator is not running";
	return modem_act(r->modem, action, why) == 0 ? NULL : why->text;
}

static void on_action_over(void *arg)
{
	struct rig_memory *r = arg;

	r->acted = true;
	wake(r);
}

static void memory_act(struct rig *rig, const char *action)
{
	struct rig_memory *r = (struct rig_memory *)rig;
	struct why why;
	uint64_t ms;
	const char *wrong = act(r, action, &ms, &why);

	if (wrong != NULL)
		r->events.acted(r->events.arg, wrong);
	else if (ms > 0)
		timer_set(rig->clock, &r->action, TIMER_WINDOW, ms);
	else
		on_action_over(r);
	wake(r);
}

static void memory_stop(struct rig *rig)
{
	struct rig_memory *r = (struct rig_memory *)rig;

	r->stopping = true;
	switch_off(r);
	broker_signal(r->broker, SIGTERM);
	/* The turn behind it kills a broker that stays. */
	timer_set(loop_clock(r->opts->loop), &r->turn, TIMER_WINDOW,
		broker_runs(r->broker) ? BROKER_END_MS : 0);
}

static bool memory_free(struct rig *rig)
{
	struct rig_memory *r = (struct rig_memory *)rig;
	bool recorded;

	timer_del(loop_clock(r->opts->loop), &r->turn);
	timer_del(rig->clock, &r->action);
	switch_off(r);
	if (r->net != NULL)
		net_free(r->net);
	broker_free(r->broker);
	handclock_end(&r->clock);
	buf_free(&r->to_modem);
	buf_free(&r->to_host);
	for (size_t i = 0; i < r->n_texts; i++)
		free(r->texts[i]);
	for (size_t i = 0; i < r->set.n_words; i++)
		free(r->set.words[i]);
	recorded = !r->unrecorded;
	free(r);
	return recorded;
}

struct rig *rig_memory_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events)
{
	static const struct rig_ops ops = {memory_start, memory_send,
		memory_observes, memory_act, memory_stop, memory_free};
	struct rig_memory *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->rig.ops = &ops;
	r->opts = opts;
	r->scenario = scenario;
	r->vars = vars;
	r->tmp = tmp;
	r->events = *events;
	r->trace = (struct trace_sink){on_trace_bytes, on_trace_text, r};
	buf_init(&r->to_modem, (size_t)4 << 20);
	buf_init(&r->to_host, (size_t)4 << 20);
	timer_init(&r->turn, on_turn, r);
	timer_init(&r->action, on_action_over, r);
	memory_settings_read(&r->set, r->opts, r->scenario, r->vars,
		r->set.wrong, sizeof(r->set.wrong));
	/* Addresses of this machine are as real as a broker. */
	r->real = scenario_wants_broker(scenario) || r->set.n_maps > 0 ||
		  (scenario->peers == NULL &&
			  strstr(scenario->text, "127.0.0.1") != NULL);
	handclock_init(&r->clock, r->real ? loop_clock(opts->loop) : NULL,
		r->set.fast, r->set.speed);
	r->rig.clock = &r->clock.clock;
	return &r->rig;
}
