#include "tests/unit/support/fake_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAKE_STREAM_MAX (4u << 20)

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fake_stream: %s\n", what);
	abort();
}

/* The stream that an operation is for, which must not be closed. */
static struct fake_stream *live(struct stream *s)
{
	struct fake_stream *fs = (struct fake_stream *)s;

	must(!fs->closed, "used after stream_close()");
	return fs;
}

static ssize_t fake_read(struct stream *s, void *data, size_t len)
{
	struct fake_stream *fs = live(s);

	if (len > buf_len(&fs->incoming))
		len = buf_len(&fs->incoming);
	if (len > 0)
		memcpy(data, buf_data(&fs->incoming), len);
	buf_consume(&fs->incoming, len);
	return (ssize_t)len;
}

static int fake_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	struct fake_stream *fs = live(s);

	if (!fs->connected || fs->ended || fs->shut)
		return why_set(
			why, ERR_NET_WRITE, GRADE_INF, "fake: not connected");
	if (fs->pending + len > fs->room)
		return why_set(why, ERR_NET_WRITE, GRADE_INF, "fake: no room");
	must(buf_add(&fs->sent, data, len), "too much was written");
	fs->pending += len;
	return 0;
}

static size_t fake_pending(struct stream *s)
{
	return live(s)->pending;
}

static void fake_addr(struct stream *s, struct stream_addr *addr)
{
	*addr = live(s)->addr;
}

static void fake_shutdown(struct stream *s)
{
	live(s)->shut = true;
}

static void fake_close(struct stream *s)
{
	live(s)->closed = true;
}

static ssize_t fake_recv_from(
	struct stream *s, void *data, size_t len, struct stream_addr *from)
{
	struct fake_stream *fs = live(s);
	ssize_t n = fake_read(s, data, len);

	*from = fs->from;
	/* What does not fit is lost, as with any datagram. */
	buf_reset(&fs->incoming);
	return n;
}

static int fake_send_to(struct stream *s, const void *data, size_t len,
	const struct stream_addr *to, struct why *why)
{
	struct fake_stream *fs = live(s);

	(void)why;
	fs->to = *to;
	must(buf_add(&fs->sent, data, len), "too much was written");
	return 0;
}

static const struct stream_ops fake_ops = {
	.read = fake_read,
	.write = fake_write,
	.pending = fake_pending,
	.addr = fake_addr,
	.shutdown = fake_shutdown,
	.close = fake_close,
	.recv_from = fake_recv_from,
	.send_to = fake_send_to,
};

struct fake_stream *fake_stream_new(void)
{
	struct fake_stream *fs = calloc(1, sizeof(*fs));

	must(fs != NULL, "no memory");
	fs->stream.ops = &fake_ops;
	fs->room = 65536;
	fs->addr = (struct stream_addr){
		.ip = "192.0.2.7", .remote_port = 443, .local_port = 50001};
	buf_init(&fs->sent, FAKE_STREAM_MAX);
	buf_init(&fs->incoming, FAKE_STREAM_MAX);
	return fs;
}

void fake_stream_free(struct fake_stream *fs)
{
	if (fs == NULL)
		return;
	must(fs->closed || fs->stream.handler == NULL, "never closed");
	buf_free(&fs->sent);
	buf_free(&fs->incoming);
	free(fs);
}

void fake_stream_connect(struct fake_stream *fs)
{
	must(!fs->connected && !fs->ended, "connected twice");
	fs->connected = true;
	if (!fs->closed)
		fs->stream.handler->connected(fs->stream.arg);
}

void fake_stream_give(struct fake_stream *fs, const void *data, size_t len)
{
	must(buf_add(&fs->incoming, data, len), "too much was given");
	if (!fs->closed)
		fs->stream.handler->readable(fs->stream.arg);
}

void fake_stream_give_from(struct fake_stream *fs, const char *ip,
	uint16_t port, const void *data, size_t len)
{
	must(buf_len(&fs->incoming) == 0, "a datagram was not read yet");
	snprintf(fs->from.ip, sizeof(fs->from.ip), "%s", ip);
	fs->from.remote_port = port;
	fake_stream_give(fs, data, len);
}

void fake_stream_drain(struct fake_stream *fs)
{
	fs->pending = 0;
	if (!fs->closed)
		fs->stream.handler->drained(fs->stream.arg);
}

