#ifndef EC21_TESTS_NET_CHECKS_H
#define EC21_TESTS_NET_CHECKS_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "net/net.h"
#include "tests/unit/support/stream_user.h"

/*
 * What the checks of the network door share: a door on a loop, a user, and a
 * listening peer.
 */

/* A test that waits longer has failed. */
#define DEADLINE_S 10

static struct event_base *base;
static struct net *net;
static int listener = -1, peer = -1;
static uint16_t port;
static unsigned int policy_calls;
static char policy_text[400];

/* --- the user ----------------------------------------------------------- */

static inline int user_write(const void *data, size_t len, struct why *why)
{
	int rc;

	user.inside = true;
	rc = stream_write(user.stream, data, len, why);
	user.inside = false;
	return rc;
}

static inline void open_to(enum net_proto proto, const char *host, uint16_t to)
{
	struct why why;

	user.inside = true;
	user.stream = net_open(net, proto, host, to, &handler, &user, &why);
	user.inside = false;
	ck_assert_msg(user.stream != NULL, "%s", why.text);
}

/* --- the loop ----------------------------------------------------------- */

static inline void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

/* Turn the loop until *counter reaches `want`. */
static inline void wait_for(const unsigned int *counter, unsigned int want)
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
static inline void turn(unsigned int times)
{
	while (times-- > 0)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static inline void on_policy(void *arg, const char *text)
{
	ck_assert_ptr_eq(arg, &port);
	policy_calls++;
	snprintf(policy_text, sizeof(policy_text), "%s", text);
}

/* --- the peer ----------------------------------------------------------- */

static inline int listen_on(int family, int type, uint16_t *out)
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
static inline void connect_user(const char *host, uint16_t to)
{
	open_to(NET_TCP, host, to);
	wait_for(&user.connected, 1);
	peer = accept(listener, NULL, NULL);
	ck_assert_int_ge(peer, 0);
}

static inline void peer_close(void)
{
	close(peer);
	peer = -1;
}

/* RST in place of FIN. */
static inline void peer_reset(void)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	setsockopt(peer, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_close();
}

/* --- fixtures ----------------------------------------------------------- */

static inline void make_door(bool any, const char *nameserver)
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

static inline void map(const char *fmt, uint16_t to)
{
	char rule[200];
	struct why why;

	ck_assert_int_lt(snprintf(rule, sizeof(rule), "%s:%u", fmt, to), 200);
	ck_assert_msg(net_ev_map(net, rule, &why) == 0, "%s", why.text);
}

static inline void setup(void)
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

static inline void teardown(void)
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

#endif
