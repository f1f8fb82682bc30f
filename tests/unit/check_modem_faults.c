#include "modem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"
#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

/* Faults and actions on a whole modem, on the fake clock. */

static struct fake_clock fc;
static struct fake_net net;
static struct profile profile;
static struct fault_set faults;
static struct capture cap;
static struct buf host;
static struct modem *modem;
static struct why why;

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&host, data, len));
}

static void setup(void)
{
	fake_clock_init(&fc, true);
	fake_net_init(&net);
	profile_init(&profile);
	fault_init(&faults, 1);
	capture_init(&cap);
	buf_init(&host, 1 << 20);
	modem = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net.net,
			.trace = &cap.sink,
			.faults = &faults,
			.output = on_output,
		},
		&why);
	ck_assert_msg(modem != NULL, "%s", why.text);
}

static void teardown(void)
{
	modem_free(modem);
	buf_free(&host);
	capture_free(&cap);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_net_free(&net);
}

static void arm(const char *spec)
{
	ck_assert_msg(fault_arm(&faults, spec, &why) == 0, "%s", why.text);
}

static void act(const char *action)
{
	ck_assert_msg(modem_act(modem, action, &why) == 0, "%s", why.text);
	fake_clock_run(&fc);
}

static const char *ask(const char *line)
{
	const char *answer;

	buf_reset(&host);
	modem_input(modem, line, strlen(line));
	fake_clock_run(&fc);
	answer = buf_cstr(&host);
	return answer != NULL ? answer : "";
}

static void boot(void)
{
	modem_boot(modem);
	fake_clock_advance(&fc, 60000);
	ck_assert_str_eq(ask("ATE0\r"), "ATE0\r\r\nOK\r\n");
	ask("AT+QURCCFG=\"urcport\",\"uart1\"\r");
}

static void assert_answer(const char *line, const char *part)
{
	const char *answer = ask(line);

	ck_assert_msg(strstr(answer, part) != NULL, "%s: %s", line, answer);
}

static void assert_note(const char *part)
{
	ck_assert_msg(strstr(capture_text(&cap, LANE_NOTE), part) != NULL, "%s",
		capture_text(&cap, LANE_NOTE));
}

static void assert_why(const char *part)
{
	ck_assert_msg(strstr(capture_text(&cap, LANE_WHY), part) != NULL, "%s",
		capture_text(&cap, LANE_WHY));
}

/* --- the UART ---------------------------------------------------------------
 */

START_TEST(a_dropped_byte_is_one_byte_less)
{
	boot();
	arm("uart.drop:after=1");
	/* `A` and `\r` arrive. */
	ck_assert_str_eq(ask("AT\r"), "");
	assert_note("fault uart.drop fired");
	assert_answer("AT\r", "OK");
}
END_TEST

START_TEST(a_garbled_byte_is_inverted)
{
	boot();
	arm("uart.garble:after=3");
	capture_reset(&cap);
	ask("AT+CSQ\r");
	assert_note("fault uart.garble fired");
	ck_assert_str_eq(capture_text(&cap, LANE_AT_TX), "AT+\xbcSQ\r");
}
END_TEST

START_TEST(a_stall_keeps_the_order_of_what_it_holds)
{
	boot();
	arm("uart.stall:ms=300");
	ck_assert_str_eq(ask("AT\r"), "");
	ck_assert_str_eq(ask("AT+CMEE?\r"), "");
	fake_clock_advance(&fc, 299);
	ck_assert_uint_eq(buf_len(&host), 0);
	fake_clock_advance(&fc, 1);
	ck_assert_str_eq(
		buf_cstr(&host), "\r\nOK\r\n\r\n+CMEE: 1\r\n\r\nOK\r\n");
	assert_answer("AT\r", "OK");
}
END_TEST

