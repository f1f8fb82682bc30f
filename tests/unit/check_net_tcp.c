#include "net/net.h"

#include <errno.h>
#include <netinet/tcp.h>

#include "tests/unit/support/net_checks.h"

/* TCP through the door. */

/* --- TCP ---------------------------------------------------------------- */

START_TEST(a_refused_connection_says_so)
{
	close(listener);
	listener = -1;
	map("data.example.com=127.0.0.1", port);
	open_to(NET_TCP, "data.example.com", 8443);
	wait_for(&user.closed, 1);
	ck_assert_int_eq(user.why.err, ERR_NET_CONNECT);
	ck_assert(!user.why.policy);
	ck_assert_ptr_nonnull(
		strstr(user.why.text, "data.example.com:8443 (127.0.0.1:"));
	ck_assert_ptr_nonnull(strstr(user.why.text, "connection refused"));
	ck_assert_uint_eq(user.connected, 0);
}
END_TEST

START_TEST(bytes_pass_both_ways)
{
	struct why why;
	char data[16];

	connect_user("127.0.0.1", port);
	ck_assert_int_eq(user_write("ping", 4, &why), 0);
	ck_assert_uint_eq(user.drained, 0);
	wait_for(&user.drained, 1);
	ck_assert_uint_eq(stream_pending(user.stream), 0);
	ck_assert_int_eq(read(peer, data, sizeof(data)), 4);
	ck_assert_int_eq(write(peer, "pong\0x", 6), 6);
	wait_for(&user.readable, 1);
	ck_assert_uint_eq(buf_len(&user.data), 6);
	ck_assert_mem_eq(buf_data(&user.data), "pong\0x", 6);
}
END_TEST

START_TEST(nothing_is_written_before_it_is_connected)
{
	struct why why;

	open_to(NET_TCP, "127.0.0.1", port);
	ck_assert_int_eq(user_write("x", 1, &why), ERR_NET_WRITE);
	wait_for(&user.connected, 1);
	ck_assert_int_eq(user_write("x", 1, &why), 0);
}
END_TEST

