#include "net/net.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "net/door.h"

static void net_ev_free(struct net *net)
{
	struct net_ev *door = (struct net_ev *)net;
	struct net_rule *rule;

	while ((rule = TAILQ_FIRST(&door->rules)) != NULL) {
		TAILQ_REMOVE(&door->rules, rule, entry);
		free(rule);
	}
	names_free(door);
	free(door);
}

static struct stream *net_ev_open(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	return tcp_open(
		(struct net_ev *)net, proto, host, port, 0, handler, arg, why);
}

static struct stream *net_ev_open_from(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, uint16_t local_port,
	const struct stream_handler *handler, void *arg, struct why *why)
{
	return tcp_open((struct net_ev *)net, proto, host, port, local_port,
		handler, arg, why);
}

static struct stream *net_ev_serve(struct net *net,
	const struct net_service *service, void *arg, struct why *why)
{
	return service_open((struct net_ev *)net, service, arg, why);
}

static void net_ev_use(struct net *net, const struct net_bearer *bearer)
{
	((struct net_ev *)net)->bearer = *bearer;
}

static void net_ev_limit(struct net *net, const struct net_limits *limits)
{
	((struct net_ev *)net)->limits = *limits;
}

static void net_ev_reset(struct net *net)
{
	names_forget((struct net_ev *)net);
}

static const struct net_ops net_ev_ops = {
	.open = net_ev_open,
	.free = net_ev_free,
	.serve = net_ev_serve,
	.open_from = net_ev_open_from,
	.use = net_ev_use,
	.limit = net_ev_limit,
	.reset = net_ev_reset,
};

struct net *net_ev_new(const struct net_ev_opts *opts, struct why *why)
{
	struct net_ev *door = calloc(1, sizeof(*door));

	if (door == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	door->net.ops = &net_ev_ops;
	door->opts = *opts;
	TAILQ_INIT(&door->rules);
	TAILQ_INIT(&door->names);
	door->bearer = (struct net_bearer){.v4 = true, .v6 = true};
	return &door->net;
}

int net_ev_refuse(struct net_ev *door, struct why *why, enum err err,
	const char *fmt, ...)
{
	char text[sizeof(why->text)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	why_policy(why, err, "%s", text);
	if (!door->policy_told && door->opts.on_policy != NULL) {
		door->policy_told = true;
		door->opts.on_policy(door->opts.on_policy_arg, why->text);
	}
	return err;
}

/* One side of a rule: HOST, HOST:PORT, [V6] or [V6]:PORT. */
static bool split_host(
	const char *text, size_t len, char host[NET_HOST_MAX], uint16_t *port)
{
	const char *end = text + len, *colon, *name = text;
	size_t n;
	unsigned long value = 0;

	*port = 0;
	if (len > 0 && *text == '[') {
		const char *close = memchr(text, ']', len);

		if (close == NULL || (close + 1 != end && close[1] != ':'))
			return false;
		name = text + 1;
		n = (size_t)(close - name);
		colon = close + 1 == end ? NULL : close + 1;
	} else {
		colon = memchr(text, ':', len);
		n = colon != NULL ? (size_t)(colon - text) : len;
	}
	if (n == 0 || n >= NET_HOST_MAX)
		return false;
	memcpy(host, name, n);
	host[n] = '\0';
	if (colon == NULL)
		return true;
	for (const char *p = colon + 1; p < end; p++) {
		if (*p < '0' || *p > '9' || value > 65535)
			return false;
		value = value * 10 + (unsigned long)(*p - '0');
	}
	if (value == 0 || value > 65535)
		return false;
	*port = (uint16_t)value;
	return true;
}

/* The target of a rule is checked at the start, not at the first open. */
static bool target_allowed(const struct net_ev *door, const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (door->opts.any)
		return true;
	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, host, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

int net_ev_map(struct net *net, const char *rule, struct why *why)
{
	struct net_ev *door = (struct net_ev *)net;
	const char *eq = strchr(rule, '=');
	struct net_rule *r;

	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
	if (eq == NULL ||
		!split_host(rule, (size_t)(eq - rule), r->host, &r->port) ||
		!split_host(eq + 1, strlen(eq + 1), r->to_host, &r->to_port)) {
		free(r);
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"--map %s: want NAME[:PORT]=ADDR[:PORT], with ports "
			"1 to 65535",
			rule);
	}
	if (!target_allowed(door, r->to_host)) {
		free(r);
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"--map %s: the right side is no loopback address "
			"(127.x.x.x or [::1]); add --net any to leave this "
			"machine",
			rule);
	}
	TAILQ_INSERT_TAIL(&door->rules, r, entry);
	return 0;
}
