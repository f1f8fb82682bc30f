#include "hil/handclock.h"

#include <stddef.h>

/* 2017-12-08, the day of the article. */
#define WALL_START_US INT64_C(1512691200000000)

static uint64_t hand_now(void *arg)
{
	const struct handclock *hc = arg;

	return hc->follow != NULL ? clock_now_us(hc->follow) : hc->now_us;
}

static int64_t hand_wall(void *arg)
{
	const struct handclock *hc = arg;

	return hc->follow != NULL ? clock_wall_us(hc->follow)
				  : WALL_START_US + (int64_t)hc->now_us;
}

static void hand_arm(void *arg, uint64_t due_us)
{
	struct handclock *hc = arg;
	uint64_t now = hand_now(hc);

	if (hc->follow == NULL)
		return;
	if (due_us == UINT64_MAX)
		timer_del(hc->follow, &hc->alarm);
	else
		timer_set_us(hc->follow, &hc->alarm,
			due_us > now ? due_us - now : 0);
}

static void on_alarm(void *arg)
{
	struct handclock *hc = arg;

	clock_run(&hc->clock);
}

void handclock_init(
	struct handclock *hc, struct clock *follow, bool fast, double speed)
{
	const struct clock_backend backend = {
		hand_now, hand_wall, hand_arm, hc};

	hc->follow = follow;
	hc->now_us = 1000000; /* some code takes 0 for never */
	timer_init(&hc->alarm, on_alarm, hc);
	clock_init(&hc->clock, &backend, fast, speed);
}

void handclock_end(struct handclock *hc)
{
	if (hc->follow != NULL)
		timer_del(hc->follow, &hc->alarm);
}

bool handclock_step(struct handclock *hc)
{
	const struct timer *first = TAILQ_FIRST(&hc->clock.timers);

	if (first == NULL)
		return false;
	if (first->due_us > hc->now_us)
		hc->now_us = first->due_us;
	clock_run(&hc->clock);
	return true;
}

void handclock_advance(struct handclock *hc, uint64_t us)
{
	const struct timer *first;
	uint64_t target = hc->now_us + us;

	while ((first = TAILQ_FIRST(&hc->clock.timers)) != NULL &&
		first->due_us <= target)
		handclock_step(hc);
	if (target > hc->now_us)
		hc->now_us = target;
}
