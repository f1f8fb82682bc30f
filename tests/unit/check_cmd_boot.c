#include "modem.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"
#include "tests/unit/support/fake_stream.h"

/*
 * A whole modem from PWRKEY to registration, in its own time: the families
 * power, sim, reg, cfg, clock and ident.
 */

static struct fake_clock fc;
static struct fake_net net;
static struct profile profile;
static struct capture cap;
static struct modem *modem;
static uint64_t rdy_us;

static void no_output(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data, (void)len;
}

static void make(bool fast)
{
	struct why why;

	fake_clock_init(&fc, fast);
	fake_net_init(&net);
	capture_init(&cap);
	modem = modem_new(
		&(struct modem_opts){
			.clock = &fc.clock,
			.profile = &profile,
			.net = &net.net,
			.trace = &cap.sink,
			.output = no_output,
		},
		&why);
	ck_assert_msg(modem != NULL, "%s", why.text);
}

static void setup(void)
{
	profile_init(&profile);
	make(false);
}

static void setup_fast(void)
{
	profile_init(&profile);
	make(true);
}

static void teardown(void)
{
	modem_free(modem);
	capture_free(&cap);
	ck_assert_uint_eq(fake_clock_pending(&fc), 0);
	fake_net_free(&net);
}

static const char *heard(void)
{
	return capture_take(&cap, LANE_AT_RX);
}

/* Boot, and stand at RDY. */
static void boot(void)
{
	modem_boot(modem);
	fake_clock_advance(&fc, (uint64_t)profile.boot_rdy_delay);
	rdy_us = clock_now_us(&fc.clock);
}

/* Stand at `ms` after RDY. */
static void at(uint64_t ms)
{
	uint64_t now = clock_now_us(&fc.clock);

	ck_assert_uint_ge(rdy_us + ms * 1000, now);
	fake_clock_advance_us(&fc, rdy_us + ms * 1000 - now);
}

/* Ask; the answer is there within 20 ms. */
static const char *ask(const char *line)
{
	heard();
	modem_input(modem, line, strlen(line));
	modem_input(modem, "\r", 1);
	fake_clock_advance(&fc, 20);
	return heard();
}

#define assert_ask(line, want) ck_assert_str_eq(ask(line), want)

/* Fast: boot to the end of all that happens by itself, echo off. */
static void boot_all(void)
{
	modem_boot(modem);
	fake_clock_advance(&fc, 60000);
	ask("ATE0");
}

