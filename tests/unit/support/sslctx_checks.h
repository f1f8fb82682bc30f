#ifndef EC21_TESTS_SSLCTX_CHECKS_H
#define EC21_TESTS_SSLCTX_CHECKS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "svc/sslctx.h"
#include "base/profile.h"
#include "net/tls.h"
#include "svc/filestore.h"
#include "svc/rtc.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"
#include "tests/unit/support/ssl_files.h"

/*
 * What the checks of SSL contexts share: certificates made once, files, and a
 * server behind a fake wire.
 */
static struct fake_clock fc;
static struct fake_net net;
static struct profile profile;
static struct filestore *files;
static struct rtc rtc;
static struct sslctx *ssl;
static struct ssl_files made;
/* An impostor of the root's name, and a chain that leads to it. */
static struct mint fake, between, far_leaf;
static struct why why;
static unsigned int connected, closed;
static struct why closed_why;

static void on_connected(void *arg)
{
	ck_assert_ptr_eq(arg, &fc);
	connected++;
}

static void on_other(void *arg)
{
	ck_assert_ptr_eq(arg, &fc);
}

static void on_closed(void *arg, const struct why *reason)
{
	ck_assert_ptr_eq(arg, &fc);
	closed++;
	ck_assert_ptr_nonnull(reason);
	closed_why = *reason;
}

static const struct stream_handler handler = {
	on_connected, on_other, on_other, on_closed};

static void once_setup(void)
{
	struct mint_spec spec = {.what = "fake",
		.name = "CN=Example Root",
		.from = "20150101000000",
		.to = "20491231235959",
		.ca = true};

	ssl_files_make(&made);
	mint_make(&fake, &spec);
	spec.issuer = &fake;
	spec.name = "CN=Between";
	mint_make(&between, &spec);
	spec.issuer = &between;
	spec.ca = false;
	spec.name = "CN=far leaf";
	spec.dns = SSL_HOST;
	mint_make(&far_leaf, &spec);
}

static void once_teardown(void)
{
	ssl_files_free(&made);
	mint_free(&fake);
	mint_free(&between);
	mint_free(&far_leaf);
}

static void put(const char *name, const char *text)
{
	ssl_files_put(files, name, text);
}

static void setup(void)
{
	fake_clock_init(&fc, false);
	fake_net_init(&net);
	profile_init(&profile);
	rtc_init(&rtc, &fc.clock);
	files = filestore_new(&profile, NULL, &why);
	ck_assert_ptr_nonnull(files);
	ssl = sslctx_new(&profile, &net.net, files, &rtc);
	ck_assert_ptr_nonnull(ssl);
	ssl_files_store(&made, files);
	connected = closed = 0;
}

static void teardown(void)
{
	sslctx_free(ssl);
	filestore_free(files);
	fake_net_free(&net);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static struct sslctx_conf *values(int id, int seclevel)
{
	return ssl_files_values(ssl, id, seclevel);
}

/* Refused before anything is sent, with a reason that holds `part`. */
static void refused(int id, enum err err, const char *part)
{
	char head[40];

	ck_assert_ptr_null(
		sslctx_open(ssl, id, SSL_HOST, 8443, &handler, &fc, &why));
	snprintf(head, sizeof(head), "SSL context %d: ", id);
	ck_assert_int_eq(strncmp(why.text, head, strlen(head)), 0);
	ck_assert_msg(strstr(why.text, part) != NULL, "%s", why.text);
	ck_assert_str_eq(err_name(why.err), err_name(err));
	ck_assert_uint_eq(net.opened, 0);
}

static bool handshake_with(int id, const struct tls_server_opts *opts)
{
	struct tls_server server;
	struct stream *s;

	s = sslctx_open(ssl, id, SSL_HOST, 8443, &handler, &fc, &why);
	ck_assert_msg(s != NULL, "%s", why.text);
	ck_assert_str_eq(net.streams->host, SSL_HOST);
	ck_assert_uint_eq(net.streams->port, 8443);
	connected = closed = 0;
	tls_server_init(&server, net.streams, opts);
	fake_stream_connect(net.streams);
	tls_server_run(&server, SIZE_MAX);
	/* This server sends no alert for a missing certificate; it leaves. */
	if (connected + closed == 0 && server.error != 0)
		fake_stream_end(net.streams, NULL);
	stream_close(s);
	tls_server_free(&server);
	ck_assert_uint_eq(connected + closed, 1);
	return connected == 1;
}

/* A handshake with the server `leaf`, asking for `ask`'s clients. */
static bool handshake(int id, const struct mint *ask)
{
	const struct tls_server_opts opts = {
		.leaf = &made.leaf, .client_ca = ask};

	return handshake_with(id, &opts);
}

#endif
