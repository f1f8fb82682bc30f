#include "hil/vdfu/vdfu_board.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/log.h"
#include "hil/vdfu/vdfu_cpu.h"
#include "hil/vdfu/vdfu_knobs.h"
#include "hil/vdfu/vdfu_uart.h"
#include "io/port.h"
#include "io/watch.h"

enum place {
	PLACE_OFF,     /* no supply */
	PLACE_ROM,     /* in the boot loader */
	PLACE_PROGRAM, /* runs what is in flash */
	PLACE_GONE,    /* the cable was pulled in the middle of it */
};

struct vdfu_board {
	struct vdfu_board_opts opts;
	struct vdfu_usb *usb;
	struct vdfu_chip chip;
	struct vdfu_core core;
	struct vdfu_uart uart;
	struct vdfu_port *port;
	struct vdfu_cpu *cpu;
	struct port *uart_port;
	struct event *left; /* the core left the bus: from another thread */
	int left_fd;
	uint8_t *flash;
	enum place place;
	bool boot0, powered, cable;
	unsigned resets;
};

/* ---- where it is ---- */

/* An erased chip faults at once, and is silent; QEMU would abort. */
static bool is_erased(const struct vdfu_board *b)
{
	static const uint8_t erased[] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

	return memcmp(b->flash, erased, sizeof(erased)) == 0;
}

static void enter_program(struct vdfu_board *b)
{
	b->place = PLACE_PROGRAM;
	if (b->cpu != NULL && !is_erased(b))
		vdfu_cpu_start(b->cpu, b->flash);
}

static bool enter_rom(struct vdfu_board *b, char *why, size_t size)
{
	b->place = PLACE_ROM;
	vdfu_usb_lock(b->usb);
	vdfu_core_reset(&b->core);
	vdfu_usb_unlock(b->usb);
	vdfu_uart_reset(&b->uart);
	return !b->cable || vdfu_port_plug(b->port, why, size);
}

/* Falls silent; then comes up as its pins say. */
static bool restart(struct vdfu_board *b, char *why, size_t size)
{
	b->resets++;
	vdfu_cpu_stop(b->cpu);
	vdfu_port_unplug(b->port);
	b->place = PLACE_OFF;
	if (!b->powered)
		return true;
	if (b->boot0)
		return enter_rom(b, why, size);
	enter_program(b);
	return true;
}

/* The core left the bus: it jumped to the program, or the cable was pulled. */
static void on_left(evutil_socket_t fd, short what, void *arg)
{
	struct vdfu_board *b = arg;
	eventfd_t n;
	bool jumped;

	(void)what;
	(void)eventfd_read(fd, &n);
	vdfu_usb_lock(b->usb);
	jumped = b->core.state == VDFU_MANIFEST;
	vdfu_usb_unlock(b->usb);
	if (b->place != PLACE_ROM || !b->core.left)
		return;
	vdfu_port_unplug(b->port);
	b->place = PLACE_GONE;
	if (jumped)
		enter_program(b);
}

/* On umockdev's thread. */
static void wake(void *arg)
{
	struct vdfu_board *b = arg;

	(void)eventfd_write(b->left_fd, 1);
}

/* The program said so. */
static void on_jumped(void *arg)
{
	struct vdfu_board *b = arg;
	char why[300];

	if (b->place != PLACE_PROGRAM)
		return;
	vdfu_cpu_stop(b->cpu);
	if (!enter_rom(b, why, sizeof(why)))
		log_error(b->opts.serial, "%s", why);
}

/* ---- the USART boot loader ---- */

static void on_uart_send(void *arg, const uint8_t *data, size_t len)
{
	struct vdfu_board *b = arg;

	port_write(b->uart_port, data, len);
}

static void on_uart_bytes(void *arg, const void *data, size_t len)
{
	struct vdfu_board *b = arg;

	if (b->place != PLACE_ROM)
		return;
	vdfu_usb_lock(b->usb);
	vdfu_uart_input(&b->uart, data, len);
	vdfu_usb_unlock(b->usb);
	if (!b->uart.left)
		return;
	vdfu_port_unplug(b->port);
	enter_program(b);
}

