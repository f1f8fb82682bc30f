#include "hil/lanes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask.h"
#include "base/recorder.h"

/* A line of PEM has 64; what a report cuts out of one may be a key's. */
#define BASE64_RUN 60
/* Where there is a key for certain: its last line may be short. */
#define KEY_RUN 16
/* Room for the line that says what was left out. */
#define LAST_LINE 100

struct lanes {
	struct clock *clk;
	uint64_t start_us;
	struct recorder *recorder; /* NULL: closed */
	struct buf text;
	size_t reported; /* bytes of the engine's report */
	size_t left_out; /* records */
};

/* ---- masks ---- */

static void add_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	(void)lane;
	buf_add(arg, data, len);
}

static void add_mask(void *arg, enum lane lane, const struct mask_info *info)
{
	char text[MASK_TEXT_SIZE];

	(void)lane;
	mask_text(info, text);
	buf_adds(arg, text);
}

static size_t base64_run(const char *s, bool *is_hex)
{
	size_t n = 0;

	*is_hex = true;
	for (; (*s >= 'A' && *s <= 'Z') || (*s >= 'a' && *s <= 'z') ||
		(*s >= '0' && *s <= '9') || *s == '+' || *s == '/';
		s++, n++)
		if (!((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'f')))
			*is_hex = false;
	return n;
}

/*
 * What feed_mask() gives the masker for an escaped LF, behind a CR: that a
 * command ends, and that the line goes on.
 */
#define ESCAPED_LF '\v'

/* Digests are hexadecimal, and no secret. CR and LF are escaped again. */
static void add_line(
	struct buf *out, const char *text, size_t len, size_t least)
{
	const char *end = text + len;

	while (text < end) {
		bool is_hex;
		size_t n = base64_run(text, &is_hex);

		if (n >= least && !is_hex)
			buf_printf(out, "@masked{kind=base64,len=%zu}", n);
		else
			buf_add(out, text, n);
		text += n;
		if (n > 0)
			continue;
		if (*text == ESCAPED_LF)
			buf_adds(out, "\\n");
		else if (*text == '\r' && text[1] != ESCAPED_LF)
			buf_adds(out, "\\r");
		else if (*text != '\r')
			buf_addc(out, (uint8_t)*text);
		text++;
	}
}

/* A mark below a line where a mask took room points nowhere: leave it out. */
static void add_lines(struct buf *out, const char *text)
{
	/* The masker's key ends at the next escape, the real one may not. */
	bool has_key = strstr(text, "kind=key") != NULL;
	bool was_masked = false;

	while (*text != '\0') {
		size_t len = strcspn(text, "\n");
		size_t all = len + (text[len] != '\0');
		size_t before = buf_len(out);

		if (!was_masked || strspn(text, " |^") != len) {
			add_line(
				out, text, all, has_key ? KEY_RUN : BASE64_RUN);
			was_masked = memmem(buf_data(out) + before,
					     buf_len(out) - before, "@masked",
					     7) != NULL;
		}
		text += all;
	}
}

/*
 * Reports show bytes escaped. For the masker an escaped CR or LF is made a CR
 * again: there a command with its secrets ends. On the lane of the console it
 * knows commands of modem and firmware.
 */
static bool feed_mask(struct buf *out, const char *text)
{
	static const char lf[] = {'\r', ESCAPED_LF};
	struct mask_out to = {add_bytes, add_mask, out};
	struct mask *mask = mask_new(&to);

	if (mask == NULL)
		return false;
	while (*text != '\0') {
		size_t n = strcspn(text, "\\");

		mask_bytes(mask, LANE_CON_TX, text, n);
		text += n;
		n = strnlen(text, 2);
		if (n == 2 && text[1] == 'r')
			mask_bytes(mask, LANE_CON_TX, "\r", 1);
		else if (n == 2 && text[1] == 'n')
			mask_bytes(mask, LANE_CON_TX, lf, sizeof(lf));
		else
			mask_bytes(mask, LANE_CON_TX, text, n);
		text += n;
	}
	mask_flush(mask, LANE_CON_TX);
	mask_free(mask);
	return true;
}

bool lanes_mask(struct buf *out, const char *text)
{
	struct buf masked;
	const char *s;

	buf_init(&masked, out->max);
	s = feed_mask(&masked, text) ? buf_cstr(&masked) : NULL;
	if (s != NULL)
		add_lines(out, s);
	buf_free(&masked);
	return s != NULL;
}

/* ---- records ---- */

static void on_line(void *arg, const char *text, size_t len)
{
	struct lanes *l = arg;

	if (l->left_out > 0 || buf_space(&l->text) < len + LAST_LINE ||
		!buf_add(&l->text, text, len))
		l->left_out++;
}

struct lanes *lanes_new(struct clock *clk)
{
	struct lanes *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->clk = clk;
	l->start_us = clock_now_us(clk);
	buf_init(&l->text, LANES_MAX);
	l->recorder = recorder_to(clk, false, on_line, l);
	if (l->recorder == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

void lanes_free(struct lanes *l)
{
	if (l == NULL)
		return;
	recorder_close(l->recorder);
	buf_free(&l->text);
	free(l);
}

void lanes_bytes(struct lanes *l, enum lane lane, const void *data, size_t len)
{
	if (l != NULL && l->recorder != NULL)
		trace_bytes(recorder_sink(l->recorder), lane, data, len);
}

void lanes_text(struct lanes *l, enum lane lane, const char *text)
{
	const struct trace_sink *sink;
	struct buf masked;

	if (l == NULL || l->recorder == NULL)
		return;
	sink = recorder_sink(l->recorder);
	buf_init(&masked, TRANSCRIPT_LINE_MAX);
	if (lanes_mask(&masked, text) && buf_cstr(&masked) != NULL)
		sink->text(sink->arg, lane, buf_cstr(&masked));
	buf_free(&masked);
}

void lanes_record(struct lanes *l, const struct transcript_record *record)
{
	struct transcript_writer writer;
	struct buf body;
	uint64_t ms;

	if (l == NULL || l->recorder == NULL)
		return;
	ms = (clock_now_us(l->clk) - l->start_us) / 1000;
	buf_init(&body, TRANSCRIPT_LINE_MAX);
	buf_add(&body, record->body, record->len);
	transcript_writer_init(&writer, on_line, l);
	if (buf_cstr(&body) != NULL)
		transcript_write_raw(
			&writer, (int64_t)ms, record->lane, buf_cstr(&body));
	transcript_writer_free(&writer);
	buf_free(&body);
}

void lanes_report(struct lanes *l, const char *report)
{
	size_t len = strlen(report);
	struct buf note;

	if (l == NULL || l->recorder == NULL || len <= l->reported)
		return;
	buf_init(&note, TRANSCRIPT_LINE_MAX);
	buf_printf(&note, "differs: %.*s",
		(int)(len - l->reported < 8000 ? len - l->reported : 8000),
		report + l->reported);
	l->reported = len;
	if (buf_cstr(&note) != NULL)
		lanes_text(l, LANE_NOTE, buf_cstr(&note));
	buf_free(&note);
}

const char *lanes_close(struct lanes *l)
{
	const char *text;

	if (l == NULL)
		return "";
	recorder_close(l->recorder);
	l->recorder = NULL;
	if (l->left_out > 0)
		buf_printf(&l->text, "- NOTE %zu more records are left out\n",
			l->left_out);
	l->left_out = 0;
	text = buf_cstr(&l->text);
	return text != NULL ? text : "";
}
