#include "hil/reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/addr.h"

#define REACH_MS 5000
/* Others may knock on a public port meanwhile. */
#define STRANGERS_MAX 16

/* A list for freeaddrinfo(), or NULL and why. */
static struct addrinfo *look_up(
	const char *where, int flags, char *why, size_t size)
{
	struct addrinfo *list;
	const char *no = addr_look_up(where, flags, &list);

	if (no == NULL)
		return list;
	snprintf(why, size, "the server %s: %s", where, no);
	return NULL;
}

static bool is_ready(int fd, short event)
{
	struct pollfd p = {.fd = fd, .events = event};

	return poll(&p, 1, REACH_MS) == 1;
}

/* The connection, or -1 with errno. */
static int connect_one(const struct addrinfo *a)
{
	socklen_t len = sizeof(int);
	int err = 0, fd;

	fd = socket(
		a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
		return fd;
	err = errno;
	if (err == EINPROGRESS && !is_ready(fd, POLLOUT))
		err = ETIMEDOUT;
	else if (err == EINPROGRESS)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	if (err == 0)
		return fd;
	close(fd);
	errno = err;
	return -1;
}

static int connect_any(const char *where, char *why, size_t size)
{
	struct addrinfo *list = look_up(where, 0, why, size);
	int fd = -1, err;

	if (list == NULL)
		return -1;
	for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next)
		fd = connect_one(a);
	err = errno;
	freeaddrinfo(list);
	if (fd < 0)
		snprintf(why, size,
			"the server %s does not answer from here (%s), so no "
			"modem will reach it: docs/bench.md tells how to let "
			"it",
			where, strerror(err));
	return fd;
}

static int listen_here(const char *here, char *why, size_t size)
{
	struct addrinfo *a =
		look_up(here, AI_NUMERICHOST | AI_PASSIVE, why, size);
	int fd, yes = 1, err;

	if (a == NULL)
		return -1;
	fd = socket(
		a->ai_family, a->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
		if (bind(fd, a->ai_addr, a->ai_addrlen) != 0 ||
			listen(fd, STRANGERS_MAX) != 0) {
			err = errno;
			close(fd);
			fd = -1;
			errno = err;
		}
	}
	if (fd < 0)
		snprintf(why, size,
			"the broker cannot be at %s of this machine: %s", here,
			strerror(errno));
	freeaddrinfo(a);
	return fd;
}

struct token {
	unsigned char bytes[16];
};

/* Is what comes on this connection our own word? */
static bool says(int fd, const struct token *token)
{
	struct token got;
	size_t have = 0;
	ssize_t n = 1;

	while (n > 0 && have < sizeof(got.bytes) && is_ready(fd, POLLIN)) {
		n = recv(fd, got.bytes + have, sizeof(got.bytes) - have, 0);
		have += n > 0 ? (size_t)n : 0;
	}
	return have == sizeof(got.bytes) &&
	       memcmp(got.bytes, token->bytes, have) == 0;
}

static bool arrives(int listener, int sent)
{
	struct token token;
	bool found = false;

	if (getrandom(token.bytes, sizeof(token.bytes), 0) !=
			(ssize_t)sizeof(token.bytes) ||
		send(sent, token.bytes, sizeof(token.bytes), MSG_NOSIGNAL) !=
			(ssize_t)sizeof(token.bytes))
		return false;
	for (int i = 0; i < STRANGERS_MAX && !found; i++) {
		int fd;

		if (!is_ready(listener, POLLIN))
			break;
		fd = accept4(
			listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		found = says(fd, &token);
		close(fd);
	}
	return found;
}

bool reach_server(
	const char *where, const char *here, char *why, size_t why_size)
{
	int listener = -1, fd;
	bool ok;

	if (here != NULL && (listener = listen_here(here, why, why_size)) < 0)
		return false;
	fd = connect_any(where, why, why_size);
	ok = fd >= 0;
	if (ok && here != NULL && !arrives(listener, fd)) {
		ok = false;
		snprintf(why, why_size,
			"the server %s answers, but does not lead to %s of "
			"this machine, where the broker will be",
			where, here);
	}
	if (fd >= 0)
		close(fd);
	if (listener >= 0)
		close(listener);
	return ok;
}
