#include "hil/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hil/board.h"
#include "hil/certs.h"
#include "hil/commands.h"
#include "hil/job_record.h"
#include "hil/report_tap.h"
#include "hil/rerun.h"
#include "hil/rig_conf.h"
#include "hil/run_reach.h"
#include "hil/self.h"
#include "hil/transcript_file.h"
#include "io/loop.h"

#define RERUN_MAX ((size_t)32 << 10)

/* ---- jobs ---- */

static void write_rerun(struct run *r, const struct job *j, struct buf *text)
{
	rerun_begin(text, "run");
	rerun_word(text, "--rig");
	rerun_word(text, r->rig_name);
	buf_adds(text, rerun_text(&r->again));
	if (j->kase != NULL) {
		rerun_word(text, "--case");
		rerun_word(text, j->kase->name);
	}
	rerun_word(text, j->scenario->path);
}

static void report_job(struct run *r, struct job *j, const struct outcome *o)
{
	const struct report_run run = {
		.outcome = o,
		.number = j->number,
		.path = j->scenario->path,
		.source = j->scenario->source,
		.lanes = lanes_close(j->lanes),
	};

	report_add(r->report, &run);
	lanes_free(j->lanes);
	j->lanes = NULL;
}

static void print_job(struct run *r, struct job *j)
{
	char name[512];
	struct buf rerun;
	struct outcome o = {
		.name = name,
		.verdict = j->verdict,
		.skipped = j->skipped[0] ? j->skipped : NULL,
		.report = j->report != NULL ? j->report : "",
		.logs = j->tmp[0] && !r->interrupted ? j->tmp : NULL,
		.unobserved = j->unobserved,
		.ms = j->ms,
	};

	job_name(j, name, sizeof(name));
	buf_init(&rerun, RERUN_MAX);
	write_rerun(r, j, &rerun);
	o.rerun = rerun_text(&rerun);
	tap_progress(0, 0, NULL);
	tap_outcome(j->number, &o);
	report_job(r, j, &o);
	buf_free(&rerun);
	r->unobserved += j->unobserved;
	r->unrecorded += j->unrecorded;
	if (j->skipped[0] != '\0')
		r->skipped++;
	else if (j->verdict == VERDICT_PASS)
		r->passed++;
	else if (j->verdict == VERDICT_FAIL)
		r->failed++;
	else
		r->errors++;
}

static void schedule(struct run *r);

/* A board without its ec21vdfu gets no more cases while there are others. */
static void tell_lost(struct run *r)
{
	const struct board *b;
	const char *how;

	while ((b = boards_lost(&r->boards, &how)) != NULL) {
		tap_progress(0, 0, NULL);
		tap_comment("%s is lost, boards left: %zu; %s", b->conf->name,
			boards_left(&r->boards), how);
	}
}

static void on_over(void *arg, struct job *j)
{
	struct run *r = arg;

	r->active--;
	boards_give_back(&r->boards, j->board);
	tell_lost(r);
	if (j->skipped[0] == '\0' && j->verdict != VERDICT_PASS) {
		r->top_kept = r->top_kept || !r->interrupted;
		r->stop = r->stop || !r->keep_going;
	}
	while (r->printed < r->next && r->jobs[r->printed].finished)
		print_job(r, &r->jobs[r->printed++]);
	schedule(r);
}

/* Those on a real board speak AT, or to its console. */
static struct rig_opts opts_for(const struct run *r, const struct scenario *s)
{
	struct rig_opts opts = r->rig;

	if (r->board != NULL && rig_speaks_console(s)) {
		opts.kind = RIG_BOARD;
		opts.modem = NULL;
		opts.board = rig_board_board(r->board);
	}
	return opts;
}

/* The next one wants its board the other way round than the last one had it. */
static bool wants_turn(const struct run *r)
{
	return r->board != NULL && r->next < r->n_jobs &&
	       rig_speaks_console(r->jobs[r->next].scenario) != r->on_console;
}

static void schedule(struct run *r)
{
	char name[512];

	while (r->active < boards_at_a_time(&r->boards, r->parallel) &&
		r->next < r->n_jobs && !r->stop && !wants_turn(r)) {
		struct job *j = &r->jobs[r->next++];
		struct rig_opts opts = opts_for(r, j->scenario);

		r->active++;
		job_name(j, name, sizeof(name));
		tap_progress(r->printed, r->n_jobs, name);
		j->board = boards_take(&r->boards);
		job_start(j, &opts, &r->base, r->top);
	}
	if (r->active == 0)
		loop_stop(r->rig.loop);
}

