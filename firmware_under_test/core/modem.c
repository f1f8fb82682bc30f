#include "modem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "chat.h"
#include "civil.h"
#include "config.h"
#include "scripts.h"

/* [WIO §7]: a PWRKEY pulse of 200 ms. Its RESET_N pulse has 200 ms, too; the
 * module takes 150..460, and the middle bears a host that is late. One note
 * asks 500 ms of PWRKEY, so the second try is longer; STATUS takes 2.5 s. */
#define SUPPLY_MS     500
#define KEY_MS	      200
#define KEY_AGAIN_MS  550
#define KEY_TRIES     3
#define RESET_MS      300
#define STATUS_MS     5000
#define REGISTER_MS   60000
#define QIACT_MS      150000 /* man [EC2x TCP/IP V1.0] */
#define QIDEACT_MS    40000  /* man [EC2x TCP/IP V1.0] */
#define POWER_DOWN_MS 65000  /* man [EC2x AT V2.0 QPOWD] */

static void on_rdy(void *arg, const char *line)
{
	struct modem *m = arg;

	if (m->on) {
		note_say(m->note, "the modem restarted by itself (%s)", line);
		m->at->restarted = true;
	}
	m->on = false;
	m->attached = false;
}

static void on_down(void *arg, const char *line)
{
	on_rdy(arg, line);
}

/* `"pdpdeact",<ctx>` */
static void on_deact(void *arg, const char *line)
{
	struct modem *m = arg;
	const char *comma = strchr(line, ',');

	if (!comma || strtol(comma + 1, NULL, 10) != MODEM_PDP)
		return;
	note_say(m->note, "the network dropped the connection: %s", line);
	m->attached = false;
	m->stale = true;
}

void modem_init(struct modem *m, struct at_client *at,
	const struct board *board, const struct note *note)
{
	memset(m, 0, sizeof(*m));
	m->at = at;
	m->board = board;
	m->note = note;
	m->on_rdy = (struct at_urc){"RDY", on_rdy, m, NULL};
	m->on_down = (struct at_urc){"POWERED DOWN", on_down, m, NULL};
	m->on_deact =
		(struct at_urc){"+QIURC: \"pdpdeact\"", on_deact, m, NULL};
	at_listen(at, &m->on_rdy);
	at_listen(at, &m->on_down);
	at_listen(at, &m->on_deact);
}

static void pin(const struct modem *m, enum board_pin p, bool high)
{
	m->board->pin_set(m->board->ctx, p, high);
}

static void pause_ms(const struct modem *m, uint32_t ms)
{
	m->board->pause(m->board->ctx, ms);
}

/* True once the modem says that it runs, or cannot say. */
static bool comes_up(const struct modem *m)
{
	const struct board *b = m->board;
	uint32_t start = b->now_ms(b->ctx);

	while (b->status(b->ctx) == BOARD_STATUS_OFF) {
		if (b->now_ms(b->ctx) - start > STATUS_MS)
			return false;
		pause_ms(m, 100);
	}
	return true;
}

/*
 * A pulse may be lost: too short for this module, or the supply was not up.
 * Pressed again only while STATUS says off, for it would switch off as well.
 */
static int press_key(struct modem *m, struct reason *r)
{
	for (int i = 0; i < KEY_TRIES; i++) {
		if (i > 0)
			note_say(m->note, "STATUS says off, PWRKEY again");
		pause_ms(m, 100);
		pin(m, BOARD_PIN_PWRKEY, true);
		pause_ms(m, i == 0 ? KEY_MS : KEY_AGAIN_MS);
		pin(m, BOARD_PIN_PWRKEY, false);
		if (comes_up(m))
			return 0;
	}
	return reason_set(r, "modem",
		"boot: STATUS still says off after %d pulses of PWRKEY",
		KEY_TRIES);
}

static void pulse_reset(struct modem *m)
{
	pin(m, BOARD_PIN_RESET, false);
	pause_ms(m, RESET_MS);
	at_flush(m->at);
	pin(m, BOARD_PIN_RESET, true);
}

