#include "hil/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/transcript.h"
#include "hil/expand.h"
#include "net/net.h"

/* As the kernel's and the emulator's buffers together are bounded. */
#define PEER_ROOM ((size_t)1 << 20)

enum peer_kind {
	PEER_ECHO,
	PEER_SINK,
	PEER_REFUSE,
	PEER_SILENT,
	PEER_UNKNOWN,
	PEER_NTP,
	PEER_NTP_REFUSES,
	PEER_NTP_UNSET,
	PORT_TAKEN,
	PORT_TAKEN_LATE,
	PEER_NONE, /* no rule */
};

static const char *const kind_names[] = {"echo", "sink", "refuse", "silent",
	"unknown", "ntp", "ntp-refuses", "ntp-unset", "taken", "taken-late",
	NULL};

struct rule {
	char host[128];
	char port[8];
	enum peer_kind kind;
};

struct peer {
	struct stream stream;
	struct door *door;
	TAILQ_ENTRY(peer) entry;
	struct timer timer;
	enum net_proto proto;
	enum peer_kind kind;
	struct buf rx;
	struct why why;
	struct stream_addr addr;
	bool open, ended;
	bool connect_due, readable_due, drain_due, close_due, failed;
};

struct door {
	struct net net;
	struct clock *clk;
	char *rules;
	TAILQ_HEAD(peers, peer) peers;
	uint16_t opened;
};

/* `NAME:PORT KIND`, up to the end of the line. */
static bool parse_rule(const char *text, struct rule *r)
{
	size_t len = strcspn(text, "\n"), n, host, port;
	const char *word;

	if (!expand_word(&text, &len, &word, &n))
		return false;
	host = strcspn(word, ":");
	if (host == 0 || host >= n || host >= sizeof(r->host))
		return false;
	port = n - host - 1;
	if (port == 0 || port >= sizeof(r->port) ||
		strspn(word + host + 1, "0123456789*") < port)
		return false;
	snprintf(r->host, sizeof(r->host), "%.*s", (int)host, word);
	snprintf(r->port, sizeof(r->port), "%.*s", (int)port, word + host + 1);
	if (!expand_word(&text, &len, &word, &n))
		return false;
	for (size_t i = 0; kind_names[i] != NULL; i++)
		if (strlen(kind_names[i]) == n &&
			memcmp(kind_names[i], word, n) == 0) {
			r->kind = (enum peer_kind)i;
			return !expand_word(&text, &len, &word, &n);
		}
	return false;
}

bool door_rule_check(const char *rule)
{
	struct rule r;

	return parse_rule(rule, &r);
}

static enum peer_kind find_kind(
	const struct door *d, const char *host, uint16_t port)
{
	const char *line = d->rules;
	char number[8];
	struct rule r;

	snprintf(number, sizeof(number), "%u", port);
	while (line != NULL && *line != '\0') {
		if (parse_rule(line, &r) &&
			(strcmp(r.host, "*") == 0 ||
				strcmp(r.host, host) == 0) &&
			(strcmp(r.port, "*") == 0 ||
				strcmp(r.port, number) == 0))
			return r.kind;
		line = strchr(line, '\n');
		line = line != NULL ? line + 1 : NULL;
	}
	return PEER_NONE;
}

/* ---- a connection ---- */

static void wake(struct peer *p)
{
	timer_set_us(p->door->clk, &p->timer, 0);
}

/* One handler for each turn, as its last act: it may close the stream. */
static void on_turn(void *arg)
{
	struct peer *p = arg;
	const struct stream_handler *h = p->stream.handler;
	void *user = p->stream.arg;

	if (p->connect_due) {
		p->connect_due = false;
		p->open = true;
		wake(p);
		h->connected(user);
	} else if (p->readable_due) {
		p->readable_due = false;
		wake(p);
		h->readable(user);
	} else if (p->drain_due) {
		p->drain_due = false;
		wake(p);
		h->drained(user);
	} else if (p->close_due) {
		p->close_due = false;
		p->open = false;
		p->ended = true;
		h->closed(user, p->failed ? &p->why : NULL);
	}
}

