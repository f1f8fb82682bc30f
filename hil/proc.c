#include "hil/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

struct proc {
	struct proc_opts opts;
	pid_t pid; /* 0: reaped */
	bool tool;
	bool told;  /* to end, by SIGTERM */
	int status; /* exit status once reaped; -1: a signal */
	struct bufferevent *out;
	struct event *child;
};

static void tell(int status, char *text, size_t size)
{
	if (WIFEXITED(status))
		snprintf(text, size, "ended with status %d",
			WEXITSTATUS(status));
	else
		snprintf(text, size, "was ended by signal %d (%s)",
			WTERMSIG(status), strsignal(WTERMSIG(status)));
}

static void read_lines(struct proc *p)
{
	struct evbuffer *in = bufferevent_get_input(p->out);
	enum evbuffer_eol_style eol =
		p->tool ? EVBUFFER_EOL_ANY : EVBUFFER_EOL_LF;
	char *line;

	while ((line = evbuffer_readln(in, NULL, eol)) != NULL) {
		if (p->opts.line != NULL)
			p->opts.line(p->opts.arg, line);
		free(line);
	}
	/* Nobody here prints lines of 64 KiB. */
	if (evbuffer_get_length(in) > 65536)
		evbuffer_drain(in, evbuffer_get_length(in));
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	read_lines(arg);
}

/* What is in the pipe, and a last line without its end. */
static void read_rest(struct proc *p)
{
	struct evbuffer *in = bufferevent_get_input(p->out);
	evutil_socket_t fd = bufferevent_getfd(p->out);
	char chunk[4096];
	ssize_t n;

	bufferevent_disable(p->out, EV_READ);
	evbuffer_unfreeze(in, 0);
	while ((n = read(fd, chunk, sizeof(chunk))) > 0) {
		evbuffer_add(in, chunk, (size_t)n);
		read_lines(p);
	}
	evbuffer_add(in, "\n", 1);
	read_lines(p);
}

static void on_child(evutil_socket_t sig, short what, void *arg)
{
	struct proc *p = arg;
	char how[80];
	int status;

	(void)sig;
	(void)what;
	if (p->pid == 0 || waitpid(p->pid, &status, WNOHANG) != p->pid)
		return;
	p->pid = 0;
	event_del(p->child);
	p->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (p->tool)
		read_rest(p);
	tell(status, how, sizeof(how));
	p->opts.exited(p->opts.arg,
		p->status == 0 || (p->told && WIFSIGNALED(status) &&
					  WTERMSIG(status) == SIGTERM),
		how);
}

/* How a child begins. */
struct birth {
	const struct proc_opts *opts;
	int out, log, report, keep_fd;
	bool guard;
	/* A guard never frees it: valgrind is to find it here when it ends. */
	const struct proc *proc;
};

static void on_orphaned(int sig)
{
	(void)sig;
	kill(0, SIGKILL);
}

/*
 * Stands between us and a tool: the kernel tells only a direct child that we
 * are gone, and the tool may have children. Returns in the tool.
 */
static void guard(void)
{
	pid_t pid;
	int status;

	signal(SIGTERM, on_orphaned);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGTERM, SIG_DFL);
		return;
	}
	if (pid < 0)
		_exit(126);
	/* The pipes are the tool's: their end is to be seen. */
	(void)close_range(3, ~0u, 0);
	(void)dup2(open("/dev/null", O_RDWR), 1);
	(void)dup2(1, 2);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status))
		_exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	_exit(126);
}