/* cap [AT §5.1]: the log of an EC21-J on a Wio LTE. */
START_TEST(the_first_half_second_is_that_of_the_log)
{
	boot();
	at(2);
	ck_assert_str_eq(heard(), "\r\nRDY\r\n");
	assert_ask("ATE0", "ATE0\r\r\nOK\r\n");
	modem_input(modem, "AT+QSCLK=1\r", 11);
	at(28);
	ck_assert_str_eq(heard(), "\r\nERROR\r\n");
	assert_ask("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
	at(127);
	ck_assert_str_eq(heard(), "");
	at(130);
	ck_assert_str_eq(heard(), "\r\n+CFUN: 1\r\n");
	at(146);
	assert_ask("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
	assert_ask("AT+QSCLK=1", "\r\nOK\r\n");
	at(252);
	assert_ask("AT+CPIN?", "\r\n+CME ERROR: 14\r\n");
	at(356);
	assert_ask("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
	assert_ask("AT+CGREG?", "\r\n+CGREG: 0,4\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(the_lines_that_follow_come_in_the_order_of_the_log)
{
	boot();
	at(60000);
	ck_assert_str_eq(heard(), "\r\nRDY\r\n"
				  "\r\n+CFUN: 1\r\n"
				  "\r\n+CPIN: READY\r\n"
				  "\r\n+QUSIM: 1\r\n"
				  "\r\n+QIND: SMS DONE\r\n"
				  "\r\n+QIND: PB DONE\r\n");
}
END_TEST

START_TEST(registration_is_never_0_while_it_comes_up)
{
	static const char *const stats[] = {"4", "2", "1"};
	size_t seen = 0;
	char want[64];

	boot();
	at(10);
	ask("ATE0");
	for (int i = 0; i < 200; i++) {
		const char *got = ask("AT+CEREG?");

		snprintf(want, sizeof(want), "+CEREG: 0,%s\r\n", stats[seen]);
		if (strstr(got, want) == NULL) {
			ck_assert_uint_lt(++seen, 3);
			snprintf(want, sizeof(want), "+CEREG: 0,%s\r\n",
				stats[seen]);
		}
		ck_assert_msg(strstr(got, want) != NULL, "%s", got);
		fake_clock_advance(&fc, 30);
	}
	ck_assert_uint_eq(seen, 2);
	assert_ask("AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n");
	assert_ask("AT+CGREG?", "\r\n+CGREG: 0,1\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(before_rdy_the_uart_is_deaf_and_dumb)
{
	modem_boot(modem);
	fake_clock_advance(&fc, 5000);
	assert_ask("AT", "");
	fake_clock_advance(&fc, 5679);
	ck_assert_str_eq(heard(), "");
}
END_TEST

START_TEST(identity_is_that_of_the_profile)
{
	boot_all();
	assert_ask("ATI", "\r\nQuectel\r\nEC21\r\nRevision: "
			  "EC21JFAR02A01M4G\r\n\r\nOK\r\n");
	ck_assert_ptr_nonnull(strstr(ask("ATI1"), "ERROR"));
	assert_ask("AT+GMI", "\r\nQuectel\r\n\r\nOK\r\n");
	assert_ask("AT+CGMI", "\r\nQuectel\r\n\r\nOK\r\n");
	assert_ask("AT+GMM", "\r\nEC21\r\n\r\nOK\r\n");
	assert_ask("AT+CGMM", "\r\nEC21\r\n\r\nOK\r\n");
	assert_ask("AT+GMR", "\r\nEC21JFAR02A01M4G\r\n\r\nOK\r\n");
	assert_ask("AT+CGMR", "\r\nEC21JFAR02A01M4G\r\n\r\nOK\r\n");
	assert_ask("AT+GSN", "\r\n490154203237518\r\n\r\nOK\r\n");
	assert_ask("AT+CGSN", "\r\n490154203237518\r\n\r\nOK\r\n");
	assert_ask("AT+CIMI", "\r\n001010123456789\r\n\r\nOK\r\n");
	/* 19 digits and a pad: the library cuts the last character off */
	assert_ask(
		"AT+QCCID", "\r\n+QCCID: 8988211000000000001F\r\n\r\nOK\r\n");
	assert_ask("AT+CNUM", "\r\nOK\r\n");
	snprintf(profile.identity_number, sizeof(profile.identity_number),
		"+15550100");
	assert_ask("AT+CNUM", "\r\n+CNUM: ,\"+15550100\",145\r\n\r\nOK\r\n");
	snprintf(profile.identity_iccid, sizeof(profile.identity_iccid),
		"89860025128306012474");
	assert_ask(
		"AT+QCCID", "\r\n+QCCID: 89860025128306012474\r\n\r\nOK\r\n");
	assert_ask("AT+CGMR=?", "\r\nOK\r\n");
}
END_TEST

/* cap [AT §4]: an EC21 without a SIM; CSCS: an EC25. */
START_TEST(without_a_sim_the_codes_are_those_of_an_ec21)
{
	profile.sim_inserted = false;
	modem_boot(modem);
	fake_clock_advance(&fc, 60000);
	ck_assert_str_eq(heard(), "\r\nRDY\r\n\r\n+CFUN: 1\r\n"
				  "\r\n+CPIN: NOT INSERTED\r\n");
	ask("ATE0");
	assert_ask("AT+CPIN?", "\r\n+CME ERROR: 10\r\n");
	assert_ask("AT+QCCID", "\r\n+CME ERROR: 13\r\n");
	assert_ask("AT+CIMI", "\r\n+CME ERROR: 3\r\n");
	assert_ask("AT+CNUM", "\r\n+CME ERROR: 10\r\n");
	assert_ask("AT+CSCS=\"GSM\"", "\r\nERROR\r\n");
	ck_assert_ptr_nonnull(strstr(ask("AT+CSCS=?"), "OK"));
	assert_ask("AT+QINISTAT", "\r\n+QINISTAT: 0\r\n\r\nOK\r\n");
	assert_ask("AT+CSQ", "\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
	assert_ask("AT+COPS?", "\r\n+COPS: 0\r\n\r\nOK\r\n");
	assert_ask("AT+CGATT?", "\r\n+CGATT: 0\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_sim_with_a_pin_waits_for_it)
{
	snprintf(profile.sim_pin, sizeof(profile.sim_pin), "1234");
	modem_free(modem);
	capture_free(&cap);
	fake_net_free(&net);
	make(true);
	modem_boot(modem);
	fake_clock_advance(&fc, 60000);
	ck_assert_str_eq(
		heard(), "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: SIM PIN\r\n");
	ask("ATE0");
	assert_ask("AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n");
	assert_ask("AT+CIMI", "\r\n+CME ERROR: 11\r\n");
	assert_ask(
		"AT+QCCID", "\r\n+QCCID: 8988211000000000001F\r\n\r\nOK\r\n");
	assert_ask("AT+CPIN=1111", "\r\n+CME ERROR: 16\r\n");
	assert_ask("AT+CPIN=1234", "\r\nOK\r\n\r\n+CPIN: READY\r\n"
				   "\r\n+QUSIM: 1\r\n\r\n+QIND: SMS DONE\r\n"
				   "\r\n+QIND: PB DONE\r\n");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
	assert_ask("AT+CPIN=\"1234\"", "\r\n+CME ERROR: 3\r\n");
}
END_TEST

START_TEST(a_blocked_sim_wants_its_puk)
{
	snprintf(profile.sim_pin, sizeof(profile.sim_pin), "1234");
	modem_free(modem);
	capture_free(&cap);
	fake_net_free(&net);
	make(true);
	boot_all();
	assert_ask("AT+CPIN=1111", "\r\n+CME ERROR: 16\r\n");
	assert_ask("AT+CPIN=1111", "\r\n+CME ERROR: 16\r\n");
	assert_ask(
		"AT+CPIN=1111", "\r\n+CME ERROR: 16\r\n\r\n+CPIN: SIM PUK\r\n");
	assert_ask("AT+CPIN=1234", "\r\n+CME ERROR: 12\r\n");
	assert_ask("AT+CPIN=\"12345678\",\"4321\"",
		"\r\nOK\r\n\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n"
		"\r\n+QIND: SMS DONE\r\n\r\n+QIND: PB DONE\r\n");
}
END_TEST

START_TEST(cfun_0_takes_the_sim_away_and_1_brings_it_back)
{
	boot_all();
	assert_ask("AT+CFUN?", "\r\n+CFUN: 1\r\n\r\nOK\r\n");
	assert_ask("AT+CFUN=0", "\r\n+CPIN: NOT READY\r\n\r\nOK\r\n");
	assert_ask("AT+CFUN?", "\r\n+CFUN: 0\r\n\r\nOK\r\n");
	assert_ask("AT+CPIN?", "\r\n+CME ERROR: 13\r\n");
	assert_ask("AT+COPS?", "\r\n+COPS: 0\r\n\r\nOK\r\n");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,0\r\n\r\nOK\r\n");
	assert_ask("AT+CFUN=1",
		"\r\nOK\r\n\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n"
		"\r\n+QIND: SMS DONE\r\n\r\n+QIND: PB DONE\r\n");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(cfun_4_keeps_the_sim_and_refuses_qpowd)
{
	boot_all();
	assert_ask("AT+CFUN=4", "\r\nOK\r\n");
	assert_ask("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
	assert_ask("AT+CSQ", "\r\n+CSQ: 99,99\r\n\r\nOK\r\n");
	assert_ask("AT+QPOWD=1", "\r\nERROR\r\n");
	assert_ask("AT+CFUN=1", "\r\nOK\r\n");
	assert_ask("AT+CSQ", "\r\n+CSQ: 30,99\r\n\r\nOK\r\n");
	/* From 0 to 4 the SIM comes up and the radio does not. */
	ask("AT+CFUN=0");
	ask("AT+CFUN=4");
	assert_ask("AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,0\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(cfun_refuses_what_it_does_not_know)
{
	boot_all();
	assert_ask("AT+CFUN=2", "\r\nERROR\r\n");
	assert_ask("AT+CFUN=5", "\r\nERROR\r\n");
	assert_ask("AT+CFUN=0,1", "\r\nERROR\r\n");
	assert_ask("AT+CFUN=?", "\r\n+CFUN: (0,1,4),(0,1)\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(losing_the_radio_takes_the_pdp_context_with_it)
{
	boot_all();
	assert_ask("AT+QURCCFG=\"urcport\",\"uart1\"", "\r\nOK\r\n");
	assert_ask("AT+QICSGP=1,1,\"example.com\",\"\",\"\",0", "\r\nOK\r\n");
	assert_ask("AT+QIACT=1", "\r\nOK\r\n");
	assert_ask("AT+CFUN=4", "\r\n+QIURC: \"pdpdeact\",1\r\n\r\nOK\r\n");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_WHY), "switched off by CFUN"));
}
END_TEST

START_TEST(a_restart_forgets_settings_but_the_saved_ones)
{
	boot_all();
	assert_ask("AT+QURCCFG=\"URCPORT\",\"uart1\"", "\r\nOK\r\n");
	assert_ask("AT+CGREG=2", "\r\nOK\r\n");
	assert_ask("AT+CEREG=1", "\r\nOK\r\n");
	assert_ask("AT+CMEE=2", "\r\nOK\r\n");
	assert_ask("AT+QSCLK=1", "\r\nOK\r\n");
	assert_ask("AT+CSCS=\"UCS2\"", "\r\nOK\r\n");
	ck_assert_ptr_nonnull(strstr(
		ask("AT+CFUN=1,1"), "\r\nOK\r\n\r\nRDY\r\n\r\n+CFUN: 1\r\n"));
	ask("ATE0");
	assert_ask("AT+QURCCFG?",
		"\r\n+QURCCFG: \"urcport\",\"uart1\"\r\n\r\nOK\r\n");
	assert_ask("AT+CGREG?",
		"\r\n+CGREG: 2,1,\"D509\",\"80D413D\",7\r\n\r\nOK\r\n");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
	assert_ask("AT+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n");
	assert_ask("AT+QSCLK?", "\r\n+QSCLK: 0\r\n\r\nOK\r\n");
	assert_ask("AT+CSCS?", "\r\n+CSCS: \"GSM\"\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(power_down_ends_with_its_line_and_status)
{
	boot_all();
	ck_assert(modem_running(modem));
	assert_ask("AT+QPOWD=?", "\r\n+QPOWD: (0,1)\r\n\r\nOK\r\n");
	assert_ask("AT+QPOWD", "\r\nOK\r\n\r\nPOWERED DOWN\r\n");
	ck_assert(!modem_running(modem));
	assert_ask("AT", "");
	boot_all();
	assert_ask("AT+QPOWD=0", "\r\nOK\r\n\r\nPOWERED DOWN\r\n");
}
END_TEST

START_TEST(registration_lines_follow_n_and_the_port_of_urcs)
{
	boot_all();
	assert_ask("AT+CREG=1", "\r\nOK\r\n");
	assert_ask("AT+CGREG=0", "\r\nOK\r\n");
	assert_ask("AT+CEREG=2", "\r\nOK\r\n");
	ask("AT+CFUN=4");
	/* usbat is the default: they go there, and that is noted */
	assert_ask("AT+CFUN=1", "\r\nOK\r\n");
	ck_assert_ptr_nonnull(
		strstr(capture_text(&cap, LANE_NOTE), "urcport is \"usbat\""));
	ask("AT+QURCCFG=\"urcport\",\"uart1\"");
	ask("AT+CFUN=4");
	assert_ask("AT+CFUN=1",
		"\r\nOK\r\n\r\n+CREG: 2\r\n\r\n+CEREG: 2\r\n"
		"\r\n+CREG: 1\r\n\r\n+CEREG: 1,\"D509\",\"80D413D\",7\r\n");
	/* cap [AT §9.1]: the bare form sets 0 */
	assert_ask("AT+CEREG", "\r\nOK\r\n");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
	assert_ask("AT+CEREG=3", "\r\nERROR\r\n");
	assert_ask("AT+CEREG=?", "\r\n+CEREG: (0-2)\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(the_port_of_urcs_is_one_of_the_profile)
{
	boot_all();
	assert_ask("AT+QURCCFG=?", "\r\n+QURCCFG: \"urcport\",(\"usbat\","
				   "\"usbmodem\",\"uart1\")\r\n\r\nOK\r\n");
	assert_ask("AT+QURCCFG=\"urcport\"",
		"\r\n+QURCCFG: \"urcport\",\"usbat\"\r\n\r\nOK\r\n");
	assert_ask("AT+QURCCFG=\"urcport\",\"uart3\"", "\r\nERROR\r\n");
	assert_ask("AT+QURCCFG=\"other\",\"uart1\"", "\r\nERROR\r\n");
	assert_ask("AT+QURCCFG=urcport,uart1", "\r\nERROR\r\n");
}
END_TEST

START_TEST(an_operator_is_chosen_and_left)
{
	boot_all();
	assert_ask("AT+COPS?", "\r\n+COPS: 0,0,\"NTT DOCOMO\",7\r\n\r\nOK\r\n");
	assert_ask("AT+COPS=3,2", "\r\nOK\r\n");
	assert_ask("AT+COPS?", "\r\n+COPS: 0,2,\"44010\",7\r\n\r\nOK\r\n");
	assert_ask("AT+COPS=1,2,\"44010\"", "\r\nOK\r\n");
	assert_ask("AT+COPS?", "\r\n+COPS: 1,2,\"44010\",7\r\n\r\nOK\r\n");
	assert_ask("AT+COPS=1,2,\"44020\"", "\r\n+CME ERROR: 30\r\n");
	assert_ask("AT+CGATT=0", "\r\nOK\r\n");
	assert_ask("AT+CGATT?", "\r\n+CGATT: 0\r\n\r\nOK\r\n");
	assert_ask("AT+CGATT=1", "\r\nOK\r\n");
	assert_ask("AT+COPS=2", "\r\nOK\r\n");
	assert_ask("AT+COPS?", "\r\n+COPS: 2\r\n\r\nOK\r\n");
	assert_ask("AT+CSQ=?", "\r\n+CSQ: (0-31,99),(0-7,99)\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(a_reset_under_a_pending_cops_leaves_nothing)
{
	boot();
	at(60000);
	modem_input(modem, "AT+COPS=?\r", 10);
	fake_clock_advance(&fc, 1000);
	modem_pin(modem, 'v');
	fake_clock_advance(&fc, 60000);
	ck_assert_ptr_null(strstr(heard(), "+COPS:"));
	boot();
	at(60000);
	ask("ATE0");
	assert_ask("AT+CEREG?", "\r\n+CEREG: 0,1\r\n\r\nOK\r\n");
}
END_TEST

START_TEST(the_clock_starts_in_1980_and_can_be_set)
{
	const char *got;

	boot_all();
	got = ask("AT+CCLK?");
	ck_assert_ptr_nonnull(strstr(got, "\r\n+CCLK: \"80/01/06,00:0"));
	/* the library wants exactly 22 characters behind the prefix */
	ck_assert_uint_eq(strcspn(got + strlen("\r\n+CCLK: "), "\r"), 22);
	assert_ask("AT+CCLK=\"17/12/08,09:00:00+36\"", "\r\nOK\r\n");
	assert_ask("AT+CCLK?",
		"\r\n+CCLK: \"17/12/08,09:00:00+36\"\r\n\r\nOK\r\n");
	assert_ask("AT+CCLK=\"17/13/08,09:00:00+36\"", "\r\n+CME ERROR: 3\r\n");
	assert_ask("AT+CCLK=\"now\"", "\r\n+CME ERROR: 3\r\n");
}
END_TEST

START_TEST(small_settings_answer_as_in_the_manual)
{
	boot_all();
	assert_ask("AT+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n");
	assert_ask("AT+CMEE=?", "\r\n+CMEE: (0-2)\r\n\r\nOK\r\n");
	assert_ask("AT+CMEE=3", "\r\nERROR\r\n");
	assert_ask("AT+QSCLK=?", "\r\n+QSCLK: (0,1)\r\n\r\nOK\r\n");
	assert_ask("AT+IPR?", "\r\n+IPR: 115200\r\n\r\nOK\r\n");
	assert_ask("AT+IPR=115200", "\r\nOK\r\n");
	assert_ask("AT+IPR=12345", "\r\nERROR\r\n");
	assert_ask("AT+IPR=9600", "\r\nOK\r\n");
	assert_ask("AT+IPR?", "\r\n+IPR: 9600\r\n\r\nOK\r\n");
	assert_ask("AT+CSCS?", "\r\n+CSCS: \"GSM\"\r\n\r\nOK\r\n");
	assert_ask("AT+CSCS=\"ira\"", "\r\nOK\r\n");
	assert_ask("AT+CSCS=\"HEX\"", "\r\nERROR\r\n");
	assert_ask("AT+CSCS=?",
		"\r\n+CSCS: (\"GSM\",\"IRA\",\"UCS2\")\r\n\r\nOK\r\n");
	assert_ask("AT+QINISTAT", "\r\n+QINISTAT: 7\r\n\r\nOK\r\n");
	assert_ask("AT+QINISTAT=?", "\r\n+QINISTAT: (0-7)\r\n\r\nOK\r\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cmd_boot");
	TCase *slow = tcase_create("in the modem's own time");
	TCase *fast = tcase_create("fast");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(slow, setup, teardown);
	tcase_add_test(slow, the_first_half_second_is_that_of_the_log);
	tcase_add_test(
		slow, the_lines_that_follow_come_in_the_order_of_the_log);
	tcase_add_test(slow, registration_is_never_0_while_it_comes_up);
	tcase_add_test(slow, before_rdy_the_uart_is_deaf_and_dumb);
	suite_add_tcase(suite, slow);
	tcase_add_checked_fixture(fast, setup_fast, teardown);
	tcase_add_test(fast, identity_is_that_of_the_profile);
	tcase_add_test(fast, without_a_sim_the_codes_are_those_of_an_ec21);
	tcase_add_test(fast, a_sim_with_a_pin_waits_for_it);
	tcase_add_test(fast, a_blocked_sim_wants_its_puk);
	tcase_add_test(fast, cfun_0_takes_the_sim_away_and_1_brings_it_back);
	tcase_add_test(fast, cfun_4_keeps_the_sim_and_refuses_qpowd);
	tcase_add_test(fast, cfun_refuses_what_it_does_not_know);
	tcase_add_test(fast, losing_the_radio_takes_the_pdp_context_with_it);
	tcase_add_test(fast, a_restart_forgets_settings_but_the_saved_ones);
	tcase_add_test(fast, power_down_ends_with_its_line_and_status);
	tcase_add_test(fast, registration_lines_follow_n_and_the_port_of_urcs);
	tcase_add_test(fast, the_port_of_urcs_is_one_of_the_profile);
	tcase_add_test(slow, a_reset_under_a_pending_cops_leaves_nothing);
	tcase_add_test(fast, an_operator_is_chosen_and_left);
	tcase_add_test(fast, the_clock_starts_in_1980_and_can_be_set);
	tcase_add_test(fast, small_settings_answer_as_in_the_manual);
	suite_add_tcase(suite, fast);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
