#include "svc/ufs_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "svc/safe_file.h"

/* Being written; never an entry, since those begin with a hex digit. */
#define NEW_ENTRY ".new"

static const char hex_digits[] = "0123456789ABCDEF";

/* Not isalnum(): that follows the locale. */
static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

static int hex_value(char c)
{
	const char *p = c == '\0' ? NULL : strchr(hex_digits, c);

	return p == NULL ? -1 : (int)(p - hex_digits);
}

bool ufs_entry_name(char entry[UFS_ENTRY_SIZE], uint32_t seq, const char *name)
{
	size_t len = strlen(name), n;

	if (len == 0 || len > UFS_NAME_MAX)
		return false;
	n = (size_t)snprintf(entry, UFS_ENTRY_SIZE, "%08X-", seq);
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)name[i];

		if (is_plain(name[i])) {
			entry[n++] = name[i];
			continue;
		}
		entry[n++] = '%';
		entry[n++] = hex_digits[c >> 4];
		entry[n++] = hex_digits[c & 15];
	}
	entry[n] = '\0';
	return true;
}

bool ufs_entry_parse(
	const char *entry, uint32_t *seq, char name[UFS_NAME_MAX + 1])
{
	size_t n = 0;

	*seq = 0;
	for (int i = 0; i < 8; i++, entry++) {
		int v = hex_value(*entry);

		if (v < 0)
			return false;
		*seq = *seq << 4 | (uint32_t)v;
	}
	if (*entry++ != '-')
		return false;
	while (*entry != '\0') {
		char c = *entry++;

		if (c == '%') {
			int hi = hex_value(*entry);
			int lo = hi < 0 ? -1 : hex_value(entry[1]);

			if (lo < 0)
				return false;
			c = (char)(hi << 4 | lo);
			/* One spelling a name: nothing is escaped in vain. */
			if (c == '\0' || is_plain(c))
				return false;
			entry += 2;
		} else if (!is_plain(c)) {
			return false;
		}
		if (n == UFS_NAME_MAX)
			return false;
		name[n++] = c;
	}
	name[n] = '\0';
	return n > 0;
}

int ufs_dir_open(const char *dir, int *fd, struct why *why)
{
	/* The first run makes it. */
	int unmade = mkdir(dir, 0700) < 0 ? errno : 0;

	*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd < 0)
		return why_set(why, ERR_FILE_OPEN, GRADE_INF,
			"directory %s of UFS: %s", dir,
			strerror(errno == ENOENT && unmade != EEXIST ? unmade
								     : errno));
	if (flock(*fd, LOCK_EX | LOCK_NB) < 0) {
		enum err err = errno == EWOULDBLOCK ? ERR_BUSY : ERR_FILE_OPEN;

		why_set(why, err, GRADE_INF, "directory %s of UFS: %s", dir,
			err == ERR_BUSY ? "in use by another modem"
					: strerror(errno));
		close(*fd);
		*fd = -1;
		return err;
	}
	if (unlinkat(*fd, NEW_ENTRY, 0) < 0 && errno != ENOENT) {
		enum err err = why_set(why, ERR_FILE_OPEN, GRADE_INF,
			"directory %s of UFS: cannot remove %s: %s", dir,
			NEW_ENTRY, strerror(errno));

		close(*fd);
		*fd = -1;
		return err;
	}
	return 0;
}

int ufs_dir_scan(int fd,
	int (*fn)(void *arg, uint32_t seq, const char *name, uint64_t size,
		struct why *why),
	void *arg, struct why *why)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *e;
	int ret = 0;

	if (d == NULL) {
		ret = why_set(why, ERR_FILE_OPEN, GRADE_INF,
			"directory of UFS: %s", strerror(errno));
		if (copy >= 0)
			close(copy);
		return ret;
	}
	while (ret == 0 && (e = readdir(d)) != NULL) {
		char name[UFS_NAME_MAX + 1];
		struct stat st;
		uint32_t seq;

		if (!ufs_entry_parse(e->d_name, &seq, name))
			continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(st.st_mode))
			continue;
		ret = fn(arg, seq, name, (uint64_t)st.st_size, why);
	}
	closedir(d);
	return ret;
}

int ufs_dir_put(int fd, uint32_t seq, const char *name, const void *data,
	size_t len, struct why *why)
{
	char entry[UFS_ENTRY_SIZE];

	if (!ufs_entry_name(entry, seq, name))
		return why_set(why, ERR_FILE_PARAM, GRADE_INF,
			"UFS:%s: a name of 1..%d bytes is wanted", name,
			UFS_NAME_MAX);
	if (safe_file_put(fd, NEW_ENTRY, entry, data, len) == 0)
		return 0;
	return why_set(why, ERR_FILE_WRITE, GRADE_INF,
		"UFS:%s: cannot write on the host: %s", name, strerror(errno));
}

int ufs_dir_get(int fd, uint32_t seq, const char *name, void *data, size_t len,
	struct why *why)
{
	char entry[UFS_ENTRY_SIZE];
	uint8_t *p = data, extra;
	size_t have = 0;
	ssize_t n = 0;
	int in;

	ufs_entry_name(entry, seq, name);
	in = openat(fd, entry, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0)
		return why_set(why, ERR_FILE_READ, GRADE_INF,
			"UFS:%s: cannot open on the host: %s", name,
			strerror(errno));
	while (have < len) {
		n = read(in, p + have, len - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (have == len)
		n = read(in, &extra, 1);
	close(in);
	if (n < 0)
		return why_set(why, ERR_FILE_READ, GRADE_INF,
			"UFS:%s: cannot read on the host: %s", name,
			strerror(errno));
	if (have < len || n > 0)
		return why_set(why, ERR_FILE_READ, GRADE_INF,
			"UFS:%s: its size was changed behind the modem's back",
			name);
	return 0;
}

int ufs_dir_remove(int fd, uint32_t seq, const char *name, struct why *why)
{
	char entry[UFS_ENTRY_SIZE];

	ufs_entry_name(entry, seq, name);
	if (unlinkat(fd, entry, 0) == 0 && fsync(fd) == 0)
		return 0;
	return why_set(why, ERR_FILE_DELETE, GRADE_INF,
		"UFS:%s: cannot delete on the host: %s", name, strerror(errno));
}
