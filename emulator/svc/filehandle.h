#ifndef EC21_SVC_FILEHANDLE_H
#define EC21_SVC_FILEHANDLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * Open files [FILE §4.6-§4.12]: numbers that stand for a file, a mode and a
 * pointer. A handle works on a copy of the file; each finished write goes to
 * the store at once, atomically. A file is open once at a time, and cannot be
 * deleted meanwhile.
 */
struct filehandles;
struct filestore;
struct profile;

enum file_mode {
	FILE_MODE_KEEP,	    /* created when absent */
	FILE_MODE_TRUNCATE, /* created when absent, else emptied */
	FILE_MODE_READ,	    /* must exist, read only */
	FILE_MODES,
};

enum file_from {
	FILE_FROM_START,
	FILE_FROM_POINTER,
	FILE_FROM_END, /* the offset counts backwards */
};

/* NULL: out of memory. The store is lent and must live longer. */
struct filehandles *filehandle_new(
	const struct profile *profile, struct filestore *fs);
void filehandle_free(struct filehandles *h);
/* A reset of the modem: all files are closed; unfinished writes are lost. */
void filehandle_reset(struct filehandles *h);

/*
 * Open a file with its pointer at 0. *id: the smallest free number, from 0
 * for UFS and 3000 for RAM (profile). ERR_FILE_PARAM, ERR_FILE_ALREADY_OPEN,
 * ERR_FILE_TOO_MANY, ERR_FILE_NOT_FOUND, ERR_FILE_READ, ERR_FILE_WRITE.
 */
int filehandle_open(struct filehandles *h, const char *name,
	enum file_mode mode, int *id, struct why *why);

/* Call fn for each open file, in order of opening, with the printed name. */
void filehandle_each(struct filehandles *h,
	void (*fn)(void *arg, const char *name, int id, enum file_mode mode),
	void *arg);

/* All below: ERR_FILE_HANDLE (or _INVALID, by profile) when id is not open. */

/*
 * Up to `max` bytes from the pointer, which moves behind them. *data is lent
 * until the handle is used again. *len 0: end of file.
 */
int filehandle_read(struct filehandles *h, int id, uint64_t max,
	const void **data, size_t *len, struct why *why);

/*
 * A write in three steps: begin checks mode and space for `len` bytes at the
 * pointer (ERR_FILE_READONLY, ERR_FILE_NO_SPACE), put collects, end makes them
 * part of the file (overwriting what is there), moves the pointer and tells
 * the size of the file. ERR_FILE_WRITE: the file is as before.
 */
int filehandle_write_begin(
	struct filehandles *h, int id, uint64_t len, struct why *why);
int filehandle_write_put(struct filehandles *h, int id, const void *data,
	size_t len, struct why *why);
int filehandle_write_end(struct filehandles *h, int id, size_t *written,
	size_t *total, struct why *why);

/* Move the pointer. ERR_FILE_LARGER: it would leave the file. */
int filehandle_seek(struct filehandles *h, int id, uint64_t offset,
	enum file_from from, struct why *why);
int filehandle_position(
	struct filehandles *h, int id, size_t *pos, struct why *why);
/* Cut everything behind the pointer. ERR_FILE_READONLY, ERR_FILE_WRITE. */
int filehandle_truncate(struct filehandles *h, int id, struct why *why);
int filehandle_close(struct filehandles *h, int id, struct why *why);

#endif
