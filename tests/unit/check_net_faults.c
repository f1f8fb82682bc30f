#include "base/fault.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "io/loop.h"
#include "net/net.h"
#include "net/tls.h"
#include "tests/unit/support/fake_stream.h"

/* The faults of the network door, on real sockets of the loopback. */

enum { DEADLINE_MS = 10000 };

static struct loop *loop;
static struct net *net;
static struct fault_set faults;
static struct stream *stream;
static struct timer deadline;
static struct why why;
static int listener, peer;
static uint16_t port;
static unsigned int connected, closed;
static bool has_why, late;
static char got[64];
static size_t got_len;

static void on_connected(void *arg)
{
	(void)arg;
	connected++;
}

static void on_readable(void *arg)
{
	(void)arg;
	got_len += (size_t)stream_read(
		stream, got + got_len, sizeof(got) - 1 - got_len);
	got[got_len] = '\0';
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *w)
{
	(void)arg;
	closed++;
	has_why = w != NULL;
	if (w != NULL)
		why = *w;
}

static void on_deadline(void *arg)
{
	(void)arg;
	late = true;
}

static void setup(void)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(sin);
	struct net_ev_opts opts = {.faults = &faults};
	char rule[64];

	loop = loop_new(false, 1, &why);
	ck_assert_ptr_nonnull(loop);
	fault_init(&faults, 1);
	opts.base = loop_base(loop);
	opts.clock = loop_clock(loop);
	net = net_ev_new(&opts, &why);
	ck_assert_ptr_nonnull(net);
	listener = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&sin, len), 0);
	ck_assert_int_eq(listen(listener, 4), 0);
	ck_assert_int_eq(
		getsockname(listener, (struct sockaddr *)&sin, &len), 0);
	port = ntohs(sin.sin_port);
	snprintf(rule, sizeof(rule), "a.example=127.0.0.1:%u", port);
	ck_assert_int_eq(net_ev_map(net, rule, &why), 0);
	timer_init(&deadline, on_deadline, NULL);
	connected = closed = 0;
	has_why = late = false;
	got_len = 0;
	got[0] = '\0';
	peer = -1;
}

static void teardown(void)
{
	if (stream != NULL)
		stream_close(stream);
	stream = NULL;
	timer_del(loop_clock(loop), &deadline);
	/* What libevent owes to a cancelled request. */
	event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
	net_free(net);
	loop_free(loop);
	close(listener);
	if (peer >= 0)
		close(peer);
}

static void arm(const char *spec)
{
	ck_assert_msg(fault_arm(&faults, spec, &why) == 0, "%s", why.text);
}

static void open_to(const char *host)
{
	static const struct stream_handler handler = {
		on_connected, on_readable, on_drained, on_closed};

	stream = net_open(net, NET_TCP, host, port, &handler, NULL, &why);
	ck_assert_ptr_nonnull(stream);
}

static void wait_for(const unsigned int *counter)
{
	timer_set(loop_clock(loop), &deadline, TIMER_WINDOW, DEADLINE_MS);
	while (*counter == 0 && !late)
		event_base_loop(loop_base(loop), EVLOOP_ONCE);
	ck_assert(!late);
}

static void wait_bytes(size_t n)
{
	timer_set(loop_clock(loop), &deadline, TIMER_WINDOW, DEADLINE_MS);
	while (got_len < n && !late)
		event_base_loop(loop_base(loop), EVLOOP_ONCE);
	ck_assert(!late);
}

static void turn(unsigned int times)
{
	while (times-- > 0)
		event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
}

/* Connected, and `text` on its way from the peer. */
static void connect_and_say(const char *text)
{
	open_to("127.0.0.1");
	wait_for(&connected);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_eq(write(peer, text, strlen(text)), (int)strlen(text));
}

static void assert_closed_by(const char *fault, enum err err)
{
	ck_assert_uint_eq(closed, 1);
	ck_assert(has_why);
	ck_assert_msg(strstr(why.text, fault) != NULL, "%s", why.text);
	ck_assert_int_eq(why.err, err);
}

START_TEST(a_refused_connection_never_leaves)
{
	arm("tcp.refuse");
	open_to("127.0.0.1");
	ck_assert_uint_eq(closed, 0);
	wait_for(&closed);
	assert_closed_by("fault tcp.refuse", ERR_NET_CONNECT);
	ck_assert_uint_eq(connected, 0);
	stream_close(stream);
	open_to("127.0.0.1");
	wait_for(&connected);
}
END_TEST

