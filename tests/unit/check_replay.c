#include "replay.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"

#define HEAD "# ec21 transcript 1\n"

static struct fake_clock clk;
static struct capture cap;
static struct script script;
static struct replay *replay;
static struct buf heard;    /* by the host, since the last look */
static struct buf modelled; /* told to the model */
static char departure[400];
static int status; /* -1: nothing was said */

static void on_output(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&heard, data, len));
}

static void on_status(void *arg, bool running)
{
	(void)arg;
	status = running;
}

static void on_departure(void *arg, const char *text)
{
	(void)arg;
	snprintf(departure, sizeof(departure), "%s", text);
}

static void on_model(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&modelled, data, len));
}

static bool read_script(const char *text, bool pins, struct transcript_error *e)
{
	script_init(&script, pins);
	return script_feed(&script, text, strlen(text), e) &&
	       script_end(&script, e);
}

static void start(const char *text, bool fast, bool falls_back)
{
	struct transcript_error err = {0};
	struct replay_opts o = {.script = &script,
		.name = "x.at",
		.clock = &clk.clock,
		.trace = &cap.sink,
		.falls_back = falls_back,
		.output = on_output,
		.status = on_status,
		.departs = on_departure,
		.model = on_model};

	fake_clock_init(&clk, fast);
	capture_init(&cap);
	buf_init(&heard, 1 << 20);
	buf_init(&modelled, 1 << 20);
	status = -1;
	departure[0] = '\0';
	if (!read_script(text, true, &err))
		ck_abort_msg("%u:%u: %s", err.line, err.column, err.text);
	replay = replay_new(&o);
	ck_assert_ptr_nonnull(replay);
	replay_begin(replay);
	fake_clock_run(&clk);
}

static void end(void)
{
	replay_free(replay);
	replay = NULL;
	ck_assert_uint_eq(fake_clock_pending(&clk), 0);
	script_free(&script);
	capture_free(&cap);
	buf_free(&heard);
	buf_free(&modelled);
}

static void send(const char *text)
{
	replay_input(replay, text, strlen(text));
	fake_clock_run(&clk);
}

/* What the host heard since it last asked. */
static const char *hears(void)
{
	static char text[4096];

	ck_assert_uint_lt(buf_len(&heard), sizeof(text));
	if (buf_len(&heard) > 0)
		memcpy(text, buf_data(&heard), buf_len(&heard));
	text[buf_len(&heard)] = '\0';
	buf_reset(&heard);
	return text;
}

#define WORKED                                                                 \
	HEAD "0.000 AT>  ATE0\\r\n"                                            \
	     "0.000 AT<  ATE0\\r\n"                                            \
	     "0.010 AT<  \\r\\nOK\\r\\n\n"                                     \
	     "0.100 AT>  AT+QFUPL=\"RAM:a\",5\\r\n"                            \
	     "0.105 AT<  \\r\\nCONNECT\\r\\n\n"                                \
	     "0.110 AT>  a\\r\\nbc\n"                                          \
	     "0.150 AT<  +QFUPL: 5,1234\\r\\n\\r\\nOK\\r\\n\n"                 \
	     "1.000 AT>  AT+QIOPEN=1,0\\r\n"                                   \
	     "1.001 AT<  \\r\\nOK\\r\\n\n"                                     \
	     "3.000 AT<  \\r\\n+QIOPEN: 0,0\\r\\n\n"                           \
	     "3.500 AT>  AT+QISEND=0,3\\r\n"                                   \
	     "3.501 AT<  \\r\\n>\\x20\n"                                       \
	     "3.600 AT>  xyz\n"                                                \
	     "3.610 AT<  \\r\\nSEND OK\\r\\n\n"

#define WORKED_HOST                                                            \
	"ATE0\rAT+QFUPL=\"RAM:a\",5\ra\r\nbcAT+QIOPEN=1,0\r"                   \
	"AT+QISEND=0,3\rxyz"
