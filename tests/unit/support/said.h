#ifndef EC21_TESTS_SAID_H
#define EC21_TESTS_SAID_H

#include <stddef.h>

/*
 * What a modem said, read line by line with the rules of [AT §6]: whether a
 * URC that a test caused stands inside an answer, or between a prompt or
 * CONNECT and its final result. For ATV1 and the usual CR LF.
 */
struct said {
	size_t finals;	 /* OK, ERROR, SEND OK and the like */
	size_t put_in;	 /* lines that only a test can have caused */
	size_t starts;	 /* RDY */
	char wrong[200]; /* "": no line stands where it must not */
};

/*
 * Lines a test may cause: those of the connection with id 6, "pdpdeact" and
 * +QIND: "csq".
 */
struct said said_read(const void *data, size_t len);

#endif