START_TEST(a_name_is_unknown_but_an_address_is_not)
{
	arm("dns.nx");
	open_to("127.0.0.1");
	wait_for(&connected);
	stream_close(stream);
	open_to("a.example");
	wait_for(&closed);
	assert_closed_by("fault dns.nx: a.example", ERR_NET_DNS);
}
END_TEST

START_TEST(a_slow_name_is_found_in_the_end)
{
	uint64_t start = clock_now_ms(loop_clock(loop));

	arm("dns.slow:ms=60");
	open_to("a.example");
	wait_for(&connected);
	ck_assert_uint_ge(clock_now_ms(loop_clock(loop)) - start, 60);
}
END_TEST

START_TEST(a_slow_name_that_policy_refuses_is_refused_later)
{
	uint64_t start = clock_now_ms(loop_clock(loop));

	arm("dns.slow:ms=60");
	open_to("b.example");
	wait_for(&closed);
	assert_closed_by("b.example is not mapped", ERR_NET_DNS);
	ck_assert_uint_ge(clock_now_ms(loop_clock(loop)) - start, 60);
}
END_TEST

START_TEST(a_slow_name_may_be_given_up)
{
	arm("dns.slow:ms=60000");
	open_to("a.example");
	turn(3);
	stream_close(stream);
	stream = NULL;
	turn(3);
	ck_assert_uint_eq(connected + closed, 0);
}
END_TEST

START_TEST(a_reset_lets_the_bytes_before_it_through)
{
	char byte;

	arm("tcp.reset:after=4");
	connect_and_say("0123456789");
	wait_for(&closed);
	ck_assert_str_eq(got, "0123");
	assert_closed_by("fault tcp.reset", ERR_NET_CLOSED);
	ck_assert_int_eq(
		stream_write(stream, "x", 1, &why), (int)ERR_NET_WRITE);
	ck_assert_ptr_nonnull(strstr(why.text, "fault tcp.reset"));
	stream_close(stream);
	stream = NULL;
	/* The peer sees it too. */
	ck_assert_int_lt(read(peer, &byte, 1), 0);
	ck_assert_int_eq(errno, ECONNRESET);
}
END_TEST

START_TEST(a_reset_may_come_before_the_first_byte)
{
	arm("tcp.reset");
	connect_and_say("0123456789");
	wait_for(&closed);
	ck_assert_str_eq(got, "");
	assert_closed_by("fault tcp.reset", ERR_NET_CLOSED);
}
END_TEST

START_TEST(a_stalled_connection_hears_neither_bytes_nor_the_end)
{
	arm("tcp.stall:after=4");
	connect_and_say("0123456789");
	wait_bytes(4);
	ck_assert_int_eq(write(peer, "more", 4), 4);
	close(peer);
	peer = -1;
	turn(10);
	ck_assert_str_eq(got, "0123");
	ck_assert_uint_eq(closed, 0);
	ck_assert_int_eq(stream_write(stream, "x", 1, &why), 0);
}
END_TEST

START_TEST(a_handshake_ends_as_by_an_alert)
{
	static const struct stream_handler handler = {
		on_connected, on_readable, on_drained, on_closed};
	const struct tls_conf conf = {
		.clock = loop_clock(loop),
		.faults = &faults,
		.min = TLS_1_2,
		.max = TLS_1_2,
		.host = "a.example",
	};
	struct fake_stream *wire = fake_stream_new();
	struct stream *tls = tls_new(&conf, &handler, NULL, &why);

	arm("tls.alert");
	ck_assert_msg(tls != NULL, "%s", why.text);
	tls_start(tls, &wire->stream);
	fake_stream_connect(wire);
	assert_closed_by("fault tls.alert", ERR_TLS_ALERT);
	ck_assert_uint_eq(connected, 0);
	/* Nothing was sent that a server could have answered. */
	ck_assert_uint_eq(buf_len(&wire->sent), 0);
	stream_close(tls);
	fake_stream_free(wire);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("net_faults");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_refused_connection_never_leaves);
	tcase_add_test(tc, a_name_is_unknown_but_an_address_is_not);
	tcase_add_test(tc, a_slow_name_is_found_in_the_end);
	tcase_add_test(tc, a_slow_name_that_policy_refuses_is_refused_later);
	tcase_add_test(tc, a_slow_name_may_be_given_up);
	tcase_add_test(tc, a_reset_lets_the_bytes_before_it_through);
	tcase_add_test(tc, a_reset_may_come_before_the_first_byte);
	tcase_add_test(
		tc, a_stalled_connection_hears_neither_bytes_nor_the_end);
	tcase_add_test(tc, a_handshake_ends_as_by_an_alert);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
