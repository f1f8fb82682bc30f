#ifndef EC21_MODEM_H
#define EC21_MODEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/profile.h"
#include "base/trace.h"

/*
 * One whole modem: bytes of its UART in and out, pins in and out. It knows
 * no descriptor; the program around it owns clock, network door and ports.
 * Two modems in one process share nothing but what they are given.
 */
struct fault_set;
struct modem;
struct net;

struct modem_opts {
	struct clock *clock;
	const struct profile *profile;
	struct net *net;
	const struct trace_sink *trace; /* may be NULL */
	/* Armed faults; the modem sets on_fire to tell them to its trace.
	 * NULL: none, and none can be armed. */
	struct fault_set *faults;
	const char *state_dir; /* keeps UFS and settings; lent */
	/* Bytes to the host; lent. Must not call back into the modem. */
	void (*output)(void *arg, const void *data, size_t len);
	/* The UART comes up, at modem_rate(); RDY follows. May be NULL. */
	void (*ready)(void *arg);
	/* STATUS changed; running is pin low. May be NULL. */
	void (*status)(void *arg, bool running);
	/* TLS key log lines, NSS format; NULL: none. */
	void (*keylog)(void *arg, const char *line);
	void *arg;
};

/*
 * Build a modem that is switched off. Pointers in opts are borrowed for its
 * life. NULL with the reason: no memory, state_dir in use or unusable.
 */
struct modem *modem_new(const struct modem_opts *opts, struct why *why);
void modem_free(struct modem *m);

/* Bytes from the host. May call output before returning. */
void modem_input(struct modem *m, const void *data, size_t len);
/* The host closed its end of the line. */
void modem_hangup(struct modem *m);
/*
 * The host reads slower than output comes: what peers send, and the rest of a
 * file, is to wait (true), or may come on. May be called from inside output.
 */
void modem_line_full(struct modem *m, bool full);

/* Supply is there and PWRKEY was pressed for long enough: boot. */
void modem_boot(struct modem *m);
/*
 * A level at one of the board's pins, as `--pins` sends it: K/k PWRKEY, R/r
 * RESET_N, D/d DTR, V/v supply (high/low at the MCU's pin). False for any
 * other byte.
 */
bool modem_pin(struct modem *m, char edge);
/* Rate of the UART now (+IPR), bit/s. */
uint32_t modem_rate(const struct modem *m);
/* STATUS as the MCU sees it; true is running (pin low). */
bool modem_running(const struct modem *m);

/*
 * Do to the modem what a DO line of a transcript says; base/action.h has the
 * words. Pulses end later, by the clock. ERR_PARAM, ERR_BUSY (a pulse lasts,
 * too many faults): then nothing was done. May call output before returning.
 */
int modem_act(struct modem *m, const char *action, struct why *why);

/* What can be seen of a modem from outside; texts are static. */
struct modem_state {
	const char *power; /* off, booting, on, going down, wedged */
	const char *sim;   /* off, absent, starting, busy, pin, puk, ready */
	bool running;	   /* STATUS */
	int registration;  /* <stat> of CEREG */
	int rssi;	   /* as +CSQ prints */
	uint32_t rate;	   /* bit/s */
	unsigned contexts; /* active ones: bit 0 is context 1 */
};
/* What modem_opts gave; may be NULL. */
const struct fault_set *modem_faults(const struct modem *m);
void modem_get_state(const struct modem *m, struct modem_state *state);

#endif
