#include "tests/unit/support/tls_peer.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/tls_server.h"

enum { FLIGHT_MS = 10, RSA_BITS = 1024 };

struct tls_peer {
	struct clock *clock;
	struct timer timer;
	struct fake_stream *wire;
	struct stream_ops ops; /* the wire's, with a look at writes */
	const struct stream_ops *wire_ops;
	struct tls_server server;
	bool parted; /* has said goodbye */
};

static struct mint ca, leaf, client;

/* One key for all three: making it is what takes long. */
static void make_files(void)
{
	struct mint_spec spec = {.what = "ca",
		.name = "CN=peer root",
		.from = "19700101000000",
		.to = "20491231000000",
		.rsa_bits = RSA_BITS,
		.ca = true};

	if (ca.cert_pem[0] != '\0')
		return;
	mint_make(&ca, &spec);
	spec.ca = false;
	spec.issuer = spec.key_of = &ca;
	spec.what = "leaf";
	spec.name = "CN=tls.example";
	mint_make(&leaf, &spec);
	spec.what = "client";
	spec.name = "CN=modem";
	mint_make(&client, &spec);
}

const struct tls_peer_files *tls_peer_files(void)
{
	static struct tls_peer_files files;

	make_files();
	files.ca = ca.cert_pem;
	files.cert = client.cert_pem;
	files.key = client.key_pem;
	return &files;
}

/* mbedTLS' own want 2048 bits. */
static const mbedtls_x509_crt_profile small_keys = {
	.allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256),
	.allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA),
	.rsa_min_bitlen = RSA_BITS,
};

static void wake(struct tls_peer *p)
{
	timer_set(p->clock, &p->timer, TIMER_WINDOW, FLIGHT_MS);
}

static struct tls_peer *peer_of(struct stream *s)
{
	return (struct tls_peer *)((char *)(uintptr_t)s->ops -
				   offsetof(struct tls_peer, ops));
}

static int peer_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	struct tls_peer *p = peer_of(s);

	wake(p);
	return p->wire_ops->write(s, data, len, why);
}

static void peer_close(struct stream *s)
{
	struct tls_peer *p = peer_of(s);

	timer_del(p->clock, &p->timer);
	p->wire_ops->close(s);
}

static void answer(struct tls_peer *p)
{
	struct tls_server *s = &p->server;
	size_t len = buf_len(&s->got);

	if (len == 0)
		return;
	if (memmem(buf_data(&s->got), len, "bye", 3) != NULL) {
		p->parted = true;
		tls_server_bye(s);
	} else {
		tls_server_say(s, buf_data(&s->got), len);
	}
	buf_reset(&s->got);
}

/* One flight, to or from the client. */
static void on_turn(void *arg)
{
	struct tls_peer *p = arg;

	if (!p->wire->connected) {
		fake_stream_connect(p->wire);
		return;
	}
	if (!tls_server_turn(&p->server, SIZE_MAX))
		return;
	answer(p);
	if (!p->wire->closed)
		wake(p);
}

struct tls_peer *tls_peer_new(struct clock *clk)
{
	struct tls_server_opts opts = {.leaf = &leaf,
		.client_ca = &ca,
		.suite = MBEDTLS_TLS_RSA_WITH_AES_128_CBC_SHA};
	struct tls_peer *p = calloc(1, sizeof(*p));

	if (p == NULL)
		abort();
	make_files();
	p->clock = clk;
	timer_init(&p->timer, on_turn, p);
	p->wire = fake_stream_new();
	p->wire_ops = p->wire->stream.ops;
	p->ops = *p->wire_ops;
	p->ops.write = peer_write;
	p->ops.close = peer_close;
	p->wire->stream.ops = &p->ops;
	tls_server_init(&p->server, p->wire, &opts);
	mbedtls_ssl_conf_cert_profile(&p->server.conf, &small_keys);
	return p;
}

void tls_peer_free(struct tls_peer *p)
{
	if (p == NULL)
		return;
	tls_server_free(&p->server);
	fake_stream_free(p->wire);
	free(p);
}

struct stream *tls_peer_stream(
	struct tls_peer *p, const struct stream_handler *handler, void *arg)
{
	p->wire->stream.handler = handler;
	p->wire->stream.arg = arg;
	wake(p);
	return &p->wire->stream;
}

bool tls_peer_up(const struct tls_peer *p)
{
	return p->server.up;
}

bool tls_peer_open(const struct tls_peer *p)
{
	return p->server.up && !p->wire->closed && !p->parted;
}
