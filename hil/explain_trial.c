#include "hil/explain_trial.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/certs.h"
#include "hil/explain_run.h"
#include "hil/self.h"
#include "io/loop.h"

#define PARALLEL 2
/* A server that takes clients without a certificate, too. */
#define OPTIONAL " mode=client-cert-optional"

/* ---- running them ---- */

struct lab {
	struct trials *t;
	const struct trial_opts *opts;
	const struct dialogue *d;
	const struct explanation *list;
	const struct explanation *about;
	bool *timing;
	struct rig_opts rig;
	struct vars base;
	char top[128], certs[4096];
	int silent; /* a socket that takes connections and never answers */
	unsigned silent_port;
	const struct hypothesis *planned[TRIALS_MAX];
	struct trial_run *runs[TRIALS_MAX];
	size_t next, active;
	bool failed;
};

static void schedule(struct lab *lab);

static bool complain(const char *what)
{
	fprintf(stderr, "ec21hil explain: %s: %s\n", what, strerror(errno));
	return false;
}

static bool write_config(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	bool ok = f != NULL && fputs(text, f) >= 0;

	if (f != NULL && fclose(f) != 0)
		ok = false;
	return ok || complain(path);
}

static bool needs_server(const struct lab *lab)
{
	for (size_t i = 0; i < lab->d->n_exchanges; i++)
		if (dialogue_is(lab->d, i, "+QSSLOPEN") ||
			dialogue_is(lab->d, i, "+QIOPEN"))
			return true;
	return false;
}

static bool set_words(struct lab *lab, struct trial_run *run,
	const struct hypothesis *h, size_t number)
{
	size_t size = sizeof(run->emulator_words);
	size_t n = (size_t)snprintf(run->emulator_words, size, "--fast");

	if (h->config != NULL) {
		char path[300];

		snprintf(path, sizeof(path), "%s/%zu.conf", lab->top, number);
		if (!write_config(path, h->config))
			return false;
		n += (size_t)snprintf(run->emulator_words + n, size - n,
			" --config {$lab}/%zu.conf", number);
	}
	if (h->flags & TRIAL_SILENT)
		/* Windows of minutes must pass in seconds. */
		snprintf(run->emulator_words + n, size - n,
			" --speed 100 --map=data.iot.ap-northeast-1.amazonaws."
			"com:8443=127.0.0.1:%u",
			lab->silent_port);
	else if (needs_server(lab))
		snprintf(run->broker_words, sizeof(run->broker_words),
			"https%s%s%s",
			h->mode != NULL && h->mode[0] != '\0' ? " mode=" : "",
			h->mode != NULL ? h->mode : "",
			h->mode == NULL || h->mode[0] != '\0'
				? (matter_presents_cert(&lab->about->matter)
						  ? ""
						  : OPTIONAL)
				: "");
	snprintf(run->profile, sizeof(run->profile), "%s",
		lab->opts->profile != NULL ? lab->opts->profile : "ec21j");
	return true;
}

static void on_over(void *arg, struct trial_run *run);

static bool start_trial(struct lab *lab, size_t i)
{
	const struct hypothesis *h = lab->planned[i];
	struct trial_result *result = &lab->t->list[i];
	struct trial_run *run = calloc(1, sizeof(*run));

	*result = (struct trial_result){.rule = h->rule, .title = h->title};
	if (h->flags & TRIAL_UNABLE) {
		free(run);
		snprintf(result->text, sizeof(result->text), "%s", h->config);
		return true;
	}
	if (run == NULL)
		return complain("trial");
	lab->runs[i] = run;
	run->result = result;
	run->dialogue = lab->d;
	run->about = lab->about->matter.f->exchange;
	run->about_result = lab->about->matter.f->type == FINDING_RESULT;
	run->over = on_over;
	run->arg = lab;
	snprintf(run->tmp, sizeof(run->tmp), "%s/%zu", lab->top, i);
	if (mkdir(run->tmp, 0700) != 0)
		return complain(run->tmp);
	if (!vars_copy(&run->vars, &lab->base) || !set_words(lab, run, h, i))
		return false;
	if (!script_make(&run->script, &lab->about->matter, lab->timing, h,
		    &run->vars, result->text, sizeof(result->text)) ||
		run->script.n == 0)
		return true; /* the result says why it was not tried */
	if (i == 0)
		snprintf(lab->t->assumed, sizeof(lab->t->assumed), "%s",
			run->script.assumed);
	lab->active++;
	trial_run_start(run, &lab->rig);
	return true;
}

