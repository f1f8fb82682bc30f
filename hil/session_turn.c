#include "hil/session_reader.h"

#include <stdlib.h>
#include <string.h>

#include "hil/dialogue.h"

static bool is_ok(const char *s)
{
	return strcmp(s, "OK") == 0;
}

void reader_add_line(struct reader *r, char *text)
{
	if (r->open == NULL)
		free(text);
	else if (!turn_add_line(r->open, text))
		r->failed = true;
}

/*
 * How a TLS connection was cut into sends and reads is the network's affair:
 * an exchange that only moved its bytes goes, one that failed stays.
 */
static bool only_moves_tls(struct reader *r, struct turn *t)
{
	const struct socket *sent =
		sockets_of(&r->sockets, t->command, "+QISEND");
	const struct socket *got = sockets_of(&r->sockets, t->command, "+QIRD");
	const char *last = t->n_lines > 0 ? t->lines[t->n_lines - 1] : "";

	t->moves_tls =
		(sent != NULL && sent->opaque) || (got != NULL && got->opaque);
	return t->moves_tls && (is_ok(last) || strcmp(last, "SEND OK") == 0);
}

void reader_end_upload(struct reader *r)
{
	session_own_sum(r->own, &r->upload.data, r->sum, sizeof(r->sum));
	if (r->open != NULL && buf_len(&r->upload.data) > 0 &&
		!sockets_feed(&r->sockets,
			sockets_of(&r->sockets, r->open->command, "+QISEND"),
			true, &r->upload.data))
		reader_add_line(
			r, session_data_text(r->own, "sent", &r->upload.data));
	upload_reset(&r->upload);
}

/* ---- reads, which may come in any number ---- */

/* All that reads in a row brought, as one line before the final result. */
void reader_end_reading(struct reader *r)
{
	struct turn *t;
	enum final final;
	size_t n;
	int code;

	if (r->reading < r->turns.n && buf_len(&r->got) > 0) {
		t = &r->turns.list[r->reading];
		n = t->n_lines;
		if (!turn_add_line(
			    t, session_data_text(r->own, "got", &r->got))) {
			r->failed = true;
		} else if (n > 0 &&
			   final_parse(t->lines[n - 1], &final, &code)) {
			char *last = t->lines[n - 1];

			t->lines[n - 1] = t->lines[n];
			t->lines[n] = last;
		}
	}
	buf_reset(&r->got);
	r->reading = NOT_READING;
}

/* The same read once more goes on with the turn of the one before. */
static bool continue_reading(struct reader *r, const char *command)
{
	struct turn *t;

	if (r->reading == NOT_READING || r->reading + 1 != r->turns.n)
		return false;
	t = &r->turns.list[r->reading];
	if (strcmp(t->command, command) != 0 || t->n_lines == 0 ||
		!is_ok(t->lines[t->n_lines - 1]))
		return false;
	free(t->lines[--t->n_lines]);
	r->open = t;
	return true;
}

/* In a comparison all reads of a connection are one stream. */
static bool only_reads(const struct reader *r, const struct turn *t)
{
	return r->own != NULL && session_is_read(t->command) &&
	       t->n_lines > 0 && is_ok(t->lines[t->n_lines - 1]);
}

void reader_end_turn(struct reader *r)
{
	reader_end_upload(r);
	if (r->open != NULL) {
		struct turn *t = r->open;

		free(t->reason);
		t->reason = r->reason;
		r->reason = NULL;
		if (r->now_ms >= 0 && t->at_ms >= 0)
			t->took_ms = r->now_ms - t->at_ms;
		if (only_moves_tls(r, t) || only_reads(r, t)) {
			turns_drop_last(&r->turns);
			buf_reset(&r->got);
			r->reading = NOT_READING;
		}
	}
	r->open = NULL;
	r->uploaded = false;
}

char *reader_class(struct reader *r, const char *command, char *line)
{
	char *text = line != NULL ? session_class(r->own, command, line) : NULL;

	free(line);
	return text;
}

void reader_begin_turn(struct reader *r, const struct buf *line)
{
	char *text = session_escape(line), *command;
	struct socket *opened;

	reader_end_turn(r);
	if (text != NULL)
		upload_expect(&r->upload, text);
	command = reader_class(r, "", text);
	if (command != NULL && continue_reading(r, command)) {
		free(command);
		return;
	}
	reader_end_reading(r);
	r->open = turns_add(&r->turns, command);
	if (r->open == NULL) {
		r->failed = true;
		return;
	}
	r->open->line = r->line;
	r->open->at_ms = r->now_ms;
	if (session_is_read(r->open->command))
		r->reading = r->turns.n - 1;
	opened = sockets_of_open(&r->sockets, r->open->command);
	if ((opened != NULL && !sockets_end(opened, &r->s->flows)) ||
		!streams_open(
			&r->streams, r->open->command, r->own, &r->s->flows))
		r->failed = true;
}
