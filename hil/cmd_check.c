#include "hil/commands.h"

#include <getopt.h>
#include <stdio.h>

#include "hil/files.h"
#include "hil/scenario.h"
#include "hil/transcript_file.h"

static const char usage[] =
	"usage: ec21hil check FILE|FOLDER...\n\n"
	"Says for each scenario whether it can be read, and if not, where and\n"
	"what was expected. A folder stands for the *.at files below it. What\n"
	"its headers profile, emulator and broker ask for is known when it "
	"runs.\n\n"
	"Exit status: 0 all are scenarios, 1 one is not, 2 usage or a file\n"
	"that cannot be read.\n";

int cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct transcript_error err;
	struct scenario s;
	struct files files;
	int status = EXIT_DONE;
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
		/* Without a line it is the file that cannot be read. */
		if (err.line == 0) {
			transcript_file_complain("check", files.list[i], &err);
			status = EXIT_SETUP;
			continue;
		}
		printf("%s:%u:%u: %s\n", files.list[i], err.line, err.column,
			err.text);
		if (status == EXIT_DONE)
			status = EXIT_FAILED;
	}
	files_free(&files);
	return status;
}
