#include "svc/sslctx.h"

#include <check.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/profile.h"
#include "net/tls.h"
#include "svc/filestore.h"
#include "svc/rtc.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"
#include "tests/unit/support/tls_server.h"

#define HOST "data.example.com"

static struct fake_clock fc;
static struct fake_net net;
static struct profile profile;
static struct filestore *files;
static struct rtc rtc;
static struct sslctx *ssl;
static struct mint root, leaf, client;
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
	struct mint_spec spec = {.what = "root",
		.name = "CN=Example Root",
		.from = "20150101000000",
		.to = "20491231235959",
		.ca = true};

	mint_make(&root, &spec);
	spec.ca = false;
	spec.issuer = &root;
	spec.name = "CN=device-1";
	mint_make(&client, &spec);
	spec.name = "CN=leaf";
	spec.dns = HOST;
	mint_make(&leaf, &spec);
	spec = (struct mint_spec){.what = "fake",
		.name = "CN=Example Root",
		.from = "20150101000000",
		.to = "20491231235959",
		.ca = true};
	mint_make(&fake, &spec);
	spec.issuer = &fake;
	spec.name = "CN=Between";
	mint_make(&between, &spec);
	spec.issuer = &between;
	spec.ca = false;
	spec.name = "CN=far leaf";
	spec.dns = HOST;
	mint_make(&far_leaf, &spec);
}

static void once_teardown(void)
{
	mint_free(&root);
	mint_free(&leaf);
	mint_free(&client);
	mint_free(&fake);
	mint_free(&between);
	mint_free(&far_leaf);
}

static void put(const char *name, const char *text)
{
	ck_assert_msg(
		filestore_write(files, name, text, strlen(text), &why) == 0,
		"%s", why.text);
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
	put("RAM:ca.pem", root.cert_pem);
	put("RAM:cert.pem", client.cert_pem);
	put("RAM:key.pem", client.key_pem);
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
	struct sslctx_conf *c = sslctx_conf(ssl, id);

	c->seclevel = seclevel;
	snprintf(c->ca, sizeof(c->ca), "RAM:ca.pem");
	snprintf(c->cert, sizeof(c->cert), "RAM:cert.pem");
	snprintf(c->key, sizeof(c->key), "RAM:key.pem");
	return c;
}

/* Refused before anything is sent, with a reason that holds `part`. */
static void refused(int id, enum err err, const char *part)
{
	char head[40];

	ck_assert_ptr_null(
		sslctx_open(ssl, id, HOST, 8443, &handler, &fc, &why));
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

	s = sslctx_open(ssl, id, HOST, 8443, &handler, &fc, &why);
	ck_assert_msg(s != NULL, "%s", why.text);
	ck_assert_str_eq(net.streams->host, HOST);
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
	const struct tls_server_opts opts = {.leaf = &leaf, .client_ca = ask};

	return handshake_with(id, &opts);
}

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

START_TEST(each_level_reads_what_it_needs)
{
	values(0, 0);
	ck_assert(handshake(0, NULL));
	values(1, 1);
	ck_assert(handshake(1, NULL));
	values(2, 2);
	ck_assert(handshake(2, &root));
	/* Level 1 has no certificate to show. */
	ck_assert(!handshake(1, &root));
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
		root.cert_pem, client.cert_pem, client.key_pem};
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
		root.cert_pem);
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
	put("RAM:key.pem", leaf.key_pem);
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
	put("RAM:key.pem", client.key_pem);
	ck_assert(handshake(0, NULL));
	/* It is not shown to the server for all that. */
	ck_assert(!handshake(0, &root));
	sslctx_conf(ssl, 0)->ca[0] = '\0';
	ck_assert(handshake(0, NULL));
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
	s = sslctx_open(ssl, 2, HOST, 8443, &handler, &fc, &why);
	ck_assert_msg(s != NULL, "%s", why.text);
	fake_clock_advance(&fc, 60000);
	fake_stream_connect(net.streams);
	fake_clock_advance(&fc, 9999);
	ck_assert_uint_eq(closed, 0);
	fake_clock_advance(&fc, 1);
	ck_assert_uint_eq(closed, 1);
	ck_assert_str_eq(closed_why.text,
		"the TLS handshake with " HOST " did not end within 10 s "
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
		sslctx_open(ssl, id, HOST, 8443, &handler, &fc, &why);

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
	put("RAM:more.pem", root.cert_pem);
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
	put("RAM:fake.pem", client.cert_pem);
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
		s = sslctx_open(ssl, id, HOST, 8443, &handler, &fc, &why);
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
