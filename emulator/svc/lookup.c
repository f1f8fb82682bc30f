#include "svc/lookup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>

#include "net/stream.h"
#include "svc/ask.h"

struct lookup {
	struct ask ask;
	void (*done)(void *arg, const struct net_names *names,
		const struct why *why);
	void *arg;
	struct net_names names;
	char host[256];
};

static void on_connected(struct ask *a)
{
	struct lookup *l = (struct lookup *)a;
	struct stream_addr addr;

	if (stream_read(a->stream, &l->names, sizeof(l->names)) !=
		sizeof(l->names)) {
		stream_addr(a->stream, &addr);
		net_names_one(&l->names, addr.ip);
	}
	ask_end(a, NULL);
}

static void on_over(struct ask *a)
{
	const struct lookup *l = (const struct lookup *)a;
	struct why why;

	why_set(&why, ERR_NET_DNS, GRADE_INF,
		"no answer about %s in the time that QIDNSGIP has", l->host);
	ask_end(a, &why);
}

static void on_done(struct ask *a, const struct why *why)
{
	struct lookup *l = (struct lookup *)a;

	l->done(l->arg, why == NULL ? &l->names : NULL, why);
}

static const struct ask_ops ops = {
	.connected = on_connected,
	.over = on_over,
	.done = on_done,
};

struct lookup *lookup_new(struct clock *clock,
	void (*done)(void *arg, const struct net_names *names,
		const struct why *why),
	void *arg)
{
	struct lookup *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	ask_init(&l->ask, clock, &ops);
	l->done = done;
	l->arg = arg;
	return l;
}

void lookup_reset(struct lookup *l)
{
	ask_reset(&l->ask);
}

void lookup_fail(struct lookup *l, const struct why *why)
{
	if (l->ask.running)
		ask_end(&l->ask, why);
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

bool lookup_is_ipv6(const char *text)
{
	struct in6_addr addr;

	return inet_pton(AF_INET6, text, &addr) == 1;
}

int lookup_start(struct lookup *l, struct net *net, const char *host,
	uint64_t window_ms, struct why *why)
{
	int rc;

	if (l->ask.running)
		return why_set(why, ERR_NET_DNS_BUSY, GRADE_INF,
			"the address of %s is being looked up", l->host);
	snprintf(l->host, sizeof(l->host), "%s", host);
	memset(&l->names, 0, sizeof(l->names));
	if (lookup_is_ipv4(host) || lookup_is_ipv6(host)) {
		/* As itself, with no time to live: cap EC200 [NTP §4]. */
		net_names_one(&l->names, host);
		l->names.has_ttl = true;
		ask_end(&l->ask, NULL);
		return 0;
	}
	rc = ask_open(&l->ask, net, NET_LOOKUP, l->host, 0, why);
	if (rc == 0)
		ask_window(&l->ask, window_ms);
	return rc;
}
