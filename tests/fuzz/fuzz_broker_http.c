/*
 * The HTTPS request path of ec21broker. The first byte says how the rest is
 * cut; the verdict must not depend on that, and no limit may be passed.
 */
#include "fixtures/broker/http_req.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_req *feed(const uint8_t *data, size_t size, size_t step)
{
	struct http_req *r = http_req_new();

	if (!r)
		abort();
	for (size_t at = 0; at < size; at += step)
		(void)http_req_feed(
			r, data + at, step < size - at ? step : size - at);
	return r;
}

static void check_limits(const struct http_req *r, size_t size)
{
	const struct http_req_info *info = http_req_get_info(r);
	char out[HTTP_REQ_ANSWER_MAX];

	if (info->body_len > HTTP_REQ_BODY_MAX || info->body_len > size ||
		info->stray > size || info->qos < 0 || info->qos > 1 ||
		strlen(info->target) > HTTP_REQ_TARGET_MAX ||
		strlen(info->topic) > HTTP_REQ_TOPIC_MAX)
		abort();
	if (info->status == 200 && !info->topic[0])
		abort();
	if (info->status &&
		http_req_write_answer(r, "00000000-0000-0000-0000-000000000000",
			out, sizeof(out)) == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct http_req_info *a, *b;
	struct http_req *whole, *cut;

	if (size < 1)
		return 0;
	whole = feed(data + 1, size - 1, size);
	cut = feed(data + 1, size - 1, 1 + data[0] % 64u);
	a = http_req_get_info(whole);
	b = http_req_get_info(cut);
	check_limits(whole, size);
	check_limits(cut, size);
	if (a->status != b->status || strcmp(a->topic, b->topic) != 0 ||
		a->qos != b->qos)
		abort();
	/* Of a target with a bad byte the parser shows what came before. */
	if (a->status != 400 && strcmp(a->target, b->target) != 0)
		abort();
	if (a->status == 200 &&
		(a->body_len != b->body_len || a->stray != b->stray))
		abort();
	http_req_free(whole);
	http_req_free(cut);
	return 0;
}
