#include "base/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/suggest.h"

enum row_type {
	ROW_INT,
	ROW_BOOL,
	ROW_STR,
	ROW_ENUM,
};

struct row {
	enum row_type type;
	const char *name;
	size_t offset;
	int64_t def, min, max;
	const char *text; /* default of a string, words of an enum */
};

static const struct row rows[] = {
#define PROFILE_INT(n, d, lo, hi, grade, ref, help)                            \
	{ROW_INT, #n, offsetof(struct profile, n), d, lo, hi, NULL},
#define PROFILE_BOOL(n, d, grade, ref, help)                                   \
	{ROW_BOOL, #n, offsetof(struct profile, n), d, 0, 1, NULL},
#define PROFILE_STR(n, d, grade, ref, help)                                    \
	{ROW_STR, #n, offsetof(struct profile, n), 0, 0, 0, d},
#define PROFILE_ENUM(n, d, words, grade, ref, help)                            \
	{ROW_ENUM, #n, offsetof(struct profile, n), d, 0, 0, words},
#include "base/profile.def"
#undef PROFILE_INT
#undef PROFILE_BOOL
#undef PROFILE_STR
#undef PROFILE_ENUM
	{ROW_INT, NULL, 0, 0, 0, 0, NULL},
};

static const struct profile_row doc_rows[] = {
#define PROFILE_INT(n, d, lo, hi, grade, ref, help)                            \
	{#n, #d, #lo ".." #hi, grade, ref, help},
#define PROFILE_BOOL(n, d, grade, ref, help)                                   \
	{#n, (d) ? "yes" : "no", "yes,no", grade, ref, help},
#define PROFILE_STR(n, d, grade, ref, help) {#n, d, "text", grade, ref, help},
#define PROFILE_ENUM(n, d, words, grade, ref, help)                            \
	{#n, #d, words, grade, ref, help},
#include "base/profile.def"
#undef PROFILE_INT
#undef PROFILE_BOOL
#undef PROFILE_STR
#undef PROFILE_ENUM
	{NULL, NULL, NULL, GRADE_ASM, NULL, NULL},
};

const struct profile_row *profile_rows(void)
{
	return doc_rows;
}

static void *field(struct profile *p, const struct row *row)
{
	return (char *)p + row->offset;
}

void profile_init(struct profile *p)
{
	memset(p, 0, sizeof(*p));
	for (const struct row *row = rows; row->name != NULL; row++) {
		switch (row->type) {
		case ROW_INT:
			*(int64_t *)field(p, row) = row->def;
			break;
		case ROW_BOOL:
			*(bool *)field(p, row) = row->def != 0;
			break;
		case ROW_STR:
			snprintf(field(p, row), PROFILE_STR_MAX, "%s",
				row->text);
			break;
		case ROW_ENUM:
			*(int *)field(p, row) = (int)row->def;
			break;
		}
	}
}

/* Index of `word` in the list, -1 when absent. */
static int list_index(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		size_t n = strcspn(list, ",");

		if (n == len && strncasecmp(list, word, n) == 0)
			return i;
		if (list[n] == '\0')
			return -1;
		list += n + 1;
	}
}

bool profile_list_has(const char *list, const char *word)
{
	return *word != '\0' && list_index(list, word) >= 0;
}

static int set_int(
	int64_t *dst, const struct row *row, const char *value, struct why *why)
{
	char *end;
	long long n = strtoll(value, &end, 0);

	if (end == value || *end != '\0' || n < row->min || n > row->max)
		return why_set(why, ERR_PARAM, GRADE_MAN,
			"%s = %s: want a number %lld..%lld", row->name, value,
			(long long)row->min, (long long)row->max);
	*dst = n;
	return 0;
}

static int set_bool(
	bool *dst, const struct row *row, const char *value, struct why *why)
{
	static const char yes[] = "yes,true,on,1", no[] = "no,false,off,0";

	if (profile_list_has(yes, value))
		*dst = true;
	else if (profile_list_has(no, value))
		*dst = false;
	else
		return why_set(why, ERR_PARAM, GRADE_MAN,
			"%s = %s: want yes or no", row->name, value);
	return 0;
}

static int no_such_value(
	const char *section, const char *name, const char *key, struct why *why)
{
	const char *known[sizeof(rows) / sizeof(*rows)], *near, *rest;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		known[i] = rows[i].name; /* the last is NULL */
	near = suggest(key, known);
	if (near == NULL)
		return why_set(why, ERR_PARAM, GRADE_MAN,
			"[%s] %s: no such profile value", section, name);
	rest = strchr(near, '_');
	return why_set(why, ERR_PARAM, GRADE_MAN,
		"[%s] %s: no such profile value; did you mean [%.*s] %s?",
		section, name, (int)(rest - near), near, rest + 1);
}

int profile_set(struct profile *p, const char *section, const char *name,
	const char *value, struct why *why)
{
	char key[128];
	const struct row *row;
	int i;

	snprintf(key, sizeof(key), "%s_%s", section, name);
	for (row = rows; row->name != NULL; row++)
		if (strcasecmp(row->name, key) == 0)
			break;
	if (row->name == NULL)
		return no_such_value(section, name, key, why);
	switch (row->type) {
	case ROW_INT:
		return set_int(field(p, row), row, value, why);
	case ROW_BOOL:
		return set_bool(field(p, row), row, value, why);
	case ROW_STR:
		if (strlen(value) >= PROFILE_STR_MAX)
			return why_set(why, ERR_PARAM, GRADE_MAN,
				"%s: longer than %d bytes", row->name,
				PROFILE_STR_MAX - 1);
		snprintf(field(p, row), PROFILE_STR_MAX, "%s", value);
		return 0;
	case ROW_ENUM:
		i = list_index(row->text, value);
		if (i < 0)
			return why_set(why, ERR_PARAM, GRADE_MAN,
				"%s = %s: want one of %s", row->name, value,
				row->text);
		*(int *)field(p, row) = i;
		return 0;
	}
	return why_set(why, ERR_PARAM, GRADE_MAN, "%s: bad row", key);
}
