#include "hil/session.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "hil/tlsflow.h"
#include "tests/unit/support/session_text.h"

/* How a recording becomes a session, wherever it is cut. */

static struct session a, b;
static struct rows rows;

static void teardown(void)
{
	rows_free(&rows);
	session_free(&a);
	session_free(&b);
}

START_TEST(a_read_that_fails_does_not_vanish_in_the_one_before)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QSSLRECV=0,1500\\r\n"
		     "- AT<  \\r\\n+QSSLRECV: 5\\r\\nhello\\r\\nOK\\r\\n\n"
		     "- AT>  AT+QSSLRECV=0,1500\\r\n"
		     "- AT<  \\r\\nERROR\\r\\n\n"));
	ck_assert_uint_eq(a.turns[0].n_lines, 3);
	ck_assert_str_eq(a.turns[0].lines[2], "ERROR");
}
END_TEST

START_TEST(data_behind_a_pushed_line_belongs_to_it)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n"
		     "- AT<  \\r\\n+QIURC: \"recv\",0,4\\r\\nOK\\r\\n\n"
		     "- AT<  \\r\\n+QIURC: \"closed\",0\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 1);
	ck_assert_uint_eq(a.n_urcs, 2);
	ck_assert_str_eq(
		a.urcs[0].text, "+QIURC: \"recv\",0 (4 bytes) OK\\r\\n");
}
END_TEST

