/*
 * The firmware's HTTP response parser. The first byte says how the rest is
 * cut; what comes out must not depend on that.
 */
#include "firmware_under_test/core/https.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t feed(
	struct http_response *p, const uint8_t *data, size_t size, size_t step)
{
	size_t used = 0;

	http_response_init(p);
	for (size_t at = 0; at < size; at += step)
		used += http_response_feed(
			p, data + at, step < size - at ? step : size - at);
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_response whole, cut;
	size_t step;

	if (size < 1)
		return 0;
	step = (size_t)data[0] + 1;
	data++;
	size--;
	if (feed(&whole, data, size, size ? size : 1) !=
		feed(&cut, data, size, step))
		abort();
	if (whole.state != cut.state || whole.status != cut.status ||
		whole.keep_alive != cut.keep_alive ||
		whole.body_len != cut.body_len ||
		whole.body_left != cut.body_left)
		abort();
	if (whole.body_len > HTTPS_BODY_MAX ||
		memcmp(whole.body, cut.body, whole.body_len) != 0)
		abort();
	http_response_end(&whole);
	if (whole.state != HTTP_STATE_DONE && whole.state != HTTP_STATE_BAD)
		abort();
	if (whole.state == HTTP_STATE_BAD && !whole.error)
		abort();
	return 0;
}