static bool load(struct run *r)
{
	struct transcript_error err;

	r->scenarios = calloc(r->files.n, sizeof(*r->scenarios));
	if (r->scenarios == NULL)
		return false;
	for (size_t i = 0; i < r->files.n; i++) {
		const char *path = r->files.list[i];
		struct scenario *s = &r->scenarios[i];

		if (scenario_load(s, path, &err)) {
			r->n_scenarios = i + 1;
			r->n_jobs += s->n_cases ? s->n_cases : 1;
			continue;
		}
		transcript_file_complain("run", path, &err);
		return false;
	}
	return true;
}

static bool is_meant(const struct run *r, const struct scenario_case *c)
{
	return r->only == NULL || (c != NULL && strcmp(c->name, r->only) == 0);
}

/*
 * Of a folder only what is safe goes to a modem that somebody pays for, or
 * through a bridge.
 */
static const char *unfit_there(const struct run *r, const struct scenario *s)
{
	bool there = r->rig.modem != NULL;

	if ((there || r->board != NULL) && s->bench == BENCH_HARMFUL)
		return "it would harm the SIM or the settings of a modem that "
		       "is there";
	if (there ? !scenario_speaks_at(s) : !rig_bridges(&r->rig, s))
		return NULL;
	return s->bench != BENCH_SAFE && r->files.found[s - r->scenarios]
		       ? "it is not marked '# bench: safe': name it to run it "
			 "here"
		       : NULL;
}

/* Why a scenario is for another rig than this; NULL: it is for this. */
static const char *lacks(const struct run *r, const struct scenario *s)
{
	const struct rig_opts opts = opts_for(r, s);
	const char *lack = NULL;

	if (r->rig.in_process)
		return rig_memory_lacks(s);
	if (r->board != NULL)
		lack = rig_board_lacks(r->board, rig_speaks_console(s));
	if (lack == NULL)
		lack = rig_modem_lacks(&opts, s);
	return lack != NULL ? lack : unfit_there(r, s);
}

static bool plan(struct run *r)
{
	size_t n = 0, meant = 0;

	r->jobs = calloc(r->n_jobs, sizeof(*r->jobs));
	r->names = calloc(r->n_jobs, sizeof(*r->names));
	if (r->jobs == NULL || r->names == NULL)
		return false;
	for (size_t i = 0; i < r->n_scenarios; i++) {
		const struct scenario *s = &r->scenarios[i];

		for (size_t c = 0; c == 0 || c < s->n_cases; c++) {
			const struct scenario_case *kase =
				s->n_cases ? &s->cases[c] : NULL;

			if (!is_meant(r, kase))
				continue;
			/* Before rigs tell: compare pairs theirs by it. */
			if (r->record != NULL)
				record_name_set(r->names, meant, s->path,
					kase != NULL ? kase->name : NULL);
			meant++;
			if (lacks(r, s) != NULL)
				continue;
			r->jobs[n] = (struct job){.scenario = s,
				.kase = kase,
				.number = n + 1,
				.record = r->record,
				.record_name = &r->names[meant - 1],
				.keeps_lanes = r->report_dir != NULL,
				.observe = r->observe,
				.over = on_over,
				.arg = r};
			n++;
		}
	}
	r->n_jobs = n;
	r->elsewhere = meant - n;
	if (meant == 0)
		fprintf(stderr, "ec21hil: no case is called '%s'\n", r->only);
	return meant > 0;
}

/* Once, and not as a failure of each scenario. */
static bool has_firmware(const struct run *r)
{
	char why[600];

	for (size_t i = 0; i < r->n_jobs; i++) {
		if (rig_has_firmware(
			    &r->rig, r->jobs[i].scenario, why, sizeof(why)))
			continue;
		fprintf(stderr, "ec21hil run: %s\n", why);
		return false;
	}
	return true;
}

/* How many before and behind lack the same? All, for the first of them. */
static size_t lack_alike(const struct run *r, size_t i, const char *why)
{
	size_t n = 0;

	for (size_t k = 0; k < r->n_scenarios; k++) {
		const char *other = lacks(r, &r->scenarios[k]);

		if (other == NULL || strcmp(other, why) != 0)
			continue;
		if (k < i)
			return 0;
		n++;
	}
	return n;
}

/* No failure and no skip: other runs have them. */
static void tell_elsewhere(const struct run *r)
{
	if (r->elsewhere > 0)
		tap_comment("%zu are for another rig:", r->elsewhere);
	for (size_t i = 0; i < r->n_scenarios; i++) {
		const char *why = lacks(r, &r->scenarios[i]);
		size_t n = why != NULL ? lack_alike(r, i, why) : 0;

		if (n == 1)
			tap_comment("  %s: %s", r->scenarios[i].path, why);
		else if (n > 1)
			tap_comment("  %zu files, the first %s: %s", n,
				r->scenarios[i].path, why);
	}
}

