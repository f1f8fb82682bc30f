#include <check.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "at/at.h"
#include "svc/pdpctx.h"
#include "svc/sock.h"
#include "tests/unit/support/cmd_checks.h"

/* The bytes of the SSL family; TLS itself is played by fake_sslctx. */

#define OPEN "AT+QSSLOPEN=1,2,4,\"host.example\",8443"

static struct fake_stream *last_stream(void)
{
	return r.ctx.ssl->net.streams;
}

/* Client 4 on context 2, connected. */
static struct fake_stream *open_client(void)
{
	check_answer(OPEN, OK);
	fake_stream_connect(last_stream());
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLOPEN: 4,0\r\n");
	return last_stream();
}

/* --- configuration -------------------------------------------------------- */

static const struct {
	const char *key, *def, *set, *got;
} values[] = {
	{"sslversion", "4", "3", "3"},
	{"ciphersuite", "0XFFFF", "0x0005", "0X0005"},
	{"ciphersuite", "0XFFFF", "0XC02f", "0XC02F"},
	{"ciphersuite", "0XFFFF", "0xffff", "0XFFFF"},
	{"cacert", "\"\"", "\"RAM:CA.pem\"", "\"RAM:CA.pem\""},
	{"clientcert", "\"\"", "\"UFS:cert.pem\"", "\"UFS:cert.pem\""},
	{"clientkey", "\"\"", "\"pkey.pem\"", "\"pkey.pem\""},
	{"clientkey", "\"\"", "\"pkey.pem\",\"secret\"", "\"pkey.pem\""},
	{"seclevel", "0", "2", "2"},
	{"ignorelocaltime", "1", "0", "0"},
	{"negotiatetime", "300", "10", "10"},
	{"sni", "0", "1", "1"},
	{"cacertex", "\"\"", "\"more.pem\"", "\"more.pem\""},
	{"psk", "\"\"", "\"id\",\"00ff\"", "\"id\""},
	{"dtls", "0", "1", "1"},
	{"dtlsversion", "0", "1", "1"},
	{"closetimemode", "0", "1", "1"},
	{"session_cache", "0", "1", "1"},
	{"alpn", "\"\"", "\"x-amzn-mqtt-ca\"", "\"x-amzn-mqtt-ca\""},
	{"renegotiation", "0", "1", "1"},
	{"ignoremulticertchainverify", "0", "1", "1"},
	{"ignoreinvalidcertsign", "0", "1", "1"},
};

START_TEST(a_value_is_read_back_as_it_was_set)
{
	char line[128], want[128];

	snprintf(line, sizeof(line), "AT+QSSLCFG=\"%s\",2", values[_i].key);
	snprintf(want, sizeof(want), "\r\n+QSSLCFG: \"%s\",2,%s\r\n" OK,
		values[_i].key, values[_i].def);
	check_answer(line, want);
	snprintf(line, sizeof(line), "AT+QSSLCFG=\"%s\",2,%s", values[_i].key,
		values[_i].set);
	check_answer(line, OK);
	snprintf(line, sizeof(line), "AT+QSSLCFG=\"%s\",2", values[_i].key);
	snprintf(want, sizeof(want), "\r\n+QSSLCFG: \"%s\",2,%s\r\n" OK,
		values[_i].key, values[_i].got);
	check_answer(line, want);
	/* Other contexts keep theirs. */
	snprintf(line, sizeof(line), "AT+QSSLCFG=\"%s\",3", values[_i].key);
	snprintf(want, sizeof(want), "\r\n+QSSLCFG: \"%s\",3,%s\r\n" OK,
		values[_i].key, values[_i].def);
	check_answer(line, want);
}
END_TEST

