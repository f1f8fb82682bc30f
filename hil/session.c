#include "hil/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hil/ahead.h"
#include "hil/crossing.h"
#include "hil/dialogue.h"
#include "hil/own.h"
#include "hil/session_data.h"
#include "hil/streams.h"
#include "hil/volatile.h"

#define LINE_MAX_ 65536

struct reader {
	struct session *s;
	struct turns turns;
	const struct own *own;
	struct sockets sockets;
	struct streams streams; /* of a comparison */
	int64_t now_ms;
	struct buf host, modem; /* the line that is coming */
	struct ahead ahead;	/* of the host, behind `open` */
	struct buf data;	/* counted data from the modem */
	struct buf got;		/* of it, what reads in a row brought */
	size_t reading;		/* the turn of those reads; NOT_READING */
	size_t data_left;
	bool skip_lf;	 /* the line in front of it ends with one */
	struct buf sent; /* data from the host */
	char sum[16];	 /* of a certificate that is the run's own */
	char *pushed;	 /* the line that pushed data follows */
	struct socket *pushed_to;
	struct turn *open;
	bool takes_data; /* behind CONNECT or a prompt */
	char *reason;
	unsigned line;
	bool failed;
};

#define NOT_READING ((size_t)-1)

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool is_ok(const char *s)
{
	return strcmp(s, "OK") == 0;
}

/* ---- turns ---- */

static void add_line(struct reader *r, char *text)
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

static void end_host_data(struct reader *r)
{
	session_own_sum(r->own, &r->sent, r->sum, sizeof(r->sum));
	if (r->open != NULL && buf_len(&r->sent) > 0 &&
		!sockets_feed(&r->sockets,
			sockets_of(&r->sockets, r->open->command, "+QISEND"),
			true, &r->sent))
		add_line(r, session_data_text(r->own, "sent", &r->sent));
	buf_reset(&r->sent);
	r->takes_data = false;
}

/* ---- reads, which may come in any number ---- */

/* All that reads in a row brought, as one line before the final result. */
static void end_reading(struct reader *r)
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

static void end_turn(struct reader *r)
{
	end_host_data(r);
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
}

static char *classed(struct reader *r, const char *command, char *line)
{
	char *text = line != NULL ? session_class(r->own, command, line) : NULL;

	free(line);
	return text;
}

static void begin_turn(struct reader *r, const struct buf *line)
{
	char *command = classed(r, "", session_escape(line));
	struct socket *opened;

	end_turn(r);
	if (command != NULL && continue_reading(r, command)) {
		free(command);
		return;
	}
	end_reading(r);
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
	if ((opened != NULL && !sockets_end(opened, &r->s->flows, r->line)) ||
		!streams_open(
			&r->streams, r->open->command, r->own, &r->s->flows))
		r->failed = true;
}

/* The first line that was sent ahead is the one that is answered now. */
static void begin_ahead(struct reader *r)
{
	struct ahead_line first = ahead_pop(&r->ahead);
	unsigned line = r->line;
	int64_t now_ms = r->now_ms;

	end_turn(r);
	r->line = first.line;
	r->now_ms = first.at_ms;
	begin_turn(r, &first.text);
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
	before = ahead_last_ms(&r->ahead, r->open->at_ms);
	return before >= 0 && r->now_ms >= 0 && r->now_ms - before <= AHEAD_MS;
}

static void end_host_line(struct reader *r)
{
	if (is_ahead(r)) {
		r->failed = r->failed || !ahead_push(&r->ahead, &r->host,
						 r->line, r->now_ms);
	} else {
		/* Nobody answered those. */
		while (r->ahead.n > 0)
			begin_ahead(r);
		begin_turn(r, &r->host);
	}
	buf_reset(&r->host);
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
	end_host_line(r);
}

/* ---- what the modem says ---- */

static void add_urc(struct reader *r, char *text)
{
	if (!session_add_urc(r->s, text, r->reason, r->line, r->now_ms))
		r->failed = true;
	r->reason = NULL;
}

