/*
 * `AT` -> `OK` in process, on the hand-advanced clock: inproc [SECONDS]
 *
 * Prints exchanges a second. No descriptor, no kernel: what the engine costs.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modem.h"
#include "net/net.h"
#include "tests/unit/support/fake_clock.h"

static unsigned long answers;
static size_t matched;

static void count_answers(void *arg, const void *data, size_t len)
{
	static const char want[] = "\r\nOK\r\n";
	const char *p = data;

	(void)arg;
	for (size_t i = 0; i < len; i++) {
		matched = p[i] == want[matched] ? matched + 1 : p[i] == '\r';
		if (matched == sizeof(want) - 1) {
			answers++;
			matched = 0;
		}
	}
}

static struct stream *no_network(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	(void)net, (void)proto, (void)port, (void)handler, (void)arg;
	why_policy(why, ERR_NET_CONNECT, "%s: no network in this bench", host);
	return NULL;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool ask(struct modem *m, struct fake_clock *fc, const char *command)
{
	unsigned long before = answers;

	modem_input(m, command, strlen(command));
	fake_clock_run(fc);
	return answers == before + 1;
}

int main(int argc, char **argv)
{
	static const struct net_ops ops = {.open = no_network};
	double span = argc > 1 ? strtod(argv[1], NULL) : 1.0, start;
	struct net net = {.ops = &ops};
	struct profile profile;
	struct fake_clock fc;
	struct modem *m;
	struct why why;
	unsigned long n = 0;

	fake_clock_init(&fc, true);
	profile_init(&profile);
	m = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net,
			.output = count_answers,
		},
		&why);
	if (m == NULL) {
		fprintf(stderr, "inproc: %s\n", why.text);
		return 2;
	}
	modem_boot(m);
	fake_clock_advance(&fc, 60000);
	if (!ask(m, &fc, "ATE0\r")) {
		fputs("inproc: no answer to ATE0\n", stderr);
		return 1;
	}
	start = now();
	do {
		for (int i = 0; i < 1000; i++, n++)
			if (!ask(m, &fc, "AT\r")) {
				fputs("inproc: no answer to AT\n", stderr);
				return 1;
			}
	} while (now() - start < span);
	printf("%.0f\n", (double)n / (now() - start));
	modem_free(m);
	return 0;
}
