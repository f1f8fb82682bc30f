#ifndef WIOFW_APP_H
#define WIOFW_APP_H

#include <stdbool.h>
#include <stdint.h>

#include "at_client.h"
#include "config.h"
#include "console.h"
#include "https.h"
#include "link.h"
#include "modem.h"
#include "mqtt.h"
#include "note.h"
#include "trace.h"

struct board;

/*
 * The whole firmware: every byte of its memory but mbedTLS's pool. Too large
 * for a stack; a port has one static.
 */
struct app {
	const struct board *board;
	struct console con;
	struct note note;
	struct config config;
	char incoming[CONFIG_PEM_MAX]; /* of put: half a file replaces none */
	struct at_client at;
	struct modem modem;
	struct link tcp; /* carries our own TLS */
	struct link ssl; /* TLS in the modem */
	struct trace trace;
	uint32_t boot_ms;
	bool mcu_up;
	bool have_response;
	unsigned published;
	struct http_response response;
	struct mqtt mqtt;
	uint32_t looked_ms; /* when something of the server was last read */
	unsigned messages;  /* that came and that no get was told of yet */
	char message_topic[MQTT_TOPIC_MAX + 1]; /* of the last of them */
	unsigned message_len;
};

/* board outlives app. Loads what the board kept and prints the banner. */
void app_init(struct app *app, const struct board *board);
/*
 * Serve the console once: one command, or ms without one. False at its end.
 */
bool app_turn(struct app *app, uint32_t ms);

#endif
