#include "net/net.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

/*
 * Local ports of the door: it listens and serves, and connects to itself.
 */

/* A test that waits longer has failed. */
#define DEADLINE_S 10

struct end {
	struct stream *stream;
	unsigned int connected, readable, closed;
	struct why why;
};

static struct event_base *base;
static struct net *net;
static struct stream *service;
static struct end client, peer;
static unsigned int accepted, datagrams, policy_calls;
static bool turn_away;

static void on_connected(void *arg)
{
	((struct end *)arg)->connected++;
}

static void on_readable(void *arg)
{
	((struct end *)arg)->readable++;
}

static void on_drained(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *why)
{
	struct end *end = arg;

	end->closed++;
	if (why != NULL)
		end->why = *why;
}

static const struct stream_handler handler = {
	on_connected, on_readable, on_drained, on_closed};

static void on_datagram(void *arg)
{
	ck_assert_ptr_eq(arg, &client);
	datagrams++;
}

static const struct stream_handler service_handler = {
	.readable = on_datagram,
};

static void on_accepted(void *arg, struct stream *stream)
{
	ck_assert_ptr_eq(arg, &client);
	accepted++;
	if (turn_away) {
		stream_close(stream);
		return;
	}
	stream->handler = &handler;
	stream->arg = &peer;
	peer.stream = stream;
}

static void on_policy(void *arg, const char *text)
{
	(void)arg;
	(void)text;
	policy_calls++;
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Turn the loop until *counter reaches `want`. */
static void wait_for(const unsigned int *counter, unsigned int want)
{
	const struct timeval tv = {.tv_sec = DEADLINE_S};
	bool late = false;
	struct event *ev = evtimer_new(base, on_deadline, &late);

	evtimer_add(ev, &tv);
	while (*counter < want && !late)
		event_base_loop(base, EVLOOP_ONCE);
	event_free(ev);
	ck_assert_msg(!late, "waited for %u, got %u", want, *counter);
}

static void setup(void)
{
	struct net_ev_opts opts = {.on_policy = on_policy};
	struct why why;

	base = event_base_new();
	opts.base = base;
	net = net_ev_new(&opts, &why);
	ck_assert_ptr_nonnull(net);
	service = NULL;
	client = peer = (struct end){0};
	accepted = datagrams = policy_calls = 0;
	turn_away = false;
}

static void teardown(void)
{
	struct stream *all[] = {client.stream, peer.stream, service};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] != NULL)
			stream_close(all[i]);
	net_free(net);
	event_base_free(base);
}

/* Open a listener, or a UDP service; returns its port. */
static uint16_t serve(bool udp)
{
	const struct net_service what = {
		.accepted = udp ? NULL : on_accepted,
		.handler = udp ? &service_handler : NULL,
	};
	struct stream_addr addr;
	struct why why;

	service = net_serve(net, &what, &client, &why);
	ck_assert_msg(service != NULL, "%s", why.text);
	stream_addr(service, &addr);
	/* Nothing but this machine can reach it. */
	ck_assert_str_eq(addr.ip, "127.0.0.1");
	ck_assert_uint_ne(addr.local_port, 0);
	return addr.local_port;
}

static void connect_client(enum net_proto proto, uint16_t port)
{
	struct why why;

	client.stream = net_open(
		net, proto, "127.0.0.1", port, &handler, &client, &why);
	ck_assert_ptr_nonnull(client.stream);
	wait_for(&client.connected, 1);
}

static void write_text(struct stream *s, const char *text)
{
	struct why why;

	ck_assert_msg(
		stream_write(s, text, strlen(text), &why) == 0, "%s", why.text);
}

START_TEST(an_accepted_peer_talks_both_ways)
{
	struct stream_addr mine, theirs;
	char text[8] = "";

	connect_client(NET_TCP, serve(false));
	wait_for(&accepted, 1);
	stream_addr(client.stream, &mine);
	stream_addr(peer.stream, &theirs);
	ck_assert_str_eq(theirs.ip, "127.0.0.1");
	ck_assert_uint_eq(theirs.remote_port, mine.local_port);
	ck_assert_uint_eq(theirs.local_port, mine.remote_port);
	write_text(client.stream, "ping");
	wait_for(&peer.readable, 1);
	ck_assert_int_eq(stream_read(peer.stream, text, 7), 4);
	ck_assert_str_eq(text, "ping");
	write_text(peer.stream, "pong");
	wait_for(&client.readable, 1);
	ck_assert_int_eq(stream_read(client.stream, text, 7), 4);
	ck_assert_str_eq(text, "pong");
	stream_shutdown(peer.stream);
	wait_for(&client.closed, 1);
}
END_TEST

START_TEST(a_peer_that_is_turned_away_sees_the_end)
{
	turn_away = true;
	connect_client(NET_TCP, serve(false));
	wait_for(&client.closed, 1);
	ck_assert_uint_eq(accepted, 1);
}
END_TEST

