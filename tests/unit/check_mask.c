#include "base/mask.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/digest.h"
#include "tests/unit/support/mask_run.h"

/* A key that opens nothing: its "base64" spells what it is. */
#define KEY_BODY                                                               \
	"MIIBnotARealKeyOnlyDocumentation0123456789abcdefghij\n"               \
	"SECRETSECRETSECRETSECRETSECRETSECRET+CPIN=SECRETSECR\n"
#define KEY                                                                    \
	"-----BEGIN RSA PRIVATE KEY-----\n" KEY_BODY                           \
	"-----END RSA PRIVATE KEY-----\n"
#define CERT                                                                   \
	"-----BEGIN CERTIFICATE-----\nMIIBcertificate\n"                       \
	"-----END CERTIFICATE-----\n"

static const struct {
	const char *line, *masked;
} lines[] = {
	{"AT+CPIN=1234\r", "AT+CPIN=<pin 4>\r"},
	{"AT+CPIN=\"1234\"\r", "AT+CPIN=\"<pin 4>\"\r"},
	{"at + cpin = 12345678,1234\r", "at + cpin = <pin 8>,<pin 4>\r"},
	{"AT+CPIN?\r", "AT+CPIN?\r"},
	{"AT+CPIN=?\r", "AT+CPIN=?\r"},
	{"AT+CMEE=2;+CPIN=1234;+CREG?\r", "AT+CMEE=2;+CPIN=<pin 4>;+CREG?\r"},
	{"ATE0+CPIN=1234\r", "ATE0+CPIN=<pin 4>\r"},
	{"AT+CPIX\bN=1234\r", "AT+CPIX\bN=<pin 4>\r"},
	{"AT+CLCK=\"SC\",1,\"1234\"\r", "AT+CLCK=\"SC\",1,\"<pin 4>\"\r"},
	{"AT+CLCK=\"SC\",2\r", "AT+CLCK=\"SC\",2\r"},
	{"AT+CLCK=\"SC\",\"1234\"\r", "AT+CLCK=\"SC\",\"<pin 4>\"\r"},
	{"AT+CPWD=\"SC\",\"1234\",\"98765\"\r",
		"AT+CPWD=\"SC\",\"<pin 4>\",\"<pin 5>\"\r"},
	{"AT+QICSGP=1,1,\"apn\",\"user\",\"pass word\",1\r",
		"AT+QICSGP=1,1,\"apn\",\"user\",\"<password 9>\",1\r"},
	{"AT+QICSGP=1,1,\"apn\",\"\",\"\",0\r",
		"AT+QICSGP=1,1,\"apn\",\"\",\"\",0\r"},
	{"\r\n+QICSGP: 1,\"apn\",\"user\",\"pw;,\",1\r\n",
		"\r\n+QICSGP: 1,\"apn\",\"user\",\"<password 4>\",1\r\n"},
	{"\r\n+QICSGP: 1,\"apn\",\"user\",\"<(p,\",1\r\n",
		"\r\n+QICSGP: 1,\"apn\",\"user\",\"<password 4>\",1\r\n"},
	{"\r\n+QICSGP: (1-16),(1,2),<APN>,<username>,<password>,(0-3)\r\n",
		"\r\n+QICSGP: (1-16),(1,2),<APN>,<username>,<password>,(0-3)"
		"\r\n"},
	{"+QSSLCFG: \"clientkey\",(0-5),<client_key_path>,<key_pwd>\r\n"
	 "+QSSLCFG: \"psk\",(0,1),<identity>,<key>\r\n",
		"+QSSLCFG: \"clientkey\",(0-5),<client_key_path>,<key_pwd>\r\n"
		"+QSSLCFG: \"psk\",(0,1),<identity>,<key>\r\n"},
	{"+QFTPCFG: \"account\",<username>,<password>\r\n",
		"+QFTPCFG: \"account\",<username>,<password>\r\n"},
	{"+QSMTPCFG: (\"account\",\"ssltype\"),(0-2),<password>\r\n",
		"+QSMTPCFG: (\"account\",\"ssltype\"),(0-2),<password>\r\n"},
	{"AT+QICSGP=1,1,\"apn\",\"user\",<(pw,1\r",
		"AT+QICSGP=1,1,\"apn\",\"user\",<password 4>,1\r"},
	{"AT+QSSLCFG=\"clientkey\",2,\"RAM:k\",\"phrase\"\r",
		"AT+QSSLCFG=\"clientkey\",2,\"RAM:k\",\"<passphrase 6>\"\r"},
	{"AT+QSSLCFG=\"ClientKey\",2,\"RAM:k\",\"phrase\"\r",
		"AT+QSSLCFG=\"ClientKey\",2,\"RAM:k\",\"<passphrase 6>\"\r"},
	{"AT+QSSLCFG=\"cliemt\b\bntkey\",2,\"RAM:k\",\"phrase\"\r",
		"AT+QSSLCFG=\"cliemt\b\bntkey\",2,\"RAM:k\",\"<passphrase "
		"6>\"\r"},
	{"AT+QSSLCFG=\"psk\",2,\"me\",\"c0ffee\"\r",
		"AT+QSSLCFG=\"psk\",2,\"me\",\"<psk 6>\"\r"},
	{"AT+QSSLCFG=\"clientcert\",2,\"RAM:c\",\"x\"\r",
		"AT+QSSLCFG=\"clientcert\",2,\"RAM:c\",\"x\"\r"},
	{"AT+CPIN=\"12\r34\r", "AT+CPIN=\"<pin 2>\r34\r"},
	{"\r\n+CPIN: READY\r\n", "\r\n+CPIN: READY\r\n"},
	{"--a---BEGIN ---\r", "--a---BEGIN ---\r"},
};

