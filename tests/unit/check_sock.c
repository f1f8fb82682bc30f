#include "svc/sock.h"

#include <check.h>
#include <string.h>

#include "tests/unit/support/sock_rig.h"

START_TEST(an_open_goes_through_opening_to_connected)
{
	struct fake_stream *fs;
	struct sock_info info;

	ck_assert(!sock_used(table, 3));
	ck_assert(!sock_get(table, 3, &info));
	ck_assert_int_eq(info.state, SOCK_INITIAL);
	fs = start(3, 1, 0);
	ck_assert_str_eq(fs->host, "host.example");
	ck_assert_uint_eq(fs->port, 8443);
	ck_assert(sock_used(table, 3));
	ck_assert(sock_get(table, 3, &info));
	ck_assert_int_eq(info.state, SOCK_OPENING);
	ck_assert_str_eq(info.addr.ip, "");
	ck_assert_uint_eq(info.addr.remote_port, 8443);
	check_events("");
	/* Where a map has led is not shown. */
	fs->addr.remote_port = 18443;
	fake_stream_connect(fs);
	check_events("opened 3 ok;");
	sock_get(table, 3, &info);
	ck_assert_int_eq(info.state, SOCK_CONNECTED);
	ck_assert_uint_eq(info.addr.remote_port, 8443);
	ck_assert_str_eq(info.addr.ip, "192.0.2.7");
	ck_assert_uint_eq(info.addr.local_port, 50001);
	ck_assert_str_eq(info.service, "TCP");
	ck_assert_int_eq(info.pdp, 1);
	ck_assert_int_eq(info.ssl, -1);
	/* The limit of the open is over with it. */
	fake_clock_advance(&fc, 200000);
	check_events("");
}
END_TEST

START_TEST(a_failed_open_keeps_the_id_until_it_is_closed)
{
	struct fake_stream *fs = start(0, 1, 0);

	fake_stream_fail(fs, ERR_NET_CONNECT, "refused");
	/* Not from inside the stream's handler. */
	check_events("");
	ck_assert(!fs->closed);
	fake_clock_run(&fc);
	check_events("opened 0 ERR_NET_CONNECT;");
	ck_assert(fs->closed);
	ck_assert_int_eq(state(0), SOCK_CLOSING);
	ck_assert_int_eq(send_text(0, "x"), ERR_NET_CLOSED);
	ck_assert_ptr_nonnull(strstr(why.text, "its open failed"));
	ck_assert_str_eq(recv_text(0, 10), "ERR_NET_CLOSED");
	sock_close(table, 0, 10000);
	fake_clock_run(&fc);
	check_events("done 0;");
	ck_assert(!sock_used(table, 0));
}
END_TEST

START_TEST(a_peer_that_closes_during_the_open_is_a_failed_open)
{
	fake_stream_end(start(0, 1, 0), NULL);
	fake_clock_run(&fc);
	check_events("opened 0 ERR_NET_CONNECT;");
}
END_TEST

START_TEST(an_open_without_a_stream_fails_at_the_next_turn)
{
	fn.refuse = true;
	start(5, 1, 0);
	check_events("");
	ck_assert_int_eq(state(5), SOCK_CLOSING);
	fake_clock_run(&fc);
	check_events("opened 5 ERR_NET_MEMORY;");
}
END_TEST

START_TEST(an_open_that_takes_too_long_times_out_also_when_fast)
{
	struct fake_stream *fs = start(1, 1, 0);

	fake_clock_advance(&fc, 149999);
	check_events("");
	fake_clock_advance(&fc, 1);
	check_events("opened 1 ERR_NET_TIMEOUT;");
	ck_assert(fs->closed);
	ck_assert_int_eq(state(1), SOCK_CLOSING);
}
END_TEST

START_TEST(an_id_in_use_is_refused_and_its_connection_goes_on)
{
	struct fake_stream *fs = start_connected(2, 1, 0);

	sock_refuse(table, 2);
	check_events("");
	fake_clock_run(&fc);
	check_events("opened 2 ERR_NET_ID_USED;");
	ck_assert_int_eq(state(2), SOCK_CONNECTED);
	fake_stream_give(fs, "abc", 3);
	check_events("received 2;");
}
END_TEST

