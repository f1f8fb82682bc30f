#include "hil/record_name.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The numbers and endings fit behind it, in NAME_MAX letters. */
#define NAME_MAX_LEN 200

/* Letters that a file name can have. */
static void write_name(
	struct record_name *name, const char *path, const char *kase)
{
	const char *start = path;
	size_t len;

	for (const char *p = path; *p != '\0'; p++)
		if (*p == '/' && strchr(p + 1, '/') != NULL &&
			strchr(strchr(p + 1, '/') + 1, '/') == NULL)
			start = p + 1;
	len = strlen(start);
	if (len > 3 && strcmp(start + len - 3, ".at") == 0)
		len -= 3;
	snprintf(name->text, NAME_MAX_LEN, "%.*s%s%s", (int)len, start,
		kase != NULL ? "." : "", kase != NULL ? kase : "");
	for (char *p = name->text; *p != '\0'; p++)
		if (*p == '/')
			*p = '_';
}

/* Is `b` the name `a`, or that of a further start of it? */
static bool takes(const char *a, const char *b)
{
	size_t len = strlen(a);

	if (strncmp(a, b, len) != 0)
		return false;
	b += len;
	return *b == '\0' ||
	       (*b == '-' && b[1] != '\0' &&
		       b[1 + strspn(b + 1, "0123456789")] == '\0');
}

static bool is_taken(
	const struct record_name *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (takes(names[i].text, name) || takes(name, names[i].text))
			return true;
	return false;
}

void record_name_set(
	struct record_name *names, size_t n, const char *path, const char *kase)
{
	struct record_name *name = &names[n];
	size_t len, number = 1;

	write_name(name, path, kase);
	len = strlen(name->text);
	while (is_taken(names, n, name->text))
		snprintf(name->text + len, sizeof(name->text) - len, ".%zu",
			++number);
}
