#include "hil/self.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int self_run(struct argv *a, const char *output)
{
	const char *program = a->n > 0 ? a->v[0] : "";
	posix_spawn_file_actions_t files;
	int err, status = -1;
	pid_t pid;

	if (strcmp(program, "ec21hil") == 0)
		program = "/proc/self/exe";
	fflush(stdout);
	posix_spawn_file_actions_init(&files);
	if (output != NULL)
		posix_spawn_file_actions_addopen(
			&files, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	err = a->failed ? ENOMEM
			: posix_spawnp(
				  &pid, program, &files, NULL, a->v, environ);
	posix_spawn_file_actions_destroy(&files);
	if (err != 0) {
		fprintf(stderr, "ec21hil: cannot start %s: %s\n",
			a->n > 0 ? a->v[0] : "?", strerror(err));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool self_folder(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(path, size, "%s/ec21hil.XXXXXX",
		tmp != NULL && *tmp != '\0' ? tmp : "/tmp");

	if (n > 0 && (size_t)n < size && mkdtemp(path) != NULL)
		return true;
	fprintf(stderr, "ec21hil: cannot make %s: %s\n", path, strerror(errno));
	path[0] = '\0';
	return false;
}
