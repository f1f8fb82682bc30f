#include "hil/vdfu/vdfu_cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "hil/proc.h"
#include "hil/tool.h"
#include "hil/vdfu/vdfu_chip.h"
#include "io/port.h"
#include "io/watch.h"

/* The board's configuration stands in the last sector [docs/bring-up.md]. */
#define CONFIG_AT 0xe0000u

struct vdfu_cpu {
	struct vdfu_cpu_opts opts;
	struct port *pty, *socket;
	struct proc *proc;
	char flash[200], console[200], log[200];
	size_t matched; /* bytes of dfu_when that the console just showed */
};

/* Its first byte is at no other place of the text: no need to go back. */
static bool shows_jump(struct vdfu_cpu *c, const char *data, size_t len)
{
	const char *want = c->opts.dfu_when;

	for (size_t i = 0; want != NULL && i < len; i++) {
		if (data[i] != want[c->matched])
			c->matched = 0;
		if (data[i] == want[c->matched] && want[++c->matched] == '\0') {
			c->matched = 0;
			return true;
		}
	}
	return false;
}

static void from_program(void *arg, const void *data, size_t len)
{
	struct vdfu_cpu *c = arg;

	if (c->pty != NULL)
		port_write(c->pty, data, len);
	if (shows_jump(c, data, len))
		c->opts.jumped(c->opts.arg);
}

static void to_program(void *arg, const void *data, size_t len)
{
	struct vdfu_cpu *c = arg;

	port_write(c->socket, data, len);
}

static void on_peer(void *arg, bool here)
{
	(void)arg;
	(void)here;
}

struct vdfu_cpu *vdfu_cpu_new(
	const struct vdfu_cpu_opts *opts, char *why, size_t why_size)
{
	static const struct port_events program = {
		.bytes = from_program, .peer = on_peer};
	static const struct port_events user = {
		.bytes = to_program, .peer = on_peer};
	struct vdfu_cpu *c = calloc(1, sizeof(*c));
	char where[210];
	struct why reason = {.text = "out of memory"};

	if (c == NULL)
		goto failed;
	c->opts = *opts;
	snprintf(
		c->flash, sizeof(c->flash), "%s/%s.bin", opts->tmp, opts->name);
	snprintf(c->console, sizeof(c->console), "%s/%s.con", opts->tmp,
		opts->name);
	snprintf(c->log, sizeof(c->log), "%s/%s.log", opts->tmp, opts->name);
	snprintf(where, sizeof(where), "unix:%s", c->console);
	c->socket = port_sock_new(
		watch_base(opts->watch), where, &program, c, &reason);
	if (c->socket == NULL)
		goto failed;
	if (opts->console != NULL) {
		c->pty = port_pty_new(
			opts->watch, opts->console, 115200, &user, c, &reason);
		if (c->pty == NULL)
			goto failed;
	}
	return c;
failed:
	snprintf(why, why_size, "%s", reason.text);
	vdfu_cpu_free(c);
	return NULL;
}

void vdfu_cpu_free(struct vdfu_cpu *c)
{
	if (c == NULL)
		return;
	vdfu_cpu_stop(c);
	port_free(c->socket);
	port_free(c->pty);
	free(c);
}

static bool copy_file(FILE *to, const char *path)
{
	char chunk[16384];
	FILE *from = fopen(path, "re");
	bool ok = from != NULL;
	size_t n;

	while (ok && (n = fread(chunk, 1, sizeof(chunk), from)) > 0)
		ok = fwrite(chunk, 1, n, to) == n;
	ok = ok && !ferror(from);
	if (from != NULL)
		fclose(from);
	return ok;
}

/*
 * A CPU that starts anew would begin its seed at the start again: no byte of it
 * may be given twice (port/stm32f405/virtual.h). `at` is where the
 * configuration begins; another one than the virtual board's stays as it is.
 */
