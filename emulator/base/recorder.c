#include "base/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mask.h"
#include "base/out_file.h"
#include "base/transcript.h"

/* Silence that ends an unfinished line. */
#define IDLE_MS 1000

struct recorder {
	FILE *file;	  /* NULL: to `line` */
	const char *path; /* till recorder_begin() has told what is wrong */
	struct recorder_opts opts;
	void (*line)(void *arg, const char *text, size_t len);
	void *line_arg;
	struct clock *clk;
	uint64_t start_us;
	struct timer idle;
	struct mask *mask; /* NULL: secrets are kept */
	struct transcript_writer writer;
	struct trace_sink sink;
	/* The host's line, and how much of it is written and was echoed. */
	uint8_t tx[TRANSCRIPT_RUN_MAX];
	size_t tx_len, tx_written, echoed;
	bool begun, failed;
};

static int64_t now_ms(struct recorder *r)
{
	return (int64_t)((clock_now_us(r->clk) - r->start_us) / 1000);
}

static void write_line(void *arg, const char *text, size_t len)
{
	struct recorder *r = arg;

	if (r->failed || (r->file != NULL && !r->begun))
		return;
	if (r->file == NULL) {
		r->line(r->line_arg, text, len);
		return;
	}
	if (fwrite(text, 1, len, r->file) == len && fflush(r->file) == 0)
		return;
	r->failed = true;
	if (r->path == NULL)
		log_error("record",
			"cannot write the transcript: %s; it ends here",
			strerror(errno));
}

/* ---- from the masker to the writer ---- */

static void continue_record(struct recorder *r, enum lane lane)
{
	if (!r->writer.open || r->writer.lane != lane)
		transcript_begin(&r->writer, now_ms(r), lane);
}

static void on_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct recorder *r = arg;

	continue_record(r, lane);
	transcript_add(&r->writer, data, len);
}

static void on_masked(void *arg, enum lane lane, const struct mask_info *info)
{
	struct recorder *r = arg;
	char text[MASK_TEXT_SIZE];

	mask_text(info, text);
	if (info->kind == MASK_KEY) {
		transcript_write_raw(&r->writer, now_ms(r), lane, text);
		return;
	}
	continue_record(r, lane);
	transcript_add_raw(&r->writer, text);
}

static void write_run(
	struct recorder *r, enum lane lane, const void *data, size_t len)
{
	if (r->mask != NULL)
		mask_bytes(r->mask, lane, data, len);
	else
		on_bytes(r, lane, data, len);
}

/* Everything before the next record is on paper. */
static void settle(struct recorder *r, enum lane lane)
{
	if (r->mask != NULL)
		mask_flush(r->mask, lane);
	transcript_end(&r->writer);
}

/* ---- from the taps ---- */

static void write_tx(struct recorder *r)
{
	if (r->tx_written == r->tx_len)
		return;
	write_run(r, LANE_AT_TX, r->tx + r->tx_written,
		r->tx_len - r->tx_written);
	r->tx_written = r->tx_len;
	transcript_end(&r->writer);
}

/* Write the line being typed and its echo, each as far as it came. */
static void write_pending(struct recorder *r)
{
	timer_del(r->clk, &r->idle);
	write_tx(r);
	if (r->echoed > 0) {
		settle(r, LANE_AT_TX);
		write_run(r, LANE_AT_RX, r->tx, r->echoed);
		transcript_end(&r->writer);
	}
	r->tx_len = r->tx_written = r->echoed = 0;
}

static void on_idle(void *arg)
{
	struct recorder *r = arg;

	write_pending(r);
	settle(r, LANE_AT_TX);
	settle(r, LANE_AT_RX);
}

static void host_bytes(struct recorder *r, const uint8_t *p, size_t len)
{
	if (r->tx_len > 0 && r->tx_written == r->tx_len)
		write_pending(r);
	if (r->tx_len == 0)
		settle(r, LANE_AT_RX);
	for (size_t i = 0; i < len; i++) {
		if (r->tx_len == sizeof(r->tx))
			write_pending(r);
		r->tx[r->tx_len++] = p[i];
		if (p[i] != '\r' && p[i] != '\n')
			continue;
		/* The rest of an echo that has begun is still to come. */
		if (r->echoed > 0 && i + 1 == len)
			write_tx(r);
		else
			write_pending(r);
	}
	if (r->tx_len > 0)
		timer_set(r->clk, &r->idle, TIMER_WINDOW, IDLE_MS);
}

static void modem_bytes(struct recorder *r, const uint8_t *p, size_t len)
{
	/* Echo of the line being typed waits for the end of that line. */
	while (len > 0 && r->echoed < r->tx_len && r->tx[r->echoed] == *p) {
		r->echoed++;
		p++;
		len--;
	}
	if (len == 0 && (r->echoed < r->tx_len || r->tx_written < r->tx_len))
		return;
	write_pending(r);
	settle(r, LANE_AT_TX);
	if (len > 0)
		write_run(r, LANE_AT_RX, p, len);
	transcript_end(&r->writer);
}

static void sink_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct recorder *r = arg;

	if (lane == LANE_AT_TX) {
		host_bytes(r, data, len);
	} else if (lane == LANE_AT_RX) {
		modem_bytes(r, data, len);
	} else {
		write_pending(r);
		if (lane_is_bytes(lane))
			write_run(r, lane, data, len);
		else
			on_bytes(r, lane, data, len);
		transcript_end(&r->writer);
	}
}

