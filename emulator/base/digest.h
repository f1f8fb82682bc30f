#ifndef EC21_BASE_DIGEST_H
#define EC21_BASE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The checksum that +QFUPL and +QFDWL print: XOR of big-endian byte pairs, an
 * odd last byte is the high half. man [EC20 FILE V1.0 §2.4], checked against
 * logs of real modules: cap [FILE §4.4]. Printed with "%x".
 */
struct qsum {
	uint16_t value;
	bool odd; /* the next byte is the low half of a pair */
};

void qsum_update(struct qsum *q, const void *data, size_t len);

/* SHA-256 in lower-case hexadecimal, with its NUL. */
#define SHA256_TEXT_SIZE 65

struct sha256;

/* NULL without memory. The caller frees it with sha256_free(). */
struct sha256 *sha256_new(void);
/* Harmless on NULL. Wipes the state. */
void sha256_free(struct sha256 *);
void sha256_start(struct sha256 *);
void sha256_update(struct sha256 *, const void *data, size_t len);
/* Ends the sum; sha256_start() begins another. */
void sha256_text(struct sha256 *, char text[SHA256_TEXT_SIZE]);

#endif