START_TEST(set_values_reach_the_context)
{
	const struct sslctx_conf *conf = sslctx_conf(r.ctx.ssl, 5);

	check_answer("AT+QSSLCFG=\"sslversion\",5,1", OK);
	check_answer("AT+QSSLCFG=\"ciphersuite\",5,0X003D", OK);
	check_answer("AT+QSSLCFG=\"clientkey\",5,\"k.pem\",\"secret\"", OK);
	check_answer("AT+QSSLCFG=\"SNI\",5,1", OK);
	ck_assert_int_eq(conf->version, 1);
	ck_assert_uint_eq(conf->suite, 0x3d);
	ck_assert_str_eq(conf->key, "k.pem");
	ck_assert_str_eq(conf->key_password, "secret");
	ck_assert(conf->sni);
	check_answer("AT+QSSLCFG=\"psk\",5,\"id\",\"00fF10\"", OK);
	ck_assert_str_eq(conf->psk_identity, "id");
	ck_assert_mem_eq(conf->psk, "\0\xff\x10", 3);
	ck_assert_uint_eq(conf->psk_len, 3);
	r.profile.ssl_psk_hex = false;
	check_answer("AT+QSSLCFG=\"psk\",5,\"id\",\"00fF1\"", OK);
	ck_assert_mem_eq(conf->psk, "00fF1", 5);
	ck_assert_uint_eq(conf->psk_len, 5);
	check_answer("AT+QSSLCFG=\"psk\",5,\"\",\"\"", OK);
	ck_assert_uint_eq(conf->psk_len, 0);
	/* A path alone forgets the pass phrase. */
	check_answer("AT+QSSLCFG=\"clientkey\",5,\"k.pem\"", OK);
	ck_assert_str_eq(conf->key_password, "");
}
END_TEST

static const struct {
	const char *line, *why;
} refusals[] = {
	{"AT+QSSLCFG=\"sslversion\",6,1", "<sslctxID>"},
	{"AT+QSSLCFG=\"sslversion\"", "<sslctxID> is missing"},
	{"AT+QSSLCFG=sslversion,1", "needs quotes"},
	{"AT+QSSLCFG=\"sslversion\",1,5", "<sslversion>"},
	{"AT+QSSLCFG=\"sslversion\",1,", "<sslversion> is missing"},
	{"AT+QSSLCFG=\"sslversion\",1,3,0", "4 arguments"},
	{"AT+QSSLCFG=\"seclevel\",1,3", "<seclevel>"},
	{"AT+QSSLCFG=\"sni\",1,2", "<sni>"},
	{"AT+QSSLCFG=\"negotiatetime\",1,9", "<negotiatetime>"},
	{"AT+QSSLCFG=\"negotiatetime\",1,301", "<negotiatetime>"},
	{"AT+QSSLCFG=\"ciphersuite\",2,\"0XFFFF\"", "in quotes"},
	{"AT+QSSLCFG=\"ciphersuite\",2,65535", "is not a 0x"},
	{"AT+QSSLCFG=\"ciphersuite\",2,0x009C", "not a suite"},
	{"AT+QSSLCFG=\"cacert\",2,RAM:CA.pem", "needs quotes"},
	{"AT+QSSLCFG=\"checkhost\",2,1", "not a key"},
	{"AT+QSSLCFG=\"psk\",2,\"id\"", "<key> is missing"},
	{"AT+QSSLCFG=\"psk\",2,\"id\",\"0g\"", "hexadecimal"},
	{"AT+QSSLCFG=\"psk\",2,\"id\",\"012\"", "hexadecimal"},
	{"AT+QSSLCFG=\"dtlsversion\",2,2", "<dtlsversion>"},
	{"AT+QSSLCFG=\"ignoreprivkey\",2,1", "not a key of this"},
	{"AT+QSSLCFG=\"ignorecertitem\",2,0", "not a key of this firmware"},
	{"AT+QSSLCFG=\"alpn\",2,mqtt", "needs quotes"},
	{"AT+QSSLCFG=\"closetimemode\",2,2", "<closetimemode>"},
	{"AT+QSSLOPEN=1,6,0,\"h\",1", "<sslctxID>"},
	{"AT+QSSLOPEN=1,0,12,\"h\",1", "<clientID>"},
	{"AT+QSSLOPEN=1,0,0,h,1", "needs quotes"},
	{"AT+QSSLOPEN=1,0,0,\"h\"", "<server_port> is missing"},
	{"AT+QSSLOPEN=1,0,0,\"h\",65536", "<server_port>"},
	{"AT+QSSLSEND=0", "not open"},
	{"AT+QSSLSEND=0,0", "<sendlen>"},
	{"AT+QSSLSEND=0,1461", "<sendlen>"},
	{"AT+QSSLRECV=0", "<readlen> is missing"},
	{"AT+QSSLRECV=0,1501", "<readlen>"},
	{"AT+QSSLRECV=0,10", "not open"},
	{"AT+QSSLCLOSE=12", "<clientID>"},
	{"AT+QSSLSTATE=12", "<clientID>"},
};

