#include "hil/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mask_fill.h"
#include "hil/crossing.h"
#include "hil/session_reader.h"
#include "hil/transcript_file.h"

#define LINE_MAX_ 65536

static bool on_header(void *arg, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	struct reader *r = arg;
	char **slot = strcmp(key, "profile") == 0  ? &r->s->profile
		      : strcmp(key, "device") == 0 ? &r->s->device
						   : NULL;

	(void)line;
	(void)err;
	if (slot != NULL && *slot == NULL)
		*slot = strdup(value);
	return true;
}

/* A mask counts as its words: the same secret gives the same ones. */
static void take_mask(
	struct reader *r, bool host, const char *words, size_t len)
{
	struct mask_words mask;
	size_t bytes = mask_read(words, len, &mask) ? mask.len : 0;

	r->s->masks++;
	if (host)
		reader_host_mask(r, words, len, bytes);
	else
		reader_modem_mask(r, words, len, bytes);
}

static bool take_body(struct reader *r, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct body body = {.text = rec->body, .len = rec->len};
	bool host = rec->lane == LANE_AT_TX;
	struct body_item item;
	enum body_type type;
	const char *args;
	size_t n;

	if (body_directive(rec->body, rec->len, &n, &args) != NULL) {
		take_mask(r, host, rec->body, rec->len);
		return true;
	}
	while ((type = body_next(&body, &item)) != BODY_END &&
		type != BODY_BAD) {
		if (type == BODY_MASK)
			take_mask(r, host, item.text, item.len);
		else if (type == BODY_BYTE && host)
			reader_host_byte(r, item.byte);
		else if (type == BODY_BYTE)
			reader_modem_byte(r, item.byte);
	}
	return type != BODY_BAD ||
	       transcript_fail(err, rec->line, rec->column + item.at, "%.*s",
		       (int)item.len, item.text);
}

/* Does all of it fit? */
static bool is_well(const struct reader *r, struct transcript_error *err)
{
	return !r->failed ||
	       transcript_fail(err, r->line, 1, "too much in this file");
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct reader *r = arg;

	r->line = r->sockets.line = rec->line;
	r->now_ms = r->sockets.now_ms = rec->time_ms;
	if (rec->lane == LANE_WHY) {
		free(r->reason);
		r->reason = strndup(rec->body, rec->len);
	} else if (rec->lane == LANE_AT_TX || rec->lane == LANE_AT_RX) {
		if (!take_body(r, rec, err))
			return false;
	}
	return is_well(r, err);
}

static void end_session(struct reader *r)
{
	reader_end_modem_line(r);
	while (r->ahead.n > 0)
		reader_begin_ahead(r);
	reader_end_turn(r);
	reader_end_reading(r);
	for (size_t i = 0; i < SOCKETS; i++)
		if (!sockets_end(&r->sockets.list[i], &r->s->flows))
			r->failed = true;
	if (!streams_end(&r->streams, r->own, &r->s->flows))
		r->failed = true;
	turns_fold(&r->turns);
	r->s->turns = r->turns.list;
	r->s->n_turns = r->turns.n;
	if (r->own != NULL)
		session_drop_crossings(r->s);
	r->turns = (struct turns){0};
}

bool session_load_run(struct session *s, const char *path,
	const struct own *own, struct transcript_error *err)
{
	struct reader r = {.s = s, .own = own, .reading = NOT_READING};
	const struct transcript_handler handler = {on_header, on_record, &r};
	bool ok;

	*s = (struct session){0};
	buf_init(&r.host, LINE_MAX_);
	buf_init(&r.modem, LINE_MAX_);
	buf_init(&r.data, SESSION_BYTES_MAX);
	buf_init(&r.got, SESSION_BYTES_MAX);
	upload_init(&r.upload, SESSION_BYTES_MAX);
	ok = transcript_file_read(path, &handler, err);
	if (ok) {
		end_session(&r);
		ok = is_well(&r, err);
	}
	streams_free(&r.streams);
	turns_free(&r.turns);
	ahead_free(&r.ahead);
	buf_free(&r.host);
	buf_free(&r.modem);
	buf_free(&r.data);
	buf_free(&r.got);
	upload_free(&r.upload);
	free(r.pushed);
	free(r.reason);
	if (!ok)
		session_free(s);
	return ok;
}

bool session_load(
	struct session *s, const char *path, struct transcript_error *err)
{
	return session_load_run(s, path, NULL, err);
}

bool session_load_told(const char *command, struct session *s, const char *path)
{
	struct transcript_error err = {0};

	if (session_load(s, path, &err))
		return true;
	transcript_file_complain(command, path, &err);
	return false;
}
