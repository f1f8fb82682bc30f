#include "hil/session_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/transcript.h"
#include "hil/volatile.h"

/* Data in either direction shows this much of itself. */
#define DATA_SHOWN  64
#define CLASSED_MAX ((size_t)512 << 10)

/* Append bytes, escaped and with classes for values. */
static void add_classed(
	struct buf *out, const struct own *own, const struct buf *data)
{
	struct buf plain, named;

	buf_init(&plain, 4 * SESSION_BYTES_MAX);
	buf_init(&named, 8 * SESSION_BYTES_MAX);
	transcript_escape(&plain, buf_data(data), buf_len(data));
	if (buf_cstr(&plain) != NULL &&
		own_class(own, buf_cstr(&plain), &named) &&
		buf_cstr(&named) != NULL)
		volatile_class("", buf_cstr(&named), out);
	buf_free(&plain);
	buf_free(&named);
}

/* What data begins with, and a sum of the rest; classes for values. */
static void show_data(
	struct buf *out, const struct own *own, const struct buf *data)
{
	struct buf classes;
	unsigned sum = 0;

	buf_init(&classes, 8 * SESSION_BYTES_MAX);
	add_classed(&classes, own, data);
	for (size_t i = 0; i < buf_len(&classes); i++) {
		if (i < DATA_SHOWN)
			buf_addc(out, buf_data(&classes)[i]);
		else
			sum = sum * 31 + buf_data(&classes)[i];
	}
	if (buf_len(&classes) > DATA_SHOWN)
		buf_printf(out, "... %08x", sum);
	buf_free(&classes);
}

char *session_data_text(
	const struct own *own, const char *who, const struct buf *data)
{
	struct buf out;
	char *text;

	buf_init(&out, 4096);
	if (tlsflow_begins(buf_data(data), buf_len(data))) {
		buf_printf(&out, "%s (TLS)", who);
	} else {
		buf_printf(&out, "%s (%zu bytes) ", who, buf_len(data));
		if (!own_describe(own, buf_data(data), buf_len(data), &out))
			show_data(&out, own, data);
	}
	text = buf_cstr(&out) != NULL ? strdup(buf_cstr(&out)) : NULL;
	buf_free(&out);
	return text;
}

char *session_class(
	const struct own *own, const char *command, const char *line)
{
	struct buf out, named;
	char *text = NULL;

	buf_init(&out, CLASSED_MAX);
	buf_init(&named, CLASSED_MAX);
	if (own_class(own, line, &named) && buf_cstr(&named) != NULL &&
		volatile_class(command, buf_cstr(&named), &out) &&
		buf_cstr(&out) != NULL)
		text = strdup(buf_cstr(&out));
	buf_free(&named);
	buf_free(&out);
	return text;
}

void session_own_sum(
	const struct own *own, const struct buf *data, char *sum, size_t size)
{
	struct qsum q = {0};
	struct buf what;

	if (buf_len(data) == 0)
		return;
	buf_init(&what, 200);
	sum[0] = '\0';
	if (own_describe(own, buf_data(data), buf_len(data), &what)) {
		qsum_update(&q, buf_data(data), buf_len(data));
		snprintf(sum, size, "%x", q.value);
	}
	buf_free(&what);
}

char *session_class_sum(
	const struct own *own, const char *line, const char *sum)
{
	size_t len = strlen(line), n = strlen(sum);
	char *text, *classed;

	if (n == 0 || len <= n || strcmp(line + len - n, sum) != 0 ||
		(line[len - n - 1] != ',' && line[len - n - 1] != ' '))
		return session_class(own, "", line);
	if (asprintf(&text, "%.*s{sum}", (int)(len - n), line) < 0)
		return NULL;
	classed = session_class(own, "", text);
	free(text);
	return classed;
}

struct socket *sockets_at(struct sockets *all, const char *digits)
{
	char *end;
	unsigned long id = strtoul(digits, &end, 10);

	return end != digits && id < SOCKETS ? &all->list[id] : NULL;
}

struct socket *sockets_of(
	struct sockets *all, const char *command, const char *name)
{
	const char *at = strcasestr(command, name);

