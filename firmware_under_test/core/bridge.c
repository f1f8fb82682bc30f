#include "bridge.h"

#include <stdbool.h>

#include "at_client.h"
#include "board.h"
#include "console.h"

struct bridge {
	struct at_client *at;
	const struct board *board;
	struct bridge_count count;
	uint32_t last_ms;  /* when the console last said something */
	uint32_t modem_ms; /* and the modem */
	unsigned held;	   /* bytes of the end sequence not passed on yet */
	uint8_t down[256]; /* of the modem, for the console */
	size_t down_at, down_end;
};

static void to_console(struct bridge *b, size_t len)
{
	const struct board *board = b->board;

	board->con_write(board->ctx, (const char *)b->down + b->down_at, len);
	b->down_at += len;
	b->count.from_modem += (uint32_t)len;
}

/*
 * A write waits for its own line alone. What waits for both goes byte by byte
 * in turn, so that both lines are busy: one after the other each would get half
 * its rate, and there is no flow control to slow down who sends.
 */
static void to_modem(struct bridge *b, const uint8_t *buf, size_t len)
{
	b->count.to_modem += (uint32_t)len;
	while (len > 0 && b->down_at < b->down_end) {
		at_send_data(b->at, buf++, 1, false);
		len--;
		to_console(b, 1);
	}
	if (len > 0)
		at_send_data(b->at, buf, len, false);
}

static void release(struct bridge *b)
{
	static const uint8_t ends[BRIDGE_ENDS] = {
		BRIDGE_END, BRIDGE_END, BRIDGE_END};

	to_modem(b, ends, b->held);
	b->held = 0;
}

/* True when the end sequence is complete. After silence, and within the
 * sequence, bytes come one at a time: what follows it is not the modem's. */
static bool from_console(
	struct bridge *b, const uint8_t *buf, size_t len, bool quiet)
{
	b->last_ms = b->board->now_ms(b->board->ctx);
	if (quiet)
		release(b);
	if ((quiet || b->held > 0) && buf[0] == BRIDGE_END)
		return ++b->held == BRIDGE_ENDS;
	release(b);
	to_modem(b, buf, len);
	return false;
}

static void from_modem(struct bridge *b)
{
	b->down_at = 0;
	b->down_end = at_take_raw(b->at, b->down, sizeof(b->down));
	if (b->down_end > 0)
		b->modem_ms = b->board->now_ms(b->board->ctx);
}

/* What from_console() did not take along. */
static void rest_to_console(struct bridge *b)
{
	if (b->down_at < b->down_end)
		to_console(b, b->down_end - b->down_at);
}

struct bridge_count bridge_run(struct at_client *at, struct console *con)
{
	const struct board *board = at->board;
	struct bridge b = {.at = at, .board = board};
	void (*tap)(void *arg, bool to, const uint8_t *b, size_t n) = at->tap;
	uint8_t buf[256];
	uint32_t now;
	bool quiet, ended = false;
	size_t n;

	at->tap = NULL;
	b.last_ms = b.modem_ms = board->now_ms(board->ctx);
	while (!at->gone && !ended) {
		from_modem(&b);
		now = board->now_ms(board->ctx);
		quiet = now - b.last_ms >= BRIDGE_GUARD_MS;
		n = console_take_some(con, buf,
			quiet || b.held > 0 ? 1 : sizeof(buf),
			b.down_end > 0 ? 0 : 1);
		ended = n > 0 && from_console(&b, buf, n, quiet);
		rest_to_console(&b);
		if (n > 0)
			continue;
		if (quiet)
			release(&b);
		if (!con->ended || b.down_end > 0)
			continue;
		/* Nobody is there to say more; the modem may. */
		if (quiet && now - b.modem_ms >= BRIDGE_GUARD_MS)
			break;
		board->wait_uart(board->ctx, BRIDGE_GUARD_MS);
	}
	/* Whatever was under way there: the next command waits for silence. */
	at->late = true;
	at->tap = tap;
	return b.count;
}