START_TEST(what_is_refused_is_a_plain_error_with_a_reason)
{
	at_settings(r.ctx.at)->cmee = 2;
	check_fails(refusals[_i].line, refusals[_i].why);
	ck_assert_uint_eq(r.ctx.ssl->net.opened, 0);
}
END_TEST

START_TEST(two_arguments_ask_and_do_not_set)
{
	check_answer("AT+QSSLCFG=\"ignorelocaltime\",1,0", OK);
	check_answer("AT+QSSLCFG=\"ignorelocaltime\",1",
		"\r\n+QSSLCFG: \"ignorelocaltime\",1,0\r\n" OK);
}
END_TEST

START_TEST(the_old_profile_has_eight_keys_and_no_sni)
{
	snprintf(r.profile.ssl_keys, sizeof(r.profile.ssl_keys),
		"sslversion,ciphersuite,cacert,clientcert,clientkey,seclevel,"
		"ignorelocaltime,negotiatetime");
	snprintf(r.profile.ssl_ciphers, sizeof(r.profile.ssl_ciphers),
		"0X0035,0X002F,0X0005,0X0004,0X000A,0X003D,0XFFFF");
	r.profile.ssl_key_password = false;
	check_answer("AT+QSSLCFG=?",
		"\r\n+QSSLCFG: \"sslversion\",(0-5),(0-4)\r\n"
		"+QSSLCFG: \"ciphersuite\",(0-5),(0X0035,0X002F,0X0005,0X0004,"
		"0X000A,0X003D,0XFFFF)\r\n"
		"+QSSLCFG: \"cacert\",(0-5),<cacertpath>\r\n"
		"+QSSLCFG: \"clientcert\",(0-5),<client_cert_path>\r\n"
		"+QSSLCFG: \"clientkey\",(0-5),<client_key_path>\r\n"
		"+QSSLCFG: \"seclevel\",(0-5),(0-2)\r\n"
		"+QSSLCFG: \"ignorelocaltime\",(0-5),(0,1)\r\n"
		"+QSSLCFG: \"negotiatetime\",(0-5),(10-300)\r\n" OK);
	check_fails("AT+QSSLCFG=\"sni\",2,1", "not a key of this firmware");
	check_fails("AT+QSSLCFG=\"sni\",2", "not a key of this firmware");
	check_fails(
		"AT+QSSLCFG=\"alpn\",2,\"x\"", "not a key of this firmware");
	check_fails("AT+QSSLCFG=\"clientkey\",2,\"k\",\"pw\"", "4 arguments");
	check_fails("AT+QSSLCFG=\"ciphersuite\",2,0xC02F", "not a suite");
}
END_TEST

START_TEST(the_list_of_suites_is_printed_as_it_stands)
{
	const char *answer = at_rig_ask(&r, "AT+QSSLCFG=?");

	ck_assert_ptr_nonnull(strstr(answer, ",0XC005, 0XC007,0XC008,"));
	ck_assert_ptr_nonnull(strstr(answer,
		"+QSSLCFG: \"clientkey\",(0-5),<client_key_path>,<key_pwd>"
		"\r\n"));
	ck_assert_ptr_nonnull(strstr(answer,
		"+QSSLCFG: \"alpn\",(0-5),<protocolname>\r\n"
		"+QSSLCFG: \"renegotiation\",(0-5),(0,1)\r\n"
		"+QSSLCFG: \"ignoremulticertchainverify\",(0-5),(0,1)\r\n"
		"+QSSLCFG: \"ignoreinvalidcertsign\",(0-5),(0,1)\r\n" OK));
	/* The code behind the stray blank is a code like the others. */
	check_answer("AT+QSSLCFG=\"ciphersuite\",0,0xC007", OK);
}
END_TEST

