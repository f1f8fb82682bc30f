/*
 * The newer keys of QSSLCFG [SSL §2.3] against OpenSSL's s_server: what it
 * prints proves what was resumed, chosen or negotiated anew.
 */
#include <check.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/net.h"
#include "net/tls.h"
#include "tests/unit/support/ssl_rig.h"

/* The last line that s_server prints about a connection. */
#define ABOUT_END "Secure Renegotiation IS"

static struct ssl_rig r;
static struct ssl_files made;
static unsigned int handshakes;

static void once_setup(void)
{
	ssl_files_make(&made);
}

static void once_teardown(void)
{
	ssl_files_free(&made);
}

static void on_keys(void *arg, const char *line)
{
	ck_assert_ptr_eq(arg, &r);
	ck_assert_ptr_nonnull(line);
	handshakes++;
}

static void setup(void)
{
	ssl_rig_init(&r, &made);
	handshakes = 0;
	sslctx_keylog(r.ssl, on_keys, &r);
}

static void teardown(void)
{
	ssl_rig_free(&r);
}

static void start(const char *const *options)
{
	const struct s_server_opts opts = {
		.cert = made.leaf.cert_pem,
		.key = made.leaf.key_pem,
		.plain = true,
		.options = options,
	};

	ssl_rig_start(&r, &opts);
}

/* --- session_cache -------------------------------------------------------- */

static bool is_closed(struct ssl_rig *rig)
{
	return rig->closed;
}

/* Closed in order, as QSSLCLOSE does: else OpenSSL forgets the session. */
static bool resumes(void)
{
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	stream_shutdown(r.stream);
	ssl_rig_wait(&r, is_closed);
	return s_server_said(&r.peer, "Reused session-id", ABOUT_END);
}

/* With tickets, and with session ids that the server remembers. */
static const char *const cache_options[][3] = {
	{"-tls1_2", NULL}, {"-tls1_2", "-no_ticket", NULL}};

START_TEST(a_session_is_resumed_when_the_key_says_so)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	start(cache_options[_i]);
	/* Off, as at first. */
	ck_assert(!resumes());
	ck_assert(!resumes());
	c->session_cache = true;
	ck_assert(!resumes());
	ck_assert(resumes());
	ck_assert(resumes());
	/* Other values: their certificate was not judged yet. */
	c->seclevel = 0;
	ck_assert(!resumes());
	ck_assert(resumes());
	/* Off forgets. */
	c->session_cache = false;
	ck_assert(!resumes());
	c->session_cache = true;
	ck_assert(!resumes());
	ck_assert(resumes());
	/* So does a reset. */
	sslctx_reset(r.ssl);
	ssl_rig_values(&r, 0)->session_cache = true;
	ck_assert(!resumes());
	ck_assert(resumes());
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_session_the_server_has_forgotten_is_made_anew)
{
	static const char *const options[] = {
		"-tls1_2", "-no_ticket", "-no_cache", NULL};

	ssl_rig_values(&r, 1)->session_cache = true;
	start(options);
	ck_assert(!resumes());
	ck_assert(!resumes());
	s_server_stop(&r.peer);
}
END_TEST

/* --- alpn ----------------------------------------------------------------- */

static const char *const alpn_options[] = {
	"-tls1_2", "-alpn", "x-amzn-mqtt-ca,h2", NULL};

START_TEST(a_protocol_is_asked_for_by_name)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	start(alpn_options);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_str_eq(r.alpn, "");
	snprintf(c->alpn, sizeof(c->alpn), "x-amzn-mqtt-ca");
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_str_eq(r.alpn, "x-amzn-mqtt-ca");
	snprintf(c->alpn, sizeof(c->alpn), "mqtt");
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_ALERT,
		"alert 120 no_application_protocol: it does not have alpn "
		"\"mqtt\"");
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_server_without_protocols_takes_none)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	snprintf(c->alpn, sizeof(c->alpn), "mqtt");
	start(cache_options[0]);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_str_eq(r.alpn, "");
	s_server_stop(&r.peer);
}
END_TEST

/* --- renegotiation -------------------------------------------------------- */

static bool has_shaken_twice(struct ssl_rig *rig)
{
	return rig->closed || handshakes == 2;
}

