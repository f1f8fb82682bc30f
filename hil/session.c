#include "hil/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hil/dialogue.h"
#include "hil/volatile.h"

#define BYTES_MAX ((size_t)64 << 20)
#define TURNS_MAX 100000
#define LINE_MAX_ 65536

/* Counted data in either direction shows this much of itself. */
#define DATA_SHOWN 64

struct reader {
	struct session *s;
	struct buf host, modem; /* the line that is coming */
	struct buf data;	/* counted data from the modem */
	size_t data_left;
	bool skip_lf;	 /* the line in front of it ends with one */
	struct buf sent; /* data from the host */
	struct turn *open;
	bool takes_data; /* behind CONNECT or a prompt */
	char *reason;
	unsigned line;
	bool failed;
};

static bool grow(void **list, size_t n, size_t *cap, size_t size)
{
	void *bigger;

	if (n < *cap)
		return true;
	bigger = realloc(*list, (*cap ? 2 * *cap : 64) * size);
	if (bigger == NULL)
		return false;
	*list = bigger;
	*cap = *cap ? 2 * *cap : 64;
	return true;
}

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* ---- data ---- */

/* Does it begin as a TLS record does? */
static bool is_tls(const uint8_t *p, size_t len)
{
	return len >= 5 && p[0] >= 20 && p[0] <= 23 && p[1] == 3 && p[2] <= 4;
}

/* What data begins with, and a sum of the rest; classes for values. */
static void show_data(struct buf *out, const struct buf *data)
{
	struct buf plain, classes;
	unsigned sum = 0;

	buf_init(&plain, 4 * BYTES_MAX);
	buf_init(&classes, 8 * BYTES_MAX);
	transcript_escape(&plain, buf_data(data), buf_len(data));
	if (buf_cstr(&plain) != NULL)
		volatile_class("", buf_cstr(&plain), &classes);
	for (size_t i = 0; i < buf_len(&classes); i++) {
		if (i < DATA_SHOWN)
			buf_addc(out, buf_data(&classes)[i]);
		else
			sum = sum * 31 + buf_data(&classes)[i];
	}
	if (buf_len(&classes) > DATA_SHOWN)
		buf_printf(out, "... %08x", sum);
	buf_free(&plain);
	buf_free(&classes);
}

/* The caller frees it. */
static char *data_text(const char *who, const struct buf *data)
{
	struct buf out;
	char *text;

	buf_init(&out, 4096);
	if (is_tls(buf_data(data), buf_len(data))) {
		buf_printf(&out, "%s (TLS)", who);
	} else {
		buf_printf(&out, "%s (%zu bytes) ", who, buf_len(data));
		show_data(&out, data);
	}
	text = buf_cstr(&out) != NULL ? strdup(buf_cstr(&out)) : NULL;
	buf_free(&out);
	return text;
}

/* ---- turns ---- */

static void add_line(struct reader *r, char *text)
{
	struct turn *t = r->open;
	char **lines;

	if (text == NULL || t == NULL) {
		r->failed = r->failed || text == NULL;
		free(text);
		return;
	}
	lines = realloc(t->lines, (t->n_lines + 1) * sizeof(*lines));
	if (lines == NULL) {
		r->failed = true;
		free(text);
		return;
	}
	t->lines = lines;
	t->lines[t->n_lines++] = text;
}

static void end_host_data(struct reader *r)
{
	if (r->open != NULL && buf_len(&r->sent) > 0)
		add_line(r, data_text("sent", &r->sent));
	buf_reset(&r->sent);
	r->takes_data = false;
}

static void end_turn(struct reader *r)
{
	end_host_data(r);
	if (r->open != NULL) {
		r->open->reason = r->reason;
		r->reason = NULL;
	}
	r->open = NULL;
}

static char *escaped(const struct buf *line)
{
	struct buf out;
	char *text;

	buf_init(&out, 4 * LINE_MAX_);
	transcript_escape(&out, buf_data(line), buf_len(line));
	text = buf_cstr(&out) != NULL ? strdup(buf_cstr(&out)) : NULL;
	buf_free(&out);
	return text;
}

static char *classed(const char *command, char *line)
{
	struct buf out;
	char *text = NULL;

	buf_init(&out, 8 * LINE_MAX_);
	if (line != NULL && volatile_class(command, line, &out) &&
		buf_cstr(&out) != NULL)
		text = strdup(buf_cstr(&out));
	buf_free(&out);
	free(line);
	return text;
}