	if (at == NULL || at[strlen(name)] != '=')
		return NULL;
	return sockets_at(all, at + strlen(name) + 1);
}

struct socket *sockets_of_open(struct sockets *all, const char *command)
{
	const char *at = strcasestr(command, "+QIOPEN=");

	at = at != NULL ? strchr(at, ',') : NULL;
	return at != NULL ? sockets_at(all, at + 1) : NULL;
}

bool sockets_feed(struct sockets *all, struct socket *s, bool sent,
	const struct buf *data)
{
	if (s == NULL ||
		(!s->opaque && !tlsflow_begins(buf_data(data), buf_len(data))))
		return false;
	if (!s->opaque) {
		s->nth = ++all->n_opaque;
		s->at_ms = all->now_ms;
		s->line = all->line;
	}
	s->opaque = true;
	tlsflow_feed(sent ? &s->sent : &s->got, buf_data(data), buf_len(data));
	return true;
}

static bool add_flow(const struct socket *s, bool sent, struct turns *flows)
{
	const struct tlsflow *f = sent ? &s->sent : &s->got;
	char name[64];
	struct turn *t;

	if (f->n == 0)
		return true;
	snprintf(name, sizeof(name), "TLS connection %u, %s", s->nth,
		sent ? "sent" : "received");
	t = turns_add(flows, strdup(name));
	if (t == NULL)
		return false;
	t->line = s->line;
	t->at_ms = s->at_ms;
	for (size_t i = 0; i < f->n; i++)
		if (!turn_add_line(t, strdup(tlsflow_name(f->types[i]))))
			return false;
	return true;
}

bool sockets_end(struct socket *s, struct turns *flows)
{
	bool ok = !s->opaque ||
		  (add_flow(s, true, flows) && add_flow(s, false, flows));

	*s = (struct socket){0};
	return ok;
}

/* ---- lines ---- */

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

bool session_is_read(const char *command)
{
	static const char *const names[] = {"+QIRD=", "+QSSLRECV="};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *at = strcasestr(command, names[i]);
		const char *comma = at != NULL ? strchr(at, ',') : NULL;

		/* QIRD=<id>,0 asks for counters, not for data. */
		if (at != NULL && (comma == NULL || strcmp(comma, ",0") != 0))
			return true;
	}
	return false;
}

size_t session_counted(const char *command, const char *line)
{
	static const char *const names[] = {"+QIRD: ", "+QSSLRECV: "};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (begins(line, names[i])) {
			/* QIRD=<id>,0 asks for counters, not for data. */
			if (strchr(line, ',') != NULL &&
				strstr(command, ",0") != NULL)
				return 0;
			return strtoul(line + strlen(names[i]), NULL, 10);
		}
	if (begins(line, "CONNECT ") && strstr(command, "+QFREAD") != NULL)
		return strtoul(line + 8, NULL, 10);
	return 0;
}

/* [AT §6], [TCP §8], [SSL §8] */
bool session_is_unsolicited(const char *command, const char *line)
{
	static const char *const names[] = {"RDY", "POWERED DOWN",
		"+QIND:", "+QUSIM:", "+QIURC:", "+QSSLURC:", "+QMTSTAT:",
		"+QMTRECV:", "RING", "+CMTI:", "+QPING:", "+QNTP:", "+QMTOPEN:",
		"+QMTCONN:", "APP RDY"};

	if (command == NULL || begins(line, "+CFUN: 1"))
		return command == NULL || strstr(command, "CFUN") == NULL;
	if ((begins(line, "+QIOPEN:") || begins(line, "+QSSLOPEN:")) &&
		strchr(command, '=') != NULL)
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (begins(line, names[i]))
			return true;
	return false;
}

char *session_escape(const struct buf *line)
{
	struct buf out;
	char *text;

	buf_init(&out, CLASSED_MAX);
	transcript_escape(&out, buf_data(line), buf_len(line));
	text = buf_cstr(&out) != NULL ? strdup(buf_cstr(&out)) : NULL;
	buf_free(&out);
	return text;
}
