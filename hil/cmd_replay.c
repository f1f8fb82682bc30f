#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/record_name.h"
#include "hil/replay_judge.h"
#include "hil/replay_scenario.h"
#include "hil/rerun.h"
#include "hil/self.h"
#include "hil/session.h"
#include "hil/transcript_file.h"

static const char usage[] =
	"usage: ec21hil replay [option]... RECORDING\n\n"
	"Sends the host's side of a recording to the emulator, each command\n"
	"when the one before was answered, works its pins, and compares what\n"
	"the modem says with what was recorded. Tells the first divergence.\n\n"
	"  --profile NAME  in place of the recording's\n"
	"  --broker WORDS  a broker where the recording's server was; words as "
	"in\n"
	"                  the header of a scenario: https, mode=NAME\n"
	"  --pace full|recorded\n"
	"                  recorded: with the recording's pauses and the "
	"modem's\n"
	"                  latencies, without a broker on a clock advanced by\n"
	"                  hand (default: recorded if it begins with a boot "
	"and\n"
	"                  there is no broker, else full)\n"
	"  --certs DIR     certificates of that broker; a key among them that "
	"is\n"
	"                  the masked one, by its digest, is sent in its "
	"place\n"
	"  --record FILE   keep what the emulator said\n"
	"  --report DIR    DIR/junit.xml and DIR/report.html, and TAP here\n"
	"  --help          this text\n\n"
	"Exit status: 0 the same, 1 it diverges, 2 usage, set-up, "
	"interrupted, or\n"
	"nothing that can be judged.\n";

struct replay {
	const char *certs, *file, *record, *report;
	struct replay_plan plan;
	struct loop *loop;
	char top[256], rerun[2048];
	bool top_kept; /* somebody was told to look there */
};

static bool run_scenario(struct replay *r, const char *path)
{
	struct argv a = {0};
	char tap[300];
	int status;

	snprintf(tap, sizeof(tap), "%s/tap", r->top);
	argv_add(&a, "ec21hil");
	argv_add(&a, "run");
	argv_add(&a, "--in-process");
	argv_add(&a, "--observe");
	argv_addf(&a, "--record=%s/out", r->top);
	if (r->certs != NULL)
		argv_addf(&a, "--certs=%s", r->certs);
	if (r->plan.host[0] != '\0') {
		argv_addf(&a, "--set=host=%s", r->plan.host);
		argv_addf(&a, "--set=port=%s", r->plan.port);
	}
	argv_add(&a, path);
	status = self_run(r->loop, &a, tap);
	argv_free(&a);
	if (status > 0) {
		fprintf(stderr,
			"ec21hil replay: the run did not go through; see %s\n",
			tap);
		r->top_kept = true;
	} else if (status < 0) {
		fputs("ec21hil replay: the run did not end\n", stderr);
	}
	return status == 0;
}

/* What the modem said. */
static bool find_recording(
	const struct replay *r, const char *scenario, char *path, size_t size)
{
	struct record_name name;

	record_name_set(&name, 0, scenario, NULL);
	return snprintf(path, size, "%s/out/%s.at", r->top, name.text) <
		       (int)size &&
	       access(path, R_OK) == 0;
}

/* As far as `recording`, what the emulator said. */
static bool play(struct replay *r, char *recording, size_t size)
{
	struct transcript_error err = {0};
	char scenario[300];

	snprintf(scenario, sizeof(scenario), "%s/replay.at", r->top);
	r->plan.folder = r->top;
	r->plan.certs = r->certs;
	buf_init(&r->plan.notes, (size_t)1 << 20);
	if (replay_scenario_make(&r->plan, r->file, scenario, &err))
		return run_scenario(r, scenario) &&
		       find_recording(r, scenario, recording, size);
	transcript_file_complain("replay", r->file, &err);
	return false;
}

