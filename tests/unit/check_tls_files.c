#include "net/tls.h"

#include <mbedtls/certs.h>

#include "tests/unit/support/tls_checks.h"

/* Files and values that a TLS stream is given. */

static void refused(const struct tls_conf *conf, enum err err, const char *part)
{
	struct why why;

	ck_assert_ptr_null(tls_new(conf, &handler, &user, &why));
	ck_assert_msg(strstr(why.text, part) != NULL, "%s", why.text);
	ck_assert_str_eq(err_name(why.err), err_name(err));
}

START_TEST(unusable_files_and_values_are_refused_at_once)
{
	static const uint16_t gcm[] = {0xc02f, 0}, strange[] = {0x1301, 0};
	const struct tls_file junk = {"RAM:junk.pem", "junk", 4};
	struct tls_file two = {"RAM:two.pem", NULL, 0};
	struct tls_conf conf = base_conf();
	char text[4096];

	conf.ca = &junk;
	refused(&conf, ERR_TLS_FILE,
		"RAM:junk.pem: no certificate can be parsed: X509");
	/* A good certificate in front of a bad one hides nothing. */
	snprintf(text, sizeof(text), "%s%s", root.cert_pem, leaf.cert_pem);
	memcpy(strstr(text + strlen(root.cert_pem), "\nM") + 1, "AAAA", 4);
	two.data = text;
	two.len = strlen(text);
	conf.ca = &two;
	refused(&conf, ERR_TLS_FILE,
		"RAM:two.pem: 1 of its certificates cannot be parsed");
	conf.ca = NULL;
	refused(&conf, ERR_TLS_CONFIG, "without a CA file");
	conf = base_conf();
	conf.cert = &client.cert_file;
	conf.key = &leaf.key_file;
	refused(&conf, ERR_TLS_CONFIG,
		"RAM:leaf-key.pem is not the private key of RAM:client.pem "
		"(CN=device-1)");
	conf.key = &client.cert_file;
	refused(&conf, ERR_TLS_FILE, "the private key cannot be parsed");
	conf = base_conf();
	conf.min = conf.max = TLS_SSL3;
	refused(&conf, ERR_TLS_CONFIG, "SSL 3.0");
	conf.min = conf.max = TLS_1_0;
	conf.suites = gcm;
	refused(&conf, ERR_TLS_CONFIG,
		"TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256 needs TLS 1.2, and "
		"sslversion allows TLS 1.0 at most");
	conf.suites = strange;
	refused(&conf, ERR_TLS_CONFIG, "(first 0x1301)");
}
END_TEST

START_TEST(an_encrypted_key_wants_its_pass_phrase)
{
	/* The test key of mbedTLS: RSA, AES-128-CBC, "PolarSSLTest". */

	const struct tls_file key = {"RAM:k.pem", mbedtls_test_ca_key_rsa_pem,
		strlen(mbedtls_test_ca_key_rsa_pem)};
	const struct tls_file cert = {"RAM:c.pem",
		mbedtls_test_ca_crt_rsa_sha256_pem,
		strlen(mbedtls_test_ca_crt_rsa_sha256_pem)};
	struct tls_conf conf = base_conf();
	struct stream *s;
	struct why why;

	conf.cert = &cert;
	conf.key = &key;
	refused(&conf, ERR_TLS_FILE, "encrypted, and clientkey has no pass");
	conf.key_password = "";
	refused(&conf, ERR_TLS_FILE, "encrypted, and clientkey has no pass");
	conf.key_password = "wrong";
	refused(&conf, ERR_TLS_FILE, "the pass phrase is not that of");
	conf.key_password = "PolarSSLTest";
	s = tls_new(&conf, &handler, &user, &why);
	ck_assert_msg(s != NULL, "%s", why.text);
	stream_close(s);
}
END_TEST

START_TEST(all_suites_of_the_family_are_known)
{
	/* EG25-G [SSL §2.4]. */
	static const uint16_t codes[] = {0x0035, 0x002f, 0x0005, 0x000a, 0x003d,
		0xc003, 0xc004, 0xc005, 0xc008, 0xc009, 0xc00a, 0xc012, 0xc013,
		0xc014, 0xc00d, 0xc00e, 0xc00f, 0xc023, 0xc024, 0xc025, 0xc026,
		0xc027, 0xc028, 0xc029, 0xc02a, 0xc02f, 0xc030};

	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		ck_assert_msg(
			tls_suite_name(codes[i]) != NULL, "0x%04x", codes[i]);
	ck_assert_ptr_null(tls_suite_name(0xffff));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("tls_files");
	TCase *tc = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tc, once_setup, once_teardown);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, unusable_files_and_values_are_refused_at_once);
	tcase_add_test(tc, an_encrypted_key_wants_its_pass_phrase);
	tcase_add_test(tc, all_suites_of_the_family_are_known);
	suite_add_tcase(s, tc);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
