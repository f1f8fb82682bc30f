#ifndef EC21_BASE_TRACE_H
#define EC21_BASE_TRACE_H

#include <stddef.h>

#include "base/err.h"

/* Lanes of a transcript (ec21-transcript(5)). */
enum lane {
	LANE_AT_TX,  /* AT>  host to modem */
	LANE_AT_RX,  /* AT<  modem to host */
	LANE_CON_TX, /* CON> to the firmware's console */
	LANE_CON_RX, /* CON< from it */
	LANE_BRK,    /* broker evidence */
	LANE_WHY,    /* reasons */
	LANE_PIN,    /* PWRKEY, RESET, STATUS, DTR edges */
	LANE_DO,     /* an action */
	LANE_NOTE,
};

/*
 * Where a modem reports what it does. Called at the moment the bytes pass,
 * in order. data is lent for the call. A sink must not call back into the
 * modem.
 */
struct trace_sink {
	void (*bytes)(void *arg, enum lane lane, const void *data, size_t len);
	void (*text)(void *arg, enum lane lane, const char *text);
	void *arg;
};

/* Write "WHY" from a reason, with its grade: `text [inf]`. */
void trace_why(const struct trace_sink *sink, const char *object,
	const struct why *why);
void trace_bytes(const struct trace_sink *sink, enum lane lane,
	const void *data, size_t len);
void trace_text(const struct trace_sink *sink, enum lane lane, const char *fmt,
	...) __attribute__((format(printf, 3, 4)));

/* "AT>", "AT<", "WHY", … */
const char *lane_name(enum lane lane);
/* Inverse; false when unknown. name need not be NUL-terminated. */
bool lane_parse(const char *name, size_t len, enum lane *lane);

#endif