START_TEST(secret_arguments_are_masked_in_commands_and_echo)
{
	char want[300], *got;
	struct mask_seen o;

	for (int lane = LANE_AT_TX; lane <= LANE_AT_RX; lane++) {
		const struct mask_part parts[] = {
			{.lane = (enum lane)lane, .text = lines[_i].line},
			{0},
		};

		for (size_t step = 0; step < 8; step++) {
			got = mask_run(parts, step, &o);
			snprintf(want, sizeof(want), "|%s|%s",
				lane_name((enum lane)lane), lines[_i].masked);
			ck_assert_str_eq(got, want);
			free(got);
			buf_free(&o.text);
		}
	}
}
END_TEST

START_TEST(a_flush_inside_a_secret_shows_none_of_it)
{
	const struct mask_part parts[] = {
		TX("AT+CPIN=12"),
		RX("\r\n+CREG: 1\r\n"),
		TX("34\r"),
		{0},
	};
	struct mask_seen o;
	char *got = mask_run(parts, 0, &o);

	ck_assert_str_eq(
		got, "|AT>|AT+CPIN=<pin 2>|AT<|\r\n+CREG: 1\r\n|AT>|<pin 2>\r");
	free(got);
	buf_free(&o.text);
}
END_TEST

#define N_KEY (sizeof(KEY) - 1)

/* The dialogue of an upload, of `size` as declared and `body` as sent. */
static void check_upload(const char *command, const char *body, size_t step,
	const char *want, size_t masked)
{
	const struct mask_part parts[] = {
		TX(command),
		RX(command),
		RX("\r\nCONNECT\r\n"),
		TX(body),
		RX("+QFUPL: 1,2\r\n\r\nOK\r\n"),
		TX("AT+CPIN=1234\r"),
		{0},
	};
	char *got, *all;
	struct mask_seen o;

	got = mask_run(parts, step, &o);
	ck_assert_int_gt(
		asprintf(&all,
			"|AT>|%s|AT<|%s\r\nCONNECT\r\n|AT>|%s"
			"|AT<|+QFUPL: 1,2\r\n\r\nOK\r\n|AT>|AT+CPIN=<pin 4>\r",
			command, command, want),
		0);
	ck_assert_str_eq(got, all);
	ck_assert_uint_eq(o.key_len, masked);
	free(all);
	free(got);
	buf_free(&o.text);
}

static char *quoted_size(const char *name, size_t size)
{
	char *s;

	ck_assert_int_gt(
		asprintf(&s, "AT+QFUPL=\"RAM:%s\",%zu\r", name, size), 0);
	return s;
}

START_TEST(an_uploaded_key_is_masked_however_it_is_cut)
{
	char *cmd = quoted_size("x.pem", N_KEY);

	for (size_t step = 0; step <= N_KEY; step++)
		check_upload(cmd, KEY, step, "<key lf>", N_KEY);
	free(cmd);
}
END_TEST

