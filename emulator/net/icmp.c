#include "net/door.h"

#include <netinet/in.h>

/*
 * Sockets for ICMP echo. Linux gives ping sockets to the groups of
 * net.ipv4.ping_group_range, and raw ones to root; the first fill in the
 * identifier and hand out no IP header.
 */

int icmp_socket(int family)
{
	int proto =
		family == AF_INET6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = socket(family, SOCK_DGRAM | flags, proto);

	return fd >= 0 ? fd : socket(family, SOCK_RAW | flags, proto);
}

size_t icmp_skip(const uint8_t *data, size_t len)
{
	size_t header;

	/* 4 is no type of ICMP message that a peer sends. */
	if (len == 0 || data[0] >> 4 != 4)
		return 0;
	header = (size_t)(data[0] & 15) * 4;
	return header < len ? header : len;
}
