/*
 * SSL contexts over the real door against an unmodified server of another TLS
 * library: OpenSSL's s_server, over loopback sockets.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/certs.h>

#include "net/tls.h"
#include "tests/unit/support/ssl_rig.h"

static struct ssl_rig r;
static struct ssl_files made;
static struct mint wrong, stranger, stranger_root;

static void once_setup(void)
{
	struct mint_spec spec = {.what = "root",
		.name = "CN=Strange Root",
		.from = "20150101000000",
		.to = "20491231235959",
		.ca = true};

	ssl_files_make(&made);
	mint_make(&stranger_root, &spec);
	spec.ca = false;
	spec.name = "CN=device-1";
	spec.issuer = &stranger_root;
	mint_make(&stranger, &spec);
	spec.issuer = &made.root;
	spec.name = "CN=leaf";
	spec.dns = "other.example.com";
	mint_make(&wrong, &spec);
}

static void once_teardown(void)
{
	ssl_files_free(&made);
	mint_free(&wrong);
	mint_free(&stranger);
	mint_free(&stranger_root);
}

static void setup(void)
{
	ssl_rig_init(&r, &made);
	ssl_files_put(r.files, "RAM:strange.pem", stranger.cert_pem);
	ssl_files_put(r.files, "RAM:strange-key.pem", stranger.key_pem);
}

static void teardown(void)
{
	ssl_rig_free(&r);
}

START_TEST(mutual_tls_carries_data)
{
	struct why why;

	ssl_rig_start(&r, &(struct s_server_opts){.cert = made.leaf.cert_pem,
				  .key = made.leaf.key_pem,
				  .client_ca = made.root.cert_pem});
	ssl_rig_values(&r, 2)->sni = true;
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_str_eq(r.version, "TLSv1.2");
	ck_assert_int_eq(stream_write(r.stream, "hello\n", 6, &why), 0);
	ssl_rig_wait_line(&r);
	ck_assert_str_eq(r.data, "olleh\n");
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_refusal_of_the_client_is_never_lost)
{
	/* The server refuses, closes, and our send may fail first. */
	enum { TIMES = 25 };
	struct sslctx_conf *c;

	ssl_rig_start(&r, &(struct s_server_opts){.cert = made.leaf.cert_pem,
				  .key = made.leaf.key_pem,
				  .client_ca = made.root.cert_pem});
	for (int i = 0; i < TIMES; i++) {
		ssl_rig_values(&r, 1);
		ck_assert(!ssl_rig_open(&r));
		ssl_rig_expect(&r, ERR_TLS_ALERT,
			"alert 40 handshake_failure: after our "
			"empty Certificate: it wants a client "
			"certificate, which seclevel 2 sends");
		c = ssl_rig_values(&r, 2);
		snprintf(c->cert, sizeof(c->cert), "RAM:strange.pem");
		snprintf(c->key, sizeof(c->key), "RAM:strange-key.pem");
		ck_assert(!ssl_rig_open(&r));
		ssl_rig_expect(&r, ERR_TLS_ALERT,
			"alert 48 unknown_ca: it refuses our "
			"certificate RAM:strange.pem");
	}
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_name_decides_which_certificate_comes)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	ssl_rig_start(&r, &(struct s_server_opts){.cert = wrong.cert_pem,
				  .key = wrong.key_pem,
				  .sni_name = SSL_HOST,
				  .sni_cert = made.leaf.cert_pem,
				  .sni_key = made.leaf.key_pem});
	ck_assert(!c->sni);
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_VERIFY,
		"is not for data.example.com but for other.example.com");
	/* [SSL §11]: the same with sni 1 opens. */
	c->sni = true;
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(the_clock_of_the_modem_counts_when_it_is_asked)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	ssl_rig_start(&r, &(struct s_server_opts){.cert = made.leaf.cert_pem,
				  .key = made.leaf.key_pem});
	rtc_reset(&r.rtc);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	c->ignore_local_time = false;
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_VERIFY,
		"the modem's clock says 1980-01-06 00:00:00");
	rtc_set(&r.rtc, INT64_C(1577836800), 0);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	s_server_stop(&r.peer);
}
END_TEST

