#include "hil/commands.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/profile.h"
#include "hil/certs.h"
#include "hil/report_tap.h"
#include "hil/rerun.h"
#include "hil/rig_board.h"
#include "hil/rig_name.h"
#include "hil/self.h"
#include "hil/verdict.h"
#include "hil/verdict_report.h"

static const char usage[] =
	"usage: ec21hil compare --rig A --rig B [option]... "
	"SCENARIO|FOLDER...\n"
	"       ec21hil compare --recorded DIR [option]...\n\n"
	"Runs the scenarios on both rigs, without judging their expectations,\n"
	"and compares what the modems said, what the firmware's consoles "
	"said,\n"
	"and what the brokers saw. Prints the outcome as TAP.\n\n"
	"  --rig NAME[,profile=P]  as of ec21hil run; give it twice\n"
	"  --in-process            both modems inside of ec21hil\n"
	"  --accept FILE           differences that are known, with a reason\n"
	"                          (default: FOLDER/board.accepted, if there)\n"
	"  --timing FACTOR         an exchange that takes so many times as "
	"long "
	"as\n"
	"                          on the other rig, and 100 ms more, differs\n"
	"  --report DIR            write DIR/report.html and DIR/junit.xml\n"
	"  --record DIR            keep the recordings, as DIR/A and DIR/B\n"
	"  --recorded DIR          run nothing: compare what is in DIR/A and "
	"DIR/B\n"
	"  --certs DIR             certificates (default: made once for both)\n"
	"  --jobs N                so many at a time\n"
	"  --set NAME=VALUE        a parameter of both\n"
	"  --help                  this text\n\n"
	"Exit status: 0 same, 1 they differ or cannot be compared, 2 usage,\n"
	"set-up, or interrupted.\n";

#define OPTIONS_MAX ((size_t)16 << 10)
#define RERUN_MAX   ((size_t)32 << 10)

struct compare {
	char folder_accept[4200]; /* of a folder of scenarios */
	const char *rigs[2], *accept, *certs, *jobs, *record, *report_dir;
	const char *recorded;
	size_t n_rigs;
	bool in_process, interrupted;
	struct loop *loop;
	struct buf again; /* the options that a rerun needs */
	char **scenarios;
	const char *sets[32];
	size_t n_sets;
	double timing;
	char top[256], dirs[2][4200], files[1000], made_certs[300];
	struct accepted accepted;
	struct report *report;
	size_t counts[ITEM_NOT_COMPARABLE + 1], known, foreign;
	size_t done, failed;
};

/* ---- one scenario ---- */

/* file: its own scenario; NULL: none is known, so all. */
static void write_rerun(struct compare *c, const char *file, struct buf *text)
{
	rerun_begin(text, "compare");
	buf_adds(text, rerun_text(&c->again));
	if (c->recorded == NULL && file != NULL)
		rerun_word(text, file);
	else
		for (char **s = c->scenarios; *s != NULL; s++)
			rerun_word(text, *s);
}

static bool compare_one(struct compare *c, const char *name)
{
	const struct verdict_opts o = {
		.dirs = {c->dirs[0], c->dirs[1]},
		.rigs = {c->rigs[0], c->rigs[1]},
		.accepted = &c->accepted,
		.timing = c->timing,
	};
	struct verdicts v;
	struct buf text, rerun;
	bool same;

	if (!verdict_make(&v, &o, name)) {
		fputs("ec21hil compare: out of memory\n", stderr);
		verdict_free(&v);
		return false;
	}
	same = verdict_is_same(&v);
	tap_test(same, ++c->done, name);
	putchar('\n');
	buf_init(&text, (size_t)4 << 20);
	verdict_print(&v, &text);
	if (buf_cstr(&text) != NULL)
		tap_masked_lines(buf_cstr(&text));
	buf_init(&rerun, RERUN_MAX);
	write_rerun(c, v.file, &rerun);
	verdict_report_add(
		c->report, &v, c->done, buf_cstr(&text), rerun_text(&rerun));
	buf_free(&rerun);
	for (size_t i = 0; i <= ITEM_NOT_COMPARABLE; i++)
		c->counts[i] += v.counts[i];
	c->known += v.accepted;
	c->foreign += v.n_foreign;
	c->failed += !same;
	buf_free(&text);
	verdict_free(&v);
	return true;
}

