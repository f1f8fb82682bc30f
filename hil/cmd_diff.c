#include "hil/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "hil/run_file.h"
#include "hil/session.h"
#include "hil/transcript_file.h"

static const char usage[] =
	"usage: ec21hil diff A B\n\n"
	"Compares two recordings by exchanges and unsolicited lines, and by "
	"the\n"
	"consoles if both have one. What differs between any two modems or\n"
	"moments counts by its class; times do not count. Exit status: 0 "
	"same,\n"
	"1 they differ, 2 they cannot be read or there is nothing to "
	"compare.\n";

static bool load(struct session *s, const char *path)
{
	struct transcript_error err = {0};

	if (!session_load_told("diff", s, path))
		return false;
	if (run_file_console(path, NULL, &s->console, &err))
		return true;
	transcript_file_complain("diff", path, &err);
	session_free(s);
	return false;
}

/* A recording without a console says nothing of what was on one. */
static void settle_consoles(struct session *a, struct session *b)
{
	if (a->console.n > 0 && b->console.n > 0) {
		consoles_settle(&a->console, &b->console);
		return;
	}
	turns_free(&a->console);
	turns_free(&b->console);
}

static int compare(const struct session *a, const struct session *b)
{
	struct rows rows;
	int status = EXIT_SETUP;

	if (!session_align(a, b, &rows)) {
		fputs("ec21hil diff: out of memory\n", stderr);
	} else if (rows.n == 0) {
		fputs("ec21hil diff: there is nothing in them to compare\n",
			stderr);
	} else {
		for (size_t i = 0; i < rows.n; i++)
			if (rows.list[i].type != ROW_SAME)
				row_print(&rows.list[i], "A", "B");
		printf("%zu same, %zu differ\n", rows.same, rows.differ);
		status = rows.differ > 0 ? EXIT_FAILED : EXIT_DONE;
	}
	rows_free(&rows);
	return status;
}

int cmd_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct session a, b;
	int c, status = EXIT_SETUP;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c != 'h')
			return bad_option("diff", options, c, argv);
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	if (argc - optind != 2)
		return bad_usage("diff", "expected two recordings");
	if (!load(&a, argv[optind]))
		return EXIT_SETUP;
	if (load(&b, argv[optind + 1])) {
		settle_consoles(&a, &b);
		status = compare(&a, &b);
		session_free(&b);
	}
	session_free(&a);
	return status;
}
