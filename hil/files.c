#include "hil/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool add(struct files *f, const char *path, bool found)
{
	if (f->n == f->cap) {
		size_t cap = f->cap ? 2 * f->cap : 32;
		char **list = realloc(f->list, cap * sizeof(*list));
		bool *marks = realloc(f->found, cap * sizeof(*marks));

		f->list = list != NULL ? list : f->list;
		f->found = marks != NULL ? marks : f->found;
		if (list == NULL || marks == NULL)
			return false;
		f->cap = cap;
	}
	f->found[f->n] = found;
	f->list[f->n] = strdup(path);
	return f->list[f->n] != NULL && ++f->n;
}

static int is_visible(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static bool is_scenario(const char *path)
{
	size_t n = strlen(path);

	return n >= 3 && strcmp(path + n - 3, ".at") == 0;
}

static bool collect(struct files *f, const char *path, int depth)
{
	struct dirent **names;
	struct stat st;
	char sub[4096];
	bool ok = true;
	int n;

	if (stat(path, &st) != 0) {
		/* A link to nowhere is nobody's scenario. */
		if (depth > 0 && !is_scenario(path))
			return true;
		fprintf(stderr, "ec21hil: %s: %s\n", path, strerror(errno));
		return false;
	}
	/* Inside folders only what is called *.at is meant. */
	if (!S_ISDIR(st.st_mode))
		return (depth > 0 && !is_scenario(path)) ||
		       add(f, path, depth > 0);
	n = scandir(path, &names, is_visible, alphasort);
	if (n < 0 || depth > 16) {
		fprintf(stderr, "ec21hil: %s: cannot list it\n", path);
		return false;
	}
	for (int i = 0; i < n; i++) {
		snprintf(sub, sizeof(sub), "%s%s%s", path,
			path[strlen(path) - 1] == '/' ? "" : "/",
			names[i]->d_name);
		ok = ok && collect(f, sub, depth + 1);
		free(names[i]);
	}
	free(names);
	return ok;
}

bool files_collect(struct files *f, char **paths, int n)
{
	*f = (struct files){0};
	if (n == 0) {
		fputs("ec21hil: expected a scenario; see ec21hil --help\n",
			stderr);
		return false;
	}
	for (int i = 0; i < n; i++) {
		size_t before = f->n;

		if (!collect(f, paths[i], 0)) {
			files_free(f);
			return false;
		}
		if (f->n == before) {
			fprintf(stderr, "ec21hil: %s: no *.at files below it\n",
				paths[i]);
			files_free(f);
			return false;
		}
	}
	return true;
}

void files_free(struct files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->list[i]);
	free(f->list);
	free(f->found);
	*f = (struct files){0};
}

static int remove_one(
	const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

void files_remove_tree(const char *path)
{
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

bool files_find_beside(const char *name, char *path, size_t size)
{
	char self[4096], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n < 0)
		n = 0;
	self[n] = '\0';
	slash = strrchr(self, '/');
	return snprintf(path, size, "%.*s%s",
		       slash != NULL ? (int)(slash + 1 - self) : 0, self,
		       name) < (int)size;
}

bool files_find_program(
	const char *name, const char *env, char *path, size_t size)
{
	const char *set = env != NULL ? getenv(env) : NULL;

	if (set != NULL && *set != '\0')
		return snprintf(path, size, "%s", set) < (int)size;
	if (files_find_beside(name, path, size) && access(path, X_OK) == 0)
		return true;
	/* Not there: leave it to PATH. */
	return snprintf(path, size, "%s", name) < (int)size;
}

bool files_have_program(const char *name)
{
	const char *dirs = getenv("PATH");
	char all[8192], path[4096], *dir, *rest = all;

	snprintf(all, sizeof(all), "%s:/usr/sbin:/sbin",
		dirs != NULL ? dirs : "/usr/bin:/bin");
	while ((dir = strsep(&rest, ":")) != NULL)
		if (snprintf(path, sizeof(path), "%s/%s", dir, name) <
				(int)sizeof(path) &&
			access(path, X_OK) == 0)
			return true;
	return false;
}

bool files_copy(const char *from, const char *to)
{
	char chunk[16384];
	FILE *in = fopen(from, "re"), *out = NULL;
	bool ok = in != NULL;
	size_t n;
	int fd;

	if (ok) {
		fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		out = fd >= 0 ? fdopen(fd, "w") : NULL;
		if (out == NULL && fd >= 0)
			close(fd);
		ok = out != NULL;
	}
	while (ok && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		ok = fwrite(chunk, 1, n, out) == n;
	ok = ok && !ferror(in);
	if (out != NULL && fclose(out) != 0)
		ok = false;
	if (in != NULL)
		fclose(in);
	return ok;
}

void files_last_line(const char *path, char *text, size_t size)
{
	char line[400];
	FILE *f = fopen(path, "re");

	text[0] = '\0';
	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] != '\0')
			snprintf(text, size, "%s", line);
	}
	if (f != NULL)
		fclose(f);
}
