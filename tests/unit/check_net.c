#include "net/net.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/buf.h"

/* A test that waits longer has failed. */
#define DEADLINE_S 10

enum when {
	CLOSE_NEVER,
	CLOSE_CONNECTED,
	CLOSE_READABLE,
	CLOSE_DRAINED,
	CLOSE_CLOSED,
};

struct user {
	struct stream *stream;
	struct buf data;
	unsigned int connected, readable, drained, closed;
	bool inside, deaf, has_why;
	struct why why;
	enum when close_on;
};

static struct event_base *base;
static struct net *net;
static struct user user;
static int listener = -1, peer = -1;
static uint16_t port;
static unsigned int policy_calls;
static char policy_text[400];

/* --- the user ----------------------------------------------------------- */

static void user_close(void)
{
	stream_close(user.stream);
	user.stream = NULL;
}

static void close_when(enum when when)
{
	if (user.close_on == when)
		user_close();
}

static void on_connected(void *arg)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	user.connected++;
	close_when(CLOSE_CONNECTED);
}

static void read_all(void)
{
	uint8_t data[999];
	ssize_t n;

	do {
		user.inside = true;
		n = stream_read(user.stream, data, sizeof(data));
		user.inside = false;
		ck_assert_int_ge(n, 0);
		ck_assert(buf_add(&user.data, data, (size_t)n));
	} while (n > 0);
}

static void on_readable(void *arg)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	user.readable++;
	if (user.close_on == CLOSE_READABLE)
		user_close();
	else if (!user.deaf)
		read_all();
}

static void on_drained(void *arg)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	ck_assert_uint_eq(stream_pending(user.stream), 0);
	user.drained++;
	close_when(CLOSE_DRAINED);
}

static void on_closed(void *arg, const struct why *why)
{
	ck_assert_ptr_eq(arg, &user);
	ck_assert(!user.inside);
	user.closed++;
	user.has_why = why != NULL;
	if (why != NULL)
		user.why = *why;
	close_when(CLOSE_CLOSED);
}

static const struct stream_handler handler = {
	on_connected, on_readable, on_drained, on_closed};

static int user_write(const void *data, size_t len, struct why *why)
{
	int rc;

	user.inside = true;
	rc = stream_write(user.stream, data, len, why);
	user.inside = false;
	return rc;
}

static void open_to(enum net_proto proto, const char *host, uint16_t to)
{
	struct why why;

	user.inside = true;
	user.stream = net_open(net, proto, host, to, &handler, &user, &why);
	user.inside = false;
	ck_assert_msg(user.stream != NULL, "%s", why.text);
}

/* --- the loop ----------------------------------------------------------- */

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
	ck_assert_msg(!late, "waited for %u, got %u; %s", want, *counter,
		user.why.text);
}

/* What is due now and what follows from it. */
static void turn(unsigned int times)
{
	while (times-- > 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void on_policy(void *arg, const char *text)
{
	ck_assert_ptr_eq(arg, &port);
	policy_calls++;
	snprintf(policy_text, sizeof(policy_text), "%s", text);
}

/* --- the peer ----------------------------------------------------------- */

static int listen_on(int family, int type, uint16_t *out)
{
	struct sockaddr_in v4 = {
		.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr_in6 v6 = {
		.sin6_family = AF_INET6, .sin6_addr = in6addr_loopback};
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	int fd = socket(family, type, 0);
	int rc = family == AF_INET
			 ? bind(fd, (struct sockaddr *)&v4, sizeof(v4))
			 : bind(fd, (struct sockaddr *)&v6, sizeof(v6));

	if (rc < 0) {
		close(fd);
		return -1;
	}
	if (type == SOCK_STREAM)
		ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&ss, &len), 0);
	if (family == AF_INET) {
		memcpy(&v4, &ss, sizeof(v4));
		*out = ntohs(v4.sin_port);
	} else {
		memcpy(&v6, &ss, sizeof(v6));
		*out = ntohs(v6.sin6_port);
	}
	return fd;
}

/* A connection of the user, accepted. */
static void connect_user(const char *host, uint16_t to)
{
	open_to(NET_TCP, host, to);
	wait_for(&user.connected, 1);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
}

static void peer_close(void)
{
	close(peer);
	peer = -1;
}

/* RST in place of FIN. */
static void peer_reset(void)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_close();
}

/* --- fixtures ----------------------------------------------------------- */

