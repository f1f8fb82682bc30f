#include "at/at.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"

/* The engine with families of the test's own: framing, chains, data, URCs. */

static struct fake_clock fc;
static struct capture cap;
static struct profile profile;
static struct at *at;
static struct buf host;
static struct at_txn *waiting;
static uint32_t waiting_seq;
static struct buf data;
static enum at_data_end data_end;
static bool aborted;

static void on_abort(struct at_txn *txn)
{
	(void)txn;
	aborted = true;
	waiting = NULL;
}

static struct at_verdict run_one(struct at_txn *txn)
{
	at_info(txn, "+ONE: %d", txn->form);
	return at_ok();
}

static struct at_verdict run_two(struct at_txn *txn)
{
	at_info(txn, "first");
	at_info(txn, "second");
	return at_ok();
}

static struct at_verdict run_args(struct at_txn *txn)
{
	for (size_t i = 0; i < txn->args.n; i++)
		at_info(txn, "%zu%s%s", i,
			txn->args.v[i].kind == AT_VALUE_EMPTY	 ? "-"
			: txn->args.v[i].kind == AT_VALUE_QUOTED ? "\""
								 : "=",
			txn->args.v[i].text);
	return at_ok();
}

static struct at_verdict run_bad(struct at_txn *txn)
{
	return at_fail(txn, ERR_FILE_NOT_FOUND, GRADE_CAP, "no such thing");
}

static struct at_verdict run_wait(struct at_txn *txn)
{
	waiting = txn;
	waiting_seq = txn->seq;
	txn->on_abort = on_abort;
	return at_pending();
}

static void on_bytes(struct at_txn *txn, const uint8_t *p, size_t len)
{
	(void)txn;
	buf_add(&data, p, len);
}

static void on_end(struct at_txn *txn, enum at_data_end end)
{
	data_end = end;
	if (end == AT_DATA_TIMEOUT) {
		at_finish(txn, at_fail(txn, ERR_FILE_TIMEOUT, GRADE_KIN,
				       "the host stopped"));
		return;
	}
	at_info_bare(txn, "+DATA: %zu", buf_len(&data));
	at_finish(txn, at_ok());
}

static struct at_verdict run_data(struct at_txn *txn)
{
	const struct at_data d = {
		.count = (size_t)at_args_int(&txn->args, 0, 0),
		.idle_ms = 5000,
		.escape = true,
		.on_bytes = on_bytes,
		.on_end = on_end,
	};

	return at_data_connect(txn, &d);
}

static struct at_verdict run_prompt(struct at_txn *txn)
{
	const struct at_data d = {.on_bytes = on_bytes, .on_end = on_end};

	return at_data_prompt(txn, &d);
}

static bool left;
static bool alive;

static void on_stream_bytes(void *arg, const uint8_t *p, size_t len)
{
	(void)arg;
	buf_add(&data, p, len);
}

static void on_leave(void *arg)
{
	(void)arg;
	left = true;
}

static bool on_resume(void *arg)
{
	(void)arg;
	return alive;
}

static struct at_verdict run_stream(struct at_txn *txn)
{
	const struct at_stream st = {
		on_stream_bytes, on_leave, on_resume, &data};

	alive = true;
	left = false;
	return at_stream_connect(txn, &st);
}

static struct at_verdict run_o(struct at_txn *txn)
{
	return at_stream_resume(txn);
}

static struct at_verdict run_e(struct at_txn *txn)
{
	at_settings(txn->at)->echo = txn->basic > 0;
	return at_ok();
}

static struct at_verdict run_v(struct at_txn *txn)
{
	at_settings(txn->at)->verbose = txn->basic > 0;
	return at_ok();
}

static struct at_verdict run_cmee(struct at_txn *txn)
{
	at_settings(txn->at)->cmee = (uint8_t)at_args_int(&txn->args, 0, 0);
	return at_ok();
}

static struct at_verdict run_netfail(struct at_txn *txn)
{
	return at_fail(txn, ERR_NET_PARAM, GRADE_CAP, "no such socket");
}

