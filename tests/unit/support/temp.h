#ifndef EC21_TESTS_TEMP_H
#define EC21_TESTS_TEMP_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Files and folders of a test, below TMPDIR as its user wants it. Their names
 * end with six random letters. The test removes them. A test that cannot have
 * one aborts.
 */
enum { TEMP_PATH = 160, TEMP_INSIDE = TEMP_PATH + 64 };

static inline void temp_name(char path[TEMP_PATH], const char *name)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(path, TEMP_PATH, "%s/%s.XXXXXX",
		tmp != NULL && tmp[0] != '\0' ? tmp : P_tmpdir, name);

	if (n < 0 || n >= TEMP_PATH) {
		fprintf(stderr, "TMPDIR is too long\n");
		abort();
	}
}

/* A fresh folder. */
static inline void temp_dir(char path[TEMP_PATH], const char *name)
{
	temp_name(path, name);
	if (mkdtemp(path) == NULL) {
		perror(path);
		abort();
	}
}

/* A fresh file with this text. */
static inline void temp_file(
	char path[TEMP_PATH], const char *name, const char *text)
{
	size_t len = strlen(text);
	int fd;

	temp_name(path, name);
	fd = mkstemp(path);
	if (fd < 0 || write(fd, text, len) != (ssize_t)len) {
		perror(path);
		abort();
	}
	close(fd);
}

#endif