/* --- opening -------------------------------------------------------------- */

START_TEST(a_dotted_address_is_listed_before_it_is_reached)
{
	check_answer("AT+QSSLOPEN=1,2,4,\"192.0.2.9\",8443", OK);
	check_answer("AT+QSSLSTATE=4",
		"\r\n+QSSLSTATE: 4,\"SSLClient\",\"192.0.2.9\",8443,0,1,1,4,"
		"0,\"uart1\",2\r\n" OK);
}
END_TEST

START_TEST(an_open_uses_its_context_and_tells_its_end_later)
{
	check_answer(OPEN, OK);
	ck_assert_int_eq(r.ctx.ssl->opened_id, 2);
	ck_assert_str_eq(last_stream()->host, "host.example");
	ck_assert_uint_eq(last_stream()->port, 8443);
	fake_stream_connect(last_stream());
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLOPEN: 4,0\r\n");
	check_answer("AT+QSSLSTATE",
		"\r\n+QSSLSTATE: 4,\"SSLClient\",\"192.0.2.7\",8443,50001,2,1,"
		"4,0,\"uart1\",2\r\n" OK);
	check_answer("AT+QSSLSTATE=4",
		"\r\n+QSSLSTATE: 4,\"SSLClient\",\"192.0.2.7\",8443,50001,2,1,"
		"4,0,\"uart1\",2\r\n" OK);
	check_answer("AT+QSSLSTATE=5", OK);
	/* Plain sockets are another table. */
	check_answer("AT+QISTATE?", OK);
}
END_TEST

static const struct {
	enum err err;
	int code;
} open_errors[] = {
	{ERR_TLS_FILE, 566},
	{ERR_TLS_CONFIG, 566},
	{ERR_TLS_VERIFY, 566},
	{ERR_TLS_ALERT, 566},
	{ERR_TLS_HANDSHAKE, 566},
	{ERR_NET_CONNECT, 566},
	{ERR_NET_DNS, 565},
	{ERR_NET_TIMEOUT, 569},
};

START_TEST(a_failed_open_has_its_code_and_its_reason)
{
	char urc[64];

	check_answer(OPEN, OK);
	fake_stream_fail(
		last_stream(), open_errors[_i].err, "as the test has it");
	fake_clock_run(&r.fc);
	snprintf(urc, sizeof(urc), "\r\n+QSSLOPEN: 4,%d\r\n",
		open_errors[_i].code);
	ck_assert_str_eq(at_rig_take(&r), urc);
	ck_assert_ptr_nonnull(
		strstr(at_rig_why(&r), "ssl 4: as the test has it"));
	check_code("0,operate successfully");
	check_answer(OPEN, OK "\r\n+QSSLOPEN: 4,563\r\n");
	check_answer("AT+QSSLCLOSE=4", OK);
	check_answer(OPEN, OK);
}
END_TEST

START_TEST(an_open_without_end_times_out)
{
	check_answer("AT+QSSLCFG=\"negotiatetime\",2,10", OK);
	check_answer(OPEN, OK);
	/* 150 s to connect, and negotiatetime; sslctx has its own window. */
	fake_clock_advance(&r.fc, 159999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLOPEN: 4,569\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "negotiatetime"));
}
END_TEST

