#include "at/engine.h"

/* Data mode: what a command takes from the host after CONNECT or a prompt. */

static void on_idle(void *arg);
static void on_guard(void *arg);

void at_data_init(struct at *at)
{
	timer_init(&at->idle, on_idle, at);
	timer_init(&at->guard, on_guard, at);
}

void at_data_stop(struct at *at)
{
	timer_del(at->clock, &at->idle);
	timer_del(at->clock, &at->guard);
}

static void end_data(struct at *at, enum at_data_end end)
{
	at_data_stop(at);
	at->state = AT_STATE_PENDING;
	at->data.on_end(&at->txn, end);
}

void at_data_event(struct at *at, const struct line_event *ev)
{
	switch (ev->type) {
	case LINE_EVENT_DATA:
		if (at->data.idle_ms > 0)
			timer_set(at->clock, &at->idle, TIMER_WINDOW,
				at->data.idle_ms);
		at->data.on_bytes(&at->txn, (const uint8_t *)ev->text, ev->len);
		break;
	case LINE_EVENT_END:
		end_data(at, AT_DATA_COMPLETE);
		break;
	case LINE_EVENT_CANCEL:
		end_data(at, AT_DATA_CANCEL);
		break;
	case LINE_EVENT_ESCAPE:
		end_data(at, AT_DATA_ESCAPE);
		break;
	case LINE_EVENT_NONE:
	case LINE_EVENT_COMMAND:
	case LINE_EVENT_REPEAT:
	case LINE_EVENT_TOO_LONG:
	case LINE_EVENT_IGNORED:
		break;
	}
}

bool at_data_echo(const struct at *at)
{
	return at->data_prompt && at->set.send_echo;
}

void at_data_rearm(struct at *at)
{
	uint64_t due = line_deadline(&at->line);
	uint64_t now = clock_now_us(at->clock);

	if (at->state != AT_STATE_DATA || due == UINT64_MAX)
		timer_del(at->clock, &at->guard);
	else
		timer_set_us(at->clock, &at->guard, due > now ? due - now : 0);
}

static void on_idle(void *arg)
{
	struct at *at = arg;

	line_command(&at->line, clock_now_us(at->clock));
	end_data(at, AT_DATA_TIMEOUT);
	writer_flush(&at->writer);
}

static void on_guard(void *arg)
{
	struct at *at = arg;
	struct line_event ev;

	if (line_tick(&at->line, clock_now_us(at->clock), &ev))
		at_data_event(at, &ev);
	/* Held `+` may have been the last bytes that were due. */
	if (at->state == AT_STATE_DATA && at->line.mode == LINE_MODE_COUNT &&
		at->line.want == 0) {
		line_feed(&at->line, clock_now_us(at->clock), NULL, 0, &ev);
		at_data_event(at, &ev);
	}
	at_data_rearm(at);
	writer_flush(&at->writer);
}

static struct at_verdict begin_data(struct at *at, const struct at_data *d)
{
	/* S12 counts in 20 ms [AT §3]. */
	uint64_t guard = clock_scale_us(
		at->clock, TIMER_WINDOW, (uint64_t)at->set.s[12] * 20);

	at->data = *d;
	at->state = AT_STATE_DATA;
	line_data(&at->line, d->count > 0 ? LINE_MODE_COUNT : LINE_MODE_TEXT,
		d->count, d->escape ? guard : 0, clock_now_us(at->clock));
	if (d->idle_ms > 0)
		timer_set(at->clock, &at->idle, TIMER_WINDOW, d->idle_ms);
	return at_pending();
}

struct at_verdict at_data_connect(struct at_txn *txn, const struct at_data *d)
{
	struct at *at = txn->at;

	at->data_prompt = false;
	writer_result(&at->writer, WRITER_CONNECT);
	writer_hold(&at->writer, true);
	return begin_data(at, d);
}

struct at_verdict at_data_prompt(struct at_txn *txn, const struct at_data *d)
{
	struct at *at = txn->at;

	at->data_prompt = true;
	writer_prompt(&at->writer);
	return begin_data(at, d);
}
