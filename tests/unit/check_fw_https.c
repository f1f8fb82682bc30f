#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/https.h"
#include "support/fw_board.h"

static struct http_response p;
static struct reason r;

/* All of text, cut once at `at`. Returns how much belonged to it. */
static size_t feed_cut(const char *text, size_t at)
{
	const uint8_t *b = (const uint8_t *)text;
	size_t len = strlen(text);
	size_t used;

	if (at > len)
		at = len;
	http_response_init(&p);
	used = http_response_feed(&p, b, at);
	return used + http_response_feed(&p, b + at, len - at);
}

static void feed_bytes(const char *text)
{
	http_response_init(&p);
	for (; *text; text++)
		http_response_feed(&p, (const uint8_t *)text, 1);
}

static const char good[] =
	"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
	"Content-Length:  11 \r\nx: y\r\n\r\n{\"a\": 1}\r\n!next";

START_TEST(response_is_the_same_cut_at_every_byte)
{
	ck_assert_uint_eq(feed_cut(good, (size_t)_i), sizeof(good) - 1 - 4);
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert_int_eq(p.status, 200);
	ck_assert(p.keep_alive);
	ck_assert_str_eq(p.body, "{\"a\": 1}\r\n!");
}
END_TEST

START_TEST(response_is_the_same_byte_by_byte)
{
	feed_bytes(good);
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert_str_eq(p.body, "{\"a\": 1}\r\n!");
}
END_TEST

START_TEST(body_without_length_ends_with_the_connection)
{
	feed_bytes("HTTP/1.0 200 OK\r\n\r\nabc");
	ck_assert_int_eq(p.state, HTTP_STATE_BODY_TO_END);
	http_response_end(&p);
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert(!p.keep_alive);
	ck_assert_str_eq(p.body, "abc");
	ck_assert_uint_eq(p.length, 3);
}
END_TEST

