#include "base/transcript.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/utf8.h"

/* A body is at most an escaped text of the trace (600 bytes) or a run. */
#define BODY_MAX 8192
/* Texts are cut so that a last character and the line feed always fit. */
#define LINE_ROOM 16

bool transcript_fail(struct transcript_error *err, unsigned line, size_t column,
	const char *fmt, ...)
{
	va_list ap;

	err->line = line;
	err->column = (unsigned)column;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return false;
}

bool lane_is_bytes(enum lane lane)
{
	return lane == LANE_AT_TX || lane == LANE_AT_RX ||
	       lane == LANE_CON_TX || lane == LANE_CON_RX;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* ---- reader ---- */

void transcript_reader_init(
	struct transcript_reader *r, const struct transcript_handler *handler)
{
	*r = (struct transcript_reader){.handler = handler};
	buf_init(&r->line, TRANSCRIPT_LINE_MAX);
}

void transcript_reader_free(struct transcript_reader *r)
{
	buf_free(&r->line);
}

/* `# key: value` → header; any other comment is skipped. */
static bool read_comment(
	struct transcript_reader *r, char *line, struct transcript_error *err)
{
	char *key = line + 1, *value;
	size_t n;

	if (r->records || r->handler->header == NULL || *key++ != ' ')
		return true;
	n = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-_");
	if (n == 0 || key[n] != ':')
		return true;
	key[n] = '\0';
	value = key + n + 1;
	value += strspn(value, " \t");
	return r->handler->header(r->handler->arg, r->number, key, value, err);
}

/* "12.345" or "-" at *pos. */
static bool read_time(struct transcript_reader *r, const char *s, size_t *pos,
	int64_t *time_ms, struct transcript_error *err)
{
	size_t i = *pos, whole = 0;
	int64_t ms = 0;

	if (s[i] == '-') {
		*time_ms = TRANSCRIPT_ANY_TIME;
		*pos = i + 1;
		return true;
	}
	for (; is_digit(s[i]) && whole < 10; i++, whole++)
		ms = ms * 10 + (s[i] - '0');
	if (whole == 0)
		return transcript_fail(err, r->number, i + 1,
			"expected a time in seconds or '-'");
	if (s[i] == '.')
		i++;
	else if (!is_blank(s[i]))
		return transcript_fail(err, r->number, i + 1,
			"expected '.' or a blank after the seconds");
	for (int digit = 0; digit < 3; digit++) {
		ms *= 10;
		if (is_digit(s[i]))
			ms += s[i++] - '0';
	}
	*time_ms = ms;
	*pos = i;
	return true;
}

static bool check_utf8(struct transcript_reader *r, const char *line,
	size_t len, struct transcript_error *err)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_len((const uint8_t *)line + i, len - i);

		if (n == 0 ||
			((unsigned char)line[i] < 0x20 && line[i] != '\t'))
			return transcript_fail(err, r->number, i + 1,
				"expected text, found byte 0x%02x: not a "
				"transcript, or not escaped",
				(unsigned char)line[i]);
		i += n;
	}
	return true;
}

static bool read_record(struct transcript_reader *r, const char *s, size_t len,
	struct transcript_error *err)
{
	struct transcript_record rec = {.line = r->number};
	size_t i = 0, n;

	while (is_blank(s[i]))
		i++;
	if (!read_time(r, s, &i, &rec.time_ms, err))
		return false;
	if (!is_blank(s[i]))
		return transcript_fail(err, r->number, i + 1,
			"expected a blank after the time (three decimals at "
			"most)");
	while (is_blank(s[i]))
		i++;
	n = strcspn(s + i, " \t");
	if (!lane_parse(s + i, n, &rec.lane))
		return transcript_fail(err, r->number, i + 1,
			"expected a lane (AT> AT< CON> CON< BRK WHY PIN DO "
			"NOTE), found '%.*s'",
			(int)(n < 20 ? n : 20), s + i);
	i += n;
	while (is_blank(s[i]))
		i++;
	while (len > i && is_blank(s[len - 1]))
		len--;
	rec.column = (unsigned)i + 1;
	rec.body = s + i;
	rec.len = len - i;
	r->records = true;
	if (r->handler->record == NULL)
		return true;
	return r->handler->record(r->handler->arg, &rec, err);
}

static bool read_line(struct transcript_reader *r, struct transcript_error *err)
{
	size_t len = buf_len(&r->line);
	char *line;

	r->number++;
	if (buf_cstr(&r->line) == NULL)
		return transcript_fail(err, r->number, 1, "out of memory");
	line = (char *)r->line.mem + r->line.head;
	if (len > 0 && line[len - 1] == '\r')
		line[--len] = '\0';
	if (!check_utf8(r, line, len, err))
		return false;
	if (r->number == 1) {
		if (strcmp(line, TRANSCRIPT_MAGIC) != 0)
			return transcript_fail(
				err, 1, 1, "expected '" TRANSCRIPT_MAGIC "'");
		return true;
	}
	if (line[strspn(line, " \t")] == '\0')
		return true;
	if (line[0] == '#')
		return read_comment(r, line, err);
	return read_record(r, line, len, err);
}

