#include "svc/safe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static bool write_all(int fd, const uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

int safe_file_put(int dir, const char *temp, const char *name, const void *data,
	size_t len)
{
	bool good;
	int out, error;

	/* One that a killed writer left keeps its mode. */
	if (unlinkat(dir, temp, 0) < 0 && errno != ENOENT)
		return -1;
	out = openat(dir, temp,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return -1;
	/* The content must be on disk before the name points to it. */
	good = write_all(out, data, len) && fsync(out) == 0;
	if (close(out) < 0)
		good = false;
	if (good && renameat(dir, temp, dir, name) == 0 && fsync(dir) == 0)
		return 0;
	error = errno;
	unlinkat(dir, temp, 0);
	errno = error;
	return -1;
}
