#include "svc/lookup.h"

#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>

#include "base/clock.h"
#include "net/net.h"

struct lookup {
	struct clock *clock;
	void (*done)(
		void *arg, const char *ip, bool literal, const struct why *why);
	void *arg;
	struct stream *stream;
	struct timer window;
	struct timer turn;
	struct stream_addr addr;
	char host[256];
	bool running, literal, failed;
	struct why why;
};

/* Tell the end from the clock: a stream must not be closed by its handler. */
static void lookup_end(struct lookup *l, bool failed)
{
	l->failed = failed;
	timer_del(l->clock, &l->window);
	timer_set_us(l->clock, &l->turn, 0);
}

static void on_connected(void *arg)
{
	struct lookup *l = arg;

	stream_addr(l->stream, &l->addr);
	lookup_end(l, false);
}

static void on_readable(void *arg)
{
	(void)arg;
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *why)
{
	struct lookup *l = arg;

	why_set(&l->why, ERR_NET_DNS, GRADE_ASM, "the network has ended");
	if (why != NULL)
		l->why = *why;
	lookup_end(l, true);
}

static const struct stream_handler handler = {
	.connected = on_connected,
	.readable = on_readable,
	.drained = on_drained,
	.closed = on_closed,
};

static void on_window(void *arg)
{
	struct lookup *l = arg;

	why_set(&l->why, ERR_NET_DNS, GRADE_INF,
		"no answer about %s in the time that QIDNSGIP has", l->host);
	lookup_end(l, true);
}

static void on_turn(void *arg)
{
	struct lookup *l = arg;
	bool literal = l->literal;

	lookup_reset(l);
	if (l->failed)
		l->done(l->arg, NULL, literal, &l->why);
	else
		l->done(l->arg, l->addr.ip, literal, NULL);
}

struct lookup *lookup_new(struct clock *clock,
	void (*done)(
		void *arg, const char *ip, bool literal, const struct why *why),
	void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->clock = clock;
	l->done = done;
	l->arg = arg;
	timer_init(&l->window, on_window, l);
	timer_init(&l->turn, on_turn, l);
	return l;
}

void lookup_reset(struct lookup *l)
{
	timer_del(l->clock, &l->window);
	timer_del(l->clock, &l->turn);
	if (l->stream != NULL)
		stream_close(l->stream);
	l->stream = NULL;
	l->running = false;
}

void lookup_free(struct lookup *l)
{
	if (l == NULL)
		return;
	lookup_reset(l);
	free(l);
}

bool lookup_is_ipv4(const char *text)
{
	struct in_addr addr;

	return inet_pton(AF_INET, text, &addr) == 1;
}

static bool is_address(const char *host)
{
	struct in6_addr addr;

	return lookup_is_ipv4(host) || inet_pton(AF_INET6, host, &addr) == 1;
}

int lookup_start(struct lookup *l, struct net *net, const char *host,
	uint64_t window_ms, struct why *why)
{
	if (l->running)
		return why_set(why, ERR_NET_DNS_BUSY, GRADE_INF,
			"the address of %s is being looked up", l->host);
	snprintf(l->host, sizeof(l->host), "%s", host);
	l->addr = (struct stream_addr){0};
	l->literal = is_address(host);
	if (l->literal) {
		snprintf(l->addr.ip, sizeof(l->addr.ip), "%.45s", host);
		l->running = true;
		lookup_end(l, false);
		return 0;
	}
	l->stream = net_open(net, NET_LOOKUP, l->host, 0, &handler, l, why);
	if (l->stream == NULL)
		return why->err;
	l->running = true;
	timer_set(l->clock, &l->window, TIMER_WINDOW, window_ms);
	return 0;
}
