#include "hil/broker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "hil/header.h"
#include "hil/proc.h"
#include "hil/tail.h"

struct broker {
	struct broker_opts opts;
	struct proc *proc;
	struct tail *tail;
	struct buf line; /* of the evidence */
	bool wants_https, wants_mqtts;
	bool has_https, has_mqtts, ready; /* as of now */
	char https[80], mqtts[80];
};

static void on_evidence(void *arg, const char *data, size_t len)
{
	struct broker *b = arg;

	while (len > 0) {
		const char *lf = memchr(data, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - data) : len;

		if (!buf_add(&b->line, data, n)) {
			b->opts.failed(b->opts.arg,
				"a line of the broker's evidence is too long");
			return;
		}
		if (lf == NULL)
			return;
		if (buf_cstr(&b->line) != NULL)
			b->opts.evidence(b->opts.arg, buf_cstr(&b->line));
		buf_reset(&b->line);
		data += n + 1;
		len -= n + 1;
	}
}

static void on_exit_(void *arg, bool success, const char *how)
{
	struct broker *b = arg;

	proc_free(b->proc);
	b->proc = NULL;
	b->opts.ended(b->opts.arg, success, how);
}

static void on_line(void *arg, const char *line)
{
	struct broker *b = arg;

	if (strncmp(line, "ready https ", 12) == 0) {
		snprintf(b->https, sizeof(b->https), "%s", line + 12);
		b->has_https = true;
	} else if (strncmp(line, "ready mqtts ", 12) == 0) {
		snprintf(b->mqtts, sizeof(b->mqtts), "%s", line + 12);
		b->has_mqtts = true;
	}
	if (b->ready || (b->wants_https && !b->has_https) ||
		(b->wants_mqtts && !b->has_mqtts))
		return;
	b->ready = true;
	b->opts.ready(b->opts.arg);
}

struct words {
	struct broker *b;
	struct argv *a;
};

static const char *broker_word(void *arg, const char *w)
{
	struct words *words = arg;

	if (strcmp(w, "none") == 0 || strcmp(w, "mode=none") == 0)
		return NULL;
	if (strcmp(w, "https") == 0) {
		words->b->wants_https = true;
	} else if (strcmp(w, "mqtts") == 0) {
		words->b->wants_mqtts = true;
	} else if (strncmp(w, "mode=", 5) == 0) {
		words->b->wants_https = true;
		argv_add(words->a, "--mode");
		argv_add(words->a, w + 5);
	} else {
		return "expected none, https, mqtts or mode=NAME";
	}
	return NULL;
}

/*
 * --OPTION=ADDRESS: where it listened before, which is where the modem looks
 * for it, or where it was told to be. Else the address is on the loopback and
 * this process's own: while the broker is away, nobody's connection from
 * 127.0.0.1 is given its port.
 */
static void add_listen(struct argv *a, const char *option, const char *before,
	const char *told)
{
	unsigned pid = (unsigned)getpid();

	if (before[0] != '\0' || told != NULL)
		argv_addf(
			a, "%s=%s", option, before[0] != '\0' ? before : told);
	else
		argv_addf(a, "%s=127.%u.%u.%u:0", option, 64 + (pid >> 16 & 63),
			pid >> 8 & 255, pid & 255);
}

static bool spawn(struct broker *b, struct argv *a, char *why, size_t size)
{
	const struct broker_opts *o = &b->opts;
	char evidence[4096], log[4096];
	struct proc_opts po = {
		.log = log, .line = on_line, .exited = on_exit_, .arg = b};
	const char *certs;
	size_t len;

	snprintf(log, sizeof(log), "%s/broker.log", o->tmp);
	snprintf(evidence, sizeof(evidence), "%s/evidence.jsonl", o->tmp);
	certs = vars_get(o->vars, "certs", 5, &len);
	argv_addf(a, "--certs=%s", certs != NULL ? certs : "");
	argv_addf(a, "--evidence=%s", evidence);
	if (b->wants_https)
		add_listen(a, "--https", b->https, o->https);
	if (b->wants_mqtts) {
		add_listen(a, "--mqtts", b->mqtts, o->mqtts);
		argv_add(a, "--mosquitto");
	}
	snprintf(why, size, "cannot follow the broker's evidence");
	if (b->tail == NULL)
		b->tail = tail_new(o->base, evidence, on_evidence, b);
	if (b->tail == NULL || a->failed)
		return false;
	po.argv = a->v;
	b->proc = proc_spawn(o->base, &po, why, size);
	return b->proc != NULL;
}

static bool launch(struct broker *b, char *why, size_t size)
{
	const struct scenario *s = b->opts.scenario;
	struct argv a = {0};
	struct words words = {b, &a};
	bool ok;

	argv_add(&a, b->opts.program);
	ok = header_words(s, b->opts.vars, "broker", s->broker, broker_word,
		&words, why, size);
	ok = ok &&
	     ((!b->wants_https && !b->wants_mqtts) || spawn(b, &a, why, size));
	argv_free(&a);
	return ok;
}

const char *broker_lacks(
	const struct scenario *scenario, const char *https, const char *mqtts)
{
	const char *wanted = scenario->broker;
	bool mode = wanted != NULL && strstr(wanted, "mode=") != NULL;

	if (wanted == NULL || (https == NULL && mqtts == NULL && !mode))
		return NULL;
	if (https == NULL && (mode || strstr(wanted, "https") != NULL))
		return "its broker is started for it: broker_https in "
		       "rigs.conf says where";
	if (mqtts == NULL && strstr(wanted, "mqtts") != NULL)
		return "its broker is started for it: broker_mqtts in "
		       "rigs.conf says where";
	return NULL;
}

struct broker *broker_start(const struct broker_opts *opts, bool *wanted,
	char *why, size_t why_size)
{
	struct broker *b = calloc(1, sizeof(*b));
	bool ok;

	*wanted = true;
	snprintf(why, why_size, "out of memory");
	if (b == NULL)
		return NULL;
	b->opts = *opts;
	buf_init(&b->line, (size_t)1 << 20);
	ok = launch(b, why, why_size);
	*wanted = !ok || b->wants_https || b->wants_mqtts;
	if (ok && *wanted)
		return b;
	broker_free(b);
	return NULL;
}

bool broker_start_again(struct broker *b, char *why, size_t why_size)
{
	b->has_https = b->has_mqtts = b->ready = false;
	return launch(b, why, why_size);
}

const char *broker_https(const struct broker *b)
{
	return b != NULL ? b->https : "";
}

const char *broker_mqtts(const struct broker *b)
{
	return b != NULL ? b->mqtts : "";
}

bool broker_runs(const struct broker *b)
{
	return b != NULL && b->proc != NULL;
}

void broker_signal(struct broker *b, int sig)
{
	if (broker_runs(b))
		proc_signal(b->proc, sig);
}

void broker_free(struct broker *b)
{
	if (b == NULL)
		return;
	proc_free(b->proc);
	tail_free(b->tail);
	buf_free(&b->line);
	free(b);
}