/* More than what a stall keeps back of answers: the source waits. */
START_TEST(a_stall_under_a_download_loses_nothing)
{
	enum { LEN = 400000 };
	static uint8_t data[LEN];
	const uint8_t *came;

	boot();
	for (size_t i = 0; i < LEN; i++)
		data[i] = (uint8_t)(i * 7 + i / 251);
	ask("AT+QFUPL=\"RAM:big\",400000\r");
	modem_input(modem, data, LEN);
	arm("uart.stall:nth=9:ms=300");
	ask("AT+QFDWL=\"RAM:big\"\r");
	ck_assert_uint_lt(buf_len(&host), 65536);
	fake_clock_advance(&fc, 300);
	came = memmem(buf_data(&host), buf_len(&host), "CONNECT\r\n", 9);
	ck_assert_ptr_nonnull(came);
	came += 9;
	ck_assert_uint_gt(
		(size_t)(buf_data(&host) + buf_len(&host) - came), LEN + 17);
	ck_assert_int_eq(memcmp(came, data, LEN), 0);
	ck_assert_int_eq(memcmp(came + LEN, "\r\n+QFDWL: 400000,", 17), 0);
}
END_TEST

START_TEST(noise_comes_behind_what_was_said_and_is_on_record)
{
	boot();
	arm("uart.noise:nth=2");
	capture_reset(&cap);
	assert_answer("AT\r", "OK");
	buf_reset(&host);
	ask("AT\r");
	ck_assert_uint_eq(buf_len(&host), 10);
	ck_assert_mem_eq(buf_data(&host), "\r\nOK\r\n\xff\xfe\x00\xf8", 10);
	assert_note("fault uart.noise fired");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_AT_RX), "\xff\xfe"));
	assert_answer("AT\r", "OK");
}
END_TEST

START_TEST(a_restart_ends_a_stall)
{
	boot();
	arm("uart.stall:ms=300");
	ask("AT\r");
	act("power off");
	fake_clock_advance(&fc, 1000);
	ck_assert_uint_eq(buf_len(&host), 0);
}
END_TEST

/* --- power ------------------------------------------------------------------
 */

START_TEST(a_boot_that_never_ends_is_ended_by_a_reset)
{
	arm("boot.never");
	modem_boot(modem);
	fake_clock_advance(&fc, 600000);
	ck_assert_uint_eq(buf_len(&host), 0);
	ck_assert(!modem_running(modem));
	assert_note("fault boot.never fired");
	act("reset 200ms");
	fake_clock_advance(&fc, 60000);
	ck_assert(modem_running(modem));
	assert_answer("AT\r", "OK");
}
END_TEST

START_TEST(a_crash_takes_the_line_and_boots_again)
{
	boot();
	ask("ATE1\rAT+CMEE=2\r");
	arm("modem.crash:nth=2");
	assert_answer("AT\r", "OK");
	buf_reset(&host);
	ask("AT+CSQ\rAT+CSQ\r");
	ck_assert_ptr_null(strstr(buf_cstr(&host), "+CSQ:"));
	fake_clock_advance(&fc, 60000);
	ck_assert_ptr_nonnull(strstr(buf_cstr(&host), "RDY"));
	assert_note("fault modem.crash fired");
	assert_answer("AT+CMEE?\r", "+CMEE: 1");
}
END_TEST

START_TEST(a_wedged_modem_is_silent_until_it_is_reset)
{
	struct modem_state state;

	boot();
	arm("modem.wedge");
	ck_assert_str_eq(ask("AT\r"), "");
	ck_assert_str_eq(ask("AT\r"), "");
	assert_note("fault modem.wedge has the UART");
	modem_get_state(modem, &state);
	ck_assert_str_eq(state.power, "wedged");
	ck_assert(modem_running(modem));
	act("bearer drop");
	act("sim remove");
	ck_assert_uint_eq(buf_len(&host), 0);
	act("reset 200ms");
	fake_clock_advance(&fc, 60000);
	assert_answer("AT\r", "OK");
}
END_TEST

