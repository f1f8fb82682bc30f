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
};

static void to_modem(struct bridge *b, const uint8_t *buf, size_t len)
{
	if (len == 0)
		return;
	at_send_data(b->at, buf, len, false);
	b->count.to_modem += (uint32_t)len;
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
	uint8_t buf[256];
	size_t n;

	while ((n = at_take_raw(b->at, buf, sizeof(buf))) > 0) {
		b->board->con_write(b->board->ctx, (const char *)buf, n);
		b->count.from_modem += (uint32_t)n;
		b->modem_ms = b->board->now_ms(b->board->ctx);
	}
}

struct bridge_count bridge_run(struct at_client *at, struct console *con)
{
	const struct board *board = at->board;
	struct bridge b = {.at = at, .board = board};
	void (*tap)(void *arg, bool to, const uint8_t *b, size_t n) = at->tap;
	uint8_t buf[256];
	uint32_t now;
	bool quiet;
	size_t n;

	at->tap = NULL;
	b.last_ms = b.modem_ms = board->now_ms(board->ctx);
	while (!at->gone) {
		from_modem(&b);
		now = board->now_ms(board->ctx);
		quiet = now - b.last_ms >= BRIDGE_GUARD_MS;
		n = console_take_some(
			con, buf, quiet || b.held > 0 ? 1 : sizeof(buf), 1);
		if (n > 0 && from_console(&b, buf, n, quiet))
			break;
		if (n > 0)
			continue;
		if (quiet)
			release(&b);
		if (!con->ended)
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