/*
 * `+QIURC: "recv",<id>[,<length>]`: with a length the data follows. True:
 * there is no more to say of it.
 */
static bool take_recv(struct reader *r, const char *text)
{
	const char *id = strstr(text, "URC: \"recv\","), *len;
	struct socket *s;

	if (id == NULL)
		return false;
	id += strlen("URC: \"recv\",");
	s = begins(text, "+QIURC") ? sockets_at(&r->sockets, id) : NULL;
	len = strchr(id, ',');
	r->data_left = len != NULL ? strtoul(len + 1, NULL, 10) : 0;
	if (r->data_left > SESSION_BYTES_MAX)
		r->data_left = 0;
	if (r->data_left == 0)
		return r->own != NULL || (s != NULL && s->opaque);
	r->pushed_to = s;
	r->pushed = strndup(text, (size_t)(len - text));
	r->failed = r->failed || r->pushed == NULL;
	return true;
}

/* The data behind that line is there. */
static void end_push(struct reader *r)
{
	struct buf text;
	char *data;

	if (!sockets_feed(&r->sockets, r->pushed_to, false, &r->data)) {
		data = session_data_text(r->own, "", &r->data);
		buf_init(&text, 8192);
		if (data != NULL)
			buf_printf(&text, "%s%s", r->pushed, data);
		free(data);
		add_urc(r, buf_cstr(&text) != NULL ? strdup(buf_cstr(&text))
						   : NULL);
		buf_free(&text);
	}
	free(r->pushed);
	r->pushed = NULL;
}

static bool take_read(struct reader *r)
{
	if (r->own != NULL)
		return streams_add(&r->streams, r->open->command, &r->data,
			r->line, r->now_ms);
	return buf_add(&r->got, buf_data(&r->data), buf_len(&r->data));
}

/* All counted data of a line is there. */
static void end_data(struct reader *r)
{
	if (r->pushed != NULL)
		end_push(r);
	else if (r->open == NULL || !session_is_read(r->open->command))
		add_line(r, session_data_text(r->own, "got", &r->data));
	else if (!sockets_feed(&r->sockets,
			 sockets_of(&r->sockets, r->open->command, "+QIRD"),
			 false, &r->data) &&
		 !take_read(r))
		r->failed = true;
	buf_reset(&r->data);
}

/* Of this run's certificate: its checksum is no other's. */
static void add_upload(struct reader *r, char *text)
{
	add_line(r, session_class_sum(r->own, text, r->sum));
	r->sum[0] = '\0';
	free(text);
}

static void take_result(struct reader *r, char *text)
{
	bool connect = strcmp(text, "CONNECT") == 0;
	enum final final;
	int code;

	if (final_parse(text, &final, &code)) {
		end_host_data(r);
		add_line(r, classed(r, r->open->command, text));
		end_turn(r);
		if (r->ahead.n > 0)
			begin_ahead(r);
		return;
	}
	/* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): one is open */
	r->data_left = session_counted(r->open->command, text);
	if (r->data_left > 0 || session_is_read(r->open->command)) {
		/* How it was cut is the network's doing. */
		text[strcspn(text, "0123456789")] = '\0';
		r->data_left =
			r->data_left < SESSION_BYTES_MAX ? r->data_left : 0;
	}
	if (!connect)
		end_host_data(r);
	/* Of reads in a row the first says it. */
	if (r->open->n_lines > 0 && session_is_read(r->open->command))
		free(text);
	else if (begins(text, "+QFUPL: ") && r->sum[0] != '\0')
		add_upload(r, text);
	else
		add_line(r, classed(r, r->open->command, text));
	if (connect)
		r->takes_data = strstr(r->open->command, "+QFDWL") == NULL;
}

static bool is_line(struct reader *r, const char *text, const char *command)
{
	char *line = classed(r, "", strdup(text));
	bool same = line != NULL && strcmp(line, command) == 0;

	free(line);
	return same;
}

/* Is this the echo of a line that was sent ahead? Then those before it, and
 * the open one, were never heard. */
