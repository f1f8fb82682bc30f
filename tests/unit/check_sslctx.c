#include "svc/sslctx.h"

#include <malloc.h>

#include "tests/unit/support/sslctx_checks.h"

START_TEST(values_start_as_the_profile_says_and_return_there)
{
	struct sslctx_conf *c = values(5, 2);

	c->version = 3;
	c->suite = 0x35;
	c->sni = true;
	c->negotiate_s = 10;
	c->ignore_local_time = false;
	ck_assert_int_eq(sslctx_conf(ssl, 4)->seclevel, 0);
	sslctx_reset(ssl);
	for (int id = 0; id < SSLCTX_IDS; id++) {
		c = sslctx_conf(ssl, id);
		ck_assert_int_eq(c->version, 4);
		ck_assert_uint_eq(c->suite, 0xffff);
		ck_assert_int_eq(c->seclevel, 0);
		ck_assert_int_eq(c->negotiate_s, 300);
		ck_assert(c->ignore_local_time);
		ck_assert(!c->sni);
		ck_assert_str_eq(c->ca, "");
		ck_assert_str_eq(c->cert, "");
		ck_assert_str_eq(c->key, "");
		ck_assert_str_eq(c->key_password, "");
	}
	profile.ssl_ciphersuite = 5;
	profile.ssl_seclevel = 1;
	sslctx_reset(ssl);
	ck_assert_uint_eq(sslctx_conf(ssl, 3)->suite, 5);
	ck_assert_int_eq(sslctx_conf(ssl, 3)->seclevel, 1);
}
END_TEST

START_TEST(the_clock_is_read_at_the_open)
{
	values(1, 1)->ignore_local_time = false;
	ck_assert(!handshake(1, NULL));
	ck_assert_ptr_nonnull(strstr(closed_why.text, "1980-01-06 00:00:00"));
	/* 2015-01-01 00:30 in Japan is 2014 in Greenwich. */
	rtc_set(&rtc, INT64_C(1420072200), 36);
	ck_assert(!handshake(1, NULL));
	ck_assert_ptr_nonnull(strstr(closed_why.text, "2014-12-31 15:30:00"));
	rtc_set(&rtc, INT64_C(1420072200), 0);
	ck_assert_msg(handshake(1, NULL), "%s", closed_why.text);
}
END_TEST

START_TEST(a_handshake_has_negotiatetime_from_the_connection_on)
{
	struct stream *s;

	values(2, 0)->negotiate_s = 10;
	s = sslctx_open(ssl, 2, SSL_HOST, 8443, &handler, &fc, &why);
	ck_assert_msg(s != NULL, "%s", why.text);
	fake_clock_advance(&fc, 60000);
	fake_stream_connect(net.streams);
	fake_clock_advance(&fc, 9999);
	ck_assert_uint_eq(closed, 0);
	fake_clock_advance(&fc, 1);
	ck_assert_uint_eq(closed, 1);
	ck_assert_str_eq(closed_why.text,
		"the TLS handshake with " SSL_HOST " did not end within 10 s "
		"(negotiatetime): it waits for ServerHello");
	ck_assert_int_eq(closed_why.err, ERR_NET_TIMEOUT);
	stream_close(s);
}
END_TEST

/* Codes of the ClientHello that an open sends. */
static size_t offered(int id, uint16_t *codes, size_t max)
{
	uint8_t hello[2048];
	size_t len, at, n;
	struct stream *s =
		sslctx_open(ssl, id, SSL_HOST, 8443, &handler, &fc, &why);

	ck_assert_msg(s != NULL, "%s", why.text);
	fake_stream_connect(net.streams);
	len = fake_stream_take(net.streams, hello, sizeof(hello));
	stream_close(s);
	/* record 5, message 4, version 2, random 32, session id */
	ck_assert_uint_gt(len, 46);
	at = 43;
	at += 1 + hello[at];
	n = (size_t)(hello[at] << 8 | hello[at + 1]) / 2;
	ck_assert_uint_le(n, max);
	for (size_t i = 0; i < n; i++)
		codes[i] = (uint16_t)(hello[at + 2 + 2 * i] << 8 |
				      hello[at + 3 + 2 * i]);
	return n;
}

