#include "hil/explain_script.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hil/explain_trial.h"

#define LOGS "fixtures/logs/"

static struct termlog file;
static struct dialogue talk;
static struct explanation told;

static void teardown(void)
{
	dialogue_free(&talk);
	termlog_free(&file);
}

static void read_text(const char *text)
{
	struct transcript_error err;

	termlog_init(&file);
	ck_assert(termlog_feed(&file, text, strlen(text), &err));
	ck_assert(termlog_end(&file, &err));
	ck_assert(dialogue_read(&talk, &file));
}

/* The explanation of the error in this line; fails when there is none. */
static void explain_line(unsigned line)
{
	for (size_t i = 0; i < talk.n_findings; i++) {
		if (talk.findings[i].line != line)
			continue;
		explain_finding(&told, &talk, &talk.findings[i]);
		return;
	}
	ck_abort_msg("no error found in line %u", line);
}

/*
 * The logs were written before the rules: from [TCP] and [AT] 01-14, from
 * [SSL §12], [FILE] and [CLIENT C, D] 20-36. From [AT §7] and [FILE §5],
 * with the rules, 39-41.
 */
static const struct {
	const char *log;
	unsigned line;
	const char *cause; /* the first */
	enum score score;
} logs[] = {
	{"01-id-used-after-peer-closed", 13, "id-in-use", SCORE_SHOWN},
	{"02-context-activated-twice", 13, "context-active", SCORE_SHOWN},
	{"03-no-sim", 4, "sim-absent", SCORE_SHOWN},
	{"03-no-sim", 6, "sim-absent", SCORE_SHOWN},
	{"03-no-sim", 8, "sim-absent", SCORE_SHOWN},
	{"04-sim-still-starting", 5, "sim-still-starting", SCORE_SHOWN},
	{"04-sim-still-starting", 11, "sim-still-starting", SCORE_SHOWN},
	{"05-registration-denied", 3, "registration-denied", SCORE_SHOWN},
	{"05-registration-denied", 21, "registration-denied", SCORE_SHOWN},
	{"06-name-not-resolved", 6, "name-not-resolved", SCORE_LIKELY},
	{"07-connection-refused", 7, "tcp-refused", SCORE_LIKELY},
	{"08-send-after-peer-closed", 9, "peer-closed", SCORE_SHOWN},
	{"09-send-too-long", 6, "send-too-long", SCORE_SHOWN},
	{"10-file-command-too-early", 6, "too-early", SCORE_SHOWN},
	{"10-file-command-too-early", 8, "too-early", SCORE_SHOWN},
	{"11-context-lost", 10, "context-lost", SCORE_SHOWN},
	{"12-no-apn", 2, "no-apn", SCORE_SHOWN},
	{"13-unquoted-service", 6, "unquoted", SCORE_SHOWN},
	{"14-ping-gets-no-answer", 4, "ping-lost", SCORE_LIKELY},
	{"42-time-server-not-resolved", 8, "name-not-resolved", SCORE_LIKELY},
	{"20-article-tls-in-modem", 39, "pem-no-breaks", SCORE_SHOWN},
	{"21-article-every-flag", 4, "mbedtls-no-result", SCORE_SHOWN},
	{"22-aws-mqtt-without-sni", 20, "sni-off", SCORE_LIKELY},
	{"23-sni-makes-it-work", 4, "sni-off", SCORE_SHOWN},
	{"24-query-taken-for-a-set", 3, "query-not-set", SCORE_SHOWN},
	{"24-query-taken-for-a-set", 8, "number-quoted", SCORE_SHOWN},
	{"25-commands-become-file-data", 7, "commands-as-data", SCORE_SHOWN},
	{"26-file-exists", 7, "file-exists", SCORE_SHOWN},
	{"27-https-701", 12, "ca-missing", SCORE_LIKELY},
	{"28-rc4-pinned", 12, "rc4-pinned", SCORE_LIKELY},
	{"29-clock-of-1980", 23, "clock-unset", SCORE_SHOWN},
	{"30-fork-console", 6, "fork-no-result", SCORE_LIKELY},
	{"31-ca-never-uploaded", 14, "ca-missing", SCORE_SHOWN},
	{"32-data-stack-wedged", 6, "stack-wedged", SCORE_LIKELY},
	{"34-identity-used-after-failed-open", 10, "id-in-use", SCORE_SHOWN},
	{"35-upload-with-a-nul-too-many", 16, "nul-too-many", SCORE_SHOWN},
	{"36-no-apn-crlf", 2, "no-apn", SCORE_SHOWN},
	{"37-context-not-activated", 2, "no-apn", SCORE_POSSIBLE},
	{"38-file-exists-plain-error", 7, "file-exists", SCORE_SHOWN},
	{"39-wrong-pin", 6, "pin-wrong", SCORE_LIKELY},
	{"40-storage-full", 4, "no-room", SCORE_LIKELY},
	{"41-handle-already-closed", 8, "handle-not-open", SCORE_SHOWN},
};

