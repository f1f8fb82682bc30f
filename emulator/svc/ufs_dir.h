#ifndef EC21_SVC_UFS_DIR_H
#define EC21_SVC_UFS_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * The directory below UFS; private to the file store. An entry is
 * SEQ-NAME: eight hex digits that keep the order of creation, and the
 * host's name with every byte but letters, digits, `_` and `.` written as
 * %XX. What a host sends can so never be a path, and a person can still read
 * the directory. Entries of any other form are not ours and are left alone.
 */
enum {
	UFS_NAME_MAX = 80, /* profile's files_name_max is not larger */
	UFS_ENTRY_SIZE = 9 + 3 * UFS_NAME_MAX + 1, /* within NAME_MAX */
};

/* Entry name of a file. False when the name is empty or too long. */
bool ufs_entry_name(char entry[UFS_ENTRY_SIZE], uint32_t seq, const char *name);
/* Inverse, for exactly what ufs_entry_name() makes. */
bool ufs_entry_parse(
	const char *entry, uint32_t *seq, char name[UFS_NAME_MAX + 1]);

/*
 * Open and lock a directory, made when it is not there (its parent must be),
 * and remove what a killed writer left. The lock
 * is on the directory itself and lives as long as *fd. ERR_BUSY: another
 * modem uses it.
 */
int ufs_dir_open(const char *dir, int *fd, struct why *why);

/* Call fn for each entry of ours, in no order. 0 or fn's error. */
int ufs_dir_scan(int fd,
	int (*fn)(void *arg, uint32_t seq, const char *name, uint64_t size,
		struct why *why),
	void *arg, struct why *why);

/*
 * Create or replace a file: at every moment, through kill -9 and power cuts,
 * the directory holds the old or the new content. ERR_FILE_WRITE.
 */
int ufs_dir_put(int fd, uint32_t seq, const char *name, const void *data,
	size_t len, struct why *why);
/* Exactly len bytes into data. ERR_FILE_READ. */
int ufs_dir_get(int fd, uint32_t seq, const char *name, void *data, size_t len,
	struct why *why);
/* ERR_FILE_DELETE. */
int ufs_dir_remove(int fd, uint32_t seq, const char *name, struct why *why);

#endif
