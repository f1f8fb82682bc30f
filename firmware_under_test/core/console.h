#ifndef WIOFW_CONSOLE_H
#define WIOFW_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reason.h"

struct board;

#define CONSOLE_LINE_MAX 512

/*
 * The console: command lines in, `+ok …`, `+err CODE reason` and `# note`
 * lines out. CR, LF and CR LF end a line; a LF right after a CR is dropped,
 * so counted bytes begin after it.
 */
struct console {
	const struct board *board;
	unsigned errors; /* +err lines so far */
	bool ended;
	bool after_cr;
	bool too_long;
	size_t len;
	size_t head, have; /* unread part of in */
	char line[CONSOLE_LINE_MAX + 1];
	uint8_t in[256];
};

enum console_event {
	CONSOLE_NOTHING, /* nothing that is whole within the time */
	CONSOLE_LINE,	 /* con->line, without its end, not empty */
	CONSOLE_TOO_LONG,
	CONSOLE_END,
};

void console_init(struct console *con, const struct board *board);
/* Wait at most ms for input and take it up to the first event. */
enum console_event console_read(struct console *con, uint32_t ms);
/*
 * Exactly len raw bytes after the line just read; buf NULL drops them. Gives
 * up when none came for idle_ms. Returns how many came.
 */
size_t console_take(
	struct console *con, char *buf, size_t len, uint32_t idle_ms);

/* As many raw bytes as there are within ms, at most max; 0: none. */
size_t console_take_some(
	struct console *con, uint8_t *buf, size_t max, uint32_t ms);

void console_ok(struct console *con, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void console_err(struct console *con, const struct reason *r);
void console_note(struct console *con, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A line as it is; control characters become '.'. */
void console_print(struct console *con, const char *prefix, const char *text);

#endif