START_TEST(an_unusable_file_fails_as_the_profile_says)
{
	r.ctx.ssl->fail = true;
	why_set(&r.ctx.ssl->why, ERR_TLS_FILE, GRADE_INF, "RAM:CA.pem: none");
	check_answer(OPEN, OK "\r\n+QSSLOPEN: 4,566\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "RAM:CA.pem: none"));
	check_answer("AT+QSSLCLOSE=4", OK);
	r.profile.ssl_file_fail = 1;
	check_fails(OPEN, "RAM:CA.pem: none");
	check_code("566,socket connect failed");
	ck_assert(!sock_used(r.ctx.tls, 4));
	/* Another reason stays a URC. */
	why_set(&r.ctx.ssl->why, ERR_NET_MEMORY, GRADE_INF, "no memory");
	check_answer(OPEN, OK "\r\n+QSSLOPEN: 4,553\r\n");
}
END_TEST

START_TEST(the_code_of_a_tls_failure_is_a_value_of_the_profile)
{
	r.profile.ssl_code_tls = 550;
	check_answer(OPEN, OK);
	fake_stream_fail(last_stream(), ERR_TLS_VERIFY, "refused");
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLOPEN: 4,550\r\n");
}
END_TEST

START_TEST(an_open_without_context_fails_as_the_profile_says)
{
	static const char line[] = "AT+QSSLOPEN=2,2,4,\"host.example\",8443";

	check_fails(line, "AT+QIACT=2");
	check_code("561,open PDP context failed");
	r.profile.ssl_pdp_down = 0;
	check_answer(line, OK "\r\n+QSSLOPEN: 4,561\r\n");
	ck_assert_uint_eq(r.ctx.ssl->net.opened, 0);
}
END_TEST

START_TEST(a_wedged_stack_takes_no_open_and_no_context)
{
	r.profile.pdp_wedge_after = 20;
	for (int i = 0; i < 20; i++) {
		check_answer(OPEN, OK);
		check_answer("AT+QSSLCLOSE=4", OK);
	}
	check_answer(OPEN, OK "\r\n+QSSLOPEN: 4,552\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "wedged after 20 opens"));
	check_answer("AT+QSSLCLOSE=4", OK);
	check_fails(OPEN ",2", "wedged");
	check_answer("AT+QIOPEN=1,4,\"TCP\",\"host.example\",80",
		OK "\r\n+QIOPEN: 4,552\r\n");
	check_answer("AT+QIDEACT=1", OK);
	check_fails("AT+QIACT=1", "wedged");
	/* What a restart does. */
	pdpctx_reset(r.ctx.pdp);
	check_answer("AT+QIACT=1", OK);
	check_answer(OPEN, OK);
	ck_assert_uint_eq(r.ctx.ssl->net.opened, 21);
}
END_TEST

/* Bytes in use; of a sanitizer's allocator it is 0, which looks for leaks. */
static size_t in_use(void)
{
	return mallinfo2().uordblks;
}

START_TEST(ten_thousand_opens_and_closes_do_not_grow)
{
	enum { CYCLES = 10000, WARM = 100 };
	size_t before = 0;

	for (int i = 0; i < CYCLES + WARM; i++) {
		if (i == WARM)
			before = in_use();
		fake_stream_give(open_client(), "hello", 5);
		check_answer("AT+QSSLRECV=4,1500",
			"\r\n+QSSLURC: \"recv\",4\r\n"
			"\r\n+QSSLRECV: 5\r\nhello\r\n" OK);
		check_answer("AT+QSSLCLOSE=4,0", OK);
		capture_reset(&r.capture);
		fake_net_free(&r.ctx.ssl->net);
		fake_net_init(&r.ctx.ssl->net);
	}
	/* What malloc() keeps at hand counts; a block lost each time is more.
	 */
	ck_assert_uint_le(in_use(), before + 65536);
}
END_TEST

START_TEST(a_firmware_may_want_the_access_mode)
{
	r.profile.ssl_mode_required = true;
	check_fails(OPEN, "<access_mode> is missing");
	check_code("552,invalid parameters");
	check_answer(OPEN ",0", OK);
}
END_TEST

START_TEST(the_longest_host_is_a_value_of_the_profile)
{
	r.profile.ssl_host_max = 11;
	check_fails(OPEN, "12 bytes, at most 11");
	r.profile.ssl_host_max = 12;
	check_answer(OPEN, OK);
}
END_TEST

/* --- data ----------------------------------------------------------------- */

START_TEST(a_send_takes_a_count_or_text)
{
	struct fake_stream *fs = open_client();
	char got[64];

	at_rig_send(&r, "AT+QSSLSEND=4,4\r");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> ");
	at_rig_send(&r, "a\r\nb");
	ck_assert_str_eq(at_rig_take(&r), "\r\nSEND OK\r\n");
	at_rig_send(&r, "AT+QSSLSEND=4\r");
	at_rig_send(&r, "text\x1a");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> \r\nSEND OK\r\n");
	ck_assert_uint_eq(fake_stream_take(fs, got, sizeof(got)), 8);
	ck_assert_mem_eq(got, "a\r\nbtext", 8);
	fs->room = fs->pending;
	at_rig_send(&r, "AT+QSSLSEND=4,1\r");
	at_rig_send(&r, "x");
	ck_assert_str_eq(at_rig_take(&r), "\r\n> \r\nSEND FAIL\r\n");
}
END_TEST

START_TEST(a_read_prints_length_data_and_the_right_tail)
{
	struct fake_stream *fs = open_client();

	check_answer("AT+QSSLRECV=4,1500", "\r\n+QSSLRECV: 0\r\n" OK);
	fake_stream_give(fs, "HELLO", 5);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLURC: \"recv\",4\r\n");
	fake_stream_give(fs, "YOU", 3);
	ck_assert_str_eq(at_rig_take(&r), "");
	check_answer("AT+QSSLRECV=4,4", "\r\n+QSSLRECV: 4\r\nHELL\r\n" OK);
	check_answer("AT+QSSLRECV=4,0", "\r\n+QSSLRECV: 8,4,4\r\n" OK);
	check_answer("AT+QSSLRECV=4,1500", "\r\n+QSSLRECV: 4\r\nOYOU\r\n" OK);
	r.profile.ssl_recv_zero = false;
	check_fails("AT+QSSLRECV=4,0", "outside 1..1500");
}
END_TEST

START_TEST(the_peers_end_is_told_and_the_rest_can_be_read)
{
	struct fake_stream *fs = open_client();

	ck_assert(buf_add(&fs->incoming, "bye", 3));
	fake_stream_end(fs, NULL);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLURC: \"recv\",4\r\n"
					  "\r\n+QSSLURC: \"closed\",4\r\n");
	check_answer("AT+QSSLRECV=4,1500", "\r\n+QSSLRECV: 3\r\nbye\r\n" OK);
	check_fails("AT+QSSLSEND=4,1", "has ended");
	check_answer("AT+QSSLCLOSE=4", OK);
	check_answer("AT+QSSLSTATE?", OK);
}
END_TEST