/* --- SIM and network --------------------------------------------------------
 */

START_TEST(a_sim_that_is_pulled_out_is_missed_by_that_line)
{
	boot();
	assert_answer("AT+CPIN?\r", "READY");
	arm("sim.remove");
	assert_answer("AT+CPIN?\r", "+CME ERROR: 10");
	assert_note("fault sim.remove fired");
	act("sim insert");
}
END_TEST

START_TEST(a_dropped_bearer_is_told_and_must_be_deactivated)
{
	boot();
	ask("AT+QICSGP=1,1,\"internet.example\"\r");
	assert_answer("AT+QIACT=1\r", "OK");
	arm("bearer.drop");
	assert_answer("AT\r", "+QIURC: \"pdpdeact\",1");
	assert_why("released by the fault bearer.drop");
	assert_answer("AT+QIACT=1\r", "ERROR");
	assert_answer("AT+QIDEACT=1\r", "OK");
	assert_answer("AT+QIACT=1\r", "OK");
}
END_TEST

START_TEST(a_denied_registration_is_tried_again_by_a_new_search)
{
	arm("reg.deny");
	boot();
	assert_answer("AT+CEREG?\r", "+CEREG: 0,3");
	assert_answer("AT+CREG?\r", "+CREG: 0,3");
	assert_answer("AT+QIACT=1\r", "ERROR");
	assert_note("fault reg.deny fired");
	ask("AT+CFUN=4\r");
	ask("AT+CFUN=1\r");
	fake_clock_advance(&fc, 60000);
	assert_answer("AT+CEREG?\r", "+CEREG: 0,1");
}
END_TEST

/* --- files ------------------------------------------------------------------
 */

START_TEST(a_full_storage_refuses_an_upload_once)
{
	boot();
	arm("fs.full");
	assert_answer("AT+QFUPL=\"RAM:a\",4\r", "ERROR");
	assert_why("fault fs.full");
	assert_answer("AT+QFUPL=\"RAM:a\",4\r", "CONNECT");
	assert_answer("abcd", "+QFUPL: 4");
}
END_TEST

START_TEST(a_corrupted_file_differs_by_one_bit)
{
	boot();
	arm("fs.corrupt");
	assert_answer("AT+QFUPL=\"RAM:a\",4\r", "CONNECT");
	/* The checksum is of what was sent. */
	assert_answer("abcd", "+QFUPL: 4,206");
	assert_note("fault fs.corrupt fired");
	assert_answer("AT+QFDWL=\"RAM:a\"\r", "abbd");
}
END_TEST

/* --- actions ----------------------------------------------------------------
 */

START_TEST(power_pwrkey_and_reset_do_what_their_pins_do)
{
	ck_assert_int_eq(modem_act(modem, "pwrkey 600ms", &why), 0);
	assert_note("no supply");
	fake_clock_advance(&fc, 60000);
	ck_assert(!modem_running(modem));
	act("supply on");
	act("pwrkey 600ms");
	fake_clock_advance(&fc, 60000);
	ck_assert(modem_running(modem));
	assert_answer("AT\r", "OK");
	act("power off");
	ck_assert(!modem_running(modem));
	act("power on");
	fake_clock_advance(&fc, 60000);
	assert_answer("AT\r", "OK");
	act("reset 20ms");
	fake_clock_advance(&fc, 1000);
	assert_note("RESET_N pulse of 20 ms had no effect");
	ck_assert_str_eq(capture_text(&cap, LANE_DO),
		"pwrkey 600ms\nsupply on\npwrkey 600ms\npower off\npower on\n"
		"reset 20ms\n");
}
END_TEST