/* ---- all of them ---- */

static int is_run(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && strcmp(d->d_name + n - 4, ".run") == 0;
}

struct names {
	struct dirent **list[2];
	int n[2], at[2];
};

/* The next name of either folder, in order; false: no more. */
static bool next_name(struct names *names, char *name, size_t size)
{
	const char *next[2] = {NULL, NULL};
	int order;

	for (int i = 0; i < 2; i++)
		if (names->at[i] < names->n[i])
			next[i] = names->list[i][names->at[i]]->d_name;
	if (next[0] == NULL && next[1] == NULL)
		return false;
	order = next[0] == NULL	  ? 1
		: next[1] == NULL ? -1
				  : strcmp(next[0], next[1]);
	names->at[0] += order <= 0;
	names->at[1] += order >= 0;
	snprintf(name, size, "%s", next[order > 0]);
	name[strlen(name) - 4] = '\0';
	return true;
}

static size_t count_names(struct names names)
{
	char name[300];
	size_t n = 0;

	while (next_name(&names, name, sizeof(name)))
		n++;
	return n;
}

static bool compare_folders(struct compare *c)
{
	struct names names = {0};
	char name[300];
	bool ok = true;

	for (int k = 0; k < 2; k++) {
		int n = scandir(c->dirs[k], &names.list[k], is_run, alphasort);

		names.n[k] = n > 0 ? n : 0;
	}
	tap_plan(count_names(names));
	while (ok && !c->interrupted && next_name(&names, name, sizeof(name))) {
		ok = compare_one(c, name);
		c->interrupted = self_interrupted(c->loop);
	}
	for (int k = 0; k < 2; k++) {
		for (int i = 0; i < names.n[k]; i++)
			free(names.list[k][i]);
		free(names.list[k]);
	}
	return ok;
}

/* ---- running ---- */

/* Once for both. */
static bool make_certs(struct compare *c)
{
	const char *host = NULL;

	for (size_t i = 0; i < c->n_sets; i++)
		if (strncmp(c->sets[i], "host=", 5) == 0)
			host = c->sets[i] + 5;
	snprintf(c->made_certs, sizeof(c->made_certs), "%s/certs", c->top);
	c->certs = c->made_certs;
	return certs_make(c->loop, c->certs, host);
}

/* False when the run could not even begin. */
static bool run_rig(struct compare *c, int side, char **files)
{
	char tap[300];
	struct argv a = {0};
	int status;

	snprintf(tap, sizeof(tap), "%s/%d.tap", c->top, side);
	argv_add(&a, "ec21hil");
	argv_add(&a, "run");
	argv_add(&a, "--observe");
	argv_add(&a, "--keep-going");
	argv_addf(&a, "--rig=%s", c->rigs[side]);
	argv_addf(&a, "--record=%s", c->dirs[side]);
	argv_addf(&a, "--certs=%s", c->certs);
	if (c->in_process)
		argv_add(&a, "--in-process");
	if (c->jobs != NULL)
		argv_addf(&a, "--jobs=%s", c->jobs);
	for (size_t i = 0; i < c->n_sets; i++)
		argv_addf(&a, "--set=%s", c->sets[i]);
	for (; *files != NULL; files++)
		argv_add(&a, *files);
	status = self_run(c->loop, &a, tap);
	argv_free(&a);
	if (status != 0)
		fprintf(stderr, "ec21hil compare: the run on %s %s\n",
			c->rigs[side],
			status < 0 ? "did not end" : "did not go through");
	/* Runs with errors are there, and are not comparable. */
	return status >= 0;
}

static bool run_both(struct compare *c, char **files)
{
	return (c->certs != NULL || make_certs(c)) && run_rig(c, 0, files) &&
	       run_rig(c, 1, files);
}

