#ifndef EC21_TESTS_TLS_CHECKS_H
#define EC21_TESTS_TLS_CHECKS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "net/tls.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"
#include "tests/unit/support/stream_user.h"
#include "tests/unit/support/tls_server.h"

/*
 * What the checks of TLS streams share: certificates made once, a server on
 * a fake wire, and a user.
 */
#define HOST "data.example.com"

/* Seconds since 1970 of the first of January. */
#define YEAR_1980 INT64_C(315532800)
#define YEAR_1986 INT64_C(504921600)
#define YEAR_2020 INT64_C(1577836800)
#define YEAR_2066 INT64_C(3029529600)

static struct fake_clock fc;
static struct mint root, leaf, other_root, client;

static struct fake_stream *wire;
static struct tls_server server;

static const struct mint_spec root_spec = {.what = "root",
	.name = "CN=Example Root",
	.from = "19700101000000",
	.to = "20991231235959",
	.ca = true};
static const struct mint_spec leaf_spec = {.what = "leaf",
	.name = "CN=leaf",
	.from = "20150101000000",
	.to = "20491231235959",
	.issuer = &root,
	.dns = HOST};

static inline void once_setup(void)
{
	struct mint_spec spec = root_spec;

	mint_make(&root, &root_spec);
	mint_make(&leaf, &leaf_spec);
	spec.what = "other";
	spec.name = "CN=Other Root";
	mint_make(&other_root, &spec);
	spec = leaf_spec;
	spec.what = "client";
	spec.name = "CN=device-1";
	spec.dns = NULL;
	mint_make(&client, &spec);
}

static inline void once_teardown(void)
{
	mint_free(&root);
	mint_free(&leaf);
	mint_free(&other_root);
	mint_free(&client);
}

static inline void setup(void)
{
	fake_clock_init(&fc, false);
	memset(&user, 0, sizeof(user));
	buf_init(&user.data, 4u << 20);
	wire = fake_stream_new();
}

static inline void teardown(void)
{
	if (user.stream != NULL)
		user_close();
	buf_free(&user.data);
	fake_stream_free(wire);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static inline struct tls_conf base_conf(void)
{
	return (struct tls_conf){
		.clock = &fc.clock,
		.min = TLS_1_0,
		.max = TLS_1_2,
		.verify = true,
		.check_name = true,
		.sha1 = true,
		.min_rsa = 1024,
		.ca = &root.cert_file,
		.host = HOST,
		.check_dates = true,
		.now = YEAR_2020,
	};
}

/* New stream over `wire`, which then connects. */
static inline void open_tls(const struct tls_conf *conf)
{
	struct why why;

	user.stream = tls_new(conf, &handler, &user, &why);
	ck_assert_msg(user.stream != NULL, "%s", why.text);
	tls_start(user.stream, &wire->stream);
	ck_assert_uint_eq(buf_len(&wire->sent), 0);
	fake_stream_connect(wire);
}

static inline void run(const struct tls_conf *conf,
	const struct tls_server_opts *opts, size_t chunk)
{
	tls_server_init(&server, wire, opts);
	open_tls(conf);
	tls_server_run(&server, chunk);
	fake_clock_run(&fc);
}

/* As run() with a server of this leaf; true when the client accepts it. */
static inline bool accepts(const struct tls_conf *conf, const struct mint *m)
{
	const struct tls_server_opts opts = {.leaf = m};
	bool up;

	run(conf, &opts, SIZE_MAX);
	up = user.connected > 0;
	ck_assert_uint_eq(user.connected + user.closed, 1);
	ck_assert_int_eq(server.up, up);
	tls_server_free(&server);
	return up;
}

/* A second connection in the same test. */
static inline void again(void)
{
	teardown();
	setup();
}

static inline void expect_why(enum err err, const char *part)
{
	ck_assert_uint_eq(user.closed, 1);
	ck_assert(user.has_why);
	ck_assert_msg(strstr(user.why.text, part) != NULL, "%s: %s", part,
		user.why.text);
	ck_assert_str_eq(err_name(user.why.err), err_name(err));
}

#endif