START_TEST(a_signal_is_what_csq_prints)
{
	struct modem_state state;

	boot();
	act("signal 7");
	assert_answer("AT+CSQ\r", "+CSQ: 7,99");
	act("coverage off");
	assert_answer("AT+CSQ\r", "+CSQ: 99,99");
	modem_get_state(modem, &state);
	ck_assert_int_eq(state.registration, 2);
	act("coverage on");
	fake_clock_advance(&fc, 60000);
	modem_get_state(modem, &state);
	ck_assert_int_eq(state.registration, 1);
	ck_assert_int_eq(state.rssi, 7);
}
END_TEST

START_TEST(a_bearer_is_dropped_by_an_action)
{
	struct modem_state state;

	boot();
	ask("AT+QICSGP=1,1,\"internet.example\"\r");
	assert_answer("AT+QIACT=1\r", "OK");
	modem_get_state(modem, &state);
	ck_assert_uint_eq(state.contexts, 1);
	buf_reset(&host);
	act("bearer drop");
	ck_assert_str_eq(buf_cstr(&host), "\r\n+QIURC: \"pdpdeact\",1\r\n");
	assert_why("released by the action bearer drop");
	modem_get_state(modem, &state);
	ck_assert_uint_eq(state.contexts, 0);
}
END_TEST

START_TEST(actions_that_make_no_sense_do_nothing)
{
	static const char *const bad[] = {"", " ", "jump", "power", "power up",
		"pwrkey", "pwrkey 600", "pwrkey 0ms", "pwrkey 61s",
		"pwrkey -1ms", "pwrkey 99999999999999999999ms", "reset now",
		"signal 32", "signal -1", "signal", "signal 1x", "sim",
		"sim out", "bearer", "coverage", "supply", "fault",
		"fault tcp.nope", "powerful on"};
	char longest[300];

	boot();
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	capture_reset(&cap);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		ck_assert_msg(modem_act(modem, bad[i], &why) == ERR_PARAM, "%s",
			bad[i]);
	ck_assert_int_eq(modem_act(modem, longest, &why), ERR_PARAM);
	ck_assert_str_eq(capture_log(&cap), "");
	act("pwrkey 100ms");
	ck_assert_int_eq(modem_act(modem, "pwrkey 100ms", &why), ERR_BUSY);
}
END_TEST

START_TEST(a_fault_armed_by_an_action_fires)
{
	boot();
	act("fault modem.wedge:nth=2");
	assert_answer("AT\r", "OK");
	ck_assert_str_eq(ask("AT\r"), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("modem_faults");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int n;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, a_dropped_byte_is_one_byte_less);
	tcase_add_test(tc, a_garbled_byte_is_inverted);
	tcase_add_test(tc, a_stall_keeps_the_order_of_what_it_holds);
	tcase_add_test(tc, a_stall_under_a_download_loses_nothing);
	tcase_add_test(tc, noise_comes_behind_what_was_said_and_is_on_record);
	tcase_add_test(tc, a_restart_ends_a_stall);
	tcase_add_test(tc, a_boot_that_never_ends_is_ended_by_a_reset);
	tcase_add_test(tc, a_crash_takes_the_line_and_boots_again);
	tcase_add_test(tc, a_wedged_modem_is_silent_until_it_is_reset);
	tcase_add_test(tc, a_sim_that_is_pulled_out_is_missed_by_that_line);
	tcase_add_test(tc, a_dropped_bearer_is_told_and_must_be_deactivated);
	tcase_add_test(
		tc, a_denied_registration_is_tried_again_by_a_new_search);
	tcase_add_test(tc, a_full_storage_refuses_an_upload_once);
	tcase_add_test(tc, a_corrupted_file_differs_by_one_bit);
	tcase_add_test(tc, power_pwrkey_and_reset_do_what_their_pins_do);
	tcase_add_test(tc, a_signal_is_what_csq_prints);
	tcase_add_test(tc, a_bearer_is_dropped_by_an_action);
	tcase_add_test(tc, actions_that_make_no_sense_do_nothing);
	tcase_add_test(tc, a_fault_armed_by_an_action_fires);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	n = srunner_ntests_failed(sr);
	srunner_free(sr);
	return n == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
