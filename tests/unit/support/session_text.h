#ifndef EC21_TESTS_SESSION_TEXT_H
#define EC21_TESTS_SESSION_TEXT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/session.h"
#include "tests/unit/support/temp.h"

#define HEAD "# ec21 transcript 1\n# profile: ec21j\n"

/* Read a recording from text, through a file, as users do. */
static inline bool read_text(struct session *s, const char *text)
{
	char path[TEMP_PATH];
	struct transcript_error err;
	bool ok;

	temp_file(path, "check_session", text);
	ok = session_load(s, path, &err);
	unlink(path);
	return ok;
}

#endif
