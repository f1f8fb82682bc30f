#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hil/explain.h"
#include "hil/explain_print.h"
#include "hil/explain_trial.h"
#include "hil/files.h"
#include "hil/transcript_file.h"

static const char usage[] =
	"usage: ec21hil explain [option]... FILE\n\n"
	"Says of each error in a transcript or a terminal log what it means,\n"
	"what brought it about and what to do; then tries the causes on the\n"
	"emulator. FILE - is standard input.\n\n"
	"  --json             one JSON object instead of sentences\n"
	"  --no-trials        rules only\n"
	"  --out DIR          write the scenario that tells causes apart\n"
	"  --profile NAME     the modem of the trials (default ec21j)\n"
	"  --certs DIR        certificates made by ec21certs (default: made)\n"
	"  --emulator PATH    ec21emu (default: $EC21EMU, or beside ec21hil)\n"
	"  --broker PATH      ec21broker (default: $EC21BROKER, or beside it)\n"
	"  --help             this text\n\n"
	"Exit status: 0 explained, 1 no error in it, none explained, or not\n"
	"reproduced, 2 usage, set-up, or interrupted.\n";

struct explain_cmd {
	struct trial_opts trial;
	char emulator[4096], broker[4096];
	const char *out;
	bool json, no_trials;
};

static const struct option options[] = {
	{"json", no_argument, NULL, 'j'},
	{"no-trials", no_argument, NULL, 'n'},
	{"out", required_argument, NULL, 'o'},
	{"profile", required_argument, NULL, 'p'},
	{"certs", required_argument, NULL, 'C'},
	{"emulator", required_argument, NULL, 'e'},
	{"broker", required_argument, NULL, 'b'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static void take_option(struct explain_cmd *o, int c, const char *value)
{
	switch (c) {
	case 'j':
		o->json = true;
		break;
	case 'n':
		o->no_trials = true;
		break;
	case 'o':
		o->out = value;
		break;
	case 'p':
		o->trial.profile = value;
		break;
	case 'C':
		o->trial.certs = value;
		break;
	case 'e':
		snprintf(o->emulator, sizeof(o->emulator), "%s", value);
		break;
	case 'b':
		snprintf(o->broker, sizeof(o->broker), "%s", value);
		break;
	default:
		break;
	}
}

/* Explained: each tried error is reproduced, and one has a cause at least. */
static int exit_status(const struct explain_report *r)
{
	bool caused = false;

	for (size_t i = 0; i < r->n; i++)
		caused = caused || r->list[i].n_causes > 0 ||
			 (r->list[i].code != NULL &&
				 r->list[i].code->cause != NULL);
	if (r->trials != NULL && r->trials->verdict == TRIALS_NO_SURVIVOR)
		return EXIT_FAILED;
	return caused ? EXIT_DONE : EXIT_FAILED;
}

static bool write_split(const struct explain_cmd *o, const struct trials *t,
	const struct explanation *list)
{
	char path[4200];

	if (o->out == NULL || t->verdict != TRIALS_SEVERAL)
		return true;
	if (!trials_can_split(t, list)) {
		fputs("ec21hil explain: --out: there is no scenario that tells "
		      "these causes apart\n",
			stderr);
		return true;
	}
	snprintf(path, sizeof(path), "%s/split.at", o->out);
	if ((mkdir(o->out, 0777) != 0 && errno != EEXIST) ||
		!trials_write_split(t, list, path)) {
		fprintf(stderr, "ec21hil explain: cannot write %s: %s\n", path,
			strerror(errno));
		return false;
	}
	fprintf(o->json ? stderr : stdout, "written: %s\n", path);
	return true;
}

static int explain(
	const struct explain_cmd *o, const char *path, const struct dialogue *d)
{
	size_t n = d->n_findings;
	struct explanation *list = calloc(n + 1, sizeof(*list));
	struct trials *trials = calloc(1, sizeof(*trials));
	struct explain_report r = {
		.path = path, .dialogue = d, .list = list, .n = n};
	int status = EXIT_SETUP;

	if (list == NULL || trials == NULL) {
		fputs("ec21hil explain: out of memory\n", stderr);
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		explain_finding(&list[i], d, &d->findings[i]);
	if (!o->no_trials && n > 0) {
		if (!trials_run(trials, &o->trial, d, list, n))
			goto out;
		r.trials = trials;
	}
	if (!o->json)
		explain_print_text(&r);
	else if (!explain_print_json(&r))
		goto out;
	if (n == 0 && !o->json)
		puts("no error found in it");
	if (r.trials != NULL && !write_split(o, trials, list))
		goto out;
	status = exit_status(&r);
out:
	free(list);
	free(trials);
	return status;
}

static int explain_file(const struct explain_cmd *o, const char *path)
{
	struct transcript_error err;
	struct dialogue d = {0};
	struct termlog log;
	int status = EXIT_SETUP;

	termlog_init(&log);
	if (!termlog_load(&log, path, &err)) {
		transcript_file_complain("explain", path, &err);
	} else if (!dialogue_read(&d, &log)) {
		fputs("ec21hil explain: out of memory\n", stderr);
	} else {
		status = explain(o, path, &d);
	}
	dialogue_free(&d);
	termlog_free(&log);
	return status;
}

int cmd_explain(int argc, char **argv)
{
	struct explain_cmd o = {.json = false};
	int c;

	files_find_program(
		"ec21emu", "EC21EMU", o.emulator, sizeof(o.emulator));
	files_find_program(
		"ec21broker", "EC21BROKER", o.broker, sizeof(o.broker));
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?' || c == ':')
			return bad_option("explain", options, c, argv);
		take_option(&o, c, optarg);
	}
	if (argc - optind != 1)
		return bad_usage("explain", "expected one file");
	o.trial.emulator = o.emulator;
	o.trial.broker = o.broker;
	return explain_file(&o, argv[optind]);
}
