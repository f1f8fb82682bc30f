#include "hil/reach.h"

#include <arpa/inet.h>
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hil/fresh.h"
#include "tests/unit/support/fake_clock.h"

/* A port of the loopback, bound; `where` is ADDR:PORT. */
static int bind_one(char *where, size_t size, bool listens)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	if (listens)
		ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(where, size, "127.0.0.1:%u", ntohs(a.sin_port));
	return fd;
}

START_TEST(what_is_no_host_and_port_is_named)
{
	static const char *const wrong[] = {"", "host", ":1"};
	char why[300];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		why[0] = '\0';
		ck_assert_msg(!reach_server(wrong[i], NULL, why, sizeof(why)),
			"%s", wrong[i]);
		ck_assert_str_ne(why, "");
	}
	ck_assert(!reach_server("host", NULL, why, sizeof(why)));
	ck_assert_str_eq(why, "the server host: expected HOST:PORT");
}
END_TEST

START_TEST(a_server_is_there_or_is_not)
{
	char where[32], why[300];
	int fd = bind_one(where, sizeof(where), true);

	ck_assert_msg(reach_server(where, NULL, why, sizeof(why)), "%s", why);
	close(fd);
	/* The port stays ours, so that nobody else listens there. */
	fd = bind_one(where, sizeof(where), false);
	ck_assert(!reach_server(where, NULL, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, where));
	ck_assert_ptr_nonnull(strstr(why, "Connection refused"));
	close(fd);
}
END_TEST

/* The tunnel's far end is its near end here. */
START_TEST(a_way_that_leads_to_the_broker_is_told_from_another)
{
	char here[32], taken[32], why[300];
	/* Bound to be reused: it may be listened on once more. */
	int fd = bind_one(here, sizeof(here), false);
	int other = bind_one(taken, sizeof(taken), true);

	ck_assert_msg(reach_server(here, here, why, sizeof(why)), "%s", why);
	ck_assert(!reach_server(here, taken, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "the broker cannot be at"));
	ck_assert_ptr_nonnull(strstr(why, taken));
	/* It answers, and nothing arrives. */
	ck_assert(!reach_server(taken, here, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "does not lead to"));
	close(fd);
	close(other);
}
END_TEST

static char asked[64];
static unsigned int ended;

static void on_say(void *arg, const char *text)
{
	(void)arg;
	snprintf(asked, sizeof(asked), "%s", text);
}

static void on_done(void *arg)
{
	(void)arg;
	ended++;
}

START_TEST(a_modem_is_fresh_when_its_ok_is_whole)
{
	static const char said[] = "AT&F\r\r\n+QIURC: \"recv\",0\r\n\r\nOK\r\n";
	struct fake_clock fc;
	struct fresh_opts o = {
		.clock = &fc.clock, .say = on_say, .done = on_done};
	struct fresh f = {0};

	fake_clock_init(&fc, false);
	ended = 0;
	for (unsigned int round = 0; round < 2; round++) {
		fresh_begin(&f, &o);
		ck_assert_str_eq(asked, "AT&F\r");
		for (size_t i = 0; i + 1 < sizeof(said); i++) {
			ck_assert(f.waits);
			ck_assert_uint_eq(ended, round);
			fresh_take(&f, said + i, 1);
		}
		ck_assert(!f.waits);
		ck_assert_uint_eq(ended, round + 1);
	}
	fresh_free(&f);
}
END_TEST

START_TEST(one_that_was_just_switched_on_is_asked_until_it_is_attached)
{
	static const char wait[] = "\r\n+QINISTAT: 3\r\n\r\n+CGATT: 0\r\n"
				   "\r\nOK\r\n",
			  ready[] = "\r\n+QINISTAT: 7\r\n\r\n+CGATT: 1\r\n"
				    "\r\nOK\r\n";
	struct fake_clock fc;
	struct fresh_opts o = {.clock = &fc.clock,
		.settle = true,
		.say = on_say,
		.done = on_done};
	struct fresh f = {0};

	fake_clock_init(&fc, false);
	ended = 0;
	fresh_begin(&f, &o);
	fresh_take(&f, "\r\nOK\r\n", 6);
	ck_assert_str_eq(asked, "AT+QINISTAT;+CGATT?\r");
	asked[0] = '\0';
	fresh_take(&f, wait, strlen(wait));
	ck_assert(f.waits);
	fake_clock_advance(&fc, 1000);
	ck_assert_str_eq(asked, "AT+QINISTAT;+CGATT?\r");
	fresh_take(&f, ready, strlen(ready));
	ck_assert_uint_eq(ended, 1);
	fresh_free(&f);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reach");
	TCase *tc = tcase_create("reach");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_test(tc, what_is_no_host_and_port_is_named);
	tcase_add_test(tc, a_server_is_there_or_is_not);
	tcase_add_test(tc, a_way_that_leads_to_the_broker_is_told_from_another);
	tcase_add_test(tc, a_modem_is_fresh_when_its_ok_is_whole);
	tcase_add_test(tc,
		one_that_was_just_switched_on_is_asked_until_it_is_attached);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
