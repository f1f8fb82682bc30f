#ifndef EC21_HIL_RECORD_NAME_H
#define EC21_HIL_RECORD_NAME_H

#include <stddef.h>

/* The name of one run's recordings: `05-pdp_001-qicsgp.CASE`. */
struct record_name {
	char text[300];
};

/*
 * Set names[n], from the last folder and the file of `path` and from `kase`,
 * or NULL. Where it, or a further start's `NAME-2`, would be one of names[0]
 * to names[n - 1], a number is added; the same names in the same order get the
 * same numbers.
 */
void record_name_set(struct record_name *names, size_t n, const char *path,
	const char *kase);

#endif
