/*
 * SSL contexts over the real door against an unmodified server of another TLS
 * library: OpenSSL's s_server, over loopback sockets.
 */
#include "svc/sslctx.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <mbedtls/certs.h>

#include "base/profile.h"
#include "net/net.h"
#include "net/tls.h"
#include "svc/filestore.h"
#include "svc/rtc.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/s_server.h"
#include "tests/unit/support/tls_server.h"

#define HOST	   "data.example.com"
#define DEADLINE_S 20

static struct event_base *base;
static struct fake_clock fc;
static struct profile profile;
static struct net *net;
static struct filestore *files;
static struct rtc rtc;
static struct sslctx *ssl;
static struct s_server peer;
static struct mint root, leaf, wrong, client, stranger, stranger_root;

static struct {
	struct stream *stream;
	char data[256];
	size_t len;
	bool connected, closed, has_why;
	struct why why;
	char suite[80], version[16];
} user;

static void on_connected(void *arg)
{
	(void)arg;
	user.connected = true;
	snprintf(user.suite, sizeof(user.suite), "%s",
		tls_suite_text(user.stream));
	snprintf(user.version, sizeof(user.version), "%s",
		tls_version_text(user.stream));
}

static void on_readable(void *arg)
{
	(void)arg;
	user.len += (size_t)stream_read(user.stream, user.data + user.len,
		sizeof(user.data) - 1 - user.len);
	user.data[user.len] = '\0';
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *why)
{
	(void)arg;
	user.closed = true;
	user.has_why = why != NULL;
	if (why != NULL)
		user.why = *why;
}

static const struct stream_handler handler = {
	on_connected, on_readable, on_drained, on_closed};

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

static bool is_up_or_closed(void)
{
	return user.connected || user.closed;
}

static bool has_line(void)
{
	return user.closed || memchr(user.data, '\n', user.len) != NULL;
}

static void wait_until(bool (*done)(void))
{
	const struct timeval tv = {.tv_sec = DEADLINE_S};
	bool late = false;
	struct event *ev = evtimer_new(base, on_deadline, &late);

	evtimer_add(ev, &tv);
	while (!done() && !late) {
		event_base_loop(base, EVLOOP_ONCE);
		fake_clock_run(&fc);
	}
	event_free(ev);
	ck_assert_msg(!late, "nothing happened");
}

static void put(const char *name, const char *text)
{
	struct why why;

	ck_assert_msg(
		filestore_write(files, name, text, strlen(text), &why) == 0,
		"%s", why.text);
}

static void once_setup(void)
{
	struct mint_spec spec = {.what = "root",
		.name = "CN=Example Root",
		.from = "20150101000000",
		.to = "20491231235959",
		.ca = true};

	mint_make(&root, &spec);
	spec.name = "CN=Strange Root";
	mint_make(&stranger_root, &spec);
	spec.ca = false;
	spec.name = "CN=device-1";
	spec.issuer = &root;
	mint_make(&client, &spec);
	spec.issuer = &stranger_root;
	mint_make(&stranger, &spec);
	spec.issuer = &root;
	spec.name = "CN=leaf";
	spec.dns = HOST;
	mint_make(&leaf, &spec);
	spec.dns = "other.example.com";
	mint_make(&wrong, &spec);
}

static void once_teardown(void)
{
	struct mint *const all[] = {
		&root, &leaf, &wrong, &client, &stranger, &stranger_root};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		mint_free(all[i]);
}

static void setup(void)
{
	struct net_ev_opts opts = {0};
	struct why why;

	base = event_base_new();
	opts.base = base;
	fake_clock_init(&fc, false);
	rtc_init(&rtc, &fc.clock);
	rtc_set(&rtc, INT64_C(1577836800), 0); /* 2020 */
	profile_init(&profile);
	net = net_ev_new(&opts, &why);
	files = filestore_new(&profile, NULL, &why);
	ck_assert_ptr_nonnull(files);
	ssl = sslctx_new(&profile, net, files, &rtc);
	put("RAM:ca.pem", root.cert_pem);
	put("RAM:cert.pem", client.cert_pem);
	put("RAM:key.pem", client.key_pem);
	put("RAM:strange.pem", stranger.cert_pem);
	put("RAM:strange-key.pem", stranger.key_pem);
	memset(&user, 0, sizeof(user));
}

static void drop(void)
{
	if (user.stream != NULL)
		stream_close(user.stream);
	memset(&user, 0, sizeof(user));
}

static void teardown(void)
{
	drop();
	sslctx_free(ssl);
	filestore_free(files);
	net_free(net);
	event_base_free(base);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
}

static void start(const struct s_server_opts *opts)
{
	char rule[100];
	struct why why;

	s_server_start(&peer, opts);
	snprintf(rule, sizeof(rule), HOST "=127.0.0.1:%u", peer.port);
	ck_assert_int_eq(net_ev_map(net, rule, &why), 0);
}

static struct sslctx_conf *values(int seclevel)
{
	struct sslctx_conf *c = sslctx_conf(ssl, 2);

	c->seclevel = seclevel;
	snprintf(c->ca, sizeof(c->ca), "RAM:ca.pem");
	snprintf(c->cert, sizeof(c->cert), "RAM:cert.pem");
	snprintf(c->key, sizeof(c->key), "RAM:key.pem");
	return c;
}

static bool open_ok(void)
{
	struct why why;

	drop();
	user.stream = sslctx_open(ssl, 2, HOST, 8443, &handler, &user, &why);
	ck_assert_msg(user.stream != NULL, "%s", why.text);
	wait_until(is_up_or_closed);
	return user.connected;
}