START_TEST(recv_is_told_once_until_the_buffer_was_read_empty)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	fake_stream_give(fs, "abc", 3);
	check_events("received 0;");
	fake_stream_give(fs, "def", 3);
	check_events("");
	ck_assert_str_eq(recv_text(0, 4), "abcd");
	fake_stream_give(fs, "ghi", 3);
	check_events("");
	ck_assert_str_eq(recv_text(0, 100), "efghi");
	ck_assert_str_eq(recv_text(0, 100), "");
	fake_stream_give(fs, "j", 1);
	check_events("received 0;");
}
END_TEST

START_TEST(reading_exactly_all_counts_as_empty)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	fake_stream_give(fs, "abc", 3);
	check_events("received 0;");
	ck_assert_str_eq(recv_text(0, 3), "abc");
	fake_stream_give(fs, "d", 1);
	check_events("received 0;");
}
END_TEST

START_TEST(past_the_buffer_the_stream_is_not_read)
{
	struct fake_stream *fs = start_connected(0, 1, 0);
	char data[BUFFER + 30];
	struct sock_info info;

	memset(data, 'a', sizeof(data));
	fake_stream_give(fs, data, sizeof(data));
	ck_assert_uint_eq(buf_len(&fs->incoming), 30);
	sock_get(table, 0, &info);
	ck_assert_uint_eq(info.unread, BUFFER);
	ck_assert_uint_eq(info.received, BUFFER);
	/* What is read makes room, and the rest follows by itself. */
	ck_assert_uint_eq(strlen(recv_text(0, 20)), 20);
	ck_assert_uint_eq(buf_len(&fs->incoming), 10);
	ck_assert_uint_eq(strlen(recv_text(0, 1500)), BUFFER);
	ck_assert_uint_eq(strlen(recv_text(0, 1500)), 10);
	sock_get(table, 0, &info);
	ck_assert_uint_eq(info.received, sizeof(data));
	ck_assert_uint_eq(info.read, sizeof(data));
	ck_assert_uint_eq(info.unread, 0);
	check_events("received 0;");
}
END_TEST

START_TEST(recv_comes_before_closed_and_stays_readable_after_it)
{
	struct fake_stream *fs = start_connected(4, 1, 0);

	/* The stream has bytes but did not say so before its end. */
	ck_assert(buf_add(&fs->incoming, "last", 4));
	fake_stream_end(fs, NULL);
	check_events("received 4;closed 4 ok;");
	ck_assert_int_eq(state(4), SOCK_CLOSING);
	ck_assert_str_eq(recv_text(4, 2), "la");
	ck_assert_str_eq(recv_text(4, 100), "st");
	ck_assert_str_eq(recv_text(4, 100), "");
	ck_assert_int_eq(send_text(4, "x"), ERR_NET_CLOSED);
	ck_assert_ptr_nonnull(strstr(why.text, "has ended"));
}
END_TEST

START_TEST(a_broken_connection_tells_its_reason)
{
	fake_stream_fail(start_connected(4, 1, 0), ERR_NET_CLOSED, "reset");
	check_events("closed 4 ERR_NET_CLOSED;");
	ck_assert_int_eq(state(4), SOCK_CLOSING);
}
END_TEST

START_TEST(what_was_sent_is_counted_and_reaches_the_stream)
{
	struct fake_stream *fs = start_connected(0, 1, 0);
	struct sock_info info;
	char got[16];

	ck_assert_int_eq(send_text(0, "hello"), 0);
	ck_assert_int_eq(send_text(0, "you"), 0);
	sock_get(table, 0, &info);
	ck_assert_uint_eq(info.sent, 8);
	ck_assert_uint_eq(sock_unacked(table, 0), 8);
	fake_stream_drain(fs);
	sock_get(table, 0, &info);
	ck_assert_uint_eq(info.sent, 8);
	ck_assert_uint_eq(sock_unacked(table, 0), 0);
	ck_assert_uint_eq(fake_stream_take(fs, got, sizeof(got)), 8);
	ck_assert_mem_eq(got, "helloyou", 8);
}
END_TEST

START_TEST(a_full_send_buffer_takes_nothing)
{
	struct fake_stream *fs = start_connected(0, 1, 0);
	struct sock_info info;

	fs->room = 4;
	ck_assert_int_eq(send_text(0, "hello"), ERR_NET_WRITE);
	sock_get(table, 0, &info);
	ck_assert_uint_eq(info.sent, 0);
	ck_assert_int_eq(send_text(0, "four"), 0);
}
END_TEST

