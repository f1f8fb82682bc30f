#include "svc/sslctx.h"

#include "tests/unit/support/sslctx_checks.h"

/* The files of an SSL context: which are read, and what is wrong with them. */

START_TEST(each_level_reads_what_it_needs)
{
	values(0, 0);
	ck_assert(handshake(0, NULL));
	values(1, 1);
	ck_assert(handshake(1, NULL));
	values(2, 2);
	ck_assert(handshake(2, &made.root));
	/* Level 1 has no certificate to show. */
	ck_assert(!handshake(1, &made.root));
	/* Level 0 opens without any file, 1 without a client's. */
	ck_assert_int_eq(filestore_delete(files, "RAM:cert.pem", &why), 0);
	ck_assert_int_eq(filestore_delete(files, "RAM:key.pem", &why), 0);
	ck_assert(handshake(1, NULL));
	ck_assert_int_eq(filestore_delete(files, "RAM:ca.pem", &why), 0);
	ck_assert(handshake(0, NULL));
}
END_TEST

START_TEST(a_file_name_that_is_not_set_is_named)
{
	struct sslctx_conf *c = values(2, 2);

	c->key[0] = '\0';
	refused(2, ERR_TLS_FILE,
		"clientkey is empty: seclevel 2 needs a private key");
	c->cert[0] = '\0';
	refused(2, ERR_TLS_FILE,
		"clientcert is empty: seclevel 2 needs a client certificate");
	c->ca[0] = '\0';
	refused(2, ERR_TLS_FILE, "cacert is empty: seclevel 2 needs a CA file");
	c->seclevel = 1;
	refused(2, ERR_TLS_FILE, "cacert is empty: seclevel 1 needs a CA file");
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	static const char *const names[] = {
		"RAM:ca.pem", "RAM:cert.pem", "RAM:key.pem"};
	static const char *const keys[] = {
		"cacert: ", "clientcert: ", "clientkey: "};

	values(2, 2);
	ck_assert_int_eq(filestore_delete(files, names[_i], &why), 0);
	refused(2, ERR_TLS_FILE, names[_i]);
	ck_assert_ptr_nonnull(strstr(why.text, keys[_i]));
}
END_TEST

/* The article's files: all line breaks gone. */
static void squeeze(char *text)
{
	char *to = text;

	for (const char *p = text; *p != '\0'; p++)
		if (*p != '\n')
			*to++ = *p;
	*to = '\0';
}

START_TEST(a_file_without_line_breaks_is_refused_where_it_goes_wrong)
{
	static const char *const names[] = {
		"RAM:ca.pem", "RAM:cert.pem", "RAM:key.pem"};
	const char *const texts[] = {
		made.root.cert_pem, made.client.cert_pem, made.client.key_pem};
	char flat[2048];

	snprintf(flat, sizeof(flat), "%s", texts[_i]);
	squeeze(flat);
	put(names[_i], flat);
	values(2, 2);
	refused(2, ERR_TLS_FILE, names[_i]);
	ck_assert_ptr_nonnull(strstr(why.text,
		"line 1: text follows the BEGIN line without a line break"));
	ck_assert_int_eq(why.grade, GRADE_INF);
	/* A lenient reader leaves it to the TLS library, which cannot either,
	 * and says less. */
	profile.ssl_pem_reader = PROFILE_PEM_LENIENT;
	refused(2, ERR_TLS_FILE, "parsed: ");
	ck_assert_ptr_null(strstr(why.text, "line 1"));
}
END_TEST

START_TEST(a_lenient_reader_takes_what_the_library_takes)
{
	char text[2300];

	snprintf(text, sizeof(text), "-----BEGIN NOTHING-----\n%s",
		made.root.cert_pem);
	put("RAM:ca.pem", text);
	values(1, 1);
	refused(1, ERR_TLS_FILE, "BEGIN of another block");
	profile.ssl_pem_reader = PROFILE_PEM_LENIENT;
	ck_assert(handshake(1, NULL));
}
END_TEST

START_TEST(files_in_each_others_place_are_told_apart)
{
	struct sslctx_conf *c = values(2, 2);

	snprintf(c->cert, sizeof(c->cert), "RAM:key.pem");
	refused(2, ERR_TLS_FILE, "RAM:key.pem holds no certificate");
	values(2, 2);
	snprintf(c->key, sizeof(c->key), "RAM:cert.pem");
	refused(2, ERR_TLS_FILE, "RAM:cert.pem holds no private key");
	values(2, 2);
	put("RAM:key.pem", made.leaf.key_pem);
	refused(2, ERR_TLS_CONFIG,
		"RAM:key.pem is not the private key of "
		"RAM:cert.pem (CN=device-1)");
}
END_TEST

START_TEST(files_a_level_does_not_need_are_read_when_the_profile_says_so)
{
	values(0, 0);
	put("RAM:key.pem", "broken");
	ck_assert(handshake(0, NULL));
	fake_net_free(&net);
	fake_net_init(&net);
	profile.ssl_read_unused = true;
	refused(0, ERR_TLS_FILE, "clientkey: RAM:key.pem");
	put("RAM:key.pem", made.client.key_pem);
	ck_assert(handshake(0, NULL));
	/* It is not shown to the server for all that. */
	ck_assert(!handshake(0, &made.root));
	sslctx_conf(ssl, 0)->ca[0] = '\0';
	ck_assert(handshake(0, NULL));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sslctx_files");
	TCase *t = tcase_create("sslctx");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(t, once_setup, once_teardown);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, each_level_reads_what_it_needs);
	tcase_add_test(t, a_file_name_that_is_not_set_is_named);
	tcase_add_loop_test(t, a_file_that_is_not_there_is_named, 0, 3);
	tcase_add_loop_test(t,
		a_file_without_line_breaks_is_refused_where_it_goes_wrong, 0,
		3);
	tcase_add_test(t, a_lenient_reader_takes_what_the_library_takes);
	tcase_add_test(t, files_in_each_others_place_are_told_apart);
	tcase_add_test(t,
		files_a_level_does_not_need_are_read_when_the_profile_says_so);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
