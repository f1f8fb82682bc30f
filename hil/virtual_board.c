#include "hil/virtual_board.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "hil/files.h"
#include "hil/image.h"
#include "hil/proc.h"
#include "hil/rig_conf.h"
#include "hil/tool.h"
#include "io/loop.h"

#define QEMU "qemu-system-arm"
#define VDFU "ec21vdfu"

/* On a busy machine, too. */
#define READY_MS 30000u
/* Longer than any end takes: killed, it leaves its folder behind. */
#define STOP_MS 60000u
/* Of the first line of a board whose CPU is one of many programs. */
#define BOOT_SECONDS 60

struct virtual_board {
	struct board board;
	struct loop *loop;
	char dir[200], log[240], vdfu[4096], image[4096];
	char name[24], serial[16];
	struct proc *proc;
	bool ready, gone;
	char how[500]; /* it ended */
	struct rig_confs confs;
	struct proc *flash;
	char flashing[4096];
	char said[300]; /* by the flasher, last */
	void (*flashed)(void *arg, const char *error);
	void *arg;
	unsigned flashes;
};

/* ---- what it needs ---- */

static bool find_vdfu(char *path, size_t size)
{
	return files_find_program(VDFU, "EC21VDFU", path, size) &&
	       (strchr(path, '/') != NULL ? access(path, X_OK) == 0
					  : files_have_program(path));
}

bool virtual_board_can_be(char *why, size_t why_size)
{
	char path[4096];

	if (!files_have_program(QEMU))
		snprintf(why, why_size,
			"the rig virtual needs " QEMU " (package " QEMU ")");
	else if (!files_have_program("dfu-util"))
		snprintf(why, why_size,
			"the rig virtual is flashed by dfu-util (package "
			"dfu-util)");
	else if (!find_vdfu(path, sizeof(path)))
		snprintf(why, why_size,
			"the rig virtual needs " VDFU
			", which is built where umockdev is (package "
			"libumockdev-dev)");
	else
		return true;
	return false;
}

/* ---- what is written for it ---- */

/* In an option of QEMU a comma ends the value, two are one. */
static void add_doubled(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == ',')
			buf_addc(out, ',');
		buf_addc(out, (uint8_t)*text);
	}
}

/*
 * The wiring: USART1 is the console, USART2 the modem, "UART7", which the
 * chip does not have, the modem's pins. QEMU connects before it runs, so the
 * emulator must listen when the board is switched on.
 */
static bool build_boot(const struct virtual_board *b, struct buf *out)
{
	buf_adds(out, QEMU " -nodefaults -no-user-config -display none "
			   "-machine netduinoplus2 "
			   "-device \"loader,file={flash,},addr=0x08000000,"
			   "force-raw=on\" "
			   "-chardev \"socket,id=console,path={console,}\" "
			   "-chardev \"socket,id=modem,path=");
	add_doubled(out, b->dir);
	buf_adds(out, "/modem\" -chardev \"socket,id=pins,path=");
	add_doubled(out, b->dir);
	buf_adds(out, "/pins\" -serial chardev:console -serial chardev:modem "
		      "-serial null -serial null -serial null -serial null "
		      "-serial chardev:pins");
	return buf_cstr(out) != NULL;
}

/* As hil/virtual-bench.sh and a user write it. */
static bool write_conf(const struct virtual_board *b, const char *expect_boot,
	const char *path)
{
	static const struct {
		const char *hook, *words;
	} hooks[] = {
		{"power_on", "power on"},
		{"power_off", "power off"},
		{"boot0_on", "boot0 1"},
		{"boot0_off", "boot0 0"},
		{"reset", "reset"},
	};
	FILE *f = fopen(path, "we");

	if (f == NULL)
		return false;
	fprintf(f,
		"# Written by ec21hil for its rig virtual.\n[%s]\n"
		"flasher = \"%s\"\n  --join \"{dir}/board\"\n  dfu-util\n"
		"usb_serial = %s\nlock = {dir}/lock\nconsole = tty:{dir}/tty\n"
		"expect_boot = %s\nboot_timeout = %d\n",
		b->name, b->vdfu, b->serial,
		expect_boot != NULL ? expect_boot : "none", BOOT_SECONDS);
	for (size_t i = 0; i < sizeof(hooks) / sizeof(*hooks); i++)
		fprintf(f,
			"%s = \"%s\"\n  --tell \"{dir}/board\" %s\n"
			"%s_timeout = %d\n",
			hooks[i].hook, b->vdfu, hooks[i].words, hooks[i].hook,
			BOOT_SECONDS);
	return fclose(f) == 0;
}

