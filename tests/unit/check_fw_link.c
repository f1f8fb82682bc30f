#include <check.h>
#include <stdlib.h>

#include "firmware_under_test/core/at_client.h"
#include "firmware_under_test/core/config.h"
#include "firmware_under_test/core/link.h"
#include "firmware_under_test/core/stream.h"
#include "firmware_under_test/core/tls_modem.h"
#include "support/fw_board.h"

static struct fw_board f;
static struct at_client at;
static struct link l;
static struct reason r;

#define OPEN "AT+QIOPEN=1,0,\"TCP\",\"h.example.com\",80,0,0"

#define OPENED                                                                 \
	{                                                                      \
		OPEN "\r", "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n", 0, 0, 5           \
	}

static void start(const struct fw_turn *script, size_t n)
{
	fw_board_init(&f, script, n);
	at_init(&at, &f.board);
	link_init(&l, &at, &link_tcp, 0);
}

#define START(script) start(script, sizeof(script) / sizeof(*(script)))

START_TEST(data_is_reassembled_at_every_split)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n\r\nOK\r\n", 0, 0, 1},
		{NULL, "\r\n+QIURC: \"recv\",0\r\n", 0, 0, 50},
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 6\r\na\r\nOK\n\r\n\r\nOK\r\n",
			0, 0, 1},
		{"AT+QIRD=0,1500\r",
			"\r\n+QIRD: 3\r\nxyz\r\n\r\nOK\r\n"
			"\r\n+QIURC: \"closed\",0\r\n",
			0, 0, 1},
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n\r\nOK\r\n", 0, 0, 1},
	};
	uint8_t buf[16];
	size_t got = 0;
	int n;

	START(script);
	f.chunk = (size_t)_i;
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	/* Four bytes at a time: less than the modem has. */
	while ((n = link_recv(&l, buf + got, 4, 5000, &r)) > 0)
		got += (size_t)n;
	ck_assert_int_eq(n, 0);
	ck_assert_uint_eq(got, 9);
	ck_assert_mem_eq(buf, "a\r\nOK\nxyz", 9);
	fw_board_done(&f);
}
END_TEST

START_TEST(data_behind_a_lost_urc_is_found_within_a_second)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n\r\nOK\r\n", 0, 0, 1},
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 1\r\nx\r\n\r\nOK\r\n", 0, 0,
			1},
	};
	uint8_t c;

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_recv(&l, &c, 1, 5000, &r), 1);
	ck_assert_uint_le(f.ms, 1200);
}
END_TEST

START_TEST(silence_of_the_peer_ends_at_the_time_limit)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 0\r\n\r\nOK\r\n", 0, 0, 0},
	};
	uint8_t c;

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_recv(&l, &c, 1, 800, &r), STREAM_TIMEOUT);
	ck_assert_str_eq(r.text, "nothing received within 800 ms");
}
END_TEST

START_TEST(more_bytes_than_asked_for_are_refused)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QIRD=0,1500\r", "\r\n+QIRD: 1501\r\n", 0, 0, 0},
	};
	uint8_t c;

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_recv(&l, &c, 1, 800, &r), -1);
	ck_assert_str_eq(r.text,
		"AT+QIRD: asked for 1500 bytes, the modem announced 1501");
}
END_TEST

START_TEST(long_data_goes_out_in_pieces_of_1460)
{
	static char data[3001], second[1461], third[81];
	struct fw_turn script[] = {
		OPENED,
		{"AT+QISEND=0,1460\r", "\r\n> ", 0, 0, 1},
		{data, "\r\nSEND OK\r\n", 1460, 0, 1},
		{"AT+QISEND=0,1460\r", "\r\n> ", 0, 0, 1},
		{second, "\r\nSEND OK\r\n", 0, 0, 1},
		{"AT+QISEND=0,80\r", "\r\n> ", 0, 0, 1},
		{third, "\r\nSEND OK\r\n", 0, 0, 1},
	};

	for (int i = 0; i < 3000; i++)
		data[i] = (char)('a' + i % 23);
	memcpy(second, data + 1460, 1460);
	memcpy(third, data + 2920, 80);
	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_send(&l, (uint8_t *)data, 3000, &r), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(full_send_buffer_is_tried_again)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QISEND=0,2\r", "\r\n> ", 0, 0, 1},
		{"hi", "\r\nSEND FAIL\r\n", 0, 0, 1},
		{"AT+QISEND=0,2\r", "\r\n> ", 0, 0, 1},
		{"hi", "\r\nSEND OK\r\n", 0, 0, 1},
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"hi", 2, &r), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(send_after_the_peer_closed_says_so)
{
	static const struct fw_turn script[] = {
		OPENED,
		{NULL, "\r\n+QIURC: \"closed\",0\r\n", 0, 0, 0},
		{"AT+QISEND=0,2\r", "\r\nERROR\r\n", 0, 0, 1},
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"hi", 2, &r), -1);
	ck_assert(l.closed);
	ck_assert_str_eq(r.text, "AT+QISEND: the modem said ERROR: the socket "
				 "was closed, by the peer or with the network");
}
END_TEST

