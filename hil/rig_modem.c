#include "hil/rig.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/transcript.h"
#include "hil/expand.h"
#include "hil/proc.h"
#include "hil/tail.h"
#include "hil/wire.h"
#include "io/loop.h"

/* How long children may take to get ready, and to end. */
#define START_MS 20000
#define STOP_MS	 5000

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
};

struct rig {
	const struct rig_opts *opts;
	const struct scenario *scenario;
	const struct vars *vars;
	const char *tmp;
	struct rig_events events;
	struct timer timer;
	enum stage stage;
	enum doing doing;
	struct proc *broker, *emulator;
	bool wants_https, wants_mqtts;
	char https[80], mqtts[80]; /* ADDR:PORT, once they are ready */
	struct wire *wire;
	struct tail *record, *evidence;
	struct transcript_handler handler;
	struct transcript_reader reader;
	bool reader_open, record_bad;
	struct buf line; /* of the evidence */
	unsigned starts; /* of the emulator: one record file each */
};

static void on_timer(void *arg);
static void start_emulator(struct rig *r);

struct rig *rig_modem_new(const struct rig_opts *opts,
	const struct scenario *scenario, const struct vars *vars,
	const char *tmp, const struct rig_events *events)
{
	struct rig *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->opts = opts;
	r->scenario = scenario;
	r->vars = vars;
	r->tmp = tmp;
	r->events = *events;
	timer_init(&r->timer, on_timer, r);
	buf_init(&r->line, (size_t)1 << 20);
	return r;
}

static struct clock *rig_clock(struct rig *r)
{
	return loop_clock(r->opts->loop);
}

static void lost(struct rig *r, const char *reason)
{
	if (r->stage < STAGE_STOPPING)
		r->events.lost(r->events.arg, reason);
}

/* A child ended that should not have: its last words say why. */
static void lost_child(struct rig *r, const char *name, const char *how)
{
	char path[4096], reason[700], last[400] = "", line[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.log", r->tmp, name);
	f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			snprintf(last, sizeof(last), "%s", line);
	}
	if (f != NULL)
		fclose(f);
	snprintf(reason, sizeof(reason), "ec21%s %s%s%s", name, how,
		last[0] ? ": " : "", last);
	lost(r, reason);
}

/* ---- what is observed ---- */

static void on_evidence(void *arg, const char *data, size_t len)
{
	struct rig *r = arg;

	while (len > 0) {
		const char *lf = memchr(data, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - data) : len;

		if (!buf_add(&r->line, data, n)) {
			lost(r, "a line of the broker's evidence is too long");
			return;
		}
		if (lf == NULL)
			return;
		if (buf_cstr(&r->line) != NULL)
			r->events.text(
				r->events.arg, LANE_BRK, buf_cstr(&r->line));
		buf_reset(&r->line);
		data += n + 1;
		len -= n + 1;
	}
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct rig *r = arg;
	struct buf text;
	bool ok;

	if (rec->lane != LANE_WHY)
		return true;
	buf_init(&text, TRANSCRIPT_LINE_MAX);
	ok = transcript_unescape(rec, &text, err);
	if (ok && buf_cstr(&text) != NULL)
		r->events.text(r->events.arg, LANE_WHY, buf_cstr(&text));
	buf_free(&text);
	return ok;
}

static void on_record_data(void *arg, const char *data, size_t len)
{
	struct rig *r = arg;
	struct transcript_error err;
	char reason[300];

	if (r->record_bad ||
		transcript_reader_feed(&r->reader, data, len, &err))
		return;
	r->record_bad = true;
	snprintf(reason, sizeof(reason),
		"the emulator's record, line %u column %u: %s", err.line,
		err.column, err.text);
	lost(r, reason);
}

static void close_record(struct rig *r)
{
	tail_free(r->record);
	r->record = NULL;
	if (r->reader_open)
		transcript_reader_free(&r->reader);
	r->reader_open = false;
}