START_TEST(each_log_has_the_right_first_cause)
{
	struct transcript_error err;
	char path[200];

	snprintf(path, sizeof(path), LOGS "%s.log", logs[_i].log);
	termlog_init(&file);
	if (!termlog_load(&file, path, &err))
		ck_abort_msg("%s:%u: %s", path, err.line, err.text);
	ck_assert(dialogue_read(&talk, &file));
	explain_line(logs[_i].line);
	ck_assert_uint_gt(told.n_causes, 0);
	ck_assert_str_eq(told.causes[0].rule->id, logs[_i].cause);
	ck_assert_int_eq(told.causes[0].score, logs[_i].score);
}
END_TEST

/* What the logs above do not reach; the last line has the error. */
static const struct {
	const char *cause;
	const char *text;
	unsigned line;
} snippets[] = {
	{"sim-locked", "AT+CIMI\n+CME ERROR: 11\n", 2},
	{"radio-off", "AT+CFUN=0\nOK\nAT+CPIN?\n+CME ERROR: 13\n", 4},
	{"not-searching", "AT+CREG?\n+CREG: 0,0\nOK\n", 2},
	{"context-refused", "AT+QICSGP=1,1,\"a\"\nOK\nAT+QIACT=1\nERROR\n", 4},
	{"context-down", "AT+QIOPEN=1,0,\"TCP\",\"h\",1\nOK\n+QIOPEN: 0,561\n",
		3},
	{"no-answer", "AT+QIOPEN=1,0,\"TCP\",\"h\",1\nOK\n+QIOPEN: 0,569\n", 3},
	{"not-open", "AT+QISEND=0,5\nERROR\n", 2},
	{"buffer-full", "AT+QISEND=0,5\n> \nSEND FAIL\n", 3},
	{"upload-short",
		"AT+QFUPL=\"a\",9\nCONNECT\n+QFUPL: 5,1\n+CME ERROR: 421\n", 4},
	{"upload-unfinished", "AT+QFUPL=\"a\",9\nCONNECT\n", 1},
	{"delete-absent", "AT+QFDEL=\"a\"\n+CME ERROR: 418\n", 2},
	{"prefix-case", "AT+QFDEL=\"ufs:a\"\n+CME ERROR: Invalid input value\n",
		2},
	{"nothing-came", "AT\nAT\nAT\nOK\n", 1},
	{"key-of-newer-firmware", "AT+QSSLCFG=\"sni\",1,1\nERROR\n", 2},
	{"key-of-other-module", "AT+QSSLCFG=\"checkhost\",1,1\nERROR\n", 2},
	{"config-argument", "AT+QSSLCFG=\"seclevel\",9,1\nERROR\n", 2},
	{"version-not-met",
		"AT+QSSLCFG=\"sslversion\",1,1\nOK\n"
		"AT+QSSLCFG=\"sni\",1,1\nOK\n"
		"AT+QSSLOPEN=1,1,0,\"h.example\",443\nOK\n"
		"+QSSLOPEN: 0,566\n",
		7},
	{"fork-no-ok", "ERROR! 762\n", 1},
	{"fork-config", "ERROR! 735\n", 1},
	{"fork-upload", "ERROR! 1037\n", 1},
	/* as wiofw-article prints the second riddle */
	{"mbedtls-sha1-left-out",
		"+err tls root certificate refused at parse: -0x262E\n", 1},
	{"mbedtls-pem", "x509_crt_parse returned -0x2780\n", 1},
	{"mbedtls-verify-failed", " failed\n  ! handshake -0x2700\n", 2},
	{"mbedtls-no-handshake", "ssl_write: -0x7100\n", 1},
	{"mbedtls-verify",
		"  ! The certificate is not correctly signed by the trusted "
		"CA\n",
		1},
	{"access-mode",
		"AT+QIACT=1\nOK\n"
		"AT+QSSLOPEN=1,2,0,\"192.0.2.1\",443\nERROR\n",
		4},
	{"emulator-policy",
		"# ec21 transcript 1\n"
		"   0.000 AT>  AT+QIOPEN=1,0,\"TCP\",\"x.example\",80\\r\n"
		"   0.000 AT<  \\r\\nOK\\r\\n\n"
		"   0.001 WHY  socket 0: no --map for x.example [policy]\n"
		"   0.001 AT<  \\r\\n+QIOPEN: 0,565\\r\\n\n",
		5},
	/* The riddle, as ec21emu records it: the key is masked. */
	{"pem-no-breaks",
		"# ec21 transcript 1\n"
		"   0.000 AT>  AT+QFUPL=\"RAM:k.pem\",1650\\r\n"
		"   0.000 AT<  \\r\\nCONNECT\\r\\n\n"
		"   0.001 AT>  @masked kind=key len=1650 qsum=2d13 "
		"breaks=none\n"
		"   0.001 AT<  +QFUPL: 1650,2d13\\r\\n\\r\\nOK\\r\\n\n"
		"   0.002 AT>  AT+QSSLCFG=\"clientkey\",2,\"RAM:k.pem\"\\r\n"
		"   0.002 AT<  \\r\\nOK\\r\\n\n"
		"   0.002 AT>  AT+QSSLCFG=\"seclevel\",2,2\\r\n"
		"   0.002 AT<  \\r\\nOK\\r\\n\n"
		"   0.003 AT>  AT+QSSLOPEN=1,2,0,\"192.0.2.1\",8443\\r\n"
		"   0.003 AT<  \\r\\nOK\\r\\n\\r\\n+QSSLOPEN: 0,566\\r\\n\n",
		11},
	{"upload-damaged",
		"AT+QFUPL=\"ca\",1188\nCONNECT\n+QFUPL: 1100,1\nOK\n"
		"AT+QSSLCFG=\"cacert\",1,\"UFS:ca\"\nOK\n"
		"AT+QSSLCFG=\"seclevel\",1,1\nOK\n"
		"AT+QSSLOPEN=1,1,0,\"192.0.2.1\",443\nOK\n+QSSLOPEN: 0,566\n",
		11},
	{"client-cert-wanted",
		"AT+QSSLCFG=\"sni\",1,1\nOK\nAT+QSSLOPEN=1,1,0,\""
		"data.iot.ap-northeast-1.amazonaws.com\",8443\nOK\n"
		"+QSSLOPEN: 0,566\n",
		5},
	{"tcp-refused", "AT+QIOPEN=1,0,\"TCP\",\"h\",1\nOK\n+QIOPEN: 0,566\n",
		3},
	/* SIM */
	{"pin-wrong", "AT+CPIN=1111\n+CME ERROR: 16\n", 2},
	{"pin-not-asked",
		"AT+CPIN?\n+CPIN: READY\nOK\nAT+CPIN=1234\n+CME ERROR: 3\n", 5},
	{"no-service", "AT+COPS=0\n+CME ERROR: 31\n", 2},
	/* sockets */
	{"context-lost", "AT+QIOPEN=1,0,\"TCP\",\"h\",1\nOK\n+QIOPEN: 0,570\n",
		3},
	{"data-pushed",
		"AT+QIOPEN=1,3,\"TCP\",\"h\",1,0,1\nOK\n+QIOPEN: 3,0\n"
		"AT+QIRD=3,100\nERROR\n",
		5},
	{"data-pushed",
		"AT+QSSLOPEN=1,2,4,\"h\",1,1\nOK\n+QSSLOPEN: 4,0\n"
		"AT+QSSLRECV=4,100\nERROR\n",
		5},
	{"not-open",
		"AT+QIOPEN=1,3,\"TCP\",\"h\",1,0,0\nOK\n+QIOPEN: 3,0\n"
		"AT+QIRD=2,100\nERROR\n",
		5},
	{"port-in-use",
		"AT+QIOPEN=1,0,\"TCP LISTENER\",\"127.0.0.1\",0,80,0\nOK\n"
		"+QIOPEN: 0,556\n",
		3},
	{"one-at-a-time",
		"AT+QIDNSGIP=1,\"h\"\nERROR\nAT+QIGETERROR\n"
		"+QIGETERROR: 564,DNS busy\nOK\n",
		2},
	/* files and handles */
	{"file-absent", "AT+QFDWL=\"a\"\n+CME ERROR: 405\n", 2},
	{"file-absent",
		"AT+QFUPL=\"RAM:a\",1\nCONNECT\n+QFUPL: 1,1\nOK\nRDY\n"
		"AT+QFOPEN=\"RAM:a\",2\n+CME ERROR: 405\n",
		7},
	{"no-room", "AT+QFUPL=\"a\",99999999\n+CME ERROR: 420\n", 2},
	{"file-name", "AT+QFOPEN=\"\"\n+CME ERROR: 400\n", 2},
	{"file-argument", "AT+QFUPL=\"a\",x\n+CME ERROR: 400\n", 2},
	{"handle-not-open",
		"AT+QFOPEN=\"a\"\n+QFOPEN: 3\nOK\nAT+QFCLOSE=3\nOK\n"
		"AT+QFREAD=3\n+CME ERROR: 416\n",
		7},
	{"handle-not-open", "AT+QFREAD=3\n+CME ERROR: 425\n", 2},
	{"at-end", "AT+QFREAD=3\n+CME ERROR: 402\n", 2},
	{"past-end", "AT+QFSEEK=3,100\nERROR\n", 2},
	{"file-open",
		"AT+QFOPEN=\"a\"\n+QFOPEN: 3\nOK\nAT+QFDEL=\"a\"\n"
		"+CME ERROR: 418\n",
		5},
	{"file-open", "AT+QFOPEN=\"a\"\n+CME ERROR: 426\n", 2},
	{"too-many-open", "AT+QFOPEN=\"a\"\n+CME ERROR: 413\n", 2},
	{"read-only",
		"AT+QFOPEN=\"a\",2\n+QFOPEN: 3\nOK\nAT+QFWRITE=3,1\n"
		"+CME ERROR: 414\n",
		5},
	/* when nothing else holds */
	{"bad-argument", "AT+QISDE=2\nERROR\n", 2},
	{"no-such-command", "AT+NOSUCH\nERROR\n", 2},
};

