/*
 * Times exchanges on a tty: rtt TTY PID COUNT [COMMAND [END]]
 *
 * Sends COMMAND (default AT) and a CR, reads up to END (default OK CR LF), so
 * COUNT times. Prints one line: p50 and p99 in µs, then the CPU time that
 * process PID took for each exchange, all and user, in µs.
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

static bool exchange(int fd, const char *command, size_t len, const char *end)
{
	char in[4096];
	size_t have = 0, end_len = strlen(end);

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

int main(int argc, char **argv)
{
	const char *end = argc > 5 ? argv[5] : "OK\r\n";
	char command[256];
	struct cpu before, after;
	double *took;
	size_t count, len;
	pid_t pid;
	int fd;

	if (argc < 4) {
		fputs("usage: rtt TTY PID COUNT [COMMAND [END]]\n", stderr);
		return 2;
	}
	pid = (pid_t)strtol(argv[2], NULL, 10);
	count = strtoul(argv[3], NULL, 10);
	len = (size_t)snprintf(
		command, sizeof(command), "%s\r", argc > 4 ? argv[4] : "AT");
	took = calloc(count, sizeof(*took));
	fd = open_tty(argv[1]);
	if (fd < 0 || took == NULL || count == 0 || len >= sizeof(command)) {
		fprintf(stderr, "rtt: %s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	for (int i = 0; i < 20; i++)
		if (!exchange(fd, command, len, end))
			return 1;
	before = cpu_of(pid);
	for (size_t i = 0; i < count; i++) {
		double start = seconds(CLOCK_MONOTONIC);

		if (!exchange(fd, command, len, end))
			return 1;
		took[i] = seconds(CLOCK_MONOTONIC) - start;
	}
	after = cpu_of(pid);
	qsort(took, count, sizeof(*took), compare);
	printf("%.1f %.1f %.2f %.2f\n", took[count / 2] * 1e6,
		took[count * 99 / 100] * 1e6,
		(after.all_us - before.all_us) / (double)count,
		(after.user_us - before.user_us) / (double)count);
	free(took);
	return 0;
}
