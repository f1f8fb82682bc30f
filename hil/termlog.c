#include "hil/termlog.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- lines ---- */

static bool add_line(struct termlog *log, const struct log_line *proto,
	const char *text, size_t len, struct transcript_error *err)
{
	struct log_line *line;

	if (log->n == TERMLOG_LINES_MAX)
		return transcript_fail(err, proto->number, 1,
			"expected at most %d lines; cut out the part around "
			"the failure",
			TERMLOG_LINES_MAX);
	if (log->n == log->cap) {
		size_t cap = log->cap ? 2 * log->cap : 64;

		line = realloc(log->lines, cap * sizeof(*line));
		if (line == NULL)
			return transcript_fail(
				err, proto->number, 1, "out of memory");
		log->lines = line;
		log->cap = cap;
	}
	line = &log->lines[log->n];
	*line = *proto;
	line->at = buf_len(&log->arena);
	if (!buf_add(&log->arena, text, len) || !buf_addc(&log->arena, '\0'))
		return transcript_fail(err, proto->number, 1, "out of memory");
	log->n++;
	return true;
}

/* ---- what terminal programs put in front ---- */

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, " \t");
}

static bool is_month(const char *s)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (size_t i = 0; i + 3 < sizeof(names); i += 3)
		if (strncmp(s, names + i, 3) == 0 && s[3] == ' ')
			return true;
	return false;
}

/* Behind `12:34:56.789`, or NULL: digits with two colons between. */
static const char *skip_time(const char *s)
{
	size_t n = strspn(s, "0123456789:.,"), colons = 0;

	if (!isdigit((unsigned char)*s))
		return NULL;
	for (size_t i = 0; i < n; i++)
		colons += s[i] == ':';
	if (colons < 2)
		return NULL;
	s += n;
	return *s == 'Z' ? s + 1 : s;
}

/* Behind `2026-11-22 ` or `2026/11/22_`, or `s`. */
static const char *skip_date(const char *s)
{
	size_t n = strspn(s, "0123456789-/");

	if (n >= 8 && n <= 10 && isdigit((unsigned char)*s) &&
		(s[n] == ' ' || s[n] == 'T' || s[n] == '_') &&
		skip_time(s + n + 1) != NULL)
		return s + n + 1;
	if (is_month(s))
		return skip_blanks(s + 4 + strspn(s + 4, " 0123456789"));
	return s;
}

/* `[12:34:56.789]`, `[2026-11-22 12:34:56]`, `[ 1.234567]`; or `s`. */
static const char *skip_bracket(const char *s)
{
	size_t n = strspn(s + 1, " 0123456789:.,-/_TZ+");

	if (n >= 3 && n < 40 && s[1 + n] == ']' &&
		strpbrk(s + 1, "0123456789") < s + 1 + n)
		return skip_blanks(s + n + 2);
	return s;
}

/* A time stamp, if there is one, with Arduino's ` -> ` behind it. */
static const char *skip_stamp(const char *s)
{
	const char *end;

	s = skip_blanks(s);
	if (*s == '[')
		return skip_bracket(s);
	end = is_month(s)
		      ? skip_time(skip_blanks(s + 4 + strspn(s + 4, " ") +
					      strspn(s + 4 + strspn(s + 4, " "),
						      "0123456789")))
		      : skip_time(skip_date(s));
	if (end == NULL || (*end != ' ' && *end != '\t' && *end != '\0'))
		return s;
	end = skip_blanks(end);
	if (strncmp(end, "->", 2) == 0)
		end = skip_blanks(end + 2);
	return end;
}

static const struct marker {
	const char *text;
	enum log_dir dir;
} markers[] = {
	{"\xe2\x86\x92", LOG_DIR_HOST},	 /* → */
	{"\xe2\x86\x90", LOG_DIR_MODEM}, /* ← */
	{"-->", LOG_DIR_HOST},
	{"<--", LOG_DIR_MODEM},
	{"->", LOG_DIR_HOST},
	{"<-", LOG_DIR_MODEM},
	{">>>", LOG_DIR_HOST},
	{"<<<", LOG_DIR_MODEM},
	{">>", LOG_DIR_HOST},
	{"<<", LOG_DIR_MODEM},
	{"[TX]", LOG_DIR_HOST},
	{"[RX]", LOG_DIR_MODEM},
	{"TX:", LOG_DIR_HOST},
	{"RX:", LOG_DIR_MODEM},
	{"Tx:", LOG_DIR_HOST},
	{"Rx:", LOG_DIR_MODEM},
	{"TX>", LOG_DIR_HOST},
	{"RX<", LOG_DIR_MODEM},
	{"send:", LOG_DIR_HOST},
	{"recv:", LOG_DIR_MODEM},
	{"Send:", LOG_DIR_HOST},
	{"Recv:", LOG_DIR_MODEM},
	{"AT>", LOG_DIR_HOST},
	{"AT<", LOG_DIR_MODEM},
};

