#include "io/unix_listen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 8 };

/* A socket file whose owner is dead may be replaced; nothing else. */
static int clear_path(const struct sockaddr_un *un, struct why *why)
{
	struct stat st;
	int fd, rc;

	if (lstat(un->sun_path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return why_set(why, ERR_FILE_EXISTS, GRADE_ASM,
			"%s exists and is not a socket: not replaced",
			un->sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return why_set(why, ERR_NET_SOCKET, GRADE_ASM, "socket: %s",
			strerror(errno));
	rc = connect(fd, (const struct sockaddr *)un, sizeof(*un));
	close(fd);
	if (rc == 0)
		return why_set(why, ERR_BUSY, GRADE_ASM,
			"%s is in use by a running program", un->sun_path);
	unlink(un->sun_path);
	return 0;
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