static bool open_record(struct rig *r, const char *path)
{
	close_record(r);
	r->handler = (struct transcript_handler){NULL, on_record, r};
	transcript_reader_init(&r->reader, &r->handler);
	r->reader_open = true;
	r->record = tail_new(loop_base(r->opts->loop), path, on_record_data, r);
	return r->record != NULL;
}

/* ---- the wire ---- */

static void on_wire_bytes(void *arg, const void *data, size_t len)
{
	struct rig *r = arg;

	r->events.bytes(r->events.arg, LANE_AT_RX, data, len);
}

static void on_wire_closed(void *arg, const char *why)
{
	struct rig *r = arg;

	wire_free(r->wire);
	r->wire = NULL;
	/* A child that ends hangs up first; its end says more than that. */
	if (r->doing == DOING_NOTHING && r->opts->modem != NULL)
		lost(r, why);
}

static bool open_wire(struct rig *r, char *why, size_t size)
{
	struct wire_events events = {on_wire_bytes, on_wire_closed, r};
	char url[4096];

	if (r->opts->modem != NULL)
		snprintf(url, sizeof(url), "%s", r->opts->modem);
	else
		snprintf(url, sizeof(url), "tty:%s/modem", r->tmp);
	r->wire = wire_open(loop_base(r->opts->loop), url, &events, why, size);
	return r->wire != NULL;
}