static const char *skip_marker(const char *s, enum log_dir *dir)
{
	for (size_t i = 0; i < sizeof(markers) / sizeof(*markers); i++) {
		size_t n = strlen(markers[i].text);

		if (strncmp(s, markers[i].text, n) == 0) {
			*dir = markers[i].dir;
			return skip_blanks(s + n);
		}
	}
	/* A prompt is `> ` too: only in front of a command is it a marker. */
	if (s[0] == '>' && strncasecmp(skip_blanks(s + 1), "AT", 2) == 0) {
		*dir = LOG_DIR_HOST;
		return skip_blanks(s + 1);
	}
	if (s[0] == '<' && s[1] == ' ') {
		*dir = LOG_DIR_MODEM;
		return skip_blanks(s + 1);
	}
	return s;
}

/* Where an arrow in the middle of a line begins a line of its own, or NULL. */
static const char *find_arrow(const char *s)
{
	const char *left = strstr(s, " \xe2\x86\x90");
	const char *right = strstr(s, " \xe2\x86\x92");

	if (left == NULL || (right != NULL && right < left))
		return right;
	return left;
}

/* ---- raw logs ---- */

static bool is_utf8(const unsigned char *s, size_t len, size_t *n)
{
	static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned c = *s;

	*n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	if (*n == 0 || *n > len || c > 0xf4)
		return false;
	c &= *n == 1 ? 0x7f : 0xffU >> (*n + 1);
	for (size_t i = 1; i < *n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return false;
		c = c << 6 | (s[i] & 0x3f);
	}
	return (*n == 1 || c >= least[*n]) && c <= 0x10ffff &&
	       (c < 0xd800 || c > 0xdfff);
}

/* Length of the escape sequence at `s`, which begins with ESC. */
static size_t escape_len(const unsigned char *s, size_t len)
{
	size_t n = 2;

	if (len < 2 || s[1] != '[')
		return len < 2 ? len : 2;
	while (n < len && (s[n] < 0x40 || s[n] > 0x7e))
		n++;
	return n < len ? n + 1 : len;
}

/* Copy a line without colours and the like. False: it is no text. */
static bool clean_line(
	struct termlog *log, struct buf *out, struct transcript_error *err)
{
	const unsigned char *s = buf_data(&log->line);
	size_t len = buf_len(&log->line), n;