/* Else the modem would take the next commands for the data. */
START_TEST(lost_prompt_or_data_leaves_a_modem_that_listens)
{
	static const struct fw_turn prompt[] = {
		OPENED,
		{"AT+QISEND=0,2\r", NULL, 0, 0, 0},
		{"\r\r\r", "\r\nSEND OK\r\n", 0, 0, 20},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
	};
	static const struct fw_turn data[] = {
		OPENED,
		{"AT+QISEND=0,2\r", "\r\n> ", 0, 0, 1},
		{"hi", NULL, 0, 0, 0},
		{"\r\r\r", "\r\nSEND OK\r\n", 0, 0, 20},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
	};
	uint8_t c;

	if (_i == 0)
		START(prompt);
	else
		START(data);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"hi", 2, &r), -1);
	ck_assert_str_eq(r.text,
		_i == 0 ? "AT+QISEND: no '> ' within 5000 ms"
			: "AT+QISEND: no SEND OK after 2 bytes of data");
	ck_assert(!l.open);
	/* What is behind the gap is none of the peer's. */
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"ho", 2, &r), -1);
	ck_assert_str_eq(r.text, "the connection is closed");
	ck_assert_int_eq(link_recv(&l, &c, 1, 800, &r), -1);
	fw_board_done(&f);
}
END_TEST

/* A modem that refuses waits for nothing. */
START_TEST(refused_send_is_not_filled_up)
{
	static const struct fw_turn script[] = {
		OPENED,
		{"AT+QISEND=0,2\r", "\r\n> ", 0, 0, 1},
		{"hi", "\r\nERROR\r\n", 0, 0, 1},
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"hi", 2, &r), -1);
	ck_assert(l.open);
	fw_board_done(&f);
}
END_TEST

/* The modem has one line for all sockets, also for those with TLS in it. */
START_TEST(context_that_is_gone_closes_tls_in_the_modem)
{
	static const struct fw_turn script[] = {
		{"AT+QSSLOPEN=1\r", "\r\nOK\r\n\r\n+QSSLOPEN: 1,0\r\n", 0, 0,
			5},
		{NULL, "\r\n+QIURC: \"pdpdeact\",2\r\n", 0, 0, 0},
		{"AT+QSSLSEND=1,1\r", "\r\n> ", 0, 0, 1},
		{"x", "\r\nSEND OK\r\n", 0, 0, 1},
		{NULL, "\r\n+QIURC: \"pdpdeact\",1\r\n", 0, 0, 0},
		{"AT+QSSLSEND=1,1\r", "\r\nERROR\r\n", 0, 0, 1},
	};

	fw_board_init(&f, script, sizeof(script) / sizeof(*script));
	at_init(&at, &f.board);
	link_init(&l, &at, &link_ssl, 1);
	ck_assert_int_eq(link_open(&l, "AT+QSSLOPEN=1", &r), 0);
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"x", 1, &r), 0);
	ck_assert(!l.closed);
	ck_assert_int_eq(link_send(&l, (const uint8_t *)"x", 1, &r), -1);
	ck_assert(l.closed);
	ck_assert_str_eq(r.code, "tls_modem");
	ck_assert_ptr_nonnull(strstr(r.text, "the socket was closed"));
	fw_board_done(&f);
}
END_TEST

