#ifndef EC21_HIL_HEADER_H
#define EC21_HIL_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "hil/scenario.h"
#include "hil/vars.h"

/*
 * The words of the header line `key`, with parameters filled in; each goes to
 * `word`, which returns NULL or what is wrong with it. False with a sentence
 * in `why`.
 */
bool header_words(const struct scenario *scenario, const struct vars *vars,
	const char *key, const char *value,
	const char *(*word)(void *arg, const char *word), void *arg, char *why,
	size_t why_size);

#endif