/*
 * The first trial is of the log alone. If that reproduces it, the cause is in
 * what the host sent, and all others would only add to it.
 */
static void after_baseline(struct lab *lab)
{
	struct trials *t = lab->t;
	const struct file_fact *f = lab->about->matter.tls.file;
	unsigned odd = 0;

	for (int i = 0; i < TLS_FILES; i++)
		if (f[i].used && f[i].shapes != 0 &&
			!(f[i].shapes & (SHAPE_LF | SHAPE_CRLF)))
			odd |= f[i].shapes;
	if (t->list[0].outcome == TRIAL_DIFFERS)
		return;
	t->n = 1;
	if (t->list[0].outcome == TRIAL_REPRODUCES && odd != 0) {
		lab->planned[1] = &explain_repair;
		t->n = 2;
	}
}

static void schedule(struct lab *lab)
{
	/* The baseline alone first. */
	size_t parallel = lab->next <= 1 && lab->active > 0 ? 1 : PARALLEL;

	while (!lab->failed && lab->active < parallel &&
		lab->next < lab->t->n) {
		if (!start_trial(lab, lab->next++))
			lab->failed = true;
		if (lab->next == 1 && lab->active > 0)
			return;
		if (lab->next == 1)
			after_baseline(lab);
	}
	if (lab->active == 0)
		loop_stop(lab->rig.loop);
}

static void on_over(void *arg, struct trial_run *run)
{
	struct lab *lab = arg;

	if (--lab->active == 0 && run == lab->runs[0])
		after_baseline(lab);
	schedule(lab);
}

/* ---- set-up ---- */

/* Connections to it are made by the kernel; nobody ever reads them. */
static bool listen_silently(struct lab *lab)
{
	struct sockaddr_in sin = {.sin_family = AF_INET};
	socklen_t len = sizeof(sin);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	lab->silent = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (lab->silent < 0 ||
		bind(lab->silent, (struct sockaddr *)&sin, sizeof(sin)) != 0 ||
		listen(lab->silent, 8) != 0 ||
		getsockname(lab->silent, (struct sockaddr *)&sin, &len) != 0)
		return complain("a port on loopback");
	lab->silent_port = ntohs(sin.sin_port);
	return true;
}

static bool prepare(struct lab *lab)
{
	lab->rig.loop = self_begin(lab->top, sizeof(lab->top));
	if (lab->rig.loop == NULL)
		return false;
	if (lab->opts->certs != NULL)
		snprintf(
			lab->certs, sizeof(lab->certs), "%s", lab->opts->certs);
	else
		snprintf(lab->certs, sizeof(lab->certs), "%s/certs", lab->top);
	lab->rig.emulator = lab->opts->emulator;
	lab->rig.broker = lab->opts->broker;
	/* The names that the rig maps to the broker. */
	return vars_set(&lab->base, "certs", lab->certs) &&
	       vars_set(&lab->base, "lab", lab->top) &&
	       vars_set(&lab->base, "host",
		       "data.iot.ap-northeast-1.amazonaws.com") &&
	       vars_set(&lab->base, "port", "8443") &&
	       vars_set(&lab->base, "mqttport", "8883") &&
	       listen_silently(lab) &&
	       (lab->opts->certs != NULL ||
		       certs_make(lab->rig.loop, lab->certs, NULL));
}

static void clean_up(struct lab *lab)
{
	for (size_t i = 0; i < TRIALS_MAX; i++)
		if (lab->runs[i] != NULL) {
			trial_run_free(lab->runs[i]);
			free(lab->runs[i]);
		}
	vars_free(&lab->base);
	if (lab->silent >= 0)
		close(lab->silent);
	self_end(lab->rig.loop, lab->top);
	free(lab->timing);
}

/* ---- what to try, and what came of it ---- */

/* Its answer hangs on time: trials take none. */
static bool hangs_on_time(const struct explanation *e)
{
	const char *id = e->n_causes > 0 ? e->causes[0].rule->id : "";

	return strcmp(id, "sim-still-starting") == 0 ||
	       strcmp(id, "too-early") == 0;
}

