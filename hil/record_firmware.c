#include "hil/record_firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out_file.h"
#include "base/recorder.h"
#include "hil/expand.h"
#include "hil/files.h"
#include "hil/firmware.h"
#include "hil/proc.h"
#include "hil/rig_firmware.h"
#include "hil/self.h"
#include "hil/tail.h"
#include "hil/virtual_board.h"
#include "hil/wire.h"
#include "io/loop.h"
#include "io/port.h"
#include "io/watch.h"

/* How long children may take to end. */
#define STOP_MS 5000
/* What is kept for a console that is not there yet. */
#define EARLY_MAX ((size_t)1 << 20)
#define SAID_MAX  4096
/* What the firmware said last may still be in its pty. */
#define LAST_WORDS_MS 50
/* Silence that ends a line of the console without its end. */
#define PAUSE_MS 200

struct record_firmware {
	const struct record_firmware_opts *opts;
	char tmp[256];
	struct firmware *firmware;
	struct virtual_board *board; /* of the rig virtual */
	struct rig_opts rig;	     /* with that board */
	struct buf early;	     /* to a console that is not there yet */
	struct buf said;	     /* by the console, a line that has begun */
	struct timer pause;
	bool heard;
	bool stopping, failed;
	char how[700]; /* "": nobody ended it */
	struct timer timer;

	/* With an emulator: its record, and our console's between it. */
	struct proc *emulator;
	struct tail *tail;
	struct buf line;
	FILE *file;
	int64_t last_ms;
	bool file_failed;

	/* With a real modem. */
	struct watch *watch;
	struct port *port;
	struct wire *wire;

	struct recorder *recorder; /* of the console, or of all lanes */
};

static struct clock *clock_of(const struct record_firmware *r)
{
	return loop_clock(r->opts->rig->loop);
}

static void end_because(struct record_firmware *r, bool failed, const char *how)
{
	if (r->how[0] == '\0' && !r->stopping)
		snprintf(r->how, sizeof(r->how), "%s", how);
	r->failed = r->failed || (failed && !r->stopping);
	record_firmware_stop(r);
}

/* ---- the file, of two that are written at the same time ---- */

static void write_text(struct record_firmware *r, const char *text, size_t len)
{
	if (r->file_failed || fwrite(text, 1, len, r->file) == len)
		return;
	r->file_failed = r->failed = true;
	end_because(r, true, "cannot write the recording");
}

/* A line of either; its time does not go back behind the line before. */
static void put_line(struct record_firmware *r, const char *text, size_t len)
{
	char stamp[40], *end;
	long long seconds, ms;
	int n;

	snprintf(
		stamp, sizeof(stamp), "%.*s", (int)(len < 39 ? len : 39), text);
	seconds = strtoll(stamp, &end, 10);
	if (end == stamp || *end != '.') {
		write_text(r, text, len);
		return;
	}
	n = (int)(end - stamp) + 4;
	ms = seconds * 1000 + strtoll(end + 1, NULL, 10);
	if (ms > r->last_ms)
		r->last_ms = ms;
	snprintf(stamp, sizeof(stamp), "%4lld.%03d",
		(long long)(r->last_ms / 1000), (int)(r->last_ms % 1000));
	write_text(r, stamp, strlen(stamp));
	write_text(r, text + n, len - (size_t)n);
	if (fflush(r->file) != 0 && !r->file_failed) {
		r->file_failed = r->failed = true;
		end_because(r, true, "cannot write the recording");
	}
}

static void on_console_line(void *arg, const char *text, size_t len)
{
	put_line(arg, text, len);
}

static void on_record(void *arg, const char *data, size_t len)
{
	struct record_firmware *r = arg;

	for (size_t i = 0; i < len; i++) {
		if (!buf_addc(&r->line, (uint8_t)data[i]))
			buf_reset(&r->line);
		if (data[i] != '\n')
			continue;
		if (buf_cstr(&r->line) != NULL)
			put_line(r, buf_cstr(&r->line), buf_len(&r->line));
		buf_reset(&r->line);
	}
	r->opts->passed(r->opts->arg);
}

/* ---- the firmware ---- */

