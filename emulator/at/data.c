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

void at_drop_early(struct at *at, size_t more)
{
	size_t n = buf_len(&at->early) + more;

	if (n > 0)
		trace_text(at->trace, LANE_NOTE,
			"%zu bytes came before the CONNECT or prompt and were "
			"dropped",
			n);
	buf_reset(&at->early);
}

static void end_data(struct at *at, enum at_data_end end)
{
	at_data_stop(at);
	at->state = AT_STATE_PENDING;
	at->data.on_end(&at->txn, end);
}

static void stream_leave(struct at *at)
{
	at_data_stop(at);
	line_command(&at->line, clock_now_us(at->clock));
	at->state = AT_STATE_IDLE;
	at->stream_left = true;
	at->stream.on_leave(at->stream.arg);
	writer_result(&at->writer, WRITER_OK);
	writer_hold(&at->writer, false);
}

static void stream_event(struct at *at, const struct line_event *ev)
{
	if (ev->type == LINE_EVENT_DATA)
		at->stream.on_bytes(
			at->stream.arg, (const uint8_t *)ev->text, ev->len);
	else if (ev->type == LINE_EVENT_ESCAPE)
		stream_leave(at);
}

void at_data_event(struct at *at, const struct line_event *ev)
{
	if (at->state == AT_STATE_STREAM) {
		stream_event(at, ev);
		return;
	}
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
	return at->state == AT_STATE_DATA && at->data_prompt &&
	       at->set.send_echo;
}

void at_data_rearm(struct at *at)
{
	uint64_t due = line_deadline(&at->line), now;

	if ((at->state != AT_STATE_DATA && at->state != AT_STATE_STREAM) ||
		due == UINT64_MAX) {
		timer_del(at->clock, &at->guard);
		return;
	}
	now = clock_now_us(at->clock);
	timer_set_us(at->clock, &at->guard, due > now ? due - now : 0);
}

static bool is_sending(const struct at *at)
{
	return at->state == AT_STATE_DATA && at->data.on_more != NULL;
}

/*
 * The next piece, when the line has room for it: with the host's bytes read in
 * between, though no piece takes any time under --fast.
 */
static void send_more(struct at *at)
{
	size_t len = at->data.on_more(&at->txn);

	if (len == 0) {
		line_command(&at->line, clock_now_us(at->clock));
		end_data(at, AT_DATA_COMPLETE);
	}
	/* Which may fill the port. */
	writer_flush(&at->writer);
	if (len > 0 && !at->port_full)
		timer_set_turn(
			at->clock, &at->idle, writer_line_us(&at->writer, len));
}

void at_port_full(struct at *at, bool full)
{
	at->port_full = full;
	if (!is_sending(at))
		return;
	if (full)
		timer_del(at->clock, &at->idle);
	else
		timer_set_us(at->clock, &at->idle, 0);
}