bool transcript_reader_feed(struct transcript_reader *r, const void *data,
	size_t len, struct transcript_error *err)
{
	const char *p = data;

	while (len > 0) {
		const char *lf = memchr(p, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - p) : len;

		if (!buf_add(&r->line, p, n))
			return transcript_fail(err, r->number + 1,
				TRANSCRIPT_LINE_MAX,
				"expected a line of at most %d bytes",
				TRANSCRIPT_LINE_MAX);
		if (lf == NULL)
			return true;
		if (!read_line(r, err))
			return false;
		buf_reset(&r->line);
		p += n + 1;
		len -= n + 1;
	}
	return true;
}

bool transcript_reader_end(
	struct transcript_reader *r, struct transcript_error *err)
{
	if (r->number == 0 || buf_len(&r->line) > 0)
		return read_line(r, err);
	return true;
}

/* ---- bodies ---- */

static enum body_type body_bad(struct body_item *item, const char *expected)
{
	item->text = expected;
	item->len = strlen(expected);
	return item->type = BODY_BAD;
}

static enum body_type body_escape(struct body *b, struct body_item *item)
{
	const char *s = b->text + b->pos + 1;
	size_t left = b->len - b->pos - 1;
	int high, low;

	b->pos += 2;
	item->type = BODY_BYTE;
	switch (left > 0 ? *s : '\0') {
	case 'r':
		item->byte = '\r';
		break;
	case 'n':
		item->byte = '\n';
		break;
	case 't':
		item->byte = '\t';
		break;
	case '\\':
	case '{':
	case '}':
		item->byte = (uint8_t)*s;
		break;
	case 'x':
		high = left > 1 ? hex_value(s[1]) : -1;
		low = left > 2 ? hex_value(s[2]) : -1;
		if (high < 0 || low < 0)
			return body_bad(
				item, "expected two hex digits after \\x");
		item->byte = (uint8_t)(high << 4 | low);
		b->pos += 2;
		break;
	default:
		return body_bad(
			item, "expected \\r \\n \\t \\\\ \\{ \\} or \\xNN");
	}
	return BODY_BYTE;
}

/* Braces nest: `{size:{$certs}/ca.crt}`. skip: bytes up to the inside. */
static enum body_type body_brace(struct body *b, struct body_item *item,
	enum body_type type, size_t skip)
{
	size_t i = b->pos + skip;
	int depth = 1;

	item->text = b->text + i;
	for (; i < b->len; i++) {
		if (b->text[i] == '{')
			depth++;
		else if (b->text[i] == '}' && --depth == 0)
			break;
	}
	if (i >= b->len)
		return body_bad(item, "expected '}' (a plain brace is \\{)");
	item->len = i - (b->pos + skip);
	b->pos = i + 1;
	return item->type = type;
}

enum body_type body_next(struct body *b, struct body_item *item)
{
	static const char mask[] = "@masked{";
	size_t left = b->len - b->pos;

	*item = (struct body_item){.at = b->pos};
	if (left == 0)
		return item->type = BODY_END;
	switch (b->text[b->pos]) {
	case '\\':
		return body_escape(b, item);
	case '{':
		return body_brace(b, item, BODY_BRACE, 1);
	case '@':
		if (left >= sizeof(mask) - 1 &&
			memcmp(b->text + b->pos, mask, sizeof(mask) - 1) == 0)
			return body_brace(b, item, BODY_MASK, sizeof(mask) - 1);
		break;
	default:
		break;
	}
	item->byte = (uint8_t)b->text[b->pos++];
	return item->type = BODY_BYTE;
}

const char *body_directive(
	const char *body, size_t len, size_t *word_len, const char **args)
{
	size_t n = 1;

	if (len < 2 || body[0] != '@')
		return NULL;
	while (n < len && body[n] >= 'a' && body[n] <= 'z')
		n++;
	if (n == 1 || (n < len && !is_blank(body[n])))
		return NULL;
	*word_len = n - 1;
	while (n < len && is_blank(body[n]))
		n++;
	*args = body + n;
	return body + 1;
}

bool transcript_unescape(const struct transcript_record *rec, struct buf *out,
	struct transcript_error *err)
{
	struct body b = {.text = rec->body, .len = rec->len};
	struct body_item item;
	const char *args;
	size_t n;

	if (body_directive(rec->body, rec->len, &n, &args) != NULL)
		return transcript_fail(err, rec->line, rec->column,
			"expected bytes, found the directive @%.*s",
			(int)(n < 20 ? n : 20), rec->body + 1);
	for (;;) {
		switch (body_next(&b, &item)) {
		case BODY_END:
			return true;
		case BODY_BYTE:
			if (!buf_addc(out, item.byte))
				return transcript_fail(err, rec->line,
					rec->column + item.at,
					"expected fewer bytes");
			break;
		case BODY_BRACE:
			return transcript_fail(err, rec->line,
				rec->column + item.at,
				"expected bytes, found a pattern (a plain "
				"brace is \\{)");
		case BODY_MASK:
			return transcript_fail(err, rec->line,
				rec->column + item.at,
				"expected bytes, found a mask");
		case BODY_BAD:
			return transcript_fail(err, rec->line,
				rec->column + item.at, "%.*s", (int)item.len,
				item.text);
		}
	}
}

