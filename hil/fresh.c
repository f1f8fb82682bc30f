#include "hil/fresh.h"

#include <string.h>

#define SAID_MAX 4096
#define ASK	 "AT+QINISTAT;+CGATT?\r"
#define READY	 "+QINISTAT: 7\r\n"
#define ATTACHED "+CGATT: 1\r\n"
#define AGAIN_MS 500

static void ask(void *arg)
{
	struct fresh *f = arg;

	f->asked = true;
	buf_reset(&f->said);
	f->opts.say(f->opts.arg, ASK);
}

void fresh_begin(struct fresh *f, const struct fresh_opts *opts)
{
	fresh_free(f);
	*f = (struct fresh){.opts = *opts, .waits = true};
	buf_init(&f->said, SAID_MAX);
	timer_init(&f->again, ask, f);
	f->until_ms = clock_now_ms(opts->clock) + FRESH_SETTLE_MS;
	opts->say(opts->arg, "AT&F\r");
}

static bool contains(const struct fresh *f, const char *text)
{
	const void *said = buf_data(&f->said);

	return said != NULL &&
	       memmem(said, buf_len(&f->said), text, strlen(text)) != NULL;
}

/* Of the question, whose answer is there. */
static bool is_settled(const struct fresh *f)
{
	return contains(f, "ERROR\r\n") ||
	       (contains(f, READY) && contains(f, ATTACHED)) ||
	       clock_now_ms(f->opts.clock) >= f->until_ms;
}

/* The end of the line counts, as a late URC may be in front. */
void fresh_take(struct fresh *f, const void *data, size_t len)
{
	if (!buf_add(&f->said, data, len))
		buf_reset(&f->said);
	if (!contains(f, "\r\nOK\r\n") &&
		(!f->asked || !contains(f, "ERROR\r\n")))
		return;
	if (!f->asked && f->opts.settle) {
		ask(f);
	} else if (f->asked && !is_settled(f)) {
		buf_reset(&f->said);
		timer_set(f->opts.clock, &f->again, TIMER_WINDOW, AGAIN_MS);
	} else {
		f->waits = false;
		f->opts.done(f->opts.arg);
	}
}

void fresh_free(struct fresh *f)
{
	if (f->opts.clock != NULL)
		timer_del(f->opts.clock, &f->again);
	buf_free(&f->said);
	*f = (struct fresh){0};
}
