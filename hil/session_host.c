#include "hil/session_reader.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void reader_begin_ahead(struct reader *r)
{
	struct ahead_line first = ahead_pop(&r->ahead);
	unsigned line = r->line;
	int64_t now_ms = r->now_ms;

	reader_end_turn(r);
	r->line = first.line;
	r->now_ms = first.at_ms;
	reader_begin_turn(r, &first.text);
	r->line = line;
	r->now_ms = now_ms;
	buf_free(&first.text);
}

/* No answer comes to what is no command, nor to this one [AT §2.5]. */
static bool gets_no_answer(const char *command)
{
	return strncasecmp(command, "AT", 2) != 0 ||
	       strcasecmp(command, "ATQ1") == 0;
}

static bool is_ahead(const struct reader *r)
{
	int64_t before;

	if (r->open == NULL || gets_no_answer(r->open->command))
		return false;
	before = ahead_last_ms(
		&r->ahead, r->uploaded ? r->uploaded_ms : r->open->at_ms);
	if (before < 0 || r->now_ms < 0)
		return r->uploaded;
	return r->now_ms - before <= AHEAD_MS;
}

static void end_line(struct reader *r)
{
	if (is_ahead(r)) {
		r->failed = r->failed || !ahead_push(&r->ahead, &r->host,
						 r->line, r->now_ms);
	} else {
		/* Nobody answered those. */
		while (r->ahead.n > 0)
			reader_begin_ahead(r);
		reader_begin_turn(r, &r->host);
	}
	buf_reset(&r->host);
}

/* Behind a part of the upload. */
static void note_uploaded(struct reader *r)
{
	r->uploaded = !r->upload.open;
	r->uploaded_ms = r->now_ms;
}

void reader_host_byte(struct reader *r, uint8_t c)
{
	if (r->upload.open) {
		r->failed = r->failed || !upload_take(&r->upload, c);
		note_uploaded(r);
		return;
	}
	if (c == '\n' || (c == '\r' && buf_len(&r->host) == 0))
		return;
	if (c == '\r')
		end_line(r);
	else
		r->failed = r->failed || !buf_addc(&r->host, c);
}

void reader_host_mask(
	struct reader *r, const char *words, size_t len, size_t bytes)
{
	if (r->upload.open) {
		r->failed = r->failed ||
			    !upload_take_mask(&r->upload, words, len, bytes);
		note_uploaded(r);
		return;
	}
	r->failed = r->failed || !buf_adds(&r->host, "@masked");
}

/* What came before it is dropped, as ec21emu does. */
void reader_begin_upload(struct reader *r)
{
	buf_reset(&r->host);
	upload_begin(&r->upload);
}
