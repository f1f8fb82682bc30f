#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/pdpctx.h"
#include "tests/unit/support/cmd_checks.h"

/* Ping, NTP and DNS: bytes at the port, packets at the fake network. */

enum { ICMP_LEN = 40, NTP_LEN = 48 };

static void check_error(const char *line, const char *why, const char *code)
{
	at_rig_why(&r);
	check_answer(line, ERROR);
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), why));
	ck_assert_ptr_nonnull(strstr(at_rig_ask(&r, "AT+QIGETERROR"), code));
}

/* --- ping ------------------------------------------------------------------
 */

static struct fake_stream *start_ping(const char *line)
{
	check_answer(line, OK);
	ck_assert_int_eq(r.net.streams->proto, NET_PING);
	fake_stream_connect(r.net.streams);
	return r.net.streams;
}

/* The request that was sent; turned into its answer. */
static void take_request(struct fake_stream *fs, uint8_t msg[ICMP_LEN])
{
	uint32_t sum = 0;

	ck_assert_uint_eq(fake_stream_take(fs, msg, ICMP_LEN), ICMP_LEN);
	ck_assert_uint_eq(msg[0], 8);
	for (int i = 0; i < ICMP_LEN; i += 2)
		sum += (uint32_t)msg[i] << 8 | msg[i + 1];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	ck_assert_uint_eq(sum, 0xffff);
	msg[0] = 0;
}

static void answer_ping(struct fake_stream *fs, uint64_t ms)
{
	uint8_t msg[ICMP_LEN];

	take_request(fs, msg);
	fake_clock_advance(&r.fc, ms);
	fake_stream_give(fs, msg, sizeof(msg));
	fake_clock_run(&r.fc);
}

START_TEST(a_ping_prints_each_answer_and_a_summary)
{
	struct fake_stream *fs = start_ping("AT+QPING=1,\"host.example\"");

	ck_assert_str_eq(fs->host, "host.example");
	answer_ping(fs, 32);
	ck_assert_str_eq(
		at_rig_take(&r), "\r\n+QPING: 0,\"192.0.2.7\",32,32,255\r\n");
	answer_ping(fs, 10);
	answer_ping(fs, 61);
	at_rig_take(&r);
	answer_ping(fs, 40);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QPING: 0,\"192.0.2.7\",32,40,255\r\n"
		"\r\n+QPING: 0,4,4,0,10,61,35\r\n");
	ck_assert(fs->closed);
}
END_TEST

START_TEST(a_lost_ping_is_its_code_alone)
{
	struct fake_stream *fs = start_ping("AT+QPING=1,\"192.0.2.1\",2,2");

	fake_clock_advance(&r.fc, 1999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QPING: 569\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "did not answer"));
	fake_clock_advance(&r.fc, 2000);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QPING: 569\r\n\r\n+QPING: 0,2,0,2,0,0,0\r\n");
	ck_assert(fs->closed);
}
END_TEST

START_TEST(what_is_no_answer_to_a_ping_is_not_taken_for_one)
{
	struct fake_stream *fs = start_ping("AT+QPING=1,\"192.0.2.1\",1,1");
	uint8_t msg[ICMP_LEN];

	take_request(fs, msg);
	fake_stream_give(fs, msg, 7);
	msg[7] ^= 1;
	fake_stream_give(fs, msg, sizeof(msg));
	msg[7] ^= 1;
	msg[20] ^= 1;
	fake_stream_give(fs, msg, sizeof(msg));
	msg[20] ^= 1;
	msg[0] = 8;
	fake_stream_give(fs, msg, sizeof(msg));
	ck_assert_str_eq(at_rig_take(&r), "");
	msg[0] = 0;
	fake_stream_give(fs, msg, sizeof(msg));
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QPING: 0,\"192.0.2.7\",32,0,255\r\n"
		"\r\n+QPING: 0,1,1,0,0,0,0\r\n");
}
END_TEST

START_TEST(a_host_that_cannot_be_asked_is_one_line)
{
	check_answer("AT+QPING=1,\"host.example\"", OK);
	fake_stream_fail(r.net.streams, ERR_NET_DNS, "unknown");
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QPING: 565\r\n");
	ck_assert(r.net.streams->closed);
}
END_TEST

START_TEST(one_ping_runs_at_a_time)
{
	start_ping("AT+QPING=1,\"192.0.2.1\",1,1");
	check_error("AT+QPING=1,\"192.0.2.1\"", "a ping is running", "568");
	fake_clock_advance(&r.fc, 1000);
	at_rig_take(&r);
	start_ping("AT+QPING=1,\"192.0.2.1\",1,1");
	cmd_nettool_reset(&r.ctx);
	fake_clock_advance(&r.fc, 5000);
	ck_assert_str_eq(at_rig_take(&r), "");
}
END_TEST

/* --- time ------------------------------------------------------------------
 */

