#ifndef EC21_SVC_STORE_H
#define EC21_SVC_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"
#include "svc/ufs_dir.h"

/*
 * The files of one storage, and its quota; private to the file store, which
 * knows what the names of a host mean.
 */
struct fault_set;
struct profile;

struct file {
	TAILQ_ENTRY(file) entry;
	uint32_t seq; /* order of creation */
	size_t size;
	uint8_t *data; /* content; NULL: in the directory */
	bool claimed;  /* by a handle */
	char name[UFS_NAME_MAX + 1];
};

TAILQ_HEAD(file_list, file);

struct store {
	const struct profile *profile;
	struct fault_set *faults; /* may be NULL */
	struct file_list files;
	const char *prefix;
	int dir; /* -1: in memory */
	uint64_t total;
	uint64_t count;
	uint64_t used;	   /* files, and what no file can use */
	uint64_t reserved; /* uploads in progress */
	uint32_t next_seq;
};

struct file *store_find(struct store *st, const char *name);
/* In order of seq, so that a scanned directory comes out as it was made.
 * NULL without memory. */
struct file *store_add(
	struct store *st, uint32_t seq, const char *name, size_t size);
/* Forget a file, which is left in the directory. */
void store_drop(struct store *st, struct file *f);
void store_clear(struct store *st);
/* Bytes that a new file may have. */
uint64_t store_free(const struct store *st);
/*
 * Make `data` the file's content; data is malloc'ed and taken over. A failure
 * leaves the file as it was, or not there.
 */
int store_put(struct store *st, const char *name, uint8_t *data, size_t len,
	struct why *why);
/* What a file of this size fails with, and what one without memory. */
enum err store_no_space(const struct store *st, const char *name, uint64_t size,
	struct why *why);
enum err store_no_memory(
	const struct store *st, const char *name, struct why *why);

#endif
