/*
 * The reference for `AT` -> `OK` over a pty: a bare loop of read and write
 * that answers every CR with CR LF OK CR LF. Prints `ready 1 SLAVE` and serves
 * until it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

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

int main(void)
{
	static const char answer[] = "\r\nOK\r\n";
	char in[512];
	int fd = open_pty();

	if (fd < 0) {
		perror("echo_pty");
		return 2;
	}
	/* Held open, so that a peer that comes and goes leaves no HUP. */
	if (open(ptsname(fd), O_RDWR | O_NOCTTY) < 0)
		return 2;
	printf("ready 1 %s\n", ptsname(fd));
	fflush(stdout);
	for (;;) {
		ssize_t n = read(fd, in, sizeof(in));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 1;
		if (memchr(in, '\r', (size_t)n) != NULL &&
			write(fd, answer, sizeof(answer) - 1) < 0)
			return 1;
	}
}
