#include "net/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/fault.h"

struct resolve {
	void (*done)(void *arg, const struct net_target *target,
		const struct why *why);
	void *arg;
	struct net_ev *door;
	struct names_query *query;
	char name[NET_HOST_MAX];
	uint16_t port;
	uint16_t to_port; /* by a --map that leads to a name */
	/* dns.slow: waits for the timer, then for the request that does it. */
	bool is_slow;
	struct timer slow;
	struct resolve *inner;
};

void net_format_addr(
	const struct sockaddr *sa, socklen_t len, char *text, size_t size)
{
	char ip[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET && len >= sizeof(struct sockaddr_in)) {
		struct sockaddr_in v4;

		memcpy(&v4, sa, sizeof(v4));
		inet_ntop(AF_INET, &v4.sin_addr, ip, sizeof(ip));
		snprintf(text, size, "%s:%u", ip, ntohs(v4.sin_port));
	} else if (len >= sizeof(struct sockaddr_in6)) {
		struct sockaddr_in6 v6;

		memcpy(&v6, sa, sizeof(v6));
		inet_ntop(AF_INET6, &v6.sin6_addr, ip, sizeof(ip));
		snprintf(text, size, "[%s]:%u", ip, ntohs(v6.sin6_port));
	} else {
		snprintf(text, size, "?");
	}
}

void net_read_addr(const struct sockaddr_storage *ss, char *ip, size_t size,
	uint16_t *port)
{
	if (ss->ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, ss, sizeof(v4));
		inet_ntop(AF_INET, &v4.sin_addr, ip, (socklen_t)size);
		*port = ntohs(v4.sin_port);
	} else if (ss->ss_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, ss, sizeof(v6));
		inet_ntop(AF_INET6, &v6.sin6_addr, ip, (socklen_t)size);
		*port = ntohs(v6.sin6_port);
	}
}

static bool numeric(const char *host, uint16_t port, struct net_target *target)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port)};

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
		memcpy(&target->addr, &v4, sizeof(v4));
		target->len = sizeof(v4);
		return true;
	}
	if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
		memcpy(&target->addr, &v6, sizeof(v6));
		target->len = sizeof(v6);
		return true;
	}
	return false;
}

