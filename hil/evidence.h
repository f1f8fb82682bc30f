#ifndef EC21_HIL_EVIDENCE_H
#define EC21_HIL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "hil/expand.h"

/*
 * Expectations on the broker's evidence (ec21broker(8)): words that must all
 * hold for the next object.
 *
 *   sni={$host}          the value, as text; {int} and its kin work
 *   error=~"unknown ca"  contains
 *   client_cert=         null, absent, or an empty list
 *   sni!={$host}         is not
 *   client_cert.cn=x     into objects; a list holds if one element does,
 *                        alerts_sent.0.number=40 means the first
 */

/* Syntax only. False with *err set. */
bool evidence_check(const char *text, size_t len, struct place place,
	struct transcript_error *err);

/*
 * Does one line of evidence hold? *holds, and *why with the first field that
 * does not. False with *err set: the expectation itself is at fault.
 */
bool evidence_match(const char *text, size_t len, const struct vars *vars,
	struct place place, const char *json, bool *holds, struct buf *why,
	struct transcript_error *err);

#endif
