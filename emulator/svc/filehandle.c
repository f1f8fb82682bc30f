#include "svc/filehandle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/profile.h"
#include "svc/filestore.h"

struct handle {
	TAILQ_ENTRY(handle) entry;
	int id;
	enum file_mode mode;
	uint8_t *data; /* the file as it is in the store */
	size_t size, pos;
	struct buf fresh; /* of a write in progress */
	char name[FILE_PRINTED_SIZE];
};

struct filehandles {
	const struct profile *profile;
	struct filestore *fs;
	int64_t count;
	TAILQ_HEAD(handle_list, handle) open; /* in order of opening */
};

struct filehandles *filehandle_new(
	const struct profile *profile, struct filestore *fs)
{
	struct filehandles *h = calloc(1, sizeof(*h));

	if (h == NULL)
		return NULL;
	h->profile = profile;
	h->fs = fs;
	TAILQ_INIT(&h->open);
	return h;
}

static void drop(struct filehandles *h, struct handle *f)
{
	TAILQ_REMOVE(&h->open, f, entry);
	h->count--;
	filestore_release(h->fs, f->name);
	buf_free(&f->fresh);
	free(f->data);
	free(f);
}

void filehandle_reset(struct filehandles *h)
{
	struct handle *f;

	while ((f = TAILQ_FIRST(&h->open)) != NULL)
		drop(h, f);
}

void filehandle_free(struct filehandles *h)
{
	if (h == NULL)
		return;
	filehandle_reset(h);
	free(h);
}

static struct handle *by_id(struct filehandles *h, int id)
{
	struct handle *f;

	TAILQ_FOREACH (f, &h->open, entry)
		if (f->id == id)
			return f;
	return NULL;
}

static struct handle *find(struct filehandles *h, int id, struct why *why)
{
	struct handle *f = by_id(h, id);

	if (f == NULL)
		why_set(why,
			h->profile->files_code_handle == 0 ? ERR_FILE_HANDLE
							   : ERR_FILE_INVALID,
			GRADE_KIN,
			"handle %d: no file is open under it (AT+QFOPEN? lists "
			"them)",
			id);
	return f;
}

static int free_id(struct filehandles *h, const char *name)
{
	int id = strncmp(name, "RAM:", 4) == 0
			 ? (int)h->profile->files_handle_ram
			 : (int)h->profile->files_handle_ufs;

	while (by_id(h, id) != NULL)
		id++;
	return id;
}

/* Make the file what its mode says, and claim it. */
static int take(struct filehandles *h, const char *name, enum file_mode mode,
	struct why *why)
{
	bool exists = filestore_exists(h->fs, name);
	int ret = 0;

	if (!exists && mode == FILE_MODE_READ)
		return why_set(why,
			h->profile->files_code_open_absent == 0
				? ERR_FILE_NOT_FOUND
				: ERR_FILE_OPEN,
			GRADE_MAN, "%s: no such file, and mode 2 makes none",
			name);
	if (exists) {
		ret = filestore_claim(h->fs, name, why);
		if (ret != 0)
			return ret;
	}
	if (!exists || mode == FILE_MODE_TRUNCATE)
		ret = filestore_write(h->fs, name, "", 0, why);
	if (ret == 0 && !exists)
		ret = filestore_claim(h->fs, name, why);
	if (ret != 0 && exists)
		filestore_release(h->fs, name);
	return ret;
}

int filehandle_open(struct filehandles *h, const char *name,
	enum file_mode mode, int *id, struct why *why)
{
	char printed[FILE_PRINTED_SIZE];
	struct handle *f;
	void *data;
	size_t size;
	int ret = filestore_print_name(h->fs, name, printed, why);

	if (ret != 0)
		return ret;
	if (h->count >= h->profile->files_open_max)
		return why_set(why, ERR_FILE_TOO_MANY, GRADE_KIN,
			"%s: %lld files are open already, the most there can "
			"be (files_open_max)",
			printed, (long long)h->count);
	ret = take(h, printed, mode, why);
	if (ret != 0)
		return ret;
	ret = filestore_read(h->fs, printed, &data, &size, why);
	if (ret != 0) {
		filestore_release(h->fs, printed);
		return ret;
	}
	f = calloc(1, sizeof(*f));
	if (f == NULL) {
		free(data);
		filestore_release(h->fs, printed);
		return why_set(why, ERR_FILE_OPEN, GRADE_INF,
			"%s: the host is out of memory", printed);
	}
	f->id = free_id(h, printed);
	f->mode = mode;
	f->data = data;
	f->size = size;
	snprintf(f->name, sizeof(f->name), "%s", printed);
	TAILQ_INSERT_TAIL(&h->open, f, entry);
	h->count++;
	*id = f->id;
	return 0;
}

void filehandle_each(struct filehandles *h,
	void (*fn)(void *arg, const char *name, int id, enum file_mode mode),
	void *arg)
{
	struct handle *f;

	TAILQ_FOREACH (f, &h->open, entry)
		fn(arg, f->name, f->id, f->mode);
}

