#include "base/out_file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>

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
