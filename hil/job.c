#include "hil/job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/client.h"
#include "hil/expand.h"
#include "hil/files.h"
#include "hil/job_record.h"
#include "io/loop.h"

void job_name(const struct job *j, char *text, size_t size)
{
	const char *slash = strrchr(j->scenario->path, '/');

	snprintf(text, size, "%s%s%s",
		slash != NULL ? slash + 1 : j->scenario->path,
		j->kase != NULL ? ": " : "",
		j->kase != NULL ? j->kase->name : "");
}

/* ---- between rig and engine ---- */

static void keep_report(struct job *j)
{
	if (j->lanes != NULL)
		lanes_report(j->lanes, engine_report(j->engine));
}

static void on_ready(void *arg)
{
	struct job *j = arg;

	engine_start(j->engine);
}

static void on_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct job *j = arg;

	lanes_bytes(j->lanes, lane, data, len);
	engine_bytes(j->engine, lane, data, len);
	keep_report(j);
}

static void on_text(void *arg, enum lane lane, const char *text)
{
	struct job *j = arg;

	lanes_text(j->lanes, lane, text);
	engine_text(j->engine, lane, text);
	keep_report(j);
}

static void on_acted(void *arg, const char *error)
{
	struct job *j = arg;

	engine_acted(j->engine, error);
	keep_report(j);
}

static void on_lost(void *arg, const char *reason)
{
	struct job *j = arg;

	/* It passed, but did not end well. */
	if (j->stopping && engine_verdict(j->engine) == VERDICT_PASS &&
		j->report == NULL && asprintf(&j->report, "%s\n", reason) < 0)
		j->report = NULL;
	engine_lost(j->engine, reason);
	keep_report(j);
}

static void on_record(void *arg, const struct transcript_record *record)
{
	struct job *j = arg;

	lanes_record(j->lanes, record);
}

static void on_stopped(void *arg)
{
	struct job *j = arg;

	j->stopped = true;
	timer_set_us(j->clk, &j->turn, 0);
}

static void link_send(void *arg, enum lane lane, const void *data, size_t len)
{
	struct job *j = arg;

	keep_report(j);
	lanes_bytes(j->lanes, lane, data, len);
	rig_send(j->rig, lane, data, len);
}

static bool link_observes(void *arg, enum lane lane)
{
	struct job *j = arg;

	return rig_observes(j->rig, lane);
}

static void link_act(void *arg, const char *action)
{
	struct job *j = arg;

	keep_report(j);
	lanes_text(j->lanes, LANE_DO, action);
	rig_act(j->rig, action);
}

/* What comes behind the verdict is the rig being taken down. */
static void link_done(void *arg)
{
	struct job *j = arg;

	keep_report(j);
	lanes_close(j->lanes);
	timer_set_us(j->clk, &j->turn, 0);
}

/* ---- the run ---- */

static void finish(struct job *j)
{
	bool recorded;

	j->finished = true;
	j->ms = (unsigned)((clock_now_us(j->clk) - j->start_us) / 1000);
	if (j->engine != NULL) {
		j->verdict = engine_verdict(j->engine);
		if (j->report != NULL)
			j->verdict = VERDICT_ERROR;
		else
			j->report = strdup(engine_report(j->engine));
		j->unobserved = engine_unobserved(j->engine);
	}
	client_free(j->client);
	j->client = NULL;
	lanes_close(j->lanes); /* it counts on the rig's clock */
	engine_free(j->engine);
	recorded = rig_free(j->rig);
	j->engine = NULL;
	j->rig = NULL;
	if (j->record != NULL)
		job_record_keep(j, recorded);
	if (j->verdict == VERDICT_PASS && j->tmp[0] != '\0') {
		files_remove_tree(j->tmp);
		j->tmp[0] = '\0';
	}
	j->over(j->arg, j);
}

static void on_turn(void *arg)
{
	struct job *j = arg;

	if (j->rig == NULL || j->stopped) {
		finish(j);
	} else if (!j->stopping) {
		j->stopping = true;
		rig_stop(j->rig);
	}
}

static bool has_needs(struct job *j)
{
	const char *text = j->scenario->needs, *word;
	size_t len = text != NULL ? strlen(text) : 0, n;
	char name[64];

	while (expand_word(&text, &len, &word, &n)) {
		snprintf(name, sizeof(name), "%.*s", (int)n, word);
		if (files_have_program(name))
			continue;
		snprintf(j->skipped, sizeof(j->skipped), "needs %s", name);
		return false;
	}
	return true;
}

static bool fail_setup(struct job *j, const char *what)
{
	char text[512];

	snprintf(text, sizeof(text), "%s: %s\n", what, strerror(errno));
	j->verdict = VERDICT_ERROR;
	j->report = strdup(text);
	return false;
}