START_TEST(each_rule_holds_where_it_should)
{
	read_text(snippets[_i].text);
	explain_line(snippets[_i].line);
	ck_assert_uint_gt(told.n_causes, 0);
	ck_assert_str_eq(told.causes[0].rule->id, snippets[_i].cause);
}
END_TEST

/* Line numbers are positions, too: with CR alone they must be the same. */
START_TEST(line_ends_change_no_verdict)
{
	static const char *const ends[] = {"\r\n", "\r"};
	const char *text = snippets[_i].text;

	/* A transcript has one kind; that of a PEM file matters. */
	if (text[0] == '#' || strstr(text, "BEGIN") != NULL)
		return;
	for (size_t i = 0; i < 2; i++) {
		struct buf other;

		buf_init(&other, 1 << 16);
		for (const char *s = text; *s != '\0'; s++)
			if (*s == '\n')
				buf_adds(&other, ends[i]);
			else
				buf_addc(&other, (uint8_t)*s);
		read_text(buf_cstr(&other));
		buf_free(&other);
		explain_line(snippets[_i].line);
		ck_assert_uint_gt(told.n_causes, 0);
		ck_assert_str_eq(told.causes[0].rule->id, snippets[_i].cause);
		teardown();
	}
	read_text("AT\nOK\n");
}
END_TEST

