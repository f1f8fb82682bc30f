#include "tests/ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "cmd/ctx.h"

/*
 * The ledger of conformance:
 *
 *   ledger PLACES OPEN RECORDING...
 *
 * Three books, each against what the recordings of the cases show: the forms
 * of each command; the errors that each command can fail with, as
 * emulator/cmd/errors.c lists them; and the places in at, cmd and svc that
 * make an error (PLACES, from places.pl). What has no case must be in OPEN
 * with a reason, a line each:
 *
 *   +CMD form reason        +CMD ERR_X reason        |FILE|TEXT| reason
 *
 * where FILE and TEXT are parts of a place's file and message. Exit status 1
 * when something without a case is not in OPEN, when a command fails with
 * what errors.c does not list, or when a line of OPEN is of no use any more.
 */
enum { FORMS = 6, OPEN_MAX = 256, WHAT_SIZE = 300 };

static const char *const form_names[FORMS] = {
	"test", "read", "write", "exec", "basic", "dial"};

struct open {
	char what[WHAT_SIZE];
	bool used;
};

struct count {
	unsigned all, have, open, missing;
};

static struct open opens[OPEN_MAX];
static size_t n_opens;

/* ---- what is open ---- */

/* Letters of the line before its reason. */
static size_t what_len(const char *line)
{
	size_t n = strcspn(line, " \n");
	const char *end;

	if (line[0] != '|')
		return line[n] == ' ' ? n + 1 + strcspn(line + n + 1, " \n")
				      : n;
	end = strchr(line + 1, '|');
	end = end != NULL ? strchr(end + 1, '|') : NULL;
	return end != NULL ? (size_t)(end - line) + 1 : n;
}

static bool read_open(const char *path)
{
	char line[600];
	FILE *f = fopen(path, "re");
	bool ok = true;

	if (f == NULL) {
		perror(path);
		return false;
	}
	while (fgets(line, sizeof(line), f) != NULL && n_opens < OPEN_MAX) {
		size_t n = what_len(line);

		if (line[0] == '#' || line[0] == '\n')
			continue;
		snprintf(
			opens[n_opens++].what, WHAT_SIZE, "%.*s", (int)n, line);
		if (strspn(line + n, " \n") == strlen(line + n)) {
			printf("OPEN    without a reason: %s", line);
			ok = false;
		}
	}
	fclose(f);
	return ok;
}

static bool is_open(const char *what)
{
	for (size_t i = 0; i < n_opens; i++)
		if (strcmp(opens[i].what, what) == 0)
			return opens[i].used = true;
	return false;
}

/* `text` holds the part up to the next `|`; *part moves behind it. */
static bool holds(const char *text, const char **part)
{
	size_t len = strcspn(*part, "|");
	char want[WHAT_SIZE];

	snprintf(want, sizeof(want), "%.*s", (int)len, *part);
	*part += len + ((*part)[len] == '|');
	return len > 0 && strstr(text, want) != NULL;
}

/* `|FILE|TEXT|`: parts of a place's file and message. */
static bool is_open_place(const char *where, const char *text)
{
	bool found = false;

	for (size_t i = 0; i < n_opens; i++) {
		const char *part = opens[i].what;

		if (*part++ != '|' || !holds(where, &part) ||
			!holds(text, &part))
			continue;
		found = opens[i].used = true;
	}
	return found;
}

static void enter(struct count *n, bool have, bool open, const char *what)
{
	n->all++;
	n->have += have;
	n->open += !have && open;
	n->missing += !have && !open;
	if (!have)
		printf("%s %s\n", open ? "open   " : "MISSING", what);
}

/* ---- the three books ---- */

static struct count check_forms(const struct books *b)
{
	struct count n = {0};
	char what[WHAT_SIZE];

	for (size_t i = 0; i < b->n_rows; i++)
		for (unsigned f = 0; f < FORMS; f++) {
			const struct row *row = &b->rows[i];
			bool have = (row->forms & (1u << f)) != 0;

			if (!(row->cmd->forms & (1u << f)))
				continue;
			snprintf(what, sizeof(what), "%s %s", row->cmd->name,
				form_names[f]);
			enter(&n, have, !have && is_open(what), what);
		}
	return n;
}

