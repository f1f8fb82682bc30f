#include "io/port_backlog.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/buf.h"
#include "io/watch.h"

/*
 * Whether a peer is there is what poll() says of the master: HUP is nobody.
 * HUP stays, so the master is not read while it lasts; `watch` gives a reason
 * to look when somebody came or the last one left.
 *
 * So no event is needed to tell a hang-up, and reading is edge-triggered: a
 * level would make the kernel ask the tty once more before each wait.
 */

enum {
	READ_SIZE = 4096,
	READS_A_TURN = 16, /* let timers and peers have their turn */
};

struct port_pty {
	struct port port;
	int master;
	struct watch *watch;
	struct watched change;
	bool here; /* somebody has the slave open */
	uint32_t rate;
	struct event *readable;
	struct event *writable;
	struct buf out;
	char slave_path[64];
	char *link; /* NULL: none */
	char *lock_path;
	int lock;
};

static const struct {
	uint32_t rate;
	speed_t speed;
} speeds[] = {
	{4800, B4800},
	{9600, B9600},
	{19200, B19200},
	{38400, B38400},
	{57600, B57600},
	{115200, B115200},
	{230400, B230400},
	{460800, B460800},
	{921600, B921600},
	{3000000, B3000000},
	{4000000, B4000000},
};

enum { SPEEDS = sizeof(speeds) / sizeof(*speeds) };

static speed_t rate_speed(uint32_t rate)
{
	for (size_t i = 0; i < SPEEDS; i++)
		if (speeds[i].rate == rate)
			return speeds[i].speed;
	return B115200;
}

/*
 * Raw line at the modem's rate; set on the master it holds for the slave. Most
 * who leave put the line back: then nothing is set, for somebody who has come
 * meanwhile may have a line of his own.
 */
static int set_line(struct port_pty *p)
{
	struct termios t, was = {0};

	if (tcgetattr(p->master, &was) != 0)
		return -1;
	t = was;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	cfsetspeed(&t, rate_speed(p->rate));
	if (memcmp(&t, &was, sizeof(t)) == 0)
		return 0;
	return tcsetattr(p->master, TCSANOW, &t);
}

static void drop_output(struct port_pty *p)
{
	buf_free(&p->out);
	event_del(p->writable);
}

/*
 * Only on the slave does a flush drop what nobody has read. Just that
 * direction: what the leaver wrote was read to its end, so bytes on their way
 * to us are from somebody who has come meanwhile.
 */
static void flush_line(struct port_pty *p)
{
	int slave = open(p->slave_path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (slave < 0)
		return;
	tcflush(slave, TCIFLUSH);
	close(slave);
}

static bool peer_gone(const struct port_pty *p)
{
	struct pollfd pfd = {.fd = p->master, .events = POLLIN};

	return poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLHUP) != 0;
}

/* The last opener has left: nothing of the old line may reach the next. */
static void hang_up(struct port_pty *p)
{
	event_del(p->readable);
	drop_output(p);
	port_backlog(&p->port, 0);
	flush_line(p);
	if (peer_gone(p))
		set_line(p);
}

enum more {
	MORE_MAYBE, /* stopped at the bound of a turn */
	MORE_NONE,
	MORE_NEVER, /* the peer has hung up, and all it sent was read */
};

/*
 * Hand on what is there, up to a bound. A short read left nothing behind; a
 * long one may have: the kernel's own buffer is not larger than ours.
 */
static enum more read_line(struct port_pty *p)
{
	uint8_t data[READ_SIZE];

	for (int i = 0; i < READS_A_TURN; i++) {
		ssize_t n = read(p->master, data, sizeof(data));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 && errno == EAGAIN ? MORE_NONE
							: MORE_NEVER;
		p->port.events.bytes(p->port.arg, data, (size_t)n);
		if ((size_t)n < sizeof(data) / 2)
			return MORE_NONE;
	}
	return MORE_MAYBE;
}