START_TEST(a_log_that_is_all_errors_is_bounded)
{
	struct buf text;

	buf_init(&text, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_printf(&text, "AT+QFDEL=\"%d\"\n+CME ERROR: 418\n", i);
	read_text(buf_cstr(&text));
	ck_assert_uint_eq(talk.n_exchanges, 5000);
	ck_assert_uint_eq(talk.n_findings, 1000);
	buf_free(&text);
}
END_TEST

/* Rules that only ever come behind others, and the line they come for. */
static const char *const followers[] = {"ecdsa-server", "chain-not-linked",
	"key-mismatch", "client-cert-refused", "wrong-name", "suite-pinned",
	"host-too-long"};

START_TEST(no_rule_is_left_untested)
{
	size_t n;
	const struct rule *rules = explain_rules(&n);

	for (size_t i = 0; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < sizeof(logs) / sizeof(*logs); k++)
			found = found ||
				strcmp(logs[k].cause, rules[i].id) == 0;
		for (size_t k = 0; k < sizeof(snippets) / sizeof(*snippets);
			k++)
			found = found ||
				strcmp(snippets[k].cause, rules[i].id) == 0;
		for (size_t k = 0; k < sizeof(followers) / sizeof(*followers);
			k++)
			found = found || strcmp(followers[k], rules[i].id) == 0;
		ck_assert_msg(found, "no log reaches rule %s", rules[i].id);
		ck_assert_msg(rules[i].ref[0] != '\0' &&
				      rules[i].cause[0] != '\0' &&
				      rules[i].remedy[0] != '\0',
			"rule %s", rules[i].id);
		for (size_t k = 0; k < i; k++)
			ck_assert_str_ne(rules[k].id, rules[i].id);
	}
}
END_TEST

