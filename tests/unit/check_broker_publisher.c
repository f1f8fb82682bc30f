#include "fixtures/broker/publisher.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "fixtures/broker/upstream.h"

/* A publish whose MQTT server is this test, by a pair of buffers. */

static struct event_base *base;
static struct upstream upstream;
static struct bufferevent *mine, *server;
static struct publisher *publisher;
static unsigned calls;
static const char *error;

struct bufferevent *upstream_connect(const struct upstream *u,
	struct event_base *b, bufferevent_data_cb on_read,
	bufferevent_data_cb on_write, bufferevent_event_cb on_event, void *arg)
{
	struct bufferevent *pair[2];

	ck_assert_ptr_eq(u, &upstream);
	ck_assert_int_eq(
		bufferevent_pair_new(b, BEV_OPT_DEFER_CALLBACKS, pair), 0);
	mine = pair[0];
	server = pair[1];
	bufferevent_setcb(mine, on_read, on_write, on_event, arg);
	bufferevent_enable(mine, EV_READ | EV_WRITE);
	bufferevent_enable(server, EV_READ | EV_WRITE);
	return mine;
}

static void on_published(const char *e, void *arg)
{
	ck_assert_ptr_eq(arg, &calls);
	calls++;
	error = e;
	publisher = NULL; /* it frees itself */
}

static void turn(void)
{
	for (int i = 0; i < 8; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

#define SAY(bytes) bufferevent_write(server, bytes, sizeof(bytes) - 1)

/* What has come to the server is exactly this. */
static void expect(const void *bytes, size_t len)
{
	struct evbuffer *in = bufferevent_get_input(server);

	turn();
	ck_assert_uint_eq(evbuffer_get_length(in), len);
	if (len > 0)
		ck_assert_mem_eq(evbuffer_pullup(in, -1), bytes, len);
	evbuffer_drain(in, len);
}
#define EXPECT(bytes) expect(bytes, sizeof(bytes) - 1)

static void begin(int qos)
{
	publisher = publisher_new(
		base, &upstream, "t", qos, "hi", 2, on_published, &calls);
	ck_assert_ptr_nonnull(publisher);
	turn();
	ck_assert_uint_gt(
		evbuffer_get_length(bufferevent_get_input(server)), 14);
	evbuffer_drain(bufferevent_get_input(server), 1000);
	SAY("\x20\x02\x00\x00");
}

static void set_up(void)
{
	base = event_base_new();
	calls = 0;
	error = "none yet";
}

static void tear_down(void)
{
	publisher_free(publisher);
	bufferevent_free(server);
	event_base_free(base);
}

START_TEST(qos_0_counts_as_taken_when_the_ping_behind_it_is_answered)
{
	begin(0);
	EXPECT("\x30\x05\x00\x01thi\xc0\x00");
	ck_assert_uint_eq(calls, 0);
	SAY("\xd0\x00");
	EXPECT("\xe0\x00");
	ck_assert_uint_eq(calls, 1);
	ck_assert_ptr_null(error);
}
END_TEST

/* As mosquitto does with a topic that it does not like. */
START_TEST(qos_0_has_failed_when_the_server_closes_instead)
{
	begin(0);
	EXPECT("\x30\x05\x00\x01thi\xc0\x00");
	bufferevent_flush(server, EV_WRITE, BEV_FINISHED);
	turn();
	ck_assert_uint_eq(calls, 1);
	ck_assert_str_eq(error, "the MQTT server closed the connection");
}
END_TEST

START_TEST(qos_0_has_failed_when_the_connection_breaks)
{
	begin(0);
	turn();
	bufferevent_trigger_event(mine, BEV_EVENT_ERROR, 0);
	turn();
	ck_assert_uint_eq(calls, 1);
	ck_assert_ptr_nonnull(error);
}
END_TEST

START_TEST(qos_1_counts_as_taken_when_it_is_acknowledged)
{
	begin(1);
	EXPECT("\x32\x07\x00\x01t\x00\x01hi");
	SAY("\xd0\x00");
	turn();
	ck_assert_uint_eq(calls, 0);
	SAY("\x40\x02\x00\x01");
	EXPECT("\xe0\x00");
	ck_assert_uint_eq(calls, 1);
	ck_assert_ptr_null(error);
}
END_TEST

START_TEST(a_refused_connection_fails_and_publishes_nothing)
{
	publisher = publisher_new(
		base, &upstream, "t", 0, "hi", 2, on_published, &calls);
	turn();
	evbuffer_drain(bufferevent_get_input(server), 1000);
	SAY("\x20\x02\x00\x05");
	EXPECT("");
	ck_assert_uint_eq(calls, 1);
	ck_assert_str_eq(error, "the MQTT server refused the connection");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("publisher");
	Suite *s = suite_create("broker publisher");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(
		tc, qos_0_counts_as_taken_when_the_ping_behind_it_is_answered);
	tcase_add_test(tc, qos_0_has_failed_when_the_server_closes_instead);
	tcase_add_test(tc, qos_0_has_failed_when_the_connection_breaks);
	tcase_add_test(tc, qos_1_counts_as_taken_when_it_is_acknowledged);
	tcase_add_test(tc, a_refused_connection_fails_and_publishes_nothing);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