/* The error to try: the last that a modem answered, TLS before others. */
static const struct explanation *choose(
	const struct explanation *list, size_t n, struct trials *t)
{
	const struct explanation *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct finding *f = list[i].matter.f;
		bool answered =
			f->type == FINDING_FINAL || f->type == FINDING_RESULT;

		if (!answered || f->exchange == NO_EXCHANGE ||
			hangs_on_time(&list[i]))
			continue;
		if (best != NULL && matter_is_tls(&best->matter) &&
			best->matter.f->code != 563)
			continue;
		best = &list[i];
		t->about = i;
	}
	return best;
}

static const char *why_none(const struct explanation *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct finding *f = list[i].matter.f;

		if (f->type == FINDING_POLICY)
			return "the emulator's own policy refused it, no modem";
		if (f->type == FINDING_CLIENT)
			return "the log has the firmware's words only, not "
			       "what it sent to the modem";
		if (hangs_on_time(&list[i]))
			return "it hangs on the time since the start, which a "
			       "trial does not take";
	}
	return "no error in it is a modem's answer to a command";
}

static void plan(struct lab *lab)
{
	const struct matter *m = &lab->about->matter;

	size_t n;
	const struct hypothesis *h = explain_hypotheses(&n);

	for (size_t i = 0; i < n && lab->t->n < TRIALS_MAX; i++)
		if (h[i].applies == NULL || h[i].applies(m))
			lab->planned[lab->t->n++] = &h[i];
}

/* The host's commands alone: what the log shows names the rule. */
static void name_baseline(struct lab *lab)
{
	const struct explanation *e = lab->about;
	struct trial_result *x = &lab->t->list[0];

	x->title = "what the host sent";
	if (e->n_causes > 0 && e->causes[0].score >= SCORE_LIKELY) {
		x->rule = e->causes[0].rule->id;
		x->title = e->causes[0].rule->cause;
	}
}

static void conclude(struct lab *lab)
{
	struct trials *t = lab->t;
	size_t left = 0, tried = 0;
	bool unable = false;

	for (size_t i = 0; i < t->n; i++) {
		left += t->list[i].outcome == TRIAL_REPRODUCES;
		tried += t->list[i].outcome != TRIAL_NOT_TRIED;
		unable = unable || (lab->planned[i]->flags & TRIAL_UNABLE);
	}
	if (tried == 0) {
		t->verdict = TRIALS_NONE_MADE;
		snprintf(t->not_made, sizeof(t->not_made), "%s",
			t->list[0].text);
		return;
	}
	if (t->list[0].outcome == TRIAL_REPRODUCES)
		name_baseline(lab);
	t->verdict = left == 0	 ? unable ? TRIALS_UNABLE : TRIALS_NO_SURVIVOR
		     : left == 1 ? TRIALS_ONE
				 : TRIALS_SEVERAL;
}

bool trials_run(struct trials *t, const struct trial_opts *opts,
	const struct dialogue *d, const struct explanation *list, size_t n)
{
	struct lab lab = {
		.t = t, .opts = opts, .d = d, .list = list, .silent = -1};
	bool ok = false;

	*t = (struct trials){.verdict = TRIALS_NONE_MADE};
	lab.about = choose(list, n, t);
	if (lab.about == NULL) {
		snprintf(t->not_made, sizeof(t->not_made), "%s",
			why_none(list, n));
		return true;
	}
	lab.timing = calloc(d->n_exchanges + 1, sizeof(*lab.timing));
	if (lab.timing == NULL)
		return complain("trials");
	for (size_t i = 0; i < n; i++)
		if (hangs_on_time(&list[i]) &&
			list[i].matter.f->exchange != NO_EXCHANGE)
			lab.timing[list[i].matter.f->exchange] = true;
	plan(&lab);
	if (prepare(&lab)) {
		schedule(&lab);
		if (lab.active > 0)
			loop_run(lab.rig.loop);
		/* A signal ends the loop early: half a verdict is none. */
		if (!lab.failed && (lab.active > 0 || lab.next < t->n)) {
			fputs("ec21hil explain: interrupted\n", stderr);
			lab.failed = true;
		}
		ok = !lab.failed;
		if (ok)
			conclude(&lab);
	} else {
		/* Rules need none of it. */
		ok = lab.rig.loop == NULL || !loop_signalled(lab.rig.loop);
		t->n = 0;
		snprintf(t->not_made, sizeof(t->not_made),
			"they could not be set up; standard error says why");
	}
	clean_up(&lab);
	return ok;
}