static struct count check_errors(const struct books *b, bool *listed)
{
	struct count n = {0};
	char what[WHAT_SIZE];

	for (size_t i = 0; i < b->n_rows; i++)
		for (int e = 0; e < ERRS; e++) {
			const struct row *row = &b->rows[i];

			snprintf(what, sizeof(what), "%s %s", row->cmd->name,
				err_name((enum err)(ERR_UNKNOWN + e)));
			if (row->can[e]) {
				enter(&n, row->did[e],
					!row->did[e] && is_open(what), what);
			} else if (row->did[e]) {
				printf("UNLISTED %s: add it to "
				       "emulator/cmd/errors.c\n",
					what);
				*listed = false;
			}
		}
	return n;
}

static struct count check_places(const struct books *b)
{
	static const char *const folders[] = {
		"emulator/at/", "emulator/cmd/", "emulator/svc/"};
	struct count n = {0};
	char what[WHAT_SIZE];

	for (size_t i = 0; i < b->n_places; i++) {
		const struct place *p = &b->places[i];
		bool ours = false;

		for (size_t f = 0; f < 3; f++)
			ours = ours || strncmp(p->where, folders[f],
					       strlen(folders[f])) == 0;
		if (!ours)
			continue;
		snprintf(what, sizeof(what), "%s %s", p->where, p->pattern);
		for (char *s = what; *s != '\0'; s++)
			if (*s == 1)
				*s = '*';
		enter(&n, p->seen,
			!p->seen && is_open_place(p->where, p->pattern), what);
	}
	return n;
}

/* ---- the end ---- */

static bool check_stale(void)
{
	bool ok = true;

	for (size_t i = 0; i < n_opens; i++)
		if (!opens[i].used) {
			printf("STALE   %s: it has a case now, or is gone\n",
				opens[i].what);
			ok = false;
		}
	return ok;
}

static void print_count(const char *what, const struct count *n)
{
	printf("%-8s %4u  with a case %4u  open %3u  missing %3u\n", what,
		n->all, n->have, n->open, n->missing);
}

static void print_grades(const char *what, const unsigned n[])
{
	printf("%-8s", what);
	for (int g = GRADE_CAP; g <= GRADE_ASM; g++)
		printf("  %s %u", grade_name((enum grade)g), n[g]);
	printf("\n");
}

static void print_status(struct books *b)
{
	unsigned rows[GRADE_ASM + 1] = {0}, values[GRADE_ASM + 1] = {0};
	unsigned unmodelled = 0;
	char name[CMD_NAME_SIZE];

	for (size_t i = 0; i < b->n_rows; i++)
		rows[b->rows[i].cmd->grade]++;
	for (const struct profile_row *r = profile_rows(); r->name; r++)
		values[r->grade]++;
	for (const struct cmd_manual *m = cmd_manual(); m->topic; m++) {
		const char *names = m->names;

		while (cmd_manual_next(&names, name))
			unmodelled += books_row(b, name, strlen(name)) == NULL;
	}
	printf("commands %4zu modelled, %u more of the manuals are not\n",
		b->n_rows, unmodelled);
	print_grades("commands", rows);
	print_grades("profile", values);
}

int main(int argc, char **argv)
{
	struct count forms, errors, places;
	struct books b = {0};
	bool ok;

	if (argc < 4) {
		fputs("usage: ledger PLACES OPEN RECORDING...\n", stderr);
		return 2;
	}
	ok = books_rows(&b);
	if (!books_places(&b, argv[1]))
		return 2;
	ok = read_open(argv[2]) && ok;
	for (int i = 3; i < argc; i++)
		if (!recording_read(&b, argv[i]))
			return 2;
	forms = check_forms(&b);
	errors = check_errors(&b, &ok);
	places = check_places(&b);
	ok = check_stale() && ok;
	print_status(&b);
	print_count("forms", &forms);
	print_count("errors", &errors);
	print_count("places", &places);
	books_free(&b);
	return ok && forms.missing + errors.missing + places.missing == 0 ? 0
									  : 1;
}
