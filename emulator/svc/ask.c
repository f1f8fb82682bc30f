#include "svc/ask.h"

#include "net/stream.h"

void ask_reset(struct ask *a)
{
	timer_del(a->clock, &a->window);
	timer_del(a->clock, &a->turn);
	if (a->stream != NULL)
		stream_close(a->stream);
	a->stream = NULL;
	a->running = false;
}

static void on_turn(void *arg)
{
	struct ask *a = arg;
	struct why why = a->why;

	ask_reset(a);
	a->ops->done(a, a->failed ? &why : NULL);
}

static void on_window(void *arg)
{
	struct ask *a = arg;

	a->ops->over(a);
}

void ask_init(struct ask *a, struct clock *clock, const struct ask_ops *ops)
{
	a->clock = clock;
	a->ops = ops;
	timer_init(&a->window, on_window, a);
	timer_init(&a->turn, on_turn, a);
}

void ask_window(struct ask *a, uint64_t ms)
{
	timer_set(a->clock, &a->window, TIMER_WINDOW, ms);
}

void ask_end(struct ask *a, const struct why *why)
{
	a->running = true;
	a->failed = why != NULL;
	if (why != NULL)
		a->why = *why;
	timer_del(a->clock, &a->window);
	timer_set_us(a->clock, &a->turn, 0);
}

/* --- the stream's side ---------------------------------------------------- */

static void on_connected(void *arg)
{
	struct ask *a = arg;

	a->ops->connected(a);
}

static void on_readable(void *arg)
{
	struct ask *a = arg;

	if (a->ops->readable != NULL)
		a->ops->readable(a);
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *why)
{
	struct why ended;

	why_set(&ended, ERR_NET_CLOSED, GRADE_ASM, "the network has ended");
	ask_end(arg, why != NULL ? why : &ended);
}

int ask_open(struct ask *a, struct net *net, enum net_proto proto,
	const char *host, uint16_t port, struct why *why)
{
	static const struct stream_handler handler = {
		.connected = on_connected,
		.readable = on_readable,
		.drained = on_drained,
		.closed = on_closed,
	};

	a->failed = false;
	a->stream = net_open(net, proto, host, port, &handler, a, why);
	a->running = a->stream != NULL;
	return a->running ? 0 : why->err;
}