bool replay_on_emulator(
	const char *file, const char *profile, struct session *said)
{
	struct replay r = {
		.file = file, .plan = {.profile = profile, .pace = PACE_FULL}};
	char recording[600];
	bool ok;

	r.loop = self_begin(r.top, sizeof(r.top));
	if (r.loop == NULL)
		return false;
	ok = play(&r, recording, sizeof(recording)) &&
	     session_load_told("replay", said, recording);
	if (ok && self_interrupted(r.loop)) {
		fputs("ec21hil: interrupted\n", stderr);
		session_free(said);
		ok = false;
	}
	self_end(r.loop, r.top_kept ? NULL : r.top);
	if (buf_len(&r.plan.notes) > 0 && buf_cstr(&r.plan.notes) != NULL)
		fputs(buf_cstr(&r.plan.notes), stderr);
	buf_free(&r.plan.notes);
	return ok;
}

static int judge(struct replay *r, const char *replayed)
{
	const char *notes = buf_cstr(&r->plan.notes);
	const struct replay_judge j = {
		.recording = r->file,
		.replayed = replayed,
		.hurried = r->plan.boots && r->plan.pace == PACE_FULL,
		.boots = r->plan.boots,
		.key_made_up = r->plan.key_made_up,
		.notes = notes != NULL ? notes : "",
		.report = r->report,
		.rerun = r->rerun,
	};

	if (r->record != NULL && !files_copy(replayed, r->record)) {
		fprintf(stderr, "ec21hil replay: %s: %s\n", r->record,
			strerror(errno));
		return EXIT_SETUP;
	}
	return replay_judge(&j);
}

static int replay(struct replay *r)
{
	char path[600];
	int status = EXIT_SETUP;

	r->loop = self_begin(r->top, sizeof(r->top));
	if (r->loop == NULL)
		return EXIT_SETUP;
	if (play(r, path, sizeof(path)))
		status = judge(r, path);
	self_end(r->loop, r->top_kept ? NULL : r->top);
	buf_free(&r->plan.notes);
	return status;
}

/* ---- options ---- */

static bool take_pace(struct replay *r, const char *value)
{
	if (strcmp(value, "recorded") == 0)
		r->plan.pace = PACE_RECORDED;
	else if (strcmp(value, "full") == 0)
		r->plan.pace = PACE_FULL;
	else
		fputs("ec21hil replay: --pace: expected full or recorded\n",
			stderr);
	return r->plan.pace != PACE_AUTO;
}

/* For a report: the command again, as it was given. */
static void note_command(struct replay *r, int argc, char **argv)
{
	struct buf text;

	buf_init(&text, sizeof(r->rerun) - 1);
	rerun_begin(&text, argv[0]);
	for (int i = 1; i < argc; i++)
		rerun_word(&text, argv[i]);
	snprintf(r->rerun, sizeof(r->rerun), "%s", rerun_text(&text));
	buf_free(&text);
}

int cmd_replay(int argc, char **argv)
{
	static const struct option options[] = {
		{"profile", required_argument, NULL, 'p'},
		{"broker", required_argument, NULL, 'b'},
		{"pace", required_argument, NULL, 'P'},
		{"certs", required_argument, NULL, 'C'},
		{"record", required_argument, NULL, 'R'},
		{"report", required_argument, NULL, 'T'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct replay r = {0};
	int c;

	note_command(&r, argc, argv);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			r.plan.profile = optarg;
			break;
		case 'b':
			r.plan.broker = optarg;
			break;
		case 'C':
			r.certs = optarg;
			break;
		case 'R':
			r.record = optarg;
			break;
		case 'T':
			r.report = optarg;
			break;
		case 'P':
			if (!take_pace(&r, optarg))
				return EXIT_SETUP;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return bad_option("replay", options, c, argv);
		}
	}
	if (argc - optind != 1)
		return bad_usage("replay", "expected one recording");
	r.file = argv[optind];
	return replay(&r);
}
