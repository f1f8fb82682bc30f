#include "svc/ping.h"

#include <stdlib.h>
#include <string.h>

#include "net/stream.h"
#include "svc/ask.h"

enum { PAUSE_MS = 1000 }; /* from one to the next, inf [NTP §2] */

enum { ECHO_HEAD = 8, ECHO_REQUEST = 8, ECHO_REPLY = 0 };
enum { ECHO6_REQUEST = 128, ECHO6_REPLY = 129 };

struct ping {
	struct ask ask; /* its window is that of the one on its way */
	struct ping_events events;
	void *arg;
	struct timer pause;
	struct stream_addr addr;
	uint64_t timeout_ms;
	unsigned int count;
	uint16_t seq;
	uint8_t payload[PING_BYTES]; /* tells our answers from others' */
	uint64_t sent_us;
	uint64_t total_ms;
	bool waiting;
	struct ping_sum sum;
};

static bool is_v6(const struct ping *p)
{
	return strchr(p->addr.ip, ':') != NULL;
}

/* Internet checksum, RFC 1071; ICMPv6's is the kernel's. */
static uint16_t checksum(const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The present one is over. */
static void ping_next(struct ping *p)
{
	p->waiting = false;
	timer_del(p->ask.clock, &p->ask.window);
	timer_set(p->ask.clock, &p->pause, TIMER_LATENCY,
		p->seq < p->count ? PAUSE_MS : 0);
}

static void ping_lost(struct ping *p, const struct why *why)
{
	p->events.lost(p->arg, why);
	if (p->ask.running)
		ping_next(p);
}

static void ping_send(struct ping *p)
{
	uint8_t msg[ECHO_HEAD + PING_BYTES] = {0};
	uint16_t sum;
	struct why why;

	p->seq++;
	msg[0] = is_v6(p) ? ECHO6_REQUEST : ECHO_REQUEST;
	msg[6] = (uint8_t)(p->seq >> 8);
	msg[7] = (uint8_t)p->seq;
	memcpy(msg + ECHO_HEAD, p->payload, sizeof(p->payload));
	sum = checksum(msg, sizeof(msg));
	msg[2] = (uint8_t)(sum >> 8);
	msg[3] = (uint8_t)sum;
	p->sum.sent++;
	p->sent_us = clock_now_us(p->ask.clock);
	p->waiting = true;
	ask_window(&p->ask, p->timeout_ms);
	if (stream_write(p->ask.stream, msg, sizeof(msg), &why) != 0)
		ping_lost(p, &why);
}

static bool is_answer(const struct ping *p, const uint8_t *msg, size_t len)
{
	return p->waiting && len == ECHO_HEAD + PING_BYTES &&
	       msg[0] == (is_v6(p) ? ECHO6_REPLY : ECHO_REPLY) &&
	       (msg[6] << 8 | msg[7]) == p->seq &&
	       memcmp(msg + ECHO_HEAD, p->payload, PING_BYTES) == 0;
}

static void ping_answer(struct ping *p)
{
	uint64_t us = clock_now_us(p->ask.clock) - p->sent_us;
	uint32_t ms = (uint32_t)(us / 1000);

	if (p->sum.received == 0 || ms < p->sum.min_ms)
		p->sum.min_ms = ms;
	if (ms > p->sum.max_ms)
		p->sum.max_ms = ms;
	p->sum.received++;
	p->total_ms += ms;
	p->events.answer(p->arg, p->addr.ip, ms);
	if (p->ask.running)
		ping_next(p);
}

/* --- what happens ----------------------------------------------------------
 */

static void on_connected(struct ask *a)
{
	struct ping *p = (struct ping *)a;

	stream_addr(a->stream, &p->addr);
	ping_send(p);
}

static void on_readable(struct ask *a)
{
	struct ping *p = (struct ping *)a;
	uint8_t msg[1500];
	ssize_t n;

	while (a->stream != NULL &&
		(n = stream_read(a->stream, msg, sizeof(msg))) > 0)
		if (is_answer(p, msg, (size_t)n))
			ping_answer(p);
}

static void on_over(struct ask *a)
{
	struct ping *p = (struct ping *)a;
	struct why why;

	why_set(&why, ERR_NET_TIMEOUT, GRADE_MAN,
		"%s did not answer within %llu s", p->addr.ip,
		(unsigned long long)(p->timeout_ms / 1000));
	ping_lost(p, &why);
}

static void on_done(struct ask *a, const struct why *why)
{
	struct ping *p = (struct ping *)a;
	struct ping_sum sum = p->sum;

	timer_del(a->clock, &p->pause);
	if (sum.received > 0)
		sum.avg_ms = (uint32_t)(p->total_ms / sum.received);
	p->events.done(p->arg, why == NULL ? &sum : NULL, why);
}

static const struct ask_ops ops = {
	.connected = on_connected,
	.readable = on_readable,
	.over = on_over,
	.done = on_done,
};

static void on_pause(void *arg)
{
	struct ping *p = arg;

	if (p->ask.failed)
		return; /* the end is due */
	if (p->seq < p->count)
		ping_send(p);
	else
		ask_end(&p->ask, NULL);
}

/* --- life ------------------------------------------------------------------
 */

struct ping *ping_new(
	struct clock *clock, const struct ping_events *events, void *arg)
{
	struct ping *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	ask_init(&p->ask, clock, &ops);
	p->events = *events;
	p->arg = arg;
	timer_init(&p->pause, on_pause, p);
	return p;
}

void ping_reset(struct ping *p)
{
	timer_del(p->ask.clock, &p->pause);
	ask_reset(&p->ask);
}

void ping_fail(struct ping *p, const struct why *why)
{
	timer_del(p->ask.clock, &p->pause);
	if (p->ask.running)
		ask_end(&p->ask, why);
}

void ping_free(struct ping *p)
{
	if (p == NULL)
		return;
	ping_reset(p);
	free(p);
}

int ping_start(struct ping *p, struct net *net, const char *host,
	uint64_t timeout_ms, unsigned int count, struct why *why)
{
	uint64_t token = clock_now_us(p->ask.clock);

	if (p->ask.running)
		return why_set(why, ERR_NET_BUSY, GRADE_ASM,
			"a ping is running; it ends with its summary");
	p->timeout_ms = timeout_ms;
	p->count = count;
	p->seq = 0;
	p->total_ms = 0;
	p->waiting = false;
	p->sum = (struct ping_sum){0};
	p->addr = (struct stream_addr){0};
	for (size_t i = 0; i < sizeof(p->payload); i++)
		p->payload[i] = (uint8_t)(token >> (i % 8 * 8));
	return ask_open(&p->ask, net, NET_PING, host, 0, why);
}
