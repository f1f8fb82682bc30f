/*
 * The reference for payload through a socket: stub_tcp [BYTES]
 *
 * A pty that holds the dialogue of QISEND and QIRD with constant answers, and
 * no network behind it. QIOPEN begins transparent mode for good: as `peer`
 * would, it then writes without end, or with BYTES answers each BYTES with a
 * `k`. Prints `ready 1 SLAVE` and serves until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* An answer to QIRD, as one write. */
static bool put_data(int fd)
{
	char out[CHUNK + 64];
	int head = snprintf(out, sizeof(out), "\r\n+QIRD: %d\r\n", CHUNK);

	memset(out + head, 'x', CHUNK);
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
static bool answer(int fd, const char *line, size_t bytes, size_t *data)
{
	if (strncmp(line, "AT+QISEND=", 10) == 0) {
		*data = CHUNK;
		return puts_to(fd, "\r\n> ");
	}
	if (strncmp(line, "AT+QIRD=", 8) == 0)
		return put_data(fd);
	if (strncmp(line, "AT+QIOPEN=", 10) == 0)
		return puts_to(fd, "\r\nCONNECT\r\n") &&
		       (bytes > 0 ? count(fd, bytes) : flood(fd));
	return puts_to(fd, "\r\nOK\r\n");
}

int main(int argc, char **argv)
{
	char line[256], in[4096];
	size_t have = 0, data = 0;
	size_t bytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	int fd = open_pty();

	if (fd < 0 || open(ptsname(fd), O_RDWR | O_NOCTTY) < 0)
		return 2;
	printf("ready 1 %s\n", ptsname(fd));
	fflush(stdout);
	for (;;) {
		ssize_t n = read(fd, in, sizeof(in));
		bool ok = n > 0 || (n < 0 && errno == EINTR);

		for (ssize_t i = 0; ok && i < n; i++) {
			if (data > 0) {
				if (--data == 0)
					ok = puts_to(fd, "\r\nSEND OK\r\n");
			} else if (in[i] != '\r') {
				if (have < sizeof(line) - 1)
					line[have++] = in[i];
			} else {
				line[have] = '\0';
				have = 0;
				ok = answer(fd, line, bytes, &data);
			}
		}
		if (!ok)
			return 1;
	}
}