static void on_uart_peer(void *arg, bool here)
{
	(void)arg;
	(void)here;
}

/* ---- commands ---- */

static bool on_or_off(const char *word, bool *value)
{
	*value = strcmp(word, "1") == 0 || strcmp(word, "on") == 0;
	return *value || strcmp(word, "0") == 0 || strcmp(word, "off") == 0;
}

static bool do_boot0(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	if (on_or_off(arg, &b->boot0))
		return true;
	snprintf(answer, size, "boot0: expected 0 or 1");
	return false;
}

static bool do_power(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	if (on_or_off(arg, &b->powered))
		return restart(b, answer, size);
	snprintf(answer, size, "power: expected on or off");
	return false;
}

static bool do_reset(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	(void)arg;
	return restart(b, answer, size);
}

/* The program jumps to the ROM. */
static bool do_dfu(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	(void)arg;
	if (b->place != PLACE_PROGRAM) {
		snprintf(answer, size, "no program runs");
		return false;
	}
	vdfu_cpu_stop(b->cpu);
	return enter_rom(b, answer, size);
}

static bool do_cable(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	if (!on_or_off(arg, &b->cable)) {
		snprintf(answer, size, "cable: expected on or off");
		return false;
	}
	if (b->place != PLACE_ROM)
		return true;
	if (b->cable)
		return vdfu_port_plug(b->port, answer, size);
	vdfu_port_unplug(b->port);
	return true;
}

static bool do_protect(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	if (on_or_off(arg, &b->chip.protected))
		return true;
	snprintf(answer, size, "protect: expected 0 or 1");
	return false;
}

/* All of them at once; none is what makes all well again. */
static bool do_knobs(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	struct vdfu_knobs knobs = {0};
	char word[64];

	while (*(arg += strspn(arg, " ")) != '\0') {
		size_t n = strcspn(arg, " ");

		snprintf(word, sizeof(word), "%.*s", (int)n, arg);
		if (!vdfu_knobs_set(&knobs, word, answer, size))
			return false;
		arg += n;
	}
	vdfu_usb_lock(b->usb);
	vdfu_core_arm(&b->core, &knobs);
	vdfu_usb_unlock(b->usb);
	return true;
}

static bool do_state(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	static const char *const places[] = {"off", "rom", "program", "gone"};

	(void)arg;
	vdfu_usb_lock(b->usb);
	snprintf(answer, size,
		"in=%s boot0=%d power=%d bus=%d resets=%u erased=%u "
		"requests=%u",
		places[b->place], b->boot0, b->powered,
		vdfu_port_plugged(b->port), b->resets, b->chip.erased,
		b->core.requests);
	vdfu_usb_unlock(b->usb);
	return true;
}

static bool do_env(
	struct vdfu_board *b, const char *arg, char *answer, size_t size)
{
	(void)arg;
	snprintf(answer, size, "%s", vdfu_usb_dir(b->usb));
	return true;
}

static const struct {
	const char *name;
	bool (*run)(struct vdfu_board *, const char *arg, char *answer,
		size_t size);
} commands[] = {
	{"boot0", do_boot0},
	{"power", do_power},
	{"reset", do_reset},
	{"dfu", do_dfu},
	{"cable", do_cable},
	{"protect", do_protect},
	{"knobs", do_knobs},
	{"state", do_state},
	{"env", do_env},
};

#define N_COMMANDS (sizeof(commands) / sizeof(*commands))

bool vdfu_board_tell(
	struct vdfu_board *b, const char *line, char *answer, size_t size)
{
	size_t n = strcspn(line, " ");

	answer[0] = '\0';
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strncmp(line, commands[i].name, n) == 0 &&
			commands[i].name[n] == '\0')
			return commands[i].run(b,
				line + n + strspn(line + n, " "), answer, size);
	snprintf(answer, size, "no command '%.*s'", (int)n, line);
	return false;
}