#define WORKED_MODEM                                                           \
	"ATE0\r\r\nOK\r\n\r\nCONNECT\r\n+QFUPL: 5,1234\r\n\r\nOK\r\n"          \
	"\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n\r\n> \r\nSEND OK\r\n"

START_TEST(the_same_host_gets_the_same_answers)
{
	char rest[200];

	start(WORKED, true, false);
	send("ATE0\r");
	ck_assert_str_eq(hears(), "ATE0\r\r\nOK\r\n");
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	ck_assert(replay_rest(replay, rest, sizeof(rest)));
	ck_assert_str_eq(rest, "x.at line 7: next was a\\r\\nbc");
	send("a\r\nb");
	ck_assert_str_eq(hears(), "");
	send("c");
	ck_assert_str_eq(hears(), "+QFUPL: 5,1234\r\n\r\nOK\r\n");
	send("AT+QIOPEN=1,0\r");
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n");
	send("AT+QISEND=0,3\r");
	ck_assert_str_eq(hears(), "\r\n> ");
	send("xyz");
	ck_assert_str_eq(hears(), "\r\nSEND OK\r\n");
	ck_assert_uint_eq(replay_departures(replay), 0);
	ck_assert(!replay_rest(replay, rest, sizeof(rest)));
	ck_assert_str_eq(capture_text(&cap, LANE_AT_TX), WORKED_HOST);
	ck_assert_str_eq(capture_text(&cap, LANE_AT_RX), WORKED_MODEM);
	end();
}
END_TEST

/* Each line cut in two anywhere, and so the recording itself. */
START_TEST(how_bytes_are_cut_does_not_matter)
{
	static const char *const steps[] = {"ATE0\r", "AT+QFUPL=\"RAM:a\",5\r",
		"a\r\nbc", "AT+QIOPEN=1,0\r", "AT+QISEND=0,3\r", "xyz"};

	for (size_t cut = 0; cut < 32; cut++) {
		start(WORKED, true, false);
		for (size_t i = 0; i < 6; i++) {
			size_t len = strlen(steps[i]);
			size_t n = cut < len ? cut : len;

			replay_input(replay, steps[i], n);
			fake_clock_run(&clk);
			send(steps[i] + n);
		}
		ck_assert_str_eq(hears(), WORKED_MODEM);
		ck_assert_uint_eq(replay_departures(replay), 0);
		end();
	}
	for (size_t cut = 0; cut <= strlen(WORKED); cut++) {
		struct transcript_error err;

		script_init(&script, true);
		ck_assert(script_feed(&script, WORKED, cut, &err));
		ck_assert(script_feed(
			&script, WORKED + cut, strlen(WORKED) - cut, &err));
		ck_assert(script_end(&script, &err));
		ck_assert_uint_eq(script.n_steps, 7);
		script_free(&script);
	}
}
END_TEST

START_TEST(an_echo_goes_back_byte_by_byte)
{
	start(WORKED, true, false);
	send("AT");
	ck_assert_str_eq(hears(), "AT");
	send("E0");
	ck_assert_str_eq(hears(), "E0");
	end();
}
END_TEST

START_TEST(each_thing_comes_at_its_distance)
{
	start(WORKED, false, false);
	send("ATE0\r");
	ck_assert_str_eq(hears(), "ATE0\r");
	fake_clock_advance(&clk, 9);
	ck_assert_str_eq(hears(), "");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	send("AT+QFUPL=\"RAM:a\",5\r");
	fake_clock_advance(&clk, 5);
	send("a\r\nbc");
	fake_clock_advance(&clk, 40);
	hears();
	send("AT+QIOPEN=1,0\r");
	fake_clock_advance(&clk, 1999);
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\n+QIOPEN: 0,0\r\n");
	end();
}
END_TEST

/* A line that nobody asked for neither waits for an early host nor splits a
 * prompt from its data. */
