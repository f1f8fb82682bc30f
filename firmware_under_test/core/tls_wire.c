#include "tls_wire.h"

#include <string.h>

#include "board.h"
#include "link.h"
#include "stream.h"

#define LAST_READ_MS 2000 /* for an alert, once a send has failed */

void tls_wire_init(struct tls_wire *w, struct link *l)
{
	memset(w, 0, sizeof(*w));
	w->link = l;
}

void tls_wire_limit(struct tls_wire *w, uint32_t ms)
{
	const struct board *b = w->link->at->board;

	w->since_ms = b->now_ms(b->ctx);
	w->limit_ms = ms;
	w->looked = false;
	w->timed_out = false;
}

void tls_wire_send(struct tls_wire *w, const uint8_t *buf, size_t len)
{
	if (w->send_lost || link_send(w->link, buf, len, &w->why) == 0)
		return;
	w->send_lost = true;
	tls_wire_limit(w, LAST_READ_MS);
}

/* A peer that sends a byte now and then gets no more time for it. */
static bool is_over(struct tls_wire *w, uint32_t left, struct reason *r)
{
	if (left > 0 || !w->looked || w->link->have > 0)
		return false;
	reason_set(r, w->link->words->code, "not done within %lu ms",
		(unsigned long)w->limit_ms);
	return true;
}

int tls_wire_recv(struct tls_wire *w, uint8_t *buf, size_t max)
{
	uint32_t left =
		board_left(w->link->at->board, w->since_ms, w->limit_ms);
	int n = STREAM_TIMEOUT;
	struct reason r;

	if (!is_over(w, left, &r))
		n = link_recv(w->link, buf, max, left, &r);
	w->looked = true;
	w->ended = n == 0;
	/* After a lost send any end is explained by that. */
	if (n > 0 || (n == 0 && !w->send_lost))
		return n;
	if (!w->send_lost)
		w->why = r;
	w->timed_out = n == STREAM_TIMEOUT && !w->send_lost;
	return -1;
}