static void make_door(bool any, const char *nameserver)
{
	const struct net_ev_opts opts = {
		.base = base,
		.any = any,
		.nameserver = nameserver,
		.on_policy = on_policy,
		.on_policy_arg = &port,
	};
	struct why why;

	net = net_ev_new(&opts, &why);
	ck_assert_ptr_nonnull(net);
}

static void map(const char *fmt, uint16_t to)
{
	char rule[200];
	struct why why;

	ck_assert_int_lt(snprintf(rule, sizeof(rule), "%s:%u", fmt, to), 200);
	ck_assert_msg(net_ev_map(net, rule, &why) == 0, "%s", why.text);
}

static void setup(void)
{
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	memset(&user, 0, sizeof(user));
	buf_init(&user.data, 16u << 20);
	policy_calls = 0;
	listener = listen_on(AF_INET, SOCK_STREAM, &port);
	ck_assert_int_ge(listener, 0);
	make_door(false, NULL);
}

static void teardown(void)
{
	if (user.stream != NULL)
		user_close();
	turn(3);
	net_free(net);
	turn(3);
	if (peer >= 0)
		peer_close();
	close(listener);
	ck_assert_int_eq(
		event_base_get_num_events(
			base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE),
		0);
	event_base_free(base);
	buf_free(&user.data);
}

/* --- map and policy ----------------------------------------------------- */

START_TEST(a_mapped_name_connects_to_its_target)
{
	struct stream_addr addr;

	map("data.example.com=127.0.0.1", port);
	connect_user("Data.Example.com", 8443);
	stream_addr(user.stream, &addr);
	ck_assert_str_eq(addr.ip, "127.0.0.1");
	ck_assert_uint_eq(addr.remote_port, port);
	ck_assert_uint_ne(addr.local_port, 0);
	ck_assert_uint_eq(policy_calls, 0);
}
END_TEST

START_TEST(the_first_rule_that_matches_wins)
{
	struct why why;

	/* A rule for another port, then one that keeps the port. */
	map("data.example.com:1=127.0.0.1", 1);
	ck_assert_int_eq(
		net_ev_map(net, "data.example.com=127.0.0.1", &why), 0);
	map("data.example.com=127.0.0.1", 1);
	connect_user("data.example.com", port);
}
END_TEST

START_TEST(an_address_is_mapped_like_a_name)
{
	map("198.51.100.7:443=127.0.0.1", port);
	connect_user("198.51.100.7", 443);
}
END_TEST

START_TEST(an_unmapped_name_fails_as_unknown_and_says_how_to_map_it)
{
	open_to(NET_TCP, "data.example.com", 8443);
	ck_assert_uint_eq(user.closed, 0);
	wait_for(&user.closed, 1);
	ck_assert_int_eq(user.why.err, ERR_NET_DNS);
	ck_assert(user.why.policy);
	ck_assert_ptr_nonnull(strstr(
		user.why.text, "--map data.example.com:8443=127.0.0.1:PORT"));
	ck_assert_str_eq(policy_text, user.why.text);
	/* Told once; the reason comes each time. */
	user_close();
	open_to(NET_TCP, "other.example.com", 1);
	wait_for(&user.closed, 2);
	ck_assert_ptr_nonnull(strstr(user.why.text, "other.example.com"));
	ck_assert_uint_eq(policy_calls, 1);
}
END_TEST

START_TEST(a_far_address_fails_as_out_of_reach)
{
	static const char *const far[] = {
		"198.51.100.7", "0.0.0.0", "128.0.0.1", "2001:db8::1", "::"};

	open_to(NET_TCP, far[_i], 80);
	wait_for(&user.closed, 1);
	ck_assert_int_eq(user.why.err, ERR_NET_CONNECT);
	ck_assert(user.why.policy);
	ck_assert_uint_eq(policy_calls, 1);
}
END_TEST

START_TEST(all_of_127_and_the_loopback_of_ipv6_are_near)
{
	uint16_t port6;
	int fd = listen_on(AF_INET6, SOCK_STREAM, &port6);
	struct why why;
	char rule[100];

	/* 127.0.0.2 is a loopback address, where nothing listens. */
	open_to(NET_TCP, "127.0.0.2", port);
	wait_for(&user.closed, 1);
	ck_assert(!user.why.policy);
	ck_assert_int_eq(user.why.err, ERR_NET_CONNECT);
	user_close();
	if (fd < 0)
		return; /* a machine without IPv6 */
	snprintf(rule, sizeof(rule), "six.example.com=[::1]:%u", port6);
	ck_assert_int_eq(net_ev_map(net, rule, &why), 0);
	open_to(NET_TCP, "six.example.com", 80);
	wait_for(&user.connected, 1);
	close(fd);
}
END_TEST

