#include "hil/accepted.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_date(const char *s)
{
	for (int i = 0; i < 10; i++)
		if (i == 4 || i == 7 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
			return false;
	return s[10] == ' ';
}

static bool copy(char *to, size_t size, const char *from, const char *end)
{
	size_t n = (size_t)(end - from);

	if (n == 0 || n >= size)
		return false;
	memcpy(to, from, n);
	to[n] = '\0';
	return true;
}

static bool parse(struct accepted_entry *e, const char *line)
{
	const char *reason = strstr(line, " : "), *row, *end;

	if (reason == NULL || strlen(line) < 12 || !is_date(line))
		return false;
	row = strchr(line + 11, ' ');
	end = line + strcspn(line, "\r\n");
	return row != NULL && row < reason &&
	       copy(e->date, sizeof(e->date), line, line + 10) &&
	       copy(e->scenario, sizeof(e->scenario), line + 11, row) &&
	       copy(e->row, sizeof(e->row), row + 1, reason) &&
	       copy(e->reason, sizeof(e->reason), reason + 3, end);
}

static struct accepted_entry *add(struct accepted *a)
{
	if (a->n == a->cap) {
		size_t cap = a->cap ? 2 * a->cap : 16;
		struct accepted_entry *list =
			realloc(a->list, cap * sizeof(*list));

		if (list == NULL)
			return NULL;
		a->list = list;
		a->cap = cap;
	}
	a->list[a->n] = (struct accepted_entry){0};
	return &a->list[a->n++];
}

bool accepted_load(struct accepted *a, const char *path)
{
	struct accepted_entry *e;
	unsigned number = 0;
	char line[1000];
	FILE *f = fopen(path, "re");
	bool ok = f != NULL;

	if (f == NULL)
		fprintf(stderr, "ec21hil compare: %s: %s\n", path,
			strerror(errno));
	while (ok && fgets(line, sizeof(line), f) != NULL) {
		number++;
		if (line[0] == '#' || line[0] == '\n')
			continue;
		e = add(a);
		ok = e != NULL && parse(e, line);
		if (e != NULL)
			e->line = number;
		if (!ok)
			fprintf(stderr,
				"ec21hil compare: %s:%u: expected DATE "
				"SCENARIO ROW : REASON\n",
				path, number);
	}
	if (f != NULL)
		fclose(f);
	return ok;
}

static bool fits(const char *pattern, const char *text)
{
	size_t n = strcspn(pattern, "*");

	return strncmp(pattern, text, n) == 0 &&
	       (pattern[n] == '*' || text[n] == '\0');
}

const struct accepted_entry *accepted_find(
	struct accepted *a, const char *scenario, const char *row)
{
	for (size_t i = 0; i < a->n; i++) {
		struct accepted_entry *e = &a->list[i];

		if (!fits(e->scenario, scenario) || !fits(e->row, row))
			continue;
		e->used = true;
		return e;
	}
	return NULL;
}

void accepted_free(struct accepted *a)
{
	free(a->list);
	*a = (struct accepted){0};
}