static struct at_verdict run_dial(struct at_txn *txn)
{
	at_info(txn, "dial %s", txn->args.v[0].text);
	return at_ok();
}

static const struct at_arg one_int[] = {
	{"n", AT_ARG_INT, 0, 100, false},
	{0},
};

/* clang-format off */
static const struct at_cmd rows[] = {
	{"+ONE", AT_FORM_TEST | AT_FORM_READ | AT_FORM_EXEC, NULL, run_one, "(0,1)", 0, GRADE_ASM, "test", ""},
	{"+TWO", AT_FORM_EXEC, NULL, run_two, NULL, 0, GRADE_ASM, "test", ""},
	{"+ARGS", AT_FORM_WRITE | AT_FORM_TEST, NULL, run_args, NULL, 0, GRADE_ASM, "test", ""},
	{"+BAD", AT_FORM_EXEC, NULL, run_bad, NULL, 0, GRADE_ASM, "test", ""},
	{"+WAIT", AT_FORM_EXEC, NULL, run_wait, NULL, 0, GRADE_ASM, "test", ""},
	{"+DATA", AT_FORM_WRITE, one_int, run_data, NULL, 0, GRADE_ASM, "test", ""},
	{"+PROMPT", AT_FORM_EXEC, NULL, run_prompt, NULL, 0, GRADE_ASM, "test", ""},
	{"+CMEE", AT_FORM_WRITE, one_int, run_cmee, NULL, 0, GRADE_ASM, "test", ""},
	{"+STREAM", AT_FORM_EXEC, NULL, run_stream, NULL, 0, GRADE_ASM, "test", ""},
	{"O", AT_FORM_BASIC, NULL, run_o, NULL, 0, GRADE_ASM, "test", ""},
	{"E", AT_FORM_BASIC, NULL, run_e, NULL, 0, GRADE_ASM, "test", ""},
	{"V", AT_FORM_BASIC, NULL, run_v, NULL, 0, GRADE_ASM, "test", ""},
	{"D", AT_FORM_DIAL, NULL, run_dial, NULL, 0, GRADE_ASM, "test", ""},
	{0},
};
static const struct at_cmd net_rows[] = {
	{"+NETFAIL", AT_FORM_EXEC, NULL, run_netfail, NULL, 0, GRADE_ASM, "test", ""},
	{0},
};
/* clang-format on */

static const struct at_family family = {
	.name = "test",
	.domain = AT_DOMAIN_CME,
	.param_err = ERR_FILE_PARAM,
	.rows = rows,
};
static const struct at_family net_family = {
	.name = "net",
	.domain = AT_DOMAIN_NET,
	.param_err = ERR_NET_PARAM,
	.rows = net_rows,
};
static const struct at_family *const families[] = {&family, &net_family, NULL};

static void on_output(void *arg, const void *p, size_t len)
{
	(void)arg;
	buf_add(&host, p, len);
}

static void start(bool fast)
{
	struct at_opts opts;

	fake_clock_init(&fc, fast);
	capture_init(&cap);
	profile_init(&profile);
	buf_init(&host, 65536);
	buf_init(&data, 65536);
	waiting = NULL;
	aborted = false;
	opts = (struct at_opts){
		.clock = &fc.clock,
		.profile = &profile,
		.families = families,
		.trace = &cap.sink,
		.output = on_output,
	};
	at = at_new(&opts);
	ck_assert_ptr_nonnull(at);
	at_set_ready(at, true);
	at_settings(at)->echo = false;
}

static void setup(void)
{
	start(true);
}

static void teardown(void)
{
	at_free(at);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	buf_free(&host);
	buf_free(&data);
	capture_free(&cap);
}

static void send(const char *text)
{
	at_input(at, text, strlen(text));
	fake_clock_run(&fc);
}

static const char *taken(void)
{
	static char text[65536];

	snprintf(text, sizeof(text), "%s", buf_cstr(&host));
	buf_reset(&host);
	return text;
}