static bool is_drained(struct ssl_rig *rig)
{
	return rig->closed || rig->drained;
}

START_TEST(a_renegotiation_is_followed_when_the_key_says_so)
{
	struct why why;

	ssl_rig_values(&r, 1)->renegotiation = true;
	start(cache_options[0]);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_uint_eq(handshakes, 1);
	s_server_said(&r.peer, "", ABOUT_END);
	s_server_type(&r.peer, "r");
	ssl_rig_wait(&r, has_shaken_twice);
	ck_assert(!r.closed);
	/* Data pass on the new keys, both ways. */
	ck_assert_int_eq(stream_write(r.stream, "to you\n", 7, &why), 0);
	ssl_rig_wait(&r, is_drained);
	s_server_said(&r.peer, "", "to you");
	s_server_type(&r.peer, "to me");
	ssl_rig_wait_line(&r);
	ck_assert_str_eq(r.data, "to me\n");
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_renegotiation_is_refused_at_first)
{
	ssl_rig_values(&r, 1);
	start(cache_options[0]);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	s_server_said(&r.peer, "", ABOUT_END);
	s_server_type(&r.peer, "r");
	/* OpenSSL does not live with the refusal. */
	ssl_rig_wait(&r, is_closed);
	ck_assert_uint_eq(handshakes, 1);
	s_server_stop(&r.peer);
}
END_TEST

/* --- dtls ----------------------------------------------------------------- */

struct dtls_row {
	int version;
	const char *text;
	const char *options[6];
};

/* With and without the exchange of a cookie (-listen). */
static const struct dtls_row dtls_rows[] = {
	{1, "DTLSv1.2", {"-dtls1_2", NULL}},
	{1, "DTLSv1.2", {"-dtls1_2", "-listen", NULL}},
	{0, "DTLSv1.0",
		{"-dtls1", "-listen", "-cipher", "ALL:@SECLEVEL=0", NULL}},
};

START_TEST(dtls_carries_data)
{
	const struct dtls_row *row = &dtls_rows[_i];
	struct sslctx_conf *c = ssl_rig_values(&r, 1);
	struct why why;

	c->dtls = true;
	c->dtls_version = row->version;
	start(row->options);
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_str_eq(r.version, row->text);
	ck_assert_int_eq(stream_write(r.stream, "to you\n", 7, &why), 0);
	s_server_said(&r.peer, "", "to you");
	s_server_type(&r.peer, "to me");
	ssl_rig_wait_line(&r);
	ck_assert_str_eq(r.data, "to me\n");
	/* It answers our close_notify. */
	stream_shutdown(r.stream);
	ssl_rig_wait(&r, is_closed);
	ck_assert_msg(!r.has_why, "%s", r.why.text);
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(a_dtls_version_the_server_does_not_speak_is_told)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 1);

	c->dtls = true;
	c->dtls_version = 0;
	start(dtls_rows[0].options);
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_ALERT,
		"alert 70 protocol_version: it speaks no version that we "
		"offer: DTLS 1.0");
	s_server_stop(&r.peer);
}
END_TEST

/* A ClientHello of DTLS, the only thing that comes. */
static void expect_hello(int fd)
{
	uint8_t data[2048];
	ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	ck_assert_int_gt(n, 14);
	ck_assert_uint_eq(data[0], 22);
	ck_assert_uint_eq(data[1], 254);
	ck_assert_uint_eq(data[13], 1);
	ck_assert_int_lt(recv(fd, data, sizeof(data), MSG_DONTWAIT), 0);
}

START_TEST(a_lost_flight_is_sent_again_and_given_up)
{
	struct sockaddr_in sin = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char rule[100];
	struct why why;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&sin, &len), 0);
	snprintf(rule, sizeof(rule), SSL_HOST "=127.0.0.1:%u",
		ntohs(sin.sin_port));
	ck_assert_int_eq(net_ev_map(r.net, rule, &why), 0);
	ssl_rig_values(&r, 0)->dtls = true;
	ssl_rig_begin(&r);
	event_base_loop(r.base, EVLOOP_ONCE);
	event_base_loop(r.base, EVLOOP_NONBLOCK);
	expect_hello(fd);
	/* RFC 6347 §4.2.4.1: after one second, and twice the time before. */
	for (unsigned int ms = 1000; ms <= 32000; ms *= 2) {
		fake_clock_advance(&r.fc, ms - 1);
		ck_assert_int_lt(recv(fd, rule, sizeof(rule), MSG_DONTWAIT), 0);
		fake_clock_advance(&r.fc, 1);
		expect_hello(fd);
	}
	fake_clock_advance(&r.fc, 120000);
	ssl_rig_expect(&r, ERR_NET_TIMEOUT,
		"does not answer the DTLS handshake: waiting for ServerHello");
	close(fd);
}
END_TEST