static ssize_t peer_read(struct stream *s, void *data, size_t len)
{
	struct peer *p = (struct peer *)s;

	if (len > buf_len(&p->rx))
		len = buf_len(&p->rx);
	if (len > 0)
		memcpy(data, buf_data(&p->rx), len);
	buf_consume(&p->rx, len);
	return (ssize_t)len;
}

/* ---- what it answers ---- */

/* An echo request as its reply; the modem looks at no checksum. [RFC 792] */
static bool answer_ping(struct peer *p, const uint8_t *msg, size_t len)
{
	return len > 0 && buf_space(&p->rx) >= len && buf_addc(&p->rx, 0) &&
	       buf_add(&p->rx, msg + 1, len - 1);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 3; i >= 0; i--, v >>= 8)
		p[i] = (uint8_t)v;
}

/* RFC 4330 §4 and §8: a message of 48 bytes; our clock's time is in it. */
static bool answer_ntp(struct peer *p, const uint8_t *ask, size_t len)
{
	enum { REFERENCE_ID = 12, ORIGINATE = 24, RECEIVE = 32, TRANSMIT = 40 };
	bool refuses = p->kind == PEER_NTP_REFUSES;
	bool unset = p->kind == PEER_NTP_UNSET;
	int64_t unix_s = clock_wall_us(p->door->clk) / 1000000;
	uint8_t msg[48] = {0};

	if (len < sizeof(msg))
		return true; /* it is none: nothing comes */
	msg[0] = (uint8_t)((refuses || unset ? 3 << 6 : 0) | 4 << 3 | 4);
	msg[1] = refuses ? 0 : unset ? 16 : 1;
	memcpy(msg + REFERENCE_ID, refuses ? "DENY" : "GPS", refuses ? 4 : 3);
	memcpy(msg + ORIGINATE, ask + TRANSMIT, 8);
	put32(msg + RECEIVE, (uint32_t)(unix_s + 2208988800));
	put32(msg + TRANSMIT, (uint32_t)(unix_s + 2208988800));
	return buf_add(&p->rx, msg, sizeof(msg));
}

/* False: there is no room. */
static bool answer(struct peer *p, const void *data, size_t len)
{
	switch (p->kind) {
	case PEER_ECHO:
		return p->proto == NET_PING ? answer_ping(p, data, len)
					    : buf_add(&p->rx, data, len);
	case PEER_NTP:
	case PEER_NTP_REFUSES:
	case PEER_NTP_UNSET:
		return answer_ntp(p, data, len);
	case PEER_SINK:
	case PEER_SILENT:
	case PEER_REFUSE:
	case PEER_UNKNOWN:
	case PORT_TAKEN:
	case PORT_TAKEN_LATE:
	case PEER_NONE:
		break;
	}
	return true;
}

static int peer_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	struct peer *p = (struct peer *)s;

	if (!p->open || p->close_due)
		return why_set(why, ERR_NET_WRITE, GRADE_ASM,
			"the scripted peer is not connected");
	if (!answer(p, data, len))
		return why_set(why, ERR_NET_WRITE, GRADE_ASM,
			"no room at the scripted peer");
	p->readable_due = buf_len(&p->rx) > 0;
	p->drain_due = true;
	wake(p);
	return 0;
}

static size_t peer_pending(struct stream *s)
{
	(void)s;
	return 0;
}

static void peer_addr(struct stream *s, struct stream_addr *addr)
{
	*addr = ((struct peer *)s)->addr;
}

static void peer_shutdown(struct stream *s)
{
	struct peer *p = (struct peer *)s;

	/* A polite peer closes its side too. */
	if (p->open) {
		p->close_due = true;
		wake(p);
	}
}

static void peer_close(struct stream *s)
{
	struct peer *p = (struct peer *)s;

	timer_del(p->door->clk, &p->timer);
	TAILQ_REMOVE(&p->door->peers, p, entry);
	buf_free(&p->rx);
	free(p);
}

static const struct stream_ops peer_ops = {
	.read = peer_read,
	.write = peer_write,
	.pending = peer_pending,
	.addr = peer_addr,
	.shutdown = peer_shutdown,
	.close = peer_close,
};

/* ---- the door ---- */

