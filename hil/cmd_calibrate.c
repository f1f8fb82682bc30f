#include "hil/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/profile.h"
#include "hil/files.h"
#include "hil/session.h"

static const char usage[] =
	"usage: ec21hil calibrate [--profile NAME] RECORDING\n\n"
	"Asks the emulator what a recording asked a modem, and prints the\n"
	"profile values that would make it answer alike, as a file for\n"
	"ec21emu --config, each with the line it comes from. Record\n"
	"fixtures/scenarios/calibrate/questions.at on a board for the most.\n\n"
	"Exit status: 0 nothing to change, 1 values to change, 2 usage or "
	"set-up.\n";

/* Where a profile value shows. */
enum shows {
	SHOWS_LINE,  /* the answer's first line, all of it */
	SHOWS_FIELD, /* field `field` of the line that begins with `prefix` */
	SHOWS_KEYS,  /* first fields of all such lines, as a list */
};

static const struct question {
	const char *command, *prefix;
	enum shows shows;
	unsigned field;
	const char *section, *value;
} questions[] = {
	/* clang-format off */
	{"AT+CGMI", "", SHOWS_LINE, 0, "identity", "manufacturer"},
	{"AT+CGMM", "", SHOWS_LINE, 0, "identity", "model"},
	{"AT+CGMR", "", SHOWS_LINE, 0, "identity", "revision"},
	{"AT+CSUB", "SubEdition: ", SHOWS_FIELD, 0, "identity", "subedition"},
	{"AT+CMEE?", "+CMEE: ", SHOWS_FIELD, 0, "at", "cmee"},
	{"AT+IPR?", "+IPR: ", SHOWS_FIELD, 0, "at", "rate"},
	{"AT+QURCCFG=\"urcport\"", "+QURCCFG: ", SHOWS_FIELD, 1,
		"at", "urcport"},
	{"AT+QICFG=?", "+QICFG: ", SHOWS_KEYS, 0, "tcp", "keys"},
	{"AT+QSSLCFG=?", "+QSSLCFG: ", SHOWS_KEYS, 0, "ssl", "keys"},
	{"AT+QSSLCFG=\"sslversion\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "sslversion"},
	{"AT+QSSLCFG=\"ciphersuite\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "ciphersuite"},
	{"AT+QSSLCFG=\"seclevel\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "seclevel"},
	{"AT+QSSLCFG=\"ignorelocaltime\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "ignorelocaltime"},
	{"AT+QSSLCFG=\"negotiatetime\",5", "+QSSLCFG: ", SHOWS_FIELD, 2,
		"ssl", "negotiatetime"},
	{"AT+QSSLCFG=\"sni\",5", "+QSSLCFG: ", SHOWS_FIELD, 2, "ssl", "sni"},
	{"AT+QFLDS=\"UFS\"", "+QFLDS: ", SHOWS_FIELD, 1,
		"files", "ufs_total"},
	{"AT+QFLDS=\"RAM\"", "+QFLDS: ", SHOWS_FIELD, 1,
		"files", "ram_total"},
	{"AT+QFDEL=\"ec21-absent\"", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_delete_absent"},
	{"AT+QFLST=\"ec21-absent\"", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_list_absent"},
	{"AT+QFOPEN=\"ec21-absent\",2", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_open_absent"},
	{"AT+QFCLOSE=4000", "+CME ERROR: ", SHOWS_FIELD, 0,
		"files", "code_handle"},
	/* clang-format on */
};

#define N_QUESTIONS (sizeof(questions) / sizeof(*questions))

struct answer {
	char text[600];
	unsigned line;
};

/* Field n of a list, without its quotes. */
static void take_field(const char *s, unsigned n, char *text, size_t size)
{
	size_t len;

	while (n-- > 0) {
		s = strchr(s, ',');
		if (s == NULL)
			return;
		s++;
	}
	len = strcspn(s, ",");
	if (len > 1 && s[0] == '"' && s[len - 1] == '"') {
		s++;
		len -= 2;
	}
	snprintf(text, size, "%.*s", (int)len, s);
}

static void take_line(
	const struct question *q, const char *line, struct answer *a)
{
	size_t n = strlen(q->prefix), had = strlen(a->text);
	char field[64] = "";

	if (strncmp(line, q->prefix, n) != 0)
		return;
	if (q->shows == SHOWS_LINE && had == 0) {
		snprintf(a->text, sizeof(a->text), "%s", line);
	} else if (q->shows == SHOWS_FIELD && had == 0) {
		take_field(line + n, q->field, a->text, sizeof(a->text));
	} else if (q->shows == SHOWS_KEYS) {
		take_field(line + n, 0, field, sizeof(field));
		snprintf(a->text + had, sizeof(a->text) - had, "%s%s",
			had > 0 ? "," : "", field);
	}
}

/* What a session says to a question; false: it was not asked, or refused. */
static bool find_answer(
	const struct session *s, const struct question *q, struct answer *a)
{
	*a = (struct answer){0};
	for (size_t i = 0; i < s->n_turns && a->text[0] == '\0'; i++) {
		const struct turn *t = &s->turns[i];

		if (strcmp(t->command, q->command) != 0)
			continue;
		a->line = t->line;
		for (size_t k = 0; k < t->n_lines; k++)
			take_line(q, t->lines[k], a);
		if (strstr(a->text, "ERROR") != NULL)
			a->text[0] = '\0';
	}
	return a->text[0] != '\0';
}

static size_t print_values(const struct session *board,
	const struct session *ours, const char *file)
{
	size_t change = 0, agree = 0, unasked = 0;
	const char *section = "";
	struct answer a, b;
	struct profile p;
	struct why why;

	profile_init(&p);
	for (size_t i = 0; i < N_QUESTIONS; i++) {
		const struct question *q = &questions[i];

		if (!find_answer(board, q, &a)) {
			unasked++;
			continue;
		}
		if (find_answer(ours, q, &b) && strcmp(a.text, b.text) == 0) {
			agree++;
			continue;
		}
		if (strcmp(section, q->section) != 0)
			printf("[%s]\n", q->section);
		section = q->section;
		printf("; %s line %u, %s [cap]; was %s\n", file, a.line,
			q->command, b.text[0] != '\0' ? b.text : "no answer");
		change++;
		if (profile_set(&p, q->section, q->value, a.text, &why) == 0)
			printf("%s = %s\n", q->value, a.text);
		else
			printf("; no value says so: %s\n", why.text);
	}
	printf("; %zu to change, %zu agree, %zu not asked or refused\n", change,
		agree, unasked);
	return change;
}

static int calibrate(const char *file, const char *profile)
{
	char top[300], recording[600];
	struct session board, ours;
	int status = EXIT_SETUP;

	if (!load_session("calibrate", &board, file))
		return EXIT_SETUP;
	if (replay_on_emulator(file, profile, top, sizeof(top), recording,
		    sizeof(recording)) &&
		load_session("calibrate", &ours, recording)) {
		status = print_values(&board, &ours, file) > 0 ? EXIT_FAILED
							       : EXIT_DONE;
		session_free(&ours);
		files_remove_tree(top);
	}
	session_free(&board);
	return status;
}

int cmd_calibrate(int argc, char **argv)
{
	static const struct option options[] = {
		{"profile", required_argument, NULL, 'p'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *profile = NULL;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c != 'p')
			return bad_option("calibrate", options, c, argv);
		profile = optarg;
	}
	if (argc - optind != 1)
		return bad_usage("calibrate", "expected one recording");
	return calibrate(argv[optind], profile);
}
