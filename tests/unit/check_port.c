#include "io/port.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <event2/event.h>

#include "base/buf.h"
#include "io/loop.h"
#include "io/watch.h"
#include "tests/unit/support/temp.h"

/* The pty port and the loop under it, on real ptys and real time. */

static struct loop *loop;
static struct watch *watch;
static struct port *port;
static struct buf came; /* from the peer */
static char events[256];

static void (*on_came)(void); /* within the port's own turn */

static void on_bytes(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&came, data, len));
	if (on_came != NULL)
		on_came();
}

static void note(const char *what)
{
	ck_assert_uint_lt(strlen(events) + strlen(what) + 1, sizeof(events));
	memcpy(events + strlen(events), what, strlen(what) + 1);
}

static void on_peer(void *arg, bool here)
{
	(void)arg;
	note(here ? "came;" : "left;");
}

static void on_full(void *arg, bool full)
{
	(void)arg;
	note(full ? "full;" : "room;");
}

static void setup(void)
{
	static const struct port_events handlers = {on_bytes, on_peer, on_full};
	struct why why;

	buf_init(&came, 1 << 20);
	events[0] = '\0';
	loop = loop_new(true, 1, &why);
	ck_assert_ptr_nonnull(loop);
	watch = watch_new(loop_base(loop), &why);
	ck_assert_ptr_nonnull(watch);
	port = port_pty_new(watch, NULL, 115200, &handlers, NULL, &why);
	ck_assert_ptr_nonnull(port);
}

static void teardown(void)
{
	port_free(port);
	watch_free(watch);
	loop_free(loop);
	buf_free(&came);
}

static void turn(void)
{
	event_base_loop(loop_base(loop), EVLOOP_NONBLOCK);
}

/* Check's own time limit ends what never comes. */
static void wait_events(const char *expected)
{
	while (strlen(events) < strlen(expected))
		turn();
	ck_assert_str_eq(events, expected);
	events[0] = '\0';
}

static void wait_bytes(const char *expected)
{
	while (buf_len(&came) < strlen(expected))
		turn();
	ck_assert_uint_eq(buf_len(&came), strlen(expected));
	ck_assert_mem_eq(buf_data(&came), expected, strlen(expected));
	buf_reset(&came);
}

static int peer_open(void)
{
	int fd = open(port->where, O_RDWR | O_NOCTTY | O_NONBLOCK);

	ck_assert_int_ge(fd, 0);
	return fd;
}

