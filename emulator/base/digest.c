#include "base/digest.h"

#include <stdio.h>
#include <stdlib.h>

#include <mbedtls/sha256.h>

void qsum_update(struct qsum *q, const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		q->value ^= (uint16_t)(q->odd ? p[i] : p[i] << 8);
		q->odd = !q->odd;
	}
}

struct sha256 {
	mbedtls_sha256_context ctx;
};

struct sha256 *sha256_new(void)
{
	struct sha256 *s = malloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	mbedtls_sha256_init(&s->ctx);
	sha256_start(s);
	return s;
}

void sha256_free(struct sha256 *s)
{
	if (s == NULL)
		return;
	mbedtls_sha256_free(&s->ctx);
	free(s);
}

/*
 * The _ret functions can only fail in builds with hardware acceleration,
 * which 2.28's software SHA-256 is not.
 */
void sha256_start(struct sha256 *s)
{
	(void)mbedtls_sha256_starts_ret(&s->ctx, 0);
}

void sha256_update(struct sha256 *s, const void *data, size_t len)
{
	(void)mbedtls_sha256_update_ret(&s->ctx, data, len);
}

void sha256_text(struct sha256 *s, char text[SHA256_TEXT_SIZE])
{
	unsigned char sum[32];

	(void)mbedtls_sha256_finish_ret(&s->ctx, sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(text + 2 * i, 3, "%02x", sum[i]);
}