START_TEST(peers_that_nobody_took_go_with_the_listener)
{
	uint16_t port = serve(false);

	client.stream = NULL;
	for (int i = 0; i < 3; i++) {
		struct end one = {0};
		struct why why;

		one.stream = net_open(
			net, NET_TCP, "127.0.0.1", port, &handler, &one, &why);
		stream_close(one.stream);
	}
	stream_close(service);
	service = NULL;
	event_base_loop(base, EVLOOP_NONBLOCK);
	ck_assert_uint_eq(accepted, 0);
}
END_TEST

START_TEST(a_port_that_is_taken_is_told)
{
	struct net_service again = {
		.port = serve(false), .accepted = on_accepted};
	struct why why;

	ck_assert_ptr_null(net_serve(net, &again, &client, &why));
	ck_assert_int_eq(why.err, ERR_NET_BIND);
	client.stream = net_open_from(net, NET_TCP, "127.0.0.1", again.port,
		again.port, &handler, &client, &why);
	ck_assert_ptr_nonnull(client.stream);
	wait_for(&client.closed, 1);
	ck_assert_int_eq(client.why.err, ERR_NET_BIND);
}
END_TEST

START_TEST(datagrams_come_one_by_one_with_their_sender)
{
	struct stream_addr mine, from;
	char text[16] = "";
	struct why why;

	connect_client(NET_UDP, serve(true));
	stream_addr(client.stream, &mine);
	write_text(client.stream, "one");
	write_text(client.stream, "three");
	wait_for(&datagrams, 1);
	ck_assert_int_eq(stream_recv_from(service, text, 15, &from), 3);
	ck_assert_str_eq(from.ip, "127.0.0.1");
	ck_assert_uint_eq(from.remote_port, mine.local_port);
	ck_assert_int_eq(stream_recv_from(service, text, 15, &from), 5);
	ck_assert_str_eq(text, "three");
	ck_assert_int_eq(stream_recv_from(service, text, 15, &from), 0);
	ck_assert_int_eq(stream_send_to(service, "back", 4, &from, &why), 0);
	wait_for(&client.readable, 1);
	ck_assert_int_eq(stream_read(client.stream, text, 15), 4);
}
END_TEST

/* Read nothing: the loop must not spin, nor memory grow. */
START_TEST(a_flood_of_datagrams_waits_outside)
{
	struct stream_addr from;
	char data[1000] = {0};
	unsigned int got = 0;
	struct why why;

	connect_client(NET_UDP, serve(true));
	for (int i = 0; i < 5000; i++) {
		ck_assert_int_eq(
			stream_write(client.stream, data, sizeof(data), &why),
			0);
		event_base_loop(base, EVLOOP_NONBLOCK);
	}
	ck_assert_uint_eq(datagrams, 1);
	while (stream_recv_from(service, data, sizeof(data), &from) > 0)
		got++;
	/* What the kernel could not keep is lost, as UDP is. */
	ck_assert_uint_gt(got, 0);
	ck_assert_uint_lt(got, 5000);
	write_text(client.stream, "again");
	wait_for(&datagrams, 2);
}
END_TEST

START_TEST(a_service_sends_nowhere_that_policy_forbids)
{
	struct stream_addr to = {.ip = "192.0.2.1", .remote_port = 9};
	struct why why;

	serve(true);
	ck_assert_int_eq(
		stream_send_to(service, "x", 1, &to, &why), ERR_NET_CONNECT);
	ck_assert(why.policy);
	ck_assert_uint_eq(policy_calls, 1);
	snprintf(to.ip, sizeof(to.ip), "host.example");
	ck_assert_int_eq(
		stream_send_to(service, "x", 1, &to, &why), ERR_NET_DNS);
	ck_assert_int_eq(stream_write(service, "x", 1, &why), ERR_NET_WRITE);
	ck_assert_int_eq(stream_read(service, &to, 1), 0);
}
END_TEST

START_TEST(a_name_can_be_looked_up_alone)
{
	struct stream_addr addr;
	struct why why;

	ck_assert_int_eq(
		net_ev_map(net, "host.example:443=127.0.0.9", &why), 0);
	client.stream = net_open(
		net, NET_LOOKUP, "host.example", 0, &handler, &client, &why);
	wait_for(&client.connected, 1);
	stream_addr(client.stream, &addr);
	ck_assert_str_eq(addr.ip, "127.0.0.9");
	stream_close(client.stream);
	client.stream = net_open(
		net, NET_LOOKUP, "other.example", 0, &handler, &client, &why);
	wait_for(&client.closed, 1);
	ck_assert_int_eq(client.why.err, ERR_NET_DNS);
	ck_assert_ptr_nonnull(
		strstr(client.why.text, "--map other.example=127.0.0.1,"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("net_service");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("all");
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, an_accepted_peer_talks_both_ways);
	tcase_add_test(tc, a_peer_that_is_turned_away_sees_the_end);
	tcase_add_test(tc, peers_that_nobody_took_go_with_the_listener);
	tcase_add_test(tc, a_port_that_is_taken_is_told);
	tcase_add_test(tc, datagrams_come_one_by_one_with_their_sender);
	tcase_add_test(tc, a_flood_of_datagrams_waits_outside);
	tcase_add_test(tc, a_service_sends_nowhere_that_policy_forbids);
	tcase_add_test(tc, a_name_can_be_looked_up_alone);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
