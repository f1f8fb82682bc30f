/*
 * Times exchanges on a tty:
 *
 *   rtt TTY PID COUNT [COMMAND [END [AFTER]]]
 *
 * Sends COMMAND (default AT) and a CR and reads up to END and CR LF (default
 * OK), COUNT times; behind each, untimed, AFTER up to its OK. Prints one line:
 * p50 and p99 in µs, then the CPU time that process PID took for an exchange,
 * all and user, in µs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

struct cpu {
	double all_us;
	double user_us;
};

static double seconds(clockid_t clock)
{
	struct timespec ts;

	if (clock_gettime(clock, &ts) != 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* All is exact; the kernel counts user time in ticks of some 10 ms. */
static struct cpu cpu_of(pid_t pid)
{
	struct cpu cpu = {0};
	char path[64], text[1024], *p;
	clockid_t clock;
	FILE *f;

	if (clock_getcpuclockid(pid, &clock) == 0)
		cpu.all_us = seconds(clock) * 1e6;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "r");
	if (f == NULL)
		return cpu;
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	p = strrchr(text, ')');
	/* utime is field 14; the one behind the name is field 3. */
	for (int field = 2; p != NULL && field < 14; field++)
		p = strchr(p + 1, ' ');
	if (p != NULL)
		cpu.user_us =
			strtod(p, NULL) * 1e6 / (double)sysconf(_SC_CLK_TCK);
	return cpu;
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

static bool exchange(int fd, const char *command, const char *end)
{
	char in[4096];
	size_t have = 0, len = strlen(command), end_len = strlen(end);

	if (write(fd, command, len) != (ssize_t)len)
		return false;
	while (have < sizeof(in)) {
		ssize_t n = read(fd, in + have, sizeof(in) - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		have += (size_t)n;
		if (have >= end_len &&
			memcmp(in + have - end_len, end, end_len) == 0)
			return true;
	}
	return false;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* A command line or an end, with what closes it. */
static bool put(char *to, size_t size, const char *text, const char *close)
{
	return (size_t)snprintf(to, size, "%s%s", text, close) < size;
}

int main(int argc, char **argv)
{
	char command[256], end[256], after[256] = "";
	struct cpu was, is;
	double *took;
	size_t count;
	pid_t pid;
	int fd;

	if (argc < 4 ||
		!put(command, sizeof(command), argc > 4 ? argv[4] : "AT",
			"\r") ||
		!put(end, sizeof(end), argc > 5 ? argv[5] : "OK", "\r\n") ||
		(argc > 6 && !put(after, sizeof(after), argv[6], "\r"))) {
		fputs("usage: rtt TTY PID COUNT [COMMAND [END [AFTER]]]\n",
			stderr);
		return 2;
	}
	pid = (pid_t)strtol(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	took = calloc(count, sizeof(*took));
	fd = open_tty(argv[1]);
	if (fd < 0 || took == NULL || count == 0) {
		fprintf(stderr, "rtt: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	for (int i = 0; i < 20; i++)
		if (!exchange(fd, "AT\r", "OK\r\n"))
			return 1;
	was = cpu_of(pid);
	for (size_t i = 0; i < count; i++) {
		double start = seconds(CLOCK_MONOTONIC);

		if (!exchange(fd, command, end))
			return 1;
		took[i] = seconds(CLOCK_MONOTONIC) - start;
		if (after[0] != '\0' && !exchange(fd, after, "OK\r\n"))
			return 1;
	}
	is = cpu_of(pid);
	qsort(took, count, sizeof(*took), compare);
	printf("%.1f %.1f %.2f %.2f\n", took[count / 2] * 1e6,
		took[count * 99 / 100] * 1e6,
		(is.all_us - was.all_us) / (double)count,
		(is.user_us - was.user_us) / (double)count);
	free(took);
	return 0;
}