/* --- psk ------------------------------------------------------------------ */

static const char *const psk_options[][8] = {
	{"-tls1_2", "-psk", "00ff10", "-cipher", "PSK", NULL},
	{"-tls1_2", "-psk", "00ff10", "-cipher", "PSK-AES128-CCM8", NULL},
	{"-dtls1_2", "-psk", "00ff10", "-cipher", "PSK", NULL},
};

START_TEST(a_shared_key_takes_the_place_of_certificates)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 0);

	c->dtls = _i == 2;
	c->dtls_version = 1;
	start(psk_options[_i]);
	/* Without a key nothing with PSK is offered. */
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_ALERT, "alert 40 handshake_failure");
	snprintf(c->psk_identity, sizeof(c->psk_identity), "Client_identity");
	memcpy(c->psk, "\0\xff\x10", 3);
	c->psk_len = 3;
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	ck_assert_msg(
		strncmp(r.suite, "TLS-PSK-WITH-", 13) == 0, "%s", r.suite);
	s_server_stop(&r.peer);
}
END_TEST

START_TEST(another_shared_key_is_refused)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 0);

	start(psk_options[0]);
	snprintf(c->psk_identity, sizeof(c->psk_identity), "Client_identity");
	memcpy(c->psk, "\0\xff\x11", 3);
	c->psk_len = 3;
	ck_assert(!ssl_rig_open(&r));
	ssl_rig_expect(&r, ERR_TLS_ALERT, "alert 20 bad_record_mac");
	s_server_stop(&r.peer);
}
END_TEST

/* --- encrypted keys ------------------------------------------------------- */

/* How a key is encrypted: RFC 1421 headers, or PKCS#8 by PBES2 or PBES1. */
struct encryption {
	const EVP_CIPHER *(*headers)(void);
	const EVP_CIPHER *(*pbes2)(void);
	int pbes1;
};

/* The client's key with the pass phrase "secret", as OpenSSL writes it. */
static void encrypt_key(const struct encryption *e)
{
	static const char phrase[] = "secret";
	BIO *in = BIO_new_mem_buf(made.client.key_pem, -1);
	BIO *out = BIO_new(BIO_s_mem());
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	char pem[4096];
	int ok, n;

	ck_assert_ptr_nonnull(key);
	if (e->headers != NULL)
		ok = PEM_write_bio_PrivateKey_traditional(out, key,
			e->headers(), (const unsigned char *)phrase,
			sizeof(phrase) - 1, NULL, NULL);
	else if (e->pbes2 != NULL)
		ok = PEM_write_bio_PKCS8PrivateKey(out, key, e->pbes2(), phrase,
			sizeof(phrase) - 1, NULL, NULL);
	else
		ok = PEM_write_bio_PKCS8PrivateKey_nid(out, key, e->pbes1,
			phrase, sizeof(phrase) - 1, NULL, NULL);
	ck_assert_int_eq(ok, 1);
	n = BIO_read(out, pem, sizeof(pem) - 1);
	ck_assert_int_gt(n, 0);
	pem[n] = '\0';
	EVP_PKEY_free(key);
	BIO_free(in);
	BIO_free(out);
	ck_assert_ptr_nonnull(strstr(pem, "ENCRYPTED"));
	ssl_files_put(r.files, "RAM:key.pem", pem);
}

static void refused(const char *part)
{
	static const struct stream_handler none;
	struct why why;

	ck_assert_ptr_null(
		sslctx_open(r.ssl, 2, SSL_HOST, 8443, &none, NULL, &why));
	ck_assert_msg(strstr(why.text, part) != NULL, "%s", why.text);
	ck_assert_str_eq(err_name(why.err), err_name(ERR_TLS_FILE));
}

