#include "cmd/ctx.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svc/filestore.h"
#include "tests/unit/support/file_checks.h"

/*
 * QFDWL and QFREAD in the modem's own time: 115200 baud, so that +++, DTR, a
 * restart or the end of the world can come in the middle.
 */
enum { SIZE = 40000, PIECE = 512, PIECE_MS = 45, BOOT_MS = 20000 };

static char content[SIZE + 1];

static void setup(void)
{
	struct why why;

	profile_init(&profile);
	make(false);
	fake_clock_advance(&fc, BOOT_MS);
	at_settings(ctx.at)->dtr = 1;
	for (size_t i = 0; i < SIZE; i++)
		content[i] = (char)('a' + i % 26);
	ck_assert_int_eq(
		filestore_write(ctx.files, "k", content, SIZE, &why), 0);
	(void)capture_take(&cap, LANE_AT_RX);
}

static void send(const char *bytes)
{
	at_input(ctx.at, bytes, strlen(bytes));
	fake_clock_run(&fc);
}

/* What came so far begins with `head`, then n bytes of the file, then `tail`.
 */
static void assert_sent(const char *head, size_t n, const char *tail)
{
	const char *got = capture_text(&cap, LANE_AT_RX);
	size_t len = strlen(head);

	ck_assert_uint_eq(strlen(got), len + n + strlen(tail));
	ck_assert_mem_eq(got, head, len);
	ck_assert_mem_eq(got + len, content, n);
	ck_assert_str_eq(got + len + n, tail);
}

START_TEST(a_file_takes_its_time_on_the_line)
{
	send("AT+QFDWL=\"k\"\r");
	fake_clock_advance(&fc, 1000);
	/* 11520 bytes a second, less a piece that is not there yet. */
	ck_assert_uint_le(strlen(capture_text(&cap, LANE_AT_RX)), 11540);
	ck_assert_uint_ge(strlen(capture_text(&cap, LANE_AT_RX)), 10500);
	fake_clock_advance(&fc, 4000);
	assert_sent(
		"\r\nCONNECT\r\n", SIZE, "\r\n+QFDWL: 40000,20e\r\n\r\nOK\r\n");
}
END_TEST

