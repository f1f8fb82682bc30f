#include "base/clock.h"

#include <stddef.h>

void clock_init(struct clock *c, const struct clock_backend *backend, bool fast,
	double speed)
{
	TAILQ_INIT(&c->timers);
	c->backend = *backend;
	c->fast = fast;
	c->speed = speed > 0 ? speed : 1;
	c->running = false;
	c->run = 0;
}

uint64_t clock_scale_us(
	const struct clock *c, enum timer_kind kind, uint64_t ms)
{
	if (kind == TIMER_LATENCY && c->fast)
		return 0;
	return (uint64_t)((double)ms * 1000.0 / c->speed);
}

static void clock_rearm(struct clock *c)
{
	struct timer *first = TAILQ_FIRST(&c->timers);

	if (!c->running)
		c->backend.arm(c->backend.arg,
			first != NULL ? first->due_us : UINT64_MAX);
}

void timer_init(struct timer *t, void (*fn)(void *), void *arg)
{
	*t = (struct timer){.fn = fn, .arg = arg};
}

void timer_set_us(struct clock *c, struct timer *t, uint64_t us)
{
	struct timer *it;
	uint64_t due = clock_now_us(c) + us;
	bool first;

	if (t->armed)
		TAILQ_REMOVE(&c->timers, t, entry);
	t->due_us = due;
	t->armed = true;
	t->not_in = 0;
	/* Equal deadlines keep the order of arming: search from the end. */
	TAILQ_FOREACH_REVERSE (it, &c->timers, timer_list, entry)
		if (it->due_us <= due)
			break;
	first = it == NULL;
	if (first)
		TAILQ_INSERT_HEAD(&c->timers, t, entry);
	else
		TAILQ_INSERT_AFTER(&c->timers, it, t, entry);
	if (first)
		clock_rearm(c);
}

void timer_set_turn(struct clock *c, struct timer *t, uint64_t us)
{
	timer_set_us(c, t, us);
	if (c->running)
		t->not_in = c->run;
}

void timer_set(
	struct clock *c, struct timer *t, enum timer_kind kind, uint64_t ms)
{
	timer_set_us(c, t, clock_scale_us(c, kind, ms));
}

void timer_del(struct clock *c, struct timer *t)
{
	if (!t->armed)
		return;
	t->armed = false;
	TAILQ_REMOVE(&c->timers, t, entry);
}

void clock_run(struct clock *c)
{
	struct timer *t;

	if (c->running)
		return;
	c->running = true;
	c->run++;
	while ((t = TAILQ_FIRST(&c->timers)) != NULL &&
		t->due_us <= clock_now_us(c) && t->not_in != c->run) {
		timer_del(c, t);
		t->fn(t->arg);
	}
	c->running = false;
	clock_rearm(c);
}