static void expect(enum err err, const char *part)
{
	ck_assert(user.closed && user.has_why);
	ck_assert_msg(strstr(user.why.text, part) != NULL, "%s", user.why.text);
	ck_assert_str_eq(err_name(user.why.err), err_name(err));
}

START_TEST(mutual_tls_carries_data)
{
	struct why why;

	start(&(struct s_server_opts){.cert = leaf.cert_pem,
		.key = leaf.key_pem,
		.client_ca = root.cert_pem});
	values(2)->sni = true;
	ck_assert_msg(open_ok(), "%s", user.why.text);
	ck_assert_str_eq(user.version, "TLSv1.2");
	ck_assert_int_eq(stream_write(user.stream, "hello\n", 6, &why), 0);
	wait_until(has_line);
	ck_assert_str_eq(user.data, "olleh\n");
	s_server_stop(&peer);
}
END_TEST

START_TEST(a_refusal_of_the_client_is_never_lost)
{
	/* The server refuses, closes, and our send may fail first. */
	enum { TIMES = 25 };
	struct sslctx_conf *c;

	start(&(struct s_server_opts){.cert = leaf.cert_pem,
		.key = leaf.key_pem,
		.client_ca = root.cert_pem});
	for (int i = 0; i < TIMES; i++) {
		values(1);
		ck_assert(!open_ok());
		expect(ERR_TLS_ALERT, "alert 40 handshake_failure: after our "
				      "empty Certificate: it wants a client "
				      "certificate, which seclevel 2 sends");
		c = values(2);
		snprintf(c->cert, sizeof(c->cert), "RAM:strange.pem");
		snprintf(c->key, sizeof(c->key), "RAM:strange-key.pem");
		ck_assert(!open_ok());
		expect(ERR_TLS_ALERT, "alert 48 unknown_ca: it refuses our "
				      "certificate RAM:strange.pem");
	}
	s_server_stop(&peer);
}
END_TEST

START_TEST(a_name_decides_which_certificate_comes)
{
	struct sslctx_conf *c = values(1);

	start(&(struct s_server_opts){.cert = wrong.cert_pem,
		.key = wrong.key_pem,
		.sni_name = HOST,
		.sni_cert = leaf.cert_pem,
		.sni_key = leaf.key_pem});
	ck_assert(!c->sni);
	ck_assert(!open_ok());
	expect(ERR_TLS_VERIFY,
		"is not for data.example.com but for other.example.com");
	/* [SSL §11]: the same with sni 1 opens. */
	c->sni = true;
	ck_assert_msg(open_ok(), "%s", user.why.text);
	s_server_stop(&peer);
}
END_TEST

START_TEST(the_clock_of_the_modem_counts_when_it_is_asked)
{
	struct sslctx_conf *c = values(1);

	start(&(struct s_server_opts){
		.cert = leaf.cert_pem, .key = leaf.key_pem});
	rtc_reset(&rtc);
	ck_assert_msg(open_ok(), "%s", user.why.text);
	c->ignore_local_time = false;
	ck_assert(!open_ok());
	expect(ERR_TLS_VERIFY, "the modem's clock says 1980-01-06 00:00:00");
	rtc_set(&rtc, INT64_C(1577836800), 0);
	ck_assert_msg(open_ok(), "%s", user.why.text);
	s_server_stop(&peer);
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
	struct sslctx_conf *c = values(0);

	for (int rsa = 0; rsa < 2; rsa++) {
		struct s_server_opts opts = {.cert = leaf.cert_pem,
			.key = leaf.key_pem,
			.options = weak};

		if (rsa) {
			opts.cert = mbedtls_test_srv_crt_rsa_sha256_pem;
			opts.key = mbedtls_test_srv_key_rsa_pem;
		}
		teardown();
		setup();
		c = values(0);
		start(&opts);
		for (size_t i = 0; i < sizeof(suite_rows) / sizeof(*suite_rows);
			i++) {
			const struct suite_row *r = &suite_rows[i];

			c->suite = r->code;
			ck_assert_msg(open_ok() == (r->rsa == (rsa == 1)),
				"0x%04x: %s", r->code, user.why.text);
			if (user.connected)
				ck_assert_str_eq(
					user.suite, tls_suite_name(r->code));
			else
				expect(ERR_TLS_ALERT, tls_suite_name(r->code));
		}
		s_server_stop(&peer);
	}
}
END_TEST

START_TEST(each_version_is_agreed_on_when_it_alone_is_offered)
{
	static const char *const texts[] = {
		"", "TLSv1.0", "TLSv1.1", "TLSv1.2"};
	struct sslctx_conf *c = values(1);

	start(&(struct s_server_opts){
		.cert = leaf.cert_pem, .key = leaf.key_pem, .options = weak});
	for (int v = 1; v <= 3; v++) {
		c->version = v;
		ck_assert_msg(open_ok(), "%s", user.why.text);
		ck_assert_str_eq(user.version, texts[v]);
	}
	c->version = 4;
	ck_assert(open_ok());
	ck_assert_str_eq(user.version, "TLSv1.2");
	s_server_stop(&peer);
}
END_TEST

START_TEST(a_version_the_server_does_not_speak_is_told)
{
	static const char *const only_12[] = {"-tls1_2", NULL};

	start(&(struct s_server_opts){.cert = leaf.cert_pem,
		.key = leaf.key_pem,
		.options = only_12});
	values(1)->version = 1;
	ck_assert(!open_ok());
	expect(ERR_TLS_ALERT,
		"alert 70 protocol_version: it speaks no version that we "
		"offer: TLS 1.0");
	s_server_stop(&peer);
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