static void write_said(struct record_firmware *r)
{
	timer_del(clock_of(r), &r->pause);
	if (buf_len(&r->said) == 0 || r->recorder == NULL)
		return;
	if (r->tail != NULL)
		tail_poll(r->tail);
	trace_bytes(recorder_sink(r->recorder), LANE_CON_RX, buf_data(&r->said),
		buf_len(&r->said));
	buf_reset(&r->said);
}

static void on_pause(void *arg)
{
	write_said(arg);
}

static void write_early(struct record_firmware *r)
{
	struct buf early = r->early;

	buf_init(&r->early, EARLY_MAX);
	if (buf_len(&early) > 0)
		record_firmware_write(r, buf_data(&early), buf_len(&early));
	buf_free(&early);
}

/* A slow line gives byte by byte: a record each would be hard to read. */
static void on_console(void *arg, const void *data, size_t len)
{
	struct record_firmware *r = arg;
	const char *p = data;

	for (size_t i = 0; i < len; i++) {
		buf_addc(&r->said, (uint8_t)p[i]);
		if (p[i] == '\n' || buf_space(&r->said) == 0)
			write_said(r);
	}
	if (buf_len(&r->said) > 0)
		timer_set_us(clock_of(r), &r->pause, PAUSE_MS * 1000);
	r->opts->console(r->opts->arg, data, len);
	r->opts->passed(r->opts->arg);
	if (!r->heard) {
		r->heard = true;
		write_early(r);
	}
}

static void on_firmware_end(void *arg, const char *how)
{
	struct record_firmware *r = arg;
	char path[300], last[300], text[500];

	snprintf(path, sizeof(path), "%s/firmware.log", r->tmp);
	files_last_line(path, last, sizeof(last));
	snprintf(text, sizeof(text), "the firmware %s%s%s", how,
		last[0] != '\0' ? ": " : "", last);
	end_because(r, false, text);
}

static void on_firmware_started(void *arg, const char *error)
{
	char text[700];

	snprintf(text, sizeof(text), "the board: %s", error ? error : "");
	if (error != NULL)
		end_because(arg, true, text);
}

/* A board's UART is deaf until its firmware has set it up. */
static bool waits_for_console(const struct record_firmware *r)
{
	return r->opts->rig->kind == RIG_VIRTUAL && !r->heard;
}

static bool start_firmware(struct record_firmware *r, char *why, size_t size)
{
	const struct firmware_opts o = {
		.loop = r->opts->rig->loop,
		.tmp = r->tmp,
		.console = on_console,
		.started = on_firmware_started,
		.ended = on_firmware_end,
		.arg = r,
	};
	const struct scenario none = {0};

	r->firmware = rig_start_firmware(&r->rig, &none, &o, why, size);
	if (r->firmware != NULL && !waits_for_console(r))
		write_early(r);
	return r->firmware != NULL;
}

void record_firmware_write(
	struct record_firmware *r, const void *data, size_t len)
{
	if (r->firmware == NULL || waits_for_console(r)) {
		if (!buf_add(&r->early, data, len))
			end_because(r, true,
				"too much for a console that is not there yet");
		return;
	}
	if (!firmware_runs(r->firmware))
		return;
	write_said(r);
	trace_bytes(recorder_sink(r->recorder), LANE_CON_TX, data, len);
	firmware_write(r->firmware, data, len);
}

/* ---- a modem of ours ---- */

static void on_emulator_exit(void *arg, bool success, const char *how)
{
	struct record_firmware *r = arg;
	char path[300], last[300], text[500];

	proc_free(r->emulator);
	r->emulator = NULL;
	snprintf(path, sizeof(path), "%s/emu.log", r->tmp);
	files_last_line(path, last, sizeof(last));
	snprintf(text, sizeof(text), "ec21emu %s%s%s", how,
		last[0] != '\0' ? ": " : "", last);
	/* Told to end, it could not write its half, say. */
	if (r->stopping && !success) {
		snprintf(r->how, sizeof(r->how), "%s", text);
		r->failed = true;
	}
	end_because(r, true, text);
}

static void on_emulator_line(void *arg, const char *line)
{
	struct record_firmware *r = arg;
	char why[600];

	if (strncmp(line, "ready 1 ", 8) != 0 || r->firmware != NULL ||
		r->stopping)
		return;
	tail_poll(r->tail);
	if (!start_firmware(r, why, sizeof(why)))
		end_because(r, true, why);
}

