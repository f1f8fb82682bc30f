#include "link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "modem.h"
#include "stream.h"

#define OPEN_MS	  150000 /* man [EC2x TCP/IP V1.0 QIOPEN] */
#define CLOSE_MS  12000	 /* the modem takes up to 10 s for the FIN */
#define PROMPT_MS 5000
#define SENT_MS	  10000
#define FULL_MS	  20000
#define POLL_MS	  1000
#define SETTLE_MS 500

#define RESULT_ID_TAKEN 563

const struct link_words link_tcp = {
	.code = "tcp",
	.open = "+QIOPEN",
	.send = "AT+QISEND",
	.read = "AT+QIRD",
	.data = "+QIRD",
	.close = "AT+QICLOSE",
	.urc = "+QIURC: ",
};

const struct link_words link_ssl = {
	.code = "tls_modem",
	.open = "+QSSLOPEN",
	.send = "AT+QSSLSEND",
	.read = "AT+QSSLRECV",
	.data = "+QSSLRECV",
	.close = "AT+QSSLCLOSE",
	.urc = "+QSSLURC: ",
};

/* `"recv",<id>`, `"closed",<id>` */
static void on_urc(void *arg, const char *line)
{
	struct link *l = arg;
	const char *s = line + strlen(l->words->urc);
	const char *comma = strchr(s, ',');
	long n;

	if (!comma)
		return;
	n = strtol(comma + 1, NULL, 10);
	if (strncmp(s, "\"recv\"", 6) == 0 && n == l->id)
		l->waiting = true;
	else if (strncmp(s, "\"closed\"", 8) == 0 && n == l->id)
		l->closed = true;
}

/* `"pdpdeact",<ctx>` takes all sockets with it, those with TLS in the modem
 * too, which have no such URC of their own. */
static void on_deact(void *arg, const char *line)
{
	struct link *l = arg;
	const char *comma = strchr(line, ',');

	if (comma && strtol(comma + 1, NULL, 10) == MODEM_PDP)
		l->closed = l->dropped = true;
}

void link_init(struct link *l, struct at_client *at,
	const struct link_words *words, int id)
{
	memset(l, 0, sizeof(*l));
	l->at = at;
	l->words = words;
	l->id = id;
	l->on_urc = (struct at_urc){words->urc, on_urc, l, NULL};
	at_listen(at, &l->on_urc);
	l->on_deact =
		(struct at_urc){"+QIURC: \"pdpdeact\"", on_deact, l, NULL};
	at_listen(at, &l->on_deact);
}

static int try_open(struct link *l, const char *command, struct reason *r)
{
	const char *w = l->words->code;
	char text[32];

	l->result = -1;
	if (at_command(l->at, r, w, OPEN_MS, "%s", command) != 0) {
		modem_add_geterror(l->at, r);
		return -1;
	}
	snprintf(text, sizeof(text), "%s: %d,*", l->words->open, l->id);
	if (at_expect(l->at, r, w, text, OPEN_MS) != 0)
		return -1;
	l->result = strtol(l->at->arg, NULL, 10);
	if (l->result == 0)
		return 0;
	return reason_set(r, w, "%s: the modem said %s (%s)", l->at->what,
		l->at->line, reason_net_text(l->result));
}

int link_open(struct link *l, const char *command, struct reason *r)
{
	int rc;

	l->have = 0;
	l->waiting = false;
	l->closed = l->dropped = false;
	rc = try_open(l, command, r);
	if (rc != 0) {
		/* The id stays taken until it is closed [TCP §1]. */
		l->open = true;
		link_close(l);
		if (l->result == RESULT_ID_TAKEN) {
			rc = try_open(l, command, r);
			l->open = rc != 0;
			link_close(l);
		}
	}
	l->closed = l->dropped = false;
	l->open = rc == 0;
	return rc;
}

/*
 * The prompt or a byte was lost: the modem may wait for the rest of what it was
 * told of, for ever (qisend/timeout is 0, man [TCP §6]), and would take the
 * next commands for it. CRs fill it up, and do nothing in command mode. One is
 * in front, should the command's own be what was lost: what comes before the
 * prompt behind it is not taken. What the peer gets is damaged.
 */
static void fill_up(struct link *l, size_t len)
{
	uint8_t crs[64];
	size_t n;

	memset(crs, '\r', sizeof(crs));
	at_send_data(l->at, crs, 1, false);
	at_settle(l->at, SETTLE_MS);
	for (; len > 0; len -= n) {
		n = len < sizeof(crs) ? len : sizeof(crs);
		at_send_data(l->at, crs, n, false);
	}
	at_settle(l->at, SETTLE_MS);
	link_close(l);
}

/* 0 sent, 1 modem's buffer full, -1 with r. */
static int send_piece(
	struct link *l, const uint8_t *buf, size_t len, struct reason *r)
{
	static const char *const texts[] = {"SEND OK", "SEND FAIL", "ERROR"};
	const struct link_words *w = l->words;
	int i;

