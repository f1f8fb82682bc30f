#include "hil/run_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "hil/session_data.h"
#include "hil/transcript_file.h"

#define LINE_MAX_ 65536
#define LEFT_OUT  "more records are left out"

/* ---- what it was ---- */

static bool on_header(void *arg, unsigned line, const char *key,
	const char *value, struct transcript_error *err)
{
	struct run_file *r = arg;
	const struct {
		const char *key;
		char **slot;
	} texts[] = {
		{"title", &r->title},
		{"file", &r->file},
		{"run", &r->run},
		{"host", &r->host},
		{"result", &r->result},
		{"error", &r->error},
		{"skipped", &r->skipped},
	};

	(void)line;
	(void)err;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(key, texts[i].key) == 0 && *texts[i].slot == NULL)
			*texts[i].slot = strdup(value);
	if (strcmp(key, "begin-ms") == 0)
		r->begin_ms = strtoll(value, NULL, 10);
	else if (strcmp(key, "took-ms") == 0)
		r->took_ms = strtoll(value, NULL, 10);
	return true;
}

static bool on_any_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct run_file *r = arg;

	(void)err;
	if (rec->lane == LANE_AT_TX && r->first_at_ms < 0)
		r->first_at_ms = rec->time_ms;
	if (rec->lane == LANE_NOTE && rec->len > strlen(LEFT_OUT) &&
		memmem(rec->body, rec->len, LEFT_OUT, strlen(LEFT_OUT)) != NULL)
		r->cut = true;
	return true;
}

bool run_file_load(
	struct run_file *r, const char *path, struct transcript_error *err)
{
	const struct transcript_handler handler = {on_header, on_any_record, r};

	*r = (struct run_file){.first_at_ms = -1};
	if (transcript_file_read(path, &handler, err))
		return true;
	run_file_free(r);
	return false;
}

void run_file_free(struct run_file *r)
{
	free(r->title);
	free(r->file);
	free(r->run);
	free(r->host);
	free(r->result);
	free(r->error);
	free(r->skipped);
	*r = (struct run_file){0};
}

/* ---- its console ---- */

struct console_reader {
	const struct own *own;
	struct turns *turns;
	struct turn *open;
	struct buf in, out; /* the lines that are coming */
	struct buf pem;
	bool in_pem;
	char sum[16]; /* of a certificate of this run, as firmware prints it */
	int64_t now_ms;
	unsigned line;
	bool failed;
};

static void begin_turn(struct console_reader *c, const char *command)
{
	char *text = session_class(c->own, "", command);

	c->sum[0] = '\0';
	c->open = turns_add(c->turns, text);
	if (c->open == NULL) {
		c->failed = true;
		return;
	}
	c->open->line = c->line;
	c->open->at_ms = c->now_ms;
}

static void add_line(struct console_reader *c, char *text)
{
	if (c->open == NULL)
		begin_turn(c, "start");
	if (c->open == NULL)
		free(text);
	else if (!turn_add_line(c->open, text))
		c->failed = true;
	else
		c->open->took_ms = c->now_ms - c->open->at_ms;
}

static void end_pem(struct console_reader *c)
{
	if (buf_len(&c->pem) > 0) {
		session_own_sum(c->own, &c->pem, c->sum, sizeof(c->sum));
		add_line(c, session_data_text(c->own, "sent", &c->pem));
	}
	buf_reset(&c->pem);
	c->in_pem = false;
}

static bool begins(const struct buf *line, const char *with)
{
	return buf_len(line) >= strlen(with) &&
	       memcmp(buf_data(line), with, strlen(with)) == 0;
}

static void end_typed(struct console_reader *c)
{
	bool end = c->in_pem && begins(&c->in, "-----END ");
	const char *text;

	if (!c->in_pem && begins(&c->in, "-----BEGIN "))
		c->in_pem = true;
	if (c->in_pem) {
		buf_add(&c->pem, buf_data(&c->in), buf_len(&c->in));
		buf_addc(&c->pem, '\n');
		if (end)
			end_pem(c);
	} else if (buf_len(&c->in) > 0 && (text = buf_cstr(&c->in)) != NULL) {
		begin_turn(c, text);
	}
	buf_reset(&c->in);
}