START_TEST(staged_bytes_past_the_limit_are_dropped)
{
	struct fake_stream *fs = start_connected(0, 1, 0);
	char data[1000];

	memset(data, 'x', sizeof(data));
	sock_stage_reset(table);
	sock_stage_add(table, data, sizeof(data));
	sock_stage_add(table, data, sizeof(data));
	sock_stage_add(table, data, sizeof(data));
	ck_assert_uint_eq(sock_stage_len(table), SOCK_SEND_MAX);
	ck_assert_int_eq(sock_send(table, 0, &why), 0);
	ck_assert_uint_eq(fs->pending, SOCK_SEND_MAX);
}
END_TEST

START_TEST(sending_needs_a_connection)
{
	ck_assert_int_eq(send_text(0, "x"), ERR_NET_CLOSED);
	ck_assert_ptr_nonnull(strstr(why.text, "not open"));
	start(0, 1, 0);
	ck_assert_int_eq(send_text(0, "x"), ERR_NET_CLOSED);
	ck_assert_ptr_nonnull(strstr(why.text, "still opening"));
	ck_assert_str_eq(recv_text(0, 1), "ERR_NET_CLOSED");
}
END_TEST

START_TEST(what_came_with_the_connection_is_told_after_it)
{
	struct fake_stream *fs = start(0, 1, 0);

	fake_stream_give(fs, "banner", 6);
	check_events("");
	fake_stream_connect(fs);
	check_events("opened 0 ok;received 0;");
	ck_assert_str_eq(recv_text(0, 100), "banner");
}
END_TEST

START_TEST(a_close_drops_what_was_not_read)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	/* More than the buffer holds: the peer's end is behind it. */
	ck_assert(buf_add(&fs->incoming, "unread", 6));
	sock_close(table, 0, 10000);
	ck_assert_uint_eq(buf_len(&fs->incoming), 0);
}
END_TEST

START_TEST(a_close_waits_for_the_peers_end)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	sock_close(table, 0, 10000);
	ck_assert(fs->shut);
	fake_clock_advance(&fc, 5000);
	check_events("");
	/* Late data are nobody's any more. */
	fake_stream_give(fs, "late", 4);
	check_events("");
	ck_assert_uint_eq(buf_len(&fs->incoming), 0);
	fake_stream_end(fs, NULL);
	ck_assert(!fs->closed);
	fake_clock_run(&fc);
	check_events("done 0;");
	ck_assert(fs->closed);
	ck_assert(!sock_used(table, 0));
}
END_TEST

START_TEST(a_close_is_forced_when_the_peer_does_not_answer)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	sock_close(table, 0, 10000);
	fake_clock_advance(&fc, 9999);
	check_events("");
	fake_clock_advance(&fc, 1);
	check_events("done 0;");
	ck_assert(fs->closed);
}
END_TEST

START_TEST(a_close_without_time_does_not_wait)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	sock_close(table, 0, 0);
	check_events("");
	fake_clock_run(&fc);
	check_events("done 0;");
	ck_assert(fs->closed);
	ck_assert(!fs->shut);
}
END_TEST

START_TEST(a_close_after_the_peers_end_does_not_wait)
{
	fake_stream_end(start_connected(0, 1, 0), NULL);
	check_events("closed 0 ok;");
	sock_close(table, 0, 10000);
	fake_clock_run(&fc);
	check_events("done 0;");
}
END_TEST

START_TEST(closing_an_unused_id_is_told_too)
{
	sock_close(table, 11, 10000);
	fake_clock_run(&fc);
	check_events("done 11;");
	ck_assert(!sock_used(table, 11));
}
END_TEST

START_TEST(closing_while_opening_gives_up_the_open)
{
	struct fake_stream *fs = start(0, 1, 0);

	sock_close(table, 0, 10000);
	fake_stream_connect(fs);
	fake_clock_run(&fc);
	check_events("done 0;");
	ck_assert(fs->closed);
	fake_clock_advance(&fc, 200000);
	check_events("");
}
END_TEST

START_TEST(an_id_can_be_used_again_and_counts_from_zero)
{
	struct fake_stream *fs = start_connected(0, 1, 0);
	struct sock_info info;

	fake_stream_give(fs, "abc", 3);
	ck_assert_int_eq(send_text(0, "x"), 0);
	sock_close(table, 0, 0);
	fake_clock_run(&fc);
	check_events("received 0;done 0;");
	fs = start_connected(0, 1, 0);
	sock_get(table, 0, &info);
	ck_assert_uint_eq(info.sent + info.received + info.unread, 0);
	fake_stream_give(fs, "d", 1);
	check_events("received 0;");
	ck_assert_str_eq(recv_text(0, 9), "d");
}
END_TEST

