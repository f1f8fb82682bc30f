#include "hil/commands.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/recorder.h"
#include "hil/files.h"
#include "hil/record_firmware.h"
#include "hil/wire.h"
#include "io/loop.h"

static const char usage[] =
	"usage: ec21hil record --modem URL [option]... FILE\n"
	"       ec21hil record --rig host|virtual [option]... FILE\n\n"
	"Records what passes between a host and a modem. The host is who "
	"types\n"
	"here (lines are sent with CR); with --rig it is firmware, whose "
	"console\n"
	"is then here and recorded too. It ends when the firmware ends, by "
	"Ctrl-C,\n"
	"or when the input has ended and nothing passed for some seconds.\n\n"
	"  --modem URL     tty:PATH (115200 8N1), tcp:HOST:PORT or "
	"exec:COMMAND\n"
	"  --rig host      firmware as a process, and the modem is ec21emu, or "
	"with\n"
	"                  --modem that one\n"
	"  --rig virtual[,image=PATH]\n"
	"                  the board's image in QEMU, and ec21emu\n"
	"  --firmware CMD  of the rig host (default: wiofw); {modem} {pins}\n"
	"                  {console} {state} are filled in\n"
	"  --emulator PATH, --emulator-options WORDS\n"
	"                  the modem's program and what it is given\n"
	"  --silence S     seconds (default: 2, with firmware 30)\n"
	"  --secrets keep  do not mask keys, PINs and passwords (default: "
	"mask)\n"
	"  --help          this text\n\n"
	"Exit status: 0 done, 2 usage or set-up, the modem was lost, or the "
	"file\ncould not be written.\n";

/* Silence behind the end of the input that ends the recording. */
#define SILENCE_MS	    2000
#define FIRMWARE_SILENCE_MS 30000
/* Of a plain file, which is taken at once. */
#define INPUT_MAX ((size_t)1 << 20)

struct record {
	struct loop *loop;
	struct rig_opts rig;
	const char *file;
	bool keep;
	const char *words; /* options of the emulator */

	struct wire *wire;
	struct recorder *recorder;
	struct record_firmware_opts fw_opts;
	struct record_firmware *firmware;
	struct event *input;
	struct timer silence;
	uint64_t silence_ms;
	bool input_over, over, failed;
};

static void on_silence(void *arg)
{
	struct record *r = arg;

	if (r->firmware != NULL)
		record_firmware_stop(r->firmware);
	else
		loop_stop(r->loop);
}

static void listen_for_silence(struct record *r)
{
	timer_set_us(loop_clock(r->loop), &r->silence, r->silence_ms * 1000);
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
	r->failed = true;
	loop_stop(r->loop);
}

/* ---- firmware ---- */

static void on_console(void *arg, const void *data, size_t len)
{
	(void)arg;
	fwrite(data, 1, len, stdout);
	fflush(stdout);
}

static void on_passed(void *arg)
{
	struct record *r = arg;

	if (r->input_over)
		listen_for_silence(r);
}

static void on_over(void *arg, const char *how, bool failed)
{
	struct record *r = arg;

	if (how != NULL)
		fprintf(stderr, "ec21hil record: %s\n", how);
	r->over = true;
	r->failed = failed;
	loop_stop(r->loop);
}

static bool start_firmware(struct record *r)
{
	char why[600];

	r->fw_opts = (struct record_firmware_opts){
		.rig = &r->rig,
		.words = r->words,
		.file = r->file,
		.keep_secrets = r->keep,
		.console = on_console,
		.passed = on_passed,
		.over = on_over,
		.arg = r,
	};
	r->firmware = record_firmware_start(&r->fw_opts, why, sizeof(why));
	if (r->firmware == NULL)
		fprintf(stderr, "ec21hil record: %s\n", why);
	return r->firmware != NULL;
}

/* ---- who types ---- */