START_TEST(unsolicited_lines_float)
{
	start(HEAD "0.0 AT>  AT+A\\r\n0.1 AT<  \\r\\nOK\\r\\n\n"
		   "9.0 AT<  \\r\\nRING\\r\\n\n"
		   "9.1 AT>  AT+B\\r\n9.2 AT<  \\r\\n> \\x20\n"
		   "9.3 AT>  d\n9.4 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT+A\r");
	fake_clock_advance(&clk, 100);
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	send("AT+B\r");
	fake_clock_advance(&clk, 100);
	ck_assert_str_eq(hears(), "\r\n>  ");
	end();

	start(HEAD "0.0 AT>  AT+A\\r\n0.1 AT<  \\r\\nOK\\r\\n\n"
		   "9.0 AT<  \\r\\nRING\\r\\n\n"
		   "9.1 AT>  AT+B\\r\n9.2 AT<  \\r\\n>\\x20\n"
		   "9.3 AT>  d\n9.4 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT+A\r");
	send("AT+B\r");
	fake_clock_advance(&clk, 10000);
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\n> ");
	send("d");
	fake_clock_advance(&clk, 100);
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\nRING\r\n");
	end();
}
END_TEST

/* The host was slow when it was recorded, and is not now. */
START_TEST(unsolicited_lines_keep_their_order)
{
	start(HEAD "0.0 AT>  AT+A\\r\n0.0 AT<  \\r\\nOK\\r\\n\n"
		   "0.9 AT<  \\r\\nRING\\r\\n\n"
		   "1.0 AT>  AT+QPOWD\\r\n1.0 AT<  \\r\\nOK\\r\\n\n"
		   "1.1 AT<  \\r\\nPOWERED DOWN\\r\\n\n",
		false, false);
	send("AT+A\r");
	send("AT+QPOWD\r");
	ck_assert_str_eq(hears(), "\r\nOK\r\n\r\nOK\r\n");
	fake_clock_advance(&clk, 99);
	ck_assert_str_eq(hears(), "");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\nRING\r\n\r\nPOWERED DOWN\r\n");
	end();
}
END_TEST

START_TEST(answers_keep_their_order)
{
	start(HEAD "0.0 AT>  AT+A\\r\n5.0 AT<  \\r\\nA\\r\\n\\r\\nOK\\r\\n\n"
		   "6.0 AT>  AT+B\\r\n6.0 AT<  \\r\\nB\\r\\n\\r\\nOK\\r\\n\n",
		false, false);
	send("AT+A\rAT+B\r");
	fake_clock_advance(&clk, 4999);
	ck_assert_str_eq(hears(), "");
	fake_clock_advance(&clk, 1);
	ck_assert_str_eq(hears(), "\r\nA\r\n\r\nOK\r\n\r\nB\r\n\r\nOK\r\n");
	end();
}
END_TEST

/* ---- departures ---- */

START_TEST(another_command_is_an_error_and_named)
{
	start(WORKED, true, false);
	send("ATE0\r");
	hears();
	send("AT+CSQ\r\n");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	ck_assert_str_eq(departure, "x.at line 5: came AT+CSQ\\r, expected "
				    "AT+QFUPL=\"RAM:a\",5\\r");
	ck_assert_str_eq(capture_text(&cap, LANE_WHY),
		"replay: x.at line 5: came AT+CSQ\\r, expected "
		"AT+QFUPL=\"RAM:a\",5\\r [policy]\n");
	/* And the recording waits where it was. */
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	ck_assert_uint_eq(replay_departures(replay), 1);
	end();
}
END_TEST

#define ROW                                                                    \
	HEAD "0 AT>  AT+A\\r\n0 AT<  \\r\\na\\r\\n\n"                          \
	     "0 AT>  AT+B\\r\n0 AT<  \\r\\nb\\r\\n\n"                          \
	     "0 AT>  AT+C\\r\n0 AT<  \\r\\nc\\r\\n\n"                          \
	     "0 AT>  AT+D\\r\n0 AT<  \\r\\nd\\r\\n\n"

