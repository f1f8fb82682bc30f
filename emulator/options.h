#ifndef EC21_OPTIONS_H
#define EC21_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

/* The command line of ec21emu. */
enum {
	EXIT_DONE = 0,
	EXIT_DEPARTED = 1, /* from --replay */
	EXIT_USAGE = 2,
	OPTIONS_PORTS_MAX = 16,
	OPTIONS_MAPS_MAX = 64,
	OPTIONS_MODEMS_MAX = 4096,
};

/* Texts point into argv. */
struct options {
	const char *config;
	const char *profile;
	const char *ptys[OPTIONS_PORTS_MAX];
	size_t n_ptys;
	const char *listens[OPTIONS_PORTS_MAX];
	size_t n_listens;
	const char *maps[OPTIONS_MAPS_MAX];
	size_t n_maps;
	const char *faults[FAULTS_MAX];
	size_t n_faults;
	const char *pins;
	const char *state;
	const char *record;
	const char *replay;
	const char *keylog;
	const char *control;
	const char *pcap;
	unsigned modems; /* 0: one, and %d means nothing */
	uint64_t seed;
	int power; /* 0 off, 1 on */
	bool any;
	bool keep_secrets;
	bool falls_back; /* behind a departure from `replay` */
	bool fast;
	bool strict; /* the wire */
	double speed;
};

/*
 * Parse; prints what --help and the like ask for, and what is wrong. -1 to go
 * on, else the exit status.
 */
int options_parse(struct options *o, int argc, char **argv);

#endif
