#ifndef EC21_BASE_MASK_FILL_H
#define EC21_BASE_MASK_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * The way back from a mask, for replay: what its words say, and something of
 * that kind and length to stand in for the secret.
 */
#define MASK_FILL_MAX ((size_t)1 << 20)

struct mask_words {
	char kind[16];
	char breaks[16]; /* of a key: "lf", "crlf", "none", "mixed" or "" */
	char sha256[72]; /* of a key, in hexadecimal, or "" */
	size_t len;	 /* bytes it stood for */
};

/*
 * Read the words of `@masked …` or the inside of `@masked{…}`. False when
 * they give no length, or one above MASK_FILL_MAX.
 */
bool mask_read(const char *words, size_t len, struct mask_words *mask);
/*
 * Append `mask->len` bytes: a text that begins as a private key does but is
 * none, or zeros for a PIN and all else. The same each time. False: it does
 * not fit.
 */
bool mask_fill(const struct mask_words *mask, struct buf *out);

#endif
