#include "chat.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "at_client.h"
#include "board.h"

/* Why the last try did not do, in words. */
static int step_failed(struct at_client *at, const struct chat_step *s, int got,
	struct reason *r)
{
	unsigned long ms = s->total_ms ? s->total_ms : s->answer_ms;

	if (got == AT_FAIL_GONE)
		return reason_set(r, "modem",
			"%s: the modem's serial line is gone", s->what);
	if (got == AT_FAIL_TIMEOUT)
		return reason_set(r, s->code, "%s: no '%s' within %lu ms",
			s->what, s->matches[0].text, ms);
	reason_set(r, s->code, "%s: the modem said %s", s->what, at->line);
	if (strncmp(at->line, "+CME ERROR: ", 12) == 0)
		reason_add(r, " (%s)",
			reason_cme_text(strtol(at->line + 12, NULL, 10)));
	if (s->total_ms && s->matches[got].then == CHAT_AGAIN)
		reason_add(r, ", still after %lu ms", ms);
	return -1;
}

static int step_run(
	struct at_client *at, const struct chat_step *s, struct reason *r)
{
	const struct board *b = at->board;
	uint32_t start = b->now_ms(b->ctx);
	const char *texts[CHAT_MATCH_MAX];
	size_t n = 0;
	int got;

	while (n < CHAT_MATCH_MAX && s->matches[n].text) {
		texts[n] = s->matches[n].text;
		n++;
	}
	for (;;) {
		if (s->send && at_send(at, "%s", s->send) != 0)
			return step_failed(at, s, AT_FAIL_GONE, r);
		got = at_wait(at, texts, n, s->answer_ms);
		if (got >= 0 && s->matches[got].then == CHAT_NEXT)
			return 0;
		if (got == AT_FAIL_GONE ||
			(got >= 0 && s->matches[got].then == CHAT_FAIL) ||
			b->now_ms(b->ctx) - start + s->pause_ms >= s->total_ms)
			return step_failed(at, s, got, r);
		b->pause(b->ctx, s->pause_ms);
	}
}

int chat_run(struct at_client *at, const struct chat_step *steps, size_t n,
	struct reason *r)
{
	for (size_t i = 0; i < n; i++)
		if (step_run(at, &steps[i], r) != 0)
			return -1;
	return 0;
}