/* 2018-02-01 03:04:05 UTC: 1517454245 s since 1970. */
static void make_answer(const uint8_t *ask, uint8_t msg[NTP_LEN])
{
	static const uint8_t seconds[] = {0xde, 0x1d, 0x02, 0x25};

	memset(msg, 0, NTP_LEN);
	msg[0] = 4 << 3 | 4;
	msg[1] = 2;
	memcpy(msg + 24, ask + 40, 8);
	memcpy(msg + 40, seconds, sizeof(seconds));
}

static struct fake_stream *start_ntp(const char *line, uint8_t msg[NTP_LEN])
{
	uint8_t ask[NTP_LEN];

	check_answer(line, OK);
	ck_assert_int_eq(r.net.streams->proto, NET_UDP);
	fake_stream_connect(r.net.streams);
	ck_assert_uint_eq(
		fake_stream_take(r.net.streams, ask, sizeof(ask)), NTP_LEN);
	ck_assert_uint_eq(ask[0], 0x23);
	make_answer(ask, msg);
	return r.net.streams;
}

static void give_time(struct fake_stream *fs, const uint8_t msg[NTP_LEN])
{
	fake_stream_give(fs, msg, NTP_LEN);
	fake_clock_run(&r.fc);
}

START_TEST(the_time_is_printed_and_set_with_the_clocks_zone)
{
	uint8_t msg[NTP_LEN];
	struct fake_stream *fs;

	rtc_set(&r.ctx.rtc, 0, 36);
	fs = start_ntp("AT+QNTP=1,\"ntp.example\"", msg);
	ck_assert_uint_eq(fs->port, 123);
	check_answer("AT+QNTP?", "\r\n+QNTP: \"ntp.example\",123\r\n" OK);
	give_time(fs, msg);
	ck_assert_str_eq(
		at_rig_take(&r), "\r\n+QNTP: 0,\"2018/02/01,03:04:05+36\"\r\n");
	ck_assert_int_eq(rtc_utc(&r.ctx.rtc), 1517454245);
	ck_assert_int_eq(r.ctx.rtc.zone, 36);
	check_answer("AT+QNTP?", OK);
}
END_TEST

START_TEST(the_clock_is_left_alone_when_told)
{
	uint8_t msg[NTP_LEN];

	rtc_set(&r.ctx.rtc, 1000, -16);
	give_time(start_ntp("AT+QNTP=1,\"ntp.example\",1123,0", msg), msg);
	ck_assert_str_eq(
		at_rig_take(&r), "\r\n+QNTP: 0,\"2018/02/01,03:04:05-16\"\r\n");
	ck_assert_int_eq(rtc_local(&r.ctx.rtc), 1000);
	ck_assert_uint_eq(r.net.streams->port, 1123);
}
END_TEST

START_TEST(timestamps_go_on_in_the_next_era)
{
	uint8_t msg[NTP_LEN];
	struct fake_stream *fs = start_ntp("AT+QNTP=1,\"ntp.example\"", msg);

	/* 2036-02-07 06:28:17, one second into era 1 */
	memcpy(msg + 40, "\0\0\0\1", 4);
	give_time(fs, msg);
	ck_assert_str_eq(
		at_rig_take(&r), "\r\n+QNTP: 0,\"2036/02/07,06:28:17+00\"\r\n");
}
END_TEST

START_TEST(an_answer_to_another_question_is_not_taken)
{
	uint8_t msg[NTP_LEN];
	struct fake_stream *fs = start_ntp("AT+QNTP=1,\"ntp.example\"", msg);

	msg[24] ^= 1;
	give_time(fs, msg);
	msg[24] ^= 1;
	msg[0] = 4 << 3 | 3;
	give_time(fs, msg);
	msg[0] = 4 << 3 | 4;
	fake_stream_give(fs, msg, NTP_LEN - 1);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "");
	give_time(fs, msg);
	ck_assert_ptr_nonnull(strstr(at_rig_take(&r), "+QNTP: 0,"));
}
END_TEST

static const struct {
	int place;
	uint8_t value;
	const char *why;
} bad_servers[] = {
	{1, 0, "refuses to answer"},
	{1, 16, "does not know the time"},
	{0, 0xe4, "does not know the time"},
};

START_TEST(a_server_without_time_is_a_failure)
{
	uint8_t msg[NTP_LEN];
	struct fake_stream *fs = start_ntp("AT+QNTP=1,\"ntp.example\"", msg);

	msg[bad_servers[_i].place] = bad_servers[_i].value;
	give_time(fs, msg);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QNTP: 550\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), bad_servers[_i].why));
}
END_TEST

START_TEST(a_silent_server_is_asked_three_times)
{
	uint8_t msg[NTP_LEN];
	struct fake_stream *fs = start_ntp("AT+QNTP=1,\"ntp.example\"", msg);

	check_error("AT+QNTP=1,\"ntp.example\"", "is being asked", "568");
	fake_clock_advance(&r.fc, 44999);
	ck_assert_str_eq(at_rig_take(&r), "");
	ck_assert_uint_eq(fake_stream_take(fs, msg, sizeof(msg)), NTP_LEN);
	ck_assert_uint_eq(fake_stream_take(fs, msg, sizeof(msg)), NTP_LEN);
	ck_assert_uint_eq(fake_stream_take(fs, msg, sizeof(msg)), 0);
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QNTP: 569\r\n");
	ck_assert(fs->closed);
}
END_TEST