	for (size_t i = 0; i < len; i += n) {
		if (s[i] == 0x1b) {
			n = escape_len(s + i, len - i);
			continue;
		}
		if (!is_utf8(s + i, len - i, &n))
			return transcript_fail(err, log->number, i + 1,
				"expected UTF-8 text, found byte 0x%02x", s[i]);
		if (s[i] == '\a' || s[i] == '\b' || s[i] == 0x1a)
			continue;
		if ((s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return transcript_fail(err, log->number, i + 1,
				"expected a log of text, found byte 0x%02x",
				s[i]);
		if (!buf_add(out, s + i, n))
			return transcript_fail(
				err, log->number, i + 1, "out of memory");
	}
	return true;
}

static bool split_line(struct termlog *log, const char *s, enum log_end end,
	struct transcript_error *err)
{
	struct log_line line = {.number = log->number, .end = end};
	const char *cut;

	while (s != NULL) {
		size_t len;

		s = skip_marker(skip_blanks(s), &line.dir);
		cut = find_arrow(s);
		len = cut != NULL ? (size_t)(cut - s) : strlen(s);
		while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
			len--;
		if (len > 0 && !add_line(log, &line, s, len, err))
			return false;
		s = cut;
	}
	return true;
}

static bool end_raw_line(
	struct termlog *log, enum log_end end, struct transcript_error *err)
{
	struct buf text;
	const char *s;
	bool ok;

	buf_init(&text, TERMLOG_LINE_MAX + 1);
	ok = clean_line(log, &text, err);
	s = ok ? buf_cstr(&text) : NULL;
	if (ok && s == NULL)
		transcript_fail(err, log->number, 1, "out of memory");
	ok = s != NULL;
	if (ok && log->number == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
		s += 3;
	ok = ok && split_line(log, skip_stamp(s), end, err);
	buf_free(&text);
	buf_reset(&log->line);
	return ok;
}

static bool feed_raw(struct termlog *log, const unsigned char *s, size_t len,
	struct transcript_error *err)
{
	for (size_t i = 0; i < len; i++) {
		bool lf = s[i] == '\n';

		if (s[i] == '\r') {
			log->crs++;
			continue;
		}
		if (lf || log->crs > 0) {
			/* CR LF, LF, or a CR that stands alone. */
			if (!end_raw_line(log,
				    !lf		   ? LOG_END_CR
				    : log->crs > 0 ? LOG_END_CRLF
						   : LOG_END_LF,
				    err))
				return false;
			/* Terminals make CR CR LF of one end of a line. */
			log->number += lf ? 1 : log->crs;
			log->crs = 0;
		}
		if (lf)
			continue;
		if (buf_len(&log->line) == TERMLOG_LINE_MAX)
			return transcript_fail(err, log->number,
				TERMLOG_LINE_MAX,
				"expected lines of at most %d bytes",
				TERMLOG_LINE_MAX);
		if (!buf_addc(&log->line, s[i]))
			return transcript_fail(
				err, log->number, 1, "out of memory");
	}
	return true;
}

/* ---- transcripts ---- */

/* What was collected of a lane, as a line. lane: 0 host, 1 modem. */
static bool flush_lane(struct termlog *log, int lane, enum log_end end,
	struct transcript_error *err)
{
	struct log_line line = {.number = log->pending_line[lane],
		.dir = lane == 0 ? LOG_DIR_HOST : LOG_DIR_MODEM,
		.end = end};
	struct buf *b = &log->pending[lane];
	const char *s = buf_cstr(b);
	size_t len = buf_len(b);
	bool ok = true;

	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\r'))
		len--;
	if (s != NULL && len > 0)
		ok = add_line(log, &line, s, len, err);
	buf_reset(b);
	return ok;
}

static bool lane_byte(struct termlog *log, int lane, uint8_t byte,
	unsigned number, struct transcript_error *err)
{
	struct buf *b = &log->pending[lane];
	const uint8_t *last = buf_len(b) ? buf_data(b) + buf_len(b) - 1 : NULL;
	bool after_cr = last != NULL && *last == '\r';

	if (byte == '\n')
		return flush_lane(
			log, lane, after_cr ? LOG_END_CRLF : LOG_END_LF, err);
	if (after_cr && byte != '\r' && !flush_lane(log, lane, LOG_END_CR, err))
		return false;
	if (buf_len(b) == 0)
		log->pending_line[lane] = number;
	/* Other bytes than text are payload; nobody reads them here. */
	if (byte != '\r' && (byte < 0x20 || byte >= 0x7f))
		byte = '.';
	if (buf_len(b) == TERMLOG_LINE_MAX &&
		!flush_lane(log, lane, LOG_END_NONE, err))
		return false;
	return buf_addc(b, byte) ||
	       transcript_fail(err, number, 1, "out of memory");
}

/* The other side speaks: what this one said so far is a line. */
static bool turn_lane(
	struct termlog *log, int lane, struct transcript_error *err)
{
	const struct buf *b = &log->pending[!lane];
	size_t n = buf_len(b);

	return flush_lane(log, !lane,
		n > 0 && buf_data(b)[n - 1] == '\r' ? LOG_END_CR : LOG_END_NONE,
		err);
}

static bool add_bytes(struct termlog *log, int lane,
	const struct transcript_record *rec, struct transcript_error *err)
{
	struct log_line line = {
		.number = rec->line, .dir = LOG_DIR_HOST, .masked = true};
	struct body b = {.text = rec->body, .len = rec->len};
	struct body_item item;
	const char *args;
	size_t n;

	if (!turn_lane(log, lane, err))
		return false;
	if (body_directive(rec->body, rec->len, &n, &args) != NULL) {
		if (lane == 1)
			line.dir = LOG_DIR_MODEM;
		return flush_lane(log, lane, LOG_END_NONE, err) &&
		       add_line(log, &line, rec->body, rec->len, err);
	}
	for (;;) {
		switch (body_next(&b, &item)) {
		case BODY_END:
			return true;
		case BODY_BYTE:
			if (!lane_byte(log, lane, item.byte, rec->line, err))
				return false;
			break;
		case BODY_BRACE:
		case BODY_MASK:
			/* Unknown text stands for itself in a command. */
			if (!lane_byte(log, lane, '*', rec->line, err))
				return false;
			break;
		case BODY_BAD:
			return transcript_fail(err, rec->line,
				rec->column + item.at, "%s", item.text);
		}
	}
}

/* A record of text, or of the console's bytes: its lines. */
static bool add_text(struct termlog *log, enum log_dir dir,
	const struct transcript_record *rec, struct transcript_error *err)
{
	struct log_line line = {
		.number = rec->line, .dir = dir, .end = LOG_END_LF};
	struct buf text;
	const char *s;
	bool ok;

	buf_init(&text, TRANSCRIPT_LINE_MAX + 1);
	ok = transcript_unescape(rec, &text, err);
	s = ok ? buf_cstr(&text) : NULL;
	while (ok && s != NULL && *s != '\0') {
		size_t n = strcspn(s, "\r\n");

		ok = n == 0 || add_line(log, &line, s, n, err);
		s += n + (s[n] != '\0');
	}
	buf_free(&text);
	return ok;
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct termlog *log = arg;

	switch (rec->lane) {
	case LANE_AT_TX:
		return add_bytes(log, 0, rec, err);
	case LANE_AT_RX:
		return add_bytes(log, 1, rec, err);
	case LANE_CON_RX:
		return add_text(log, LOG_DIR_CONSOLE, rec, err);
	case LANE_WHY:
		return add_text(log, LOG_DIR_REASON, rec, err);
	case LANE_CON_TX:
	case LANE_BRK:
	case LANE_PIN:
	case LANE_DO:
	case LANE_NOTE:
		return true;
	}
	return true;
}

/* ---- both ---- */

void termlog_init(struct termlog *log)
{
	*log = (struct termlog){.number = 1};
	buf_init(&log->arena, 2 * TERMLOG_BYTES_MAX);
	/* The first bytes wait here until the format is known. */
	buf_init(&log->line, TERMLOG_LINE_MAX);
	buf_init(&log->pending[0], TERMLOG_LINE_MAX + 1);
	buf_init(&log->pending[1], TERMLOG_LINE_MAX + 1);
}

void termlog_free(struct termlog *log)
{
	if (log->transcript)
		transcript_reader_free(&log->reader);
	buf_free(&log->arena);
	buf_free(&log->line);
	buf_free(&log->pending[0]);
	buf_free(&log->pending[1]);
	free(log->lines);
	log->lines = NULL;
	log->n = 0;
}

/* Is it a transcript? As soon as the first bytes tell. */
static bool decide(struct termlog *log, bool end, struct transcript_error *err)
{
	static const char magic[] = TRANSCRIPT_MAGIC;
	unsigned char head[sizeof(magic)];
	size_t n = buf_len(&log->line), same = 0;

	if (n > sizeof(magic) - 1)
		n = sizeof(magic) - 1;
	if (n > 0)
		memcpy(head, buf_data(&log->line), n);
	while (same < n && head[same] == (unsigned char)magic[same])
		same++;
	if (same == n && n < sizeof(magic) - 1 && !end)
		return true;
	log->decided = 1;
	n = buf_len(&log->line);
	buf_reset(&log->line);
	if (same < sizeof(magic) - 1)
		return feed_raw(log, head, n, err);
	log->transcript = true;
	log->handler = (struct transcript_handler){NULL, on_record, log};
	transcript_reader_init(&log->reader, &log->handler);
	return transcript_reader_feed(&log->reader, head, n, err);
}

bool termlog_feed(struct termlog *log, const void *data, size_t len,
	struct transcript_error *err)
{
	const unsigned char *s = data;

	log->total += len;
	if (log->total > TERMLOG_BYTES_MAX)
		return transcript_fail(err,
			log->transcript ? log->reader.number + 1 : log->number,
			1,
			"expected at most %zu MiB; cut out the part around "
			"the failure",
			TERMLOG_BYTES_MAX >> 20);
	while (!log->decided && len > 0) {
		if (!buf_addc(&log->line, *s++))
			return transcript_fail(err, 1, 1, "out of memory");
		len--;
		if (!decide(log, false, err))
			return false;
	}
	if (len == 0)
		return true;
	if (log->transcript)
		return transcript_reader_feed(&log->reader, s, len, err);
	return feed_raw(log, s, len, err);
}

bool termlog_end(struct termlog *log, struct transcript_error *err)
{
	const char *base;

	if (!log->decided && !decide(log, true, err))
		return false;
	if (log->transcript) {
		if (!transcript_reader_end(&log->reader, err) ||
			!turn_lane(log, 0, err) || !turn_lane(log, 1, err))
			return false;
		log->last = log->reader.number;
	} else {
		if ((log->crs > 0 || buf_len(&log->line) > 0) &&
			!end_raw_line(log, LOG_END_NONE, err))
			return false;
		log->number += log->crs;
		log->last = log->number;
	}
	base = buf_cstr(&log->arena);
	if (base == NULL || log->n == 0)
		return transcript_fail(
			err, 1, 1, "expected a log, found nothing in it");
	for (size_t i = 0; i < log->n; i++)
		log->lines[i].text = base + log->lines[i].at;
	return true;
}

bool termlog_load(
	struct termlog *log, const char *path, struct transcript_error *err)
{
	bool std = strcmp(path, "-") == 0, ok = true;
	FILE *f = std ? stdin : fopen(path, "re");
	char chunk[16384];
	size_t n;

	if (f == NULL)
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		ok = termlog_feed(log, chunk, n, err);
	if (ok && ferror(f))
		ok = transcript_fail(err, 0, 0, "%s", strerror(errno));
	if (!std)
		fclose(f);
	return ok && termlog_end(log, err);
}
