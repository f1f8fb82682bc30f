#include "net/tls.h"

#include <mbedtls/certs.h>

#include "net/tls_alert.h"
#include "tests/unit/support/tls_checks.h"

/* --- verdicts ----------------------------------------------------------- */

START_TEST(the_modems_clock_judges_dates_and_the_hosts_does_not)
{
	/* Host time is whenever this runs: far from all of these. */
	static const struct {
		const char *from, *to;
		int64_t now;
		bool check, ok;
		const char *why;
	} rows[] = {
		{"19850101000000", "19870101000000", YEAR_1986, true, true, ""},
		{"20650101000000", "20670101000000", YEAR_2066, true, true, ""},
		{"20150101000000", "20491231235959", YEAR_1980, true, false,
			"the modem's clock says 1980-01-01 00:00:00 UTC, and "
			"the certificate of CN=leaf (depth 0) is not valid "
			"before 2015-01-01"},
		{"20150101000000", "20491231235959", YEAR_2066, true, false,
			"the modem's clock says 2066-01-01 00:00:00 UTC, and "
			"the certificate of CN=leaf (depth 0) expired on "
			"2049-12-31"},
		{"19850101000000", "19870101000000", YEAR_2020, false, true,
			""},
		{"20650101000000", "20670101000000", YEAR_2020, false, true,
			""},
	};
	struct tls_conf conf = base_conf();
	struct mint_spec spec = leaf_spec;
	struct mint m;
	bool ok;

	spec.from = rows[_i].from;
	spec.to = rows[_i].to;
	mint_make(&m, &spec);
	conf.now = rows[_i].now;
	conf.check_dates = rows[_i].check;
	ok = accepts(&conf, &m);
	mint_free(&m);
	ck_assert_msg(ok == rows[_i].ok, "%s", user.why.text);
	if (!ok)
		expect_why(ERR_TLS_VERIFY, rows[_i].why);
}
END_TEST

START_TEST(of_a_root_and_its_renewal_the_modems_clock_chooses)
{
	struct tls_conf conf = base_conf();
	struct mint_spec spec = root_spec, end = leaf_spec;
	struct mint now, then, m;
	char both[4096];
	const struct tls_file file = {"RAM:both.pem", both, 0};
	struct tls_file cas = file;

	spec.key_of = &root;
	spec.from = "20200101000000";
	spec.to = "20491231235959";
	mint_make(&now, &spec);
	spec.from = "19800101000000";
	spec.to = "19991231235959";
	mint_make(&then, &spec);
	end.from = "19850101000000";
	end.to = "19870101000000";
	mint_make(&m, &end);
	snprintf(both, sizeof(both), "%s%s",
		_i == 0 ? now.cert_pem : then.cert_pem,
		_i == 0 ? then.cert_pem : now.cert_pem);
	cas.len = strlen(both);
	conf.ca = &cas;
	conf.now = YEAR_1986;
	ck_assert_msg(accepts(&conf, &m), "%s", user.why.text);
	/* With the renewal alone it is refused, and the root is named. */
	again();
	conf.ca = &now.cert_file;
	ck_assert(!accepts(&conf, &m));
	expect_why(ERR_TLS_VERIFY,
		"CN=Example Root (depth 1) is not valid before 2020-01-01");
	mint_free(&now);
	mint_free(&then);
	mint_free(&m);
}
END_TEST

