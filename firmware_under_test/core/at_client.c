#include "at_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"

void at_init(struct at_client *at, const struct board *board)
{
	memset(at, 0, sizeof(*at));
	at->board = board;
	at->arg = at->line;
	ring_init(&at->rx, at->rx_mem, sizeof(at->rx_mem));
}

void at_listen(struct at_client *at, struct at_urc *urc)
{
	urc->next = at->urcs;
	at->urcs = urc;
}

/* UART to ring. Returns true when something came. */
static bool pump(struct at_client *at)
{
	const struct board *b = at->board;
	bool any = false;
	uint8_t *room;
	size_t len;
	int n;

	while ((room = ring_space(&at->rx, &len)) && len > 0) {
		n = b->uart_read(b->ctx, room, len);
		if (n < 0)
			at->gone = true;
		if (n <= 0)
			break;
		if (at->tap)
			at->tap(at->tap_arg, false, room, (size_t)n);
		ring_commit(&at->rx, (size_t)n);
		any = true;
	}
	return any;
}

void at_flush(struct at_client *at)
{
	while (pump(at))
		ring_clear(&at->rx);
	ring_clear(&at->rx);
	at->len = 0;
}

/*
 * One byte into the line. True when it completes a line that is not empty.
 * LF ends a line; the CRs around it, and the CR an echoed command ends
 * with, are not part of it. The line stays in at->line until the next call.
 */
static bool feed(struct at_client *at, uint8_t byte)
{
	bool whole;

	if (byte != '\n') {
		if (at->len < AT_LINE_MAX)
			at->line[at->len++] = (char)byte;
		at->line[at->len] = '\0';
		return false;
	}
	while (at->len > 0 && at->line[at->len - 1] == '\r')
		at->len--;
	at->line[at->len] = '\0';
	whole = at->len > 0;
	at->len = 0;
	return whole;
}

static bool matches(struct at_client *at, const char *text)
{
	size_t n = strlen(text);

	if (n > 0 && text[n - 1] == '*') {
		if (strncmp(at->line, text, n - 1) != 0)
			return false;
		at->arg = at->line + n - 1;
		return true;
	}
	at->arg = at->line + strlen(at->line);
	return strcmp(at->line, text) == 0;
}

static bool is_for(const struct at_client *at, const struct at_urc *u)
{
	return strncmp(at->line, u->prefix, strlen(u->prefix)) == 0;
}

static void offer_urc(struct at_client *at)
{
	for (struct at_urc *u = at->urcs; u; u = u->next)
		if (is_for(at, u))
			u->fn(u->arg, at->line);
}

static bool is_urc(const struct at_client *at)
{
	const struct at_urc *u = at->urcs;

	while (u && !is_for(at, u))
		u = u->next;
	return u != NULL;
}

/* Which of the texts the line is; -1: none. A bare `*` would be any line. */
static int match_index(struct at_client *at, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (matches(at, texts[i]) &&
			(strcmp(texts[i], "*") != 0 || !is_urc(at)))
			return (int)i;
	return -1;
}

/* A prompt is recognised only where one is asked for: "> " may also begin
 * a line of an SMS text. */
static int prompt_index(const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(texts[i], "> ") == 0)
			return (int)i;
	return -1;
}

/* Work through what is in the ring; index of the match, or -1. */
static int scan(struct at_client *at, const char *const *texts, size_t n)
{
	int prompt = prompt_index(texts, n);
	int c, i;

	while ((c = ring_get(&at->rx)) >= 0) {
		if (feed(at, (uint8_t)c)) {
			i = match_index(at, texts, n);
			if (i >= 0)
				return i;
			offer_urc(at);
		} else if (prompt >= 0 && at->len == 2 &&
			   memcmp(at->line, "> ", 2) == 0) {
			at->len = 0;
			return prompt;
		}
	}
	return -1;
}

int at_wait(struct at_client *at, const char *const *texts, size_t n,
	uint32_t timeout_ms)
{
	const struct board *b = at->board;
	uint32_t start = b->now_ms(b->ctx);
	uint32_t ms;
	int i;

	for (;;) {
		i = scan(at, texts, n);
		if (i >= 0)
			return i;
		if (at->restarted)
			return AT_FAIL_RESTARTED;
		if (pump(at))
			continue;
		if (at->gone)
			return AT_FAIL_GONE;
		ms = board_left(b, start, timeout_ms);
		if (ms == 0) {
			at->late = true;
			return AT_FAIL_TIMEOUT;
		}
		b->wait_uart(b->ctx, ms);
	}
}

void at_poll(struct at_client *at, uint32_t ms)
{
	const struct board *b = at->board;

	if (!pump(at) && ring_used(&at->rx) == 0 && ms > 0 && !at->gone) {
		b->wait_uart(b->ctx, ms);
		pump(at);
	}
	do {
		scan(at, NULL, 0);
	} while (pump(at));
}

void at_settle(struct at_client *at, uint32_t ms)
{
	const struct board *b = at->board;
	uint32_t start = b->now_ms(b->ctx);

	do {
		at_poll(at, 0);
		if (board_left(b, start, 2000) == 0)
			break;
		b->wait_uart(b->ctx, ms);
	} while (pump(at));
	at->late = false;
}