static const struct encryption encryptions[] = {
	{.headers = EVP_aes_128_cbc},
	{.headers = EVP_des_ede3_cbc},
	{.pbes2 = EVP_des_ede3_cbc},
	{.pbes1 = NID_pbe_WithSHA1And3_Key_TripleDES_CBC},
};

START_TEST(an_encrypted_key_needs_its_pass_phrase)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 2);

	encrypt_key(&encryptions[_i]);
	refused("RAM:key.pem: the private key is encrypted, and clientkey has "
		"no pass phrase");
	snprintf(c->key_password, sizeof(c->key_password), "Secret");
	refused("RAM:key.pem: the pass phrase is not that of the private key");
	snprintf(c->key_password, sizeof(c->key_password), "secret");
	ssl_rig_start(&r, &(struct s_server_opts){.cert = made.leaf.cert_pem,
				  .key = made.leaf.key_pem,
				  .client_ca = made.root.cert_pem});
	ck_assert_msg(ssl_rig_open(&r), "%s", r.why.text);
	s_server_stop(&r.peer);
}
END_TEST

/* As one wrong pass phrase in 256 does: it decrypts, but not to a key. */
START_TEST(what_decrypts_to_no_key_is_told)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 2);
	PKCS8_PRIV_KEY_INFO *none = PKCS8_PRIV_KEY_INFO_new();
	BIO *out = BIO_new(BIO_s_mem());
	X509_SIG *sealed;
	char pem[4096];
	int n;

	ck_assert_int_eq(PKCS8_pkey_set0(none, OBJ_nid2obj(NID_sha256), 0,
				 V_ASN1_NULL, NULL, OPENSSL_zalloc(16), 16),
		1);
	sealed = PKCS8_encrypt(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NULL,
		"secret", -1, NULL, 0, 0, none);
	ck_assert_ptr_nonnull(sealed);
	ck_assert_int_eq(PEM_write_bio_PKCS8(out, sealed), 1);
	n = BIO_read(out, pem, sizeof(pem) - 1);
	ck_assert_int_gt(n, 0);
	pem[n] = '\0';
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(none);
	BIO_free(out);
	ssl_files_put(r.files, "RAM:key.pem", pem);
	snprintf(c->key_password, sizeof(c->key_password), "secret");
	refused("RAM:key.pem: the pass phrase is not that of the private key, "
		"or the key is damaged: ");
}
END_TEST

START_TEST(a_cipher_the_library_lacks_is_told)
{
	struct sslctx_conf *c = ssl_rig_values(&r, 2);

	encrypt_key(&(struct encryption){.pbes2 = EVP_aes_256_cbc});
	snprintf(c->key_password, sizeof(c->key_password), "secret");
	refused("RAM:key.pem: the private key is encrypted in a way that the "
		"TLS library of this emulator does not have");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("ssl_keys");
	TCase *t = tcase_create("openssl");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(t, once_setup, once_teardown);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, a_session_is_resumed_when_the_key_says_so, 0, 2);
	tcase_add_test(t, a_session_the_server_has_forgotten_is_made_anew);
	tcase_add_test(t, a_protocol_is_asked_for_by_name);
	tcase_add_test(t, a_server_without_protocols_takes_none);
	tcase_add_test(t, a_renegotiation_is_followed_when_the_key_says_so);
	tcase_add_test(t, a_renegotiation_is_refused_at_first);
	tcase_add_loop_test(t, dtls_carries_data, 0, 3);
	tcase_add_test(t, a_dtls_version_the_server_does_not_speak_is_told);
	tcase_add_test(t, a_lost_flight_is_sent_again_and_given_up);
	tcase_add_loop_test(
		t, a_shared_key_takes_the_place_of_certificates, 0, 3);
	tcase_add_test(t, another_shared_key_is_refused);
	tcase_add_loop_test(t, an_encrypted_key_needs_its_pass_phrase, 0, 4);
	tcase_add_test(t, what_decrypts_to_no_key_is_told);
	tcase_add_test(t, a_cipher_the_library_lacks_is_told);
	suite_add_tcase(s, t);
	runner = srunner_create(s);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
