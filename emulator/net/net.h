#ifndef EC21_NET_NET_H
#define EC21_NET_NET_H

#include <stdint.h>

#include "net/stream.h"

/*
 * The one door to the network: policy, host map, bearer, faults
 * and latency hold for every service because all connect here. net_ev.c is
 * the door on libevent; tests bring their own.
 */
struct net;
struct event_base;
struct clock;
struct fault_set;
struct pcap;
struct trace_sink;

enum net_proto {
	NET_TCP,
	NET_UDP,
	NET_PING, /* ICMP echo: what is written and read are its messages */
	/* The name alone: at connected(), addr() has the address, and a read
	 * gives one struct net_names, or nothing. */
	NET_LOOKUP,
};

enum { NET_NAMES_MAX = 8, NET_IP_SIZE = 46 };

/* What a look-up has found. */
struct net_names {
	uint32_t ttl_s;
	bool has_ttl; /* the network said it; a host map does not */
	unsigned int n;
	char ip[NET_NAMES_MAX][NET_IP_SIZE];
};

/* One address, without a time to live. */
static inline void net_names_one(struct net_names *names, const char *ip)
{
	*names = (struct net_names){.n = 1};
	for (size_t i = 0; i + 1 < NET_IP_SIZE && ip[i] != '\0'; i++)
		names->ip[0][i] = ip[i];
}

/* The bearer that connections go over, as far as the network cares. */
struct net_bearer {
	bool v4, v6;		  /* addresses it has */
	char dns[2][NET_IP_SIZE]; /* its name servers; "": none */
	bool dns_given;		  /* the host has set them */
	bool cache; /* answers of name servers may be remembered */
};

/* When a TCP connection is given up; 0: as the system does. */
struct net_limits {
	/* From when on bytes that are not acknowledged are too late. */
	unsigned int unacked_ms;
	/* Questions to a peer that is silent, and how many it may miss. */
	bool keepalive;
	unsigned int idle_s, interval_s, count;
};

/*
 * A local port for others. A listener has `accepted`: the peer's stream is
 * open and belongs to the callee, who sets its handler and arg, or closes it.
 * A UDP service has a handler, of which readable() alone is called.
 */
struct net_service {
	uint16_t port; /* 0: any free one */
	bool v6;
	void (*accepted)(void *arg, struct stream *peer);
	const struct stream_handler *handler;
};

struct net_ops {
	struct stream *(*open)(struct net *net, enum net_proto proto,
		const char *host, uint16_t port,
		const struct stream_handler *handler, void *arg,
		struct why *why);
	void (*free)(struct net *net);
	/* NULL: this door has no local ports. */
	struct stream *(*serve)(struct net *net,
		const struct net_service *service, void *arg, struct why *why);
	struct stream *(*open_from)(struct net *net, enum net_proto proto,
		const char *host, uint16_t port, uint16_t local_port,
		const struct stream_handler *handler, void *arg,
		struct why *why);
	/* NULL: it makes no difference. */
	void (*use)(struct net *net, const struct net_bearer *bearer);
	void (*limit)(struct net *net, const struct net_limits *limits);
	void (*reset)(struct net *net);
};

struct net {
	const struct net_ops *ops;
};

/*
 * Start a connection to host (name or dotted address) and port as the
 * firmware wrote them. Never calls back before returning: everything,
 * refusal by policy included, is told by handler->closed with one of
 * ERR_NET_DNS, ERR_NET_CONNECT, ERR_NET_TIMEOUT, ERR_NET_CLOSED. NULL only
 * without resources (why is set). The stream is the caller's.
 */
static inline struct stream *net_open(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	return net->ops->open(net, proto, host, port, handler, arg, why);
}

/*
 * What is opened from here on goes over this bearer; copied. Until the first
 * one, everything goes.
 */
static inline void net_use(struct net *net, const struct net_bearer *bearer)
{
	if (net->ops->use != NULL)
		net->ops->use(net, bearer);
}

/*
 * TCP connections that come up from here on have these limits; copied. Past
 * one of them closed() tells ERR_NET_TIMEOUT.
 */
static inline void net_limit(struct net *net, const struct net_limits *limits)
{
	if (net->ops->limit != NULL)
		net->ops->limit(net, limits);
}

/* The modem was reset: names it has looked up are forgotten. */
static inline void net_reset(struct net *net)
{
	if (net->ops->reset != NULL)
		net->ops->reset(net);
}

/* net_open() from this local port, ERR_NET_BIND when it is taken; 0: any. */
static inline struct stream *net_open_from(struct net *net,
	enum net_proto proto, const char *host, uint16_t port,
	uint16_t local_port, const struct stream_handler *handler, void *arg,
	struct why *why)
{
	if (local_port == 0)
		return net_open(net, proto, host, port, handler, arg, why);
	if (net->ops->open_from != NULL)
		return net->ops->open_from(
			net, proto, host, port, local_port, handler, arg, why);
	why_set(why, ERR_NET_NOT_SUPPORTED, GRADE_ASM,
		"this network has no local ports");
	return NULL;
}

/*
 * Open a local port, on this machine's loopback unless the door may leave it.
 * NULL with ERR_NET_BIND, ERR_NET_LISTEN, ERR_NET_SOCKET, ERR_NET_MEMORY. May
 * call back before returning: no.
 */
static inline struct stream *net_serve(struct net *net,
	const struct net_service *service, void *arg, struct why *why)
{
	if (net->ops->serve != NULL)
		return net->ops->serve(net, service, arg, why);
	why_set(why, ERR_NET_NOT_SUPPORTED, GRADE_ASM,
		"this network has no local ports");
	return NULL;
}

static inline void net_free(struct net *net)
{
	net->ops->free(net);
}

/* --- the door on libevent (net_ev.c) ------------------------------------ */

struct net_ev_opts {
	struct event_base *base;
	struct clock *clock;
	const struct trace_sink *trace;
	struct fault_set *faults; /* dns.* and tcp.*; NULL: none */
	struct pcap *pcap;	  /* NULL: no capture */
	bool any;		  /* --net any: leave the loopback range */
	/* ADDR[:PORT] of the one to ask; NULL: those of this machine. */
	const char *nameserver;
	/* Called once for the first refusal by policy; may be NULL. */
	void (*on_policy)(void *arg, const char *text);
	void *on_policy_arg;
};

/* Opts are copied, what they point to is borrowed. */
struct net *net_ev_new(const struct net_ev_opts *opts, struct why *why);

/*
 * Add a --map rule NAME[:PORT]=ADDR[:PORT]. The first rule that matches
 * wins; a rule without a port matches all and keeps the port. An IPv6 address
 * stands in brackets. ERR_PARAM for a malformed rule, or one that leads away
 * from this machine without --net any.
 */
int net_ev_map(struct net *net, const char *rule, struct why *why);

#endif
