#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "bridge.h"
#include "server.h"
#include "store.h"
#include "tls_mcu.h"

#define TCP_ID	      0
#define SSL_ID	      1
#define PUT_IDLE_MS   10000
#define GET_MS	      30000
#define BODY_NOTE_MAX 400
#define PEM_BEGIN     "-----BEGIN "
#define PEM_END	      "-----END "
#define DROP_IDLE_MS  1000
#define DROP_ALL_MS   30000
#define WORD_MAX      12 /* of an unknown command, to be repeated */

struct command {
	const char *name;
	/* args: what follows the name, never NULL. 0 after console_ok(), or
	 * -1 with r. */
	int (*run)(struct app *app, char *args, struct reason *r);
	const char *help;
};

/* ---- commands ---- */

static int cmd_help(struct app *app, char *args, struct reason *r);

static void note_line(void *arg, const char *text)
{
	struct app *app = arg;

	console_print(&app->con, "# ", text);
}

static void note_memory(struct app *app)
{
	const struct board *b = app->board;
	size_t size, peak;

	tls_mcu_memory(&size, &peak);
	console_note(&app->con, "TLS memory: %u of %u bytes used at most",
		(unsigned)peak, (unsigned)size);
	if (b->info)
		b->info(b->ctx, note_line, app);
}

static int cmd_info(struct app *app, char *args, struct reason *r)
{
	static const char *const asks[] = {"AT+CGMM", "AT+CGMR", "AT+CSQ"};
	char line[CONFIG_HOST_MAX + 32];

	(void)args;
	note_memory(app);
	for (size_t i = 0;
		config_show(&app->config, i, line, sizeof(line), false); i++)
		console_note(&app->con, "%s", line);
	for (int i = 0; i < CONFIG_PEM_COUNT; i++)
		console_note(&app->con, "%s %u bytes, checksum %x",
			config_pem_name((enum config_pem)i),
			(unsigned)app->config.pem[i].len,
			config_qsum(app->config.pem[i].data,
				app->config.pem[i].len));
	for (size_t i = 0; app->modem.on && i < sizeof(asks) / sizeof(*asks);
		i++) {
		if (at_query(&app->at, r, "modem", AT_LOCAL_MS, asks[i], "",
			    line, sizeof(line)) != 0)
			return -1;
		console_note(&app->con, "%s: %s", asks[i], line);
	}
	console_ok(&app->con, "info modem %s, %s, %s",
		app->modem.on ? "on" : "off",
		app->modem.attached ? "attached" : "not attached",
		server_connected(app) ? "connected" : "not connected");
	return 0;
}

static int cmd_set(struct app *app, char *args, struct reason *r)
{
	char *value = strchr(args, ' ');

	if (value)
		*value++ = '\0';
	if (strcmp(args, "clock") == 0) {
		if (modem_set_clock(&app->modem, value ? value : "", r) != 0)
			return -1;
	} else {
		if (config_set(&app->config, args, value ? value : "", r) != 0)
			return -1;
		store_save(&app->config, app->board, &app->note);
	}
	console_ok(&app->con, "set %s", args);
	return 0;
}

static int cmd_put(struct app *app, char *args, struct reason *r)
{
	char *number = strchr(args, ' ');
	struct console *con = &app->con;
	const struct board *b = app->board;
	unsigned long len = 0;
	char *end = args;
	struct pem *p;
	size_t got;
	int kind;

	if (number) {
		*number++ = '\0';
		len = strtoul(number, &end, 10);
	}
	kind = config_pem_kind(args);
	if (kind < 0 || !number || end == number || *end || len == 0 ||
		len > 1000000)
		return reason_set(r, "usage", "put ca|cert|key LEN");
	if (len > CONFIG_PEM_MAX) {
		/* Swallow it: PEM lines must not be read as commands. */
		console_take(con, NULL, len, PUT_IDLE_MS);
		return reason_set(r, "usage", "put %s: %lu bytes, at most %d",
			args, len, CONFIG_PEM_MAX);
	}
	p = &app->config.pem[kind];
	got = console_take(con, app->incoming, len, PUT_IDLE_MS);
	if (got < len)
		return reason_set(r, "usage",
			"put %s: %u of %lu bytes came, then none for %d s",
			args, (unsigned)got, len, PUT_IDLE_MS / 1000);
	memcpy(p->data, app->incoming, len);
	p->data[len] = '\0';
	p->len = len;
	if (b->save && b->save(b->ctx, args, (uint8_t *)p->data, len) != 0)
		console_note(con, "%s could not be saved", args);
	console_ok(con, "put %s %lu %x", args, len, config_qsum(p->data, len));
	return 0;
}

