#include "fixtures/broker/http_req.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct http_req *r;

static void setup(void)
{
	r = http_req_new();
	ck_assert_ptr_nonnull(r);
}

static void teardown(void)
{
	http_req_free(r);
	r = NULL;
}

static void restart(void)
{
	teardown();
	setup();
}

static const struct http_req_info *feed(const char *text)
{
	(void)http_req_feed(r, text, strlen(text));
	return http_req_get_info(r);
}

static const struct vector {
	const char *text;
	int status;
	const char *topic;
	int qos;
	size_t body_len, stray;
} vectors[] = {
	{"POST /topics/Wio?qos=1 HTTP/1.0\r\nHost: h\r\n"
	 "Content-Length: 12\r\n\r\n{\"uptime\":1}\r\n\r\n",
		200, "Wio", 1, 12, 4},
	{"POST /topics/a/b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", 200, "a/b",
		0, 2, 0},
	{"POST /topics/a%2fb%2F%e6%b8%a9 HTTP/1.1\r\n\r\n", 200,
		"a/b/\xe6\xb8\xa9", 0, 0, 0},
	{"POST /topics/a?x=qos=1&qos=1&y HTTP/1.1\r\n\r\nGET", 200, "a", 1, 0,
		3},
	{"POST /topics/a?qos=0 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n\r\n",
		200, "a", 0, 5, 2},
	{"POST /topics/a?qos=2 HTTP/1.1\r\n\r\n", 400, "a", 0, 0, 0},
	{"POST /topics/a?qos=10 HTTP/1.1\r\n\r\n", 400, "a", 0, 0, 0},
	{"POST /topics/a?qos= HTTP/1.1\r\n\r\n", 400, "a", 0, 0, 0},
	{"POST /topics/ HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/?qos=1 HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a%2 HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a% HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a%zz HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a%00b HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a%ff HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/%ed%a0%80 HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a%e6%b8 HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a%23 HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/+/b HTTP/1.1\r\n\r\n", 400, "", 0, 0, 0},
	{"GET /topics/a HTTP/1.1\r\n\r\n", 405, "", 0, 0, 0},
	{"POST /topics HTTP/1.1\r\n\r\n", 404, "", 0, 0, 0},
	{"POST / HTTP/1.1\r\n\r\n", 404, "", 0, 0, 0},
	{"GET /things/WIO-LTE/shadow HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
		404, "", 0, 0, 0},
	{"POST /things/WIO-LTE/shadow HTTP/1.0\r\n\r\n", 405, "", 0, 0, 0},
	{"GET /things//shadow HTTP/1.0\r\n\r\n", 404, "", 0, 0, 0},
	{"POST /topics/a HTTP/1.2\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a HTTP/2.0\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a HTTP/0.9\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a\r\n\r\n", 400, "", 0, 0, 0},
	{"POST /topics/a HTTP/1.1\r\nContent-Length: 131073\r\n\r\n", 413, "a",
		0, 0, 0},
};
#define N_VECTORS ((int)(sizeof(vectors) / sizeof(*vectors)))

static void expect(const struct vector *v, size_t cut)
{
	const struct http_req_info *info = http_req_get_info(r);

	ck_assert_msg(info->status == v->status, "%d not %d, cut %zu: %s",
		info->status, v->status, cut, v->text);
	ck_assert_str_eq(info->topic, v->topic);
	ck_assert_int_eq(info->qos, v->qos);
	ck_assert_uint_eq(info->body_len, v->body_len);
	/* After an error what follows is stray: how much is not promised. */
	if (v->status == 200)
		ck_assert_uint_eq(info->stray, v->stray);
}

START_TEST(each_request_gets_its_verdict_however_it_is_cut)
{
	const struct vector *v = &vectors[_i];
	size_t len = strlen(v->text);

	for (size_t cut = 0; cut <= len; cut++) {
		restart();
		(void)http_req_feed(r, v->text, cut);
		(void)http_req_feed(r, v->text + cut, len - cut);
		expect(v, cut);
	}
	restart();
	for (size_t i = 0; i < len; i++)
		(void)http_req_feed(r, v->text + i, 1);
	expect(v, len);
}
END_TEST

START_TEST(a_request_is_undecided_until_its_last_byte)
{
	const char *text = vectors[0].text;

	for (size_t i = 0; i < strlen(text) - 5; i++) {
		ck_assert_int_eq(http_req_feed(r, text + i, 1), HTTP_REQ_MORE);
		ck_assert_int_eq(http_req_get_info(r)->status, 0);
	}
	ck_assert_int_eq(http_req_feed(r, "}", 1), HTTP_REQ_DONE);
	ck_assert_int_eq(http_req_get_info(r)->stray, 0);
	ck_assert_mem_eq(http_req_get_info(r)->body, "{\"uptime\":1}", 12);
	ck_assert_str_eq(http_req_get_info(r)->method, "POST");
	ck_assert_str_eq(http_req_get_info(r)->target, "/topics/Wio?qos=1");
	ck_assert_int_eq(http_req_get_info(r)->version_major, 1);
	ck_assert_int_eq(http_req_get_info(r)->version_minor, 0);
}
END_TEST

