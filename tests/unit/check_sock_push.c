#include "svc/sock.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/support/sock_rig.h"

START_TEST(direct_push_hands_data_on_in_chunks_over_several_turns)
{
	struct fake_stream *fs = start_connected(0, 1, 1);
	char data[3200];

	memset(data, 'p', sizeof(data));
	fake_stream_give(fs, "abc", 3);
	check_events("pushed 0 3 abc;");
	fake_clock_run(&fc);
	fake_stream_give(fs, data, sizeof(data));
	check_events("pushed 0 1500 ;");
	fake_clock_run(&fc);
	check_events("pushed 0 1500 ;pushed 0 200 ;");
}
END_TEST

START_TEST(direct_push_waits_for_a_slow_line_and_so_does_the_peer)
{
	struct fake_stream *fs = start_connected(0, 1, 1);
	char data[4000];

	hold_at_push = true;
	memset(data, 'p', sizeof(data));
	fake_stream_give(fs, data, sizeof(data));
	fake_clock_advance(&fc, 1000);
	fake_stream_give(fs, "more", 4);
	check_events("pushed 0 1500 ;");
	ck_assert_uint_eq(buf_len(&fs->incoming), 2504);
	sock_table_hold(table, SOCK_HOLD_NONE);
	fake_clock_run(&fc);
	check_events("pushed 0 1500 ;");
	sock_table_hold(table, SOCK_HOLD_NONE);
	fake_clock_run(&fc);
	check_events("pushed 0 1004 ;");
}
END_TEST

/* In turn, and the first of them comes last the first time. */
START_TEST(sockets_that_fill_the_line_take_turns)
{
	struct fake_stream *fs[3];
	char data[4000];

	for (int id = 0; id < 3; id++)
		fs[id] = start_connected(id, 1, 1);
	sock_table_hold(table, SOCK_HOLD_ALL);
	memset(data, 'p', sizeof(data));
	for (int id = 0; id < 3; id++)
		fake_stream_give(fs[id], data, sizeof(data));
	hold_at_push = true;
	for (int i = 1; i <= 6; i++) {
		char expected[32];

		sock_table_hold(table, SOCK_HOLD_NONE);
		fake_clock_run(&fc);
		snprintf(expected, sizeof(expected), "pushed %d 1500 ;", i % 3);
		check_events(expected);
	}
}
END_TEST

/* The port is the connection's own then; the URCs are let out behind it. */
START_TEST(urcs_that_wait_hold_direct_push_but_not_transparent_mode)
{
	struct fake_stream *push = start_connected(0, 1, 1);
	struct fake_stream *port = start_connected(1, 1, 2);

	sock_table_hold(table, SOCK_HOLD_URCS);
	fake_stream_give(push, "abc", 3);
	fake_stream_give(port, "xyz", 3);
	fake_clock_advance(&fc, 1000);
	check_events("pushed 1 3 xyz;");
	ck_assert_uint_eq(buf_len(&push->incoming), 3);
	sock_table_hold(table, SOCK_HOLD_NONE);
	fake_clock_run(&fc);
	check_events("pushed 0 3 abc;");
}
END_TEST

START_TEST(a_full_line_holds_pushes_back_and_the_end_behind_them)
{
	struct fake_stream *fs = start_connected(0, 1, 1);
	struct fake_stream *other = start_connected(1, 1, 0);

	sock_table_hold(table, SOCK_HOLD_ALL);
	fake_stream_give(fs, "abc", 3);
	fake_stream_give(other, "xyz", 3);
	fake_clock_advance(&fc, 1000);
	check_events("received 1;");
	ck_assert_uint_eq(buf_len(&fs->incoming), 3);
	fake_stream_end(fs, NULL);
	fake_clock_advance(&fc, 1000);
	check_events("");
	sock_table_hold(table, SOCK_HOLD_NONE);
	check_events("");
	fake_clock_run(&fc);
	check_events("pushed 0 3 abc;closed 0 ok;");
}
END_TEST