START_TEST(a_broken_connection_leaves_its_reason)
{
	fake_stream_fail(open_client(), ERR_TLS_ALERT, "alert 46");
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QSSLURC: \"closed\",4\r\n");
	ck_assert_ptr_nonnull(strstr(at_rig_why(&r), "ssl 4: alert 46"));
}
END_TEST

START_TEST(direct_push_prints_data_behind_the_urc)
{
	check_answer(OPEN ",1", OK);
	fake_stream_connect(last_stream());
	at_rig_take(&r);
	fake_stream_give(last_stream(), "0123456789abcdef", 16);
	ck_assert_str_eq(at_rig_take(&r),
		"\r\n+QSSLURC: \"recv\",4,16\r\n0123456789abcdef\r\n");
	check_fails("AT+QSSLRECV=4,1500", "access mode 1");
}
END_TEST

START_TEST(the_time_of_a_close_is_in_seconds_or_milliseconds)
{
	open_client();
	at_rig_send(&r, "AT+QSSLCLOSE=4\r");
	fake_clock_advance(&r.fc, 9999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), OK);
	/* It counts for the context of the connection, also when it is set
	 * while that is open. */
	check_answer("AT+QSSLCFG=\"closetimemode\",1,1", OK);
	open_client();
	check_answer("AT+QSSLCFG=\"closetimemode\",2,1", OK);
	at_rig_send(&r, "AT+QSSLCLOSE=4,500\r");
	fake_clock_advance(&r.fc, 499);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), OK);
	/* The default is 10 s in either. */
	open_client();
	at_rig_send(&r, "AT+QSSLCLOSE=4\r");
	fake_clock_advance(&r.fc, 9999);
	ck_assert_str_eq(at_rig_take(&r), "");
	fake_clock_advance(&r.fc, 1);
	ck_assert_str_eq(at_rig_take(&r), OK);
}
END_TEST

START_TEST(closing_what_is_not_open_is_fine)
{
	check_answer("AT+QSSLCLOSE=0", OK);
}
END_TEST

