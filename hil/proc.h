#ifndef EC21_HIL_PROC_H
#define EC21_HIL_PROC_H

#include <stdbool.h>
#include <stddef.h>

struct event_base;

/*
 * A child process: own process group, ended with us, always reaped. Its
 * standard output comes line by line or goes to a file, as its standard error
 * does.
 */
struct proc;

struct proc_opts {
	char *const *argv; /* ends with NULL; argv[0] is a path or in PATH */
	/* File for standard error; appended to. NULL: ours. */
	const char *log;
	/* File for standard output; emptied first. NULL: `line` has it. */
	const char *output;
	/* Lines without their line feed; lent. May be NULL. */
	void (*line)(void *arg, const char *line);
	/*
	 * Ended and reaped; `how` says with what. success: with status 0, or
	 * by the SIGTERM of proc_signal(). proc_free() is fine here.
	 */
	void (*exited)(void *arg, bool success, const char *how);
	void *arg;
};

/* NULL with a sentence in `why`. Calls back before returning: no. */
struct proc *proc_spawn(struct event_base *base, const struct proc_opts *opts,
	char *why, size_t why_size);
/*
 * The same for a tool that is called and ends: its standard error comes as
 * lines too (log is not used), a carriage return ends a line as well, what it
 * said last comes before `exited`, and if we are killed, all that it started
 * is killed. keep_fd: a descriptor that it inherits, or -1.
 */
struct proc *proc_spawn_tool(struct event_base *base,
	const struct proc_opts *opts, int keep_fd, char *why, size_t why_size);
/* From `exited` on: its exit status, or -1 when a signal ended it. */
int proc_status(const struct proc *);
/* To the whole group. */
void proc_signal(struct proc *, int sig);
/* Kills what still runs, and waits for it. Harmless on NULL. */
void proc_free(struct proc *);

/* A growing argument vector. */
#define ARGV_MAX 128
struct argv {
	char *v[ARGV_MAX + 1];
	size_t n;
	bool failed; /* out of memory or room */
};

void argv_add(struct argv *, const char *word);
void argv_addf(struct argv *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void argv_free(struct argv *);

#endif
