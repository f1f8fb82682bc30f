#ifndef EC21_HIL_ACCEPTED_H
#define EC21_HIL_ACCEPTED_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Differences that are known: a file with a line each,
 * `2026-11-22 SCENARIO ROW : reason`. `*` ends SCENARIO or ROW early.
 */
struct accepted_entry {
	char scenario[80], row[160], reason[400], date[11];
	unsigned line;
	bool used;
};

struct accepted {
	struct accepted_entry *list;
	size_t n, cap;
};

/* All zeros is empty. False after a sentence on standard error. */
bool accepted_load(struct accepted *, const char *path);
/* The entry that accepts this row, now used; NULL: none does. */
const struct accepted_entry *accepted_find(
	struct accepted *, const char *scenario, const char *row);
void accepted_free(struct accepted *);

#endif
