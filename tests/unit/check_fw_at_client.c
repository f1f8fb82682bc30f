#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/at_client.h"
#include "firmware_under_test/core/ring.h"
#include "support/fw_board.h"

static struct fw_board f;
static struct at_client at;
static struct reason r;
static char seen[256];

static void start(const struct fw_turn *script, size_t n)
{
	fw_board_init(&f, script, n);
	at_init(&at, &f.board);
	seen[0] = '\0';
}

#define START(script) start(script, sizeof(script) / sizeof(*(script)))

static void on_urc(void *arg, const char *line)
{
	size_t n = strlen(seen);

	(void)arg;
	snprintf(seen + n, sizeof(seen) - n, "%s|", line);
}

START_TEST(ring_gives_back_what_it_took_across_its_end)
{
	uint8_t mem[4], out[4];
	struct ring ring;
	size_t len;

	ring_init(&ring, mem, sizeof(mem));
	for (int round = 0; round < 9; round++) {
		for (int i = 0; i < 3; i++) {
			*ring_space(&ring, &len) = (uint8_t)('a' + i);
			ck_assert_uint_gt(len, 0);
			ring_commit(&ring, 1);
		}
		ck_assert_uint_eq(ring_used(&ring), 3);
		ck_assert_uint_eq(ring_read(&ring, out, 4), 3);
		ck_assert_mem_eq(out, "abc", 3);
		ck_assert_int_eq(ring_get(&ring), -1);
	}
	for (int i = 0; i < 4; i++) {
		ring_space(&ring, &len);
		ring_commit(&ring, 1);
	}
	ring_space(&ring, &len);
	ck_assert_uint_eq(len, 0);
}
END_TEST

/* Each split size: the whole stream, byte by byte, two by two, … */
START_TEST(answer_is_found_between_echo_and_urcs_at_every_split)
{
	static const struct fw_turn script[] = {
		{"AT+CSQ\r",
			"AT+CSQ\r\r\n+QIURC: \"recv\",0\r\n\r\n+CSQ: 30,99\r\n"
			"\r\nOK\r\n",
			0, 0, 3},
	};
	struct at_urc urc = {"+QIURC: ", on_urc, NULL, NULL};
	char value[16];

	START(script);
	f.chunk = (size_t)_i;
	at_listen(&at, &urc);
	ck_assert_int_eq(at_query(&at, &r, "modem", 500, "AT+CSQ",
				 "+CSQ: ", value, sizeof(value)),
		0);
	ck_assert_str_eq(value, "30,99");
	ck_assert_str_eq(seen, "+QIURC: \"recv\",0|");
	fw_board_done(&f);
}
END_TEST

START_TEST(bare_line_answers_are_read_past_the_echo)
{
	static const struct fw_turn script[] = {
		{"AT+CGMM\r", "AT+CGMM\r\r\nEC21\r\n\r\nOK\r\n", 0, 0, 0},
	};
	char value[16];

	START(script);
	f.chunk = (size_t)_i;
	ck_assert_int_eq(at_query(&at, &r, "modem", 500, "AT+CGMM", "", value,
				 sizeof(value)),
		0);
	ck_assert_str_eq(value, "EC21");
}
END_TEST