START_TEST(a_slow_reader_stops_the_sender_and_loses_nothing)
{
	enum { TOTAL = 12u << 20 };
	static uint8_t chunk[65536];
	size_t sent = 0, stalled = 0, wrong = 0;
	ssize_t n;

	connect_user("127.0.0.1", port);
	user.deaf = true;
	evutil_make_socket_nonblocking(peer);
	while (sent < TOTAL && stalled < 50) {
		for (size_t i = 0; i < sizeof(chunk); i++)
			chunk[i] = (uint8_t)((sent + i) / 251);
		n = write(peer, chunk, sizeof(chunk));
		sent += n > 0 ? (size_t)n : 0;
		stalled = n > 0 ? 0 : stalled + 1;
		turn(1);
	}
	/* The kernel's buffers are full long before the end. */
	ck_assert_uint_lt(sent, TOTAL);
	user.deaf = false;
	read_all();
	while (buf_len(&user.data) < sent) {
		wait_for(&user.readable, user.readable + 1);
		read_all();
	}
	for (size_t i = 0; i < sent; i++)
		wrong += buf_data(&user.data)[i] != (uint8_t)(i / 251);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

START_TEST(a_full_send_buffer_takes_nothing)
{
	static uint8_t chunk[32768], sink[65536];
	size_t accepted = 0, got = 0;
	struct why why;
	ssize_t n;

	connect_user("127.0.0.1", port);
	while (user_write(chunk, sizeof(chunk), &why) == 0) {
		accepted += sizeof(chunk);
		ck_assert_uint_lt(accepted, 64u << 20);
	}
	ck_assert_int_eq(why.err, ERR_NET_WRITE);
	ck_assert_ptr_nonnull(strstr(why.text, "takes no more"));
	ck_assert_uint_gt(stream_pending(user.stream), 65536 - sizeof(chunk));
	ck_assert_uint_eq(user.drained, 0);
	evutil_make_socket_nonblocking(peer);
	while (got < accepted) {
		n = read(peer, sink, sizeof(sink));
		got += n > 0 ? (size_t)n : 0;
		turn(1);
	}
	wait_for(&user.drained, 1);
	ck_assert_int_eq(user_write("x", 1, &why), 0);
}
END_TEST

START_TEST(an_orderly_end_has_no_reason_and_leaves_the_data)
{
	struct why why;

	connect_user("127.0.0.1", port);
	user.deaf = true;
	ck_assert_int_eq(write(peer, "last", 4), 4);
	peer_close();
	wait_for(&user.closed, 1);
	ck_assert(!user.has_why);
	ck_assert_uint_eq(user.readable, 1);
	ck_assert_int_eq(user_write("x", 1, &why), ERR_NET_WRITE);
	read_all();
	ck_assert_mem_eq(buf_data(&user.data), "last", 4);
	turn(3);
	ck_assert_uint_eq(user.closed, 1);
}
END_TEST

static void write_late(evutil_socket_t fd, short what, void *arg)
{
	struct why why;

	(void)fd, (void)what, (void)arg;
	ck_assert_int_eq(user_write("late", 4, &why), 0);
}

/* In one turn the host sends and the peer's end is read. */
START_TEST(a_half_closed_peer_gets_what_was_written_before_its_end)
{
	struct event *ev = event_new(base, -1, 0, write_late, NULL);
	char got[8];

	connect_user("127.0.0.1", port);
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	event_active(ev, EV_TIMEOUT, 0);
	wait_for(&user.closed, 1);
	turn(3);
	ck_assert_uint_eq(user.closed, 1);
	ck_assert(!user.has_why);
	evutil_make_socket_nonblocking(peer);
	ck_assert_int_eq(read(peer, got, sizeof(got)), 4);
	ck_assert_mem_eq(got, "late", 4);
	event_free(ev);
}
END_TEST

/* And so much that the kernel does not take it at once. */
START_TEST(a_half_closed_peer_gets_all_of_it)
{
	static uint8_t chunk[65536], sink[65536];
	size_t accepted = 0, got = 0;
	const int small = 4096;
	struct why why;

	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	connect_user("127.0.0.1", port);
	/* The kernel may make more room. */
	do {
		while (user_write(chunk, sizeof(chunk), &why) == 0)
			accepted += sizeof(chunk);
		turn(2);
	} while (stream_pending(user.stream) == 0);
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	wait_for(&user.closed, 1);
	evutil_make_socket_nonblocking(peer);
	while (got < accepted) {
		ssize_t n = read(peer, sink, sizeof(sink));

		ck_assert(n > 0 || (n < 0 && errno == EAGAIN));
		got += n > 0 ? (size_t)n : 0;
		turn(1);
	}
	ck_assert_uint_eq(user.closed, 1);
}
END_TEST

START_TEST(a_reset_has_a_reason)
{
	connect_user("127.0.0.1", port);
	peer_reset();
	wait_for(&user.closed, 1);
	ck_assert(user.has_why);
	ck_assert_int_eq(user.why.err, ERR_NET_CLOSED);
	ck_assert_ptr_nonnull(strstr(user.why.text, "reset"));
}
END_TEST

START_TEST(what_waits_is_read_though_a_write_failed)
{
	static const uint8_t much[32768]; /* too much to wait for a turn */
	struct why why;

	connect_user("127.0.0.1", port);
	ck_assert_int_eq(write(peer, "alert", 5), 5);
	peer_close();
	/* The first write makes the peer answer RST, the next one fails. */
	ck_assert_int_eq(user_write(much, sizeof(much), &why), 0);
	ck_assert_int_eq(user_write(much, sizeof(much), &why), 0);
	wait_for(&user.closed, 1);
	ck_assert_uint_eq(buf_len(&user.data), 5);
	ck_assert_mem_eq(buf_data(&user.data), "alert", 5);
	ck_assert(user.has_why);
	ck_assert_int_eq(user.why.err, ERR_NET_CLOSED);
}
END_TEST

START_TEST(what_one_turn_writes_leaves_together_at_its_end)
{
	struct why why;
	char got[8];

	connect_user("127.0.0.1", port);
	evutil_make_socket_nonblocking(peer);
	ck_assert_int_eq(user_write("one", 3, &why), 0);
	ck_assert_int_eq(user_write("two", 3, &why), 0);
	ck_assert_uint_eq(stream_pending(user.stream), 6);
	ck_assert_int_eq(read(peer, got, sizeof(got)), -1);
	wait_for(&user.drained, 1);
	ck_assert_int_eq(read(peer, got, sizeof(got)), 6);
	ck_assert_mem_eq(got, "onetwo", 6);
}
END_TEST

START_TEST(what_waits_for_the_turn_is_sent_before_the_close)
{
	struct why why;
	char got[8];

	connect_user("127.0.0.1", port);
	ck_assert_int_eq(user_write("last", 4, &why), 0);
	stream_close(user.stream);
	user.stream = NULL;
	ck_assert_int_eq(read(peer, got, sizeof(got)), 4);
	ck_assert_int_eq(read(peer, got, sizeof(got)), 0);
}
END_TEST

START_TEST(shutdown_sends_what_is_queued_then_fin)
{
	static uint8_t chunk[65536], sink[65536];
	size_t accepted = 0, got = 0;
	struct why why;
	ssize_t n;

	connect_user("127.0.0.1", port);
	while (user_write(chunk, sizeof(chunk), &why) == 0)
		accepted += sizeof(chunk);
	stream_shutdown(user.stream);
	ck_assert_int_eq(user_write("x", 1, &why), ERR_NET_WRITE);
	evutil_make_socket_nonblocking(peer);
	do {
		turn(1);
		n = read(peer, sink, sizeof(sink));
		got += n > 0 ? (size_t)n : 0;
		ck_assert(n >= 0 || errno == EAGAIN);
	} while (n != 0);
	ck_assert_uint_eq(got, accepted);
	/* The other direction is still open. */
	ck_assert_int_eq(write(peer, "z", 1), 1);
	wait_for(&user.readable, 1);
}
END_TEST

/* --- limits ----------------------------------------------------------------
 */

/* Our end of the connection to the peer. */
static int user_fd(void)
{
	struct sockaddr_in sa;

	for (int fd = 3; fd < 256; fd++) {
		socklen_t len = sizeof(sa);

		if (getpeername(fd, (struct sockaddr *)&sa, &len) == 0 &&
			sa.sin_family == AF_INET && ntohs(sa.sin_port) == port)
			return fd;
	}
	ck_abort_msg("no socket of ours leads to the peer");
	return -1;
}

static unsigned int tcp_option(int name)
{
	unsigned int value = 0;
	socklen_t len = sizeof(value);

	ck_assert_int_eq(
		getsockopt(user_fd(), IPPROTO_TCP, name, &value, &len), 0);
	return value;
}

START_TEST(a_peer_that_acknowledges_nothing_is_given_up)
{
	const struct net_limits limits = {.unacked_ms = 50};
	static uint8_t chunk[32768];
	struct why why;

	net_limit(net, &limits);
	connect_user("127.0.0.1", port);
	ck_assert_uint_eq(tcp_option(TCP_USER_TIMEOUT), 50);
	while (user_write(chunk, sizeof(chunk), &why) == 0)
		;
	wait_for(&user.closed, 1);
	ck_assert(user.has_why);
	ck_assert_int_eq(user.why.err, ERR_NET_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(user.why.text, "acknowledged nothing"));
}
END_TEST

/* The kernel's part, which takes minutes, is only asked for here. */
START_TEST(keepalive_is_the_systems)
{
	const struct net_limits limits = {.unacked_ms = 2000,
		.keepalive = true,
		.idle_s = 120,
		.interval_s = 25,
		.count = 3};
	int on = 0;
	socklen_t len = sizeof(on);

	net_limit(net, &limits);
	connect_user("127.0.0.1", port);
	ck_assert_int_eq(
		getsockopt(user_fd(), SOL_SOCKET, SO_KEEPALIVE, &on, &len), 0);
	ck_assert_int_eq(on, 1);
	ck_assert_uint_eq(tcp_option(TCP_KEEPIDLE), 120);
	ck_assert_uint_eq(tcp_option(TCP_KEEPINTVL), 25);
	ck_assert_uint_eq(tcp_option(TCP_KEEPCNT), 3);
	ck_assert_uint_eq(tcp_option(TCP_USER_TIMEOUT), 0);
}
END_TEST

START_TEST(what_the_peer_has_not_read_in_time_stays_unacknowledged)
{
	static uint8_t chunk[32768], sink[65536];
	size_t sent = 0;
	struct why why;

	connect_user("127.0.0.1", port);
	while (user_write(chunk, sizeof(chunk), &why) == 0)
		sent += sizeof(chunk);
	/* Beside our buffer the kernel's is full. */
	ck_assert_uint_gt(
		stream_unacked(user.stream), stream_pending(user.stream));
	evutil_make_socket_nonblocking(peer);
	for (size_t got = 0; got < sent;) {
		ssize_t n = read(peer, sink, sizeof(sink));

		got += n > 0 ? (size_t)n : 0;
		turn(1);
	}
	wait_for(&user.drained, 1);
	/* The last acknowledgement may take its time. */
	while (stream_unacked(user.stream) > 0)
		turn(1);
}
END_TEST

START_TEST(any_handler_may_close_the_stream)
{
	struct why why;

	user.close_on = (enum when)_i;
	open_to(NET_TCP, "127.0.0.1", port);
	wait_for(&user.connected, 1);
	peer = accept(listener, NULL, NULL);
	if (user.stream != NULL) {
		ck_assert_int_eq(user_write("x", 1, &why), 0);
		wait_for(&user.drained, 1);
	}
	if (user.stream != NULL) {
		ck_assert_int_eq(write(peer, "x", 1), 1);
		wait_for(&user.readable, 1);
	}
	if (user.stream != NULL) {
		peer_close();
		wait_for(&user.closed, 1);
	}
	ck_assert_ptr_null(user.stream);
	turn(3);
}
END_TEST

START_TEST(a_stream_closed_at_once_tells_nothing)
{
	open_to(NET_TCP, _i == 0 ? "127.0.0.1" : "no.example.com", port);
	user_close();
	turn(5);
	ck_assert_uint_eq(user.connected + user.closed, 0);
}
END_TEST

static Suite *net_tcp_suite(void)
{
	Suite *s = suite_create("net_tcp");
	TCase *tcp = tcase_create("tcp");

	tcase_add_checked_fixture(tcp, setup, teardown);
	tcase_set_timeout(tcp, 60);
	suite_add_tcase(s, tcp);
	tcase_add_test(tcp, a_refused_connection_says_so);
	tcase_add_test(tcp, bytes_pass_both_ways);
	tcase_add_test(tcp, nothing_is_written_before_it_is_connected);
	tcase_add_test(tcp, a_slow_reader_stops_the_sender_and_loses_nothing);
	tcase_add_test(tcp, a_full_send_buffer_takes_nothing);
	tcase_add_test(tcp, an_orderly_end_has_no_reason_and_leaves_the_data);
	tcase_add_test(
		tcp, a_half_closed_peer_gets_what_was_written_before_its_end);
	tcase_add_test(tcp, a_half_closed_peer_gets_all_of_it);
	tcase_add_test(tcp, a_reset_has_a_reason);
	tcase_add_loop_test(
		tcp, what_waits_is_read_though_a_write_failed, 0, 5);
	tcase_add_test(tcp, what_one_turn_writes_leaves_together_at_its_end);
	tcase_add_test(tcp, what_waits_for_the_turn_is_sent_before_the_close);
	tcase_add_test(tcp, shutdown_sends_what_is_queued_then_fin);
	tcase_add_test(tcp, a_peer_that_acknowledges_nothing_is_given_up);
	tcase_add_test(tcp, keepalive_is_the_systems);
	tcase_add_test(
		tcp, what_the_peer_has_not_read_in_time_stays_unacknowledged);
	tcase_add_loop_test(tcp, any_handler_may_close_the_stream,
		CLOSE_CONNECTED, CLOSE_CLOSED + 1);
	tcase_add_loop_test(tcp, a_stream_closed_at_once_tells_nothing, 0, 2);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(net_tcp_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
