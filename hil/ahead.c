#include "hil/ahead.h"

#include <stdlib.h>
#include <string.h>

bool ahead_push(
	struct ahead *a, const struct buf *text, unsigned line, int64_t at_ms)
{
	struct ahead_line *l;

	if (a->n == AHEAD_MAX)
		return false;
	if (a->first + a->n == a->cap && a->first > 0) {
		memmove(a->list, a->list + a->first, a->n * sizeof(*a->list));
		a->first = 0;
	}
	if (a->n == a->cap) {
		size_t cap = a->cap ? 2 * a->cap : 16;
		struct ahead_line *list = realloc(a->list, cap * sizeof(*list));

		if (list == NULL)
			return false;
		a->list = list;
		a->cap = cap;
	}
	l = &a->list[a->first + a->n];
	*l = (struct ahead_line){.line = line, .at_ms = at_ms};
	buf_init(&l->text, text->max);
	if (!buf_add(&l->text, buf_data(text), buf_len(text))) {
		buf_free(&l->text);
		return false;
	}
	a->n++;
	return true;
}

int64_t ahead_last_ms(const struct ahead *a, int64_t open_ms)
{
	return a->n > 0 ? a->list[a->first + a->n - 1].at_ms : open_ms;
}

struct ahead_line ahead_pop(struct ahead *a)
{
	struct ahead_line first = a->list[a->first];

	a->first = --a->n > 0 ? a->first + 1 : 0;
	return first;
}

const struct ahead_line *ahead_at(const struct ahead *a, size_t i)
{
	return &a->list[a->first + i];
}

void ahead_free(struct ahead *a)
{
	for (size_t i = 0; i < a->n; i++)
		buf_free(&a->list[a->first + i].text);
	free(a->list);
	*a = (struct ahead){0};
}
