#include "hil/commands.h"

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/dialogue.h"
#include "hil/files.h"
#include "hil/self.h"
#include "hil/session.h"

static const char usage[] =
	"usage: ec21hil replay [option]... RECORDING\n\n"
	"Sends the host's side of a recording to the emulator, each command\n"
	"when the one before was answered, and compares what the modem says\n"
	"with what was recorded. Tells the first divergence.\n\n"
	"  --profile NAME  in place of the recording's\n"
	"  --broker WORDS  a broker where the recording's server was; words as "
	"in\n"
	"                  the header of a scenario: https, mode=NAME\n"
	"  --pace full|recorded\n"
	"                  recorded: with the recording's pauses, on a clock "
	"that\n"
	"                  is advanced by hand (default full)\n"
	"  --certs DIR     certificates of that broker\n\n"
	"Exit status: 0 the same, 1 it diverges, 2 usage, set-up, or nothing "
	"that\n"
	"can be judged.\n";

struct replay {
	const char *profile, *broker, *certs, *file;
	bool recorded_pace;

	char top[256];
	FILE *out; /* the scenario that is made */
	char *header_profile;
	char host[256], port[16];
	int64_t last_ms;
	unsigned generated;
};

/* ---- what a mask stood for ---- */

/* `kind=pin` of the words of a mask; "" when it has none. */
static void mask_word(const char *words, size_t len, const char *key,
	char *value, size_t size)
{
	size_t n = strlen(key);

	value[0] = '\0';
	for (size_t i = 0; i + n < len; i++)
		if (memcmp(words + i, key, n) == 0 && words[i + n] == '=' &&
			(i == 0 || strchr(" ,{", words[i - 1]) != NULL)) {
			size_t from = i + n + 1, to = from;

			while (to < len && strchr(" ,}", words[to]) == NULL)
				to++;
			snprintf(value, size, "%.*s", (int)(to - from),
				words + from);
			return;
		}
}

static void tell_generated(
	struct replay *r, unsigned line, const char *kind, size_t len)
{
	r->generated++;
	printf("line %u: a generated %s of %zu bytes stands for what is "
	       "masked\n",
		line, kind, len);
}

/* Something of that length that begins as a key does. */
static bool make_key(const char *path, size_t len, const char *breaks)
{
	static const char label[] = "-----BEGIN RSA PRIVATE KEY-----";
	FILE *f = fopen(path, "we");
	size_t line = 0;

	if (f == NULL)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool lf = strcmp(breaks, "none") != 0 &&
			  (i == sizeof(label) - 1 || line == 64);

		fputc(i < sizeof(label) - 1 ? label[i] : lf ? '\n' : 'A', f);
		line = lf || i < sizeof(label) ? 0 : line + 1;
	}
	return fclose(f) == 0;
}

static bool write_key(struct replay *r, const struct transcript_record *rec)
{
	char len[16], kind[16], breaks[16], path[300];
	size_t n;

	mask_word(rec->body, rec->len, "len", len, sizeof(len));
	mask_word(rec->body, rec->len, "kind", kind, sizeof(kind));
	mask_word(rec->body, rec->len, "breaks", breaks, sizeof(breaks));
	n = strtoul(len, NULL, 10);
	if (n == 0 || n > (1 << 20))
		return false;
	tell_generated(r, rec->line, kind, n);
	snprintf(path, sizeof(path), "%s/mask-%u", r->top, r->generated);
	fprintf(r->out, "- AT>  @file %s\n", path);
	return make_key(path, n, breaks);
}

/* A body with its inline masks filled in (host) or passed over (modem). */
static void write_body(struct replay *r, const struct transcript_record *rec)
{
	const char *p = rec->body, *end = p + rec->len;

	while (p < end) {
		const char *close;
		char len[16], kind[16];

		if ((size_t)(end - p) < 8 || memcmp(p, "@masked{", 8) != 0 ||
			(close = memchr(p, '}', (size_t)(end - p))) == NULL) {
			fputc(*p++, r->out);
			continue;
		}
		mask_word(p, (size_t)(close - p), "len", len, sizeof(len));
		mask_word(p, (size_t)(close - p), "kind", kind, sizeof(kind));
		if (rec->lane == LANE_AT_TX) {
			unsigned long n = strtoul(len, NULL, 10);

			tell_generated(r, rec->line, kind, n);
			for (unsigned long i = 0; i < n && i < 256; i++)
				fputc('0', r->out);
		} else {
			fputs("{any}", r->out);
		}
		p = close + 1;
	}
	fputc('\n', r->out);
}

