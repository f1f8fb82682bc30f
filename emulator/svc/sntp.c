#include "svc/sntp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "net/net.h"

/* Seconds from 1900 to 1970; timestamps past 2036 begin at 0 again. */
#define NTP_EPOCH INT64_C(2208988800)
#define NTP_ERA	  (INT64_C(1) << 32)

/* RFC 4330 §4: places in a message. */
enum {
	NTP_LEN = 48,
	NTP_STRATUM = 1,
	NTP_REFERENCE_ID = 12,
	NTP_ORIGINATE = 24,
	NTP_TRANSMIT = 40,
};
enum { NTP_CLIENT = 4 << 3 | 3, NTP_MODE = 7, NTP_SERVER = 4 };
enum { NTP_UNSYNCHRONIZED = 3, NTP_STRATUM_MAX = 15 };

struct sntp {
	struct clock *clock;
	void (*done)(void *arg, int64_t utc_s, const struct why *why);
	void *arg;
	struct stream *stream;
	struct timer window;
	struct timer turn;
	struct sntp_ask ask;
	char host[256];
	unsigned int tried;
	uint8_t token[8]; /* our transmit timestamp; comes back */
	int64_t utc_s;
	struct why why;
	bool failed;
};

static void put64(uint8_t *p, uint64_t v)
{
	for (int i = 7; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* Tell the end from the clock: a stream must not be closed by its handler. */
static void sntp_end(struct sntp *s, bool failed)
{
	s->failed = failed;
	timer_del(s->clock, &s->window);
	timer_set_us(s->clock, &s->turn, 0);
}

static void sntp_send(struct sntp *s)
{
	uint8_t msg[NTP_LEN] = {NTP_CLIENT};
	struct why why;

	s->tried++;
	put64(s->token, clock_now_us(s->clock) << 8 | s->tried);
	memcpy(msg + NTP_TRANSMIT, s->token, sizeof(s->token));
	timer_set(s->clock, &s->window, TIMER_WINDOW, s->ask.try_ms);
	/* What cannot be sent now is tried again like what was lost. */
	(void)stream_write(s->stream, msg, sizeof(msg), &why);
}

/* False when it is no answer to our question. */
static bool sntp_judge(struct sntp *s, const uint8_t *msg, size_t len)
{
	uint32_t seconds;

	if (len < NTP_LEN || (msg[0] & NTP_MODE) != NTP_SERVER ||
		memcmp(msg + NTP_ORIGINATE, s->token, sizeof(s->token)) != 0)
		return false;
	seconds = get32(msg + NTP_TRANSMIT);
	if (msg[NTP_STRATUM] == 0) {
		why_set(&s->why, ERR_NET_UNKNOWN, GRADE_ASM,
			"%s:%u refuses to answer (%.4s)", s->host, s->ask.port,
			(const char *)msg + NTP_REFERENCE_ID);
		sntp_end(s, true);
	} else if (msg[0] >> 6 == NTP_UNSYNCHRONIZED || seconds == 0 ||
		   msg[NTP_STRATUM] > NTP_STRATUM_MAX) {
		why_set(&s->why, ERR_NET_UNKNOWN, GRADE_ASM,
			"%s:%u does not know the time itself", s->host,
			s->ask.port);
		sntp_end(s, true);
	} else {
		s->utc_s = (int64_t)seconds - NTP_EPOCH;
		if (seconds >> 31 == 0)
			s->utc_s += NTP_ERA;
		sntp_end(s, false);
	}
	return true;
}

/* --- the stream's side ---------------------------------------------------- */

static void on_connected(void *arg)
{
	sntp_send(arg);
}

static void on_readable(void *arg)
{
	struct sntp *s = arg;
	uint8_t msg[512];
	ssize_t n;

	while ((n = stream_read(s->stream, msg, sizeof(msg))) > 0)
		if (sntp_judge(s, msg, (size_t)n))
			return;
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *why)
{
	struct sntp *s = arg;

	why_set(&s->why, ERR_NET_CLOSED, GRADE_ASM, "the network has ended");
	if (why != NULL)
		s->why = *why;
	sntp_end(s, true);
}

static const struct stream_handler handler = {
	.connected = on_connected,
	.readable = on_readable,
	.drained = on_drained,
	.closed = on_closed,
};

/* --- the clock's side ------------------------------------------------------
 */

static void on_window(void *arg)
{
	struct sntp *s = arg;

	if (s->tried < s->ask.tries) {
		sntp_send(s);
		return;
	}
	why_set(&s->why, ERR_NET_TIMEOUT, GRADE_KIN,
		"%s:%u did not answer %u questions", s->host, s->ask.port,
		s->tried);
	sntp_end(s, true);
}

static void on_turn(void *arg)
{
	struct sntp *s = arg;

	sntp_reset(s);
	s->done(s->arg, s->utc_s, s->failed ? &s->why : NULL);
}

/* --- life ------------------------------------------------------------------
 */

struct sntp *sntp_new(struct clock *clock,
	void (*done)(void *arg, int64_t utc_s, const struct why *why),
	void *arg)
{
	struct sntp *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->clock = clock;
	s->done = done;
	s->arg = arg;
	timer_init(&s->window, on_window, s);
	timer_init(&s->turn, on_turn, s);
	return s;
}

void sntp_reset(struct sntp *s)
{
	timer_del(s->clock, &s->window);
	timer_del(s->clock, &s->turn);
	if (s->stream != NULL)
		stream_close(s->stream);
	s->stream = NULL;
}

void sntp_free(struct sntp *s)
{
	if (s == NULL)
		return;
	sntp_reset(s);
	free(s);
}

const char *sntp_server(const struct sntp *s, uint16_t *port)
{
	*port = s->ask.port;
	return s->stream != NULL ? s->host : NULL;
}

int sntp_start(struct sntp *s, struct net *net, const struct sntp_ask *ask,
	struct why *why)
{
	if (s->stream != NULL)
		return why_set(why, ERR_NET_BUSY, GRADE_KIN,
			"%s is being asked for the time", s->host);
	s->ask = *ask;
	snprintf(s->host, sizeof(s->host), "%s", ask->host);
	s->ask.host = s->host;
	s->tried = 0;
	s->utc_s = 0;
	s->stream =
		net_open(net, NET_UDP, s->host, ask->port, &handler, s, why);
	return s->stream != NULL ? 0 : why->err;
}
