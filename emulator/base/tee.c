#include "base/tee.h"

static void tee_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	struct tee *t = arg;
	struct tee_tap *tap;

	LIST_FOREACH (tap, &t->taps, entry)
		trace_bytes(tap->to, lane, data, len);
}

static void tee_text(void *arg, enum lane lane, const char *text)
{
	struct tee *t = arg;
	struct tee_tap *tap;

	LIST_FOREACH (tap, &t->taps, entry)
		trace_text(tap->to, lane, "%s", text);
}

void tee_init(struct tee *t)
{
	t->sink = (struct trace_sink){tee_bytes, tee_text, t};
	LIST_INIT(&t->taps);
}

void tee_add(struct tee *t, struct tee_tap *tap, const struct trace_sink *to)
{
	tap->to = to;
	LIST_INSERT_HEAD(&t->taps, tap, entry);
}

void tee_remove(struct tee_tap *tap)
{
	LIST_REMOVE(tap, entry);
}
