/*
 * The reference for payload through a socket: stub_tcp [BYTES [PORT]]
 *
 * A pty that holds the dialogue of QISEND and QIRD with constant answers, and
 * no network behind it. QIOPEN begins transparent mode for good: as `peer`
 * would, it then writes without end, or with BYTES answers each BYTES with a
 * `k`. With PORT (BYTES is of no use then) it is the least that does a modem's
 * work: payload goes to a `peer` there and comes from it. Prints `ready 1
 * SLAVE` and serves until it is killed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum {
	CHUNK = 1460,
};

static bool put(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool puts_to(int fd, const char *text)
{
	return put(fd, text, strlen(text));
}

/* An answer to QIRD, as one write; peer: -1 for none. */
static bool put_data(int fd, int peer)
{
	char out[CHUNK + 64];
	int head = snprintf(out, sizeof(out), "\r\n+QIRD: %d\r\n", CHUNK);

	if (peer < 0)
		memset(out + head, 'x', CHUNK);
	else if (recv(peer, out + head, CHUNK, MSG_WAITALL) != CHUNK)
		return false;
	memcpy(out + head + CHUNK, "\r\n\r\nOK\r\n", 8);
	return put(fd, out, (size_t)head + CHUNK + 8);
}

static int open_pty(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);
	struct termios tio;

	if (fd < 0 || grantpt(fd) != 0 || unlockpt(fd) != 0 ||
		tcgetattr(fd, &tio) != 0)
		return -1;
	cfmakeraw(&tio);
	cfsetspeed(&tio, B115200);
	return tcsetattr(fd, TCSANOW, &tio) == 0 ? fd : -1;
}

static int connect_to(uint16_t port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0)
		return -1;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

/* Transparent mode with a peer, both ways. */
static bool bridge(int fd, int peer)
{
	struct pollfd p[] = {{fd, POLLIN, 0}, {peer, POLLIN, 0}};
	char data[4096];
	ssize_t n;

	while (poll(p, 2, -1) > 0) {
		if (p[0].revents != 0) {
			n = read(fd, data, sizeof(data));
			if (n <= 0 || !put(peer, data, (size_t)n))
				break;
		}
		if (p[1].revents != 0) {
			n = read(peer, data, 1500);
			if (n <= 0 || !put(fd, data, (size_t)n))
				break;
		}
	}
	return false;
}

/* Transparent mode, from the peer: as large as the modem's pushes. */
static bool flood(int fd)
{
	static char out[1500];

	memset(out, 'x', sizeof(out));
	while (put(fd, out, sizeof(out)))
		;
	return false;
}

/* Transparent mode, to the peer. */
static bool count(int fd, size_t bytes)
{
	static char in[4096];
	size_t left = bytes;

	for (;;) {
		ssize_t n = read(fd, in, sizeof(in));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if ((size_t)n < left) {
			left -= (size_t)n;
			continue;
		}
		left += bytes - (size_t)n;
		if (!puts_to(fd, "k"))
			return false;
	}
}

/* *data: how much is to be read before the next line. */
static bool answer(
	int fd, int peer, const char *line, size_t bytes, size_t *data)
{
	if (strncmp(line, "AT+QISEND=", 10) == 0) {
		*data = CHUNK;
		return puts_to(fd, "\r\n> ");
	}
	if (strncmp(line, "AT+QIRD=", 8) == 0)
		return put_data(fd, peer);
	if (strncmp(line, "AT+QIOPEN=", 10) == 0)
		return puts_to(fd, "\r\nCONNECT\r\n") &&
		       (peer >= 0	   ? bridge(fd, peer)
			       : bytes > 0 ? count(fd, bytes)
					   : flood(fd));
	return puts_to(fd, "\r\nOK\r\n");
}

int main(int argc, char **argv)
{
	char line[256], in[4096], sent[CHUNK];
	size_t have = 0, data = 0;
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	int peer = argc > 2 ? connect_to((uint16_t)strtoul(argv[2], NULL, 10))
			    : -1;
	int fd = open_pty();

	if ((argc > 2 && peer < 0) || fd < 0 ||
		open(ptsname(fd), O_RDWR | O_NOCTTY) < 0)
		return 2;
	printf("ready 1 %s\n", ptsname(fd));
	fflush(stdout);
	for (;;) {
		ssize_t n = read(fd, in, sizeof(in));
		bool ok = n > 0 || (n < 0 && errno == EINTR);

		for (ssize_t i = 0; ok && i < n; i++) {
			if (data > 0) {
				sent[CHUNK - data] = in[i];
				if (--data > 0)
					continue;
				ok = puts_to(fd, "\r\nSEND OK\r\n") &&
				     (peer < 0 || put(peer, sent, CHUNK));
			} else if (in[i] != '\r') {
				if (have < sizeof(line) - 1)
					line[have++] = in[i];
			} else {
				line[have] = '\0';
				have = 0;
				ok = answer(fd, peer, line, bytes, &data);
			}
		}
		if (!ok)
			return 1;
	}
}