/* ---- set-up ---- */

/* The jobs; on a board that wants a server not before its modem reaches it. */
static bool begin_jobs(struct run *r)
{
	if (run_reach_wanted(r))
		return run_reach_begin(r, schedule);
	schedule(r);
	return true;
}

static bool needs_certs(const struct run *r)
{
	if (r->certs != NULL)
		return false;
	for (size_t i = 0; i < r->n_scenarios; i++)
		if (scenario_wants_broker(&r->scenarios[i]) ||
			strstr(r->scenarios[i].text, "{$certs}") != NULL ||
			strstr(r->scenarios[i].text, "{$runcert}") != NULL ||
			strstr(r->scenarios[i].text, "{$runkey}") != NULL)
			return true;
	return false;
}

/* The parameters of all, and certificates if any scenario asks for them. */
static bool set_parameters(struct run *r)
{
	char certs[256];
	const char *host;
	size_t len;

	snprintf(certs, sizeof(certs), "%s/certs", r->top);
	host = vars_get(&r->set, "host", 4, &len);
	return vars_set(&r->base, "certs", r->certs ? r->certs : certs) &&
	       vars_copy(&r->base, &r->set) &&
	       (!needs_certs(r) || certs_make(r->rig.loop, certs, host));
}

static bool begin_report(struct run *r)
{
	const struct report_head head = {
		.rig = r->rig_name, .start = time(NULL)};

	r->report = report_open(r->report_dir, &head);
	return r->report != NULL;
}

static bool prepare(struct run *r)
{
	r->rig.loop = self_begin(r->top, sizeof(r->top));
	if (r->rig.loop == NULL)
		return false;
	if (r->report_dir != NULL && !begin_report(r))
		return false;
	/* What the article's sketch has built in [CLIENT C.4]. */
	return vars_set(&r->base, "host",
		       "data.iot.ap-northeast-1.amazonaws.com") &&
	       vars_set(&r->base, "port", "8443") &&
	       vars_set(&r->base, "mqttport", "8883") &&
	       vars_set(&r->base, "apn", "soracom.io") &&
	       vars_set(&r->base, "apn_user", "sora") &&
	       vars_set(&r->base, "apn_password", "sora");
}

/* A signal ended the loop: end the children too, in it. */
static void interrupt(struct run *r)
{
	r->stop = r->interrupted = true;
	for (size_t i = 0; i < r->next; i++)
		if (!r->jobs[i].finished)
			job_interrupt(&r->jobs[i]);
	if (run_reach_runs(r))
		job_interrupt(&r->reach_job);
	if (r->active > 0 || run_reach_runs(r))
		loop_run(r->rig.loop);
}

static void tell_grades(const struct run *r)
{
	unsigned counts[GRADE_ASM + 1] = {0}, none = 0;
	enum grade grade;

	for (size_t i = 0; i < r->printed; i++)
		if (scenario_grade(r->jobs[i].scenario, &grade))
			counts[grade]++;
		else
			none++;
	if (none < r->printed)
		tap_comment("by grade of their source: cap %u, man %u, kin %u, "
			    "inf %u, asm %u; without one %u",
			counts[GRADE_CAP], counts[GRADE_MAN], counts[GRADE_KIN],
			counts[GRADE_INF], counts[GRADE_ASM], none);
}

static int conclude(struct run *r)
{
	bool reported = report_close(r->report, r->n_jobs);

	r->report = NULL;
	tap_progress(0, 0, NULL);
	if (r->setup_failed)
		return EXIT_SETUP;
	if (r->interrupted)
		puts("Bail out! interrupted");
	else if (r->printed < r->n_jobs)
		tap_comment("stopped at the first failure; --keep-going runs "
			    "all");
	tap_comment("%zu passed, %zu failed, %zu skipped, %zu errors, %zu not "
		    "run",
		r->passed, r->failed, r->skipped, r->errors,
		r->n_jobs - r->printed);
	if (r->boards.n > 0)
		tap_comment("on %zu virtual boards, flashed %u times by "
			    "dfu-util and read back",
			r->boards.n, boards_flashes(&r->boards));
	if (r->unobserved > 0)
		tap_comment("%zu expectations were not observable on this rig",
			r->unobserved);
	tell_grades(r);
	tell_elsewhere(r);
	/* Also where the last of them had its verdict already. */
	if (r->interrupted)
		return EXIT_SETUP;
	if (r->failed > 0)
		return EXIT_FAILED;
	return r->errors > 0 || r->printed < r->n_jobs || !reported ? EXIT_SETUP
								    : EXIT_DONE;
}

