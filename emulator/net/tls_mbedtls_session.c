#include <stdlib.h>

#include "net/tls_mbedtls.h"

/* Held by its maker and by each stream that was given it. */
struct tls_session {
	unsigned int holders;
	bool kept;
	mbedtls_ssl_session data;
};

struct tls_session *tls_session_new(void)
{
	struct tls_session *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->holders = 1;
	mbedtls_ssl_session_init(&s->data);
	return s;
}

struct tls_session *tls_session_hold(struct tls_session *s)
{
	if (s != NULL)
		s->holders++;
	return s;
}

void tls_session_drop(struct tls_session *s)
{
	if (s == NULL || --s->holders > 0)
		return;
	mbedtls_ssl_session_free(&s->data);
	free(s);
}

static void forget(struct tls_session *s)
{
	/* Wipes the master secret and leaves it as tls_session_new() did. */
	mbedtls_ssl_session_free(&s->data);
	s->kept = false;
}

void tls_session_offer(const struct tls_session *s, mbedtls_ssl_context *ssl)
{
	/* Without memory for a copy the handshake is a full one. */
	if (s != NULL && s->kept)
		(void)mbedtls_ssl_set_session(ssl, &s->data);
}

void tls_session_keep(struct tls_session *s, const mbedtls_ssl_context *ssl)
{
	if (s == NULL)
		return;
	forget(s);
	s->kept = mbedtls_ssl_get_session(ssl, &s->data) == 0;
}

void tls_session_forget(struct tls_session *s)
{
	if (s != NULL)
		forget(s);
}
