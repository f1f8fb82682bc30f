#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/finish.h"
#include "base/log.h"
#include "base/usage.h"
#include "hil/files.h"
#include "hil/self.h"
#include "hil/vdfu/vdfu_board.h"
#include "hil/vdfu/vdfu_control.h"
#include "io/child.h"
#include "io/loop.h"
#include "io/watch.h"

/* ec21vdfu(1) */

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_SETUP = 2 };

#define BOARDS_MAX 16
#define COMMAND_MS 3000 /* in which COMMAND ends after SIGTERM */
#define PRELOAD	   "libumockdev-preload.so.0"

static const char usage[] =
	"usage: ec21vdfu [option]... [-- COMMAND [ARG]...]\n"
	"       ec21vdfu --tell PATH [SERIAL] WORD...\n"
	"       ec21vdfu --join PATH COMMAND [ARG]...\n\n"
	"Virtual Wio LTE boards in their boot loader, for an unmodified "
	"dfu-util.\n"
	"With COMMAND: runs it on their USB bus and ends with its status.\n\n"
	"  --board SERIAL   one more board; each on the next port, 1-1 ...\n"
	"  --flash FILE     1 MiB; of the last board so far\n"
	"  --boot COMMAND   what runs when it starts its program; {flash}, "
	"{console},\n"
	"                   {flash,} and {console,} with commas doubled\n"
	"  --config FILE    laid over the last sector of {flash}\n"
	"  --console LINK   pty that shows {console}\n"
	"  --dfu-when TEXT  on the console: the program has jumped to the "
	"loader\n"
	"  --uart LINK      pty of the USART boot loader\n"
	"  --boot0 0|1      at the start; 1 if not given\n"
	"  --power on|off   at the start; on if not given\n"
	"  --tell-first LINE  a line of --tell, before COMMAND runs\n"
	"  --control PATH   socket for --tell and --join; ready line\n"
	"  --help, --version\n\n"
	"See ec21vdfu(1).";

struct vdfu {
	struct vdfu_board_opts opts[BOARDS_MAX];
	struct vdfu_board *boards[BOARDS_MAX];
	size_t n_boards;
	const char *first[BOARDS_MAX]; /* --tell-first */
	size_t n_first;
	const char *control_path;
	char **command; /* NULL: none */
	char tmp[128];
	struct loop *loop;
	struct watch *watch;
	struct vdfu_usb *usb;
	struct vdfu_control *control;
	struct event *child;
	pid_t pid; /* of the command; 0: it has ended */
	int status;
};

static int complain(const char *what, const char *detail)
{
	fprintf(stderr, "ec21vdfu: %s%s%s\n", what, detail ? ": " : "",
		detail ? detail : "");
	return EXIT_SETUP;
}

/* ---- the other side of the socket ---- */

static int tell(int argc, char **argv)
{
	char line[400], answer[500];
	size_t n = 0;
	int err;

	if (argc < 2)
		return complain("--tell", "expected a socket and a command");
	for (int i = 1; i < argc && n < sizeof(line); i++)
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s",
			i > 1 ? " " : "", argv[i]);
	if (n >= sizeof(line))
		return complain("--tell", "the command is too long");
	err = vdfu_control_ask(argv[0], line, answer, sizeof(answer));
	if (err != 0) {
		complain(argv[0], answer);
		return EXIT_FAILED;
	}
	if (answer[0] != '\0')
		puts(answer);
	return EXIT_DONE;
}

static int join(int argc, char **argv)
{
	char dir[500];

	if (argc < 2)
		return complain("--join", "expected a socket and a command");
	if (vdfu_control_ask(argv[0], "env", dir, sizeof(dir)) != 0)
		return complain("--join", dir);
	if (setenv("UMOCKDEV_DIR", dir, 1) != 0 ||
		setenv("LD_PRELOAD", PRELOAD, 1) != 0)
		return complain("--join", strerror(errno));
	execvp(argv[1], argv + 1);
	complain(argv[1], strerror(errno));
	return 127;
}

/* ---- boards ---- */

/* umockdev's bus works in programs that have its library loaded first. */
static int preload(char **argv)
{
	const char *now = getenv("LD_PRELOAD");

	if (now != NULL && strstr(now, PRELOAD) != NULL)
		return 0;
	if (setenv("LD_PRELOAD", PRELOAD, 1) != 0)
		return complain("LD_PRELOAD", strerror(errno));
	execv("/proc/self/exe", argv);
	return complain("cannot start anew", strerror(errno));
}

