#include "base/finish.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { STATUS_LOST = 2 };

int finish(const char *program, int status)
{
	bool lost = ferror(stdout);

	errno = 0;
	/* Who was started without one, and said nothing, has lost nothing. */
	if (fflush(stdout) != 0 || (fclose(stdout) != 0 && errno != EBADF))
		lost = true;
	if (!lost)
		return status;
	fprintf(stderr, "%s: standard output: %s\n", program,
		errno != 0 ? strerror(errno) : "not all could be written");
	return STATUS_LOST;
}
