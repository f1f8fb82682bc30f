#include "trace.h"

#include <stdio.h>
#include <string.h>

#define QICSGP	      "AT+QICSGP="
#define QICSGP_SECRET 4 /* commas before the password, outside of quotes */

struct out {
	char text[TRACE_LINE_MAX];
	size_t len;
};

static void head(struct out *o, uint32_t ms, bool to_modem)
{
	o->len = (size_t)snprintf(o->text, sizeof(o->text), "%4lu.%03u %s  ",
		(unsigned long)(ms / 1000), (unsigned)(ms % 1000),
		to_modem ? "AT>" : "AT<");
}

/* `edge`: first or last of a body, where a blank, '@' and '[' are escaped. */
static void add(struct out *o, uint8_t c, bool edge)
{
	static const char plain[] = "\r\n\t\\{";
	static const char letter[] = "rnt\\{";
	const char *p = c ? strchr(plain, c) : NULL;
	char *at = o->text + o->len;
	size_t room = sizeof(o->text) - o->len;

	if (p)
		o->len += (size_t)snprintf(at, room, "\\%c", letter[p - plain]);
	else if (c < 0x20 || c >= 0x7f ||
		 (edge && (c == ' ' || c == '@' || c == '[')))
		o->len += (size_t)snprintf(at, room, "\\x%02x", c);
	else
		o->len += (size_t)snprintf(at, room, "%c", c);
}

/* Where the password of AT+QICSGP lies in buf; false: this is not one. */
static bool find_password(
	const uint8_t *buf, size_t len, size_t *from, size_t *to)
{
	size_t i = sizeof(QICSGP) - 1;
	bool quoted = false;
	int commas = 0;

	if (len < i || memcmp(buf, QICSGP, i) != 0)
		return false;
	for (; i < len && commas < QICSGP_SECRET; i++) {
		if (buf[i] == '"')
			quoted = !quoted;
		else if (buf[i] == ',' && !quoted)
			commas++;
	}
	if (i >= len || buf[i] != '"')
		return false;
	*from = ++i;
	while (i < len && buf[i] != '"')
		i++;
	*to = i;
	return true;
}

void trace_write_bytes(const struct trace *t, uint32_t ms, bool to_modem,
	const uint8_t *buf, size_t len)
{
	size_t from = len, to = len;
	struct out o;

	if (to_modem)
		find_password(buf, len, &from, &to);
	for (size_t i = 0; i < len;) {
		size_t end = i + TRACE_RUN_MAX < len ? i + TRACE_RUN_MAX : len;

		/* A command with a mask in it is one record. */
		if (from < len)
			end = len;
		head(&o, ms, to_modem);
		for (size_t k = i; k < end; k++) {
			if (k == from && from < to) {
				o.len += (size_t)snprintf(o.text + o.len,
					sizeof(o.text) - o.len,
					"@masked{kind=password,len=%u}",
					(unsigned)(to - from));
				k = to;
			}
			if (o.len + 8 < sizeof(o.text))
				add(&o, buf[k], k == i || k + 1 == end);
		}
		t->line(t->arg, o.text);
		i = end;
	}
}

void trace_write_key(
	const struct trace *t, uint32_t ms, size_t len, unsigned qsum)
{
	struct out o;

	head(&o, ms, true);
	snprintf(o.text + o.len, sizeof(o.text) - o.len,
		"@masked kind=key len=%u qsum=%x", (unsigned)len, qsum);
	t->line(t->arg, o.text);
}