START_TEST(the_name_is_judged_with_and_without_sni)
{
	static const struct {
		const char *host, *dns;
		uint8_t ip[4];
		bool check, ok;
		const char *why;
	} rows[] = {
		{HOST, HOST, {0}, true, true, ""},
		{"DATA.example.COM", HOST, {0}, true, true, ""},
		{HOST, "*.example.com", {0}, true, true, ""},
		{HOST, "other.example.com", {0}, true, false,
			"is not for data.example.com but for "
			"other.example.com"},
		{HOST, "other.example.com", {0}, false, true, ""},
		{"192.0.2.9", HOST, {192, 0, 2, 9}, true, true, ""},
		{"192.0.2.8", HOST, {192, 0, 2, 9}, true, false,
			"is not for 192.0.2.8 but for data.example.com"},
		{HOST, NULL, {0}, true, false,
			"is not for data.example.com but for CN=leaf"},
		{"leaf", NULL, {0}, true, true, ""},
		{HOST, NULL, {192, 0, 2, 9}, true, false,
			"is not for data.example.com but for no name at all"},
	};
	struct tls_conf conf = base_conf();
	struct mint_spec spec = leaf_spec;
	struct mint m;

	spec.dns = rows[_i].dns;
	memcpy(spec.ip, rows[_i].ip, sizeof(spec.ip));
	mint_make(&m, &spec);
	conf.host = rows[_i].host;
	conf.check_name = rows[_i].check;
	for (int sni = 0; sni < 2; sni++) {
		conf.sni = sni;
		ck_assert_msg(accepts(&conf, &m) == rows[_i].ok, "sni %d: %s",
			sni, user.why.text);
		ck_assert_str_eq(server.sni, sni ? rows[_i].host : "");
		if (!rows[_i].ok)
			expect_why(ERR_TLS_VERIFY, rows[_i].why);
		again();
	}
	mint_free(&m);
}
END_TEST

START_TEST(a_root_that_is_not_there_is_named)
{
	struct tls_conf conf = base_conf();
	struct mint_spec spec = root_spec;
	struct mint namesake;

	conf.ca = &other_root.cert_file;
	ck_assert(!accepts(&conf, &leaf));
	expect_why(ERR_TLS_VERIFY,
		"the certificate of CN=leaf (depth 0) is signed by CN=Example "
		"Root, which is not in RAM:other.pem (there: CN=Other Root)");
	ck_assert_int_eq(user.why.grade, GRADE_KIN);
	again();
	mint_make(&namesake, &spec);
	conf.ca = &namesake.cert_file;
	ck_assert(!accepts(&conf, &leaf));
	expect_why(ERR_TLS_VERIFY, "the CA of that name in RAM:root.pem has "
				   "another key");
	mint_free(&namesake);
	/* All faults of a chain are told. */
	again();
	conf.ca = &other_root.cert_file;
	conf.host = "wrong.example.com";
	conf.now = YEAR_1980;
	ck_assert(!accepts(&conf, &leaf));
	expect_why(ERR_TLS_VERIFY, "is not valid before");
	expect_why(ERR_TLS_VERIFY, "which is not in");
	expect_why(ERR_TLS_VERIFY, "is not for wrong.example.com");
}
END_TEST

START_TEST(an_intermediate_is_followed_to_the_root)
{
	struct tls_conf conf = base_conf();
	struct mint_spec spec = root_spec, end = leaf_spec;
	struct mint middle, m;
	struct tls_server_opts opts = {.leaf = &m, .intermediate = &middle};

	spec.name = "CN=Middle";
	spec.issuer = &root;
	spec.to = "20300101000000";
	mint_make(&middle, &spec);
	end.issuer = &middle;
	mint_make(&m, &end);
	run(&conf, &opts, SIZE_MAX);
	ck_assert_msg(user.connected == 1, "%s", user.why.text);
	tls_server_free(&server);
	again();
	opts.intermediate = NULL;
	run(&conf, &opts, SIZE_MAX);
	expect_why(ERR_TLS_VERIFY, "CN=leaf (depth 0) is signed by CN=Middle");
	tls_server_free(&server);
	again();
	conf.now = INT64_C(2000000000); /* 2033 */
	opts.intermediate = &middle;
	run(&conf, &opts, SIZE_MAX);
	expect_why(ERR_TLS_VERIFY, "CN=Middle (depth 1) expired on 2030-01-01");
	tls_server_free(&server);
	mint_free(&middle);
	mint_free(&m);
}
END_TEST