START_TEST(a_key_without_line_breaks_is_masked)
{
	static const char key[] =
		"-----BEGIN PRIVATE KEY-----MIIBSECRETSECRETSECRETSECRET"
		"-----END PRIVATE KEY-----\n";
	char *cmd = quoted_size("x.pem", sizeof(key) - 1);

	for (size_t step = 0; step < 12; step++)
		check_upload(cmd, key, step, "<key none>", sizeof(key) - 1);
	free(cmd);
}
END_TEST

START_TEST(a_certificate_passes_and_the_key_behind_it_does_not)
{
	char *cmd = quoted_size("x.pem", sizeof(CERT KEY) - 1);

	for (size_t step = 0; step < 70; step++)
		check_upload(cmd, CERT KEY, step, CERT "<key lf>", N_KEY);
	free(cmd);
	cmd = quoted_size("x.pem", sizeof(KEY CERT) - 1);
	for (size_t step = 0; step < 70; step++)
		check_upload(cmd, KEY CERT, step, "<key lf>" CERT, N_KEY);
	free(cmd);
}
END_TEST

START_TEST(a_key_cut_short_is_masked_up_to_the_result_line)
{
	char *cmd = quoted_size("x.pem", N_KEY);

	for (size_t cut = N_KEY - 32; cut > 40; cut -= 7) {
		char *key = strndup(KEY, cut);

		check_upload(cmd, key, 0,
			cut < N_KEY - 31 && memchr(key, '\n', cut) ? "<key lf>"
								   : "",
			cut);
		free(key);
	}
	free(cmd);
}
END_TEST

/* Of a key announced too small, `first` bytes, the rest is a secret too. */
static void check_rest(const char *name, const char *key, size_t first,
	const char *answer, size_t step)
{
	char cmd[64], echo[512], *got, *end;
	struct mask_seen o;

	snprintf(cmd, sizeof(cmd), "AT+QFUPL=\"RAM:%s\",%zu\r", name, first);
	snprintf(echo, sizeof(echo), "%s%s", answer, key + first);
	const struct mask_part parts[] = {
		TX(cmd),
		RX(cmd),
		RX("\r\nCONNECT\r\n"),
		TX(key),
		RX(echo),
		TX("AT+CPIN=1234\r"),
		RX("AT+CPIN=1234\r\r\nERROR\r\n"),
		{0},
	};

	got = mask_run(parts, step, &o);
	ck_assert_ptr_null(strstr(got, "SECR"));
	ck_assert_ptr_null(strstr(got, "ment"));
	ck_assert_uint_ge(o.key_len, first);
	end = strstr(got, "|AT>|AT+CPIN=");
	ck_assert_ptr_nonnull(end);
	ck_assert_str_eq(end, "|AT>|AT+CPIN=<pin 4>\r"
			      "|AT<|AT+CPIN=<pin 4>\r\r\nERROR\r\n");
	ck_assert_ptr_nonnull(strstr(got, answer));
	free(got);
	buf_free(&o.text);
}

START_TEST(what_the_announced_size_cuts_off_a_key_is_masked)
{
	static const char bare[] = KEY_BODY "SECRETSECRET==\n";
	static const char crlf[] =
		"-----BEGIN PRIVATE KEY-----\r\nATdocumentationATdocumentation"
		"ATdocumentationSECRET\r\nATSECRETSECRETSECRET=\r\n"
		"-----END PRIVATE KEY-----\r\n";
	static const char done[] = "+QFUPL: 1,2\r\n\r\nOK\r\n";

	for (size_t step = 0; step < 12; step++) {
		for (size_t first = 33; first < N_KEY; first++)
			check_rest("x.pem", KEY, first, done, step);
		for (size_t first = 28; first < sizeof(crlf) - 1; first++)
			check_rest("x.pem", crlf, first, "", step);
		for (size_t first = 1; first < sizeof(bare) - 1; first++)
			check_rest("key", bare, first, done, step);
	}
}
END_TEST

/* What the host sends next, when its file was cut on purpose. */
static const char *const behind[] = {
	"AT\r",
	"ATE0\r\n",
	"at+qflst\r",
	"AT+QFLST\r",
	"AT+QFDEL=\"RAM:key\"\r",
	"AT&F\r",
	"AT+QIOPEN=1,0,\"TCP\",\"a.example\",1\r",
};

