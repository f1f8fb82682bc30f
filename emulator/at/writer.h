#ifndef EC21_AT_WRITER_H
#define EC21_AT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/settings.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/trace.h"

/*
 * The only formatter of output (principle 5): framing by V, S3 and S4 [AT
 * §2], order of URCs against answers [AT §6], pacing to the rate of +IPR.
 * Output is gathered and leaves at writer_flush(), so that a line is one
 * write as far as the rate lets it: hosts give up after 10 ms of silence
 * inside a line or a payload [CLIENT A].
 */
struct writer {
	struct clock *clock;
	const struct at_settings *set;
	const struct trace_sink *trace;
	void (*output)(void *arg, const void *data, size_t len);
	void (*full)(void *arg, bool line, bool urcs); /* NULL: nobody asks */
	void *output_arg;
	bool line_full, urcs_full; /* as last told */

	struct buf block; /* gathered since the last flush */
	bool answered;	  /* the running command has printed */
	bool cache;	  /* writer_cache() */
	bool held;	  /* URCs wait */

	struct buf urcs; /* framed URCs that wait */

	struct buf wire; /* bytes on their way at line rate */
	struct timer pace;
	uint64_t wire_free_us; /* when the last byte will have left */
	size_t chunk;	       /* bytes that leave at the next tick */
	uint32_t rate;	       /* of the wire: that of +IPR comes later */
	bool new_rate;	       /* writer_take_rate() waits for the wire */
	bool ready;
};

enum writer_result {
	WRITER_OK,
	WRITER_CONNECT,
	WRITER_NO_CARRIER,
	WRITER_ERROR,
};

/* All pointers are borrowed. */
void writer_init(struct writer *w, struct clock *clock,
	const struct at_settings *set, const struct trace_sink *trace,
	void (*output)(void *arg, const void *data, size_t len), void *arg);
void writer_free(struct writer *w);
/* Forget everything that waits; not ready: output is dropped. */
void writer_reset(struct writer *w, bool ready);

void writer_echo(struct writer *w, const void *data, size_t len);
/* A new command of the line begins: its first line gets its own frame. */
void writer_begin(struct writer *w);
void writer_info(struct writer *w, const char *text);
/* The same without its CR LF behind: writer_raw() follows in the line. */
void writer_info_open(struct writer *w, const char *text);
void writer_info_bare(struct writer *w, const char *text);
void writer_raw(struct writer *w, const void *data, size_t len);
void writer_newline(struct writer *w);
void writer_prompt(struct writer *w);
/* Final or intermediate result; Q suppresses it. */
void writer_result(struct writer *w, enum writer_result result);
/* The same by its text; +CME ERROR: n, SEND OK, CONNECT 10 have no number. */
void writer_result_text(struct writer *w, const char *text);

/* Queue a URC, with a payload and a CR LF behind it when len > 0; a text that
 * ends with a comma has its payload in the same line. False when the queue is
 * full: the URC is lost, as on a module. */
bool writer_urc(
	struct writer *w, const char *text, const void *data, size_t len);
/* All URCs wait till it is off again, and then for the end of the command. */
void writer_cache(struct writer *w, bool cache);
/* URCs must wait (data mode, inside an answer) or may go again. */
void writer_hold(struct writer *w, bool hold);

/* The settings' rate counts once all that was written has left. */
void writer_take_rate(struct writer *w);
/* How long so many bytes take on the wire, in µs; 0 without pacing. */
uint64_t writer_line_us(const struct writer *w, size_t len);
/* Send what was gathered. */
void writer_flush(struct writer *w);

#endif
