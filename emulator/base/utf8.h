#ifndef EC21_BASE_UTF8_H
#define EC21_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Length of the well-formed UTF-8 sequence at s, of len > 0 bytes, or 0. */
size_t utf8_len(const uint8_t *s, size_t len);

#endif
