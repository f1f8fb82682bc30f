#ifndef EC21_AT_SETTINGS_H
#define EC21_AT_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What V.250 commands set and line reader, writer and dispatch obey. One
 * struct, so that a reset or AT&F is one assignment [AT §3].
 */
struct at_settings {
	bool echo;	/* E */
	bool quiet;	/* Q */
	bool verbose;	/* V */
	uint8_t x;	/* X */
	uint8_t cmee;	/* +CMEE */
	uint8_t dcd;	/* &C */
	uint8_t dtr;	/* &D */
	bool send_echo; /* +QISDE: echo of data after a prompt */
	uint8_t s[13];	/* S0..S12 */
	uint32_t rate;	/* +IPR, bit/s */
};

#endif
