#include "hil/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/profile.h"
#include "hil/calibrate.h"
#include "hil/files.h"
#include "hil/rig.h"
#include "hil/scenario.h"
#include "hil/session.h"
#include "hil/transcript_file.h"

static const char usage[] =
	"usage: ec21hil calibrate [--profile NAME] RECORDING...\n"
	"       ec21hil calibrate --plan [--profile NAME] SCENARIO|FOLDER...\n"
	"\n"
	"Asks the emulator what a recording asked a modem, and prints the\n"
	"profile values that would make it answer alike and, by the times of\n"
	"the recording, as fast: a file for ec21emu --config, each value with\n"
	"the line it comes from. Record fixtures/scenarios/calibrate on a "
	"board\n"
	"for the most.\n\n"
	"  --profile NAME  to hold it against (default: the recording's, or "
	"ec21j)\n"
	"  --plan          say how long such scenarios take\n"
	"  --help          this text\n\n"
	"Exit status: 0 nothing to change, 1 values to change, 2 usage, "
	"set-up, or\ninterrupted.\n";

/* What a step without a limit of its own may take, as in hil/engine.c. */
#define DEADLINE_MS 5000

/* ---- how long it takes ---- */

static unsigned starts_with(const struct step *step, const char *text)
{
	size_t n = strlen(text);

	return step->len >= n && memcmp(step->body, text, n) == 0;
}

/* What a modem as the profile has it takes for a command, in ms. */
static int64_t usual_ms(const struct profile *p, const struct step *step)
{
	if (starts_with(step, "AT+COPS=?"))
		return p->reg_scan_delay;
	if (starts_with(step, "AT+COPS="))
		return p->reg_leave_delay;
	if (starts_with(step, "AT+CGATT="))
		return p->reg_attach_delay;
	if (starts_with(step, "AT+QIACT="))
		return p->pdp_activate;
	if (starts_with(step, "AT+QIDEACT="))
		return p->pdp_deactivate;
	if (starts_with(step, "AT+CFUN=1,1"))
		return p->boot_reset_rdy_delay + p->sim_sms_delay +
		       p->sim_pb_delay;
	return p->at_latency;
}

static bool plan_one(
	const char *path, const struct profile *p, int64_t total[2])
{
	struct transcript_error err = {0};
	int64_t usual = 0, most = 0;
	struct scenario s;
	size_t commands = 0;

	if (!scenario_load(&s, path, &err)) {
		transcript_file_complain("calibrate", path, &err);
		return false;
	}
	for (size_t i = 0; i < s.n_steps; i++) {
		const struct step *step = &s.steps[i];

		if (step->type == STEP_SEND) {
			commands++;
			usual += usual_ms(p, step);
		} else if (step->type == STEP_EXPECT) {
			most += step->limit_ms ? step->limit_ms : DEADLINE_MS;
		}
	}
	printf("%s: %zu commands, about %lld s, at most %lld s\n", path,
		commands, (long long)(usual + 999) / 1000,
		(long long)(most + 999) / 1000);
	total[0] += usual;
	total[1] += most;
	scenario_free(&s);
	return true;
}

static int plan(const char *profile, char **paths, int n)
{
	int64_t total[2] = {0};
	struct files files = {0};
	struct profile p;
	char why[600];
	bool ok;

	if (!rig_profile(&p, profile ? profile : "ec21j", why, sizeof(why))) {
		fprintf(stderr, "ec21hil calibrate: %s\n", why);
		return EXIT_SETUP;
	}
	ok = files_collect(&files, paths, n);
	for (size_t i = 0; ok && i < files.n; i++)
		ok = plan_one(files.list[i], &p, total);
	if (ok)
		printf("all: about %lld s, at most %lld s\n",
			(long long)(total[0] + 999) / 1000,
			(long long)(total[1] + 999) / 1000);
	files_free(&files);
	return ok ? EXIT_DONE : EXIT_SETUP;
}

/* ---- what it says ---- */

static bool calibrate_one(
	const char *file, const char *name, struct calibrate_counts *counts)
{
	char why[600];
	struct session board, ours;
	struct profile p;
	bool ok = false;

	if (!session_load_told("calibrate", &board, file))
		return false;
	if (name == NULL)
		name = board.profile != NULL ? board.profile : "ec21j";
	if (!rig_profile(&p, name, why, sizeof(why))) {
		fprintf(stderr, "ec21hil calibrate: %s\n", why);
	} else if (replay_on_emulator(file, name, &ours)) {
		calibrate_values(stdout, &board, &ours, file, counts);
		calibrate_times(stdout, &board, &p, file, counts);
		session_free(&ours);
		ok = true;
	}
	session_free(&board);
	return ok;
}

static size_t count_bits(uint64_t bits)
{
	size_t n = 0;

	for (; bits != 0; bits &= bits - 1)
		n++;
	return n;
}

static int calibrate(const char *profile, char **files)
{
	struct calibrate_counts counts = {0};

	for (; *files != NULL; files++)
		if (!calibrate_one(*files, profile, &counts))
			return EXIT_SETUP;
	printf("; %zu to change, %zu agree, %zu of %zu questions not asked or "
	       "refused\n",
		counts.change, counts.agree,
		calibrate_questions() - count_bits(counts.asked),
		calibrate_questions());
	return counts.change > 0 ? EXIT_FAILED : EXIT_DONE;
}

int cmd_calibrate(int argc, char **argv)
{
	static const struct option options[] = {
		{"profile", required_argument, NULL, 'p'},
		{"plan", no_argument, NULL, 'P'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *profile = NULL;
	bool plans = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		case 'p':
			profile = optarg;
			break;
		case 'P':
			plans = true;
			break;
		default:
			return bad_option("calibrate", options, c, argv);
		}
	}
	if (optind == argc)
		return bad_usage("calibrate",
			plans ? "expected scenarios" : "expected recordings");
	return plans ? plan(profile, argv + optind, argc - optind)
		     : calibrate(profile, argv + optind);
}
