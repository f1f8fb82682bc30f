#include "hil/streams.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/dialogue.h"

static struct stream *find(
	struct streams *s, const char *command, bool ssl, size_t arg)
{
	char value[16];
	unsigned long id;

	if (!command_arg(command, arg, value, sizeof(value)))
		return NULL;
	id = strtoul(value, NULL, 10);
	return id < SOCKETS ? &s->list[ssl][id] : NULL;
}

static bool end_stream(
	struct stream *s, const struct own *own, struct turns *flows)
{
	char name[64];
	struct turn *t;
	bool ok;

	if (s->nth == 0)
		return true;
	snprintf(name, sizeof(name), "connection %u, received", s->nth);
	t = turns_add(flows, strdup(name));
	if (t == NULL)
		return false;
	t->line = s->line;
	t->at_ms = s->at_ms;
	ok = turn_add_line(t, session_data_text(own, "got", &s->data));
	buf_free(&s->data);
	s->nth = 0;
	return ok;
}

bool streams_add(struct streams *all, const char *command,
	const struct buf *data, unsigned line, int64_t at_ms)
{
	bool ssl = strcasestr(command, "+QSSLRECV=") != NULL;
	struct stream *s = find(all, command, ssl, 0);

	if (s == NULL)
		return true;
	if (s->nth == 0) {
		s->nth = ++all->n;
		s->line = line;
		s->at_ms = at_ms;
		buf_init(&s->data, SESSION_BYTES_MAX);
	}
	return buf_add(&s->data, buf_data(data), buf_len(data));
}

bool streams_open(struct streams *all, const char *command,
	const struct own *own, struct turns *flows)
{
	bool ssl = strcasestr(command, "+QSSLOPEN=") != NULL;
	struct stream *s;

	/* QIOPEN=<context>,<id>; QSSLOPEN=<context>,<ssl context>,<id>. */
	if (!ssl && strcasestr(command, "+QIOPEN=") == NULL)
		return true;
	s = find(all, command, ssl, ssl ? 2 : 1);
	return s == NULL || end_stream(s, own, flows);
}

bool streams_end(
	struct streams *all, const struct own *own, struct turns *flows)
{
	bool ok = true;

	for (size_t i = 0; i < 2; i++)
		for (size_t id = 0; id < SOCKETS; id++)
			ok = end_stream(&all->list[i][id], own, flows) && ok;
	return ok;
}

void streams_free(struct streams *all)
{
	for (size_t i = 0; i < 2; i++)
		for (size_t id = 0; id < SOCKETS; id++)
			if (all->list[i][id].nth > 0)
				buf_free(&all->list[i][id].data);
}