START_TEST(each_hypothesis_is_of_a_rule)
{
	size_t n, n_rules;
	const struct hypothesis *h = explain_hypotheses(&n);
	const struct rule *rules = explain_rules(&n_rules);

	/* Only the first is of none: the host's commands alone. */
	ck_assert_ptr_null(h[0].rule);
	for (size_t i = 1; i < n; i++) {
		bool found = false;

		for (size_t k = 0; k < n_rules; k++)
			found = found || strcmp(rules[k].id, h[i].rule) == 0;
		ck_assert_msg(found, "%s", h[i].rule);
	}
	ck_assert_uint_lt(n, TRIALS_MAX);
}
END_TEST

START_TEST(what_nothing_speaks_against_is_told_too)
{
	read_text("AT+QSSLCFG=\"cacert\",2,\"UFS:a\"\nOK\n"
		  "AT+QSSLCFG=\"clientcert\",2,\"UFS:b\"\nOK\n"
		  "AT+QSSLCFG=\"clientkey\",2,\"UFS:c\"\nOK\n"
		  "AT+QSSLCFG=\"seclevel\",2,2\nOK\n"
		  "AT+QSSLCFG=\"ciphersuite\",2,0X0035\nOK\n"
		  "AT+QSSLOPEN=1,2,0,\"a.very.long.name.of.a.server.example."
		  "com\",443\nOK\n+QSSLOPEN: 0,566\n");
	explain_line(13);
	for (size_t k = 0; k + 1 < sizeof(followers) / sizeof(*followers);
		k++) {
		bool found = false;

		for (size_t i = 0; i < told.n_causes; i++)
			found = found || strcmp(told.causes[i].rule->id,
						 followers[k]) == 0;
		ck_assert_msg(found, "%s", followers[k]);
	}
}
END_TEST

