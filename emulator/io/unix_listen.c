#include "io/unix_listen.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 8 };

/* Another program that starts now may have replaced what was found dead. */
static bool is_same(const struct stat *before, const char *path)
{
	struct stat now;

	return lstat(path, &now) == 0 && now.st_dev == before->st_dev &&
	       now.st_ino == before->st_ino &&
	       now.st_ctim.tv_sec == before->st_ctim.tv_sec &&
	       now.st_ctim.tv_nsec == before->st_ctim.tv_nsec;
}

/*
 * A socket file whose owner is dead may be replaced; nothing else. The probe is
 * a datagram socket: it never waits, a listener does not take it for a peer,
 * and only a file that nobody has bound refuses it.
 */
static int clear_path(const struct sockaddr_un *un, struct why *why)
{
	struct stat st;
	int fd, error;

	if (lstat(un->sun_path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return why_set(why, ERR_FILE_EXISTS, GRADE_ASM,
			"%s exists and is not a socket: not replaced",
			un->sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return why_set(why, ERR_NET_SOCKET, GRADE_ASM, "socket: %s",
			strerror(errno));
	error = connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0
			? 0
			: errno;
	close(fd);
	switch (error) {
	case ECONNREFUSED:
		if (!is_same(&st, un->sun_path))
			return clear_path(un, why);
		unlink(un->sun_path);
		return 0;
	case ENOENT: /* gone meanwhile */
		return 0;
	case 0:
	case EPROTOTYPE:
	case EPERM: /* a datagram socket with a peer of its own */
		return why_set(why, ERR_BUSY, GRADE_ASM,
			"%s is in use by a running program", un->sun_path);
	default:
		return why_set(why, ERR_FILE_EXISTS, GRADE_ASM,
			"%s exists, and whether a program uses it cannot be "
			"told: %s; not replaced",
			un->sun_path, strerror(error));
	}
}

static int bind_with_mode(int fd, const struct sockaddr_un *un, mode_t mode)
{
	mode_t mask = umask(0077);
	int rc;

	umask(mask | (0777 & ~mode));
	rc = bind(fd, (const struct sockaddr *)un, sizeof(*un));
	umask(mask);
	return rc;
}

int unix_listen(const char *path, mode_t mode, struct why *why)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd;

	if (*path == '\0' || strlen(path) >= sizeof(un.sun_path))
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"unix:%s: a path of 1..%zu bytes is needed", path,
			sizeof(un.sun_path) - 1);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	if (clear_path(&un, why) != 0)
		return why->err;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return why_set(why, ERR_NET_SOCKET, GRADE_ASM, "socket: %s",
			strerror(errno));
	if (bind_with_mode(fd, &un, mode) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	why_set(why, ERR_NET_BIND, GRADE_ASM, "cannot listen at unix:%s: %s",
		path, strerror(errno));
	close(fd);
	return why->err;
}
