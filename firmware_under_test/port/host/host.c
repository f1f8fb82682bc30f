#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define WRITE_MS  5000 /* the modem's line takes 11 bytes a ms */
#define STATUS_MS 1000 /* first STATUS byte after connecting the pins */

/* ---- opening ---- */

static int complain(const char *what, const char *path, const char *why)
{
	fprintf(stderr, "wiofw: %s %s: %s\n", what, path, why);
	return -1;
}

static int open_unix(const char *what, const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return complain(what, path, "path too long for a unix socket");
	memcpy(sa.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return complain(what, path, strerror(errno));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) != 0) {
		complain(what, path, strerror(errno));
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static int open_tty(const char *what, const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios t;

	if (fd < 0)
		return complain(what, path, strerror(errno));
	if (tcgetattr(fd, &t) != 0) {
		complain(what, path, "not a tty");
		close(fd);
		return -1;
	}
	/* 115200 8N1, no flow control: RTS and CTS are not wired on the board
	 * [WIO §3], [WIO §7]. */
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
	cfsetspeed(&t, B115200);
	if (tcsetattr(fd, TCSANOW, &t) != 0) {
		complain(what, path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

static int open_line(const char *what, const char *where)
{
	if (strncmp(where, "unix:", 5) == 0)
		return open_unix(what, where + 5);
	return open_tty(what, where);
}

/* ---- clock ---- */

static uint32_t now_ms(void *ctx)
{
	struct timespec ts;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint32_t)((uint64_t)ts.tv_sec * 1000 +
			  (uint64_t)ts.tv_nsec / 1000000);
}

/* Poll one descriptor for at most ms, through signals. */
static int poll_one(int fd, short events, uint32_t ms)
{
	struct pollfd p = {.fd = fd, .events = events};
	uint32_t start = now_ms(NULL);
	uint32_t used = 0;
	int n;

	do {
		n = poll(&p, 1, (int)(ms - used));
		used = now_ms(NULL) - start;
	} while (n < 0 && errno == EINTR && used < ms);
	return n > 0 ? p.revents : 0;
}

static void wait_uart(void *ctx, uint32_t ms)
{
	struct host *h = ctx;

	poll_one(h->modem, POLLIN, ms);
}

static void pause_ms(void *ctx, uint32_t ms)
{
	(void)ctx;
	poll_one(-1, 0, ms);
}

/* ---- modem's line ---- */

static int uart_read(void *ctx, uint8_t *buf, size_t len)
{
	struct host *h = ctx;
	ssize_t n = read(h->modem, buf, len);

	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return -1;
}

static int write_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	uint32_t start = now_ms(NULL);
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n > 0) {
			p += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
		if (now_ms(NULL) - start > WRITE_MS)
			return -1;
		poll_one(fd, POLLOUT, 100);
	}
	return 0;
}

static int uart_write(void *ctx, const uint8_t *buf, size_t len)
{
	struct host *h = ctx;

	return write_all(h->modem, buf, len);
}

/* ---- pins: single bytes, upper case high, lower case low ---- */

static void pin_set(void *ctx, enum board_pin pin, bool high)
{
	static const char high_byte[] = {
		[BOARD_PIN_PWRKEY] = 'K',
		[BOARD_PIN_RESET] = 'R',
		[BOARD_PIN_DTR] = 'D',
		[BOARD_PIN_SUPPLY] = 'V',
	};
	struct host *h = ctx;
	char byte = high_byte[pin];

	if (!high)
		byte = (char)(byte + ('a' - 'A'));
	write_all(h->pins, &byte, 1);
}

static void read_pins(struct host *h)
{
	char buf[64];
	ssize_t n;

	while ((n = read(h->pins, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++)
			if (buf[i] == 'S' || buf[i] == 's') {
				h->status_known = true;
				h->status_high = buf[i] == 'S';
			}
}

static enum board_status status(void *ctx)
{
	struct host *h = ctx;

	read_pins(h);
	if (!h->status_known)
		return BOARD_STATUS_UNKNOWN;
	return h->status_high ? BOARD_STATUS_OFF : BOARD_STATUS_RUNNING;
}

/* ---- randomness ---- */

static int entropy(void *ctx, uint8_t *buf, size_t len)
{
	(void)ctx;
	while (len > 0) {
		ssize_t n = getrandom(buf, len, 0);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* ---- console ---- */

static void con_write(void *ctx, const char *buf, size_t len)
{
	struct host *h = ctx;

	if (!h->con_lost && write_all(h->con_out, buf, len) != 0)
		h->con_lost = true;
}

static int con_read(void *ctx, uint8_t *buf, size_t len, uint32_t ms)
{
	struct host *h = ctx;
	ssize_t n;

	if (!poll_one(h->con_in, POLLIN, ms))
		return 0;
	n = read(h->con_in, buf, len);
	if (n > 0)
		return (int)n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return -1;
}

/* ---- what survives a restart: files in --state DIR ---- */

static int load(void *ctx, const char *name, uint8_t *buf, size_t max)
{
	struct host *h = ctx;
	size_t got = 0;
	ssize_t n = 1;
	uint8_t more;
	int fd;

	if (h->state < 0)
		return -1;
	fd = openat(h->state, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (got < max && (n = read(fd, buf + got, max - got)) > 0)
		got += (size_t)n;
	if (got == max)
		n = read(fd, &more, 1) == 0 ? 0 : -1;
	close(fd);
	return n < 0 ? -1 : (int)got;
}

/* The old record or the new one, never half of one. */
static int save(void *ctx, const char *name, const uint8_t *buf, size_t len)
{
	struct host *h = ctx;
	char tmp[32];
	bool ok;
	int fd;

	if (h->state < 0)
		return 0;
	snprintf(tmp, sizeof(tmp), ".%s.new", name);
	fd = openat(
		h->state, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	ok = write_all(fd, buf, len) == 0 && fsync(fd) == 0;
	ok = close(fd) == 0 && ok;
	if (ok && renameat(h->state, tmp, h->state, name) == 0)
		return 0;
	/* A key is not left where nobody looks for it. */
	unlinkat(h->state, tmp, 0);
	return -1;
}

/* ---- whole ---- */

static int open_console(struct host *h, const char *where)
{
	if (strcmp(where, "-") == 0) {
		h->con_in = STDIN_FILENO;
		h->con_out = STDOUT_FILENO;
		return 0;
	}
	h->con_in = h->con_out = open_tty("console", where);
	return h->con_in < 0 ? -1 : 0;
}

static int open_state(struct host *h, const char *path)
{
	if (!path)
		return 0;
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return complain("state", path, strerror(errno));
	h->state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->state < 0)
		return complain("state", path, strerror(errno));
	if (flock(h->state, LOCK_EX | LOCK_NB) != 0)
		return complain("state", path,
			errno == EWOULDBLOCK ? "in use by another wiofw"
					     : strerror(errno));
	return 0;
}

static int open_pins(struct host *h, const char *where)
{
	if (!where)
		return 0;
	if (strncmp(where, "unix:", 5) != 0)
		return complain("pins", where, "expected unix:PATH");
	h->pins = open_unix("pins", where + 5);
	if (h->pins < 0)
		return -1;
	/* The modem tells STATUS to whom connects. */
	if (poll_one(h->pins, POLLIN, STATUS_MS))
		read_pins(h);
	return 0;
}

int host_open(struct host *h, const struct host_options *o)
{
	*h = (struct host){.modem = -1,
		.pins = -1,
		.con_in = -1,
		.con_out = -1,
		.state = -1};
	h->board = (struct board){
		.ctx = h,
		.name = "host",
		.now_ms = now_ms,
		.wait_uart = wait_uart,
		.pause = pause_ms,
		.uart_read = uart_read,
		.uart_write = uart_write,
		.has_pins = o->pins != NULL,
		.pin_set = pin_set,
		.status = status,
		.entropy = entropy,
		.con_write = con_write,
		.con_read = con_read,
		.load = load,
		.save = save,
	};
	if (open_console(h, o->console) == 0 && open_state(h, o->state) == 0 &&
		open_pins(h, o->pins) == 0) {
		h->modem = open_line("modem", o->modem);
		if (h->modem >= 0)
			return 0;
	}
	host_close(h);
	return -1;
}

static void close_fd(int fd)
{
	if (fd > STDERR_FILENO)
		close(fd);
}

void host_close(struct host *h)
{
	close_fd(h->modem);
	close_fd(h->pins);
	close_fd(h->state);
	close_fd(h->con_in);
}
