#include "svc/filestore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/fault.h"
#include "base/profile.h"
#include "svc/store.h"
#include "svc/ufs_dir.h"

struct filestore {
	const struct profile *profile;
	struct store st[2];			/* by enum file_storage */
	LIST_HEAD(upload_list, upload) uploads; /* in progress */
	struct fault_set *faults;
};

struct upload {
	LIST_ENTRY(upload) entry;
	struct filestore *fs;
	struct store *st;
	uint8_t *data;
	size_t size, len, cap;
	char printed[FILE_PRINTED_SIZE];
	const char *name; /* without the prefix */
};

/* What a pattern or a name means; name is without its prefix. */
struct target {
	struct store *st;
	const char *name;
	bool all;
};

_Static_assert(FILE_PRINTED_SIZE == 4 + UFS_NAME_MAX + 1,
	"printed names must hold the longest name");

enum err filestore_full(
	const struct profile *profile, uint64_t size, uint64_t total)
{
	if (size > total && profile->files_code_too_large != 0)
		return ERR_FILE_TOO_LARGE;
	return profile->files_code_no_space == 0 ? ERR_FILE_NO_SPACE
						 : ERR_FILE_DRIVE_FULL;
}

static enum err full_by_fault(const struct filestore *fs, struct why *why)
{
	return why_set(why, filestore_full(fs->profile, 0, 0), GRADE_INF,
		"fault fs.full: as if no byte were free");
}

/* --- names -------------------------------------------------------------- */

int filestore_storage(const char *name, enum file_storage *st, struct why *why)
{
	const char *colon = strchr(name, ':');

	*st = FILE_UFS;
	if (colon == NULL || strncmp(name, "UFS:", 4) == 0)
		return 0;
	if (strncmp(name, "RAM:", 4) == 0) {
		*st = FILE_RAM;
		return 0;
	}
	if (strncmp(name, "SD:", 3) == 0)
		return why_set(why, ERR_FILE_DISK, GRADE_INF,
			"%s: there is no SD card", name);
	/* cap [FILE §4.3]: a lower-case prefix is refused too */
	return why_set(why, ERR_FILE_PARAM, GRADE_CAP,
		"%s: \"%.*s\" is no storage; UFS:, RAM: and SD: are, in upper "
		"case",
		name, (int)(colon - name) + 1, name);
}

static int resolve(struct filestore *fs, const char *text, bool pattern,
	struct target *t, struct why *why)
{
	enum file_storage id;
	int64_t max = fs->profile->files_name_max;
	/* inf [FILE §4.4]: 406 stays possible for a bad name */
	enum err bad = fs->profile->files_code_name == 0 ? ERR_FILE_PARAM
							 : ERR_FILE_NAME;
	size_t len;
	int ret = filestore_storage(text, &id, why);

	if (ret != 0)
		return ret;
	t->st = &fs->st[id];
	t->name = strchr(text, ':') != NULL ? text + 4 : text;
	t->all = pattern && strcmp(t->name, "*") == 0;
	len = strlen(t->name);
	if (len == 0)
		return why_set(
			why, bad, GRADE_INF, "file name \"%s\" is empty", text);
	if (len > (size_t)max)
		return why_set(why, bad, GRADE_INF,
			"file name %.20s… is %zu bytes long, at most %lld",
			text, len, (long long)max);
	if (!pattern && strcmp(t->name, "*") == 0)
		return why_set(why, bad, GRADE_INF,
			"\"%s\" is a pattern, a file name is wanted", text);
	return 0;
}

/* --- the store ----------------------------------------------------------- */

static int scanned(void *arg, uint32_t seq, const char *name, uint64_t size,
	struct why *why)
{
	struct filestore *fs = arg;
	struct store *st = &fs->st[FILE_UFS];