/* --- names ------------------------------------------------------------------
 */

START_TEST(a_name_is_looked_up)
{
	check_answer("AT+QIDNSGIP=1,\"host.example\"", OK);
	ck_assert_int_eq(r.net.streams->proto, NET_LOOKUP);
	check_error("AT+QIDNSGIP=1,\"b.example\"", "host.example", "564");
	fake_stream_connect(r.net.streams);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QIURC: \"dnsgip\",0,1,600\r\n"
		"\r\n+QIURC: \"dnsgip\",\"192.0.2.7\"\r\n");
	ck_assert(r.net.streams->closed);
}
END_TEST

START_TEST(an_address_is_its_own_answer)
{
	check_answer("AT+QIDNSGIP=1,\"198.51.100.7\"",
		OK "\r\n+QIURC: \"dnsgip\",0,1,0\r\n"
		   "\r\n+QIURC: \"dnsgip\",\"198.51.100.7\"\r\n");
	ck_assert_uint_eq(r.net.opened, 0);
}
END_TEST

START_TEST(a_name_without_answer_fails_after_60_s)
{
	check_answer("AT+QIDNSGIP=1,\"host.example\"", OK);
	fake_clock_advance(&r.fc, 59999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"dnsgip\",565\r\n");
	check_answer("AT+QIDNSGIP=1,\"host.example\"", OK);
	fake_stream_fail(r.net.streams, ERR_NET_DNS, "unknown");
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"dnsgip\",565\r\n");
}
END_TEST

/* Each still gets its one result, behind the line that says what fell. */
START_TEST(a_falling_context_ends_what_asks_over_it)
{
	struct why why;

	check_answer("AT+QPING=1,\"192.0.2.1\",255,1", OK);
	check_answer("AT+QNTP=1,\"192.0.2.1\"", OK);
	check_answer("AT+QIDNSGIP=1,\"host.example\"", OK);
	why_set(&why, ERR_NET_PDP_BROKEN, GRADE_MAN, "released");
	pdpctx_drop(r.ctx.pdp, 2, &why);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "");
	pdpctx_drop(r.ctx.pdp, 1, &why);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QIURC: \"pdpdeact\",1\r\n"
		"\r\n+QPING: 570\r\n\r\n+QNTP: 570\r\n"
		"\r\n+QIURC: \"dnsgip\",570\r\n");
	fake_clock_advance(&r.fc, 300000);
	ck_assert_str_eq(at_rig_take(&r), "");
	check_answer("AT+QIDEACT=1", OK);
	check_answer("AT+QIACT=1", OK);
	check_answer("AT+QNTP=1,\"192.0.2.1\"", OK);
	check_answer("AT+QIDEACT=1", "\r\nOK\r\n\r\n+QNTP: 570\r\n");
}
END_TEST

START_TEST(all_of_them_want_the_context)
{
	check_error("AT+QPING=2,\"192.0.2.1\"", "pdp 2", "561");
	check_error("AT+QNTP=2,\"192.0.2.1\"", "pdp 2", "561");
	check_error("AT+QIDNSGIP=2,\"192.0.2.1\"", "pdp 2", "561");
	check_error("AT+QIDNSCFG=2", "pdp 2", "561");
	check_error("AT+QIDNSCFG=2,\"192.0.2.1\"", "pdp 2", "561");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_nettool");
	SRunner *runner = srunner_create(suite);
	TCase *tc = tcase_create("all");
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_ping_prints_each_answer_and_a_summary);
	tcase_add_test(tc, a_lost_ping_is_its_code_alone);
	tcase_add_test(tc, what_is_no_answer_to_a_ping_is_not_taken_for_one);
	tcase_add_test(tc, a_host_that_cannot_be_asked_is_one_line);
	tcase_add_test(tc, one_ping_runs_at_a_time);
	tcase_add_test(tc, the_time_is_printed_and_set_with_the_clocks_zone);
	tcase_add_test(tc, the_clock_is_left_alone_when_told);
	tcase_add_test(tc, timestamps_go_on_in_the_next_era);
	tcase_add_test(tc, an_answer_to_another_question_is_not_taken);
	tcase_add_loop_test(tc, a_server_without_time_is_a_failure, 0,
		sizeof(bad_servers) / sizeof(bad_servers[0]));
	tcase_add_test(tc, a_silent_server_is_asked_three_times);
	tcase_add_test(tc, a_name_is_looked_up);
	tcase_add_test(tc, an_address_is_its_own_answer);
	tcase_add_test(tc, a_name_without_answer_fails_after_60_s);
	tcase_add_test(tc, a_falling_context_ends_what_asks_over_it);
	tcase_add_test(tc, all_of_them_want_the_context);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