static const char *const bad_rules[] = {
	"",
	"=",
	"name",
	"name=",
	"=127.0.0.1",
	"name:=127.0.0.1",
	"name:0=127.0.0.1",
	"name:65536=127.0.0.1",
	"name:8x=127.0.0.1",
	"name=127.0.0.1:99999999999999999999",
	"name=[::1",
	"name=[::1]x",
	"name=198.51.100.7:80",
	"name=localhost:80",
	"name=[2001:db8::1]:80",
};

START_TEST(a_malformed_rule_is_refused)
{
	struct why why;

	ck_assert_int_eq(net_ev_map(net, bad_rules[_i], &why), ERR_PARAM);
	ck_assert_ptr_nonnull(strstr(why.text, "--map"));
}
END_TEST

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

/* --- UDP ---------------------------------------------------------------- */

START_TEST(datagrams_keep_their_borders)
{
	uint16_t udp_port;
	int fd = listen_on(AF_INET, SOCK_DGRAM, &udp_port);
	struct sockaddr_storage from;
	socklen_t len = sizeof(from);
	struct why why;
	char data[16];

	open_to(NET_UDP, "127.0.0.1", udp_port);
	wait_for(&user.connected, 1);
	ck_assert_int_eq(user_write("one", 3, &why), 0);
	ck_assert_int_eq(user_write("three", 5, &why), 0);
	wait_for(&user.drained, 1);
	ck_assert_int_eq(recvfrom(fd, data, sizeof(data), 0,
				 (struct sockaddr *)&from, &len),
		3);
	ck_assert_int_eq(recv(fd, data, sizeof(data), 0), 5);
	user.deaf = true;
	ck_assert_int_eq(
		sendto(fd, "ab", 2, 0, (struct sockaddr *)&from, len), 2);
	ck_assert_int_eq(
		sendto(fd, "cde", 3, 0, (struct sockaddr *)&from, len), 3);
	wait_for(&user.readable, 1);
	turn(3);
	ck_assert_uint_eq(user.readable, 1);
	ck_assert_int_eq(stream_read(user.stream, data, sizeof(data)), 2);
	ck_assert_int_eq(stream_read(user.stream, data, sizeof(data)), 0);
	wait_for(&user.readable, 2);
	ck_assert_int_eq(stream_read(user.stream, data, 2), 2);
	ck_assert_int_eq(stream_read(user.stream, data, sizeof(data)), 1);
	close(fd);
}
END_TEST

START_TEST(udp_to_nobody_stays_open)
{
	uint16_t udp_port;
	int fd = listen_on(AF_INET, SOCK_DGRAM, &udp_port);
	struct why why;

	close(fd);
	open_to(NET_UDP, "127.0.0.1", udp_port);
	wait_for(&user.connected, 1);
	for (unsigned int i = 1; i <= 3; i++) {
		ck_assert_int_eq(user_write("x", 1, &why), 0);
		wait_for(&user.drained, i);
		turn(2);
	}
	ck_assert_uint_eq(user.closed, 0);
}
END_TEST

/* --- names -------------------------------------------------------------- */

static unsigned int queries;
static struct evdns_server_request *late;

static void on_query(struct evdns_server_request *req, void *arg)
{
	const uint32_t here = htonl(INADDR_LOOPBACK);

	(void)arg;
	queries++;
	/* evdns mixes upper and lower case against forged answers. */
	if (strcasecmp(req->questions[0]->name, "late.example.com") == 0) {
		late = req;
		return;
	}
	if (strcasecmp(req->questions[0]->name, "broker.example.com") == 0) {
		evdns_server_request_add_a_reply(
			req, req->questions[0]->name, 1, &here, 60);
		evdns_server_request_respond(req, 0);
		return;
	}
	evdns_server_request_respond(req, 3);
}

/* A name server of our own, and a door that asks it. */
static struct evdns_server_port *start_dns(void)
{
	struct evdns_server_port *dns;
	uint16_t dns_port;
	static char where[40];
	int fd = listen_on(AF_INET, SOCK_DGRAM, &dns_port);

	evutil_make_socket_nonblocking(fd);
	dns = evdns_add_server_port_with_base(base, fd, 0, on_query, NULL);
	ck_assert_ptr_nonnull(dns);
	snprintf(where, sizeof(where), "127.0.0.1:%u", dns_port);
	net_free(net);
	queries = 0;
	make_door(true, where);
	return dns;
}

