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
#include "hil/image.h"
#include "hil/proc.h"

struct firmware {
	struct firmware_opts opts;
	struct proc *proc;
	char *command, *image, *qemu; /* of opts, for a restart */
	bool restarting;
	struct bufferevent *console; /* our end of the pty */
	int slave; /* held open, so that the pty outlives a restart */
	char path[128];
};

static void on_read(struct bufferevent *bev, void *arg)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct firmware *f = arg;
	char chunk[4096];
	int n;

	while ((n = evbuffer_remove(in, chunk, sizeof(chunk))) > 0)
		f->opts.console(f->opts.arg, chunk, (size_t)n);
}

/* A raw pty: no echo, no line discipline of ours in what firmware says. */
static bool open_console(struct firmware *f)
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
			f->console = bufferevent_socket_new(
				f->opts.base, fd, BEV_OPT_CLOSE_ON_FREE);
	}
	if (f->console == NULL) {
		close(fd);
		return false;
	}
	bufferevent_setcb(f->console, on_read, NULL, NULL, f);
	return bufferevent_enable(f->console, EV_READ | EV_WRITE) == 0;
}

/* One word of the command with its braces filled in. */
static bool fill_word(
	const struct firmware *f, const char *word, size_t n, struct buf *out)
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

static bool add_command(
	const struct firmware *f, struct argv *a, char *why, size_t size)
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

/* ---- the virtual board ---- */

/* What QEMU boots: TMP/flash.bin. */
static bool write_flash(const struct firmware *f, char *why, size_t size)
{
	char path[4096], wrong[300];
	struct image image;
	bool ok;

	snprintf(path, sizeof(path), "%s/flash.bin", f->opts.tmp);
	if (!image_load(&image, f->opts.image, wrong, sizeof(wrong))) {
		snprintf(why, size, "%s: %s", f->opts.image, wrong);
		return false;
	}
	ok = image_write_virtual(&image, path, wrong, sizeof(wrong));
	if (!ok)
		snprintf(why, size, "%s: %s", f->opts.image, wrong);
	image_free(&image);
	return ok;
}

/* In an option of QEMU a comma ends the value, two are one. */
static void add_path(struct argv *a, const char *head, const char *tmp,
	const char *name, const char *tail)
{
	struct buf out;

	buf_init(&out, 8192);
	buf_adds(&out, head);
	for (const char *p = tmp; *p != '\0'; p++) {
		if (*p == ',')
			buf_addc(&out, ',');
		buf_addc(&out, (uint8_t)*p);
	}
	buf_adds(&out, name);
	buf_adds(&out, tail);
	if (buf_cstr(&out) != NULL)
		argv_add(a, buf_cstr(&out));
	else
		a->failed = true;
	buf_free(&out);
}

/*
 * The wiring: USART1 is the console, USART2 the modem, "UART7", which the
 * chip does not have, the modem's pins. QEMU connects before it runs, so the
 * emulator must listen by now.
 */
static bool add_qemu(
	const struct firmware *f, struct argv *a, char *why, size_t size)
{
	const char *tmp = f->opts.tmp;

	if (!write_flash(f, why, size))
		return false;
	argv_add(a, f->opts.qemu);
	argv_add(a, "-nodefaults");
	argv_add(a, "-no-user-config");
	argv_add(a, "-display");
	argv_add(a, "none");
	argv_add(a, "-machine");
	argv_add(a, "netduinoplus2");
	argv_add(a, "-device");
	add_path(a, "loader,file=", tmp, "/flash.bin",
		",addr=0x08000000,force-raw=on");
	argv_add(a, "-chardev");
	add_path(a, "serial,id=console,path=", f->path, "", "");
	argv_add(a, "-chardev");
	add_path(a, "socket,id=modem,path=", tmp, "/modem", "");
	argv_add(a, "-chardev");
	add_path(a, "socket,id=pins,path=", tmp, "/pins", "");
	argv_add(a, "-serial");
	argv_add(a, "chardev:console");
	argv_add(a, "-serial");
	argv_add(a, "chardev:modem");
	for (int i = 3; i <= 6; i++) {
		argv_add(a, "-serial");
		argv_add(a, "null");
	}
	argv_add(a, "-serial");
	argv_add(a, "chardev:pins");
	snprintf(why, size, "the path of the run's folder is too long");
	return !a->failed;
}

static bool spawn(struct firmware *f, char *why, size_t size);

static void on_exit_(void *arg, bool success, const char *how)
{
	struct firmware *f = arg;
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

static bool spawn(struct firmware *f, char *why, size_t size)
{
	char log[4096];
	struct proc_opts o = {NULL, log, NULL, on_exit_, f};
	struct argv a = {0};
	bool ok;

	snprintf(log, sizeof(log), "%s/firmware.log", f->opts.tmp);
	ok = f->opts.image != NULL ? add_qemu(f, &a, why, size)
				   : add_command(f, &a, why, size);
	o.argv = a.v;
	if (ok)
		f->proc = proc_spawn(f->opts.base, &o, why, size);
	argv_free(&a);
	return f->proc != NULL;
}

static bool copy_word(const char **word, char **own)
{
	bool wanted = *word != NULL;

	*own = wanted ? strdup(*word) : NULL;
	*word = *own;
	return !wanted || *own != NULL;
}

static bool copy_words(struct firmware *f)
{
	return copy_word(&f->opts.command, &f->command) &&
	       copy_word(&f->opts.image, &f->image) &&
	       copy_word(&f->opts.qemu, &f->qemu);
}

struct firmware *firmware_start(
	const struct firmware_opts *opts, char *why, size_t why_size)
{
	struct firmware *f = calloc(1, sizeof(*f));

	snprintf(why, why_size, "out of memory");
	if (f == NULL)
		return NULL;
	f->opts = *opts;
	f->slave = -1;
	if (copy_words(f)) {
		if (!open_console(f))
			snprintf(why, why_size, "cannot make a pty: %s",
				strerror(errno));
		else if (spawn(f, why, why_size))
			return f;
	}
	firmware_free(f);
	return NULL;
}

void firmware_write(struct firmware *f, const void *data, size_t len)
{
	bufferevent_write(f->console, data, len);
}

void firmware_reset(struct firmware *f)
{
	f->restarting = true;
	proc_signal(f->proc, SIGKILL);
}

bool firmware_runs(const struct firmware *f)
{
	return f != NULL && f->proc != NULL;
}

void firmware_signal(struct firmware *f, int sig)
{
	if (firmware_runs(f))
		proc_signal(f->proc, sig);
}

void firmware_free(struct firmware *f)
{
	if (f == NULL)
		return;
	proc_free(f->proc);
	if (f->console != NULL)
		bufferevent_free(f->console);
	if (f->slave >= 0)
		close(f->slave);
	free(f->command);
	free(f->image);
	free(f->qemu);
	free(f);
}
