#include "net/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ssl.h>

#include "base/fault.h"
#include "net/tls_mbedtls.h"

/* Plain bytes that may wait for room in the lower stream. */
enum { TX_MAX = 65536 };

/* --- the lower stream, as mbedTLS sees it ------------------------------ */

/*
 * A lower stream that takes nothing and has nothing pending is dead for what
 * we send. That is not told to mbedTLS: it would stop, and the alert that says
 * why the server left may still wait to be read.
 */
static int bio_send(void *arg, const unsigned char *data, size_t len)
{
	struct tls *t = arg;
	struct why ignored;

	if (stream_write(t->lower, data, len, &ignored) < 0 &&
		!t->lower_ended && stream_pending(t->lower) > 0)
		return MBEDTLS_ERR_SSL_WANT_WRITE;
	return (int)len;
}

static int bio_recv(void *arg, unsigned char *data, size_t len)
{
	struct tls *t = arg;
	ssize_t n = stream_read(t->lower, data, len);

	if (n == 0)
		return t->lower_ended ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
	for (ssize_t i = 0; i < n && t->first_len < sizeof(t->first); i++)
		t->first[t->first_len++] = data[i];
	return (int)n;
}

/* --- what goes out ----------------------------------------------------- */

/* Remember an end found inside a call; on_later() tells it. */
static void end_later(struct tls *t, bool failed)
{
	if (t->end_due || t->state == TLS_STATE_ENDED)
		return;
	t->end_due = true;
	t->end_failed = failed;
	timer_set(t->clock, &t->later, TIMER_WINDOW, 0);
}

/* Once all that was written is encrypted: close_notify, then FIN. */
static void finish_shutdown(struct tls *t)
{
	if (!t->shut || t->notified || buf_len(&t->tx) > 0)
		return;
	if (t->state == TLS_STATE_OPEN &&
		mbedtls_ssl_close_notify(&t->ssl) == MBEDTLS_ERR_SSL_WANT_WRITE)
		return;
	t->notified = true;
	stream_shutdown(t->lower);
}

static void flush(struct tls *t)
{
	while (buf_len(&t->tx) > 0) {
		/* mbedTLS wants the same length again after WANT_WRITE. */
		size_t len = t->writing > 0 ? t->writing : buf_len(&t->tx);
		int ret = mbedtls_ssl_write(&t->ssl, buf_data(&t->tx), len);

		t->writing = ret == MBEDTLS_ERR_SSL_WANT_WRITE ? len : 0;
		t->shaking = ret == MBEDTLS_ERR_SSL_WANT_READ;
		if (ret == MBEDTLS_ERR_SSL_WANT_WRITE ||
			ret == MBEDTLS_ERR_SSL_WANT_READ)
			return;
		if (ret < 0) {
			tls_explain(t, ret);
			end_later(t, true);
			return;
		}
		buf_consume(&t->tx, (size_t)ret);
	}
	finish_shutdown(t);
}

static int tls_write(
	struct stream *s, const void *data, size_t len, struct why *why)
{
	struct tls *t = (struct tls *)s;

	if (t->state != TLS_STATE_OPEN || t->end_due || t->shut)
		return why_set(why, ERR_NET_WRITE, GRADE_INF,
			"%s is not connected", t->host);
	/* Two writes do not become one datagram. */
	if ((t->datagram && buf_len(&t->tx) > 0) || !buf_add(&t->tx, data, len))
		return why_set(why, ERR_NET_WRITE, GRADE_INF,
			"%s takes no more: %zu bytes wait to be sent", t->host,
			buf_len(&t->tx));
	t->drain_due = true;
	flush(t);
	return 0;
}

static size_t tls_pending(struct stream *s)
{
	struct tls *t = (struct tls *)s;

	return buf_len(&t->tx) + stream_pending(t->lower);
}

static size_t tls_unacked(struct stream *s)
{
	struct tls *t = (struct tls *)s;

	return buf_len(&t->tx) + stream_unacked(t->lower);
}

static void tls_shutdown(struct stream *s)
{
	struct tls *t = (struct tls *)s;

	t->shut = true;
	finish_shutdown(t);
}

/* --- what comes in ----------------------------------------------------- */

/* A result of mbedtls_ssl_read() that brought no data. */
static void read_result(struct tls *t, int ret)
{
	if (ret == MBEDTLS_ERR_SSL_WANT_READ ||
		ret == MBEDTLS_ERR_SSL_WANT_WRITE)
		return;
	if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
		end_later(t, false);
	} else if (ret == 0) {
		/* The lower stream's end; its reason is in t->why. */
		end_later(t, t->lower_failed);
	} else {
		tls_explain(t, ret);
		end_later(t, true);
	}
}