START_TEST(weak_hashes_and_short_keys_are_refused_when_told_so)
{
	/* mbedTLS's own: RSA, 2048 bits, signed with SHA-1. */
	const struct tls_file ca = {"RAM:ca.pem", mbedtls_test_ca_crt_rsa,
		strlen(mbedtls_test_ca_crt_rsa)};
	struct tls_conf conf = base_conf();
	struct mint m = {.name = "CN=localhost"};

	snprintf(m.cert_pem, sizeof(m.cert_pem), "%s",
		mbedtls_test_srv_crt_rsa_sha1_pem);
	snprintf(m.key_pem, sizeof(m.key_pem), "%s",
		mbedtls_test_srv_key_rsa_pem);
	conf.ca = &ca;
	conf.host = "localhost";
	ck_assert_msg(accepts(&conf, &m), "%s", user.why.text);
	again();
	conf.sha1 = false;
	ck_assert(!accepts(&conf, &m));
	expect_why(ERR_TLS_VERIFY,
		"CN=localhost (depth 0) is signed with a hash that is not "
		"accepted (SHA-1)");
	again();
	conf.sha1 = true;
	conf.min_rsa = 4096;
	ck_assert(!accepts(&conf, &m));
	expect_why(ERR_TLS_VERIFY, "CN=localhost (depth 0) has an RSA key of "
				   "2048 bits, and 4096 is the least");
}
END_TEST

START_TEST(without_verification_everything_passes)
{
	struct tls_conf conf = base_conf();

	conf.verify = false;
	conf.ca = NULL;
	conf.now = YEAR_1980;
	conf.host = "wrong.example.com";
	ck_assert(accepts(&conf, &leaf));
}
END_TEST

/* --- what the server says ----------------------------------------------- */

START_TEST(a_client_certificate_is_sent_when_asked_for)
{
	struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {.leaf = &leaf, .client_ca = &root};
	const mbedtls_x509_crt *seen;

	conf.cert = &client.cert_file;
	conf.key = &client.key_file;
	run(&conf, &opts, 1);
	ck_assert_msg(user.connected == 1, "%s", user.why.text);
	seen = mbedtls_ssl_get_peer_cert(&server.ssl);
	ck_assert_ptr_nonnull(seen);
	ck_assert_uint_eq(mbedtls_ssl_get_verify_result(&server.ssl), 0);
	tls_server_free(&server);
}
END_TEST

START_TEST(a_refused_client_certificate_is_named)
{
	struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {
		.leaf = &leaf, .client_ca = &other_root};

	conf.cert = &client.cert_file;
	conf.key = &client.key_file;
	run(&conf, &opts, SIZE_MAX);
	expect_why(ERR_TLS_ALERT,
		"data.example.com sent alert 48 unknown_ca: it refuses our "
		"certificate RAM:client.pem: the server does not know the CA "
		"that signed it");
	tls_server_free(&server);
}
END_TEST

/* A fatal alert in the clear, as TLS 1.2 writes it. */
static void give_alert(uint8_t alert)
{
	const uint8_t record[] = {21, 3, 3, 0, 2, 2, alert};

	fake_stream_give(wire, record, sizeof(record));
	fake_clock_run(&fc);
}

START_TEST(an_alert_after_the_hello_says_what_it_means)
{
	static const uint16_t one[] = {0xc02f, 0};
	static const struct {
		uint8_t alert;
		bool sni, one_suite;
		const char *why;
	} rows[] = {
		{40, false, false,
			"sent alert 40 handshake_failure: it takes nothing of "
			"what we offer: TLS 1.0 to TLS 1.2; or it wants a "
			"server name, and sni is 0"},
		{40, true, true,
			"it takes nothing of what we offer: TLS 1.0 to TLS "
			"1.2, TLS-ECDHE-RSA-WITH-AES-128-GCM-SHA256"},
		{70, true, false,
			"70 protocol_version: it speaks no version that we "
			"offer: TLS 1.0 to TLS 1.2"},
		{112, false, false,
			"112 unrecognized_name: it wants a server name, and "
			"sni is 0"},
		{112, true, false, "it does not serve the name we sent"},
		{80, true, false,
			"data.example.com sent alert 80 "
			"internal_error"},
		{200, true, false, "sent alert 200 unknown alert"},
	};
	struct tls_conf conf = base_conf();

	conf.sni = rows[_i].sni;
	conf.suites = rows[_i].one_suite ? one : NULL;
	open_tls(&conf);
	give_alert(rows[_i].alert);
	expect_why(ERR_TLS_ALERT, rows[_i].why);
}
END_TEST

