#ifndef EC21_BASE_PROFILE_H
#define EC21_BASE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * What differs between firmware revisions, or is not known: the profile.
 * One row a value in profile.def: type, name, default, range,
 * grade, source, help. Profile files (fixtures/profiles/NAME.conf) override
 * by name; their grammar is INI, read by config.c.
 */
#define PROFILE_STR_MAX 1024

/*
 * The sections of a profile file, e.g. [files]; a value's name in code is
 * section_name.
 */
struct profile {
#define PROFILE_INT(name, def, min, max, grade, ref, help) int64_t name;
#define PROFILE_BOOL(name, def, grade, ref, help)	   bool name;
#define PROFILE_STR(name, def, grade, ref, help)	   char name[PROFILE_STR_MAX];
#define PROFILE_ENUM(name, def, words, grade, ref, help)   int name;
#include "base/profile.def"
#undef PROFILE_INT
#undef PROFILE_BOOL
#undef PROFILE_STR
#undef PROFILE_ENUM
	char id[64]; /* "ec21j" */
};

/* Values of profile words, in the order of their `words` string. */
enum profile_pem_reader {
	PROFILE_PEM_STRICT,
	PROFILE_PEM_LENIENT,
};

/* All defaults. */
void profile_init(struct profile *p);

/*
 * Set one value from text. section and name as in the file. Errors name the
 * key, the text and what is allowed (ERR_PARAM).
 */
int profile_set(struct profile *p, const char *section, const char *name,
	const char *value, struct why *why);

/* Rows for `make docs` and ec21-profile(5). */
struct profile_row {
	const char *name;
	const char *def;
	const char *range;
	enum grade grade;
	const char *ref;
	const char *help;
};

/* The rows, terminated by a NULL name. */
const struct profile_row *profile_rows(void);

/*
 * True when `word` is one of the comma-separated words of `list`, case
 * ignored (key lists, codes).
 */
bool profile_list_has(const char *list, const char *word);

#endif
