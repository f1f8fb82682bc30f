#include "hil/self.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/loop.h"

/* By its path: another ec21hil may come first in PATH. */
static void name_ourselves(struct argv *a)
{
	free(a->v[0]);
	a->v[0] = strdup("/proc/self/exe");
	a->failed = a->v[0] == NULL;
}

struct running {
	struct loop *loop;
	struct proc *proc;
	bool ended;
};

static void on_ended(void *arg, bool success, const char *how)
{
	struct running *r = arg;

	(void)success;
	(void)how;
	r->ended = true;
	loop_stop(r->loop);
}

/* In the loop: its exit status, or -1. */
static int run_in(struct running *r, const struct proc_opts *o)
{
	char why[300];
	int status = -1;

	r->proc = proc_spawn(loop_base(r->loop), o, why, sizeof(why));
	if (r->proc == NULL) {
		fprintf(stderr, "ec21hil: %s\n", why);
		return -1;
	}
	loop_run(r->loop);
	if (r->ended) {
		status = proc_status(r->proc);
	} else {
		/* It has children and a folder of its own to clear away; a
		 * second signal does not wait for it. */
		fputs("ec21hil: interrupted\n", stderr);
		proc_signal(r->proc, SIGTERM);
		loop_run(r->loop);
	}
	proc_free(r->proc);
	return status;
}

int self_run(struct argv *a, const char *output)
{
	struct running r = {0};
	const struct proc_opts o = {
		.argv = a->v, .output = output, .exited = on_ended, .arg = &r};
	struct why why = {0};
	int status;

	if (!a->failed && a->n > 0 && strcmp(a->v[0], "ec21hil") == 0)
		name_ourselves(a);
	if (a->failed || a->n == 0) {
		fputs("ec21hil: a command is empty or too long\n", stderr);
		return -1;
	}
	r.loop = loop_new(false, 1, &why);
	if (r.loop == NULL) {
		fprintf(stderr, "ec21hil: %s\n", why.text);
		return -1;
	}
	status = run_in(&r, &o);
	loop_free(r.loop);
	return status;
}

bool self_folder(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(path, size, "%s/ec21hil.XXXXXX",
		tmp != NULL && *tmp != '\0' ? tmp : "/tmp");

	errno = ENAMETOOLONG;
	if (n > 0 && (size_t)n < size && mkdtemp(path) != NULL)
		return true;
	fprintf(stderr, "ec21hil: cannot make %s: %s\n", path, strerror(errno));
	path[0] = '\0';
	return false;
}