/* Does this record say that the modem goes down, or comes up anew? */
static bool tells_restart(enum lane lane, const char *text)
{
	static const struct {
		enum lane lane;
		const char *word;
	} marks[] = {
		{LANE_PIN, "STATUS"},
		{LANE_PIN, "RESET"},
		{LANE_PIN, "SUPPLY"},
		{LANE_DO, "power"},
		{LANE_DO, "reset"},
		{LANE_DO, "supply"},
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		size_t len = strlen(marks[i].word);

		if (lane == marks[i].lane &&
			strncmp(text, marks[i].word, len) == 0 &&
			text[len] == ' ')
			return true;
	}
	return false;
}

static void sink_text(void *arg, enum lane lane, const char *text)
{
	struct recorder *r = arg;

	/* What is held back of either lane is older than this. */
	write_pending(r);
	settle(r, LANE_AT_TX);
	settle(r, LANE_AT_RX);
	if (r->mask != NULL && tells_restart(lane, text))
		mask_restart(r->mask);
	transcript_write_text(&r->writer, now_ms(r), lane, text);
}

/* ---- life ---- */

static void write_headers(struct recorder *r)
{
	const struct recorder_opts *o = &r->opts;
	time_t wall = (time_t)(clock_wall_us(r->clk) / 1000000);
	char start[32];
	struct tm tm;

	transcript_write_magic(&r->writer);
	if (o->keep_secrets)
		transcript_write_header(&r->writer, "secrets",
			"kept. Keys, PINs and passwords below: do not share");
	if (o->title != NULL)
		transcript_write_header(&r->writer, "title", o->title);
	if (o->device != NULL)
		transcript_write_header(&r->writer, "device", o->device);
	if (o->profile != NULL)
		transcript_write_header(&r->writer, "profile", o->profile);
	if (gmtime_r(&wall, &tm) != NULL &&
		strftime(start, sizeof(start), "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		transcript_write_header(&r->writer, "start", start);
}

static void discard(struct recorder *r)
{
	mask_free(r->mask);
	transcript_writer_free(&r->writer);
	free(r);
}

/* One that writes nowhere yet. */
static struct recorder *new_recorder(struct clock *clk, bool keep_secrets)
{
	struct mask_out out = {.bytes = on_bytes, .masked = on_masked};
	struct recorder *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->clk = clk;
	r->start_us = clock_now_us(clk);
	timer_init(&r->idle, on_idle, r);
	transcript_writer_init(&r->writer, write_line, r);
	r->sink = (struct trace_sink){sink_bytes, sink_text, r};
	out.arg = r;
	if (!keep_secrets && (r->mask = mask_new(&out)) == NULL) {
		discard(r);
		return NULL;
	}
	return r;
}

struct recorder *recorder_to(struct clock *clk, bool keep_secrets,
	void (*line)(void *arg, const char *text, size_t len), void *arg)
{
	struct recorder *r = new_recorder(clk, keep_secrets);

	if (r != NULL) {
		r->line = line;
		r->line_arg = arg;
	}
	return r;
}

static int no_file(const char *path, struct why *why)
{
	return why_policy(why, ERR_FILE_OPEN, "cannot record to %s: %s", path,
		errno == EBUSY ? "it is in use by another program"
			       : strerror(errno));
}

struct recorder *recorder_take(const char *path, struct clock *clk,
	const struct recorder_opts *o, struct why *why)
{
	struct recorder *r = new_recorder(clk, o->keep_secrets);
	mode_t mode = o->keep_secrets ? 0600 : 0666;
	int fd;

	if (r == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "out of memory");
		return NULL;
	}
	fd = out_file_take(path, mode);
	if (fd < 0 || (r->file = fdopen(fd, "w")) == NULL) {
		no_file(path, why);
		if (fd >= 0)
			close(fd);
		discard(r);
		return NULL;
	}
	r->path = path;
	r->opts = *o;
	return r;
}

bool recorder_begin(struct recorder *r, struct why *why)
{
	const char *path = r->path;
	int fd = fileno(r->file);

	r->start_us = clock_now_us(r->clk);
	if ((r->opts.keep_secrets && fchmod(fd, 0600) != 0) ||
		out_file_begin(fd) != 0) {
		no_file(path, why);
		return false;
	}
	r->begun = true;
	write_headers(r);
	if (r->failed) {
		no_file(path, why);
		return false;
	}
	r->path = NULL;
	return true;
}

struct recorder *recorder_open(const char *path, struct clock *clk,
	const struct recorder_opts *o, struct why *why)
{
	struct recorder *r = recorder_take(path, clk, o, why);

	if (r == NULL || recorder_begin(r, why))
		return r;
	recorder_close(r);
	return NULL;
}

bool recorder_failed(const struct recorder *r)
{
	return r->failed;
}

const struct trace_sink *recorder_sink(struct recorder *r)
{
	return &r->sink;
}

bool recorder_close(struct recorder *r)
{
	bool ok;

	if (r == NULL)
		return true;
	write_pending(r);
	settle(r, LANE_AT_TX);
	settle(r, LANE_AT_RX);
	settle(r, LANE_CON_TX);
	settle(r, LANE_CON_RX);
	if (r->file != NULL && fclose(r->file) != 0 && !r->failed) {
		r->failed = true;
		log_error("record", "cannot write the transcript: %s",
			strerror(errno));
	}
	ok = !r->failed;
	explicit_bzero(r->tx, sizeof(r->tx));
	discard(r);
	return ok;
}