static bool is_loopback(const struct net_target *target)
{
	if (target->addr.ss_family == AF_INET) {
		struct sockaddr_in v4;

		memcpy(&v4, &target->addr, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	if (target->addr.ss_family == AF_INET6) {
		struct sockaddr_in6 v6;

		memcpy(&v6, &target->addr, sizeof(v6));
		return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
	}
	return false;
}

const struct net_rule *net_ev_rule(
	const struct net_ev *door, const char *host, uint16_t port)
{
	const struct net_rule *r;

	TAILQ_FOREACH (r, &door->rules, entry)
		if (strcasecmp(r->host, host) == 0 &&
			(r->port == 0 || port == 0 || r->port == port))
			return r;
	return NULL;
}

/* `host:port`, and where that leads when it is not the same. */
static void describe(struct net_target *target, const char *host, uint16_t port)
{
	char addr[INET6_ADDRSTRLEN + 10], asked[NET_HOST_MAX + 10];

	net_format_addr((const struct sockaddr *)&target->addr, target->len,
		addr, sizeof(addr));
	snprintf(asked, sizeof(asked), strchr(host, ':') ? "[%s]:%u" : "%s:%u",
		host, port);
	if (strcmp(asked, addr) == 0)
		snprintf(target->where, sizeof(target->where), "%s", asked);
	else
		snprintf(target->where, sizeof(target->where), "%s (%s)", asked,
			addr);
}

/*
 * An address that was found, for where it is needed: maps and policy hold for
 * it as for one that the host wrote. Port 0: only its text is wanted.
 */
static int take_address(struct net_ev *door, const char *host, uint16_t port,
	uint16_t to, const struct net_names *names, struct net_target *target,
	struct why *why)
{
	const char *ip = names->ip[0];
	const struct net_rule *rule =
		port != 0 ? net_ev_rule(door, ip, to) : NULL;

	if (rule != NULL && rule->to_port != 0)
		to = rule->to_port;
	if (!numeric(rule != NULL ? rule->to_host : ip, to, target))
		return why_set(why, ERR_NET_DNS, GRADE_ASM,
			"%s: DNS gave an unusable address", host);
	target->names = *names;
	describe(target, host, port);
	if (port == 0 || door->opts.any || is_loopback(target))
		return 0;
	return net_ev_refuse(door, why, ERR_NET_CONNECT,
		"%s is %s, which is not on this machine, and nothing leaves it "
		"(--net loopback): add --map %s:%u=127.0.0.1:PORT, or --net "
		"any",
		host, ip, ip, port);
}

static void resolve_done(
	void *arg, const struct net_names *names, const struct why *failure)
{
	struct resolve *req = arg, done = *req;
	struct net_target target = {0};
	struct why why;

	free(req);
	if (failure == NULL && take_address(done.door, done.name, done.port,
				       done.to_port, names, &target, &why) != 0)
		failure = &why;
	done.done(done.arg, failure == NULL ? &target : NULL, failure);
}

/* An address that the host wrote needs a bearer that has such a one. */
static int check_family(const struct net_ev *door, const char *host,
	const struct net_target *target, struct why *why)
{
	bool v6 = target->addr.ss_family == AF_INET6;

	if (v6 ? door->bearer.v6 : door->bearer.v4)
		return 0;
	return why_set(why, ERR_NET_CONNECT, GRADE_INF,
		"%s: network unreachable: the context has no IPv%d address",
		host, v6 ? 6 : 4);
}

/*
 * Through the map, or an address. 1: it is a name that DNS may know, *ask,
 * for the port *to_port.
 */
static int at_once(struct net_ev *door, const char *host, uint16_t port,
	struct net_target *target, const char **ask, uint16_t *to_port,
	struct why *why)
{
	const struct net_rule *rule = net_ev_rule(door, host, port);
	const char *name = rule != NULL ? rule->to_host : host;
	uint16_t to = rule != NULL && rule->to_port != 0 ? rule->to_port : port;
	char asked[NET_HOST_MAX + 8];

	*ask = name;
	*to_port = to;
	snprintf(asked, sizeof(asked), port != 0 ? "%s:%u" : "%s", host, port);
	if (numeric(name, to, target)) {
		describe(target, host, port);
		if (rule == NULL && check_family(door, host, target, why) != 0)
			return why->err;
		if (door->opts.any || is_loopback(target))
			return 0;
		return net_ev_refuse(door, why, ERR_NET_CONNECT,
			"%s is not on this machine, and nothing leaves it "
			"(--net loopback): add --map %s=127.0.0.1%s, or --net "
			"any",
			asked, asked, port != 0 ? ":PORT" : "");
	}
	if (names_can_ask(door))
		return 1;
	return net_ev_refuse(door, why, ERR_NET_DNS,
		"%s is not mapped, and no DNS query leaves this "
		"machine (--net loopback): add --map %s=127.0.0.1%s, "
		"or --net any",
		host, asked, port != 0 ? ":PORT" : "");
}

static int begin(struct net_ev *door, const char *host, uint16_t port,
	void (*done)(void *arg, const struct net_target *target,
		const struct why *why),
	void *arg, struct net_target *target, struct resolve **out,
	struct why *why)
{
	struct net_names names;
	struct resolve *req;
	const char *name;
	uint16_t to;
	int rc;

	*out = NULL;
	rc = at_once(door, host, port, target, &name, &to, why);
	if (rc <= 0)
		return rc;
	if (names_known(door, name, &names))
		return take_address(door, host, port, to, &names, target, why);
	req = calloc(1, sizeof(*req));
	if (req == NULL)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	req->door = door;
	req->done = done;
	req->arg = arg;
	req->port = port;
	req->to_port = to;
	snprintf(req->name, sizeof(req->name), "%s", host);
	rc = names_ask(door, name, resolve_done, req, &req->query, why);
	if (rc < 0) {
		free(req);
		return rc;
	}
	*out = req;
	return 0;
}

/* --- the faults dns.nx and dns.slow ------------------------------------- */

static void slow_done(
	void *arg, const struct net_target *target, const struct why *why)
{
	struct resolve *req = arg, slow = *req;

	free(req);
	slow.done(slow.arg, target, why);
}

static void slow_over(void *arg)
{
	struct resolve *req = arg;
	struct net_target target = {0};
	struct why why;
	int rc = begin(req->door, req->name, req->port, slow_done, req, &target,
		&req->inner, &why);

	if (req->inner == NULL)
		slow_done(req, rc == 0 ? &target : NULL, rc == 0 ? NULL : &why);
}

static struct resolve *slow_new(
	struct net_ev *door, const char *host, uint16_t port)
{
	struct resolve *req = calloc(1, sizeof(*req));

	if (req == NULL)
		return NULL;
	snprintf(req->name, sizeof(req->name), "%s", host);
	req->port = port;
	req->door = door;
	req->is_slow = true;
	timer_init(&req->slow, slow_over, req);
	timer_set(door->opts.clock, &req->slow, TIMER_WINDOW,
		fault_ms(door->opts.faults, FAULT_DNS_SLOW));
	return req;
}

int resolve_start(struct net_ev *door, const char *host, uint16_t port,
	void (*done)(void *arg, const struct net_target *target,
		const struct why *why),
	void *arg, struct net_target *target, struct resolve **out,
	struct why *why)
{
	*out = NULL;
	if (numeric(host, port, target))
		return begin(door, host, port, done, arg, target, out, why);
	if (fault_fires(door->opts.faults, FAULT_DNS_NX))
		return why_set(why, ERR_NET_DNS, GRADE_MAN,
			"fault dns.nx: %s was made unknown", host);
	if (!fault_fires(door->opts.faults, FAULT_DNS_SLOW))
		return begin(door, host, port, done, arg, target, out, why);
	*out = slow_new(door, host, port);
	if (*out == NULL)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	(*out)->done = done;
	(*out)->arg = arg;
	return 0;
}

void resolve_cancel(struct resolve *req)
{
	if (req->is_slow) {
		timer_del(req->door->opts.clock, &req->slow);
		if (req->inner != NULL)
			resolve_cancel(req->inner);
	} else {
		names_cancel(req->query);
	}
	free(req);
}
