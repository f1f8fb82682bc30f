#include "fixtures/broker/mqtts.h"

#include <check.h>
#include <stdlib.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "fixtures/broker/upstream.h"

/*
 * An MQTT connection between two pairs of buffers. What fixtures/broker/conn.c
 * and upstream.c do is done here, without sockets and time.
 */

static struct event_base *base;
static struct conn_env env;
static struct conn conn;
static struct upstream upstream;
static struct bufferevent *client, *server;
static long deadline_s; /* -1: none */

void conn_note_end(struct conn *c, const char *why)
{
	if (c->ended == NULL)
		c->ended = why;
}

void conn_end(struct conn *c, const char *why)
{
	conn_note_end(c, why);
	c->phase = CONN_PHASE_DONE;
}

void conn_close(struct conn *c, const char *why)
{
	const struct timeval linger = {2, 0};

	conn_note_end(c, why);
	c->phase = CONN_PHASE_LINGER;
	conn_set_deadline(c, &linger);
}

void conn_set_deadline(struct conn *c, const struct timeval *tv)
{
	(void)c;
	deadline_s = tv != NULL ? (long)tv->tv_sec : -1;
}

static void make_pair(struct bufferevent *pair[2])
{
	ck_assert_int_eq(
		bufferevent_pair_new(base, BEV_OPT_DEFER_CALLBACKS, pair), 0);
	for (int i = 0; i < 2; i++)
		bufferevent_enable(pair[i], EV_READ | EV_WRITE);
}

struct bufferevent *upstream_connect(const struct upstream *u,
	struct event_base *b, bufferevent_data_cb on_read,
	bufferevent_data_cb on_write, bufferevent_event_cb on_event, void *arg)
{
	struct bufferevent *pair[2];

	ck_assert_ptr_eq(u, &upstream);
	ck_assert_ptr_eq(b, base);
	make_pair(pair);
	bufferevent_setcb(pair[0], on_read, on_write, on_event, arg);
	server = pair[1];
	return pair[0];
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	mqtts_proto.on_read(arg);
}

static void turn(void)
{
	for (int i = 0; i < 8; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void set_up_with(const struct conn_modes *modes)
{
	struct bufferevent *pair[2];

	base = event_base_new();
	make_pair(pair);
	client = pair[0];
	bufferevent_setcb(pair[1], on_read, NULL, NULL, &conn);
	env = (struct conn_env){
		.base = base, .upstream = &upstream, .modes = *modes};
	conn = (struct conn){
		.env = &env, .phase = CONN_PHASE_OPEN, .bev = pair[1]};
	ck_assert(mqtts_proto.start(&conn));
}

static void set_up(void)
{
	set_up_with(&(struct conn_modes){.mqtt = MQTT_RULES_NOW});
}

static void set_up_policy(void)
{
	set_up_with(&(struct conn_modes){.publish_drop = true});
}

static void tear_down(void)
{
	mqtts_proto.free(&conn);
	bufferevent_free(server);
	bufferevent_free(client);
	bufferevent_free(conn.bev);
	event_base_free(base);
}

/* What has come to one end since the last time. */
static size_t came(struct bufferevent *bev)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t n;

	turn();
	n = evbuffer_get_length(in);
	evbuffer_drain(in, n);
	return n;
}

#define SAY(bev, bytes) bufferevent_write(bev, bytes, sizeof(bytes) - 1)

/* It asks for 60 s. */
static void connect_client(void)
{
	SAY(client, "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x");
	ck_assert_uint_eq(came(server), 15);
	SAY(server, "\x20\x02\x00\x00");
	ck_assert_uint_eq(came(client), 4);
	ck_assert_int_eq(deadline_s, 90);
}

START_TEST(sign_of_life_begins_the_silence_anew)
{
	connect_client();
	deadline_s = 1;
	SAY(client, "\xc0\x00");
	ck_assert_uint_eq(came(server), 2);
	ck_assert_int_eq(deadline_s, 90);
}
END_TEST

/* Else its pings would keep a closed connection for ever, its evidence unsaid.
 */
START_TEST(nothing_is_relayed_once_the_broker_has_closed)
{
	connect_client();
	conn_close(&conn, "timeout");
	SAY(client, "\xc0\x00\x30\x04\x00\x01t!");
	ck_assert_uint_eq(came(server), 0);
	ck_assert_int_eq(deadline_s, 2);
	SAY(server, "\xd0\x00");
	ck_assert_uint_eq(came(client), 0);
}
END_TEST

/* Libevent would call back for ever: a turn of the loop has no end then. */
START_TEST(a_slow_reader_stops_the_reading_from_the_other_side)
{
	static const char zeros[300000];
	size_t n = 0;

	connect_client();
	bufferevent_disable(client, EV_READ);
	bufferevent_write(server, zeros, sizeof(zeros));
	turn();
	ck_assert_uint_ge(
		evbuffer_get_length(bufferevent_get_output(conn.bev)), 65536);
	ck_assert_uint_gt(
		evbuffer_get_length(bufferevent_get_output(server)), 65536);
	bufferevent_enable(client, EV_READ);
	for (int i = 0; i < 20; i++) {
		n += came(client);
		mqtts_proto.on_drained(&conn);
	}
	ck_assert_uint_eq(n, sizeof(zeros));
}
END_TEST

/* A PUBLISH right before the close. */
START_TEST(what_a_client_said_before_it_went_reaches_the_server)
{
	connect_client();
	SAY(client, "\x30\x04\x00\x01t!");
	bufferevent_flush(client, EV_WRITE, BEV_FLUSH);
	mqtts_proto.on_peer_end(&conn, false);
	ck_assert_uint_eq(came(server), 6);
	ck_assert_str_eq(conn.ended, "peer close");
}
END_TEST

#define CONNECT "\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01x"
#define PUBLISH "\x30\x04\x00\x01t!"

/* The policy refuses the PUBLISH. */
static const char refused[] = CONNECT "\xc0\x00" PUBLISH "\xc0\x00";

/* In two writes, cut anywhere. */
START_TEST(a_policy_passes_on_what_came_before_the_refused_packet)
{
	size_t len = sizeof(refused) - 1, allowed = sizeof(CONNECT) - 1 + 2;
	size_t cut = (size_t)_i, n;

	bufferevent_write(client, refused, cut);
	n = came(server);
	bufferevent_write(client, refused + cut, len - cut);
	n += came(server);
	/* Of the refused one no more than came alone: never its end. */
	ck_assert_uint_ge(n, allowed);
	ck_assert_uint_lt(n, allowed + sizeof(PUBLISH) - 1);
	if (cut <= allowed)
		ck_assert_uint_eq(n, allowed);
	ck_assert_int_eq(conn.phase, CONN_PHASE_LINGER);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("mqtts"), *policy = tcase_create("policy");
	Suite *s = suite_create("broker mqtts");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, sign_of_life_begins_the_silence_anew);
	tcase_add_test(tc, nothing_is_relayed_once_the_broker_has_closed);
	tcase_add_test(tc, a_slow_reader_stops_the_reading_from_the_other_side);
	tcase_add_test(
		tc, what_a_client_said_before_it_went_reaches_the_server);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(policy, set_up_policy, tear_down);
	tcase_add_loop_test(policy,
		a_policy_passes_on_what_came_before_the_refused_packet, 0,
		(int)sizeof(refused));
	suite_add_tcase(s, policy);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
