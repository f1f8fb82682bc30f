#ifndef EC21_SVC_REGNET_H
#define EC21_SVC_REGNET_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"

struct fault_set;
struct profile;

/*
 * The network: registration [AT §9.1], what chooses it (COPS, CGATT), and the
 * one radio state that every signal command reads. After a boot stat is 4,
 * then 2, then 1, never 0.
 */
enum reg_domain {
	REG_CS,	 /* CREG */
	REG_PS,	 /* CGREG */
	REG_EPS, /* CEREG */
	REG_DOMAINS,
};

/* <mode> of COPS. */
enum reg_mode {
	REG_MODE_AUTO = 0,
	REG_MODE_MANUAL = 1,
	REG_MODE_NONE = 2, /* deregistered by the host */
};

struct regnet;

/*
 * on_change: once for each domain whose stat changed; called from the clock,
 * and from regnet_sim_lost(), regnet_off() and regnet_cover() before they
 * return.
 */
struct regnet *regnet_new(const struct profile *profile, struct clock *clock,
	void (*on_change)(void *arg, enum reg_domain domain, int stat),
	void *arg);
void regnet_free(struct regnet *r);
/* Armed faults, borrowed; NULL, as at first: none. */
void regnet_faults(struct regnet *r, struct fault_set *faults);

struct regnet_events {
	/* An operation below has ended, NULL: well. From the clock. */
	void (*done)(void *arg, const struct why *why);
	/* regnet_rssi() has another value. */
	void (*signal)(void *arg);
};
/* Events for the commands; copied. */
void regnet_listen(
	struct regnet *r, const struct regnet_events *events, void *arg);

/* Power came: select by `mode`, else as regnet_reset(). */
void regnet_boot(struct regnet *r, enum reg_mode mode);
/* The radio comes on, at a boot or by CFUN=1: stat 4, without on_change. */
void regnet_reset(struct regnet *r);
/*
 * The SIM is ready: begin to search. Ignored while the radio is off or a
 * search has begun.
 */
void regnet_start(struct regnet *r);
/* The modem is reset: stat 0, without on_change; operations are forgotten. */
void regnet_stop(struct regnet *r);
/* The radio goes off by CFUN: stat 0, told; operations fail. */
void regnet_off(struct regnet *r);
/* The SIM is gone or locked: stat 0. */
void regnet_sim_lost(struct regnet *r);
/* Into or out of coverage: stat 2 until the network is found again. */
void regnet_cover(struct regnet *r, bool covered);

/* The host's settings leave this network out (QCFG), or let it in again. */
void regnet_allow(struct regnet *r, bool allowed);

/*
 * The network is on the host's list of forbidden ones, or not any more. A
 * registration that holds goes on; the next search is denied (stat 3, inf
 * 23.122) unless the network was chosen by hand.
 */
void regnet_forbid(struct regnet *r, bool forbidden);
bool regnet_forbidden(const struct regnet *r);

/*
 * Operations, one at a time (ERR_BUSY); their end is told by done(). Radio
 * off: ERR_NO_SERVICE.
 */
/* Register, or with REG_MODE_NONE leave the network. Fails later with
 * ERR_NO_SERVICE when refused, ERR_TIMEOUT after 180 s. */
int regnet_select(struct regnet *r, enum reg_mode mode, struct why *why);
/* Attach to or detach from the packet domain; on_change comes before done(). */
int regnet_attach(struct regnet *r, bool attach, struct why *why);
/* Look for networks. */
int regnet_scan(struct regnet *r, struct why *why);

/* 0..5 as printed. */
int regnet_stat(const struct regnet *r, enum reg_domain domain);
enum reg_mode regnet_mode(const struct regnet *r);
/* Registered for packet data. */
bool regnet_attached(const struct regnet *r);
/* Not in the packet domain by the host's doing (CFUN, COPS=2, CGATT=0) or for
 * want of a SIM, not by the network's. */
bool regnet_left(const struct regnet *r);
/* Registered in any domain: there is an operator. */
bool regnet_registered(const struct regnet *r);

/* --- radio -------------------------------------------------------------- */

/* The serving cell as measured, in dBm and dB. */
struct reg_signal {
	int rssi, rsrp, rsrq, sinr;
};

/* rssi 0..31 or 99. */
int regnet_rssi(const struct regnet *r);
/* Move the antenna: 0..31. Other values are ignored. */
void regnet_set_rssi(struct regnet *r, int rssi);
/* False while no cell is known. */
bool regnet_signal(const struct regnet *r, struct reg_signal *signal);

#endif