static int cmd_modem(struct app *app, char *args, struct reason *r)
{
	int rc;

	if (strcmp(args, "on") != 0 && strcmp(args, "off") != 0 &&
		strcmp(args, "reset") != 0)
		return reason_set(r, "usage", "modem on|off|reset");
	server_disconnect(app);
	if (strcmp(args, "on") == 0)
		rc = modem_start(&app->modem, r);
	else if (strcmp(args, "off") == 0)
		rc = modem_stop(&app->modem, r);
	else
		rc = modem_restart(&app->modem, r);
	if (rc == 0)
		console_ok(&app->con, "modem %s", args);
	return rc;
}

static int cmd_connect(struct app *app, char *args, struct reason *r)
{
	(void)args;
	if (server_connect(app, r) != 0)
		return -1;
	console_ok(&app->con, "connect %s %s:%ld",
		app->config.path == CONFIG_PATH_MCU ? "mcu" : "modem",
		app->config.host, app->config.port);
	return 0;
}

static int cmd_publish(struct app *app, char *args, struct reason *r)
{
	char outcome[8];

	if (server_publish(app, args, outcome, r) != 0)
		return -1;
	app->published++;
	console_ok(&app->con, "publish %s %s", outcome, app->config.topic);
	return 0;
}

static int cmd_subscribe(struct app *app, char *args, struct reason *r)
{
	if (!*args || strchr(args, ' '))
		return reason_set(r, "usage", "subscribe FILTER");
	if (!app->mqtt.up)
		return reason_set(r, "state",
			"no MQTT connection: 'set proto mqtt', 'connect'");
	if (mqtt_subscribe(&app->mqtt, args, (unsigned)app->config.qos, r) != 0)
		return server_mqtt_failed(app);
	console_ok(&app->con, "subscribe %s", args);
	return 0;
}

/* The last message, or the next one. */
static int get_message(struct app *app, struct reason *r)
{
	int rc = 1;

	if (app->messages == 0)
		rc = mqtt_receive(&app->mqtt, GET_MS, r);
	if (rc < 0)
		return server_mqtt_failed(app);
	if (rc == 0)
		return reason_set(
			r, "mqtt", "no message within %d s", GET_MS / 1000);
	app->messages = 0;
	console_ok(
		&app->con, "get %s %u", app->message_topic, app->message_len);
	return 0;
}

/* All that was kept of the body, in as many notes as it takes. */
static void note_body(struct app *app)
{
	const struct http_response *p = &app->response;
	char piece[BODY_NOTE_MAX + 1];
	size_t at = 0, n;

	do {
		n = p->body_len - at;
		if (n > BODY_NOTE_MAX)
			n = BODY_NOTE_MAX;
		memcpy(piece, p->body + at, n);
		piece[n] = '\0';
		for (size_t i = 0; i < n; i++)
			if (piece[i] == '\0')
				piece[i] = '.';
		console_note(&app->con, "%s", piece);
		at += n;
	} while (at < p->body_len);
}

static int cmd_get(struct app *app, char *args, struct reason *r)
{
	char target[CONFIG_TEXT_MAX + 32];

	if (strcmp(args, "last") == 0 && !app->have_response)
		return reason_set(r, "state", "no answer has come yet");
	if (strcmp(args, "last") != 0 && *args)
		return reason_set(r, "usage", "get [last]");
	if (!*args && app->mqtt.up)
		return get_message(app, r);
	if (!*args) {
		snprintf(target, sizeof(target), "/things/%s/shadow",
			app->config.thing);
		if (server_exchange(app, target, NULL, r) != 0)
			return -1;
	}
	note_body(app);
	console_ok(&app->con, "get %d %lu", app->response.status,
		(unsigned long)app->response.length);
	return 0;
}