static const char *const weak[] = {"-cipher", "ALL:@SECLEVEL=0", NULL};

struct suite_row {
	uint16_t code;
	bool rsa; /* kind of the server's certificate */
};

/* Those of [SSL §2.4] that Debian's OpenSSL has. */
static const struct suite_row suite_rows[] = {{0x0035, true}, {0x002f, true},
	{0x003d, true}, {0xc013, true}, {0xc014, true}, {0xc027, true},
	{0xc028, true}, {0xc02f, true}, {0xc030, true}, {0xc009, false},
	{0xc00a, false}, {0xc023, false}, {0xc024, false}};

START_TEST(each_suite_is_agreed_on_when_it_alone_is_offered)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 0);

	for (int rsa = 0; rsa < 2; rsa++) {
		struct s_server_opts opts = {.cert = made.leaf.cert_pem,
			.key = made.leaf.key_pem,
			.options = weak};

		if (rsa) {
			opts.cert = mbedtls_test_srv_crt_rsa_sha256_pem;
			opts.key = mbedtls_test_srv_key_rsa_pem;
		}
		teardown();
		setup();
		c = ssl_rig_values(&r, 0);
		ssl_rig_start(&r, &opts);
		for (size_t i = 0; i < sizeof(suite_rows) / sizeof(*suite_rows);
			i++) {
			const struct suite_row *row = &suite_rows[i];

			c->suite = row->code;
			ck_assert_msg(
				ssl_rig_open(&r) == (row->rsa == (rsa == 1)),
				"0x%04x: %s", row->code, r.why.text);
			if (r.connected)
				ck_assert_str_eq(
					r.suite, tls_suite_name(row->code));
			else
				ssl_rig_expect(&r, ERR_TLS_ALERT,
					tls_suite_name(row->code));
		}
		s_server_stop(&r.peer);
	}
}
END_TEST

START_TEST(each_version_is_agreed_on_when_it_alone_is_offered)
{
	static const char *const texts[] = {
		"", "TLSv1.0", "TLSv1.1", "TLSv1.2"};
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	ssl_rig_start(&r, &(struct s_server_opts){.cert = made.leaf.cert_pem,
				  .key = made.leaf.key_pem,
				  .options = weak});
	for (int v = 1; v <= 3; v++) {
		c->version = v;
		ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
		ck_assert_str_eq(r.version, texts[v]);
	}
	c->version = 4;
	ck_assert(ssl_rig_open(&r));
	ck_assert_str_eq(r.version, "TLSv1.2");
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_version_the_server_does_not_speak_is_told)
{
	static const char *const only_12[] = {"-tls1_2", NULL};

	ssl_rig_start(&r, &(struct s_server_opts){.cert = made.leaf.cert_pem,
				  .key = made.leaf.key_pem,
				  .options = only_12});
	ssl_rig_values(&r, 1)->version = 1;
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_ALERT,
		"alert 70 protocol_version: it speaks no version that we "
		"offer: TLS 1.0");
	s_server_stop(&r.peer);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tls_peers");
	TCase *t = tcase_create("openssl");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(t, once_setup, once_teardown);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 120);
	tcase_add_test(t, mutual_tls_carries_data);
	tcase_add_test(t, a_refusal_of_the_client_is_never_lost);
	tcase_add_test(t, a_name_decides_which_certificate_comes);
	tcase_add_test(t, the_clock_of_the_modem_counts_when_it_is_asked);
	tcase_add_test(t, each_suite_is_agreed_on_when_it_alone_is_offered);
	tcase_add_test(t, each_version_is_agreed_on_when_it_alone_is_offered);
	tcase_add_test(t, a_version_the_server_does_not_speak_is_told);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
