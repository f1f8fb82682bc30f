#include "hil/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "hil/files.h"
#include "hil/scenario.h"

static const char usage[] =
	"usage: ec21hil check FILE|FOLDER...\n\n"
	"Says for each scenario whether it can be read, and if not, where and\n"
	"what was expected. A folder stands for the *.at files below it.\n\n"
	"Exit status: 0 all can be read, 1 one cannot, 2 usage.\n";

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct transcript_error err;
	struct scenario s;
	struct files files;
	size_t bad = 0;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c != 'h')
			return bad_option("check", options, c, argv);
		fputs(usage, stdout);
		return EXIT_DONE;
	}
	if (!files_collect(&files, argv + optind, argc - optind))
		return EXIT_SETUP;
	for (size_t i = 0; i < files.n; i++) {
		if (scenario_load(&s, files.list[i], &err)) {
			printf("%s: ok\n", files.list[i]);
			scenario_free(&s);
			continue;
		}
		bad++;
		if (err.line > 0)
			printf("%s:%u:%u: %s\n", files.list[i], err.line,
				err.column, err.text);
		else
			printf("%s: %s\n", files.list[i], err.text);
	}
	files_free(&files);
	return bad > 0 ? EXIT_FAILED : EXIT_DONE;
}