static void decide(struct peer *p, const char *host, uint16_t port)
{
	switch (p->kind) {
	case PEER_ECHO:
	case PEER_SINK:
	case PEER_NTP:
	case PEER_NTP_REFUSES:
	case PEER_NTP_UNSET:
		p->connect_due = true;
		break;
	case PEER_REFUSE:
		why_set(&p->why, ERR_NET_CONNECT, GRADE_ASM,
			"%s:%u: connection refused: nothing listens there",
			host, port);
		break;
	case PEER_SILENT:
		/* Of these it takes no answer to send something. */
		p->connect_due = p->proto == NET_UDP || p->proto == NET_PING;
		if (!p->connect_due)
			return;
		break;
	case PEER_UNKNOWN:
		why_set(&p->why, ERR_NET_DNS, GRADE_ASM,
			"%s: there is no such name", host);
		break;
	case PORT_TAKEN:
	case PORT_TAKEN_LATE:
	case PEER_NONE:
		why_policy(&p->why, ERR_NET_DNS,
			"%s:%u is not mapped: no `# peer:` line of the "
			"scenario has it",
			host, port);
		break;
	}
	p->close_due = p->failed = !p->connect_due;
	wake(p);
}

static struct stream *door_open(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	struct door *d = (struct door *)net;
	struct peer *p = calloc(1, sizeof(*p));

	if (p == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	p->stream = (struct stream){&peer_ops, handler, arg};
	p->door = d;
	p->proto = proto;
	p->kind = find_kind(d, host, port);
	p->addr = (struct stream_addr){.ip = "192.0.2.1",
		.remote_port = port,
		.local_port = (uint16_t)(50000 + d->opened++ % 1000)};
	buf_init(&p->rx, PEER_ROOM);
	timer_init(&p->timer, on_turn, p);
	TAILQ_INSERT_HEAD(&d->peers, p, entry);
	decide(p, host, port);
	return &p->stream;
}

/* The rules say which local ports cannot be had; none is open to others. */
static struct stream *door_serve(struct net *net,
	const struct net_service *service, void *arg, struct why *why)
{
	enum peer_kind kind = find_kind((struct door *)net, "", service->port);

	(void)arg;
	if (kind == PORT_TAKEN)
		why_set(why, ERR_NET_BIND, GRADE_MAN,
			"local port %u cannot be had: it is taken",
			service->port);
	else if (kind == PORT_TAKEN_LATE)
		why_set(why, ERR_NET_LISTEN, GRADE_MAN,
			"local port %u: somebody else listens there by now",
			service->port);
	else
		why_set(why, ERR_NET_NOT_SUPPORTED, GRADE_ASM,
			"scripted peers open no connection");
	return NULL;
}

static void door_free(struct net *net)
{
	struct door *d = (struct door *)net;

	free(d->rules);
	free(d);
}

struct net *door_new(struct clock *clk, const char *rules)
{
	static const struct net_ops ops = {
		.open = door_open, .serve = door_serve, .free = door_free};
	struct door *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return NULL;
	d->net.ops = &ops;
	d->clk = clk;
	TAILQ_INIT(&d->peers);
	if (rules != NULL && (d->rules = strdup(rules)) == NULL) {
		free(d);
		return NULL;
	}
	return &d->net;
}

static const char *act_send(struct peer *p, const char *text)
{
	const struct transcript_record rec = {
		.line = 1, .column = 1, .body = text, .len = strlen(text)};
	struct transcript_error err;

	if (!transcript_unescape(&rec, &p->rx, &err))
		return "peer send: expected bytes";
	p->readable_due = true;
	return NULL;
}

const char *door_act(struct net *net, const char *action)
{
	struct door *d = (struct door *)net;
	struct peer *p = TAILQ_FIRST(&d->peers);
	const char *wrong = NULL;

	while (p != NULL && !p->open)
		p = TAILQ_NEXT(p, entry);
	if (p == NULL)
		return "no scripted peer is connected";
	if (strncmp(action, "send ", 5) == 0) {
		wrong = act_send(p, action + 5);
	} else if (strcmp(action, "close") == 0) {
		p->close_due = true;
	} else if (strcmp(action, "reset") == 0) {
		p->close_due = p->failed = true;
		why_set(&p->why, ERR_NET_CLOSED, GRADE_ASM,
			"the peer reset the connection");
	} else {
		wrong = "expected peer send, peer close or peer reset";
	}
	wake(p);
	return wrong;
}