	if (store_find(st, name) != NULL)
		return why_set(why, ERR_FILE_OPEN, GRADE_INF,
			"directory of UFS: %s is there twice; remove one",
			name);
	if (store_add(st, seq, name, size) == NULL)
		return store_no_memory(st, name, why);
	if (seq >= st->next_seq)
		st->next_seq = seq + 1;
	return 0;
}

struct filestore *filestore_new(
	const struct profile *profile, const char *dir, struct why *why)
{
	struct filestore *fs = calloc(1, sizeof(*fs));
	struct store *ufs, *ram;

	if (fs == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_INF,
			"file store: the host is out of memory");
		return NULL;
	}
	fs->profile = profile;
	ufs = &fs->st[FILE_UFS];
	ram = &fs->st[FILE_RAM];
	*ufs = (struct store){.prefix = "UFS:", .dir = -1, .profile = profile};
	*ram = (struct store){.prefix = "RAM:", .dir = -1, .profile = profile};
	TAILQ_INIT(&ufs->files);
	TAILQ_INIT(&ram->files);
	ufs->total = (uint64_t)profile->files_ufs_total;
	ram->total = (uint64_t)profile->files_ram_total;
	ram->used = (uint64_t)profile->files_ram_overhead;
	if (dir == NULL)
		return fs;
	if (ufs_dir_open(dir, &ufs->dir, why) != 0 ||
		ufs_dir_scan(ufs->dir, scanned, fs, why) != 0) {
		filestore_free(fs);
		return NULL;
	}
	return fs;
}

void filestore_free(struct filestore *fs)
{
	if (fs == NULL)
		return;
	while (!LIST_EMPTY(&fs->uploads))
		upload_abort(LIST_FIRST(&fs->uploads));
	store_clear(&fs->st[FILE_UFS]);
	store_clear(&fs->st[FILE_RAM]);
	if (fs->st[FILE_UFS].dir >= 0)
		close(fs->st[FILE_UFS].dir);
	free(fs);
}

void filestore_faults(struct filestore *fs, struct fault_set *faults)
{
	fs->faults = faults;
	fs->st[FILE_UFS].faults = faults;
	fs->st[FILE_RAM].faults = faults;
}

void filestore_reset(struct filestore *fs)
{
	store_clear(&fs->st[FILE_RAM]);
}

void filestore_space(struct filestore *fs, enum file_storage st,
	uint64_t *free_bytes, uint64_t *total)
{
	*free_bytes = store_free(&fs->st[st]);
	*total = fs->st[st].total;
}

void filestore_usage(struct filestore *fs, uint64_t *bytes, uint64_t *files)
{
	const struct store *ufs = &fs->st[FILE_UFS];

	*bytes = ufs->used;
	*files = ufs->count;
}

int filestore_list(struct filestore *fs, const char *pattern,
	void (*fn)(void *arg, const char *name, uint64_t size), void *arg,
	struct why *why)
{
	char name[FILE_PRINTED_SIZE];
	struct target t;
	struct file *f;
	bool any = false;
	int ret = resolve(fs, pattern, true, &t, why);

	if (ret != 0)
		return ret;
	TAILQ_FOREACH (f, &t.st->files, entry) {
		if (!t.all && strcmp(f->name, t.name) != 0)
			continue;
		/* cap [FILE §2]: the prefix is printed for UFS too */
		snprintf(name, sizeof(name), "%s%s", t.st->prefix, f->name);
		fn(arg, name, f->size);
		any = true;
	}
	if (any || t.all)
		return 0;
	return why_set(why,
		fs->profile->files_code_list_absent == 0 ? ERR_FILE_NOT_FOUND
							 : ERR_FILE_LIST,
		GRADE_INF, "%s%s: no such file", t.st->prefix, t.name);
}

static int remove_file(struct store *st, struct file *f, struct why *why)
{
	int ret =
		st->dir < 0 ? 0 : ufs_dir_remove(st->dir, f->seq, f->name, why);

	if (ret == 0)
		store_drop(st, f);
	return ret;
}

