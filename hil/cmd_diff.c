#include "hil/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "hil/session.h"

static const char usage[] =
	"usage: ec21hil diff A B\n\n"
	"Compares two recordings by exchanges and unsolicited lines. What\n"
	"differs between any two modems or moments counts by its class; times\n"
	"do not count. Exit status: 0 same, 1 they differ, 2 cannot be read.\n";

int cmd_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct session a, b;
	struct rows rows;
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
	if (!session_load_told("diff", &a, argv[optind]))
		return EXIT_SETUP;
	if (session_load_told("diff", &b, argv[optind + 1])) {
		if (session_align(&a, &b, &rows)) {
			for (size_t i = 0; i < rows.n; i++)
				if (rows.list[i].type != ROW_SAME)
					row_print(&rows.list[i], "A", "B");
			printf("%zu same, %zu differ\n", rows.same,
				rows.differ);
			status = rows.differ > 0 ? EXIT_FAILED : EXIT_DONE;
		}
		rows_free(&rows);
		session_free(&b);
	}
	session_free(&a);
	return status;
}
