#ifndef EC21_HIL_VARS_H
#define EC21_HIL_VARS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The parameters of one run: what the rig supplies, the values of the case,
 * and what expectations captured. Small; looked up in order.
 */
struct vars {
	struct var *list;
	size_t n, cap;
};

/* An all-zero struct vars is empty. */
void vars_free(struct vars *);
/* Copies both; a name that is there gets the new value. False: no memory. */
bool vars_set(struct vars *, const char *name, const char *value);
bool vars_set_bytes(struct vars *, const char *name, size_t name_len,
	const void *value, size_t len);
/* Lent, NUL-terminated behind `*len` bytes; NULL when there is none. */
const char *vars_get(
	const struct vars *, const char *name, size_t name_len, size_t *len);
/* Set all of `from` in `to`. False: no memory. */
bool vars_copy(struct vars *to, const struct vars *from);

/* Length of the parameter name at `s`: letters, digits, '_' and '-'. */
size_t vars_name_len(const char *s, size_t len);

#endif