/* Does it use the certificate that is this run's own? */
static bool wants_client(const struct job *j)
{
	return strstr(j->scenario->text, "{$runcert}") != NULL ||
	       strstr(j->scenario->text, "{$runkey}") != NULL;
}

/*
 * What tells this run from all others. In process, without a certificate,
 * nobody else is there, and a run repeats itself byte by byte.
 */
static bool set_identity(struct job *j, const char *top)
{
	const char *token = strrchr(top, '.'), *certs;
	char cert[300], key[4096];
	size_t len;

	if (j->opts.in_process && !wants_client(j))
		snprintf(j->id, sizeof(j->id), "run-%zu", j->number);
	else
		snprintf(j->id, sizeof(j->id), "run-%.8s-%zu",
			token != NULL ? token + 1 : "", j->number);
	certs = vars_get(&j->vars, "certs", 5, &len);
	snprintf(cert, sizeof(cert), "%s/run.crt", j->tmp);
	snprintf(key, sizeof(key), "%s/device-1.key", certs ? certs : "");
	return vars_set(&j->vars, "run", j->id) &&
	       vars_set(&j->vars, "runcert", cert) &&
	       vars_set(&j->vars, "runkey", key);
}

static void on_client_made(void *arg, const char *error)
{
	struct job *j = arg;

	client_free(j->client);
	j->client = NULL;
	if (error != NULL)
		engine_lost(j->engine, error);
	else
		rig_start(j->rig);
}

/* The certificate first, if it is wanted; then the rig. */
static void begin(struct job *j)
{
	struct client_opts o = {.base = loop_base(j->opts.loop),
		.tmp = j->tmp,
		.cn = j->id,
		.made = on_client_made,
		.arg = j};
	char why[300];
	size_t len;

	if (!wants_client(j)) {
		rig_start(j->rig);
		return;
	}
	o.certs = vars_get(&j->vars, "certs", 5, &len);
	j->client = client_make(&o, why, sizeof(why));
	if (j->client == NULL)
		engine_lost(j->engine, why);
}

static bool set_up(struct job *j, const struct vars *base, const char *top)
{
	struct rig_events events = {on_ready, on_bytes, on_text, on_record,
		on_acted, on_lost, on_stopped, j};
	struct engine_link link = {
		link_send, link_observes, link_act, link_done, j};

	if (snprintf(j->tmp, sizeof(j->tmp), "%s/%zu", top, j->number) >=
			(int)sizeof(j->tmp) ||
		mkdir(j->tmp, 0700) != 0) {
		fail_setup(j, j->tmp);
		j->tmp[0] = '\0';
		return false;
	}
	if (!vars_copy(&j->vars, base) || !vars_set(&j->vars, "tmp", j->tmp) ||
		!set_identity(j, top) ||
		(j->kase != NULL && !vars_copy(&j->vars, &j->kase->vars)))
		return fail_setup(j, "parameters");
	j->rig = (j->opts.in_process ? rig_memory_new : rig_modem_new)(
		&j->opts, j->scenario, &j->vars, j->tmp, &events);
	if (j->rig != NULL)
		j->engine =
			engine_new(j->scenario, &j->vars, j->rig->clock, &link);
	if (j->rig == NULL || j->engine == NULL)
		return fail_setup(j, "rig");
	if ((j->keeps_lanes || j->record != NULL) &&
		(j->lanes = lanes_new(j->rig->clock)) == NULL)
		return fail_setup(j, "lanes");
	engine_observe(j->engine, j->observe);
	return true;
}

void job_start(struct job *j, const struct rig_opts *opts,
	const struct vars *base, const char *top)
{
	j->begun = true;
	j->opts = *opts;
	if (j->board != NULL)
		j->opts.board = j->board;
	j->clk = loop_clock(opts->loop);
	j->start_us = clock_now_us(j->clk);
	timer_init(&j->turn, on_turn, j);
	if (!opts->in_process)
		j->wall_ms = (int64_t)(clock_wall_us(j->clk) / 1000);
	if (has_needs(j) && set_up(j, base, top)) {
		begin(j);
		return;
	}
	lanes_close(j->lanes);
	rig_free(j->rig);
	engine_free(j->engine);
	j->rig = NULL;
	j->engine = NULL;
	timer_set_us(j->clk, &j->turn, 0);
}

void job_interrupt(struct job *j)
{
	if (j->engine != NULL)
		engine_lost(j->engine, "interrupted");
}

void job_free(struct job *j)
{
	if (j->begun)
		timer_del(j->clk, &j->turn);
	client_free(j->client);
	lanes_free(j->lanes);
	engine_free(j->engine);
	rig_free(j->rig);
	vars_free(&j->vars);
	free(j->report);
}