/* Somebody may have come or gone: look. */
static void look(struct port_pty *p)
{
	if (!p->here) {
		struct pollfd pfd = {.fd = p->master, .events = POLLIN};

		/* HUP with input: it came, wrote and left before we looked. */
		if (poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLHUP) != 0 &&
			(pfd.revents & POLLIN) == 0)
			return;
		p->here = true;
		event_add(p->readable, NULL);
		p->port.events.peer(p->port.arg, true);
	}
	if (!peer_gone(p))
		return;
	/* What the leaver wrote last still counts; another may have come. */
	while (read_line(p) != MORE_NEVER && peer_gone(p))
		;
	p->here = false;
	hang_up(p);
	p->port.events.peer(p->port.arg, false);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct port_pty *p = arg;

	(void)fd, (void)what;
	switch (read_line(p)) {
	case MORE_MAYBE:
		/* Ask for the edge again, behind the others' turn. */
		event_del(p->readable);
		event_add(p->readable, NULL);
		break;
	case MORE_NONE:
		break;
	case MORE_NEVER:
		look(p);
		break;
	}
}

/* What the tty does not take now it asks for by an edge, once that is read. */
static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct port_pty *p = arg;
	ssize_t n = write(fd, buf_data(&p->out), buf_len(&p->out));

	(void)what;
	if (n > 0)
		buf_consume(&p->out, (size_t)n);
	if (buf_len(&p->out) == 0)
		drop_output(p);
	port_backlog(&p->port, buf_len(&p->out));
}

static void on_change(void *arg)
{
	look(arg);
}

/* What the tty did not take. */
static void queue(struct port_pty *p, const void *data, size_t len)
{
	if (buf_len(&p->out) > BACKLOG_MAX || !buf_add(&p->out, data, len)) {
		port_lose(&p->port, buf_len(&p->out));
		return;
	}
	event_add(p->writable, NULL);
	port_backlog(&p->port, buf_len(&p->out));
}

static void pty_write(struct port *port, const void *data, size_t len)
{
	struct port_pty *p = (struct port_pty *)port;
	ssize_t n = 0;

	/* The opener's event may still be on its way to us. */
	if (!p->here)
		look(p);
	if (!p->here)
		return;
	if (buf_len(&p->out) == 0) {
		n = write(p->master, data, len);
		if (n < 0)
			n = 0;
	}
	if ((size_t)n < len)
		queue(p, (const uint8_t *)data + n, len - (size_t)n);
}

static void pty_set_rate(struct port *port, uint32_t rate)
{
	struct port_pty *p = (struct port_pty *)port;

	p->rate = rate;
	if (!p->here)
		set_line(p);
}

/* Both ends of a pty have one set of attributes. */
static uint32_t pty_rate(struct port *port)
{
	struct port_pty *p = (struct port_pty *)port;
	struct termios t;

	if (tcgetattr(p->master, &t) != 0)
		return 0;
	for (size_t i = 0; i < SPEEDS; i++)
		if (speeds[i].speed == cfgetospeed(&t))
			return speeds[i].rate;
	return 0;
}

static void pty_free(struct port *port)
{
	struct port_pty *p = (struct port_pty *)port;

	if (p->readable != NULL)
		event_free(p->readable);
	if (p->writable != NULL)
		event_free(p->writable);
	watch_remove(p->watch, &p->change);
	if (p->link != NULL && p->lock >= 0) {
		unlink(p->link);
		unlink(p->lock_path);
	}
	if (p->lock >= 0)
		close(p->lock);
	if (p->master >= 0)
		close(p->master);
	buf_free(&p->out);
	free(p->link);
	free(p->lock_path);
	free(p);
}

/* --- the link --------------------------------------------------------------
 */

