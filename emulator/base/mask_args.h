#ifndef EC21_BASE_MASK_ARGS_H
#define EC21_BASE_MASK_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mask.h"

/*
 * Which bytes of a command line, its echo or an answer are a secret
 * argument: the part of base/mask that knows commands. One byte at a time;
 * nothing is held back.
 */
enum mask_args_state {
	MASK_ARGS_OUTSIDE,
	MASK_ARGS_NAME, /* behind a '+' */
	MASK_ARGS_LIST, /* behind its '=' or ':' */
	MASK_ARGS_LINE, /* all to the end of the line is secret */
};

struct mask_args {
	enum mask_args_state state;
	char name[12]; /* in capitals, without the '+' */
	size_t name_len;
	char mark; /* '=' or ':' */
	unsigned arg;
	bool quoted, begun;
	unsigned depth; /* of parentheses, in an answer */
	char first[81]; /* file names have 80 bytes at most [FILE §4.4] */
	size_t first_len;
	size_t number; /* the second argument, where it is one */
	bool has_number;
	const struct mask_secret *secret; /* the argument we are in */
	/* The secret since the last MASK_ARGS_CLOSE; the caller clears len. */
	enum mask_kind kind;
	size_t len;
	char words[10]; /* the last bytes on a console */
};

/* What a byte means; several can be true. */
enum {
	MASK_ARGS_SECRET = 1, /* it is part of a secret, and counted */
	MASK_ARGS_CLOSE = 2,  /* a secret, if any, ended in front of it */
	MASK_ARGS_BEGIN = 4,  /* a name may begin */
	MASK_ARGS_END = 8,    /* a list of arguments ended */
};

/* An all-zero struct is ready. */
unsigned mask_args_byte(struct mask_args *, uint8_t c);
/* The same on a console: `set pass VALUE` of wiofw(1) counts too. */
unsigned mask_args_console_byte(struct mask_args *, uint8_t c);
/* The next byte stands outside of any command. */
void mask_args_reset(struct mask_args *);

#endif
