#include "tests/unit/support/ssl_files.h"

#include <stdio.h>
#include <string.h>

#include <check.h>

#include "svc/filestore.h"

void ssl_files_make(struct ssl_files *f)
{
	struct mint_spec spec = {.what = "root",
		.name = "CN=Example Root",
		.from = "20150101000000",
		.to = "20491231235959",
		.ca = true};

	mint_make(&f->root, &spec);
	spec.ca = false;
	spec.issuer = &f->root;
	spec.name = "CN=device-1";
	mint_make(&f->client, &spec);
	spec.name = "CN=leaf";
	spec.dns = SSL_HOST;
	mint_make(&f->leaf, &spec);
}

void ssl_files_free(struct ssl_files *f)
{
	mint_free(&f->root);
	mint_free(&f->leaf);
	mint_free(&f->client);
}

void ssl_files_put(struct filestore *store, const char *name, const char *text)
{
	struct why why;

	ck_assert_msg(
		filestore_write(store, name, text, strlen(text), &why) == 0,
		"%s", why.text);
}

void ssl_files_store(const struct ssl_files *f, struct filestore *store)
{
	ssl_files_put(store, "RAM:ca.pem", f->root.cert_pem);
	ssl_files_put(store, "RAM:cert.pem", f->client.cert_pem);
	ssl_files_put(store, "RAM:key.pem", f->client.key_pem);
}

struct sslctx_conf *ssl_files_values(struct sslctx *ssl, int id, int seclevel)
{
	struct sslctx_conf *c = sslctx_conf(ssl, id);

	c->seclevel = seclevel;
	snprintf(c->ca, sizeof(c->ca), "RAM:ca.pem");
	snprintf(c->cert, sizeof(c->cert), "RAM:cert.pem");
	snprintf(c->key, sizeof(c->key), "RAM:key.pem");
	return c;
}