void fake_stream_end(struct fake_stream *fs, const struct why *why)
{
	must(!fs->ended, "ended twice");
	fs->ended = true;
	if (!fs->closed)
		fs->stream.handler->closed(fs->stream.arg, why);
}

void fake_stream_fail(struct fake_stream *fs, enum err err, const char *text)
{
	struct why why;

	why_set(&why, err, GRADE_INF, "%s", text);
	fake_stream_end(fs, &why);
}

size_t fake_stream_take(struct fake_stream *fs, void *data, size_t len)
{
	if (len > buf_len(&fs->sent))
		len = buf_len(&fs->sent);
	if (len > 0)
		memcpy(data, buf_data(&fs->sent), len);
	buf_consume(&fs->sent, len);
	return len;
}

/* A stream that the door keeps. */
static struct fake_stream *fake_net_add(struct fake_net *fn)
{
	struct fake_stream *fs = fake_stream_new();

	fs->next = fn->streams;
	fn->streams = fs;
	fn->opened++;
	return fs;
}

static struct stream *fake_net_open(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, const struct stream_handler *handler,
	void *arg, struct why *why)
{
	struct fake_net *fn = (struct fake_net *)net;
	struct fake_stream *fs;

	if (fn->refuse) {
		why_set(why, ERR_NET_MEMORY, GRADE_INF, "fake: no resources");
		return NULL;
	}
	fs = fake_net_add(fn);
	fs->stream.handler = handler;
	fs->stream.arg = arg;
	fs->proto = proto;
	fs->port = port;
	fs->addr.remote_port = port;
	must(strlen(host) < sizeof(fs->host), "host name too long");
	memcpy(fs->host, host, strlen(host) + 1);
	return &fs->stream;
}

static struct stream *fake_net_open_from(struct net *net, enum net_proto proto,
	const char *host, uint16_t port, uint16_t local_port,
	const struct stream_handler *handler, void *arg, struct why *why)
{
	struct stream *s =
		fake_net_open(net, proto, host, port, handler, arg, why);

	if (s != NULL)
		((struct fake_stream *)s)->local_port = local_port;
	return s;
}

static struct stream *fake_net_serve(struct net *net,
	const struct net_service *service, void *arg, struct why *why)
{
	struct fake_net *fn = (struct fake_net *)net;
	struct fake_stream *fs;

	if (fn->refuse) {
		why_set(why, ERR_NET_MEMORY, GRADE_INF, "fake: no resources");
		return NULL;
	}
	fs = fake_net_add(fn);
	fs->stream.handler = service->handler;
	fs->stream.arg = arg;
	fs->accepted = service->accepted;
	fs->port = service->port;
	fs->addr.remote_port = 0;
	fs->addr.local_port = service->port;
	return &fs->stream;
}

void fake_net_peer(struct fake_net *fn, struct fake_stream *listener)
{
	struct fake_stream *fs = fake_net_add(fn);

	fs->connected = true;
	listener->accepted(listener->stream.arg, &fs->stream);
}

void fake_net_forget(struct fake_net *fn)
{
	struct fake_stream **at = &fn->streams;

	while (*at != NULL) {
		struct fake_stream *fs = *at;

		if (!fs->closed) {
			at = &fs->next;
			continue;
		}
		*at = fs->next;
		fake_stream_free(fs);
	}
}

static void fake_net_op_free(struct net *net)
{
	fake_net_free((struct fake_net *)net);
}

static void fake_net_limit(struct net *net, const struct net_limits *limits)
{
	((struct fake_net *)net)->limits = *limits;
}

static void fake_net_reset(struct net *net)
{
	((struct fake_net *)net)->resets++;
}

static const struct net_ops fake_net_ops = {
	.open = fake_net_open,
	.free = fake_net_op_free,
	.serve = fake_net_serve,
	.open_from = fake_net_open_from,
	.limit = fake_net_limit,
	.reset = fake_net_reset,
};

void fake_net_init(struct fake_net *fn)
{
	memset(fn, 0, sizeof(*fn));
	fn->net.ops = &fake_net_ops;
}

void fake_net_free(struct fake_net *fn)
{
	while (fn->streams != NULL) {
		struct fake_stream *fs = fn->streams;

		fn->streams = fs->next;
		fake_stream_free(fs);
	}
}
