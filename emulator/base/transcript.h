#ifndef EC21_BASE_TRANSCRIPT_H
#define EC21_BASE_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/trace.h"

/*
 * Reader and writer of ec21-transcript(5): the one text format of
 * recordings, scenarios and golden files. Pure: bytes in, records out, and
 * back; no file is opened here.
 */

/* The first line of every transcript. */
#define TRANSCRIPT_MAGIC "# ec21 transcript 1"
/* Longest line the reader takes, without its line end. */
#define TRANSCRIPT_LINE_MAX 16384
/* The writer breaks longer runs of bytes into several records. */
#define TRANSCRIPT_RUN_MAX 200
/* time_ms of a record whose time is "-". */
#define TRANSCRIPT_ANY_TIME (-1)

/* Where reading stopped, and what was expected there. */
struct transcript_error {
	unsigned line;	 /* from 1 */
	unsigned column; /* in bytes, from 1 */
	char text[200];
};

/* Fills `err`; returns false, so that callers can return it. */
bool transcript_fail(struct transcript_error *err, unsigned line, size_t column,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

struct transcript_record {
	unsigned line;
	unsigned column; /* of the body's first byte */
	int64_t time_ms; /* or TRANSCRIPT_ANY_TIME */
	enum lane lane;
	const char *body; /* still escaped; lent, not NUL-terminated */
	size_t len;
};

/*
 * Called while reading; a false return stops it, with *err filled by the
 * callee. Either may be NULL.
 */
struct transcript_handler {
	/* `# key: value` above the first record. Strings are lent. */
	bool (*header)(void *arg, unsigned line, const char *key,
		const char *value, struct transcript_error *err);
	bool (*record)(void *arg, const struct transcript_record *record,
		struct transcript_error *err);
	void *arg;
};

struct transcript_reader {
	const struct transcript_handler *handler;
	struct buf line;
	unsigned number;
	bool records; /* a record was seen: comments are just comments */
};

/* handler is kept by reference. */
void transcript_reader_init(
	struct transcript_reader *, const struct transcript_handler *handler);
void transcript_reader_free(struct transcript_reader *);
/*
 * Feed bytes, cut anywhere. False: *err says why, and the reader must be
 * freed. Calls the handler before returning: yes.
 */
bool transcript_reader_feed(struct transcript_reader *, const void *data,
	size_t len, struct transcript_error *err);
/* End of input: the last line may lack its line feed. */
bool transcript_reader_end(
	struct transcript_reader *, struct transcript_error *err);

/* A record's body, item by item. */
enum body_type {
	BODY_END,
	BODY_BYTE,
	BODY_BRACE, /* {…}: a pattern or parameter of a scenario */
	BODY_MASK,  /* @masked{…} in the middle of bytes */
	BODY_BAD,   /* `text` says what was expected */
};

struct body {
	const char *text;
	size_t len;
	size_t pos;
};

struct body_item {
	enum body_type type;
	uint8_t byte;
	const char *text; /* inside of the braces; lent */
	size_t len;
	size_t at; /* offset of the item in the body */
};

enum body_type body_next(struct body *, struct body_item *item);

/*
 * The word of a directive such as `@masked kind=key …`, or NULL when the
 * body is not one. *args is set to what follows the word.
 */
const char *body_directive(
	const char *body, size_t len, size_t *word_len, const char **args);

/*
 * Append the bytes a record stands for. False: a bad escape, or a pattern, a
 * mask or a directive, which stand for no known bytes.
 */
bool transcript_unescape(const struct transcript_record *record,
	struct buf *out, struct transcript_error *err);

/*
 * Append bytes in their escaped form. At the start of `out` what would read
 * as a directive or an option is escaped too. False: it does not fit.
 */
bool transcript_escape(struct buf *out, const void *data, size_t len);

/*
 * Writer. Hands out whole lines with their line feed; it buffers no more
 * than the record begun.
 */
struct transcript_writer {
	void (*line)(void *arg, const char *text, size_t len);
	void *arg;
	struct buf body;
	int64_t time_ms;
	enum lane lane;
	size_t run; /* bytes in the record so far */
	bool open;
};

/* line: called for each line; may be called before returning: yes. */
void transcript_writer_init(struct transcript_writer *,
	void (*line)(void *arg, const char *text, size_t len), void *arg);
void transcript_writer_free(struct transcript_writer *);
/* The magic line. */
void transcript_write_magic(struct transcript_writer *);
/* `# key: value`; control bytes of the value are escaped. */
void transcript_write_header(
	struct transcript_writer *, const char *key, const char *value);
/* Ends a record that was begun, then begins another. */
void transcript_begin(
	struct transcript_writer *, int64_t time_ms, enum lane lane);
/* Escaped; breaks into several records past TRANSCRIPT_RUN_MAX. */
void transcript_add(struct transcript_writer *, const void *data, size_t len);
/* Text that is already in the form of a body (a mask). */
void transcript_add_raw(struct transcript_writer *, const char *text);
/* Harmless when none was begun. */
void transcript_end(struct transcript_writer *);
/* begin + add + end. */
void transcript_write_bytes(struct transcript_writer *, int64_t time_ms,
	enum lane lane, const void *data, size_t len);
/* A text lane: one record, never broken. UTF-8 stays readable. */
void transcript_write_text(struct transcript_writer *, int64_t time_ms,
	enum lane lane, const char *text);
/* A record of its own whose body is `text`, as it is: `@masked …`. */
void transcript_write_raw(struct transcript_writer *, int64_t time_ms,
	enum lane lane, const char *text);

/* AT and console lanes carry bytes, all others text. */
bool lane_is_bytes(enum lane lane);

#endif
