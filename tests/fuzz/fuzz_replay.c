/*
 * A recording played to a host: the first byte says how it is cut, strict or
 * with a model behind. Two hosts come. The one of the recording itself must
 * play it to its end without departing; then what follows a 0xff byte is sent
 * as it is, by another one.
 */
#include "replay.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "tests/unit/support/fake_clock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg;
	(void)data;
	(void)len;
}

static void on_status(void *arg, bool running)
{
	(void)arg;
	(void)running;
}

static void on_departure(void *arg, const char *text)
{
	(void)arg;
	if (text[0] == '\0')
		abort();
}

static bool read_script(
	struct script *s, const uint8_t *data, size_t size, size_t step)
{
	struct transcript_error err;
	bool ok = true;

	script_init(s, true);
	for (size_t i = 0; ok && i < size; i += step)
		ok = script_feed(
			s, data + i, i + step < size ? step : size - i, &err);
	return ok && script_end(s, &err);
}

static struct replay *start(
	const struct script *s, struct fake_clock *clk, bool falls_back)
{
	const struct replay_opts o = {.script = s,
		.name = "fuzz",
		.clock = &clk->clock,
		.falls_back = falls_back,
		.output = on_output,
		.status = on_status,
		.departs = on_departure,
		.model = on_output};

	fake_clock_init(clk, true);
	return replay_new(&o);
}

static void play_itself(const struct script *s, bool falls_back)
{
	struct fake_clock clk;
	struct replay *r = start(s, &clk, falls_back);
	char rest[300];

	replay_begin(r);
	for (size_t i = 1; i < s->n_steps; i++) {
		const struct script_step *step = &s->steps[i];

		if (step->type == SCRIPT_PIN)
			replay_pin(r, step->edge);
		else
			replay_input(r, script_bytes(s, step->at), step->len);
		fake_clock_run(&clk);
	}
	if (replay_departures(r) > 0 || replay_rest(r, rest, sizeof(rest)) ||
		fake_clock_pending(&clk) > 0)
		abort();
	replay_free(r);
}

static void play_another(const struct script *s, bool falls_back,
	const uint8_t *data, size_t size)
{
	struct fake_clock clk;
	struct replay *r = start(s, &clk, falls_back);
	char rest[300];

	for (size_t i = 0; i < size; i++) {
		if (data[i] == 0xfe)
			replay_hangup(r);
		else if (data[i] >= 0xf0)
			replay_pin(r, "KkRrVvDd!"[data[i] % 9]);
		else
			replay_input(r, &data[i], 1);
		if (data[i] == '\r')
			fake_clock_run(&clk);
	}
	replay_rest(r, rest, sizeof(rest));
	replay_free(r);
	if (fake_clock_pending(&clk) > 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *host;
	struct script s;
	size_t n;

	if (size < 2)
		return 0;
	host = memchr(data + 1, 0xff, size - 1);
	n = host != NULL ? (size_t)(host - data) - 1 : size - 1;
	if (read_script(&s, data + 1, n, 1 + (data[0] >> 1) % 64)) {
		play_itself(&s, data[0] & 1);
		if (host != NULL)
			play_another(&s, data[0] & 1, host + 1,
				size - (size_t)(host + 1 - data));
	}
	script_free(&s);
	return 0;
}
