/*
 * The whole modem on a hand-advanced clock with a network that never answers:
 * line reader, grammar, arguments and every family's handlers. The first byte
 * says how the input is cut, a NUL in it lets 300 ms pass, 0xff a minute.
 */
#include "modem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_output(void *arg, const void *data, size_t len)
{
	size_t *total = arg;

	(void)data;
	*total += len;
}

static void feed(struct modem *m, struct fake_clock *fc, const uint8_t *data,
	size_t size, size_t step)
{
	size_t at = 0;

	while (at < size) {
		size_t n = 0;

		while (n < step && at + n < size && data[at + n] != 0 &&
			data[at + n] != 0xff)
			n++;
		if (n > 0) {
			modem_input(m, data + at, n);
			fake_clock_run(fc);
			at += n;
		} else {
			fake_clock_advance(fc, data[at] == 0 ? 300 : 60000);
			at++;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct profile profile;
	struct fake_clock fc;
	struct fake_net net;
	struct modem *m;
	struct why why;
	size_t total = 0;

	if (size == 0 || size > 4096)
		return 0;
	profile_init(&profile);
	fake_clock_init(&fc, true);
	fake_net_init(&net);
	m = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net.net,
			.output = on_output,
			.arg = &total,
		},
		&why);
	if (m == NULL)
		abort();
	modem_boot(m);
	fake_clock_advance(&fc, 60000);
	feed(m, &fc, data + 1, size - 1, data[0] ? data[0] : 1);
	modem_free(m);
	if (fake_clock_pending(&fc) != 0)
		abort();
	fake_net_free(&net);
	return 0;
}
