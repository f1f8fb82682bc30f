#include "svc/nv.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/buf.h"
#include "svc/safe_file.h"

enum {
	NAME_LEN = 32,
	VALUE_LEN = 128,
	FILE_MAX = 1 << 20,
};

#define NV_FILE "nv.conf"
#define NV_TEMP "nv.conf.new"

struct nv_item {
	STAILQ_ENTRY(nv_item) entry;
	char name[NAME_LEN];
	char value[VALUE_LEN];
};

struct nv {
	STAILQ_HEAD(nv_items, nv_item) items;
	char *path; /* for reasons; NULL: memory only */
	int dir;
	bool dirty; /* the last write failed: the file is not as `items` */
};

static struct nv_item *nv_find(const struct nv *nv, const char *name)
{
	struct nv_item *it;

	STAILQ_FOREACH (it, &nv->items, entry)
		if (strcmp(it->name, name) == 0)
			return it;
	return NULL;
}

static struct nv_item *nv_put(
	struct nv *nv, const char *name, const char *value)
{
	struct nv_item *it = nv_find(nv, name);

	if (it == NULL) {
		it = calloc(1, sizeof(*it));
		if (it == NULL)
			return NULL;
		snprintf(it->name, sizeof(it->name), "%s", name);
		STAILQ_INSERT_TAIL(&nv->items, it, entry);
	}
	snprintf(it->value, sizeof(it->value), "%s", value);
	return it;
}

static int nv_load(struct nv *nv, struct why *why)
{
	char line[NAME_LEN + VALUE_LEN + 8];
	int fd = openat(nv->dir, NV_FILE, O_RDONLY | O_CLOEXEC);
	FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	int number = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (f == NULL) {
		why_set(why, ERR_FILE_READ, GRADE_MAN, "%s: %s", nv->path,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return why->err;
	}
	while (fgets(line, sizeof(line), f) != NULL) {
		char *eq = strstr(line, " = ");
		size_t end = strcspn(line, "\n");

		number++;
		if (eq == NULL || line[end] != '\n' || eq - line >= NAME_LEN) {
			fclose(f);
			return why_set(why, ERR_FILE_READ, GRADE_MAN,
				"%s line %d: want \"name = value\"", nv->path,
				number);
		}
		line[end] = '\0';
		*eq = '\0';
		nv_put(nv, line, eq + 3);
	}
	fclose(f);
	return 0;
}

struct nv *nv_new(const char *dir, struct why *why)
{
	struct nv *nv = calloc(1, sizeof(*nv));

	if (nv == NULL)
		goto no_memory;
	STAILQ_INIT(&nv->items);
	nv->dir = -1;
	if (dir == NULL)
		return nv;
	if (asprintf(&nv->path, "%s/" NV_FILE, dir) < 0) {
		nv->path = NULL;
		goto no_memory;
	}
	nv->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (nv->dir < 0)
		why_set(why, ERR_FILE_OPEN, GRADE_ASM, "%s: %s", dir,
			strerror(errno));
	if (nv->dir < 0 || nv_load(nv, why) != 0) {
		nv_free(nv);
		return NULL;
	}
	return nv;
no_memory:
	nv_free(nv);
	why_set(why, ERR_NO_MEMORY, GRADE_MAN, "no memory for settings");
	return NULL;
}

void nv_free(struct nv *nv)
{
	struct nv_item *it;

	if (nv == NULL)
		return;
	while ((it = STAILQ_FIRST(&nv->items)) != NULL) {
		STAILQ_REMOVE_HEAD(&nv->items, entry);
		free(it);
	}
	if (nv->dir >= 0)
		close(nv->dir);
	free(nv->path);
	free(nv);
}

static int nv_write(struct nv *nv, struct why *why)
{
	struct nv_item *it;
	struct buf text;
	bool ok = true;

	if (nv->dir < 0)
		return 0;
	buf_init(&text, FILE_MAX);
	STAILQ_FOREACH (it, &nv->items, entry)
		ok = ok && buf_printf(&text, "%s = %s\n", it->name, it->value);
	if (!ok)
		errno = ENOMEM;
	ok = ok && safe_file_put(nv->dir, NV_TEMP, NV_FILE, buf_data(&text),
			   buf_len(&text)) == 0;
	buf_free(&text);
	if (ok)
		return 0;
	return why_set(why, ERR_FILE_WRITE, GRADE_ASM, "%s: %s", nv->path,
		strerror(errno));
}

const char *nv_str(const struct nv *nv, const char *name, const char *otherwise)
{
	const struct nv_item *it = nv_find(nv, name);

	return it != NULL ? it->value : otherwise;
}

int64_t nv_int(const struct nv *nv, const char *name, int64_t otherwise)
{
	const struct nv_item *it = nv_find(nv, name);
	char *end;
	long long n;

	if (it == NULL)
		return otherwise;
	n = strtoll(it->value, &end, 10);
	return *end == '\0' && end != it->value ? n : otherwise;
}

int nv_set_str(
	struct nv *nv, const char *name, const char *value, struct why *why)
{
	const struct nv_item *it = nv_find(nv, name);
	int rc;

	if (strlen(name) >= NAME_LEN || strlen(value) >= VALUE_LEN)
		return why_set(why, ERR_PARAM, GRADE_ASM,
			"%s: too long to store", name);
	/* Flash is not written for a value it holds already. */
	if (!nv->dirty && it != NULL && strcmp(it->value, value) == 0)
		return 0;
	if (nv_put(nv, name, value) == NULL)
		return why_set(why, ERR_NO_MEMORY, GRADE_ASM,
			"no memory to store %s", name);
	rc = nv_write(nv, why);
	nv->dirty = rc != 0;
	return rc;
}

int nv_set_int(struct nv *nv, const char *name, int64_t value, struct why *why)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return nv_set_str(nv, name, text, why);
}
