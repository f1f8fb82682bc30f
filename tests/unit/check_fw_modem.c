#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/chat.h"
#include "firmware_under_test/core/config.h"
#include "firmware_under_test/core/modem.h"
#include "support/fw_board.h"

static struct fw_board f;
static struct at_client at;
static struct modem m;
static struct config conf;
static struct reason r;

static void start(const struct fw_turn *script, size_t n)
{
	fw_board_init(&f, script, n);
	at_init(&at, &f.board);
	modem_init(&m, &at, &f.board, NULL);
	config_init(&conf);
}

#define START(script) start(script, sizeof(script) / sizeof(*(script)))
#define OK	      "\r\nOK\r\n"
#define SAY(text)                                                              \
	{                                                                      \
		text "\r", OK, 0, 0, 2                                         \
	}
/* Echo is still on for the first two. cap [AT §5.1] */
#define SETUP                                                                  \
	{"AT\r", "AT\r" OK, 0, 0, 2}, {"ATE0\r", "ATE0\r" OK, 0, 0, 3},        \
		SAY("AT+CMEE=1"), SAY("AT+QURCCFG=\"urcport\",\"uart1\""),     \
	{                                                                      \
		"AT+QSCLK=1\r", "\r\nERROR\r\n", 0, 0, 2                       \
	}

START_TEST(boot_goes_as_the_captured_log_at_every_split)
{
	static const struct fw_turn script[] = {
		{NULL, "\xff\x00\r\nRDY\r\n", 0, 9, 4000},
		SETUP,
		{"AT+CPIN?\r", "\r\n+CME ERROR: 10\r\n", 0, 0, 2},
		{"AT+CPIN?\r", "\r\n+CFUN: 1\r\n\r\n+CME ERROR: 14\r\n", 0, 0,
			2},
		{"AT+CPIN?\r",
			"\r\n+CPIN: READY\r\n\r\n+CPIN: READY\r\n\r\nOK\r\n", 0,
			0, 2},
	};

	START(script);
	f.chunk = (size_t)_i;
	f.board.has_pins = true;
	f.status = BOARD_STATUS_OFF;
	ck_assert_msg(modem_start(&m, &r) == 0, "%s", r.text);
	ck_assert(m.on);
	/* Released, not in reset, awake, fed; then the key's pulse. */
	ck_assert_str_eq(f.pins, "kRdVKk");
	fw_board_done(&f);
}
END_TEST

START_TEST(running_modem_is_reset_instead_of_switched)
{
	static const struct fw_turn script[] = {
		{NULL, "\r\nRDY\r\n", 0, 0, 4000},
		SETUP,
		{"AT+CPIN?\r", "\r\n+CPIN: READY\r\n\r\nOK\r\n", 0, 0, 2},
	};

	START(script);
	f.board.has_pins = true;
	f.status = BOARD_STATUS_RUNNING;
	ck_assert_msg(modem_start(&m, &r) == 0, "%s", r.text);
	ck_assert_str_eq(f.pins, "kRdVrR");
}
END_TEST

/* From one edge to another, in ms. */
static uint32_t between(size_t a, size_t b)
{
	return f.pin_ms[b] - f.pin_ms[a];
}

/*
 * [WIO §7]: supply 500 ms and more before the key; PWRKEY 100 ms and more,
 * the library has 200; RESET_N 150 to 460 ms; power 1 s after POWERED DOWN.
 */
START_TEST(pulses_have_the_length_that_the_module_wants)
{
	static const struct fw_turn script[] = {
		{NULL, "\r\nRDY\r\n", 0, 0, 4000},
		SETUP,
		{"AT+CPIN?\r", "\r\n+CPIN: READY\r\n\r\nOK\r\n", 0, 0, 2},
		{"AT+QPOWD=1\r", "\r\nOK\r\n\r\nPOWERED DOWN\r\n", 0, 0, 9},
	};
	uint32_t down;

	START(script);
	f.board.has_pins = true;
	f.status = BOARD_STATUS_OFF;
	ck_assert_msg(modem_start(&m, &r) == 0, "%s", r.text);
	down = f.ms + 9;
	ck_assert_msg(modem_stop(&m, &r) == 0, "%s", r.text);
	ck_assert_str_eq(f.pins, "kRdVKkv");
	ck_assert_uint_ge(between(3, 4), 500);
	ck_assert_uint_ge(between(4, 5), 100);
	ck_assert_uint_le(between(4, 5), 500);
	ck_assert_uint_ge(f.pin_ms[6] - down, 1000);
	fw_board_done(&f);
	START(script);
	f.board.has_pins = true;
	ck_assert_msg(modem_restart(&m, &r) == 0, "%s", r.text);
	ck_assert_str_eq(f.pins, "rR");
	ck_assert_uint_ge(between(0, 1), 150);
	ck_assert_uint_le(between(0, 1), 460);
}
END_TEST

