#include "tests/unit/support/sock_rig.h"

#include <check.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct fake_clock fc;
struct fake_net fn;
struct sock_table *table;
char events[4096];
struct why why;
bool close_at_push;
bool hold_at_push;

/* Events as text, e.g. "opened 0 ERR_OK;". */
static void __attribute__((format(printf, 1, 2))) note(const char *fmt, ...)
{
	size_t len = strlen(events);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(events + len, sizeof(events) - len, fmt, ap);
	va_end(ap);
}

static const char *why_name(const struct why *w)
{
	return w == NULL ? "ok" : err_name(w->err);
}

static void on_opened(void *arg, int id, const struct why *w)
{
	ck_assert_ptr_eq(arg, &fc);
	if (w != NULL)
		ck_assert_str_ne(w->text, "");
	note("opened %d %s;", id, why_name(w));
}

static void on_received(void *arg, int id)
{
	ck_assert_ptr_eq(arg, &fc);
	note("received %d;", id);
}

static void on_pushed(void *arg, int id, const void *data, size_t len)
{
	ck_assert_ptr_eq(arg, &fc);
	note("pushed %d %zu %.*s;", id, len, len < 20 ? (int)len : 0,
		(const char *)data);
	if (close_at_push)
		sock_close(table, id, 10000);
	if (hold_at_push)
		sock_table_hold(table, SOCK_HOLD_ALL);
}

static void on_closed(void *arg, int id, const struct why *w)
{
	ck_assert_ptr_eq(arg, &fc);
	note("closed %d %s;", id, why_name(w));
}

static void on_close_done(void *arg, int id)
{
	ck_assert_ptr_eq(arg, &fc);
	note("done %d;", id);
}

void check_events(const char *expected)
{
	ck_assert_str_eq(events, expected);
	events[0] = '\0';
}

void setup(void)
{
	static const struct sock_events handlers = {
		.opened = on_opened,
		.received = on_received,
		.pushed = on_pushed,
		.closed = on_closed,
		.close_done = on_close_done,
	};

	fake_clock_init(&fc, true);
	fake_net_init(&fn);
	events[0] = '\0';
	close_at_push = hold_at_push = false;
	table = sock_table_new(&fc.clock, BUFFER, &handlers, &fc);
	ck_assert_ptr_nonnull(table);
}

void teardown(void)
{
	sock_table_free(table);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_net_free(&fn);
}

struct fake_stream *start(int id, int pdp, int mode)
{
	const struct sock_open open = {
		.id = id,
		.pdp = pdp,
		.mode = mode,
		.ssl = -1,
		.service = "TCP",
		.host = "host.example",
		.port = 8443,
		.timeout_ms = 150000,
		.timeout_what = "the test",
	};

	sock_connect(table, &open, &fn.net, false);
	return fn.streams;
}

struct fake_stream *start_connected(int id, int pdp, int mode)
{
	struct fake_stream *fs = start(id, pdp, mode);

	fake_stream_connect(fs);
	events[0] = '\0';
	return fs;
}

enum sock_state state(int id)
{
	struct sock_info info;

	sock_get(table, id, &info);
	return info.state;
}

int send_text(int id, const char *text)
{
	sock_stage_reset(table);
	sock_stage_add(table, text, strlen(text));
	return sock_send(table, id, &why);
}

const char *recv_text(int id, size_t len)
{
	static char text[4096];
	ssize_t n = sock_recv(table, id, text, len, &why);

	if (n < 0)
		return err_name((enum err)n);
	text[n] = '\0';
	return text;
}