/* ---- the recording as a scenario ---- */

static bool on_header(void *arg, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	struct replay *r = arg;

	(void)line;
	(void)err;
	if (strcmp(key, "profile") == 0 && r->header_profile == NULL)
		r->header_profile = strdup(value);
	return true;
}

static void begin_scenario(struct replay *r)
{
	const char *profile = r->profile	  ? r->profile
			      : r->header_profile ? r->header_profile
						  : "ec21j";

	fprintf(r->out,
		"# ec21 transcript 1\n# profile: %s\n# emulator: --fast\n"
		"# trailing: any\n",
		profile);
	if (r->broker != NULL)
		fprintf(r->out, "# broker: %s\n", r->broker);
}

/* Where the recorded firmware went is where our broker must be. */
static void note_target(struct replay *r, const struct transcript_record *rec)
{
	char command[600];

	snprintf(command, sizeof(command), "%.*s",
		(int)(rec->len < 599 ? rec->len : 599), rec->body);
	command[strcspn(command, "\\")] = '\0';
	if (r->host[0] == '\0' && (strstr(command, "+QSSLOPEN=") != NULL ||
					  strstr(command, "+QIOPEN=") != NULL))
		if (command_arg(command, 3, r->host, sizeof(r->host)))
			command_arg(command, 4, r->port, sizeof(r->port));
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct replay *r = arg;
	const char *args;
	bool host = rec->lane == LANE_AT_TX, mask;
	size_t n;

	if (!host && rec->lane != LANE_AT_RX)
		return true;
	if (ftell(r->out) == 0)
		begin_scenario(r);
	if (host && r->recorded_pace && rec->time_ms - r->last_ms > 20 &&
		r->last_ms > 0)
		fprintf(r->out, "- DO   wait %dms\n",
			(int)(rec->time_ms - r->last_ms));
	r->last_ms = rec->time_ms;
	mask = body_directive(rec->body, rec->len, &n, &args) != NULL;
	if (mask && host)
		return write_key(r, rec) ||
		       transcript_fail(err, rec->line, rec->column,
			       "cannot make what this mask stands for");
	if (mask) {
		fputs("- AT<  {skip}\n", r->out);
		return true;
	}
	fprintf(r->out, "- %s  ", host ? "AT>" : "AT<");
	if (host)
		note_target(r, rec);
	write_body(r, rec);
	return true;
}

static bool make_scenario(struct replay *r, const char *path)
{
	const struct transcript_handler handler = {on_header, on_record, r};
	struct transcript_reader reader;
	struct transcript_error err = {0};
	char chunk[8192];
	bool ok = true;
	size_t n;
	FILE *f = fopen(r->file, "re");

	r->out = fopen(path, "we");
	if (f == NULL || r->out == NULL) {
		fprintf(stderr, "ec21hil replay: %s: %s\n", r->file,
			strerror(errno));
		ok = false;
	}
	transcript_reader_init(&reader, &handler);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = transcript_reader_feed(&reader, chunk, n, &err);
	ok = ok && transcript_reader_end(&reader, &err);
	if (err.line > 0)
		fprintf(stderr, "ec21hil replay: %s:%u:%u: %s\n", r->file,
			err.line, err.column, err.text);
	transcript_reader_free(&reader);
	if (f != NULL)
		fclose(f);
	if (r->out != NULL && fclose(r->out) != 0)
		ok = false;
	return ok;
}

/* ---- the run, and what came of it ---- */

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
	if (r->host[0] != '\0') {
		argv_addf(&a, "--set=host=%s", r->host);
		argv_addf(&a, "--set=port=%s", r->port);
	}
	argv_add(&a, path);
	status = self_run(&a, tap);
	argv_free(&a);
	if (status == 0)
		return true;
	fprintf(stderr, "ec21hil replay: the run did not go through; see %s\n",
		tap);
	return false;
}

