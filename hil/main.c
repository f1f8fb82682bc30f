#include "hil/commands.h"

#include <stdio.h>
#include <string.h>

#include "base/finish.h"
#include "base/log.h"
#include "base/suggest.h"
#include "base/usage.h"

const char *hil_program = "ec21hil";

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} commands[] = {
	{"run", cmd_run, "run scenarios on a rig"},
	{"check", cmd_check, "check the syntax of scenarios"},
	{"compare", cmd_compare, "run scenarios on two rigs and compare"},
	{"record", cmd_record, "record a modem, and its firmware"},
	{"replay", cmd_replay, "play a recording's host to the emulator"},
	{"calibrate", cmd_calibrate, "a board's answers as profile values"},
	{"diff", cmd_diff, "compare two recordings"},
	{"explain", cmd_explain, "say what the errors in a log mean"},
	{"flash", cmd_flash, "write an image to a board and verify it"},
	{"console", cmd_console, "type to a board's console"},
	{"rigs", cmd_rigs, "list the rigs and whether they are there"},
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

static void print_help(void)
{
	puts("usage: ec21hil COMMAND [option]... FILE...\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].help);
	puts("\n  ec21hil COMMAND --help tells a command's options\n"
	     "  --help, --version\n\n"
	     "Exit status: 0 done, 1 a scenario failed, 2 usage or set-up.\n"
	     "See ec21hil(1) and ec21-transcript(5).");
}

int bad_option(const char *command, const struct option *options, int answer,
	char **argv)
{
	char program[64];

	snprintf(program, sizeof(program), "ec21hil %s", command);
	usage_bad_option(program, options, answer, argv);
	return EXIT_SETUP;
}

int bad_usage(const char *command, const char *what)
{
	fprintf(stderr, "ec21hil %s: %s; see ec21hil %s --help\n", command,
		what, command);
	return EXIT_SETUP;
}

static int unknown_command(const char *word)
{
	const char *names[N_COMMANDS + 1], *near;
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i].name;
	names[i] = NULL;
	near = suggest(word, names);
	fprintf(stderr, "ec21hil: unknown command '%s'", word);
	if (near != NULL)
		fprintf(stderr, "; did you mean '%s'?", near);
	else
		fputc(';', stderr);
	fputs(" see ec21hil --help\n", stderr);
	return EXIT_SETUP;
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		fputs("ec21hil: expected a command; see ec21hil --help\n",
			stderr);
		return EXIT_SETUP;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_help();
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("ec21hil " EC21_VERSION);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	return unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
	log_init("ec21hil", LOG_LEVEL_WARN);
	hil_program = argv[0];
	return finish("ec21hil", run(argc, argv));
}