static int setup(struct modem *m, struct reason *r)
{
	if (chat_run(m->at, script_sync, script_sync_len, r) != 0)
		return -1;
	at_settle(m->at, 100);
	if (chat_run(m->at, script_setup, script_setup_len, r) != 0)
		return -1;
	m->on = true;
	return 0;
}

/* It is about to come up anew. */
static void forget(struct modem *m)
{
	m->on = false;
	m->attached = false;
	m->stale = false;
	m->at->restarted = false;
}

int modem_start(struct modem *m, struct reason *r)
{
	forget(m);
	at_flush(m->at);
	if (!m->board->has_pins)
		return setup(m, r);

	pin(m, BOARD_PIN_PWRKEY, false);
	pin(m, BOARD_PIN_RESET, true);
	pin(m, BOARD_PIN_DTR, false);
	pin(m, BOARD_PIN_SUPPLY, true);
	pause_ms(m, SUPPLY_MS);
	if (m->board->status(m->board->ctx) == BOARD_STATUS_RUNNING)
		pulse_reset(m);
	else if (press_key(m, r) != 0)
		return -1;
	if (chat_run(m->at, script_rdy, script_rdy_len, r) != 0)
		return -1;
	return setup(m, r);
}

int modem_restart(struct modem *m, struct reason *r)
{
	forget(m);
	if (m->board->has_pins)
		pulse_reset(m);
	else if (at_command(m->at, r, "modem", 15000, "AT+CFUN=1,1") != 0)
		return -1;
	if (chat_run(m->at, script_rdy, script_rdy_len, r) != 0)
		return -1;
	return setup(m, r);
}

int modem_stop(struct modem *m, struct reason *r)
{
	/* One that restarted by itself answers again. */
	m->at->restarted = false;
	if (at_command(m->at, r, "modem", AT_LOCAL_MS, "AT+QPOWD=1") != 0)
		return -1;
	m->on = false;
	m->attached = false;
	if (at_expect(m->at, r, "modem", "POWERED DOWN", POWER_DOWN_MS) != 0)
		return -1;
	if (m->board->has_pins) {
		/* Power may go 1 s after the line [AT §5.3]. */
		pause_ms(m, 1000);
		pin(m, BOARD_PIN_SUPPLY, false);
	}
	return 0;
}

/* The <stat> of AT+CEREG? or AT+CGREG?; -1 when it cannot be read. */
static long registration(struct modem *m, const char *cmd, const char *prefix)
{
	char text[64];
	const char *s = text;
	struct reason r;
	long mode, stat;

	if (at_query(m->at, &r, "network", AT_LOCAL_MS, cmd, prefix, text,
		    sizeof(text)) != 0)
		return -1;
	if (!at_field(&s, &mode) || !at_field(&s, &stat))
		return -1;
	return stat;
}

static bool registered(long stat)
{
	return stat == 1 || stat == 5; /* home, roaming */
}

/*
 * A data-only SIM shows CREG 0,3 for ever while CEREG says 1 (cap [EC21-J on
 * docomo]), so CREG is not asked. 2, 3 and 4 may pass; only time decides.
 */
static int wait_registered(struct modem *m, struct reason *r)
{
	const struct board *b = m->board;
	uint32_t start = b->now_ms(b->ctx);
	long eps, gprs;

	for (;;) {
		eps = registration(m, "AT+CEREG?", "+CEREG: ");
		if (registered(eps))
			return 0;
		gprs = registration(m, "AT+CGREG?", "+CGREG: ");
		if (registered(gprs))
			return 0;
		if (b->now_ms(b->ctx) - start > REGISTER_MS)
			return reason_set(r, "network",
				"not registered after %d s: CEREG %ld, CGREG "
				"%ld (0 not searching, 2 searching, 3 denied, "
				"4 unknown, -1 no answer)",
				REGISTER_MS / 1000, eps, gprs);
		if (m->at->gone)
			return reason_set(
				r, "modem", "the modem's serial line is gone");
		if (m->at->restarted)
			return reason_set(
				r, "modem", "the modem restarted by itself");
		at_poll(m->at, 100);
		pause_ms(m, 200);
	}
}

