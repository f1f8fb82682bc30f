#include "tests/unit/support/ssl_rig.h"

#include <stdio.h>
#include <string.h>

#include <check.h>
#include <event2/event.h>

#include "net/net.h"
#include "net/tls.h"
#include "svc/filestore.h"

enum { DEADLINE_S = 20 };

static void on_connected(void *arg)
{
	struct ssl_rig *r = arg;
	const char *alpn = tls_alpn_text(r->stream);

	r->connected = true;
	snprintf(r->suite, sizeof(r->suite), "%s", tls_suite_text(r->stream));
	snprintf(r->version, sizeof(r->version), "%s",
		tls_version_text(r->stream));
	snprintf(r->alpn, sizeof(r->alpn), "%s", alpn != NULL ? alpn : "");
}

static void on_readable(void *arg)
{
	struct ssl_rig *r = arg;

	r->len += (size_t)stream_read(
		r->stream, r->data + r->len, sizeof(r->data) - 1 - r->len);
	r->data[r->len] = '\0';
}

static void on_drained(void *arg)
{
	struct ssl_rig *r = arg;

	r->drained = true;
}

static void on_closed(void *arg, const struct why *why)
{
	struct ssl_rig *r = arg;

	r->closed = true;
	r->has_why = why != NULL;
	if (why != NULL)
		r->why = *why;
}

static const struct stream_handler handler = {
	on_connected, on_readable, on_drained, on_closed};

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	*(bool *)arg = true;
}

void ssl_rig_wait(struct ssl_rig *r, bool (*done)(struct ssl_rig *r))
{
	const struct timeval tv = {.tv_sec = DEADLINE_S};
	bool late = false;
	struct event *ev = evtimer_new(r->base, on_deadline, &late);

	evtimer_add(ev, &tv);
	while (!done(r) && !late) {
		event_base_loop(r->base, EVLOOP_ONCE);
		fake_clock_run(&r->fc);
	}
	event_free(ev);
	ck_assert_msg(!late, "nothing happened");
}

static bool is_up_or_closed(struct ssl_rig *r)
{
	return r->connected || r->closed;
}

static bool has_line(struct ssl_rig *r)
{
	return r->closed || memchr(r->data, '\n', r->len) != NULL;
}

void ssl_rig_wait_line(struct ssl_rig *r)
{
	ssl_rig_wait(r, has_line);
}

void ssl_rig_init(struct ssl_rig *r, const struct ssl_files *made)
{
	struct net_ev_opts opts = {0};
	struct why why;

	memset(r, 0, sizeof(*r));
	r->base = event_base_new();
	opts.base = r->base;
	fake_clock_init(&r->fc, false);
	rtc_init(&r->rtc, &r->fc.clock);
	rtc_set(&r->rtc, INT64_C(1577836800), 0);
	profile_init(&r->profile);
	r->net = net_ev_new(&opts, &why);
	r->files = filestore_new(&r->profile, NULL, &why);
	ck_assert_ptr_nonnull(r->files);
	ssl_files_store(made, r->files);
	r->ssl = sslctx_new(&r->profile, r->net, r->files, &r->rtc);
}

void ssl_rig_drop(struct ssl_rig *r)
{
	if (r->stream != NULL)
		stream_close(r->stream);
	r->stream = NULL;
	r->len = 0;
	r->data[0] = '\0';
	r->connected = r->closed = r->has_why = r->drained = false;
}

void ssl_rig_free(struct ssl_rig *r)
{
	ssl_rig_drop(r);
	sslctx_free(r->ssl);
	filestore_free(r->files);
	net_free(r->net);
	event_base_free(r->base);
	ck_assert_uint_eq(fake_clock_pending(&r->fc), 0);
}

void ssl_rig_start(struct ssl_rig *r, const struct s_server_opts *opts)
{
	char rule[100];
	struct why why;

	s_server_start(&r->peer, opts);
	snprintf(rule, sizeof(rule), SSL_HOST "=127.0.0.1:%u", r->peer.port);
	ck_assert_int_eq(net_ev_map(r->net, rule, &why), 0);
}

struct sslctx_conf *ssl_rig_values(struct ssl_rig *r, int seclevel)
{
	return ssl_files_values(r->ssl, 2, seclevel);
}

void ssl_rig_begin(struct ssl_rig *r)
{
	struct why why;

	ssl_rig_drop(r);
	r->stream = sslctx_open(r->ssl, 2, SSL_HOST, 8443, &handler, r, &why);
	ck_assert_msg(r->stream != NULL, "%s", why.text);
}

bool ssl_rig_open(struct ssl_rig *r)
{
	ssl_rig_begin(r);
	ssl_rig_wait(r, is_up_or_closed);
	return r->connected;
}

void ssl_rig_expect(struct ssl_rig *r, enum err err, const char *part)
{
	ck_assert(r->closed && r->has_why);
	ck_assert_msg(strstr(r->why.text, part) != NULL, "%s", r->why.text);
	ck_assert_str_eq(err_name(r->why.err), err_name(err));
}