static void begin_turn(struct reader *r)
{
	struct session *s = r->s;

	end_turn(r);
	if (s->n_turns == TURNS_MAX ||
		!grow((void **)&s->turns, s->n_turns, &s->cap_turns,
			sizeof(*s->turns))) {
		r->failed = true;
		return;
	}
	r->open = &s->turns[s->n_turns++];
	*r->open = (struct turn){.line = r->line,
		.times = 1,
		.command = classed("", escaped(&r->host))};
	r->failed = r->failed || r->open->command == NULL;
}

static void take_host(struct reader *r, uint8_t c)
{
	if (r->takes_data) {
		r->failed = r->failed || !buf_addc(&r->sent, c);
		return;
	}
	if (c == '\n' || (c == '\r' && buf_len(&r->host) == 0))
		return;
	if (c != '\r') {
		r->failed = r->failed || !buf_addc(&r->host, c);
		return;
	}
	begin_turn(r);
	buf_reset(&r->host);
}

/* ---- what the modem says ---- */

/* Lines that may come at any time [AT §6], [TCP §8], [SSL §8]. */
static bool is_unsolicited(const struct reader *r, const char *text)
{
	static const char *const names[] = {"RDY", "POWERED DOWN",
		"+QIND:", "+QUSIM:", "+QIURC:", "+QSSLURC:", "+QMTSTAT:",
		"+QMTRECV:", "RING", "+CMTI:", "+QPING:", "+QNTP:", "+QMTOPEN:",
		"+QMTCONN:", "APP RDY"};

	if (r->open == NULL || begins(text, "+CFUN: 1"))
		return r->open == NULL ||
		       strstr(r->open->command, "CFUN") == NULL;
	if ((begins(text, "+QIOPEN:") || begins(text, "+QSSLOPEN:")) &&
		strchr(r->open->command, '=') != NULL)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (begins(text, names[i]))
			return true;
	return false;
}

static void add_urc(struct reader *r, char *text)
{
	struct session *s = r->s;

	if (text == NULL || !grow((void **)&s->urcs, s->n_urcs, &s->cap_urcs,
				    sizeof(*s->urcs))) {
		free(text);
		r->failed = true;
		return;
	}
	s->urcs[s->n_urcs++] = (struct urc){
		.text = text, .line = r->line, .reason = r->reason};
	r->reason = NULL;
}

/* Bytes that come behind a line, counted in it; 0: none do. */
static size_t counted(const struct reader *r, const char *text)
{
	static const char *const names[] = {"+QIRD: ", "+QSSLRECV: ", NULL};
	size_t n;

	for (size_t i = 0; names[i] != NULL; i++)
		if (begins(text, names[i])) {
			n = strtoul(text + strlen(names[i]), NULL, 10);
			/* QIRD=<id>,0 asks for counters, not for data. */
			return strchr(text, ',') != NULL &&
					       strstr(r->open->command, ",0") !=
						       NULL
				       ? 0
				       : n;
		}
	if (begins(text, "CONNECT ") &&
		strstr(r->open->command, "+QFREAD") != NULL)
		return strtoul(text + 8, NULL, 10);
	return 0;
}

static void take_result(struct reader *r, char *text)
{
	bool connect = strcmp(text, "CONNECT") == 0;
	enum final final;
	int code;

	if (final_parse(text, &final, &code)) {
		end_host_data(r);
		add_line(r, classed(r->open->command, text));
		end_turn(r);
		return;
	}
	r->data_left = counted(r, text);
	if (r->data_left > 0) {
		/* How it was cut is the network's doing. */
		text[strcspn(text, "0123456789")] = '\0';
		r->data_left = r->data_left < BYTES_MAX ? r->data_left : 0;
	}
	if (!connect)
		end_host_data(r);
	add_line(r, classed(r->open->command, text));
	if (connect)
		r->takes_data = strstr(r->open->command, "+QFDWL") == NULL;
}

static void end_modem_line(struct reader *r)
{
	char *text;

	if (buf_len(&r->modem) == 0)
		return;
	text = escaped(&r->modem);
	buf_reset(&r->modem);
	if (text == NULL)
		r->failed = true;
	else if (r->open != NULL && r->open->n_lines == 0 &&
		 strcmp(text, r->open->command) == 0)
		free(text); /* its echo */
	else if (is_unsolicited(r, text))
		add_urc(r, classed("", text));
	else
		take_result(r, text);
}