void modem_add_geterror(struct at_client *at, struct reason *r)
{
	char text[80];
	struct reason own;

	if (at_query(at, &own, r->code, AT_LOCAL_MS, "AT+QIGETERROR",
		    "+QIGETERROR: ", text, sizeof(text)) == 0)
		reason_add(r, "; QIGETERROR: %s", text);
	else
		reason_add(r, "; QIGETERROR gave nothing (%.60s)", own.text);
}

/* Is context 1 in the list of active ones? */
static bool context_active(struct modem *m)
{
	static const char *const texts[] = {
		"+QIACT: 1,1*", "OK", "ERROR", "+CME ERROR: *"};
	const char *const end[] = {"OK"};

	if (at_send(m->at, "AT+QIACT?") != 0)
		return false;
	if (at_wait(m->at, texts, 4, 5000) != 0)
		return false;
	at_wait(m->at, end, 1, 500);
	return true;
}

/* FNV-1a, with the strings' ends. */
static uint32_t access_sum(const struct config *c)
{
	const char *const texts[] = {c->apn, c->user, c->pass};
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *s = texts[i];

		do {
			sum = (sum ^ (uint8_t)*s) * 16777619u;
		} while (*s++);
	}
	return sum;
}

int modem_attach(struct modem *m, const struct config *c, struct reason *r)
{
	uint32_t access = access_sum(c);

	if (!m->on)
		return reason_set(r, "state",
			"the modem is not on: 'modem on' comes first");
	if (m->attached && m->access == access)
		return 0;
	if (m->attached)
		m->stale = true;
	m->attached = false;
	if (wait_registered(m, r) != 0)
		return -1;
	if (m->stale) {
		/* Before QIACT works again; it takes the dead sockets with it.
		 * man [TCP §12]. */
		if (at_command(m->at, r, "network", QIDEACT_MS, "AT+QIDEACT=%d",
			    MODEM_PDP) != 0)
			return -1;
		m->stale = false;
	}
	if (!context_active(m)) {
		/* 3 is PAP or CHAP, as the library asks for. */
		if (at_command(m->at, r, "network", AT_LOCAL_MS,
			    "AT+QICSGP=%d,1,\"%s\",\"%s\",\"%s\",%d", MODEM_PDP,
			    c->apn, c->user, c->pass, c->user[0] ? 3 : 0) != 0)
			return -1;
		if (at_command(m->at, r, "network", QIACT_MS, "AT+QIACT=%d",
			    MODEM_PDP) != 0) {
			modem_add_geterror(m->at, r);
			return -1;
		}
	}
	m->attached = true;
	m->access = access;
	return 0;
}

int modem_clock(struct modem *m, int64_t *utc, char *text, struct reason *r)
{
	if (at_query(m->at, r, "modem", AT_LOCAL_MS, "AT+CCLK?",
		    "+CCLK: ", text, 32) != 0)
		return -1;
	if (!civil_parse_cclk(text, utc))
		return reason_set(
			r, "modem", "AT+CCLK?: cannot read a time in %s", text);
	return 0;
}

int modem_set_clock(struct modem *m, const char *text, struct reason *r)
{
	int64_t utc;

	if (!m->on)
		return reason_set(r, "state",
			"the modem is not on: 'modem on' comes first");
	if (text[0] == '"' || !civil_parse_cclk(text, &utc))
		return reason_set(r, "usage",
			"set clock: yy/MM/dd,hh:mm:ss+zz, zz in quarters of "
			"an hour, not '%.40s'",
			text);
	return at_command(
		m->at, r, "modem", AT_LOCAL_MS, "AT+CCLK=\"%s\"", text);
}
