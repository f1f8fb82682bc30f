#include "hil/certs.h"

#include <stdio.h>

#include "hil/files.h"
#include "hil/proc.h"
#include "hil/self.h"

bool certs_make(struct loop *loop, const char *folder, const char *host)
{
	struct argv a = {0};
	char program[4096], log[400];
	int status;

	snprintf(log, sizeof(log), "%s.log", folder);
	files_find_program("ec21certs", "EC21CERTS", program, sizeof(program));
	argv_add(&a, program);
	argv_add(&a, folder);
	if (host != NULL) {
		argv_add(&a, "--name");
		argv_add(&a, host);
	}
	status = self_run(loop, &a, log);
	argv_free(&a);
	if (status > 0)
		fprintf(stderr, "ec21hil: %s ended with status %d\n", program,
			status);
	return status == 0;
}
