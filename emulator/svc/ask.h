#ifndef EC21_SVC_ASK_H
#define EC21_SVC_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "net/net.h"

/*
 * One question to the network, and its end: what ping, SNTP and the look-up
 * of a name have in common. One at a time; the end is told from the clock,
 * because a stream must not be closed by its own handler.
 */
struct ask;

struct ask_ops {
	void (*connected)(struct ask *a);
	void (*readable)(struct ask *a); /* may be NULL */
	/* The time that ask_window() gave is over. */
	void (*over)(struct ask *a);
	/* It has ended, NULL: well; another may be started from here. */
	void (*done)(struct ask *a, const struct why *why);
};

/* First member of its user. */
struct ask {
	const struct ask_ops *ops;
	struct clock *clock;
	struct stream *stream; /* NULL: none, or the answer is known */
	struct timer window;
	struct timer turn;
	struct why why;
	bool running, failed;
};

void ask_init(struct ask *a, struct clock *clock, const struct ask_ops *ops);
/* Forget the question, without a word. */
void ask_reset(struct ask *a);
/* Start. The errors of net_open(): ERR_NET_MEMORY. */
int ask_open(struct ask *a, struct net *net, enum net_proto proto,
	const char *host, uint16_t port, struct why *why);
/* The answer must come within ms, or over() is called. */
void ask_window(struct ask *a, uint64_t ms);
/*
 * The end: done() will be called, from the clock; also without ask_open().
 * why: NULL when it is well; copied.
 */
void ask_end(struct ask *a, const struct why *why);

#endif
