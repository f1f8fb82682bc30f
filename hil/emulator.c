#include "hil/emulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/actions.h"
#include "hil/header.h"
#include "hil/proc.h"
#include "hil/rig_firmware.h"
#include "hil/tail.h"
#include "hil/virtual_board.h"
#include "io/loop.h"

struct emulator {
	struct emulator_opts opts;
	struct proc *proc;
	unsigned starts; /* one record file each */
	struct tail *tail;
	struct transcript_handler handler;
	struct transcript_reader reader;
	bool reader_open, record_bad;
};

/* ---- what it records ---- */

static bool on_record(void *arg, const struct transcript_record *record,
	struct transcript_error *err)
{
	struct emulator *e = arg;

	(void)err;
	e->opts.record(e->opts.arg, record);
	return true;
}

static void on_record_data(void *arg, const char *data, size_t len)
{
	struct emulator *e = arg;
	struct transcript_error err;
	char reason[300];

	if (e->record_bad ||
		transcript_reader_feed(&e->reader, data, len, &err))
		return;
	e->record_bad = true;
	snprintf(reason, sizeof(reason),
		"the emulator's record, line %u column %u: %s", err.line,
		err.column, err.text);
	e->opts.failed(e->opts.arg, reason);
}

static void close_record(struct emulator *e)
{
	tail_free(e->tail);
	e->tail = NULL;
	if (e->reader_open)
		transcript_reader_free(&e->reader);
	e->reader_open = false;
}

/* Behind a bridge it hears more than the scenario, whose record is modem-1. */
static void record_path(const struct emulator *e, char *path, size_t size)
{
	snprintf(path, size, "%s/%s-%u.at", e->opts.tmp,
		rig_bridges(e->opts.rig, e->opts.scenario) ? "behind" : "modem",
		e->starts);
}

static bool open_record(struct emulator *e)
{
	char path[4096];

	close_record(e);
	record_path(e, path, sizeof(path));
	e->handler = (struct transcript_handler){NULL, on_record, e};
	transcript_reader_init(&e->reader, &e->handler);
	e->reader_open = true;
	e->tail =
		tail_new(loop_base(e->opts.rig->loop), path, on_record_data, e);
	return e->tail != NULL;
}

/* ---- the process ---- */

static void on_line(void *arg, const char *line)
{
	struct emulator *e = arg;

	if (strncmp(line, "ready 1 ", 8) == 0)
		e->opts.ready(e->opts.arg);
}

static void on_exit_(void *arg, bool success, const char *how)
{
	struct emulator *e = arg;

	proc_free(e->proc);
	e->proc = NULL;
	/* Its last words, before they are another one's. */
	tail_poll(e->tail);
	e->opts.ended(e->opts.arg, success, how);
}

static const char *any_word(void *arg, const char *w)
{
	argv_add(arg, w);
	return NULL;
}

static const char *profile_word(void *arg, const char *w)
{
	argv_add(arg, "--profile");
	argv_add(arg, w);
	return NULL;
}

static const char *parameter(struct emulator *e, const char *name)
{
	size_t len;
	const char *value = vars_get(e->opts.vars, name, strlen(name), &len);

	return value != NULL ? value : "";
}

/* The name and port that firmware has built in lead to our broker. */
static void map_host(
	struct emulator *e, struct argv *a, const char *port, const char *where)
{
	if (where[0] != '\0')
		argv_addf(a, "--map=%s:%s=%s", parameter(e, "host"),
			parameter(e, port), where);
}

static bool add_words(
	struct emulator *e, struct argv *a, char *why, size_t size)
{
	const struct scenario *s = e->opts.scenario;
	const char *profile = e->opts.rig->profile != NULL
				      ? e->opts.rig->profile
				      : s->profile;

	return header_words(s, e->opts.vars, "profile", profile, profile_word,
		       a, why, size) &&
	       header_words(s, e->opts.vars, "emulator",
		       s->emulator != NULL ? s->emulator : "--fast", any_word,
		       a, why, size);
}

static void add_ports(struct emulator *e, struct argv *a)
{
	const char *tmp = e->opts.tmp, *ports = tmp;
	char record[4096];

	if (e->opts.rig->kind == RIG_VIRTUAL) {
		/* Its wires lead there, whichever scenario is on it. */
		ports = virtual_board_dir(e->opts.rig->board->virtual);
		argv_addf(a, "--listen=unix:%s/modem", ports);
	} else {
		argv_addf(a, "--pty=%s/modem", ports);
	}
	record_path(e, record, sizeof(record));
	argv_addf(a, "--record=%s", record);
	/* With pins the modem waits for PWRKEY. */
	if (rig_has_pins(e->opts.rig))
		argv_addf(a, "--pins=unix:%s/pins", ports);
	if (do_acts_on_modem(e->opts.scenario))
		argv_addf(a, "--control=%s/control", tmp);
}

bool emulator_start(struct emulator *e, const char *https, const char *mqtts,
	char *why, size_t why_size)
{
	char log[4096];
	struct proc_opts o = {
		.log = log, .line = on_line, .exited = on_exit_, .arg = e};
	struct argv a = {0};

	e->starts++;
	snprintf(log, sizeof(log), "%s/emu.log", e->opts.tmp);
	argv_add(&a, e->opts.rig->emulator);
	add_ports(e, &a);
	map_host(e, &a, "port", https);
	map_host(e, &a, "mqttport", mqtts);
	o.argv = a.v;
	if (!add_words(e, &a, why, why_size))
		; /* why says why */
	else if (a.failed)
		snprintf(why, why_size, "too many arguments");
	else if (!open_record(e))
		snprintf(why, why_size, "cannot follow the emulator's record");
	else
		e->proc = proc_spawn(
			loop_base(e->opts.rig->loop), &o, why, why_size);
	argv_free(&a);
	return e->proc != NULL;
}

struct emulator *emulator_new(const struct emulator_opts *opts)
{
	struct emulator *e = calloc(1, sizeof(*e));

	if (e != NULL)
		e->opts = *opts;
	return e;
}

bool emulator_runs(const struct emulator *e)
{
	return e != NULL && e->proc != NULL;
}

void emulator_signal(struct emulator *e, int sig)
{
	if (emulator_runs(e))
		proc_signal(e->proc, sig);
}

void emulator_free(struct emulator *e)
{
	if (e == NULL)
		return;
	proc_free(e->proc);
	close_record(e);
	free(e);
}