const char *vdfu_board_serial(const struct vdfu_board *b)
{
	return b->opts.serial;
}

/* ---- set-up ---- */

/* A file is mapped: what was written survives any end of ours. */
static uint8_t *map_flash(const char *path)
{
	off_t old = 0;
	uint8_t *flash;
	int fd = -1;

	if (path != NULL) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0)
			return NULL;
		old = lseek(fd, 0, SEEK_END);
		if (old > VDFU_FLASH_SIZE)
			errno = EFBIG;
		if (old < 0 || old > VDFU_FLASH_SIZE ||
			ftruncate(fd, VDFU_FLASH_SIZE) != 0) {
			close(fd);
			return NULL;
		}
	}
	flash = mmap(NULL, VDFU_FLASH_SIZE, PROT_READ | PROT_WRITE,
		fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (flash == MAP_FAILED)
		return NULL;
	memset(flash + old, 0xff, VDFU_FLASH_SIZE - (size_t)old);
	return flash;
}

static bool open_ports(
	struct vdfu_board *b, struct watch *watch, char *why, size_t size)
{
	static const struct port_events events = {
		.bytes = on_uart_bytes, .peer = on_uart_peer};
	const struct vdfu_cpu_opts cpu = {
		.watch = watch,
		.boot = b->opts.boot,
		.config = b->opts.config,
		.console = b->opts.console,
		.tmp = b->opts.tmp,
		.name = b->opts.serial,
		.dfu_when = b->opts.dfu_when,
		.jumped = on_jumped,
		.arg = b,
	};
	struct why reason;

	if (b->opts.uart != NULL) {
		b->uart_port = port_pty_new(
			watch, b->opts.uart, 115200, &events, b, &reason);
		if (b->uart_port == NULL) {
			snprintf(why, size, "%s", reason.text);
			return false;
		}
	}
	if (b->opts.boot == NULL)
		return true;
	b->cpu = vdfu_cpu_new(&cpu, why, size);
	return b->cpu != NULL;
}

static bool set_up(
	struct vdfu_board *b, struct watch *watch, char *why, size_t size)
{
	b->flash = map_flash(b->opts.flash);
	if (b->flash == NULL) {
		snprintf(why, size, "%s: %s",
			b->opts.flash != NULL ? b->opts.flash : "flash",
			strerror(errno));
		return false;
	}
	vdfu_chip_init(&b->chip, b->flash);
	vdfu_core_init(&b->core, &b->chip, b->opts.serial);
	vdfu_uart_init(&b->uart, &b->chip, on_uart_send, b);
	b->port = vdfu_port_new(b->usb, b->opts.path, &b->core, wake, b);
	b->left_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (b->left_fd >= 0)
		b->left = event_new(watch_base(watch), b->left_fd,
			EV_READ | EV_PERSIST, on_left, b);
	if (b->port == NULL || b->left == NULL ||
		event_add(b->left, NULL) != 0) {
		snprintf(why, size, "cannot set up a board: %s",
			strerror(errno));
		return false;
	}
	return open_ports(b, watch, why, size) && restart(b, why, size);
}

struct vdfu_board *vdfu_board_new(struct vdfu_usb *usb, struct watch *watch,
	const struct vdfu_board_opts *opts, char *why, size_t why_size)
{
	struct vdfu_board *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	b->opts = *opts;
	b->usb = usb;
	b->left_fd = -1;
	b->boot0 = opts->boot0;
	b->powered = !opts->off;
	b->cable = true;
	if (set_up(b, watch, why, why_size))
		return b;
	vdfu_board_free(b);
	return NULL;
}

void vdfu_board_free(struct vdfu_board *b)
{
	if (b == NULL)
		return;
	vdfu_cpu_free(b->cpu);
	vdfu_port_free(b->port);
	port_free(b->uart_port);
	if (b->left != NULL)
		event_free(b->left);
	if (b->left_fd >= 0)
		close(b->left_fd);
	if (b->flash != NULL)
		munmap(b->flash, VDFU_FLASH_SIZE);
	free(b);
}