START_TEST(suites_are_offered_in_the_profiles_order)
{
	uint16_t codes[80];
	size_t n;

	snprintf(profile.ssl_ciphers, sizeof(profile.ssl_ciphers),
		"0XC02F,0X0035, 0xc014,0X0005,0XFFFF");
	n = offered(0, codes, 80);
	/* The last one is the renegotiation signal, RFC 5746. */
	ck_assert_uint_eq(n, 5);
	ck_assert_uint_eq(codes[0], 0xc02f);
	ck_assert_uint_eq(codes[1], 0x0035);
	ck_assert_uint_eq(codes[2], 0xc014);
	ck_assert_uint_eq(codes[3], 0x0005);
	ck_assert_uint_eq(codes[4], 0x00ff);
	sslctx_conf(ssl, 0)->suite = 0x3d;
	n = offered(0, codes, 80);
	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(codes[0], 0x3d);
}
END_TEST

START_TEST(all_of_the_default_list_is_offered)
{
	uint16_t codes[80];

	/* 32 codes of [SSL §2.2] and the signal. */
	ck_assert_uint_eq(offered(0, codes, 80), 33);
}
END_TEST

START_TEST(a_second_file_may_hold_the_ca)
{
	struct sslctx_conf *c = values(1, 1);

	put("RAM:fake.pem", fake.cert_pem);
	put("RAM:more.pem", made.root.cert_pem);
	snprintf(c->ca, sizeof(c->ca), "RAM:fake.pem");
	ck_assert(!handshake(1, NULL));
	ck_assert_ptr_nonnull(strstr(closed_why.text,
		"the CA of that name in RAM:fake.pem has another key"));
	snprintf(c->ca_more, sizeof(c->ca_more), "RAM:more.pem");
	ck_assert_msg(handshake(1, NULL), "%s", closed_why.text);
	put("RAM:more.pem", fake.cert_pem);
	ck_assert(!handshake(1, NULL));
	ck_assert_ptr_nonnull(
		strstr(closed_why.text, "in RAM:fake.pem and RAM:more.pem"));
	fake_net_free(&net);
	fake_net_init(&net);
	ck_assert_int_eq(filestore_delete(files, "RAM:more.pem", &why), 0);
	refused(1, ERR_TLS_FILE, "cacertex: RAM:more.pem");
	/* It does not take the place of cacert. */
	c->ca[0] = '\0';
	refused(1, ERR_TLS_FILE, "cacert is empty");
}
END_TEST

START_TEST(a_signature_that_is_not_the_cas_may_be_ignored)
{
	struct sslctx_conf *c = values(1, 1);

	put("RAM:fake.pem", fake.cert_pem);
	snprintf(c->ca, sizeof(c->ca), "RAM:fake.pem");
	ck_assert(!handshake(1, NULL));
	c->ignore_chain = true;
	ck_assert(!handshake(1, NULL));
	c->ignore_chain = false;
	c->ignore_sign = true;
	ck_assert_msg(handshake(1, NULL), "%s", closed_why.text);
	/* The dates still count, and so does a CA of another name. */
	c->ignore_local_time = false;
	ck_assert(!handshake(1, NULL));
	c->ignore_local_time = true;
	put("RAM:fake.pem", made.client.cert_pem);
	ck_assert(!handshake(1, NULL));
}
END_TEST

START_TEST(who_signed_a_chain_may_be_ignored)
{
	const struct tls_server_opts chain = {
		.leaf = &far_leaf, .intermediate = &between};
	const struct tls_server_opts alone = {.leaf = &far_leaf};
	struct sslctx_conf *c = values(1, 1);

	ck_assert(!handshake_with(1, &chain));
	c->ignore_chain = true;
	ck_assert_msg(handshake_with(1, &chain), "%s", closed_why.text);
	/* A certificate alone is no chain; the dates still count. */
	ck_assert(!handshake_with(1, &alone));
	c->ignore_local_time = false;
	ck_assert(!handshake_with(1, &chain));
}
END_TEST

