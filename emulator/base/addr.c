#include "base/addr.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getaddrinfo() itself takes numbers modulo 65536. */
static bool port_fits(const char *port)
{
	size_t digits = strspn(port, "0123456789");

	return port[digits] != '\0' ||
	       (digits <= 5 && strtoul(port, NULL, 10) <= 65535);
}

const char *addr_look_up(const char *text, int flags, struct addrinfo **list)
{
	const struct addrinfo hints = {
		.ai_flags = flags, .ai_socktype = SOCK_STREAM};
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	char host[256];
	int err;

	if (n == 0 || n >= sizeof(host) || !colon[1])
		return "expected HOST:PORT";
	if (!port_fits(colon + 1))
		return "a port is at most 65535";
	memcpy(host, text, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		memmove(host, host + 1, n - 1);
	}
	err = getaddrinfo(host, colon + 1, &hints, list);
	return err != 0 ? gai_strerror(err) : NULL;
}

bool addr_parse(struct sockaddr_storage *sa, int *len, const char *text)
{
	struct addrinfo *res;

	if (addr_look_up(text, AI_NUMERICHOST | AI_NUMERICSERV, &res) != NULL)
		return false;
	memset(sa, 0, sizeof(*sa));
	memcpy(sa, res->ai_addr, res->ai_addrlen);
	*len = (int)res->ai_addrlen;
	freeaddrinfo(res);
	return true;
}

void addr_format(const struct sockaddr *sa, int len, char *out, size_t cap)
{
	char host[64], port[16];
	int err = getnameinfo(sa, (socklen_t)len, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);

	if (err != 0)
		(void)snprintf(out, cap, "?");
	else if (strchr(host, ':'))
		(void)snprintf(out, cap, "[%s]:%s", host, port);
	else
		(void)snprintf(out, cap, "%s:%s", host, port);
}
