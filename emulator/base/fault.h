#ifndef EC21_BASE_FAULT_H
#define EC21_BASE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The one door for faults: named points that the code passes, and
 * faults armed from outside (--fault, the control socket) as "the Nth time",
 * "after N bytes" or "with probability p". Product code asks; it has no
 * branches for tests.
 */
enum fault_point {
	FAULT_UART_DROP,
	FAULT_UART_GARBLE,
	FAULT_UART_STALL,
	FAULT_UART_NOISE,
	FAULT_BOOT_NEVER,
	FAULT_SIM_REMOVE,
	FAULT_REG_DENY,
	FAULT_BEARER_DROP,
	FAULT_DNS_NX,
	FAULT_DNS_SLOW,
	FAULT_TCP_REFUSE,
	FAULT_TCP_RESET,
	FAULT_TCP_STALL,
	FAULT_TCP_FULL,
	FAULT_TLS_ALERT,
	FAULT_FS_FULL,
	FAULT_FS_WRITE,
	FAULT_FS_READ,
	FAULT_FS_CORRUPT,
	FAULT_MODEM_CRASH,
	FAULT_MODEM_WEDGE,
	FAULT_POINTS,
};

enum { FAULTS_MAX = 16, FAULT_SPEC_MAX = 96, FAULT_MS_MAX = 3600000 };
/* Of nth and after: more than any run has. */
#define FAULT_COUNT_MAX UINT64_C(1000000000000000)

struct fault {
	enum fault_point point;
	uint64_t nth;	/* fires at this occasion, from 1; 0: not counted */
	uint64_t after; /* fires when so many bytes have passed */
	bool by_bytes;
	double p;      /* probability of each occasion; 0: not used */
	uint64_t ms;   /* how long it lasts; 0: the point has no length */
	uint64_t seen; /* occasions or bytes so far */
	bool armed;
};

struct fault_set {
	struct fault faults[FAULTS_MAX];
	size_t n;
	uint64_t rng;
	uint64_t fired_ms[FAULT_POINTS];
	/* Told each time one fires; text names it. May be NULL. */
	void (*on_fire)(void *arg, const char *text);
	void *arg;
};

/* seed: the same seed gives the same run of probabilities. */
void fault_init(struct fault_set *set, uint64_t seed);

/*
 * Arm one more: POINT[:nth=N|:after=N|:p=P][:ms=N]: at the Nth occasion from
 * now, at the one behind N others (bytes, where each byte is an occasion), or
 * at each with probability P. Without a condition it fires at the next one.
 * nth and after fire once, p for ever. ms where --list-faults shows a default,
 * at most FAULT_MS_MAX, numbers FAULT_COUNT_MAX. ERR_PARAM names the word that
 * is wrong, ERR_BUSY: FAULTS_MAX are armed.
 */
int fault_arm(struct fault_set *set, const char *spec, struct why *why);

/*
 * `len` bytes pass a point; each is an occasion. True when it fires at one of
 * them; *before is how many pass unharmed. Call again for the rest.
 */
bool fault_bytes(struct fault_set *set, enum fault_point point, size_t len,
	size_t *before);
/* One occasion at a point. set NULL: never. */
static inline bool fault_fires(struct fault_set *set, enum fault_point point)
{
	size_t before;

	/* Nearly always nothing is armed, and each line asks a few times. */
	return set != NULL && set->n > 0 && fault_bytes(set, point, 1, &before);
}
/* How long the fault lasts that fired last at a point. */
uint64_t fault_ms(const struct fault_set *set, enum fault_point point);

/* A fault as fault_arm() takes it, in at most FAULT_SPEC_MAX bytes. */
void fault_print(const struct fault *f, char *text, size_t size);
/* Name ("tcp.refuse") and what an occasion is; NULL past the last point. */
const char *fault_name(enum fault_point point);
const char *fault_help(enum fault_point point);

#endif
