/*
 * The firmware's MQTT packet reader. The first byte says how the rest is cut;
 * what comes out must not depend on that, and a message stays inside what is
 * kept of its packet.
 */
#include "firmware_under_test/core/mqtt.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t feed(
	struct mqtt_packet *p, const uint8_t *data, size_t size, size_t step)
{
	size_t used = 0;

	mqtt_packet_init(p);
	for (size_t at = 0; at < size; at += step)
		used += mqtt_packet_feed(
			p, data + at, step < size - at ? step : size - at);
	return used;
}

static void check_message(const struct mqtt_packet *p)
{
	const char *end = (const char *)p->body + MQTT_BODY_MAX;
	struct mqtt_message m;

	if (mqtt_message_parse(&m, p))
		return;
	if (m.topic + m.topic_len > end ||
		(const char *)m.payload + m.len > end || m.len > m.total ||
		m.total > p->length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mqtt_packet whole, cut;
	size_t step, used;

	if (size < 1)
		return 0;
	step = (size_t)data[0] + 1;
	data++;
	size--;
	while (size > 0) {
		used = feed(&whole, data, size, size);
		if (used != feed(&cut, data, size, step) || used == 0)
			abort();
		if (whole.state != cut.state || whole.head != cut.head ||
			whole.length != cut.length || whole.seen != cut.seen)
			abort();
		if (memcmp(whole.body, cut.body,
			    whole.seen < MQTT_BODY_MAX ? whole.seen
						       : MQTT_BODY_MAX) != 0)
			abort();
		if (whole.state != MQTT_STATE_DONE)
			return 0;
		check_message(&whole);
		data += used;
		size -= used;
	}
	return 0;
}
