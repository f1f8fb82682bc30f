#include "svc/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "svc/filestore.h"

struct file *store_find(struct store *st, const char *name)
{
	struct file *f;

	TAILQ_FOREACH (f, &st->files, entry)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

struct file *store_add(
	struct store *st, uint32_t seq, const char *name, size_t size)
{
	struct file *f = calloc(1, sizeof(*f));
	struct file *after = TAILQ_LAST(&st->files, file_list);

	if (f == NULL)
		return NULL;
	f->seq = seq;
	f->size = size;
	snprintf(f->name, sizeof(f->name), "%s", name);
	while (after != NULL && after->seq > seq)
		after = TAILQ_PREV(after, file_list, entry);
	if (after != NULL)
		TAILQ_INSERT_AFTER(&st->files, after, f, entry);
	else
		TAILQ_INSERT_HEAD(&st->files, f, entry);
	st->used += size;
	st->count++;
	return f;
}

void store_drop(struct store *st, struct file *f)
{
	TAILQ_REMOVE(&st->files, f, entry);
	st->used -= f->size;
	st->count--;
	free(f->data);
	free(f);
}

void store_clear(struct store *st)
{
	while (!TAILQ_EMPTY(&st->files))
		store_drop(st, TAILQ_FIRST(&st->files));
}

uint64_t store_free(const struct store *st)
{
	uint64_t taken = st->used + st->reserved;

	/* A directory of a larger profile may hold more than fits. */
	return taken < st->total ? st->total - taken : 0;
}

enum err store_no_space(const struct store *st, const char *name, uint64_t size,
	struct why *why)
{
	return why_set(why, filestore_full(st->profile, size, st->total),
		GRADE_INF, "%s%s: %llu bytes, %llu are free in %.3s",
		st->prefix, name, (unsigned long long)size,
		(unsigned long long)store_free(st), st->prefix);
}

enum err store_no_memory(
	const struct store *st, const char *name, struct why *why)
{
	return why_set(why, ERR_FILE_WRITE, GRADE_INF,
		"%s%s: the host is out of memory", st->prefix, name);
}

int store_put(struct store *st, const char *name, uint8_t *data, size_t len,
	struct why *why)
{
	struct file *f = store_find(st, name);
	bool fresh = f == NULL;
	uint64_t room = store_free(st) + (fresh ? 0 : f->size);
	int ret = 0;

	if (fresh)
		f = store_add(st, st->next_seq, name, 0);
	if (f == NULL) {
		free(data);
		return store_no_memory(st, name, why);
	}
	if (len > 0 && fault_fires(st->faults, FAULT_FS_CORRUPT))
		data[len / 2] ^= 1;
	if (len > room)
		ret = store_no_space(st, name, len, why);
	else if (fault_fires(st->faults, FAULT_FS_WRITE))
		ret = why_set(why, ERR_FILE_WRITE, GRADE_INF,
			"fault fs.write: %s%s is as it was", st->prefix, name);
	else if (st->dir >= 0)
		ret = ufs_dir_put(st->dir, f->seq, name, data, len, why);
	if (ret != 0) {
		if (fresh)
			store_drop(st, f);
		free(data);
		return ret;
	}
	if (fresh)
		st->next_seq++;
	st->used += len - f->size;
	f->size = len;
	free(f->data);
	f->data = st->dir < 0 ? data : NULL;
	if (st->dir >= 0)
		free(data);
	return 0;
}