START_TEST(modem_that_restarted_by_itself_can_be_switched_off)
{
	static const struct fw_turn script[] = {
		{NULL, "\r\nRDY\r\n", 0, 0, 0},
		{"AT+QPOWD=1\r", "\r\nOK\r\n\r\nPOWERED DOWN\r\n", 0, 0, 9},
	};

	START(script);
	f.board.has_pins = true;
	m.on = true;
	at_poll(&at, 0);
	ck_assert(at.restarted);
	ck_assert_msg(modem_stop(&m, &r) == 0, "%s", r.text);
	ck_assert_str_eq(f.pins, "v");
	fw_board_done(&f);
}
END_TEST

START_TEST(modem_without_pins_is_asked_until_it_answers)
{
	static const struct fw_turn script[] = {
		{"AT\r", NULL, 0, 0, 0},
		{"AT\r", NULL, 0, 0, 0},
		SETUP,
		{"AT+CPIN?\r", "\r\n+CPIN: READY\r\n\r\nOK\r\n", 0, 0, 2},
	};

	START(script);
	ck_assert_msg(modem_start(&m, &r) == 0, "%s", r.text);
	ck_assert_str_eq(f.pins, "");
	fw_board_done(&f);
}
END_TEST

START_TEST(a_lost_power_key_pulse_is_repeated)
{
	static const struct fw_turn script[] = {
		{NULL, "\r\nRDY\r\n", 0, 0, 12000},
		SETUP,
		{"AT+CPIN?\r", "\r\n+CPIN: READY\r\n\r\nOK\r\n", 0, 0, 2},
	};

	START(script);
	f.board.has_pins = true;
	f.status = BOARD_STATUS_OFF;
	f.deaf = 1;
	ck_assert_msg(modem_start(&m, &r) == 0, "%s", r.text);
	ck_assert_str_eq(f.pins, "kRdVKkKk");
}
END_TEST

START_TEST(a_modem_that_stays_off_is_given_up_after_three_pulses)
{
	start(NULL, 0);
	f.board.has_pins = true;
	f.status = BOARD_STATUS_OFF;
	f.deaf = 9;
	ck_assert_int_eq(modem_start(&m, &r), -1);
	ck_assert_str_eq(f.pins, "kRdVKkKkKk");
	ck_assert_str_eq(
		r.text, "boot: STATUS still says off after 3 pulses of PWRKEY");
	ck_assert_uint_le(f.ms, 18000);
}
END_TEST

START_TEST(modem_that_never_speaks_is_given_up_in_bounded_time)
{
	start(NULL, 0);
	f.board.has_pins = true;
	f.status = BOARD_STATUS_OFF;
	ck_assert_int_eq(modem_start(&m, &r), -1);
	ck_assert_str_eq(r.code, "modem");
	ck_assert_str_eq(r.text, "boot: no 'RDY' within 30000 ms");
	ck_assert_uint_le(f.ms, 32000);
}
END_TEST

START_TEST(missing_sim_is_the_reason_after_ten_seconds)
{
	static const char asked[] = "AT+CPIN?\r";
	struct fw_turn script[120] = {SETUP};

	for (size_t i = 5; i < 120; i++)
		script[i] = (struct fw_turn){
			asked, "\r\n+CME ERROR: 10\r\n", 0, 0, 2};
	START(script);
	ck_assert_int_eq(modem_start(&m, &r), -1);
	ck_assert_str_eq(r.code, "sim");
	ck_assert_str_eq(r.text, "AT+CPIN?: the modem said +CME ERROR: 10 "
				 "(SIM not inserted), still after 10000 ms");
}
END_TEST