static void peer_write(int fd, const char *text)
{
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* --- the peer comes and goes ---------------------------------------------- */

START_TEST(a_hang_up_is_told_once_behind_the_last_bytes)
{
	for (int i = 0; i < 20; i++) {
		int fd = peer_open();

		/* All of it may be there when we first look. */
		if (_i == 1)
			wait_events("came;");
		peer_write(fd, "AT+CSQ");
		close(fd);
		wait_events(_i == 1 ? "left;" : "came;left;");
		wait_bytes("AT+CSQ");
	}
}
END_TEST

START_TEST(only_the_last_of_two_to_leave_hangs_up)
{
	int first = peer_open(), second = peer_open();

	peer_write(first, "a");
	wait_events("came;");
	wait_bytes("a");
	close(first);
	peer_write(second, "b");
	wait_bytes("b");
	ck_assert_str_eq(events, "");
	close(second);
	wait_events("left;");
}
END_TEST

static int next = -1;

/* As stm32flash has it: a read ends after half a second. */
static void next_comes(void)
{
	struct termios t;

	on_came = NULL;
	next = peer_open();
	ck_assert_int_eq(tcgetattr(next, &t), 0);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 5;
	ck_assert_int_eq(tcsetattr(next, TCSANOW, &t), 0);
}

/* While the port looks at what the leaver left, the next is there already. */
START_TEST(the_next_ones_line_is_its_own)
{
	struct termios t;
	int fd = peer_open();

	peer_write(fd, "x");
	on_came = next_comes;
	close(fd);
	wait_bytes("x");
	wait_events("came;left;came;");
	ck_assert_int_eq(tcgetattr(next, &t), 0);
	ck_assert_uint_eq(t.c_cc[VMIN], 0);
	ck_assert_uint_eq(t.c_cc[VTIME], 5);
	port_write(port, "hello", 5);
	ck_assert_int_eq(read(next, (char[8]){0}, 8), 5);
	close(next);
	wait_events("left;");
	/* The one behind it finds a line that nobody has touched. */
	fd = peer_open();
	ck_assert_int_eq(tcgetattr(fd, &t), 0);
	ck_assert_uint_eq(t.c_cc[VMIN], 1);
	close(fd);
}
END_TEST

START_TEST(what_nobody_reads_is_dropped_and_forgotten)
{
	char in[8];
	int fd;

	port_write(port, "nobody", 6);
	fd = peer_open();
	wait_events("came;");
	port_write(port, "unread", 6);
	close(fd);
	wait_events("left;");
	fd = peer_open();
	wait_events("came;");
	ck_assert_int_eq(read(fd, in, sizeof(in)), -1);
	ck_assert_int_eq(errno, EAGAIN);
	port_write(port, "now", 3);
	while (read(fd, in, 1) != 1)
		turn();
	ck_assert_int_eq(in[0], 'n');
	close(fd);
}
END_TEST

/* --- a slow peer ------------------------------------------------------------
 */

/* The nth byte of a stream that does not repeat within a buffer. */
static uint8_t nth(size_t n)
{
	return (uint8_t)(n * 7 + n / 251);
}

static void read_all(int fd, size_t len)
{
	uint8_t in[4096];
	size_t got = 0, wrong = 0;

	while (got < len) {
		ssize_t n = read(fd, in, sizeof(in));

		for (ssize_t i = 0; i < n; i++)
			wrong += in[i] != nth(got + (size_t)i);
		got += n > 0 ? (size_t)n : 0;
		turn();
	}
	ck_assert_uint_eq(got, len);
	ck_assert_uint_eq(wrong, 0);
}

START_TEST(a_slow_peer_fills_the_port_until_it_has_read)
{
	enum { LEN = 600000, PIECE = 1000 };
	static uint8_t data[LEN];
	int fd = peer_open();

	wait_events("came;");
	for (size_t i = 0; i < LEN; i++)
		data[i] = nth(i);
	for (size_t at = 0; at < LEN; at += PIECE)
		port_write(port, data + at, PIECE);
	ck_assert_str_eq(events, "full;");
	read_all(fd, LEN);
	ck_assert_str_eq(events, "full;room;");
	close(fd);
}
END_TEST

START_TEST(a_full_port_has_room_again_when_its_peer_leaves)
{
	static const uint8_t data[400000];
	int fd = peer_open();

	wait_events("came;");
	port_write(port, data, sizeof(data));
	wait_events("full;");
	close(fd);
	wait_events("room;left;");
}
END_TEST

START_TEST(an_answer_is_whole_however_large_it_is)
{
	enum { LEN = 6000000 }; /* more than the backlog that a host may have */
	uint8_t *data = malloc(LEN);
	int fd = peer_open();

	ck_assert_ptr_nonnull(data);
	wait_events("came;");
	for (size_t i = 0; i < LEN; i++)
		data[i] = nth(i);
	port_write(port, data, LEN);
	/* What comes behind it is lost: the host does not read. */
	port_write(port, "lost", 4);
	read_all(fd, LEN);
	free(data);
	close(fd);
}
END_TEST

/* --- the loop's timers ------------------------------------------------------
 */

static struct timer timers[3];
static char fired[16];
static uint64_t fired_us[3];

static void on_timer(void *arg)
{
	struct timer *t = arg;

	fired_us[t - timers] = clock_now_us(loop_clock(loop));
	fired[strlen(fired)] = (char)('0' + (t - timers));
}

static void set_up_timers(void)
{
	memset(fired, 0, sizeof(fired));
	for (int i = 0; i < 3; i++)
		timer_init(&timers[i], on_timer, &timers[i]);
}

static void wait_fired(const char *expected)
{
	while (strlen(fired) < strlen(expected))
		event_base_loop(loop_base(loop), EVLOOP_ONCE);
	ck_assert_str_eq(fired, expected);
}

/* The descriptor of ours whose peer has this port; -1. */
static int find_peer(in_port_t peer)
{
	for (int fd = 3; fd < 64; fd++) {
		struct sockaddr_in in;
		socklen_t len = sizeof(in);

		if (getpeername(fd, (struct sockaddr *)&in, &len) == 0 &&
			in.sin_family == AF_INET && in.sin_port == peer)
			return fd;
	}
	return -1;
}

/*
 * Take the link again and again, and look whether another has it as well. 0:
 * none had, and we had it at all.
 */
static int take_turns(const char *link, const char *held)
{
	static const struct port_events handlers = {on_bytes, on_peer, on_full};
	struct why why;
	int taken = 0;

	/* The others leave it to the last one in the end. */
	for (int i = 0; i < 1000 || taken == 0; i++) {
		struct port *p = port_pty_new(
			watch, link, 115200, &handlers, NULL, &why);
		int fd;

		if (p == NULL)
			continue;
		taken++;
		fd = open(held, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0)
			return 1;
		close(fd);
		unlink(held);
		port_free(p);
	}
	return 0;
}

START_TEST(a_link_has_one_owner_at_a_time)
{
	char dir[TEMP_PATH], link[TEMP_INSIDE], held[TEMP_INSIDE];
	pid_t pids[3];
	int status, failed = 0;

	temp_dir(dir, "check_port");
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(held, sizeof(held), "%s/held", dir);
	for (int i = 0; i < 3; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(take_turns(link, held));
	}
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		failed += status != 0;
	}
	unlink(held);
	rmdir(dir);
	ck_assert_int_eq(failed, 0);
}
END_TEST

