#ifndef EC21_AT_LINE_H
#define EC21_AT_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "at/settings.h"

/*
 * The line reader: bytes and their arrival time in, events out. Pure: no
 * I/O, no clock, no memory after init. It stops after each event so that the
 * caller can change its mode between two bytes of one chunk [AT §1].
 */
enum line_mode {
	LINE_MODE_COMMAND, /* command lines and A/ */
	LINE_MODE_COUNT,   /* exactly n bytes of data */
	LINE_MODE_TEXT,	   /* data up to Ctrl-Z (0x1a) or ESC (0x1b) */
	LINE_MODE_STREAM,  /* transparent: data until the escape */
};

enum line_event_type {
	LINE_EVENT_NONE,     /* all bytes consumed, nothing complete */
	LINE_EVENT_COMMAND,  /* text: the line behind "AT", unterminated */
	LINE_EVENT_REPEAT,   /* A/ */
	LINE_EVENT_TOO_LONG, /* a line past the limit ended */
	LINE_EVENT_IGNORED,  /* a line that does not start with AT ended */
	LINE_EVENT_DATA,     /* text: a chunk of data */
	LINE_EVENT_END,	     /* count reached, or Ctrl-Z */
	LINE_EVENT_CANCEL,   /* ESC in text mode */
	LINE_EVENT_ESCAPE,   /* +++ with its guard times */
};

struct line_event {
	enum line_event_type type;
	const char *text; /* valid until the next call */
	size_t len;
	size_t echo; /* so many of the consumed bytes are echoed, if E1 */
};

struct line {
	enum line_mode mode;
	const struct at_settings *set;
	char *text; /* the line so far, max + 1 bytes */
	size_t max;
	size_t len;
	uint8_t prefix; /* state of the hunt for "AT" */
	bool overflow;
	bool lf_due; /* the last byte was S3: an LF now belongs to the line */
	bool crlf;   /* the host's last line ended with S3 and LF */
	size_t want; /* bytes still due in count mode */
	bool escape; /* +++ is recognised in this data mode */
	uint64_t guard_us;
	uint64_t last_us; /* arrival of the last byte */
	uint64_t plus_us; /* arrival of the first held '+' */
	uint8_t plus;	  /* '+' held back, 0..3 */
};

/* set is borrowed. max: longest line. False without memory. */
bool line_init(struct line *l, const struct at_settings *set, size_t max);
void line_free(struct line *l);

/* Back to command mode with an empty line; held bytes are dropped. */
void line_command(struct line *l, uint64_t now_us);
/* Another host may come: half a line is dropped, a data mode stays. */
void line_hangup(struct line *l);
/*
 * Enter a data mode. An LF that comes first is data, but for a host whose line
 * before ended with S3 and LF: it is the end of this one's, and its payload
 * comes behind it (asm; a real line is slower than its modem, so there the LF
 * comes long before the CONNECT). Of a host's first line nothing is known: the
 * LF is data. guard_us > 0 enables `+++`; silence before it counts
 * from `now_us`. count is used by LINE_MODE_COUNT only, and must be > 0.
 */
void line_data(struct line *l, enum line_mode mode, size_t count,
	uint64_t guard_us, uint64_t now_us);

/*
 * At most one LF, if it ends the line whose S3 came last [AT §1]; returns how
 * many. For bytes that wait: line_feed() does it for those it reads.
 */
size_t line_take_lf(struct line *l, const uint8_t *p, size_t n);
/*
 * Consume bytes up to and including the one that completes an event, and the
 * LF behind S3; returns how many. Bytes of one call share the arrival time
 * now_us (monotonic µs).
 */
size_t line_feed(struct line *l, uint64_t now_us, const uint8_t *p, size_t n,
	struct line_event *ev);

/* When line_tick() wants to be called; UINT64_MAX: never. */
uint64_t line_deadline(const struct line *l);
/* Time alone can complete an escape or release held '+'. True: see ev. */
bool line_tick(struct line *l, uint64_t now_us, struct line_event *ev);

#endif
