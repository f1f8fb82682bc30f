#ifndef EC21_HIL_CODES_H
#define EC21_HIL_CODES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* The numbers a module prints, and what they mean: one table. */
enum code_family {
	CODE_NONE,
	CODE_CME, /* general, files, HTTP and GNSS: +CME ERROR */
	CODE_CMS,
	CODE_NET,  /* QIGETERROR, +QIOPEN, +QSSLOPEN, +QPING, +QNTP */
	CODE_HTTP, /* +QHTTPGET and its kin */
	CODE_MQTT, /* +QMTOPEN */
};

struct code_row {
	enum code_family family;
	int number;
	const char *meaning;
	const char *cause;  /* what usually brings it about */
	const char *remedy; /* what to do */
	enum grade grade;
	const char *ref;
};

/* NULL: not in any list of this family. */
const struct code_row *code_find(enum code_family family, int number);
/* The number of a CME or CMS text (`+CME ERROR: SIM not inserted`), or -1. */
int code_of_text(enum code_family family, const char *text);
/* All rows, for tests and for docs. */
const struct code_row *code_rows(size_t *n);

#endif