START_TEST(interim_response_is_passed_over)
{
	feed_bytes("HTTP/1.1 100 Continue\r\n\r\n"
		   "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert_int_eq(p.status, 403);
}
END_TEST

START_TEST(connection_close_is_heard)
{
	feed_bytes("HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n");
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert(!p.keep_alive);
}
END_TEST

START_TEST(long_body_is_kept_up_to_its_maximum_and_counted_to_its_end)
{
	static char text[HTTPS_BODY_MAX + 200];
	int n = snprintf(text, sizeof(text),
		"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n",
		HTTPS_BODY_MAX + 50);

	memset(text + n, 'b', HTTPS_BODY_MAX + 49);
	feed_bytes(text);
	ck_assert_int_eq(p.state, HTTP_STATE_BODY);
	ck_assert_uint_eq(p.body_left, 1);
	feed_cut(text, 100);
	http_response_feed(&p, (const uint8_t *)"b", 1);
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert_uint_eq(p.body_len, HTTPS_BODY_MAX);
	ck_assert_uint_eq(strlen(p.body), HTTPS_BODY_MAX);
}
END_TEST

static const struct {
	const char *text;
	const char *error;
} bad[] = {
	{"SSH-2.0-x\r\n", "not an HTTP/1 status line"},
	{"HTTP/1.1 20 OK\r\n", "not an HTTP/1 status line"},
	{"HTTP/1.1 2000 OK\r\n", "not an HTTP/1 status line"},
	{"HTTP/2 200\r\n", "not an HTTP/1 status line"},
	{"\r\n", "not an HTTP/1 status line"},
	{"HTTP/1.1 200 OK\r\n: x\r\n", "a header line without a name"},
	{"HTTP/1.1 200 OK\r\nfoo\r\n", "a header line without a name"},
	{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n",
		"Content-Length is not a number we can hold"},
	{"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n",
		"Content-Length is not a number we can hold"},
	{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding, which this firmware cannot read"},
};

START_TEST(bad_response_says_what_is_wrong)
{
	feed_bytes(bad[_i].text);
	ck_assert_int_eq(p.state, HTTP_STATE_BAD);
	ck_assert_str_eq(p.error, bad[_i].error);
}
END_TEST

START_TEST(header_line_past_its_limit_is_refused_only_where_it_matters)
{
	static const struct {
		const char *head;
		enum http_state at_limit, past_it;
	} rows[] = {
		{"HTTP/1.1 200 OK\r\na:", HTTP_STATE_HEADER, HTTP_STATE_HEADER},
		{"HTTP/1.1 200 OK\r\nconnection:", HTTP_STATE_HEADER,
			HTTP_STATE_BAD},
		{"HTTP/1.1 200 OK\r\nContent-Length:", HTTP_STATE_BAD,
			HTTP_STATE_BAD},
		{"HTTP/1.1 200 ", HTTP_STATE_HEADER, HTTP_STATE_BAD},
	};
	char text[HTTPS_HEADER_MAX + 64];
	const char *line = strchr(rows[_i].head, '\n');
	size_t head = strlen(rows[_i].head);
	size_t used = strlen(line ? line + 1 : rows[_i].head);

	for (size_t extra = 0; extra < 2; extra++) {
		/* CR counts. */
		size_t n = HTTPS_HEADER_MAX - 1 - used + extra;

		memcpy(text, rows[_i].head, head);
		memset(text + head, 'x', n);
		snprintf(text + head + n, 8, "\r\n");
		feed_bytes(text);
		ck_assert_int_eq(
			p.state, extra ? rows[_i].past_it : rows[_i].at_limit);
	}
}
END_TEST

START_TEST(headers_behind_a_long_one_are_read)
{
	char text[700];

	snprintf(text, sizeof(text),
		"HTTP/1.1 200 OK\r\nx: %0500d\r\nContent-Length: 2\r\n\r\nab",
		0);
	feed_bytes(text);
	ck_assert_int_eq(p.state, HTTP_STATE_DONE);
	ck_assert_str_eq(p.body, "ab");
}
END_TEST

/* ---- the exchange ---- */

static struct fw_board f;
static char sent[1024];
static const char *answer;
static uint32_t pace_ms; /* for each byte */
static int end;		 /* what follows the last byte */

static int s_send(void *ctx, const uint8_t *buf, size_t len, struct reason *why)
{
	(void)ctx;
	(void)why;
	snprintf(sent, sizeof(sent), "%.*s", (int)len, (const char *)buf);
	return 0;
}

static int s_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *why)
{
	size_t n = strlen(answer);

	(void)ctx;
	(void)timeout_ms;
	(void)why;
	if (n == 0)
		return end;
	if (n > 7)
		n = pace_ms ? 1 : 7;
	f.ms += pace_ms;
	if (n > max)
		n = max;
	memcpy(buf, answer, n);
	answer += n;
	return (int)n;
}

static const struct stream stream = {NULL, s_send, s_recv};

static void start(void)
{
	fw_board_init(&f, NULL, 0);
	pace_ms = 0;
	end = 0;
}

START_TEST(publish_is_a_post_with_its_length)
{
	answer = good;
	ck_assert_int_eq(https_exchange(&stream, &f.board, "h.example.com",
				 "/topics/Wio?qos=1", "{}", &p, &r),
		0);
	ck_assert_str_eq(sent, "POST /topics/Wio?qos=1 HTTP/1.1\r\n"
			       "Host: h.example.com\r\n"
			       "Content-Type: application/json\r\n"
			       "Content-Length: 2\r\n\r\n{}");
	ck_assert_int_eq(p.status, 200);
}
END_TEST

START_TEST(server_that_closes_early_is_the_reason)
{
	answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab";
	ck_assert_int_eq(https_exchange(&stream, &f.board, "h",
				 "/things/x/shadow", NULL, &p, &r),
		-1);
	ck_assert_str_eq(
		sent, "GET /things/x/shadow HTTP/1.1\r\nHost: h\r\n\r\n");
	ck_assert_str_eq(r.code, "http");
	ck_assert_str_eq(
		r.text, "response: the connection ended inside the body");
}
END_TEST

/* Whether it was cut or not matters where only the end says the length. */
START_TEST(body_without_length_wants_an_end_that_is_one)
{
	static const struct {
		const char *answer;
		int end;
		const char *reason; /* NULL: whole */
	} rows[] = {
		{"HTTP/1.0 200 OK\r\n\r\nab", 0, NULL},
		{"HTTP/1.0 200 OK\r\n\r\nab", STREAM_CUT,
			"response: the connection was cut, and nothing says "
			"how long the body is"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", STREAM_CUT,
			NULL},
		{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", STREAM_CUT,
			"response: the connection ended inside the body"},
		{"HTTP/1.1 200 OK\r\n", STREAM_CUT,
			"response: the connection ended before a whole "
			"response"},
	};
	int rc;

	answer = rows[_i].answer;
	end = rows[_i].end;
	rc = https_exchange(&stream, &f.board, "h", "/", NULL, &p, &r);
	ck_assert_int_eq(rc, rows[_i].reason ? -1 : 0);
	if (rows[_i].reason)
		ck_assert_str_eq(r.text, rows[_i].reason);
}
END_TEST

START_TEST(answer_that_drips_is_given_up_after_thirty_seconds)
{
	answer = good;
	pace_ms = 1000;
	ck_assert_int_eq(
		https_exchange(&stream, &f.board, "h", "/", NULL, &p, &r), -1);
	ck_assert_str_eq(r.code, "http");
	ck_assert_str_eq(r.text, "response: not whole after 30 s");
	ck_assert_uint_eq(f.ms, 30000);
}
END_TEST

START_TEST(request_too_long_is_refused_not_cut)
{
	char body[1200];

	memset(body, 'x', sizeof(body) - 1);
	body[sizeof(body) - 1] = '\0';
	sent[0] = '\0';
	ck_assert_int_eq(
		https_exchange(&stream, &f.board, "h", "/", body, &p, &r), -1);
	ck_assert_str_eq(sent, "");
	ck_assert_str_eq(r.code, "http");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("https");

	tcase_add_checked_fixture(tc, start, NULL);
	tcase_add_loop_test(tc, response_is_the_same_cut_at_every_byte, 0,
		(int)sizeof(good));
	tcase_add_test(tc, response_is_the_same_byte_by_byte);
	tcase_add_test(tc, body_without_length_ends_with_the_connection);
	tcase_add_test(tc, interim_response_is_passed_over);
	tcase_add_test(tc, connection_close_is_heard);
	tcase_add_test(
		tc, long_body_is_kept_up_to_its_maximum_and_counted_to_its_end);
	tcase_add_loop_test(tc, bad_response_says_what_is_wrong, 0,
		(int)(sizeof(bad) / sizeof(*bad)));
	tcase_add_loop_test(tc,
		header_line_past_its_limit_is_refused_only_where_it_matters, 0,
		4);
	tcase_add_test(tc, headers_behind_a_long_one_are_read);
	tcase_add_test(tc, publish_is_a_post_with_its_length);
	tcase_add_test(tc, server_that_closes_early_is_the_reason);
	tcase_add_loop_test(
		tc, body_without_length_wants_an_end_that_is_one, 0, 5);
	tcase_add_test(tc, answer_that_drips_is_given_up_after_thirty_seconds);
	tcase_add_test(tc, request_too_long_is_refused_not_cut);
	return fw_run("fw https", tc);
}
