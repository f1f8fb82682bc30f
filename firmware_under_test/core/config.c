#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum setting_type {
	SETTING_TEXT,
	SETTING_NUMBER,
	SETTING_SWITCH,
	SETTING_PATH
};

struct setting {
	const char *key;
	enum setting_type type;
	bool secret;
	size_t offset;
	size_t max; /* SETTING_TEXT: longest text */
	long lo, hi;
	const char *yes, *no; /* SETTING_SWITCH */
	const char *takes;
};

#define TEXT(field)                                                            \
	.offset = offsetof(struct config, field),                              \
	.max = sizeof(((struct config *)NULL)->field) - 1
#define ON_OFF	     .yes = "on", .no = "off"
#define FIELD(field) .offset = offsetof(struct config, field)

/* clang-format off */
static const struct setting settings[] = {
	{ "path",     SETTING_PATH,   false, FIELD(path),
	  .takes = "path      modem | mcu: where TLS runs" },
	{ "proto",    SETTING_SWITCH, false, FIELD(mqtt),
	  .yes = "mqtt", .no = "https",
	  .takes = "proto     https | mqtt: what is spoken over TLS" },
	{ "host",     SETTING_TEXT,   false, TEXT(host),
	  .takes = "host      server name" },
	{ "port",     SETTING_NUMBER, false, FIELD(port), .lo = 1, .hi = 65535,
	  .takes = "port      1..65535" },
	{ "apn",      SETTING_TEXT,   false, TEXT(apn),
	  .takes = "apn       access point name" },
	{ "user",     SETTING_TEXT,   false, TEXT(user),
	  .takes = "user      its user, may be empty" },
	{ "pass",     SETTING_TEXT,   true,  TEXT(pass),
	  .takes = "pass      its password, may be empty" },
	{ "topic",    SETTING_TEXT,   false, TEXT(topic),
	  .takes = "topic     topic that publish posts to" },
	{ "thing",    SETTING_TEXT,   false, TEXT(thing),
	  .takes = "thing     thing whose shadow get reads" },
	{ "client",   SETTING_TEXT,   false, TEXT(client),
	  .takes = "client    MQTT client id" },
	{ "qos",      SETTING_NUMBER, false, FIELD(qos), .lo = 0, .hi = 1,
	  .takes = "qos       0 | 1: of MQTT publish and subscribe" },
	{ "sni",      SETTING_SWITCH, false, FIELD(sni), ON_OFF,
	  .takes = "sni       on | off: send the server name in the handshake" },
	{ "dates",    SETTING_SWITCH, false, FIELD(dates), ON_OFF,
	  .takes = "dates     on | off: judge certificates by the modem's clock" },
	{ "seclevel", SETTING_NUMBER, false, FIELD(seclevel), .lo = 0, .hi = 2,
	  .takes = "seclevel  0 verify nothing, 1 server, 2 and show our certificate" },
	{ "ctx",      SETTING_NUMBER, false, FIELD(ctx), .lo = 0, .hi = 5,
	  .takes = "ctx       0..5: SSL context in the modem" },
};
/* clang-format on */

#define SETTINGS (sizeof(settings) / sizeof(*settings))

static const char *const pem_names[CONFIG_PEM_COUNT] = {"ca", "cert", "key"};

void config_init(struct config *c)
{
	memset(c, 0, sizeof(*c));
	/* The article's server, port and access point; context 2 as in its
	 * fork [CLIENT C.2]. */
	snprintf(c->host, sizeof(c->host),
		"data.iot.ap-northeast-1.amazonaws.com");
	c->port = 8443;
	snprintf(c->apn, sizeof(c->apn), "soracom.io");
	snprintf(c->user, sizeof(c->user), "sora");
	snprintf(c->pass, sizeof(c->pass), "sora");
	snprintf(c->topic, sizeof(c->topic), "Wio");
	snprintf(c->thing, sizeof(c->thing), "WIO-LTE");
	snprintf(c->client, sizeof(c->client), "WioLTE"); /* [CLIENT C.4] */
	c->qos = 1;
	c->sni = true;
	c->dates = true;
	c->seclevel = 2;
	c->ctx = 2;
}

