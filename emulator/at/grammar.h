#ifndef EC21_AT_GRAMMAR_H
#define EC21_AT_GRAMMAR_H

#include <stddef.h>

#include "at/cmd.h"

/*
 * The grammar of a command line [AT §1], apart from its execution: where the
 * next command of a chain begins, its name, form and arguments.
 */
struct at_part {
	char name[32]; /* upper case: "+QFUPL", "E", "&F", "S" */
	enum at_form form;
	char *args;    /* write form and dial: NUL-terminated */
	int64_t basic; /* -1: no number */
	int64_t reg;   /* ATS<reg> */
};

enum at_part_result {
	AT_PART_END, /* the line is done */
	AT_PART_FOUND,
	AT_PART_BAD, /* cannot be parsed; why is set */
};

/*
 * Take the next command at *pos of `line` (modified in place) and advance
 * *pos behind it.
 */
enum at_part_result at_part_next(
	char *line, size_t *pos, struct at_part *part, struct why *why);

#endif
