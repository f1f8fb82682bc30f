#ifndef EC21_TESTS_TAPES_H
#define EC21_TESTS_TAPES_H

#include <stdbool.h>
#include <stddef.h>

struct tape;

/*
 * All tapes that there are (support/tape.h): TLS sessions first, chains of
 * commands, what each command family has to ask, and the conformance cases
 * that can be played. Found once, by the process that starts the tests.
 */
enum { TAPES_SESSIONS = 3 };

void tapes_find(void);
void tapes_forget(void);
size_t tapes_count(void);
/* Take tape i, to be freed; false: it cannot be played. */
bool tapes_load(struct tape *t, size_t i);
/* What a session's modem says when all goes well; static text. */
const char *tapes_session_says(size_t i);

#endif
