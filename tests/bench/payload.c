/*
 * Moves payload through socket 0 of a modem: payload TTY PID WAY COUNT
 *
 * send: COUNT times QISEND of 1460 bytes; read: QIRD until COUNT times 1460
 * bytes have come. In transparent mode, already entered: feed writes as much
 * and waits for the `k` of the far end, take reads as much. Prints MB a
 * second, and the CPU time in µs that process PID took for each 1460 bytes. The
 * socket is open before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum {
	CHUNK = 1460,
};

static int tty;
static char in[8192];
static size_t have;

static double seconds(clockid_t clock)
{
	struct timespec ts = {0};

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool put(const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(tty, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool more(void)
{
	ssize_t n = have < sizeof(in) - 1
			    ? read(tty, in + have, sizeof(in) - 1 - have)
			    : 0;

	if (n <= 0)
		return n < 0 && errno == EINTR;
	have += (size_t)n;
	in[have] = '\0';
	return true;
}

static void drop(size_t n)
{
	have -= n;
	memmove(in, in + n, have);
	in[have] = '\0';
}

/* Read up to and with `text`, and forget it; URCs on the way are skipped. */
static bool expect(const char *text)
{
	char *at;

	while ((at = memmem(in, have, text, strlen(text))) == NULL)
		if (!more())
			return false;
	drop((size_t)(at - in) + strlen(text));
	return true;
}

static char data[CHUNK];

static bool send_chunk(size_t *got)
{
	static const char command[] = "AT+QISEND=0,1460\r";

	*got += CHUNK;
	return put(command, sizeof(command) - 1) && expect("> ") &&
	       put(data, sizeof(data)) && expect("SEND OK\r\n");
}

static bool feed_chunk(size_t *got)
{
	*got += CHUNK;
	return put(data, sizeof(data));
}

static bool take_chunk(size_t *got)
{
	if (!more())
		return false;
	*got += have;
	drop(have);
	return true;
}

/* One QIRD; *got grows by what it brought. */
static bool read_chunk(size_t *got)
{
	static const char command[] = "AT+QIRD=0,1460\r";
	size_t n;

	if (!put(command, sizeof(command) - 1) || !expect("+QIRD: "))
		return false;
	while (strchr(in, '\n') == NULL)
		if (!more())
			return false;
	n = strtoul(in, NULL, 10);
	if (!expect("\n"))
		return false;
	while (have < n)
		if (!more())
			return false;
	drop(n);
	*got += n;
	return expect("OK\r\n");
}

static bool open_tty(const char *path)
{
	struct termios tio;

	tty = open(path, O_RDWR | O_NOCTTY);
	if (tty < 0 || tcgetattr(tty, &tio) != 0)
		return false;
	cfmakeraw(&tio);
	cfsetspeed(&tio, B115200);
	return tcsetattr(tty, TCSANOW, &tio) == 0;
}

static const struct {
	const char *name;
	bool (*step)(size_t *got);
	const char *end; /* what the far end says behind the last byte */
} ways[] = {
	{"send", send_chunk, NULL},
	{"read", read_chunk, NULL},
	{"feed", feed_chunk, "k"},
	{"take", take_chunk, NULL},
};

int main(int argc, char **argv)
{
	enum { WAYS = sizeof(ways) / sizeof(*ways) };
	size_t want, way = 0, got = 0;
	double start, cpu_start;
	clockid_t cpu;
	bool ok = true;

	while (argc == 5 && way < WAYS && strcmp(argv[3], ways[way].name) != 0)
		way++;
	if (argc != 5 || way == WAYS || !open_tty(argv[1]) ||
		clock_getcpuclockid((pid_t)strtol(argv[2], NULL, 10), &cpu) !=
			0) {
		fputs("usage: payload TTY PID send|read|feed|take COUNT\n",
			stderr);
		return 2;
	}
	memset(data, 'x', sizeof(data));
	want = strtoul(argv[4], NULL, 10) * CHUNK;
	cpu_start = seconds(cpu);
	start = seconds(CLOCK_MONOTONIC);
	while (ok && got < want)
		ok = ways[way].step(&got);
	if (ok && ways[way].end != NULL)
		ok = expect(ways[way].end);
	if (!ok) {
		fprintf(stderr, "payload: the dialogue broke: %s\n", in);
		return 1;
	}
	printf("%.3f %.2f\n",
		(double)got / (seconds(CLOCK_MONOTONIC) - start) / 1e6,
		(seconds(cpu) - cpu_start) * 1e6 * CHUNK / (double)got);
	return 0;
}
