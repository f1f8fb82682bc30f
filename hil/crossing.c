#include "hil/crossing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hil/dialogue.h"

/* The id of a command that opens or closes a connection; -1: it is neither. */
static long id_of(const struct turn *t, const char *family, bool *closes)
{
	char name[16], value[16];
	bool ssl = strcmp(family, "QSSL") == 0;
	bool opens;

	snprintf(name, sizeof(name), "AT+%sCLOSE=", family);
	*closes = strncasecmp(t->command, name, strlen(name)) == 0;
	snprintf(name, sizeof(name), "AT+%sOPEN=", family);
	opens = strncasecmp(t->command, name, strlen(name)) == 0;
	if (!*closes && !opens)
		return -1;
	/* QIOPEN=<context>,<id>; QSSLOPEN=<context>,<ssl context>,<id>. */
	if (!command_arg(t->command,
		    *closes ? 0
		    : ssl   ? 2
			    : 1,
		    value, sizeof(value)))
		return -1;
	return strtol(value, NULL, 10);
}

static const char *last_line(const struct turn *t)
{
	return t->n_lines > 0 ? t->lines[t->n_lines - 1] : "";
}

/* Is the next thing that happens to the connection the host's own close? */
static bool host_closes(const struct session *s, const struct urc *u)
{
	bool ssl = strncmp(u->text, "+QSSLURC", 8) == 0, closes;
	const char *comma = strchr(u->text, ',');
	long id = strtol(comma + 1, NULL, 10);

	for (size_t i = 0; i < s->n_turns; i++) {
		const struct turn *t = &s->turns[i];

		if (t->line > u->line &&
			id_of(t, ssl ? "QSSL" : "QI", &closes) == id)
			return closes && strcmp(last_line(t), "OK") == 0;
	}
	return false;
}

static bool is_closed(const struct urc *u)
{
	return strncmp(u->text, "+QIURC: \"closed\",", 17) == 0 ||
	       strncmp(u->text, "+QSSLURC: \"closed\",", 19) == 0;
}

static void drop_urcs(struct session *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_urcs; i++) {
		if (is_closed(&s->urcs[i]) && host_closes(s, &s->urcs[i])) {
			free(s->urcs[i].text);
			free(s->urcs[i].reason);
		} else {
			s->urcs[n++] = s->urcs[i];
		}
	}
	s->n_urcs = n;
}

static bool is_late_notice(const struct session *s, size_t i)
{
	const struct turn *t = &s->turns[i];
	char id[16];
	bool closes;

	return t->moves_tls && i + 1 < s->n_turns &&
	       strncasecmp(t->command, "AT+QISEND=", 10) == 0 &&
	       command_arg(t->command, 0, id, sizeof(id)) &&
	       (strcmp(last_line(t), "ERROR") == 0 ||
		       strcmp(last_line(t), "SEND FAIL") == 0) &&
	       id_of(t + 1, "QI", &closes) == strtol(id, NULL, 10) && closes;
}

static void drop_turns(struct session *s)
{
	struct turns turns = {s->turns, 0, s->n_turns};

	for (size_t i = 0; i < s->n_turns; i++) {
		struct turn t = s->turns[i];
		bool late = is_late_notice(s, i);

		turns.list[turns.n++] = t;
		if (late)
			turns_drop_last(&turns);
	}
	s->n_turns = turns.n;
}

void session_drop_crossings(struct session *s)
{
	drop_turns(s);
	drop_urcs(s);
}
