#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <event2/event.h>

#include "hil/rig_conf.h"
#include "hil/rig_unknown.h"
#include "hil/rig_lock.h"
#include "hil/tool.h"
#include "hil/wire.h"
#include "io/loop.h"

static const char usage[] =
	"usage: ec21hil console --rig NAME [--rigs FILE]\n\n"
	"Connects the terminal, or standard input and output, with a board's\n"
	"console. Ctrl-] ends it on a terminal; else the end of the input and "
	"two\nseconds of silence do.\n\n"
	"  --rig NAME     the board\n"
	"  --rigs FILE    in place of $EC21_RIGS or the user's rigs.conf\n"
	"  --help         this text\n\n"
	"Exit status: 0 done, 1 the port was closed, 2 usage or set-up.\n";

#define ESCAPE	   0x1d /* Ctrl-] */
#define SILENCE_MS 2000

struct terminal {
	struct loop *loop;
	struct wire *wire;
	struct event *input;
	struct timer silence;
	bool tty, input_over, lost;
};

static void on_silence(void *arg)
{
	struct terminal *s = arg;

	loop_stop(s->loop);
}

static void listen_for_silence(struct terminal *s)
{
	timer_set_us(
		loop_clock(s->loop), &s->silence, (uint64_t)SILENCE_MS * 1000);
}

static void on_bytes(void *arg, const void *data, size_t len)
{
	struct terminal *s = arg;

	fwrite(data, 1, len, stdout);
	fflush(stdout);
	if (s->input_over)
		listen_for_silence(s);
}

static void on_closed(void *arg, const char *why)
{
	struct terminal *s = arg;

	(void)why;
	fprintf(stderr, "%sec21hil console: the port was closed\n",
		s->tty ? "\r\n" : "");
	wire_free(s->wire);
	s->wire = NULL;
	s->lost = true;
	loop_stop(s->loop);
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	struct terminal *s = arg;
	char chunk[1024];
	ssize_t n = read(fd, chunk, sizeof(chunk));
	const char *escape;

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	escape = n > 0 && s->tty ? memchr(chunk, ESCAPE, (size_t)n) : NULL;
	if (escape != NULL)
		n = escape - chunk;
	if (n > 0)
		wire_write(s->wire, chunk, (size_t)n);
	if (escape != NULL) {
		loop_stop(s->loop);
	} else if (n <= 0) {
		s->input_over = true;
		event_del(s->input);
		listen_for_silence(s);
	}
}

static int run(struct terminal *s)
{
	struct termios old, raw;

	s->tty = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;
	s->input = event_new(loop_base(s->loop), STDIN_FILENO,
		EV_READ | EV_PERSIST, on_input, s);
	/* A plain file as input is always ready: epoll refuses it. */
	if (s->input == NULL || event_add(s->input, NULL) != 0) {
		fputs("ec21hil console: standard input must be a terminal or "
		      "a pipe\n",
			stderr);
		return EXIT_SETUP;
	}
	if (s->tty) {
		fputs("Ctrl-] ends this\r\n", stderr);
		raw = old;
		cfmakeraw(&raw);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	loop_run(s->loop);
	if (s->tty) {
		tcsetattr(STDIN_FILENO, TCSANOW, &old);
		fputc('\n', stderr);
	}
	return s->lost ? EXIT_FAILED : EXIT_DONE;
}

static int connect_console(const struct rig_conf *rig)
{
	struct terminal s = {0};
	const struct wire_events events = {on_bytes, on_closed, &s};
	char why[500] = "it has no console in rigs.conf";
	int lock = -1, status = EXIT_SETUP;
	struct why reason;
	bool busy;

	timer_init(&s.silence, on_silence, &s);
	s.loop = loop_new(false, 1, &reason);
	if (s.loop == NULL)
		snprintf(why, sizeof(why), "%s", reason.text);
	else if (rig->console != NULL)
		lock = rig_lock_take(rig, &busy, why, sizeof(why));
	if (lock >= 0)
		s.wire = wire_open(loop_base(s.loop), rig->console, &events,
			why, sizeof(why));
	if (s.wire != NULL)
		status = run(&s);
	else
		fprintf(stderr, "ec21hil console: %s: %s\n", rig->name, why);
	if (s.loop != NULL)
		timer_del(loop_clock(s.loop), &s.silence);
	if (s.input != NULL)
		event_free(s.input);
	wire_free(s.wire);
	loop_free(s.loop);
	if (lock >= 0)
		close(lock);
	return status;
}

int cmd_console(int argc, char **argv)
{
	static const struct option options[] = {
		{"rig", required_argument, NULL, 'r'},
		{"rigs", required_argument, NULL, 'R'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *name = NULL, *rigs = NULL;
	const struct rig_conf *rig;
	struct rig_confs confs;
	int c, status = EXIT_SETUP;
	char why[1000];

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			name = optarg;
			break;
		case 'R':
			rigs = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return bad_option("console", options, c, argv);
		}
	}
	if (name == NULL || optind != argc)
		return bad_usage("console", "expected --rig NAME");
	if (!rig_confs_load(&confs, rigs, stderr))
		return EXIT_SETUP;
	rig = rig_confs_find(&confs, name);
	if (rig != NULL) {
		status = connect_console(rig);
	} else {
		rig_unknown(&confs, false, name, why, sizeof(why));
		fprintf(stderr, "ec21hil console: --rig %s: %s\n", name, why);
	}
	rig_confs_free(&confs);
	return status;
}