START_TEST(a_command_behind_half_a_key_is_none_of_it)
{
	struct mask_seen o;

	for (size_t step = 0; step < 12; step++) {
		const struct mask_part parts[] = {
			TX("AT+QFUPL=\"x.pem\",50\r"),
			RX("\r\nCONNECT\r\n"),
			{.lane = LANE_AT_TX, .text = KEY, .len = 50},
			RX("+QFUPL: 50,2\r\n\r\nOK\r\n"),
			TX(behind[_i]),
			RX("\r\nOK\r\n"),
			{0},
		};
		char *got = mask_run(parts, step, &o), want[200];

		snprintf(want, sizeof(want),
			"|AT>|<key lf>|AT<|+QFUPL: 50,2\r\n\r\nOK\r\n|AT>|%s"
			"|AT<|\r\nOK\r\n",
			behind[_i]);
		ck_assert_str_eq(
			strstr(got, "CONNECT\r\n") + strlen("CONNECT\r\n"),
			want);
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

START_TEST(a_command_that_an_upload_swallows_is_masked)
{
	char *cmd = quoted_size("x.pem", N_KEY + 200);

	for (size_t step = 0; step < 40; step++)
		check_upload(cmd, KEY "AT+CPIN=1234\r", step,
			"<key lf>AT+CPIN=<pin 4>\r", N_KEY);
	free(cmd);
}
END_TEST

START_TEST(the_rest_of_a_key_in_der_is_masked)
{
	static const char der[] = "\x30\x19\x02\x01\x00\x02\x14SECRET\x03\n\xff"
				  "SECRETSECR.";
	struct mask_seen o;

	for (size_t first = 8; first <= 27; first++) {
		char cmd[40];

		snprintf(cmd, sizeof(cmd), "AT+QFUPL=\"RAM:%s\",%zu\r",
			first % 2 ? "a" : "key", first);
		const struct mask_part parts[] = {
			TX(cmd),
			RX("\r\nCONNECT\r\n"),
			{.lane = LANE_AT_TX, .text = der, .len = 27},
			RX("+QFUPL: 50,2\r\n\r\nOK\r\n"),
			TX("AT+CPIN=1234\r"),
			{0},
		};
		char *got = mask_run(parts, first % 5, &o);

		ck_assert_ptr_null(strstr(got, "SECR"));
		ck_assert_uint_eq(o.key_len, 27);
		ck_assert_ptr_nonnull(strstr(got, "|AT>|AT+CPIN=<pin 4>\r"));
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

START_TEST(a_file_named_key_is_masked_without_any_label)
{
	char *cmd = quoted_size("pkey.pem", 24);

	check_upload(cmd, "MIIBSECRETSECRETSECRETSE", 0, "<key none>", 24);
	free(cmd);
}
END_TEST

START_TEST(a_key_in_der_is_masked_and_a_certificate_is_not)
{
	static const char key[] = "\x30\x82\x04\xa4\x02\x01\x00\x02\x82\x01";
	static const char ec[] = "\x30\x77\x02\x01\x01\x04\x20SECRET";
	static const char cert[] = "\x30\x82\x04\xa4\x30\x82\x03\x8c\xa0\x03";
	struct mask_seen o;
	char *got;

	for (size_t step = 0; step < 4; step++) {
		struct mask_part parts[] = {
			TX("AT+QFUPL=\"a\",10\r"),
			RX("\r\nCONNECT\r\n"),
			{.lane = LANE_AT_TX, .text = key, .len = 10},
			{0},
		};

		got = mask_run(parts, step, &o);
		ck_assert_uint_eq(o.key_len, 10);
		free(got);
		buf_free(&o.text);
		parts[2].text = ec;
		got = mask_run(parts, step, &o);
		ck_assert_uint_eq(o.key_len, 10);
		free(got);
		buf_free(&o.text);
		parts[2].text = cert;
		got = mask_run(parts, step, &o);
		ck_assert_uint_eq(o.masks, 0);
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

START_TEST(a_downloaded_key_is_masked)
{
	const struct mask_part parts[] = {
		TX("AT+QFDWL=\"x.pem\"\r"),
		RX("\r\nCONNECT\r\n" KEY "\r\n+QFDWL: 1,2\r\n\r\nOK\r\n"),
		TX("AT+CPIN=1234\r"),
		{0},
	};
	struct mask_seen o;

	for (size_t step = 0; step < 40; step++) {
		char *got = mask_run(parts, step, &o);

		ck_assert_str_eq(got,
			"|AT>|AT+QFDWL=\"x.pem\"\r|AT<|\r\nCONNECT\r\n<key lf>"
			"\r\n+QFDWL: 1,2\r\n\r\nOK\r\n"
			"|AT>|AT+CPIN=<pin 4>\r");
		ck_assert_uint_eq(o.key_len, N_KEY);
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

START_TEST(the_second_half_of_a_key_read_in_two_is_masked)
{
	char first[200], second[300], *got;
	struct mask_seen o;

	snprintf(
		first, sizeof(first), "\r\nCONNECT 60\r\n%.60s\r\nOK\r\n", KEY);
	snprintf(second, sizeof(second), "\r\nCONNECT %zu\r\n%s\r\nOK\r\n",
		N_KEY - 60, &KEY[60]);
	const struct mask_part parts[] = {
		TX("AT+QFREAD=1,60\r"),
		RX(first),
		TX("AT+QFREAD=1,500\r"),
		RX(second),
		{0},
	};

	for (size_t step = 0; step < 40; step++) {
		got = mask_run(parts, step, &o);
		ck_assert_str_eq(got,
			"|AT>|AT+QFREAD=1,60\r|AT<|\r\nCONNECT 60\r\n<key lf>"
			"\r\nOK\r\n|AT>|AT+QFREAD=1,500\r|AT<|\r\nCONNECT 108"
			"\r\n<key lf>\r\nOK\r\n");
		ck_assert_uint_eq(o.key_len, N_KEY);
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

#define TX_ANEW(t)                                                             \
	{                                                                      \
		.lane = LANE_AT_TX, .text = (t), .restart = true               \
	}
#define RX_ANEW(t)                                                             \
	{                                                                      \
		.lane = LANE_AT_RX, .text = (t), .restart = true               \
	}

/* Whatever a restart cut off, the next command's secret is one again. */
static const struct {
	struct mask_part parts[8];
	const char *end;
	size_t key;
} cut_off[] = {
	{{TX("AT+QFUPL=\"a.bin\",1000\r"), RX("\r\nCONNECT\r\n"),
		 TX("some bytes"), RX("\r\nRDY\r\n\r\n+CPIN: SIM PIN\r\n"),
		 TX("AT+CPIN=1234\r")},
		"+CPIN: SIM PIN\r\n|AT>|AT+CPIN=<pin 4>\r", 0},
	{{TX("AT+QFUPL=\"a.bin\",1000\r"), RX("\r\nCONNECT\r\n"),
		 TX("some bytes"), TX("AT\r"), RX("AT\r\r\nOK\r\n"),
		 TX("AT+CPIN=1234\r")},
		"OK\r\n|AT>|AT+CPIN=<pin 4>\r", 0},
	{{TX("AT+QFUPL=\"a.bin\",1000\r"), RX("\r\nCONNECT\r\n"),
		 TX("some bytes"), TX_ANEW("AT+CPIN=1234\r")},
		"some bytesAT+CPIN=<pin 4>\r", 0},
	/* The host may not know, and sends on what it has of the key. */
	{{TX("AT+QFUPL=\"a.pem\",1000\r"), RX("\r\nCONNECT\r\n"),
		 TX("-----BEGIN PRIVATE KEY-----\nMIIBSECRET"),
		 TX_ANEW("SECRET\n"), RX("\r\nRDY\r\n"), TX("AT+CPIN=1234\r")},
		"<key none>|AT<|\r\nRDY\r\n|AT>|AT+CPIN=<pin 4>\r", 45},
	{{TX("AT+QFDWL=\"a.bin\"\r"), RX("\r\nCONNECT\r\nsome\r\nRD\r"),
		 RX("\nRDY\r\n"), RX("AT+CPIN=1234\r")},
		"some\r\nRD\r\nRDY\r\nAT+CPIN=<pin 4>\r", 0},
	{{TX("AT+QFDWL=\"key\"\r"), RX("\r\nCONNECT\r\nsome\r\nRDY\r"),
		 RX("\n+QFDWL: 9,1\r\n\r\nOK\r\n"), RX("AT+CPIN=1234\r")},
		"<key none>\r\nRDY\r\n+QFDWL: 9,1\r\n\r\nOK\r\n"
		"AT+CPIN=<pin 4>\r",
		4},
	{{TX("AT+QFDWL=\"a.bin\"\r"), RX("\r\nCONNECT\r\nsome\r\n"),
		 RX_ANEW("AT+CPIN=1234\r")},
		"some\r\nAT+CPIN=<pin 4>\r", 0},
	{{TX("AT+QFREAD=1,50\r"), RX("\r\nCONNECT 50\r\nsome\r\nRDY\r\n"),
		 RX("AT+CPIN=1234\r")},
		"CONNECT 50\r\nsome\r\nRDY\r\nAT+CPIN=<pin 4>\r", 0},
	/* No end: the announced bytes are all. */
	{{TX("AT+QFREAD=1,10\r"), RX("\r\nCONNECT 10\r\nsome\r\nRDY\r"),
		 RX("\r\nOK\r\n"), RX("AT+CPIN=1234\r")},
		"CONNECT 10\r\nsome\r\nRDY\r\r\nOK\r\nAT+CPIN=<pin 4>\r", 0},
	/* An OK of the line before is no end of what is to begin. */
	{{TX("AT\rAT+QFUPL=\"key\",6\r"), RX("\r\nOK\r\n\r\nCONNECT\r\n"),
		 TX("SECRET"), RX("+QFUPL: 6,1\r\n\r\nOK\r\n")},
		"|AT>|<key none>|AT<|+QFUPL: 6,1\r\n\r\nOK\r\n", 6},
};

START_TEST(a_restart_ends_a_transfer)
{
	const char *end = cut_off[_i].end;
	struct mask_seen o;

	for (size_t step = 0; step < 12; step++) {
		char *got = mask_run(cut_off[_i].parts, step, &o);
		size_t len = strlen(got);

		ck_assert_uint_ge(len, strlen(end));
		ck_assert_str_eq(got + len - strlen(end), end);
		ck_assert_ptr_null(strstr(got, "SECRET"));
		ck_assert_ptr_null(strstr(got, "1234"));
		ck_assert_uint_eq(o.key_len, cut_off[_i].key);
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

START_TEST(a_key_on_the_console_is_masked_to_its_end_line)
{
	const struct mask_part parts[] = {
		{.lane = LANE_CON_TX, .text = "put key 194\n" KEY "info\n"},
		{.lane = LANE_CON_RX, .text = "+ok put\n"},
		{0},
	};
	struct mask_seen o;

	for (size_t step = 0; step < 40; step++) {
		char *got = mask_run(parts, step, &o);

		ck_assert_str_eq(got,
			"|CON>|put key 194\n<key lf>info\n|CON<|+ok put\n");
		ck_assert_uint_eq(o.key_len, N_KEY);
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

START_TEST(the_console_takes_a_password_too)
{
	const struct mask_part parts[] = {
		{.lane = LANE_CON_TX,
			.text = "set pass geheim, \"x\nset pass \nset passx 1\n"
				"reset pass 2\nset user me\nAT+CPIN=1234\n"},
		{.lane = LANE_CON_RX, .text = "+ok set pass geheim\n"},
		{0},
	};
	struct mask_seen o;

	for (size_t step = 0; step < 40; step++) {
		char *got = mask_run(parts, step, &o);

		ck_assert_str_eq(got,
			"|CON>|set pass <password 10>\nset pass \nset passx 1\n"
			"reset pass 2\nset user me\nAT+CPIN=<pin 4>\n"
			"|CON<|+ok set pass geheim\n");
		free(got);
		buf_free(&o.text);
	}
}
END_TEST

/* Whatever the lanes do in between, no byte of the body may come out. */
START_TEST(flushing_anywhere_leaks_no_byte_of_a_key)
{
	struct mask_seen o;

	for (size_t cut = 0; cut <= N_KEY; cut++) {
		struct mask_out sink = {mask_run_bytes, mask_run_mask, &o};
		struct mask *m = mask_new(&sink);

		o = (struct mask_seen){0};
		buf_init(&o.text, 1 << 16);
		mask_bytes(m, LANE_AT_TX, KEY, cut);
		mask_flush(m, LANE_AT_TX);
		mask_bytes(m, LANE_AT_TX, &KEY[cut], N_KEY - cut);
		mask_flush(m, LANE_AT_TX);
		ck_assert_ptr_null(strstr(buf_cstr(&o.text), "SECRET"));
		ck_assert_ptr_null(strstr(buf_cstr(&o.text), "MII"));
		buf_free(&o.text);
		mask_free(m);
	}
}
END_TEST

static void keep_info(void *arg, enum lane lane, const struct mask_info *info)
{
	(void)lane;
	mask_text(info, arg);
}

static void drop_bytes(void *arg, enum lane lane, const void *data, size_t len)
{
	(void)arg;
	(void)lane;
	(void)data;
	(void)len;
}

START_TEST(the_mask_of_a_key_tells_length_sums_and_breaks)
{
	char text[MASK_TEXT_SIZE] = "", want[MASK_TEXT_SIZE];
	char hex[SHA256_TEXT_SIZE];
	struct mask_out sink = {drop_bytes, keep_info, text};
	struct mask *m = mask_new(&sink);
	struct sha256 *sha = sha256_new();
	struct qsum q = {0};

	mask_bytes(m, LANE_CON_TX, KEY, N_KEY);
	qsum_update(&q, KEY, N_KEY);
	sha256_update(sha, KEY, N_KEY);
	sha256_text(sha, hex);
	snprintf(want, sizeof(want),
		"@masked kind=key len=%zu qsum=%x sha256=%s breaks=lf", N_KEY,
		q.value, hex);
	ck_assert_str_eq(text, want);
	mask_bytes(m, LANE_AT_TX, "AT+CPIN=1234\r", 13);
	ck_assert_str_eq(text, "@masked{kind=pin,len=4}");
	sha256_free(sha);
	mask_free(m);
}
END_TEST

START_TEST(checksums_are_those_of_real_modules)
{
	/* cap [FILE §4.4]: worked examples */
	static const struct {
		const char *text;
		uint16_t sum;
	} rows[] = {{"12345", 0x3706}, {"0123456789", 0x3839}, {"", 0}};

	for (size_t i = 0; i < 3; i++) {
		struct qsum q = {0};
		size_t len = strlen(rows[i].text);

		for (size_t k = 0; k < len; k++)
			qsum_update(&q, rows[i].text + k, 1);
		ck_assert_uint_eq(q.value, rows[i].sum);
	}
}
END_TEST

static Suite *mask_suite(void)
{
	Suite *s = suite_create("mask");
	TCase *t = tcase_create("mask");

	tcase_add_loop_test(t, secret_arguments_are_masked_in_commands_and_echo,
		0, sizeof(lines) / sizeof(*lines));
	tcase_add_test(t, a_flush_inside_a_secret_shows_none_of_it);
	tcase_add_test(t, an_uploaded_key_is_masked_however_it_is_cut);
	tcase_add_test(t, a_key_without_line_breaks_is_masked);
	tcase_add_test(t, a_certificate_passes_and_the_key_behind_it_does_not);
	tcase_add_test(t, a_key_cut_short_is_masked_up_to_the_result_line);
	tcase_add_test(t, what_the_announced_size_cuts_off_a_key_is_masked);
	tcase_add_loop_test(t, a_command_behind_half_a_key_is_none_of_it, 0,
		sizeof(behind) / sizeof(*behind));
	tcase_add_test(t, a_command_that_an_upload_swallows_is_masked);
	tcase_add_test(t, the_rest_of_a_key_in_der_is_masked);
	tcase_add_test(t, a_file_named_key_is_masked_without_any_label);
	tcase_add_test(t, a_key_in_der_is_masked_and_a_certificate_is_not);
	tcase_add_test(t, a_downloaded_key_is_masked);
	tcase_add_test(t, the_second_half_of_a_key_read_in_two_is_masked);
	tcase_add_loop_test(t, a_restart_ends_a_transfer, 0,
		sizeof(cut_off) / sizeof(*cut_off));
	tcase_add_test(t, a_key_on_the_console_is_masked_to_its_end_line);
	tcase_add_test(t, the_console_takes_a_password_too);
	tcase_add_test(t, flushing_anywhere_leaks_no_byte_of_a_key);
	tcase_add_test(t, the_mask_of_a_key_tells_length_sums_and_breaks);
	tcase_add_test(t, checksums_are_those_of_real_modules);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	SRunner *r = srunner_create(mask_suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed != 0;
}
