#include "fixtures/broker/conn.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "base/addr.h"
#include "fixtures/broker/evidence.h"
#include "fixtures/broker/listener.h"
#include "support/temp.h"

/*
 * One connection of a protocol without TLS, by a pair of sockets: what all
 * listeners share. The deadlines are looked at, not waited for.
 */

#define ANSWER 4000000 /* more than the sockets hold */
#define STRAY  1000000 /* the same, from the peer */
#define INPUT  60000   /* that much may wait */

static struct event_base *base;
static struct conn_env env;
static struct conn *conn;
static int peer = -1;
static char evidence[TEMP_PATH];

static bool proto_start(struct conn *c)
{
	(void)c;
	return true;
}

static void proto_event(struct conn *c)
{
	(void)c;
}

static void proto_peer_end(struct conn *c, bool may_read)
{
	(void)may_read;
	conn_end(c, "peer close");
}

static void proto_report(struct conn *c, json_t *line)
{
	(void)c;
	(void)line;
}

static const struct conn_proto proto = {
	.name = "beam-tcp",
	.plain = true,
	.start = proto_start,
	.on_read = proto_event,
	.on_drained = proto_event,
	.on_peer_end = proto_peer_end,
	.report = proto_report,
	.free = proto_event,
};

static void on_gone(struct conn_env *e)
{
	(void)e;
	conn = NULL;
}

static void turn(void)
{
	for (int i = 0; i < 8; i++)
		event_base_loop(base, EVLOOP_NONBLOCK);
}

static void set_up(void)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_port = htons(4711)};
	int fds[2];

	base = event_base_new();
	temp_file(evidence, "evidence", "");
	ck_assert_int_eq(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	peer = fds[1];
	env = (struct conn_env){
		.base = base, .timeout = {1000, 0}, .on_gone = on_gone};
	env.evidence = evidence_open(evidence);
	ck_assert_ptr_nonnull(env.evidence);
	TAILQ_INIT(&env.conns);
	conn_accept(&env, &proto, fds[0], (struct sockaddr *)&sa, sizeof(sa));
	conn = TAILQ_FIRST(&env.conns);
	ck_assert_ptr_nonnull(conn);
	turn();
}

static void tear_down(void)
{
	conn_end_all(&env, "broker stop");
	if (peer >= 0)
		close(peer);
	ck_assert(evidence_close(env.evidence));
	unlink(evidence);
	event_base_free(base);
}

/* A number of the evidence, once the connection has gone. */
static json_int_t recorded(const char *name)
{
	json_t *line = json_load_file(evidence, 0, NULL);
	json_int_t n = json_integer_value(json_object_get(line, name));

	ck_assert_ptr_null(conn);
	ck_assert_ptr_nonnull(line);
	json_decref(line);
	return n;
}

/* The deadline, as it is set now, in seconds. */
static long deadline(void)
{
	struct timeval at, now;

	ck_assert(event_pending(conn->timer, EV_TIMEOUT, &at));
	event_base_gettimeofday_cached(base, &now);
	return (long)(at.tv_sec - now.tv_sec);
}

/* The peer writes n bytes, and the broker may read. */
static void peer_says(size_t n)
{
	static const char zeros[4096];
	ssize_t did;

	for (int idle = 0; n > 0 && idle < 8; turn()) {
		did = write(peer, zeros, n < sizeof(zeros) ? n : sizeof(zeros));
		idle = did > 0 ? 0 : idle + 1;
		n -= did > 0 ? (size_t)did : 0;
	}
	ck_assert_msg(n == 0, "%zu bytes found no reader", n);
}

/* The peer reads to the end of file. */
static size_t peer_reads(void)
{
	char buf[65536];
	size_t n = 0;
	ssize_t did = -1;

	for (int idle = 0; did != 0 && idle < 8; turn()) {
		did = read(peer, buf, sizeof(buf));
		if (did < 0)
			ck_assert_int_eq(errno, EAGAIN);
		idle = did > 0 ? 0 : idle + 1;
		n += did > 0 ? (size_t)did : 0;
	}
	ck_assert_msg(did == 0, "no end behind %zu bytes", n);
	return n;
}

static void answer_and_close(void)
{
	char *text = calloc(1, ANSWER);

	bufferevent_write(conn->bev, text, ANSWER);
	free(text);
	conn_close(conn, "broker close");
	turn();
}