START_TEST(a_line_on_tcp_waits_for_no_ack)
{
	static const struct port_events handlers = {on_bytes, on_peer, on_full};
	struct sockaddr_in in = {.sin_family = AF_INET};
	socklen_t len = sizeof(in), size = sizeof(int);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 0;
	struct port *tcp;
	struct why why;

	tcp = port_sock_new(
		loop_base(loop), "tcp:127.0.0.1:0", &handlers, NULL, &why);
	ck_assert_msg(tcp != NULL, "%s", why.text);
	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons(
		(uint16_t)strtoul(strrchr(tcp->where, ':') + 1, NULL, 10));
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&in, len), 0);
	wait_events("came;");
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	ck_assert_int_eq(getsockopt(find_peer(in.sin_port), IPPROTO_TCP,
				 TCP_NODELAY, &on, &size),
		0);
	ck_assert_int_ne(on, 0);
	close(fd);
	port_free(tcp);
}
END_TEST

START_TEST(timers_fire_in_order_and_never_early)
{
	struct clock *c = loop_clock(loop);
	uint64_t start = clock_now_us(c);

	set_up_timers();
	timer_set_us(c, &timers[0], 600000);
	timer_set_us(c, &timers[1], 200000);
	timer_set_us(c, &timers[2], 400000);
	wait_fired("120");
	ck_assert_uint_ge(fired_us[1] - start, 200000);
	ck_assert_uint_ge(fired_us[2] - start, 400000);
	ck_assert_uint_ge(fired_us[0] - start, 600000);
}
END_TEST

START_TEST(a_deadline_that_moves_away_is_kept)
{
	struct clock *c = loop_clock(loop);
	uint64_t start = clock_now_us(c);

	set_up_timers();
	timer_set_us(c, &timers[0], 5000);
	timer_set_us(c, &timers[0], 20000);
	timer_set_us(c, &timers[1], 1000);
	timer_del(c, &timers[1]);
	wait_fired("0");
	ck_assert_uint_ge(fired_us[0] - start, 20000);
}
END_TEST

START_TEST(what_is_due_at_once_needs_no_time)
{
	struct clock *c = loop_clock(loop);

	set_up_timers();
	timer_set_us(c, &timers[1], 3600000000);
	timer_set_us(c, &timers[0], 0);
	ck_assert_str_eq(fired, "");
	turn();
	ck_assert_str_eq(fired, "0");
	timer_set_us(c, &timers[2], 1000);
	wait_fired("02");
	timer_del(c, &timers[1]);
}
END_TEST

/* A timer that goes on for ever leaves the port its turns. */
static void on_chain(void *arg)
{
	if (buf_len(&came) == 0)
		timer_set_turn(loop_clock(loop), arg, 0);
}

START_TEST(a_chain_of_turns_does_not_keep_the_port)
{
	struct timer chain;
	int fd = peer_open();

	wait_events("came;");
	timer_init(&chain, on_chain, &chain);
	timer_set_us(loop_clock(loop), &chain, 0);
	peer_write(fd, "+++");
	while (chain.armed)
		event_base_loop(loop_base(loop), EVLOOP_ONCE);
	wait_bytes("+++");
	close(fd);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("port");
	TCase *tc = tcase_create("pty");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(
		tc, a_hang_up_is_told_once_behind_the_last_bytes, 0, 2);
	tcase_add_test(tc, only_the_last_of_two_to_leave_hangs_up);
	tcase_add_test(tc, the_next_ones_line_is_its_own);
	tcase_add_test(tc, what_nobody_reads_is_dropped_and_forgotten);
	tcase_add_test(tc, a_slow_peer_fills_the_port_until_it_has_read);
	tcase_add_test(tc, a_full_port_has_room_again_when_its_peer_leaves);
	tcase_add_test(tc, an_answer_is_whole_however_large_it_is);
	tcase_add_test(tc, a_line_on_tcp_waits_for_no_ack);
	tcase_add_test(tc, a_link_has_one_owner_at_a_time);
	tcase_add_test(tc, timers_fire_in_order_and_never_early);
	tcase_add_test(tc, a_deadline_that_moves_away_is_kept);
	tcase_add_test(tc, what_is_due_at_once_needs_no_time);
	tcase_add_test(tc, a_chain_of_turns_does_not_keep_the_port);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