	at_send(l->at, "%s=%d,%u", w->send, l->id, (unsigned)len);
	if (at_expect(l->at, r, w->code, "> ", PROMPT_MS) != 0) {
		if (l->at->late)
			fill_up(l, len);
		else if (l->closed)
			reason_add(r, ": the socket was closed, by the peer or "
				      "with the "
				      "network");
		return -1;
	}
	at_send_data(l->at, buf, len, false);
	i = at_wait(l->at, texts, 3, SENT_MS);
	if (i == 0 || i == 1)
		return i;
	reason_set(r, w->code, "%s: %s after %u bytes of data", l->at->what,
		i == 2 ? "the modem said ERROR" : "no SEND OK", (unsigned)len);
	if (i == AT_FAIL_TIMEOUT)
		fill_up(l, len);
	return -1;
}

static int not_open(const struct link *l, struct reason *r)
{
	return reason_set(r, l->words->code, "the connection is closed");
}

int link_send(struct link *l, const uint8_t *buf, size_t len, struct reason *r)
{
	const struct board *b = l->at->board;
	uint32_t start = b->now_ms(b->ctx);
	size_t n;
	int rc;

	if (!l->open)
		return not_open(l, r);
	while (len > 0) {
		n = len < LINK_SEND_MAX ? len : LINK_SEND_MAX;
		rc = send_piece(l, buf, n, r);
		if (rc < 0)
			return -1;
		if (rc == 0) {
			buf += n;
			len -= n;
			start = b->now_ms(b->ctx);
			continue;
		}
		if (b->now_ms(b->ctx) - start > FULL_MS)
			return reason_set(r, l->words->code,
				"%s: SEND FAIL for %d s: the modem's send "
				"buffer stays full",
				l->at->what, FULL_MS / 1000);
		b->pause(b->ctx, 200);
	}
	return 0;
}

/* One read command into buf. 0 (l->have says how much) or -1 with r. */
static int fetch(struct link *l, struct reason *r)
{
	const struct link_words *w = l->words;
	char text[32];
	long n;

	snprintf(text, sizeof(text), "%s: *", w->data);
	at_send(l->at, "%s=%d,%d", w->read, l->id, LINK_RECV_MAX);
	if (at_expect(l->at, r, w->code, text, PROMPT_MS) != 0)
		return -1;
	n = strtol(l->at->arg, NULL, 10);
	if (n < 0 || n > LINK_RECV_MAX)
		return reason_set(r, w->code,
			"%s: asked for %d bytes, the modem announced %ld",
			l->at->what, LINK_RECV_MAX, n);
	if (at_read(l->at, l->buf, (size_t)n, 5000) != 0)
		return reason_set(r, w->code,
			"%s: %ld bytes announced, fewer came", l->at->what, n);
	if (at_expect(l->at, r, w->code, "OK", 5000) != 0)
		return -1;
	l->have = (size_t)n;
	l->at_byte = 0;
	/* No second "recv" comes before the buffer was read empty. */
	l->waiting = n > 0;
	return 0;
}

/* Nothing more will come: as link_recv. */
static int ended(const struct link *l, struct reason *r)
{
	if (!l->dropped)
		return 0;
	return reason_set(r, "network", "the network dropped the connection");
}

int link_recv(struct link *l, uint8_t *buf, size_t max, uint32_t timeout_ms,
	struct reason *r)
{
	const struct board *b = l->at->board;
	uint32_t start = b->now_ms(b->ctx);
	uint32_t asked;
	size_t n;

	if (!l->open)
		return not_open(l, r);
	while (l->have == 0) {
		bool closed;

		at_poll(l->at, 0);
		closed = l->closed;
		if (fetch(l, r) != 0) {
			/* An id the peer closed may answer ERROR. */
			at_poll(l->at, 0);
			return l->closed && !l->at->restarted ? ended(l, r)
							      : -1;
		}
		if (l->have > 0)
			break;
		/* "closed" seen before an empty read: nothing will follow. */
		if (closed)
			return ended(l, r);
		asked = b->now_ms(b->ctx);
		do {
			if (b->now_ms(b->ctx) - start >= timeout_ms) {
				reason_set(r, l->words->code,
					"nothing received within %lu ms",
					(unsigned long)timeout_ms);
				return STREAM_TIMEOUT;
			}
			at_poll(l->at, 100);
		} while (!l->waiting && !l->closed && !l->at->gone &&
			 !l->at->restarted &&
			 b->now_ms(b->ctx) - asked < POLL_MS);
	}
	n = l->have < max ? l->have : max;
	memcpy(buf, l->buf + l->at_byte, n);
	l->at_byte += n;
	l->have -= n;
	return (int)n;
}

void link_close(struct link *l)
{
	struct reason r;

	if (!l->open)
		return;
	l->open = false;
	l->have = 0;
	at_command(l->at, &r, l->words->code, CLOSE_MS, "%s=%d",
		l->words->close, l->id);
}