/* ---- writer ---- */

void transcript_writer_init(struct transcript_writer *w,
	void (*line)(void *arg, const char *text, size_t len), void *arg)
{
	*w = (struct transcript_writer){.line = line, .arg = arg};
	buf_init(&w->body, BODY_MAX);
}

void transcript_writer_free(struct transcript_writer *w)
{
	buf_free(&w->body);
}

static void emit(struct transcript_writer *w)
{
	w->line(w->arg, (const char *)buf_data(&w->body), buf_len(&w->body));
	buf_reset(&w->body);
}

void transcript_write_magic(struct transcript_writer *w)
{
	transcript_end(w);
	buf_adds(&w->body, TRANSCRIPT_MAGIC "\n");
	emit(w);
}

/* One byte in its escaped form; `first`: at the start of a body. */
static bool add_escaped(struct buf *out, uint8_t c, bool first)
{
	switch (c) {
	case '\r':
		return buf_adds(out, "\\r");
	case '\n':
		return buf_adds(out, "\\n");
	case '\t':
		return buf_adds(out, "\\t");
	case '\\':
		return buf_adds(out, "\\\\");
	case '{':
		return buf_adds(out, "\\{");
	default:
		break;
	}
	/* A body's first '@' or '[' would be a directive or an option. */
	if (c < 0x20 || c >= 0x7f ||
		(first && (c == ' ' || c == '@' || c == '[')))
		return buf_printf(out, "\\x%02x", c);
	return buf_addc(out, c);
}

bool transcript_escape(struct buf *out, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		if (!add_escaped(out, p[i], buf_len(out) == 0))
			return false;
	return true;
}

static void add_text(struct transcript_writer *w, const char *text)
{
	size_t len = strlen(text);
	bool first = true;

	for (size_t i = 0; i < len; first = false) {
		if (buf_space(&w->body) < LINE_ROOM)
			return;
		const uint8_t *p = (const uint8_t *)text + i;
		size_t n = utf8_len(p, len - i);

		if (n > 1) {
			buf_add(&w->body, p, n);
			i += n;
		} else {
			add_escaped(&w->body, *p, first);
			i++;
		}
	}
}

/* The reader drops trailing blanks: make a real one visible. */
static void escape_last_blank(struct transcript_writer *w)
{
	size_t len = buf_len(&w->body);

	if (len > 0 && buf_data(&w->body)[len - 1] == ' ') {
		w->body.len--;
		buf_adds(&w->body, "\\x20");
	}
}

void transcript_write_header(
	struct transcript_writer *w, const char *key, const char *value)
{
	transcript_end(w);
	buf_printf(&w->body, "# %s: ", key);
	add_text(w, value);
	buf_addc(&w->body, '\n');
	emit(w);
}

void transcript_begin(
	struct transcript_writer *w, int64_t time_ms, enum lane lane)
{
	transcript_end(w);
	w->time_ms = time_ms;
	w->lane = lane;
	w->run = 0;
	w->open = true;
	if (time_ms < 0)
		buf_adds(&w->body, "       -");
	else
		buf_printf(&w->body, "%4lld.%03d", (long long)(time_ms / 1000),
			(int)(time_ms % 1000));
	buf_printf(&w->body, " %-4s ", lane_name(lane));
}

void transcript_add(struct transcript_writer *w, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		bool full = w->run >= TRANSCRIPT_RUN_MAX;

		/* What would not fit breaks behind a line feed. */
		if (i > 0 && p[i - 1] == '\n' &&
			w->run + (len - i) > TRANSCRIPT_RUN_MAX)
			full = true;
		if (full)
			transcript_begin(w, w->time_ms, w->lane);
		add_escaped(&w->body, p[i], w->run == 0);
		w->run++;
	}
}

void transcript_add_raw(struct transcript_writer *w, const char *text)
{
	buf_adds(&w->body, text);
	w->run++;
}

void transcript_end(struct transcript_writer *w)
{
	if (!w->open)
		return;
	w->open = false;
	if (w->run > 0)
		escape_last_blank(w);
	buf_addc(&w->body, '\n');
	emit(w);
}

void transcript_write_bytes(struct transcript_writer *w, int64_t time_ms,
	enum lane lane, const void *data, size_t len)
{
	transcript_begin(w, time_ms, lane);
	transcript_add(w, data, len);
	transcript_end(w);
}

void transcript_write_text(struct transcript_writer *w, int64_t time_ms,
	enum lane lane, const char *text)
{
	transcript_begin(w, time_ms, lane);
	add_text(w, text);
	w->run = strlen(text);
	transcript_end(w);
}

void transcript_write_raw(struct transcript_writer *w, int64_t time_ms,
	enum lane lane, const char *text)
{
	transcript_begin(w, time_ms, lane);
	transcript_add_raw(w, text);
	transcript_end(w);
}
