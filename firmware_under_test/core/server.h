#ifndef WIOFW_SERVER_H
#define WIOFW_SERVER_H

#include <stdbool.h>

#include "mqtt.h"
#include "reason.h"

struct app;

/*
 * The firmware's connection to its server: TLS by the modem or by the MCU, and
 * what is spoken over it. Failures are -1 with r.
 */
bool server_connected(const struct app *app);
/* Harmless when there is no connection. */
void server_disconnect(struct app *app);
/* What was open is closed before. */
int server_connect(struct app *app, struct reason *r);

/*
 * One HTTP exchange; body NULL: GET. The connection is closed when the server
 * will not keep it, or when anything went wrong.
 */
int server_exchange(struct app *app, const char *target, const char *body,
	struct reason *r);
/*
 * Publish by MQTT when that is up, else by HTTP; "": the time that the board
 * is up. outcome: what came of it in one word, for the result line: 200, qos1.
 */
int server_publish(
	struct app *app, const char *text, char outcome[8], struct reason *r);

/* mqtt_*() failed: with r, and without the connection if that is gone. */
int server_mqtt_failed(struct app *app);
/* For mqtt_init(): arg is the app. */
void server_on_message(void *arg, const struct mqtt_message *m);
/* Nothing to do: take what a server sends by itself, keep it content. */
void server_tend(struct app *app);

#endif
