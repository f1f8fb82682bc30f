#include "io/loop.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

/*
 * The clock's timers are exact, so they have a timerfd of their own. libevent
 * would set its own before each wait, needed or not: a system call for every
 * line that comes.
 */
struct loop {
	struct event_base *base;
	int timer_fd;
	struct event *timer;
	uint64_t armed_us; /* when timer_fd fires; UINT64_MAX: it does not */
	bool running;	   /* the clock, from on_timer() */
	struct event *term;
	struct event *intr;
	struct event *hup;
	bool hung_up, signalled;
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

/*
 * A deadline that moved away leaves the earlier one armed: most are taken back
 * before they come, and a turn for nothing costs less than setting each.
 */
static void arm(void *arg, uint64_t due_us)
{
	struct loop *loop = arg;
	struct itimerspec spec = {.it_value = {0, 0}};
	uint64_t now;

	if (due_us >= loop->armed_us)
		return;
	now = now_us(NULL);
	/* An event that activates itself comes before all that libevent would
	 * hear of by a look at its descriptors. */
	if (due_us <= now && !loop->running) {
		event_active(loop->timer, EV_TIMEOUT, 0);
		return;
	}
	if (due_us <= now)
		due_us = now + 1;
	spec.it_value.tv_sec = (time_t)((due_us - now) / 1000000);
	spec.it_value.tv_nsec = (long)((due_us - now) % 1000000 * 1000);
	if (timerfd_settime(loop->timer_fd, 0, &spec, NULL) == 0)
		loop->armed_us = due_us;
}

/* Edge-triggered: each expiry is told once, and none needs to be read. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd;
	if (what & EV_READ)
		loop->armed_us = UINT64_MAX;
	loop->running = true;
	clock_run(&loop->clock);
	loop->running = false;
}

static void on_signal(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	(void)fd, (void)what;
	loop->signalled = true;
	loop_stop(loop);
}

/* Of one hang-up the kernel tells and the shell, too. To callers that clear up
 * a second signal means not to wait: only the first counts. */
static void on_hangup(evutil_socket_t fd, short what, void *arg)
{
	struct loop *loop = arg;

	if (!loop->hung_up)
		on_signal(fd, what, loop);
	loop->hung_up = true;
}

/* Under nohup(1) it stays ignored. */
static bool hear_hangup(struct loop *loop)
{
	struct sigaction sa;

	if (sigaction(SIGHUP, NULL, &sa) != 0 || sa.sa_handler == SIG_IGN)
		return true;
	loop->hup = evsignal_new(loop->base, SIGHUP, on_hangup, loop);
	return loop->hup != NULL && evsignal_add(loop->hup, NULL) == 0;
}

struct loop *loop_new(bool fast, double speed, struct why *why)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	struct event_config *cfg = NULL;

	if (loop == NULL)
		goto failed;
	loop->armed_us = UINT64_MAX;
	loop->timer_fd =
		timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	/* Without timers of its own libevent need not look at the time. */
	cfg = event_config_new();
	if (loop->timer_fd < 0 || cfg == NULL)
		goto failed;
	event_config_set_flag(cfg, EVENT_BASE_FLAG_NO_CACHE_TIME);
	loop->base = event_base_new_with_config(cfg);
	if (loop->base == NULL)
		goto failed;
	loop->timer = event_new(loop->base, loop->timer_fd,
		EV_READ | EV_PERSIST | EV_ET, on_timer, loop);
	loop->term = evsignal_new(loop->base, SIGTERM, on_signal, loop);
	loop->intr = evsignal_new(loop->base, SIGINT, on_signal, loop);
	if (loop->timer == NULL || loop->term == NULL || loop->intr == NULL ||
		event_add(loop->timer, NULL) != 0 ||
		evsignal_add(loop->term, NULL) != 0 ||
		evsignal_add(loop->intr, NULL) != 0 || !hear_hangup(loop))
		goto failed;
	/* A peer that is gone is an error of write(), not a signal. */
	signal(SIGPIPE, SIG_IGN);
	clock_init(&loop->clock,
		&(struct clock_backend){now_us, wall_us, arm, loop}, fast,
		speed);
	event_config_free(cfg);
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
	if (loop->timer_fd >= 0)
		close(loop->timer_fd);
	if (loop->term != NULL)
		event_free(loop->term);
	if (loop->intr != NULL)
		event_free(loop->intr);
	if (loop->hup != NULL)
		event_free(loop->hup);
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

bool loop_signalled(const struct loop *loop)
{
	return loop->signalled;
}

void loop_stop(struct loop *loop)
{
	event_base_loopbreak(loop->base);
}