/* With RDY what waits for an answer is over. */
START_TEST(a_restart_ends_what_was_open)
{
	ck_assert(read_text(&a,
		HEAD "1.000 AT>  AT+QISEND=0,180\\r\n"
		     "1.000 AT<  \\r\\nRDY\\r\\n\n"
		     "1.001 AT>  AT+QIRD=0,1500\\r\n"
		     "1.001 AT>  AT+QICLOSE=0\\r\n"
		     "1.002 AT<  \\r\\nERROR\\r\\n\\r\\nOK\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 3);
	ck_assert_uint_eq(a.turns[0].n_lines, 0);
	ck_assert_str_eq(a.turns[1].command, "AT+QIRD=0,1500");
	ck_assert_str_eq(a.turns[1].lines[0], "ERROR");
	ck_assert_str_eq(a.turns[2].lines[0], "OK");
	ck_assert_str_eq(a.urcs[0].text, "RDY");
}
END_TEST

START_TEST(a_turn_knows_its_time)
{
	ck_assert(read_text(
		&a, HEAD "1.000 AT>  AT\\r\n1.250 AT<  \\r\\nOK\\r\\n\n"));
	ck_assert_int_eq(a.turns[0].at_ms, 1000);
	ck_assert_int_eq(a.turns[0].took_ms, 250);
}
END_TEST

START_TEST(what_is_sent_behind_a_prompt_belongs_to_its_command)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QISEND=0,4\\r\n- AT<  \\r\\n>\\x20\n"
		     "- AT>  AT\\r\\r\n- AT<  \\r\\nSEND OK\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 1);
	ck_assert_uint_eq(a.turns[0].n_lines, 3);
	ck_assert_str_eq(a.turns[0].lines[1], "sent (4 bytes) AT\\r\\r");
}
END_TEST

START_TEST(a_tls_stream_may_be_cut_anywhere)
{
	static const char stream[] =
		"\x16\x03\x01\x00\x02hi\x16\x03\x03\x00\x00"
		"\x14\x03\x03\x00\x01x\x17\x03\x03\x00\x01y";
	struct tlsflow f;

	for (size_t cut = 0; cut < sizeof(stream); cut++) {
		f = (struct tlsflow){0};
		tlsflow_feed(&f, stream, cut);
		tlsflow_feed(&f, stream + cut, sizeof(stream) - 1 - cut);
		ck_assert_uint_eq(f.n, 3);
		ck_assert_str_eq(tlsflow_name(f.types[0]), "handshake");
		ck_assert_str_eq(
			tlsflow_name(f.types[1]), "change cipher spec");
		ck_assert_str_eq(tlsflow_name(f.types[2]), "application data");
		if (cut == sizeof(stream) - 1)
			break;
	}
	tlsflow_feed(&f, "HTTP/1.1", 8);
	ck_assert_str_eq(tlsflow_name(f.types[3]), "no TLS record");
	ck_assert(f.lost);
}
END_TEST

START_TEST(broken_recordings_say_where)
{
	struct transcript_error err = {0};

	ck_assert(!read_text(&a, "no transcript\n"));
	ck_assert(!read_text(&a, HEAD "- XX>  AT\n"));
	ck_assert(!read_text(&a, HEAD "- AT>  AT\\x\n"));
	ck_assert(!session_load(&a, "/nonexistent", &err));
	ck_assert_str_ne(err.text, "");
}
END_TEST

/* ---- where what a host sends ends ---- */

/*
 * What a host sends behind CONNECT or a prompt, in one go: the data, of which
 * some may lack, and the next command. `due` is the last byte that the modem
 * takes for data.
 */
static const struct border {
	const char *command, *prompt, *sent;
	size_t due;
	const char *result;
	const char *data, *next; /* of the session */
} borders[] = {
	{"AT+QISEND=0,5", "\\r\\n>\\x20", "helloAT\r", 4, "\\r\\nSEND OK\\r\\n",
		"sent (5 bytes) hello", "AT"},
	{"AT+QISEND=0,5", "\\r\\n>\\x20", "hellAT+QIRD=0,1500\r", 4,
		"\\r\\nSEND OK\\r\\n", "sent (5 bytes) hellA", "T+QIRD=0,1500"},
	{"at+qsslsend=3,6", "\\r\\n>\\x20", "hellAT\r", 5,
		"\\r\\nSEND OK\\r\\n", "sent (6 bytes) hellAT", NULL},
	{"AT+QISEND=0,3,\"192.0.2.1\",7", "\\r\\n>\\x20",
		"a\x1a"
		"bAT\r",
		2, "\\r\\nSEND OK\\r\\n", "sent (3 bytes) a\\x1ab", "AT"},
	{"AT+QISEND=0", "\\r\\n>\\x20",
		"hello\x1a"
		"AT\r",
		5, "\\r\\nSEND OK\\r\\n", "sent (6 bytes) hello\\x1a", "AT"},
	{"AT+QSSLSEND=0", "\\r\\n>\\x20",
		"he\x1b"
		"AT\r",
		2, "\\r\\nOK\\r\\n", "sent (3 bytes) he\\x1b", "AT"},
	{"AT+QFUPL=\"RAM:a,b\",4,5", "\\r\\nCONNECT\\r\\n", "\r\n\rAT\r", 3,
		"+QFUPL: 4,1\\r\\n\\r\\nOK\\r\\n", "sent (4 bytes) \\r\\n\\rA",
		"T"},
	{"AT+QFWRITE=3000,2", "\\r\\nCONNECT\\r\\n", "xAT\r", 1,
		"+QFWRITE: 2,2\\r\\n\\r\\nOK\\r\\n", "sent (2 bytes) xA", "T"},
};

static void write_bytes(struct buf *out, const char *sent, size_t n, int s)
{
	struct buf text;

	buf_init(&text, 1000);
	ck_assert(transcript_escape(&text, sent, n));
	if (n > 0)
		buf_printf(out, "%d.0 AT>  %s\n", s, buf_cstr(&text));
	buf_free(&text);
}

/*
 * As a recording has it that cuts behind each multiple of `piece`, and behind
 * `cut`. The modem answers when it has got its last byte.
 */
static void record_border(
	const struct border *v, size_t piece, size_t cut, struct buf *out)
{
	size_t len = strlen(v->sent), from = 0;
	bool answered = false;

	buf_reset(out);
	buf_printf(out, HEAD "1.0 AT>  %s\\r\n1.0 AT<  %s\n", v->command,
		v->prompt);
	for (size_t i = 1; i <= len; i++) {
		if (i % piece != 0 && i != cut && i != len)
			continue;
		write_bytes(out, v->sent + from, i - from, 1);
		from = i;
		if (i > v->due && !answered) {
			buf_printf(out, "1.0 AT<  %s\n", v->result);
			answered = true;
		}
	}
	buf_printf(out, "5.0 AT>  ATI\\r\n5.1 AT<  \\r\\nOK\\r\\n\n");
}

START_TEST(where_data_end_does_not_depend_on_the_cut)
{
	const struct border *v = &borders[_i];
	size_t len = strlen(v->sent), last;
	struct buf text;

	buf_init(&text, 10000);
	for (size_t i = 0; i < 2 * len; i++) {
		/* Two pieces; then ever longer ones. */
		if (i < len)
			record_border(v, len, i, &text);
		else
			record_border(v, i - len + 1, 0, &text);
		ck_assert(read_text(i == 0 ? &a : &b, buf_cstr(&text)));
		if (i == 0)
			continue;
		ck_assert(session_align(&a, &b, &rows));
		ck_assert_msg(rows.differ == 0 && b.n_turns == a.n_turns,
			"piece %zu:\n%s", i, buf_cstr(&text));
		rows_free(&rows);
		session_free(&b);
	}
	last = a.turns[0].n_lines - 1;
	ck_assert_uint_eq(a.n_turns, v->next != NULL ? 3 : 2);
	ck_assert_str_eq(a.turns[0].lines[1], v->data);
	ck_assert(strstr(v->result, a.turns[0].lines[last]) != NULL);
	if (v->next != NULL) {
		ck_assert_str_eq(a.turns[1].command, v->next);
		ck_assert_uint_eq(a.turns[1].n_lines, 0);
	}
	ck_assert_str_eq(a.turns[a.n_turns - 1].lines[0], "OK");
	buf_free(&text);
}
END_TEST

/* The next command waits for its own answer, however soon it was sent. */
START_TEST(a_command_right_behind_data_is_sent_ahead)
{
	ck_assert(read_text(&a,
		HEAD "1.0 AT>  AT+QISEND=0,5\\r\n1.0 AT<  \\r\\n>\\x20\n"
		     "9.0 AT>  helloATI\\r\n"
		     "9.1 AT<  \\r\\nSEND OK\\r\\n\n"
		     "9.2 AT<  \\r\\nEC21\\r\\n\\r\\nOK\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 2);
	ck_assert_str_eq(a.turns[0].lines[2], "SEND OK");
	ck_assert_str_eq(a.turns[1].command, "ATI");
	ck_assert_str_eq(a.turns[1].lines[0], "EC21");
	ck_assert_uint_eq(a.turns[1].n_lines, 2);
}
END_TEST

START_TEST(a_mask_counts_as_the_bytes_it_stands_for)
{
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QFUPL=\"a\",1677\\r\n"
		     "- AT<  \\r\\nCONNECT\\r\\n\n"
		     "- AT>  @masked kind=key len=1675 qsum=2d13\n"
		     "- AT>  \\r\\nAT\\r\n"
		     "- AT<  +QFUPL: 1677,2d13\\r\\n\\r\\nOK\\r\\n\n"
		     "- AT<  \\r\\nOK\\r\\n\n"
		     "- AT>  AT+QFDWL=\"a\"\\r\n"));
	ck_assert_uint_eq(a.masks, 1);
	ck_assert_uint_eq(a.n_turns, 3);
	ck_assert_uint_eq(a.turns[0].n_lines, 4);
	ck_assert_str_eq(a.turns[1].command, "AT");
	ck_assert_uint_eq(a.turns[1].n_lines, 1);
	teardown();
	ck_assert(read_text(&a,
		HEAD "- AT>  AT+QIRD=0,1500\\r\n"
		     "- AT<  \\r\\n+QIRD: 1677\\r\\n-\n"
		     "- AT<  @masked kind=key len=1675 qsum=2d13\n"
		     "- AT<  -\\r\\nOK\\r\\n\n"));
	ck_assert_uint_eq(a.turns[0].n_lines, 3);
	ck_assert_str_eq(a.turns[0].lines[2], "OK");
}
END_TEST

START_TEST(lines_that_nobody_answers_have_a_bound)
{
	static char text[600000];
	size_t n = (size_t)snprintf(text, sizeof(text), HEAD);

	for (int i = 0; i < 10003; i++)
		n += (size_t)snprintf(
			text + n, sizeof(text) - n, "0.001 AT>  ATI\\r\n");
	ck_assert(!read_text(&a, text));
}
END_TEST

/* The modem ends it: by its time-out, or with +++. */
START_TEST(an_upload_that_is_cut_short_ends_with_the_answer)
{
	ck_assert(read_text(&a,
		HEAD "1.0 AT>  AT+QFUPL=\"a\",100\\r\n"
		     "1.0 AT<  \\r\\nCONNECT\\r\\n\n"
		     "1.0 AT>  abc\n"
		     "6.0 AT<  \\r\\n+CME ERROR: 421\\r\\n\n"
		     "6.1 AT>  AT\\r\n6.1 AT<  \\r\\nOK\\r\\n\n"));
	ck_assert_uint_eq(a.n_turns, 2);
	ck_assert_str_eq(a.turns[0].lines[1], "sent (3 bytes) abc");
	ck_assert_str_eq(a.turns[1].command, "AT");
}
END_TEST

/* The last of what is too much is noticed at the end of the file. */
START_TEST(a_recording_with_too_many_commands_is_none)
{
	static const char one[] = "- AT>  AT\\r\n- AT<  \\r\\nOK\\r\\n\n";
	static const char last[] = "0.0 AT>  ATE\\r\n0.0 AT>  ATQ\\r\n";
	const size_t most = 100000, head = strlen(HEAD);
	char *text = malloc(head + most * strlen(one) + sizeof(last)), *at;

	ck_assert_ptr_nonnull(text);
	memcpy(text, HEAD, head);
	at = text + head;
	for (size_t i = 1; i < most; i++, at += strlen(one))
		memcpy(at, one, strlen(one));
	memcpy(at, last, sizeof(last));
	ck_assert(!read_text(&a, text));
	/* The one that is not answered yet fits. */
	memcpy(at, last, sizeof(last));
	at[strlen(last) / 2] = '\0';
	ck_assert(read_text(&a, text));
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("session_read");
	TCase *tc = tcase_create("session_read");
	SRunner *sr;
	int failed;

	tcase_add_checked_fixture(tc, NULL, teardown);
	tcase_add_test(tc, a_read_that_fails_does_not_vanish_in_the_one_before);
	tcase_add_test(tc, data_behind_a_pushed_line_belongs_to_it);
	tcase_add_test(tc, a_restart_ends_what_was_open);
	tcase_add_test(tc, a_turn_knows_its_time);
	tcase_add_test(tc, what_is_sent_behind_a_prompt_belongs_to_its_command);
	tcase_add_test(tc, a_tls_stream_may_be_cut_anywhere);
	tcase_add_test(tc, broken_recordings_say_where);
	tcase_add_loop_test(tc, where_data_end_does_not_depend_on_the_cut, 0,
		(int)(sizeof(borders) / sizeof(*borders)));
	tcase_add_test(tc, a_command_right_behind_data_is_sent_ahead);
	tcase_add_test(tc, a_mask_counts_as_the_bytes_it_stands_for);
	tcase_add_test(tc, an_upload_that_is_cut_short_ends_with_the_answer);
	tcase_add_test(tc, a_recording_with_too_many_commands_is_none);
	tcase_add_test(tc, lines_that_nobody_answers_have_a_bound);
	suite_add_tcase(suite, tc);
	sr = srunner_create(suite);
	srunner_run_all(sr, CK_NORMAL);
	failed = srunner_ntests_failed(sr);
	srunner_free(sr);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
