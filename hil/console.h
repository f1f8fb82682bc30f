#ifndef EC21_HIL_CONSOLE_H
#define EC21_HIL_CONSOLE_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct loop;
struct wire;

/* A board's console, heard line by line, for steps that wait for a word. */
#define CONSOLE_LINE_MAX 512

struct console {
	struct loop *loop;
	const char *url;
	struct wire *wire; /* NULL: not open now */
	regex_t pattern;
	bool armed, heard;
	char line[CONSOLE_LINE_MAX];
	size_t n;
	char last[CONSOLE_LINE_MAX]; /* line that was not empty; "": none */
	char said[CONSOLE_LINE_MAX]; /* the one that was waited for */
	char why[300];		     /* it cannot be opened */
	/* Bytes since console_arm(), and where among them `said` begins. */
	size_t seen, line_at, said_at;
	/* For who wants to hear all of it, too; set after console_init(). */
	void (*on_bytes)(void *arg, const void *data, size_t len);
	void (*on_line)(void *arg, const char *line);
	void *arg;
};

enum console_end { CONSOLE_HEARD, CONSOLE_TIMEOUT, CONSOLE_INTERRUPTED };

/* url: kept by reference, as for wire_open(). Opens nothing yet. */
void console_init(struct console *, struct loop *loop, const char *url);
/* What is already open stays. False: why tells. */
bool console_open(struct console *);
/* From now on wait for a line that matches; the pattern is a good one. */
void console_arm(struct console *, const char *pattern);
/* The port is opened again when it is gone: some go with a board's reset. */
enum console_end console_wait(struct console *, unsigned ms);
/* Opened first if need be. False: why tells. */
bool console_say(struct console *, const char *text);
/* Why the line that `pattern` means did not come within so many seconds. */
void console_explain(const struct console *, const char *pattern, long seconds,
	char *why, size_t why_size);
void console_close(struct console *);

#endif