START_TEST(a_line_that_fills_while_a_push_is_due_stops_it)
{
	struct fake_stream *fs = start_connected(0, 1, 2);
	char data[1600];

	memset(data, 'p', sizeof(data));
	fake_stream_give(fs, data, sizeof(data));
	check_events("pushed 0 1500 ;");
	sock_table_hold(table, SOCK_HOLD_ALL);
	fake_clock_advance(&fc, 1000);
	check_events("");
	sock_table_hold(table, SOCK_HOLD_NONE);
	fake_clock_run(&fc);
	check_events("pushed 0 100 ;");
}
END_TEST

START_TEST(direct_push_hands_everything_on_before_closed)
{
	struct fake_stream *fs = start_connected(0, 1, 1);
	char data[1600];

	hold_at_push = true;
	memset(data, 'p', sizeof(data));
	ck_assert(buf_add(&fs->incoming, data, sizeof(data)));
	fake_stream_end(fs, NULL);
	check_events("pushed 0 1500 ;");
	ck_assert_int_eq(send_text(0, "x"), ERR_NET_CLOSED);
	sock_table_hold(table, SOCK_HOLD_NONE);
	fake_clock_run(&fc);
	check_events("pushed 0 100 ;");
	sock_table_hold(table, SOCK_HOLD_NONE);
	fake_clock_run(&fc);
	check_events("closed 0 ok;");
	ck_assert_int_eq(state(0), SOCK_CLOSING);
}
END_TEST

START_TEST(direct_push_tells_a_broken_connection_too)
{
	struct fake_stream *fs = start_connected(0, 1, 1);

	ck_assert(buf_add(&fs->incoming, "abc", 3));
	fake_stream_fail(fs, ERR_NET_CLOSED, "reset");
	fake_clock_run(&fc);
	check_events("pushed 0 3 abc;closed 0 ERR_NET_CLOSED;");
}
END_TEST

START_TEST(closing_gives_up_what_is_still_to_be_pushed)
{
	struct fake_stream *fs = start_connected(0, 1, 1);
	char data[1600];

	hold_at_push = true;
	memset(data, 'p', sizeof(data));
	ck_assert(buf_add(&fs->incoming, data, sizeof(data)));
	fake_stream_end(fs, NULL);
	check_events("pushed 0 1500 ;");
	/* The peer has ended: there is nobody to wait for. */
	sock_close(table, 0, 10000);
	fake_clock_run(&fc);
	check_events("done 0;");
}
END_TEST

START_TEST(closing_from_inside_a_push_ends_it)
{
	struct fake_stream *fs = start_connected(0, 1, 1);
	char data[1600];

	close_at_push = true;
	memset(data, 'p', sizeof(data));
	fake_stream_give(fs, data, sizeof(data));
	check_events("pushed 0 1500 ;");
	fake_clock_run(&fc);
	check_events("");
	ck_assert(fs->shut);
	fake_stream_end(fs, NULL);
	fake_clock_run(&fc);
	check_events("done 0;");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sock_push");
	TCase *tc = tcase_create("push");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(
		tc, direct_push_hands_data_on_in_chunks_over_several_turns);
	tcase_add_test(
		tc, direct_push_waits_for_a_slow_line_and_so_does_the_peer);
	tcase_add_test(
		tc, a_full_line_holds_pushes_back_and_the_end_behind_them);
	tcase_add_test(tc, a_line_that_fills_while_a_push_is_due_stops_it);
	tcase_add_test(tc, direct_push_hands_everything_on_before_closed);
	tcase_add_test(tc, direct_push_tells_a_broken_connection_too);
	tcase_add_test(tc, closing_gives_up_what_is_still_to_be_pushed);
	tcase_add_test(tc, closing_from_inside_a_push_ends_it);
	tcase_add_test(tc, sockets_that_fill_the_line_take_turns);
	tcase_add_test(
		tc, urcs_that_wait_hold_direct_push_but_not_transparent_mode);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