int at_read(struct at_client *at, uint8_t *buf, size_t len, uint32_t timeout_ms)
{
	const struct board *b = at->board;
	uint32_t start = b->now_ms(b->ctx);
	size_t got = 0;
	uint32_t ms;

	for (;;) {
		got += ring_read(&at->rx, buf + got, len - got);
		if (got == len)
			return 0;
		if (pump(at))
			continue;
		if (at->gone)
			return AT_FAIL_GONE;
		ms = board_left(b, start, timeout_ms);
		if (ms == 0) {
			at->late = true;
			return AT_FAIL_TIMEOUT;
		}
		b->wait_uart(b->ctx, ms);
	}
}

size_t at_take_raw(struct at_client *at, uint8_t *buf, size_t max)
{
	if (ring_used(&at->rx) == 0)
		pump(at);
	at->len = 0;
	return ring_read(&at->rx, buf, max);
}

static int write_all(struct at_client *at, const uint8_t *buf, size_t len)
{
	const struct board *b = at->board;

	if (b->uart_write(b->ctx, buf, len) != 0) {
		at->gone = true;
		return AT_FAIL_GONE;
	}
	return 0;
}

int at_send_data(
	struct at_client *at, const uint8_t *buf, size_t len, bool quiet)
{
	if (at->tap)
		at->tap(at->tap_arg, true, quiet ? NULL : buf, len);
	return write_all(at, buf, len);
}

/* "AT+QICSGP=1,…" is "AT+QICSGP" in a reason: arguments may be secret. */
static void name_command(struct at_client *at)
{
	size_t n = strcspn(at->cmd, "=?\r");

	if (n >= sizeof(at->what))
		n = sizeof(at->what) - 1;
	memcpy(at->what, at->cmd, n);
	at->what[n] = '\0';
}

__attribute__((format(printf, 2, 0))) static int send_v(
	struct at_client *at, const char *fmt, va_list ap)
{
	int n;

	/* A late answer must not pass for the answer to this command. */
	if (at->late)
		at_settle(at, 200);
	at_poll(at, 0);
	n = vsnprintf(at->cmd, sizeof(at->cmd) - 1, fmt, ap);
	name_command(at);
	if (n < 0 || (size_t)n >= sizeof(at->cmd) - 1)
		return AT_FAIL_TIMEOUT;
	at->cmd[n] = '\r';
	return at_send_data(at, (const uint8_t *)at->cmd, (size_t)n + 1, false);
}

int at_send(struct at_client *at, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = send_v(at, fmt, ap);
	va_end(ap);
	return rc;
}

static int fail_wait(struct at_client *at, struct reason *r, const char *code,
	int fail, const char *text, uint32_t timeout_ms)
{
	if (fail == AT_FAIL_GONE)
		return reason_set(r, "modem",
			"%s: the modem's serial line is gone", at->what);
	if (fail == AT_FAIL_RESTARTED)
		return reason_set(r, "modem",
			"%s: the modem restarted by itself", at->what);
	return reason_set(r, code, "%s: no '%s' within %lu ms", at->what, text,
		(unsigned long)timeout_ms);
}

int at_expect(struct at_client *at, struct reason *r, const char *code,
	const char *text, uint32_t timeout_ms)
{
	/* The errors first: text may be `*`. */
	const char *texts[] = {"ERROR", "+CME ERROR: *", text};
	int i = at_wait(at, texts, 3, timeout_ms);
	char *end;
	long cme;

	if (i == 2)
		return 0;
	if (i < 0)
		return fail_wait(at, r, code, i, text, timeout_ms);
	if (i == 0)
		return reason_set(
			r, code, "%s: the modem said ERROR", at->what);
	cme = strtol(at->arg, &end, 10);
	if (end == at->arg || *end)
		return reason_set(
			r, code, "%s: the modem said %s", at->what, at->line);
	return reason_set(r, code, "%s: the modem said %s (%s)", at->what,
		at->line, reason_cme_text(cme));
}

int at_command(struct at_client *at, struct reason *r, const char *code,
	uint32_t timeout_ms, const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = send_v(at, fmt, ap);
	va_end(ap);
	if (rc == AT_FAIL_TIMEOUT)
		return reason_set(r, code, "%s: command longer than %d bytes",
			at->what, AT_CMD_MAX - 2);
	return at_expect(at, r, code, "OK", timeout_ms);
}

int at_query(struct at_client *at, struct reason *r, const char *code,
	uint32_t timeout_ms, const char *cmd, const char *prefix, char *out,
	size_t max)
{
	char text[32];

	snprintf(text, sizeof(text), "%s*", prefix);
	at_send(at, "%s", cmd);
	do {
		if (at_expect(at, r, code, text, timeout_ms) != 0)
			return -1;
	} while (*prefix == '\0' && strncmp(at->line, "AT", 2) == 0);
	snprintf(out, max, "%s", at->arg);
	if (*prefix == '\0' && strcmp(out, "OK") == 0)
		return reason_set(r, code, "%s: OK without a value", at->what);
	return at_expect(at, r, code, "OK", timeout_ms);
}

bool at_field(const char **s, long *value)
{
	char *end;

	*value = strtol(*s, &end, 10);
	if (end == *s)
		return false;
	*s = *end == ',' ? end + 1 : end;
	return true;
}
