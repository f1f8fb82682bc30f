#ifndef EC21_AT_ARGS_H
#define EC21_AT_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { AT_ARGS_MAX = 20 };

/* How an argument was written. */
enum at_value_kind {
	AT_VALUE_EMPTY,	 /* left out: `,,` or past the last one */
	AT_VALUE_BARE,	 /* 12, 0xFFFF, OFF */
	AT_VALUE_QUOTED, /* "text" without its quotes */
};

struct at_value {
	enum at_value_kind kind;
	const char *text; /* NUL-terminated */
	size_t len;
	int64_t num; /* set by at_args_check() for numbers */
};

struct at_args {
	size_t n; /* arguments written, empty ones included */
	struct at_value v[AT_ARGS_MAX];
};

enum at_arg_type {
	AT_ARG_END = 0,
	AT_ARG_INT,	   /* bare decimal, min..max */
	AT_ARG_HEX,	   /* bare 0x1234, any case of the x; min..max */
	AT_ARG_STR,	   /* quoted, min..max bytes */
	AT_ARG_STR_OR_INT, /* quoted or bare, e.g. +CPIN=1234 */
};

/* One row of a command's argument spec; the last has type AT_ARG_END. */
struct at_arg {
	const char *name;
	enum at_arg_type type;
	int64_t min, max;
	bool optional;
};

/* No arguments: none of the last command's may be taken for this one's. */
void at_args_clear(struct at_args *a);

/*
 * Split `text` (modified: quotes and commas become NUL) at commas outside
 * quotes, dropping blanks outside quotes [AT §1]. Values point into text.
 * Errors: unbalanced quote, text behind a closing quote, too many arguments.
 */
int at_args_split(struct at_args *a, char *text, struct why *why);

/*
 * Check the arguments against a spec and set .num. Errors name the argument,
 * what it is and the range. `err` is the error to fail with.
 */
int at_args_check(struct at_args *a, const struct at_arg *spec, enum err err,
	struct why *why);

/* A whole unsigned decimal; false on anything else or overflow. */
bool at_parse_uint(const char *text, int64_t *num);
/* 0x or 0X and 1..8 hex digits. */
bool at_parse_hex(const char *text, int64_t *num);

static inline bool at_args_has(const struct at_args *a, size_t i)
{
	return i < a->n && a->v[i].kind != AT_VALUE_EMPTY;
}

/* Number i, or `otherwise` when it was left out. After at_args_check(). */
static inline int64_t at_args_int(
	const struct at_args *a, size_t i, int64_t otherwise)
{
	return at_args_has(a, i) ? a->v[i].num : otherwise;
}

/* Text i, or `otherwise` when it was left out. */
static inline const char *at_args_str(
	const struct at_args *a, size_t i, const char *otherwise)
{
	return at_args_has(a, i) ? a->v[i].text : otherwise;
}

#endif
