#ifndef EC21_BASE_SUGGEST_H
#define EC21_BASE_SUGGEST_H

/*
 * The word of `known` (ends with NULL) that is closest to a mistyped one, or
 * NULL when none is close.
 */
const char *suggest(const char *word, const char *const *known);

#endif
