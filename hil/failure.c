#include "hil/failure.h"

#include <stdlib.h>
#include <string.h>

#include "base/transcript.h"

/* Bytes that are shown of what came. */
#define SHOWN_MAX 160

bool texts_add(struct texts *t, const char *text)
{
	if (t->n == TEXTS_MAX || (t->list[t->n] = strdup(text)) == NULL)
		return false;
	t->n++;
	return true;
}

void texts_free(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i]);
}

/* The step's line of the file and the three above it. */
static void put_context(struct buf *out, const struct scenario *scenario,
	const struct step *step)
{
	unsigned first = step->line > 3 ? step->line - 3 : 1;
	size_t len;

	for (unsigned line = first; line <= step->line; line++) {
		const char *s = scenario_line(scenario, line, &len);

		buf_printf(out, "%6u | %.*s\n", line,
			(int)(len < 200 ? len : 200), s);
	}
}

void failure_head(struct buf *out, const struct scenario *scenario,
	const struct step *step, const char *what)
{
	buf_printf(out, "%s:%u: %s\n", scenario->path, step->line, what);
	put_context(out, scenario, step);
}

/* Control bytes visible; returns where byte `at` is. */
static size_t put_got(struct buf *out, const struct buf *in, size_t at)
{
	size_t len = buf_len(in), mark;
	size_t shown = len < at + SHOWN_MAX ? len : at + SHOWN_MAX;
	size_t skip = at > SHOWN_MAX ? at - SHOWN_MAX : 0;
	const uint8_t *p = buf_data(in);
	struct buf text;

	buf_init(&text, 4096);
	if (skip > 0)
		buf_adds(&text, "...");
	transcript_escape(&text, p + skip, at - skip);
	mark = buf_len(&text);
	transcript_escape(&text, p + at, shown - at);
	if (shown < len)
		buf_adds(&text, "...");
	buf_printf(out, "     got | %s\n", buf_cstr(&text));
	buf_free(&text);
	return mark;
}

void failure_bytes(struct buf *out, const struct pattern *pattern,
	const struct buf *in, size_t reached)
{
	struct buf expected;
	size_t mark;

	buf_init(&expected, 65536);
	if (pattern != NULL)
		pattern_show(pattern, &expected);
	buf_printf(out, "expected | %.600s\n",
		buf_cstr(&expected) ? buf_cstr(&expected) : "");
	buf_free(&expected);
	mark = put_got(out, in, reached);
	buf_printf(out, "         | %*s^\n", (int)mark, "");
}

void failure_reasons(struct buf *out, const struct texts *why)
{
	size_t first = why->n > 3 ? why->n - 3 : 0;

	for (size_t i = first; i < why->n; i++)
		buf_printf(out, "     why | %s\n", why->list[i]);
}

void failure_texts(struct buf *out, const struct texts *t)
{
	for (size_t i = t->cursor; i < t->n; i++)
		buf_printf(out, "     got | %s\n", t->list[i]);
	if (t->cursor == t->n)
		buf_adds(out, "     got | nothing\n");
}

bool looks_answered(const struct buf *in)
{
	static const char *const ends[] = {"\r\nOK\r\n", "ERROR\r\n",
		"CONNECT\r\n", "NO CARRIER\r\n", "SEND OK\r\n", "SEND FAIL\r\n",
		"> "};
	const uint8_t *p = buf_data(in);
	size_t len = buf_len(in), line = len > 2 ? len - 2 : 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && memcmp(p + len - n, ends[i], n) == 0)
			return true;
	}
	while (line > 0 && p[line - 1] != '\n')
		line--;
	return len > 3 && p[len - 1] == '\n' && p[line] == '+';
}
