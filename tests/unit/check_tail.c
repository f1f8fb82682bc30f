#include "hil/tail.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "support/temp.h"

enum { MANY = 300 }; /* a user has 128 inotify instances */

static struct event_base *base;
static char dir[TEMP_PATH];

struct heard {
	char text[32];
	struct tail **ends; /* freed when something is heard */
};

static void setup(void)
{
	temp_dir(dir, "check_tail");
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
}

static const char *file(const char *name)
{
	static char path[2][TEMP_INSIDE];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[turn]), "%s/%s", dir, name);
	return path[turn];
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(file(name), "a");

	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	ck_assert_int_eq(fclose(f), 0);
}

static void teardown(void)
{
	event_base_free(base);
	unlink(file("a"));
	unlink(file("b"));
	ck_assert_int_eq(rmdir(dir), 0);
}

static void on_data(void *arg, const char *data, size_t len)
{
	struct heard *h = arg;
	size_t had = strlen(h->text);

	ck_assert_uint_lt(had + len, sizeof(h->text));
	memcpy(h->text + had, data, len);
	if (h->ends != NULL) {
		tail_free(*h->ends);
		*h->ends = NULL;
	}
}

START_TEST(a_file_may_come_later_and_is_heard_in_full)
{
	struct heard a = {0}, b = {0};
	struct tail *ta = tail_new(base, file("a"), on_data, &a);
	struct tail *tb = tail_new(base, file("b"), on_data, &b);

	put("a", "one ");
	event_base_loop(base, EVLOOP_ONCE);
	put("a", "two");
	put("b", "three");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(a.text, "one two");
	ck_assert_str_eq(b.text, "three");
	/* Their folder stays watched for the one that is left. */
	tail_free(ta);
	put("b", " four");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(b.text, "three four");
	tail_free(tb);
}
END_TEST

START_TEST(one_may_end_the_other)
{
	struct tail *ta, *tb;
	struct heard a = {.ends = &tb}, b = {.ends = &ta};

	ta = tail_new(base, file("a"), on_data, &a);
	tb = tail_new(base, file("b"), on_data, &b);
	put("a", "x");
	put("b", "x");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_int_eq((ta == NULL) + (tb == NULL), 1);
	ck_assert_str_eq(ta == NULL ? b.text : a.text, "x");
	ck_assert_str_eq(ta == NULL ? a.text : b.text, "");
	tail_free(ta);
	tail_free(tb);
}
END_TEST

START_TEST(many_share_what_the_kernel_grants)
{
	struct tail *tails[MANY];
	struct heard heard = {0};

	for (size_t i = 0; i < MANY; i++) {
		tails[i] = tail_new(base, file("a"), on_data, &heard);
		ck_assert_msg(tails[i] != NULL, "tail %zu", i);
	}
	for (size_t i = 0; i < MANY - 1; i++)
		tail_free(tails[i]);
	put("a", "x");
	event_base_loop(base, EVLOOP_ONCE);
	ck_assert_str_eq(heard.text, "x");
	tail_free(tails[MANY - 1]);
}
END_TEST

START_TEST(without_its_folder_there_is_none)
{
	ck_assert_ptr_null(tail_new(base, file("none/a"), on_data, NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tail");
	TCase *tc = tcase_create("tail");
	SRunner *sr;
	int failed;

	tcase_set_timeout(tc, 60);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_file_may_come_later_and_is_heard_in_full);
	tcase_add_test(tc, one_may_end_the_other);
	tcase_add_test(tc, many_share_what_the_kernel_grants);
	tcase_add_test(tc, without_its_folder_there_is_none);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