static void on_idle(void *arg)
{
	struct at *at = arg;

	if (at->data.on_more != NULL) {
		send_more(at);
		return;
	}
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

/* S12 counts in 20 ms [AT §3]. */
static uint64_t guard_us(const struct at *at)
{
	return clock_scale_us(
		at->clock, TIMER_WINDOW, (uint64_t)at->set.s[12] * 20);
}

static struct at_verdict begin_data(struct at *at, const struct at_data *d)
{
	at->data = *d;
	at->state = AT_STATE_DATA;
	line_data(&at->line, d->count > 0 ? LINE_MODE_COUNT : LINE_MODE_TEXT,
		d->count, d->escape ? guard_us(at) : 0,
		clock_now_us(at->clock));
	if (d->idle_ms > 0)
		timer_set(at->clock, &at->idle, TIMER_WINDOW, d->idle_ms);
	return at_wait_for(&at->txn, at);
}

struct at_verdict at_data_connect(struct at_txn *txn, const struct at_data *d)
{
	struct at *at = txn->at;

	at->data_prompt = false;
	writer_result(&at->writer, WRITER_CONNECT);
	writer_hold(&at->writer, true);
	return begin_data(at, d);
}

static void drop_bytes(struct at_txn *txn, const uint8_t *data, size_t len)
{
	(void)txn, (void)data, (void)len;
}

struct at_verdict at_data_send(struct at_txn *txn,
	size_t (*on_more)(struct at_txn *txn),
	void (*on_end)(struct at_txn *txn, enum at_data_end end))
{
	struct at *at = txn->at;

	at->data = (struct at_data){
		.escape = true,
		.on_bytes = drop_bytes,
		.on_end = on_end,
		.on_more = on_more,
	};
	at->data_prompt = false;
	at->state = AT_STATE_DATA;
	writer_hold(&at->writer, true);
	line_data(&at->line, LINE_MODE_STREAM, 0, guard_us(at),
		clock_now_us(at->clock));
	if (!at->port_full)
		timer_set_us(at->clock, &at->idle, 0);
	return at_wait_for(&at->txn, at);
}

struct at_verdict at_data_prompt(struct at_txn *txn, const struct at_data *d)
{
	struct at *at = txn->at;

	at->data_prompt = true;
	writer_prompt(&at->writer);
	return begin_data(at, d);
}

/* --- transparent mode ------------------------------------------------------
 */

struct at_verdict at_stream_connect(
	struct at_txn *txn, const struct at_stream *stream)
{
	txn->at->stream = *stream;
	return (struct at_verdict){.kind = AT_VERDICT_STREAM};
}

void at_stream_begin(struct at *at)
{
	at->state = AT_STATE_STREAM;
	at->stream_left = false;
	writer_hold(&at->writer, true);
	line_data(&at->line, LINE_MODE_STREAM, 0, guard_us(at),
		clock_now_us(at->clock));
}

bool at_stream_is(struct at *at, const void *arg)
{
	return at->state == AT_STATE_STREAM && at->stream.arg == arg;
}

void at_stream_write(struct at *at, const void *data, size_t len)
{
	writer_raw(&at->writer, data, len);
	writer_flush(&at->writer);
}

void at_stream_end(struct at *at, const char *object, const struct why *why)
{
	at_data_stop(at);
	line_command(&at->line, clock_now_us(at->clock));
	at->state = AT_STATE_IDLE;
	if (why != NULL)
		trace_why(at->trace, object, why);
	writer_result(&at->writer, WRITER_NO_CARRIER);
	writer_hold(&at->writer, false);
	writer_flush(&at->writer);
}

void at_stream_forget(struct at *at, const void *arg)
{
	if (at->stream.arg == arg)
		at->stream_left = false;
}

struct at_verdict at_stream_resume(struct at_txn *txn)
{
	struct at *at = txn->at;

	if (!at->stream_left || !at->stream.on_resume(at->stream.arg))
		return at_fail_text(txn, "NO CARRIER", ERR_NOT_ALLOWED,
			GRADE_MAN, "no connection was left with +++ [TCP §9]");
	return (struct at_verdict){.kind = AT_VERDICT_STREAM};
}

bool at_is_idle(const struct at *at)
{
	return at->state == AT_STATE_IDLE;
}

bool at_is_online(const struct at *at)
{
	return at->state == AT_STATE_STREAM;
}

void at_dtr(struct at *at, bool high)
{
	/* A command's data is no call: &D2 ends it as &D1 does, inf. */
	if (!high || at->set.dtr == 0)
		return;
	if (at->state == AT_STATE_STREAM && at->set.dtr == 2) {
		at->stream.on_drop(at->stream.arg);
	} else if (at->state == AT_STATE_STREAM) {
		stream_leave(at);
	} else if (at->state == AT_STATE_DATA && at->data.escape) {
		line_command(&at->line, clock_now_us(at->clock));
		end_data(at, AT_DATA_ESCAPE);
	}
	writer_flush(&at->writer);
}