int filehandle_read(struct filehandles *h, int id, uint64_t max,
	const void **data, size_t *len, struct why *why)
{
	struct handle *f = find(h, id, why);

	if (f == NULL)
		return why->err;
	*len = f->size - f->pos;
	if (*len > max)
		*len = (size_t)max;
	*data = f->data + f->pos;
	f->pos += *len;
	return 0;
}

static int check_writable(const struct handle *f, struct why *why)
{
	if (f->mode != FILE_MODE_READ)
		return 0;
	return why_set(why, ERR_FILE_READONLY, GRADE_KIN,
		"handle %d: %s was opened with mode 2, to read only", f->id,
		f->name);
}

int filehandle_write_begin(
	struct filehandles *h, int id, uint64_t len, struct why *why)
{
	struct handle *f = find(h, id, why);
	enum file_storage st;
	uint64_t left, total, inside;

	if (f == NULL || check_writable(f, why) != 0)
		return why->err;
	if (filestore_storage(f->name, &st, why) != 0)
		return why->err;
	filestore_space(h->fs, st, &left, &total);
	inside = f->size - f->pos;
	if (len > inside && len - inside > left)
		return why_set(why,
			filestore_full(h->profile, f->pos + len, total),
			GRADE_INF,
			"%s: %llu bytes would be added, %llu are free in %.3s",
			f->name, (unsigned long long)(len - inside),
			(unsigned long long)left, f->name);
	buf_free(&f->fresh);
	buf_init(&f->fresh, (size_t)len);
	return 0;
}

int filehandle_write_put(struct filehandles *h, int id, const void *data,
	size_t len, struct why *why)
{
	struct handle *f = find(h, id, why);

	if (f == NULL)
		return why->err;
	if (!buf_add(&f->fresh, data, len))
		return why_set(why, ERR_FILE_WRITE, GRADE_INF,
			"%s: %zu bytes past what was announced, or the host is "
			"out of memory",
			f->name, len);
	return 0;
}

/* Replace the file in the store, then the copy; data is taken over. */
static int replace(struct filehandles *h, struct handle *f, uint8_t *data,
	size_t size, struct why *why)
{
	int ret = filestore_write(h->fs, f->name, data, size, why);

	if (ret != 0) {
		free(data);
		return ret;
	}
	free(f->data);
	f->data = data;
	f->size = size;
	return 0;
}

int filehandle_write_end(struct filehandles *h, int id, size_t *written,
	size_t *total, struct why *why)
{
	struct handle *f = find(h, id, why);
	size_t n, size;
	uint8_t *data;
	int ret = 0;

	if (f == NULL)
		return why->err;
	n = buf_len(&f->fresh);
	size = f->pos + n > f->size ? f->pos + n : f->size;
	if (n > 0) {
		data = malloc(size);
		if (data == NULL)
			return why_set(why, ERR_FILE_WRITE, GRADE_INF,
				"%s: the host is out of memory", f->name);
		if (f->size > 0)
			memcpy(data, f->data, f->size);
		memcpy(data + f->pos, buf_data(&f->fresh), n);
		ret = replace(h, f, data, size, why);
	}
	buf_free(&f->fresh);
	if (ret != 0)
		return ret;
	f->pos += n;
	*written = n;
	*total = f->size;
	return 0;
}

int filehandle_seek(struct filehandles *h, int id, uint64_t offset,
	enum file_from from, struct why *why)
{
	struct handle *f = find(h, id, why);
	uint64_t room;

	if (f == NULL)
		return why->err;
	room = from == FILE_FROM_POINTER ? f->size - f->pos : f->size;
	if (offset > room)
		return why_set(why, ERR_FILE_LARGER, GRADE_MAN,
			"%s: offset %llu from %s leaves the file of %zu bytes, "
			"the pointer is at %zu",
			f->name, (unsigned long long)offset,
			from == FILE_FROM_START	    ? "the start"
			: from == FILE_FROM_POINTER ? "the pointer"
						    : "the end",
			f->size, f->pos);
	if (from == FILE_FROM_END)
		f->pos = f->size - (size_t)offset;
	else if (from == FILE_FROM_POINTER)
		f->pos += (size_t)offset;
	else
		f->pos = (size_t)offset;
	return 0;
}

int filehandle_position(
	struct filehandles *h, int id, size_t *pos, struct why *why)
{
	struct handle *f = find(h, id, why);

	if (f == NULL)
		return why->err;
	*pos = f->pos;
	return 0;
}

int filehandle_truncate(struct filehandles *h, int id, struct why *why)
{
	struct handle *f = find(h, id, why);
	uint8_t *data;

	if (f == NULL || check_writable(f, why) != 0)
		return why->err;
	data = malloc(f->pos + 1);
	if (data == NULL)
		return why_set(why, ERR_FILE_WRITE, GRADE_INF,
			"%s: the host is out of memory", f->name);
	memcpy(data, f->data, f->pos);
	return replace(h, f, data, f->pos, why);
}

int filehandle_close(struct filehandles *h, int id, struct why *why)
{
	struct handle *f = find(h, id, why);

	if (f == NULL)
		return why->err;
	drop(h, f);
	return 0;
}
