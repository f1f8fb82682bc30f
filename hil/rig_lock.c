#include "hil/rig_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is the same for everyone who means this board. */
static const char *identity(const struct rig_conf *rig)
{
	if (rig->usb_serial != NULL)
		return rig->usb_serial;
	if (rig->usb_path != NULL)
		return rig->usb_path;
	return rig->uart != NULL ? rig->uart : rig->name;
}

/* The machine's folder for locks, or this user's where there is none. */
static void find_path(const struct rig_conf *rig, char *path, size_t size)
{
	const char *dir = "/run/lock", *own = getenv("XDG_RUNTIME_DIR");
	char name[200];

	if (rig->lock != NULL) {
		snprintf(path, size, "%s", rig->lock);
		return;
	}
	snprintf(name, sizeof(name), "%s", identity(rig));
	for (char *p = name; *p != '\0'; p++)
		if (*p == '/')
			*p = '-';
	if (access(dir, W_OK) != 0 && own != NULL)
		dir = own;
	snprintf(path, size, "%s/ec21hil.%s.lock", dir, name);
}

/* Another user's file in a sticky folder can be opened, not created. */
static int open_lock(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	mode_t mask;

	if (fd >= 0 || errno != ENOENT)
		return fd;
	mask = umask(0);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	umask(mask);
	return fd;
}

static void read_owner(int fd, char *who, size_t size)
{
	ssize_t n = pread(fd, who, size - 1, 0);

	who[n > 0 ? n : 0] = '\0';
	who[strcspn(who, "\n")] = '\0';
	if (who[0] == '\0')
		snprintf(who, size, "another run");
}

static void write_owner(int fd)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "process %ld\n", (long)getpid());

	/* Only for messages: a lock that names nobody is a lock too. */
	if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
		return;
}

int rig_lock_take(
	const struct rig_conf *rig, bool *busy, char *why, size_t why_size)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[4096], who[64];
	int fd;

	find_path(rig, path, sizeof(path));
	fd = open_lock(path);
	*busy = false;
	if (fd < 0) {
		snprintf(why, why_size,
			"cannot open its lock %s: %s; the key lock names "
			"another",
			path, strerror(errno));
		return -1;
	}
	if (fcntl(fd, F_OFD_SETLK, &all) == 0) {
		write_owner(fd);
		return fd;
	}
	*busy = errno == EAGAIN || errno == EACCES;
	read_owner(fd, who, sizeof(who));
	if (*busy)
		snprintf(why, why_size, "the board is in use by %s", who);
	else
		snprintf(why, why_size, "cannot lock %s: %s", path,
			strerror(errno));
	close(fd);
	return -1;
}

bool rig_lock_is_taken(const struct rig_conf *rig, char *who, size_t size)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char path[4096];
	bool taken;
	int fd;

	find_path(rig, path, sizeof(path));
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	taken = fcntl(fd, F_OFD_GETLK, &all) == 0 && all.l_type != F_UNLCK;
	read_owner(fd, who, size);
	close(fd);
	return taken;
}
