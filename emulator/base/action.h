#ifndef EC21_BASE_ACTION_H
#define EC21_BASE_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What can be done to a modem from outside, as DO lines of a transcript and
 * the control socket say it:
 *
 *   power on|off        supply, and PWRKEY for long enough; or none
 *   supply on|off       the supply alone
 *   pwrkey 600ms        a press of PWRKEY, 1ms to 60s
 *   reset 200ms         a pulse at RESET_N
 *   signal 0..31        rssi, as +CSQ prints it
 *   coverage on|off     the network is there, or not
 *   sim insert|remove
 *   dtr high|low        its level at the MCU pin
 *   bearer drop         the network releases all contexts
 *   fault SPEC          arm one; see fault_arm()
 */
enum action_type {
	ACTION_POWER,
	ACTION_SUPPLY,
	ACTION_PWRKEY,
	ACTION_RESET,
	ACTION_SIGNAL,
	ACTION_COVERAGE,
	ACTION_SIM,
	ACTION_BEARER,
	ACTION_DTR,
	ACTION_FAULT,
};

/* Longest action, in bytes. */
enum { ACTION_MAX = 120 };

struct action {
	enum action_type type;
	bool on;     /* power, supply, coverage; sim: inserted; dtr: high */
	uint64_t ms; /* pwrkey, reset */
	int rssi;    /* signal */
	const char *spec; /* fault; points into the text, and is checked */
};

/* ERR_PARAM, and what was expected. */
int action_parse(const char *text, struct action *action, struct why *why);

/* `200ms` or `2s`, 1ms to 60s. */
bool action_parse_ms(const char *text, uint64_t *ms);

#endif
