#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#ifndef EC21_PREFIX
#define EC21_PREFIX "/usr/local"
#endif

/*
 * inih reads lines of up to 199 bytes and hands over a longer value as
 * continuation lines (which begin with a blank): the same name again, as for
 * a name that stands there twice, of which the last counts.
 */
enum { LINE_BYTES = 199 };

struct overlay {
	FILE *file;
	bool blank; /* the line begins with one */
	struct profile *profile;
	struct why *why;
	bool failed;
	char name[128];
	char value[PROFILE_STR_MAX + LINE_BYTES + 1];
};

static char *read_line(char *line, int size, void *user)
{
	struct overlay *o = user;
	char *got = fgets(line, size, o->file);

	o->blank = got != NULL && (*got == ' ' || *got == '\t');
	/* Behind a section nothing is continued. */
	if (got != NULL && *got == '[')
		o->name[0] = '\0';
	return got;
}

/* As ec21-profile(5) prints a text. */
static void strip_quotes(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return;
	memmove(value, value + 1, len - 2);
	value[len - 2] = '\0';
}

static int on_value(
	void *user, const char *section, const char *name, const char *value)
{
	struct overlay *o = user;
	char full[sizeof(o->name)], whole[sizeof(o->value)];
	size_t len;

	snprintf(full, sizeof(full), "%s.%s", section, name);
	if (!o->blank || strcmp(full, o->name) != 0)
		o->value[0] = '\0';
	snprintf(o->name, sizeof(o->name), "%s", full);
	len = strlen(o->value);
	snprintf(o->value + len, sizeof(o->value) - len, "%s", value);
	memcpy(whole, o->value, sizeof(whole));
	strip_quotes(whole);
	if (profile_set(o->profile, section, name, whole, o->why) == 0)
		return 1;
	o->failed = true;
	return 0;
}

static int read_error(const char *path, struct why *why)
{
	return why_set(
		why, ERR_FILE_READ, GRADE_ASM, "%s: %s", path, strerror(errno));
}

/* Lines past inih's limit would be cut without a word. */
static int check_lines(FILE *f, const char *path, struct why *why)
{
	int c, line = 1;
	size_t len = 0;

	while ((c = getc(f)) != EOF) {
		if (c == '\n') {
			line++;
			len = 0;
		} else if (++len > LINE_BYTES - 1) {
			return why_set(why, ERR_PARAM, GRADE_ASM,
				"%s line %d: longer than %d bytes; break the "
				"value and begin the next line with a blank",
				path, line, LINE_BYTES - 1);
		}
	}
	/* It is read twice, which a pipe is not. */
	if (ferror(f) || fseek(f, 0, SEEK_SET) != 0)
		return read_error(path, why);
	return 0;
}

int config_overlay(struct profile *p, const char *path, struct why *why)
{
	FILE *f = fopen(path, "re");
	struct overlay o = {.file = f, .profile = p, .why = why};
	int line;

	if (f == NULL)
		return read_error(path, why);
	if (check_lines(f, path, why) != 0) {
		fclose(f);
		return why->err;
	}
	line = ini_parse_stream(read_line, &o, on_value, &o);
	if (ferror(f)) {
		read_error(path, why);
		fclose(f);
		return why->err;
	}
	fclose(f);
	if (line == 0)
		return 0;
	if (o.failed)
		why_prefix(why, "%s line %d", path, line);
	else
		why_set(why, ERR_PARAM, GRADE_ASM,
			"%s line %d: want [section] or name = value", path,
			line);
	return why->err;
}

/* fixtures/profiles of the tree that build/[VARIANT/]ec21emu stands in. */
static bool source_tree(char *dir, size_t size, const char *name)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	if (n < 0)
		return false;
	exe[n] = '\0';
	while ((slash = strrchr(exe, '/')) != NULL) {
		*slash = '\0';
		if ((size_t)snprintf(dir, size, "%s/fixtures/profiles/%s.conf",
			    exe, name) < size &&
			access(dir, R_OK) == 0)
			return true;
	}
	return false;
}

static int find_profile(
	const char *name, char *path, size_t size, struct why *why)
{
	const char *env = getenv("EC21_PROFILES");

	if (strchr(name, '/') != NULL ||
		(strlen(name) > 5 &&
			strcmp(name + strlen(name) - 5, ".conf") == 0)) {
		snprintf(path, size, "%s", name);
		return 0;
	}
	if (env != NULL && *env != '\0') {
		snprintf(path, size, "%s/%s.conf", env, name);
		if (access(path, R_OK) == 0)
			return 0;
	}
	snprintf(path, size, EC21_PREFIX "/share/ec21-bench/profiles/%s.conf",
		name);
	if (access(path, R_OK) == 0 || source_tree(path, size, name))
		return 0;
	return why_set(why, ERR_FILE_NOT_FOUND, GRADE_ASM,
		"profile \"%s\" was not found: looked for %s.conf in "
		"$EC21_PROFILES%s%s%s, in " EC21_PREFIX
		"/share/ec21-bench/profiles and beside the program",
		name, name, env ? " (" : "", env ? env : "", env ? ")" : "");
}

int config_profile(struct profile *p, const char *name, struct why *why)
{
	char path[PATH_MAX];
	const char *base;

	profile_init(p);
	if (find_profile(name, path, sizeof(path), why) != 0)
		return why->err;
	base = strrchr(path, '/');
	base = base != NULL ? base + 1 : path;
	snprintf(p->id, sizeof(p->id), "%.*s",
		(int)strcspn(base, ".") > 63 ? 63 : (int)strcspn(base, "."),
		base);
	return config_overlay(p, path, why);
}
