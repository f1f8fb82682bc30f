#include "tests/unit/support/fake_sslctx.h"

#include <stdlib.h>

void sslctx_reset(struct sslctx *s)
{
	for (int id = 0; id < SSLCTX_IDS; id++)
		s->conf[id] = (struct sslctx_conf){.version = 4,
			.suite = 0xffff,
			.ignore_local_time = true,
			.negotiate_s = 300};
}

struct sslctx *sslctx_new(const struct profile *profile, struct net *net,
	struct filestore *files, struct rtc *rtc)
{
	struct sslctx *s = calloc(1, sizeof(*s));

	(void)profile;
	(void)net;
	(void)files;
	(void)rtc;
	if (s == NULL)
		abort();
	fake_net_init(&s->net);
	sslctx_reset(s);
	return s;
}

void sslctx_free(struct sslctx *s)
{
	fake_net_free(&s->net);
	free(s);
}

struct sslctx_conf *sslctx_conf(struct sslctx *s, int id)
{
	return &s->conf[id];
}

void sslctx_keylog(
	struct sslctx *s, void (*fn)(void *arg, const char *line), void *arg)
{
	(void)s;
	(void)fn;
	(void)arg;
}

struct stream *sslctx_open(struct sslctx *s, int id, const char *host,
	uint16_t port, const struct stream_handler *handler, void *arg,
	struct why *why)
{
	s->opened_id = id;
	if (s->fail) {
		*why = s->why;
		return NULL;
	}
	return net_open(&s->net.net, NET_TCP, host, port, handler, arg, why);
}
