#include "io/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

struct loop {
	struct event_base *base;
	struct event *timer;
	struct event *term;
	struct event *intr;
	struct clock clock;
};

static uint64_t now_us(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static int64_t wall_us(void *arg)
{
	struct timespec ts;

	(void)arg;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void arm(void *arg, uint64_t due_us)
{
	struct loop *loop = arg;
	uint64_t now;
	struct timeval tv = {0, 0};

	if (due_us == UINT64_MAX) {
		evtimer_del(loop->timer);
		return;
	}
	now = now_us(NULL);
	if (due_us > now) {
		tv.tv_sec = (time_t)((due_us - now) / 1000000);
		tv.tv_usec = (suseconds_t)((due_us - now) % 1000000);
	}
	evtimer_add(loop->timer, &tv);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd, (void)what;
	clock_run(&loop->clock);
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	loop_stop(arg);
}

struct loop *loop_new(bool fast, double speed, struct why *why)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct event_config *cfg = event_config_new();

	if (loop == NULL || cfg == NULL)
		goto failed;
	/* Timers in microseconds, not in ticks of the coarse clock. */
	event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
	loop->base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	cfg = NULL;
	if (loop->base == NULL)
		goto failed;
	loop->timer = evtimer_new(loop->base, on_timer, loop);
	loop->term = evsignal_new(loop->base, SIGTERM, on_signal, loop);
	loop->intr = evsignal_new(loop->base, SIGINT, on_signal, loop);
	if (loop->timer == NULL || loop->term == NULL || loop->intr == NULL ||
		evsignal_add(loop->term, NULL) != 0 ||
		evsignal_add(loop->intr, NULL) != 0)
		goto failed;
	/* A peer that is gone is an error of write(), not a signal. */
	signal(SIGPIPE, SIG_IGN);
	clock_init(&loop->clock,
		&(struct clock_backend){now_us, wall_us, arm, loop}, fast,
		speed);
	return loop;
failed:
	if (cfg != NULL)
		event_config_free(cfg);
	loop_free(loop);
	why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no event loop");
	return NULL;
}

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	if (loop->timer != NULL)
		event_free(loop->timer);
	if (loop->term != NULL)
		event_free(loop->term);
	if (loop->intr != NULL)
		event_free(loop->intr);
	if (loop->base != NULL)
		event_base_free(loop->base);
	free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

struct clock *loop_clock(struct loop *loop)
{
	return &loop->clock;
}

void loop_run(struct loop *loop)
{
	event_base_dispatch(loop->base);
}

void loop_stop(struct loop *loop)
{
	event_base_loopbreak(loop->base);
}
