#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/recorder.h"
#include "hil/wire.h"
#include "io/loop.h"

static const char usage[] =
	"usage: ec21hil record --modem URL [--secrets mask|keep] FILE\n\n"
	"Connects standard input and output with a modem and records both\n"
	"lanes. Lines are sent with CR. It ends when the input has ended and "
	"the\n"
	"modem has said nothing for two seconds, or when the port closes.\n\n"
	"  --modem URL     tty:PATH (115200 8N1) or tcp:HOST:PORT\n"
	"  --secrets keep  do not mask keys, PINs and passwords\n";

/* Silence behind the end of the input that ends the recording. */
#define SILENCE_MS 2000

struct record {
	struct loop *loop;
	struct wire *wire;
	struct recorder *recorder;
	struct event *input;
	struct timer silence;
	bool input_over, failed;
};

static void on_silence(void *arg)
{
	struct record *r = arg;

	loop_stop(r->loop);
}

static void listen_for_silence(struct record *r)
{
	timer_set_us(
		loop_clock(r->loop), &r->silence, (uint64_t)SILENCE_MS * 1000);
}

static void on_bytes(void *arg, const void *data, size_t len)
{
	struct record *r = arg;

	trace_bytes(recorder_sink(r->recorder), LANE_AT_RX, data, len);
	fwrite(data, 1, len, stdout);
	fflush(stdout);
	if (r->input_over)
		listen_for_silence(r);
}

static void on_closed(void *arg, const char *why)
{
	struct record *r = arg;

	fprintf(stderr, "ec21hil record: %s\n", why);
	wire_free(r->wire);
	r->wire = NULL;
	loop_stop(r->loop);
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	struct record *r = arg;
	char chunk[1024];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) {
		r->input_over = true;
		event_del(r->input);
		listen_for_silence(r);
		return;
	}
	for (ssize_t i = 0; i < n; i++)
		if (chunk[i] == '\n')
			chunk[i] = '\r';
	trace_bytes(recorder_sink(r->recorder), LANE_AT_TX, chunk, (size_t)n);
	wire_write(r->wire, chunk, (size_t)n);
}

static bool set_up(
	struct record *r, const char *url, const char *file, bool keep)
{
	const struct wire_events events = {on_bytes, on_closed, r};
	const struct recorder_opts o = {.device = url, .keep_secrets = keep};
	char text[500];
	struct why why;

	r->loop = loop_new(false, 1, &why);
	if (r->loop != NULL)
		r->recorder =
			recorder_open(file, loop_clock(r->loop), &o, &why);
	if (r->recorder == NULL) {
		fprintf(stderr, "ec21hil record: %s\n", why.text);
		return false;
	}
	r->wire =
		wire_open(loop_base(r->loop), url, &events, text, sizeof(text));
	if (r->wire == NULL) {
		fprintf(stderr, "ec21hil record: %s\n", text);
		return false;
	}
	/* A plain file as input is always ready: epoll refuses it. */
	r->input = event_new(loop_base(r->loop), STDIN_FILENO,
		EV_READ | EV_PERSIST, on_input, r);
	if (r->input != NULL && event_add(r->input, NULL) == 0)
		return true;
	fputs("ec21hil record: standard input must be a terminal or a pipe\n",
		stderr);
	return false;
}

static int record(const char *url, const char *file, bool keep)
{
	struct record r = {0};
	bool ok;

	timer_init(&r.silence, on_silence, &r);
	ok = set_up(&r, url, file, keep);
	if (ok)
		loop_run(r.loop);
	if (r.loop != NULL)
		timer_del(loop_clock(r.loop), &r.silence);
	if (r.input != NULL)
		event_free(r.input);
	wire_free(r.wire);
	recorder_close(r.recorder);
	loop_free(r.loop);
	return ok ? EXIT_DONE : EXIT_SETUP;
}

int cmd_record(int argc, char **argv)
{
	static const struct option options[] = {
		{"modem", required_argument, NULL, 'm'},
		{"secrets", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	const char *url = NULL;
	bool keep = false;
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (c) {
		case 'm':
			url = optarg;
			break;
		case 's':
			keep = strcmp(optarg, "keep") == 0;
			if (keep || strcmp(optarg, "mask") == 0)
				break;
			fputs("ec21hil record: --secrets: expected mask or "
			      "keep\n",
				stderr);
			return EXIT_SETUP;
		case 'h':
			fputs(usage, stdout);
			return EXIT_DONE;
		default:
			return bad_option("record", options, c, argv);
		}
	}
	if (url == NULL || argc - optind != 1) {
		fputs("ec21hil record: expected --modem URL and one file\n",
			stderr);
		return EXIT_SETUP;
	}
	return record(url, argv[optind], keep);
}
