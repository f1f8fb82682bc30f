/*
 * Asks many modems at once: fleet COUNT PATTERN (with one %d, from 1)
 *
 * Opens all ttys, writes AT to each, and waits until each has said OK or 30 s
 * have passed. Prints how many answered, and the milliseconds it took.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct one {
	char in[64]; /* the last bytes, as a string */
	size_t have;
};

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* PATTERN with its %d replaced; no format string from the outside. */
static bool name_of(char *to, size_t size, const char *pattern, size_t i)
{
	const char *at = strstr(pattern, "%d");

	return at != NULL &&
	       (size_t)snprintf(to, size, "%.*s%zu%s", (int)(at - pattern),
		       pattern, i, at + 2) < size;
}

/* True once OK has come. */
static bool feed(struct one *o, int fd)
{
	ssize_t n = read(fd, o->in + o->have, sizeof(o->in) - 1 - o->have);

	if (n <= 0)
		return false;
	o->have += (size_t)n;
	o->in[o->have] = '\0';
	if (strstr(o->in, "OK\r\n") != NULL)
		return true;
	if (o->have > 16) {
		memmove(o->in, o->in + o->have - 8, 9);
		o->have = 8;
	}
	return false;
}

int main(int argc, char **argv)
{
	size_t count = argc == 3 ? strtoul(argv[1], NULL, 10) : 0, left;
	struct pollfd *polls = calloc(count + 1, sizeof(*polls));
	struct one *all = calloc(count + 1, sizeof(*all));
	char path[4096];
	double start;

	if (count == 0 || polls == NULL || all == NULL) {
		fputs("usage: fleet COUNT PATTERN\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < count; i++) {
		polls[i].events = POLLIN;
		polls[i].fd = name_of(path, sizeof(path), argv[2], i + 1)
				      ? open(path, O_RDWR | O_NOCTTY)
				      : -1;
		if (polls[i].fd < 0) {
			perror(path);
			return 2;
		}
	}
	start = now_ms();
	for (size_t i = 0; i < count; i++)
		if (write(polls[i].fd, "AT\r", 3) != 3)
			return 1;
	left = count;
	while (left > 0 && now_ms() - start < 30000) {
		if (poll(polls, count, 1000) <= 0)
			continue;
		for (size_t i = 0; i < count; i++)
			if (polls[i].revents != 0 &&
				feed(&all[i], polls[i].fd)) {
				polls[i].fd = -1;
				left--;
			}
	}
	printf("%zu %.1f\n", count - left, now_ms() - start);
	return left != 0;
}
