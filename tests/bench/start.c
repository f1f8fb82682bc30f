/*
 * Times a modem's start: start COUNT COMMAND... (must print `ready 1 TTY`).
 *
 * From before the fork to the first OK on the tty, COUNT times, each with
 * SIGTERM and a wait behind it. Prints one line of milliseconds.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* Reads from fd until `text` has come; false at EOF or after 5 s. */
static bool read_until(int fd, const char *text, char *in, size_t size)
{
	size_t have = 0;

	while (have + 1 < size) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		ssize_t n;

		if (poll(&p, 1, 5000) <= 0)
			return false;
		n = read(fd, in + have, size - have - 1);
		if (n <= 0)
			return false;
		have += (size_t)n;
		in[have] = '\0';
		if (strstr(in, text) != NULL)
			return true;
	}
	return false;
}

static int open_tty(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY);
	struct termios tio;

	if (fd < 0 || tcgetattr(fd, &tio) != 0)
		return -1;
	cfmakeraw(&tio);
	cfsetspeed(&tio, B115200);
	return tcsetattr(fd, TCSANOW, &tio) == 0 ? fd : -1;
}

static bool first_ok(int out)
{
	char in[4096], *tty;
	bool ok;
	int fd;

	if (!read_until(out, "\n", in, sizeof(in)) ||
		strncmp(in, "ready 1 ", 8) != 0)
		return false;
	tty = in + 8;
	tty[strcspn(tty, "\n")] = '\0';
	fd = open_tty(tty);
	if (fd < 0 || write(fd, "AT\r", 3) != 3)
		return false;
	ok = read_until(fd, "OK\r\n", in, sizeof(in));
	close(fd);
	return ok;
}

static bool start_once(char **argv, double *took)
{
	posix_spawn_file_actions_t actions;
	double start = now_ms();
	int out[2], status;
	pid_t pid;
	bool ok;

	if (pipe2(out, O_CLOEXEC) != 0)
		return false;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
	ok = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0;
	posix_spawn_file_actions_destroy(&actions);
	close(out[1]);
	if (ok) {
		ok = first_ok(out[0]);
		*took = now_ms() - start;
		kill(pid, SIGTERM);
		waitpid(pid, &status, 0);
	}
	close(out[0]);
	return ok;
}

int main(int argc, char **argv)
{
	unsigned long count;
	double took;

	if (argc < 3) {
		fputs("usage: start COUNT COMMAND...\n", stderr);
		return 2;
	}
	count = strtoul(argv[1], NULL, 10);
	for (unsigned long i = 0; i < count; i++) {
		if (!start_once(argv + 2, &took)) {
			fprintf(stderr, "start: no OK from %s\n", argv[2]);
			return 1;
		}
		printf("%.2f%c", took, i + 1 < count ? ' ' : '\n');
	}
	return 0;
}
