#include "fixtures/broker/https.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/event.h>

#include "fixtures/broker/publisher.h"
#include "fixtures/broker/upstream.h"

/*
 * A request behind a pair of buffers. What fixtures/broker/conn.c and
 * publisher.c do is done here, without sockets and time.
 */

static struct event_base *base;
static struct conn_env env;
static struct conn conn;
static struct upstream upstream;
static struct bufferevent *client;
static unsigned published;

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
	conn_note_end(c, why);
	c->phase = CONN_PHASE_LINGER;
}

void conn_set_deadline(struct conn *c, const struct timeval *tv)
{
	(void)c;
	(void)tv;
}

struct publisher *publisher_new(struct event_base *b, const struct upstream *u,
	const char *topic, int qos, const void *body, size_t len,
	publisher_cb *cb, void *arg)
{
	(void)topic;
	(void)qos;
	(void)body;
	(void)len;
	(void)cb;
	(void)arg;
	ck_assert_ptr_eq(b, base);
	ck_assert_ptr_eq(u, &upstream);
	published++;
	return malloc(1);
}

void publisher_free(struct publisher *p)
{
	free(p);
}

static void on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	https_proto.on_read(arg);
}

static void say(const char *text)
{
	bufferevent_write(client, text, strlen(text));
	for (int i = 0; i < 8; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void set_up(void)
{
	struct bufferevent *pair[2];

	base = event_base_new();
	ck_assert_int_eq(
		bufferevent_pair_new(base, BEV_OPT_DEFER_CALLBACKS, pair), 0);
	for (int i = 0; i < 2; i++)
		bufferevent_enable(pair[i], EV_READ | EV_WRITE);
	client = pair[0];
	bufferevent_setcb(pair[1], on_read, NULL, NULL, &conn);
	env = (struct conn_env){.base = base, .upstream = &upstream};
	conn = (struct conn){
		.env = &env, .phase = CONN_PHASE_OPEN, .bev = pair[1]};
	published = 0;
	ck_assert(https_proto.start(&conn));
}

static void tear_down(void)
{
	https_proto.free(&conn);
	bufferevent_free(client);
	bufferevent_free(conn.bev);
	event_base_free(base);
}

/* A number of the evidence's "http". */
static json_int_t reported(const char *name)
{
	json_t *line = json_object();
	json_int_t n;

	https_proto.report(&conn, line);
	n = json_integer_value(
		json_object_get(json_object_get(line, "http"), name));
	json_decref(line);
	return n;
}

#define HALF "POST /topics/t HTTP/1.0\r\nContent-Length: 2\r\n\r\nh"

START_TEST(a_request_is_published_once_it_is_whole)
{
	say(HALF);
	ck_assert_uint_eq(published, 0);
	say("i\r\n");
	ck_assert_uint_eq(published, 1);
	ck_assert_int_eq(reported("status"), 200);
	ck_assert_int_eq(reported("stray"), 2);
}
END_TEST

/* Its evidence says "timeout": nobody may find its message at the server. */
START_TEST(a_request_that_ends_past_its_deadline_is_not_published)
{
	say(HALF);
	conn_close(&conn, "timeout");
	say("i");
	ck_assert_uint_eq(published, 0);
	ck_assert_int_eq(reported("status"), 0);
	ck_assert_int_eq(reported("body_len"), 1);
}
END_TEST

START_TEST(what_comes_behind_the_answer_is_still_counted)
{
	env.upstream = NULL;
	say(HALF "i");
	ck_assert_int_eq(conn.phase, CONN_PHASE_LINGER);
	say("\r\n\r\n");
	ck_assert_int_eq(reported("status"), 200);
	ck_assert_int_eq(reported("stray"), 4);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("https");
	Suite *s = suite_create("broker https");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_request_is_published_once_it_is_whole);
	tcase_add_test(
		tc, a_request_that_ends_past_its_deadline_is_not_published);
	tcase_add_test(tc, what_comes_behind_the_answer_is_still_counted);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
