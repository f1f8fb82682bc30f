#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/at_client.h"
#include "firmware_under_test/core/link.h"
#include "firmware_under_test/core/tls_wire.h"
#include "support/fw_board.h"

static struct fw_board f;
static struct at_client at;
static struct link l;
static struct tls_wire w;
static struct reason r;

#define OPEN "AT+QIOPEN=1,0,\"TCP\",\"h.example.com\",80,0,0"
#define OPENED                                                                 \
	{                                                                      \
		OPEN "\r", "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n", 0, 0, 5           \
	}
#define READ(answer, after)                                                    \
	{                                                                      \
		"AT+QIRD=0,1500\r", "\r\n+QIRD: " answer "\r\n\r\nOK\r\n", 0,  \
			0, after                                               \
	}

static void start(const struct fw_turn *script, size_t n)
{
	fw_board_init(&f, script, n);
	at_init(&at, &f.board);
	link_init(&l, &at, &link_tcp, 0);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	tls_wire_init(&w, &l);
}

#define START(script) start(script, sizeof(script) / sizeof(*(script)))

/* A byte each three seconds resets no clock. */
START_TEST(all_reads_together_have_one_time_limit)
{
	static const struct fw_turn script[] = {
		OPENED,
		READ("1\r\na", 3000),
		READ("1\r\nb", 3000),
		READ("1\r\nc", 3000),
		READ("1\r\nd", 3000),
		READ("1\r\ne", 3000),
	};
	uint8_t c;
	int n = 0;

	START(script);
	tls_wire_limit(&w, 10000);
	while (tls_wire_recv(&w, &c, 1) == 1)
		n++;
	ck_assert_int_eq(n, 4);
	ck_assert(w.timed_out);
	ck_assert_str_eq(w.why.code, "tcp");
	ck_assert_str_eq(w.why.text, "not done within 10000 ms");
	/* What is next has a time of its own. */
	tls_wire_limit(&w, 10000);
	ck_assert_int_eq(tls_wire_recv(&w, &c, 1), 1);
	ck_assert_int_eq(c, 'e');
	fw_board_done(&f);
}
END_TEST

/* Without time what is there is taken all the same, and the modem asked once.
 */
START_TEST(no_time_takes_what_is_there)
{
	static const struct fw_turn script[] = {
		OPENED,
		READ("3\r\nabc", 5),
	};
	uint8_t c;

	START(script);
	tls_wire_limit(&w, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(tls_wire_recv(&w, &c, 1), 1);
	ck_assert_int_eq(tls_wire_recv(&w, &c, 1), -1);
	ck_assert(w.timed_out);
	fw_board_done(&f);
}
END_TEST

START_TEST(end_is_told_from_silence)
{
	static const struct fw_turn script[] = {
		OPENED,
		READ("0", 5),
		{NULL, "\r\n+QIURC: \"closed\",0\r\n", 0, 0, 50},
		READ("0", 5),
	};
	uint8_t c;

	START(script);
	tls_wire_limit(&w, 10000);
	ck_assert_int_eq(tls_wire_recv(&w, &c, 1), 0);
	ck_assert(w.ended);
	ck_assert(!w.timed_out);
	fw_board_done(&f);
}
END_TEST

/* The alert is read; then the lost send is the reason, not the end. */
START_TEST(lost_send_leaves_two_seconds_for_the_alert)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QISEND=0,1\r", "\r\nERROR\r\n", 0, 0, 1},
		READ("1\r\na", 1500),
		READ("1\r\nb", 1500),
	};
	uint8_t c;

	START(script);
	tls_wire_limit(&w, 100000);
	tls_wire_send(&w, (const uint8_t *)"x", 1);
	ck_assert(w.send_lost);
	tls_wire_send(&w, (const uint8_t *)"y", 1);
	ck_assert_int_eq(tls_wire_recv(&w, &c, 1), 1);
	ck_assert_int_eq(tls_wire_recv(&w, &c, 1), 1);
	ck_assert_int_eq(tls_wire_recv(&w, &c, 1), -1);
	ck_assert(!w.timed_out);
	ck_assert_str_eq(w.why.text, "AT+QISEND: the modem said ERROR");
	fw_board_done(&f);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("tls_wire");

	tcase_add_test(tc, all_reads_together_have_one_time_limit);
	tcase_add_test(tc, no_time_takes_what_is_there);
	tcase_add_test(tc, end_is_told_from_silence);
	tcase_add_test(tc, lost_send_leaves_two_seconds_for_the_alert);
	return fw_run("fw tls_wire", tc);
}
