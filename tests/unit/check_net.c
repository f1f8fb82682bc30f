#include "net/net.h"

#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <strings.h>

#include "tests/unit/support/net_checks.h"

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

/* --- UDP ---------------------------------------------------------------- */

START_TEST(datagrams_keep_their_borders)
{
	uint16_t udp_port = 0;
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
	uint16_t udp_port = 0;
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
	uint16_t dns_port = 0;
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
	TCase *policy = tcase_create("policy"), *udp = tcase_create("udp"),
	      *names = tcase_create("names");
	TCase *all[] = {policy, udp, names};

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
