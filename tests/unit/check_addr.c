#include "base/addr.h"

#include <check.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "fixtures/broker/upstream.h"

START_TEST(numeric_addresses_come_back_as_they_were_written)
{
	static const char *const good[] = {"127.0.0.1:0", "192.0.2.1:8443",
		"[::1]:65535", "[2001:db8::1]:1"};

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		struct sockaddr_storage sa;
		char text[96];
		int len;

		ck_assert_msg(addr_parse(&sa, &len, good[i]), "%s", good[i]);
		addr_format((struct sockaddr *)&sa, len, text, sizeof(text));
		ck_assert_str_eq(text, good[i]);
	}
}
END_TEST

START_TEST(anything_else_is_refused_without_a_query)
{
	static const char *const bad[] = {"", ":", "127.0.0.1",
		"127.0.0.1:", ":8443", "localhost:8443", "127.0.0.1:https",
		"127.0.0.1:-1", "127.0.0.1:65536", "127.0.0.1:99999",
		"127.0.0.1:123456", "[::1]", "[]:1",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:1"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct sockaddr_storage sa;
		int len;

		ck_assert_msg(!addr_parse(&sa, &len, bad[i]), "%s", bad[i]);
	}
}
END_TEST

START_TEST(a_lookup_says_why_not)
{
	struct addrinfo *list;

	ck_assert_str_eq(addr_look_up("host", 0, &list), "expected HOST:PORT");
	ck_assert_str_eq(addr_look_up("host:65536", 0, &list),
		"a port is at most 65535");
	ck_assert_ptr_nonnull(
		addr_look_up("host.invalid:1", AI_NUMERICHOST, &list));
}
END_TEST

START_TEST(a_unix_path_fits_up_to_the_limit_of_the_system)
{
	char where[5 + 108 + 1] = "unix:";
	struct upstream u;

	ck_assert(!upstream_parse(&u, "unix:"));
	ck_assert(!upstream_parse(&u, "/a/path"));
	memset(where + 5, 'p', 108);
	ck_assert(!upstream_parse(&u, where));
	where[5 + 107] = '\0';
	ck_assert(upstream_parse(&u, where));
	ck_assert_int_eq(u.sa.ss_family, AF_UNIX);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("addr");
	TCase *tc = tcase_create("addr");
	SRunner *sr = srunner_create(s);
	int failed;

	tcase_add_test(tc, numeric_addresses_come_back_as_they_were_written);
	tcase_add_test(tc, anything_else_is_refused_without_a_query);
	tcase_add_test(tc, a_lookup_says_why_not);
	tcase_add_test(tc, a_unix_path_fits_up_to_the_limit_of_the_system);
	suite_add_tcase(s, tc);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
