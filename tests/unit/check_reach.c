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
	ck_assert_str_eq(why, "'host': expected HOST:PORT");
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

START_TEST(a_modem_is_fresh_when_its_ok_is_whole)
{
	static const char said[] = "AT&F\r\r\n+QIURC: \"recv\",0\r\n\r\nOK\r\n";
	struct fresh f = {0};

	for (int round = 0; round < 2; round++) {
		fresh_begin(&f);
		for (size_t i = 0; i + 1 < sizeof(said); i++) {
			ck_assert(f.waits);
			ck_assert(fresh_take(&f, said + i, 1) ==
				  (i + 2 == sizeof(said)));
		}
		ck_assert(!f.waits);
	}
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
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