static const struct {
	const char *in, *want;
} vectors[] = {
	{"AT\r", "\r\nOK\r\n"},
	{"AT+ONE\r", "\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"at+one?\r", "\r\n+ONE: 2\r\n\r\nOK\r\n"},
	{"AT+ONE=?\r", "\r\n+ONE: (0,1)\r\n\r\nOK\r\n"},
	{"AT+ARGS=?\r", "\r\nOK\r\n"},
	{"AT+TWO\r", "\r\nfirst\r\nsecond\r\n\r\nOK\r\n"},
	{"AT+ONE;+ONE?\r", "\r\n+ONE: 8\r\n\r\n+ONE: 2\r\n\r\nOK\r\n"},
	{"AT+ONE;\r", "\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"ATE0+ONE\r", "\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"AT+ONE;E0;+ONE\r", "\r\n+ONE: 8\r\n\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"AT+ARGS=1,,\"a,b;c\", 2 ,\r",
		"\r\n0=1\r\n1-\r\n2\"a,b;c\r\n3=2\r\n4-\r\n\r\nOK\r\n"},
	{"AT + ONE\r", "\r\nERROR\r\n"},
	{"AT+ARGS=\"a\r", "\r\nERROR\r\n"},
	{"AT+ARGS=\"a\"b\r", "\r\nERROR\r\n"},
	{"AT+NONE\r", "\r\nERROR\r\n"},
	{"AT+ONE=1\r", "\r\nERROR\r\n"},
	{"AT+BAD;+ONE\r", "\r\n+CME ERROR: 405\r\n"},
	{"AT+ONE;+BAD;+ONE\r", "\r\n+ONE: 8\r\n\r\n+CME ERROR: 405\r\n"},
	{"AT+CMEE=0;+BAD\r", "\r\nERROR\r\n"},
	{"AT+CMEE=2;+BAD\r", "\r\n+CME ERROR: File not found\r\n"},
	{"AT+CMEE=101\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+CMEE\r", "\r\nERROR\r\n"},
	{"AT+CMEE=\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+CMEE=1,1\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+CMEE=\"1\"\r", "\r\n+CME ERROR: 400\r\n"},
	{"AT+NETFAIL\r", "\r\nERROR\r\n"},
	{"ATV0\r", "0\r"},
	{"ATV0+ONE\r", "+ONE: 8\r\n0\r"},
	{"ATV0+NETFAIL\r", "4\r"},
	{"ATD*99#;+ONE\r", "\r\ndial *99#;+ONE\r\n\r\nOK\r\n"},
	{"AT?\r", "\r\nERROR\r\n"},
	{"hello\r", ""},
	{"\r", ""},
	{"AT\rA/", "\r\nOK\r\n\r\nOK\r\n"},
	{"AT+ONE\rA/", "\r\n+ONE: 8\r\n\r\nOK\r\n\r\n+ONE: 8\r\n\r\nOK\r\n"},
	{"AT+ARGS=1,\"x\"\rA/A/",
		"\r\n0=1\r\n1\"x\r\n\r\nOK\r\n\r\n0=1\r\n1\"x\r\n\r\nOK\r\n"
		"\r\n0=1\r\n1\"x\r\n\r\nOK\r\n"},
};

START_TEST(answers_have_the_documented_bytes)
{
	send(vectors[_i].in);
	ck_assert_str_eq(taken(), vectors[_i].want);
}
END_TEST

START_TEST(answers_do_not_depend_on_how_the_input_is_cut)
{
	const char *in = vectors[_i].in;

	for (size_t cut = 1; cut < strlen(in); cut++) {
		at_set_ready(at, false);
		at_set_ready(at, true);
		at_settings(at)->echo = false;
		buf_reset(&host);
		at_input(at, in, cut);
		fake_clock_run(&fc);
		send(in + cut);
		ck_assert_str_eq(taken(), vectors[_i].want);
	}
}
END_TEST

START_TEST(each_error_leaves_a_reason_before_its_bytes)
{
	const char *log;

	send("AT+BAD\r");
	log = capture_log(&cap);
	ck_assert_ptr_nonnull(strstr(log, "WHY"));
	ck_assert(strstr(log, "WHY") < strstr(log, "+CME ERROR"));
	ck_assert_str_eq(
		capture_text(&cap, LANE_WHY), "+BAD: no such thing [cap]\n");
}
END_TEST

START_TEST(echo_comes_back_as_received)
{
	at_settings(at)->echo = true;
	send("AT+ONE\r\n");
	ck_assert_str_eq(taken(), "AT+ONE\r\r\n+ONE: 8\r\n\r\nOK\r\n");
	send("ATE0\r");
	ck_assert_str_eq(taken(), "ATE0\r\r\nOK\r\n");
	send("AT\r");
	ck_assert_str_eq(taken(), "\r\nOK\r\n");
}
END_TEST

START_TEST(a_pending_command_ends_later_and_the_chain_goes_on)
{
	send("AT+WAIT;+ONE\r");
	ck_assert_str_eq(taken(), "");
	ck_assert(at_is_current(at, waiting_seq));
	at_finish(waiting, at_ok());
	fake_clock_run(&fc);
	ck_assert_str_eq(taken(), "\r\n+ONE: 8\r\n\r\nOK\r\n");
	ck_assert(!at_is_current(at, waiting_seq));
}
END_TEST

START_TEST(input_during_a_command_waits_for_its_end)
{
	send("AT+WAIT\r");
	send("AT+ONE\r");
	ck_assert_str_eq(taken(), "");
	at_finish(waiting, at_ok());
	fake_clock_run(&fc);
	ck_assert_str_eq(taken(), "\r\nOK\r\n\r\n+ONE: 8\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_reset_aborts_the_pending_command)
{
	send("AT+WAIT\r");
	at_set_ready(at, false);
	ck_assert(aborted);
	ck_assert(!at_is_current(at, waiting_seq));
	send("AT\r");
	ck_assert_str_eq(taken(), "");
	at_set_ready(at, true);
	send("AT\r");
	ck_assert_str_eq(taken(), "AT\r\r\nOK\r\n");
}
END_TEST

START_TEST(data_is_taken_after_connect_and_not_echoed)
{
	at_settings(at)->echo = true;
	send("AT+DATA=5\r\n\r\n");
	ck_assert_str_eq(taken(), "AT+DATA=5\r\r\nCONNECT\r\n");
	send("12\r3");
	send("4AT\r");
	ck_assert_str_eq(buf_cstr(&data), "12\r34");
	ck_assert_str_eq(taken(), "+DATA: 5\r\n\r\nOK\r\nAT\r\r\nOK\r\n");
}
END_TEST

START_TEST(data_that_stops_times_out_by_idle_time)
{
	send("AT+DATA=5\r");
	taken();
	fake_clock_advance(&fc, 4999);
	send("1");
	fake_clock_advance(&fc, 4999);
	ck_assert_str_eq(taken(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(taken(), "\r\n+CME ERROR: 421\r\n");
	send("AT\r");
	ck_assert_str_eq(taken(), "\r\nOK\r\n");
}
END_TEST

START_TEST(three_plus_with_guards_leave_data_mode)
{
	send("AT+DATA=9\r");
	send("ab");
	fake_clock_advance(&fc, 1000);
	send("+++");
	fake_clock_advance(&fc, 999);
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	fake_clock_advance(&fc, 1);
	ck_assert_int_eq(data_end, AT_DATA_ESCAPE);
	ck_assert_str_eq(taken(), "+DATA: 2\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_prompt_takes_text_up_to_ctrl_z)
{
	send("AT+PROMPT\r");
	ck_assert_str_eq(taken(), "\r\n> ");
	send("hi\x1a");
	ck_assert_str_eq(buf_cstr(&data), "hi");
	ck_assert_int_eq(data_end, AT_DATA_COMPLETE);
	send("AT+PROMPT\r");
	send("x\x1b");
	ck_assert_int_eq(data_end, AT_DATA_CANCEL);
}
END_TEST

START_TEST(prompt_data_is_echoed_by_e_and_qisde)
{
	at_settings(at)->echo = true;
	send("AT+PROMPT\r");
	taken();
	send("hi");
	ck_assert_str_eq(taken(), "hi");
	send("\x1a");
	taken();
	at_settings(at)->send_echo = false;
	send("AT+PROMPT\r");
	taken();
	send("hi");
	ck_assert_str_eq(taken(), "");
}
END_TEST

START_TEST(urcs_wait_for_the_end_of_a_data_command)
{
	send("AT+DATA=2\r");
	taken();
	at_urc(at, AT_URC_BOOT, "RDY");
	send("a");
	ck_assert_str_eq(taken(), "");
	send("b");
	ck_assert_str_eq(taken(), "+DATA: 2\r\n\r\nOK\r\n\r\nRDY\r\n");
}
END_TEST

START_TEST(a_urc_may_come_while_a_command_has_not_answered)
{
	send("AT+WAIT\r");
	at_urc(at, AT_URC_BOOT, "+CPIN: READY");
	ck_assert_str_eq(taken(), "\r\n+CPIN: READY\r\n");
	at_info(waiting, "+WAIT: 1");
	at_urc(at, AT_URC_BOOT, "LATE");
	at_finish(waiting, at_ok());
	ck_assert_str_eq(taken(), "\r\n+WAIT: 1\r\n\r\nOK\r\n\r\nLATE\r\n");
}
END_TEST

START_TEST(event_urcs_go_to_the_port_of_qurccfg)
{
	at_urc(at, AT_URC_EVENT, "+QIURC: \"recv\",0");
	ck_assert_str_eq(taken(), "");
	ck_assert_ptr_nonnull(strstr(capture_text(&cap, LANE_NOTE), "urcport"));
	at_urc(at, AT_URC_RESULT, "+QIOPEN: 0,0");
	ck_assert_str_eq(taken(), "\r\n+QIOPEN: 0,0\r\n");
	at_set_urcport(at, "uart1");
	at_urc_data(at, AT_URC_EVENT, "xyz", 3, "+QIURC: \"recv\",0,3");
	ck_assert_str_eq(taken(), "\r\n+QIURC: \"recv\",0,3\r\nxyz\r\n");
}
END_TEST

START_TEST(a_latency_delays_the_answer_and_keeps_early_input)
{
	at_free(at);
	buf_free(&host);
	buf_free(&data);
	capture_free(&cap);
	start(false);
	send("AT+ONE\rAT\r");
	ck_assert_str_eq(taken(), "");
	/* at_latency and 20 bytes at 115200 bit/s, twice. */
	fake_clock_advance(&fc, (uint64_t)profile.at_latency - 1);
	ck_assert_str_eq(taken(), "");
	fake_clock_advance(&fc, 20);
	ck_assert_str_eq(taken(), "\r\n+ONE: 8\r\n\r\nOK\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(output_is_paced_to_the_rate_but_lines_stay_whole)
{
	at_free(at);
	buf_free(&host);
	buf_free(&data);
	capture_free(&cap);
	start(false);
	at_settings(at)->rate = 9600;
	at_urc(at, AT_URC_BOOT, "1234567890");
	/* 14 bytes take 14.58 ms at 9600. */
	fake_clock_advance(&fc, 14);
	ck_assert_str_eq(taken(), "");
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(taken(), "\r\n1234567890\r\n");
}
END_TEST

START_TEST(a_line_past_the_limit_is_an_error)
{
	for (int64_t i = 0; i < profile.at_line_max + 10; i++)
		at_input(at, i < 2 ? &"AT"[i] : "x", 1);
	send("\rAT\r");
	ck_assert_str_eq(taken(), "\r\nERROR\r\n\r\nOK\r\n");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_WHY), "at_line_max"));
}
END_TEST

START_TEST(qigeterror_keeps_the_last_network_error)
{
	const char *text;

	send("AT+NETFAIL\r");
	ck_assert_int_eq(at_net_error(at, &text), 552);
	ck_assert_str_eq(text, "invalid parameters");
	send("AT+BAD\r");
	ck_assert_int_eq(at_net_error(at, &text), 552);
}
END_TEST

START_TEST(a_stream_owns_the_port_until_the_escape)
{
	send("AT+STREAM\r");
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	ck_assert(at_stream_is(at, &data));
	send("AT\r\x1a");
	ck_assert_str_eq(buf_cstr(&data), "AT\r\x1a");
	at_urc(at, AT_URC_BOOT, "LATER");
	at_stream_write(at, "hi", 2);
	ck_assert_str_eq(taken(), "hi");
	fake_clock_advance(&fc, 1000);
	send("+++");
	fake_clock_advance(&fc, 1000);
	ck_assert(left);
	ck_assert_str_eq(taken(), "\r\nOK\r\n\r\nLATER\r\n");
	send("ATO\r");
	ck_assert_str_eq(taken(), "\r\nCONNECT\r\n");
	at_stream_end(at, "test", NULL);
	ck_assert_str_eq(taken(), "\r\nNO CARRIER\r\n");
	send("ATO\r");
	ck_assert_str_eq(taken(), "\r\nNO CARRIER\r\n");
}
END_TEST

START_TEST(dtr_going_high_leaves_a_stream_by_and_d)
{
	send("AT+STREAM\r");
	at_settings(at)->dtr = 0;
	at_dtr(at, true);
	ck_assert(!left);
	at_settings(at)->dtr = 1;
	at_dtr(at, false);
	ck_assert(!left);
	taken();
	at_dtr(at, true);
	ck_assert(left);
	ck_assert_str_eq(taken(), "\r\nOK\r\n");
	alive = false;
	send("ATO\r");
	ck_assert_str_eq(taken(), "\r\nNO CARRIER\r\n");
}
END_TEST

int main(void)
{
	const int n = (int)(sizeof(vectors) / sizeof(*vectors));
	Suite *s = suite_create("dispatch");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, answers_have_the_documented_bytes, 0, n);
	tcase_add_loop_test(
		tc, answers_do_not_depend_on_how_the_input_is_cut, 0, n);
	tcase_add_test(tc, each_error_leaves_a_reason_before_its_bytes);
	tcase_add_test(tc, echo_comes_back_as_received);
	tcase_add_test(tc, a_pending_command_ends_later_and_the_chain_goes_on);
	tcase_add_test(tc, input_during_a_command_waits_for_its_end);
	tcase_add_test(tc, a_reset_aborts_the_pending_command);
	tcase_add_test(tc, data_is_taken_after_connect_and_not_echoed);
	tcase_add_test(tc, data_that_stops_times_out_by_idle_time);
	tcase_add_test(tc, three_plus_with_guards_leave_data_mode);
	tcase_add_test(tc, a_prompt_takes_text_up_to_ctrl_z);
	tcase_add_test(tc, prompt_data_is_echoed_by_e_and_qisde);
	tcase_add_test(tc, urcs_wait_for_the_end_of_a_data_command);
	tcase_add_test(tc, a_urc_may_come_while_a_command_has_not_answered);
	tcase_add_test(tc, event_urcs_go_to_the_port_of_qurccfg);
	tcase_add_test(tc, a_latency_delays_the_answer_and_keeps_early_input);
	tcase_add_test(tc, output_is_paced_to_the_rate_but_lines_stay_whole);
	tcase_add_test(tc, a_line_past_the_limit_is_an_error);
	tcase_add_test(tc, a_stream_owns_the_port_until_the_escape);
	tcase_add_test(tc, dtr_going_high_leaves_a_stream_by_and_d);
	tcase_add_test(tc, qigeterror_keeps_the_last_network_error);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