static bool find_recording(struct replay *r, char *path, size_t size)
{
	struct dirent *d;
	bool found = false;
	DIR *dir;

	snprintf(path, size, "%s/out", r->top);
	dir = opendir(path);
	while (dir != NULL && !found && (d = readdir(dir)) != NULL) {
		found = strstr(d->d_name, ".at") != NULL;
		if (found)
			snprintf(path, size, "%s/out/%s", r->top, d->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

static bool has(const char *reason, const char *word)
{
	return reason != NULL && strstr(reason, word) != NULL;
}

/* Ours, not a modem's: it neither reproduces anything nor departs. */
static bool is_ours(const char *reason)
{
	return has(reason, "[policy]") || has(reason, "not modelled") ||
	       has(reason, "is not mapped");
}

/* Does only what we made up for a mask, or its checksum, differ? */
static bool is_mask_alone(const struct row *row)
{
	bool masked = false;

	if (row->type != ROW_DIFFERS || row->a == NULL ||
		row->a->n_lines != row->b->n_lines)
		return false;
	for (size_t i = 0; i < row->a->n_lines; i++) {
		const char *a = row->a->lines[i], *b = row->b->lines[i];

		if (strcmp(a, b) == 0)
			continue;
		masked = masked || strstr(a, "masked kind=") != NULL;
		if (!masked || (strstr(a, "masked kind=") == NULL &&
				       strncmp(a, "+QFUPL: ", 8) != 0))
			return false;
	}
	return true;
}

static int judge(const struct session *a, const struct session *b)
{
	struct rows rows;
	unsigned first = a->n_turns > 0 ? a->turns[0].line : 0;
	size_t ignored = 0;
	int status = EXIT_DONE;

	if (!session_align(a, b, &rows))
		return EXIT_SETUP;
	for (size_t i = 0; i < rows.n; i++) {
		const struct row *row = &rows.list[i];
		const char *ours = row->b != NULL	? row->b->reason
				   : row->urc_b != NULL ? row->urc_b->reason
							: NULL;

		/* A boot that --fast is through with before anyone listens. */
		if (row->type != ROW_SAME &&
			(is_mask_alone(row) ||
				(row->urc_a != NULL &&
					row->urc_a->line < first) ||
				(row->urc_a == NULL && row->urc_b != NULL &&
					b->n_turns > 0 &&
					row->urc_b->line < b->turns[0].line))) {
			ignored++;
			continue;
		}
		if (row->type == ROW_SAME || status != EXIT_DONE)
			continue;
		status = is_ours(ours) ? EXIT_SETUP : EXIT_FAILED;
		puts(is_ours(ours) ? "stops here, not a modem's answer:"
				   : "first divergence:");
		row_print(row, "recorded", "replayed");
	}
	printf("%zu same, %zu not\n", rows.same, rows.differ - ignored);
	if (status == EXIT_DONE && a->n_turns == 0) {
		puts("there is no command in the recording");
		status = EXIT_SETUP;
	}
	rows_free(&rows);
	return status;
}

bool replay_on_emulator(const char *file, const char *profile, char *top,
	size_t top_size, char *recording, size_t size)
{
	struct replay r = {.file = file, .profile = profile};
	char scenario[300];
	bool ok;

	if (!self_folder(r.top, sizeof(r.top)))
		return false;
	snprintf(top, top_size, "%s", r.top);
	snprintf(scenario, sizeof(scenario), "%s/replay.at", r.top);
	ok = make_scenario(&r, scenario) && run_scenario(&r, scenario) &&
	     find_recording(&r, recording, size);
	free(r.header_profile);
	return ok;
}

static int replay(struct replay *r)
{
	char scenario[300], path[600];
	struct session a, b;
	int status = EXIT_SETUP;

	if (!load_session("replay", &a, r->file))
		return EXIT_SETUP;
	snprintf(scenario, sizeof(scenario), "%s/replay.at", r->top);
	if (make_scenario(r, scenario) && run_scenario(r, scenario) &&
		find_recording(r, path, sizeof(path)) &&
		load_session("replay", &b, path)) {
		status = judge(&a, &b);
		session_free(&b);
		files_remove_tree(r->top);
	}
	session_free(&a);
	return status;
}

int cmd_replay(int argc, char **argv)
{
	static const struct option options[] = {
		{"profile", required_argument, NULL, 'p'},
		{"broker", required_argument, NULL, 'b'},
		{"pace", required_argument, NULL, 'P'},
		{"certs", required_argument, NULL, 'C'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct replay r = {0};
	int c, status;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			r.profile = optarg;
			break;
		case 'b':
			r.broker = optarg;
			break;
		case 'C':
			r.certs = optarg;
			break;
		case 'P':
			r.recorded_pace = strcmp(optarg, "recorded") == 0;
			if (r.recorded_pace || strcmp(optarg, "full") == 0)
				break;
			fputs("ec21hil replay: --pace: expected full or "
			      "recorded\n",
				stderr);
			return EXIT_SETUP;
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
	if (!self_folder(r.top, sizeof(r.top)))
		return EXIT_SETUP;
	status = replay(&r);
	free(r.header_profile);
	return status;
}