static ssize_t tls_read(struct stream *s, void *data, size_t len)
{
	struct tls *t = (struct tls *)s;
	unsigned char *to = data;
	size_t done = 0;

	if (!t->was_open)
		return 0;
	while (done < len) {
		int ret = mbedtls_ssl_read(&t->ssl, to + done, len - done);

		if (ret <= 0) {
			read_result(t, ret);
			break;
		}
		done += (size_t)ret;
	}
	return (ssize_t)done;
}

/* Decrypt the next record, so that there is something to announce. */
static bool have_data(struct tls *t)
{
	unsigned char none;
	int ret;

	if (mbedtls_ssl_get_bytes_avail(&t->ssl) > 0)
		return true;
	ret = mbedtls_ssl_read(&t->ssl, &none, 0);
	if (mbedtls_ssl_get_bytes_avail(&t->ssl) > 0)
		return true;
	read_result(t, ret);
	return false;
}

/* --- callbacks --------------------------------------------------------- */

/*
 * Each function below calls one handler at most, as its last act, so that the
 * handler may close the stream.
 */
static void tell_closed(struct tls *t, bool failed)
{
	timer_del(t->clock, &t->later);
	timer_del(t->clock, &t->again);
	timer_del(t->clock, &t->limit);
	t->state = TLS_STATE_ENDED;
	t->stream.handler->closed(t->stream.arg, failed ? &t->why : NULL);
}

static void tell_readable(struct tls *t)
{
	bool data;

	if (t->state != TLS_STATE_OPEN || t->end_due)
		return;
	data = have_data(t);
	/* What waited for the end of a renegotiation. */
	if (t->shaking && !t->end_due)
		flush(t);
	if (data)
		t->stream.handler->readable(t->stream.arg);
}

/* The lower stream has ended: announce what is left, once, then the end. */
static void tell_rest(struct tls *t)
{
	if (!t->last_told && have_data(t)) {
		t->last_told = true;
		timer_set(t->clock, &t->later, TIMER_WINDOW, 0);
		t->stream.handler->readable(t->stream.arg);
	} else if (t->end_due) {
		tell_closed(t, t->end_failed);
	} else {
		tell_closed(t, t->lower_failed);
	}
}

static void on_later(void *arg)
{
	struct tls *t = arg;

	if (t->state != TLS_STATE_OPEN)
		return;
	if (t->end_due)
		tell_closed(t, t->end_failed);
	else if (t->lower_ended)
		tell_rest(t);
	else
		tell_readable(t);
}

static void handshake(struct tls *t)
{
	int ret = mbedtls_ssl_handshake(&t->ssl);

	if (ret == MBEDTLS_ERR_SSL_WANT_READ ||
		ret == MBEDTLS_ERR_SSL_WANT_WRITE)
		return;
	if (ret != 0) {
		tls_session_forget(t->session);
		tls_explain(t, ret);
		tell_closed(t, true);
		return;
	}
	tls_session_keep(t->session, &t->ssl);
	timer_del(t->clock, &t->limit);
	t->state = TLS_STATE_OPEN;
	t->was_open = true;
	/* Data, or the end, may have come along with the last message. */
	timer_set(t->clock, &t->later, TIMER_WINDOW, 0);
	t->stream.handler->connected(t->stream.arg);
}

/* --- DTLS: sending a flight again -------------------------------------- */

/* As mbedtls_ssl_set_timer_t has it: none with fin_ms 0. */
static void again_set(void *arg, uint32_t int_ms, uint32_t fin_ms)
{
	struct tls *t = arg;

	t->again_us = clock_now_us(t->clock);
	t->again_half_ms = int_ms;
	t->again_ms = fin_ms;
	if (fin_ms > 0)
		timer_set(t->clock, &t->again, TIMER_WINDOW, fin_ms);
	else
		timer_del(t->clock, &t->again);
}

/* As mbedtls_ssl_get_timer_t has it. */
static int again_get(void *arg)
{
	const struct tls *t = arg;
	uint64_t past = clock_now_us(t->clock) - t->again_us;

	if (t->again_ms == 0)
		return -1;
	if (past >= clock_scale_us(t->clock, TIMER_WINDOW, t->again_ms))
		return 2;
	return past >= clock_scale_us(t->clock, TIMER_WINDOW, t->again_half_ms);
}

static void on_again(void *arg)
{
	struct tls *t = arg;

	if (t->state == TLS_STATE_HANDSHAKE)
		handshake(t);
	else
		tell_readable(t);
}

static void on_limit(void *arg)
{
	struct tls *t = arg;

	tls_session_forget(t->session);
	tls_explain_limit(t);
	tell_closed(t, true);
}

static void lower_connected(void *arg)
{
	struct tls *t = arg;

	t->state = TLS_STATE_HANDSHAKE;
	if (t->handshake_ms > 0)
		timer_set(t->clock, &t->limit, TIMER_WINDOW, t->handshake_ms);
	if (fault_fires(t->faults, FAULT_TLS_ALERT)) {
		why_set(&t->why, ERR_TLS_ALERT, GRADE_INF,
			"fault tls.alert: as if the server had sent the fatal "
			"alert 40 (handshake_failure)");
		tell_closed(t, true);
		return;
	}
	handshake(t);
}