static void on_child(evutil_socket_t sig, short what, void *arg)
{
	struct vdfu *v = arg;
	int status;

	(void)sig;
	(void)what;
	if (v->pid == 0 || waitpid(v->pid, &status, WNOHANG) != v->pid)
		return;
	v->pid = 0;
	v->status = WIFEXITED(status) ? WEXITSTATUS(status)
				      : 128 + WTERMSIG(status);
	loop_stop(v->loop);
}

static int start_command(struct vdfu *v)
{
	pid_t parent = getpid();

	v->child = evsignal_new(loop_base(v->loop), SIGCHLD, on_child, v);
	if (v->child == NULL || event_add(v->child, NULL) != 0)
		return complain("cannot watch the command", NULL);
	if (setenv("UMOCKDEV_DIR", vdfu_usb_dir(v->usb), 1) != 0)
		return complain("UMOCKDEV_DIR", strerror(errno));
	v->pid = fork();
	if (v->pid < 0)
		return complain("fork", strerror(errno));
	if (v->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		signal(SIGPIPE, SIG_DFL);
		if (getppid() == parent)
			execvp(v->command[0], v->command);
		complain(v->command[0], strerror(errno));
		_exit(127);
	}
	return 0;
}

static int tell_first(struct vdfu *v)
{
	char answer[500];

	for (size_t i = 0; i < v->n_first; i++)
		if (!vdfu_board_tell(
			    v->boards[0], v->first[i], answer, sizeof(answer)))
			return complain(v->first[i], answer);
	return 0;
}

static int set_up_boards(struct vdfu *v)
{
	char why[500];

	for (size_t i = 0; i < v->n_boards; i++) {
		v->opts[i].tmp = v->tmp;
		v->boards[i] = vdfu_board_new(
			v->usb, v->watch, &v->opts[i], why, sizeof(why));
		if (v->boards[i] == NULL)
			return complain(v->opts[i].serial, why);
	}
	if (v->control_path == NULL)
		return 0;
	v->control = vdfu_control_new(loop_base(v->loop), v->control_path,
		v->boards, v->n_boards, why, sizeof(why));
	return v->control != NULL ? 0 : complain(v->control_path, why);
}

static int set_up(struct vdfu *v)
{
	char why[500];
	struct why reason;

	v->loop = loop_new(false, 1, &reason);
	if (v->loop == NULL)
		return complain("cannot make a loop", reason.text);
	if (!self_folder(v->tmp, sizeof(v->tmp)))
		return EXIT_SETUP;
	/* umockdev's folder goes there too. */
	if (setenv("TMPDIR", v->tmp, 1) != 0)
		return complain("TMPDIR", strerror(errno));
	v->watch = watch_new(loop_base(v->loop), &reason);
	if (v->watch == NULL)
		return complain("cannot watch ptys", reason.text);
	v->usb = vdfu_usb_new(why, sizeof(why));
	if (v->usb == NULL)
		return complain("no bus", why);
	return set_up_boards(v);
}

static void tear_down(struct vdfu *v)
{
	child_end(v->pid, COMMAND_MS);
	if (v->child != NULL)
		event_free(v->child);
	vdfu_control_free(v->control);
	for (size_t i = 0; i < v->n_boards; i++)
		vdfu_board_free(v->boards[i]);
	vdfu_usb_free(v->usb);
	watch_free(v->watch);
	/* Within the loop: without it a second signal would end us at once. */
	if (v->tmp[0] != '\0')
		files_remove_tree(v->tmp);
	loop_free(v->loop);
}

static int run(struct vdfu *v)
{
	const char *tmp = getenv("TMPDIR");
	char *old = tmp != NULL ? strdup(tmp) : NULL;
	int err = set_up(v);

	if (old != NULL)
		setenv("TMPDIR", old, 1);
	else
		unsetenv("TMPDIR");
	free(old);
	if (err == 0)
		err = tell_first(v);
	if (err == 0 && v->command != NULL)
		err = start_command(v);
	if (err == 0) {
		if (v->control_path != NULL && v->command == NULL) {
			printf("ready %s\n", v->control_path);
			fflush(stdout);
		}
		loop_run(v->loop);
		err = v->command == NULL ? EXIT_DONE
		      : v->pid == 0	 ? v->status
					 : EXIT_FAILED;
	}
	tear_down(v);
	return err;
}