START_TEST(sim_that_wants_a_pin_fails_at_once)
{
	static const struct fw_turn script[] = {
		SETUP,
		{"AT+CPIN?\r", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n", 0, 0, 2},
	};

	START(script);
	ck_assert_int_eq(modem_start(&m, &r), -1);
	ck_assert_str_eq(r.code, "sim");
	ck_assert_str_eq(r.text, "AT+CPIN?: the modem said +CPIN: SIM PIN");
}
END_TEST

START_TEST(attach_waits_for_registration_and_activates_at_every_split)
{
	static const struct fw_turn script[] = {
		{"AT+CEREG?\r", "\r\n+CEREG: 0,4\r\n" OK, 0, 0, 2},
		{"AT+CGREG?\r", "\r\n+CGREG: 0,4\r\n" OK, 0, 0, 2},
		{"AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0, 0, 2},
		SAY("AT+QIACT?"),
		SAY("AT+QICSGP=1,1,\"soracom.io\",\"sora\",\"sora\",3"),
		{"AT+QIACT=1\r", OK, 0, 0, 1500},
	};

	START(script);
	f.chunk = (size_t)_i;
	m.on = true;
	ck_assert_msg(modem_attach(&m, &conf, &r) == 0, "%s", r.text);
	ck_assert(m.attached);
	ck_assert_int_eq(modem_attach(&m, &conf, &r), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(active_context_is_left_alone)
{
	static const struct fw_turn script[] = {
		{"AT+CEREG?\r", "\r\n+CEREG: 0,5\r\n" OK, 0, 0, 2},
		{"AT+QIACT?\r", "\r\n+QIACT: 1,1,1,\"192.0.2.7\"\r\n" OK, 0, 0,
			2},
	};

	START(script);
	m.on = true;
	ck_assert_int_eq(modem_attach(&m, &conf, &r), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(refused_activation_carries_the_modems_reason_at_every_split)
{
	static const struct fw_turn script[] = {
		{"AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0, 0, 2},
		SAY("AT+QIACT?"),
		SAY("AT+QICSGP=1,1,\"soracom.io\",\"\",\"\",0"),
		{"AT+QIACT=1\r", "\r\nERROR\r\n", 0, 0, 1500},
		{"AT+QIGETERROR\r",
			"\r\n+QIGETERROR: 561,open PDP context failed\r\n" OK,
			0, 0, 2},
	};

	START(script);
	f.chunk = (size_t)_i;
	m.on = true;
	conf.user[0] = '\0';
	conf.pass[0] = '\0';
	ck_assert_int_eq(modem_attach(&m, &conf, &r), -1);
	ck_assert_str_eq(r.text, "AT+QIACT: the modem said ERROR; QIGETERROR: "
				 "561,open PDP context failed");
	fw_board_done(&f);
}
END_TEST

START_TEST(dropped_context_is_deactivated_before_it_is_activated_at_every_split)
{
	static const struct fw_turn script[] = {
		{NULL, "\r\n+QIURC: \"pdpdeact\",1\r\n", 0, 0, 0},
		{"AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0, 0, 1},
		SAY("AT+QIDEACT=1"),
		SAY("AT+QIACT?"),
		SAY("AT+QICSGP=1,1,\"soracom.io\",\"sora\",\"sora\",3"),
		SAY("AT+QIACT=1"),
	};

	START(script);
	f.chunk = (size_t)_i;
	m.on = m.attached = true;
	at_poll(&at, 10);
	ck_assert(m.on);
	ck_assert(!m.attached);
	ck_assert_msg(modem_attach(&m, &conf, &r) == 0, "%s", r.text);
	fw_board_done(&f);
}
END_TEST

START_TEST(context_of_somebody_else_is_not_ours)
{
	static const struct fw_turn script[] = {
		{NULL, "\r\n+QIURC: \"pdpdeact\",2\r\n", 0, 0, 0},
		{"AT\r", OK "\r\n+QIURC: \"pdpdeact\",1\r\n", 0, 0, 0},
	};

	START(script);
	m.on = m.attached = true;
	at_poll(&at, 10);
	ck_assert(m.attached);
	ck_assert_int_eq(at_command(&at, &r, "modem", 1000, "AT"), 0);
	at_poll(&at, 10);
	ck_assert(!m.attached);
}
END_TEST

START_TEST(another_access_point_activates_the_context_anew)
{
	static const struct fw_turn script[] = {
		{"AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0, 0, 2},
		SAY("AT+QIACT?"),
		SAY("AT+QICSGP=1,1,\"soracom.io\",\"sora\",\"sora\",3"),
		SAY("AT+QIACT=1"),
		{"AT+CEREG?\r", "\r\n+CEREG: 0,1\r\n" OK, 0, 0, 2},
		SAY("AT+QIDEACT=1"),
		SAY("AT+QIACT?"),
		SAY("AT+QICSGP=1,1,\"soracom.io\",\"sora\",\"sorb\",3"),
		SAY("AT+QIACT=1"),
	};

	START(script);
	m.on = true;
	ck_assert_msg(modem_attach(&m, &conf, &r) == 0, "%s", r.text);
	conf.pass[3] = 'b';
	ck_assert_msg(modem_attach(&m, &conf, &r) == 0, "%s", r.text);
	ck_assert_int_eq(modem_attach(&m, &conf, &r), 0);
	fw_board_done(&f);
}
END_TEST

/* Whatever was asked is not answered any more: no time limit is waited for. */
START_TEST(restart_ends_every_wait_at_once_with_its_reason)
{
	static const struct fw_turn script[] = {
		{"AT+QIACT=1\r", "\r\nRDY\r\n", 0, 0, 10},
	};

	START(script);
	m.on = m.attached = true;
	ck_assert_int_eq(
		at_command(&at, &r, "network", 150000, "AT+QIACT=1"), -1);
	ck_assert_str_eq(r.code, "modem");
	ck_assert_str_eq(r.text, "AT+QIACT: the modem restarted by itself");
	ck_assert_uint_le(f.ms, 1000);
	ck_assert(!m.on);
	ck_assert(!m.attached);
	/* The next command, too, until the modem is started again. */
	ck_assert_int_eq(modem_attach(&m, &conf, &r), -1);
	ck_assert_str_eq(r.text, "the modem is not on: 'modem on' comes first");
	ck_assert(at.restarted);
}
END_TEST

START_TEST(power_down_ends_with_the_supply_off)
{
	static const struct fw_turn script[] = {
		{"AT+QPOWD=1\r", OK "\r\nPOWERED DOWN\r\n", 0, 0, 2},
	};

	START(script);
	f.board.has_pins = true;
	m.on = true;
	ck_assert_msg(modem_stop(&m, &r) == 0, "%s", r.text);
	ck_assert(!m.on);
	ck_assert_str_eq(f.pins, "v");
}
END_TEST

START_TEST(clock_is_read_with_its_zone)
{
	static const struct fw_turn script[] = {
		{"AT+CCLK?\r", "\r\n+CCLK: \"17/12/08,09:00:00+36\"\r\n" OK, 0,
			0, 2},
	};
	char text[32];
	int64_t utc;

	START(script);
	ck_assert_int_eq(modem_clock(&m, &utc, text, &r), 0);
	ck_assert_str_eq(text, "\"17/12/08,09:00:00+36\"");
	ck_assert_int_eq(utc, 1512691200);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("modem");

	tcase_add_loop_test(
		tc, boot_goes_as_the_captured_log_at_every_split, 0, 45);
	tcase_add_test(tc, running_modem_is_reset_instead_of_switched);
	tcase_add_test(tc, pulses_have_the_length_that_the_module_wants);
	tcase_add_test(tc, modem_that_restarted_by_itself_can_be_switched_off);
	tcase_add_test(tc, modem_without_pins_is_asked_until_it_answers);
	tcase_add_test(tc, a_lost_power_key_pulse_is_repeated);
	tcase_add_test(
		tc, a_modem_that_stays_off_is_given_up_after_three_pulses);
	tcase_add_test(tc, modem_that_never_speaks_is_given_up_in_bounded_time);
	tcase_add_test(tc, missing_sim_is_the_reason_after_ten_seconds);
	tcase_add_test(tc, sim_that_wants_a_pin_fails_at_once);
	tcase_add_loop_test(tc,
		attach_waits_for_registration_and_activates_at_every_split, 0,
		24);
	tcase_add_test(tc, active_context_is_left_alone);
	tcase_add_loop_test(tc,
		refused_activation_carries_the_modems_reason_at_every_split, 0,
		50);
	tcase_add_loop_test(tc,
		dropped_context_is_deactivated_before_it_is_activated_at_every_split,
		0, 28);
	tcase_add_test(tc, context_of_somebody_else_is_not_ours);
	tcase_add_test(tc, another_access_point_activates_the_context_anew);
	tcase_add_test(tc, restart_ends_every_wait_at_once_with_its_reason);
	tcase_add_test(tc, power_down_ends_with_the_supply_off);
	tcase_add_test(tc, clock_is_read_with_its_zone);
	return fw_run("fw modem", tc);
}