static bool renew_seed(FILE *f, long at)
{
	static const char mark[16] = "ec21-virtual-1\n";
	uint8_t head[20], chunk[256];
	size_t left, n;

	if (fseek(f, at, SEEK_SET) != 0)
		return false;
	if (fread(head, 1, sizeof(head), f) != sizeof(head) ||
		memcmp(head, mark, sizeof(mark)) != 0)
		return true;
	left = head[16] | (size_t)head[17] << 8 | (size_t)head[18] << 16;
	if (head[19] != 0 || left > (size_t)(VDFU_FLASH_SIZE - at) - 20)
		return true;
	/* Between reading and writing the standard wants a seek. */
	if (fseek(f, at + 20, SEEK_SET) != 0)
		return false;
	for (; left > 0; left -= n) {
		n = left < sizeof(chunk) ? left : sizeof(chunk);
		if (getrandom(chunk, n, 0) != (ssize_t)n ||
			fwrite(chunk, 1, n, f) != n)
			return false;
	}
	return true;
}

/* The configuration is not in the chip: a board must never hold it. */
static bool write_flash(const struct vdfu_cpu *c, const uint8_t *flash)
{
	FILE *f = fopen(c->flash, "w+e");
	bool ok;

	if (f == NULL)
		return false;
	ok = fwrite(flash, 1, VDFU_FLASH_SIZE, f) == VDFU_FLASH_SIZE &&
	     (c->opts.config == NULL || (fseek(f, CONFIG_AT, SEEK_SET) == 0 &&
						copy_file(f, c->opts.config) &&
						renew_seed(f, CONFIG_AT)));
	return fclose(f) == 0 && ok;
}

/* As QEMU's options want them. `to` has twice the room. */
static void double_commas(const char *from, char *to)
{
	for (; *from != '\0'; from++) {
		if (*from == ',')
			*to++ = ',';
		*to++ = *from;
	}
	*to = '\0';
}

/* env: what is for programs on the bus is not for this one. */
static void build_command(const struct vdfu_cpu *c, struct argv *a)
{
	static const char *const names[] = {
		"{flash}", "{console}", "{flash,}", "{console,}", NULL};
	char flash[2 * sizeof(c->flash)], console[2 * sizeof(c->console)];
	const char *const values[] = {c->flash, c->console, flash, console};

	double_commas(c->flash, flash);
	double_commas(c->console, console);
	argv_add(a, "env");
	argv_add(a, "-u");
	argv_add(a, "LD_PRELOAD");
	argv_add(a, "-u");
	argv_add(a, "UMOCKDEV_DIR");
	(void)tool_words(a, c->opts.boot, names, values);
}

static void tell(struct vdfu_cpu *c, const char *what)
{
	char line[400];
	int n = snprintf(line, sizeof(line), "# ec21vdfu: %s\r\n", what);

	log_error(c->opts.name, "%s", what);
	if (c->pty != NULL && n > 0)
		port_write(c->pty, line, strlen(line));
}

/* Its log goes with our folder: it is said again, and its first line kept. */
static void print_log(const struct vdfu_cpu *c, char *first, size_t size)
{
	FILE *f = fopen(c->log, "re");
	char line[250];

	*first = '\0';
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0')
			continue;
		fprintf(stderr, "%s: %s\n", c->opts.name, line);
		if (*first == '\0')
			snprintf(first, size, "%s", line);
	}
	if (f != NULL)
		fclose(f);
}

static void on_exit_(void *arg, bool success, const char *how)
{
	struct vdfu_cpu *c = arg;
	char text[400], first[250];

	(void)success;
	proc_free(c->proc);
	c->proc = NULL;
	print_log(c, first, sizeof(first));
	snprintf(text, sizeof(text), "the program's CPU %s%s%s", how,
		first[0] != '\0' ? ": " : "", first);
	tell(c, text);
}

void vdfu_cpu_start(struct vdfu_cpu *c, const uint8_t *flash)
{
	struct proc_opts o = {.log = c->log, .exited = on_exit_, .arg = c};
	struct argv a = {0};
	char why[300] = "the boot command is too long";

	vdfu_cpu_stop(c);
	unlink(c->log);
	if (!write_flash(c, flash)) {
		tell(c, "cannot write the copy of the flash");
		return;
	}
	build_command(c, &a);
	o.argv = a.v;
	if (!a.failed)
		c->proc = proc_spawn(
			watch_base(c->opts.watch), &o, why, sizeof(why));
	argv_free(&a);
	if (c->proc == NULL)
		tell(c, why);
}

void vdfu_cpu_stop(struct vdfu_cpu *c)
{
	if (c == NULL)
		return;
	proc_free(c->proc);
	c->proc = NULL;
}