START_TEST(a_name_is_asked_for_when_the_door_is_open)
{
	struct evdns_server_port *dns = start_dns();

	connect_user("broker.example.com", port);
	ck_assert_uint_eq(queries, 1);
	ck_assert_uint_eq(policy_calls, 0);
	user_close();
	/* A rule may lead to a name. */
	map("data.example.com=broker.example.com", port);
	open_to(NET_TCP, "data.example.com", 8443);
	wait_for(&user.connected, 2);
	evdns_close_server_port(dns);
}
END_TEST

START_TEST(an_unknown_name_is_told_as_such)
{
	struct evdns_server_port *dns = start_dns();

	open_to(NET_TCP, "nobody.example.com", port);
	wait_for(&user.closed, 1);
	ck_assert_int_eq(user.why.err, ERR_NET_DNS);
	ck_assert(!user.why.policy);
	ck_assert_ptr_nonnull(strstr(user.why.text, "nobody.example.com"));
	evdns_close_server_port(dns);
}
END_TEST

START_TEST(a_query_is_dropped_with_its_stream)
{
	struct evdns_server_port *dns = start_dns();
	const uint32_t here = htonl(INADDR_LOOPBACK);

	open_to(NET_TCP, "late.example.com", port);
	wait_for(&queries, 1);
	user_close();
	/* The answer comes when nobody wants it any more. */
	if (_i == 1)
		turn(3);
	evdns_server_request_add_a_reply(
		late, late->questions[0]->name, 1, &here, 60);
	evdns_server_request_respond(late, 0);
	turn(10);
	ck_assert_uint_eq(user.connected + user.closed, 0);
	evdns_close_server_port(dns);
}
END_TEST

static Suite *net_suite(void)
{
	Suite *s = suite_create("net");
	TCase *policy = tcase_create("policy"), *tcp = tcase_create("tcp"),
	      *udp = tcase_create("udp"), *names = tcase_create("names");
	TCase *all[] = {policy, tcp, udp, names};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		tcase_add_checked_fixture(all[i], setup, teardown);
		tcase_set_timeout(all[i], 60);
		suite_add_tcase(s, all[i]);
	}
	tcase_add_test(policy, a_mapped_name_connects_to_its_target);
	tcase_add_test(policy, the_first_rule_that_matches_wins);
	tcase_add_test(policy, an_address_is_mapped_like_a_name);
	tcase_add_test(policy,
		an_unmapped_name_fails_as_unknown_and_says_how_to_map_it);
	tcase_add_loop_test(policy, a_far_address_fails_as_out_of_reach, 0, 5);
	tcase_add_test(policy, all_of_127_and_the_loopback_of_ipv6_are_near);
	tcase_add_loop_test(policy, a_malformed_rule_is_refused, 0,
		sizeof(bad_rules) / sizeof(*bad_rules));
	tcase_add_test(tcp, a_refused_connection_says_so);
	tcase_add_test(tcp, bytes_pass_both_ways);
	tcase_add_test(tcp, nothing_is_written_before_it_is_connected);
	tcase_add_test(tcp, a_slow_reader_stops_the_sender_and_loses_nothing);
	tcase_add_test(tcp, a_full_send_buffer_takes_nothing);
	tcase_add_test(tcp, an_orderly_end_has_no_reason_and_leaves_the_data);
	tcase_add_test(tcp, a_reset_has_a_reason);
	tcase_add_loop_test(
		tcp, what_waits_is_read_though_a_write_failed, 0, 5);
	tcase_add_test(tcp, what_one_turn_writes_leaves_together_at_its_end);
	tcase_add_test(tcp, what_waits_for_the_turn_is_sent_before_the_close);
	tcase_add_test(tcp, shutdown_sends_what_is_queued_then_fin);
	tcase_add_loop_test(tcp, any_handler_may_close_the_stream,
		CLOSE_CONNECTED, CLOSE_CLOSED + 1);
	tcase_add_loop_test(tcp, a_stream_closed_at_once_tells_nothing, 0, 2);
	tcase_add_test(udp, datagrams_keep_their_borders);
	tcase_add_test(udp, udp_to_nobody_stays_open);
	tcase_add_test(names, a_name_is_asked_for_when_the_door_is_open);
	tcase_add_test(names, an_unknown_name_is_told_as_such);
	tcase_add_loop_test(names, a_query_is_dropped_with_its_stream, 0, 2);
	return s;
}

int main(void)
{
	SRunner *runner = srunner_create(net_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
