#include "hil/firmware.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/buf.h"
#include "hil/expand.h"
#include "hil/proc.h"
#include "io/loop.h"

struct firmware_process {
	struct firmware firmware;
	struct firmware_opts opts;
	struct proc *proc;
	char *command; /* of opts, for a restart */
	bool restarting;
	struct bufferevent *console; /* our end of the pty */
	int slave; /* held open, so that the pty outlives a restart */
	char path[128];
};

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct firmware_process *f = arg;
	char chunk[4096];
	int n;

	while ((n = evbuffer_remove(in, chunk, sizeof(chunk))) > 0)
		f->opts.console(f->opts.arg, chunk, (size_t)n);
}

/* A raw pty: no echo, no line discipline of ours in what firmware says. */
static bool open_console(struct firmware_process *f)
{
	struct termios t;
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (grantpt(fd) == 0 && unlockpt(fd) == 0 &&
		ptsname_r(fd, f->path, sizeof(f->path)) == 0)
		f->slave = open(f->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (f->slave >= 0 && tcgetattr(f->slave, &t) == 0) {
		cfmakeraw(&t);
		if (tcsetattr(f->slave, TCSANOW, &t) == 0)
			f->console =
				bufferevent_socket_new(loop_base(f->opts.loop),
					fd, BEV_OPT_CLOSE_ON_FREE);
	}
	if (f->console == NULL) {
		close(fd);
		return false;
	}
	bufferevent_setcb(f->console, on_read, NULL, NULL, f);
	return bufferevent_enable(f->console, EV_READ | EV_WRITE) == 0;
}

/* One word of the command with its braces filled in. */
static bool fill_word(const struct firmware_process *f, const char *word,
	size_t n, struct buf *out)
{
	const char *tmp = f->opts.tmp;
	bool ok = true;

	for (size_t i = 0; ok && i < n;) {
		const char *w = word + i;
		size_t left = n - i;

		if (left >= 7 && memcmp(w, "{modem}", 7) == 0) {
			ok = buf_printf(out, "%s/modem", tmp);
			i += 7;
		} else if (left >= 6 && memcmp(w, "{pins}", 6) == 0) {
			ok = buf_printf(out, "unix:%s/pins", tmp);
			i += 6;
		} else if (left >= 9 && memcmp(w, "{console}", 9) == 0) {
			ok = buf_adds(out, f->path);
			i += 9;
		} else if (left >= 7 && memcmp(w, "{state}", 7) == 0) {
			ok = buf_printf(out, "%s/firmware", tmp);
			i += 7;
		} else if (word[i] == '"') {
			i++; /* it kept blanks together */
		} else {
			ok = buf_addc(out, (uint8_t)word[i++]);
		}
	}
	return ok;
}

static bool add_command(const struct firmware_process *f, struct argv *a,
	char *why, size_t size)
{
	const char *text = f->opts.command, *word;
	size_t len = strlen(text), n;
	struct buf out;

	buf_init(&out, 4096);
	while (!a->failed && expand_word(&text, &len, &word, &n)) {
		buf_reset(&out);
		if (fill_word(f, word, n, &out) && buf_cstr(&out) != NULL)
			argv_add(a, buf_cstr(&out));
		else
			a->failed = true;
	}
	buf_free(&out);
	if (!a->failed && a->n > 0)
		return true;
	snprintf(why, size, "the firmware's command is empty or too long");
	return false;
}

static bool spawn(struct firmware_process *f, char *why, size_t size);

static void on_exit_(void *arg, bool success, const char *how)
{
	struct firmware_process *f = arg;
	char why[500];

	(void)success;
	proc_free(f->proc);
	f->proc = NULL;
	if (!f->restarting) {
		f->opts.ended(f->opts.arg, how);
		return;
	}
	f->restarting = false;
	f->opts.restarted(f->opts.arg, spawn(f, why, sizeof(why)) ? NULL : why);
}

static bool spawn(struct firmware_process *f, char *why, size_t size)
{
	char log[4096];
	struct proc_opts o = {.log = log, .exited = on_exit_, .arg = f};
	struct argv a = {0};
	bool ok;

	snprintf(log, sizeof(log), "%s/firmware.log", f->opts.tmp);
	ok = add_command(f, &a, why, size);
	o.argv = a.v;
	if (ok)
		f->proc = proc_spawn(loop_base(f->opts.loop), &o, why, size);
	argv_free(&a);
	return f->proc != NULL;
}

/* ---- as firmware ---- */

static void process_write(struct firmware *fw, const void *data, size_t len)
{
	struct firmware_process *f = (struct firmware_process *)fw;

	bufferevent_write(f->console, data, len);
}

static void process_reset(struct firmware *fw)
{
	struct firmware_process *f = (struct firmware_process *)fw;

	f->restarting = true;
	proc_signal(f->proc, SIGKILL);
}

static bool process_runs(const struct firmware *fw)
{
	return ((const struct firmware_process *)fw)->proc != NULL;
}

static void process_signal(struct firmware *fw, int sig)
{
	proc_signal(((struct firmware_process *)fw)->proc, sig);
}

static void process_free(struct firmware *fw)
{
	struct firmware_process *f = (struct firmware_process *)fw;

	proc_free(f->proc);
	if (f->console != NULL)
		bufferevent_free(f->console);
	if (f->slave >= 0)
		close(f->slave);
	free(f->command);
	free(f);
}

struct firmware *firmware_process_start(
	const struct firmware_opts *opts, char *why, size_t why_size)
{
	static const struct firmware_ops ops = {process_write, process_reset,
		process_runs, process_runs, process_signal, process_free};
	struct firmware_process *f = calloc(1, sizeof(*f));

	snprintf(why, why_size, "out of memory");
	if (f == NULL)
		return NULL;
	f->firmware.ops = &ops;
	f->opts = *opts;
	f->slave = -1;
	f->command = strdup(opts->command);
	f->opts.command = f->command;
	if (f->command != NULL) {
		if (!open_console(f))
			snprintf(why, why_size, "cannot make a pty: %s",
				strerror(errno));
		else if (spawn(f, why, why_size))
			return &f->firmware;
	}
	process_free(&f->firmware);
	return NULL;
}