/* +++ at any time of the first second after its guard. */
START_TEST(plus_plus_plus_ends_a_download_with_what_was_sent)
{
	const char *end;
	char tail[64];
	size_t n;

	send("AT+QFDWL=\"k\"\r");
	fake_clock_advance(&fc, 1020 + (uint64_t)_i * 7);
	/* Other bytes are not for the file, nor are they commands. */
	if (_i % 2) {
		send("AT\r");
		fake_clock_advance(&fc, 1000);
	}
	send("+++");
	fake_clock_advance(&fc, 1000 + 2 * PIECE_MS);
	end = strstr(capture_text(&cap, LANE_AT_RX), "\r\n+QFDWL: ");
	ck_assert_ptr_nonnull(end);
	n = (size_t)strtoul(end + 10, NULL, 10);
	ck_assert_uint_gt(n, PIECE);
	ck_assert_uint_lt(n, SIZE);
	ck_assert_uint_eq(n % PIECE, 0);
	snprintf(tail, sizeof(tail), "\r\n+QFDWL: %zu,%x\r\n\r\nOK\r\n", n,
		file_checksum(content, n));
	assert_sent("\r\nCONNECT\r\n", n, tail);
	(void)capture_take(&cap, LANE_AT_RX);
	send("AT+QFLST\r");
	fake_clock_advance(&fc, 100);
	ck_assert_str_eq(capture_text(&cap, LANE_AT_RX),
		"\r\n+QFLST: \"UFS:k\",40000\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(without_its_guard_it_ends_nothing)
{
	send("AT+QFDWL=\"k\"\r");
	fake_clock_advance(&fc, 500);
	send("x+++");
	fake_clock_advance(&fc, 300);
	send("+++");
	fake_clock_advance(&fc, 5000);
	assert_sent(
		"\r\nCONNECT\r\n", SIZE, "\r\n+QFDWL: 40000,20e\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(dtr_ends_a_read_and_the_pointer_stands_behind_it)
{
	struct why why;
	size_t pos;

	send("AT+QFOPEN=\"k\"\r");
	fake_clock_advance(&fc, 100);
	(void)capture_take(&cap, LANE_AT_RX);
	send("AT+QFREAD=0,30000\r");
	fake_clock_advance(&fc, 1000);
	at_dtr(ctx.at, false);
	at_dtr(ctx.at, true);
	fake_clock_advance(&fc, 2 * PIECE_MS);
	ck_assert_int_eq(filehandle_position(ctx.handles, 0, &pos, &why), 0);
	ck_assert_uint_lt(pos, 13000);
	assert_sent("\r\nCONNECT 30000\r\n", pos, "\r\nOK\r\n");
	(void)capture_take(&cap, LANE_AT_RX);
	send("AT+QFREAD=0,1\r");
	fake_clock_advance(&fc, 100);
	ck_assert_int_eq(
		capture_text(&cap, LANE_AT_RX)[strlen("\r\nCONNECT 1\r\n")],
		content[pos]);
}
END_TEST

START_TEST(urcs_wait_for_the_end)
{
	send("AT+QFDWL=\"k\"\r");
	fake_clock_advance(&fc, 1000);
	at_urc(ctx.at, AT_URC_RESULT, "+LATE");
	fake_clock_advance(&fc, 5000);
	assert_sent("\r\nCONNECT\r\n", SIZE,
		"\r\n+QFDWL: 40000,20e\r\n\r\nOK\r\n\r\n+LATE\r\n");
}
END_TEST

/* teardown() and the sanitizers look for what is left. */
START_TEST(a_restart_or_the_end_leaves_nothing_behind)
{
	send(_i / 2 ? "AT+QFOPEN=\"k\"\r" : "AT\r");
	fake_clock_advance(&fc, 100);
	send(_i / 2 ? "AT+QFREAD=0\r" : "AT+QFDWL=\"k\"\r");
	fake_clock_advance(&fc, 500);
	ck_assert_ptr_nonnull(strstr(capture_text(&cap, LANE_AT_RX), "xyz"));
	if (_i % 2 == 0)
		return;
	power_pin_supply(ctx.power, false);
	fake_clock_advance(&fc, 5000);
	ck_assert_ptr_null(
		strstr(capture_text(&cap, LANE_AT_RX), "OK\r\n\r\n+"));
}
END_TEST

/* --- a host that does not read -------------------------------------------
 */

enum { LARGE = 5000000, ROOM = 200000, MOST = 256 * 1024 };

static size_t unread, most_unread;

static void on_host(size_t len)
{
	unread += len;
	if (unread > most_unread)
		most_unread = unread;
	if (unread > ROOM)
		at_port_full(ctx.at, true);
}

static void host_reads(void)
{
	unread = 0;
	at_port_full(ctx.at, false);
	fake_clock_run(&fc);
}

static void setup_fast(void)
{
	static char large[LARGE];
	struct why why;

	profile_init(&profile);
	make(true);
	fake_clock_advance(&fc, BOOT_MS);
	for (size_t i = 0; i < LARGE; i++)
		large[i] = (char)('a' + i % 23);
	ck_assert_int_eq(
		filestore_write(ctx.files, "k", large, LARGE, &why), 0);
	(void)capture_take(&cap, LANE_AT_RX);
	unread = most_unread = 0;
	host = on_host;
}

static void teardown_host(void)
{
	host = NULL;
	teardown();
}

/* Without baud rate all of it would come at once, and what a port takes has
 * an end. */
START_TEST(a_file_waits_for_a_host_that_does_not_read)
{
	const char *got;

	send("AT+QFDWL=\"k\"\r");
	ck_assert_uint_gt(unread, ROOM);
	while (unread > ROOM)
		host_reads();
	ck_assert_uint_lt(most_unread, MOST);
	got = capture_text(&cap, LANE_AT_RX);
	ck_assert_uint_eq(strspn(got + strlen("\r\nCONNECT\r\n"),
				  "abcdefghijklmnopqrstuvw"),
		LARGE);
	ck_assert_ptr_nonnull(strstr(got, "\r\n+QFDWL: 5000000,"));
	ck_assert_ptr_nonnull(strstr(got, "\r\n\r\nOK\r\n"));
}
END_TEST

START_TEST(plus_plus_plus_ends_what_waits_for_the_host)
{
	send("AT+QFDWL=\"k\"\r");
	fake_clock_advance(&fc, 2000);
	send("+++");
	fake_clock_advance(&fc, 2000);
	ck_assert_uint_lt(most_unread, MOST);
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_AT_RX), "\r\n\r\nOK\r\n"));
	host_reads();
	ck_assert_uint_eq(unread, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("cmd_filesend");
	TCase *tc = tcase_create("send"), *fast = tcase_create("fast");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_file_takes_its_time_on_the_line);
	tcase_add_loop_test(
		tc, plus_plus_plus_ends_a_download_with_what_was_sent, 0, 16);
	tcase_add_test(tc, without_its_guard_it_ends_nothing);
	tcase_add_test(tc, dtr_ends_a_read_and_the_pointer_stands_behind_it);
	tcase_add_test(tc, urcs_wait_for_the_end);
	tcase_add_loop_test(
		tc, a_restart_or_the_end_leaves_nothing_behind, 0, 4);
	suite_add_tcase(s, tc);
	tcase_add_checked_fixture(fast, setup_fast, teardown_host);
	tcase_add_test(fast, a_file_waits_for_a_host_that_does_not_read);
	tcase_add_test(fast, plus_plus_plus_ends_what_waits_for_the_host);
	suite_add_tcase(s, fast);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
