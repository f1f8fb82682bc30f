#ifndef EC21_HIL_FILES_H
#define EC21_HIL_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* Paths of scenarios, as a user gave them. */
struct files {
	char **list;
	bool *found; /* in a folder, not named */
	size_t n, cap;
};

/*
 * A file stands for itself, a folder for the *.at files below it, sorted.
 * False after a sentence on standard error: none given, or none there.
 */
bool files_collect(struct files *, char **paths, int n);
void files_free(struct files *);

/* Copy a file; the new one has mode 0600. False with errno. */
bool files_copy(const char *from, const char *to);

/* The last line of a log, for people; "" when there is none. */
void files_last_line(const char *path, char *text, size_t size);

/* Remove a folder and all in it; only ever called with one made by us. */
void files_remove_tree(const char *path);

/* The path of a file beside this program, there or not. False: no room. */
bool files_find_beside(const char *name, char *path, size_t size);
/* A program beside this one, or $env, or left to PATH; env may be NULL.
 * False: no room. */
bool files_find_program(
	const char *name, const char *env, char *path, size_t size);
/* Is a program of this name in PATH, or in a folder of system programs? */
bool files_have_program(const char *name);

#endif
