#include "tests/unit/support/said.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* How far in an answer the modem is. */
enum place {
	PLACE_CLEAR, /* URCs may come */
	PLACE_BLOCK, /* an information line is out, the final result is due */
	PLACE_DATA,  /* behind a prompt or CONNECT */
};

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

static bool is_final(const char *line)
{
	static const char *const finals[] = {
		"OK", "ERROR", "SEND OK", "SEND FAIL", "NO CARRIER", NULL};

	for (size_t i = 0; finals[i] != NULL; i++)
		if (strcmp(line, finals[i]) == 0)
			return true;
	return begins(line, "+CME ERROR");
}

/*
 * Lines that come unasked and no command of the cases prints as its
 * information: those that were put in.
 */
static bool is_put_in(const char *line)
{
	return begins(line, "+QIURC: \"recv\",6,") ||
	       begins(line, "+QIURC: \"closed\",6") ||
	       begins(line, "+QIURC: \"pdpdeact\"") ||
	       begins(line, "+QIND: \"csq\",");
}

/* Other lines that come unasked, or leave it open whether they did. */
static bool is_unasked(const char *line)
{
	static const char *const urcs[] = {"+QIURC", "+QIND: ", "+CREG",
		"+CGREG", "+CEREG", "+CGEV", "+CPIN", "+QUSIM", "RDY",
		"+CFUN: ", "POWERED DOWN",
		"+QIOPEN: ", "+QSSLOPEN: ", "+QSSLURC",
		"+QPING: ", "+QNTP: ", "+QSIMSTAT", "+CTZ", NULL};

	/* The line of a test form has its ranges in brackets. */
	for (size_t i = 0; urcs[i] != NULL; i++)
		if (begins(line, urcs[i]))
			return strstr(line, ": (") == NULL;
	return false;
}

static void read_line(struct said *said, const char *line, enum place *place)
{
	bool put_in = is_put_in(line);

	said->put_in += put_in;
	if (put_in && *place != PLACE_CLEAR && said->wrong[0] == '\0')
		snprintf(said->wrong, sizeof(said->wrong), "%s: \"%.99s\"",
			*place == PLACE_DATA ? "between prompt and result"
					     : "inside an answer",
			line);
	/* Neither is the echo of a command. */
	if (put_in || line[0] == '\0' || strncasecmp(line, "AT", 2) == 0)
		return;
	if (strcmp(line, "RDY") == 0) {
		said->starts++;
		*place = PLACE_CLEAR;
	} else if (is_final(line)) {
		said->finals++;
		*place = PLACE_CLEAR;
	} else if (begins(line, "> ") || begins(line, "CONNECT")) {
		*place = PLACE_DATA;
	} else if (*place == PLACE_CLEAR && !is_unasked(line)) {
		*place = PLACE_BLOCK;
	}
}

/* Bytes that a direct push has behind its line; 0: it is none. */
static size_t pushed(const char *line)
{
	const char *comma = strchr(line, ',');

	if ((!begins(line, "+QIURC: \"recv\",") &&
		    !begins(line, "+QSSLURC: \"recv\",")) ||
		comma == NULL)
		return 0;
	comma = strchr(comma + 1, ',');
	return comma != NULL ? strtoul(comma + 1, NULL, 10) : 0;
}

struct said said_read(const void *data, size_t left)
{
	const char *p = data;
	enum place place = PLACE_CLEAR;
	struct said said = {0};
	char line[8192];

	while (left > 0) {
		const char *eol = memchr(p, '\n', left);
		size_t len = eol != NULL ? (size_t)(eol - p) : left, n = len;
		const char *text;

		while (n > 0 && p[n - 1] == '\r')
			n--;
		snprintf(line, sizeof(line), "%.*s", (int)n, p);
		/* The echo of a command ends with its CR alone. */
		text = strrchr(line, '\r');
		text = text != NULL ? text + 1 : line;
		read_line(&said, text, &place);
		len += eol != NULL;
		n = pushed(text);
		if (n > 0)
			len += n + 2 < left - len ? n + 2 : left - len;
		p += len;
		left -= len;
	}
	return said;
}