/* Who had it may have removed it between our opening and our locking it. */
static bool still_stands(int fd, const char *path)
{
	struct stat ours, there;

	return fstat(fd, &ours) == 0 && stat(path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static int take_lock(struct port_pty *p, struct why *why)
{
	for (;;) {
		int fd = open(p->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0)
			return why_set(why, ERR_FILE_OPEN, GRADE_ASM,
				"cannot make %s: %s", p->lock_path,
				strerror(errno));
		if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
			close(fd);
			return why_set(why, ERR_BUSY, GRADE_ASM,
				"%s belongs to another running ec21emu (%s is "
				"locked)",
				p->link, p->lock_path);
		}
		if (still_stands(fd, p->lock_path)) {
			p->lock = fd;
			return 0;
		}
		close(fd);
	}
}

/* Nothing there, or a link of a dead emulator: anything else is not ours. */
static int clear_link(const char *link, struct why *why)
{
	char target[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (lstat(link, &st) != 0) {
		if (errno == ENOENT)
			return 0;
		return why_set(why, ERR_FILE_OPEN, GRADE_ASM, "%s: %s", link,
			strerror(errno));
	}
	n = S_ISLNK(st.st_mode) ? readlink(link, target, sizeof(target) - 1)
				: -1;
	if (n >= 0)
		target[n] = '\0';
	if (n < 0 || strncmp(target, "/dev/pts/", 9) != 0)
		return why_set(why, ERR_FILE_EXISTS, GRADE_ASM,
			"%s exists and is not a link to a pty: not replaced",
			link);
	if (unlink(link) != 0)
		return why_set(why, ERR_FILE_OPEN, GRADE_ASM,
			"cannot replace %s: %s", link, strerror(errno));
	return 0;
}

static int make_link(struct port_pty *p, const char *link, struct why *why)
{
	p->link = strdup(link);
	if (p->link == NULL || asprintf(&p->lock_path, "%s.lock", link) < 0) {
		p->lock_path = NULL;
		return why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
	}
	if (take_lock(p, why) != 0)
		return why->err;
	if (clear_link(link, why) != 0 ||
		(symlink(p->slave_path, link) != 0 &&
			why_set(why, ERR_FILE_OPEN, GRADE_ASM,
				"cannot make the link %s: %s", link,
				strerror(errno)) != 0)) {
		/* The lock file is ours, what stands at the link is not. */
		unlink(p->lock_path);
		close(p->lock);
		p->lock = -1;
		return why->err;
	}
	return 0;
}

static int open_pair(struct port_pty *p, struct why *why)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (p->master < 0 || grantpt(p->master) != 0 ||
		unlockpt(p->master) != 0 ||
		ptsname_r(p->master, p->slave_path, sizeof(p->slave_path)) != 0)
		goto failed;
	/* Until it was opened once, a slave without a peer shows no HUP. */
	flush_line(p);
	if (set_line(p) != 0)
		goto failed;
	return watch_add(p->watch, p->slave_path, p->master, &p->change, why);
failed:
	return why_set(why, ERR_NET_SOCKET, GRADE_ASM, "cannot make a pty: %s",
		strerror(errno));
}

struct port *port_pty_new(struct watch *watch, const char *link, uint32_t rate,
	const struct port_events *events, void *arg, struct why *why)
{
	static const struct port_ops ops = {
		pty_write, pty_set_rate, pty_rate, pty_free};
	struct event_base *base = watch_base(watch);
	struct port_pty *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a pty");
		return NULL;
	}
	p->port.ops = &ops;
	p->port.events = *events;
	p->port.arg = arg;
	p->rate = rate;
	p->watch = watch;
	p->change = (struct watched){on_change, p, -1, -1};
	p->master = p->lock = -1;
	buf_init(&p->out, SIZE_MAX);
	if (open_pair(p, why) != 0 ||
		(link != NULL && make_link(p, link, why) != 0)) {
		pty_free(&p->port);
		return NULL;
	}
	snprintf(p->port.where, sizeof(p->port.where), "%s",
		link != NULL ? link : p->slave_path);
	p->readable = event_new(
		base, p->master, EV_READ | EV_PERSIST | EV_ET, on_readable, p);
	p->writable = event_new(
		base, p->master, EV_WRITE | EV_PERSIST | EV_ET, on_writable, p);
	if (p->readable == NULL || p->writable == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory for a pty");
		pty_free(&p->port);
		return NULL;
	}
	return &p->port;
}
