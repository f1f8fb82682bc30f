/*
 * The control socket's language on a modem that has booted: JSON lines in,
 * one object a line out. The first byte says how the input is cut; a NUL
 * lets 300 ms pass.
 */
#include "ctl.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/fault.h"
#include "base/tee.h"
#include "modem.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data, (void)len;
}

static void on_line(void *arg, const char *line, size_t len)
{
	json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);

	(void)arg;
	if (!json_is_object(object) || line[len - 1] != '\n')
		abort();
	json_decref(object);
}

static void feed(struct ctl_session *s, struct fake_clock *fc,
	const uint8_t *data, size_t size, size_t step)
{
	for (size_t at = 0; at < size;) {
		size_t n = 0;

		while (n < step && at + n < size && data[at + n] != 0)
			n++;
		if (n > 0) {
			ctl_session_feed(s, data + at, n);
			at += n;
		} else {
			fake_clock_advance(fc, 300);
			at++;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct profile profile;
	struct fault_set faults;
	struct fake_clock fc;
	struct fake_net net;
	struct tee tee;
	struct ctl_modem one = {.tee = &tee};
	struct ctl_world world = {&one, 1, &fc.clock};
	struct ctl_session *s;
	struct why why;

	if (size == 0 || size > 8192)
		return 0;
	profile_init(&profile);
	fault_init(&faults, 1);
	fake_clock_init(&fc, true);
	fake_net_init(&net);
	tee_init(&tee);
	one.modem = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net.net,
			.trace = &tee.sink,
			.faults = &faults,
			.output = on_output,
		},
		&why);
	if (!ctl_watch(&world))
		abort();
	s = ctl_session_new(&world, on_line, NULL);
	if (one.modem == NULL || s == NULL)
		abort();
	modem_boot(one.modem);
	fake_clock_advance(&fc, 60000);
	feed(s, &fc, data + 1, size - 1, data[0] ? data[0] : 1);
	modem_input(one.modem, "AT+CPIN?\r", 9);
	fake_clock_advance(&fc, 1000);
	ctl_session_free(s);
	ctl_unwatch(&world);
	modem_free(one.modem);
	if (fake_clock_pending(&fc) != 0)
		abort();
	fake_net_free(&net);
	return 0;
}
