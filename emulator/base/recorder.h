#ifndef EC21_BASE_RECORDER_H
#define EC21_BASE_RECORDER_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/trace.h"

/*
 * Writes a transcript to a file while a modem runs: a trace sink with
 * secrets masked, each record flushed as soon as it is whole.
 *
 * What a host types arrives byte by byte and is echoed byte by byte; the
 * recorder joins both into one record each, ended by CR or LF, by an answer
 * that is no echo, or by a second of silence. At most that one unfinished
 * line is lost in a crash.
 */
struct recorder_opts {
	bool keep_secrets;  /* file mode 0600 and a warning in line 2 */
	const char *device; /* header lines; NULL: none */
	const char *profile;
	const char *title;
};

struct recorder;

/*
 * Create or truncate `path` and write the header. Times count from now on
 * `clk`, which is kept by reference and must outlive the recorder. NULL with
 * *why set when the file cannot be made.
 */
struct recorder *recorder_open(const char *path, struct clock *clk,
	const struct recorder_opts *opts, struct why *why);
/*
 * The same in two steps: take the file, which leaves what is in it, and is
 * refused when another recorder has it; then replace that and write the header.
 * Nothing is recorded in between. opts is copied, its texts are lent till then.
 */
struct recorder *recorder_take(const char *path, struct clock *clk,
	const struct recorder_opts *opts, struct why *why);
bool recorder_begin(struct recorder *, struct why *why);
/*
 * The same to a function: each record as one line of a transcript, with its
 * line feed, lent for the call; no header. `line` must not call back into
 * the recorder. NULL without memory.
 */
struct recorder *recorder_to(struct clock *clk, bool keep_secrets,
	void (*line)(void *arg, const char *text, size_t len), void *arg);
/* Lent; valid until recorder_close(). */
const struct trace_sink *recorder_sink(struct recorder *);
/* So far something could not be written: the transcript ended there. */
bool recorder_failed(const struct recorder *);
/*
 * Writes what is pending, closes the file. False: not all of it could be
 * written, which was logged. Harmless on NULL.
 */
bool recorder_close(struct recorder *);

#endif
