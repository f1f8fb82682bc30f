#ifndef EC21_NET_DOOR_H
#define EC21_NET_DOOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/socket.h>

#include "net/net.h"

/*
 * Inside of the door on libevent, for the files of this folder alone.
 */
struct evdns_base;
struct names_entry;
struct names_query;

enum {
	NET_HOST_MAX = 256,
	NET_WHERE_MAX = NET_HOST_MAX + 80,
	NAMES_SERVERS_SIZE = 2 * (NET_HOST_MAX + 16),
};

struct net_rule {
	TAILQ_ENTRY(net_rule) entry;
	char host[NET_HOST_MAX];
	uint16_t port; /* 0: any */
	char to_host[NET_HOST_MAX];
	uint16_t to_port; /* 0: as asked for */
};

/* Who is asked: a resolver of its own for each, as evdns would ask by turns. */
enum { NAMES_SERVERS = 2 };
struct names_server {
	struct evdns_base *base; /* made at the first query */
	char addr[NAMES_SERVERS_SIZE / NAMES_SERVERS]; /* "": this machine's */
};

struct net_ev {
	struct net net;
	struct net_ev_opts opts;
	TAILQ_HEAD(net_rules, net_rule) rules;
	struct net_bearer bearer; /* of what is opened next */
	struct net_limits limits;
	bool policy_told;

	/* names.c */
	struct names_server dns[NAMES_SERVERS];	       /* first and second */
	TAILQ_HEAD(net_names_list, names_entry) names; /* youngest first */
	unsigned int n_names;
};

struct net_target {
	struct sockaddr_storage addr;
	socklen_t len;
	char where[NET_WHERE_MAX]; /* as asked for and as mapped */
	struct net_names names;	   /* all that was found */
};

/* A refusal of ours: sets why, and tells the first one to opts.on_policy. */
int net_ev_refuse(struct net_ev *door, struct why *why, enum err err,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The first --map rule for host and port; port 0: the name alone. */
const struct net_rule *net_ev_rule(
	const struct net_ev *door, const char *host, uint16_t port);

/* True when a name server may be asked: names.c. */
bool names_can_ask(struct net_ev *door);
/* What is remembered of earlier answers. */
bool names_known(
	struct net_ev *door, const char *name, struct net_names *names);
void names_forget(struct net_ev *door);
/*
 * Ask name servers. 0: done() is told, later, from the event loop, unless
 * names_cancel() comes first. ERR_NET_DNS: there is none; ERR_NET_MEMORY.
 */
int names_ask(struct net_ev *door, const char *name,
	void (*done)(void *arg, const struct net_names *names,
		const struct why *why),
	void *arg, struct names_query **out, struct why *why);
void names_cancel(struct names_query *q);
/* With the door. */
void names_free(struct net_ev *door);

/*
 * Resolution of one name: map, then numeric address, then DNS when the door
 * lets it. Lives until resolve_cancel(), or until done is called.
 */
struct resolve;

/*
 * Find where host and port lead. Either done() is told, later, from the event
 * loop: target, or NULL and the reason. Or it is known at once: 0 with target
 * filled, or an error with why set; *req is NULL then and done is not called.
 * Errors: ERR_NET_DNS, ERR_NET_CONNECT (policy), ERR_NET_MEMORY.
 * May call back before returning: no.
 */
int resolve_start(struct net_ev *door, const char *host, uint16_t port,
	void (*done)(void *arg, const struct net_target *target,
		const struct why *why),
	void *arg, struct net_target *target, struct resolve **req,
	struct why *why);
/* done() will not be called. */
void resolve_cancel(struct resolve *req);

/* Numeric text and port as `a.b.c.d:port` or `[v6]:port`. */
void net_format_addr(
	const struct sockaddr *sa, socklen_t len, char *text, size_t size);

/* The same as text and number, each on its own. */
void net_read_addr(const struct sockaddr_storage *ss, char *ip, size_t size,
	uint16_t *port);

/* The stream itself (tcp_open.c). As net_open_from(). */
struct stream *tcp_open(struct net_ev *door, enum net_proto proto,
	const char *host, uint16_t port, uint16_t local_port,
	const struct stream_handler *handler, void *arg, struct why *why);
/* The stream of an accepted peer; fd is taken, or closed without memory. */
struct stream *tcp_adopt(struct net_ev *door, int fd,
	const struct sockaddr_storage *addr, socklen_t len);
/*
 * A socket, bound when local_port is not 0 (socket.c). ERR_NET_SOCKET: also
 * when the system does not let us have ICMP; ERR_NET_BIND.
 */
int net_socket(
	enum net_proto proto, int family, uint16_t local_port, struct why *why);
/*
 * Limits of a connected TCP socket. Linux counts what is not acknowledged and
 * what the peer's window has no room for by one clock, and lets it decide
 * about silent peers too: with keepalive it is not set.
 */
void net_set_limits(int fd, const struct net_limits *limits);
/* Bytes of IP header in front of a received ICMP message. */
size_t net_icmp_skip(const uint8_t *data, size_t len);
/* As net_serve() (service.c). */
struct stream *service_open(struct net_ev *door,
	const struct net_service *service, void *arg, struct why *why);

#endif
