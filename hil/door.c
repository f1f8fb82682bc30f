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
	PEER_NONE, /* no rule */
};

static const char *const kind_names[] = {
	"echo", "sink", "refuse", "silent", "unknown", NULL};

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

static int peer_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	struct peer *p = (struct peer *)s;

	if (!p->open || p->close_due)
		return why_set(why, ERR_NET_WRITE, GRADE_ASM,
			"the scripted peer is not connected");
	if (p->kind == PEER_ECHO) {
		if (!buf_add(&p->rx, data, len))
			return why_set(why, ERR_NET_WRITE, GRADE_ASM,
				"no room at the scripted peer");
		p->readable_due = true;
	}
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
		p->connect_due = true;
		break;
	case PEER_REFUSE:
		why_set(&p->why, ERR_NET_CONNECT, GRADE_ASM,
			"%s:%u: connection refused: nothing listens there",
			host, port);
		break;
	case PEER_SILENT:
		return;
	case PEER_UNKNOWN:
		why_set(&p->why, ERR_NET_DNS, GRADE_ASM,
			"%s: there is no such name", host);
		break;
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

	(void)proto;
	if (p == NULL) {
		why_set(why, ERR_NO_MEMORY, GRADE_ASM, "no memory");
		return NULL;
	}
	p->stream = (struct stream){&peer_ops, handler, arg};
	p->door = d;
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

static void door_free(struct net *net)
{
	struct door *d = (struct door *)net;

	free(d->rules);
	free(d);
}

struct net *door_new(struct clock *clk, const char *rules)
{
	static const struct net_ops ops = {
		.open = door_open, .free = door_free};
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