static void lower_readable(void *arg)
{
	struct tls *t = arg;

	if (t->state == TLS_STATE_HANDSHAKE)
		handshake(t);
	else
		tell_readable(t);
}

static void lower_drained(void *arg)
{
	struct tls *t = arg;

	if (t->state == TLS_STATE_HANDSHAKE) {
		handshake(t);
		return;
	}
	if (t->state != TLS_STATE_OPEN)
		return;
	flush(t);
	if (!t->drain_due || tls_pending(&t->stream) > 0 || t->end_due)
		return;
	t->drain_due = false;
	t->stream.handler->drained(t->stream.arg);
}

static void lower_closed(void *arg, const struct why *why)
{
	struct tls *t = arg;

	t->lower_ended = true;
	/* An end that waits to be told has the better reason. */
	if (why != NULL && !t->end_due) {
		t->lower_failed = true;
		t->why = *why;
	}
	switch (t->state) {
	case TLS_STATE_LOWER:
		if (why == NULL)
			tls_explain(t, MBEDTLS_ERR_SSL_CONN_EOF);
		tell_closed(t, true);
		break;
	case TLS_STATE_HANDSHAKE:
		handshake(t);
		break;
	case TLS_STATE_OPEN:
		if (!t->end_due)
			timer_set(t->clock, &t->later, TIMER_WINDOW, 0);
		break;
	case TLS_STATE_ENDED:
		break;
	}
}

static const struct stream_handler lower_handler = {
	.connected = lower_connected,
	.readable = lower_readable,
	.drained = lower_drained,
	.closed = lower_closed,
};

/* --- the stream -------------------------------------------------------- */

static void tls_addr(struct stream *s, struct stream_addr *addr)
{
	stream_addr(((struct tls *)s)->lower, addr);
}

static void tls_close(struct stream *s)
{
	struct tls *t = (struct tls *)s;

	timer_del(t->clock, &t->later);
	timer_del(t->clock, &t->again);
	timer_del(t->clock, &t->limit);
	if (t->lower != NULL)
		stream_close(t->lower);
	mbedtls_ssl_free(&t->ssl);
	mbedtls_ssl_config_free(&t->conf);
	mbedtls_x509_crt_free(&t->ca);
	mbedtls_x509_crt_free(&t->cert);
	mbedtls_pk_free(&t->key);
	mbedtls_ctr_drbg_free(&t->drbg);
	tls_session_drop(t->session);
	buf_free(&t->tx);
	free(t);
}

static const struct stream_ops tls_ops = {
	.read = tls_read,
	.write = tls_write,
	.pending = tls_pending,
	.unacked = tls_unacked,
	.addr = tls_addr,
	.shutdown = tls_shutdown,
	.close = tls_close,
};

struct stream *tls_new(const struct tls_conf *conf,
	const struct stream_handler *handler, void *arg, struct why *why)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		why_set(why, ERR_NET_MEMORY, GRADE_ASM,
			"no memory for a TLS connection");
		return NULL;
	}
	t->stream.ops = &tls_ops;
	t->stream.handler = handler;
	t->stream.arg = arg;
	t->clock = conf->clock;
	t->faults = conf->faults;
	timer_init(&t->later, on_later, t);
	timer_init(&t->again, on_again, t);
	timer_init(&t->limit, on_limit, t);
	t->handshake_ms = conf->handshake_ms;
	buf_init(&t->tx, TX_MAX);
	mbedtls_ssl_init(&t->ssl);
	mbedtls_ssl_config_init(&t->conf);
	mbedtls_ctr_drbg_init(&t->drbg);
	mbedtls_x509_crt_init(&t->ca);
	mbedtls_x509_crt_init(&t->cert);
	mbedtls_pk_init(&t->key);
	if (tls_setup(t, conf, why) < 0) {
		tls_close(&t->stream);
		return NULL;
	}
	mbedtls_ssl_set_bio(&t->ssl, t, bio_send, bio_recv, NULL);
	mbedtls_ssl_set_timer_cb(&t->ssl, t, again_set, again_get);
	return &t->stream;
}

void tls_start(struct stream *tls, struct stream *lower)
{
	struct tls *t = (struct tls *)tls;

	t->lower = lower;
	lower->handler = &lower_handler;
	lower->arg = t;
}

const char *tls_version_text(struct stream *s)
{
	return mbedtls_ssl_get_version(&((struct tls *)s)->ssl);
}

const char *tls_suite_text(struct stream *s)
{
	return mbedtls_ssl_get_ciphersuite(&((struct tls *)s)->ssl);
}

const char *tls_alpn_text(struct stream *s)
{
	return mbedtls_ssl_get_alpn_protocol(&((struct tls *)s)->ssl);
}