/* Values go between quotes of AT commands and into an HTTP request line. */
static bool plain_text(const char *s)
{
	for (; *s; s++)
		if (*s < 0x21 || *s > 0x7e || *s == '"')
			return false;
	return true;
}

static bool number(const char *s, long lo, long hi, long *out)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (end == s || *end || v < lo || v > hi)
		return false;
	*out = v;
	return true;
}

static bool store(char *at, const struct setting *s, const char *value)
{
	switch (s->type) {
	case SETTING_TEXT:
		if (strlen(value) > s->max || !plain_text(value))
			return false;
		memcpy(at, value, strlen(value) + 1);
		return true;
	case SETTING_NUMBER:
		return number(value, s->lo, s->hi, (long *)(void *)at);
	case SETTING_SWITCH:
		if (strcmp(value, s->yes) != 0 && strcmp(value, s->no) != 0)
			return false;
		*(bool *)(void *)at = strcmp(value, s->yes) == 0;
		return true;
	case SETTING_PATH:
		if (strcmp(value, "modem") != 0 && strcmp(value, "mcu") != 0)
			return false;
		*(enum config_path *)(void *)at = strcmp(value, "mcu") == 0
							  ? CONFIG_PATH_MCU
							  : CONFIG_PATH_MODEM;
		return true;
	}
	return false;
}

int config_set(
	struct config *c, const char *key, const char *value, struct reason *r)
{
	for (size_t i = 0; i < SETTINGS; i++) {
		const struct setting *s = &settings[i];

		if (strcmp(s->key, key) != 0)
			continue;
		if (store((char *)c + s->offset, s, value))
			return 0;
		return reason_set(r, "usage", "set %s: not '%s'; %s", key,
			s->secret ? "***" : value,
			s->type == SETTING_TEXT
				? "printable text without blanks and quotes, "
				  "within its length"
				: s->takes + 10);
	}
	return reason_set(
		r, "usage", "set: no setting '%s'; 'help' lists them", key);
}

bool config_show(
	const struct config *c, size_t i, char *out, size_t max, bool secrets)
{
	const struct setting *s = &settings[i];
	const char *at;

	if (i >= SETTINGS)
		return false;
	at = (const char *)c + s->offset;
	switch (s->type) {
	case SETTING_TEXT:
		if (s->secret && !secrets)
			snprintf(out, max, "%s (%u characters)", s->key,
				(unsigned)strlen(at));
		else
			snprintf(out, max, "%s %s", s->key, at);
		break;
	case SETTING_NUMBER:
		snprintf(out, max, "%s %ld", s->key,
			*(const long *)(const void *)at);
		break;
	case SETTING_SWITCH:
		snprintf(out, max, "%s %s", s->key,
			*(const bool *)(const void *)at ? s->yes : s->no);
		break;
	case SETTING_PATH:
		snprintf(out, max, "%s %s", s->key,
			c->path == CONFIG_PATH_MCU ? "mcu" : "modem");
		break;
	}
	return true;
}

const char *config_help(size_t i)
{
	return i < SETTINGS ? settings[i].takes : NULL;
}

int config_pem_kind(const char *name)
{
	for (int i = 0; i < CONFIG_PEM_COUNT; i++)
		if (strcmp(name, pem_names[i]) == 0)
			return i;
	return -1;
}

const char *config_pem_name(enum config_pem kind)
{
	return pem_names[kind];
}

uint16_t config_qsum(const char *data, size_t len)
{
	uint16_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		uint16_t b = (uint8_t)data[i];

		sum ^= i % 2 == 0 ? (uint16_t)(b << 8) : b;
	}
	return sum;
}
