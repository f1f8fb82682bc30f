/*
 * The far end of the payload bench: peer [BYTES]
 *
 * A TCP server on loopback that writes without end and throws away what it
 * reads; with BYTES it only answers each BYTES that it reads with a `k`.
 * Prints `ready PORT`.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int fd)
{
	static char out[65536], in[65536];

	memset(out, 'x', sizeof(out));
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};

		if (poll(&p, 1, -1) < 0)
			return;
		if ((p.revents & (POLLIN | POLLHUP)) &&
			recv(fd, in, sizeof(in), 0) <= 0)
			return;
		if ((p.revents & POLLOUT) &&
			send(fd, out, sizeof(out), MSG_DONTWAIT) < 0 &&
			errno != EAGAIN)
			return;
	}
}

static void count(int fd, size_t bytes)
{
	static char in[65536];
	size_t left = bytes;
	ssize_t n;

	while ((n = recv(fd, in, left < sizeof(in) ? left : sizeof(in), 0)) >
		0) {
		left -= (size_t)n;
		if (left > 0)
			continue;
		left = bytes;
		if (send(fd, "k", 1, 0) < 0)
			return;
	}
}

int main(int argc, char **argv)
{
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	signal(SIGPIPE, SIG_IGN);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, len) != 0 ||
		listen(fd, 4) != 0 ||
		getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
		perror("peer");
		return 2;
	}
	printf("ready %d\n", ntohs(addr.sin_port));
	fflush(stdout);
	for (;;) {
		int conn = accept(fd, NULL, NULL);

		if (conn < 0)
			return 1;
		if (bytes > 0)
			count(conn, bytes);
		else
			serve(conn);
		close(conn);
	}
}