/* For a modem 64 KB are more than the 2 s of the lingering. */
START_TEST(a_slow_peer_gets_all_of_an_answer)
{
	answer_and_close();
	ck_assert_int_eq(conn->phase, CONN_PHASE_CLOSING);
	ck_assert_int_gt(deadline(), 900);
	ck_assert_uint_eq(peer_reads(), ANSWER);
	ck_assert_int_eq(conn->phase, CONN_PHASE_LINGER);
	ck_assert_int_le(deadline(), 3);
	close(peer);
	peer = -1;
	turn();
	ck_assert_int_eq(recorded("bytes_in"), 0);
	ck_assert_int_eq(recorded("bytes_out"), ANSWER);
}
END_TEST

START_TEST(a_peer_that_first_says_all_it_has_gets_its_answer_too)
{
	peer_says(INPUT);
	bufferevent_disable(conn->bev, EV_READ);
	conn->paused = true;
	answer_and_close();
	peer_says(STRAY);
	ck_assert_uint_eq(peer_reads(), ANSWER);
	peer_says(STRAY);
	ck_assert_int_eq(shutdown(peer, SHUT_WR), 0);
	turn();
	ck_assert_int_eq(recorded("bytes_in"), INPUT + 2 * STRAY);
	/* No reset: the close left nothing unread. */
	ck_assert_uint_eq(peer_reads(), 0);
}
END_TEST

START_TEST(what_was_not_sent_is_not_counted)
{
	char *text = calloc(1, ANSWER);

	bufferevent_write(conn->bev, text, ANSWER);
	free(text);
	turn();
	conn_end(conn, "reset");
	turn();
	ck_assert_int_gt(recorded("bytes_out"), 0);
	ck_assert_int_lt(recorded("bytes_out"), ANSWER);
}
END_TEST

/* So many descriptors may be open. The limit before. */
static rlim_t limit_files(rlim_t n)
{
	struct rlimit limit;
	rlim_t before;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	before = limit.rlim_cur;
	limit.rlim_cur = n;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	return before;
}

/* Standard error goes to the file that is returned. */
static FILE *catch_stderr(int *was)
{
	char path[TEMP_PATH];
	FILE *f;

	temp_file(path, "stderr", "");
	f = fopen(path, "w+e");
	unlink(path);
	ck_assert_ptr_nonnull(f);
	*was = dup(2);
	ck_assert_int_eq(dup2(fileno(f), 2), 2);
	return f;
}

static unsigned count_lines(FILE *f)
{
	unsigned n = 0;

	rewind(f);
	for (int c; (c = fgetc(f)) != EOF;)
		n += c == '\n';
	return n;
}

START_TEST(a_failed_accept_is_told_once_and_tried_again)
{
	struct sockaddr_storage sa;
	char why[200], where[96];
	struct listener *l =
		listener_new(&env, &proto, "127.0.0.1:0", why, sizeof(why));
	int client = socket(AF_INET, SOCK_STREAM, 0), len, was, next;
	int later = socket(AF_INET, SOCK_STREAM, 0);
	FILE *said = catch_stderr(&was);
	rlim_t before;

	ck_assert_ptr_nonnull(l);
	listener_get_addr(l, where, sizeof(where));
	ck_assert(addr_parse(&sa, &len, where));
	/* No connection of ours is open that could go. */
	conn_end(conn, "reset");
	turn();
	ck_assert_int_eq(connect(client, (struct sockaddr *)&sa, len), 0);
	next = dup(client);
	close(next);
	before = limit_files((rlim_t)next);
	for (int i = 0; i < 10; i++)
		turn();
	limit_files(before);
	dup2(was, 2);
	close(was);
	ck_assert_uint_eq(env.n_conns, 0);
	ck_assert_uint_ge(count_lines(said), 1);
	ck_assert_uint_le(count_lines(said), 20);
	/* Valgrind's accept() has taken the first one from the queue. */
	ck_assert_int_eq(connect(later, (struct sockaddr *)&sa, len), 0);
	while (env.n_conns == 0)
		event_base_loop(base, EVLOOP_ONCE);
	fclose(said);
	close(client);
	close(later);
	listener_free(l);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("conn");
	Suite *s = suite_create("broker conn");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_slow_peer_gets_all_of_an_answer);
	tcase_add_test(
		tc, a_peer_that_first_says_all_it_has_gets_its_answer_too);
	tcase_add_test(tc, what_was_not_sent_is_not_counted);
	tcase_add_test(tc, a_failed_accept_is_told_once_and_tried_again);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? 1 : 0;
}
