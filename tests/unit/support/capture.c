#include "tests/unit/support/capture.h"

#include <stdlib.h>
#include <string.h>

/* More than any test says; a runaway ends the test instead of the machine. */
#define CAPTURE_MAX (8u << 20)

static void must(bool ok)
{
	if (!ok)
		abort();
}

static void capture_log_record(
	struct capture *c, enum lane lane, const void *data, size_t len)
{
	const uint8_t *p = data;

	must(buf_printf(&c->log, "%s ", lane_name(lane)));
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\r')
			must(buf_adds(&c->log, "\\r"));
		else if (p[i] == '\n')
			must(buf_adds(&c->log, "\\n"));
		else if (p[i] == '\\')
			must(buf_adds(&c->log, "\\\\"));
		else if (p[i] < 0x20 || p[i] >= 0x7f)
			must(buf_printf(&c->log, "\\x%02x", p[i]));
		else
			must(buf_addc(&c->log, p[i]));
	}
	must(buf_addc(&c->log, '\n'));
}

static void capture_bytes(
	void *arg, enum lane lane, const void *data, size_t len)
{
	struct capture *c = arg;

	must(buf_add(&c->lanes[lane], data, len));
	capture_log_record(c, lane, data, len);
}

static void capture_record(void *arg, enum lane lane, const char *text)
{
	struct capture *c = arg;

	must(buf_printf(&c->lanes[lane], "%s\n", text));
	capture_log_record(c, lane, text, strlen(text));
}

void capture_init(struct capture *c)
{
	c->sink = (struct trace_sink){
		.bytes = capture_bytes,
		.text = capture_record,
		.arg = c,
	};
	for (size_t i = 0; i <= LANE_NOTE; i++)
		buf_init(&c->lanes[i], CAPTURE_MAX);
	buf_init(&c->taken, CAPTURE_MAX);
	buf_init(&c->log, CAPTURE_MAX);
}

void capture_free(struct capture *c)
{
	for (size_t i = 0; i <= LANE_NOTE; i++)
		buf_free(&c->lanes[i]);
	buf_free(&c->taken);
	buf_free(&c->log);
}

void capture_reset(struct capture *c)
{
	for (size_t i = 0; i <= LANE_NOTE; i++)
		buf_reset(&c->lanes[i]);
	buf_reset(&c->log);
}

static const char *text_of(struct buf *b)
{
	const char *s = buf_cstr(b);

	must(s != NULL);
	return s;
}

const char *capture_text(struct capture *c, enum lane lane)
{
	return text_of(&c->lanes[lane]);
}

const char *capture_take(struct capture *c, enum lane lane)
{
	struct buf *b = &c->lanes[lane];

	buf_reset(&c->taken);
	if (buf_len(b) > 0)
		must(buf_add(&c->taken, buf_data(b), buf_len(b)));
	buf_reset(b);
	return text_of(&c->taken);
}

const char *capture_log(struct capture *c)
{
	return text_of(&c->log);
}

size_t capture_len(const struct capture *c, enum lane lane)
{
	return buf_len(&c->lanes[lane]);
}
