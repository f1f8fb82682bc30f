#include "io/pins.h"

#include <string.h>

enum {
	BEAT_US = 20000,
	/* Two beats and their delay are an idle machine's. */
	AWAY_US = 60000,
};

static void on_beat(void *arg)
{
	struct pins *p = arg;

	p->beats_us[1] = p->beats_us[0];
	p->beats_us[0] = clock_now_us(p->clock);
	timer_set_us(p->clock, &p->beat, BEAT_US);
}

/*
 * How long ago what is read now may have come. The beat before the last one
 * counts: a turn that ends a gap may begin with the beat.
 */
static uint64_t away_us(const struct pins *p)
{
	uint64_t away = clock_now_us(p->clock) - p->beats_us[1];

	return p->beat.armed && away > AWAY_US ? away : 0;
}

/* The pulse that `edge` ends may have lost so much; else NULL. */
static uint64_t *lost_us(struct pins *p, char edge)
{
	return edge == 'k' ? &p->key_us : edge == 'R' ? &p->reset_us : NULL;
}

static void take(struct pins *p)
{
	size_t i;

	for (i = 0; i < p->n && !p->hold.armed; i++) {
		char edge = p->queue[i];
		uint64_t *lost = lost_us(p, edge);

		if (lost != NULL && *lost > 0) {
			p->late(p->arg, *lost / 1000);
			timer_set_us(p->clock, &p->hold, *lost);
			*lost = 0;
			break;
		}
		if (edge == 'K')
			p->key_us = away_us(p);
		else if (edge == 'r')
			p->reset_us = away_us(p);
		p->edge(p->arg, edge);
	}
	p->n -= i;
	memmove(p->queue, p->queue + i, p->n);
}

static void on_hold(void *arg)
{
	take(arg);
}

void pins_init(struct pins *p, struct clock *clock,
	void (*edge)(void *arg, char edge),
	void (*late)(void *arg, uint64_t ms), void *arg)
{
	*p = (struct pins){
		.clock = clock, .edge = edge, .late = late, .arg = arg};
	timer_init(&p->beat, on_beat, p);
	timer_init(&p->hold, on_hold, p);
}

void pins_peer(struct pins *p, bool here)
{
	if (!here) {
		timer_del(p->clock, &p->beat);
		return;
	}
	p->beats_us[0] = p->beats_us[1] = clock_now_us(p->clock);
	timer_set_us(p->clock, &p->beat, BEAT_US);
}

void pins_bytes(struct pins *p, const char *data, size_t len)
{
	/* A pulse that has lasted long enough has its effect before its end. */
	clock_run(p->clock);
	while (len > 0) {
		size_t n = sizeof(p->queue) - p->n;

		if (n == 0) { /* no wiring does this: keep what comes last */
			timer_del(p->clock, &p->hold);
			p->key_us = p->reset_us = 0;
			take(p);
			continue;
		}
		n = n < len ? n : len;
		memcpy(p->queue + p->n, data, n);
		p->n += n;
		data += n;
		len -= n;
		if (!p->hold.armed)
			take(p);
	}
}

void pins_stop(struct pins *p)
{
	if (p->clock == NULL)
		return;
	timer_del(p->clock, &p->beat);
	timer_del(p->clock, &p->hold);
	p->n = 0;
}