START_TEST(bare_line_answer_is_neither_an_error_nor_a_urc)
{
	static const struct fw_turn script[] = {
		{"AT+CSQ\r", "AT+CSQ\r\r\nERROR\r\n", 0, 0, 0},
		{"AT+CSQ\r", "\r\n+CME ERROR: 14\r\n", 0, 0, 0},
		{"AT+CGMM\r",
			"AT+CGMM\r\r\n+QIURC: \"recv\",0\r\n\r\nEC21\r\n"
			"\r\nOK\r\n",
			0, 0, 0},
	};
	struct at_urc urc = {"+QIURC: ", on_urc, NULL, NULL};
	char value[16];

	START(script);
	at_listen(&at, &urc);
	ck_assert_int_eq(at_query(&at, &r, "modem", 500, "AT+CSQ", "", value,
				 sizeof(value)),
		-1);
	ck_assert_str_eq(r.text, "AT+CSQ: the modem said ERROR");
	ck_assert_int_eq(at_query(&at, &r, "modem", 500, "AT+CSQ", "", value,
				 sizeof(value)),
		-1);
	ck_assert_str_eq(
		r.text, "AT+CSQ: the modem said +CME ERROR: 14 (SIM busy)");
	ck_assert_int_eq(at_query(&at, &r, "modem", 500, "AT+CGMM", "", value,
				 sizeof(value)),
		0);
	ck_assert_str_eq(value, "EC21");
	ck_assert_str_eq(seen, "+QIURC: \"recv\",0|");
	ck_assert_uint_eq(f.ms, 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(payload_after_a_prompt_keeps_every_byte_at_every_split)
{
	static const char data[] = "\r\nOK\r\n> \0\x1a";
	static const struct fw_turn script[] = {
		{"AT+QISEND=0,3\r", "\r\n> ", 0, 0, 1},
		{"abc", "\r\nSEND OK\r\n", 0, 0, 1},
		{"AT+QIRD=0,1500\r",
			"\r\n+QIRD: 10\r\n\r\nOK\r\n> \0\x1a\r\n\r\nOK\r\n", 0,
			31, 1},
	};
	uint8_t buf[10];

	START(script);
	f.chunk = (size_t)_i;
	at_send(&at, "AT+QISEND=%d,%d", 0, 3);
	ck_assert_int_eq(at_expect(&at, &r, "tcp", "> ", 500), 0);
	at_send_data(&at, (const uint8_t *)"abc", 3, false);
	ck_assert_int_eq(at_expect(&at, &r, "tcp", "SEND OK", 500), 0);
	at_send(&at, "AT+QIRD=0,1500");
	ck_assert_int_eq(at_expect(&at, &r, "tcp", "+QIRD: *", 500), 0);
	ck_assert_str_eq(at.arg, "10");
	ck_assert_int_eq(at_read(&at, buf, sizeof(buf), 500), 0);
	ck_assert_mem_eq(buf, data, sizeof(buf));
	ck_assert_int_eq(at_expect(&at, &r, "tcp", "OK", 500), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(cme_error_is_explained)
{
	static const struct fw_turn script[] = {
		{"AT+CPIN?\r", "\r\n+CME ERROR: 10\r\n", 0, 0, 0},
	};

	START(script);
	ck_assert_int_eq(at_command(&at, &r, "sim", 500, "AT+CPIN?"), -1);
	ck_assert_str_eq(r.code, "sim");
	ck_assert_str_eq(r.text,
		"AT+CPIN: the modem said +CME ERROR: 10 (SIM not inserted)");
}
END_TEST

START_TEST(arguments_of_a_failed_command_are_not_in_the_reason)
{
	static const struct fw_turn script[] = {
		{"AT+QICSGP=1,1,\"a\",\"u\",\"secret\",3\r", "\r\nERROR\r\n", 0,
			0, 0},
	};

	START(script);
	ck_assert_int_eq(
		at_command(&at, &r, "network", 500,
			"AT+QICSGP=1,1,\"a\",\"u\",\"%s\",3", "secret"),
		-1);
	ck_assert_str_eq(r.text, "AT+QICSGP: the modem said ERROR");
}
END_TEST

START_TEST(silence_ends_at_the_time_limit)
{
	static const struct fw_turn script[] = {{"AT\r", NULL, 0, 0, 0}};

	START(script);
	ck_assert_int_eq(at_command(&at, &r, "modem", 500, "AT"), -1);
	ck_assert_uint_eq(f.ms, 500);
	ck_assert_str_eq(r.text, "AT: no 'OK' within 500 ms");
}
END_TEST

START_TEST(late_answer_does_not_pass_for_the_next_one)
{
	static const struct fw_turn script[] = {
		{"AT+A\r", "\r\nOK\r\n", 0, 0, 600},
		{"AT+B\r", "\r\nERROR\r\n", 0, 0, 10},
	};

	START(script);
	ck_assert_int_eq(at_command(&at, &r, "modem", 500, "AT+A"), -1);
	ck_assert_int_eq(at_command(&at, &r, "modem", 500, "AT+B"), -1);
	ck_assert_str_eq(r.text, "AT+B: the modem said ERROR");
	fw_board_done(&f);
}
END_TEST

START_TEST(late_payload_does_not_pass_for_the_next_answer)
{
	static const struct fw_turn script[] = {
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 4\r\nab", 0, 0, 0},
		{"AT+B\r", "\r\nERROR\r\n", 0, 0, 10},
	};
	static const char rest[] = "cd\r\n\r\nOK\r\n";
	uint8_t buf[4];

	START(script);
	at_send(&at, "AT+QIRD=0,1500");
	ck_assert_int_eq(at_expect(&at, &r, "tcp", "+QIRD: *", 500), 0);
	ck_assert_int_eq(at_read(&at, buf, sizeof(buf), 500), AT_FAIL_TIMEOUT);
	memcpy(f.out + f.out_len, rest, sizeof(rest) - 1);
	f.out_len += sizeof(rest) - 1;
	f.ready_ms = f.ms + 100;
	ck_assert_int_eq(at_command(&at, &r, "modem", 500, "AT+B"), -1);
	ck_assert_str_eq(r.text, "AT+B: the modem said ERROR");
	fw_board_done(&f);
}
END_TEST

START_TEST(lost_line_is_reported_at_once)
{
	static const struct fw_turn script[] = {{"AT\r", NULL, 0, 0, 0}};

	START(script);
	f.gone = true;
	ck_assert_int_eq(at_command(&at, &r, "network", 60000, "AT"), -1);
	ck_assert_uint_eq(f.ms, 0);
	ck_assert_str_eq(r.text, "AT: the modem's serial line is gone");
}
END_TEST

START_TEST(line_longer_than_the_buffer_is_cut_not_overrun)
{
	static char big[AT_LINE_MAX + 600];
	struct fw_turn script[] = {{"AT\r", big, 0, 0, 0}};

	memset(big, 'x', sizeof(big) - 1);
	memcpy(big + sizeof(big) - 9, "\r\nOK\r\n", 7);
	START(script);
	ck_assert_int_eq(at_command(&at, &r, "modem", 500, "AT"), 0);
}
END_TEST

START_TEST(command_that_does_not_fit_is_refused_before_sending)
{
	static char name[AT_CMD_MAX + 1];

	memset(name, 'n', sizeof(name) - 1);
	start(NULL, 0);
	ck_assert_int_eq(
		at_command(&at, &r, "tcp", 500, "AT+QIOPEN=\"%s\"", name), -1);
	ck_assert_str_eq(r.text, "AT+QIOPEN: command longer than 510 bytes");
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("at_client");

	tcase_add_test(tc, ring_gives_back_what_it_took_across_its_end);
	tcase_add_loop_test(tc,
		answer_is_found_between_echo_and_urcs_at_every_split, 0, 60);
	tcase_add_loop_test(
		tc, bare_line_answers_are_read_past_the_echo, 0, 26);
	tcase_add_test(tc, bare_line_answer_is_neither_an_error_nor_a_urc);
	tcase_add_loop_test(tc,
		payload_after_a_prompt_keeps_every_byte_at_every_split, 0, 36);
	tcase_add_test(tc, cme_error_is_explained);
	tcase_add_test(tc, arguments_of_a_failed_command_are_not_in_the_reason);
	tcase_add_test(tc, silence_ends_at_the_time_limit);
	tcase_add_test(tc, late_answer_does_not_pass_for_the_next_one);
	tcase_add_test(tc, late_payload_does_not_pass_for_the_next_answer);
	tcase_add_test(tc, lost_line_is_reported_at_once);
	tcase_add_test(tc, line_longer_than_the_buffer_is_cut_not_overrun);
	tcase_add_test(tc, command_that_does_not_fit_is_refused_before_sending);
	return fw_run("fw at_client", tc);
}
