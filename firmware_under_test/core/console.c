#include "console.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "board.h"

void console_init(struct console *con, const struct board *board)
{
	memset(con, 0, sizeof(*con));
	con->board = board;
}

/* False when there is no input within ms, or no more at all. */
static bool fill(struct console *con, uint32_t ms)
{
	const struct board *b = con->board;
	int n;

	if (con->have > 0)
		return true;
	if (con->ended)
		return false;
	n = b->con_read(b->ctx, con->in, sizeof(con->in), ms);
	if (n < 0)
		con->ended = true;
	con->head = 0;
	con->have = n > 0 ? (size_t)n : 0;
	return con->have > 0;
}

static uint8_t next(struct console *con)
{
	con->have--;
	return con->in[con->head++];
}

static enum console_event end_line(struct console *con)
{
	size_t len = con->len;
	bool too_long = con->too_long;

	con->line[len] = '\0';
	con->len = 0;
	con->too_long = false;
	if (too_long)
		return CONSOLE_TOO_LONG;
	return len > 0 ? CONSOLE_LINE : CONSOLE_NOTHING;
}

static enum console_event feed(struct console *con, uint8_t c)
{
	bool after_cr = con->after_cr;

	con->after_cr = c == '\r';
	if (c == '\n' && after_cr)
		return CONSOLE_NOTHING;
	if (c == '\r' || c == '\n')
		return end_line(con);
	if (con->len == CONSOLE_LINE_MAX)
		con->too_long = true;
	else
		con->line[con->len++] = (char)c;
	return CONSOLE_NOTHING;
}

enum console_event console_read(struct console *con, uint32_t ms)
{
	const struct board *b = con->board;
	enum console_event ev = CONSOLE_NOTHING;
	uint32_t start = b->now_ms(b->ctx);
	uint32_t left = ms;

	do {
		if (!fill(con, left))
			break;
		ev = feed(con, next(con));
		left = board_left(b, start, ms);
	} while (ev == CONSOLE_NOTHING && (con->have > 0 || left > 0));
	if (ev == CONSOLE_NOTHING && con->ended && con->have == 0) {
		/* A last line without its end is still a line. */
		ev = end_line(con);
		if (ev == CONSOLE_NOTHING)
			ev = CONSOLE_END;
	}
	return ev;
}

size_t console_take(
	struct console *con, char *buf, size_t len, uint32_t idle_ms)
{
	size_t got = 0;

	while (got < len && fill(con, idle_ms)) {
		uint8_t c = next(con);

		if (con->after_cr && got == 0 && c == '\n') {
			con->after_cr = false;
			continue;
		}
		con->after_cr = false;
		if (buf)
			buf[got] = (char)c;
		got++;
	}
	return got;
}

size_t console_take_some(
	struct console *con, uint8_t *buf, size_t max, uint32_t ms)
{
	size_t got = 0;

	if (fill(con, ms) && con->after_cr && con->in[con->head] == '\n')
		next(con);
	con->after_cr = false;
	while (got < max && con->have > 0)
		buf[got++] = next(con);
	return got;
}

void console_print(struct console *con, const char *prefix, const char *text)
{
	const struct board *b = con->board;
	char out[REASON_MAX + CONSOLE_LINE_MAX];
	int n = snprintf(out, sizeof(out) - 1, "%s%s", prefix, text);
	size_t len = n < 0 ? 0 : (size_t)n;

	if (len > sizeof(out) - 2)
		len = sizeof(out) - 2;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			out[i] = '.';
	out[len++] = '\n';
	b->con_write(b->ctx, out, len);
}

__attribute__((format(printf, 3, 0))) static void print_v(
	struct console *con, const char *prefix, const char *fmt, va_list ap)
{
	char text[REASON_MAX + 64];

	vsnprintf(text, sizeof(text), fmt, ap);
	console_print(con, prefix, text);
}

void console_ok(struct console *con, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_v(con, "+ok ", fmt, ap);
	va_end(ap);
}

void console_note(struct console *con, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_v(con, "# ", fmt, ap);
	va_end(ap);
}

void console_err(struct console *con, const struct reason *r)
{
	char head[32];

	con->errors++;
	snprintf(head, sizeof(head), "+err %s ", r->code);
	console_print(con, head, r->text);
}