START_TEST(a_lost_context_takes_only_its_own_sockets)
{
	struct fake_stream *other;
	struct why lost;

	why_set(&lost, ERR_NET_PDP_BROKEN, GRADE_MAN, "the bearer is gone");
	start_connected(0, 1, 0);
	other = start_connected(1, 2, 0);
	start(2, 1, 0);
	start_connected(3, 1, 0);
	sock_close(table, 3, 10000);
	sock_table_pdp_down(table, 1, &lost);
	check_events("");
	fake_clock_run(&fc);
	check_events("closed 0 ERR_NET_PDP_BROKEN;"
		     "opened 2 ERR_NET_PDP_BROKEN;done 3;");
	ck_assert_int_eq(state(0), SOCK_CLOSING);
	ck_assert_int_eq(state(1), SOCK_CONNECTED);
	ck_assert_int_eq(state(2), SOCK_CLOSING);
	ck_assert_int_eq(state(3), SOCK_INITIAL);
	ck_assert(!other->closed);
	sock_table_pdp_down(table, 1, &lost);
	fake_clock_run(&fc);
	check_events("");
}
END_TEST

START_TEST(a_deactivated_context_frees_its_ids_silently)
{
	start_connected(0, 1, 0);
	start_connected(1, 2, 0);
	sock_table_pdp_close(table, 1);
	fake_clock_advance(&fc, 200000);
	check_events("");
	ck_assert(!sock_used(table, 0));
	ck_assert(sock_used(table, 1));
}
END_TEST

START_TEST(a_reset_drops_everything_without_a_word)
{
	struct fake_stream *fs = start_connected(0, 1, 0);

	start(1, 1, 0);
	fn.refuse = true;
	start(2, 1, 0);
	sock_refuse(table, 0);
	sock_close(table, 0, 10000);
	sock_table_reset(table);
	ck_assert(fs->closed);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_clock_advance(&fc, 200000);
	check_events("");
	for (int id = 0; id < SOCK_IDS; id++)
		ck_assert(!sock_used(table, id));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sock");
	TCase *tc = tcase_create("table");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_open_goes_through_opening_to_connected);
	tcase_add_test(tc, a_failed_open_keeps_the_id_until_it_is_closed);
	tcase_add_test(tc, a_peer_that_closes_during_the_open_is_a_failed_open);
	tcase_add_test(tc, an_open_without_a_stream_fails_at_the_next_turn);
	tcase_add_test(
		tc, an_open_that_takes_too_long_times_out_also_when_fast);
	tcase_add_test(tc, an_id_in_use_is_refused_and_its_connection_goes_on);
	tcase_add_test(tc, recv_is_told_once_until_the_buffer_was_read_empty);
	tcase_add_test(tc, reading_exactly_all_counts_as_empty);
	tcase_add_test(tc, past_the_buffer_the_stream_is_not_read);
	tcase_add_test(
		tc, recv_comes_before_closed_and_stays_readable_after_it);
	tcase_add_test(tc, a_broken_connection_tells_its_reason);
	tcase_add_test(tc, what_was_sent_is_counted_and_reaches_the_stream);
	tcase_add_test(tc, a_full_send_buffer_takes_nothing);
	tcase_add_test(tc, staged_bytes_past_the_limit_are_dropped);
	tcase_add_test(tc, sending_needs_a_connection);
	tcase_add_test(tc, what_came_with_the_connection_is_told_after_it);
	tcase_add_test(tc, a_close_drops_what_was_not_read);
	tcase_add_test(tc, a_close_waits_for_the_peers_end);
	tcase_add_test(tc, a_close_is_forced_when_the_peer_does_not_answer);
	tcase_add_test(tc, a_close_without_time_does_not_wait);
	tcase_add_test(tc, a_close_after_the_peers_end_does_not_wait);
	tcase_add_test(tc, closing_an_unused_id_is_told_too);
	tcase_add_test(tc, closing_while_opening_gives_up_the_open);
	tcase_add_test(tc, an_id_can_be_used_again_and_counts_from_zero);
	tcase_add_test(tc, a_lost_context_takes_only_its_own_sockets);
	tcase_add_test(tc, a_deactivated_context_frees_its_ids_silently);
	tcase_add_test(tc, a_reset_drops_everything_without_a_word);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