START_TEST(an_open_refused_at_once_has_other_causes)
{
	bool found = false;

	read_text("AT+QSSLOPEN=1,2,0,\"a.very.long.name.of.a.server.example."
		  "com\",443,0\nERROR\n");
	explain_line(2);
	for (size_t i = 0; i < told.n_causes; i++) {
		found = found ||
			strcmp(told.causes[i].rule->id, "host-too-long") == 0;
		ck_assert_str_ne(told.causes[i].rule->id, "access-mode");
	}
	ck_assert(found);
}
END_TEST

START_TEST(what_is_fine_is_no_error)
{
	static const char *const fine[] = {
		"AT\nOK\n",
		"ATE0\nATE0\nOK\nAT+CSQ\n+CSQ: 30,99\n\nOK\n",
		/* data only: CREG refuses for ever [AT §9.1] */
		"AT+CREG?\n+CREG: 0,3\nOK\nAT+CEREG?\n+CEREG: 0,1\nOK\n",
		"AT+QSSLOPEN=1,1,0,\"h\",1\nOK\n+QSSLOPEN: 0,0\n",
		/* a question about a key that is set elsewhere */
		("AT+QSSLCFG=\"sni\",1,1\nOK\nAT+QSSLCFG=\"sni\",1\n"
		 "+QSSLCFG: \"sni\",1,1\nOK\n"),
		"AT+QFUPL=\"a\",2\nCONNECT\n+QFUPL: 2,1\nOK\n",
		"AT+QIGETERROR\n+QIGETERROR: 566,socket connect failed\nOK\n",
		"hello\nworld!\n",
	};

	read_text(fine[_i]);
	ck_assert_uint_eq(talk.n_findings, 0);
}
END_TEST

/* Sizes of real files and of the article's sketch [FILE §4.4], [CLIENT C]. */
START_TEST(the_size_of_a_pem_file_tells_its_breaks)
{
	ck_assert(pem_shapes(1188, false) & SHAPE_LF);
	ck_assert_uint_eq(pem_shapes(1187, false), SHAPE_LF);
	ck_assert(pem_shapes(1189, false) & SHAPE_NUL);
	ck_assert(!(pem_shapes(1189, false) & (SHAPE_LF | SHAPE_CRLF)));
	ck_assert(pem_shapes(1732, false) & SHAPE_LF);
	ck_assert(!(pem_shapes(1705, false) & (SHAPE_LF | SHAPE_CRLF)));
	ck_assert(pem_shapes(1705, false) & SHAPE_NONE);
	ck_assert(pem_shapes(1675, true) & SHAPE_LF);
	ck_assert_uint_eq(pem_shapes(0, false), 0);
	ck_assert_uint_eq(pem_shapes(-5, true), 0);
	ck_assert_uint_eq(pem_shapes(54, false), 0);
}
END_TEST

START_TEST(every_code_has_a_meaning_and_no_twin)
{
	size_t n;
	const struct code_row *rows = code_rows(&n);

	for (size_t i = 0; i < n; i++) {
		ck_assert_str_ne(rows[i].meaning, "");
		ck_assert_str_ne(rows[i].ref, "");
		ck_assert_ptr_eq(
			code_find(rows[i].family, rows[i].number), &rows[i]);
	}
	for (int code = 550; code <= 574; code++)
		ck_assert_ptr_nonnull(code_find(CODE_NET, code));
	for (int code = 701; code <= 730; code++)
		ck_assert_ptr_nonnull(code_find(CODE_CME, code));
	ck_assert_ptr_null(code_find(CODE_NET, 575));
	ck_assert_ptr_null(code_find(CODE_CME, 404));
}
END_TEST