/* --- many opens ----------------------------------------------------------- */

/* Bytes in use; of a sanitizer's allocator it is 0, which looks for leaks. */
static size_t in_use(void)
{
	return mallinfo2().uordblks;
}

/* Up to the ClientHello, or as far as `full`, then closed. */
static void cycle(int id, bool full)
{
	struct stream *s;

	if (full) {
		ck_assert_msg(handshake(id, NULL), "%s", closed_why.text);
	} else {
		s = sslctx_open(ssl, id, SSL_HOST, 8443, &handler, &fc, &why);
		ck_assert_msg(s != NULL, "%s", why.text);
		fake_stream_connect(net.streams);
		stream_close(s);
	}
	fake_net_free(&net);
	fake_net_init(&net);
}

START_TEST(ten_thousand_opens_and_closes_do_not_grow)
{
	enum { CYCLES = 10000, WARM = 100, FULL = 50 };
	size_t before = 0;

	values(1, 1)->session_cache = true;
	for (int i = 0; i < CYCLES + WARM; i++) {
		if (i == WARM)
			before = in_use();
		cycle(1, i % (CYCLES / FULL) == 1);
	}
	/* What malloc() keeps at hand counts; a block lost each time is more.
	 */
	ck_assert_uint_le(in_use(), before + 65536);
}
END_TEST

START_TEST(what_cannot_be_offered_is_refused)
{
	struct sslctx_conf *c = values(3, 0);

	c->version = 0;
	refused(3, ERR_TLS_CONFIG, "SSL 3.0");
	c->version = 1;
	c->suite = 0xc030;
	refused(3, ERR_TLS_CONFIG, "needs TLS 1.2");
	c->version = 4;
	c->suite = 0x1301;
	refused(3, ERR_TLS_CONFIG, "0x1301");
	c->suite = 0xffff;
	snprintf(profile.ssl_ciphers, sizeof(profile.ssl_ciphers), "0XFFFF,x");
	refused(3, ERR_TLS_CONFIG, "name no cipher suite");
}
END_TEST

START_TEST(a_door_without_resources_is_told)
{
	net.refuse = true;
	refused(0, ERR_NET_MEMORY, "no resources");
}
END_TEST

static unsigned int keylog_lines;

static void on_keylog(void *arg, const char *line)
{
	ck_assert_ptr_eq(arg, &net);
	ck_assert_int_eq(strncmp(line, "CLIENT_RANDOM ", 14), 0);
	keylog_lines++;
}

START_TEST(the_key_log_is_written_until_it_is_stopped)
{
	keylog_lines = 0;
	sslctx_keylog(ssl, on_keylog, &net);
	ck_assert(handshake(0, NULL));
	ck_assert_uint_eq(keylog_lines, 1);
	sslctx_keylog(ssl, NULL, NULL);
	ck_assert(handshake(0, NULL));
	ck_assert_uint_eq(keylog_lines, 1);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sslctx");
	TCase *t = tcase_create("sslctx");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(t, once_setup, once_teardown);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_test(t, values_start_as_the_profile_says_and_return_there);
	tcase_add_test(t, the_clock_is_read_at_the_open);
	tcase_add_test(t, a_handshake_has_negotiatetime_from_the_connection_on);
	tcase_add_test(t, suites_are_offered_in_the_profiles_order);
	tcase_add_test(t, all_of_the_default_list_is_offered);
	tcase_add_test(t, a_second_file_may_hold_the_ca);
	tcase_add_test(t, a_signature_that_is_not_the_cas_may_be_ignored);
	tcase_add_test(t, who_signed_a_chain_may_be_ignored);
	tcase_add_test(t, ten_thousand_opens_and_closes_do_not_grow);
	tcase_add_test(t, what_cannot_be_offered_is_refused);
	tcase_add_test(t, a_door_without_resources_is_told);
	tcase_add_test(t, the_key_log_is_written_until_it_is_stopped);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
