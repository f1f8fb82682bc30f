#ifndef EC21_HIL_COMMANDS_H
#define EC21_HIL_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The subcommands of ec21hil. argv[0] is the subcommand's name. Each returns
 * the exit status: 0 done, 1 the thing tested failed, 2 usage or set-up.
 */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_SETUP = 2,
};

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_calibrate(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_flash(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_rigs(int argc, char **argv);

/*
 * What a modem in process says to the host's side of a recording; to be freed.
 * profile NULL: the recording's. False after a sentence on standard error;
 * *said is empty then.
 */
struct session;
bool replay_on_emulator(
	const char *file, const char *profile, struct session *said);

/*
 * For getopt's answer '?' or ':': one sentence on standard error, with the
 * option that was meant if one is near. Returns EXIT_SETUP.
 */
struct option;
int bad_option(const char *command, const struct option *options, int answer,
	char **argv);

/* "ec21hil COMMAND: what; see …" on standard error. Returns EXIT_SETUP. */
int bad_usage(const char *command, const char *what);

/* How ec21hil was called, for commands that a user is told to repeat. */
extern const char *hil_program;

#endif