static void take_modem(struct reader *r, uint8_t c)
{
	if (r->data_left > 0 && r->skip_lf && c == '\n') {
		r->skip_lf = false;
		return;
	}
	if (r->data_left > 0) {
		r->skip_lf = false;
		r->failed = r->failed || !buf_addc(&r->data, c);
		if (--r->data_left == 0) {
			add_line(r, data_text("got", &r->data));
			buf_reset(&r->data);
		}
		return;
	}
	/* An echo ends with CR alone; S3 as it is by default. */
	if (c == '\r' || c == '\n') {
		end_modem_line(r);
		r->skip_lf = c == '\r';
		return;
	}
	r->failed = r->failed || !buf_addc(&r->modem, c);
	if (c == ' ' && buf_len(&r->modem) == 2 &&
		buf_data(&r->modem)[0] == '>' && r->open != NULL) {
		add_line(r, strdup(">"));
		buf_reset(&r->modem);
		r->takes_data = true;
	}
}

/* ---- records ---- */

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
static void take_body(struct reader *r, const struct transcript_record *rec)
{
	struct body body = {.text = rec->body, .len = rec->len};
	bool host = rec->lane == LANE_AT_TX, whole;
	struct body_item item;
	enum body_type type;
	const char *args;
	size_t n;

	whole = body_directive(rec->body, rec->len, &n, &args) != NULL;
	r->s->masks += whole;
	if (whole && r->takes_data) {
		buf_add(&r->sent, rec->body, rec->len);
		return;
	}
	while (!whole && (type = body_next(&body, &item)) != BODY_END &&
		type != BODY_BAD) {
		if (type == BODY_MASK && host) {
			r->s->masks++;
			buf_adds(&r->host, "@masked");
		} else if (type == BODY_MASK) {
			buf_adds(&r->modem, "@masked");
		} else if (type == BODY_BYTE && host) {
			take_host(r, item.byte);
		} else if (type == BODY_BYTE) {
			take_modem(r, item.byte);
		}
	}
}

static bool on_record(void *arg, const struct transcript_record *rec,
	struct transcript_error *err)
{
	struct reader *r = arg;

	r->line = rec->line;
	if (rec->lane == LANE_WHY) {
		free(r->reason);
		r->reason = strndup(rec->body, rec->len);
	} else if (rec->lane == LANE_AT_TX || rec->lane == LANE_AT_RX) {
		take_body(r, rec);
	}
	return !r->failed ||
	       transcript_fail(err, rec->line, 1, "too much in this file");
}

static bool same_turn(const struct turn *a, const struct turn *b)
{
	if (strcmp(a->command, b->command) != 0 || a->n_lines != b->n_lines)
		return false;
	for (size_t i = 0; i < a->n_lines; i++)
		if (strcmp(a->lines[i], b->lines[i]) != 0)
			return false;
	return true;
}

static void free_turn(struct turn *t)
{
	for (size_t i = 0; i < t->n_lines; i++)
		free(t->lines[i]);
	free(t->lines);
	free(t->command);
	free(t->reason);
}

/* The same poll again and again is one turn, times n. */
static void fold(struct session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_turns; i++) {
		if (n > 0 && same_turn(&s->turns[n - 1], &s->turns[i])) {
			s->turns[n - 1].times++;
			free_turn(&s->turns[i]);
		} else {
			s->turns[n++] = s->turns[i];
		}
	}
	s->n_turns = n;
}

bool session_load(
	struct session *s, const char *path, struct transcript_error *err)
{
	struct reader r = {.s = s};
	const struct transcript_handler handler = {on_header, on_record, &r};
	struct transcript_reader reader;
	char chunk[8192];
	size_t n, total = 0;
	bool ok = true;
	FILE *f = fopen(path, "re");

	*s = (struct session){0};
	if (f == NULL)
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	buf_init(&r.host, LINE_MAX_);
	buf_init(&r.modem, LINE_MAX_);
	buf_init(&r.data, BYTES_MAX);
	buf_init(&r.sent, BYTES_MAX);
	transcript_reader_init(&reader, &handler);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		total += n;
		ok = total <= BYTES_MAX
			     ? transcript_reader_feed(&reader, chunk, n, err)
			     : transcript_fail(err, reader.number, 1,
				       "expected at most 64 MiB");
	}
	ok = ok && transcript_reader_end(&reader, err);
	if (ok) {
		end_modem_line(&r);
		end_turn(&r);
		fold(s);
	}
	transcript_reader_free(&reader);
	buf_free(&r.host);
	buf_free(&r.modem);
	buf_free(&r.data);
	buf_free(&r.sent);
	free(r.reason);
	fclose(f);
	if (!ok)
		session_free(s);
	return ok;
}

void session_free(struct session *s)
{
	for (size_t i = 0; i < s->n_turns; i++)
		free_turn(&s->turns[i]);
	for (size_t i = 0; i < s->n_urcs; i++) {
		free(s->urcs[i].text);
		free(s->urcs[i].reason);
	}
	free(s->turns);
	free(s->urcs);
	free(s->profile);
	free(s->device);
	*s = (struct session){0};
}
