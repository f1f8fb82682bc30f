#include "hil/console.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "hil/tool.h"
#include "hil/wire.h"
#include "io/loop.h"

#define REOPEN_MS 200

void console_init(struct console *c, struct loop *loop, const char *url)
{
	*c = (struct console){.loop = loop, .url = url};
}

static void end_line(struct console *c)
{
	size_t at = c->line_at;

	c->line[c->n] = '\0';
	c->n = 0;
	c->line_at = c->seen;
	if (c->line[0] == '\0')
		return;
	if (!c->heard) {
		snprintf(c->last, sizeof(c->last), "%s", c->line);
		if (c->armed &&
			regexec(&c->pattern, c->line, 0, NULL, 0) == 0) {
			snprintf(c->said, sizeof(c->said), "%s", c->line);
			c->said_at = at;
			c->heard = true;
		}
	}
	if (c->on_line != NULL)
		c->on_line(c->arg, c->line);
}

static void on_bytes(void *arg, const void *data, size_t len)
{
	struct console *c = arg;
	const char *p = data;

	for (size_t i = 0; i < len; i++) {
		c->seen++;
		if (p[i] == '\n' || p[i] == '\r')
			end_line(c);
		else if (c->n + 1 < sizeof(c->line))
			c->line[c->n++] =
				p[i] >= ' ' && p[i] != 127 ? p[i] : '?';
	}
	if (c->on_bytes != NULL)
		c->on_bytes(c->arg, data, len);
}

static void on_closed(void *arg, const char *why)
{
	struct console *c = arg;

	snprintf(c->why, sizeof(c->why), "%s", why);
	wire_free(c->wire);
	c->wire = NULL;
}

bool console_open(struct console *c)
{
	const struct wire_events events = {on_bytes, on_closed, c};

	if (c->wire == NULL)
		c->wire = wire_open(loop_base(c->loop), c->url, &events, c->why,
			sizeof(c->why));
	return c->wire != NULL;
}

void console_arm(struct console *c, const char *pattern)
{
	if (c->armed)
		regfree(&c->pattern);
	c->armed = regcomp(&c->pattern, pattern, REG_EXTENDED | REG_NOSUB) == 0;
	c->heard = false;
	c->last[0] = '\0';
	c->n = c->seen = c->line_at = 0;
}

enum console_end console_wait(struct console *c, unsigned ms)
{
	struct clock *clock = loop_clock(c->loop);
	uint64_t until = clock_now_ms(clock) + ms;

	while (!c->heard && clock_now_ms(clock) < until) {
		(void)console_open(c);
		if (!tool_wait(c->loop, REOPEN_MS, &c->heard))
			return CONSOLE_INTERRUPTED;
	}
	return c->heard ? CONSOLE_HEARD : CONSOLE_TIMEOUT;
}

bool console_say(struct console *c, const char *text)
{
	if (!console_open(c))
		return false;
	wire_write(c->wire, text, strlen(text));
	return true;
}

void console_explain(const struct console *c, const char *pattern, long seconds,
	char *why, size_t why_size)
{
	if (c->wire == NULL)
		snprintf(why, why_size, "no console: %s", c->why);
	else if (c->last[0] == '\0')
		snprintf(why, why_size, "the console was silent for %ld s",
			seconds);
	else
		snprintf(why, why_size,
			"no line /%s/ on the console within %ld s; the last "
			"was: %s",
			pattern, seconds, c->last);
}

void console_close(struct console *c)
{
	wire_free(c->wire);
	c->wire = NULL;
	if (c->armed)
		regfree(&c->pattern);
	c->armed = false;
}