/* A folder with recordings of another comparison is none for this one. */
static bool make_folder(const char *path)
{
	struct dirent **list;
	int n;

	if (mkdir(path, 0777) == 0)
		return true;
	n = errno == EEXIST ? scandir(path, &list, is_run, NULL) : -1;
	for (int i = 0; i < n; i++)
		free(list[i]);
	if (n >= 0)
		free(list);
	if (n == 0)
		return true;
	if (n > 0)
		errno = EEXIST;
	fprintf(stderr, "ec21hil compare: %s: %s\n", path, strerror(errno));
	return false;
}

static bool prepare(struct compare *c)
{
	const char *where;
	const struct report_head head = {
		c->rigs[0], time(NULL), c->rigs[1], c->files};

	if (c->accept != NULL && !accepted_load(&c->accepted, c->accept))
		return false;
	c->loop = self_begin(c->top, sizeof(c->top));
	if (c->loop == NULL)
		return false;
	where = c->recorded != NULL ? c->recorded
		: c->record != NULL ? c->record
				    : c->top;
	for (int i = 0; i < 2; i++)
		snprintf(c->dirs[i], sizeof(c->dirs[i]), "%.4000s/%c", where,
			'A' + i);
	if (c->recorded == NULL &&
		(!make_folder(where) || !make_folder(c->dirs[0]) ||
			!make_folder(c->dirs[1])))
		return false;
	if (c->report_dir == NULL)
		return true;
	c->report = report_open(c->report_dir, &head);
	return c->report != NULL;
}

static int conclude(struct compare *c)
{
	bool written = report_close(c->report, c->done);

	c->report = NULL;
	if (c->interrupted) {
		puts("Bail out! interrupted");
		return EXIT_SETUP;
	}
	tap_comment("A is %s, B is %s: %zu same, %zu differ, %zu one side "
		    "only, %zu not comparable, %zu accepted",
		c->rigs[0], c->rigs[1], c->counts[ITEM_SAME],
		c->counts[ITEM_DIFFERS],
		c->counts[ITEM_ONLY_A] + c->counts[ITEM_ONLY_B],
		c->counts[ITEM_NOT_COMPARABLE], c->known);
	if (c->foreign > 0)
		tap_comment("%zu connections were of other runs", c->foreign);
	if (c->known > 0)
		tap_comment("accepted: as %s says why", c->accept);
	for (size_t i = 0; i < c->accepted.n; i++)
		if (!c->accepted.list[i].used)
			tap_comment("accepted, but not met: %s line %u: %s %s",
				c->accept, c->accepted.list[i].line,
				c->accepted.list[i].scenario,
				c->accepted.list[i].row);
	if (c->done == 0) {
		fputs("ec21hil compare: nothing ran on either rig\n", stderr);
		return EXIT_SETUP;
	}
	if (c->failed > 0)
		return EXIT_FAILED;
	return written ? EXIT_DONE : EXIT_SETUP;
}

static int compare(struct compare *c, char **files)
{
	int status = EXIT_SETUP;

	if (prepare(c) && (c->recorded != NULL || run_both(c, files)) &&
		compare_folders(c))
		status = conclude(c);
	report_close(c->report, c->done);
	accepted_free(&c->accepted);
	buf_free(&c->again);
	self_end(c->loop, c->top);
	return status;
}

/*
 * What a board's modem does otherwise because it is on a board is written down
 * beside the scenarios.
 */
static void find_accepted(struct compare *c, char **files)
{
	for (; c->accept == NULL && *files != NULL; files++) {
		snprintf(c->folder_accept, sizeof(c->folder_accept),
			"%.4000s/board.accepted", *files);
		if (access(c->folder_accept, R_OK) == 0)
			c->accept = c->folder_accept;
	}
}

/* ---- options ---- */

static const struct option options[] = {
	{"rig", required_argument, NULL, 'r'},
	{"in-process", no_argument, NULL, 'i'},
	{"accept", required_argument, NULL, 'a'},
	{"timing", required_argument, NULL, 't'},
	{"report", required_argument, NULL, 'T'},
	{"record", required_argument, NULL, 'R'},
	{"recorded", required_argument, NULL, 'd'},
	{"certs", required_argument, NULL, 'C'},
	{"jobs", required_argument, NULL, 'j'},
	{"set", required_argument, NULL, 's'},
	{"help", no_argument, NULL, 'h'},
	{NULL, 0, NULL, 0},
};