static bool load_conf(struct virtual_board *b, const char *expect_boot,
	char *why, size_t size)
{
	char path[240], *errors = NULL;
	size_t n;
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "%s/rigs.conf", b->dir);
	if (!write_conf(b, expect_boot, path)) {
		snprintf(why, size, "cannot write %s: %s", path,
			strerror(errno));
		return false;
	}
	f = open_memstream(&errors, &n);
	ok = f != NULL && rig_confs_load(&b->confs, path, f);
	if (f != NULL)
		fclose(f);
	if (!ok)
		snprintf(why, size, "%.*s",
			errors != NULL ? (int)strcspn(errors, "\n") : 0,
			errors != NULL ? errors : "");
	else
		b->board.conf = rig_confs_find(&b->confs, b->name);
	free(errors);
	return ok && b->board.conf != NULL;
}

bool virtual_board_renew(struct virtual_board *b, char *why, size_t why_size)
{
	char path[240];

	snprintf(path, sizeof(path), "%s/config", b->dir);
	return image_write_config(path, why, why_size);
}

/* ---- the process ---- */

static void on_line(void *arg, const char *line)
{
	struct virtual_board *b = arg;

	if (strncmp(line, "ready ", 6) == 0)
		b->ready = true;
}

static void on_exit_(void *arg, bool success, const char *how)
{
	struct virtual_board *b = arg;
	char last[300];

	(void)success;
	files_last_line(b->log, last, sizeof(last));
	snprintf(b->how, sizeof(b->how), VDFU " %s%s%s", how,
		last[0] != '\0' ? ": " : "", last);
	proc_free(b->proc);
	b->proc = NULL;
	b->gone = b->ready = true;
}

static bool start(struct virtual_board *b, char *why, size_t size)
{
	struct proc_opts o = {
		.log = b->log, .line = on_line, .exited = on_exit_, .arg = b};
	struct argv a = {0};
	struct buf boot;

	buf_init(&boot, 4096);
	argv_add(&a, b->vdfu);
	argv_addf(&a, "--board=%s", b->serial);
	argv_add(&a, "--boot0=0");
	argv_add(&a, "--power=off");
	argv_addf(&a, "--flash=%s/chip", b->dir);
	argv_addf(&a, "--control=%s/board", b->dir);
	argv_addf(&a, "--console=%s/tty", b->dir);
	argv_addf(&a, "--config=%s/config", b->dir);
	argv_add(&a, "--dfu-when=+ok dfu");
	snprintf(why, size, "the path of its folder is too long");
	if (build_boot(b, &boot)) {
		argv_addf(&a, "--boot=%s", buf_cstr(&boot));
		o.argv = a.v;
		if (!a.failed)
			b->proc = proc_spawn(loop_base(b->loop), &o, why, size);
	}
	buf_free(&boot);
	argv_free(&a);
	return b->proc != NULL;
}

static bool set_up(struct virtual_board *b,
	const struct virtual_board_opts *opts, char *why, size_t size)
{
	if (strlen(opts->dir) >= sizeof(b->dir) ||
		strpbrk(opts->dir, "\"';\n") != NULL) {
		snprintf(why, size,
			"%s: too long for a folder of a virtual board, or with "
			"a quote or semicolon in it; TMPDIR names another",
			opts->dir);
		return false;
	}
	snprintf(b->dir, sizeof(b->dir), "%s", opts->dir);
	snprintf(b->log, sizeof(b->log), "%s/vdfu.log", b->dir);
	snprintf(b->name, sizeof(b->name), "virtual-%u", opts->number);
	/* As an F4's ROM makes it: 12 digits. */
	snprintf(b->serial, sizeof(b->serial), "204D39A3%04X",
		opts->number & 0xffff);
	if (mkdir(b->dir, 0700) != 0) {
		snprintf(why, size, "cannot make %s: %s", b->dir,
			strerror(errno));
		return false;
	}
	return virtual_board_can_be(why, size) &&
	       find_vdfu(b->vdfu, sizeof(b->vdfu)) &&
	       load_conf(b, opts->expect_boot, why, size) &&
	       virtual_board_renew(b, why, size) && start(b, why, size);
}