static void end_said(struct console_reader *c)
{
	struct buf shown;

	end_pem(c);
	if (buf_len(&c->out) == 0)
		return;
	buf_init(&shown, 4 * LINE_MAX_);
	transcript_escape(&shown, buf_data(&c->out), buf_len(&c->out));
	if (buf_cstr(&shown) != NULL)
		add_line(
			c, session_class_sum(c->own, buf_cstr(&shown), c->sum));
	buf_free(&shown);
	buf_reset(&c->out);
}

static void take_byte(struct console_reader *c, bool typed, uint8_t byte)
{
	struct buf *line = typed ? &c->in : &c->out;

	if (byte != '\r' && byte != '\n')
		c->failed = c->failed || !buf_addc(line, byte);
	else if (byte == '\n' || buf_len(line) > 0)
		typed ? end_typed(c) : end_said(c);
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct body body = {.text = rec->body, .len = rec->len};
	struct console_reader *c = arg;
	bool typed = rec->lane == LANE_CON_TX;
	struct body_item item;
	enum body_type type;
	const char *args;
	size_t n;

	if (!typed && rec->lane != LANE_CON_RX)
		return true;
	c->now_ms = rec->time_ms;
	c->line = rec->line;
	if (body_directive(rec->body, rec->len, &n, &args) != NULL) {
		/* A key: what is masked alike is the same. */
		add_line(c, strndup(rec->body, rec->len));
		return !c->failed;
	}
	while ((type = body_next(&body, &item)) != BODY_END && type != BODY_BAD)
		if (type == BODY_BYTE)
			take_byte(c, typed, item.byte);
		else if (type == BODY_MASK)
			buf_adds(typed ? &c->in : &c->out, "@masked");
	return !c->failed ||
	       transcript_fail(err, rec->line, 1, "too much in this file");
}

bool run_file_console(const char *path, const struct own *own,
	struct turns *turns, struct transcript_error *err)
{
	struct console_reader c = {.own = own, .turns = turns};
	const struct transcript_handler handler = {NULL, on_record, &c};
	bool ok;

	buf_init(&c.in, LINE_MAX_);
	buf_init(&c.out, LINE_MAX_);
	buf_init(&c.pem, LINE_MAX_);
	ok = transcript_file_read(path, &handler, err);
	end_typed(&c);
	end_said(&c);
	buf_free(&c.in);
	buf_free(&c.out);
	buf_free(&c.pem);
	if (ok && !c.failed)
		return true;
	turns_free(turns);
	return false;
}

static bool is_result(const char *line)
{
	return strncmp(line, "+ok", 3) == 0 || strncmp(line, "+err", 4) == 0;
}

/* What was sent to the firmware behind a command. */
static bool is_typed(const char *line)
{
	return strncmp(line, "sent (", 6) == 0 ||
	       strncmp(line, "@masked ", 8) == 0;
}

static bool has_results(const struct turns *turns)
{
	for (size_t i = 0; i < turns->n; i++)
		for (size_t k = 0; k < turns->list[i].n_lines; k++)
			if (is_result(turns->list[i].lines[k]))
				return true;
	return false;
}

/* The last other line becomes the turn's reason. */
static void keep_results(struct turns *turns)
{
	for (size_t i = 0; i < turns->n; i++) {
		struct turn *t = &turns->list[i];
		size_t n = 0;

		for (size_t k = 0; k < t->n_lines; k++) {
			char *line = t->lines[k];

			if (is_result(line) || is_typed(line)) {
				t->lines[n++] = line;
				continue;
			}
			free(t->reason);
			t->reason = line;
		}
		t->n_lines = n;
	}
}

void consoles_settle(struct turns *a, struct turns *b)
{
	if (!has_results(a) && !has_results(b))
		return;
	keep_results(a);
	keep_results(b);
}