int filestore_delete(struct filestore *fs, const char *pattern, struct why *why)
{
	struct target t;
	struct file *f;
	int ret = resolve(fs, pattern, true, &t, why);

	if (ret != 0)
		return ret;
	TAILQ_FOREACH (f, &t.st->files, entry) {
		/* cppcheck-suppress uninitvar ; the macro sets it */
		if (!f->claimed || (!t.all && strcmp(f->name, t.name) != 0))
			continue;
		/* asm [FILE §4.3]: what a module does is unknown */
		return why_set(why, ERR_FILE_DELETE, GRADE_ASM,
			"%s%s: the file is open; close it first (AT+QFCLOSE)",
			t.st->prefix, f->name);
	}
	if (t.all) {
		while (ret == 0 && (f = TAILQ_FIRST(&t.st->files)) != NULL)
			ret = remove_file(t.st, f, why);
		return ret;
	}
	f = store_find(t.st, t.name);
	if (f != NULL)
		return remove_file(t.st, f, why);
	/* cap [FILE §4.3]: an EC25 says 418, BG95 and BG96 405 */
	if (fs->profile->files_code_delete_absent == 0)
		return why_set(why, ERR_FILE_DELETE, GRADE_CAP,
			"%s%s: no such file to delete", t.st->prefix, t.name);
	return why_set(why, ERR_FILE_NOT_FOUND, GRADE_KIN,
		"%s%s: no such file to delete", t.st->prefix, t.name);
}

int filestore_read(struct filestore *fs, const char *name, void **data,
	size_t *len, struct why *why)
{
	struct target t;
	struct file *f;
	uint8_t *p;
	int ret = resolve(fs, name, false, &t, why);

	if (ret != 0)
		return ret;
	f = store_find(t.st, t.name);
	if (f == NULL)
		return why_set(why, ERR_FILE_NOT_FOUND, GRADE_MAN,
			"%s%s: no such file", t.st->prefix, t.name);
	if (fault_fires(fs->faults, FAULT_FS_READ))
		return why_set(why, ERR_FILE_READ, GRADE_INF,
			"fault fs.read: %s%s", t.st->prefix, t.name);
	p = malloc(f->size + 1);
	if (p == NULL)
		return why_set(why, ERR_FILE_READ, GRADE_INF,
			"%s%s: the host is out of memory", t.st->prefix,
			t.name);
	if (t.st->dir >= 0)
		ret = ufs_dir_get(t.st->dir, f->seq, f->name, p, f->size, why);
	else if (f->size > 0)
		memcpy(p, f->data, f->size);
	if (ret != 0) {
		free(p);
		return ret;
	}
	p[f->size] = '\0';
	*data = p;
	*len = f->size;
	return 0;
}

int filestore_write(struct filestore *fs, const char *name, const void *data,
	size_t len, struct why *why)
{
	struct target t;
	uint8_t *copy;
	int ret = resolve(fs, name, false, &t, why);

	if (ret != 0)
		return ret;
	if (fault_fires(fs->faults, FAULT_FS_FULL))
		return full_by_fault(fs, why);
	copy = malloc(len + 1);
	if (copy == NULL)
		return store_no_memory(t.st, t.name, why);
	if (len > 0)
		memcpy(copy, data, len);
	return store_put(t.st, t.name, copy, len, why);
}

int filestore_print_name(struct filestore *fs, const char *name,
	char printed[FILE_PRINTED_SIZE], struct why *why)
{
	struct target t;
	int ret = resolve(fs, name, false, &t, why);

	if (ret == 0)
		snprintf(printed, FILE_PRINTED_SIZE, "%s%s", t.st->prefix,
			t.name);
	return ret;
}

static struct file *find_file(struct filestore *fs, const char *name)
{
	struct target t;
	struct why why;

	return resolve(fs, name, false, &t, &why) == 0
		       ? store_find(t.st, t.name)
		       : NULL;
}