/* Behind fork(). Reports a failed exec through `report`, and is gone. */
static void run_child(const struct birth *b, pid_t parent)
{
	const struct proc_opts *o = b->opts;
	int out = b->out, log = b->log, report = b->report, null, err;
	sigset_t none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(127);
	if (b->guard)
		guard();
	if (b->keep_fd >= 0)
		(void)fcntl(b->keep_fd, F_SETFD, 0);
	null = open("/dev/null", O_RDONLY);
	if (null >= 0 && dup2(null, 0) >= 0 && dup2(out, 1) >= 0 &&
		dup2(log, 2) >= 0) {
		signal(SIGPIPE, SIG_DFL);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execvp(o->argv[0], o->argv);
	}
	err = errno;
	if (write(report, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

static bool watch(struct proc *p, struct event_base *base, int out)
{
	evutil_make_socket_nonblocking(out);
	p->out = bufferevent_socket_new(base, out, BEV_OPT_CLOSE_ON_FREE);
	p->child = evsignal_new(base, SIGCHLD, on_child, p);
	if (p->out == NULL || p->child == NULL ||
		event_add(p->child, NULL) != 0)
		return false;
	bufferevent_setcb(p->out, on_read, NULL, NULL, p);
	/* It may have ended before anyone listened for the signal. */
	event_active(p->child, EV_SIGNAL, 1);
	return bufferevent_enable(p->out, EV_READ) == 0;
}

/* The pid, or -1 with errno. Waits until the child has begun its program. */
static pid_t start(struct birth *b)
{
	int report[2], err = 0;
	pid_t parent = getpid(), pid;
	ssize_t n;

	if (pipe2(report, O_CLOEXEC) != 0)
		return -1;
	b->report = report[1];
	pid = fork();
	if (pid == 0)
		run_child(b, parent);
	close(report[1]);
	if (pid > 0) {
		do {
			n = read(report[0], &err, sizeof(err));
		} while (n < 0 && errno == EINTR);
		if (n == sizeof(err)) {
			waitpid(pid, NULL, 0);
			pid = -1;
		}
	}
	close(report[0]);
	if (err != 0)
		errno = err;
	return pid;
}

/* The child's end of the pipe becomes the file: ours sees the end at once. */
static bool redirect(int out, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && dup3(fd, out, O_CLOEXEC) >= 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static int open_log(const char *path)
{
	if (path == NULL)
		return fcntl(2, F_DUPFD_CLOEXEC, 0);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static struct proc *spawn(
	struct event_base *base, struct birth *b, char *why, size_t why_size)
{
	const struct proc_opts *opts = b->opts;
	struct proc *p = calloc(1, sizeof(*p));
	int out[2] = {-1, -1}, log = -1;

	if (p == NULL || pipe2(out, O_CLOEXEC) != 0 ||
		(opts->output != NULL && !redirect(out[1], opts->output)))
		goto failed;
	b->proc = p;
	p->opts = *opts;
	p->tool = b->guard;
	log = p->tool ? fcntl(out[1], F_DUPFD_CLOEXEC, 0) : open_log(opts->log);
	if (log < 0)
		goto failed;
	b->out = out[1];
	b->log = log;
	p->pid = start(b);
	if (p->pid < 0) {
		p->pid = 0;
		goto failed;
	}
	close(log);
	close(out[1]);
	if (watch(p, base, out[0]))
		return p;
	snprintf(why, why_size, "cannot watch %s", opts->argv[0]);
	proc_free(p);
	return NULL;
failed:
	snprintf(why, why_size, "cannot start %s: %s", opts->argv[0],
		strerror(errno));
	if (log >= 0)
		close(log);
	if (out[0] >= 0) {
		close(out[0]);
		close(out[1]);
	}
	free(p);
	return NULL;
}

struct proc *proc_spawn(struct event_base *base, const struct proc_opts *opts,
	char *why, size_t why_size)
{
	struct birth b = {.opts = opts, .keep_fd = -1};

	return spawn(base, &b, why, why_size);
}

struct proc *proc_spawn_tool(struct event_base *base,
	const struct proc_opts *opts, int keep_fd, char *why, size_t why_size)
{
	struct birth b = {.opts = opts, .keep_fd = keep_fd, .guard = true};

	return spawn(base, &b, why, why_size);
}

int proc_status(const struct proc *p)
{
	return p->status;
}

void proc_signal(struct proc *p, int sig)
{
	if (p->pid > 0) {
		p->told = p->told || sig == SIGTERM;
		kill(-p->pid, sig);
	}
}

void proc_free(struct proc *p)
{
	if (p == NULL)
		return;
	if (p->pid > 0) {
		/* The child may not have made its group yet. */
		kill(-p->pid, SIGKILL);
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (p->child != NULL)
		event_free(p->child);
	if (p->out != NULL)
		bufferevent_free(p->out);
	free(p);
}

void argv_add(struct argv *a, const char *word)
{
	if (a->n == ARGV_MAX || (a->v[a->n] = strdup(word)) == NULL) {
		a->failed = true;
		return;
	}
	a->v[++a->n] = NULL;
}

void argv_addf(struct argv *a, const char *fmt, ...)
{
	char word[4096 + 256];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(word, sizeof(word), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(word))
		a->failed = true;
	else
		argv_add(a, word);
}

void argv_free(struct argv *a)
{
	for (size_t i = 0; i < a->n; i++)
		free(a->v[i]);
	*a = (struct argv){0};
}