START_TEST(every_alert_with_a_meaning_has_a_name)
{
	struct tls_alert_view view = {
		.cert_asked = true, .cert = "RAM:c.pem", .offers = "TLS 1.2"};
	char text[240];

	for (int alert = 0; alert < 256; alert++)
		for (int bits = 0; bits < 32; bits++) {
			view.hello = bits & 1;
			view.cert_sent = bits & 2;
			view.sni = bits & 4;
			view.up = bits & 8;
			view.cert_asked = bits & 16;
			tls_alert_meaning(alert, &view, text, sizeof(text));
			if (text[0] != '\0')
				ck_assert_str_ne(
					tls_alert_name(alert), "unknown alert");
		}
	view = (struct tls_alert_view){.cert_asked = true};
	tls_alert_meaning(40, &view, text, sizeof(text));
	ck_assert_str_eq(text, "after our empty Certificate: it wants a client "
			       "certificate, which seclevel 2 sends");
}
END_TEST

START_TEST(a_waiting_alert_is_read_when_our_own_send_fails)
{
	const struct tls_conf conf = base_conf();

	/* Nothing is taken and nothing is pending: the peer has left. */
	wire->room = 0;
	open_tls(&conf);
	ck_assert_uint_eq(user.closed, 0);
	give_alert(48);
	expect_why(ERR_TLS_ALERT, "48 unknown_ca");
}
END_TEST

START_TEST(a_waiting_alert_goes_before_the_end_of_the_wire)
{
	const struct tls_conf conf = base_conf();
	const uint8_t record[] = {21, 3, 3, 0, 2, 2, 40};

	open_tls(&conf);
	ck_assert(buf_add(&wire->incoming, record, sizeof(record)));
	fake_stream_fail(wire, ERR_NET_CLOSED, "reset by peer");
	expect_why(ERR_TLS_ALERT, "40 handshake_failure");
}
END_TEST

START_TEST(an_end_during_the_handshake_says_where)
{
	const struct tls_conf conf = base_conf();
	struct why why;

	open_tls(&conf);
	fake_stream_end(wire, NULL);
	expect_why(ERR_TLS_HANDSHAKE,
		"closed the connection during the TLS handshake, waiting for "
		"ServerHello, and sent no alert; sni is 0");
	again();
	open_tls(&conf);
	fake_stream_fail(wire, ERR_NET_CLOSED, "reset by peer");
	expect_why(ERR_TLS_HANDSHAKE,
		"during the TLS handshake, waiting for ServerHello: reset by "
		"peer");
	/* Before it is connected the lower reason stands as it is. */
	again();
	user.stream = tls_new(&conf, &handler, &user, &why);
	tls_start(user.stream, &wire->stream);
	why_policy(&why, ERR_NET_DNS, "not mapped");
	fake_stream_end(wire, &why);
	expect_why(ERR_NET_DNS, "not mapped");
	ck_assert(user.why.policy);
}
END_TEST

START_TEST(a_server_that_speaks_no_tls_is_quoted)
{
	const struct tls_conf conf = base_conf();

	open_tls(&conf);
	fake_stream_give(wire, "HTTP/1.1 400 Bad Request\r\n\r\n", 28);
	expect_why(ERR_TLS_HANDSHAKE,
		"does not speak TLS on this port: its answer starts with "
		"\"HTTP/\"");
}
END_TEST

START_TEST(versions_that_do_not_meet_are_told)
{
	struct tls_conf conf = base_conf();
	const struct tls_server_opts opts = {
		.leaf = &leaf, .max_minor = MBEDTLS_SSL_MINOR_VERSION_1};
	/* ServerHello of TLS 1.0, cut short behind the version. */
	uint8_t hello[5 + 4 + 38] = {22, 3, 1, 0, 42, 2, 0, 0, 38, 3, 1};

	run(&conf, &opts, SIZE_MAX);
	ck_assert_str_eq(tls_version_text(user.stream), "TLSv1.0");
	tls_server_free(&server);
	again();
	conf.min = TLS_1_2;
	open_tls(&conf);
	fake_stream_give(wire, hello, sizeof(hello));
	expect_why(ERR_TLS_HANDSHAKE,
		"data.example.com chose TLSv1.0, and we offer TLS 1.2");
}
END_TEST