static bool is_echo_ahead(struct reader *r, const char *text)
{
	for (size_t i = 0; i < r->ahead.n; i++) {
		char *command =
			classed(r, "", session_escape(&r->ahead.list[i].text));
		bool same = command != NULL && is_line(r, text, command);

		free(command);
		for (size_t k = 0; same && k <= i; k++)
			begin_ahead(r);
		if (same)
			return true;
	}
	return false;
}

static bool is_echo(struct reader *r, const char *text)
{
	if (r->open == NULL || r->open->n_lines > 0)
		return false;
	return is_line(r, text, r->open->command) || is_echo_ahead(r, text);
}

/* The modem has started anew: nothing of before will be answered. */
static void take_restart(struct reader *r)
{
	while (r->ahead.n > 0)
		begin_ahead(r);
	end_turn(r);
}

static void end_modem_line(struct reader *r)
{
	char *text;

	if (buf_len(&r->modem) == 0)
		return;
	text = session_escape(&r->modem);
	buf_reset(&r->modem);
	if (text != NULL && strcmp(text, "RDY") == 0)
		take_restart(r);
	if (text == NULL)
		r->failed = true;
	else if (is_echo(r, text) || take_recv(r, text))
		free(text);
	else if (session_is_unsolicited(
			 r->open != NULL ? r->open->command : NULL, text))
		add_urc(r, classed(r, "", text));
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
		if (--r->data_left == 0)
			end_data(r);
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
	r->now_ms = r->sockets.now_ms = rec->time_ms;
	if (rec->lane == LANE_WHY) {
		free(r->reason);
		r->reason = strndup(rec->body, rec->len);
	} else if (rec->lane == LANE_AT_TX || rec->lane == LANE_AT_RX) {
		take_body(r, rec);
	}
	return !r->failed ||
	       transcript_fail(err, rec->line, 1, "too much in this file");
}

static void end_session(struct reader *r)
{
	end_modem_line(r);
	while (r->ahead.n > 0)
		begin_ahead(r);
	end_turn(r);
	end_reading(r);
	for (size_t i = 0; i < SOCKETS; i++)
		if (!sockets_end(&r->sockets.list[i], &r->s->flows, r->line))
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

static bool read_file(struct reader *r, FILE *f, struct transcript_error *err)
{
	const struct transcript_handler handler = {on_header, on_record, r};
	struct transcript_reader reader;
	char chunk[8192];
	size_t n, total = 0;
	bool ok = true;

	transcript_reader_init(&reader, &handler);
	while (ok && (n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		total += n;
		ok = total <= SESSION_BYTES_MAX
			     ? transcript_reader_feed(&reader, chunk, n, err)
			     : transcript_fail(err, reader.number, 1,
				       "expected at most 64 MiB");
	}
	ok = ok && transcript_reader_end(&reader, err);
	transcript_reader_free(&reader);
	return ok;
}

bool session_load_run(struct session *s, const char *path,
	const struct own *own, struct transcript_error *err)
{
	struct reader r = {.s = s, .own = own, .reading = NOT_READING};
	FILE *f = fopen(path, "re");
	bool ok;

	*s = (struct session){0};
	if (f == NULL)
		return transcript_fail(err, 0, 0, "%s", strerror(errno));
	buf_init(&r.host, LINE_MAX_);
	buf_init(&r.modem, LINE_MAX_);
	buf_init(&r.data, SESSION_BYTES_MAX);
	buf_init(&r.got, SESSION_BYTES_MAX);
	buf_init(&r.sent, SESSION_BYTES_MAX);
	ok = read_file(&r, f, err);
	if (ok)
		end_session(&r);
	turns_free(&r.turns);
	ahead_free(&r.ahead);
	buf_free(&r.host);
	buf_free(&r.modem);
	buf_free(&r.data);
	buf_free(&r.got);
	buf_free(&r.sent);
	free(r.pushed);
	free(r.reason);
	fclose(f);
	if (!ok)
		session_free(s);
	return ok;
}

bool session_load(
	struct session *s, const char *path, struct transcript_error *err)
{
	return session_load_run(s, path, NULL, err);
}
