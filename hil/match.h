#ifndef EC21_HIL_MATCH_H
#define EC21_HIL_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/transcript.h"
#include "hil/expand.h"
#include "hil/vars.h"

/*
 * Patterns of expectations: bytes, parameters (hil/expand.h) and classes.
 *
 *   {int}   decimal digits, a '-' in front      {hex}  hex digits
 *   {ip}    an IPv4 address                     {time} yy/MM/dd,hh:mm:ss±zz
 *   {any}   anything but CR and LF, or nothing  {skip} anything, as little
 *                                                      as possible
 *   {name=class}  the same, captured; {$name} later means these bytes
 */
struct pattern;

/* vars NULL: check the syntax only. NULL with *err set. Owned by caller. */
struct pattern *pattern_new(const char *text, size_t len,
	const struct vars *vars, struct place place,
	struct transcript_error *err);
/* Harmless on NULL. */
void pattern_free(struct pattern *);

enum match_result {
	MATCH_NO,   /* differs, whatever comes */
	MATCH_MORE, /* fits so far */
	MATCH_OPEN, /* fits, but its last class could take more */
	MATCH_YES,
};

struct match {
	size_t used;	/* bytes taken, for OPEN and YES */
	size_t reached; /* bytes that fitted, for NO and MORE */
};

/*
 * Match the front of `data`. end: no more bytes will come, so the result is
 * NO or YES. A pattern of many {any} that takes a million tries is given up
 * as NO.
 */
enum match_result pattern_match(struct pattern *, const void *data, size_t len,
	bool end, struct match *m);
/* Set what the last match captured. False: no memory. */
bool pattern_capture(
	const struct pattern *, const void *data, struct vars *vars);
/* The pattern with parameters filled in, escaped, for people. */
bool pattern_show(const struct pattern *, struct buf *out);

#endif
