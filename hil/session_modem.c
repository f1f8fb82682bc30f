#include "hil/session_reader.h"

#include <stdlib.h>
#include <string.h>

#include "hil/dialogue.h"

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

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
		reader_add_line(r, session_data_text(r->own, "got", &r->data));
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
	reader_add_line(r, session_class_sum(r->own, text, r->sum));
	r->sum[0] = '\0';
	free(text);
}

static void take_result(struct reader *r, char *text)
{
	bool connect = strcmp(text, "CONNECT") == 0;
	enum final final;
	int code;

	if (final_parse(text, &final, &code)) {
		reader_end_upload(r);
		reader_add_line(r, reader_class(r, r->open->command, text));
		reader_end_turn(r);
		if (r->ahead.n > 0)
			reader_begin_ahead(r);
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
		reader_end_upload(r);
	/* Of reads in a row the first says it. */
	if (r->open->n_lines > 0 && session_is_read(r->open->command))
		free(text);
	else if (begins(text, "+QFUPL: ") && r->sum[0] != '\0')
		add_upload(r, text);
	else
		reader_add_line(r, reader_class(r, r->open->command, text));
	if (connect && strstr(r->open->command, "+QFDWL") == NULL)
		reader_begin_upload(r);
}

static bool is_line(struct reader *r, const char *text, const char *command)
{
	char *line = reader_class(r, "", strdup(text));
	bool same = line != NULL && strcmp(line, command) == 0;

	free(line);
	return same;
}

/* Is this the echo of a line that was sent ahead? Then those before it, and
 * the open one, were never heard. */
static bool is_echo_ahead(struct reader *r, const char *text)
{
	for (size_t i = 0; i < r->ahead.n; i++) {
		char *command = reader_class(
			r, "", session_escape(&ahead_at(&r->ahead, i)->text));
		bool same = command != NULL && is_line(r, text, command);

		free(command);
		for (size_t k = 0; same && k <= i; k++)
			reader_begin_ahead(r);
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
		reader_begin_ahead(r);
	reader_end_turn(r);
}

void reader_end_modem_line(struct reader *r)
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
		add_urc(r, reader_class(r, "", text));
	else
		take_result(r, text);
}

void reader_modem_byte(struct reader *r, uint8_t c)
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
		reader_end_modem_line(r);
		r->skip_lf = c == '\r';
		return;
	}
	r->failed = r->failed || !buf_addc(&r->modem, c);
	if (c == ' ' && buf_len(&r->modem) == 2 &&
		buf_data(&r->modem)[0] == '>' && r->open != NULL) {
		reader_add_line(r, strdup(">"));
		buf_reset(&r->modem);
		reader_begin_upload(r);
	}
}

void reader_modem_mask(
	struct reader *r, const char *words, size_t len, size_t bytes)
{
	if (r->data_left == 0) {
		r->failed = r->failed || !buf_adds(&r->modem, "@masked");
		return;
	}
	r->failed = r->failed || !buf_add(&r->data, words, len);
	r->data_left -= bytes < r->data_left ? bytes : r->data_left;
	if (r->data_left == 0)
		end_data(r);
}
