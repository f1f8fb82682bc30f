#include "tests/unit/support/fake_clock.h"

#include <stddef.h>

static uint64_t fake_now_us(void *arg)
{
	const struct fake_clock *fc = arg;

	return fc->now_us;
}

static int64_t fake_wall_us(void *arg)
{
	const struct fake_clock *fc = arg;

	return fc->wall_us + (int64_t)fc->now_us;
}

static void fake_arm(void *arg, uint64_t due_us)
{
	struct fake_clock *fc = arg;

	fc->deadline_us = due_us;
}

void fake_clock_init(struct fake_clock *fc, bool fast)
{
	const struct clock_backend backend = {
		.now_us = fake_now_us,
		.wall_us = fake_wall_us,
		.arm = fake_arm,
		.arg = fc,
	};

	/* Not 0, so that code which takes 0 for "never" is found out. */
	fc->now_us = 1000000;
	fc->wall_us = FAKE_CLOCK_WALL_START - (int64_t)fc->now_us;
	fc->deadline_us = UINT64_MAX;
	clock_init(&fc->clock, &backend, fast, 1.0);
}

void fake_clock_advance_us(struct fake_clock *fc, uint64_t us)
{
	uint64_t target = fc->now_us + us;

	/* The deadline is the one the clock gave us, as on the event loop. */
	while (fc->deadline_us <= target) {
		if (fc->deadline_us > fc->now_us)
			fc->now_us = fc->deadline_us;
		clock_run(&fc->clock);
	}
	fc->now_us = target;
}

void fake_clock_advance(struct fake_clock *fc, uint64_t ms)
{
	fake_clock_advance_us(fc, ms * 1000);
}

void fake_clock_run(struct fake_clock *fc)
{
	fake_clock_advance_us(fc, 0);
}

bool fake_clock_step(struct fake_clock *fc)
{
	const struct timer *first = TAILQ_FIRST(&fc->clock.timers);

	if (first == NULL)
		return false;
	if (first->due_us > fc->now_us)
		fc->now_us = first->due_us;
	clock_run(&fc->clock);
	return true;
}

unsigned int fake_clock_pending(const struct fake_clock *fc)
{
	const struct timer *t;
	unsigned int n = 0;

	TAILQ_FOREACH (t, &fc->clock.timers, entry)
		n++;
	return n;
}

void fake_clock_set_wall(struct fake_clock *fc, int64_t unix_seconds)
{
	fc->wall_us = unix_seconds * 1000000 - (int64_t)fc->now_us;
}