static void add_words(struct argv *a, const char *text)
{
	size_t len = text != NULL ? strlen(text) : 0, n;
	const char *word;

	while (expand_word(&text, &len, &word, &n))
		argv_addf(a, "%.*s", (int)n, word);
}

static bool start_emulator(struct record_firmware *r, char *why, size_t size)
{
	bool on_socket = r->board != NULL;
	const char *ports = on_socket ? virtual_board_dir(r->board) : r->tmp;
	char log[300], record[300];
	struct argv a = {0};
	struct proc_opts o = {.log = log,
		.line = on_emulator_line,
		.exited = on_emulator_exit,
		.arg = r};

	snprintf(log, sizeof(log), "%s/emu.log", r->tmp);
	snprintf(record, sizeof(record), "%s/modem.at", r->tmp);
	r->tail = tail_new(loop_base(r->opts->rig->loop), record, on_record, r);
	r->recorder = recorder_to(
		clock_of(r), r->opts->keep_secrets, on_console_line, r);
	argv_add(&a, r->opts->rig->emulator);
	argv_addf(&a, on_socket ? "--listen=unix:%s/modem" : "--pty=%s/modem",
		ports);
	/* With pins the modem waits for PWRKEY. */
	if (rig_has_pins(r->opts->rig))
		argv_addf(&a, "--pins=unix:%s/pins", ports);
	argv_addf(&a, "--record=%s", record);
	argv_addf(&a, "--secrets=%s", r->opts->keep_secrets ? "keep" : "mask");
	add_words(&a, r->opts->words);
	snprintf(why, size, "out of memory, or too many words");
	o.argv = a.v;
	if (!a.failed && r->tail != NULL && r->recorder != NULL)
		r->emulator = proc_spawn(
			loop_base(r->opts->rig->loop), &o, why, size);
	argv_free(&a);
	return r->emulator != NULL;
}

static bool open_file(struct record_firmware *r, char *why, size_t size)
{
	mode_t mode = r->opts->keep_secrets ? 0600 : 0666;
	int fd = out_file_open(r->opts->file, O_TRUNC, mode);

	if (fd >= 0 && r->opts->keep_secrets && fchmod(fd, 0600) != 0) {
		close(fd);
		fd = -1;
	}
	r->file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (r->file == NULL)
		snprintf(why, size, "cannot record to %s: %s", r->opts->file,
			strerror(errno));
	return r->file != NULL;
}

/* ---- a real modem ---- */

static void on_host(void *arg, const void *data, size_t len)
{
	struct record_firmware *r = arg;

	trace_bytes(recorder_sink(r->recorder), LANE_AT_TX, data, len);
	if (r->wire != NULL)
		wire_write(r->wire, data, len);
	r->opts->passed(r->opts->arg);
}

static void on_host_peer(void *arg, bool here)
{
	struct record_firmware *r = arg;

	if (!here)
		trace_text(recorder_sink(r->recorder), LANE_NOTE,
			"the host closed the line");
}

static void on_modem(void *arg, const void *data, size_t len)
{
	struct record_firmware *r = arg;

	trace_bytes(recorder_sink(r->recorder), LANE_AT_RX, data, len);
	port_write(r->port, data, len);
	r->opts->passed(r->opts->arg);
}

static void on_modem_closed(void *arg, const char *why)
{
	struct record_firmware *r = arg;

	wire_free(r->wire);
	r->wire = NULL;
	end_because(r, true, why);
}

static bool start_middle(struct record_firmware *r, char *why, size_t size)
{
	static const struct port_events events = {
		.bytes = on_host, .peer = on_host_peer};
	const struct wire_events modem = {on_modem, on_modem_closed, r};
	const struct recorder_opts o = {.device = r->opts->rig->modem,
		.keep_secrets = r->opts->keep_secrets};
	struct event_base *base = loop_base(r->opts->rig->loop);
	struct why reason;
	char link[300];

	r->wire = wire_open(base, r->opts->rig->modem, &modem, why, size);
	if (r->wire == NULL)
		return false;
	snprintf(link, sizeof(link), "%s/modem", r->tmp);
	r->recorder = recorder_open(r->opts->file, clock_of(r), &o, &reason);
	if (r->recorder != NULL)
		r->watch = watch_new(base, &reason);
	if (r->watch != NULL)
		r->port = port_pty_new(
			r->watch, link, 115200, &events, r, &reason);
	if (r->port == NULL) {
		snprintf(why, size, "%s", reason.text);
		return false;
	}
	return start_firmware(r, why, size);
}

