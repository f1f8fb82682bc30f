#ifndef EC21_TESTS_SSL_FILES_H
#define EC21_TESTS_SSL_FILES_H

#include "svc/sslctx.h"
#include "tests/unit/support/tls_server.h"

/*
 * What SSL contexts are tested with: a CA, a server and a client it has
 * signed, made on the spot, and the files and values of a context.
 */
#define SSL_HOST "data.example.com"

struct ssl_files {
	struct mint root, leaf, client;
};

/* The server is SSL_HOST, the client "CN=device-1". */
void ssl_files_make(struct ssl_files *f);
void ssl_files_free(struct ssl_files *f);
/* A file of the modem; it must fit. */
void ssl_files_put(struct filestore *store, const char *name, const char *text);
/* RAM:ca.pem, and the client's RAM:cert.pem and RAM:key.pem. */
void ssl_files_store(const struct ssl_files *f, struct filestore *store);
/* Context id at this level, with those files. */
struct sslctx_conf *ssl_files_values(struct sslctx *ssl, int id, int seclevel);

#endif