static int cmd_close(struct app *app, char *args, struct reason *r)
{
	(void)args;
	(void)r;
	server_disconnect(app);
	console_ok(&app->con, "close");
	return 0;
}

static int cmd_run(struct app *app, char *args, struct reason *r)
{
	char outcome[8];

	console_note(&app->con, "run: modem on");
	server_disconnect(app);
	if (!app->modem.on && modem_start(&app->modem, r) != 0)
		return -1;
	console_note(&app->con, "run: connect");
	if (server_connect(app, r) != 0)
		return -1;
	console_note(&app->con, "run: publish");
	if (server_publish(app, args, outcome, r) != 0)
		return -1;
	app->published++;
	server_disconnect(app);
	console_ok(&app->con, "run %s %s %s",
		app->config.path == CONFIG_PATH_MCU ? "mcu" : "modem", outcome,
		app->config.topic);
	return 0;
}

static void trace_line(void *arg, const char *text)
{
	struct app *app = arg;

	console_print(&app->con, "", text);
}

static void tap(void *arg, bool to_modem, const uint8_t *buf, size_t len)
{
	struct app *app = arg;
	const struct board *b = app->board;
	const struct pem *key = &app->config.pem[CONFIG_PEM_KEY];
	uint32_t ms = b->now_ms(b->ctx) - app->boot_ms;

	if (buf)
		trace_write_bytes(&app->trace, ms, to_modem, buf, len);
	else
		trace_write_key(
			&app->trace, ms, len, config_qsum(key->data, key->len));
}

static int cmd_trace(struct app *app, char *args, struct reason *r)
{
	if (strcmp(args, "on") != 0 && strcmp(args, "off") != 0)
		return reason_set(r, "usage", "trace on|off");
	app->at.tap = strcmp(args, "on") == 0 ? tap : NULL;
	app->at.tap_arg = app;
	console_ok(&app->con, "trace %s", args);
	return 0;
}

static int cmd_bridge(struct app *app, char *args, struct reason *r)
{
	struct bridge_count n;

	if (*args)
		return reason_set(r, "usage", "bridge takes nothing");
	server_disconnect(app);
	console_ok(&app->con, "bridge");
	n = bridge_run(&app->at, &app->con);
	console_note(&app->con, "bridge: %lu bytes to the modem, %lu from it",
		(unsigned long)n.to_modem, (unsigned long)n.from_modem);
	return 0;
}

static int end(struct app *app, char *args, const char *name,
	enum board_end how, struct reason *r)
{
	const struct board *b = app->board;

	if (*args)
		return reason_set(r, "usage", "%s takes nothing", name);
	if (!b->end)
		return reason_set(r, "state", "this board has no %s", name);
	server_disconnect(app);
	console_ok(&app->con, "%s", name);
	b->end(b->ctx, how);
	return 0;
}

static int cmd_reset(struct app *app, char *args, struct reason *r)
{
	return end(app, args, "reset", BOARD_END_RESET, r);
}

static int cmd_dfu(struct app *app, char *args, struct reason *r)
{
	return end(app, args, "dfu", BOARD_END_DFU, r);
}

static int cmd_crash(struct app *app, char *args, struct reason *r)
{
	return end(app, args, "crash", BOARD_END_CRASH, r);
}

