#include "svc/sntp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/stream.h"
#include "svc/ask.h"

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
	struct ask ask;
	void (*done)(void *arg, int64_t utc_s, const struct why *why);
	void *arg;
	struct sntp_ask want;
	char host[256];
	unsigned int tried;
	uint8_t token[8]; /* our transmit timestamp; comes back */
	int64_t utc_s;
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

static void sntp_send(struct sntp *s)
{
	uint8_t msg[NTP_LEN] = {NTP_CLIENT};
	struct why why;

	s->tried++;
	put64(s->token, clock_now_us(s->ask.clock) << 8 | s->tried);
	memcpy(msg + NTP_TRANSMIT, s->token, sizeof(s->token));
	ask_window(&s->ask, s->want.try_ms);
	/* What cannot be sent now is tried again like what was lost. */
	(void)stream_write(s->ask.stream, msg, sizeof(msg), &why);
}

/* False when it is no answer to our question. */
static bool sntp_judge(struct sntp *s, const uint8_t *msg, size_t len)
{
	struct why why;
	uint32_t seconds;

	if (len < NTP_LEN || (msg[0] & NTP_MODE) != NTP_SERVER ||
		memcmp(msg + NTP_ORIGINATE, s->token, sizeof(s->token)) != 0)
		return false;
	seconds = get32(msg + NTP_TRANSMIT);
	if (msg[NTP_STRATUM] == 0) {
		why_set(&why, ERR_NET_UNKNOWN, GRADE_ASM,
			"%s:%u refuses to answer (%.4s)", s->host, s->want.port,
			(const char *)msg + NTP_REFERENCE_ID);
		ask_end(&s->ask, &why);
	} else if (msg[0] >> 6 == NTP_UNSYNCHRONIZED || seconds == 0 ||
		   msg[NTP_STRATUM] > NTP_STRATUM_MAX) {
		why_set(&why, ERR_NET_UNKNOWN, GRADE_ASM,
			"%s:%u does not know the time itself", s->host,
			s->want.port);
		ask_end(&s->ask, &why);
	} else {
		s->utc_s = (int64_t)seconds - NTP_EPOCH;
		if (seconds >> 31 == 0)
			s->utc_s += NTP_ERA;
		ask_end(&s->ask, NULL);
	}
	return true;
}

/* --- what happens ----------------------------------------------------------
 */

static void on_connected(struct ask *a)
{
	sntp_send((struct sntp *)a);
}

static void on_readable(struct ask *a)
{
	uint8_t msg[512];
	ssize_t n;

	while ((n = stream_read(a->stream, msg, sizeof(msg))) > 0)
		if (sntp_judge((struct sntp *)a, msg, (size_t)n))
			return;
}

static void on_over(struct ask *a)
{
	struct sntp *s = (struct sntp *)a;
	struct why why;

	if (s->tried < s->want.tries) {
		sntp_send(s);
		return;
	}
	why_set(&why, ERR_NET_TIMEOUT, GRADE_KIN,
		"%s:%u did not answer %u questions", s->host, s->want.port,
		s->tried);
	ask_end(a, &why);
}

static void on_done(struct ask *a, const struct why *why)
{
	struct sntp *s = (struct sntp *)a;

	s->done(s->arg, s->utc_s, why);
}

static const struct ask_ops ops = {
	.connected = on_connected,
	.readable = on_readable,
	.over = on_over,
	.done = on_done,
};

/* --- life ------------------------------------------------------------------
 */

struct sntp *sntp_new(struct clock *clock,
	void (*done)(void *arg, int64_t utc_s, const struct why *why),
	void *arg)
{
	struct sntp *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	ask_init(&s->ask, clock, &ops);
	s->done = done;
	s->arg = arg;
	return s;
}

void sntp_reset(struct sntp *s)
{
	ask_reset(&s->ask);
}

void sntp_fail(struct sntp *s, const struct why *why)
{
	if (s->ask.running)
		ask_end(&s->ask, why);
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
	*port = s->want.port;
	return s->ask.running ? s->host : NULL;
}

int sntp_start(struct sntp *s, struct net *net, const struct sntp_ask *want,
	struct why *why)
{
	if (s->ask.running)
		return why_set(why, ERR_NET_BUSY, GRADE_KIN,
			"%s is being asked for the time", s->host);
	s->want = *want;
	snprintf(s->host, sizeof(s->host), "%s", want->host);
	s->want.host = s->host;
	s->tried = 0;
	s->utc_s = 0;
	return ask_open(&s->ask, net, NET_UDP, s->host, want->port, why);
}
