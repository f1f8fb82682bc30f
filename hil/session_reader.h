#ifndef EC21_HIL_SESSION_READER_H
#define EC21_HIL_SESSION_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "hil/ahead.h"
#include "hil/own.h"
#include "hil/session.h"
#include "hil/session_data.h"
#include "hil/streams.h"
#include "hil/upload.h"

/*
 * Inside of hil/session.c, which reads the records: session_turn.c begins and
 * ends turns, session_host.c takes what the host sends, session_modem.c what
 * the modem says. Where a command, data or an answer ends is told by their
 * bytes alone, never by how a recording cuts them.
 */
struct reader {
	struct session *s;
	struct turns turns;
	const struct own *own;
	struct sockets sockets;
	struct streams streams; /* of a comparison */
	int64_t now_ms;
	unsigned line;
	struct buf host, modem; /* the line that is coming */
	struct ahead ahead;	/* of the host, behind `open` */
	struct buf data;	/* counted data from the modem */
	struct buf got;		/* of it, what reads in a row brought */
	size_t reading;		/* the turn of those reads; NOT_READING */
	size_t data_left;
	bool skip_lf; /* the line in front of it ends with one */
	struct upload upload;
	/* Its last byte was sent, and the result is still to come. */
	bool uploaded;
	int64_t uploaded_ms;
	char sum[16]; /* of a certificate that is the run's own */
	char *pushed; /* the line that pushed data follows */
	struct socket *pushed_to;
	struct turn *open;
	char *reason;
	bool failed;
};

#define NOT_READING ((size_t)-1)

/* ---- session_turn.c ---- */

/* To the open turn; owned. text NULL: no memory. */
void reader_add_line(struct reader *r, char *text);
/* A line with its class values, which is freed. NULL: no memory. */
char *reader_class(struct reader *r, const char *command, char *line);
/* The upload is over: it becomes a line of its turn. */
void reader_end_upload(struct reader *r);
/* line: without its CR. */
void reader_begin_turn(struct reader *r, const struct buf *line);
void reader_end_turn(struct reader *r);
/* The reads in a row are over, with the recording at the latest. */
void reader_end_reading(struct reader *r);

/* ---- session_host.c ---- */

void reader_host_byte(struct reader *r, uint8_t c);
/* The words of a mask, which stand for so many bytes. */
void reader_host_mask(
	struct reader *r, const char *words, size_t len, size_t bytes);
/* Behind CONNECT or a prompt. */
void reader_begin_upload(struct reader *r);
/* The first line that was sent ahead is the one that is answered now. */
void reader_begin_ahead(struct reader *r);

/* ---- session_modem.c ---- */

void reader_modem_byte(struct reader *r, uint8_t c);
void reader_modem_mask(
	struct reader *r, const char *words, size_t len, size_t bytes);
/* What came is a line, though nothing ends it. */
void reader_end_modem_line(struct reader *r);

#endif
