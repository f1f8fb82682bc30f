#include "hil/run_reach.h"

#include <stdio.h>
#include <string.h>

#include "hil/report_tap.h"
#include "io/loop.h"

#define NAME "035-reach.at"

/* Made of fixtures/scenarios/bench/035-reach.at. */
extern const char *const reach_scenario[];

static bool is_reach(const struct scenario *s)
{
	const char *slash = strrchr(s->path, '/');

	return strcmp(slash != NULL ? slash + 1 : s->path, NAME) == 0;
}

bool run_reach_wanted(const struct run *r)
{
	if (r->board == NULL || r->on_console || r->reach_job.begun)
		return false;
	for (size_t i = r->next; i < r->n_jobs; i++) {
		const struct scenario *s = r->jobs[i].scenario;

		if (scenario_wants_broker(s) && scenario_speaks_at(s) &&
			!is_reach(s))
			return true;
	}
	return false;
}

static const char *parameter(const struct run *r, const char *name)
{
	size_t len;
	const char *value = vars_get(&r->base, name, strlen(name), &len);

	return value != NULL ? value : "?";
}

/* What the modem said goes to the TAP, the sentence to standard error too. */
static void tell_unreached(struct run *r, const struct job *j)
{
	const char *host = parameter(r, "host"), *port = parameter(r, "port");
	const char *report = j->report != NULL ? j->report : "";

	tap_masked_lines(report);
	printf("Bail out! the modem does not reach %s:%s\n", host, port);
	fflush(stdout);
	fprintf(stderr,
		"ec21hil run: %s: the modem does not reach %s port %s by TCP "
		"from its network, so nothing was run: %.*s; docs/bench.md "
		"tells how to let it\n",
		r->rig_name, host, port, (int)strcspn(report, "\n"), report);
	r->setup_failed = true;
}

static void on_over(void *arg, struct job *j)
{
	struct run *r = arg;

	if (j->verdict == VERDICT_PASS && !r->interrupted) {
		tap_comment("the modem reaches %s port %s",
			parameter(r, "host"), parameter(r, "port"));
		r->reached(r);
		return;
	}
	if (!r->interrupted)
		tell_unreached(r, j);
	loop_stop(r->rig.loop);
}

static bool load(struct scenario *s)
{
	struct transcript_error err;
	struct buf text;
	bool ok = true;

	buf_init(&text, 65536);
	for (size_t i = 0; ok && reach_scenario[i] != NULL; i++)
		ok = buf_adds(&text, reach_scenario[i]) &&
		     buf_addc(&text, '\n');
	ok = ok && scenario_parse(s, NAME, (const char *)buf_data(&text),
			   buf_len(&text), &err);
	buf_free(&text);
	return ok;
}

bool run_reach_begin(struct run *r, void (*reached)(struct run *))
{
	if (!load(&r->reach))
		return false;
	r->reached = reached;
	r->reach_job =
		(struct job){.scenario = &r->reach, .over = on_over, .arg = r};
	job_start(&r->reach_job, &r->rig, &r->base, r->top);
	return true;
}

bool run_reach_runs(const struct run *r)
{
	return r->reach_job.begun && !r->reach_job.finished;
}

void run_reach_free(struct run *r)
{
	job_free(&r->reach_job);
	scenario_free(&r->reach);
}
