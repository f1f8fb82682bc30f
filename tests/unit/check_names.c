#include "net/net.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <event2/dns.h>
#include <event2/dns_struct.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/support/fake_clock.h"

/*
 * Names over a bearer: its name server stands here, on loopback, where a
 * --map leads; nothing leaves the machine.
 */

#define DEADLINE_S 10

static struct event_base *base;
static struct evdns_server_port *server;
static struct fake_clock fc;
static struct net *net;
static struct stream *stream;
static struct net_names found;
static struct stream_addr address;
static struct why why;
static unsigned int queries, ended, refusals;
static uint16_t dns_port;
static struct net_bearer bearer;

static void on_query(struct evdns_server_request *req, void *arg)
{
	const struct evdns_server_question *q = req->questions[0];
	const uint32_t three[] = {htonl(0xc0000250), htonl(0xc0000251),
		htonl(0xc0000252)}; /* 192.0.2.80 and on */
	struct in6_addr v6;

	if (arg != NULL) { /* the server that fails */
		++*(unsigned int *)arg;
		evdns_server_request_respond(req, 2);
		return;
	}
	queries++;
	if (strcasecmp(q->name, "three.example") == 0 &&
		q->type == EVDNS_TYPE_A) {
		evdns_server_request_add_a_reply(req, q->name, 3, three, 90);
		evdns_server_request_respond(req, 0);
	} else if (strcasecmp(q->name, "six.example") == 0 &&
		   q->type == EVDNS_TYPE_AAAA) {
		inet_pton(AF_INET6, "2001:db8::80", &v6);
		evdns_server_request_add_aaaa_reply(req, q->name, 1, &v6, 30);
		evdns_server_request_respond(req, 0);
	} else {
		evdns_server_request_respond(req, 3);
	}
}

static void on_connected(void *arg)
{
	(void)arg;
	ended++;
	stream_addr(stream, &address);
	if (stream_read(stream, &found, sizeof(found)) != sizeof(found))
		found.n = 0;
}

static void on_nothing(void *arg)
{
	(void)arg;
}

static void on_closed(void *arg, const struct why *reason)
{
	(void)arg;
	ended++;
	why = *reason;
}

static void on_policy(void *arg, const char *text)
{
	(void)arg;
	(void)text;
	refusals++;
}

static void map(const char *fmt, uint16_t port)
{
	char rule[200];

	snprintf(rule, sizeof(rule), "%s:%u", fmt, port);
	ck_assert_msg(net_ev_map(net, rule, &why) == 0, "%s", why.text);
}

/* failures: NULL, or it fails and counts. */
static struct evdns_server_port *serve(uint16_t *port, unsigned int *failures)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	socklen_t len = sizeof(here);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	struct evdns_server_port *made;

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&here, len), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&here, &len), 0);
	*port = ntohs(here.sin_port);
	made = evdns_add_server_port_with_base(base, fd, 0, on_query, failures);
	ck_assert_ptr_nonnull(made);
	return made;
}

static void setup(void)
{
	struct net_ev_opts opts = {.on_policy = on_policy};

	base = event_base_new();
	fake_clock_init(&fc, true);
	server = serve(&dns_port, NULL);
	opts.base = base;
	opts.clock = &fc.clock;
	net = net_ev_new(&opts, &why);
	ck_assert_ptr_nonnull(net);
	map("192.0.2.53:53=127.0.0.1", dns_port);
	bearer = (struct net_bearer){
		.v4 = true, .dns = {"192.0.2.53", "192.0.2.54"}, .cache = true};
	net_use(net, &bearer);
	queries = ended = refusals = 0;
	stream = NULL;
}

static void teardown(void)
{
	if (stream != NULL)
		stream_close(stream);
	net_free(net);
	evdns_close_server_port(server);
	event_base_loop(base, EVLOOP_NONBLOCK);
	event_base_free(base);
}

/* Open and wait for the end; true: it is up. */
static bool open_wait(enum net_proto proto, const char *host, uint16_t port)
{
	static const struct stream_handler handler = {
		on_connected, on_nothing, on_nothing, on_closed};
	const struct timeval limit = {DEADLINE_S, 0};
	unsigned int before = ended;

	if (stream != NULL)
		stream_close(stream);
	memset(&found, 0, sizeof(found));
	why.err = ERR_OK;
	stream = net_open(net, proto, host, port, &handler, NULL, &why);
	ck_assert_ptr_nonnull(stream);
	event_base_loopexit(base, &limit);
	while (ended == before && !event_base_got_exit(base))
		event_base_loop(base, EVLOOP_ONCE);
	ck_assert_uint_eq(ended, before + 1);
	return why.err == ERR_OK;
}

START_TEST(all_addresses_and_the_time_to_live_come_from_the_bearers_server)
{
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	ck_assert_uint_eq(found.n, 3);
	ck_assert_str_eq(found.ip[0], "192.0.2.80");
	ck_assert_str_eq(found.ip[2], "192.0.2.82");
	ck_assert(found.has_ttl);
	ck_assert_uint_eq(found.ttl_s, 90);
	ck_assert_str_eq(address.ip, "192.0.2.80");
	ck_assert_uint_eq(refusals, 0);
	ck_assert(!open_wait(NET_LOOKUP, "nobody.example", 0));
	ck_assert_int_eq(why.err, ERR_NET_DNS);
	ck_assert(!why.policy);
}
END_TEST

