#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hil/files.h"
#include "hil/rerun.h"
#include "hil/run.h"

static const char usage[] =
	"usage: ec21hil run [option]... SCENARIO|FOLDER...\n\n"
	"Runs scenarios and prints the outcome as TAP.\n\n"
	"  --rig NAME         modem (default): the scenario speaks AT; host: "
	"firmware\n"
	"                     does, as a process; virtual: the board's image, "
	"in QEMU\n"
	"                     (,image=PATH ,expect_boot=PATTERN); "
	",profile=NAME goes\n"
	"                     behind these; or a board of rigs.conf "
	"($EC21_RIGS)\n"
	"  --firmware CMD     of the rig host (default: wiofw beside ec21hil); "
	"knows\n"
	"                     {modem} {pins} {console} {state}\n"
	"  --observe          go on where the modem does otherwise\n"
	"  --modem URL        a modem that is there, tty:PATH or "
	"tcp:HOST:PORT,\n"
	"                     instead of ec21emu; WHY and BRK are not judged\n"
	"  --in-process       the modem inside of ec21hil: on a clock advanced "
	"by\n"
	"                     hand, with scripted peers, unless a broker is "
	"asked for\n"
	"  --split            the same, with all bytes one by one\n"
	"  --jobs N           so many at a time, 1 to 64 (default 1; 1 on "
	"--modem)\n"
	"  --keep-going       do not stop at the first failure\n"
	"  --case NAME        only the cases of this name\n"
	"  --set NAME=VALUE   a parameter, {$NAME} in scenarios\n"
	"  --certs DIR        certificates made by ec21certs (default: made)\n"
	"  --record DIR       keep what each run's modem recorded\n"
	"  --report DIR       write DIR/report.html and DIR/junit.xml\n"
	"  --emulator PATH    ec21emu (default: $EC21EMU, or beside ec21hil)\n"
	"  --broker PATH      ec21broker (default: $EC21BROKER, or beside it)\n"
	"  --help             this text\n\n"
	"Exit status: 0 all passed, 1 one failed, 2 usage, set-up, or "
	"interrupted.\n";

#define JOBS_MAX    64
#define OPTIONS_MAX ((size_t)16 << 10)

/* ---- options ---- */

static const struct option options[] = {
	{"rig", required_argument, NULL, 'r'},
	{"firmware", required_argument, NULL, 'F'},
	{"observe", no_argument, NULL, 'O'},
	{"modem", required_argument, NULL, 'm'},
	{"jobs", required_argument, NULL, 'j'},
	{"in-process", no_argument, NULL, 'i'},
	{"split", no_argument, NULL, 'S'},
	{"keep-going", no_argument, NULL, 'k'},
	{"case", required_argument, NULL, 'c'},
	{"set", required_argument, NULL, 's'},
	{"certs", required_argument, NULL, 'C'},
	{"emulator", required_argument, NULL, 'e'},
	{"broker", required_argument, NULL, 'b'},
	{"record", required_argument, NULL, 'R'},
	{"report", required_argument, NULL, 'T'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static bool bad_value(const char *option, const char *value, const char *what)
{
	fprintf(stderr, "ec21hil run: --%s %s: %s\n", option, value, what);
	return false;
}

static bool take_rig(struct run *r, const char *value)
{
	char why[300];

	r->rig_name = value;
	if (rig_name_is_built_in(value))
		return rig_name_take(&r->rig_words, value, &r->rig, why,
			       sizeof(why)) ||
		       bad_value("rig", value, why);
	r->board = rig_board_find(value, why, sizeof(why));
	if (r->board == NULL)
		return bad_value("rig", value, why);
	r->rig.modem = rig_board_modem(r->board);
	if (r->modem == NULL)
		r->modem = r->rig.modem;
	rig_board_servers(r->board, &r->rig);
	r->rig.fresh = true;
	return true;
}

static bool take_option(struct run *r, int c, const char *value)
{
	size_t n;
	char *end;

	switch (c) {
	case 'r':
		if (r->board != NULL || r->rig_words.name[0] != '\0')
			return bad_value("rig", value, "there is one already");
		return take_rig(r, value);
	case 'F':
		r->rig.firmware = value;
		return true;
	case 'O':
		r->observe = true;
		return true;
	case 'm':
		r->modem = value;
		return strncmp(value, "tty:", 4) == 0 ||
		       strncmp(value, "tcp:", 4) == 0 ||
		       bad_value("modem", value,
			       "expected tty:PATH or tcp:HOST:PORT");
	case 'j':
		r->parallel = strtoul(value, &end, 10);
		return (*end == '\0' && end != value && r->parallel >= 1 &&
			       r->parallel <= JOBS_MAX) ||
		       bad_value("jobs", value, "expected 1 to 64");
	case 'i':
		r->rig.in_process = true;
		return true;
	case 'S':
		r->rig.in_process = r->rig.split = true;
		return true;
	case 'k':
		r->keep_going = true;
		return true;
	case 'c':
		r->only = value;
		return true;
	case 's':
		n = vars_name_len(value, strlen(value));
		if (n == 0 || value[n] != '=')
			return bad_value("set", value, "expected NAME=VALUE");
		return vars_set_bytes(&r->set, value, n, value + n + 1,
			strlen(value + n + 1));
	case 'C':
		/* A mistyped one must not pass because nothing needed it. */
		r->certs = value;
		return access(value, R_OK | X_OK) == 0 ||
		       bad_value("certs", value, strerror(errno));
	case 'R':
		r->record = value;
		return mkdir(value, 0777) == 0 || errno == EEXIST ||
		       bad_value("record", value, strerror(errno));
	case 'T':
		r->report_dir = value;
		return true;
	case 'e':
		return snprintf(r->emulator, sizeof(r->emulator), "%s", value) <
		       (int)sizeof(r->emulator);
	case 'b':
		return snprintf(r->broker, sizeof(r->broker), "%s", value) <
		       (int)sizeof(r->broker);
	default:
		return false;
	}
}

/* Of one scenario: what the others, and the files written, are for goes. */
static void note_option(struct run *r, int c, const char *value)
{
	if (strchr("rjkcRT", c) == NULL)
		rerun_option(&r->again, options, c, value);
}

/*
 * A board has its modem. One in here is neither a board's nor any other, and
 * has no firmware.
 */
static bool options_agree(const struct run *r)
{
	if (r->board != NULL && r->modem != r->rig.modem) {
		bad_usage("run", "--modem contradicts a board: rigs.conf says "
				 "where its modem is");
		return false;
	}
	if (!r->rig.in_process || (r->modem == NULL && r->board == NULL &&
					  r->rig.kind == RIG_MODEM))
		return true;
	bad_usage("run", "--in-process and --split contradict --modem, and "
			 "each --rig but modem");
	return false;
}

int cmd_run(int argc, char **argv)
{
	struct run r = {.parallel = 1, .rig_name = "modem"};
	int c, status = EXIT_SETUP;

	files_find_program(
		"ec21emu", "EC21EMU", r.emulator, sizeof(r.emulator));
	files_find_program(
		"ec21broker", "EC21BROKER", r.broker, sizeof(r.broker));
	buf_init(&r.again, OPTIONS_MAX);
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			status = EXIT_DONE;
			goto out;
		}
		if (c == '?' || c == ':') {
			bad_option("run", options, c, argv);
			goto out;
		}
		if (!take_option(&r, c, optarg))
			goto out;
		note_option(&r, c, optarg);
	}
	if (options_agree(&r) &&
		files_collect(&r.files, argv + optind, argc - optind))
		status = run_scenarios(&r);
out:
	run_free(&r);
	return status;
}