struct virtual_board *virtual_board_new(
	const struct virtual_board_opts *opts, char *why, size_t why_size)
{
	struct virtual_board *b = calloc(1, sizeof(*b));

	snprintf(why, why_size, "out of memory");
	if (b == NULL)
		return NULL;
	b->board = (struct board){.lock = -1, .off = true, .virtual = b};
	b->loop = opts->loop;
	if (set_up(b, opts, why, why_size))
		return b;
	virtual_board_free(b);
	return NULL;
}

bool virtual_board_wait(struct virtual_board *b, char *why, size_t why_size)
{
	bool turned = b->ready || tool_wait(b->loop, READY_MS, &b->ready);

	if (b->ready && !b->gone)
		return true;
	snprintf(why, why_size, "%s",
		b->gone	  ? b->how
		: !turned ? "interrupted"
			  : VDFU " was not ready in time");
	return false;
}

const char *virtual_board_gone(const struct virtual_board *b)
{
	return b->gone ? b->how : NULL;
}

struct board *virtual_board_board(struct virtual_board *b)
{
	return &b->board;
}

const char *virtual_board_dir(const struct virtual_board *b)
{
	return b->dir;
}

/* ---- flashing ---- */

bool virtual_board_holds(const struct virtual_board *b, const char *image)
{
	return strcmp(b->image, image) == 0;
}

static void on_flash_line(void *arg, const char *line)
{
	struct virtual_board *b = arg;

	if (line[0] != '\0')
		snprintf(b->said, sizeof(b->said), "%s", line);
}

static void on_flash_exit(void *arg, bool success, const char *how)
{
	struct virtual_board *b = arg;
	char error[700];

	snprintf(error, sizeof(error), "flashing it %s: %s", how, b->said);
	proc_free(b->flash);
	b->flash = NULL;
	if (success) {
		snprintf(b->image, sizeof(b->image), "%s", b->flashing);
		b->flashes++;
	}
	b->flashed(b->arg, success ? NULL : error);
}

bool virtual_board_flash(struct virtual_board *b, const char *image,
	void (*done)(void *arg, const char *error), void *arg, char *why,
	size_t why_size)
{
	struct proc_opts o = {
		.line = on_flash_line, .exited = on_flash_exit, .arg = b};
	struct argv a = {0};

	b->image[0] = '\0';
	b->said[0] = '\0';
	snprintf(b->flashing, sizeof(b->flashing), "%s", image);
	b->flashed = done;
	b->arg = arg;
	/* Nothing else than what a user types for a board of a bench. */
	argv_add(&a, "/proc/self/exe");
	argv_add(&a, "flash");
	argv_addf(&a, "--rigs=%s/rigs.conf", b->dir);
	argv_addf(&a, "--rig=%s", b->name);
	argv_add(&a, "--");
	argv_add(&a, image);
	o.argv = a.v;
	snprintf(why, why_size, "out of memory");
	if (!a.failed)
		b->flash = proc_spawn_tool(
			loop_base(b->loop), &o, -1, why, why_size);
	argv_free(&a);
	return b->flash != NULL;
}

void virtual_board_cancel(struct virtual_board *b)
{
	proc_free(b->flash);
	b->flash = NULL;
}

unsigned virtual_board_flashes(const struct virtual_board *b)
{
	return b->flashes;
}

/* ---- end ---- */

void virtual_board_stop(struct virtual_board *b)
{
	virtual_board_cancel(b);
	if (b->proc != NULL)
		proc_signal(b->proc, SIGTERM);
}

void virtual_board_free(struct virtual_board *b)
{
	if (b == NULL)
		return;
	virtual_board_stop(b);
	/* Gently: it has a folder to remove. */
	if (b->proc != NULL)
		(void)tool_wait(b->loop, STOP_MS, &b->gone);
	proc_free(b->proc);
	rig_confs_free(&b->confs);
	free(b);
}