/* ---- options ---- */

static const struct option options[] = {
	{"board", required_argument, NULL, 'b'},
	{"flash", required_argument, NULL, 'f'},
	{"boot", required_argument, NULL, 'B'},
	{"config", required_argument, NULL, 'c'},
	{"console", required_argument, NULL, 'C'},
	{"dfu-when", required_argument, NULL, 'w'},
	{"uart", required_argument, NULL, 'u'},
	{"boot0", required_argument, NULL, '0'},
	{"power", required_argument, NULL, 'p'},
	{"tell-first", required_argument, NULL, 't'},
	{"control", required_argument, NULL, 's'},
	{"tell", no_argument, NULL, 'T'},
	{"join", no_argument, NULL, 'J'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static struct vdfu_board_opts *last_board(struct vdfu *v)
{
	static const char *const paths[BOARDS_MAX] = {"1-1", "1-2", "1-3",
		"1-4", "1-5", "1-6", "1-7", "1-8", "1-9", "1-10", "1-11",
		"1-12", "1-13", "1-14", "1-15", "1-16"};

	if (v->n_boards == 0)
		v->opts[v->n_boards++] =
			(struct vdfu_board_opts){.serial = "204D39A35843",
				.path = paths[0],
				.boot0 = true};
	v->opts[v->n_boards - 1].path = paths[v->n_boards - 1];
	return &v->opts[v->n_boards - 1];
}

static bool take_board(struct vdfu *v, const char *serial)
{
	if (v->n_boards == BOARDS_MAX || *serial == '\0' ||
		strpbrk(serial, " /\n") != NULL || strlen(serial) > 32) {
		complain("--board",
			"expected up to 16 serial numbers, without blanks");
		return false;
	}
	v->opts[v->n_boards++] =
		(struct vdfu_board_opts){.serial = serial, .boot0 = true};
	(void)last_board(v);
	return true;
}

static bool take_option(struct vdfu *v, int c, const char *value)
{
	struct vdfu_board_opts *b;

	if (c == 'b')
		return take_board(v, value);
	if (c == 's') {
		v->control_path = value;
		return true;
	}
	if (c == 't' && v->n_first < BOARDS_MAX) {
		v->first[v->n_first++] = value;
		return true;
	}
	b = last_board(v);
	switch (c) {
	case 'f':
		b->flash = value;
		return true;
	case 'B':
		b->boot = value;
		return true;
	case 'c':
		b->config = value;
		return true;
	case 'C':
		b->console = value;
		return true;
	case 'w':
		b->dfu_when = *value != '\0' ? value : NULL;
		return true;
	case 'u':
		b->uart = value;
		return true;
	case '0':
		b->boot0 = strcmp(value, "0") != 0;
		if (strcmp(value, "0") == 0 || strcmp(value, "1") == 0)
			return true;
		complain("--boot0", "expected 0 or 1");
		return false;
	case 'p':
		b->off = strcmp(value, "off") == 0;
		if (b->off || strcmp(value, "on") == 0)
			return true;
		complain("--power", "expected on or off");
		return false;
	default:
		complain("--tell-first", "too many");
		return false;
	}
}

static int do_as_told(int argc, char **argv)
{
	struct vdfu v = {0};
	int c, err;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (c == 'h') {
			puts(usage);
			return EXIT_DONE;
		}
		if (c == 'V') {
			puts("ec21vdfu " EC21_VERSION);
			return EXIT_DONE;
		}
		if (c == 'T')
			return tell(argc - optind, argv + optind);
		if (c == 'J')
			return join(argc - optind, argv + optind);
		if (c == '?' || c == ':') {
			usage_bad_option("ec21vdfu", options, c, argv);
			return EXIT_SETUP;
		}
		if (!take_option(&v, c, optarg))
			return EXIT_SETUP;
	}
	if (optind < argc)
		v.command = argv + optind;
	if (v.command == NULL && v.control_path == NULL)
		return complain("expected a command or --control", NULL);
	err = preload(argv);
	if (err != 0)
		return err;
	(void)last_board(&v);
	return run(&v);
}

int main(int argc, char **argv)
{
	log_init("ec21vdfu", LOG_LEVEL_WARN);
	return finish("ec21vdfu", do_as_told(argc, argv));
}
