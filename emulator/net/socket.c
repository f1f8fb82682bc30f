#include "net/door.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

/*
 * A socket for ICMP echo. Linux gives ping sockets to the groups of
 * net.ipv4.ping_group_range, and raw ones to root; the first fill in the
 * identifier and hand out no IP header.
 */
static int icmp_socket(int family)
{
	int proto =
		family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(family, SOCK_DGRAM | flags, proto);

	return fd >= 0 ? fd : socket(family, SOCK_RAW | flags, proto);
}

size_t net_icmp_skip(const uint8_t *data, size_t len)
{
	size_t header;

	/* 4 is no type of ICMP message that a peer sends. */
	if (len == 0 || data[0] >> 4 != 4)
		return 0;
	header = (size_t)(data[0] & 15) * 4;
	return header < len ? header : len;
}

static void set_option(int fd, int level, int name, unsigned int value)
{
	/* What the system refuses it judges by its own limits. */
	(void)setsockopt(fd, level, name, &value, sizeof(value));
}

void net_set_limits(int fd, const struct net_limits *limits)
{
	if (limits->keepalive) {
		set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
		set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, limits->idle_s);
		set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, limits->interval_s);
		set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, limits->count);
	} else if (limits->unacked_ms > 0) {
		set_option(
			fd, IPPROTO_TCP, TCP_USER_TIMEOUT, limits->unacked_ms);
	}
}

/* The address is left to the system: it follows from the peer's. */
static int bind_port(int fd, int family, uint16_t port)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(port)};

	return family == AF_INET6
		       ? bind(fd, (const struct sockaddr *)&v6, sizeof(v6))
		       : bind(fd, (const struct sockaddr *)&v4, sizeof(v4));
}

int net_socket(
	enum net_proto proto, int family, uint16_t local_port, struct why *why)
{
	int type = proto == NET_TCP ? SOCK_STREAM : SOCK_DGRAM, on = 1;
	int error, fd;

	if (proto == NET_PING)
		fd = icmp_socket(family);
	else
		fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return why_set(why, ERR_NET_SOCKET, GRADE_MAN,
			"no socket%s: %s",
			proto == NET_PING
				? " for ICMP (net.ipv4.ping_group_range)"
				: "",
			strerror(errno));
	if (proto == NET_TCP) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	}
	if (local_port == 0 || bind_port(fd, family, local_port) == 0)
		return fd;
	error = errno;
	close(fd);
	return why_set(why, ERR_NET_BIND, GRADE_MAN,
		"local port %u cannot be had on this machine: %s", local_port,
		strerror(error));
}