START_TEST(a_lost_context_is_told_with_its_clients)
{
	struct why why;

	open_client();
	why_set(&why, ERR_NET_PDP_BROKEN, GRADE_MAN, "the bearer is gone");
	pdpctx_drop(r.ctx.pdp, 1, &why);
	fake_clock_run(&r.fc);
	ck_assert_str_eq(at_rig_take(&r), "\r\n+QIURC: \"pdpdeact\",1\r\n"
					  "\r\n+QSSLURC: \"closed\",4\r\n");
}
END_TEST

START_TEST(tests_print_what_the_manual_prints)
{
	check_answer("AT+QSSLOPEN=?",
		"\r\n+QSSLOPEN: (1-16),(0-5),(0-11),<serveraddr>,<server_port>"
		"[,(0-2)]\r\n" OK);
	check_answer(
		"AT+QSSLSEND=?", "\r\n+QSSLSEND: (0-11)[,(1-1460)]\r\n" OK);
	check_answer("AT+QSSLRECV=?", "\r\n+QSSLRECV: (0-11),(1-1500)\r\n" OK);
	check_answer(
		"AT+QSSLCLOSE=?", "\r\n+QSSLCLOSE: (0-11),(0-65535)\r\n" OK);
	check_answer("AT+QSSLSTATE=?", OK);
}
END_TEST

static void add_config_tests(TCase *tc)
{
	tcase_add_loop_test(tc, a_value_is_read_back_as_it_was_set, 0,
		sizeof(values) / sizeof(values[0]));
	tcase_add_test(tc, set_values_reach_the_context);
	tcase_add_loop_test(tc, what_is_refused_is_a_plain_error_with_a_reason,
		0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tc, two_arguments_ask_and_do_not_set);
	tcase_add_test(tc, the_old_profile_has_eight_keys_and_no_sni);
	tcase_add_test(tc, the_list_of_suites_is_printed_as_it_stands);
	tcase_add_test(tc, tests_print_what_the_manual_prints);
}

static void add_connection_tests(TCase *tc)
{
	tcase_add_test(tc, an_open_uses_its_context_and_tells_its_end_later);
	tcase_add_test(tc, a_dotted_address_is_listed_before_it_is_reached);
	tcase_add_loop_test(tc, a_failed_open_has_its_code_and_its_reason, 0,
		sizeof(open_errors) / sizeof(open_errors[0]));
	tcase_add_test(tc, an_open_without_end_times_out);
	tcase_add_test(tc, an_unusable_file_fails_as_the_profile_says);
	tcase_add_test(tc, the_code_of_a_tls_failure_is_a_value_of_the_profile);
	tcase_add_test(tc, an_open_without_context_fails_as_the_profile_says);
	tcase_add_test(tc, a_wedged_stack_takes_no_open_and_no_context);
	tcase_add_test(tc, ten_thousand_opens_and_closes_do_not_grow);
	tcase_add_test(tc, a_firmware_may_want_the_access_mode);
	tcase_add_test(tc, the_longest_host_is_a_value_of_the_profile);
	tcase_add_test(tc, a_send_takes_a_count_or_text);
	tcase_add_test(tc, a_read_prints_length_data_and_the_right_tail);
	tcase_add_test(tc, the_peers_end_is_told_and_the_rest_can_be_read);
	tcase_add_test(tc, a_broken_connection_leaves_its_reason);
	tcase_add_test(tc, direct_push_prints_data_behind_the_urc);
	tcase_add_test(tc, the_time_of_a_close_is_in_seconds_or_milliseconds);
	tcase_add_test(tc, closing_what_is_not_open_is_fine);
	tcase_add_test(tc, a_lost_context_is_told_with_its_clients);
}

int main(void)
{
	Suite *suite = suite_create("cmd_ssl");
	SRunner *runner = srunner_create(suite);
	TCase *config = tcase_create("config");
	TCase *connection = tcase_create("connection");
	int failed;

	tcase_add_checked_fixture(config, setup, teardown);
	tcase_add_checked_fixture(connection, setup, teardown);
	add_config_tests(config);
	add_connection_tests(connection);
	suite_add_tcase(suite, config);
	suite_add_tcase(suite, connection);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
