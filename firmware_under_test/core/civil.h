#ifndef WIOFW_CIVIL_H
#define WIOFW_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds since 1970-01-01 UTC of a Gregorian date; no checks. */
int64_t civil_seconds(int year, int month, int day, int hour, int min, int sec);

/*
 * The text of AT+CCLK?, "yy/MM/dd,hh:mm:ss±zz" with zz in quarters of an
 * hour (quotes and zone optional), to UTC seconds. Years 80..99 are 19yy: the
 * modem's clock starts at 80/01/06 [AT §9]. False when malformed.
 */
bool civil_parse_cclk(const char *text, int64_t *utc);

#endif
