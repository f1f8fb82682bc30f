#ifndef WIOFW_HOST_H
#define WIOFW_HOST_H

#include <stdbool.h>

#include "board.h"

struct host_options {
	const char *modem;   /* tty path or unix:PATH */
	const char *pins;    /* unix:PATH or NULL */
	const char *console; /* "-" or a tty path */
	const char *state;   /* directory or NULL */
};

/* One board for the process: descriptors, the pins' last word. */
struct host {
	int modem;
	int pins;
	int con_in;
	int con_out;
	int state; /* directory, or -1 */
	bool status_known;
	bool status_high;
	bool con_lost;
	struct board board;
};

/* 0, or -1 after one sentence on standard error. */
int host_open(struct host *h, const struct host_options *o);
void host_close(struct host *h);

#endif
