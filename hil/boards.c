#include "hil/boards.h"

#include <stdio.h>
#include <stdlib.h>

#include "hil/virtual_board.h"

static bool make_one(struct boards *b, const char *top,
	const struct virtual_board_opts *common, char *why, size_t size)
{
	struct virtual_board_opts o = *common;
	char dir[200];

	o.number = (unsigned)b->n + 1;
	o.dir = dir;
	snprintf(dir, sizeof(dir), "%s/board-%u", top, o.number);
	b->list[b->n] = virtual_board_new(&o, why, size);
	if (b->list[b->n] == NULL)
		return false;
	b->n++;
	return true;
}

bool boards_make(struct boards *b, size_t n, struct loop *loop, const char *top,
	const char *expect_boot, char *why, size_t why_size)
{
	const struct virtual_board_opts o = {
		.loop = loop, .expect_boot = expect_boot};
	bool ok;

	snprintf(why, why_size, "out of memory");
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): a list of pointers */
	b->list = calloc(n, sizeof(*b->list));
	b->taken = calloc(n, sizeof(*b->taken));
	b->told = calloc(n, sizeof(*b->told));
	ok = b->list != NULL && b->taken != NULL && b->told != NULL;
	while (ok && b->n < n)
		ok = make_one(b, top, &o, why, why_size);
	/* All begin at the same time. */
	for (size_t i = 0; ok && i < n; i++)
		ok = virtual_board_wait(b->list[i], why, why_size);
	return ok;
}

static bool works(const struct boards *b, size_t i)
{
	return virtual_board_gone(b->list[i]) == NULL;
}

size_t boards_left(const struct boards *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += works(b, i);
	return n;
}

size_t boards_at_a_time(const struct boards *b, size_t wanted)
{
	size_t left = boards_left(b);

	if (b->n == 0 || left > wanted)
		return wanted;
	return left > 0 ? left : 1;
}

struct board *boards_take(struct boards *b)
{
	bool left = boards_left(b) > 0;

	for (size_t i = 0; i < b->n; i++)
		if (!b->taken[i] && (works(b, i) || !left)) {
			b->taken[i] = true;
			return virtual_board_board(b->list[i]);
		}
	return NULL;
}

const struct board *boards_lost(struct boards *b, const char **how)
{
	for (size_t i = 0; i < b->n; i++)
		if (!b->told[i] && !works(b, i)) {
			b->told[i] = true;
			*how = virtual_board_gone(b->list[i]);
			return virtual_board_board(b->list[i]);
		}
	return NULL;
}

void boards_give_back(struct boards *b, const struct board *board)
{
	for (size_t i = 0; i < b->n; i++)
		if (virtual_board_board(b->list[i]) == board)
			b->taken[i] = false;
}

unsigned boards_flashes(const struct boards *b)
{
	unsigned n = 0;

	for (size_t i = 0; i < b->n; i++)
		n += virtual_board_flashes(b->list[i]);
	return n;
}

void boards_free(struct boards *b)
{
	for (size_t i = 0; i < b->n; i++)
		virtual_board_stop(b->list[i]);
	for (size_t i = 0; i < b->n; i++)
		virtual_board_free(b->list[i]);
	free(b->list);
	free(b->taken);
	free(b->told);
	*b = (struct boards){0};
}