START_TEST(a_topic_of_256_bytes_is_taken_and_of_257_refused)
{
	char text[512], topic[258];

	for (size_t len = 256; len <= 257; len++) {
		restart();
		memset(topic, 't', len);
		topic[len] = '\0';
		(void)snprintf(text, sizeof(text),
			"POST /topics/%s HTTP/1.1\r\n\r\n", topic);
		ck_assert_int_eq(feed(text)->status, len == 256 ? 200 : 400);
		ck_assert_str_eq(
			http_req_get_info(r)->topic, len == 256 ? topic : "");
	}
}
END_TEST

START_TEST(a_target_of_1024_bytes_is_kept_whole_and_a_longer_one_refused)
{
	char target[1026];

	for (size_t len = 1024; len <= 1025; len++) {
		restart();
		memset(target, 'x', len);
		target[0] = '/';
		target[len] = '\0';
		(void)feed("GET ");
		(void)feed(target);
		ck_assert_int_eq(feed(" HTTP/1.1\r\n\r\n")->status,
			len == 1024 ? 404 : 400);
		ck_assert_uint_eq(strlen(http_req_get_info(r)->target), 1024);
	}
}
END_TEST

/* A head of exactly len bytes, body included in none. */
static char *make_head(size_t len)
{
	static const char start[] = "POST /topics/a HTTP/1.1\r\nX: ";
	char *text = malloc(len + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', len);
	memcpy(text, start, sizeof(start) - 1);
	memcpy(text + len - 4, "\r\n\r\n", 5);
	return text;
}

START_TEST(a_head_of_8192_bytes_is_taken_and_a_longer_one_refused)
{
	for (size_t len = HTTP_REQ_HEAD_MAX; len <= HTTP_REQ_HEAD_MAX + 1;
		len++) {
		char *text = make_head(len);
		int want = len == HTTP_REQ_HEAD_MAX ? 200 : 400;

		restart();
		ck_assert_int_eq(feed(text)->status, want);
		restart();
		for (size_t i = 0; i < len; i++)
			(void)http_req_feed(r, text + i, 1);
		ck_assert_int_eq(http_req_get_info(r)->status, want);
		free(text);
	}
}
END_TEST

START_TEST(a_chunked_body_cannot_pass_the_limit)
{
	char *chunk = calloc(1, HTTP_REQ_BODY_MAX);

	ck_assert_ptr_nonnull(chunk);
	(void)feed("POST /topics/a HTTP/1.1\r\n"
		   "Transfer-Encoding: chunked\r\n\r\n20000\r\n");
	(void)http_req_feed(r, chunk, HTTP_REQ_BODY_MAX);
	ck_assert_int_eq(feed("\r\n")->status, 0);
	ck_assert_uint_eq(http_req_get_info(r)->body_len, HTTP_REQ_BODY_MAX);
	ck_assert_int_eq(feed("1\r\nx")->status, 413);
	free(chunk);
}
END_TEST

START_TEST(what_is_no_http_is_refused_at_once)
{
	static const char *const texts[] = {"\x16\x03\x01", "hello\r\n",
		"POST  \r\n", "POST /topics/a FTP/1.1\r\n", "\x10\x0c"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		restart();
		ck_assert_msg(feed(texts[i])->status == 400, "%s", texts[i]);
	}
}
END_TEST

START_TEST(bytes_after_the_verdict_only_count)
{
	(void)feed("POST /topics/a HTTP/1.1\r\n\r\n");
	(void)feed("POST /topics/b HTTP/1.1\r\n\r\n");
	ck_assert_str_eq(http_req_get_info(r)->topic, "a");
	ck_assert_uint_eq(http_req_get_info(r)->stray, 27);
}
END_TEST

START_TEST(an_answer_has_the_length_it_says)
{
	char out[HTTP_REQ_ANSWER_MAX + 1];
	size_t n;

	(void)feed("POST /topics/a HTTP/1.1\r\n\r\n");
	n = http_req_write_answer(r, "trace", out, sizeof(out));
	out[n] = '\0';
	ck_assert_str_eq(out,
		"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
		"content-length: 34\r\nx-amzn-RequestId: trace\r\n"
		"connection: close\r\n\r\n"
		"{\"message\":\"OK\",\"traceId\":\"trace\"}");
	ck_assert_uint_eq(http_req_write_answer(r, "trace", out, n), 0);
	http_req_fail(r, 500, "no");
	n = http_req_write_answer(r, "trace", out, sizeof(out) - 1);
	out[n] = '\0';
	ck_assert_ptr_nonnull(strstr(out, "HTTP/1.1 500 "));
	ck_assert_ptr_nonnull(
		strstr(out, "x-amzn-ErrorType: InternalFailureException\r\n"));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("broker_http");
	TCase *tc = tcase_create("request");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, each_request_gets_its_verdict_however_it_is_cut,
		0, N_VECTORS);
	tcase_add_test(tc, a_request_is_undecided_until_its_last_byte);
	tcase_add_test(tc, a_topic_of_256_bytes_is_taken_and_of_257_refused);
	tcase_add_test(tc,
		a_target_of_1024_bytes_is_kept_whole_and_a_longer_one_refused);
	tcase_add_test(
		tc, a_head_of_8192_bytes_is_taken_and_a_longer_one_refused);
	tcase_add_test(tc, a_chunked_body_cannot_pass_the_limit);
	tcase_add_test(tc, what_is_no_http_is_refused_at_once);
	tcase_add_test(tc, bytes_after_the_verdict_only_count);
	tcase_add_test(tc, an_answer_has_the_length_it_says);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
