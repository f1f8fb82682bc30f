#include "base/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* libevent's handlers restart system calls, so that open() would go on. */
static void set_restart(int sig, int restart)
{
	struct sigaction sa;

	sigaction(sig, NULL, &sa);
	sa.sa_flags = (sa.sa_flags & ~SA_RESTART) | restart;
	sigaction(sig, &sa, NULL);
}

int out_file_open(const char *path, int flags, mode_t mode)
{
	int fd, err;

	set_restart(SIGTERM, 0);
	set_restart(SIGINT, 0);
	set_restart(SIGHUP, 0);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, mode);
	err = errno;
	set_restart(SIGTERM, SA_RESTART);
	set_restart(SIGINT, SA_RESTART);
	set_restart(SIGHUP, SA_RESTART);
	errno = err;
	return fd;
}

static bool is_plain(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

int out_file_take(const char *path, mode_t mode)
{
	int fd = out_file_open(path, 0, mode);

	/* Some file systems have no locks: that is no reason to refuse. */
	if (fd >= 0 && is_plain(fd) && flock(fd, LOCK_EX | LOCK_NB) != 0 &&
		errno == EWOULDBLOCK) {
		close(fd);
		errno = EBUSY;
		return -1;
	}
	return fd;
}

int out_file_begin(int fd)
{
	return is_plain(fd) ? ftruncate(fd, 0) : 0;
}