/* ---- life ---- */

static void close_file(struct record_firmware *r)
{
	if (r->tail != NULL)
		tail_poll(r->tail);
	write_said(r);
	if (!recorder_close(r->recorder))
		r->failed = true; /* which was logged */
	r->recorder = NULL;
	if (r->file != NULL && fclose(r->file) != 0 && !r->file_failed) {
		snprintf(r->how, sizeof(r->how), "cannot write %s: %s",
			r->opts->file, strerror(errno));
		r->failed = true;
	}
	r->file = NULL;
}

/* The next step of the end, or its limit. */
static void on_timer(void *arg)
{
	struct record_firmware *r = arg;

	if (firmware_runs(r->firmware)) {
		firmware_signal(r->firmware, SIGKILL);
	} else if (r->emulator != NULL) {
		proc_signal(r->emulator, SIGKILL);
	} else {
		close_file(r);
		r->opts->over(r->opts->arg, r->how[0] != '\0' ? r->how : NULL,
			r->failed);
	}
}

void record_firmware_stop(struct record_firmware *r)
{
	bool fw = firmware_runs(r->firmware);

	r->stopping = true;
	if (fw)
		firmware_signal(r->firmware, SIGTERM);
	else if (r->emulator != NULL)
		proc_signal(r->emulator, SIGTERM);
	timer_set_us(clock_of(r), &r->timer,
		(uint64_t)(fw || r->emulator != NULL ? STOP_MS
						     : LAST_WORDS_MS) *
			1000);
}

static bool make_board(struct record_firmware *r, char *why, size_t size)
{
	char dir[sizeof(r->tmp) + 8];
	const struct virtual_board_opts o = {.loop = r->rig.loop,
		.dir = dir,
		.number = 1,
		.expect_boot = rig_expect_boot(&r->rig)};

	if (r->rig.kind != RIG_VIRTUAL)
		return true;
	snprintf(dir, sizeof(dir), "%s/board", r->tmp);
	r->board = virtual_board_new(&o, why, size);
	if (r->board == NULL || !virtual_board_wait(r->board, why, size))
		return false;
	r->rig.board = virtual_board_board(r->board);
	return true;
}

struct record_firmware *record_firmware_start(
	const struct record_firmware_opts *opts, char *why, size_t why_size)
{
	struct record_firmware *r = calloc(1, sizeof(*r));
	bool ok;

	snprintf(why, why_size, "out of memory");
	if (r == NULL)
		return NULL;
	r->opts = opts;
	r->rig = *opts->rig;
	timer_init(&r->timer, on_timer, r);
	timer_init(&r->pause, on_pause, r);
	buf_init(&r->early, EARLY_MAX);
	buf_init(&r->said, SAID_MAX);
	buf_init(&r->line, 1 << 20);
	snprintf(why, why_size, "no folder for it");
	ok = self_folder(r->tmp, sizeof(r->tmp));
	if (ok && opts->rig->modem != NULL)
		ok = start_middle(r, why, why_size);
	else if (ok)
		ok = make_board(r, why, why_size) &&
		     open_file(r, why, why_size) &&
		     start_emulator(r, why, why_size);
	if (ok)
		return r;
	record_firmware_free(r);
	return NULL;
}

/* One without firmware is none, and would be in the way of the next. */
static void remove_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		unlink(path);
}

void record_firmware_free(struct record_firmware *r)
{
	bool in_vain;

	if (r == NULL)
		return;
	in_vain = r->firmware == NULL &&
		  (r->file != NULL || r->recorder != NULL || r->failed);
	timer_del(clock_of(r), &r->timer);
	firmware_free(r->firmware);
	virtual_board_free(r->board);
	proc_free(r->emulator);
	wire_free(r->wire);
	port_free(r->port);
	watch_free(r->watch);
	close_file(r);
	if (in_vain)
		remove_file(r->opts->file);
	tail_free(r->tail);
	buf_free(&r->early);
	buf_free(&r->said);
	buf_free(&r->line);
	if (r->tmp[0] != '\0')
		files_remove_tree(r->tmp);
	free(r);
}
