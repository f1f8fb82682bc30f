#ifndef EC21_SVC_FILESTORE_H
#define EC21_SVC_FILESTORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * UFS and RAM: the modem's files [FILE §2]. UFS lives in a directory so that
 * it survives; RAM in memory, gone at a reset. Names given by a host never
 * reach the file system as they are. Replacing or creating a file is atomic:
 * whatever happens, the old or the new content is there.
 */
struct fault_set;
struct filestore;
struct profile;

enum file_storage {
	FILE_UFS,
	FILE_RAM,
};

/* A name as it is printed: "UFS:x", at most 80 bytes behind the prefix. */
enum { FILE_PRINTED_SIZE = 4 + 80 + 1 };

/*
 * dir: the directory that holds UFS, made when it is not there (its parent
 * must be) and locked from now on, or NULL: UFS is kept in memory and dies with
 * the store. ERR_BUSY: another modem uses the directory. What killed writers
 * left there is removed; files that are not of our making are left alone.
 */
struct filestore *filestore_new(
	const struct profile *profile, const char *dir, struct why *why);
void filestore_free(struct filestore *fs);
/* Armed faults, borrowed; NULL, as at first: none. */
void filestore_faults(struct filestore *fs, struct fault_set *faults);
/* A reset of the modem: RAM files are gone. */
void filestore_reset(struct filestore *fs);

/* Free and total bytes of a storage. */
void filestore_space(struct filestore *fs, enum file_storage st,
	uint64_t *free_bytes, uint64_t *total);
/* What a size without room fails with, as the profile has it. */
enum err filestore_full(
	const struct profile *profile, uint64_t size, uint64_t total);
/* Sum of sizes and number of the UFS files. */
void filestore_usage(struct filestore *fs, uint64_t *bytes, uint64_t *files);

/*
 * Storage of a name: `x` and `UFS:x` are the same file, `RAM:x`; any other
 * prefix, a lower-case one too, is ERR_FILE_PARAM. SD: ERR_FILE_DISK: there
 * is no card.
 */
int filestore_storage(const char *name, enum file_storage *st, struct why *why);

/*
 * Call fn for each file of a pattern: a name, `*`, `UFS:*`, `RAM:*`, in order
 * of creation, with the printed name ("UFS:x"). A name that does not exist is
 * ERR_FILE_NOT_FOUND.
 */
int filestore_list(struct filestore *fs, const char *pattern,
	void (*fn)(void *arg, const char *name, uint64_t size), void *arg,
	struct why *why);
/*
 * Delete a name or a pattern; ERR_FILE_DELETE when a name is absent, or when
 * a file is claimed: then nothing is deleted.
 */
int filestore_delete(
	struct filestore *fs, const char *pattern, struct why *why);

/*
 * Whole content of a file, malloc'ed and NUL-terminated, for TLS contexts and
 * downloads; the caller frees it. ERR_FILE_NOT_FOUND, ERR_FILE_READ.
 */
int filestore_read(struct filestore *fs, const char *name, void **data,
	size_t *len, struct why *why);

/*
 * Create a file or replace its content, atomically; its place in the order of
 * creation stays. ERR_FILE_PARAM, ERR_FILE_NO_SPACE, ERR_FILE_WRITE.
 */
int filestore_write(struct filestore *fs, const char *name, const void *data,
	size_t len, struct why *why);

/* Check a name and give its printed form. ERR_FILE_PARAM, ERR_FILE_DISK. */
int filestore_print_name(struct filestore *fs, const char *name,
	char printed[FILE_PRINTED_SIZE], struct why *why);
bool filestore_exists(struct filestore *fs, const char *name);

/*
 * Claim an existing file for one handle, until filestore_release() or a reset:
 * it cannot be deleted. ERR_FILE_NOT_FOUND, ERR_FILE_ALREADY_OPEN.
 */
int filestore_claim(struct filestore *fs, const char *name, struct why *why);
/* Harmless when the file is gone. */
void filestore_release(struct filestore *fs, const char *name);

/*
 * An upload in progress: bytes are collected, and become the file at commit.
 * filestore_upload() checks name, existence and space before any data:
 * ERR_FILE_PARAM, ERR_FILE_EXISTS, ERR_FILE_NO_SPACE.
 */
struct upload;
struct upload *filestore_upload(
	struct filestore *fs, const char *name, uint64_t size, struct why *why);
/* Bytes past `size` are refused with ERR_FILE_TOO_LARGE. */
int upload_write(
	struct upload *u, const void *data, size_t len, struct why *why);
/* What is known of an upload; name is as printed ("RAM:x"), lent. */
struct upload_info {
	const char *name;
	uint64_t size, received;
};
void upload_get(const struct upload *u, struct upload_info *info);
/* Make what was written the file, with its size and checksum; frees u. */
int upload_commit(
	struct upload *u, uint64_t *size, uint16_t *sum, struct why *why);
/* Nothing happened; frees u. NULL is fine. */
void upload_abort(struct upload *u);

/* XOR of big-endian pairs, an odd last byte is the high half [FILE §4.4]. */
uint16_t file_checksum(const void *data, size_t len);

#endif
