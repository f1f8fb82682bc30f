#include "net/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/util.h>
#include <netinet/in.h>

#include "base/clock.h"
#include "base/fault.h"

struct resolve {
	void (*done)(void *arg, const struct net_target *target,
		const struct why *why);
	void *arg; /* NULL done: cancelled, the answer only frees this */
	struct evdns_getaddrinfo_request *query;
	struct event *deferred;
	struct net_target target;
	struct why why;
	char name[NET_HOST_MAX];
	uint16_t port;
	bool failed, answered;
	/* dns.slow: waits for the timer, then for the request that does it. */
	struct net_ev *slow_door;
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

/* Port 0 asks for the name alone. */
static const struct net_rule *find_rule(
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

static void resolve_free(struct resolve *req)
{
	if (req->deferred != NULL)
		event_free(req->deferred);
	free(req);
}

static void resolve_report(evutil_socket_t fd, short what, void *arg)
{
	struct resolve *req = arg, done = *req;

	(void)fd;
	(void)what;
	resolve_free(req);
	done.done(done.arg, done.failed ? NULL : &done.target,
		done.failed ? &done.why : NULL);
}

static void resolve_answer(
	struct resolve *req, int result, const struct evutil_addrinfo *list)
{
	if (result == 0 && list != NULL &&
		list->ai_addrlen <= sizeof(req->target.addr)) {
		memcpy(&req->target.addr, list->ai_addr, list->ai_addrlen);
		req->target.len = (socklen_t)list->ai_addrlen;
		describe(&req->target, req->name, req->port);
		return;
	}
	req->failed = true;
	if (result == EVUTIL_EAI_NONAME || result == EVUTIL_EAI_NODATA)
		why_set(&req->why, ERR_NET_DNS, GRADE_MAN,
			"DNS knows no IPv4 address of %s", req->name);
	else
		why_set(&req->why, ERR_NET_DNS, GRADE_MAN,
			"DNS query for %s failed: %s", req->name,
			evutil_gai_strerror(result));
}

static void resolve_dns_done(
	int result, struct evutil_addrinfo *list, void *arg)
{
	struct resolve *req = arg;

	req->query = NULL;
	req->answered = true;
	if (req->done == NULL) {
		resolve_free(req);
	} else {
		resolve_answer(req, result, list);
		/* evdns answers from its cache before it returns. */
		event_active(req->deferred, EV_TIMEOUT, 0);
	}
	if (list != NULL)
		evutil_freeaddrinfo(list);
}

static int dns_base(struct net_ev *door, struct why *why)
{
	const char *server = door->opts.nameserver;
	int flags = EVDNS_BASE_DISABLE_WHEN_INACTIVE;

	if (door->dns != NULL)
		return 0;
	if (server == NULL)
		flags |= EVDNS_BASE_INITIALIZE_NAMESERVERS;
	door->dns = evdns_base_new(door->opts.base, flags);
	if (door->dns != NULL &&
		(server == NULL ||
			evdns_base_nameserver_ip_add(door->dns, server) == 0))
		return 0;
	if (door->dns != NULL)
		evdns_base_free(door->dns, 0);
	door->dns = NULL;
	return why_set(why, ERR_NET_DNS, GRADE_ASM,
		"no usable name server on this machine: %s",
		server != NULL ? server : "/etc/resolv.conf");
}

static int start_query(struct net_ev *door, struct resolve *req,
	const char *name, uint16_t port, struct why *why)
{
	/* An EC21's bearer is IPv4 unless told otherwise [TCP §2.1]. */
	const struct evutil_addrinfo hints = {
		.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
	char service[8];
	int rc = dns_base(door, why);

	if (rc < 0)
		return rc;
	req->deferred = event_new(door->opts.base, -1, 0, resolve_report, req);
	if (req->deferred == NULL)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	snprintf(service, sizeof(service), "%u", port);
	req->query = evdns_getaddrinfo(
		door->dns, name, service, &hints, resolve_dns_done, req);
	return 0;
}

static int begin(struct net_ev *door, const char *host, uint16_t port,
	void (*done)(void *arg, const struct net_target *target,
		const struct why *why),
	void *arg, struct net_target *target, struct resolve **out,
	struct why *why)
{
	const struct net_rule *rule = find_rule(door, host, port);
	const char *name = rule != NULL ? rule->to_host : host;
	uint16_t to = rule != NULL && rule->to_port != 0 ? rule->to_port : port;
	char asked[NET_HOST_MAX + 8];
	struct resolve *req;
	int rc;

	*out = NULL;
	snprintf(asked, sizeof(asked), port != 0 ? "%s:%u" : "%s", host, port);
	if (numeric(name, to, target)) {
		describe(target, host, port);
		if (door->opts.any || is_loopback(target))
			return 0;
		return net_ev_refuse(door, why, ERR_NET_CONNECT,
			"%s is not on this machine, and nothing leaves it "
			"(--net loopback): add --map %s=127.0.0.1%s, or --net "
			"any",
			asked, asked, port != 0 ? ":PORT" : "");
	}
	if (!door->opts.any)
		return net_ev_refuse(door, why, ERR_NET_DNS,
			"%s is not mapped, and no DNS query leaves this "
			"machine (--net loopback): add --map %s=127.0.0.1%s, "
			"or --net any",
			host, asked, port != 0 ? ":PORT" : "");
	req = calloc(1, sizeof(*req));
	if (req == NULL)
		return why_set(why, ERR_NET_MEMORY, GRADE_ASM, "no memory");
	req->done = done;
	req->arg = arg;
	req->port = port;
	snprintf(req->name, sizeof(req->name), "%s", host);
	rc = start_query(door, req, name, to, why);
	if (rc < 0) {
		resolve_free(req);
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
	int rc = begin(req->slow_door, req->name, req->port, slow_done, req,
		&target, &req->inner, &why);

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
	req->slow_door = door;
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
	if (req->slow_door != NULL) {
		timer_del(req->slow_door->opts.clock, &req->slow);
		if (req->inner != NULL)
			resolve_cancel(req->inner);
		free(req);
		return;
	}
	req->done = NULL;
	if (req->answered)
		resolve_free(req);
	else
		/* evdns reports the end of it later, which frees it. */
		evdns_getaddrinfo_cancel(req->query);
}
