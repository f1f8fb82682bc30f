#include "server.h"

#include <stdio.h>
#include <string.h>

#include "app.h"
#include "board.h"
#include "tls_mcu.h"
#include "tls_modem.h"

#define LOOK_MS	    1000
#define AT_ONCE_MAX 8 /* messages before the console has its turn */

bool server_connected(const struct app *app)
{
	return app->mcu_up || app->ssl.open;
}

void server_disconnect(struct app *app)
{
	if (server_connected(app))
		mqtt_disconnect(&app->mqtt);
	app->mqtt.up = false;
	app->messages = 0;
	if (app->mcu_up)
		tls_mcu_close();
	app->mcu_up = false;
	link_close(&app->tcp);
	link_close(&app->ssl);
}

static int need_files(const struct app *app, struct reason *r)
{
	const struct config *c = &app->config;

	for (int i = 0; i < CONFIG_PEM_COUNT; i++)
		if (c->pem[i].len == 0 && c->seclevel >= (i == 0 ? 1 : 2))
			return reason_set(r, "state",
				"seclevel %ld needs a %s: 'put %s LEN' first",
				c->seclevel,
				config_pem_name((enum config_pem)i),
				config_pem_name((enum config_pem)i));
	return 0;
}

static int ssl_send(void *ctx, const uint8_t *buf, size_t len, struct reason *r)
{
	return link_send(ctx, buf, len, r);
}

static int ssl_recv(void *ctx, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r)
{
	return link_recv(ctx, buf, max, timeout_ms, r);
}

static struct stream stream_of(struct app *app)
{
	if (app->mcu_up)
		return (struct stream){NULL, tls_mcu_send, tls_mcu_recv};
	return (struct stream){&app->ssl, ssl_send, ssl_recv};
}

static int open_tls(struct app *app, struct reason *r)
{
	const struct config *c = &app->config;
	struct tls_request q = {.config = c};
	char clock_text[32];

	server_disconnect(app);
	if (need_files(app, r) != 0 || modem_attach(&app->modem, c, r) != 0 ||
		modem_clock(&app->modem, &q.clock, clock_text, r) != 0)
		return -1;
	q.clock_text = clock_text;
	if (c->path == CONFIG_PATH_MODEM)
		return tls_modem_open(&app->ssl, &q, &app->note, r);
	if (tls_mcu_open(&app->tcp, &q, &app->note, r) != 0)
		return -1;
	app->mcu_up = true;
	return 0;
}

int server_connect(struct app *app, struct reason *r)
{
	struct stream s;

	if (open_tls(app, r) != 0)
		return -1;
	if (!app->config.mqtt)
		return 0;
	s = stream_of(app);
	if (mqtt_connect(&app->mqtt, &s, app->config.client, r) == 0)
		return 0;
	server_disconnect(app);
	return -1;
}

int server_exchange(
	struct app *app, const char *target, const char *body, struct reason *r)
{
	const struct stream s = stream_of(app);
	struct http_response *p = &app->response;

	if (!server_connected(app))
		return reason_set(r, "state", "not connected: 'connect' first");
	app->have_response = false;
	if (https_exchange(&s, app->board, app->config.host, target, body, p,
		    r) != 0) {
		server_disconnect(app);
		return -1;
	}
	app->have_response = true;
	if (!p->keep_alive)
		server_disconnect(app);
	if (p->status / 100 == 2)
		return 0;
	return reason_set(r, "http", "%s %s: the server answered %d: %.200s",
		body ? "POST" : "GET", target, p->status, p->body);
}

int server_mqtt_failed(struct app *app)
{
	if (!app->mqtt.up)
		server_disconnect(app);
	return -1;
}

int server_publish(
	struct app *app, const char *text, char outcome[8], struct reason *r)
{
	const struct board *b = app->board;
	const struct config *c = &app->config;
	char target[CONFIG_TEXT_MAX + 32];
	char body[CONSOLE_LINE_MAX + 1];

	if (*text)
		snprintf(body, sizeof(body), "%s", text);
	else
		snprintf(body, sizeof(body), "{\"uptime\":%lu}",
			(unsigned long)((b->now_ms(b->ctx) - app->boot_ms) /
					1000));
	if (app->mqtt.up) {
		snprintf(outcome, 8, "qos%u", (unsigned)c->qos & 1);
		if (mqtt_publish(&app->mqtt, c->topic, body, (unsigned)c->qos,
			    r) == 0)
			return 0;
		return server_mqtt_failed(app);
	}
	snprintf(target, sizeof(target), "/topics/%s?qos=1", c->topic);
	if (server_exchange(app, target, body, r) != 0)
		return -1;
	snprintf(outcome, 8, "%u", (unsigned)app->response.status % 1000);
	return 0;
}

void server_on_message(void *arg, const struct mqtt_message *m)
{
	struct app *app = arg;

	app->messages++;
	app->message_len = m->total;
	snprintf(app->message_topic, sizeof(app->message_topic), "%.*s",
		(int)m->topic_len, m->topic);
	console_note(&app->con, "message %s %lu: %.*s", app->message_topic,
		(unsigned long)m->total, m->len < 300 ? (int)m->len : 300,
		(const char *)m->payload);
}

/* The modem's word of what came may be lost: when an answer must come, look
 * for it without one. */
static bool must_look(struct app *app)
{
	const struct link *l = app->mcu_up ? &app->tcp : &app->ssl;
	const struct board *b = app->board;
	uint32_t now = b->now_ms(b->ctx);

	if (!l->waiting && !l->closed && l->have == 0 &&
		(!app->mqtt.ping_due || now - app->looked_ms < LOOK_MS))
		return false;
	app->looked_ms = now;
	return true;
}

void server_tend(struct app *app)
{
	struct reason r;
	int rc = 0;

	if (!app->mqtt.up)
		return;
	/* No connection outlives that, and no other word of it comes. */
	if (app->at.restarted) {
		app->mqtt.up = false;
		rc = reason_set(&r, "modem", "the modem restarted by itself");
	} else if (must_look(app)) {
		/* What is left then keeps l->waiting set. */
		rc = 1;
		for (int i = 0; i < AT_ONCE_MAX && rc > 0; i++)
			rc = mqtt_receive(&app->mqtt, 0, &r);
	}
	if (rc >= 0)
		rc = mqtt_alive(&app->mqtt, &r);
	if (rc == 0)
		return;
	console_note(&app->con, "the connection is lost: %s", r.text);
	server_disconnect(app);
}
