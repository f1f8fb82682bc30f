#ifndef EC21_HIL_TERMLOG_H
#define EC21_HIL_TERMLOG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/transcript.h"

/*
 * Reader of logs that people paste: an ec21-transcript(5), or what a terminal
 * program showed (minicom, picocom, tio, Arduino's monitor; with or without
 * echo, time stamps and markers such as `→`, `>>`, `TX:`). Gives lines, each
 * with its number in the file; blank ones are left out. Bounded: what is
 * larger than the limits below, or no text, is an error with a line number.
 */
#define TERMLOG_BYTES_MAX ((size_t)16 << 20)
#define TERMLOG_LINES_MAX 200000
#define TERMLOG_LINE_MAX  16384

/* Who wrote a line, as far as the log says. */
enum log_dir {
	LOG_DIR_UNKNOWN,
	LOG_DIR_HOST,
	LOG_DIR_MODEM,
	LOG_DIR_CONSOLE, /* the firmware's own words */
	LOG_DIR_REASON,	 /* WHY of a transcript */
};

/* What stood behind a line; it tells how a file in it was broken. */
enum log_end {
	LOG_END_NONE,
	LOG_END_CR,
	LOG_END_LF,
	LOG_END_CRLF,
};

struct log_line {
	unsigned number; /* in the file, from 1; a CR alone ends a line, too */
	enum log_dir dir;
	enum log_end end;
	bool masked;	  /* text: what a transcript says of a secret */
	const char *text; /* NUL-terminated; valid after termlog_end() */
	size_t at;	  /* of the text, while reading */
};

struct termlog {
	struct log_line *lines;
	size_t n, cap;
	bool transcript; /* the input is one of ours */
	unsigned last;	 /* number of the last line of the file */

	/* private: the reader */
	struct buf arena, line, pending[2];
	size_t total;
	int decided;
	unsigned crs; /* at the end of what came */
	unsigned number;
	unsigned pending_line[2];
	struct transcript_handler handler;
	struct transcript_reader reader;
};

void termlog_init(struct termlog *);
void termlog_free(struct termlog *);
/* Feed bytes, cut anywhere. False: *err says what is wrong, and where. */
bool termlog_feed(struct termlog *, const void *data, size_t len,
	struct transcript_error *err);
/* End of input: the last line may lack its end. Then texts can be read. */
bool termlog_end(struct termlog *, struct transcript_error *err);
/* All of it, from a file; "-" is standard input. err->line 0: no line's. */
bool termlog_load(
	struct termlog *, const char *path, struct transcript_error *err);

#endif