/* Cut off is not ended, whether the read of a dead socket fails or is empty. */
START_TEST(network_that_goes_is_no_close_by_the_peer)
{
	static const char *const reads[] = {
		"\r\nERROR\r\n", "\r\n+QIRD: 0\r\n\r\nOK\r\n"};
	const struct fw_turn script[] = {
		OPENED,
		{"AT+QIRD=0,1500\r",
			"\r\n+QIRD: 1\r\nx\r\n\r\nOK\r\n"
			"\r\n+QIURC: \"pdpdeact\",1\r\n"
			"\r\n+QIURC: \"closed\",0\r\n",
			0, 0, 1},
		{"AT+QIRD=0,1500\r", reads[_i], 0, 0, 1},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
		OPENED,
		{NULL, "\r\n+QIURC: \"closed\",0\r\n", 0, 0, 1},
		{"AT+QIRD=0,1500\r", reads[_i], 0, 0, 1},
	};
	uint8_t c;

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_recv(&l, &c, 1, 5000, &r), 1);
	ck_assert_int_eq(link_recv(&l, &c, 1, 5000, &r), -1);
	ck_assert_str_eq(r.code, "network");
	ck_assert_str_eq(r.text, "the network dropped the connection");
	link_close(&l);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert_int_eq(link_recv(&l, &c, 1, 5000, &r), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(close_of_another_socket_is_not_ours)
{
	static const struct fw_turn script[] = {
		OPENED,
		{NULL, "\r\n+QIURC: \"closed\",1\r\n", 0, 0, 0},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	at_poll(&at, 10);
	ck_assert(!l.closed);
	link_close(&l);
	link_close(&l);
	fw_board_done(&f);
}
END_TEST

START_TEST(taken_id_is_closed_and_opened_again)
{
	static const struct fw_turn script[] = {
		{OPEN "\r", "\r\nOK\r\n\r\n+QIOPEN: 0,563\r\n", 0, 0, 5},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
		OPENED,
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), 0);
	ck_assert(l.open);
	fw_board_done(&f);
}
END_TEST

START_TEST(failed_open_gives_the_number_and_its_meaning)
{
	static const struct fw_turn script[] = {
		{OPEN "\r", "\r\nOK\r\n\r\n+QIOPEN: 0,565\r\n", 0, 0, 5},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), -1);
	ck_assert_str_eq(r.text,
		"AT+QIOPEN: the modem said +QIOPEN: 0,565 (DNS parse failed)");
	ck_assert(!l.open);
	fw_board_done(&f);
}
END_TEST

START_TEST(refused_open_asks_the_modem_for_its_reason)
{
	static const struct fw_turn script[] = {
		{OPEN "\r", "\r\nERROR\r\n", 0, 0, 5},
		{"AT+QIGETERROR\r",
			"\r\n+QIGETERROR: 552,invalid parameters\r\n"
			"\r\nOK\r\n",
			0, 0, 5},
		{"AT+QICLOSE=0\r", "\r\nOK\r\n", 0, 0, 1},
	};

	START(script);
	ck_assert_int_eq(link_open(&l, OPEN, &r), -1);
	ck_assert_str_eq(r.text, "AT+QIOPEN: the modem said ERROR; QIGETERROR: "
				 "552,invalid parameters");
}
END_TEST

static struct config conf;

/* seclevel 1: only the CA goes up. */
static void config_with_ca(void)
{
	config_init(&conf);
	conf.seclevel = 1;
	conf.pem[CONFIG_PEM_CA].len = 5;
	memcpy(conf.pem[CONFIG_PEM_CA].data, "12345", 6);
}

#define UPLOAD(answer)                                                         \
	{"AT+QFDEL=\"RAM:CA.pem\"\r", "\r\n+CME ERROR: 418\r\n", 0, 0, 1},     \
		{"AT+QFUPL=\"RAM:CA.pem\",5,10\r", "\r\nCONNECT\r\n", 0, 0,    \
			1},                                                    \
	{                                                                      \
		"12345", answer, 0, 0, 1                                       \
	}
#define SET(text)                                                              \
	{                                                                      \
		"AT+QSSLCFG=" text "\r", "\r\nOK\r\n", 0, 0, 1                 \
	}

