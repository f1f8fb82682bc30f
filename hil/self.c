#include "hil/self.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "hil/files.h"
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
	bool ended;
	char how[80];
};

static void on_ended(void *arg, bool success, const char *how)
{
	struct running *r = arg;

	(void)success;
	r->ended = true;
	snprintf(r->how, sizeof(r->how), "%s", how);
	loop_stop(r->loop);
}

int self_run(struct loop *loop, struct argv *a, const char *output)
{
	struct running r = {.loop = loop};
	const struct proc_opts o = {
		.argv = a->v, .output = output, .exited = on_ended, .arg = &r};
	struct proc *proc;
	char why[300];
	int status = -1;

	if (!a->failed && a->n > 0 && strcmp(a->v[0], "ec21hil") == 0)
		name_ourselves(a);
	if (a->failed || a->n == 0) {
		fputs("ec21hil: a command is empty or too long\n", stderr);
		return -1;
	}
	proc = proc_spawn(loop_base(loop), &o, why, sizeof(why));
	if (proc == NULL) {
		fprintf(stderr, "ec21hil: %s\n", why);
		return -1;
	}
	loop_run(loop);
	if (r.ended) {
		status = proc_status(proc);
		if (status < 0)
			fprintf(stderr, "ec21hil: %s %s\n", a->v[0], r.how);
	} else {
		/* It has children and a folder of its own to clear away; a
		 * second signal does not wait for it. */
		fputs("ec21hil: interrupted\n", stderr);
		proc_signal(proc, SIGTERM);
		loop_run(loop);
	}
	proc_free(proc);
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

struct loop *self_begin(char *folder, size_t size)
{
	struct why why;
	struct loop *loop = loop_new(false, 1, &why);

	if (loop == NULL) {
		fprintf(stderr, "ec21hil: %s\n", why.text);
		return NULL;
	}
	if (self_folder(folder, size))
		return loop;
	loop_free(loop);
	return NULL;
}

bool self_interrupted(struct loop *loop)
{
	event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
	return event_base_got_break(loop_base(loop)) != 0;
}

void self_end(struct loop *loop, const char *folder)
{
	if (loop != NULL && folder != NULL && folder[0] != '\0')
		files_remove_tree(folder);
	loop_free(loop);
}
