#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/civil.h"
#include "firmware_under_test/core/config.h"
#include "firmware_under_test/core/trace.h"
#include "base/transcript.h"
#include "support/fw_board.h"

static struct reason r;

/* ---- civil ---- */

static const struct {
	const char *text;
	int64_t utc; /* by date -u -d */
} clocks[] = {
	{"\"80/01/06,00:00:00+00\"", 315964800},
	{"\"00/02/29,23:59:59+00\"", 951868799},
	{"17/12/08,00:00:00", 1512691200},
	{"\"17/12/08,09:00:00+36\"", 1512691200},
	{"\"17/12/07,16:00:00-32\"", 1512691200},
	{"\"79/12/31,23:59:59+00\"", 3471292799},
};

START_TEST(modem_clock_becomes_utc)
{
	int64_t utc = 0;

	ck_assert(civil_parse_cclk(clocks[_i].text, &utc));
	ck_assert_int_eq(utc, clocks[_i].utc);
}
END_TEST

static const char *const not_clocks[] = {"", "\"", "17/12/08", "17/13/08,0",
	"17/13/08,00:00:00", "17/12/32,00:00:00", "17/12/08,24:00:00",
	"17/12/08,00:60:00", "7/12/08,00:00:00", "17-12-08,00:00:00",
	"17/12/08,00:00:00+1", "17/12/08,00:00:00+00x"};

START_TEST(text_that_is_no_clock_is_refused)
{
	int64_t utc;

	ck_assert(!civil_parse_cclk(not_clocks[_i], &utc));
}
END_TEST

/* ---- put's checksum: the vectors of real modems, FILE §4.4 ---- */

START_TEST(checksum_is_the_modems)
{
	ck_assert_uint_eq(config_qsum("", 0), 0);
	ck_assert_uint_eq(config_qsum("12345", 5), 0x3706);
	ck_assert_uint_eq(config_qsum("0123456789", 10), 0x3839);
	ck_assert_uint_eq(config_qsum("\xff\xfe", 2), 0xfffe);
	/* A trailing NUL changes nothing at an even length. */
	ck_assert_uint_eq(config_qsum("0123456789", 11), 0x3839);
}
END_TEST

/* ---- settings ---- */

START_TEST(settings_take_what_they_say_and_nothing_else)
{
	static const struct {
		const char *key, *value;
		int rc;
	} rows[] = {
		{"path", "mcu", 0},
		{"path", "MCU", -1},
		{"port", "1", 0},
		{"port", "65535", 0},
		{"port", "0", -1},
		{"port", "65536", -1},
		{"port", "80x", -1},
		{"port", "", -1},
		{"seclevel", "2", 0},
		{"seclevel", "3", -1},
		{"ctx", "5", 0},
		{"ctx", "6", -1},
		{"sni", "on", 0},
		{"sni", "1", -1},
		{"host", "h.example.com", 0},
		{"host", "a\"b", -1},
		{"host", "a b", -1},
		{"host", "a\rb", -1},
		{"host", "a\x80", -1},
		{"pass", "", 0},
		{"nokey", "x", -1},
	};
	struct config c;

	config_init(&c);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		ck_assert_msg(config_set(&c, rows[i].key, rows[i].value, &r) ==
				      rows[i].rc,
			"%s %s", rows[i].key, rows[i].value);
}
END_TEST

START_TEST(text_setting_at_its_limit_fits_and_one_more_does_not)
{
	char text[CONFIG_HOST_MAX + 2];
	struct config c;

	config_init(&c);
	memset(text, 'h', sizeof(text));
	text[CONFIG_HOST_MAX] = '\0';
	ck_assert_int_eq(config_set(&c, "host", text, &r), 0);
	text[CONFIG_HOST_MAX] = 'h';
	text[CONFIG_HOST_MAX + 1] = '\0';
	ck_assert_int_eq(config_set(&c, "host", text, &r), -1);
	ck_assert_uint_eq(strlen(c.host), CONFIG_HOST_MAX);
}
END_TEST

START_TEST(password_is_neither_shown_nor_repeated_in_a_refusal)
{
	struct config c;
	char line[64];

	config_init(&c);
	ck_assert_int_eq(config_set(&c, "pass", "geheim", &r), 0);
	for (size_t i = 0; config_show(&c, i, line, sizeof(line), false); i++)
		ck_assert_ptr_null(strstr(line, "geheim"));
	ck_assert_int_eq(config_set(&c, "pass", "ge\"heim", &r), -1);
	ck_assert_ptr_null(strstr(r.text, "heim"));
}
END_TEST

/* ---- trace ---- */

static char traced[4096];

static void keep(void *arg, const char *text)
{
	size_t n = strlen(traced);

	(void)arg;
	snprintf(traced + n, sizeof(traced) - n, "%s\n", text);
}

static const struct trace trace = {keep, NULL};