START_TEST(an_answer_is_remembered_for_its_time_unless_the_cache_is_off)
{
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	fake_clock_advance(&fc, 60000);
	ck_assert(open_wait(NET_LOOKUP, "Three.Example", 0));
	ck_assert_uint_eq(queries, 1);
	ck_assert_uint_eq(found.n, 3);
	ck_assert_uint_eq(found.ttl_s, 30);
	bearer.cache = false;
	net_use(net, &bearer);
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	ck_assert_uint_eq(queries, 2);
	bearer.cache = true;
	net_use(net, &bearer);
	fake_clock_advance(&fc, 30000);
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	ck_assert_uint_eq(queries, 3);
	ck_assert_uint_eq(found.ttl_s, 90);
	net_reset(net);
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	ck_assert_uint_eq(queries, 4);
}
END_TEST

START_TEST(the_kind_of_address_is_the_bearers)
{
	ck_assert(!open_wait(NET_LOOKUP, "six.example", 0));
	ck_assert_ptr_nonnull(strstr(why.text, "IPv4"));
	bearer.v6 = true;
	net_use(net, &bearer);
	ck_assert(open_wait(NET_LOOKUP, "six.example", 0));
	ck_assert_str_eq(found.ip[0], "2001:db8::80");
	ck_assert_uint_eq(found.ttl_s, 30);
	/* As it is written, without DNS. */
	ck_assert(!open_wait(NET_TCP, "2001:db8::80", 80));
	ck_assert(why.policy);
	bearer.v6 = false;
	net_use(net, &bearer);
	ck_assert(!open_wait(NET_TCP, "2001:db8::80", 80));
	ck_assert_int_eq(why.err, ERR_NET_CONNECT);
	ck_assert_ptr_nonnull(strstr(why.text, "no IPv6 address"));
	ck_assert(!why.policy);
}
END_TEST

START_TEST(a_found_address_goes_through_map_and_policy)
{
	struct sockaddr_in here = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(here);

	here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&here, len), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&here, &len), 0);
	ck_assert(!open_wait(NET_TCP, "three.example", 80));
	ck_assert(why.policy);
	ck_assert_ptr_nonnull(strstr(why.text, "192.0.2.80:80=127.0.0.1"));
	map("192.0.2.80:80=127.0.0.1", ntohs(here.sin_port));
	ck_assert(open_wait(NET_TCP, "three.example", 80));
	close(fd);
}
END_TEST

START_TEST(without_a_server_here_no_query_leaves)
{
	snprintf(bearer.dns[0], sizeof(bearer.dns[0]), "192.0.2.99");
	net_use(net, &bearer);
	ck_assert(!open_wait(NET_LOOKUP, "three.example", 0));
	ck_assert(why.policy);
	ck_assert_uint_eq(queries, 0);
	/* The second one counts as well. */
	snprintf(bearer.dns[1], sizeof(bearer.dns[1]), "192.0.2.53");
	net_use(net, &bearer);
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
}
END_TEST

START_TEST(the_first_server_is_asked_and_the_second_when_it_fails)
{
	unsigned int failures = 0;
	uint16_t port;
	struct evdns_server_port *failing = serve(&port, &failures);

	map("192.0.2.54:53=127.0.0.1", port);
	bearer.cache = false;
	for (int i = 0; i < 3; i++) {
		net_use(net, &bearer);
		ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	}
	ck_assert_uint_eq(queries, 3);
	ck_assert_uint_eq(failures, 0);
	snprintf(bearer.dns[0], sizeof(bearer.dns[0]), "192.0.2.54");
	snprintf(bearer.dns[1], sizeof(bearer.dns[1]), "192.0.2.53");
	net_use(net, &bearer);
	ck_assert(open_wait(NET_LOOKUP, "three.example", 0));
	ck_assert_uint_eq(queries, 4);
	ck_assert_uint_ge(failures, 1);
	/* That there is no such name needs no second opinion. */
	snprintf(bearer.dns[0], sizeof(bearer.dns[0]), "192.0.2.53");
	snprintf(bearer.dns[1], sizeof(bearer.dns[1]), "192.0.2.54");
	failures = 0;
	net_use(net, &bearer);
	ck_assert(!open_wait(NET_LOOKUP, "none.example", 0));
	ck_assert_uint_eq(failures, 0);
	evdns_close_server_port(failing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("names");
	TCase *tc = tcase_create("names");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc,
		all_addresses_and_the_time_to_live_come_from_the_bearers_server);
	tcase_add_test(tc,
		an_answer_is_remembered_for_its_time_unless_the_cache_is_off);
	tcase_add_test(tc, the_kind_of_address_is_the_bearers);
	tcase_add_test(tc, a_found_address_goes_through_map_and_policy);
	tcase_add_test(tc, without_a_server_here_no_query_leaves);
	tcase_add_test(
		tc, the_first_server_is_asked_and_the_second_when_it_fails);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
