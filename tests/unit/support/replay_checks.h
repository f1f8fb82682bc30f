#ifndef EC21_TESTS_REPLAY_CHECKS_H
#define EC21_TESTS_REPLAY_CHECKS_H

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "replay.h"
#include "script.h"
#include "tests/unit/support/capture.h"
#include "tests/unit/support/fake_clock.h"

/*
 * A recording that is played to a host on a clock advanced by hand, for each
 * program of tests that includes this.
 */
#define HEAD "# ec21 transcript 1\n"

static struct fake_clock clk;
static struct capture cap;
static struct script script;
static struct replay *replay;
static struct buf heard;    /* by the host, since the last look */
static struct buf modelled; /* told to the model */
static char departure[400];
static int status; /* -1: nothing was said */

static inline void on_output(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&heard, data, len));
}

static inline void on_status(void *arg, bool running)
{
	(void)arg;
	status = running;
}

static inline void on_departure(void *arg, const char *text)
{
	(void)arg;
	snprintf(departure, sizeof(departure), "%s", text);
}

static inline void on_model(void *arg, const void *data, size_t len)
{
	(void)arg;
	ck_assert(buf_add(&modelled, data, len));
}

static inline bool read_script(
	const char *text, bool pins, struct transcript_error *e)
{
	script_init(&script, pins);
	return script_feed(&script, text, strlen(text), e) &&
	       script_end(&script, e);
}

static inline void start(const char *text, bool fast, bool falls_back)
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

static inline void end(void)
{
	replay_free(replay);
	replay = NULL;
	ck_assert_uint_eq(fake_clock_pending(&clk), 0);
	script_free(&script);
	capture_free(&cap);
	buf_free(&heard);
	buf_free(&modelled);
}

static inline void send(const char *text)
{
	replay_input(replay, text, strlen(text));
	fake_clock_run(&clk);
}

/* What the host heard since it last asked. */
static inline const char *hears(void)
{
	static char text[4096];

	ck_assert_uint_lt(buf_len(&heard), sizeof(text));
	if (buf_len(&heard) > 0)
		memcpy(text, buf_data(&heard), buf_len(&heard));
	text[buf_len(&heard)] = '\0';
	buf_reset(&heard);
	return text;
}

/* A recording that has a bit of everything, and what either side sent. */
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

#define BOOT                                                                   \
	HEAD "0.0 PIN  PWRKEY low\n0.0 PIN  SUPPLY high\n"                     \
	     "0.5 PIN  PWRKEY high\n1.0 PIN  STATUS low (running)\n"           \
	     "1.0 AT<  \\r\\nRDY\\r\\n\n1.1 PIN  PWRKEY low\n"                 \
	     "1.1 AT>  AT\\r\n1.1 AT<  AT\\r\\r\\nOK\\r\\n\n"                  \
	     "2.0 PIN  STATUS high (off)\n2.0 PIN  SUPPLY low\n"

#endif
