#ifndef EC21_TESTS_SESSION_TEXT_H
#define EC21_TESTS_SESSION_TEXT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hil/session.h"

#define HEAD "# ec21 transcript 1\n# profile: ec21j\n"

/* Read a recording from text, through a file, as users do. */
static inline bool read_text(struct session *s, const char *text)
{
	char path[] = "/tmp/check_session.XXXXXX";
	struct transcript_error err;
	int fd = mkstemp(path);
	bool ok;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	ok = session_load(s, path, &err);
	unlink(path);
	return ok;
}

#endif