START_TEST(texts_of_cmee_2_are_numbers_too)
{
	ck_assert_int_eq(code_of_text(CODE_CME, "SIM not inserted"), 10);
	ck_assert_int_eq(code_of_text(CODE_CME, "operation not allowed"), 3);
	ck_assert_int_eq(code_of_text(CODE_CME, "Invalid input value"), 400);
	ck_assert_int_eq(
		code_of_text(CODE_CME, "Http no get/post request"), 705);
	ck_assert_int_eq(code_of_text(CODE_CMS, "SIM busy"), 314);
	ck_assert_int_eq(code_of_text(CODE_CME, "no such text"), -1);
}
END_TEST

START_TEST(arguments_are_found_in_quotes_and_without)
{
	char value[16];

	ck_assert(command_arg("AT+X=1, \"a,b\" ,3", 1, value, sizeof(value)));
	ck_assert_str_eq(value, "a,b");
	ck_assert(command_arg_quoted("AT+X=1, \"a,b\" ,3", 1));
	ck_assert(!command_arg_quoted("AT+X=1,2", 1));
	ck_assert(command_arg("AT+X=1,,3", 1, value, sizeof(value)));
	ck_assert_str_eq(value, "");
	ck_assert(!command_arg("AT+X=1", 1, value, sizeof(value)));
	ck_assert(!command_arg("AT+X=?", 0, value, sizeof(value)));
	ck_assert(!command_arg("AT+X", 0, value, sizeof(value)));
	ck_assert(command_arg("AT+X=0123456789abcdefgh", 0, value, 4));
	ck_assert_str_eq(value, "012");
}
END_TEST

/* Only what can be written is offered. */
START_TEST(causes_are_split_where_tls_has_a_cure)
{
	static struct trials t = {.n = 2,
		.list = {{.rule = "sni-off", .outcome = TRIAL_REPRODUCES},
			{.rule = "wrong-name", .outcome = TRIAL_REPRODUCES}}};
	struct explanation e = {.matter.tls.tls = true};

	ck_assert(trials_can_split(&t, &e));
	e.matter.tls.tls = false;
	ck_assert(!trials_can_split(&t, &e));
	e.matter.tls.tls = true;
	t.list[0].rule = "sim-absent";
	t.list[1].rule = NULL;
	ck_assert(!trials_can_split(&t, &e));
	t.list[1].rule = "wrong-name";
	t.list[1].outcome = TRIAL_DIFFERS;
	ck_assert(!trials_can_split(&t, &e));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("explain");
	TCase *tc = tcase_create("explain");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_loop_test(tc, each_log_has_the_right_first_cause, 0,
		sizeof(logs) / sizeof(*logs));
	tcase_add_loop_test(tc, each_rule_holds_where_it_should, 0,
		sizeof(snippets) / sizeof(*snippets));
	tcase_add_loop_test(tc, line_ends_change_no_verdict, 0,
		sizeof(snippets) / sizeof(*snippets));
	tcase_add_test(tc, a_log_that_is_all_errors_is_bounded);
	tcase_add_test(tc, no_rule_is_left_untested);
	tcase_add_test(tc, each_hypothesis_is_of_a_rule);
	tcase_add_test(tc, what_nothing_speaks_against_is_told_too);
	tcase_add_test(tc, causes_are_split_where_tls_has_a_cure);
	tcase_add_test(tc, an_open_refused_at_once_has_other_causes);
	tcase_add_loop_test(tc, what_is_fine_is_no_error, 0, 8);
	tcase_add_test(tc, the_size_of_a_pem_file_tells_its_breaks);
	tcase_add_test(tc, every_code_has_a_meaning_and_no_twin);
	tcase_add_test(tc, texts_of_cmee_2_are_numbers_too);
	tcase_add_test(tc, arguments_are_found_in_quotes_and_without);
	suite_add_tcase(s, tc);
	sr = srunner_create(s);
	srunner_run_all(sr, CK_ENV);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed != 0;
}
