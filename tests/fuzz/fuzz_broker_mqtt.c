/*
 * The MQTT decoder of ec21broker, and the rules that judge what it decodes. The
 * first byte says how the rest is cut and which rules hold; what is decoded
 * and judged must not depend on the cut, and no limit may be passed.
 */
#include "fixtures/broker/mqtt_dec.h"
#include "fixtures/broker/mqtt_rules.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
	enum mqtt_rules rules;
	uint64_t hash;
	size_t packets;
};

static void mix(struct seen *s, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		s->hash = (s->hash ^ p[i]) * 1099511628211u;
}

static void on_packet(const struct mqtt_dec_packet *p, void *arg)
{
	struct seen *s = arg;
	const char *why = "";
	enum mqtt_rules_verdict v = mqtt_rules_judge(s->rules, p, &why);
	long numbers[] = {p->type, (long)p->len, p->qos, p->retain, p->code,
		p->id, p->level, p->payload, p->clean, (long)p->keep_alive,
		(long)p->filters, p->max_qos, (long)p->client_id_len,
		(long)p->topic_len, (long)p->max_topic, (long)p->slashes,
		p->malformed, (long)v};

	if (p->client_id_kept > MQTT_DEC_TEXT_MAX ||
		p->topic_kept > MQTT_DEC_TEXT_MAX ||
		p->payload > (long)p->len ||
		p->client_id_kept > p->client_id_len ||
		p->topic_kept > p->topic_len)
		abort();
	if (v != MQTT_RULES_PASS && (s->rules == MQTT_RULES_NONE || !why[0]))
		abort();
	s->packets++;
	mix(s, numbers, sizeof(numbers));
	mix(s, p->client_id, p->client_id_kept);
	mix(s, p->topic, p->topic_kept);
}

static struct seen feed(
	const uint8_t *data, size_t size, size_t step, enum mqtt_rules rules)
{
	struct seen s = {.rules = rules};
	struct mqtt_dec d;

	mqtt_dec_init(&d);
	for (size_t at = 0; at < size; at += step)
		(void)mqtt_dec_feed(&d, data + at,
			step < size - at ? step : size - at, on_packet, &s);
	return s;
}

/* Packet by packet, as the broker does when rules hold. */
static struct seen feed_one(
	const uint8_t *data, size_t size, enum mqtt_rules rules)
{
	struct seen s = {.rules = rules};
	struct mqtt_dec d;

	mqtt_dec_init(&d);
	while (size > 0) {
		size_t before = s.packets;
		size_t used = mqtt_dec_feed_one(&d, data, size, on_packet, &s);

		if (used > size || s.packets > before + 1 ||
			(used < size && used > 0 && s.packets == before))
			abort();
		if (used == 0)
			break;
		data += used;
		size -= used;
	}
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum mqtt_rules rules;
	struct seen whole, cut, one;

	if (size < 1)
		return 0;
	rules = (enum mqtt_rules)((data[0] >> 6 & 1) + (data[0] >> 7));
	whole = feed(data + 1, size - 1, SIZE_MAX, rules);
	cut = feed(data + 1, size - 1, (data[0] & 15) + 1u, rules);
	one = feed_one(data + 1, size - 1, rules);
	if (whole.hash != cut.hash || whole.packets != cut.packets ||
		whole.hash != one.hash || whole.packets != one.packets)
		abort();
	return 0;
}