START_TEST(modem_tls_uploads_sets_up_and_opens_without_sni_where_there_is_none)
{
	static const struct fw_turn script[] = {
		UPLOAD("+QFUPL: 5,3706\r\n\r\nOK\r\n"),
		SET("\"sslversion\",2,3"),
		SET("\"ciphersuite\",2,0XFFFF"),
		SET("\"cacert\",2,\"RAM:CA.pem\""),
		SET("\"seclevel\",2,1"),
		SET("\"ignorelocaltime\",2,0"),
		{"AT+QSSLCFG=\"sni\",2,1\r", "\r\nERROR\r\n", 0, 0, 1},
		{"AT+QSSLOPEN=1,2,1,\"data.iot.ap-northeast-1.amazonaws.com\","
		 "8443,0\r",
			"\r\nOK\r\n\r\n+QSSLOPEN: 1,0\r\n", 0, 0, 9},
	};
	struct tls_request q = {&conf, 0, "now"};
	struct link ssl;

	START(script);
	f.chunk = (size_t)_i;
	config_with_ca();
	link_init(&ssl, &at, &link_ssl, 1);
	ck_assert_int_eq(tls_modem_open(&ssl, &q, NULL, &r), 0);
	fw_board_done(&f);
}
END_TEST

START_TEST(damaged_upload_is_found_by_its_checksum)
{
	static const struct fw_turn script[] = {
		UPLOAD("+QFUPL: 5,3707\r\n\r\nOK\r\n"),
	};
	struct tls_request q = {&conf, 0, "now"};
	struct link ssl;

	START(script);
	f.chunk = (size_t)_i;
	config_with_ca();
	link_init(&ssl, &at, &link_ssl, 1);
	ck_assert_int_eq(tls_modem_open(&ssl, &q, NULL, &r), -1);
	ck_assert_str_eq(r.code, "file");
	ck_assert_str_eq(r.text,
		"upload of RAM:CA.pem damaged: sent 5 bytes with checksum "
		"3706, the modem said +QFUPL: 5,3707");
}
END_TEST

START_TEST(file_system_still_loading_is_waited_for)
{
	static const struct fw_turn script[] = {
		{"AT+QFDEL=\"RAM:CA.pem\"\r", "\r\n+CME ERROR: 419\r\n", 0, 0,
			1},
		{"AT+QFUPL=\"RAM:CA.pem\",5,10\r", "\r\n+CME ERROR: 419\r\n", 0,
			0, 1},
		UPLOAD("\r\n+CME ERROR: 421\r\n"),
	};
	struct tls_request q = {&conf, 0, "now"};
	struct link ssl;

	START(script);
	config_with_ca();
	link_init(&ssl, &at, &link_ssl, 1);
	ck_assert_int_eq(tls_modem_open(&ssl, &q, NULL, &r), -1);
	ck_assert_str_eq(
		r.text, "AT+QFUPL: the modem said +CME ERROR: 421 (time-out)");
	fw_board_done(&f);
}
END_TEST

int main(void)
{
	TCase *tc = tcase_create("link");

	tcase_add_loop_test(tc, data_is_reassembled_at_every_split, 0, 50);
	tcase_add_test(tc, data_behind_a_lost_urc_is_found_within_a_second);
	tcase_add_test(tc, silence_of_the_peer_ends_at_the_time_limit);
	tcase_add_test(tc, more_bytes_than_asked_for_are_refused);
	tcase_add_test(tc, long_data_goes_out_in_pieces_of_1460);
	tcase_add_test(tc, full_send_buffer_is_tried_again);
	tcase_add_test(tc, send_after_the_peer_closed_says_so);
	tcase_add_loop_test(
		tc, lost_prompt_or_data_leaves_a_modem_that_listens, 0, 2);
	tcase_add_test(tc, refused_send_is_not_filled_up);
	tcase_add_loop_test(
		tc, network_that_goes_is_no_close_by_the_peer, 0, 2);
	tcase_add_test(tc, close_of_another_socket_is_not_ours);
	tcase_add_test(tc, context_that_is_gone_closes_tls_in_the_modem);
	tcase_add_test(tc, taken_id_is_closed_and_opened_again);
	tcase_add_test(tc, failed_open_gives_the_number_and_its_meaning);
	tcase_add_test(tc, refused_open_asks_the_modem_for_its_reason);
	tcase_add_loop_test(tc,
		modem_tls_uploads_sets_up_and_opens_without_sni_where_there_is_none,
		0, 28);
	tcase_add_loop_test(tc, damaged_upload_is_found_by_its_checksum, 0, 25);
	tcase_add_test(tc, file_system_still_loading_is_waited_for);
	return fw_run("fw link", tc);
}