void run_free(struct run *r)
{
	for (size_t i = 0; r->jobs != NULL && i < r->n_jobs; i++)
		job_free(&r->jobs[i]);
	boards_free(&r->boards);
	run_reach_free(r);
	rig_board_free(r->board);
	report_close(r->report, r->n_jobs);
	for (size_t i = 0; i < r->n_scenarios; i++)
		scenario_free(&r->scenarios[i]);
	free(r->jobs);
	free(r->names);
	free(r->scenarios);
	files_free(&r->files);
	vars_free(&r->set);
	buf_free(&r->again);
	vars_free(&r->base);
	self_end(r->rig.loop, r->top_kept ? NULL : r->top);
}

/* Nothing of what was asked for is for this rig: that proves nothing. */
static int conclude_none(const struct run *r)
{
	printf("TAP version 13\n1..0 # SKIP none of %zu is for this rig\n",
		r->elsewhere);
	tell_elsewhere(r);
	fprintf(stderr,
		"ec21hil run: none of the scenarios is for the rig %s; %s\n",
		r->rig_name, lacks(r, &r->scenarios[0]));
	return EXIT_SETUP;
}

static bool wants_broker(const struct run *r)
{
	for (size_t i = 0; i < r->n_jobs; i++)
		if (scenario_wants_broker(r->jobs[i].scenario))
			return true;
	return false;
}

static bool begin_virtual(struct run *r)
{
	size_t n = r->parallel < r->n_jobs ? r->parallel : r->n_jobs;
	char why[1000];

	if (r->rig.kind != RIG_VIRTUAL ||
		boards_make(&r->boards, n, r->rig.loop, r->top,
			rig_expect_boot(&r->rig), why, sizeof(why)))
		return true;
	fprintf(stderr, "ec21hil run: %s: %s\n", r->rig_name, why);
	return false;
}

static bool turn_board(struct run *r)
{
	char why[1000];

	r->settled = false;
	r->on_console = rig_speaks_console(r->jobs[r->next].scenario);
	if (rig_board_turn(r->board, r->on_console, why, sizeof(why)))
		return true;
	fprintf(stderr, "ec21hil run: %s: %s\n", r->rig_name, why);
	return false;
}

/* A board is one run's, and one scenario's at a time. */
static bool begin_board(struct run *r)
{
	char why[1000];

	if (r->board == NULL)
		return begin_virtual(r);
	r->parallel = 1;
	if (rig_board_vars(r->board, &r->base, why, sizeof(why)) &&
		(!wants_broker(r) ||
			rig_board_reaches(r->board, why, sizeof(why))) &&
		rig_board_begin(r->board, r->rig.loop, why, sizeof(why)))
		return turn_board(r);
	fprintf(stderr, "ec21hil run: %s: %s\n", r->rig_name, why);
	return false;
}

/* Of all that are to run, so that none is missed where it does not. */
static bool begin_records(const struct run *r)
{
	for (size_t i = 0; r->record != NULL && i < r->n_jobs; i++)
		if (!job_record_begin(&r->jobs[i]))
			return false;
	return true;
}

/* All of them; a real board is turned between those of two kinds. */
static void run_all(struct run *r)
{
	loop_run(r->rig.loop);
	while (r->active == 0 && !r->stop && !r->setup_failed &&
		wants_turn(r)) {
		if (!turn_board(r)) {
			r->setup_failed = true;
			return;
		}
		if (begin_jobs(r))
			loop_run(r->rig.loop);
		else
			r->setup_failed = true;
	}
	if (r->active > 0 || run_reach_runs(r))
		interrupt(r);
}

int run_scenarios(struct run *r)
{
	char why[1000];
	int status;

	r->rig.emulator = r->emulator;
	r->rig.broker = r->broker;
	r->rig.modem = r->modem;
	if (r->modem != NULL)
		r->parallel = 1; /* each would hear the others' answers */
	r->rig.settled = r->board != NULL ? &r->settled : NULL;
	if (!load(r) || !plan(r))
		return EXIT_SETUP;
	if (r->n_jobs == 0)
		return conclude_none(r);
	if (r->board == NULL &&
		!rig_has_modem(&r->rig, wants_broker(r), why, sizeof(why))) {
		fprintf(stderr, "ec21hil run: %s\n", why);
		return EXIT_SETUP;
	}
	if (!has_firmware(r) || !prepare(r) || !begin_board(r) ||
		!set_parameters(r) || !begin_records(r))
		return EXIT_SETUP;
	tap_plan(r->n_jobs);
	if (!begin_jobs(r))
		return EXIT_SETUP;
	run_all(r);
	status = conclude(r);
	return status == EXIT_DONE && r->unrecorded > 0 ? EXIT_SETUP : status;
}