START_TEST(one_suite_is_offered_and_used)
{
	static const uint16_t one[] = {0xc023, 0};
	struct tls_conf conf = base_conf();
	struct tls_server_opts opts = {.leaf = &leaf};

	conf.suites = one;
	run(&conf, &opts, SIZE_MAX);
	ck_assert_str_eq(tls_suite_text(user.stream), tls_suite_name(0xc023));
	tls_server_free(&server);
	again();
	opts.suite = 0xc02b;
	run(&conf, &opts, SIZE_MAX);
	expect_why(ERR_TLS_ALERT, "TLS-ECDHE-ECDSA-WITH-AES-128-CBC-SHA256");
	tls_server_free(&server);
}
END_TEST

static char keylog_line[256];

static void on_keylog(void *arg, const char *line)
{
	ck_assert_ptr_eq(arg, &fc);
	ck_assert_str_eq(keylog_line, "");
	snprintf(keylog_line, sizeof(keylog_line), "%s", line);
}

START_TEST(a_key_log_line_has_the_form_of_nss)
{
	struct tls_conf conf = base_conf();

	keylog_line[0] = '\0';
	conf.keylog = on_keylog;
	conf.keylog_arg = &fc;
	ck_assert(accepts(&conf, &leaf));
	ck_assert_uint_eq(strlen(keylog_line), 14 + 64 + 1 + 96);
	ck_assert_int_eq(strncmp(keylog_line, "CLIENT_RANDOM ", 14), 0);
	ck_assert_uint_eq(strspn(keylog_line + 14, "0123456789abcdef"), 64);
	ck_assert_uint_eq(strspn(keylog_line + 79, "0123456789abcdef"), 96);
}
END_TEST

static Suite *tls_suite(void)
{
	Suite *s = suite_create("tls");
	TCase *judge = tcase_create("verdicts"),
	      *server_side = tcase_create("server");
	TCase *all[] = {judge, server_side};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		tcase_add_unchecked_fixture(all[i], once_setup, once_teardown);
		tcase_add_checked_fixture(all[i], setup, teardown);
		tcase_set_timeout(all[i], 60);
		suite_add_tcase(s, all[i]);
	}
	tcase_add_loop_test(judge,
		the_modems_clock_judges_dates_and_the_hosts_does_not, 0, 6);
	tcase_add_loop_test(judge,
		of_a_root_and_its_renewal_the_modems_clock_chooses, 0, 2);
	tcase_add_loop_test(
		judge, the_name_is_judged_with_and_without_sni, 0, 10);
	tcase_add_test(judge, a_root_that_is_not_there_is_named);
	tcase_add_test(judge, an_intermediate_is_followed_to_the_root);
	tcase_add_test(
		judge, weak_hashes_and_short_keys_are_refused_when_told_so);
	tcase_add_test(judge, without_verification_everything_passes);
	tcase_add_test(
		server_side, a_client_certificate_is_sent_when_asked_for);
	tcase_add_test(server_side, a_refused_client_certificate_is_named);
	tcase_add_loop_test(
		server_side, an_alert_after_the_hello_says_what_it_means, 0, 7);
	tcase_add_test(server_side, every_alert_with_a_meaning_has_a_name);
	tcase_add_test(
		server_side, a_waiting_alert_is_read_when_our_own_send_fails);
	tcase_add_test(
		server_side, a_waiting_alert_goes_before_the_end_of_the_wire);
	tcase_add_test(server_side, an_end_during_the_handshake_says_where);
	tcase_add_test(server_side, a_server_that_speaks_no_tls_is_quoted);
	tcase_add_test(server_side, versions_that_do_not_meet_are_told);
	tcase_add_test(server_side, one_suite_is_offered_and_used);
	tcase_add_test(server_side, a_key_log_line_has_the_form_of_nss);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(tls_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