bool filestore_exists(struct filestore *fs, const char *name)
{
	return find_file(fs, name) != NULL;
}

int filestore_claim(struct filestore *fs, const char *name, struct why *why)
{
	struct file *f = find_file(fs, name);

	if (f == NULL)
		return why_set(why, ERR_FILE_NOT_FOUND, GRADE_MAN,
			"%s: no such file", name);
	if (f->claimed)
		return why_set(why, ERR_FILE_ALREADY_OPEN, GRADE_MAN,
			"%s: the file is open already (AT+QFOPEN? tells its "
			"handle)",
			name);
	f->claimed = true;
	return 0;
}

void filestore_release(struct filestore *fs, const char *name)
{
	struct file *f = find_file(fs, name);

	if (f != NULL)
		f->claimed = false;
}

/* --- uploads ------------------------------------------------------------- */

struct upload *filestore_upload(
	struct filestore *fs, const char *name, uint64_t size, struct why *why)
{
	struct target t;
	struct upload *u;

	if (resolve(fs, name, false, &t, why) != 0)
		return NULL;
	if (store_find(t.st, t.name) != NULL) {
		/* man [FILE §4.4]; the number from sibling hosts */
		why_set(why, ERR_FILE_EXISTS, GRADE_KIN,
			"%s%s: the file exists already; delete it first "
			"(AT+QFDEL)",
			t.st->prefix, t.name);
		return NULL;
	}
	if (fault_fires(fs->faults, FAULT_FS_FULL)) {
		full_by_fault(fs, why);
		return NULL;
	}
	if (size > store_free(t.st)) {
		store_no_space(t.st, t.name, size, why);
		return NULL;
	}
	u = calloc(1, sizeof(*u));
	if (u == NULL) {
		store_no_memory(t.st, t.name, why);
		return NULL;
	}
	u->fs = fs;
	u->st = t.st;
	u->size = size;
	snprintf(u->printed, sizeof(u->printed), "%s%s", t.st->prefix, t.name);
	u->name = u->printed + 4;
	u->st->reserved += size;
	LIST_INSERT_HEAD(&fs->uploads, u, entry);
	return u;
}

int upload_write(
	struct upload *u, const void *data, size_t len, struct why *why)
{
	if (len > u->size - u->len)
		return why_set(why, ERR_FILE_TOO_LARGE, GRADE_INF,
			"%s: %zu bytes past the announced %zu", u->printed,
			len - (u->size - u->len), u->size);
	if (len > u->cap - u->len) {
		size_t cap = u->cap < 1024 ? 1024 : u->cap * 2;
		uint8_t *p;

		if (cap < u->len + len)
			cap = u->len + len;
		p = realloc(u->data, cap);
		if (p == NULL)
			return store_no_memory(u->st, u->name, why);
		u->data = p;
		u->cap = cap;
	}
	if (len > 0)
		memcpy(u->data + u->len, data, len);
	u->len += len;
	return 0;
}

int upload_commit(
	struct upload *u, uint64_t *size, uint16_t *sum, struct why *why)
{
	uint8_t *data = u->data;
	int ret;

	u->data = NULL;
	*size = u->len;
	*sum = file_checksum(data, u->len);
	/* Its own reservation must not stand in its way. */
	u->st->reserved -= u->size;
	u->size = 0;
	ret = store_put(u->st, u->name, data, u->len, why);
	upload_abort(u);
	return ret;
}

void upload_abort(struct upload *u)
{
	if (u == NULL)
		return;
	LIST_REMOVE(u, entry);
	u->st->reserved -= u->size;
	free(u->data);
	free(u);
}

void upload_get(const struct upload *u, struct upload_info *info)
{
	*info = (struct upload_info){
		.name = u->printed,
		.size = u->size,
		.received = u->len,
	};
}

uint16_t file_checksum(const void *data, size_t len)
{
	struct qsum q = {0};

	qsum_update(&q, data, len);
	return q.value;
}