static bool take_timing(struct compare *c, const char *value)
{
	char *end;

	c->timing = strtod(value, &end);
	if (*end == '\0' && end != value && c->timing > 1)
		return true;
	fprintf(stderr,
		"ec21hil compare: --timing %s: expected a factor above 1\n",
		value);
	return false;
}

static bool take_option(struct compare *c, int option)
{
	switch (option) {
	case 'r':
		if (c->n_rigs == 2)
			break;
		c->rigs[c->n_rigs++] = optarg;
		return true;
	case 'i':
		c->in_process = true;
		return true;
	case 'a':
		c->accept = optarg;
		return true;
	case 't':
		return take_timing(c, optarg);
	case 'T':
		c->report_dir = optarg;
		return true;
	case 'R':
		c->record = optarg;
		return true;
	case 'd':
		c->recorded = optarg;
		return true;
	case 'C':
		c->certs = optarg;
		return true;
	case 'j':
		c->jobs = optarg;
		return true;
	case 's':
		if (c->n_sets == sizeof(c->sets) / sizeof(*c->sets))
			break;
		c->sets[c->n_sets++] = optarg;
		return true;
	default:
		break;
	}
	fputs("ec21hil compare: too many of one option\n", stderr);
	return false;
}

/* For people: what was asked for, as far as there is room. */
static void name_files(struct compare *c, char **files)
{
	for (size_t n = 0; *files != NULL && n < sizeof(c->files); files++)
		n += (size_t)snprintf(c->files + n, sizeof(c->files) - n,
			"%s%s", n ? " " : "", *files);
}

static bool find_rig(
	const char *name, enum rig_kind *kind, char *why, size_t size)
{
	struct rig_opts opts = {0};
	struct rig_name words;
	struct rig_board *board;
	struct profile profile;

	if (rig_name_is_built_in(name)) {
		if (!rig_name_take(&words, name, &opts, why, size))
			return false;
		*kind = opts.kind;
		return opts.profile == NULL ||
		       rig_profile(&profile, opts.profile, why, size);
	}
	*kind = RIG_BOARD;
	board = rig_board_find(name, why, size);
	rig_board_free(board);
	return board != NULL;
}

/* Both, before the first of them runs. */
static bool has_rigs(const struct compare *c)
{
	enum rig_kind kind;
	char why[300];

	for (size_t i = 0; i < c->n_rigs; i++) {
		if (!find_rig(c->rigs[i], &kind, why, sizeof(why))) {
			fprintf(stderr, "ec21hil compare: --rig %s: %s\n",
				c->rigs[i], why);
			return false;
		}
		if (c->in_process && kind != RIG_MODEM) {
			bad_usage("compare",
				"--in-process contradicts each --rig but "
				"modem");
			return false;
		}
	}
	return true;
}

int cmd_compare(int argc, char **argv)
{
	static struct compare c;
	int option;

	buf_init(&c.again, OPTIONS_MAX);
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (option == '?' || option == ':')
			return bad_option("compare", options, option, argv);
		if (!take_option(&c, option))
			return EXIT_SETUP;
		/* Not the files that it writes. */
		if (strchr("TRj", option) == NULL)
			rerun_option(&c.again, options, option, optarg);
	}
	if (c.recorded != NULL && c.n_rigs == 0 && optind == argc)
		c.rigs[0] = c.rigs[1] = "recorded";
	else if (c.recorded != NULL || c.n_rigs != 2 || optind == argc)
		return bad_usage("compare",
			"expected --rig twice and scenarios, or --recorded "
			"alone");
	if (!has_rigs(&c))
		return EXIT_SETUP;
	c.scenarios = argv + optind;
	name_files(&c, argv + optind);
	find_accepted(&c, argv + optind);
	if (c.accept == c.folder_accept)
		rerun_option(&c.again, options, 'a', c.accept);
	return compare(&c, argv + optind);
}
