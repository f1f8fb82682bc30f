#ifndef EC21_TESTS_LEDGER_H
#define EC21_TESTS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "at/cmd.h"

/*
 * The books: what the command tables and the code can do, and what of it the
 * recordings of the conformance cases show.
 */
enum { ERRS = ERR_TLS_HANDSHAKE - ERR_UNKNOWN + 1, PLACE_ERRS = 4 };

/* A command of the tables. */
struct row {
	const struct at_family *family;
	const struct at_cmd *cmd;
	unsigned forms; /* seen, of enum at_form */
	bool can[ERRS]; /* errors that cmd/errors.c lists */
	bool did[ERRS]; /* errors that were seen */
};

/* A place in the code that makes an error (places.pl). */
struct place {
	char *where;   /* "emulator/svc/nv.c:73" */
	char *pattern; /* a byte 1 stands for any text */
	size_t weight; /* letters of it that are no wildcard */
	enum err errs[PLACE_ERRS];
	unsigned n_errs; /* 0: a variable tells */
	bool seen;
};

struct books {
	struct row *rows;
	size_t n_rows;
	struct place *places;
	size_t n_places;
	unsigned unknown; /* reasons that no place accounts for */
};

/* Rows of all families; false: errors.c does not fit them, and it is told. */
bool books_rows(struct books *b);
/* Places, from what places.pl printed. False when it cannot be read. */
bool books_places(struct books *b, const char *path);
void books_free(struct books *b);

/* NULL: no command of ours; len: of a name that goes on. */
struct row *books_row(struct books *b, const char *name, size_t len);

/* Enter what a recording shows. False, and told, when it cannot be read. */
bool recording_read(struct books *b, const char *path);

#endif