START_TEST(a_command_that_is_left_out_is_named_and_the_rest_goes_on)
{
	start(ROW, true, false);
	send("AT+A\rAT+C\r");
	ck_assert_str_eq(hears(), "\r\na\r\n\r\nc\r\n");
	ck_assert_str_eq(departure, "x.at line 4: came AT+C\\r, expected "
				    "AT+B\\r; it goes on at line 6");
	send("AT+D\r");
	ck_assert_str_eq(hears(), "\r\nd\r\n");
	ck_assert_uint_eq(replay_departures(replay), 1);
	end();
}
END_TEST

/* It happens to be a later one: the recording comes back. */
START_TEST(a_command_too_many_does_not_lose_those_before_it)
{
	start(ROW, true, false);
	send("AT+A\rAT+D\rAT+B\r");
	ck_assert_str_eq(hears(), "\r\na\r\n\r\nd\r\n\r\nb\r\n");
	ck_assert_str_eq(departure, "x.at: came AT+B\\r behind the end of the "
				    "recording; it goes on at line 4");
	send("AT+C\rAT+D\r");
	ck_assert_str_eq(hears(), "\r\nc\r\n\r\nd\r\n");
	ck_assert_uint_eq(replay_departures(replay), 2);
	/* What was answered once is not answered again. */
	send("AT+C\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	end();
}
END_TEST

START_TEST(a_line_far_ahead_or_behind_a_pin_is_not_looked_for)
{
	static char text[20000];
	size_t n = (size_t)snprintf(text, sizeof(text), HEAD);

	for (int i = 0; i < 34; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"0 AT>  AT+N%d\\r\n0 AT<  \\r\\n%d\\r\\n\n", i, i);
	start(text, true, false);
	send("AT+N33\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	send("AT+N31\r");
	ck_assert_str_eq(hears(), "\r\n31\r\n");
	end();
	start(HEAD "0 AT>  AT+A\\r\n0 AT<  \\r\\na\\r\\n\n"
		   "0 AT>  AT+B\\r\n0 PIN  RESET high\n0 PIN  RESET low\n"
		   "0 AT>  AT+C\\r\n",
		true, false);
	send("AT+A\rAT+C\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n\r\na\r\n");
	end();
}
END_TEST

#define HELLO                                                                  \
	HEAD "- AT>  AT+QISEND=0,16\\r\n- AT<  \\r\\n>\\x20\n"                 \
	     "- AT>  \\x16\\x03\\x01\\x00\\x0b\\x01\\x00\\x00\\x07"            \
	     "\\x03\\x03abcde\n- AT<  \\r\\nSEND OK\\r\\n\n"

START_TEST(tls_of_the_hosts_own_is_told_from_other_data)
{
	static const uint8_t hello[] = "\x16\x03\x01\x00\x0b\x01\x00\x00\x07"
				       "\x03\x03"
				       "abXde";

	start(HELLO, true, false);
	ck_assert_uint_eq(script_hello_line(&script), 4);
	send("AT+QISEND=0,16\r");
	replay_input(replay, hello, 16);
	ck_assert_ptr_nonnull(strstr(departure, "TLS of the host's own"));
	/* Of another length: it departs with the command. */
	send("AT+QISEND=0,17\r");
	ck_assert_ptr_nonnull(strstr(departure, "TLS of the host's own"));
	end();
	start(WORKED, true, false);
	ck_assert_uint_eq(script_hello_line(&script), 0);
	end();
}
END_TEST

/* One byte altered, at each place there is. */
START_TEST(each_altered_byte_is_found_where_it_is)
{
	const size_t n = strlen(WORKED_HOST);

	for (size_t at = 0; at < n; at++) {
		char host[] = WORKED_HOST;

		host[at] = host[at] == '#' ? '%' : '#';
		start(WORKED, true, false);
		replay_input(replay, host, n);
		fake_clock_run(&clk);
		/* But a last line without its CR never ends. */
		ck_assert_int_eq(replay_departures(replay) > 0, at != n - 4);
		end();
		/* The same with a model: it has the altered byte, the first. */
		start(WORKED, true, true);
		replay_input(replay, host, n);
		ck_assert(replay_left(replay));
		ck_assert_uint_eq(replay_departures(replay), 1);
		ck_assert_uint_eq(buf_len(&modelled), n);
		ck_assert_mem_eq(buf_data(&modelled), host, n);
		ck_assert_uint_eq(capture_len(&cap, LANE_AT_TX), at);
		end();
	}
}
END_TEST

START_TEST(data_is_counted_then_judged)
{
	start(WORKED, true, false);
	send("ATE0\rAT+QFUPL=\"RAM:a\",5\r");
	hears();
	send("a\r\nXc");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n");
	ck_assert_str_eq(departure,
		"x.at line 7: byte 4 of 5 differs: came Xc, expected bc");
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	send("a\r\nbc");
	ck_assert_str_eq(hears(), "+QFUPL: 5,1234\r\n\r\nOK\r\n");
	end();
}
END_TEST

START_TEST(behind_the_end_there_is_nothing)
{
	start(HEAD "0 AT>  AT\\r\n0 AT<  \\r\\nOK\\r\\n\n", true, false);
	send("AT\rATI\r");
	ck_assert_str_eq(hears(), "\r\nERROR\r\n\r\nOK\r\n");
	ck_assert_str_eq(
		departure, "x.at: came ATI\\r behind the end of the recording");
	end();
}
END_TEST

START_TEST(the_model_takes_over_with_the_byte_that_differs)
{
	start(HEAD "0.0 AT>  AT+A\\r\n5.0 AT<  \\r\\nOK\\r\\n\n"
		   "9.0 AT<  \\r\\nRING\\r\\n\n9.1 AT>  AT+B\\r\n",
		false, true);
	send("AT+A\r");
	ck_assert_str_eq(hears(), "");
	send("AT+C\r");
	/* The answer that was due is not lost, what was to come is. */
	ck_assert_str_eq(hears(), "\r\nOK\r\n");
	ck_assert_str_eq(departure,
		"x.at line 5: came AT+C, expected AT+B\\r; the model answers "
		"from here on");
	ck_assert(replay_left(replay));
	fake_clock_advance(&clk, 60000);
	ck_assert_str_eq(hears(), "");
	end();
}
END_TEST

START_TEST(a_poll_that_was_not_answered_may_come_again)
{
	start(HEAD "0.0 AT>  AT\\r\n0.3 AT<  \\r\\nRDY\\r\\n\n"
		   "0.4 AT>  AT\\r\n0.4 AT<  \\r\\nOK\\r\\n\n"
		   "0.5 AT>  ATI\\r\n0.5 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT\r");
	send("AT\r"); /* before RDY: the next poll, answered behind it */
	fake_clock_advance(&clk, 300);
	ck_assert_str_eq(hears(), "\r\nRDY\r\n\r\nOK\r\n");
	end();
	start(HEAD "0.0 AT>  AT\\r\n0.3 AT<  \\r\\nRDY\\r\\n\n"
		   "0.5 AT>  ATI\\r\n0.5 AT<  \\r\\nOK\\r\\n\n",
		false, false);
	send("AT\rAT\rAT\r");
	ck_assert_uint_eq(replay_departures(replay), 0);
	fake_clock_advance(&clk, 300);
	ck_assert_str_eq(hears(), "\r\nRDY\r\n");
	end();
}
END_TEST

START_TEST(a_line_cut_by_a_hangup_is_forgotten)
{
	start(WORKED, true, false);
	send("AT");
	replay_hangup(replay);
	hears();
	send("ATE0\r");
	ck_assert_str_eq(hears(), "ATE0\r\r\nOK\r\n");
	send("AT+Q");
	replay_hangup(replay);
	send("AT+NO");
	replay_hangup(replay);
	send("AT+QFUPL=\"RAM:a\",5\r");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n");
	ck_assert_uint_eq(replay_departures(replay), 0);
	end();
}
END_TEST

/* ---- masks and classes ---- */

START_TEST(what_is_masked_is_counted_or_made_up)
{
	start(HEAD "0 AT>  AT+CPIN=@masked{kind=pin,len=4}\\r\n"
		   "0 AT<  AT+CPIN=@masked{kind=pin,len=4}\\r\\r\\nOK\\r\\n\n"
		   "0 AT>  AT+QICSGP=1\\r\n"
		   "0 AT<  \\r\\n+QICSGP: \"@masked{kind=password,len=3}\""
		   "\\r\\n\\r\\nOK\\r\\n\n"
		   "0 AT>  AT+QFUPL=\"k\",9\\r\n0 AT<  \\r\\nCONNECT\\r\\n\n"
		   "0 AT>  @masked kind=key len=9 qsum=0 sha256=0 breaks=lf\n"
		   "0 AT<  \\r\\nOK\\r\\n\n",
		true, false);
	ck_assert_uint_eq(script.masks, 4);
	send("AT+CPIN=4711\r");
	ck_assert_str_eq(hears(), "AT+CPIN=4711\r\r\nOK\r\n");
	send("AT+QICSGP=1\r");
	ck_assert_str_eq(hears(), "\r\n+QICSGP: \"000\"\r\n\r\nOK\r\n");
	send("AT+QFUPL=\"k\",9\r-----\r\nKE");
	ck_assert_str_eq(hears(), "\r\nCONNECT\r\n\r\nOK\r\n");
	ck_assert_uint_eq(replay_departures(replay), 0);
	end();
}
END_TEST

START_TEST(the_clock_of_another_day_is_the_same)
{
	start(HEAD "0 AT>  AT+CCLK=\"26/11/22,14:27:52+00\"\\r\n"
		   "0 AT<  \\r\\nOK\\r\\n\n",
		true, false);
	send("AT+CCLK=\"27/01/02,03:04:05+00\"\r");
	ck_assert_uint_eq(replay_departures(replay), 0);
	end();
	start(HEAD "0 AT>  AT+CCLK=\"26/11/22,14:27:52+00\"\\r\n"
		   "0 AT<  \\r\\nOK\\r\\n\n",
		true, false);
	send("AT+CCLK=\"27/01/02,03:04:05+04\"\r");
	ck_assert_uint_eq(replay_departures(replay), 1);
	end();
}
END_TEST

/* ---- pins ---- */

#define BOOT                                                                   \
	HEAD "0.0 PIN  PWRKEY low\n0.0 PIN  SUPPLY high\n"                     \
	     "0.5 PIN  PWRKEY high\n1.0 PIN  STATUS low (running)\n"           \
	     "1.0 AT<  \\r\\nRDY\\r\\n\n1.1 PIN  PWRKEY low\n"                 \
	     "1.1 AT>  AT\\r\n1.1 AT<  AT\\r\\r\\nOK\\r\\n\n"                  \
	     "2.0 PIN  STATUS high (off)\n2.0 PIN  SUPPLY low\n"

START_TEST(the_boot_comes_when_the_key_is_pressed)
{
	char rest[200];

	start(BOOT, false, false);
	ck_assert(!replay_running(replay));
	ck_assert(replay_pin(replay, 'k'));
	ck_assert(replay_pin(replay, 'V'));
	fake_clock_advance(&clk, 10000);
	ck_assert_str_eq(hears(), "");
	ck_assert(replay_pin(replay, 'K'));
	ck_assert(replay_pin(replay, 'K'));
	fake_clock_advance(&clk, 499);
	ck_assert_int_eq(status, -1);
	fake_clock_advance(&clk, 1);
	ck_assert_int_eq(status, 1);
	ck_assert(replay_running(replay));
	ck_assert_str_eq(hears(), "\r\nRDY\r\n");
	/* The release may be a moment behind the first bytes. */
	send("AT\r");
	ck_assert(replay_pin(replay, 'k'));
	ck_assert_str_eq(hears(), "AT\r\r\nOK\r\n");
	fake_clock_advance(&clk, 900);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(replay_departures(replay), 0);
	/* That the supply goes is not awaited at the end. */
	ck_assert(!replay_rest(replay, rest, sizeof(rest)));
	ck_assert(!replay_pin(replay, '!'));
	end();
}
END_TEST

START_TEST(a_host_that_does_not_press_departs)
{
	start(BOOT, true, false);
	replay_pin(replay, 'V');
	send("AT\r");
	ck_assert_str_eq(
		departure, "x.at line 4: came AT\\r, expected PWRKEY high");
	replay_pin(replay, 'r');
	ck_assert_str_eq(departure,
		"x.at line 4: came RESET low at a pin, not so recorded");
	end();
}
END_TEST

/* ---- what is no recording ---- */

START_TEST(what_cannot_be_played_is_refused_with_its_place)
{
	static const struct {
		const char *text;
		unsigned line;
	} bad[] = {
		{HEAD, 1},
		{HEAD "0 AT<  \\r\\nRDY\\r\\n\n", 2},
		{HEAD "0 AT>  AT\\r\n0 AT<  {any}\n", 3},
		{HEAD "0 AT>  AT\\r\n0 AT<  @quiet\n", 3},
		{HEAD "0 AT>  @file a.pem\n", 2},
		{HEAD "0 AT>  AT=@masked{kind=pin}\\r\n", 2},
		{HEAD "0 AT>  @masked kind=key len=99999999\n", 2},
		{HEAD "0 AT>  AT\\q\n", 2},
		{"no transcript\n", 1},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct transcript_error err = {0};

		ck_assert_msg(!read_script(bad[i].text, true, &err), "%s",
			bad[i].text);
		ck_assert_uint_eq(err.line, bad[i].line);
		script_free(&script);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("replay");
	TCase *tc = tcase_create("all");
	SRunner *sr;
	int failed;

	tcase_add_test(tc, the_same_host_gets_the_same_answers);
	tcase_add_test(tc, how_bytes_are_cut_does_not_matter);
	tcase_add_test(tc, an_echo_goes_back_byte_by_byte);
	tcase_add_test(tc, each_thing_comes_at_its_distance);
	tcase_add_test(tc, unsolicited_lines_float);
	tcase_add_test(tc, unsolicited_lines_keep_their_order);
	tcase_add_test(tc, answers_keep_their_order);
	tcase_add_test(tc, another_command_is_an_error_and_named);
	tcase_add_test(
		tc, a_command_that_is_left_out_is_named_and_the_rest_goes_on);
	tcase_add_test(tc, a_command_too_many_does_not_lose_those_before_it);
	tcase_add_test(tc, a_line_far_ahead_or_behind_a_pin_is_not_looked_for);
	tcase_add_test(tc, tls_of_the_hosts_own_is_told_from_other_data);
	tcase_add_test(tc, each_altered_byte_is_found_where_it_is);
	tcase_add_test(tc, data_is_counted_then_judged);
	tcase_add_test(tc, behind_the_end_there_is_nothing);
	tcase_add_test(tc, the_model_takes_over_with_the_byte_that_differs);
	tcase_add_test(tc, a_poll_that_was_not_answered_may_come_again);
	tcase_add_test(tc, a_line_cut_by_a_hangup_is_forgotten);
	tcase_add_test(tc, what_is_masked_is_counted_or_made_up);
	tcase_add_test(tc, the_clock_of_another_day_is_the_same);
	tcase_add_test(tc, the_boot_comes_when_the_key_is_pressed);
	tcase_add_test(tc, a_host_that_does_not_press_departs);
	tcase_add_test(tc, what_cannot_be_played_is_refused_with_its_place);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