static const struct command commands[] = {
	{"help", cmd_help, "this list"},
	{"info", cmd_info, "settings, files and what the modem says"},
	{"set", cmd_set, "set KEY VALUE"},
	{"put", cmd_put, "put ca|cert|key LEN, then LEN raw bytes of PEM"},
	{"modem", cmd_modem, "modem on|off|reset"},
	{"connect", cmd_connect, "attach to the network, open TLS"},
	{"publish", cmd_publish, "publish [TEXT]: to the topic"},
	{"subscribe", cmd_subscribe, "subscribe FILTER (MQTT)"},
	{"get", cmd_get,
		"MQTT: the last or next message; HTTPS: GET the thing's "
		"shadow, get last: last answer"},
	{"close", cmd_close, "end the connection"},
	{"run", cmd_run, "run [TEXT]: modem on, connect, publish, close"},
	{"trace", cmd_trace, "trace on|off: the modem's lines as transcript"},
	{"bridge", cmd_bridge,
		"console and modem as one line; ends with three Ctrl-] after "
		"0.5 s"},
	{"reset", cmd_reset, "restart the firmware"},
	{"dfu", cmd_dfu, "go to the ROM's boot loader, to be flashed"},
	{"crash", cmd_crash, "take a fault, to see it reported"},
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static int cmd_help(struct app *app, char *args, struct reason *r)
{
	(void)args;
	(void)r;
	for (size_t i = 0; i < COMMANDS; i++)
		console_note(&app->con, "%-9s %s", commands[i].name,
			commands[i].help);
	for (size_t i = 0; config_help(i); i++)
		console_note(&app->con, "set %s", config_help(i));
	console_note(&app->con,
		"set clock     yy/MM/dd,hh:mm:ss+zz: the modem's clock");
	console_ok(&app->con, "help");
	return 0;
}

/*
 * A file that no put takes, for its line was wrong: its lines are no commands,
 * and are not to be seen on the console. Up to its END, to silence, or for as
 * long as any file takes.
 */
static void drop_pem(struct app *app)
{
	const struct board *b = app->board;
	uint32_t start = b->now_ms(b->ctx);
	struct console *con = &app->con;
	enum console_event ev = CONSOLE_LINE;

	while ((ev == CONSOLE_TOO_LONG ||
		       (ev == CONSOLE_LINE && !strstr(con->line, PEM_END))) &&
		board_left(b, start, DROP_ALL_MS) > 0)
		ev = console_read(con, DROP_IDLE_MS);
}

/* Whatever else a line may be that is none of ours, a secret perhaps. */
static bool may_be_shown(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz");

	return n <= WORD_MAX && word[n] == '\0';
}

static void run_line(struct app *app, char *line)
{
	struct reason r = {"state", ""};
	char *args = line + strcspn(line, " ");

	if (strncmp(line, PEM_BEGIN, strlen(PEM_BEGIN)) == 0) {
		drop_pem(app);
		reason_set(&r, "usage",
			"a file that no 'put ca|cert|key LEN' announced");
		console_err(&app->con, &r);
		return;
	}
	if (*args)
		*args++ = '\0';
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(commands[i].name, line) != 0)
			continue;
		if (commands[i].run(app, args, &r) != 0)
			console_err(&app->con, &r);
		return;
	}
	if (may_be_shown(line))
		reason_set(&r, "usage", "no command '%s'; 'help' lists them",
			line);
	else
		reason_set(&r, "usage", "no such command; 'help' lists them");
	console_err(&app->con, &r);
}

void app_init(struct app *app, const struct board *board)
{
	memset(app, 0, sizeof(*app));
	app->board = board;
	app->boot_ms = board->now_ms(board->ctx);
	console_init(&app->con, board);
	app->note = (struct note){note_line, app};
	app->trace = (struct trace){trace_line, app};
	config_init(&app->config);
	at_init(&app->at, board);
	modem_init(&app->modem, &app->at, board, &app->note);
	link_init(&app->tcp, &app->at, &link_tcp, TCP_ID);
	link_init(&app->ssl, &app->at, &link_ssl, SSL_ID);
	mqtt_init(&app->mqtt, board, server_on_message, app);
	store_load(&app->config, board, &app->note);
	console_note(&app->con, "wiofw " EC21_VERSION " (%s) ready%s%s",
		board->name, *tls_mcu_build ? ", " : "", tls_mcu_build);
}

bool app_turn(struct app *app, uint32_t ms)
{
	struct reason r;

	switch (console_read(&app->con, ms)) {
	case CONSOLE_LINE:
		run_line(app, app->con.line);
		break;
	case CONSOLE_TOO_LONG:
		reason_set(&r, "usage", "a line longer than %d characters",
			CONSOLE_LINE_MAX);
		console_err(&app->con, &r);
		break;
	case CONSOLE_END:
		server_disconnect(app);
		return false;
	case CONSOLE_NOTHING:
		at_poll(&app->at, 0);
		server_tend(app);
		break;
	}
	return true;
}