static void come_up(struct rig *r)
{
	char why[300];

	timer_del(rig_clock(r), &r->timer);
	if (!open_wire(r, why, sizeof(why))) {
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

/* Both gone, or never started: the end of rig_stop(). */
static void check_stopped(struct rig *r)
{
	if (r->stage != STAGE_STOPPING || r->emulator != NULL ||
		r->broker != NULL)
		return;
	r->stage = STAGE_STOPPED;
	timer_del(rig_clock(r), &r->timer);
	r->events.stopped(r->events.arg);
}

static void on_emulator_exit(void *arg, bool success, const char *how)
{
	struct rig *r = arg;

	(void)success;
	proc_free(r->emulator);
	r->emulator = NULL;
	wire_free(r->wire);
	r->wire = NULL;
	if (r->doing == DOING_END) {
		r->doing = DOING_NOTHING;
		timer_del(rig_clock(r), &r->timer);
		r->events.acted(r->events.arg, NULL);
	} else {
		lost_child(r, "emu", how);
	}
	check_stopped(r);
}

static void on_emulator_line(void *arg, const char *line)
{
	struct rig *r = arg;

	if (strncmp(line, "ready 1 ", 8) == 0 &&
		(r->stage == STAGE_MODEM || r->doing == DOING_START))
		come_up(r);
}

static void on_broker_exit(void *arg, bool success, const char *how)
{
	struct rig *r = arg;

	(void)success;
	proc_free(r->broker);
	r->broker = NULL;
	lost_child(r, "broker", how);
	check_stopped(r);
}

static void on_broker_line(void *arg, const char *line)
{
	struct rig *r = arg;

	if (strncmp(line, "ready https ", 12) == 0)
		snprintf(r->https, sizeof(r->https), "%s", line + 12);
	else if (strncmp(line, "ready mqtts ", 12) == 0)
		snprintf(r->mqtts, sizeof(r->mqtts), "%s", line + 12);
	if (r->stage == STAGE_BROKER && (!r->wants_https || r->https[0]) &&
		(!r->wants_mqtts || r->mqtts[0]))
		start_emulator(r);
}

static struct proc *spawn(struct rig *r, struct argv *a, const char *name,
	void (*line)(void *arg, const char *line),
	void (*exited)(void *arg, bool success, const char *how))
{
	char log[4096], why[300] = "too many arguments";
	struct proc_opts o = {a->v, log, line, exited, r};
	struct proc *p = NULL;

	snprintf(log, sizeof(log), "%s/%s.log", r->tmp, name);
	if (!a->failed)
		p = proc_spawn(loop_base(r->opts->loop), &o, why, sizeof(why));
	argv_free(a);
	if (p == NULL)
		lost(r, why);
	return p;
}

/*
 * The words of a header line, with parameters filled in; each goes to `word`,
 * which returns NULL or what is wrong with it.
 */
static bool header_words(struct rig *r, const char *key, const char *value,
	const char *(*word)(struct rig *r, struct argv *a, const char *word),
	struct argv *a)
{
	struct transcript_error err = {0};
	const char *w, *wrong = NULL;
	struct buf out;
	char reason[500];
	size_t len = value != NULL ? strlen(value) : 0, n;

	buf_init(&out, 4096);
	while (wrong == NULL && expand_word(&value, &len, &w, &n)) {
		buf_reset(&out);
		if (!expand(w, n, r->vars, (struct place){1, 1}, &out, &err) ||
			buf_cstr(&out) == NULL)
			wrong = err.text;
		else
			wrong = word(r, a, buf_cstr(&out));
	}
	buf_free(&out);
	if (wrong == NULL)
		return true;
	snprintf(reason, sizeof(reason), "%s: header '%s': %s",
		r->scenario->path, key, wrong);
	lost(r, reason);
	return false;
}

static const char *emulator_word(struct rig *r, struct argv *a, const char *w)
{
	(void)r;
	argv_add(a, w);
	return NULL;
}

static const char *profile_word(struct rig *r, struct argv *a, const char *w)
{
	(void)r;
	argv_add(a, "--profile");
	argv_add(a, w);
	return NULL;
}

static const char *parameter(struct rig *r, const char *name)
{
	size_t len;
	const char *value = vars_get(r->vars, name, strlen(name), &len);

	return value != NULL ? value : "";
}

/* The name and port that firmware has built in lead to our broker. */
static void map_host(
	struct rig *r, struct argv *a, const char *port, const char *where)
{
	if (where[0] != '\0')
		argv_addf(a, "--map=%s:%s=%s", parameter(r, "host"),
			parameter(r, port), where);
}

static void start_emulator(struct rig *r)
{
	const char *args = r->scenario->emulator;
	char record[4096];
	struct argv a = {0};

	snprintf(record, sizeof(record), "%s/modem-%u.at", r->tmp, ++r->starts);
	if (r->doing == DOING_NOTHING)
		r->stage = STAGE_MODEM;
	argv_add(&a, r->opts->emulator);
	argv_add(&a, "--pty");
	argv_addf(&a, "%s/modem", r->tmp);
	argv_add(&a, "--record");
	argv_add(&a, record);
	map_host(r, &a, "port", r->https);
	map_host(r, &a, "mqttport", r->mqtts);
	if (!header_words(
		    r, "profile", r->scenario->profile, profile_word, &a) ||
		!header_words(r, "emulator", args != NULL ? args : "--fast",
			emulator_word, &a)) {
		argv_free(&a);
		return;
	}
	if (!open_record(r, record)) {
		argv_free(&a);
		lost(r, "cannot follow the emulator's record");
		return;
	}
	r->emulator = spawn(r, &a, "emu", on_emulator_line, on_emulator_exit);
}

static const char *broker_word(struct rig *r, struct argv *a, const char *w)
{
	if (strcmp(w, "none") == 0 || strcmp(w, "mode=none") == 0)
		return NULL;
	if (strcmp(w, "https") == 0) {
		r->wants_https = true;
	} else if (strcmp(w, "mqtts") == 0) {
		r->wants_mqtts = true;
	} else if (strncmp(w, "mode=", 5) == 0) {
		r->wants_https = true;
		argv_add(a, "--mode");
		argv_add(a, w + 5);
	} else {
		return "expected none, https, mqtts or mode=NAME";
	}
	return NULL;
}

static void start_broker(struct rig *r)
{
	struct argv a = {0};
	char evidence[4096];

	argv_add(&a, r->opts->broker);
	if (!header_words(r, "broker", r->scenario->broker, broker_word, &a)) {
		argv_free(&a);
		return;
	}
	if (!r->wants_https && !r->wants_mqtts) {
		argv_free(&a);
		start_emulator(r);
		return;
	}
	snprintf(evidence, sizeof(evidence), "%s/evidence.jsonl", r->tmp);
	argv_add(&a, "--certs");
	argv_add(&a, parameter(r, "certs"));
	argv_add(&a, "--evidence");
	argv_add(&a, evidence);
	if (r->wants_https)
		argv_add(&a, "--https=127.0.0.1:0");
	if (r->wants_mqtts) {
		argv_add(&a, "--mqtts=127.0.0.1:0");
		argv_add(&a, "--mosquitto");
	}
	r->evidence =
		tail_new(loop_base(r->opts->loop), evidence, on_evidence, r);
	r->stage = STAGE_BROKER;
	r->broker = spawn(r, &a, "broker", on_broker_line, on_broker_exit);
}

/* ---- the life of a rig ---- */

static void on_timer(void *arg)
{
	struct rig *r = arg;

	if (r->stage == STAGE_STOPPING) {
		if (r->emulator != NULL)
			proc_signal(r->emulator, SIGKILL);
		if (r->broker != NULL)
			proc_signal(r->broker, SIGKILL);
		check_stopped(r);
		return;
	}
	lost(r, r->stage == STAGE_BROKER
			? "ec21broker was not ready in time"
			: "ec21emu was not ready, or did not end, in time");
}

void rig_start(struct rig *r)
{
	timer_set(rig_clock(r), &r->timer, TIMER_WINDOW, START_MS);
	if (r->opts->modem != NULL)
		come_up(r);
	else
		start_broker(r);
}

void rig_send(struct rig *r, enum lane lane, const void *data, size_t len)
{
	if (lane != LANE_AT_TX)
		lost(r, "this rig has no console");
	else if (r->wire != NULL)
		wire_write(r->wire, data, len);
	else
		lost(r, "the modem is not running");
}

bool rig_observes(const struct rig *r, enum lane lane)
{
	(void)lane;
	return r->opts->modem == NULL;
}

static void act_hangup(struct rig *r)
{
	char why[300];

	wire_free(r->wire);
	r->wire = NULL;
	r->events.acted(
		r->events.arg, open_wire(r, why, sizeof(why)) ? NULL : why);
}

void rig_act(struct rig *r, const char *action)
{
	bool start = strcmp(action, "start-emulator") == 0;

	if (strcmp(action, "hangup") == 0) {
		act_hangup(r);
	} else if (r->opts->modem != NULL) {
		r->events.acted(r->events.arg, "there is no emulator here");
	} else if (start && r->emulator != NULL) {
		r->events.acted(r->events.arg, "the emulator is running");
	} else if (!start && r->emulator == NULL) {
		r->events.acted(r->events.arg, "the emulator is not running");
	} else {
		r->doing = start ? DOING_START : DOING_END;
		timer_set(rig_clock(r), &r->timer, TIMER_WINDOW, START_MS);
		if (start)
			start_emulator(r);
		else
			proc_signal(r->emulator,
				strcmp(action, "kill-emulator") == 0 ? SIGKILL
								     : SIGTERM);
	}
}

void rig_stop(struct rig *r)
{
	r->stage = STAGE_STOPPING;
	wire_free(r->wire);
	r->wire = NULL;
	if (r->emulator != NULL)
		proc_signal(r->emulator, SIGTERM);
	if (r->broker != NULL)
		proc_signal(r->broker, SIGTERM);
	timer_set(rig_clock(r), &r->timer, TIMER_WINDOW,
		r->emulator != NULL || r->broker != NULL ? STOP_MS : 0);
}

void rig_free(struct rig *r)
{
	if (r == NULL)
		return;
	timer_del(rig_clock(r), &r->timer);
	wire_free(r->wire);
	proc_free(r->emulator);
	proc_free(r->broker);
	close_record(r);
	tail_free(r->evidence);
	buf_free(&r->line);
	free(r);
}