static void take_input(struct record *r, char *chunk, size_t n)
{
	if (r->firmware != NULL) {
		record_firmware_write(r->firmware, chunk, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (chunk[i] == '\n')
			chunk[i] = '\r';
	trace_bytes(recorder_sink(r->recorder), LANE_AT_TX, chunk, n);
	wire_write(r->wire, chunk, n);
}

static void end_input(struct record *r)
{
	r->input_over = true;
	listen_for_silence(r);
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	struct record *r = arg;
	char chunk[1024];
	ssize_t n = read(fd, chunk, sizeof(chunk));

	(void)what;
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n > 0) {
		take_input(r, chunk, (size_t)n);
		return;
	}
	event_del(r->input);
	end_input(r);
}

/* A plain file and /dev/null are always ready, and epoll refuses them. */
static bool take_file(struct record *r)
{
	char chunk[1024];
	size_t total = 0;
	ssize_t n;

	while ((n = read(STDIN_FILENO, chunk, sizeof(chunk))) > 0) {
		total += (size_t)n;
		if (total > INPUT_MAX) {
			fputs("ec21hil record: the input is larger than "
			      "1 MiB\n",
				stderr);
			return false;
		}
		take_input(r, chunk, (size_t)n);
	}
	end_input(r);
	return true;
}

static bool open_input(struct record *r)
{
	struct stat st;

	if (fstat(STDIN_FILENO, &st) == 0 &&
		(S_ISREG(st.st_mode) ||
			(S_ISCHR(st.st_mode) && !isatty(STDIN_FILENO))))
		return take_file(r);
	r->input = event_new(loop_base(r->loop), STDIN_FILENO,
		EV_READ | EV_PERSIST, on_input, r);
	if (r->input != NULL && event_add(r->input, NULL) == 0)
		return true;
	fputs("ec21hil record: standard input cannot be read\n", stderr);
	return false;
}

/* ---- set-up ---- */

static bool start_typing(struct record *r)
{
	const struct wire_events events = {on_bytes, on_closed, r};
	const struct recorder_opts o = {
		.device = r->rig.modem, .keep_secrets = r->keep};
	char text[500];
	struct why why;

	/* The modem first: without one no file is made. */
	r->wire = wire_open(
		loop_base(r->loop), r->rig.modem, &events, text, sizeof(text));
	if (r->wire == NULL) {
		fprintf(stderr, "ec21hil record: %s\n", text);
		return false;
	}
	r->recorder = recorder_open(r->file, loop_clock(r->loop), &o, &why);
	if (r->recorder == NULL)
		fprintf(stderr, "ec21hil record: %s\n", why.text);
	return r->recorder != NULL;
}

static bool has_firmware(struct record *r)
{
	const struct scenario none = {0};
	char why[600];

	if (rig_has_firmware(&r->rig, &none, why, sizeof(why)))
		return true;
	fprintf(stderr, "ec21hil record: %s\n", why);
	return false;
}

/* A recording is made once; a fifo, a device or an empty file loses nothing. */
static bool would_overwrite(const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
		return false;
	fprintf(stderr, "ec21hil record: %s: that file is there already\n",
		file);
	return true;
}

static bool set_up(struct record *r)
{
	struct why why;

	if (would_overwrite(r->file))
		return false;
	r->loop = loop_new(false, 1, &why);
	if (r->loop == NULL) {
		fprintf(stderr, "ec21hil record: %s\n", why.text);
		return false;
	}
	r->rig.loop = r->loop;
	if (r->rig.kind == RIG_MODEM ? !start_typing(r)
				     : !has_firmware(r) || !start_firmware(r))
		return false;
	return open_input(r);
}

static int record(struct record *r)
{
	bool ok;

	timer_init(&r->silence, on_silence, r);
	ok = set_up(r);
	if (ok)
		loop_run(r->loop);
	/* Ctrl-C ends the loop: the children end in it, too. */
	if (ok && r->firmware != NULL && !r->over) {
		record_firmware_stop(r->firmware);
		loop_run(r->loop);
	}
	if (r->loop != NULL)
		timer_del(loop_clock(r->loop), &r->silence);
	if (r->input != NULL)
		event_free(r->input);
	record_firmware_free(r->firmware);
	wire_free(r->wire);
	/* Where it could not be written, that was logged. */
	ok = recorder_close(r->recorder) && ok;
	loop_free(r->loop);
	return ok && !r->failed ? EXIT_DONE : EXIT_SETUP;
}

/* ---- options ---- */

static bool bad_value(const char *option, const char *value, const char *what)
{
	fprintf(stderr, "ec21hil record: --%s %s: %s\n", option, value, what);
	return false;
}

static bool take_rig(struct record *r, const char *value)
{
	const char *image = strstr(value, ",image=");
	size_t n = image != NULL ? (size_t)(image - value) : strlen(value);

	if (n == 4 && memcmp(value, "host", 4) == 0 && image == NULL)
		r->rig.kind = RIG_HOST;
	else if (n == 7 && memcmp(value, "virtual", 7) == 0)
		r->rig.kind = RIG_VIRTUAL;
	else
		return bad_value(
			"rig", value, "expected host, or virtual[,image=PATH]");
	r->rig.image = image != NULL ? image + 7 : NULL;
	return true;
}

static bool take_silence(struct record *r, const char *value)
{
	char *end;
	unsigned long s = strtoul(value, &end, 10);

	r->silence_ms = s * 1000;
	return (end != value && *end == '\0' && s >= 1 && s <= 86400) ||
	       bad_value("silence", value, "expected seconds, 1 to 86400");
}

static bool take_option(struct record *r, int c, const char *value)
{
	switch (c) {
	case 'm':
		r->rig.modem = value;
		return true;
	case 'r':
		return take_rig(r, value);
	case 'F':
		r->rig.firmware = value;
		return true;
	case 'e':
		r->rig.emulator = value;
		return true;
	case 'o':
		r->words = value;
		return true;
	case 'S':
		return take_silence(r, value);
	default:
		r->keep = strcmp(value, "keep") == 0;
		return r->keep || strcmp(value, "mask") == 0 ||
		       bad_value("secrets", value, "expected mask or keep");
	}
}

static const char *what_is_missing(const struct record *r, int files)
{
	if (files != 1)
		return "expected one file";
	if (r->rig.kind == RIG_MODEM && r->rig.modem == NULL)
		return "expected --modem URL, or --rig host or virtual";
	if (r->rig.kind == RIG_VIRTUAL && r->rig.modem != NULL)
		return "--rig virtual: its modem is ec21emu";
	if (r->rig.firmware != NULL && r->rig.kind != RIG_HOST)
		return "--firmware is for --rig host";
	if (r->words != NULL &&
		(r->rig.kind == RIG_MODEM || r->rig.modem != NULL))
		return "--emulator-options: there is none";
	return NULL;
}

int cmd_record(int argc, char **argv)
{
	static const struct option options[] = {
		{"modem", required_argument, NULL, 'm'},
		{"rig", required_argument, NULL, 'r'},
		{"firmware", required_argument, NULL, 'F'},
		{"emulator", required_argument, NULL, 'e'},
		{"emulator-options", required_argument, NULL, 'o'},
		{"silence", required_argument, NULL, 'S'},
		{"secrets", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct record r = {0};
	char emulator[4096];
	const char *missing;
	int c;

	files_find_program("ec21emu", "EC21EMU", emulator, sizeof(emulator));
	r.rig.emulator = emulator;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			fputs(usage, stdout);
			return EXIT_DONE;
		}
		if (c == '?' || c == ':')
			return bad_option("record", options, c, argv);
		if (!take_option(&r, c, optarg))
			return EXIT_SETUP;
	}
	missing = what_is_missing(&r, argc - optind);
	if (missing != NULL)
		return bad_usage("record", missing);
	r.file = argv[optind];
	if (r.silence_ms == 0)
		r.silence_ms = r.rig.kind == RIG_MODEM ? SILENCE_MS
						       : FIRMWARE_SILENCE_MS;
	return record(&r);
}