START_TEST(trace_lines_are_transcript_records)
{
	traced[0] = '\0';
	trace_write_bytes(&trace, 2, true, (const uint8_t *)"AT\r", 3);
	trace_write_bytes(&trace, 65402, false, (const uint8_t *)"\r\n> ", 4);
	trace_write_bytes(
		&trace, 70000, true, (const uint8_t *)" @{\\\t\x01\xff\0", 8);
	ck_assert_str_eq(traced,
		"   0.002 AT>  AT\\r\n"
		"  65.402 AT<  \\r\\n>\\x20\n"
		"  70.000 AT>  \\x20@\\{\\\\\\t\\x01\\xff\\x00\n");
}
END_TEST

START_TEST(long_run_is_broken_into_records)
{
	uint8_t buf[TRACE_RUN_MAX + 1];

	traced[0] = '\0';
	memset(buf, 0, sizeof(buf));
	trace_write_bytes(&trace, 0, false, buf, sizeof(buf));
	ck_assert_uint_eq(
		strlen(traced), 2 * strlen("   0.000 AT<  \n") + 4 * 201);
}
END_TEST

static struct buf back;

static bool unescape(void *arg, const struct transcript_record *record,
	struct transcript_error *err)
{
	(void)arg;
	ck_assert_int_eq(record->lane, LANE_AT_RX);
	ck_assert_int_eq(record->time_ms, 1234);
	return transcript_unescape(record, &back, err);
}

/* The project's own reader is the judge of what a record is. */
START_TEST(every_byte_survives_the_trace)
{
	static const struct transcript_handler handler = {.record = unescape};
	struct transcript_reader reader;
	struct transcript_error err = {0};
	uint8_t all[512];
	char text[64];

	for (size_t i = 0; i < 256; i++) {
		/* Each value once in the middle and once at both edges. */
		all[2 * i] = (uint8_t)i;
		all[2 * i + 1] = (uint8_t)(255 - i);
	}
	traced[0] = '\0';
	snprintf(text, sizeof(text), "%s\n", TRANSCRIPT_MAGIC);
	transcript_reader_init(&reader, &handler);
	buf_init(&back, 4096);
	ck_assert(transcript_reader_feed(&reader, text, strlen(text), &err));
	for (size_t i = 0; i < 256; i++) {
		traced[0] = '\0';
		trace_write_bytes(&trace, 1234, false, all + 2 * i, 2);
		ck_assert_msg(transcript_reader_feed(
				      &reader, traced, strlen(traced), &err),
			"%s", err.text);
	}
	ck_assert_uint_eq(buf_len(&back), sizeof(all));
	ck_assert_mem_eq(buf_data(&back), all, sizeof(all));
	buf_free(&back);
	transcript_reader_free(&reader);
}
END_TEST

START_TEST(secrets_are_masked)
{
	static const char cmd[] = "AT+QICSGP=1,1,\"apn\",\"user\",\"sora\",3\r";
	static const char commas[] =
		"AT+QICSGP=1,1,\"a,b\",\",u,\",\"s,o\",3\r";
	static const char none[] = "AT+QICSGP=1,1,\"apn\",\"\",\"\",0\r";

	traced[0] = '\0';
	trace_write_bytes(
		&trace, 0, true, (const uint8_t *)cmd, sizeof(cmd) - 1);
	trace_write_bytes(
		&trace, 0, true, (const uint8_t *)commas, sizeof(commas) - 1);
	trace_write_bytes(
		&trace, 0, true, (const uint8_t *)none, sizeof(none) - 1);
	trace_write_key(&trace, 0, 1675, 0x2d13);
	ck_assert_str_eq(traced,
		"   0.000 AT>  AT+QICSGP=1,1,\"apn\",\"user\","
		"\"@masked{kind=password,len=4}\",3\\r\n"
		"   0.000 AT>  AT+QICSGP=1,1,\"a,b\",\",u,\","
		"\"@masked{kind=password,len=3}\",3\\r\n"
		"   0.000 AT>  AT+QICSGP=1,1,\"apn\",\"\",\"\",0\\r\n"
		"   0.000 AT>  @masked kind=key len=1675 qsum=2d13\n");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("text");

	tcase_add_loop_test(tc, modem_clock_becomes_utc, 0,
		(int)(sizeof(clocks) / sizeof(*clocks)));
	tcase_add_loop_test(tc, text_that_is_no_clock_is_refused, 0,
		(int)(sizeof(not_clocks) / sizeof(*not_clocks)));
	tcase_add_test(tc, checksum_is_the_modems);
	tcase_add_test(tc, settings_take_what_they_say_and_nothing_else);
	tcase_add_test(
		tc, text_setting_at_its_limit_fits_and_one_more_does_not);
	tcase_add_test(tc, password_is_neither_shown_nor_repeated_in_a_refusal);
	tcase_add_test(tc, trace_lines_are_transcript_records);
	tcase_add_test(tc, long_run_is_broken_into_records);
	tcase_add_test(tc, every_byte_survives_the_trace);
	tcase_add_test(tc, secrets_are_masked);
	return fw_run("fw text", tc);
}
